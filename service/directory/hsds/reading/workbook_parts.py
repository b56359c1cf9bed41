"""The parts of a workbook, looked through before a library holds them: no document type, bounded elements and texts."""

from __future__ import annotations

from typing import IO
from xml.parsers import expat

from service.i18n import imports

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
_LARGEST_ELEMENT = 1024**2
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

    def check(self, name: str, stream: IO[bytes]) -> None:
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
        size = 0
        try:
            while piece := stream.read(_PIECE):
                size += len(piece)
                parser.Parse(piece, False)
                require(size - self._begun <= _LARGEST_ELEMENT)
            parser.Parse(b"", True)
        except expat.ExpatError:
            return

    def _begin(self, name: str, place: int) -> None:
        require(place - self._begun <= _LARGEST_ELEMENT)
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
