"""The time of a group: its clients share it, so that one long list is whole where the others are short."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

import pytest
from benchmarks.questions import AT, QuestionSet, prepare, profile_of

from service.answers.profile import read_group
from service.answers.work.find_group_paths import MOST_SEARCHES, GroupSearch

SHORT, LONG = 1, 6
"""How many needs a client has whose list is soon made, and one whose list is not."""


@dataclass
class Readings:
    """A clock that goes on by a millisecond each time that it is read: what a search reads it, is how long it takes."""

    ms: int = 0

    def __call__(self) -> float:
        self.ms += 1
        return self.ms / 1000


@pytest.fixture(scope="module")
def bench() -> QuestionSet:
    return prepare(60, needs=LONG, count=MOST_SEARCHES + 4)


def group_of(bench: QuestionSet, needs: list[int]) -> tuple[GroupSearch, Readings]:
    """A group of different clients, each with so many needs."""
    bodies = [json.loads(profile_of(question)) for question in bench.questions[: len(needs)]]
    clients = [
        {"key": chr(97 + number), "client": body["client"], "facts": body["facts"], "needs": body["needs"][:most]}
        for number, (body, most) in enumerate(zip(bodies, needs, strict=True))
    ]
    group = {"origin": bodies[0]["origin"], "at": AT.isoformat(), "clients": clients}
    request, clock = read_group(json.dumps(group).encode()), Readings()
    profiles = [request.profile_of(entry) for entry in request.clients]
    return GroupSearch(bench.directory, request, profiles, AT, clock=clock), clock


def spent(search: GroupSearch, clock: Readings, budget_ms: float) -> Iterator[int]:
    """Yield how long each search took."""
    for piece in search.searches():
        before = clock.ms
        piece(budget_ms)
        yield clock.ms - before


def is_complete(search: GroupSearch, budget_ms: float) -> bool:
    """Answer the rest; return whether the answer is complete."""
    search.choose(budget_ms)
    for work in search.answers():
        work(lambda: False, None)
    return bool(search.document()["complete"])


@pytest.mark.parametrize("place", [0, 3], ids=["the long one first", "the long one last"])
def test_one_long_list_is_whole_where_the_others_leave_the_time(bench: QuestionSet, place: int) -> None:
    """Its search alone takes longer than a search of usual length may; all together take no more than all may."""
    needs = [SHORT] * 4
    needs[place] = LONG
    alone = [*spent(*group_of(bench, needs), inf)]
    budget = max(alone) * 2 / 3
    search, clock = group_of(bench, needs)
    lists = [*spent(search, clock, budget)]

    assert alone.index(max(alone)) == place
    assert is_complete(search, budget)
    assert sum(lists) <= len(needs) * budget + len(lists)


def test_a_group_takes_no_more_than_its_time_however_long_its_lists(bench: QuestionSet) -> None:
    """As many searches of usual length as it has different clients, sixteen at most; what is missing is told."""
    for clients in (2, MOST_SEARCHES + 4):
        budget = sum(spent(*group_of(bench, [SHORT] * clients), inf)) / clients / 8
        search, clock = group_of(bench, [SHORT] * clients)
        lists = [*spent(search, clock, budget)]

        assert sum(lists) <= min(clients, MOST_SEARCHES) * budget + 3 * len(lists)
        assert not is_complete(search, budget)
