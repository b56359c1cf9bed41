"""A card says what its last reading said: faults seeded in its facts, one at a time, are each noticed."""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import card_versions
import pytest
from length import draws
from seeds import fresh_random

import policies
from policies.card_points import EVERYBODY, POINTS, PROFESSIONALS
from policies.pack_files import read_yaml

Cards = dict[str, Any]
SHIPPED: Cards = read_yaml(policies.STATES_FILE)
KINDS = ("digit", "hours", "days or hours", "yes or no", "age", "condition", "law", "age of a line")


def test_what_the_cards_and_lines_say_is_what_was_last_read() -> None:
    """After a new reading: `python tests/policies/card_versions.py`."""
    known, found = card_versions.read(), card_versions.versions(policies.load_states())

    assert card_versions.changed(known, found) == []
    assert len(found) > 400


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_in_a_fact_is_noticed(kind: str) -> None:
    """Of each kind as many as a run has time for; the writer takes none of them without a later reading."""
    known = card_versions.read()
    faults = list(_faults(kind))
    drawn = fresh_random(56).sample(faults, min(draws(20), len(faults)))

    assert drawn
    for code, place, point, value in drawn:
        cards = copy.deepcopy(SHIPPED)
        cards[code]["readings"][place][point] = value
        try:
            found = card_versions.versions(policies.read_states(cards))
        except policies.PackError:
            continue
        names = card_versions.changed(known, found)
        assert f"{code} {'' if point == 'authority' else point}".strip() in " ".join(names), (code, point)
        assert card_versions.not_read_again(known, found) == names


def test_a_line_that_says_something_else_is_noticed() -> None:
    """The public lines too: a number, its hours."""
    known = card_versions.read()
    lines = {line.pack: line for line in policies.load_lines(("federal", "us-tx"))}

    for line in lines.values():
        for change in ({"phone": "1-800-555-0100"}, {"hours": "noon"}, {"takes_reports": not line.takes_reports}):
            found = card_versions.versions({}, {f"{line.pack} {line.id}": replace(line, **change)})
            assert card_versions.not_read_again(known, found) == [f"{line.pack} {line.id}"]


def test_a_later_reading_may_say_something_else() -> None:
    """A fact that is new, gone, or read on a later day is written; a later day alone is too."""
    (name, (day, digest)), *_ = card_versions.read().items()
    later = day + timedelta(days=1)

    for found in ({name: (later, "other")}, {name: (later, digest)}, {}, {name: (day, digest), "new": (day, "x")}):
        assert card_versions.not_read_again({name: (day, digest)}, found) == []
    assert card_versions.not_read_again({name: (day, digest)}, {name: (day, "other")}) == [name]


def test_faults_are_seeded_in_every_point_that_a_card_has() -> None:
    seeded = Counter(point for kind in KINDS for _, _, point, _ in _faults(kind))

    assert {point for card in policies.load_states().values() for point in card.facts} <= seeded.keys()
    assert seeded.total() > 1000


def _faults(kind: str) -> Iterator[tuple[str, int, str, Any]]:
    """Yield each fault of a kind: the state, the reading's place, the key in it, and its false value."""
    for code, card in SHIPPED.items():
        for place, reading in enumerate(card["readings"]):
            for key, value in reading.items():
                if key in POINTS or (key == "authority" and kind == "law"):
                    yield from ((code, place, key, false) for false in _false(kind, value))


def _false(kind: str, value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for place, row in enumerate(value):
            yield from ([*value[:place], false, *value[place + 1 :]] for false in _false(kind, row))
    elif isinstance(value, dict) and "is" in value:
        yield from ({**value, "is": false} for false in _false(kind, value["is"]))
        if kind == "condition":
            yield value["is"]
    elif isinstance(value, dict):
        yield from _false_line(kind, value)
    elif kind == "age" and type(value) is int:
        yield value - 1
    elif (
        kind == "days or hours"
        and isinstance(value, str)
        and (number := re.fullmatch(r"PT(\d+)H|PT0S|promptly|none", value))
    ):
        yield "PT48H" if number[1] == "24" else "PT24H"
    elif kind == "yes or no" and isinstance(value, str):
        yield from {EVERYBODY: [PROFESSIONALS], PROFESSIONALS: [EVERYBODY], "immune": ["defense"], "also": ["instead"],
                    "either": ["also"], "instead": ["also"], "anyone": ["caretaker_only"], "no": ["any"], "any": ["no"],
                    "caretaker_only": ["anyone"], "hotline_always": ["caretaker_only"], "police": ["prosecutor"],
                    "prosecutor": ["police"], "nobody": [EVERYBODY], "diverted": ["immune"],
                    "defense": ["immune"]}.get(value, [])  # fmt: skip
    elif kind == "yes or no" and value is True:
        yield False
    elif kind == "law" and isinstance(value, str) and (digit := re.search(r"\d", value)) and "." in value:
        yield value[: digit.start()] + str((int(digit[0]) + 1) % 10) + value[digit.end() :]


def _false_line(kind: str, line: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if kind == "digit":
        for place in (len(line["phone"]) - 1, len(line["phone"]) - 6):
            digit = line["phone"][place]
            if digit.isdigit():
                changed = str((int(digit) + Random(place).randint(1, 9)) % 10)
                yield {**line, "phone": line["phone"][:place] + changed + line["phone"][place + 1 :]}
    elif kind == "hours":
        yield {**line, "hours": "9:00 to 16:00"}
        yield {key: value for key, value in line.items() if key != "hours"} if "hours" in line else {
            **line, "hours": "day and night"
        }  # fmt: skip
    elif kind == "age of a line":
        first, last = line.get("ages", [0, None])
        yield {**line, "ages": [first + 1, last]}
