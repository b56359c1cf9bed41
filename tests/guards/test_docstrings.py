"""Docstrings name things: few vague words, and an example where a shape or a rule is not obvious, run as a doctest."""

from __future__ import annotations

import ast
import doctest
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import NamedTuple

import pytest
from rooms import ROOT, modules, room_of

_VAGUE = """
what who whom whose whoever whatever those such some somebody something anybody anyone everybody everyone nobody
nothing none one ones it they them there that this these other others else all
"""
VAGUE = frozenset(_VAGUE.split())
MOST = 6.0
"""Vague words in a hundred words of docstrings, at most."""
MOST_IN_SERVICE = 4.0
"""The same for `service` as a whole."""
STILL_VAGUE: dict[str, float] = {}
"""Rooms above `MOST`, with the figure that is never exceeded: it only goes down."""
EXAMPLES_IN = {"policies": 0.1, "routing": 0.1, "service": 0.1}
"""The part of public docstrings that holds an example, at least."""
CODE = re.compile(r"`[^`]*`|^\s*>>>.*(?:\n.*\S.*)*", re.MULTILINE)
"""Names and examples: an example goes on with its results to the next blank line."""
WORD = re.compile(r"[A-Za-z][A-Za-z']*")


class Docstring(NamedTuple):
    """A docstring: the module and the line of its object, its name and its text."""

    module: str
    line: int
    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """Its words in small letters, without code."""
        return [word.lower() for word in WORD.findall(CODE.sub(" ", self.text))]

    @property
    def vague(self) -> int:
        """How many of its words are vague."""
        return sum(word in VAGUE for word in self.words)


def docstrings() -> Iterator[Docstring]:
    """Yield every docstring of the program."""
    for module, file in modules(ROOT):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and (
                text := ast.get_docstring(node)
            ):
                yield Docstring(module, getattr(node, "lineno", 1), getattr(node, "name", ""), text)


@pytest.fixture(scope="module")
def by_room() -> dict[str, list[Docstring]]:
    """Every docstring, by room."""
    found: dict[str, list[Docstring]] = {}
    for one in docstrings():
        found.setdefault(room_of(one.module), []).append(one)
    return found


def figure(of: list[Docstring]) -> float:
    """Return how many of a hundred words are vague."""
    return round(100 * sum(one.vague for one in of) / max(1, sum(len(one.words) for one in of)), 1)


def test_docstrings_name_things(by_room: dict[str, list[Docstring]], say: Callable[[str], None]) -> None:
    """If this fails: put a noun for the pronoun. `Return what it holds` is `Return the rows of the table`."""
    figures = {room: figure(of) for room, of in by_room.items()}
    every = [one for of in by_room.values() for one in of]
    above = {room: share for room, share in figures.items() if share > STILL_VAGUE.get(room, MOST)}
    of_rooms = ", ".join(f"{room} {share}" for room, share in sorted(figures.items()))
    say(f"docstrings: {figure(every)} vague words in 100; {of_rooms}")
    for one in sorted((one for one in every if room_of(one.module) in above), key=lambda one: -one.vague)[:10]:
        say(f"vague: {one.module}:{one.line} {one.name}: {one.vague} of {len(one.words)} words")

    assert above == {}


def test_no_allowance_is_kept_that_is_not_needed(by_room: dict[str, list[Docstring]]) -> None:
    """If this fails: lower the figure in `STILL_VAGUE`, or take the room off."""
    service = [one for of in by_room.values() for one in of if one.module.startswith("service.")]
    assert figure(service) <= MOST_IN_SERVICE
    assert {room for room, most in STILL_VAGUE.items() if figure(by_room.get(room, [])) < most - 0.5} == set()


def test_examples_are_true() -> None:
    """Every example of a docstring is run. If this fails: the example or the function is wrong."""
    failed = {}
    for module in sorted({one.module for one in docstrings() if ">>>" in one.text}):
        result = doctest.testmod(import_module(module))
        if result.failed or not result.attempted:
            failed[module] = result
    assert failed == {}


@pytest.mark.parametrize("package", EXAMPLES_IN)
def test_docstrings_hold_examples(package: str, say: Callable[[str], None]) -> None:
    """If this fails: show the shape. `>>> age_from_range(15, 17)` says more than a sentence."""
    public = [
        one for one in docstrings() if one.module.split(".")[0] == package and one.name and not one.name.startswith("_")
    ]
    holding = sum(">>>" in one.text for one in public)
    say(f"examples: {holding} of {len(public)} public docstrings of {package}")

    assert holding >= EXAMPLES_IN[package] * len(public)


def test_a_breach_is_seen() -> None:
    """Vague words are counted; code, an example and its results are not."""
    one = Docstring("m", 1, "f", "Return what it holds of `what` there.\n\n>>> f(it)\nthat\n\nPure.")

    assert (one.vague, len(one.words)) == (3, 7)
