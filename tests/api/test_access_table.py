"""Who sees and changes what: every cell of the table in `service.directory.access`, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from access_builders import AUTHORISED, CANARIES, LISTED, MEMBER, OUTSIDER, UNLISTED, coalition
from directory_client import ADMIN, ALL, READ, WRITE, As, Stage, errors_of, staged
from httpx import Client, Response

from service.directory.access import (
    TABLE,
    WEBHOOK,
    AllowedCallers,
    Operation,
    Ownership,
    Reader,
    Visibility,
    describe_table,
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("access")) as stage:
        yield stage


@pytest.fixture
def client(stage: Stage) -> Client:
    return stage.load(coalition())


@pytest.fixture
def call(client: Client) -> Any:
    """Speak as an organization with some scopes."""
    return lambda organization, *scopes: As(client, organization, scopes)


# --- the table itself -------------------------------------------------------------------------------------------------


def test_the_table_has_every_cell() -> None:
    """Each operation says of each kind of target who may."""
    assert set(TABLE) == set(Operation)
    assert all(set(row) == set(Ownership) for row in TABLE.values())
    printed = describe_table()
    assert all(word in printed for word in (*Operation, *Ownership))


@pytest.mark.parametrize("operation", Operation)
@pytest.mark.parametrize("target", Ownership)
@pytest.mark.parametrize("scopes", [(), ("route",), (WEBHOOK,), (READ,), (WRITE,), (ADMIN,), (READ, WRITE), ALL])
@pytest.mark.parametrize("member", [False, True])
@pytest.mark.parametrize("authorised", [False, True])
def test_each_cell_lets_through_exactly_whom_it_names(
    operation: Operation, target: Ownership, scopes: tuple[str, ...], member: bool, authorised: bool
) -> None:
    """The scope of the operation is needed, save where everybody may; then the cell decides, and nothing else does."""
    reader = Reader("asker", member, frozenset(scopes))
    reads = operation in (Operation.SEE, Operation.SEE_OPENLY, Operation.SEE_PRIVATE)
    has_scope = WRITE in scopes or (reads and READ in scopes) or TABLE[operation][target] is AllowedCallers.EVERYBODY
    if operation is Operation.MEET:
        has_scope = "route" in scopes
    if operation is Operation.KEEP_ENDPOINTS:
        has_scope = WEBHOOK in scopes
    visible = target is not Ownership.UNLISTED or member
    by_word = {
        AllowedCallers.EVERYBODY: True,
        AllowedCallers.ANYBODY: True,
        AllowedCallers.MEMBERS: member,
        AllowedCallers.AUTHORISED: authorised and visible,
        AllowedCallers.ADMINS: member and ADMIN in scopes,
        AllowedCallers.NOBODY: False,
    }

    allowed = reader.may(operation, target, authorised=authorised)

    assert allowed == (has_scope and by_word[TABLE[operation][target]])


def test_what_several_hold_is_as_hidden_as_the_most_hidden_unless_it_is_ones_own() -> None:
    """Own, then unlisted, then listed."""
    reader = Reader("own", True, frozenset(ALL))
    own, listed, unlisted = Visibility("own", True, True), Visibility("a", True, True), Visibility("b", False, True)

    assert reader.target_among([listed, unlisted, own]) is Ownership.OWN
    assert reader.target_among([listed, unlisted]) is Ownership.UNLISTED
    assert reader.target_among([listed]) is Ownership.LISTED


# --- seeing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "organizations/harbor-house",
        "services/hh-beds",
        "agreements/mou-1",
        "vocabulary/harbor-house:safe%20house",
    ],
)
@pytest.mark.parametrize(
    ("asker", "visible"), [(UNLISTED, True), (MEMBER, True), (OUTSIDER, False), ("nobody-at-all", False)]
)
def test_what_is_an_unlisted_organizations_is_seen_by_members_and_itself(
    call: Any, path: str, asker: str, visible: bool
) -> None:
    """Shown and listed to them alone."""
    caller = call(asker, READ)
    kind, _, slug = path.partition("/")

    assert caller.get(path).status_code == (200 if visible else 404)
    assert (slug.replace("%20", " ") in caller.slugs(f"{kind}?per_page=200")) is visible


@pytest.mark.parametrize(
    "path",
    [
        *("organizations/open-agency", "services/open-agency-line", "agreements/listed-two"),
        *("release-forms/roi-standard", "vocabulary/equine_therapy"),
    ],
)
@pytest.mark.parametrize("asker", [LISTED, MEMBER, OUTSIDER, "nobody-at-all"])
def test_what_is_listed_and_what_is_the_coalitions_is_seen_by_every_caller(call: Any, path: str, asker: str) -> None:
    """A scope is enough."""
    assert call(asker, READ).get(path).status_code == 200


def test_a_party_sees_its_agreement_whoever_the_other_is(call: Any) -> None:
    """Who signed with an unlisted organization knows of the agreement."""
    assert call(OUTSIDER, READ).get("agreements/outsider-house").status_code == 200
    assert "outsider-house" in call(OUTSIDER, READ).slugs("agreements")


@pytest.mark.parametrize("kind", ["organizations", "services", "agreements", "release-forms", "vocabulary"])
def test_not_yours_to_see_and_not_here_read_the_same(call: Any, kind: str) -> None:
    """Status, body and headers are equal, whatever is tried; nothing of the hidden is in any list or count."""
    hidden = {"organizations": "harbor-house", "services": "hh-beds", "agreements": "mou-1"}
    key = hidden.get(kind, "harbor-house:safe%20house")
    outsider = call(OUTSIDER, *ALL)

    def all_ways(key: str) -> list[Response]:
        body = {"name": "x"}
        return [
            outsider.get(f"{kind}/{key}"),
            outsider.get(f"{kind}/{key}", if_none_match="*"),
            outsider.put(f"{kind}/{key}", body, if_match="*"),
            outsider.put(f"{kind}/{key}", body, if_match='"x"'),
            outsider.put(f"{kind}/{key}", body),
            outsider.delete(f"{kind}/{key}", if_match="*"),
            outsider.delete(f"{kind}/{key}"),
        ]

    def content(response: Response) -> tuple[Any, ...]:
        headers = {name: value for name, value in response.headers.items() if name != "date"}
        return response.status_code, response.content, headers

    assert list(map(content, all_ways(key))) == list(map(content, all_ways("not-here-at-all")))


def test_nothing_that_an_outsider_reads_names_an_unlisted_organization(call: Any) -> None:
    """Not as a source of referrals, a parent, or one authorised, save in its own record and agreements."""
    outsider = call("nobody-at-all", READ)

    for kind in ("organizations", "services", "agreements", "vocabulary"):
        page = outsider.get(f"{kind}?per_page=200")
        assert UNLISTED not in page.text
        for item in page.json()["items"]:
            assert UNLISTED not in outsider.get(f"{kind}/{item['slug']}").text
    assert outsider.slugs("organizations?parent=harbor-house") == []
    assert outsider.slugs("services?organization=harbor-house") == []
    assert outsider.slugs("agreements?party=harbor-house") == []
    assert UNLISTED in call(OUTSIDER, READ).get("organizations/food-bank").text


# --- private places ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", [UNLISTED, LISTED])
@pytest.mark.parametrize("scopes", [(READ,), ALL])
def test_private_places_are_shown_to_the_organization_and_those_it_authorised(
    call: Any, slug: str, scopes: tuple[str, ...]
) -> None:
    """By `GET /v1/organizations/{id}`, and no scope widens that."""
    for asker in (slug, AUTHORISED):
        assert "Leakcanary" in call(asker, *scopes).get(f"organizations/{slug}").text
    for asker in (MEMBER, OUTSIDER):
        text = call(asker, *scopes).get(f"organizations/{slug}").text
        assert not [canary for canary in (*CANARIES, "operator_authorised") if canary in text]


@pytest.mark.parametrize("asker", [UNLISTED, AUTHORISED, MEMBER, OUTSIDER])
def test_private_places_are_in_no_list_and_no_other_object(call: Any, asker: str) -> None:
    """Not even for those who may see them."""
    caller = call(asker, *ALL)

    pages = [caller.get(f"{kind}?per_page=200").text for kind in ("organizations", "services", "agreements")]
    service = caller.get("services/hh-beds").text

    assert not [canary for canary in CANARIES[:3] for text in (*pages, service) if canary in text]
    if asker in (MEMBER, OUTSIDER):
        assert not [text for text in (*pages, service) if "canary-place" in text]


def test_who_may_not_see_private_places_keeps_them_when_writing(call: Any) -> None:
    """An administrator changes the rest of the record; places and those authorised stay as they were."""
    before = call(UNLISTED, READ).get("organizations/harbor-house").json()
    admin = call(MEMBER, *ALL)

    changed = admin.change("organizations/harbor-house", description="New words")
    beds = admin.change("services/hh-beds", name="New beds")

    assert (changed.status_code, beds.status_code) == (200, 200), (changed.text, beds.text)
    after = call(UNLISTED, READ).get("organizations/harbor-house").json()
    before["services"][0] |= {"name": "New beds", "last_modified": after["services"][0]["last_modified"]}
    assert after == {**before, "description": "New words"}
    assert not [canary for canary in CANARIES if canary in changed.text + beds.text]


@pytest.mark.parametrize("asker", [MEMBER, AUTHORISED])
def test_nobody_else_makes_a_private_address_public_or_authorises_readers(call: Any, asker: str) -> None:
    """Not even with every scope: an operator's word is the operator's."""
    admin = call(asker, *ALL)
    profile = admin.get("organizations/harbor-house").json()["coalition"]

    lifted = admin.change("organizations/harbor-house", coalition={**profile, "address_private": False})
    without = admin.change("organizations/harbor-house", coalition=None)
    readers = admin.change("organizations/harbor-house", coalition={**profile, "operator_authorised": [asker, MEMBER]})

    assert [response.status_code for response in (lifted, without, readers)] == [403, 403, 403]
    assert "/coalition/address_private" in errors_of(lifted)
    assert "/coalition/operator_authorised" in errors_of(readers)
    assert "Leakcanary" not in call(MEMBER, *ALL).get("organizations/harbor-house").text


def test_private_places_are_not_written_by_those_who_may_not_see_them(call: Any) -> None:
    """Nor are they guessed at; each place that was given is told."""
    place = {"slug": "elsewhere", "location_type": "physical"}
    guess = {"service_at_locations": [{"location_id": "canary-place"}]}
    [beds, *_] = call(MEMBER, *ALL).get("organizations/harbor-house").json()["services"]
    new = {"slug": "more-beds", "name": "More beds", "status": "active", "referral": {"types": ["food"]}}

    refused = call(MEMBER, *ALL).change("organizations/harbor-house", locations=[place])
    guessed = call(MEMBER, *ALL).change("services/hh-beds", **guess)
    twice = call(MEMBER, *ALL).change("organizations/harbor-house", services=[beds | guess, new | guess])

    assert (refused.status_code, guessed.status_code, twice.status_code) == (403, 403, 403)
    assert set(errors_of(twice)) == {f"/services/{number}/service_at_locations" for number in (0, 1)}


def test_an_organization_authorises_and_withdraws(call: Any) -> None:
    """Its own word takes effect at once, both ways."""
    house = call(UNLISTED, READ, WRITE)
    profile = house.get("organizations/harbor-house").json()["coalition"]

    for readers, visible in (([MEMBER], True), ([], False)):
        house.change("organizations/harbor-house", coalition={**profile, "operator_authorised": readers})
        assert ("Leakcanary" in call(MEMBER, READ).get("organizations/harbor-house").text) is visible


# --- changing ---------------------------------------------------------------------------------------------------------

OWN_OF_LISTED = ["organizations/open-agency", "services/open-agency-line", "agreements/listed-two"]


@pytest.mark.parametrize("path", OWN_OF_LISTED)
@pytest.mark.parametrize(
    ("asker", "scopes", "status"),
    [
        (LISTED, (READ, WRITE), 200),
        (AUTHORISED, (READ, WRITE), 403),
        (OUTSIDER, (READ, WRITE), 403),
        (OUTSIDER, ALL, 403),
        ("nobody-at-all", ALL, 403),
        (MEMBER, ALL, 200),
        (LISTED, (READ,), 403),
        (LISTED, (READ, ADMIN), 403),
    ],
)
def test_an_organization_writes_its_own_and_administrators_write_all(
    call: Any, path: str, asker: str, scopes: tuple[str, ...], status: int
) -> None:
    """What may be seen and not changed is a 403; the scope is needed in any case."""
    field = {"offers": {LISTED: "a room"}} if path.startswith("agreements") else {"description": "New words"}

    assert call(asker, *scopes).change(path, **field).status_code == status


@pytest.mark.parametrize("path", ["release-forms/roi-county", "vocabulary/equine_therapy"])
@pytest.mark.parametrize(
    ("asker", "scopes", "status"), [(MEMBER, (READ, WRITE), 403), (OUTSIDER, ALL, 403), (MEMBER, ALL, 200)]
)
def test_what_is_the_coalitions_is_written_by_administrators(
    call: Any, path: str, asker: str, scopes: tuple[str, ...], status: int
) -> None:
    """Release forms and the vocabulary."""
    assert call(asker, *scopes).change(path, name="New name").status_code == status


@pytest.mark.parametrize("asker", [UNLISTED, OUTSIDER])
def test_no_organization_settles_alone_what_the_coalition_decides(call: Any, asker: str) -> None:
    """Membership, whose department it is, and whose service is the named provider."""
    own = call(asker, READ, WRITE)
    path = f"organizations/{asker}"
    document = own.get(path).json()
    other = "none" if document["coalition"]["membership"] != "none" else "active"
    service = document["services"][0]
    referral = {**service["referral"], "designated": not service["referral"]["designated"]}

    refused = [
        own.change(path, coalition={**document["coalition"], "membership": other}),
        own.change(path, parent=LISTED),
        own.change(path, services=[{**service, "referral": referral}]),
        own.change(f"services/{service['slug']}", referral=referral),
    ]

    assert [response.status_code for response in refused] == [403] * 4
    assert [list(errors_of(response)) for response in refused] == [
        ["/coalition/membership"],
        ["/parent"],
        ["/services/0/referral/designated"],
        ["/referral/designated"],
    ]


def test_a_party_drafts_suspends_and_ends_and_never_signs_alone(call: Any) -> None:
    """An agreement in force lets more be shared, so one party's word does not put it in force or widen it."""
    party, admin = call(LISTED, READ, WRITE), call(MEMBER, *ALL)
    path = "agreements/listed-two"

    assert party.change(path, status="signed").status_code == 403
    assert party.change(path, types=["food"]).status_code == 200
    assert admin.change(path, status="signed").status_code == 200
    assert party.change(path, types=None).status_code == 403
    assert party.change(path, wants={LISTED: "a key"}).status_code == 200
    assert party.change(path, between=[MEMBER, OUTSIDER], status="draft", wants=None).status_code == 403
    assert party.change(path, status="suspended").status_code == 200
    assert party.change(path, status="signed").status_code == 403
    assert (
        party.add(
            "agreements/new", {**admin.get(path).json(), "status": "signed", "slug": None, "id": None}
        ).status_code
        == 403
    )
    assert party.remove(path).status_code == 204


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("services/new", {"organization": UNLISTED, "name": "x", "status": "active", "referral": {"types": ["food"]}}),
        ("agreements/new", {"between": [OUTSIDER, UNLISTED], "level": "cooperation", "type": "mou", "status": "draft"}),
        (
            "services/new",
            {
                "organization": OUTSIDER,
                "name": "x",
                "status": "active",
                "referral": {"types": ["food"], "accepts_from": [UNLISTED]},
            },
        ),
    ],
)
def test_naming_an_unlisted_organization_tells_an_outsider_nothing(call: Any, path: str, body: dict[str, Any]) -> None:
    """The answer is the one for an organization that does not exist."""
    outsider = call(OUTSIDER, READ, WRITE)
    other = eval(repr(body).replace(UNLISTED, "not-here-at-all"))

    hidden, missing = outsider.add(path, body), outsider.add(path, other)

    assert hidden.status_code == missing.status_code == 422
    assert hidden.content == missing.content


def test_organizations_are_added_and_taken_away_by_administrators(call: Any) -> None:
    """An organization may take itself away; nobody else but an administrator may, and only one may add any."""
    body = {"name": "New"}

    assert call(OUTSIDER, *ALL).add("organizations/new", body).status_code == 403
    assert call("new", READ, WRITE).add("organizations/new", body).status_code == 403
    assert call(MEMBER, *ALL).add("organizations/new", body).status_code == 201
    assert call("department", READ, WRITE).remove("organizations/new").status_code == 403
    assert call("department", READ, WRITE).remove("organizations/department").status_code == 204


def test_a_department_is_not_its_parent(call: Any) -> None:
    """Neither writes for the other: consent to one never reaches the other."""
    assert call("department", READ, WRITE).get("organizations/harbor-house").status_code == 404
    assert call(UNLISTED, READ, WRITE).change("organizations/department", name="x").status_code == 403
