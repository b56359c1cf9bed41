"""Whose work is next: callers take turns, so that whoever sends much waits for itself and not others for it."""

from __future__ import annotations

from asyncio import Future, get_running_loop
from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

Result = TypeVar("Result")
Caller = Sequence[str]
"""Who asks: an organization, and a subject of it. Organizations take turns, and in each of them its subjects."""


class _Branch(dict[str, "_Branch | deque[Future[None]]"]):
    """Who waits in one organization (or in all), by name; whoever stands first is next."""

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

    def take(self) -> Future[None]:
        """Take out who is next; those of the same name stand last from now on."""
        name = next(iter(self))
        line = self.pop(name)
        found = line.take() if isinstance(line, _Branch) else line.popleft()
        if line:
            self[name] = line
        return found


class Turns:
    """Runs work in threads beside the event loop, `width` at once. All methods are for the event loop's thread.

    A caller that waits is next after each other caller that waits has had one turn, however much any of them asks.
    """

    def __init__(self, width: int = 1) -> None:
        self._free = width
        self._threads = CapacityLimiter(width)
        self._waiting = _Branch()

    @property
    def organizations_waiting(self) -> int:
        """How many organizations wait for a turn now. May be read from any thread."""
        return len(self._waiting)

    async def run(self, work: Callable[[], Result], caller: Caller = ("", "")) -> Result:
        """Return what `work` returns, when the turn of `caller` has come."""
        await self._begin(caller)
        try:
            return await to_thread.run_sync(work, limiter=self._threads)
        finally:
            self._end()

    async def _begin(self, caller: Caller) -> None:
        if self._free and not self._waiting:
            self._free -= 1
            return
        turn: Future[None] = get_running_loop().create_future()
        self._waiting.put(caller, turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():  # its turn came as it gave up
                self._end()
            raise

    def _end(self) -> None:
        """Give the turn to whoever is next; who gave up meanwhile is passed over."""
        while self._waiting:
            turn = self._waiting.take()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
