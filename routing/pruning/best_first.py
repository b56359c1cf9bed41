"""Searches side by side: always the one goes on that could have the least path, as far as is known."""

from __future__ import annotations

import heapq
from collections.abc import Generator, Iterator
from itertools import count
from typing import TypeVar

from routing.pruning.prerequisite_order import LEAST, NEVER
from routing.search.best_path import Approach, Key
from routing.search.ranked_path import FullKey, RankedPath

Where = TypeVar("Where")

Node = tuple[FullKey, int, Where, Approach, RankedPath | None]
"""What its paths are not less than, a ticket, where they are searched, the way to the best, and that once found."""


def push(heap: list[Node[Where]], ticket: int, where: Where, approach: Approach, at_least: Key) -> None:
    """Go further towards a best path, and put it back where it now belongs; nothing where there is none."""
    found = next(approach)
    if isinstance(found, RankedPath):
        heapq.heappush(heap, (found.key, ticket, where, approach, found))
    elif found is not None:
        heapq.heappush(heap, ((*max(found, at_least), ()), ticket, where, approach, None))


def best_of(
    coming: Iterator[tuple[Key, Approach | None]], told: Key = LEAST
) -> Generator[Key, None, RankedPath | None]:
    """Yield keys that the best path of several searches is not less than, rising; return that path, or None.

    The searches come with rising bounds, and none is begun before its turn; a bound may come without one. `told` is
    what the caller knows already.
    """
    heap, ticket = list[Node[None]](), count()
    bound, search = next(coming, (NEVER, None))
    while heap or bound < NEVER:
        is_next = not heap or (*bound, ()) <= heap[0][0]
        key = bound if is_next else heap[0][0][:2]
        if key > told:
            yield key
            told = key
        if is_next:
            if search is not None:
                heapq.heappush(heap, ((*bound, ()), next(ticket), None, search, None))
            bound, search = next(coming, (NEVER, None))
            continue
        _, _, _, approach, found = heapq.heappop(heap)
        if found is not None:
            return found
        push(heap, next(ticket), None, approach, key)
    return None


def rising(found: Approach) -> Approach:
    """Yield the same, but for keys that say no more than one before."""
    told = LEAST
    for one in found:
        if isinstance(one, tuple):
            if one <= told:
                continue
            told = one
        yield one
