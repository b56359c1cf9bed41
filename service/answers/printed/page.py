"""A page of plain text: headings, paragraphs and labelled lines with hanging indents, at most 80 columns wide.

Bold and colour only repeat what the words say already. A pipe gets neither, and no trailing blanks.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from rich.console import Console
from rich.containers import Lines
from rich.text import Text

from service.i18n.translation import ENGLISH, read_in

WIDEST = 80
NARROWEST = 40
_JOINERS = "\u200c\u200d"  # needed to write some languages; every other invisible character is dropped


class PrintedPage:
    """A writer of pages to a console in a language, top to bottom. Text from a directory cannot steer the terminal."""

    def __init__(self, console: Console, language: str = ENGLISH) -> None:
        self._console, self._language = console, language
        self._width = max(NARROWEST, min(WIDEST, console.width))

    def heading(self, words: str) -> None:
        """Write a heading: a blank line, the words, a line of `=` below."""
        self.gap()
        self.paragraph(words, style="bold")
        self._line("=" * min(cell_len(self.in_language(words)), self._width))

    def gap(self) -> None:
        """Write an empty line."""
        self._line("")

    def paragraph(self, words: str, *, indent: int = 0, style: str = "") -> None:
        """Write wrapped words, every line `indent` columns in."""
        self._write("", words, indent=indent, hang=indent, style=style)

    def item(self, words: str, *, indent: int = 0, mark: str = "-", style: str = "") -> None:
        """Write one item of a list; its later lines stand under its first word."""
        self._write(f"{mark} ", words, indent=indent, hang=indent + len(mark) + 1, style=style)

    def row(self, label: str, words: str, *, indent: int = 0, width: int = 12, style: str = "") -> None:
        """Write `label`, then words in a column of their own."""
        label_words = self.in_language(label)
        lead = label_words + " " * (width - cell_len(label_words) if cell_len(label_words) < width else 1)
        self._write(lead, words, indent=indent, hang=indent + width, style=style)

    def across(self, cells: Iterable[tuple[int, str]], *, indent: int, style: str = "") -> None:
        """Write texts in their columns; one that has no room left begins a line, `indent` columns in at least."""
        line = ""
        for column, words in cells:
            text = self.in_language(words)
            if not text:
                continue
            start = max(min(column, self._width - cell_len(text)), min(column, indent))
            if line and cell_len(line) + 1 > start:
                self._line(Text(line, style=style))
                line = ""
            if cell_len(text) > self._width - start:
                self._write(line.ljust(start), words, indent=0, hang=start, style=style)
                line = ""
            else:
                line += " " * (start - cell_len(line)) + text
        if line:
            self._line(Text(line, style=style))

    def column(self, labels: Iterable[str], least: int) -> int:
        """Return the width of a column for labels with a blank behind each, and `least` at least."""
        return max(least, *(cell_len(self.in_language(label)) + 1 for label in labels))

    def verbatim(self, block: str, *, indent: int = 0) -> None:
        """Write a block line by line, unwrapped: programs read the lines too."""
        for line in block.splitlines():
            self._line(" " * indent + line)

    def height(self, words: str, hang: int) -> int:
        """Return the number of lines that words take, `hang` columns in, on a page of the widest width."""
        return len(self._lines(words, WIDEST - hang))

    def in_language(self, words: str) -> str:
        """Return words as the reader has them, on one line."""
        return printable(read_in(self._language, words))

    def _lines(self, words: str, room: int, style: str = "") -> Lines:
        return Text(self.in_language(words), style=style).wrap(self._console, room, overflow="fold")

    def _write(self, lead: str, words: str, *, indent: int, hang: int, style: str) -> None:
        for number, line in enumerate(self._lines(words, max(20, self._width - hang), style)):
            line.rstrip()
            start = " " * indent + lead if number == 0 else " " * hang
            self._line(Text.assemble(start, line))

    def _line(self, text: Text | str) -> None:
        line = text if isinstance(text, Text) else Text(text)
        line.rstrip()
        self._console.print(line, soft_wrap=True, highlight=False, markup=False)


def printable(words: str) -> str:
    r"""Return `words` on one line, without control characters or invisible characters that turn text around.

    >>> printable("Rio\n Grande\x1b[2J \u202eShelter")
    'Rio Grande [2J Shelter'
    """
    printable = "".join(sign if sign.isprintable() or sign in _JOINERS else " " for sign in words)
    return " ".join(printable.split())
