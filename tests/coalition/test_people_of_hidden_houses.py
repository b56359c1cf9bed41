"""Who speaks for a hidden house, unlisted or with a private address: known to it and to its partners."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from loaded import Loader
from loop_builders import CLINIC, OUTSIDER, REFUGE, SENDER, SHELTER, Loop, agency, coalition, loop_over, loop_settings

from service.answers.profile.share import ShareQuestion
from service.answers.use_cases.decide_share import decide_share

READ = "directory:read"
WHOLE = f"{READ} directory:write directory:admin"
PEOPLE, PEOPLE_OF_AN_OPEN_HOUSE, OWN_PEOPLE = "Kestrel", "Heron", "Egret"
"""In every name, and in no other text."""
BILLING, FORMER = "billing", "former"


@pytest.fixture(scope="module", params=[{"listed": "coalition"}, {"address_private": True, "listed": "public"}])
def hidden(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """The hotline, the clinic and who does the billing are partners of the house; one was, and the refuge never."""
    bundle = coalition(**request.param)
    bundle["organizations"] += [agency(BILLING, []), agency(FORMER, [], **request.param)]
    names = {SHELTER: PEOPLE, CLINIC: PEOPLE_OF_AN_OPEN_HOUSE, FORMER: OWN_PEOPLE, OUTSIDER: OWN_PEOPLE}
    partners = {"status": "signed", "level": "cooperation", "effective": "2020-01-01"}
    bundle["agreements"] += [
        {**partners, "id": "qsoa", "between": [SHELTER, BILLING], "type": "qsoa"},
        {**partners, "id": "was", "between": [SHELTER, FORMER], "type": "mou", "expires": "2021-01-01"},
    ]
    for organization in bundle["organizations"]:
        if (name := names.get(organization["id"])) is not None:
            speaker = {"name": name, "title": "coalition_representative", "email": f"{name}@example.org"}
            organization["contacts"] = [speaker | {"successor": name}]
            organization["coalition"]["subpoena_contact"] = {"name": f"Counsel {name}", "phone": "555-0188"}
    folder = tmp_path_factory.mktemp("people")
    with loop_over(loop_settings(f"sqlite:///{folder / 'router.db'}", folder), bundle) as loop:
        yield loop


@pytest.mark.parametrize(
    ("reader", "scopes", "has_names"),
    [
        *((SHELTER, READ, True), (SENDER, READ, True), (BILLING, READ, True)),
        *((FORMER, READ, False), (REFUGE, READ, False), (REFUGE, WHOLE, True)),
    ],
)
def test_its_people_are_named_in_its_record_to_partners_and_keepers(
    hidden: Loop, reader: str, scopes: str, has_names: bool
) -> None:
    """By itself and in lists; the role stays."""
    for path in (f"/v1/organizations/{SHELTER}", "/v1/organizations?per_page=200"):
        response = hidden.call("GET", path, reader, scopes=scopes)

        assert (PEOPLE in response.text) is has_names, path
        assert "coalition_representative" in response.text


@pytest.mark.parametrize(("reader", "has_names"), [(CLINIC, True), (REFUGE, True), (OUTSIDER, False)])
def test_of_an_open_house_they_are_named_to_members(hidden: Loop, reader: str, has_names: bool) -> None:
    record = hidden.call("GET", f"/v1/organizations/{CLINIC}", reader, scopes=READ)

    assert record.status_code == 200
    assert (PEOPLE_OF_AN_OPEN_HOUSE in record.text) is has_names


@pytest.mark.parametrize("owner", [FORMER, OUTSIDER])
def test_its_own_people_are_named_to_it(hidden: Loop, owner: str) -> None:
    """Also to a hidden house without a partner, and to who is no member."""
    assert OWN_PEOPLE in hidden.call("GET", f"/v1/organizations/{owner}", owner, scopes=READ).text


@pytest.mark.parametrize(
    ("reader", "has_names"), [(SHELTER, True), (SENDER, True), (BILLING, True), (FORMER, False), (REFUGE, False)]
)
def test_they_are_named_alike_where_members_ask(hidden: Loop, reader: str, has_names: bool) -> None:
    """Where contacts are listed, for court papers, and where one share is decided: on whatever day, as of now."""
    share: dict[str, Any] = {"holder": SHELTER, "recipient": CLINIC, "data": "identity"}
    share |= {"process": "subpoena", "purpose": "court", "at": "2020-06-01T12:00:00+00:00"}
    replies = [
        hidden.call("GET", "/v1/coalition/contacts", reader, scopes=READ),
        hidden.call("GET", "/v1/coalition/legal-hold", reader, scopes=READ),
        hidden.call("POST", "/v1/policy/decisions", reader, share, scopes=READ),
    ]

    assert [reply.status_code for reply in replies] == [200] * 3
    assert [PEOPLE in reply.text for reply in replies] == [has_names] * 3


@pytest.mark.parametrize("top", ["public", "coalition"])
@pytest.mark.parametrize(("reader", "has_name"), [("annex", True), (SENDER, True), (FORMER, False), (REFUGE, False)])
def test_counsel_of_a_department_is_named_to_it_and_to_who_may_know_whose_counsel_it_is(
    loader: Loader, top: str, reader: str, has_name: bool
) -> None:
    """The annex is open and has its parent's counsel, a hidden house's; whoever stands above that does not matter."""
    bundle = coalition(listed="coalition", subpoena_contact={"name": PEOPLE})
    bundle["organizations"] += [agency("union", [], listed=top), agency("annex", []) | {"parent": SHELTER}]
    bundle["organizations"] += [agency(FORMER, [])]
    next(house for house in bundle["organizations"] if house["id"] == SHELTER)["parent"] = "union"
    share = {"holder": "annex", "recipient": CLINIC, "data": "identity", "process": "subpoena", "purpose": "court"}

    document = decide_share(loader.serve(bundle)[1], ShareQuestion(**share), reader=reader)

    [task] = [task for task in document["obligations"] if task["id"] == "subpoena-hold"]
    assert (task["contact"] is not None, PEOPLE in task["plain"]) == (has_name, has_name)
