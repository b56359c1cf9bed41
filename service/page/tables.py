"""Tables of the pages: the page and the file to save have the same cells."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from markupsafe import Markup
from starlette.responses import Response

from service.i18n.texts import cell_of
from service.i18n.translation import unmarked

CSV = "text/csv"


@dataclass(frozen=True, slots=True)
class Table:
    """A table in the words of one language; the first cell of each row names the row."""

    name: str
    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def file(self) -> Response:
        """Return the table as a file for spreadsheets, which know the text by its first sign; no cell is a formula.

        >>> Table("due", "What is due", ("Day",), (("=1+1",),)).file().body.decode("utf-8-sig").split()
        ['Day', "'=1+1"]
        """
        text = io.StringIO()
        csv.writer(text).writerows([cell_of(_plain(cell)) for cell in row] for row in (self.heads, *self.rows))
        headers = {"Content-Disposition": f'attachment; filename="{self.name}.csv"'}
        return Response(text.getvalue().encode("utf-8-sig"), headers=headers, media_type=CSV)


def _plain(cell: str) -> str:
    return unmarked(cell.striptags() if isinstance(cell, Markup) else cell)
