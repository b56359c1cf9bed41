"""The SQLite file and what stands beside it are readable by their owner alone."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import ADDRESS_KEY

from service.database import engine as engines
from service.database.database import open_database
from service.database.engine import build_engine
from service.maintenance.tables import all_tables
from service.settings import Settings

BESIDE = ("", "-wal", "-shm")


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """A process that would make files readable and writable by all."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(file: Path) -> dict[str, int]:
    """The permissions of a database file and of all that stands beside it, by the ending of the name."""
    return {path.name.removeprefix(file.name): stat.S_IMODE(path.stat().st_mode) for path in file.parent.glob("*.db*")}


def settings_for(file: Path) -> Settings:
    return Settings(database=f"sqlite:///{file}", address_key=ADDRESS_KEY)


def test_a_new_database_is_its_owners_alone(tmp_path: Path) -> None:
    """From its first byte on, with its write-ahead log and the index of it, whatever the umask is."""
    file = tmp_path / "router.db"

    with open_database(settings_for(file)) as database:
        database.upgrade(all_tables)

        assert modes(file) == dict.fromkeys(BESIDE, 0o600)


@pytest.mark.parametrize("mode", [0o644, 0o666, 0o640])
def test_an_older_database_is_taken_from_all_others(tmp_path: Path, mode: int) -> None:
    """A file that an earlier version left readable, and what stood beside it while it was in use, is closed."""
    file = tmp_path / "router.db"
    with open_database(settings_for(file)) as database:
        database.upgrade(all_tables)
        for ending in BESIDE:
            Path(f"{file}{ending}").chmod(mode)
        Path(f"{file}-journal").touch()

        with open_database(settings_for(file)) as again:
            assert not again.require_usable()

            assert modes(file) == dict.fromkeys((*BESIDE, "-journal"), 0o600)


def test_a_new_file_is_never_open_to_others_not_even_at_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made so; nothing has to be taken from anybody afterwards."""
    monkeypatch.setattr(engines, "_keep_private", lambda _cursor: None)
    file = tmp_path / "router.db"
    engine = build_engine(settings_for(file))
    with engine.connect():
        permissions = modes(file)
    engine.dispose()

    assert set(permissions.values()) == {0o600}


def test_a_new_connection_leaves_the_locks_of_others_alone(tmp_path: Path) -> None:
    """The write-ahead log of a database in use stays where it is, whoever else opens and closes that database."""
    file = tmp_path / "router.db"
    log = Path(f"{file}-wal")
    write = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('CREATE TABLE IF NOT EXISTS word (id)')"
    engine = build_engine(settings_for(file))
    with engine.connect() as first:
        first.exec_driver_sql("CREATE TABLE used (id)")
        first.commit()
        first.exec_driver_sql("SELECT * FROM used").all()
        with engine.connect() as second:
            second.exec_driver_sql("SELECT * FROM used").all()
        before = log.stat().st_ino

        subprocess.run([sys.executable, "-c", f"{write}; c.close()", str(file)], check=True)

        assert log.exists()
        assert log.stat().st_ino == before
    engine.dispose()
