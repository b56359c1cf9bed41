"""Bytes to plain data: YAML or JSON, by content, without surprises for the rest of the program.

The result holds only dict (text keys), list, text, int, finite float, bool and None, is at most `DEEPEST` levels deep
and of bounded size. YAML is read by version 1.2's core rules: `on`, `no` and `22:00` are text, and days stay text until
a field asks for a day. No tag is obeyed and no merge key is expanded.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sized
from dataclasses import dataclass, field
from typing import Any

from service.errors import BundleRefused, Problem
from service.i18n import refusals
from service.i18n.texts import is_visible, made_visible

from .node import ROOT, path_of
from .yaml_events import DEEPEST, MOST_VALUES, Pairs, Unreadable, read_yaml

LARGEST_FILE = 64 * 1024 * 1024
LARGEST_INTEGER = 2**53
LONGEST_INTEGER = 20
"""Digits (and sign) that are read of a whole number; it is too large by then."""
Location = tuple[int | str, ...]
_BEFORE_VALUES = "[{,:"
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_SHORT = 100  # characters of a text that is kept once, however often it is said
_NO_CHARACTER = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of a document: values in total, mappings and lists among the values, entries of a list, text lengths."""

    values: int
    collections: int
    entries: int
    characters: int


BODY = Bounds(values=20_000, collections=5_000, entries=1_000, characters=10_000)
"""The bounds of a request's body: a large organization, written out, stays well within them."""


def parse_document(
    data: bytes, bounds: Bounds | None = None, most_values: int = MOST_VALUES
) -> tuple[Any, tuple[Problem, ...]]:
    r"""Return the plain data in `data` and the problems that leave the data readable (a key given twice).

    Pure. Cost is linear in the size of the file, aliases written out; `bounds` bound it further.

    >>> parse_document(b"hours: 22:00\nopen: no\nbeds: 3")
    ({'hours': '22:00', 'open': 'no', 'beds': 3}, ())

    Raises:
        BundleRefused: the file is not UTF-8, not YAML or JSON, more than one document, or too large or deep.
    """
    if len(data) > LARGEST_FILE:
        raise _refusal(refusals.TOO_LARGE.format(largest_file=LARGEST_FILE // 1024**2))
    return _settle(_parse(_decode(data), most_values), bounds)


def parse_body(data: bytes) -> tuple[Any, tuple[Problem, ...]]:
    """Return the plain data in the body of a request, as `parse_document`, but of JSON alone and within `BODY`.

    A list or text beyond its bound is a problem, and is cut: the cut part is not looked at.

    >>> parse_body(b'{"limit": 1, "limit": 2}')
    ({'limit': 2}, (Problem(path='limit', message='is given twice'),))

    Raises:
        BundleRefused: the body is not UTF-8, not JSON, too deep, or holds too many values.
    """
    try:
        tree = json.loads(_decode(data), object_pairs_hook=_mapping_of, parse_int=_integer)
    except RecursionError:
        raise _refusal(refusals.TOO_DEEP.format(deepest=DEEPEST)) from None
    except ValueError:
        raise _refusal(refusals.IS_JSON) from None
    return _settle(tree, BODY)


def _mapping_of(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Pairs:
    """Return a mapping of JSON: as written only where a key comes twice, for pairs take many times as much memory."""
    mapping = dict(pairs)
    return mapping if len(mapping) == len(pairs) else Pairs(pairs)


def _integer(digits: str) -> int:
    """Return a whole number; a number too large for any use is not worked out."""
    return int(digits[:LONGEST_INTEGER])


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _refusal(refusals.UTF_8.format(line=line)) from None


def _settle(tree: Any, bounds: Bounds | None = None) -> tuple[Any, tuple[Problem, ...]]:
    settler = _Settler(bounds)
    plain = settler.settle(tree, (), 0)
    return plain, tuple(settler.problems)


def _parse(text: str, most_values: int) -> Any:
    if text.lstrip()[:1] in ("{", "["):
        _require_few(text, most_values)
        try:
            return json.loads(text, object_pairs_hook=_mapping_of)
        except RecursionError:
            raise _refusal(refusals.TOO_DEEP.format(deepest=DEEPEST)) from None
        except ValueError:
            pass  # YAML may open with a brace too, and its message names the line
    try:
        return read_yaml(text, most_values)
    except Unreadable as error:
        raise _refusal(error.args[0]) from None


def _require_few(text: str, most_values: int) -> None:
    """Require at most so many values of JSON, as the reader of YAML counts them while it reads.

    A value stands behind an opening bracket, a comma or a colon; those within texts count only if there are many.

    Raises:
        BundleRefused: the text holds more values.
    """
    if sum(map(text.count, _BEFORE_VALUES)) > most_values:
        outside = _TEXT.sub("", text)
        if sum(map(outside.count, _BEFORE_VALUES)) > most_values:
            raise _refusal(refusals.TOO_MANY_VALUES.format(most_values=most_values))


def _is_plain(text: str) -> bool:
    return len(text) <= _SHORT and text.isascii() and text.isprintable()


def _refusal(message: str) -> BundleRefused:
    return BundleRefused((Problem(ROOT, message),))


@dataclass(slots=True)
class _Settler:
    """Turns a parser's result into plain data, noting problems. A location is a tuple, as a schema's."""

    bounds: Bounds | None
    problems: list[Problem] = field(default_factory=list)
    values: int = 0
    collections: int = 0
    texts: dict[str, str] = field(default_factory=dict)
    """Plain texts, each once: a directory says the same words again and again."""

    def settle(self, value: Any, at: Location, depth: int, name: str | None = None) -> Any:
        """Return plain data; `name` is the nearest key."""
        if isinstance(value, dict | list):
            if depth >= DEEPEST:
                raise _refusal(refusals.TOO_DEEP.format(deepest=DEEPEST))
            if isinstance(value, dict | Pairs):
                self._count(value)
                return self._mapping(value, at, depth)
            value = self._cut(value, at)
            self._count(value)
            return [self.settle(item, (*at, index), depth + 1, name) for index, item in enumerate(value)]
        if isinstance(value, str) and _is_plain(value):
            return self.texts.setdefault(value, value)
        return self._scalar(value, at, name)

    def _mapping(self, entries: dict[str, Any] | Pairs, at: Location, depth: int) -> dict[str, Any]:
        if isinstance(entries, dict) and all(map(_is_plain, entries)):  # nearly always: it is settled where it is
            for key, item in entries.items():
                entries[key] = self.settle(item, (*at, key), depth + 1, key)
            return entries
        mapping: dict[str, Any] = {}
        for raw_key, item in entries.items() if isinstance(entries, dict) else entries:
            if not isinstance(raw_key, str):
                self._note(at, refusals.KEYS_ARE_TEXT)
                continue
            inner = (*at, raw_key)
            if raw_key in mapping:
                self._note(inner, refusals.GIVEN_TWICE)
            mapping[self._scalar(raw_key, inner, "name")] = self.settle(item, inner, depth + 1, raw_key)
        return mapping

    def _scalar(self, value: Any, at: Location, field_of: str | None) -> Any:
        if isinstance(value, str):
            if self.bounds is not None and len(value) > self.bounds.characters:
                self._note(at, refusals.CHARACTERS_AT_MOST.format(max_length=self.bounds.characters))
                return value[: self.bounds.characters]
            return self._text(value, at, field_of)
        if isinstance(value, float):
            if not math.isfinite(value):
                self._note(at, refusals.FINITE_NUMBER)
                return 0.0
        elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            self._note(at, refusals.ORDINARY_NUMBER)
            return 0
        return value

    def _text(self, value: str, at: Location, field_of: str | None) -> str:
        if _NO_CHARACTER.search(value):
            self._note(at, refusals.BAD_CHARACTER)
            return ""
        if not is_visible(value, field_of):
            self._note(at, refusals.HIDDEN_CHARACTER)
            return made_visible(value, field_of)
        return value

    def _cut(self, items: list[Any], at: Location) -> list[Any]:
        """Return a list cut to an entry beyond its bound: a narrower bound of its field then refuses the list too."""
        if self.bounds is None or len(items) <= self.bounds.entries:
            return items
        self._note(at, refusals.HOLD_AT_MOST.format(max_length=self.bounds.entries))
        return items[: self.bounds.entries + 1]

    def _count(self, items: Sized) -> None:
        if self.bounds is None:
            return
        self.values += len(items)
        self.collections += 1
        if self.values > self.bounds.values or self.collections > self.bounds.collections:
            raise _refusal(refusals.TOO_MUCH)

    def _note(self, at: Location, message: str) -> None:
        self.problems.append(Problem(path_of(at), message))
