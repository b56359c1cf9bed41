"""The counted outcomes as files: a table for spreadsheets, and a chart to print. Pure.

The chart repeats numbers of the table; the table is its text alternative.
"""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Mapping
from functools import partial
from typing import Any

from service.coalition import svg
from service.coalition.funder_categories import STANDARDS, counterpart
from service.i18n import coalition
from service.i18n.texts import cell_of
from service.i18n.translation import ENGLISH, read_in, unmarked
from service.referrals.outcomes import STEPS

COLUMNS = (
    "quarter", "by", "value", "name", "referrals_at_least", "answered",
    *(f"median_to_{step}" for step in STEPS), *STANDARDS,
)  # fmt: skip
_MARGIN, _ROW, _BAR, _LABEL, _WIDTH, _SMALL = 16, 24, 260, 230, 760, 11
_FILL = "#1f5fa8"


def write_csv(document: Mapping[str, Any], language: str = ENGLISH) -> str:
    """Return the rows as CSV (RFC 4180): the document's codes, their names in a language, and funders' categories."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    for row in document["rows"]:
        times = row["times"] or {}
        categories = (counterpart(standard, document["by"], row["value"]) for standard in STANDARDS)
        cells = (
            document["quarter"], document["by"], row["value"], unmarked(read_in(language, row["name"])),
            str(row["referrals"]), row["answered"] or "", *(times.get(step, "") for step in STEPS), *categories,
        )  # fmt: skip
        lines.writerow(cell_of(str(cell)) for cell in cells)
    return text.getvalue()


def draw_outcomes(document: Mapping[str, Any], language: str = ENGLISH) -> str:
    """Return the rows as bars, each with its number and its medians in words, as an SVG document in a language."""
    say = partial(read_in, language)
    title = say(coalition.OUTCOME_CHART.format(quarter=document["quarter"] or ""))
    longest = max((row["referrals"] for row in document["rows"]), default=1)
    parts, y = [svg.text(_MARGIN, _MARGIN + 12, title, size=12, bold=True)], _MARGIN + 30
    for row in document["rows"]:
        name = say(row["name"])
        length = max(1, _BAR * row["referrals"] // longest)
        parts.append(
            svg.with_title(
                f"{name}: {row['referrals']}",
                svg.text(_MARGIN, y + 14, svg.shorten(name, _LABEL - 8)),
                svg.box(_MARGIN + _LABEL, y + 2, length, 14, fill=_FILL),
                svg.text(_MARGIN + _LABEL + length + 6, y + 14, str(row["referrals"])),
            )
        )
        y += _ROW
        for step, time in (row["times"] or {}).items():
            parts.append(svg.text(_MARGIN + _LABEL, y + 8, say(coalition.MEDIANS[step, time]), size=_SMALL))
            y += 16
    for line in textwrap.wrap(say(document["plain"]), (_WIDTH - 2 * _MARGIN) // svg.width_of("n", _SMALL)):
        y += 16
        parts.append(svg.text(_MARGIN, y, line, size=_SMALL))
    return svg.picture(_WIDTH, y + _MARGIN, title, parts)
