"""Conditional paths held against brute force: the best path of every possible world, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from loaded import Asked, Document, Loader, path_key
from oracle import brute, worlds

import routing

MOST_SIZE = 1_500
Compared = tuple[Asked, routing.Answer, list[Any]]


def compare_drawn(
    loader: Loader, draw: Callable[[int], tuple[Document, Document]], instances: int
) -> Iterator[Compared]:
    """Compare so many instances as `compare_in_worlds` does; what is too large for brute force is drawn again."""

    def compare() -> Iterator[Compared]:
        for seed in range(20 * instances):
            bundle, profile = draw(seed)
            if brute.size(bundle, profile, MOST_SIZE) < MOST_SIZE:
                compared = compare_in_worlds(loader, bundle, profile, seed)
                yield from () if compared is None else (compared,)

    return islice(compare(), instances)


def compare_in_worlds(loader: Loader, bundle: Document, profile: Document, seed: int) -> Compared | None:
    """Hold value, price, hand-offs and organizations of every conditional path against brute force, in order.

    Return who was asked, the answer, and the paths of brute force; None where the worlds are too many for it.
    """
    try:
        expected = worlds.conditional_paths(bundle, profile)
    except worlds.TooManyWorlds:
        return None
    question = loader.ask(bundle, profile)
    request = routing.Request(question.snapshot, question.profile, rules=question.sharing, asks=question.sharing)
    answer = routing.find_paths(request)

    keys = [path_key(row.path, question.profile) for row in answer.conditional_paths]
    assert keys == [row.key for row in expected], seed
    assert answer.conditional_complete, seed
    return question, answer, expected
