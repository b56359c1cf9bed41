"""Where each rule begins and ends, written down beside the rules and held against them.

A limit starts from one request to which the rule applies (`from`: all that is not plain about it) and changes one thing
at a time. `still` lists what may be changed to what with the rule applying still; what it does not list makes no
difference at all. So each limit says of some three hundred requests whether the rule applies, in a few words that a
lawyer can check, and a rule that was moved by one word is found.

- `data: [sud]`: of all classes of data, the rule applies to this one only; `{not: [aggregate]}`: to all but this one.
- `holder.regimes[vawa]: [fvpsa]`: with this in place of `vawa` (`nothing`: with `vawa` gone).
- `holder.regimes+: {not: [tx_420]}`: with one more, unless it is this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from .compile import Answers, Codes, Formula, Space, evaluate
from .errors import PackError
from .pack import PACKS_DIRECTORY, Pack
from .plain import plain_point

FILE = "limits.yaml"
NOTHING = "nothing"
SIDES = {"principal": "holder", "resource": "recipient"}
Line = tuple[str, Mapping[str, Codes]]
"""A line of a limit: its key, and for each word the point that it leads to."""


@dataclass(frozen=True)
class Limit:
    """Points near one request, and of each whether the rule applies there. `places` name them in the file's words."""

    rule: str
    origin: str
    places: tuple[str, ...]
    points: Codes
    applies: Answers

    def departures(self, space: Space, formula: Formula) -> tuple[str, ...]:
        """Return the places at which a formula is not what the limit says."""
        differ = np.flatnonzero(evaluate(space, [formula], self.points)[0] != self.applies)
        return tuple(f"{self.places[n]}: the rule {'does not apply' if self.applies[n] else 'applies'}" for n in differ)


def read_limits(pack: Pack, directory: Path | None = None) -> tuple[Limit, ...]:
    """Return the limits of the packs, in file order; of a pack without a file, those that ship under its name.

    Raises:
        PackError: a limit cannot be read.
    """
    found: list[Limit] = []
    for name in pack.names:
        files = [(folder / name / FILE) for folder in (directory or PACKS_DIRECTORY, PACKS_DIRECTORY)]
        file = next((one for one in files if one.is_file()), None)
        for raw in [] if file is None else yaml.safe_load(file.read_text(encoding="utf-8")) or []:
            try:
                found.append(_read(pack.space, raw))
            except (KeyError, TypeError, ValueError) as problem:
                rule = raw.get("rule", "?") if isinstance(raw, dict) else "?"
                raise PackError((f"{name}/{FILE}: {rule}: names a fact or a word that does not exist",)) from problem
    return tuple(found)


def write_limit(space: Space, rule: str, formula: Formula, origin: Codes) -> dict[str, Any]:
    """Return the limit of a rule from one point at which it applies, as it stands in a file."""
    still: dict[str, Any] = {}
    for key, words in lines_from(space, origin):
        table = np.array(list(words.values()), dtype=np.int8).T
        held = evaluate(space, [formula], table)[0]
        if not held.all():
            named = list(words)
            inside = [word for word, holds in zip(named, held, strict=True) if holds]
            outside = [word for word, holds in zip(named, held, strict=True) if not holds]
            still[key] = inside if len(inside) <= len(outside) + 1 else {"not": outside}
    return {"rule": rule, "from": _origin(space, origin), "still": still}


def as_text(limits: Iterable[Mapping[str, Any]]) -> str:
    """Return limits as the text of a file."""
    lines: list[str] = []
    for limit in limits:
        start = ", ".join(f"{key}: {_yaml(value)}" for key, value in limit["from"].items())
        lines += [f"- rule: {limit['rule']}", f"  from: {{{start}}}", "  still:"]
        lines += [f"    {key}: {_yaml(value)}" for key, value in limit["still"].items()] or ["    {}"]
        lines.append("")
    return "\n".join(lines)


def _yaml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_yaml(one) for one in value) + "]"
    return _said(value)


def lines_from(space: Space, origin: Codes) -> Iterator[Line]:
    """Yield every line that a limit from this point could have, with the point that each of its words leads to."""
    sets: dict[str, dict[str, int]] = {}
    for number, dimension in enumerate(space.dimensions):
        base, bracket, word = dimension.name.partition("[")
        if bracket:
            sets.setdefault(base, {})[word[:-1]] = number
        else:
            yield (
                _key(base),
                {_said(value): _set(origin, {number: code}) for code, value in enumerate(dimension.values)},
            )
    for base, members in sets.items():
        held = [word for word, number in members.items() if origin[number]]
        others = {word: number for word, number in members.items() if not origin[number]}
        if others:
            yield f"{_key(base)}+", {word: _set(origin, {number: 1}) for word, number in others.items()}
        for word in held:
            gone = _set(origin, {members[word]: 0})
            swapped = {other: _set(gone, {number: 1}) for other, number in others.items()}
            yield f"{_key(base)}[{word}]", {word: origin, NOTHING: gone, **swapped}


def _read(space: Space, raw: Mapping[str, Any]) -> Limit:
    origin = plain_point(space)
    for key, value in (raw["from"] or {}).items():
        _put(space, origin, key, value)
    known = dict(lines_from(space, origin))
    still = dict(raw["still"])
    if set(still) - set(known) or set(raw) - {"rule", "from", "still"}:
        raise KeyError("a line that does not exist")
    places, points, applies = ["as it stands"], [origin], [True]
    for key, words in known.items():
        listed = still.get(key, {"not": []})
        named = {_said(word) for word in (listed["not"] if isinstance(listed, dict) else listed)}
        if named - set(words):
            raise ValueError("a word that does not exist")
        for word, point in words.items():
            places.append(f"{key} {word}")
            points.append(point)
            applies.append((word in named) is not isinstance(listed, dict))
    start = ", ".join(f"{key} {value}" for key, value in (raw["from"] or {}).items()) or "a plain request"
    return Limit(raw["rule"], start, tuple(places), np.array(points, dtype=np.int8).T, np.array(applies))


def _put(space: Space, point: Codes, key: str, value: Any) -> None:
    base = _name(key)
    if base in space.index:
        number = space.index[base]
        point[number] = [_said(one) for one in space.dimensions[number].values].index(_said(value))
        return
    members = [number for name, number in space.index.items() if name.startswith(f"{base}[")]
    point[members] = 0
    for word in value:
        point[space.index[f"{base}[{word}]"]] = 1


def _origin(space: Space, origin: Codes) -> dict[str, Any]:
    """Return what is not plain about a point, set by set and fact by fact."""
    found: dict[str, Any] = {}
    for number in np.flatnonzero(origin != plain_point(space)):
        dimension = space.dimensions[number]
        base, bracket, word = dimension.name.partition("[")
        if bracket:
            found.setdefault(_key(base), []).append(word[:-1])
        else:
            found[_key(base)] = dimension.values[origin[number]]
    return found


def _set(origin: Codes, values: Mapping[int, int]) -> Codes:
    point = origin.copy()
    for number, code in values.items():
        point[number] = code
    return point


def _key(name: str) -> str:
    base, _, attribute = name.rpartition(".")
    return f"{SIDES[base]}.{attribute}" if base in SIDES else attribute


def _name(key: str) -> str:
    if key == "action":
        return key
    side, dot, attribute = key.partition(".")
    cedar = {word: name for name, word in SIDES.items()}
    return f"{cedar[side]}.{attribute}" if dot else f"context.{key}"


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
