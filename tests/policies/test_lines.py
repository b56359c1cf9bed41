"""Public lines are data: each with a public source and the day it was read, in known words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import policies
from policies.engine.pack import PACKS_DIRECTORY
from policies.lines import FILE, PURPOSES, read_lines
from policies.pack_files import read_yaml
from policies.verify import sets_of_packs
from service.directory.standard.phone_numbers import dialable

FEDERAL = PACKS_DIRECTORY / "federal" / FILE
LINES = list(dict.fromkeys(line for names in sets_of_packs() for line in policies.load_lines(names)))


def test_every_purpose_has_a_line_for_all_states() -> None:
    """So that an answer has somebody to name wherever the client is."""
    assert {line.purpose for line in policies.load_lines(("federal",))} == {*PURPOSES}


def test_a_states_line_stands_before_the_federal_one() -> None:
    """In whatever order a coalition names its packs."""
    for packs in (("federal", "us-tx", "coalition"), ("us-tx", "coalition", "federal")):
        packs_of_lines = [line.pack for line in policies.load_lines(packs) if line.purpose == "adult_abuse"]
        assert packs_of_lines == ["us-tx", "federal"]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.id)
def test_each_line_can_be_reached_and_looked_up(line: policies.Line) -> None:
    """A number that a telephone dials, or one to text; a page that says it."""
    assert all(dialable(number) for number in (line.phone, line.text) if number)
    assert line.phone or line.text or line.web
    assert line.source.startswith("https://")
    assert line.checked.year >= 2026


def _row(**changes: Any) -> Callable[[list[dict[str, Any]]], object]:
    return lambda rows: rows[0].update(changes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows[0].pop("source"), "needs"),
        (_row(email="a@example.org"), "no other key"),
        (_row(name=" "), "a text is empty"),
        (_row(phone=988), "between quotes"),
        (lambda rows: [rows[0].pop(key) for key in ("phone", "text")], "neither phone nor text nor web"),
        (_row(**{"for": "advice"}), "`for` is none of"),
        (_row(kind="police"), "no Kind"),
        (_row(languages=[]), "tags"),
        (_row(source="http://example.org"), "https"),
        (_row(checked="2026-11-28"), "a day"),
        (_row(takes_reports="no"), "true or false"),
    ],
)
def test_what_cannot_be_used_is_refused(change: Callable[[list[dict[str, Any]]], object], message: str) -> None:
    """By its pack, file and place."""
    rows = read_yaml(FEDERAL)
    change(rows)

    with pytest.raises(policies.PackError) as refusal:
        read_lines(rows, "federal")

    (problem,) = refusal.value.problems
    assert problem.startswith("federal/lines.yaml, line 1: ")
    assert message in problem


def test_a_file_that_is_no_list_is_refused() -> None:
    """As is every other shape."""
    with pytest.raises(policies.PackError):
        read_lines({"lines": []}, "federal")
