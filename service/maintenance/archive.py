"""Backups: every table of the database in one portable file, read in one transaction and written as a stream.

A backup is gzipped JSON, a value on each line: the head, then for each table its name with its columns, then its rows
as lists; at last the number of rows, by which a file that was cut short is known. It is the same for the same rows,
whichever database holds them. What was sealed stays sealed: no key is in a backup.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Engine,
    MetaData,
    Row,
    String,
    Table,
    event,
    insert,
    select,
    update,
)
from sqlmodel import AutoString

from service.database import migrations
from service.database.bulk import insert_rows
from service.database.columns import Json, UtcDateTime
from service.database.database import Database
from service.database.hiding_note import registered_notes
from service.database.outbox.tables import EventSequence, Restoration
from service.database.table_base import table_of
from service.database.unit_of_work import (
    expect_many_writes,
    for_reading,
    for_writing,
    is_restored,
    shut_gate,
)
from service.directory.store.directory_tables import VERSIONS, coalitions, party_versions
from service.errors import BackupRefused
from service.i18n import setup
from service.private_files import writing_private_file
from service.security.refused_tokens import read_refusals

from .tables import all_tables

FORMAT, VERSION = "referral-router backup", 1
_ONLY = 1
_AT_ONCE, _BYTES_AT_ONCE = 500, 4 << 20
"""Rows and bytes of rows that are held in memory; a single record may be 4 MiB."""
_LEVEL = 5  # of compression: beyond it, time doubles for a twentieth less
_restorations = table_of(Restoration)
_GIVEN: Mapping[Table, Sequence[str]] = {
    coalitions: VERSIONS, party_versions: ("changes",), table_of(EventSequence): ("last",)
}  # fmt: skip
"""The columns that hold the last number given, by table. Each table has one key column."""
Settle = Callable[[Connection, datetime, "Before"], None]
"""A function that changes the restored rows. It gets the time of the backup and what the database held before."""
_READ: Mapping[type, Callable[[str], Any]] = {UtcDateTime: datetime.fromisoformat, Date: date.fromisoformat}
"""How a value that JSON does not have is read, by the type of its column."""


def make_backup(database: Database, path: Path) -> int:
    """Register this machine's hiding note in the database, then write a backup; see `write_backup`."""
    database.register_note()
    return write_backup(database.engine, path)


def write_backup(engine: Engine, path: Path) -> int:
    """Write a backup of a database in use to a new file, its owner's only; return the number of rows.

    The rows are as of one moment. Writers go on meanwhile.

    Raises:
        SchemaOutdated: the tables are of another version.
        FileExistsError: there is a file of that name, which stays.
        OSError: the file cannot be written.
    """
    migrations.require_current(engine)
    head = {"format": FORMAT, "version": VERSION, "schema": migrations.newest()}
    with (
        writing_private_file(path) as file,
        gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=_LEVEL, mtime=0) as packed,
        for_reading(engine).connect() as connection,
    ):
        rows, _ = 0, is_restored(connection)
        _write(packed, {**head, "made_at": datetime.now(UTC).isoformat()})
        for table in _tables_of_backup():
            _write(packed, {"table": table.name, "columns": table.columns.keys()})
            for row in _rows_of(connection, table):
                _write(packed, row)
                rows += 1
        _write(packed, {"rows": rows})
    return rows


def restore_backup(
    engine: Engine,
    path: Path,
    *,
    replace: bool = False,
    settle: Settle | None = None,
    sign_head: migrations.SignHead | None = None,
) -> int:
    """Put the rows of a backup into the database, all or none; return the number of rows.

    Nothing is served from the database afterwards until it is purged. `replace`: all that is in it goes. `settle` has
    the last word on what was restored (`keep_hidden`). `sign_head`: for a backup from before the audit was signed.

    Raises:
        BackupRefused: the file is no whole backup, or the database is not empty.
        SchemaNewer: a newer program made the backup, or has changed the database.
        OSError: the file cannot be read.
    """
    with _open_backup(path) as backup:
        migrations.upgrade(engine, all_tables)
        migrations.require_current(engine)
        with for_writing(engine).begin() as connection:
            shut_gate(connection)
            if not replace and _holds_rows(connection):
                raise BackupRefused(setup.NOT_EMPTY)
            expect_many_writes(connection)
            before = Before(registered_notes(connection), read_refusals(connection), _read_given(connection))
            migrations.rebuild(connection, all_tables(), backup.schema)
            tables = _reflect(connection)
            rows = sum(_insert(connection, tables, part) for part in backup.parts())
            migrations.finish(connection, sign_head)
            if settle is not None:
                settle(connection, backup.made_at, before)
            _go_on_from(connection, before.given)
            restored = {"id": _ONLY, "made_at": backup.made_at, "restored_at": datetime.now(UTC)}
            connection.execute(_restorations.insert().values(**restored))
    return rows


@dataclass(frozen=True, slots=True)
class Before:
    """What the database held before the restore replaced its rows.

    `notes`: ids of hiding notes. `refusals`: names of refused tokens, each with the end of its refusal. `given`: the
    last versions and event positions that callers were given, as rows by table.
    """

    notes: frozenset[str]
    refusals: Mapping[str, datetime]
    given: Mapping[Table, list[Row[Any]]]


def _read_given(connection: Connection) -> dict[Table, list[Row[Any]]]:
    return {
        table: list(connection.execute(select(*table.primary_key, *(table.c[name] for name in columns))))
        for table, columns in _GIVEN.items()
    }


def _go_on_from(connection: Connection, given: Mapping[Table, list[Row[Any]]]) -> None:
    """Raise versions and event positions to the last ones given, so that none is used twice after a restore."""
    for table, rows in given.items():
        [key], columns = table.primary_key, _GIVEN[table]
        stored = set(connection.execute(select(key)).scalars())
        for row in rows:
            if row[0] in stored:
                for name in columns:
                    last = row._mapping[name]
                    behind = (key == row[0]) & (table.c[name] < last)
                    connection.execute(update(table).where(behind).values({name: last}))
            elif table is not coalitions:  # its row has more columns, and every backup with a directory holds it
                connection.execute(insert(table).values(row._asdict()))


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows of a table."""

    table: str
    columns: Sequence[str]
    rows: list[list[Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Backup:
    """A backup that is read as a stream. `made_at`: as of when."""

    schema: str
    made_at: datetime
    lines: Iterator[bytes]

    def parts(self) -> Iterator[_Part]:
        """Yield the rows, few at a time.

        Raises:
            BackupRefused: a part of the file is missing, or is none of ours.
        """
        part, size, count, value = _Part("", ()), 0, 0, None
        for line in self.lines:
            value = json.loads(line)
            if isinstance(value, list):
                part.rows.append(value)
                count, size = count + 1, size + len(line)
                if len(part.rows) < _AT_ONCE and size < _BYTES_AT_ONCE:
                    continue
            yield part
            part, size = _Part(part.table, part.columns), 0
            if isinstance(value, dict) and "table" in value:
                part = _Part(value["table"], value["columns"])
        if value != {"rows": count}:
            raise BackupRefused(setup.NO_BACKUP)


@contextmanager
def _open_backup(path: Path) -> Iterator[_Backup]:
    """Open a backup for a `with` block; every fault of the file has the same message.

    Raises:
        BackupRefused: the file is no whole backup.
    """
    with path.open("rb") as file:
        try:
            lines = iter(gzip.GzipFile(fileobj=file, mode="rb"))
            head = json.loads(next(lines, b"{}"))
            if (head["format"], head["version"]) != (FORMAT, VERSION):
                raise BackupRefused(setup.NO_BACKUP)
            yield _Backup(head["schema"], datetime.fromisoformat(head["made_at"]), lines)
        except (gzip.BadGzipFile, zlib.error, EOFError, ValueError, KeyError, TypeError):
            raise BackupRefused(setup.NO_BACKUP) from None


def _tables_of_backup() -> list[Table]:
    """Return the tables of a backup, each after those that it refers to."""
    return [table for table in all_tables().sorted_tables if table.name != _restorations.name]


def _rows_of(connection: Connection, table: Table) -> Iterator[list[Any]]:
    """Yield the rows of a table by its primary key, which both databases order by bytes."""
    query = select(table).order_by(*(_by_bytes(column, connection) for column in table.primary_key))
    streamed = connection.execution_options(yield_per=_AT_ONCE).execute(query)
    for row in streamed:
        yield [value.isoformat() if isinstance(value, date) else value for value in row]


def _by_bytes(column: ColumnElement[Any], connection: Connection) -> ColumnElement[Any]:
    in_words = isinstance(column.type, String | AutoString) and connection.dialect.name == "postgresql"
    return column.collate("C") if in_words else column


def _write(file: gzip.GzipFile, value: Any) -> None:
    file.write(json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n")


def _holds_rows(connection: Connection) -> bool:
    return any(connection.execute(select(table).limit(1)).first() is not None for table in _tables_of_backup())


def _reflect(connection: Connection) -> dict[str, Table]:
    """Return the tables that are there, of whatever revision, with our own types for moments and plain data."""
    metadata = MetaData()

    @event.listens_for(metadata, "column_reflect")
    def give_type(_inspector: Any, _table: Any, column: dict[str, Any]) -> None:
        for theirs, ours in ((JSON, Json), (DateTime, UtcDateTime()), (Date, Date())):
            if isinstance(column["type"], theirs):
                column["type"] = ours

    metadata.reflect(connection)
    return dict(metadata.tables)


def _insert(connection: Connection, tables: dict[str, Table], part: _Part) -> int:
    if not part.rows:
        return 0
    columns = tables[part.table].columns
    if set(part.columns) != set(columns.keys()):
        raise BackupRefused(setup.NO_BACKUP)
    reads: list[Callable[[Any], Any]] = [_READ.get(type(columns[name].type), _unchanged) for name in part.columns]
    rows = [
        {
            name: None if value is None else read(value)
            for name, read, value in zip(part.columns, reads, row, strict=True)
        }
        for row in part.rows
    ]
    insert_rows(connection, tables[part.table], rows)
    return len(rows)


def _unchanged(value: Any) -> Any:
    return value
