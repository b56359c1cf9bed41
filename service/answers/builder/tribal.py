"""Tribal land: where a report has two places to go, the tribe's and the state's."""

from __future__ import annotations

import routing

TRIBAL = "tribal"
"""The `jurisdiction` of an area that is tribal land."""


def tribal_land(snapshot: routing.Snapshot, area: str | None) -> str | None:
    """Return the tribal land around an area (code), innermost; None: the area lies in none, or is not known. Pure."""
    around = () if area is None else snapshot.ancestors(area)
    return next((code for code in around if snapshot.areas[code].jurisdiction == TRIBAL), None)
