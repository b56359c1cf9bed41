"""The order of work: callers take turns, so that a caller with many requests waits for itself, and delays no other.

Long work is held at its checkpoints (`routing.checkpoint`) while others have their turn: Python runs one thread at a
time, so long work that went on beside a short piece would take most of the processor from it.
"""

from __future__ import annotations

import asyncio
from asyncio import Future, TimerHandle, get_running_loop
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from math import inf
from threading import Event
from time import thread_time
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread

import routing

Result = TypeVar("Result")
Caller = Sequence[str]
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


class Turn:
    """One piece of work, from its place in the line to its end.

    `do` and `check` are for the thread of the work, the others for the event loop's. `shares`: how often the work had
    its turn; `is_late`: it took longer than a share.
    """

    def __init__(self, caller: Caller, most_s: float) -> None:
        """Take the caller, and the seconds of processor time that the work may take."""
        self.organization, self.subject = caller
        self.begins: Future[None] = get_running_loop().create_future()
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
        self.in_turn = False
        self._going.clear()

    def end(self) -> None:
        """End the work: at its next checkpoint, or before it begins."""
        self.is_over = True
        self._going.set()
        if not self.begins.done():
            self.begins.set_exception(routing.WorkStopped())


class _Line:
    """The waiting work of one organization: held work first, then each subject in turn."""

    def __init__(self) -> None:
        self._held = deque[Turn]()
        self._new = dict[str, deque[Turn]]()

    def __bool__(self) -> bool:
        return bool(self._held or self._new)

    def put(self, turn: Turn) -> None:
        """Put work in its place."""
        (self._held if turn.shares else self._new.setdefault(turn.subject, deque())).append(turn)

    def next(self) -> Turn | None:
        """Return the next work, None for an empty line; work that is over is taken out."""
        while self:
            turn = self._held[0] if self._held else next(iter(self._new.values()))[0]
            if not turn.is_over:
                return turn
            self.take()
        return None

    def take(self) -> None:
        """Take out the next work; its subject then goes to the end of the line."""
        if self._held:
            self._held.popleft()
            return
        subject = next(iter(self._new))
        line = self._new.pop(subject)
        line.popleft()
        if line:
            self._new[subject] = line


class Turns:
    """Runs work in threads beside the event loop, `width` at once. Every method is for the event loop's thread.

    A waiting caller is next after each other waiting caller has had one turn, however many requests a caller sends.
    Work longer than a share (`share_s` seconds; None: work is never held) is held while others have their turn, and
    goes on by shares; its organization has no other turn until the work ends. New work is next after held work, so that
    it waits for one share. Of the other turns each second is of the work that had the fewest shares, and each second
    goes round, so that long work ends.
    """

    def __init__(self, width: int = 1, *, share_s: float | None = None) -> None:
        self._free = width
        self._share_s = share_s
        self._most_begun = width + (MOST_HELD if share_s is not None else 0)
        self._threads = CapacityLimiter(self._most_begun)
        self._lines = dict[str, _Line]()
        self._late = Counter[str]()
        self._begun = 0
        self._goes_round = self._was_new = False

    @property
    def organizations_waiting(self) -> int:
        """The number of organizations waiting for a turn now. May be read from any thread."""
        return len(self._lines)

    @property
    def part(self) -> float:
        """The part of its full length that a share has now: less where many organizations wait for its end."""
        return min(1, MOST_AT_FULL_LENGTH / (1 + self.organizations_waiting))

    @asynccontextmanager
    async def turn(self, caller: Caller) -> AsyncIterator[None]:
        """Hold a turn of `caller` for a `with` block, in the event loop."""
        turn = Turn(caller, inf)
        self._line_up(turn)
        self._give()
        try:
            await turn.begins
            yield
        finally:
            self._end(turn)

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
        turn = Turn(caller, most_s)
        self._line_up(turn)
        self._give()
        with _watched(turn, gone):
            try:
                await turn.begins
                return await to_thread.run_sync(turn.do, work, limiter=self._threads)
            finally:
                self._end(turn)

    def _line_up(self, turn: Turn) -> None:
        self._lines.setdefault(turn.organization, _Line()).put(turn)

    def _end(self, turn: Turn) -> None:
        turn.end()
        if turn.in_turn:
            self._leave(turn)
        self._late.subtract({turn.organization: turn.is_late})
        self._late += Counter()  # without the organizations that have none left
        self._begun -= turn.shares > 0
        self._give()

    def _leave(self, turn: Turn) -> None:
        """Let the next work have the place of work that is in turn."""
        if turn.share_ends is not None:
            turn.share_ends.cancel()
        turn.in_turn = False
        self._free += 1

    def _give(self) -> None:
        """Give the free places to the next work."""
        while self._free and (turn := self._take()) is not None:
            self._free -= 1
            self._begun += not turn.shares
            turn.go()
            self._time(turn)

    def _take(self) -> Turn | None:
        """Take out the next work; its organization then goes to the end of the round."""
        ready = self._ready()
        if not ready:
            return None
        fewest = min(ready, key=lambda turn: turn.shares)
        goes_round = self._goes_round and (fewest.shares > 0 or self._was_new)
        turn = ready[0] if goes_round else fewest
        self._goes_round, self._was_new = not goes_round, not turn.shares
        line = self._lines.pop(turn.organization)
        line.take()
        if line:
            self._lines[turn.organization] = line
        return turn

    def _ready(self) -> list[Turn]:
        """Return the next work of each organization that may have a turn, in the order of the round."""
        found = []
        for organization, line in list(self._lines.items()):
            turn = line.next()
            if turn is None:
                del self._lines[organization]
            elif turn.shares or (self._begun < self._most_begun and not self._late[organization]):
                found.append(turn)
        return found

    def _time(self, turn: Turn) -> None:
        if self._share_s is not None:
            turn.share_ends = get_running_loop().call_later(
                max(self._share_s * self.part, SHORTEST_S), self._pass_by, turn
            )

    def _pass_by(self, turn: Turn) -> None:
        """Hold work whose share is over, if any other organization has work to do."""
        self._late[turn.organization] += not turn.is_late
        turn.is_late = True
        if all(one.organization == turn.organization for one in self._ready()):
            self._time(turn)
            return
        self._leave(turn)
        if not turn.is_over:  # held, it would wait for a turn that it never gets
            turn.hold()
            self._line_up(turn)
        self._give()


@contextmanager
def _watched(turn: Turn, gone: Gone | None) -> Iterator[None]:
    """End the work of this block once `gone` comes back."""

    async def watch(gone: Gone) -> None:
        await asyncio.sleep(WATCH_AFTER_S)
        await gone()
        turn.end()

    watching = None if gone is None else asyncio.create_task(watch(gone))
    try:
        yield
    finally:
        if watching is not None:
            watching.cancel()
