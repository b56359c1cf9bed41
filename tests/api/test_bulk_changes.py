"""`PATCH /v1/directory` applies all of its changes or none, each under the rules of its own route."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bundle_builders import LEFT_OUT, bundle_bytes, good_bundle, put
from directory_client import ALL, READ, WRITE, As, build_client, errors_of
from httpx import Client, Response
from sqlalchemy import Engine, select

import routing
from service.database.database import Database
from service.database.field_cipher import AddressCipher, SecretCipher
from service.database.outbox.tables import Event
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.directory.snapshot.snapshots import Snapshots
from service.directory.store.directory_tables import DIRECTORY
from service.directory.use_cases.load_bundle import load_bundle
from service.directory.use_cases.patch_directory import MOST_CHANGES
from service.settings import Settings

PIER = {
    "name": "Pier",
    "coalition": {"basis": "community", "kind": "legal", "membership": "active"},
    "services": [{"slug": "pier-law", "name": "Lawyers", "status": "active", "referral": {"types": ["legal_civil"]}}],
}
MOU = {"between": ["pier", "harbor-house"], "level": "coalition", "type": "mou", "status": "signed"}
NEW = {"op": "put", "if_none_match": "*"}
GONE = {"op": "delete", "if_match": "*"}
FORM = {"name": "A form"}
Rows = Callable[[], dict[str, list[Any]]]


@pytest.fixture
def client(engine: Engine, cipher: AddressCipher, settings: Settings) -> Iterator[Client]:
    bundle = put(good_bundle(), "organizations[0].coalition.listed", LEFT_OUT)
    load_bundle(UnitOfWork(engine, cipher), bundle_bytes(bundle), replace=True)
    with build_client(Snapshots(Database(engine, cipher, SecretCipher(cipher.keys))), settings) as client:
        yield client


@pytest.fixture
def admin(client: Client) -> As:
    return As(client, "tri-county-hotline", ALL)


@pytest.fixture
def stored(engine: Engine) -> Rows:
    """Return every row of the directory, and every event."""

    def read() -> dict[str, list[Any]]:
        tables = [*DIRECTORY.sorted_tables, table_of(Event)]
        with engine.connect() as connection:
            return {
                table.name: sorted(map(tuple, connection.execute(select(table)).all()), key=repr) for table in tables
            }

    return read


def changed_events(rows: dict[str, list[Any]]) -> int:
    return sum("directory.changed" in row for row in rows[table_of(Event).name])


def test_changes_apply_in_list_order(admin: As, stored: Rows) -> None:
    """Later changes build on earlier ones. One event reports all of them. The entity tags equal those of `GET`."""
    events = changed_events(stored())
    tag = admin.get("release-forms/roi-county").headers["etag"]

    changes = (
        {"path": "organizations/pier", "value": PIER, **NEW},
        {"path": "agreements/mou-pier", "value": MOU, **NEW},
        {"path": "services/pier-law", "op": "put", "if_match": "*",
         "value": {"name": "Law", "status": "active", "referral": {"types": ["legal_civil"]}}},
        {"path": "release-forms/roi-county", "op": "put", "if_match": tag, "value": FORM},
        {"path": "release-forms/roi-new", "value": FORM, **NEW},
        {"path": "release-forms/roi-new", **GONE},
    )  # fmt: skip

    reply = admin.patch(*changes, {"path": "vocabulary/equine_therapy", "op": "delete", "if_match": "*"})
    assert reply.status_code == 422, reply.text  # the night desk's service is of that type
    assert reply.json()["errors"][0]["pointer"] == "/changes/6"

    reply = admin.patch(*changes)
    assert reply.status_code == 200, reply.text
    made = reply.json()["changes"]
    assert [change["result"] for change in made] == ["created", "created", "replaced", "replaced", "created", "deleted"]
    assert changed_events(stored()) == events + 1
    for change in made[:4]:
        shown = admin.get(f"{change['resource']}/{change['slug']}")
        assert (shown.headers["etag"], shown.json()["id"]) == (change["etag"], change["id"])
    assert [change["etag"] for change in made[4:]] == [None, None]
    assert admin.get("services/pier-law").json()["name"] == "Law"


def test_one_refusal_stores_nothing(admin: As, stored: Rows) -> None:
    """Each refusal names its place in the list, with the code and message of the single route."""
    before = stored()

    reply = admin.patch(
        {"path": "release-forms/roi-new", "value": FORM, **NEW},
        {"path": "agreements/mou-2", "value": {**MOU, "between": ["pier", "harbor-house"]}, **NEW},
        {"path": "release-forms/nothing", **GONE},
        {"path": "release-forms/roi-county", "op": "put", "value": FORM, "if_match": '"old"'},
        {"path": "release-forms/roi-county", "op": "put", "value": FORM},
        {"path": "organizations/harbor-house", **GONE},
        {"path": "organizations/hotline-night-desk", **GONE},
    )

    problem = reply.json()
    assert (reply.status_code, problem["code"]) == (422, "changes_refused")
    assert [(error["pointer"], error["code"]) for error in problem["errors"]] == [
        ("/changes/1/value/between/0", "invalid_request"),
        ("/changes/2", "not_found"),
        ("/changes/3", "stale"),
        ("/changes/4", "precondition_required"),
        ("/changes/5", "conflict"),
        ("/changes/6", "not_yours"),
    ]
    assert "agreements/mou-1" in problem["errors"][4]["detail"]
    assert stored() == before


def test_a_dry_run_answers_alike_and_stores_nothing(admin: As, stored: Rows) -> None:
    """The answer differs only in entity tags, which include dates, and no row changes."""
    before = stored()
    changes = [
        {"path": "organizations/pier", "value": PIER, **NEW},
        {"path": "agreements/mou-pier", "value": MOU, **NEW},
    ]

    tried = admin.patch(*changes, dry_run=True)
    untouched = stored() == before
    made = admin.patch(*changes)

    assert (tried.status_code, untouched) == (200, True)
    assert tried.json() == {
        "dry_run": True, "changes": [{**change, "etag": None} for change in made.json()["changes"]]
    }  # fmt: skip
    assert stored() != before


def single(caller: As, change: dict[str, Any]) -> Response:
    """Send a change through its single route."""
    headers = {name: change[name] for name in ("if_match", "if_none_match") if name in change}
    if change["op"] == "delete":
        return caller.delete(change["path"], **headers)
    return caller.put(change["path"], change["value"], **headers)


HOUSE_NAMED = {"op": "put", "if_match": "*", "path": "organizations/harbor-house"}
RIGHTS: dict[str, tuple[str, tuple[str, ...], dict[str, Any]]] = {
    "showing more of another house": (
        "tri-county-hotline", ALL, {**HOUSE_NAMED, "value": {"coalition": {"address_private": False}}}
    ),
    "another house's record": ("hotline-night-desk", (READ, WRITE), HOUSE_NAMED),
    "a form": ("harbor-house", (READ, WRITE), {"path": "release-forms/roi-new", "value": FORM, **NEW}),
    "a hidden record": ("nobody", (READ, WRITE), HOUSE_NAMED),
    "a taken hidden name": ("nobody", ALL, {"path": "organizations/harbor-house", "value": PIER, **NEW}),
    "removing a hidden record": ("nobody", ALL, {"path": "organizations/harbor-house", **GONE}),
    "its own removal": ("harbor-house", (READ, WRITE), {"path": "organizations/harbor-house", **GONE}),
    "a decision": ("harbor-house", (READ, WRITE), {"path": "services/hh-beds", **GONE}),
}  # fmt: skip


@pytest.mark.parametrize("case", RIGHTS)
def test_rights_are_those_of_the_single_routes(admin: As, client: Client, stored: Rows, case: str) -> None:
    """Each caller gets the code, fields and message that the single route would give."""
    organization, scopes, change = RIGHTS[case]
    caller, before = As(client, organization, scopes), stored()
    if change["path"] == HOUSE_NAMED["path"] and change["op"] == "put" and "if_match" in change:
        record = admin.get(change["path"]).json()
        profile = record["coalition"] | change.get("value", {}).get("coalition", {})
        change = {**change, "value": {**record, "name": "Another name", "locations": [], "coalition": profile}}

    by_list = caller.patch(change, dry_run=True)
    assert stored() == before
    alone = single(caller, change)

    if alone.status_code < 300:
        assert by_list.status_code == 200
        return
    problem = alone.json()
    assert by_list.json()["code"] == "changes_refused"
    assert {error["code"] for error in by_list.json()["errors"]} == {problem["code"]}
    fields = {f"/changes/0/value{pointer}": detail for pointer, detail in errors_of(alone).items()}
    whole = {"/changes/0": problem.get("detail", problem["title"])}
    assert errors_of(by_list) == (fields or whole)


def test_a_list_needs_the_scope_to_write(client: Client) -> None:
    """Without the scope the request is refused."""
    reader = As(client, "harbor-house", (READ,))

    assert reader.patch({"path": "release-forms/roi-county", **GONE}).status_code == 403


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ([], ["/changes"]),
        ([{**GONE, "path": "release-forms/roi-county"}] * (MOST_CHANGES + 1), ["/changes"]),
        ([{**GONE, "path": "areas/travis"}], ["/changes/0/resource"]),
        ([{"op": "post", "path": "release-forms/x"}], ["/changes/0/op"]),
        ([{**GONE, "path": "release-forms/x", "value": {}}], ["/changes/0"]),
        ([{**NEW, "path": "release-forms/x"}], ["/changes/0"]),
        ([{**GONE, "path": "release-forms/x"}, {**NEW, "path": "release-forms/y", "value": {"name": 5, "id": "y"}}],
         ["/changes/1/value/name"]),
        ([{**NEW, "path": "organizations/x", "value": {"name": "X", "services": [{"slug": "Y"}]}}],
         ["/changes/0/value/services/0/name", "/changes/0/value/services/0/referral",
          "/changes/0/value/services/0/slug", "/changes/0/value/services/0/status"]),
    ],
)  # fmt: skip
def test_a_malformed_list_is_refused_before_the_write_lock(
    admin: As, stored: Rows, changes: list[dict[str, Any]], pointers: list[str]
) -> None:
    """All problems at once, as JSON pointers into the list; no value is echoed."""
    before = stored()

    reply = admin.patch(*changes)

    assert (reply.status_code, reply.json()["code"]) == (422, "invalid_request")
    assert sorted(errors_of(reply)) == pointers
    assert stored() == before


def test_a_list_that_takes_too_long_stores_nothing(admin: As, stored: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each change starts with a checkpoint. A request that ends there stores nothing and says so."""
    before, changes = stored(), iter(range(2))

    def stop_at_third() -> None:
        if next(changes, None) is None:
            raise routing.WorkStopped

    monkeypatch.setattr("service.directory.use_cases.patch_directory.routing.checkpoint", stop_at_third)

    reply = admin.patch(*({"path": f"release-forms/form-{n}", "value": FORM, **NEW} for n in range(5)))

    assert (reply.status_code, reply.json()["code"]) == (503, "busy")
    assert stored() == before
