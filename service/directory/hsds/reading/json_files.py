"""JSON and NDJSON files as a stream of records: a record, a list, a page `{contents: [...]}`, or a record per line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, ClassVar, Self

import ijson

from service.directory.hsds.findings import TOP, Findings, Place
from service.i18n import imports

from .decoding import TextLines, TooLarge, Utf8Stream
from .files import LINE_SUFFIXES, InputFile, starts_with

_LONGEST_FIRST_LINE = 1024 * 1024


def read_json(file: InputFile, findings: Findings) -> Iterator[tuple[Any, Place]]:
    """Yield every record of a JSON or NDJSON file with its place, holding a single record at a time.

    A broken end, or a line without JSON, is noted, and earlier records count.

    Raises:
        TooLarge: a text, a line or a record is larger than in any directory; earlier records count.
    """
    if file.suffix in LINE_SUFFIXES or _is_lines(file):
        yield from _lines(file, findings)
        return
    opening = starts_with(file, 256)[:1]
    if opening == b"[":
        yield from _items(file, "item", Place(file.name), findings)
    elif opening == b"{":
        yield from _object(file, findings)
    else:
        findings.leave_out(Place(file.name), imports.NEITHER_RECORD_NOR_LIST)


def _object(file: InputFile, findings: Findings) -> Iterator[tuple[Any, Place]]:
    """Yield the records of a page, or the file's single record."""
    before, paged = len(findings.left_out), False
    for entry in _items(file, "contents.item", Place(file.name).at("contents"), findings):
        paged = True
        yield entry
    if not paged and len(findings.left_out) == before:
        for record, _ in _items(file, "", Place(file.name), findings):
            if not isinstance(record.get("contents"), list):  # else a page without records
                yield record, Place(file.name)


def _items(file: InputFile, prefix: str, top: Place, findings: Findings) -> Iterator[tuple[Any, Place]]:
    noting = _noting()
    with file.open() as raw:
        stream = Utf8Stream(raw, whole=prefix != "item")
        number = 0
        try:
            for number, record in enumerate(ijson.items(stream, prefix, use_float=True, map_type=noting), start=1):
                place = top.item(number - 1)
                stream.begin_record()
                yield record, place
                _note_doubled(noting.doubled, place if prefix else top, findings)
        except TooLarge:
            raise
        except (ijson.JSONError, OverflowError, RecursionError, ValueError):
            reason = imports.NOT_JSON_FROM.format(index=number + 1) if number else imports.NOT_JSON
            findings.leave_out(Place(file.name), reason)
        for mended in stream.mending.mended:
            findings.mend(Place(file.name), mended)


def _lines(file: InputFile, findings: Findings) -> Iterator[tuple[Any, Place]]:
    noting = _noting()
    with file.open() as raw:
        lines = TextLines(raw)
        for number, line in enumerate(lines, start=1):
            place = Place(file.name, f"line {number}")
            lines.note_mended(place, findings)
            if not line.strip():
                continue
            try:
                record = json.loads(line, object_pairs_hook=lambda pairs: noting().fill(pairs))
            except (ValueError, RecursionError):
                findings.leave_out(place, imports.NOT_JSON)
                continue
            yield record, place
            _note_doubled(noting.doubled, place, findings)


class _Noting(dict[str, Any]):
    """A JSON object that notes the keys given twice, for all objects of its class; the last value counts."""

    doubled: ClassVar[list[str]]

    def __setitem__(self, key: str, value: Any) -> None:
        if key in self:
            self.doubled.append(key)
        super().__setitem__(key, value)

    def fill(self, pairs: list[tuple[str, Any]]) -> Self:
        for key, value in pairs:
            self[key] = value
        return self


def _noting() -> type[_Noting]:
    """Return a class of JSON objects that note the keys given twice in a file."""

    class Noting(_Noting):
        doubled: ClassVar[list[str]] = []

    return Noting


def _note_doubled(doubled: list[str], place: Place, findings: Findings) -> None:
    for key in doubled:
        whole, _, name = place.at(key).path.rpartition(".")
        findings.keep_unread(Place(place.file, whole or TOP), name, imports.JSON_GIVEN_TWICE)
    doubled.clear()


def _is_lines(file: InputFile) -> bool:
    """Tell NDJSON whatever its name: a whole object on the first line, and a second object on the next."""
    with file.open() as raw:
        first, second = (raw.readline(_LONGEST_FIRST_LINE) for _ in range(2))
    try:
        return isinstance(json.loads(first.decode("utf-8-sig")), dict) and second.lstrip()[:1] == b"{"
    except (ValueError, RecursionError):
        return False
