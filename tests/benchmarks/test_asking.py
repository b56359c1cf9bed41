"""How many questions lead to a call: truthful answers, and the best decision tree by brute force."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from benchmarks import coalitions
from benchmarks.asking import BASICS, ClientGroup, Facts, Truth, draw_groups, measure_questions
from seeds import fresh

FEW = 8


@pytest.fixture(scope="module")
def groups() -> list[ClientGroup]:
    """Groups of a small invented coalition in which something is asked."""
    directory = coalitions.serve(12)
    drawn = draw_groups(directory, 8 * 25, np.random.default_rng(fresh(3)))
    small = [ClientGroup(directory, group.start, group.clients[:FEW]) for group in drawn]
    return [group for group in small if group.questions(frozenset())]


def test_a_question_is_put_once_until_none_leads(groups: list[ClientGroup]) -> None:
    """Told the truth of all that was put, the answer leads to a call, or asks only for what was put."""
    assert groups
    for group in groups:
        for client in group.clients:
            attributes = group.interview(client)
            facts = frozenset((name, client[name]) for name in attributes if name in client)

            assert len(attributes) == len(set(attributes))
            assert {*group.questions(facts)} <= {*attributes}


def test_the_best_tree_is_the_least_of_all_trees(groups: list[ClientGroup]) -> None:
    """Written down a second time without bounds: of every attribute in turn, the least."""
    for group in groups:
        fewest = group.fewest()

        assert fewest == by_all_trees(group, Facts(), group.clients)
        assert fewest <= sum(len(group.interview(client)) for client in group.clients)


def by_all_trees(group: ClientGroup, facts: Facts, clients: Sequence[Truth]) -> int:
    asks, values = group.questions(facts), dict(facts)
    attributes = {name for name in (*asks, *BASICS) if name not in values and name in clients[0]}
    if not asks or not attributes:
        return 0
    totals = []
    for attribute in attributes:

        def answer(client: Truth, of: str = attribute) -> str:
            return str(client[of])

        parts = [list(part) for _, part in itertools.groupby(sorted(clients, key=answer), key=answer)]
        under = [by_all_trees(group, facts | {(attribute, part[0][attribute])}, part) for part in parts]
        totals.append(len(clients) + sum(under))
    return min(totals)


def test_the_figures_are_the_same_for_the_same_seed() -> None:
    """Both demos, the invented coalitions, and all together."""
    rows = measure_questions(5)

    assert rows == measure_questions(5)
    assert [row["clients"] for row in rows] == [5] * 5 + [25]
    assert all(row["best_mean"] <= row["mean"] <= row["worst"] for row in rows)
