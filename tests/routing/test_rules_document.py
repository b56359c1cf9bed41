"""The numbers in routing/RULES.md are those that the code counts with, and none is missing."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import routing
from routing.costs import MODE_HOURS, RELATIONSHIP, URGENCY_WEIGHT, WEIGHT_PROFILES, WeightProfile

RULES = Path(routing.__file__).with_name("RULES.md")
ROWS = {
    "a hand-off, gateways included": ("handoffs", "handoff"),
    "a disclosed receiver": ("exposure", "disclosed"),
    "a discoverable receiver": ("exposure", "discoverable"),
    "an hour, times the urgency's weight": ("delay", "hour"),
    "an added prerequisite, times an hour": ("delay", "added_prerequisite"),
    "hours unknown": ("uncertain", "hours_unknown"),
    "response time unknown": ("uncertain", "response_unknown"),
    "not the designated provider": ("not_designated", "not_designated"),
    "self": ("mode", "self_contact"),
    "packet": ("mode", "packet"),
    "an optional need left open": ("optional_uncovered", "optional_uncovered"),
}


def table(first_cell: str) -> list[list[str]]:
    """Return the cells of the table whose head begins with this cell, without the rule below its head."""
    lines = RULES.read_text(encoding="utf-8").splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith(f"| {first_cell} |"))
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return [rows[0], *rows[2:]]


def test_the_table_of_lenses_is_the_codes_own() -> None:
    """Every weight of every lens stands in the table, under its term."""
    head, *rows = table("Points for")

    assert head[2:] == list(WEIGHT_PROFILES)
    assert {row[0]: (row[1], *row[2:]) for row in rows} == {
        label: (term, *(str(getattr(lens, name)) for lens in WEIGHT_PROFILES.values()))
        for label, (term, name) in ROWS.items()
    }
    assert {name for _, name in ROWS.values()} == {field.name for field in fields(WeightProfile)}


def test_the_small_tables_are_the_codes_own() -> None:
    """Urgencies, modes and relationships, each in its order."""
    for first, numbers in (
        ("Weight of an hour", URGENCY_WEIGHT),
        ("Hours that a hand-off takes", MODE_HOURS),
        ("`relationship`", RELATIONSHIP),
    ):
        head, row = table(first)

        assert dict(zip(head[1:], map(int, row[1:]), strict=True)) == numbers
        assert head[1:] == list(numbers)


def test_every_term_is_explained() -> None:
    """Each cost term of an answer is named in the text."""
    text = RULES.read_text(encoding="utf-8")

    assert [term for term in routing.TERMS if term not in text] == []
