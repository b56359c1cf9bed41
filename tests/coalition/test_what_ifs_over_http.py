"""What-ifs over HTTP: asked for, worked out in the background, shown to their own organization for a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from sqlalchemy import update
from webhook_builders import eventually

from service.coalition.use_cases import keep_what_ifs
from service.coalition.use_cases.keep_what_ifs import claim_what_if, finish_what_if
from service.database.database import open_database
from service.database.outbox.timers import fire_next
from service.database.table_base import table_of
from service.maintenance.tables import all_tables
from service.referrals.store.work_tables import WhatIfRow
from service.settings import Settings

PATH, READ = "/v1/coalition/what-ifs", "directory:read"
OUTSIDER, OTHER = "bright-basin-dental", "willow-bend-youth"
BED = {"id": "one-more-bed", "like": "tc-night", "organization": "open-gate-intake", "always_open": True, "free": 1}
BODY = {"services": [BED], "calls": 5}
ROWS = table_of(WhatIfRow)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("what-ifs"), rate_limit="1000000/minute")) as app:
        yield app


def ask(api: Api, body: Any = BODY, organization: str = HOTLINE, **headers: str) -> Any:
    return api.client.post(PATH, json=body, headers=api.bearer(READ, organization=organization) | headers)


def get(api: Api, place: str, organization: str = HOTLINE) -> Any:
    return api.client.get(place, headers=api.bearer(READ, organization=organization))


def finished(api: Api, place: str, organization: str = HOTLINE) -> dict[str, Any]:
    eventually(lambda: get(api, place, organization).json()["status"] in ("done", "failed"))
    document: dict[str, Any] = get(api, place, organization).json()
    return document


def test_it_is_worked_out_in_the_background(api: Api) -> None:
    """202 with its place, then the comparison that the command line prints; the directory is as before."""
    before = get(api, "/v1/coverage").json()

    asked = ask(api)

    assert (asked.status_code, asked.json()["status"], asked.json()["result"]) == (202, "waiting", None)
    place = asked.headers["location"]
    assert place == f"{PATH}/{asked.json()['id']}"
    document = finished(api, place)
    assert document["status"] == "done"
    assert document["result"]["drawn"] == {"calls": 5, "seed": 59}
    assert document["result"]["all_calls"]["calls"] == 5
    assert datetime.fromisoformat(document["delete_at"]) - datetime.fromisoformat(document["asked_at"]) == timedelta(1)
    assert get(api, "/v1/coverage").json() == before


def test_only_its_organization_sees_it(api: Api) -> None:
    """Another member's and a made-up id are answered alike; who is no member may neither ask nor look."""
    place = ask(api).headers["location"]

    assert finished(api, place)["status"] == "done"
    other, nowhere = get(api, place, OTHER), get(api, f"{PATH}/nowhere", OTHER)
    assert (other.status_code, other.json()) == (nowhere.status_code, nowhere.json())
    assert other.status_code == 404
    assert [reply.json()["code"] for reply in (ask(api, BODY, OUTSIDER), get(api, place, OUTSIDER))] == (
        ["members_only"] * 2
    )
    assert api.client.post(PATH, json=BODY, headers=api.bearer("route")).status_code == 403


def test_the_same_request_asks_once(api: Api) -> None:
    """By its `Idempotency-Key`; with another body the key is refused."""
    key = {"Idempotency-Key": "what-if-1"}
    first = ask(api, **key)
    again, other = ask(api, **key), ask(api, {"calls": 4}, **key)

    assert (again.status_code, again.headers["idempotency-replayed"]) == (202, "true")
    assert again.headers["location"] == first.headers["location"]
    assert other.json()["code"] == "idempotency_key_reused"
    finished(api, first.headers["location"])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"services": [{**BED, "like": "nowhere"}]}, "/services/0/like"),
        ({"services": [BED, {"id": "nowhere"}]}, "/services/1/id"),
        ({"agreements": [{"id": "x", "between": [HOTLINE, "nowhere"]}]}, "/agreements/0/between"),
        ({"calls": 501}, "/calls"),
        ({"beds": 1}, ""),
    ],
)
def test_wrong_changes_are_refused_by_place(api: Api, body: Any, pointer: str) -> None:
    """Before anything waits."""
    reply = ask(api, body)

    assert reply.status_code == 422
    assert [error["pointer"] for error in reply.json()["errors"]] == [pointer]


def test_a_claim_has_a_lease(settings: Settings) -> None:
    """Claims of two organizations, one that died, and a late result; on both databases."""
    with open_database(settings) as database:
        database.upgrade(all_tables)
        now = datetime.now(UTC)

        def put(organization: str, **values: Any) -> None:
            with (work := database.unit_of_work()):
                row = WhatIfRow(
                    id=f"{organization}-{values['status']}", organization=organization, body={}, asked_at=now,
                    **values,
                )  # fmt: skip
                work.session.add(row)
                work.commit()

        put("first", status="waiting")
        put("second", status="waiting")
        first = claim_what_if(database.unit_of_work())
        second = claim_what_if(database.unit_of_work())
        assert first is not None
        assert second is not None
        assert {first.organization, second.organization} == {"first", "second"}
        assert claim_what_if(database.unit_of_work()) is None

        # A process that died: claimed once more, and what the first one says then counts for nothing.
        with (work := database.unit_of_work()):
            past = now - timedelta(hours=1)
            work.session.execute(update(ROWS).where(ROWS.c.id == first.id).values(leased_until=past))
            work.commit()
        again = claim_what_if(database.unit_of_work())
        assert again is not None
        assert (again.id, again.number) == (first.id, 2)
        assert not finish_what_if(database.unit_of_work(), first, status="done", result={})
        assert finish_what_if(database.unit_of_work(), again, status="done", result={})


def test_a_second_waits_and_a_day_has_its_number(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """409 while the first is not done, 429 past the day's number."""
    place = ask(api, {**BODY, "calls": 200}).headers["location"]
    second = ask(api)

    assert (second.status_code, second.json()["code"]) == (409, "conflict")
    other = ask(api, {"calls": 1}, OTHER)
    assert other.status_code == 202
    finished(api, place)
    finished(api, other.headers["location"], OTHER)
    monkeypatch.setattr(keep_what_ifs, "MOST_A_DAY", 1)
    refused = ask(api)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 24 * 3600


def test_too_long_work_ends(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails, and says so; the next one is worked out."""
    monkeypatch.setattr(keep_what_ifs, "MOST_WORK_S", -1.0)
    document = finished(api, ask(api).headers["location"])
    assert (document["status"], document["reason"], document["result"]) == ("failed", "too_long", None)
    monkeypatch.undo()
    assert finished(api, ask(api).headers["location"])["status"] == "done"


def test_after_a_day_it_is_gone(settings: Settings) -> None:
    """By its timer, on both databases."""
    with open_database(settings) as database:
        database.upgrade(all_tables)
        with (work := database.unit_of_work()):
            now = datetime.now(UTC)
            work.session.add(WhatIfRow(id="gone", organization="first", status="done", body={}, asked_at=now))
            keep_what_ifs.schedule(work.session, keep_what_ifs.DELETE, "gone", now + keep_what_ifs.KEPT_FOR)
            work.commit()
        assert not fire_next(database.unit_of_work(), at=now + timedelta(hours=23))
        assert fire_next(database.unit_of_work(), at=now + timedelta(hours=25))
        with (work := database.unit_of_work(writes=False)):
            assert work.session.get(WhatIfRow, "gone") is None
