"""Suggest a first mapping for spreadsheets, from their headings, for a person to correct."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from policies.messages import joined
from service.directory.hsds import ImportRefused
from service.directory.hsds.findings import Findings
from service.directory.hsds.reading.decoding import TooLarge
from service.directory.hsds.reading.expansion import Expansion
from service.directory.hsds.reading.files import UNREADABLE, InputFile, input_files, looks_like_table
from service.directory.hsds.reading.headings import sheets_of, suggest_columns, suggestion_lines
from service.directory.hsds.reading.table_files import read_headings
from service.errors import message_of
from service.i18n import imports


@dataclass(frozen=True, slots=True)
class SuggestedMapping:
    """A mapping as text (YAML), with the numbers of sure, unsure and open columns."""

    text: str
    sure: int
    guesses: int
    open_count: int


def suggest_mapping(path: Path) -> SuggestedMapping:
    """Return a first mapping for the tables at `path`: a file, a folder, a zip archive, or `-`. Stores no row.

    Raises:
        ImportRefused: the path is absent, or holds no table with headings; or a table is broken or too large.
    """
    with input_files(path, Findings(), Expansion()) as files:
        sheets = sheets_of({file.name: headings for file in files if (headings := _headings(file))})
    if not sheets:
        raise ImportRefused(imports.NO_TABLE_TO_SUGGEST_FOR)
    suggestions = {sheet.name: suggest_columns(sheet) for sheet in sheets}
    lines = (suggestion_lines(name, *columns) for name, columns in suggestions.items())
    sure = [suggestion.is_sure for columns, _, _ in suggestions.values() for suggestion in columns]
    return SuggestedMapping(
        joined([imports.SUGGESTED_HEAD, *chain.from_iterable(lines)], "\n"),
        sure=sure.count(True),
        guesses=sure.count(False),
        open_count=sum(len(open_headings) for _, _, open_headings in suggestions.values()),
    )


def _headings(file: InputFile) -> list[str]:
    try:
        return read_headings(file) if looks_like_table(file) else []
    except TooLarge as error:
        raise ImportRefused(joined([file.name, message_of(error)], ": ")) from None
    except UNREADABLE:
        raise ImportRefused(joined([file.name, imports.BREAKS_OFF], ": ")) from None
