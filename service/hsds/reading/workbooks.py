"""Workbooks (.xlsx) as tables: each sheet becomes a CSV file, then read like any CSV file. Formulas by value.

A workbook comes from anywhere, so its cost is bounded: unpacked bytes, sheets and cells.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Any, BinaryIO

from service.hsds.errors import ImportRefused
from service.texts import cell_of
from service.wording import imports

WORKBOOK = ".xlsx"
LARGEST = 128 * 1024**2  # bytes, unpacked
MOST_SHEETS, MOST_CELLS = 100, 50_000_000
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


def write_sheets(stream: BinaryIO, folder: str) -> Iterator[tuple[str, Path]]:
    """Write each filled sheet as CSV into a folder, and yield its title and the file.

    Raises:
        ImportRefused: the workbook is unreadable, or larger than any directory.
    """
    from openpyxl import load_workbook  # noqa: PLC0415 - slow to load, and for workbooks alone

    try:
        with zipfile.ZipFile(stream) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST:
                raise ImportRefused(imports.WORKBOOK_TOO_LARGE)
        stream.seek(0)
        book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        try:
            if len(book.worksheets) > MOST_SHEETS:
                raise ImportRefused(imports.WORKBOOK_TOO_LARGE)
            for number, sheet in enumerate(book.worksheets):
                file = Path(folder, f"{number}.csv")
                if _write(sheet, file):
                    yield sheet.title, file
        finally:
            book.close()
    except _UNREADABLE:
        raise ImportRefused(imports.NO_WORKBOOK) from None


def _write(sheet: Any, file: Path) -> bool:
    """Write a sheet's rows, up to the last filled row; say whether any row was filled."""
    sheet.reset_dimensions()  # what it says of its size may be wrong, or made to cost much
    empty, written, read = 0, False, 0
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        for values in sheet.iter_rows(values_only=True):
            read += 1 + len(values)
            if read > MOST_CELLS:
                raise ImportRefused(imports.WORKBOOK_TOO_LARGE)
            cells = [_text(value) for value in values]
            while cells and not cells[-1]:
                cells.pop()
            if not cells:
                empty += 1
                continue
            if written:
                rows.writerows([[]] * empty)  # so that a row is told by the number that it has in the sheet
            empty, written = 0, True
            rows.writerow([cell_of(cell, formulas=True) for cell in cells])
    return written


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
