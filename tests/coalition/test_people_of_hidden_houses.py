"""Who speaks for a hidden house, unlisted or with a private address: known to it and to its partners, wherever read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from loop_builders import CLINIC, REFUGE, SENDER, SHELTER, Loop, coalition, loop_over, loop_settings

READ = "directory:read"
WHOLE = f"{READ} directory:write directory:admin"
PEOPLE = "Kestrel"
"""In every name, and in no other text."""


@pytest.fixture(scope="module", params=[{"listed": "coalition"}, {"address_private": True, "listed": "public"}])
def hidden(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    """The house says who speaks for it; the hotline and the clinic are its partners, the refuge is not."""
    bundle = coalition(**request.param, subpoena_contact={"name": f"Counsel {PEOPLE}", "phone": "555-0188"})
    (house,) = [one for one in bundle["organizations"] if one["id"] == SHELTER]
    house["contacts"] = [
        {"name": PEOPLE, "title": "coalition_representative", "email": f"{PEOPLE}@example.org", "successor": PEOPLE}
    ]
    folder = tmp_path_factory.mktemp("people")
    with loop_over(loop_settings(f"sqlite:///{folder / 'router.db'}", folder), bundle) as found:
        yield found


@pytest.mark.parametrize(
    ("reader", "scopes", "named"),
    [(SHELTER, READ, True), (SENDER, READ, True), (REFUGE, READ, False), (REFUGE, WHOLE, True)],
)
def test_its_people_are_named_in_its_record_to_partners_and_keepers(
    hidden: Loop, reader: str, scopes: str, named: bool
) -> None:
    """By itself and in lists; the role stays."""
    for path in (f"/v1/organizations/{SHELTER}", "/v1/organizations?per_page=200"):
        found = hidden.call("GET", path, reader, scopes=scopes)

        assert (PEOPLE in found.text) is named, path
        assert "coalition_representative" in found.text


@pytest.mark.parametrize(("reader", "named"), [(SHELTER, True), (SENDER, True), (REFUGE, False)])
def test_they_are_named_alike_where_members_ask(hidden: Loop, reader: str, named: bool) -> None:
    """Where contacts are listed, for court papers, and where one share is decided."""
    share: dict[str, Any] = {"holder": SHELTER, "recipient": CLINIC, "data": "identity"}
    share |= {"process": "subpoena", "purpose": "court"}
    replies = [
        hidden.call("GET", "/v1/coalition/contacts", reader, scopes=READ),
        hidden.call("GET", "/v1/coalition/legal-hold", reader, scopes=READ),
        hidden.call("POST", "/v1/policy/decisions", reader, share, scopes=READ),
    ]

    assert [reply.status_code for reply in replies] == [200] * 3
    assert [PEOPLE in reply.text for reply in replies] == [named] * 3
