"""Conditional paths held against brute force: the best path of every possible world, one by one."""

from __future__ import annotations

from typing import Any

from loaded import Asked, Document, Loader, path_key
from oracle import worlds

import routing


def compare_in_worlds(
    loader: Loader, bundle: Document, profile: Document, seed: int
) -> tuple[Asked, routing.Answer, list[Any]] | None:
    """Hold value, price, hand-offs and organizations of every conditional path against brute force, in order.

    Return who was asked, the answer, and the paths of brute force; None where the worlds are too many for it.
    """
    try:
        expected = worlds.conditional_paths(bundle, profile)
    except worlds.TooManyWorlds:
        return None
    asked = loader.ask(bundle, profile)

    answer = routing.find_paths(routing.Request(asked.snapshot, asked.profile, rules=asked.sharing, asks=asked.sharing))

    assert [path_key(one.path, asked.profile) for one in answer.conditional_paths] == [p.key for p in expected], seed
    assert answer.conditional_complete, seed
    return asked, answer, expected
