"""The time that a request may take: a setting, and what an answer says when it was not enough."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from pathlib import Path

import pytest
from api_builders import demo_settings, running

from service import demo
from service.settings import Settings
from service.time_budget import starting_now
from service.web.search_scheduler import SearchScheduler

PATHS = "/v1/referral-paths"


@pytest.mark.parametrize(("elapsed_s", "over"), [(0.0, False), (0.2499, False), (0.25, True), (9.0, True)])
def test_the_budget_is_counted_from_when_it_is_asked_for(elapsed_s: float, over: bool) -> None:
    """A quarter of a second is over when it has gone by, whatever the clock showed at the start."""
    readings = iter([1000.0, 1000.0 + elapsed_s])
    is_expired = starting_now(250, clock=lambda: next(readings))

    assert is_expired() is over


def test_an_answer_that_ran_out_of_time_says_so(tmp_path: Path) -> None:
    """With no time at all the best path is the same, and `complete` says that alternatives were not looked for."""
    body = demo.profile_bytes(demo.profile_names()[0])
    settings = demo_settings(tmp_path, time_budget_ms=60_000, question_budget_ms=60_000)
    with running(settings) as api:
        whole = api.post(PATHS, body, "route", "route:any").json()
    with running(settings.model_copy(update={"time_budget_ms": 0})) as api:
        hasty = api.post(PATHS, body, "route", "route:any").json()

    assert len(whole["paths"]) > 1
    assert whole["complete"]["paths"] is True
    assert hasty["paths"] == whole["paths"][:1]
    assert hasty["complete"]["paths"] is False


def test_searches_take_turns_and_each_has_its_whole_time() -> None:
    """One at a time, in the order in which they came; waiting for a turn uses up none of the time of the search."""
    searches = SearchScheduler(Settings(time_budget_ms=1_000))
    running_now, most = 0, 0
    order: list[int] = []

    def work(number: int) -> bool:
        nonlocal running_now, most
        is_expired = searches.time()
        running_now += 1
        most = max(most, running_now)
        time.sleep(0.05)
        order.append(number)
        running_now -= 1
        return is_expired()

    async def ask() -> list[bool]:
        return await asyncio.gather(*(searches.run(partial(work, number)) for number in range(30)))

    over = asyncio.run(ask())

    assert most == 1
    assert order == list(range(30))
    assert not any(over)  # together they take half again as long as each may
