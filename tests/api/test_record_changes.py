"""Record changes: previewing stores nothing, the history holds no values, and an undo is a new change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from httpx import Response
from sqlalchemy import delete, func, insert, select, update

from service.database.database import open_database
from service.database.outbox.tables import Event
from service.database.outbox.timers import fire_next
from service.database.table_base import table_of
from service.database.unit_of_work import for_writing
from service.directory.store.change_tables import RecordChange

WRITE, ADMIN = ("directory:read", "directory:write"), ("directory:read", "directory:write", "directory:admin")
SHELTER, OTHER, MEMBER = "bluestem-haven", "willow-bend-youth", "open-gate-intake"
OUTSIDER = "bright-basin-dental"
CHANGES, EVENTS = table_of(RecordChange), table_of(Event)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("changes"), rate_limit="1000000/minute")) as app:
        yield app


def read(api: Api, path: str, organization: str = HOTLINE) -> Response:
    return api.client.get(path, headers=api.bearer(*ADMIN, organization=organization))


def put(api: Api, path: str, organization: str = HOTLINE, scopes: tuple[str, ...] = ADMIN, **fields: Any) -> Response:
    now = read(api, path, organization)
    headers = api.bearer(*scopes, organization=organization) | {"If-Match": now.headers["etag"]}
    return api.client.put(path, json={**now.json(), **fields}, headers=headers)


def history(api: Api, organization: str = HOTLINE, scopes: tuple[str, ...] = ADMIN, **record: str) -> list[Any]:
    reply = api.client.get("/v1/record-changes", params=record, headers=api.bearer(*scopes, organization=organization))
    assert reply.status_code == 200, reply.text
    items: list[Any] = reply.json()["items"]
    return items


def events(api: Api) -> list[Any]:
    """Return the stored `directory.changed` events, including those that have no position in the feed yet."""
    changed = select(EVENTS.c.id).where(EVENTS.c.type == "directory.changed").order_by(EVENTS.c.id)
    with open_database(api.settings) as database, database.engine.connect() as connection:
        return list(connection.scalars(changed))


def undo(api: Api, change: str, organization: str = HOTLINE) -> int:
    headers = api.bearer(*ADMIN, organization=organization)
    return api.client.post(f"/v1/record-changes/{change}/undo", headers=headers).status_code


def test_a_change_is_in_the_history_without_its_values(api: Api) -> None:
    """It names who, when and which fields. Putting the same record again is no change."""
    path = f"/v1/organizations/{HOTLINE}"
    assert put(api, path, description="Answers day and night").status_code == 200
    assert put(api, path, description="Answers day and night").status_code == 200

    [change] = history(api, resource="organizations", id=HOTLINE)

    assert (change["by"], change["action"], change["fields"]) == (HOTLINE, "changed", ["description"])
    assert "day and night" not in str(change)
    assert history(api)[0] == change


def test_an_undo_is_a_new_change_under_the_same_checks(api: Api) -> None:
    """It restores the record, can be undone itself, and is refused if the record has changed since."""
    path = f"/v1/organizations/{HOTLINE}"
    before, told = read(api, path).json(), events(api)
    put(api, path, description="Answers all year")
    change = history(api, resource="organizations", id=HOTLINE)[0]

    assert undo(api, change["id"]) == 204
    assert read(api, path).json() == before
    assert undo(api, change["id"]) == 412
    newest = history(api, resource="organizations", id=HOTLINE)[0]
    assert undo(api, newest["id"]) == 204
    assert read(api, path).json()["description"] == "Answers all year"
    assert len(events(api)) == len(told) + 3


def test_what_was_added_or_removed_comes_back(api: Api) -> None:
    """Undo brings back a removed agreement and removes an added release form."""
    form, agreement = "/v1/release-forms/one-page", "/v1/agreements/mou-core"
    was = read(api, agreement)
    headers = api.bearer(*ADMIN) | {"If-Match": was.headers["etag"]}
    assert api.client.delete(agreement, headers=headers).status_code == 204
    added = api.client.put(form, json={"name": "One page"}, headers=api.bearer(*ADMIN) | {"If-None-Match": "*"})
    assert added.status_code == 201

    for change in history(api)[:2]:
        assert undo(api, change["id"]) == 204, change

    assert read(api, agreement).json() == was.json()
    assert read(api, form).status_code == 404


def test_who_does_not_see_a_record_whole_cannot_bring_it_back(api: Api) -> None:
    """A text that reads like an address is shown to its own agency alone: its removal by another can't be undone."""
    told = "Come to 12 Sorrel Court at noon."
    own = "/v1/services/tc-supper"
    owner = "tall-cedar-shelter"
    assert put(api, own, owner, description=told).status_code == 200
    seen = read(api, own)
    assert (seen.json()["description"] == told, read(api, own, owner).json()["description"]) == (False, told)

    headers = api.bearer(*ADMIN) | {"If-Match": seen.headers["etag"]}
    assert api.client.delete(own, headers=headers).status_code == 204

    [change] = history(api, resource="services", id="tc-supper")[:1]
    assert (change["action"], change["undo_until"]) == ("removed", None)
    assert undo(api, change["id"]) == 409


def test_after_ten_minutes_nothing_can_be_undone(api: Api) -> None:
    """The change stays in the history; the former record is deleted."""
    put(api, "/v1/services/jb-line", alert="Closed on New Year's Eve")
    [change] = history(api, resource="services", id="jb-line")
    assert change["undo_until"] is not None
    this = CHANGES.c.id == change["id"]
    with open_database(api.settings) as database, for_writing(database.engine).begin() as connection:
        at = connection.scalar(select(CHANGES.c.at).where(this))
        connection.execute(update(CHANGES).where(this).values(at=at - timedelta(minutes=10)))

    assert history(api, resource="services", id="jb-line")[0]["undo_until"] is None
    assert undo(api, change["id"]) == 409


def test_changes_of_a_private_house_stay_private(api: Api) -> None:
    """No other agency sees the change in a history or can undo it, and the stored row contains no address."""
    path = f"/v1/organizations/{SHELTER}"
    place = read(api, path, SHELTER).json()["locations"][0]
    assert place["addresses"]
    moved = {**place, "addresses": [{**place["addresses"][0], "address_1": "77 Sorrel Court"}]}
    assert put(api, path, SHELTER, locations=[moved]).status_code == 200

    [change] = history(api, SHELTER, resource="organizations", id=SHELTER)

    assert change["fields"] == ["locations"]
    assert history(api, resource="organizations", id=SHELTER) == []
    assert undo(api, change["id"]) == undo(api, "nothing") == 404
    with open_database(api.settings) as database, database.engine.connect() as connection:
        assert place["addresses"][0]["address_1"] not in str(connection.execute(select(CHANGES)).all())
    assert undo(api, change["id"], SHELTER) == 204
    assert read(api, path, SHELTER).json()["locations"] == [place]


def test_an_agency_sees_who_changed_its_record(api: Api) -> None:
    """Another agency that may edit the record sees only its own edits; one that may not gets an empty list."""
    path = f"/v1/organizations/{OTHER}"
    assert put(api, path, HOTLINE, website="https://willow-bend.example").status_code == 200

    record = {"resource": "organizations", "id": OTHER}
    assert [change["by"] for change in history(api, OTHER, **record)] == [HOTLINE]
    assert [change["by"] for change in history(api, HOTLINE, **record)] == [HOTLINE]
    assert history(api, MEMBER, **record) == []
    headers = api.bearer(*WRITE, organization=MEMBER)
    assert api.client.get("/v1/record-changes", params=record, headers=headers).status_code == 404


def test_a_preview_says_who_becomes_reachable_and_stores_nothing(api: Api) -> None:
    """Closing a service shows up as lost hand-offs. Directory, history and events don't change."""
    record = read(api, "/v1/services/jb-line").json()
    before = read(api, "/v1/organizations?per_page=200").json(), history(api), events(api)
    preview = {"resource": "services", "id": "jb-line", "document": {**record, "status": "inactive"}}

    reply = api.post("/v1/record-previews", preview, *ADMIN)

    assert reply.status_code == 200, reply.text
    assert reply.json()["fields"] == ["status"]
    losses = {(row["organization"], row["type"]): row["lost"] for row in reply.json()["reach"]}
    assert set(losses) == {(HOTLINE, code) for code in record["referral"]["types"]}
    assert all(losses.values())
    assert (read(api, "/v1/organizations?per_page=200").json(), history(api), events(api)) == before


def test_a_preview_is_refused_as_the_change_would_be(api: Api) -> None:
    """It names the same fields, and a record that the caller may not see is not found."""
    record = read(api, "/v1/services/jb-line").json()
    wrong = {"resource": "services", "id": "jb-line", "document": {**record, "email": "nobody", "status": "open"}}
    refused = api.post("/v1/record-previews", wrong, *ADMIN)
    assert refused.status_code == 422
    assert {error["pointer"] for error in refused.json()["errors"]} == {"/email", "/status"}

    away = {"resource": "organizations", "id": SHELTER}
    outsider = api.post("/v1/record-previews", away, *ADMIN, organization="bright-basin-dental")
    assert outsider.status_code == api.post("/v1/record-previews", {**away, "id": "none"}, *ADMIN).status_code == 404
    assert api.post("/v1/record-previews", away, *WRITE).status_code == 403


def test_each_change_of_a_list_is_in_the_history(api: Api) -> None:
    """In order, each with its own undo. A dry run adds nothing."""
    new = {"op": "put", "resource": "release-forms", "if_none_match": "*", "value": {"name": "A form"}}
    changes = [{**new, "id": "form-a"}, {**new, "id": "form-b"}]
    before = history(api)

    for dry_run in (True, False):
        reply = api.client.patch(
            "/v1/directory", json={"changes": changes, "dry_run": dry_run}, headers=api.bearer(*ADMIN)
        )
        assert reply.status_code == 200, reply.text
        if dry_run:
            assert history(api) == before

    added = history(api)[: len(changes)]
    assert {(change["slug"], change["action"]) for change in added} == {("form-a", "added"), ("form-b", "added")}
    assert [undo(api, change["id"]) for change in added] == [204, 204]


def test_what_an_undo_needs_is_gone_after_ten_minutes(api: Api) -> None:
    """By a timer of its own, and no digest of a record with a private address is readable before."""
    path = f"/v1/organizations/{SHELTER}"
    assert put(api, path, SHELTER, description="Open to all who flee").status_code == 200
    tag = read(api, path, SHELTER).headers["etag"]

    def stored() -> list[Any]:
        with open_database(api.settings) as database, database.engine.connect() as connection:
            return list(connection.execute(select(CHANGES.c.before, CHANGES.c.etag, CHANGES.c.at)))

    assert any(row.before for row in stored())
    assert not any(row.etag == tag for row in stored())
    last = max(row.at for row in stored())
    with open_database(api.settings) as database:
        while fire_next(database.unit_of_work(), at=last + timedelta(minutes=10, seconds=5), purging=True):
            pass
    assert not any(row.before or row.etag for row in stored())


def test_others_changes_do_not_push_own_ones_out(api: Api) -> None:
    """How many changes a house has made shows in no other agency's list."""
    record = {"resource": "organizations", "id": OTHER}
    assert put(api, f"/v1/organizations/{OTHER}", HOTLINE, website="https://willow.example").status_code == 200
    mine = history(api, HOTLINE, **record)
    row = {"organization": OTHER, "resource": "organizations", "slug": OTHER, "owners": [OTHER], "action": "changed"}
    with open_database(api.settings) as database, for_writing(database.engine).begin() as connection:
        at = connection.scalar(select(func.max(CHANGES.c.at))) + timedelta(seconds=1)
        rows = [{**row, "id": f"later-{number}", "at": at, "fields": ["description"]} for number in range(60)]
        connection.execute(insert(CHANGES), rows)

    assert history(api, HOTLINE, **record) == mine
    with open_database(api.settings) as database, for_writing(database.engine).begin() as connection:
        connection.execute(delete(CHANGES).where(CHANGES.c.id.like("later-%")))


def test_an_agency_that_left_reads_no_hidden_names(api: Api) -> None:
    """What it changed as a member is in its history no more, by name or by list."""
    row = {"organization": OUTSIDER, "resource": "organizations", "action": "changed", "fields": ["description"]}
    with open_database(api.settings) as database, for_writing(database.engine).begin() as connection:
        at = connection.scalar(select(func.max(CHANGES.c.at)))
        hidden = {**row, "id": "hidden", "at": at, "slug": "gone-house", "owners": ["gone-house"]}
        public = {**row, "id": "public", "at": at, "slug": HOTLINE, "owners": [HOTLINE]}
        connection.execute(insert(CHANGES), [hidden, public])

    assert [change["slug"] for change in history(api, OUTSIDER)] == [HOTLINE]
    headers = api.bearer(*ADMIN, organization=OUTSIDER)
    record = {"resource": "organizations", "id": "gone-house"}
    assert api.client.get("/v1/record-changes", params=record, headers=headers).status_code == 404
