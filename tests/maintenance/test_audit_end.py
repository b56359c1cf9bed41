"""The end of the audit: signed with a key that the database does not hold, and anchored elsewhere by the hour."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from alembic import command
from api_builders import demo_settings, running
from pydantic import SecretStr
from sqlalchemy import Connection, delete, func, select, update
from sqlmodel import Session
from webhook_builders import eventually

from service.cli import webhooks
from service.database.actor import Actor
from service.database.audit import Anchor, AuditTrail
from service.database.audit_tables import ANCHORED, UNSIGNED_HEAD, AuditEntry, AuditHead
from service.database.database import Database, open_database
from service.database.migrations import configure
from service.database.table_base import table_of
from service.maintenance import anchors
from service.maintenance.anchors import anchor_when_due, make_anchor, read_anchors
from service.maintenance.archive import make_backup
from service.maintenance.check_audit import check_audit
from service.maintenance.keep_hidden import restore_from
from service.maintenance.tables import all_tables
from service.settings import Settings

ENTRIES, HEAD = table_of(AuditEntry), table_of(AuditHead)
NOT_SIGNED = "the end is not signed: entries may be missing after it"
FOLLOWS = "follows an end that was not signed: entries may be missing before it"
Opener = Callable[[str], Database]
both = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


def write(database: Database, many: int) -> None:
    """Have acts written down, and linked."""
    assert database.audit is not None
    with database.unit_of_work() as work:
        database.audit.add(
            work.session,
            [
                database.audit.entry(Actor("PUT /v1/things"), datetime.now(UTC) + timedelta(microseconds=number))
                for number in range(many)
            ],
        )
        work.commit()
    while database.link_audit():
        pass


def cut_off(connection: Connection, to: int, **head: Any) -> None:
    """What somebody does who has the database alone: delete the last entries, and have the head name the one before."""
    last = connection.execute(select(ENTRIES).where(ENTRIES.c.position == to)).one()
    connection.execute(delete(ENTRIES).where(ENTRIES.c.position > to))
    connection.execute(update(HEAD).values({"position": to, "link": last.link, **head}))


@both
def test_an_end_that_was_cut_off_is_not_signed(kind: str, opened: Opener) -> None:
    """Told without an anchor too, also where the rest of the head is blanked; and with one."""
    database = opened(kind)
    write(database, 20)
    anchor = make_anchor(database)
    assert anchor is not None
    assert anchor.position == 20
    write(database, 5)
    assert check_audit(database, [anchor]).faults == ()

    for blanked in ({}, {"signed_at": None, "key": None, "signature": None}):
        with database.engine.begin() as connection:
            cut_off(connection, 22, **blanked)
        assert check_audit(database).faults == (NOT_SIGNED,)
    with database.engine.begin() as connection:
        cut_off(connection, 17)
    assert check_audit(database, [anchor]).faults == (
        "entry 20 is missing: the end was cut off after the anchor was made",
        NOT_SIGNED,
    )


@both
def test_an_older_signed_end_is_caught_by_an_anchor(kind: str, opened: Opener) -> None:
    """Alone it is as it was then, and only says when; the anchor made after it does not fit."""
    database = opened(kind)
    write(database, 10)
    with database.engine.connect() as connection:
        older = connection.execute(select(HEAD)).one()._mapping
    write(database, 10)
    anchor = make_anchor(database)
    assert anchor is not None
    with database.engine.begin() as connection:
        cut_off(connection, 10, **older)

    alone = check_audit(database)
    assert (alone.faults, alone.signed_at) == ((), older["signed_at"])
    assert check_audit(database, [anchor]).faults == (
        "entry 20 is missing: the end was cut off after the anchor was made",
    )


@both
def test_what_is_linked_to_an_end_without_signature_tells_so_for_good(kind: str, opened: Opener) -> None:
    """A program that goes on does not sign what was cut off as if nothing had happened."""
    database = opened(kind)
    write(database, 10)
    with database.engine.begin() as connection:
        cut_off(connection, 6)
    write(database, 3)

    assert check_audit(database).faults == (f"entry 7 {FOLLOWS}",)
    with database.engine.connect() as connection:
        noted = connection.execute(select(ENTRIES.c.details).where(ENTRIES.c.operation == UNSIGNED_HEAD)).scalar_one()
    assert noted["position"] == 6
    with database.engine.begin() as connection:
        connection.execute(delete(ENTRIES).where(ENTRIES.c.operation == UNSIGNED_HEAD))
    assert check_audit(database).faults != ()


def test_a_head_signed_by_a_key_of_another_machine_holds_once_the_key_is_here(opened: Opener) -> None:
    """It is noted as not signed where the key is not known yet, and checked again with the keys at hand."""
    database = opened("sqlite")
    settings = Settings(database=database.engine.url.render_as_string(hide_password=False))
    first, second = "a" * 32, "b" * 32

    def trail(*keys: str) -> AuditTrail:
        return AuditTrail(settings.model_copy(update={"audit_keys": SecretStr(",".join(keys))}))

    with Session(database.engine) as session:
        for linking in (trail(first), trail(second, first), trail(first)):
            linking.add(session, [linking.entry(Actor("PUT /v1/things"), datetime.now(UTC))])
            links = linking.next_links(session)
            assert links is not None
            assert linking.link(session, links)
        without, with_both = (
            [fault.plain for fault in linking.verify(session)] for linking in (trail(first), trail(second, first))
        )

    assert FOLLOWS in without
    assert with_both == []


@both
def test_a_database_from_before_is_signed_as_it_is_upgraded(kind: str, opened: Opener) -> None:
    """Once: a head that loses its signature later is not signed anew."""
    database = opened(kind)
    write(database, 10)
    with database.engine.begin() as connection:
        command.downgrade(configure(connection), "0031")
    database.upgrade(all_tables)

    assert check_audit(database).faults == ()
    with database.engine.begin() as connection:
        connection.execute(update(HEAD).values(signature=None))
    database.upgrade(all_tables)
    assert check_audit(database).faults == (NOT_SIGNED,)


def test_anchors_that_differ_at_one_place_are_a_fault(opened: Opener) -> None:
    """As they are where the end was cut off, an older signed head put back, and the program went on for as long."""
    database = opened("sqlite")
    write(database, 10)
    with database.engine.connect() as connection:
        older = connection.execute(select(HEAD)).one()._mapping
    write(database, 10)
    before = make_anchor(database)
    with database.engine.begin() as connection:
        cut_off(connection, 10, **older)
        connection.execute(delete(ENTRIES).where(ENTRIES.c.position.is_(None)))
    write(database, 10)
    after = make_anchor(database)
    assert before is not None
    assert after is not None
    assert (before.position, after.position) == (20, 20)

    assert check_audit(database).faults == ()
    for known in ([before], [before, after], [after, before]):
        assert check_audit(database, known).faults == ("entry 20 is not as it was when the anchor was made",)


def test_a_forged_note_of_an_unsigned_head_ends_no_check(opened: Opener) -> None:
    """Whatever somebody writes into the entry: it is told as one, and the check goes on."""
    database = opened("sqlite")
    assert database.audit is not None
    with database.unit_of_work() as work:
        for details in (None, {}, {"position": "x", "key": ["y"], "signed_at": 7}):
            entry = database.audit.entry(Actor(UNSIGNED_HEAD), datetime.now(UTC), details=details)
            database.audit.add(work.session, [entry])
        work.commit()

    assert check_audit(database).faults == tuple(f"entry {number} {FOLLOWS}" for number in (1, 2, 3))


def test_a_backup_brings_the_signed_end_along(opened: Opener, tmp_path: Path) -> None:
    """What was written after it is missing by the anchor; where the backup's end was cut off, it is not signed."""
    database, other = opened("sqlite"), opened("sqlite")
    write(database, 10)
    make_backup(database, tmp_path / "backup")
    write(database, 10)
    anchor = make_anchor(database)
    assert anchor is not None
    restore_from(other, tmp_path / "backup", replace=False)
    with other.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM restoration")

    assert check_audit(other).faults == ()
    assert len(check_audit(other, [anchor]).faults) == 1


@both
def test_an_anchor_is_written_every_hour(
    kind: str, opened: Opener, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Into the log, a file of its owner's alone, and to a URL; none within the hour, none where nothing is new."""
    sent = list[tuple[str, Any]]()

    class Post:
        def __init__(self, _networks: object) -> None:
            pass

        def send(self, url: str, _organization: str, _headers: object, body: bytes) -> Any:
            sent.append((url, json.loads(body)))
            return SimpleNamespace(came_through=True)

    monkeypatch.setattr(anchors, "SafePost", Post)
    database, file = opened(kind), tmp_path / "anchors"
    settings = Settings(
        database="sqlite://", audit_anchor_file=file, audit_anchor_url="https://anchors.example.org/router"
    )
    caplog.set_level(logging.INFO, "service.maintenance.anchors")
    anchor_when_due(database, settings)
    assert not file.exists()
    write(database, 4)
    for _ in range(3):
        anchor_when_due(database, settings)
    hour_later(database)
    database.link_audit()
    anchor_when_due(database, settings)  # nothing is new but the entry of the anchor itself
    write(database, 2)
    anchor_when_due(database, settings)

    lines = file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert [anchor.position for anchor in read_anchors(lines)] == [4, 7]
    assert [(url, body["position"]) for url, body in sent] == [(settings.audit_anchor_url, number) for number in (4, 7)]
    logged = [Anchor(record.position, record.link) for record in caplog.records]  # type: ignore[attr-defined]
    assert logged == list(read_anchors(lines))
    assert check_audit(database, read_anchors(lines)).faults == ()


def hour_later(database: Database) -> None:
    """Have an hour gone by since the anchor: its moment, which its link holds once it is linked, is still open."""
    with database.engine.begin() as connection:
        connection.execute(
            update(ENTRIES).where(ENTRIES.c.operation == ANCHORED).values(at=datetime.now(UTC) - timedelta(hours=2))
        )


@both
def test_a_place_that_takes_no_anchor_stops_nothing(
    kind: str, opened: Opener, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A warning in the log names the kind of failure; the line with the anchor is there."""
    database = opened(kind)
    write(database, 1)
    settings = Settings(
        database="sqlite://", audit_anchor_file=tmp_path / "none" / "file", audit_anchor_url="https://127.0.0.1/anchor"
    )
    caplog.set_level(logging.INFO, "service.maintenance.anchors")

    anchor_when_due(database, settings)

    assert [record.message for record in caplog.records] == [
        "audit anchor",
        "the audit anchor was not written",
        "the audit anchor was not sent",
    ]
    with database.engine.connect() as connection:
        noted = select(func.count()).select_from(ENTRIES).where(ENTRIES.c.operation == ANCHORED)
        assert connection.execute(noted).scalar_one() == 1


@pytest.mark.parametrize("program", ["serve", "deliver"])
def test_programs_write_anchors_by_themselves(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """`serve` and `deliver` each write an anchor when one is due, without being asked."""
    file = tmp_path / "anchors"
    settings = demo_settings(tmp_path, audit_anchor_file=file)
    with open_database(settings) as database:
        write(database, 1)
    caplog.set_level(logging.INFO, "service.maintenance.anchors")
    monkeypatch.setattr(anchors, "LOOK_EVERY_S", 0.1)

    if program == "serve":
        with running(settings):
            eventually(file.exists)
    else:
        monkeypatch.setattr(webhooks, "Event", lambda: SimpleNamespace(wait=lambda: eventually(file.exists)))
        monkeypatch.setattr(webhooks, "read_settings", lambda _: settings)
        monkeypatch.setattr(webhooks, "dictConfig", lambda _: None)
        monkeypatch.setattr(webhooks.signal, "signal", lambda *_: None)
        webhooks.deliver()

    assert read_anchors(file.read_bytes())
