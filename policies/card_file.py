"""The file of the states' cards as text, and its facts after a review. Pure: who calls reads and writes the file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import yaml

from .card_points import POINTS

ABOUT = ("authority", "source", "read", "text_as_of", "confidence")
"""What a reading says beside its facts, in the order of the file."""
UNCONFIRMED = "unconfirmed"
"""In a reading: somebody who had not seen it looked for a text of their own and found none. A new reading ends it."""
Card = Mapping[str, Any]


def review_fact(
    raw: Mapping[str, Card], code: str, point: str, day: date, *, value: Any, text_as_of: str | None = None
) -> dict[str, Card]:
    """Return the plain data of the cards with a fact that somebody read again on a day. `value`: None takes it out.

    The fact moves to a reading of its own page and day: the other facts of the older reading were not read again.
    """
    readings = [dict(reading) for reading in raw[code]["readings"]]
    older = next(reading for reading in readings if point in reading)
    del older[point]
    if value is not None:
        about = {name: older.get(name) for name in ABOUT} | {"read": day, "text_as_of": text_as_of, UNCONFIRMED: None}
        same = next((reading for reading in readings if {name: reading.get(name) for name in about} == about), None)
        if same is None:
            readings.append({point: value, **{name: text for name, text in about.items() if text is not None}})
        else:
            same[point] = value
    kept = [reading for reading in readings if reading.keys() & POINTS.keys()]
    return {**raw, code: {**raw[code], "readings": kept}}


def write_cards(raw: Mapping[str, Card], head: str) -> str:
    """Return the file of the cards: `head` are its first lines, then each state with its readings.

    >>> print(write_cards({"us-zz": {"name": "Zed", "readings": []}}, "# Cards"))
    # Cards
    <BLANKLINE>
    us-zz:
      name: Zed
      readings:
    <BLANKLINE>
    """
    return f"{head.rstrip()}\n\n" + "\n".join(_card(code, card) for code, card in raw.items())


def _card(code: str, card: Card) -> str:
    names = [f"  {key}: {_in_a_line(card[key])}" for key in ("name", "in_a_sentence") if key in card]
    readings = [line for reading in card["readings"] for line in _reading(reading)]
    searches = [f"    - {_in_a_line(search)}" for search in card.get("searched", ())]
    lines = (f"{code}:", *names, "  readings:", *readings, *(["  searched:", *searches] if searches else ()))
    return "\n".join(lines) + "\n"


def _reading(reading: Card) -> list[str]:
    lines: list[str] = []
    for key in (*POINTS, *ABOUT, UNCONFIRMED):
        if key in reading:
            value = reading[key]
            if isinstance(value, list):
                lines += [f"      {key}:", *(f"        - {_in_a_line(row)}" for row in value)]
            else:
                lines.append(f"      {key}: {_in_a_line(value)}")
    return ["    - " + lines[0].lstrip(), *lines[1:]]


def _in_a_line(value: Any) -> str:
    """Return a value as YAML has it in a line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True, sort_keys=False)
    return text.strip().removesuffix("...").strip()
