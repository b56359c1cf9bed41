"""The audit: written with what it tells, linked afterwards, and every change of it is found."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from databases import ADDRESS_KEY
from loop_builders import LEGAL, SENDER, SHELTER, Loop, coalition, loop_over, loop_settings, packet, referral
from pydantic import SecretStr
from seeds import fresh_random
from sqlalchemy import Connection, delete, event, insert, select, update
from sqlmodel import Session
from webhook_builders import HERE, QUICK

from service.database import audit_queue
from service.database.actor import Actor
from service.database.audit import Anchor, AuditTrail, _link, digest, forget
from service.database.audit_queue import AuditQueue
from service.database.audit_tables import AuditEntry, AuditHead, AuditSalt
from service.database.database import Database
from service.database.table_base import table_of
from service.errors import NotStored
from service.maintenance.anchors import make_anchor
from service.maintenance.check_audit import check_audit
from service.settings import Settings
from service.web.outgoing.transport import SafePost
from service.webhooks.worker import Worker

ENTRIES, HEAD, SALTS = table_of(AuditEntry), table_of(AuditHead), table_of(AuditSalt)
OLD = datetime(2019, 1, 1, tzinfo=UTC)
MANY = 60
CHANGES = 1000
Opener = Callable[[str], Database]


@pytest.fixture
def loop(database_url: str, tmp_path: Path) -> Iterator[Loop]:
    with loop_over(loop_settings(database_url, tmp_path), coalition()) as loop:
        yield loop


def filled(session: Session, trail: AuditTrail, many: int = MANY, at: datetime | None = None) -> None:
    """Entries of every form, linked by two keys in turn."""
    now = at or datetime.now(UTC)
    for number in range(many):
        side = ("house", f"desk {number % 4}") if number % 2 else (None, None)
        actor = Actor(f"PUT /v1/things/{number % 3}", *side)
        objects = [["consent", digest(str(number), "salt"), "current"]] if number % 3 else []
        details = {"rules": ["a", "b"], "directory_version": number} if number % 5 == 0 else None
        trail.add(session, [trail.entry(actor, now + timedelta(seconds=number), objects, details)])
        if number % 7 == 6:
            link(session, trail)
    link(session, trail)


def link(session: Session, trail: AuditTrail) -> None:
    while (links := trail.next_links(session)) is not None:
        assert trail.link(session, links)


def faults(session: Session, trail: AuditTrail, *anchors: Anchor) -> list[tuple[int | None, str]]:
    return [(fault.position, fault.plain) for fault in trail.verify(session, anchors)]


def relinked(connection: Connection, trail: AuditTrail) -> None:
    """What somebody does who has the key: number and link all entries anew, and sign the head."""
    key, before, place = trail._ring.newest, "", 0
    rows = connection.execute(select(ENTRIES).order_by(ENTRIES.c.position)).all()
    connection.execute(update(ENTRIES).values(position=None))
    for place, row in enumerate(rows, start=1):
        before = _link(key, before, row, place)
        values = {"position": place, "link": before, "key": key.name}
        connection.execute(update(ENTRIES).where(ENTRIES.c.id == row.id).values(**values))
    connection.execute(update(HEAD).values(trail.signed_head(place, before, datetime.now(UTC))))


def _change(connection: Connection, random: Random, rows: list[Any]) -> str:
    """Give one value of one entry another value."""
    row = random.choice(rows)
    name = random.choice([column.name for column in ENTRIES.c if column.name != "position"])
    other = {
        "id": "f" * 36, "at": row.at + timedelta(microseconds=1), "organization": "other", "operation": "other",
        "objects": [["consent", "0" * 64, "withdrawn"]], "details": {"rules": []}, "subject_salt": "0" * 32,
        "subject_digest": "0" * 64, "subject_mark": "0" * 64, "keep_days": 9999, "link": "0" * 64, "key": "0" * 12,
    }  # fmt: skip
    value = None if name in ("organization", "details") and row._mapping[name] is not None else other[name]
    connection.execute(update(ENTRIES).where(ENTRIES.c.id == row.id).values({name: value}))
    return f"changed {name}"


def _remove(connection: Connection, random: Random, rows: list[Any]) -> str:
    connection.execute(delete(ENTRIES).where(ENTRIES.c.id == random.choice(rows).id))
    return "removed"


def _close_up(connection: Connection, random: Random, rows: list[Any]) -> str:
    """Remove an entry, and give those after it its place and the next."""
    gone = random.choice(rows[:-1])
    connection.execute(delete(ENTRIES).where(ENTRIES.c.id == gone.id))
    for row in rows[gone.position :]:
        connection.execute(update(ENTRIES).where(ENTRIES.c.id == row.id).values(position=row.position - 1))
    connection.execute(update(HEAD).values(position=len(rows) - 1))
    return "removed, closed up"


def _insert(connection: Connection, random: Random, rows: list[Any]) -> str:
    """Put a copy of an entry in somewhere, and move those after it on."""
    copied, place = random.choice(rows), random.randint(1, len(rows))
    for row in reversed(rows[place - 1 :]):
        connection.execute(update(ENTRIES).where(ENTRIES.c.id == row.id).values(position=row.position + 1))
    connection.execute(insert(ENTRIES).values({**copied._mapping, "id": "e" * 36, "position": place}))
    connection.execute(update(HEAD).values(position=len(rows) + 1))
    return "inserted"


def _swap(connection: Connection, random: Random, rows: list[Any]) -> str:
    first, second = random.sample(rows, 2)
    for row, place in ((first, None), (second, first.position), (first, second.position)):
        connection.execute(update(ENTRIES).where(ENTRIES.c.id == row.id).values(position=place))
    return "swapped"


def _cut_off(connection: Connection, random: Random, rows: list[Any]) -> str:
    """Remove the end, and put the head right."""
    last = rows[random.randint(1, len(rows) - 1) - 1]
    connection.execute(delete(ENTRIES).where(ENTRIES.c.position > last.position))
    connection.execute(update(HEAD).values(position=last.position, link=last.link))
    return "cut off"


def _behead(connection: Connection, random: Random, rows: list[Any]) -> str:
    """Remove the beginning."""
    connection.execute(delete(ENTRIES).where(ENTRIES.c.position < random.randint(2, len(rows))))
    return "beginning removed"


def _unlink(connection: Connection, random: Random, rows: list[Any]) -> str:
    chosen = random.choice(rows)
    connection.execute(update(ENTRIES).where(ENTRIES.c.id == chosen.id).values(position=None, link=None, key=None))
    return "unlinked"


KINDS = (_change, _change, _change, _remove, _close_up, _insert, _swap, _cut_off, _behead, _unlink)


def test_every_change_of_a_thousand_is_found(opened: Opener, say: Callable[[str], None]) -> None:
    """One by one, each undone again: without the key, and with it, where all that follows is linked anew.

    What only a known anchor tells (all linked and signed anew) is told by the anchor; all else without.
    """
    database = opened("sqlite")
    trail, random, table = AuditTrail(settings_of(database)), fresh_random(41), Counter[str]()
    with Session(database.engine) as session:
        filled(session, trail)
        session.commit()
        anchor = trail.anchor(session)
        session.rollback()
        assert anchor is not None
        assert faults(session, trail, anchor) == []
    for number in range(CHANGES):
        with_key = number % 3 == 2
        with database.engine.connect() as connection:
            rows = list(connection.execute(select(ENTRIES).order_by(ENTRIES.c.position)))
            kind = KINDS[number % len(KINDS)](connection, random, rows)
            inside = kind in ("changed link", "changed key") or (
                kind.startswith("changed subject_") and "mark" not in kind
            )
            if with_key and not inside:
                connection.execute(delete(ENTRIES).where(ENTRIES.c.position.is_(None)))
                relinked(connection, trail)
            with Session(connection) as session:
                all_faults = faults(session, trail, anchor)
                alone = faults(session, trail)
            connection.rollback()
        assert all_faults, (number, kind, with_key)
        assert alone or with_key, (number, kind)
        table[kind + (" and linked anew with the key" if with_key and not inside else "")] += 1
    with Session(database.engine) as session:
        assert faults(session, trail, anchor) == []
    assert table.total() == CHANGES
    say(f"audit: {CHANGES} changes, all found: {dict(sorted(table.items()))}")


def settings_of(database: Database) -> Settings:
    return Settings(database=database.engine.url.render_as_string(hide_password=False), address_key=ADDRESS_KEY)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_faulty_entry_is_named(kind: str, opened: Opener) -> None:
    """By its position, and what was done to it; the others hold."""
    database = opened(kind)
    trail = AuditTrail(settings_of(database))
    with Session(database.engine) as session:
        filled(session, trail, 20)
        session.execute(update(ENTRIES).where(ENTRIES.c.position == 7).values(operation="other"))
        session.execute(delete(ENTRIES).where(ENTRIES.c.position == 12))
        reasons = dict(faults(session, trail))
        session.rollback()

    assert reasons.keys() == {7, 12, 13}
    assert reasons[7] == "was changed"
    assert "missing" in reasons[12]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_entries_go_after_their_time_up_to_an_anchor(kind: str, opened: Opener) -> None:
    """After six years from the oldest on; the chain then begins at the anchored entry, and holds. Subjects: a year."""
    database = opened(kind)
    trail = AuditTrail(settings_of(database))
    with Session(database.engine) as session:
        filled(session, trail, 20, at=OLD)
        anchor = trail.anchor(session)
        assert anchor is not None
        filled(session, trail, 10)
        forget(session, OLD + timedelta(days=400))
        after_a_year = list(session.execute(select(ENTRIES.c.subject_digest).where(ENTRIES.c.at < OLD + timedelta(1))))
        many = trail.count(session)[0]
        forget(session, OLD + timedelta(days=2192 + 1))
        link(session, trail)
        positions = list(session.execute(select(ENTRIES.c.position).order_by(ENTRIES.c.position)).scalars())
        all_faults = faults(session, trail, anchor)
        session.execute(delete(ENTRIES).where(ENTRIES.c.position < anchor.position + 3))
        shortened = faults(session, trail, anchor)
        session.rollback()

    assert {row.subject_digest for row in after_a_year} == {None}
    assert many == 31
    assert positions[0] == anchor.position == 20
    assert all_faults == []
    assert shortened


def test_what_is_forgotten_is_found_without_a_look_through_all(opened: Opener) -> None:
    """Whoever forgets writes, and others wait: no statement of it reads every entry."""
    database, plans = opened("sqlite"), list[str]()

    def explain(connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM audit_entry" in statement or statement.startswith("UPDATE audit_entry"):
            rows = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in rows)

    with database.unit_of_work() as work:
        event.listen(database.engine, "before_cursor_execute", explain)
        try:
            forget(work.session, datetime.now(UTC))
        finally:
            event.remove(database.engine, "before_cursor_execute", explain)

    assert [plan for plan in plans if plan.startswith("SCAN") and "ix_audit_entry_anchor" not in plan] == []
    assert {"ix_audit_entry_anchor", "ix_audit_entry_subject"} <= {word for plan in plans for word in plan.split()}


def test_older_keys_go_on_checking(opened: Opener) -> None:
    """A new key links from now on; what the key before linked holds while that key is there, else it is named."""
    database = opened("sqlite")
    before, after = "a" * 32, "b" * 32

    def trail(*keys: str) -> AuditTrail:
        return AuditTrail(settings_of(database).model_copy(update={"audit_keys": SecretStr(",".join(keys))}))

    with Session(database.engine) as session:
        filled(session, trail(before), 10)
        filled(session, trail(after, before), 10)
        with_older, with_newest = faults(session, trail(after, before)), faults(session, trail(after))
        session.rollback()

    assert with_older == []
    assert [place for place, _ in with_newest] == list(range(1, 11))
    assert {plain for _, plain in with_newest} == {"was linked with a key that is not there"}


def test_an_act_is_written_with_what_it_did(loop: Loop) -> None:
    """Who, what, by which rules; ids as digests under a salt that goes with the object, and the subject as a digest."""
    consent = loop.consent()
    document = loop.send(packet(consent)).json()
    loop.move(document["id"], LEGAL, "accepted")
    refusal = loop.call("PUT", f"/v1/referrals/{document['id']}/status", SHELTER, {"status": "declined"}, if_match="x")
    rows = entries(loop)

    acts = [(row.organization, row.operation, [part[0::2] for part in row.objects]) for row in rows]
    assert refusal.status_code == 404
    assert (SENDER, "POST /v1/consents", [["consent", "current"]]) in acts
    assert (LEGAL, "PUT /v1/referrals/{id}/status", [["referral", "accepted"]]) in acts
    entry = next(row for row in rows if row.operation == "POST /v1/referrals")
    salts = {row.object_id: row.salt for row in all_of(loop, SALTS)}
    assert ["referral", digest(document["id"], salts[document["id"]]), "requested"] in entry.objects
    assert entry.details["rules"]
    assert entry.details["directory_version"] == 1
    assert entry.subject_digest is not None
    assert all(row.organization != SHELTER for row in rows)
    written = repr(rows)
    assert consent["id"] not in written
    assert document["id"] not in written
    assert "desk" not in written
    assert document["code"] not in written


@pytest.mark.parametrize("need", ["emergency_shelter", "dental"])
def test_a_refused_referral_is_written_with_its_grounds(loop: Loop, need: str) -> None:
    """A full house too, which counts among no limit; and nothing of the profile."""
    loop.call("PUT", "/v1/services/beds/capacity", SHELTER, {"unit": "bed", "available": 0, "maximum": 8})
    before = len(entries(loop))

    refusal = loop.send(referral(needs=[{"type": need, "urgency": "now"}]))

    assert refusal.json()["code"] == "not_allowed_now"
    [entry] = entries(loop)[before:]
    assert (entry.organization, entry.operation, entry.objects) == (SENDER, "POST /v1/referrals", [])
    assert entry.details.keys() == {"rules", "directory_version", "policy_version"}
    assert entry.details["directory_version"] == 1


def test_what_is_rolled_back_is_not_written(loop: Loop) -> None:
    """A refused change leaves no entry, and a change that time makes is time's."""
    before = len(entries(loop))
    assert loop.call("POST", "/v1/consents", SENDER, {"form": "none"}).status_code == 422
    assert len(entries(loop)) == before

    consent = loop.consent()
    loop.fire(datetime.now(UTC) + timedelta(days=70))

    ended = [row for row in entries(loop) if row.operation == "consent.ended"]
    assert [(row.organization, [part[2] for part in row.objects]) for row in ended] == [(None, ["ended"])]
    assert consent["id"] in {row.object_id for row in all_of(loop, SALTS)}
    loop.fire(datetime.now(UTC) + timedelta(days=300))
    assert consent["id"] not in {row.object_id for row in all_of(loop, SALTS)}


def entries(loop: Loop) -> list[Any]:
    return all_of(loop, ENTRIES)


def all_of(loop: Loop, table: Any) -> list[Any]:
    with loop.database.engine.connect() as connection:
        return list(connection.execute(select(table)))


def audit_of(loop: Loop, organization: str = SENDER, query: str = "") -> list[dict[str, Any]]:
    response = loop.call("GET", f"/v1/audit{query}", organization, scopes="audit")
    assert response.status_code == 200, response.text
    return list(response.json()["items"])


def test_an_organization_reads_its_own_acts(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no other's; whose token acted is told where one is asked for; answers and refusals come within a second."""
    monkeypatch.setattr(audit_queue, "REFUSALS_EVERY_S", 0.0)
    loop.sent()
    loop.call("POST", "/v1/referral-paths", body=packet()["profile"], subject="stolen")
    for _ in range(5):
        assert loop.call("GET", "/v1/consents", scopes="route", subject="stolen").status_code == 403
        assert loop.client.get("/v1/consents", headers={"Authorization": "Bearer none"}).status_code == 401
    trail = loop.database.audit
    assert trail is not None
    stolen = trail.subject_digests(SENDER, "stolen")[0]

    def refused_so_far() -> tuple[int, int]:
        rows = [row for row in entries(loop) if row.operation == "GET /v1/consents"]
        theirs, nobodys = ([row for row in rows if row.organization == name] for name in (SENDER, None))
        return tuple(sum(row.details["times"] for row in item) for item in (theirs, nobodys))  # type: ignore[return-value]

    ends = time.monotonic() + 30
    while refused_so_far() != (5, 5):
        assert time.monotonic() < ends, refused_so_far()
        time.sleep(0.05)

    mine, theirs = audit_of(loop), audit_of(loop, query=f"?token={stolen}")
    assert {item["operation"] for item in mine} == {"POST /v1/referrals", "POST /v1/referral-paths", "GET /v1/consents"}
    assert {item["token"] for item in mine} == {None}
    assert {item["token"] for item in theirs} == {stolen}
    answered = next(item for item in theirs if item["operation"] == "POST /v1/referral-paths")
    assert answered["details"].keys() >= {"decision_id", "rules", "directory_version", "policy_version"}
    refused = [item["details"] for item in theirs if item["operation"] == "GET /v1/consents"]
    assert sum(item["times"] for item in refused) == 5
    assert {item["reason"] for item in refused} == {"missing_scope"}
    assert audit_of(loop, SHELTER) == []
    assert loop.call("GET", "/v1/audit", SENDER, scopes="route").status_code == 403


def test_entries_are_linked_by_the_worker(loop: Loop) -> None:
    """Within five seconds, whoever wrote them; checked and anchored from a terminal, and a change is told there."""
    worker = Worker(loop.database, SafePost(HERE), QUICK)
    loop.consent()
    start = time.monotonic()
    worker.start()
    try:
        while any(row.position is None for row in entries(loop)):
            assert time.monotonic() < start + 30
            time.sleep(0.02)
    finally:
        worker.stop()
    anchor = make_anchor(loop.database)
    assert anchor is not None
    assert check_audit(loop.database, [anchor]).faults == ()
    with loop.database.engine.begin() as connection:
        connection.execute(update(ENTRIES).where(ENTRIES.c.position == 1).values(operation="other"))

    assert check_audit(loop.database).faults == ("entry 1 was changed",)


def test_a_batch_waits_while_nothing_is_stored(loop: Loop) -> None:
    """What cannot be written is written later, once, and the counts of refusals go on."""
    queue, trail = AuditQueue(), loop.database.audit
    assert trail is not None
    queue.note(Actor("POST /v1/referral-paths", SENDER, "desk"), {"rules": []})
    queue.refuse(Actor("GET /v1/consents"), "expired")
    work = loop.database.unit_of_work(writes=False)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(work, "commit", lambda: (_ for _ in ()).throw(NotStored))
        with pytest.raises(NotStored):
            queue.write(work, trail)
    queue.refuse(Actor("GET /v1/consents"), "expired")

    assert queue.write(loop.database.unit_of_work(), trail) == 2
    queue.refuse(Actor("GET /v1/consents"), "expired")
    assert queue.write(loop.database.unit_of_work(), trail) == 0
    assert queue.write(loop.database.unit_of_work(), trail, ends=True) == 1
    assert [row.details["times"] for row in entries(loop) if row.operation == "GET /v1/consents"] == [2, 1]
