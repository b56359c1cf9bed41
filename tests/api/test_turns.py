"""Callers take turns: who sends much waits for itself, and nobody waits for all that another sent."""

from __future__ import annotations

import asyncio
import inspect
import selectors
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from fastapi.routing import iter_route_contexts

import routing
from service.app import create_app
from service.settings import Settings
from service.web.scheduler import MOST_HELD, FairScheduler
from service.web.search_scheduler import SearchScheduler


class VirtualTime(asyncio.SelectorEventLoop):
    """An event loop whose clock goes on to the next thing to do, and not otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0
        self._selector.select, select = self._go_on, self._selector.select  # type: ignore[attr-defined]
        self._look = select

    def time(self) -> float:
        return self._now_s

    def _go_on(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._now_s += timeout or 0
        return self._look(0)


def order_of(callers: Sequence[tuple[str, str]], *, width: int = 1) -> list[int]:
    """Return in which order the work of these callers, all there at once, was done."""
    turns, order = FairScheduler(width), list[int]()

    async def ask() -> None:
        begun = asyncio.create_task(turns.run(partial(time.sleep, 0.05), ("first", "")))
        await asyncio.sleep(0)  # the first has its turn, and all others wait
        rest = [turns.run(partial(order.append, number), caller) for number, caller in enumerate(callers)]
        await asyncio.gather(begun, *rest)

    asyncio.run(ask())
    return order


def test_who_sends_much_lets_others_in_between() -> None:
    """Of ten pieces of one organization and one of another, the one is second, though it came last."""
    assert order_of([("a", "x")] * 10 + [("b", "y")]) == [0, 10, *range(1, 10)]


def test_an_organization_has_one_share_whatever_its_subjects() -> None:
    """Ten subjects of one organization are one caller beside another organization, and take turns among themselves."""
    callers = [("a", f"app-{number % 2}") for number in range(6)] + [("b", "y"), ("b", "y")]

    assert order_of(callers) == [0, 6, 1, 7, 2, 3, 4, 5]


def test_one_caller_is_served_in_the_order_in_which_it_asked() -> None:
    assert order_of([("a", "x")] * 20) == list(range(20))


def test_who_gives_up_takes_no_turn() -> None:
    """A client that goes away while it waits, or as its turn comes, holds up nobody."""
    turns, done = FairScheduler(), list[str]()

    async def ask() -> None:
        running = asyncio.create_task(turns.run(partial(time.sleep, 0.05)))
        await asyncio.sleep(0)
        gone = [asyncio.create_task(turns.run(partial(done.append, "gone"), (name, ""))) for name in "abc"]
        stays = asyncio.create_task(turns.run(partial(done.append, "stays"), ("d", "")))
        await asyncio.sleep(0)
        for task in gone:
            task.cancel()
        await asyncio.gather(running, stays)
        await turns.run(partial(done.append, "later"), ("e", ""))

    asyncio.run(asyncio.wait_for(ask(), 10))

    assert done == ["stays", "later"]


def test_work_that_fails_gives_its_turn_back() -> None:
    """An error goes to whoever asked, and the next is served."""
    turns = FairScheduler()

    def fail() -> None:
        raise ZeroDivisionError

    async def ask() -> int:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await turns.run(fail)
        return await turns.run(lambda: 7)

    assert asyncio.run(asyncio.wait_for(ask(), 10)) == 7


@pytest.mark.parametrize("width", [1, 3])
def test_no_more_than_the_width_is_under_way(width: int) -> None:
    turns, now, most = FairScheduler(width), 0, 0

    def work() -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        time.sleep(0.01)
        now -= 1

    async def ask() -> None:
        await asyncio.gather(*(turns.run(work, (str(number % 4), "")) for number in range(20)))

    asyncio.run(ask())

    assert most == width


def test_who_takes_long_keeps_nobody_else_waiting() -> None:
    """Once its share of time is over others go on beside it; its organization has no other turn until it ends."""
    turns, done, long = FairScheduler(share_s=0.02), list[str](), threading.Event()

    async def ask() -> None:
        def mine(name: str) -> asyncio.Task[None]:
            return asyncio.create_task(turns.run(partial(done.append, name), ("slow", name)))

        slow = asyncio.create_task(turns.run(partial(long.wait, 10), ("slow", "x")))
        await asyncio.sleep(0)
        again = [mine("again"), mine("and again")]
        for name in ("one", "two"):
            await turns.run(partial(done.append, name), (name, "y"))
        assert not slow.done()
        late = mine("late")
        await turns.run(partial(done.append, "three"), ("three", "y"))
        long.set()
        await asyncio.gather(slow, late, *again)

    asyncio.run(asyncio.wait_for(ask(), 10))

    assert done == ["one", "two", "three", "again", "and again", "late"]


def test_as_many_as_may_take_long_do_so_at_once() -> None:
    """Beyond them the next waits; nothing is lost of the turns when they end, one after the other or all together."""
    turns, gates, done = FairScheduler(share_s=0.01), [threading.Event() for _ in range(MOST_HELD + 1)], list[int]()

    async def ask() -> None:
        tasks = [asyncio.create_task(turns.run(gate.wait, (str(n), ""))) for n, gate in enumerate(gates)]
        await asyncio.sleep(0.3)
        waits = asyncio.create_task(turns.run(partial(done.append, 1), ("last", "")))
        await asyncio.sleep(0.1)
        assert not done
        gates[0].set()  # one that is late ends, and the one that waits for its place is late in its stead
        await waits
        for gate in gates:
            gate.set()
        await asyncio.gather(*tasks)
        await asyncio.gather(*(turns.run(partial(done.append, n), (str(n), "")) for n in range(5)))

    asyncio.run(asyncio.wait_for(ask(), 10))

    assert len(done) == 6


@pytest.mark.parametrize(("others", "budget_ms"), [(0, 250), (3, 250), (4, 200), (9, 100), (99, 10)])
def test_the_time_of_one_search_is_less_where_many_organizations_wait(others: int, budget_ms: int) -> None:
    """All who wait are answered within four times what one search may take."""
    searches = SearchScheduler(Settings(time_budget_ms=250))

    async def ask() -> float:
        first = asyncio.create_task(searches.run(partial(time.sleep, 0.02)))
        await asyncio.sleep(0)
        mine = asyncio.create_task(searches.run(searches.budget_ms, ("mine", "x")))
        rest = [asyncio.create_task(searches.run(lambda: None, (str(number), "x"))) for number in range(others)]
        await asyncio.gather(first, mine, *rest)
        return mine.result()

    assert asyncio.run(ask()) == budget_ms


def test_no_operation_runs_in_the_threads_of_the_framework() -> None:
    """There every request would have a thread of its own, and whoever sends much all of them: work waits its turn."""
    contexts = list(iter_route_contexts(create_app(Settings()).routes))

    assert len(contexts) > 80
    assert [context.endpoint for context in contexts if not inspect.iscoroutinefunction(context.endpoint)] == []


def test_long_work_is_held_while_others_have_their_turn() -> None:
    """Each of five goes on to its next checkpoint, and not beyond, while a sixth has its share."""
    turns, steps, during = FairScheduler(share_s=0.2), Counter[int](), list[int]()

    def long(number: int) -> None:
        while not during:
            steps[number] += 1
            time.sleep(0.001)
            routing.checkpoint()

    def quick() -> None:
        before = steps.total()
        time.sleep(0.05)
        during.append(steps.total() - before)

    async def ask() -> None:
        tasks = [asyncio.create_task(turns.run(partial(long, number), (str(number), ""))) for number in range(5)]
        while min(steps[number] for number in range(5)) == 0:
            await asyncio.sleep(0.01)
        await turns.run(quick, ("quick", ""))
        await asyncio.gather(*tasks)

    asyncio.run(asyncio.wait_for(ask(), 20))

    assert during[0] <= 5


def test_a_newcomer_waits_for_no_round_of_those_who_take_long() -> None:
    """Of eight that take many shares, at most one has its share between two of a newcomer that needs three."""
    turns, order, done = FairScheduler(share_s=0.03), list[str](), threading.Event()

    def work(name: str, until: Callable[[], bool]) -> None:
        while not until():
            if not order or order[-1] != name:
                order.append(name)
            time.sleep(0.001)
            routing.checkpoint()

    async def ask() -> None:
        tasks = [
            asyncio.create_task(turns.run(partial(work, f"slow-{n}", done.is_set), (str(n), ""))) for n in range(8)
        ]
        while len(order) < 8 * 5:  # each has had more shares than the newcomer will need
            await asyncio.sleep(0.01)
        order.clear()
        await turns.run(partial(work, "new", lambda: order.count("new") >= 3), ("new", ""))
        done.set()
        await asyncio.gather(*tasks)

    asyncio.run(asyncio.wait_for(ask(), 20))

    first = order.index("new")
    assert first <= 1
    assert order[first : first + 5 : 2] == ["new"] * 3


def test_new_work_is_next_after_held_work() -> None:
    """Whoever comes while one of three that take long is in turn waits for the end of its share, and for no other."""
    turns, waits = FairScheduler(share_s=1), list[float]()

    async def take_long(number: int, ends: asyncio.Event) -> None:
        async with turns.turn((str(number), "")):
            await ends.wait()

    async def ask() -> None:
        now, ends = asyncio.get_running_loop().time, asyncio.Event()
        tasks = [asyncio.create_task(take_long(number, ends)) for number in range(3)]
        await asyncio.sleep(3.5)
        for number in range(20):
            start = now()
            async with turns.turn((f"new-{number}", "")):
                waits.append(now() - start)
            await asyncio.sleep(0.7 + number % 3)
        ends.set()
        await asyncio.gather(*tasks)

    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        runner.run(ask())

    assert len(waits) == 20
    assert 0 < max(waits) <= 1


def test_work_is_ended_at_its_bound_when_nobody_waits_and_when_it_is_cancelled() -> None:
    """By processor time, held or not; its place is free again for the next."""
    turns, ended = FairScheduler(share_s=0.02), list[str]()

    def endless(name: str) -> None:
        try:
            while True:
                sum(range(1_000))
                routing.checkpoint()
        except routing.WorkStopped:
            ended.append(name)
            raise

    async def gone() -> None:
        await asyncio.sleep(0.05)

    async def ask() -> int:
        with pytest.raises(routing.WorkStopped):
            await turns.run(partial(endless, "bound"), ("a", ""), most_s=0.1)
        with pytest.raises(routing.WorkStopped):
            await turns.run(partial(endless, "gone"), ("b", ""), gone=gone)
        cancelled = asyncio.create_task(turns.run(partial(endless, "cancelled"), ("c", "")))
        await asyncio.sleep(0.1)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        while len(ended) < 3:
            await asyncio.sleep(0.01)
        return await turns.run(lambda: 7, ("c", ""))

    assert asyncio.run(asyncio.wait_for(ask(), 20)) == 7
    assert ended == ["bound", "gone", "cancelled"]


def test_who_has_gone_while_it_waited_takes_no_turn() -> None:
    """At the head of the line, behind another of its organization or behind one of its own: each is told so at once."""
    turns, done, ends = FairScheduler(), list[str](), threading.Event()

    async def gone() -> None:
        return

    async def ask() -> None:
        running = asyncio.create_task(turns.run(partial(ends.wait, 10), ("a", "x")))
        await asyncio.sleep(0)
        waits = [
            asyncio.create_task(turns.run(partial(done.append, "gone"), caller, gone=gone))
            for caller in [("a", "x"), ("a", "y"), ("a", "x"), ("b", "")]
        ]
        ended = await asyncio.gather(*waits, return_exceptions=True)
        assert [type(error) for error in ended] == [routing.WorkStopped] * 4
        assert (turns.organizations_waiting, running.done()) == (0, False)
        ends.set()
        await running
        await turns.run(partial(done.append, "later"), ("a", "x"))

    try:
        asyncio.run(asyncio.wait_for(ask(), 10))
    finally:
        ends.set()

    assert done == ["later"]


def test_work_that_is_ended_far_from_a_checkpoint_is_not_held_there_for_ever() -> None:
    """Its client has gone, its share is over and others have the turn: at its next checkpoint it ends all the same."""
    turns, is_far, comes_near = FairScheduler(share_s=0.02), threading.Event(), threading.Event()

    def work() -> None:
        is_far.set()
        comes_near.wait(20)
        routing.checkpoint()

    async def ask() -> list[int]:
        has_gone = asyncio.Event()

        async def gone() -> None:
            has_gone.set()

        ended = asyncio.create_task(turns.run(work, ("a", ""), gone=gone))
        await has_gone.wait()
        others = [await turns.run(lambda: 7, ("b", ""))]  # its share is over: another has its turn
        comes_near.set()
        with pytest.raises(routing.WorkStopped):
            await asyncio.wait_for(ended, 5)
        return [*others, await turns.run(lambda: 8, ("a", ""))]  # and its organization has the next

    try:
        assert asyncio.run(asyncio.wait_for(ask(), 20)) == [7, 8]
    finally:
        comes_near.set()
    assert is_far.is_set()
