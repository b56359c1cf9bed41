"""Reads the files of an import into a spool, whatever their form: JSON, NDJSON, tables, or tables within JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from service.directory.hsds.findings import TOP, Findings, ImportRefused, Place
from service.directory.standard.record_types import ASIDE, BY_TYPE_ALONE, record_type_of
from service.errors import message_of
from service.i18n import imports

from . import table_layouts
from .decoding import TooLarge
from .files import DESCRIPTOR, UNREADABLE, InputFile, input_files, looks_like_table
from .json_files import read_json
from .mapped_rows import mapped_rows
from .mapping import ColumnMapping, FileMapping
from .split_records import CORE_TYPES, Collector
from .spool import Spool
from .table_files import read_rows, table_names

_TELL_EVERY = 1_000
Told = Callable[[int], object]
"""Told now and then how many records have been read."""


def take_in(
    path: Path,
    spool: Spool,
    source: str,
    findings: Findings,
    *,
    mapping: ColumnMapping | None = None,
    tell: Told = lambda _: None,
) -> int:
    """Put every record of the files at `path` (`-`: standard input) into `spool`; return the number of files read.

    An unreadable part is noted and left out; the rest goes in. With a mapping, every file is a table of the mapping.

    Raises:
        ImportRefused: the path is absent, holds no file of a readable form, or no file of it could be read; or a
            column of the mapping is absent.
    """
    if mapping is not None:
        mapping.note(findings)
    with input_files(path, findings, spool.expansion) as files:
        intake = _Intake(spool, source, findings, tell, mapping)
        names = table_names(files)
        for file in sorted(files, key=lambda file: (table_layouts.order_of(names[file.name]), file.name)):
            intake.read(file, names[file.name])
    if not intake.files:
        raise ImportRefused(imports.NOTHING_IMPORTED, findings.left_out)
    return intake.files


class _Intake:
    def __init__(
        self, spool: Spool, source: str, findings: Findings, tell: Told, mapping: ColumnMapping | None
    ) -> None:
        self.files = 0
        self._collector = Collector(spool, source, findings)
        self._findings = findings
        self._tell = tell
        self._mapping = mapping
        self._records = 0

    def read(self, file: InputFile, name: str) -> None:
        """Read a file; count the file if any part could be read."""
        before = self._records
        try:
            if self._mapping is not None:
                self._spreadsheet(file, self._mapping.of(file.name))
            elif file.name.rpartition("/")[2] == DESCRIPTOR:
                self._findings.put_aside(Place(file.name), imports.A_DESCRIPTION)
                self._records += 1
            elif looks_like_table(file):
                self._table(file, name)
            else:
                for record, place in read_json(file, self._findings):
                    self._count()
                    self._json(record, place)
        except UNREADABLE:
            self._findings.leave_out(Place(file.name), imports.BREAKS_OFF)
        except TooLarge as error:
            self._findings.leave_out(Place(file.name), message_of(error))
        self.files += self._records > before

    def _count(self) -> None:
        self._records += 1
        if self._records % _TELL_EVERY == 0:
            self._tell(self._records)

    def _table(self, file: InputFile, name: str) -> None:
        rows = read_rows(file, self._findings)
        if (first := next(rows, None)) is None:
            return
        columns = frozenset(first[0])
        table = table_layouts.find_table(name, columns) or table_layouts.guess_table(columns)
        if table is None:
            self._findings.put_aside(Place(file.name), imports.NO_TABLE)
            self._records += 1
            return
        self._collector.table(table, columns)
        for row, place in chain([first], rows):
            self._count()
            self._collector.row(table, table_layouts.settle(table, row, columns), place)

    def _spreadsheet(self, file: InputFile, mapping: FileMapping | None) -> None:
        """Read a spreadsheet by a mapping: each row makes rows of several tables, each row with its place."""
        if mapping is None:
            self._findings.put_aside(Place(file.name), imports.NOT_IN_MAPPING)
            self._records += 1
            return
        layouts: dict[str, tuple[table_layouts.TableLayout, frozenset[str]]] = {}
        rows: dict[tuple[str, str], table_layouts.Row] = {}
        for number, (row, place) in enumerate(read_rows(file, self._findings)):
            if not number:
                self._require_columns(file, mapping, frozenset(row))
            self._count()
            for name, record in mapped_rows(mapping, row, place, self._findings):
                before = rows.setdefault((name, record["id"]), record) if name in CORE_TYPES else record
                if before is not record and record.items() <= before.items():
                    continue  # the same agency, or place, on another row
                if name not in layouts or not record.keys() <= layouts[name][1]:
                    columns = frozenset(record) | (layouts[name][1] if name in layouts else frozenset())
                    table = table_layouts.find_table(name, columns)
                    assert table is not None  # noqa: S101  the mapping was checked
                    layouts[name] = table, columns
                    self._collector.table(table, columns)
                table, columns = layouts[name]
                self._collector.row(table, table_layouts.settle(table, record, columns), place)

    def _require_columns(self, file: InputFile, mapping: FileMapping, columns: frozenset[str]) -> None:
        needed, optional = mapping.missing_columns(columns)
        for heading in needed:
            raise ImportRefused(imports.NO_SUCH_COLUMNS.format(file=file.name, heading=heading))
        for heading in optional:
            self._findings.put_aside(Place(file.name), imports.COLUMN_ABSENT.format(heading=heading))

    def _json(self, record: Any, place: Place) -> None:
        if not isinstance(record, Mapping):
            self._findings.leave_out(place, imports.FIELDS)
            return
        if place.path == TOP and (listed := _by_key(record)) is not None:
            for index, (key, item) in enumerate(listed):
                self._json({"id": key, **item}, place.item(index))
            return
        if place.path == TOP and table_layouts.holds_tables(tables := _as_lists(record)):
            self._tables(tables, place)
            return
        record_type = record_type_of(record, place.file)
        if record_type is None:
            self._findings.leave_out(place, imports.NO_RECORD)
        elif record_type == ASIDE:
            self._findings.put_aside(place, imports.A_DESCRIPTION)
        elif record_type in BY_TYPE_ALONE:
            self._collector.term(record_type, record, place)
        else:
            self._collector.record(record_type, record, place)

    def _tables(self, record: Mapping[str, Any], place: Place) -> None:
        """Read tables within a single JSON object, by name; a row may be a whole record all the same."""
        for key in sorted(record, key=lambda key: (table_layouts.order_of(table_layouts.table_name(key)), key)):
            columns = frozenset(name for row in record[key] if isinstance(row, Mapping) for name in row)
            table = table_layouts.find_table(table_layouts.table_name(key), columns)
            called = key.removesuffix(".csv")
            if table is None:
                self._findings.put_aside(place.at(called), imports.NO_TABLE)
                continue
            self._collector.table(table, columns)
            for index, row in enumerate(record[key]):
                where = place.at(called, index)
                self._count()
                if not isinstance(row, Mapping):
                    self._findings.leave_out(where, imports.FIELDS)
                elif table.record_type in CORE_TYPES and not key.endswith(".csv"):
                    self._collector.record(table.record_type, row, where)
                else:
                    self._collector.row(table, table_layouts.settle(table, row, columns), where)


def _by_key(record: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]] | None:
    """Return the records of an object of records by id, None for an object of another form."""
    by_key = bool(record) and all(isinstance(item, Mapping) and item for item in record.values())
    return list(record.items()) if by_key and not any(map(table_layouts.is_table, record)) else None


def _as_lists(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object of tables with rows by id as tables with lists of rows; any other object as given."""
    for key, rows in record.items():
        by_id = isinstance(rows, Mapping) and rows and all(isinstance(row, Mapping) for row in rows.values())
        if not by_id or not table_layouts.is_table(key):
            return record
    return {key: [{"id": row_id, **row} for row_id, row in rows.items()] for key, rows in record.items()}
