"""Searches side by side find the least path of all, and none goes further than somebody has to look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from routing.pruning.best_first import best_of
from routing.pruning.prerequisite_order import LEAST, NEVER
from routing.search.best_path import Approach, Key
from routing.search.ranked_path import RankedPath, StepKey

KEYS = st.tuples(st.tuples(*[st.integers(0, 1)] * len(NEVER[0])), st.integers(0, 3))
STEPS = st.builds(StepKey, *[st.just(0)] * 2, st.integers(0, 2), st.just((0,)))
PATHS = st.builds(lambda key, first: RankedPath(*key, keys=(first,), steps=()), KEYS, STEPS)


@dataclass(frozen=True)
class Search:
    """What is known of a path before it is looked for, what its search says on the way, and the path; or only that."""

    bound: Key
    keys: tuple[Key, ...] = ()
    path: RankedPath | None = None
    is_none: bool = False


@st.composite
def searches(draw: st.DrawFn) -> Search:
    """Draw one that tells the truth: nothing said is more than the path. Its first keys may be less than its bound."""
    path, keys = draw(st.none() | PATHS), sorted(draw(st.lists(KEYS, max_size=3)))
    bound = draw(KEYS)
    if path is not None:
        bound, keys = min(bound, path.key[:2]), [key for key in keys if key <= path.key[:2]]
    return Search(bound, tuple(keys), path, is_none=path is None and draw(st.booleans()))


@given(queue=st.lists(searches(), max_size=5))
def test_the_least_path_is_found_and_only_who_could_have_it_goes_on(queue: list[Search]) -> None:
    """Of searches that come with rising bounds: the least path, and before it rising keys that it is not less than.

    Always one goes on that could have the least path, after that was said; a bound is asked for when the one before
    it has had its turn.
    """
    queue.sort(key=lambda search: search.bound)
    paths = [search.path for search in queue if search.path is not None]
    best = min((path.key for path in paths), default=(*NEVER, ()))
    bounds: list[Key] = [LEAST]
    candidates: dict[int, Key] = {}
    turns: list[Key] = []

    def approach_of(place: int, search: Search) -> Approach:
        for key in (*search.keys, search.path):
            assert candidates[place] == min([*candidates.values(), turns[-1]])
            assert candidates[place] <= bounds[-1]
            if isinstance(key, tuple):
                candidates[place] = max(candidates[place], key)
            elif key is not None:
                candidates[place] = key.key[:2]
            else:
                del candidates[place]
            yield key

    def entries() -> Iterator[tuple[Key, Approach | None]]:
        for place, search in enumerate(queue):
            assert all((*bound, ()) <= best for bound in turns)
            turns.append(search.bound)
            if not search.is_none:
                candidates[place] = search.bound
            yield search.bound, None if search.is_none else approach_of(place, search)
        turns.append(NEVER)

    merged, winner = best_of(entries()), None
    while True:
        try:
            bounds.append(next(merged))
        except StopIteration as stop:
            winner = stop.value
            break

    assert (winner.key if winner else (*NEVER, ())) == best
    assert bounds == sorted(set(bounds))
    assert all((*key, ()) < best for key in bounds[1:])
