"""The order of work: callers take turns, so that a caller with many requests waits for itself, and delays no other.

Long work is held at its checkpoints (`routing.checkpoint`) while others have their turn: Python runs one thread at a
time, so long work that went on beside a short piece would take most of the processor from it.
"""

from __future__ import annotations

import asyncio
from asyncio import Future, Lock, TimerHandle, get_running_loop
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from math import inf
from threading import Event
from time import thread_time
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from anyio import CapacityLimiter, to_thread

import routing

Result = TypeVar("Result")
Caller = tuple[str, ...]
"""An organization and one of its subjects. Organizations take turns, and within each organization its subjects."""
Gone = Callable[[], Coroutine[Any, Any, None]]
"""Waits until nobody wants the result of the work any more."""

MOST_HELD = 16
"""Pieces of long work that may be held, each in a thread of its own, beside the work in turn, at most."""
MOST_AT_FULL_LENGTH = 4
"""Organizations that may ask at once, each with a share at full length; beyond, less."""
SHORTEST_S = 0.01
"""The least seconds of a share: to hold work and let it go on takes time too."""
WATCH_AFTER_S = 0.1
"""How long work goes on before anybody watches whether its result is still wanted."""


class ScheduledTask:
    """One piece of work, from its place in the line to its end.

    `do` and `check` are for the thread of the work, the others for the event loop's. `shares`: how often the work had
    its turn; `is_late`: it took longer than a share.
    """

    def __init__(self, caller: Caller, most_s: float = inf) -> None:
        """Take the caller, and the seconds of processor time that the work may take."""
        self.caller, self.organization = tuple(caller), caller[0]
        self.begins: Future[None] = get_running_loop().create_future()
        self.patience = asyncio.timeout(None)
        self.shares = 0
        self.in_turn = self.is_late = self.is_over = False
        self.share_ends: TimerHandle | None = None
        self._most_s = self._until_s = most_s
        self._going = Event()

    def do(self, work: Callable[[], Result]) -> Result:
        """Return the result of `work`, checked at each of its checkpoints.

        Raises:
            WorkStopped: the work was ended before its result.
        """
        self._until_s = thread_time() + self._most_s
        with routing.checked_by(self.check):
            self.check()
            return work()

    def check(self) -> None:
        """Wait until the work is in turn.

        Raises:
            WorkStopped: nobody wants the result any more, or the work took all of its processor time.
        """
        if not self._going.is_set():
            self._going.wait()
        if self.is_over or thread_time() > self._until_s:
            raise routing.WorkStopped

    def go(self) -> None:
        """Give the work a share."""
        self.in_turn = True
        self.shares += 1
        self._going.set()
        if not self.begins.done():
            self.begins.set_result(None)

    def hold(self) -> None:
        """Take the turn away: the work waits at its next checkpoint."""
        self._going.clear()

    def end(self) -> None:
        """End the work at its next checkpoint."""
        self.is_over = True
        self._going.set()

    async def end_after(self, gone: Gone) -> None:
        """End the work once `gone` comes back, also where it waits for its first turn."""
        await asyncio.sleep(WATCH_AFTER_S)
        await gone()
        if self.shares:
            self.end()
        else:
            self.patience.reschedule(0)


class FairScheduler:
    """Runs work in threads beside the event loop, `width` at once. Every method is for the event loop's thread.

    A waiting caller is next after each other waiting caller has had one turn, however many requests a caller sends: of
    each subject one request waits for its organization's line, and of each organization one for a place. Work longer
    than a share (`share_s` seconds; None: work is never held) is held while others have their turn, and goes on by
    shares; its organization has no other turn until the work ends. New work is next after held work, so that it waits
    for one share. Of the other turns each second is of the work that had the fewest shares, and each second goes round,
    so that long work ends.
    """

    def __init__(self, width: int = 1, *, share_s: float | None = None) -> None:
        self._free = width
        self._share_s = share_s
        self._most_begun = width + (MOST_HELD if share_s is not None else 0)
        self._threads = CapacityLimiter(self._most_begun)
        self._lines = WeakValueDictionary[Caller, Lock]()  # a line is gone with the last request in it
        self._round = list[ScheduledTask]()
        self._late = Counter[str]()
        self._begun = 0
        self._goes_round = self._was_new = False

    @property
    def organizations_waiting(self) -> int:
        """The number of organizations waiting for a turn now. May be read from any thread."""
        return len({turn.organization for turn in self._round.copy()})

    @property
    def is_busy(self) -> bool:
        """Whether any work is under way or waits for its turn. May be read from any thread."""
        return self._begun > 0 or bool(self._round)

    @property
    def part(self) -> float:
        """The part of its full length that a share has now: less where many organizations wait for its end."""
        return min(1, MOST_AT_FULL_LENGTH / (1 + self.organizations_waiting))

    @asynccontextmanager
    async def turn(self, caller: Caller) -> AsyncIterator[None]:
        """Hold a turn of `caller` for a `with` block, in the event loop."""
        async with self._in_turn(ScheduledTask(caller)):
            yield

    async def run(
        self,
        work: Callable[[], Result],
        caller: Caller = ("", ""),
        *,
        most_s: float = inf,
        gone: Gone | None = None,
    ) -> Result:
        """Return the result of `work`, done in the turns of `caller`, within `most_s` seconds of processor time.

        Raises:
            WorkStopped: the time was over first, or nobody wanted the result any more (`gone` came back).
        """
        turn = ScheduledTask(caller, most_s)
        watching = None if gone is None else asyncio.create_task(turn.end_after(gone))
        try:
            async with self._in_turn(turn):
                return await to_thread.run_sync(turn.do, work, limiter=self._threads)
        finally:
            if watching is not None:
                watching.cancel()

    @asynccontextmanager
    async def _in_turn(self, turn: ScheduledTask) -> AsyncIterator[None]:
        try:
            await self._begin(turn)
            yield
        finally:
            self._end(turn)

    async def _begin(self, turn: ScheduledTask) -> None:
        """Wait for the first turn of work."""
        try:
            async with turn.patience, self._line(turn.caller), self._line(turn.caller[:1]):
                self._round.append(turn)
                self._give()
                await turn.begins
        except TimeoutError:
            raise routing.WorkStopped from None

    def _line(self, whose: Caller) -> Lock:
        return self._lines.setdefault(whose, Lock())

    def _end(self, turn: ScheduledTask) -> None:
        turn.end()
        if turn.in_turn:
            self._leave(turn)
        if turn in self._round:
            self._round.remove(turn)
        self._late.subtract({turn.organization: turn.is_late})
        self._late += Counter()  # without the organizations that have none left
        self._begun -= turn.shares > 0
        self._give()

    def _leave(self, turn: ScheduledTask) -> None:
        """Let the next work have the place of work that is in turn."""
        if turn.share_ends is not None:
            turn.share_ends.cancel()
        turn.in_turn = False
        self._free += 1

    def _give(self) -> None:
        """Give the free places to the next work."""
        while self._free and (ready := self._ready()):
            fewest = min(ready, key=lambda turn: turn.shares)
            goes_round = self._goes_round and (fewest.shares > 0 or self._was_new)
            turn = ready[0] if goes_round else fewest
            self._goes_round, self._was_new = not goes_round, not turn.shares
            self._round.remove(turn)
            self._free -= 1
            self._begun += not turn.shares
            turn.go()
            self._time(turn)

    def _ready(self) -> list[ScheduledTask]:
        """Return the work that may have a turn, in the order of the round."""
        may_begin = self._begun < self._most_begun
        return [turn for turn in self._round if turn.shares or (may_begin and not self._late[turn.organization])]

    def _time(self, turn: ScheduledTask) -> None:
        if self._share_s is not None:
            share_s = max(self._share_s * self.part, SHORTEST_S)
            turn.share_ends = get_running_loop().call_later(share_s, self._pass_by, turn)

    def _pass_by(self, turn: ScheduledTask) -> None:
        """Hold work whose share is over, if any other organization has work to do."""
        self._late[turn.organization] += not turn.is_late
        turn.is_late = True
        if all(other.organization == turn.organization for other in self._ready()):
            self._time(turn)
            return
        self._leave(turn)
        if not turn.is_over:  # held, it would wait for a turn that it never gets
            turn.hold()
            self._round.append(turn)
        self._give()
