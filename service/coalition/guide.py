"""The guide: by sector, signs to see, questions to ask, and reasons for a referral. No scores.

The text is data (`guide.yaml`), each entry with the public works behind the entry (`guide_sources.yaml`).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from policies.messages import Message
from service.errors import FilterRefused, Problem
from service.i18n import refusals

Document = dict[str, Any]


def read_guide(sector: str | None = None) -> Document:
    """Return the guide, of a single sector or of every sector. Pure, save that its files are read once.

    `see_source` and `ask_source` name, entry by entry, the works of `source` by their key. Example: `see_source[0]` is
    `["youth-gov"]` where the work of that key tells of `see[0]`. `request`: what staff can ask federal agencies for.

    Raises:
        FilterRefused: the sector is unknown.

    >>> list(read_guide("schools")["sectors"][0])
    ['sector', 'name', 'source', 'see', 'see_source', 'ask', 'ask_source', 'request', 'needs']
    """
    tree = _read("guide.yaml")
    if sector is not None and sector not in sectors():
        raise FilterRefused(Problem("sector", refusals.NO_SECTOR.format(sectors=", ".join(sectors()))))
    return {
        "about": Message(tree["about"]["plain"]),
        "source": _works([tree["about"]]),
        "checked": Message(tree["checked"]),
        "sectors": [_sector(entry) for entry in tree["sectors"] if sector in (None, entry["sector"])],
    }


def sectors() -> tuple[str, ...]:
    """Return the sectors, in the order of the guide."""
    return tuple(entry["sector"] for entry in _read("guide.yaml")["sectors"])


def _sector(sector: Document) -> Document:
    see, ask = sector["see"], sector["ask"]
    requests = [_read("guide.yaml")["requests"][key] for key in sector.get("request", ())]
    return {
        "sector": sector["sector"],
        "name": Message(sector["name"]),
        "source": _works([*see, *ask, *requests]),
        "see": [Message(entry["plain"]) for entry in see],
        "see_source": [entry["source"] for entry in see],
        "ask": [Message(entry["plain"]) for entry in ask],
        "ask_source": [entry["source"] for entry in ask],
        "request": [{**entry, "plain": Message(entry["plain"])} for entry in requests],
        "needs": sector["needs"],
    }


def _works(entries: Iterable[Document]) -> list[Document]:
    """Return the works that entries name, each once, in the order in which they are first named."""
    works = _read("guide_sources.yaml")
    return [
        {"key": key, "year": None, **works[key]}
        for key in dict.fromkeys(key for entry in entries for key in entry["source"])
    ]


@cache
def _read(name: str) -> Document:
    tree: Document = yaml.safe_load(files("service.coalition").joinpath(name).read_text(encoding="utf-8"))
    return tree
