"""The map as a picture: community agencies on the left, systems on the right, a line for each agreement in force. Pure.

Each agency has a row of its own, so labels never overlap; rows go by kind, then slug, so unchanged rows keep their
order from a version to the next.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from service.coalition import svg
from service.coalition.map import Map
from service.coalition.map_graph import lines
from service.coalition.map_groups import order_of
from service.i18n import coalition
from service.i18n.translation import ENGLISH, read_in

_MARGIN, _ROW, _DOT, _SMALL, _LINE = 16, 24, 6, 11, 16
_HALFWAY = 260
"""So far apart, a bow is half as wide as can be."""
COLORS = {"internal": "#6b6b6b", "coalition": "#1b6e3c", "coordination": "#1f5fa8", "cooperation": "#b5651d"}
_SINGLE = "#b3261e"


class _Shape(NamedTuple):
    """How wide the parts of a picture are, in pixels; of a bow, three quarters are seen."""

    between: int
    label: int
    bow: int


WIDE, NARROW = _Shape(between=560, label=380, bow=320), _Shape(between=120, label=180, bow=130)
"""Two columns that face each other, for a desk, and one column, for a phone."""


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


def draw_map(coalition_map: Map, language: str = ENGLISH, *, narrow: bool = False) -> str:
    """Return the map as an SVG document in a language; the same bytes for the same map.

    `narrow`: in one column, without the sentences on single points.
    """
    say, shape = partial(read_in, language), NARROW if narrow else WIDE
    rows = sorted(
        _groups(coalition_map, say) if coalition_map.groups else _agencies(coalition_map), key=lambda row: row.order
    )
    sides = {left: [row for row in rows if row.community == left] for left in (True, False)}
    names = {row.key: row.name for row in rows}
    labels = {row.key: svg.shorten(row.name, shape.label) for row in rows}
    wide = {left: max([svg.width_of(labels[row.key]) for row in side], default=120) for left, side in sides.items()}
    first = _MARGIN + (max(wide.values()) if narrow else wide[True]) + 16
    x = {True: first, False: first if narrow else first + shape.between}
    width = first + shape.between + _MARGIN if narrow else x[False] + 16 + wide[False] + _MARGIN
    head, top = _head(coalition_map, width, say)
    places, foot = _places(sides, x, top, narrow=narrow)
    points = {point.organization: say(coalition_map.explain(point)) for point in coalition_map.points}
    sentences = [*([say(coalition_map.plain)] if coalition_map.plain else []), *(() if narrow else points.values())]
    lines = [line for words in sentences for line in _wrap(words, width)]
    parts = [*head, *_sides(sides, places, x, say, narrow=narrow), *_edges(coalition_map, places, names, shape, say)]
    for key, place in places.items():
        parts.append(_agency(labels[key], place, points.get(key), names[key]))
    if points and not narrow:
        parts.append(svg.text(_MARGIN, foot, say(coalition.SINGLE_POINTS), bold=True))
    parts += [svg.text(_MARGIN, foot + 20 + _LINE * row, line, size=_SMALL) for row, line in enumerate(lines)]
    return svg.picture(width, foot + 36 + _LINE * len(lines), say(coalition.MAP), parts)


def _places(
    sides: dict[bool, list[_Row]], x: dict[bool, int], top: int, *, narrow: bool
) -> tuple[dict[str, _Place], int]:
    """Return the place of each row, below its side's heading, and where the text below begins."""
    places, below = dict[str, _Place](), top
    for left, rows in sides.items():
        y = (below if narrow else top) + 30
        places |= {row.key: _Place(x[left], y + n * _ROW, left or narrow) for n, row in enumerate(rows)}
        below = max(below, y + len(rows) * _ROW)
    return places, below + 30


def _sides(
    sides: dict[bool, list[_Row]], places: dict[str, _Place], x: dict[bool, int], say: svg.Say, *, narrow: bool
) -> Iterator[str]:
    for left, words in ((True, coalition.COMMUNITY), (False, coalition.SYSTEMS)):
        if sides[left]:
            y = places[sides[left][0].key].y - 26
            at, anchor = (_MARGIN, "start") if narrow else (x[left] + (10 if left else -10), "end" if left else "start")
            yield svg.text(at, y, say(words), anchor=anchor, bold=True)


def _wrap(words: str, width: int) -> list[str]:
    return textwrap.wrap(words, (width - 2 * _MARGIN) // 7)


def _agencies(coalition_map: Map) -> Iterator[_Row]:
    for slug in coalition_map.organizations:
        view = coalition_map.visible.organizations[slug]
        yield _Row(slug, view.name, (view.kind or "~", slug), view.basis == "community")


def _groups(coalition_map: Map, say: svg.Say) -> Iterator[_Row]:
    """Yield the groups, each on the side on which most of its agencies stand."""
    for place, (group, count) in enumerate(coalition_map.groups.items()):
        name = coalition.PAIRS.format(about=coalition_map.group_name(group, say), count=count)
        yield _Row(str(place), name, order_of(group), coalition_map.is_community(group))


def _head(coalition_map: Map, width: int, say: svg.Say) -> tuple[list[str], int]:
    """Return what stands above the agencies, the meaning of the lines among it, and where it ends."""
    free = sum(count for _, _, relationship, count in _lines(coalition_map) if relationship == "public")
    parts, y = [svg.text(_MARGIN, 24, say(coalition.MAP), size=_LINE, bold=True)], 44
    for line in _wrap(say(coalition.AGREEMENTS_ONLY.format(count=free)), width):
        parts.append(svg.text(_MARGIN, y, line, size=_SMALL))
        y += _LINE
    x = _MARGIN
    for name, words in {**coalition.RELATIONSHIPS, "": coalition.SINGLE}.items():
        wide = 48 + svg.width_of(say(words), _SMALL)
        if x > _MARGIN and x + wide > width:
            x, y = _MARGIN, y + _LINE
        sign = svg.box(x, y - 4, 24, 4, fill=COLORS[name]) if name else _dot(x + 12, y - 3, single=True)
        parts += [sign, svg.text(x + 30, y + 3, say(words), size=_SMALL)]
        x += wide
    return parts, y + 38


def _edges(
    coalition_map: Map, places: dict[str, _Place], names: dict[str, str], shape: _Shape, say: svg.Say
) -> Iterator[str]:
    """Yield a line for each pair and relationship; for a single direction: with an arrow."""
    counts: defaultdict[tuple[str, str, str], dict[str, int]] = defaultdict(dict)
    for holder, recipient, relationship, count in _lines(coalition_map):
        if relationship != "public" and holder != recipient:
            first, second = sorted((holder, recipient))
            counts[first, second, relationship][holder] = count
    for (first, second, relationship), holders in sorted(counts.items()):
        begin, end = (first, second) if first in holders else (second, first)
        path = _curve(places[begin], places[end], shape)
        about = f"{names[begin]}, {names[end]}: {say(coalition.RELATIONSHIPS[relationship])}"
        if coalition_map.groups:
            about = say(coalition.PAIRS.format(about=about, count=sum(holders.values())))
        yield svg.with_title(about, svg.line(path, stroke=COLORS[relationship], arrow=len(holders) == 1))


def _lines(coalition_map: Map) -> Iterator[tuple[str, str, str, int]]:
    """Yield the hand-offs shown: who, to whom, how close, how many."""
    for holder, recipient, relationship, carried in lines(coalition_map.graph):
        yield holder, recipient, relationship, carried if coalition_map.groups else 1


def _curve(begin: _Place, end: _Place, shape: _Shape) -> str:
    """Return a path between two agencies: across the middle, or out into the middle and back on the same side.

    The further apart two agencies of a side stand, the wider the bow, and never beyond the middle: no two bows fall
    together.
    """
    out = {True: 1, False: -1}
    start, stop = begin.x + out[begin.left] * _DOT, end.x + out[end.left] * (_DOT + 3)
    apart = abs(begin.y - end.y)
    bow = shape.between // 2 if begin.left != end.left else 24 + shape.bow * apart // (apart + _HALFWAY)
    first, second = start + out[begin.left] * bow, stop + out[end.left] * bow
    return f"M {start} {begin.y} C {first} {begin.y}, {second} {end.y}, {stop} {end.y}"


def _agency(label: str, place: _Place, loss: str | None, name: str) -> str:
    stroke = _SINGLE if loss else "#1a1a1a"
    x, anchor = (place.x - 12, "end") if place.left else (place.x + 12, "start")
    return svg.with_title(
        loss or name,
        _dot(place.x, place.y, single=bool(loss)),
        svg.text(x, place.y + 5, label, anchor=anchor, fill=stroke, bold=bool(loss)),
    )


def _dot(x: int, y: int, *, single: bool) -> str:
    fill, stroke = ("#ffffff", _SINGLE) if single else ("#1a1a1a", "#1a1a1a")
    return svg.dot(x, y, _DOT, fill=fill, stroke=stroke)
