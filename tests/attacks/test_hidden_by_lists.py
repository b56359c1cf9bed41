"""An editor who may remove and add records tries to expose hidden houses through lists of changes or undo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from access_builders import MEMBER, OUTSIDER, UNLISTED, agency, coalition
from directory_client import ALL, READ, WRITE, As, Stage, errors_of, staged

QUIET = "quiet-house"
PATH = f"organizations/{QUIET}"
GONE = {"op": "delete", "path": PATH, "if_match": "*"}
NAME, FLAGS = "/name", ("/coalition/address_private", "/coalition/listed")
Call = Callable[..., As]
REMOVALS: list[Callable[[Stage], object]] = [
    lambda stage: stage.load(coalition()),
    lambda stage: stage.prune(QUIET, coalition()),
]
"""How an operator removes the quiet house: a load that lacks it, an import that prunes it."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with staged(tmp_path_factory.mktemp("lists")) as stage:
        yield stage


@pytest.fixture
def call(stage: Stage) -> Call:
    """Return a client for an organization, in a fresh directory."""
    bundle = coalition()
    bundle["organizations"].append(agency(QUIET, membership="active", listed="coalition", address_private=True))
    stage.load(bundle)
    stage.serve()
    return lambda organization, *scopes: As(stage.client, organization, scopes or ALL)


def put(body: dict[str, Any], *, new: bool, **labels: Any) -> dict[str, Any]:
    """Return a change that stores the house's record with some labels changed."""
    condition = {"if_none_match": "*"} if new else {"if_match": "*"}
    value = {**body, "coalition": {**body["coalition"], **labels}}
    return {"op": "put", "path": PATH, "value": value, **condition}


def in_the_open(body: dict[str, Any], *, new: bool) -> dict[str, Any]:
    return put(body, new=new, listed="public", address_private=False)


def refused_places(reply: Any, index: int) -> list[str]:
    """Return the fields of the only refused change, at `index`: those that only the house may show."""
    assert (reply.status_code, reply.json()["code"]) == (422, "changes_refused"), reply.text
    assert {error["code"] for error in reply.json()["errors"]} == {"not_yours"}
    assert set(errors_of(reply).values()) == {"is for the organization itself to show"}
    return sorted(pointer.removeprefix(f"/changes/{index}/value") for pointer in errors_of(reply))


@pytest.mark.parametrize("dry_run", [True, False])
def test_no_list_removes_a_hidden_house_and_adds_it_anew(call: Call, *, dry_run: bool) -> None:
    """Neither unhidden nor as it was, because its name wasn't kept. The whole list is refused."""
    admin = call(MEMBER)
    body = admin.get(PATH).json()

    shown = admin.patch(GONE, in_the_open(body, new=True), dry_run=dry_run)
    as_it_was = admin.patch(GONE, put(body, new=True), dry_run=dry_run)
    elsewhere = admin.patch(GONE, put({**body, "name": "House on the hill"}, new=True), dry_run=dry_run)

    assert refused_places(shown, 1) == [*FLAGS, NAME]
    assert refused_places(as_it_was, 1) == refused_places(elsewhere, 1) == [NAME]
    assert call(OUTSIDER, READ).get(PATH).status_code == 404
    assert admin.get(PATH).json() == body


def test_a_list_shows_no_house_that_an_earlier_list_removed(call: Call) -> None:
    """Its labels are remembered after the transaction, and single operations respect them too."""
    admin = call(MEMBER)
    body = admin.get(PATH).json()
    assert admin.patch(GONE).status_code == 200

    added = admin.patch(in_the_open(body, new=True))
    alone = admin.add(PATH, in_the_open(body, new=True)["value"])

    assert refused_places(added, 0) == [*FLAGS, NAME]
    assert (alone.status_code, sorted(errors_of(alone))) == (403, [*FLAGS, NAME])


@pytest.mark.parametrize("take_out", REMOVALS)
def test_a_list_adds_no_hidden_house_that_the_operator_removed(
    stage: Stage, call: Call, take_out: Callable[[Stage], object]
) -> None:
    """After a load or an import removed it, only a load brings it back."""
    admin = call(MEMBER)
    body = admin.get(PATH).json()
    take_out(stage)

    assert refused_places(admin.patch(in_the_open(body, new=True)), 0) == [*FLAGS, NAME]
    assert refused_places(admin.patch(put(body, new=True)), 0) == [NAME]
    assert call(OUTSIDER, READ).get(PATH).status_code == 404


def test_a_list_shows_no_more_bit_by_bit(call: Call) -> None:
    """Each change is checked against the previous result, so hiding first doesn't allow showing later."""
    admin, house = call(MEMBER), call(QUIET, READ, WRITE)
    body = house.get(PATH).json()
    assert house.patch(in_the_open(body, new=False)).status_code == 200

    hidden_and_shown = admin.patch(
        put(body, new=False), in_the_open(body, new=False), put({**body, "name": "House on the hill"}, new=False)
    )
    kept = call(OUTSIDER, READ).get(PATH).status_code

    assert [error["pointer"] for error in hidden_and_shown.json()["errors"]] == [
        "/changes/1/value/coalition/address_private", "/changes/1/value/coalition/listed", "/changes/2/value/name",
    ]  # fmt: skip
    assert kept == 200


def test_the_house_itself_shows_and_hides_by_a_list(call: Call) -> None:
    """The house may change its own labels, but no other house's in the same list."""
    house, outsider = call(QUIET, READ, WRITE), call(OUTSIDER, READ)
    body, other = house.get(PATH).json(), call(UNLISTED, READ, WRITE).get(f"organizations/{UNLISTED}").json()
    of_other = {**in_the_open(other, new=False), "path": f"organizations/{UNLISTED}"}

    with_another = house.patch(in_the_open(body, new=False), of_other)
    before = outsider.get(PATH).status_code
    alone = house.patch(
        {**in_the_open(body, new=False), "value": {**in_the_open(body, new=False)["value"], "name": "H"}}
    )
    shown = outsider.get(PATH).status_code
    hidden = house.patch(put(body, new=False))

    assert {error["pointer"].split("/value")[0] for error in with_another.json()["errors"]} == {"/changes/1"}
    assert (before, alone.status_code, shown) == (404, 200, 200)
    assert (hidden.status_code, outsider.get(PATH).status_code) == (200, 404)


def test_nobody_undoes_the_removal_of_a_hidden_house(call: Call) -> None:
    """Only a load brings it back; the removed record isn't kept for undo."""
    admin = call(MEMBER)
    assert admin.remove(PATH).status_code == 204
    [removal, *_] = admin.get("record-changes").json()["items"]

    assert (removal["slug"], removal["action"], removal["undo_until"]) == (QUIET, "removed", None)
    assert admin.undo().status_code == 409
    assert admin.get(PATH).status_code == 404
