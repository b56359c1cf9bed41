"""Formulas worked out for whole tables say of each request what they say of it alone, read word by word."""

from __future__ import annotations

import random

import numpy as np
import pytest
from seeds import fresh_random

from policies import Rulebook
from policies.engine.compile import And, Atom, Formula, Not, Or, Space
from policies.engine.evaluate import CompiledFormulas, evaluate


def holds(formula: Formula, codes: list[int]) -> bool:
    match formula:
        case bool():
            return formula
        case Atom(number, among):
            return codes[number] in among
        case Not(inner):
            return not holds(inner, codes)
        case And(left, right):
            return holds(left, codes) and holds(right, codes)
        case Or(left, right):
            return holds(left, codes) or holds(right, codes)


def draw(space: Space, rng: random.Random, depth: int) -> Formula:
    if depth == 0 or rng.random() < 0.1:
        number = rng.randrange(len(space.dimensions))
        among = range(len(space.dimensions[number].values))
        return rng.choice([True, False, *[Atom(number, frozenset(rng.sample(among, rng.randint(1, len(among)))))] * 8])
    first, second = (draw(space, rng, depth - 1) for _ in range(2))
    return rng.choice([Not(first), And(first, second), Or(first, second), And(first, Not(first))])


def table(space: Space, rng: random.Random, width: int) -> np.ndarray:
    rows = [[rng.randrange(len(dimension.values)) for _ in range(width)] for dimension in space.dimensions]
    return np.array(rows, dtype=np.int8).reshape(len(rows), width)


@pytest.mark.parametrize("width", [0, 1, 7, 8, 9, 63, 64, 65, 130])
@pytest.mark.parametrize("at_once", [65_536, 8, 5])
def test_a_table_is_answered_as_each_of_its_requests(
    book: Rulebook, monkeypatch: pytest.MonkeyPatch, width: int, at_once: int
) -> None:
    """Every width around a byte and a word, whole or in slices; constants and parts that formulas share among them."""
    monkeypatch.setattr("policies.engine.evaluate.AT_ONCE", at_once)
    space, rng = book.pack.space, fresh_random(width)
    formulas = [draw(space, rng, rng.randint(0, 4)) for _ in range(40)] + [True, False]
    formulas += [Not(formula) for formula in formulas[:5]]
    codes = table(space, rng, width)

    answers = CompiledFormulas(space, formulas).run(codes)

    assert answers.shape == (len(formulas), width)
    assert answers.dtype == np.bool_
    assert answers.tolist() == [[holds(formula, column) for column in codes.T.tolist()] for formula in formulas]


def test_no_formulas_are_no_rows(book: Rulebook) -> None:
    """Nothing asked is nothing answered, of any number of requests."""
    assert evaluate(book.pack.space, [], table(book.pack.space, fresh_random(1), 9)).shape == (0, 9)
