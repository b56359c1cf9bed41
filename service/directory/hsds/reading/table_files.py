"""CSV files as rows: whatever separates the cells, with a place for each row, and faults of rows noted."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from itertools import chain, zip_longest
from typing import Any

from service.directory.hsds.findings import Findings, Place
from service.i18n import imports
from service.i18n.texts import text_of

from .decoding import LARGEST_RECORD, MOST_COLUMNS, TextLines, TooLarge
from .files import DESCRIPTOR, InputFile
from .mapping import column_name
from .table_layouts import table_name

_LARGEST_DESCRIPTOR = 16 * 1024 * 1024
_SEPARATORS = ",;\t|"


def table_names(files: tuple[InputFile, ...]) -> dict[str, str]:
    """Return the table of each file, by the file's name: as the data package says, else by the name itself."""
    names = {file.name: table_name(file.name) for file in files}
    for descriptor in (file for file in files if file.name.rpartition("/")[2] == DESCRIPTOR):
        folder = descriptor.name.removesuffix(DESCRIPTOR)
        for resource in _resources(descriptor):
            path, name = resource.get("path"), resource.get("name")
            if isinstance(path, str) and isinstance(name, str) and folder + path in names:
                names[folder + path] = table_name(name)
    return names


def read_rows(file: InputFile, findings: Findings) -> Iterator[tuple[dict[str, Any], Place]]:
    """Yield the rows of a CSV file by column, empty cells as None. A row with more cells than columns is left out.

    Raises:
        TooLarge: a line is longer, or the columns are more, than in any table.

    >>> import io
    >>> file = InputFile("agencies.csv", 0, lambda: io.BytesIO(b"Agency Name;Phone\\nHarbor;\\n"))
    >>> list(read_rows(file, Findings()))
    [({'agency_name': 'Harbor', 'phone': None}, Place(file='agencies.csv', path='row 2'))]
    """
    csv.field_size_limit(LARGEST_RECORD)
    with file.open() as raw:
        lines = TextLines(raw)
        text = iter(lines)
        head = next(text, "")
        lines.note_mended(Place(file.name, "row 1"), findings)
        rows = _BoundedLines(chain([head], text))
        reader = csv.reader(rows, delimiter=max(_SEPARATORS, key=head.count))
        number = 1
        try:
            columns = _columns(next(reader, []), file, findings)
            rows.begin()
            for number, cells in enumerate(reader, start=2):
                rows.begin()
                place = Place(file.name, f"row {number}")
                lines.note_mended(place, findings)
                if row := _row(columns, cells, place, findings):
                    yield row, place
        except csv.Error:
            findings.leave_out(Place(file.name), imports.NO_TABLE_FROM.format(number=number + 1))


def read_headings(file: InputFile) -> list[str]:
    """Return the headings of a table as written, without empty headings; none for a file without a table.

    Raises:
        TooLarge: the columns are more than in any table.

    >>> import io
    >>> read_headings(InputFile("agencies.csv", 0, lambda: io.BytesIO(b"Agency Name;Phone;\\nHarbor;555-0100;\\n")))
    ['Agency Name', 'Phone']
    """
    with file.open() as raw:
        head = next(iter(TextLines(raw)), "")
    try:
        cells = next(csv.reader([head], delimiter=max(_SEPARATORS, key=head.count)), [])
    except csv.Error:
        return []
    _require_few(cells)
    return list(dict.fromkeys(cell.strip().strip("\ufeff") for cell in cells if cell.strip()))


def _row(columns: list[str], cells: list[str], place: Place, findings: Findings) -> dict[str, Any] | None:
    filled = [None if not cell or cell.isspace() else text_of(cell) for cell in cells]
    if not any(filled):
        return None
    if any(filled[len(columns) :]):
        findings.leave_out(place, imports.MORE_CELLS)
        return None
    if len(cells) < len(columns):
        findings.mend(place, imports.FEWER_CELLS)
    row = dict(zip_longest(columns, filled[: len(columns)]))
    row.pop("", None)  # a column that is left out
    return row


def _columns(cells: list[str], file: InputFile, findings: Findings) -> list[str]:
    """Return the names of the columns: small letters for a single word, empty for a column left out."""
    _require_few(cells)
    columns: list[str] = []
    names: set[str] = set()
    for cell in cells:
        name = column_name(cell)
        if name in names:
            findings.keep_unread(Place(file.name, "row 1"), "?", imports.COLUMN_TWICE)
        columns.append("" if name in names else name)
        names.add(name)
    return columns


def _require_few(cells: list[str]) -> None:
    if len(cells) > MOST_COLUMNS:
        raise TooLarge(imports.TOO_MANY_COLUMNS.format(most=MOST_COLUMNS))


class _BoundedLines:
    """Lines of a table, of which a row takes some; the iteration raises TooLarge at a row larger than any record."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._size = 0

    def begin(self) -> None:
        """Begin to count a new row."""
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self._size += len(line)
            if self._size > LARGEST_RECORD:
                raise TooLarge(imports.RECORD_TOO_LARGE.format(most=LARGEST_RECORD // 1024**2))
            yield line


def _resources(descriptor: InputFile) -> list[dict[str, Any]]:
    try:
        with descriptor.open() as raw:
            tree = json.loads(raw.read(_LARGEST_DESCRIPTOR).decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return []
    resources = tree.get("resources") if isinstance(tree, dict) else None
    return [resource for resource in resources if isinstance(resource, dict)] if isinstance(resources, list) else []
