"""After a restore nothing is served until `purge` has run, nothing is sent twice, and consents wait to be confirmed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from loop_builders import LEGAL, OUTSIDER, SENDER, SHELTER, Loop, coalition, loop_over, loop_settings, packet
from receivers import receiving
from sqlalchemy import insert, select, update
from sqlmodel import col
from webhook_builders import HERE, QUICK, Stage

from service.database.actor import Actor, act_as
from service.database.audit_tables import AuditEntry, AuditSalt
from service.database.outbox.tables import Event, EventSequence, Timer
from service.database.table_base import table_of
from service.directory.snapshot.snapshots import Snapshots
from service.directory.store.directory_tables import Coalition, Record
from service.maintenance.archive import make_backup, restore_backup, write_backup
from service.maintenance.keep_hidden import restore_from
from service.maintenance.purge import PurgeReport, purge_database
from service.referrals.store.tables import Consent, Referral
from service.referrals.store.work_tables import WaitingAnswer
from service.sessions.tables import LoginCode, PageSession
from service.web.outgoing.transport import SafePost
from service.webhooks.fan_out import place_events
from service.webhooks.tables import WebhookDelivery
from service.webhooks.worker import Worker

READS = (
    "/v1/organizations", "/v1/services", "/v1/agreements", "/v1/release-forms", "/v1/vocabulary", "/v1/terms",
    "/v1/consents", "/v1/referrals", "/v1/events", "/v1/webhook-endpoints", "/v1/sessions", "/v1/coverage",
    "/v1/coalition/map", "/v1/coalition/due", "/v1/coalition/exchange", "/v1/coalition/contacts", "/v1/outcomes",
    "/v1/grievances", "/v1/coalition/legal-hold", "/hsds/organizations", "/fhir/Organization", "/fhir/Task",
)  # fmt: skip

ENDPOINTS = "/v1/webhook-endpoints"
records = table_of(Record)


@pytest.fixture
def loop(database_url: str, tmp_path: Path) -> Iterator[Loop]:
    bundle = coalition(operator_authorised=[SENDER])
    with loop_over(loop_settings(database_url, tmp_path), bundle) as loop:
        yield loop


def back_up(loop: Loop, tmp_path: Path) -> Path:
    write_backup(loop.database.engine, tmp_path / "backup")
    return tmp_path / "backup"


def restore(loop: Loop, file: Path) -> None:
    restore_backup(loop.database.engine, file, replace=True)


def purge(loop: Loop, **later: float) -> PurgeReport:
    """Purge as the command does, which is written down."""
    work = loop.database.unit_of_work(purges=True)
    with act_as(Actor("purge")):
        return purge_database(work, at=datetime.now(UTC) + timedelta(**later))


def rows(loop: Loop, model: Any) -> list[Any]:
    with loop.database.engine.connect() as connection:
        return list(connection.execute(select(table_of(model))))


def readiness(loop: Loop, status: int) -> dict[str, Any]:
    """Wait until the running program has noticed; it looks twice a second."""
    ends = time.monotonic() + 60
    while (response := loop.client.get("/health/ready")).status_code != status:
        assert time.monotonic() < ends
        time.sleep(0.02)
    return dict(response.json())


def test_nothing_is_served_until_it_is_purged(loop: Loop, tmp_path: Path) -> None:
    """By a program that runs on: no read, no change, no path. Afterwards all of it, from what the backup held."""
    referral = loop.sent()
    reads = [*READS, f"/v1/referrals/{referral['id']}"]
    scopes = "consent referral directory:read directory:admin grievance webhook organization:admin route capacity"
    before = {path: loop.call("GET", path, scopes=scopes).status_code for path in reads}
    restore(loop, back_up(loop, tmp_path))

    reason = readiness(loop, 503)["reason"]
    refused = {path: loop.call("GET", path, scopes=scopes) for path in reads}
    paths = loop.call("POST", "/v1/referral-paths", body=packet()["profile"])
    consent = loop.call("POST", "/v1/consents", body={})
    purge(loop)
    readiness(loop, 200)

    assert "purge" in reason
    assert {path: response.status_code for path, response in refused.items()} == dict.fromkeys(reads, 503)
    assert {item.json()["code"] for path, item in refused.items() if not path.startswith("/fhir")} == {"not_ready"}
    assert (paths.status_code, consent.status_code) == (503, 503)
    assert {path: loop.call("GET", path, scopes=scopes).status_code for path in reads} == before
    assert loop.view(referral["id"], SENDER).json()["status"] == "requested"


def test_a_program_that_runs_on_forgets_what_it_read_meanwhile(loop: Loop, tmp_path: Path) -> None:
    """Though it looked neither between the backup's moment and the change, nor between the restore and the purge."""
    snapshots = Snapshots(loop.database)
    snapshots.refresh()
    before, file = snapshots.current().names.organizations[LEGAL].name, back_up(loop, tmp_path)
    with loop.database.engine.begin() as connection:
        connection.execute(update(table_of(Coalition)).values(directory_version=Coalition.directory_version + 1))
        (stored,) = connection.execute(select(records.c.document).where(records.c.slug == LEGAL)).scalars()
        changed = {
            "document": {**stored, "name": "Another name"},
            "version": select(col(Coalition.directory_version)).scalar_subquery(),
        }
        connection.execute(update(records).where(records.c.slug == LEGAL).values(**changed))
    snapshots.refresh()
    meanwhile = snapshots.current().names.organizations[LEGAL].name

    restore(loop, file)
    purge(loop)
    snapshots.refresh()

    assert (meanwhile, snapshots.current().names.organizations[LEGAL].name) == ("Another name", before)


def test_referrals_that_waited_to_be_counted_are_not_counted_twice(loop: Loop, tmp_path: Path) -> None:
    """They may have counted after the backup: two figures would overlap. What was shown before stays."""
    sent = loop.sent(progress=True)
    loop.move(sent["id"], SHELTER, "declined", reason="full")
    file = back_up(loop, tmp_path)
    restore(loop, file)
    purge(loop)

    with loop.database.unit_of_work(writes=False) as work:
        assert [*work.session.execute(select(table_of(WaitingAnswer)))] == []


def test_a_referral_in_a_backup_counts_no_more(loop: Loop, tmp_path: Path) -> None:
    """It may have closed and counted after the backup; once restored it's open, and closes again. A new one counts."""
    answered, unanswered = loop.sent(progress=True), loop.sent(progress=True)
    loop.move(answered["id"], SHELTER, "accepted")
    restore(loop, back_up(loop, tmp_path))
    purge(loop)
    readiness(loop, 200)
    loop.move(answered["id"], SHELTER, "completed", outcome="served")
    loop.move(unanswered["id"], SHELTER, "declined", reason="full")
    counted = [rows(loop, WaitingAnswer)]
    loop.move(loop.sent(progress=True)["id"], SHELTER, "declined", reason="full")
    counted.append(rows(loop, WaitingAnswer))

    assert [len(waiting) for waiting in counted] == [0, 1]


def test_restoring_a_backup_twice_repeats_no_number(loop: Loop, tmp_path: Path) -> None:
    """Readers use versions to detect changes and positions to skip events, so neither may repeat."""
    told: dict[str, list[int]] = {OUTSIDER: [], LEGAL: [], SHELTER: [], "positions": []}
    file = back_up(loop, tmp_path)
    for _ in range(3):
        for owner in (LEGAL, SHELTER):
            describe(loop, owner, f"As told {len(told[LEGAL])} times")
        authorise(loop, [LEGAL] if told[LEGAL] else [])
        loop.refresh()
        for party in (OUTSIDER, LEGAL, SHELTER):
            told[party].append(loop.call("GET", "/health/ready", party).json()["directory_version"])
        told["positions"].append(max(row.last for row in rows(loop, EventSequence)))
        restore(loop, file)
        purge(loop)
        readiness(loop, 200)

    assert told == {name: sorted(set(numbers)) for name, numbers in told.items()}


def describe(loop: Loop, owner: str, text: str) -> None:
    change(loop, owner, lambda record: record.update(description=text))


def authorise(loop: Loop, others: list[str]) -> None:
    change(loop, SHELTER, lambda record: record["coalition"].update(operator_authorised=others))


def change(loop: Loop, owner: str, edit: Callable[[dict[str, Any]], object]) -> None:
    path = f"/v1/organizations/{owner}"
    stored = loop.call("GET", path, owner)
    record = stored.json()
    edit(record)
    reply = loop.call("PUT", path, owner, record, if_match=stored.headers["etag"])
    assert reply.status_code == 200, reply.text
    place_events(loop.database.unit_of_work())


def test_a_consent_counts_once_its_agency_has_confirmed_it(loop: Loop, tmp_path: Path) -> None:
    """It was withdrawn after the backup, or not: nobody knows. What rested on it shares nothing any more."""
    consent = loop.consent()
    document = loop.send(packet(consent)).json()
    file = back_up(loop, tmp_path)
    assert loop.call("POST", f"/v1/consents/{consent['id']}/withdrawal").status_code == 200
    restore(loop, file)
    settlement = purge(loop).settlement
    readiness(loop, 200)

    refusal = loop.send(packet(consent))
    body = loop.view(document["id"], LEGAL).json()
    confirmed = loop.call("PUT", f"/v1/consents/{consent['id']}/confirmation")
    again = loop.send(packet(consent))

    assert settlement is not None
    assert settlement.consents == 1
    assert (refusal.status_code, refusal.json()["code"]) == (409, "not_allowed_now")
    assert (body["share"], body["status"]) == ([], "requested")
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "current")
    assert again.status_code == 201


def test_what_was_due_meanwhile_closes_without_a_word(loop: Loop, tmp_path: Path) -> None:
    """Ten days later: referrals expired, holds and consents ended, as of their own time, and no event was written."""
    ending = loop.consent()
    referral = loop.sent()
    file = back_up(loop, tmp_path)
    event_ids = {row.id for row in rows(loop, Event)}
    restore(loop, file)
    settlement = purge(loop, days=10).settlement
    readiness(loop, 200)

    closed = next(row for row in rows(loop, Referral) if row.id == referral["id"])
    assert settlement is not None
    assert settlement.timers >= 2
    assert closed.status == "expired"
    assert closed.closed_at < datetime.now(UTC) + timedelta(days=1)
    assert {row.id for row in rows(loop, Event)} <= event_ids
    assert loop.view(referral["id"], SHELTER).json()["held"] is None
    assert all(row.due_at > datetime.now(UTC) for row in rows(loop, Timer))
    assert next(row for row in rows(loop, Consent) if row.id == ending["id"]).status == "proposed"


def test_what_is_past_its_time_is_gone_when_it_is_served_again(loop: Loop, tmp_path: Path) -> None:
    """Months later: the referral and the consent would have been deleted; they are, with the salts of their digests."""
    consent, sent = loop.consent(), loop.sent()
    file = back_up(loop, tmp_path)
    restore(loop, file)
    purge(loop, days=200)
    readiness(loop, 200)

    assert rows(loop, Consent) == []
    assert rows(loop, Referral) == []
    assert rows(loop, AuditSalt) == []
    assert "purge" in {row.operation for row in rows(loop, AuditEntry)}
    assert loop.view(sent["id"], SENDER).status_code == 404
    assert loop.call("GET", f"/v1/consents/{consent['id']}").status_code == 404


def test_nothing_is_sent_twice(loop: Loop, tmp_path: Path) -> None:
    """Deliveries that waited, events that had no place yet, tasks on the past: dropped. What is new is sent."""
    with receiving() as receiver, Stage(loop.database) as stage:
        stage.endpoint(receiver.url, organization=SHELTER)
        loop.sent()
        place_events(loop.database.unit_of_work())
        loop.sent()
        file = back_up(loop, tmp_path)
        waiting = [row for row in rows(loop, WebhookDelivery) if row.state == "pending"]
        unplaced = [row for row in rows(loop, Event) if row.placed_at is None]
        restore(loop, file)
        settlement = purge(loop).settlement
        readiness(loop, 200)
        worker = Worker(loop.database, SafePost(HERE, deadline_s=1.0), QUICK)
        worker.start()
        try:
            new = loop.sent()
            ends = time.monotonic() + 30
            while not receiver.received and time.monotonic() < ends:
                time.sleep(0.02)
        finally:
            worker.stop()
        bodies = [request.body for request in receiver.received]

    assert waiting
    assert unplaced
    assert settlement is not None
    assert settlement.deliveries == len(waiting)
    assert len(bodies) == 1
    assert new["id"].encode() in bodies[0]


def test_who_follows_events_misses_none(loop: Loop, tmp_path: Path) -> None:
    """A cursor from the time that was lost goes on with what happens after the restore."""
    file = back_up(loop, tmp_path)
    for _ in range(3):
        loop.sent()
    place_events(loop.database.unit_of_work())
    cursor = loop.call("GET", "/v1/events", SHELTER, scopes="webhook").json()["next"]
    restore(loop, file)
    purge(loop)
    readiness(loop, 200)
    new = loop.sent()
    place_events(loop.database.unit_of_work())

    after = loop.call("GET", f"/v1/events?after={cursor}", SHELTER, scopes="webhook").json()["events"]

    assert [event["data"]["id"] for event in after] == [new["id"]]


def test_nobody_is_signed_in_and_rights_are_listed(loop: Loop, tmp_path: Path) -> None:
    """A session may have been ended since, a code spent; who may see private addresses is told, with all members."""
    now = datetime.now(UTC)
    person = {"organization": SENDER, "scopes": ["route"], "subject": "desk"}
    with loop.database.unit_of_work() as work:
        work.session.execute(
            insert(table_of(PageSession)).values(
                digest="d" * 64, id="i" * 36, way="link", language="en", begun_at=now, used_at=now, **person
            )
        )
        work.session.execute(insert(table_of(LoginCode)).values(digest="c" * 64, made_at=now, **person))
        work.commit()
    restore(loop, back_up(loop, tmp_path))
    settlement = purge(loop).settlement

    assert rows(loop, PageSession) == rows(loop, LoginCode) == []
    assert settlement is not None
    rights = {right.organization: right for right in settlement.rights}
    assert rights[SENDER].authorised_by == (SHELTER,)
    assert {slug for slug, right in rights.items() if right.membership == "active"} == rights.keys()


def test_a_purge_that_was_killed_half_way_is_run_again(
    loop: Loop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays unserved until a purge has ended; without a restore a purge settles nothing."""
    loop.consent()
    restore(loop, back_up(loop, tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr("service.maintenance.purge.fire_purging", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            purge(loop)
    assert "purge" in readiness(loop, 503)["reason"]

    again = purge(loop)
    readiness(loop, 200)

    assert again.settlement is not None
    assert purge(loop).settlement is None
    assert [row.status for row in rows(loop, Consent)] == ["proposed"]


def test_webhook_endpoints_come_back_off(database_url: str, tmp_path: Path) -> None:
    """One may have been deleted since. Its owner deletes it again, or switches it on."""
    settings = loop_settings(database_url, tmp_path, webhook_http=True, webhook_networks="127.0.0.0/8")
    with loop_over(settings, coalition()) as loop:
        made = loop.call("POST", ENDPOINTS, SHELTER, {"url": "http://127.0.0.1:9/"}, scopes="webhook")
        assert made.status_code == 201, made.text
        path, file = f"{ENDPOINTS}/{made.json()['id']}", tmp_path / "backup"
        make_backup(loop.database, file)
        assert loop.call("DELETE", path, SHELTER, scopes="webhook").status_code == 204

        report = restore_from(loop.database, file, replace=True)
        purge(loop)
        readiness(loop, 200)
        back = loop.call("GET", path, SHELTER, scopes="webhook")

    assert report.endpoints == 1
    assert (back.json()["enabled"], back.json()["disabled_reason"]) == (False, "restored")
