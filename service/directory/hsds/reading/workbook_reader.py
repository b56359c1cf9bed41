"""The library's reader of workbooks, held to the types that the parts were looked through as. Slow to load."""

from __future__ import annotations

from typing import Any

from openpyxl.reader.excel import ExcelReader

from .workbook_parts import SHEETS, STRINGS, require

_TYPES = {SHEETS: ".worksheet+xml", STRINGS: ".sharedStrings+xml"}


class SheetReader(ExcelReader):
    """Reads the sheets of a workbook, and no charts: for a chart the library holds any part that a relation names."""

    def read_manifest(self) -> None:
        """Read the types of the parts.

        Raises:
            UnsafePart: a part that was looked through as rows or strings is of another type.
        """
        super().read_manifest()
        for part in self.package.Override:
            for place, content_type in _TYPES.items():
                require(not part.PartName[1:].startswith(place) or part.ContentType.endswith(content_type))

    def read_worksheets(self) -> None:
        """Read where the sheets are.

        Raises:
            UnsafePart: the strings are a sheet too.
        """
        require(all(relation.target != STRINGS for _, relation in self.parser.find_sheets()))
        super().read_worksheets()

    def read_chartsheet(self, sheet: Any, rel: Any) -> None:
        """Pass over a chart."""
