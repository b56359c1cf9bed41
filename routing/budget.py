"""How long a search may go on: the first path is always exact; what comes after it may have to stop early."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

OutOfTime = Callable[[], bool]
"""Says, asked between two pieces of work, whether to stop. Once it has said yes it says yes for good.

Routing knows no clock: whoever asks the question makes this.
"""


def never() -> bool:
    """Return False: as much time as it takes."""
    return False


class TimeIsUp(Exception):
    """There was no time to finish a piece of work; what was found before it stands."""


class Patience:
    """How long one request may still take. Without a limit, as for the path that is owed, as long as it takes.

    Whatever can take long asks it every few milliseconds, so that no piece of work is too long to be stopped.
    """

    def __init__(self) -> None:
        """Begin without a limit."""
        self._out_of_time: OutOfTime = never

    def check(self) -> None:
        """Go on if there is time.

        Raises:
            TimeIsUp: there is none.
        """
        if self._out_of_time():
            raise TimeIsUp

    @contextmanager
    def until(self, out_of_time: OutOfTime) -> Iterator[None]:
        """Stop what is done within this block when `out_of_time` says so, or when what is around it would."""
        before = self._out_of_time
        self._out_of_time = out_of_time if before is never else lambda: before() or out_of_time()
        try:
            yield
        finally:
            self._out_of_time = before
