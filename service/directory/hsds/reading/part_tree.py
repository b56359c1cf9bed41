"""Parts of a record from tables of their own: a service's phones, a contact's phones, a phone's languages."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Set
from typing import NamedTuple

from service.directory.hsds.errors import ImportRefused
from service.directory.hsds.findings import Place
from service.words import imports

from .decoding import LARGEST_RECORD
from .record_graph import Entity, Placed

PART = "part.record_type, part.id, part.key, file, path, fields"
_DEEPEST = 10  # a contact has phones, a phone languages, a language attributes
_BESIDES = 100  # bytes that a part counts for, besides its own text


class PartRow(NamedTuple):
    """A row of the spool's parts, in the order of `PART`."""

    record_type: str
    id: str
    key: str
    file: str
    path: str
    fields: str


class PartTree:
    """The parts of a single record. A part may hang on several parts, so all that is shown of them is counted."""

    def __init__(self, database: sqlite3.Connection, nesting: Set[str]) -> None:
        self._database = database
        self._nesting = nesting  # record types of parts that other parts hang on
        self._size = 0
        self._ids: dict[str, set[str]] = {}  # by list of the record: what it holds

    def hang(self, entity: Entity, row: PartRow) -> None:
        """Put a part with its own parts into a list of the record; a part there already stays as it is.

        Raises:
            ImportRefused: parts hang on parts without end, or make a record larger than any directory's.
        """
        part = self._part(row, ())
        there = entity.fields.get(row.key)
        if not isinstance(there, list):
            there = entity.fields[row.key] = []
        if row.key not in self._ids:
            ids = (item.get("id") for item in there if isinstance(item, dict))
            self._ids[row.key] = {found for found in ids if isinstance(found, str)}
        if row.id not in self._ids[row.key]:
            self._ids[row.key].add(row.id)
            there.append(part)
        entity.places.setdefault(row.key, part.place)

    def below(self, record_type: str, own: str, above: tuple[tuple[str, str], ...] = ()) -> dict[str, list[Placed]]:
        """Return the parts that hang on a part or a term, by list.

        Raises:
            ImportRefused: as `hang`.
        """
        found: dict[str, list[Placed]] = {}
        for row in self._rows(record_type, own):
            if row[:2] != (record_type, own) and row[:2] not in above:
                found.setdefault(row.key, []).append(self._part(row, (*above, (record_type, own))))
        return found

    def _part(self, row: PartRow, above: tuple[tuple[str, str], ...]) -> Placed:
        self._size += len(row.fields) + _BESIDES
        if self._size > LARGEST_RECORD:
            raise _refused(row, imports.RECORD_LARGER.format(most=LARGEST_RECORD // 1024**2))
        if len(above) > _DEEPEST:
            raise _refused(row, imports.TOO_DEEP)
        part = Placed(json.loads(row.fields))
        part.place = Place(row.file, row.path)
        if row.record_type in self._nesting:
            for key, parts in self.below(row.record_type, row.id, above).items():
                part.setdefault(key, []).extend(parts)
        return part

    def _rows(self, record_type: str, own: str) -> Iterator[PartRow]:
        statement = f"SELECT {PART} FROM part WHERE parent_type = ? AND parent = ? ORDER BY seq"  # noqa: S608  our own
        yield from map(PartRow._make, self._database.execute(statement, (record_type, own)).fetchall())


def _refused(row: PartRow, reason: str) -> ImportRefused:
    return ImportRefused(imports.NOTHING_OF_IT.format(file=row.file, path=row.path, reason=reason))
