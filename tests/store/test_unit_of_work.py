"""One transaction: kept only by a written commit, seen whole or not at all."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from bundle_builders import GOOD_YAML, bundle_bytes, good_bundle, put
from databases import SHIPPED_PATIENCE_S, PostgresDatabases
from sqlalchemy import Engine, make_url, text

from service.database.database import telling_driver_errors
from service.database.engine import build_engine
from service.database.field_cipher import AddressCipher
from service.database.unit_of_work import UnitOfWork, for_writing
from service.directory.bundle import read_bundle
from service.directory.store.repositories import CoalitionRepository
from service.directory.use_cases.load_bundle import load_bundle
from service.errors import DatabaseBusy, NothingLoaded
from service.settings import Settings


def test_what_is_not_committed_is_undone(unit_of_work: UnitOfWork) -> None:
    """Leaving the block without a commit leaves nothing behind."""
    with unit_of_work:
        CoalitionRepository(unit_of_work).load(read_bundle(GOOD_YAML.encode()), replace=False)
        inside = CoalitionRepository(unit_of_work).directory_version()

    with unit_of_work:
        outside = CoalitionRepository(unit_of_work).directory_version()

    assert (inside, outside) == (1, 0)


def test_an_error_undoes_everything(unit_of_work: UnitOfWork) -> None:
    """An error in the block undoes what the block did and is passed on."""

    def fail_half_way() -> None:
        with unit_of_work:
            CoalitionRepository(unit_of_work).load(read_bundle(GOOD_YAML.encode()), replace=False)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()

    with unit_of_work:
        assert CoalitionRepository(unit_of_work).directory_version() == 0


def test_a_committed_block_is_kept(unit_of_work: UnitOfWork) -> None:
    """What was committed is there for the next block."""
    with unit_of_work:
        CoalitionRepository(unit_of_work).load(read_bundle(GOOD_YAML.encode()), replace=True)
        unit_of_work.commit()

    with unit_of_work:
        assert len(CoalitionRepository(unit_of_work).read_stored().directory.organizations) == 3


def test_an_empty_store_says_so(unit_of_work: UnitOfWork) -> None:
    """Reading from a store in which nothing was loaded is an error of its own, and its version is 0."""
    with unit_of_work, pytest.raises(NothingLoaded):
        CoalitionRepository(unit_of_work).read_stored()

    with unit_of_work:
        assert CoalitionRepository(unit_of_work).directory_version() == 0


def test_a_reader_sees_one_moment(unit_of_work: UnitOfWork, engine: Engine, cipher: AddressCipher) -> None:
    """A block for reading sees the store as it was at its first read, whatever is committed meanwhile."""
    load_bundle(unit_of_work, GOOD_YAML.encode(), replace=True)
    reader = UnitOfWork(engine, cipher, writes=False)

    with reader:
        before = CoalitionRepository(reader).directory_version()
        load_bundle(unit_of_work, bundle_bytes(put(good_bundle(), "coalition.name", "Renamed")), replace=True)
        presentation = CoalitionRepository(reader).read_stored().names

    assert (before, presentation.version, presentation.coalition_name) == (1, 1, "Tri-County Coalition")


def test_writers_wait_for_one_another(settings: Settings, engine: Engine, cipher: AddressCipher) -> None:
    """Loads that start together run one after the other: each changes something and raises the version once."""
    engines = [build_engine(settings) for _ in range(4)]
    versions: list[int] = []

    def load(number: int) -> None:
        bundle = put(good_bundle(), "coalition.name", f"Name {number}")
        report = load_bundle(UnitOfWork(engines[number], cipher), bundle_bytes(bundle), replace=number % 2 == 0)
        versions.append(report.directory_version)

    try:
        _together([lambda number=number: load(number) for number in range(4)])  # type: ignore[misc]
    finally:
        for each in engines:
            each.dispose()

    assert sorted(versions) == [1, 2, 3, 4]


def test_sqlite_writers_of_a_process_take_turns(tmp_path: Path) -> None:
    """Eight write again and again: none is overtaken by more than stood before it, with room for a late step."""
    many, ends = 8, time.monotonic() + 2
    engine = build_engine(Settings(database=f"sqlite:///{tmp_path / 'router.db'}"))
    begun: list[int] = []
    overtaken: list[int] = []

    def write(number: int) -> None:
        while time.monotonic() < ends:
            came = len(begun)
            with for_writing(engine).begin() as connection:
                overtaken.append(len(begun) - came)
                begun.append(number)
                connection.execute(text("CREATE TABLE IF NOT EXISTS note (id INTEGER)"))
                time.sleep(0.005)  # a change takes some time; without any, a late step counts for many

    try:
        _together([lambda number=number: write(number) for number in range(many)])  # type: ignore[misc]
    finally:
        engine.dispose()

    assert len(begun) > 4 * many
    assert max(overtaken) <= 3 * many


def test_a_writer_does_not_stop_a_reader(unit_of_work: UnitOfWork, engine: Engine, cipher: AddressCipher) -> None:
    """While a load is under way, others go on reading what was there before."""
    load_bundle(unit_of_work, GOOD_YAML.encode(), replace=True)
    reader = UnitOfWork(engine, cipher, writes=False)

    with unit_of_work:
        CoalitionRepository(unit_of_work).load(
            read_bundle(bundle_bytes(put(good_bundle(), "coalition.name", "X"))), replace=True
        )
        started = time.monotonic()
        with reader:
            name = CoalitionRepository(reader).read_stored().names.coalition_name
        waited_s = time.monotonic() - started

    assert name == "Tri-County Coalition"
    assert waited_s < 4


def test_sqlite_is_set_up_for_several_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite keeps a write-ahead log, enforces foreign keys and is patient with other writers."""
    monkeypatch.setattr("service.database.engine.BUSY_TIMEOUT_S", SHIPPED_PATIENCE_S)
    engine = build_engine(Settings(database=f"sqlite:///{tmp_path / 'router.db'}"))

    with engine.connect() as connection:
        values = [
            connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]

    engine.dispose()
    assert values == ["wal", 1, 5000]


def test_deleted_text_is_overwritten_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On each connection, also with an SQLite library that is compiled to leave deleted text in free pages."""
    connect = sqlite3.dbapi2.connect

    def connect_without(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.execute("PRAGMA secure_delete=OFF")
        return connection

    monkeypatch.setattr(sqlite3.dbapi2, "connect", connect_without)
    file = tmp_path / "router.db"
    engine = build_engine(Settings(database=f"sqlite:///{file}"))
    with engine.connect() as one, engine.connect() as other:
        pragmas = [each.exec_driver_sql("PRAGMA secure_delete").scalar_one() for each in (one, other)]
    with for_writing(engine).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)")
        for number in range(50):
            connection.execute(text("INSERT INTO note VALUES (:id, :text)"), {"id": number, "text": "canary " * 200})
    stored = written_out(file)
    with for_writing(engine).begin() as connection:
        connection.exec_driver_sql("DELETE FROM note")
    left = written_out(file)
    engine.dispose()

    assert pragmas == [1, 1]
    assert (b"canary" in stored, b"canary" in left) == (True, False)


def written_out(file: Path) -> bytes:
    """Return the bytes of a database file and of its log, once the log is written into the file."""
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))


def test_a_writer_waits_for_others_no_longer_than_the_patience(
    settings: Settings, engine: Engine, cipher: AddressCipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody else changes the directory for long: busy, on both databases, and then it goes on."""
    monkeypatch.setattr("service.database.engine.BUSY_TIMEOUT_S", 0.2)
    hasty = build_engine(settings)

    def change() -> None:
        with telling_driver_errors(), UnitOfWork(hasty, cipher) as work:
            work.session.connection()
            CoalitionRepository(work).wait_for_turn()

    with ThreadPoolExecutor(1) as pool:
        with UnitOfWork(engine, cipher) as other:
            other.session.connection()
            CoalitionRepository(other).wait_for_turn()
            waiting = pool.submit(change)
            with pytest.raises(DatabaseBusy):
                waiting.result(timeout=20)
        pool.submit(change).result()
    hasty.dispose()


def test_a_writer_waits_for_its_own_process_no_longer_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two wait in vain for a third of the same process; nobody's turn is lost by that."""
    monkeypatch.setattr("service.database.engine.BUSY_TIMEOUT_S", 0.2)
    engine = build_engine(Settings(database=f"sqlite:///{tmp_path / 'router.db'}"))

    def change() -> None:
        with telling_driver_errors(), for_writing(engine).begin() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS note (id INTEGER)"))

    with ThreadPoolExecutor(2) as pool:
        with for_writing(engine).begin():
            for waiting in [pool.submit(change) for _ in range(2)]:
                with pytest.raises(DatabaseBusy):
                    waiting.result(timeout=20)
        for _ in range(2):
            pool.submit(change).result(timeout=20)
    engine.dispose()


def test_postgresql_waits_as_long_as_sqlite_unless_it_is_told_otherwise(
    postgres_databases: PostgresDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For locks, and for a transaction that stands still; options of the operator's own count before ours."""
    monkeypatch.setattr("service.database.engine.BUSY_TIMEOUT_S", SHIPPED_PATIENCE_S)
    names = ("lock_timeout", "idle_in_transaction_session_timeout")

    def timeouts(url: str) -> list[str]:
        engine = build_engine(Settings(database=url))
        with engine.connect() as connection:
            values = [str(connection.execute(text(f"SHOW {name}")).scalar_one()) for name in names]
        engine.dispose()
        return values

    with postgres_databases.one(empty=True) as url:
        own = make_url(url).update_query_dict({"options": "-c lock_timeout=1min"})
        assert timeouts(url) == ["5s", "10min"]
        assert timeouts(own.render_as_string(hide_password=False)) == ["1min", "10min"]


def _together(calls: list[Callable[[], None]]) -> None:
    barrier = threading.Barrier(len(calls))
    failed: list[BaseException] = []

    def run(call: Callable[[], None]) -> None:
        barrier.wait()
        try:
            call()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
