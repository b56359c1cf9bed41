"""What funders' reports call our service types and outcomes, as data with a source each. Pure, but for its one file."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml

STANDARDS = ("hmis", "tims")
"""The data standards of HMIS, and OVC's Trafficking Information Management System."""


def counterpart(standard: str, by: str, value: str) -> str:
    """Return the element, code and name that a standard has for a type or an outcome; empty: it has none, or unknown.

    >>> counterpart("hmis", "type", "emergency_shelter")
    '4.20.2 (10) Referral to Emergency Shelter bed opening'
    >>> counterpart("tims", "type", "emergency_shelter")
    ''
    """
    entry = read_categories()[standard].get(by, {}).get(value)
    return "" if entry is None else f"{entry['element']} ({entry['code']}) {entry['name']}"


@cache
def read_categories() -> dict[str, Any]:
    """Return the whole file."""
    text = files("service.coalition").joinpath("funder_categories.yaml").read_text(encoding="utf-8")
    tree: dict[str, Any] = yaml.safe_load(text)
    return tree
