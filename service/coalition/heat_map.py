"""Coverage as a picture: a panel for each area, a row for each need, a column for each age band. Pure.

Colors only repeat the numbers. The layout follows from the lists alone, so that two versions can be compared.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from functools import partial

from routing import OLDEST, Ages
from service.coalition import svg
from service.coalition.coverage import CountedCell, Coverage
from service.i18n import coalition
from service.i18n.translation import ENGLISH, read_in

_CELL, _ROW, _GAP, _HEAD = 34, 20, 24, 64
_MARGIN, _TOP, _WIDEST_LABEL, _SMALL = 16, 80, 260, 11
_WIDEST = 1600
COLORS = {"nobody": "#f4c7c3", "unsure": "#e3e3e3", "one": "#fce8b2", "two": "#d5ead4", "more": "#9ccc9c"}
"""By how many organizations there are."""


def draw_heat_map(coverage: Coverage, language: str = ENGLISH) -> str:
    """Return coverage as an SVG document in a language; the same bytes for the same coverage."""
    say = partial(read_in, language)
    grids = list(coverage.grids())
    service_types = list(grids[0][1]) if grids else []
    needs = [say(coverage.visible.type_name(service_type)) for service_type in service_types]
    names = [svg.shorten(need, _WIDEST_LABEL) for need in needs]
    label = max([svg.width_of(name) for name in names], default=0) + 8
    panel = len(coverage.bands) * _CELL + _GAP
    across = max(1, (_WIDEST - 2 * _MARGIN - label) // panel)
    tall = _HEAD + len(service_types) * _ROW + _GAP
    down = -(-len(grids) // across)
    width = 2 * _MARGIN + max(label + min(across, max(len(grids), 1)) * panel, 720)
    names = [coverage.visible.type_name(service_type) for service_type in coverage.types_without_service()]
    sentence = coalition.nobody_offers(names)
    lines = textwrap.wrap(say(sentence) if sentence else "", (width - 2 * _MARGIN) // svg.width_of("n", _SMALL))
    height = _TOP + down * tall + len(lines) * _ROW + _MARGIN
    parts = [*_legend(_MARGIN, _MARGIN + 4, say)]
    for number, (area, rows) in enumerate(grids):
        x = _MARGIN + label + number % across * panel
        y = _TOP + number // across * tall
        parts += _panel(coverage, area, rows, (x, y), say)
        if number % across == 0:
            parts += [
                svg.text(x - 8, y + _HEAD + row * _ROW + 14, name, anchor="end") for row, name in enumerate(names)
            ]
    parts += [
        svg.text(_MARGIN, height - len(lines) * _ROW + row * _ROW, line, size=_SMALL) for row, line in enumerate(lines)
    ]
    return svg.picture(width, height, say(coalition.HEAT_MAP), parts)


def _panel(
    coverage: Coverage, area: str, rows: dict[str, list[CountedCell]], corner: tuple[int, int], say: svg.Say
) -> Iterator[str]:
    x, y = corner
    wide = len(coverage.bands) * _CELL
    yield svg.text(x, y + 16, svg.shorten(coverage.visible.area_name(area), wide), bold=True)
    yield svg.text(x, y + 34, say(coalition.AGES), size=10, fill="#555555")
    for column, band in enumerate(coverage.bands):
        yield svg.text(x + column * _CELL + _CELL // 2, y + _HEAD - 8, _short(band), size=9, anchor="middle")
    for row, cells in enumerate(rows.values()):
        for column, cell in enumerate(cells):
            yield _cell(coverage, cell, (x + column * _CELL, y + _HEAD + row * _ROW), say)


def _cell(coverage: Coverage, cell: CountedCell, corner: tuple[int, int], say: svg.Say) -> str:
    x, y = corner
    count = cell.organizations
    count_text = str(count) if count else ("?" if cell.unsure else "-")
    about = coalition.cell(
        coverage.visible.type_name(cell.type), coverage.visible.area_name(cell.area), cell.band, count, cell.unsure
    )
    fill = COLORS[_shade(count, cell.unsure)]
    return svg.with_title(
        say(about),
        svg.box(x, y, _CELL, _ROW, fill=fill, stroke="#ffffff"),
        svg.text(x + _CELL // 2, y + 14, count_text, size=_SMALL, anchor="middle"),
    )


def _shade(count: int, unsure: int) -> str:
    if count:
        return {1: "one", 2: "two"}.get(count, "more")
    return "unsure" if unsure else "nobody"


def _legend(x: int, y: int, say: svg.Say) -> Iterator[str]:
    yield svg.text(x, y, say(coalition.HEAT_MAP), size=12)
    for name, words in ((name, say(words)) for name, words in coalition.SHADES.items()):
        yield svg.box(x, y + 12, 14, 14, fill=COLORS[name])
        yield svg.text(x + 20, y + 23, words, size=_SMALL)
        x += 32 + svg.width_of(words, _SMALL)


def _short(band: Ages) -> str:
    if band[1] >= OLDEST:
        return f"{band[0]}+"
    return str(band[0]) if band[0] == band[1] else f"{band[0]}-{band[1]}"
