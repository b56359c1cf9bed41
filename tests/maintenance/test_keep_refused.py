"""Restoring a backup doesn't let in a token that was refused after the backup was made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select

from service.database.database import Database, open_database
from service.database.hiding_note import read_note
from service.database.table_base import table_of
from service.errors import AddressKeyError
from service.maintenance.archive import make_backup
from service.maintenance.keep_hidden import restore_from
from service.maintenance.purge import purge_database
from service.maintenance.tables import all_tables
from service.security import name_jti
from service.security.polled_tokens import RefusedTokens
from service.security.tables import RefusedToken
from service.sessions.refuse_tokens import refuse_by_jti
from service.settings import Settings

_refused = table_of(RefusedToken)
EARLY, LATE = "refused-before-canary", "refused-after-canary"


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    with open_database(Settings(database=database_url, address_key_file=tmp_path / "store.key")) as database:
        database.upgrade(all_tables)
        yield database


@pytest.fixture
def backup(database: Database, tmp_path: Path) -> Path:
    """A backup that holds one refusal. The second token was refused after it."""
    refuse_by_jti(database.unit_of_work(), EARLY)
    file = tmp_path / "a.backup"
    make_backup(database, file)
    refuse_by_jti(database.unit_of_work(), LATE)
    return file


def note_of(database: Database) -> Path:
    file = database.cipher.keys.note_file
    assert file is not None
    return file


def holds(database: Database, *tokens: str) -> list[bool]:
    reader = RefusedTokens(database)
    reader.refresh()
    return [reader.holds(name_jti(token)) for token in tokens]


def ends(database: Database) -> dict[str, datetime]:
    with database.engine.connect() as connection:
        return {row.name: row.ends_at for row in connection.execute(select(_refused))}


def restore(database: Database, file: Path, *notes: Path) -> None:
    restore_from(database, file, replace=True, notes=notes)
    purge_database(database.unit_of_work(purges=True))


def test_a_refused_token_stays_refused_until_its_end(database: Database, backup: Path) -> None:
    """After two restores, and also after its row was deleted, because the note holds it too."""
    before = ends(database)
    for _ in range(2):
        restore(database, backup)
        assert ends(database) == before
    with database.engine.begin() as connection:
        connection.execute(delete(_refused))

    restore(database, backup)

    assert ends(database) == before
    assert holds(database, EARLY, LATE, "another") == [True, True, False]


def test_the_note_brings_refusals_to_another_database(database: Database, backup: Path, tmp_path: Path) -> None:
    """As after the loss of the first database with its disk."""
    with open_database(Settings(database=f"sqlite:///{tmp_path / 'new.db'}")) as new:
        restore(new, backup, note_of(database))

        assert holds(new, EARLY, LATE) == [True, True]


def test_without_a_note_tokens_refused_in_the_database_stay_refused(database: Database, backup: Path) -> None:
    """Earlier versions wrote no refusals into the note."""
    note_of(database).unlink()

    restore(database, backup)

    assert holds(database, EARLY, LATE) == [True, True]


def test_refusals_that_ended_leave_the_note_and_are_not_restored(database: Database, backup: Path) -> None:
    """The note holds only tokens that are still refused, and no `jti` in plain text."""
    note, now = note_of(database), datetime.now(UTC)
    text = note.read_text()
    assert name_jti(LATE) in text
    assert LATE not in text
    line = next(line for line in text.splitlines() if name_jti(LATE) in line)
    old = line.replace(line.split()[-1], (now - timedelta(seconds=1)).isoformat())
    note.write_text(text.replace(line, old))
    with database.engine.begin() as connection:
        connection.execute(delete(_refused))
        connection.execute(insert(_refused).values(name="ended", ends_at=now - timedelta(seconds=1)))

    restore(database, backup)
    assert set(ends(database)) == {name_jti(EARLY)}

    refuse_by_jti(database.unit_of_work(), "third")
    stored = read_note(note)
    assert stored is not None
    assert set(stored.refusals) == {name_jti(EARLY), name_jti("third")}


def test_a_token_is_refused_even_if_the_note_cannot_be_written(database: Database) -> None:
    """Refusing it can't wait for the note. The error says that a restore of a backup would let the token in again."""
    note_of(database).mkdir()

    with pytest.raises(AddressKeyError, match="the token is refused"):
        refuse_by_jti(database.unit_of_work(), LATE)

    assert holds(database, LATE) == [True]
