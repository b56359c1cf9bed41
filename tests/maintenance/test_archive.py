"""Backups: whole, of one moment, the same on both databases, and nobody else's to read."""

from __future__ import annotations

import gzip
import json
import os
import stat
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
from databases import ADDRESS_KEY
from drawn_rows import contents, draw_rows, kept_tables
from seeds import fresh_random
from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from service.database.database import Database, open_database
from service.database.outbox.tables import Restoration
from service.database.table_base import table_of
from service.errors import BackupRefused, DatabaseBusy, NotPurged, SchemaNewer
from service.maintenance.archive import restore_backup, write_backup
from service.maintenance.tables import all_tables
from service.referrals.store.consents import Consents
from service.security.tables import RefusedToken
from service.settings import Settings

BOTH = [(source, target) for source in ("sqlite", "postgresql") for target in ("sqlite", "postgresql")]
PROJECT = Path(__file__).parents[2]
Opener = Callable[[str], Database]


OLDER_TABLES = ("consent", "consent_party", "event", "timer", "service_count")
"""Tables that have been the same since revision 0025."""

IDS = b'{"columns":["id"],"table":"%s"}'


def lines_by_table(lines: list[bytes]) -> dict[str, list[bytes]]:
    """The lines of each table, its name and columns first."""
    tables: dict[str, list[bytes]] = {}
    for line in lines:
        if line.startswith(b"{"):
            part = tables.setdefault(json.loads(line).get("table", ""), [])
        part.append(line)
    return tables


def lines_of(file: Path) -> list[bytes]:
    """What a backup holds, without its head, which names the moment."""
    return gzip.decompress(file.read_bytes()).splitlines()[1:]


def written(file: Path, lines: list[bytes]) -> Path:
    file.write_bytes(gzip.compress(b"\n".join(lines) + b"\n"))
    return file


def filled(database: Database, seed: int) -> None:
    with database.engine.begin() as connection:
        draw_rows(connection, fresh_random(seed))


def contents_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.engine.connect() as connection:
        return contents(connection)


@contextmanager
def writing(database: Database, many: int = 3) -> Iterator[Counter[str]]:
    """Writers, each of whose transactions stores a consent with exactly two recipients."""
    stop, done = Event(), Counter[str]()
    terms = {
        "status": "current", "holder": "writers", "level": "release", "marks": [], "data": [], "signers": [],
        "signed_on": date(2026, 1, 1), "ends_on": date(2026, 6, 1), "recorded_at": datetime.now(UTC),
        "changed_at": datetime.now(UTC), "keep_days": 90,
    }  # fmt: skip

    def write() -> None:
        while not stop.is_set():
            with database.unit_of_work() as work:
                Consents(work.session).add({"id": str(uuid4()), **terms}, {"one", "other"})
                work.commit()
            done["commits"] += 1

    threads = [Thread(target=write) for _ in range(many)]
    for thread in threads:
        thread.start()
    try:
        yield done
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize(("source", "target"), BOTH)
def test_backup_restore_backup_are_equal_while_writers_run(
    source: str, target: str, opened: Opener, tmp_path: Path
) -> None:
    """Rows drawn for every table come back alike; what writers did meanwhile is in it as of one moment."""
    first, second = opened(source), opened(target)
    filled(first, seed=len(source) * 100 + len(target))
    with writing(first) as done:
        while done["commits"] < 5:
            pass
        write_backup(first.engine, tmp_path / "first")
        before = done["commits"]
        while done["commits"] < before + 3:
            pass

    rows = restore_backup(second.engine, tmp_path / "first")
    write_backup(second.engine, tmp_path / "second")
    restored = contents_of(second)

    assert lines_of(tmp_path / "first") == lines_of(tmp_path / "second")
    assert rows == sum(map(len, restored.values()))
    assert all(restored.values())
    consents = {row[0] for row in restored["consent"] if "writers" in row}
    parties = Counter(row[1] for row in restored["consent_party"] if row[1] in consents)
    assert len(consents) >= 5
    assert parties == dict.fromkeys(consents, 2)


@pytest.mark.parametrize(("source", "target"), BOTH)
def test_every_value_of_every_table_comes_back(source: str, target: str, opened: Opener, tmp_path: Path) -> None:
    """Read by SQLAlchemy and ordered by Python on both sides: words in any script, moments, floats, plain data."""
    first, second = opened(source), opened(target)
    filled(first, seed=7)

    write_backup(first.engine, tmp_path / "backup")
    restore_backup(second.engine, tmp_path / "backup")

    assert contents_of(second) == contents_of(first)


def test_a_backup_is_its_owners_alone_and_stays_as_it_is(opened: Opener, tmp_path: Path) -> None:
    """A second one under its name is refused, and one that fails leaves nothing behind."""
    database, file = opened("sqlite"), tmp_path / "backups" / "backup"
    file.parent.mkdir()
    write_backup(database.engine, file)
    before = file.read_bytes()

    with pytest.raises(FileExistsError):
        write_backup(database.engine, file)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["backup"]


def test_no_key_and_nothing_that_is_sealed_is_in_it(opened: Opener, tmp_path: Path) -> None:
    """A private address goes out as it is stored: sealed. The key that opens it does not go out."""
    database = opened("sqlite")
    with database.unit_of_work() as work:
        sealed = database.cipher.seal("3 Sedge Way")
        work.session.execute(
            insert(table_of(RefusedToken)).values(name=sealed[:64], ends_at=datetime(2026, 1, 1, tzinfo=UTC))
        )
        work.commit()

    write_backup(database.engine, tmp_path / "backup")

    text = gzip.decompress((tmp_path / "backup").read_bytes()).decode()
    assert sealed[:64] in text
    assert "Sedge" not in text
    assert ADDRESS_KEY.get_secret_value() not in text


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_damaged_backup_changes_nothing(kind: str, opened: Opener, tmp_path: Path) -> None:
    """Cut anywhere, a byte changed, a line taken out, added or of another table: refused, and rows are as before."""
    source, target = opened("sqlite"), opened(kind)
    filled(source, seed=1)
    filled(target, seed=2)
    whole = tmp_path / "whole"
    write_backup(source.engine, whole)
    data, lines, before = whole.read_bytes(), gzip.decompress(whole.read_bytes()).splitlines(), contents_of(target)
    random = fresh_random(3)
    changed = bytearray(data)
    changed[len(data) // 2] ^= 0xFF
    damaged = [data[: random.randrange(len(data))] for _ in range(8)] + [b"", b"not gzip", bytes(changed)]
    row = next(place for place, line in enumerate(lines) if line.startswith(b"["))
    files = [tmp_path / f"damaged-{number}" for number in range(len(damaged))]
    for file, content in zip(files, damaged, strict=True):
        file.write_bytes(content)
    files += [
        written(tmp_path / "without-a-row", lines[:row] + lines[row + 1 :]),
        written(tmp_path / "with-one-more", [*lines[:row], lines[row], *lines[row:]]),
        written(tmp_path / "without-its-end", lines[:-1]),
        written(tmp_path / "after-its-end", [*lines, lines[row]]),
        written(tmp_path / "another-table", [lines[0], IDS % b"alembic", b'["1"]', b'{"rows":1}']),
        written(tmp_path / "fewer-columns", [lines[0], IDS % b"consent", b'["1"]', b'{"rows":1}']),
        written(tmp_path / "no-head", lines[1:]),
        written(tmp_path / "only-a-head", lines[:1]),
    ]

    for file in files:
        with pytest.raises(IntegrityError if file.name == "with-one-more" else BackupRefused):
            restore_backup(target.engine, file, replace=True)
        assert contents_of(target) == before, file.name
    with target.unit_of_work() as work:
        assert work.session.execute(select(Restoration)).all() == []


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_in_use_is_replaced_only_when_told(kind: str, opened: Opener, tmp_path: Path) -> None:
    """A row in any table is enough to refuse; with `replace` all that was there is gone."""
    source, target = opened("sqlite"), opened(kind)
    filled(source, seed=4)
    write_backup(source.engine, tmp_path / "backup")
    with target.engine.begin() as connection:
        connection.execute(insert(table_of(RefusedToken)).values(name="x", ends_at=datetime(2026, 1, 1, tzinfo=UTC)))

    with pytest.raises(BackupRefused, match="--replace"):
        restore_backup(target.engine, tmp_path / "backup")
    restore_backup(target.engine, tmp_path / "backup", replace=True)

    assert contents_of(target) == contents_of(source)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_backups_of_other_versions(kind: str, opened: Opener, tmp_path: Path) -> None:
    """Of a newer version: refused in a sentence. Of an older one: restored, and brought up to this version."""
    source, target = opened("sqlite"), opened(kind)
    filled(source, seed=5)
    write_backup(source.engine, tmp_path / "backup")
    head, *rest = gzip.decompress((tmp_path / "backup").read_bytes()).splitlines()

    def of(schema: str, lines: list[bytes]) -> Path:
        return written(tmp_path / schema, [json.dumps({**json.loads(head), "schema": schema}).encode(), *lines])

    with pytest.raises(SchemaNewer, match="newer version"):
        restore_backup(target.engine, of("9999", rest))
    older = [line for name in OLDER_TABLES for line in lines_by_table(rest)[name]]
    rows = sum(line.startswith(b"[") for line in older)
    restore_backup(target.engine, of("0025", [*older, b'{"rows":%d}' % rows]))

    assert not target.require_usable()
    copy, original = contents_of(target), contents_of(source)
    assert {name: copy[name] for name in OLDER_TABLES} == {name: original[name] for name in OLDER_TABLES}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_is_served_from_a_restored_database(kind: str, opened: Opener, tmp_path: Path) -> None:
    """Neither read nor written, by any unit of work but the one that purges; the mark itself is in no backup."""
    database = opened(kind)
    write_backup(database.engine, tmp_path / "backup")
    restore_backup(database.engine, tmp_path / "backup")
    write_backup(database.engine, tmp_path / "again")

    for writes in (True, False):
        with pytest.raises(NotPurged, match="purge"), database.unit_of_work(writes=writes) as work:
            work.session.execute(select(func.count()).select_from(kept_tables()[0]))
    with database.unit_of_work(purges=True) as work:
        work.session.execute(delete(Restoration))
        work.commit()
    with database.unit_of_work() as work:
        work.session.execute(select(func.count()).select_from(kept_tables()[0]))
    assert b"restoration" not in b"".join(lines_of(tmp_path / "again"))


MEASURED = """
import resource, sys
from pathlib import Path
from service.settings import Settings
from service.maintenance.archive import restore_backup, write_backup
from service.database.database import open_database
from service.maintenance.tables import all_tables
with open_database(Settings(database=sys.argv[1])) as database:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    write_backup(database.engine, Path(sys.argv[3]))
with open_database(Settings(database=sys.argv[2])) as database:
    restore_backup(database.engine, Path(sys.argv[3]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_memory_does_not_grow_with_the_database(tmp_path: Path) -> None:
    """A database of forty times as many bytes takes no more than some megabytes more, out and in again."""

    def measure(many: int) -> int:
        urls = [f"sqlite:///{tmp_path / f'{name}-{many}.db'}" for name in ("source", "target")]
        with open_database(Settings(database=urls[0])) as database:
            database.upgrade(all_tables)
            with database.engine.begin() as connection:
                row = {"type": "area", "document": {"words": "x" * 20_000}, "listed": True, "private": False,
                       "position": 0, "version": 1}  # fmt: skip
                rows = [{**row, "id": str(uuid4()), "slug": f"area-{number}"} for number in range(many)]
                connection.execute(insert(next(table for table in kept_tables() if table.name == "record")), rows)
        command = [sys.executable, "-c", MEASURED, *urls, str(tmp_path / f"backup-{many}")]
        return int(
            subprocess.run(
                command, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(PROJECT)}
            ).stdout
        )

    small, large = measure(100), measure(4000)  # 2 and 80 MB

    assert large - small < 40 * 1024, (small, large)


def test_a_restore_waits_for_nobody_for_ever(opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where somebody holds a table of PostgreSQL for too long, the restore says so and changes nothing."""
    monkeypatch.setattr("service.database.engine.BUSY_TIMEOUT_S", 0.3)
    source = opened("sqlite")
    filled(source, seed=6)
    write_backup(source.engine, tmp_path / "backup")
    target = opened("postgresql")
    filled(target, seed=8)
    before = contents_of(target)
    with target.engine.begin() as connection:
        connection.execute(select(kept_tables()[0]))
        with pytest.raises(DatabaseBusy), open_database(Settings(database=str_url(target))) as again:
            restore_backup(again.engine, tmp_path / "backup", replace=True)

    assert contents_of(target) == before


def str_url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)
