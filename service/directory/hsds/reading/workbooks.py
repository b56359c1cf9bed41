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
from typing import IO, Any

from service.directory.hsds.findings import ImportRefused
from service.errors import message_of
from service.i18n import imports
from service.i18n.texts import cell_of

from .expansion import Expansion
from .workbook_parts import PartCheck, UnsafePart, require

WORKBOOK = ".xlsx"
LARGEST_WORKBOOK = 128 * 1024**2  # bytes, unpacked
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


def is_workbook(stream: IO[bytes]) -> bool:
    """Say whether a file is a workbook: an archive with the part found in every workbook."""
    try:
        with zipfile.ZipFile(stream) as archive:
            return _PART in archive.namelist()
    except zipfile.BadZipFile:
        return False


def write_sheets(stream: IO[bytes], name: str, folder: str, expansion: Expansion) -> Iterator[tuple[str, Path]]:
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
            count = 0
            for number, sheet in enumerate(book.worksheets):
                file = Path(folder, f"{number}.csv")
                count, is_filled = _write(sheet, file, expansion, count)
                if is_filled:
                    yield sheet.title, file
        finally:
            book.close()
    except UnsafePart as error:
        raise ImportRefused(message_of(error).format(file=name)) from None
    except _UNREADABLE:
        raise ImportRefused(imports.NO_WORKBOOK.format(file=name)) from None


def _check(stream: IO[bytes], expansion: Expansion) -> None:
    """Look through a workbook before the library holds any part of it."""
    with zipfile.ZipFile(stream) as archive:
        parts = archive.infolist()
        size = sum(part.file_size for part in parts)
        require(size <= LARGEST_WORKBOOK and len(parts) <= MOST_PARTS)
        if any(part.compress_type not in READABLE for part in parts):
            raise NotImplementedError
        expansion.unpack(size)
        part_check = PartCheck()
        for part in parts:
            with archive.open(part) as unpacked:
                part_check.check(part.filename, unpacked)


def _write(sheet: Any, file: Path, expansion: Expansion, count: int) -> tuple[int, bool]:
    """Write a sheet's rows, up to the last filled row; return `count` and its cells, and whether any row was filled."""
    sheet.reset_dimensions()  # what it says of its size may be wrong, or made to cost much
    empty, is_filled = 0, False
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        for values in sheet.iter_rows(values_only=True):
            count += 1 + len(values)
            require(count <= MOST_CELLS)
            cells = [_text(value) for value in values]
            while cells and not cells[-1]:
                cells.pop()
            if not cells:
                empty += 1
                continue
            if is_filled:
                rows.writerows([[]] * empty)  # so that a row is told by the number that it has in the sheet
            expansion.write(2 * empty + sum(map(len, cells)) + len(cells))
            empty, is_filled = 0, True
            rows.writerow([cell_of(cell, formulas=True) for cell in cells])
    return count, is_filled


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
