"""Whose work is next: callers take turns, so that whoever sends much waits for itself and not others for it."""

from __future__ import annotations

from asyncio import Future, TimerHandle, get_running_loop
from collections import Counter, deque
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

Result = TypeVar("Result")
Caller = Sequence[str]
"""Who asks: an organization, and a subject of it. Organizations take turns, and in each of them its subjects."""


MOST_BESIDE = 4
"""How many pieces of work that take long may be under way beside those that have their turn."""


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

    def take(self, but: Container[str] = ()) -> Future[None] | None:
        """Take out who is next, passing over the names in `but`; those of the same name stand last from now on."""
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
    """A turn that an organization has. `late`: it lasts longer than its share, and others go on beside it.

    `over`: when that is looked at.
    """

    organization: str
    late: bool = False
    over: TimerHandle | None = None


class Turns:
    """Runs work in threads beside the event loop, `width` at once. All methods are for the event loop's thread.

    A caller that waits is next after each other caller that waits has had one turn, however much any of them asks.
    Work that lasts longer than `share_s` seconds keeps no others waiting: they go on beside it, and its organization
    has no other turn until it ends. `MOST_BESIDE` such pieces may be under way.
    """

    def __init__(self, width: int = 1, *, share_s: float | None = None) -> None:
        self._free = width
        self._share_s = share_s
        self._threads = CapacityLimiter(width + MOST_BESIDE)
        self._waiting = _Branch()
        self._late = Counter[str]()

    @property
    def organizations_waiting(self) -> int:
        """How many organizations wait for a turn now. May be read from any thread."""
        return len(self._waiting)

    async def run(self, work: Callable[[], Result], caller: Caller = ("", "")) -> Result:
        """Return what `work` returns, when the turn of `caller` has come."""
        await self._begin(caller)
        turn = _Turn(caller[0])
        self._watch(turn)
        try:
            return await to_thread.run_sync(work, limiter=self._threads)
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
            if turn.done() and not turn.cancelled():  # its turn came as it gave up
                self._end(_Turn(caller[0]))
            raise

    def _watch(self, turn: _Turn) -> None:
        if self._share_s is not None:
            turn.over = get_running_loop().call_later(self._share_s, self._pass_by, turn)

    def _pass_by(self, turn: _Turn) -> None:
        """Let others go on beside a turn that is over its share, once not too many are."""
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
        """Give the turns that are free to those who are next; who gave up meanwhile is passed over."""
        while self._free and (turn := self._waiting.take(self._late)) is not None:
            if not turn.done():
                self._free -= 1
                turn.set_result(None)
