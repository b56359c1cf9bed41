"""Workbooks (.xlsx) as tables: each sheet becomes a CSV file, then read like any CSV file. Formulas by value.

A workbook comes from anywhere, so its cost is bounded: unpacked bytes, parts, sheets, rows and cells, written bytes.
"""

from __future__ import annotations

import csv
import warnings
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from xml.parsers import expat

from service.directory.hsds.findings import ImportRefused
from service.infrastructure.errors import message_of
from service.words import imports
from service.words.texts import cell_of

if TYPE_CHECKING:
    from .files import Expansion

SHEETS, STRINGS = "xl/worksheets/", "xl/sharedStrings.xml"
"""Parts that the library reads row by row, and string by string; it holds all of any other, and what else is there."""
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ROW, _STRING = f"{_MAIN}row", f"{_MAIN}si"
_PIECE = 64 * 1024
_MOST_ROWS = 1024**2 + 1  # of a sheet
_MOST_IN_ROW = 100_000  # elements: a row ends at column 16384
_MOST_STRINGS = 1_000_000
_MOST_OTHERS = 100_000  # formats, notes, descriptions of columns: each becomes a large object
_MOST_IN_STRING = 1_000
_DEEPEST = 50
_LARGEST = 1024**2
"""Bytes from the beginning of an element to that of the next: attributes, text, comments. A cell holds 32 KiB."""


class UnsafePart(ValueError):
    """A workbook has a document type, or more in it than any program for tables writes; the message says which."""


def require(holds: bool) -> None:
    """Require a bound.

    Raises:
        UnsafePart: the bound does not hold.
    """
    if not holds:
        raise UnsafePart(imports.WORKBOOK_TOO_LARGE)


class PartCheck:
    """Looks through the parts of a workbook, one after the other; strings and others are counted over all parts."""

    def __init__(self) -> None:
        self._strings = 0
        self._others = 0

    def check(self, name: str, stream: BinaryIO) -> None:
        """Read a part to its end, or up to where it is no XML: no library reads on there either.

        Raises:
            UnsafePart: the part is not safe to hold.
        """
        self._depth = self._rows = self._inside = self._begun = 0
        self._most_inside = _MOST_IN_ROW
        self._bound = 0  # while within a row or a string: how deep that is
        self._passing = None  # the element that the library forgets once it is read
        if "/_rels/" not in name:
            self._passing = _ROW if name.startswith(SHEETS) else _STRING if name == STRINGS else None
        parser = expat.ParserCreate(namespace_separator="}")
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = lambda name, _: self._begin(name, parser.CurrentByteIndex)
        parser.EndElementHandler = self._end
        read = 0
        try:
            while piece := stream.read(_PIECE):
                read += len(piece)
                parser.Parse(piece, False)
                require(read - self._begun <= _LARGEST)
            parser.Parse(b"", True)
        except expat.ExpatError:
            return

    def _begin(self, name: str, place: int) -> None:
        require(place - self._begun <= _LARGEST)
        self._begun = place
        self._depth += 1
        require(self._depth <= _DEEPEST)
        if self._bound:
            self._inside += 1
            require(self._inside <= self._most_inside)
        elif name == self._passing:
            self._bound, self._inside = self._depth, 0
            self._most_inside = _MOST_IN_ROW if name == _ROW else _MOST_IN_STRING
            self._rows += name == _ROW
            self._strings += name == _STRING
            require(self._rows <= _MOST_ROWS and self._strings <= _MOST_STRINGS)
        else:
            self._others += 1
            require(self._others <= _MOST_OTHERS)

    def _end(self, _: str) -> None:
        if self._depth == self._bound:
            self._bound = 0
        self._depth -= 1


def _refuse(*_: object) -> None:
    raise UnsafePart(imports.WORKBOOK_WITH_TYPE)


WORKBOOK = ".xlsx"
LARGEST = 128 * 1024**2  # bytes, unpacked
MOST_SHEETS, MOST_PARTS = 100, 10_000
MOST_CELLS = 20_000_000  # of all sheets, and rows, empty ones too
READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""How parts are packed; others take memory by their own word."""
_PART = "xl/workbook.xml"
_UNREADABLE = (
    *(zipfile.BadZipFile, SyntaxError, NotImplementedError, RuntimeError),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, EOFError),
)
"""What the library raises for a file that is no workbook; an XML error is a SyntaxError."""


def is_workbook(stream: BinaryIO) -> bool:
    """Say whether a file is a workbook: an archive with the part found in every workbook."""
    try:
        with zipfile.ZipFile(stream) as archive:
            return _PART in archive.namelist()
    except zipfile.BadZipFile:
        return False


def write_sheets(stream: BinaryIO, name: str, folder: str, expansion: Expansion) -> Iterator[tuple[str, Path]]:
    """Write each filled sheet of the workbook `name` as CSV into a folder, and yield its title and the file.

    Raises:
        ImportRefused: the workbook is unreadable, larger than any directory, or has a document type in a part.
    """
    from .workbook_reader import SheetReader  # noqa: PLC0415 - slow to load, and for workbooks alone

    warnings.filterwarnings("ignore", module=r"openpyxl\.")  # some repeat what stands in a cell
    try:
        _check(stream, expansion)
        stream.seek(0)
        reader = SheetReader(stream, read_only=True, data_only=True, keep_links=False)
        reader.read()
        book = reader.wb
        try:
            require(len(book.worksheets) <= MOST_SHEETS)
            read = 0
            for number, sheet in enumerate(book.worksheets):
                file = Path(folder, f"{number}.csv")
                read, written = _write(sheet, file, expansion, read)
                if written:
                    yield sheet.title, file
        finally:
            book.close()
    except UnsafePart as error:
        raise ImportRefused(message_of(error).format(file=name)) from None
    except _UNREADABLE:
        raise ImportRefused(imports.NO_WORKBOOK.format(file=name)) from None


def _check(stream: BinaryIO, expansion: Expansion) -> None:
    """Look through a workbook before the library holds any part of it."""
    with zipfile.ZipFile(stream) as archive:
        parts = archive.infolist()
        size = sum(part.file_size for part in parts)
        require(size <= LARGEST and len(parts) <= MOST_PARTS)
        if any(part.compress_type not in READABLE for part in parts):
            raise NotImplementedError
        expansion.unpack(size)
        found = PartCheck()
        for part in parts:
            with archive.open(part) as unpacked:
                found.check(part.filename, unpacked)  # type: ignore[arg-type]  # an IO[bytes]


def _write(sheet: Any, file: Path, expansion: Expansion, read: int) -> tuple[int, bool]:
    """Write a sheet's rows, up to the last filled row; return `read` and its cells, and whether any row was filled."""
    sheet.reset_dimensions()  # what it says of its size may be wrong, or made to cost much
    empty, written = 0, False
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        for values in sheet.iter_rows(values_only=True):
            read += 1 + len(values)
            require(read <= MOST_CELLS)
            cells = [_text(value) for value in values]
            while cells and not cells[-1]:
                cells.pop()
            if not cells:
                empty += 1
                continue
            if written:
                rows.writerows([[]] * empty)  # so that a row is told by the number that it has in the sheet
            expansion.write(2 * empty + sum(map(len, cells)) + len(cells))
            empty, written = 0, True
            rows.writerow([cell_of(cell, formulas=True) for cell in cells])
    return read, written


def _text(value: Any) -> str:
    """Return a cell as a person would write the value into a table."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case time():
            return value.isoformat("minutes")
        case _:
            return value.isoformat() if hasattr(value, "isoformat") else str(value)
