"""The guide: by sector, signs to see, questions to ask, and reasons for a referral. No scores.

The text is data (`guide.yaml`), each entry with the public work behind the entry.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from service.errors import FilterRefused, Problem
from service.wording import refusals

Document = dict[str, Any]


def read_guide(sector: str | None = None) -> Document:
    """Return the guide, of a single sector or of every sector. Pure, save that the file is read once.

    Raises:
        FilterRefused: the sector is unknown.
    """
    tree = _guide()
    if sector is not None and sector not in sectors():
        raise FilterRefused(Problem("sector", refusals.NO_SECTOR.format(sectors=", ".join(sectors()))))
    return {
        "about": tree["about"],
        "checked": tree["checked"],
        "sectors": [
            {**entry, "source": [tree["sources"][key] for key in entry["source"]]}
            for entry in tree["sectors"]
            if sector in (None, entry["sector"])
        ],
    }


def sectors() -> tuple[str, ...]:
    """Return the sectors, in the order of the guide."""
    return tuple(entry["sector"] for entry in _guide()["sectors"])


@cache
def _guide() -> Document:
    text = files("service.coalition").joinpath("guide.yaml").read_text(encoding="utf-8")
    tree: Document = yaml.safe_load(text)
    return tree
