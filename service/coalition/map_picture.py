"""The map as a picture: community agencies on the left, systems on the right, a line for each agreement in force. Pure.

Each agency has a row of its own, so labels never overlap; rows go by kind, then slug, so unchanged rows keep their
order from a version to the next.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from service.coalition import svg
from service.coalition.map import Map
from service.coalition.map_groups import order_of
from service.wording import coalition

_MARGIN, _ROW, _TOP, _BETWEEN, _DOT, _WIDEST_LABEL, _SMALL = 16, 24, 96, 560, 6, 380, 11
_WIDEST_BOW, _HALFWAY = 320, 260  # of a bow, three quarters are seen; so far apart, it is half as wide as can be
COLORS = {"internal": "#6b6b6b", "coalition": "#1b6e3c", "coordination": "#1f5fa8", "cooperation": "#b5651d"}
_SINGLE = "#b3261e"


class _Place(NamedTuple):
    x: int
    y: int
    left: bool


class _Row(NamedTuple):
    """An agency or a group, in the order of rows. `community`: whether it stands on the left."""

    key: str
    name: str
    order: tuple[str, ...]
    community: bool


def draw_map(found: Map) -> str:
    """Return the map as an SVG document; the same bytes for the same map."""
    rows = sorted(_groups(found) if found.groups else _agencies(found), key=lambda row: row.order)
    sides = {left: [row for row in rows if row.community == left] for left in (True, False)}
    names = {row.key: row.name for row in rows}
    labels = {row.key: svg.shortened(row.name, _WIDEST_LABEL) for row in rows}
    wide = {left: max([svg.width_of(labels[row.key]) for row in some], default=120) for left, some in sides.items()}
    x = {True: _MARGIN + wide[True] + 16, False: _MARGIN + wide[True] + 16 + _BETWEEN}
    places = {
        row.key: _Place(x[left], _TOP + 30 + number * _ROW, left)
        for left, some in sides.items()
        for number, row in enumerate(some)
    }
    width = x[False] + 16 + wide[False] + _MARGIN
    points = {point.organization: found.explain(point) for point in found.points}
    said = [*([found.plain] if found.plain else []), *points.values()]
    lines = [line for words in said for line in textwrap.wrap(words, (width - 2 * _MARGIN) // 7)]
    foot = _TOP + 60 + max(map(len, sides.values())) * _ROW
    parts = [*_head(found, x), *_edges(found, places, names)]
    for key, place in places.items():
        parts.append(_agency(labels[key], place, points.get(key), names[key]))
    if points:
        parts.append(svg.text(_MARGIN, foot, coalition.SINGLE_POINTS, bold=True))
    parts += [svg.text(_MARGIN, foot + 20 + 16 * row, line, size=_SMALL) for row, line in enumerate(lines)]
    return svg.picture(width, foot + 36 + 16 * len(lines), coalition.MAP, parts)


def _agencies(found: Map) -> Iterator[_Row]:
    for slug in found.organizations:
        view = found.sight.organizations[slug]
        yield _Row(slug, view.name, (view.kind or "~", slug), view.basis == "community")


def _groups(found: Map) -> Iterator[_Row]:
    """Yield the groups, each on the side on which most of its agencies stand."""
    for place, (group, count) in enumerate(found.groups.items()):
        name = coalition.PAIRS.format(about=found.group_name(group), count=count)
        yield _Row(str(place), name, order_of(group), found.is_community(group))


def _head(found: Map, x: dict[bool, int]) -> Iterator[str]:
    free = sum(count for _, _, relationship, count in _lines(found) if relationship == "public")
    yield svg.text(_MARGIN, 24, coalition.MAP, size=16, bold=True)
    yield svg.text(_MARGIN, 44, coalition.AGREEMENTS_ONLY.format(count=free), size=_SMALL)
    at = _MARGIN
    for name, words in coalition.RELATIONSHIPS.items():
        yield svg.box(at, 55, 24, 4, fill=COLORS[name])
        yield svg.text(at + 30, 62, words, size=_SMALL)
        at += 48 + svg.width_of(words, _SMALL)
    yield svg.dot(at + 8, 58, _DOT, fill="#ffffff", stroke=_SINGLE)
    yield svg.text(at + 20, 62, coalition.SINGLE, size=_SMALL)
    yield svg.text(x[True] + 10, _TOP + 4, coalition.COMMUNITY, anchor="end", bold=True)
    yield svg.text(x[False] - 10, _TOP + 4, coalition.SYSTEMS, bold=True)


def _edges(found: Map, places: dict[str, _Place], names: dict[str, str]) -> Iterator[str]:
    """Yield a line for each pair and relationship; for a single direction: with an arrow."""
    both: defaultdict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    for holder, recipient, relationship, count in _lines(found):
        if relationship != "public" and holder != recipient:
            first, second = sorted((holder, recipient))
            both[first, second, relationship][holder] = count
    for (first, second, relationship), holders in sorted(both.items()):
        begin, end = (first, second) if first in holders else (second, first)
        path = _curve(places[begin], places[end])
        about = f"{names[begin]}, {names[end]}: {coalition.RELATIONSHIPS[relationship]}"
        if found.groups:
            about = coalition.PAIRS.format(about=about, count=sum(holders.values()))
        yield svg.titled(about, svg.line(path, stroke=COLORS[relationship], arrow=len(holders) == 1))


def _lines(found: Map) -> Iterator[tuple[str, str, str, int]]:
    """Yield the hand-offs shown: who, to whom, how close, how many."""
    for one in found.hand_offs:
        yield one.holder, one.organization, one.relationship, 1
    for giving, taking, relationship, pairs in found.group_edges:
        yield str(giving), str(taking), relationship, pairs


def _curve(begin: _Place, end: _Place) -> str:
    """Return a path between two agencies: across the middle, or out into the middle and back on the same side.

    The further apart two agencies of a side stand, the wider the bow, and never beyond the middle: no two bows fall
    together.
    """
    out = {True: 1, False: -1}
    start, stop = begin.x + out[begin.left] * _DOT, end.x + out[end.left] * (_DOT + 3)
    apart = abs(begin.y - end.y)
    bow = _BETWEEN // 2 if begin.left != end.left else 24 + _WIDEST_BOW * apart // (apart + _HALFWAY)
    first, second = start + out[begin.left] * bow, stop + out[end.left] * bow
    return f"M {start} {begin.y} C {first} {begin.y}, {second} {end.y}, {stop} {end.y}"


def _agency(label: str, place: _Place, lost: str | None, name: str) -> str:
    stroke = _SINGLE if lost else "#1a1a1a"
    x, anchor = (place.x - 12, "end") if place.left else (place.x + 12, "start")
    return svg.titled(
        lost or name,
        svg.dot(place.x, place.y, _DOT, fill="#ffffff" if lost else "#1a1a1a", stroke=stroke),
        svg.text(x, place.y + 5, label, anchor=anchor, fill=stroke, bold=bool(lost)),
    )
