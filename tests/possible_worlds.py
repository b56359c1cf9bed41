"""Conditional paths held against brute force: the best path of every possible world, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from loaded import Document, Loader, Question, path_key
from oracle import brute, worlds

import routing

MOST_SIZE = 1_500
Comparison = tuple[Question, routing.Answer, list[Any]]


def compare_drawn(
    loader: Loader, draw: Callable[[int], tuple[Document, Document]], instances: int
) -> Iterator[Comparison]:
    """Compare so many instances as `compare_in_worlds` does; what is too large for brute force is drawn again."""

    def compare() -> Iterator[Comparison]:
        for seed in range(20 * instances):
            bundle, profile = draw(seed)
            if brute.size(bundle, profile, MOST_SIZE) < MOST_SIZE:
                comparison = compare_in_worlds(loader, bundle, profile, seed)
                yield from () if comparison is None else (comparison,)

    return islice(compare(), instances)


def compare_in_worlds(loader: Loader, bundle: Document, profile: Document, seed: int) -> Comparison | None:
    """Hold value, price, hand-offs and organizations of every conditional path against brute force, in order.

    Return who was asked, the answer, and the paths of brute force; None where the worlds are too many for it.
    """
    try:
        expected = worlds.conditional_paths(bundle, profile)
    except worlds.TooManyWorlds:
        return None
    question = loader.ask(bundle, profile)

    answer = routing.find_paths(
        routing.Request(question.snapshot, question.profile, rules=question.sharing, asks=question.sharing)
    )

    assert [path_key(entry.path, question.profile) for entry in answer.conditional_paths] == [
        p.key for p in expected
    ], seed
    assert answer.conditional_complete, seed
    return question, answer, expected
