"""A small, non-recursive reader of YAML built on the parser's events.

The library's loaders turn `on` into true, `22:00` into 1320, keep the last of two equal keys and write aliases out
without limit. Working on events keeps each choice in our hands.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from service.i18n import refusals

DEEPEST = 30  # levels of nesting in any document
MOST_VALUES = 3_000_000  # in a document whose aliases are written out

Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The library's loader, for its events alone."""
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,24})", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,60}|[0-9]{1,60}(\.[0-9]{0,60})?)([eE][-+]?[0-9]{1,4})?", re.ASCII)
_SPECIAL_FLOAT = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", re.ASCII)
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]", re.ASCII)
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_HINTS = {  # a part of what the parser says, and what to look for; the first that fits
    "quoted scalar": refusals.OPEN_QUOTE,
    "flow sequence": refusals.OPEN_BRACKET,
    "flow mapping": refusals.OPEN_BRACKET,
    "mapping values are not allowed": refusals.COLON_IN_TEXT,
    "cannot start any token": refusals.NEEDS_QUOTES,
    "did not find expected": refusals.INDENTED_ALIKE,
}
_OPEN = (refusals.OPEN_QUOTE, refusals.OPEN_BRACKET)
CURLY_QUOTES = "\u201c\u201d\u201e\u2018\u2019"
_IN_CURLY_QUOTES = re.compile(f"[{CURLY_QUOTES}][^{CURLY_QUOTES}]*[{CURLY_QUOTES}]")
_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_TAGS = {"!", "tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


class Unreadable(Exception):
    """The text is not a YAML document of a readable kind. The message echoes no text."""


class Pairs(list[tuple[Any, Any]]):
    """A mapping as written in the file: pairs in order, equal keys not yet looked for."""


class _Open:
    """A collection before its end."""

    def __init__(self, items: list[Any], anchor: str | None, before: int) -> None:
        self.items, self.anchor = items, anchor
        self.before = before  # how many values there were before it
        self.key: tuple[Any] | None = None

    def add(self, value: Any) -> None:
        if not isinstance(self.items, Pairs):
            self.items.append(value)
        elif self.key is None:
            self.key = (value,)
        else:
            self.items.append((self.key[0], value))
            self.key = None


def read_yaml(text: str, most_values: int = MOST_VALUES) -> Any:
    r"""Return the data of the single document in `text`: Pairs, lists and scalars. An alias shares its value.

    >>> read_yaml("open: yes\nopen: no")
    [('open', 'yes'), ('open', 'no')]

    Raises:
        Unreadable: bad syntax, several documents, a tag, or an alias without a target or within itself.
    """
    try:
        return _TreeBuilder(most_values).build(text)
    except yaml.MarkedYAMLError as error:
        raise Unreadable(refusals.NOT_READABLE.format(where=_where(error, text))) from None
    except (yaml.YAMLError, RecursionError):
        raise Unreadable(refusals.NOT_READABLE_CHARACTER) from None


class _TreeBuilder:
    def __init__(self, most_values: int) -> None:
        self.most_values = most_values
        self.root = _Open([], None, 0)
        self.open = [self.root]
        self.anchors: dict[str, tuple[Any, int]] = {}  # what an alias stands for, and how many values that is
        self.values = 0
        self.documents = 0

    def build(self, text: str) -> Any:
        for event in yaml.parse(text, Loader=Loader):
            self._take(event)
        if self.documents == 0:
            raise Unreadable("is empty")
        return self.root.items[0]

    def _take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    raise Unreadable(refusals.ONE_DOCUMENT.format(place=place_of(event.start_mark)))
            case yaml.AliasEvent():
                if event.anchor not in self.anchors:
                    raise Unreadable(refusals.ALIAS.format(place=place_of(event.start_mark)))
                value, size = self.anchors[event.anchor]
                self._count(size)
                self.open[-1].add(value)
            case yaml.ScalarEvent():
                value = _scalar(event)
                self._count(1)
                self._remember(event.anchor, value, 1)
                self.open[-1].add(value)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                _check_tag(event)
                if len(self.open) > DEEPEST:
                    raise Unreadable(refusals.TOO_DEEP.format(deepest=DEEPEST))
                empty = Pairs() if isinstance(event, yaml.MappingStartEvent) else []
                self.open.append(_Open(empty, event.anchor, self.values))
                self._count(1)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                ended = self.open.pop()
                self._remember(ended.anchor, ended.items, self.values - ended.before)
                self.open[-1].add(ended.items)

    def _count(self, values: int) -> None:
        self.values += values
        if self.values > self.most_values:
            raise Unreadable(refusals.TOO_MANY_VALUES.format(most_values=self.most_values))

    def _remember(self, anchor: str | None, value: Any, size: int) -> None:
        if anchor is not None:
            self.anchors[anchor] = (value, size)


def _where(error: yaml.MarkedYAMLError, text: str) -> str:
    """Return the place where reading stopped and the likely mistake; for an unclosed part, where the part opens."""
    reason = f"{error.problem} {error.context}"
    hint = next((hint for words, hint in _HINTS.items() if words in reason), "")
    opens = error.context_mark if hint in _OPEN else None
    mark = opens or error.problem_mark or error.context_mark
    if mark is None:
        return ""
    line = "".join(_LINE_END.split(text)[mark.line : mark.line + 1])
    if "\t" in line[: mark.column + 1]:
        hint = refusals.TAB
    elif any(sign in line for sign in CURLY_QUOTES):
        hint = refusals.CURLY_QUOTES_THERE
    return refusals.NEAR.format(place=place_of(mark), hint=hint)


def place_of(mark: Any) -> str:
    """Return the line and the column of a mark, counted from 1."""
    return refusals.LINE_AND_COLUMN.format(line=mark.line + 1, column=mark.column + 1)


def is_in_curly_quotes(text: Any) -> bool:
    """Say whether a text is written in curly quotation marks, which are no quotation marks to YAML or JSON. Pure.

    >>> is_in_curly_quotes("“Harbor House”"), is_in_curly_quotes("“Ask” or “call”")
    (True, False)
    """
    return isinstance(text, str) and _IN_CURLY_QUOTES.fullmatch(text) is not None


def _check_tag(event: Any) -> None:
    if event.tag is not None and event.tag not in _TAGS:
        raise Unreadable(refusals.HAS_A_TAG.format(place=place_of(event.start_mark)))


def _scalar(event: yaml.ScalarEvent) -> Any:
    _check_tag(event)
    text: str = event.value
    if not event.implicit[0] or event.tag is not None:  # quoted, or tagged as text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _LEADING_ZERO.match(text):  # 01234 is a postal code or a telephone number, not a count
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _SPECIAL_FLOAT.fullmatch(text):
        return float("nan")
    return float(text) if _FLOAT.fullmatch(text) else text
