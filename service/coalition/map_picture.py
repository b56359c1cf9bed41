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
from service.wording import coalition

_MARGIN, _ROW, _TOP, _BETWEEN, _DOT, _WIDEST_LABEL, _SMALL = 16, 24, 96, 560, 6, 380, 11
_WIDEST_BOW, _HALFWAY = 320, 260  # of a bow, three quarters are seen; so far apart, it is half as wide as can be
COLORS = {"internal": "#6b6b6b", "coalition": "#1b6e3c", "coordination": "#1f5fa8", "cooperation": "#b5651d"}
_SINGLE = "#b3261e"


class _Place(NamedTuple):
    x: int
    y: int
    left: bool


def draw_map(found: Map) -> str:
    """Return the map as an SVG document; the same bytes for the same map."""
    views = found.sight.organizations
    sides: dict[bool, list[str]] = {True: [], False: []}
    for slug in sorted(found.organizations, key=lambda one: (views[one].kind or "~", one)):
        sides[views[slug].basis == "community"].append(slug)
    labels = {slug: svg.shortened(views[slug].name, _WIDEST_LABEL) for slug in found.organizations}
    wide = {left: max([svg.width_of(labels[slug]) for slug in slugs], default=120) for left, slugs in sides.items()}
    x = {True: _MARGIN + wide[True] + 16, False: _MARGIN + wide[True] + 16 + _BETWEEN}
    places = {
        slug: _Place(x[left], _TOP + 30 + row * _ROW, left)
        for left, slugs in sides.items()
        for row, slug in enumerate(slugs)
    }
    width = x[False] + 16 + wide[False] + _MARGIN
    points = {point.organization: found.explain(point) for point in found.graph.single_points}
    lines = [line for words in points.values() for line in textwrap.wrap(words, (width - 2 * _MARGIN) // 7)]
    foot = _TOP + 60 + max(map(len, sides.values())) * _ROW
    parts = [*_head(found, x), *_edges(found, places)]
    for slug, place in places.items():
        parts.append(_agency(labels[slug], place, points.get(slug), views[slug].name))
    if lines:
        parts.append(svg.text(_MARGIN, foot, coalition.SINGLE_POINTS, bold=True))
    parts += [svg.text(_MARGIN, foot + 20 + 16 * row, line, size=_SMALL) for row, line in enumerate(lines)]
    return svg.picture(width, foot + 36 + 16 * len(lines), coalition.MAP, parts)


def _head(found: Map, x: dict[bool, int]) -> Iterator[str]:
    free = sum(one.relationship == "public" for one in found.graph.hand_offs)
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


def _edges(found: Map, places: dict[str, _Place]) -> Iterator[str]:
    """Yield a line for each pair and relationship; for a single direction: with an arrow."""
    both: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for one in found.graph.hand_offs:
        if one.relationship != "public":
            first, second = sorted((one.holder, one.organization))
            both[first, second, one.relationship].add(one.holder)
    for (first, second, relationship), holders in sorted(both.items()):
        begin, end = (first, second) if first in holders else (second, first)
        path = _curve(places[begin], places[end])
        about = f"{found.sight.name(begin)}, {found.sight.name(end)}: {coalition.RELATIONSHIPS[relationship]}"
        yield svg.titled(about, svg.line(path, stroke=COLORS[relationship], arrow=len(holders) == 1))


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
