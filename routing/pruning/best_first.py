"""Searches side by side: the next step always belongs to the search with the least lower bound."""

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
"""The lower bound of a search, a ticket, the searched place, the approach to the best path, and the path once found."""


def push(heap: list[Node[Where]], ticket: int, where: Where, approach: Approach, at_least: Key) -> None:
    """Advance a search by one step and put it back with its new bound; without a path the search is dropped."""
    entry = next(approach)
    if isinstance(entry, RankedPath):
        heapq.heappush(heap, (entry.key, ticket, where, approach, entry))
    elif entry is not None:
        heapq.heappush(heap, ((*max(entry, at_least), ()), ticket, where, approach, None))


def best_of(coming: Iterator[tuple[Key, Approach | None]]) -> Generator[Key, None, RankedPath | None]:
    """Yield rising lower bounds (keys) on the best path of several searches; return the path, or `None`.

    The searches come with rising bounds, and none begins before its turn; a bound may come without a search.

    >>> first, second = iter([((), 5), ((), 20), None]), iter([((), 10), None])
    >>> [points for _, points in best_of(iter([(((), 1), first), (((), 2), second)]))]
    [1, 2, 5, 10, 20]
    """
    heap, ticket, known_bound = list[Node[None]](), count(), LEAST
    bound, search = next(coming, (NEVER, None))
    while heap or bound < NEVER:
        is_next = not heap or (*bound, ()) <= heap[0][0]
        key = bound if is_next else heap[0][0][:2]
        if key > known_bound:
            yield key
            known_bound = key
        if is_next:
            if search is not None:
                heapq.heappush(heap, ((*bound, ()), next(ticket), None, search, None))
            bound, search = next(coming, (NEVER, None))
            continue
        _, _, _, approach, ranked_path = heapq.heappop(heap)
        if ranked_path is not None:
            return ranked_path
        push(heap, next(ticket), None, approach, key)
    return None
