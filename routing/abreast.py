"""Searches side by side: always the one goes on that could have the least path, as far as is known."""

from __future__ import annotations

import heapq
from collections.abc import Generator, Iterator
from itertools import count

from routing.detours import Approach, Key
from routing.ordered import LEAST, NEVER
from routing.plans import FullKey, Plan

Node = tuple[FullKey, int, frozenset[int], Approach, Plan | None]
"""What its paths are not less than, a ticket, who is left out, the way to its best path, and that path once found."""


def push(heap: list[Node], ticket: int, excluded: frozenset[int], approach: Approach, at_least: Key) -> None:
    """Go further towards a best path, and put it back where it now belongs; nothing where there is none."""
    found = next(approach)
    if isinstance(found, Plan):
        heapq.heappush(heap, (found.key, ticket, excluded, approach, found))
    elif found is not None:
        heapq.heappush(heap, ((*max(found, at_least), ()), ticket, excluded, approach, None))


def best_of(coming: Iterator[tuple[Key, Approach | None]], told: Key = LEAST) -> Generator[Key, None, Plan | None]:
    """Yield keys that the best path of several searches is not less than, rising; return that path, or None.

    The searches come with rising bounds, and none is begun before its turn; a bound may come without one. `told` is
    what the caller knows already.
    """
    heap, ticket, nobody = list[Node](), count(), frozenset[int]()
    bound, search = next(coming, (NEVER, None))
    while heap or bound < NEVER:
        is_next = not heap or (*bound, ()) <= heap[0][0]
        key = bound if is_next else heap[0][0][:2]
        if key > told:
            yield key
            told = key
        if is_next:
            if search is not None:
                heapq.heappush(heap, ((*bound, ()), next(ticket), nobody, search, None))
            bound, search = next(coming, (NEVER, None))
            continue
        _, _, _, approach, found = heapq.heappop(heap)
        if found is not None:
            return found
        push(heap, next(ticket), nobody, approach, key)
    return None
