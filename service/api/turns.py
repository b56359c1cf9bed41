"""The order of work: callers take turns, so that a caller with many requests waits for itself, and delays no other."""

from __future__ import annotations

from asyncio import Future, TimerHandle, get_running_loop
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Container, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

Result = TypeVar("Result")
Caller = Sequence[str]
"""An organization and one of its subjects. Organizations take turns, and within each organization its subjects."""


MOST_BESIDE = 4
"""Pieces of long work that may be under way beside the work in turn, at most."""


class _Branch(dict[str, "_Branch | deque[Future[None]]"]):
    """The waiting work of one organization (or of every organization), by name; the first name is next."""

    def put(self, caller: Caller, waiting: Future[None]) -> None:
        name, *rest = caller
        if rest:
            branch = self.setdefault(name, _Branch())
            assert isinstance(branch, _Branch)  # noqa: S101 - every caller has as many parts
            branch.put(rest, waiting)
        else:
            line = self.setdefault(name, deque())
            assert isinstance(line, deque)  # noqa: S101
            line.append(waiting)

    def take(self, but: Container[str] = ()) -> Future[None] | None:
        """Take out the next waiting work, without the names in `but`; the name then goes to the end of the line."""
        name = next((name for name in self if name not in but), None)
        if name is None:
            return None
        line = self.pop(name)
        found = line.take() if isinstance(line, _Branch) else line.popleft()
        if line:
            self[name] = line
        return found


@dataclass(slots=True)
class _Turn:
    """A turn of an organization. `late`: the turn lasts longer than its share, and other work goes on beside it.

    `over`: the timer that checks the share.
    """

    organization: str
    late: bool = False
    over: TimerHandle | None = None


class Turns:
    """Runs work in threads beside the event loop, `width` at once. Every method is for the event loop's thread.

    A waiting caller is next after each other waiting caller has had one turn, however many requests a caller sends.
    Work longer than `share_s` seconds delays no other work: the next turns go on beside it, and its organization has no
    other turn until the work ends. At most `MOST_BESIDE` long pieces may be under way.
    """

    def __init__(self, width: int = 1, *, share_s: float | None = None) -> None:
        self._free = width
        self._share_s = share_s
        self._threads = CapacityLimiter(width + MOST_BESIDE)
        self._waiting = _Branch()
        self._late = Counter[str]()

    @property
    def organizations_waiting(self) -> int:
        """The number of organizations waiting for a turn now. May be read from any thread."""
        return len(self._waiting)

    async def run(self, work: Callable[[], Result], caller: Caller = ("", "")) -> Result:
        """Return the result of `work`, done in the turn of `caller`."""
        async with self.turn(caller):
            return await to_thread.run_sync(work, limiter=self._threads)

    @asynccontextmanager
    async def turn(self, caller: Caller) -> AsyncIterator[None]:
        """Hold a turn of `caller` for a `with` block."""
        await self._begin(caller)
        turn = _Turn(caller[0])
        self._watch(turn)
        try:
            yield
        finally:
            if turn.over is not None:
                turn.over.cancel()
            self._end(turn)

    async def _begin(self, caller: Caller) -> None:
        turn: Future[None] = get_running_loop().create_future()
        self._waiting.put(caller, turn)
        self._give()
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():  # the turn came while the caller gave up
                self._end(_Turn(caller[0]))
            raise

    def _watch(self, turn: _Turn) -> None:
        if self._share_s is not None:
            turn.over = get_running_loop().call_later(self._share_s, self._pass_by, turn)

    def _pass_by(self, turn: _Turn) -> None:
        """Let other work go on beside a turn over its share, unless `MOST_BESIDE` long pieces are under way."""
        if self._late.total() >= MOST_BESIDE:
            self._watch(turn)
            return
        turn.late = True
        self._late[turn.organization] += 1
        self._free += 1
        self._give()

    def _end(self, turn: _Turn) -> None:
        if not turn.late:
            self._free += 1
        elif self._late[turn.organization] == 1:
            del self._late[turn.organization]
        else:
            self._late[turn.organization] -= 1
        self._give()

    def _give(self) -> None:
        """Give the free turns to the next callers, without the callers that gave up meanwhile."""
        while self._free and (turn := self._waiting.take(self._late)) is not None:
            if not turn.done():
                self._free -= 1
                turn.set_result(None)
