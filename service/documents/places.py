"""Finds problems in the file as it was written: line and column, and the ids of the records around.

The file is read once more, as the parser's events, and only if it has problems: what keeps a place for each of millions
of values takes many times as much memory as the values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import yaml

from policies.messages import joined
from service.errors import Problem
from service.i18n import refusals

from .node import ROOT, child
from .yaml_events import CURLY_QUOTES, Loader, is_in_curly_quotes, place_of

_NAMED_AT = re.compile(r"(?:areas|vocabulary)\[\d+\]\.code|.+\]\.id")
_NAME = re.compile(r"[a-z0-9_-]{1,100}")
_ESCAPED = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_INNER = re.compile(r"[.\[]")


@dataclass(slots=True)
class _Collection:
    """A mapping or a list before its end. `path` None: nothing in it is looked for."""

    path: str | None
    is_mapping: bool
    entries: int = 0
    key: yaml.Event | None = None

    @property
    def expects_key(self) -> bool:
        return self.is_mapping and self.key is None


@dataclass(frozen=True, slots=True)
class _Value:
    """A value and its place: that of its key, if it has one. `event`: the value's own, where its text is."""

    path: str
    place: yaml.Event
    event: yaml.Event

    @property
    def name(self) -> str:
        """The id of the record around, where this is it."""
        text = getattr(self.event, "value", "")
        return text if _NAMED_AT.fullmatch(self.path) and _NAME.fullmatch(text) else ""

    @property
    def has_curly_quotes(self) -> bool:
        return any(is_in_curly_quotes(getattr(event, "value", None)) for event in (self.place, self.event))


def with_places(data: bytes, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    r"""Return the problems of a bundle with the ids of their records, and with line and column in the file. Pure.

    A field that is missing is placed where its record begins. `data`: the file, readable as YAML or JSON.

    >>> data = b"areas:\n- code: us-tx\n  name: 5\n"
    >>> str(with_places(data, [Problem("areas[0].name", "must be text")])[0].line)
    'areas[0].name (us-tx, line 3, column 3): must be text'
    """
    problems = tuple(problems)
    wanted = {path for problem in problems for path in _paths_to(problem.path)}
    places: dict[str, _Value] = {}
    names: dict[str, str] = {}
    for value in _values(data, wanted):
        if value.name:
            names[value.path.rpartition(".")[0]] = value.name
        if value.path in wanted:
            places[value.path] = value
    return tuple(_placed(problem, places, names) for problem in problems)


def find_curly_quotes(data: bytes) -> Iterator[Problem]:
    """Yield a problem for each text written in curly quotation marks: they are part of the text. Pure."""
    if any(mark.encode() in data for mark in CURLY_QUOTES):
        for value in _values(data, None):
            if value.has_curly_quotes:
                yield Problem(value.path, refusals.CURLY_QUOTES)


def _placed(problem: Problem, places: dict[str, _Value], names: dict[str, str]) -> Problem:
    paths = [*_paths_to(problem.path)]
    found = next((places[path] for path in reversed(paths) if path in places), None)
    if found is None:
        return problem
    ids = [names[path] for path in paths if path in names]
    message = problem.message
    if found.path == problem.path and found.has_curly_quotes and message != refusals.CURLY_QUOTES:
        message = joined([message, refusals.CURLY_QUOTES], "; ")
    return replace(problem, message=message, where=joined([*ids, place_of(found.place.start_mark)], ", "))


def _paths_to(path: str) -> Iterator[str]:
    """Yield the paths to a place, the whole file's left out.

    >>> list(_paths_to("areas[0].name"))
    ['areas', 'areas[0]', 'areas[0].name']
    """
    yield from (path[: inner.start()] for inner in _INNER.finditer(path))
    if path != ROOT:
        yield path


def _values(data: bytes, wanted: set[str] | None) -> Iterator[_Value]:
    """Yield each value of a file within a `wanted` collection, None for all; up to where it cannot be read.

    JSON is read as YAML, which it nearly is: tabs are blanks, and what follows a backslash is not looked at.
    """
    text = data.decode("utf-8-sig", errors="replace")
    if text.lstrip()[:1] in ("{", "["):
        text = _ESCAPED.sub(lambda escaped: "?" * len(escaped[0]), text).replace("\t", " ")
    around: list[_Collection] = []
    try:
        for event in yaml.parse(text, Loader=Loader):
            if isinstance(event, yaml.CollectionEndEvent):
                around.pop()
                continue
            if not isinstance(event, yaml.NodeEvent):
                continue
            inner_path: str | None = ROOT
            if around:
                holder = around[-1]
                if holder.expects_key:
                    holder.key = event
                    inner_path = None
                else:
                    value = _next_value(holder, event)
                    inner_path = None if value is None else value.path
                    if value is not None:
                        yield value
            if isinstance(event, yaml.CollectionStartEvent):
                is_wanted = wanted is None or inner_path == ROOT or inner_path in wanted
                around.append(_Collection(inner_path if is_wanted else None, isinstance(event, yaml.MappingStartEvent)))
    except (yaml.YAMLError, RecursionError):
        return


def _next_value(holder: _Collection, event: yaml.Event) -> _Value | None:
    key, holder.key = holder.key, None
    holder.entries += 1
    if holder.path is None:
        return None
    if key is None:
        return _Value(f"{holder.path}[{holder.entries - 1}]", event, event)
    return _Value(child(holder.path, getattr(key, "value", "?")), key, event)
