"""The time budget of a search: what is owed has a limit of its own, what comes after may stop earlier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

OutOfTime = Callable[[], bool]
"""Asked between two pieces of work: True means stop, and stays True. Routing knows no clock: its caller makes this."""


def never() -> bool:
    """Return False: the search may take as much time as needed."""
    return False


class TimeIsUp(Exception):
    """The budget was spent before a piece of work was finished; the results before that piece stand."""


class WorkStopped(Exception):
    """The runner ended the work: none of its results stands."""


def _go_on() -> None:
    """Return at once: no check is set."""


_CHECK: ContextVar[Callable[[], None]] = ContextVar("check", default=_go_on)


def checkpoint() -> None:
    """Run the check of the block around this work, which may pause it or raise WorkStopped; every few milliseconds."""
    _CHECK.get()()


@contextmanager
def checked_by(check: Callable[[], None]) -> Iterator[None]:
    """Call `check` at each checkpoint of the work in this block.

    >>> calls = []
    >>> with checked_by(lambda: calls.append("held")):
    ...     checkpoint()
    >>> checkpoint(), calls
    (None, ['held'])
    """
    token = _CHECK.set(check)
    try:
        yield
    finally:
        _CHECK.reset(token)


class Patience:
    """The time budget of one request, `check`ed every few milliseconds; without a limit, as long as the search needs.

    >>> patience = Patience()
    >>> patience.check()
    >>> with patience.until(lambda: True):
    ...     patience.check()
    Traceback (most recent call last):
        ...
    routing.budget.TimeIsUp
    """

    def __init__(self) -> None:
        self._out_of_time: OutOfTime = never

    def check(self) -> None:
        """Raise TimeIsUp when the budget is spent; a `checkpoint` besides."""
        checkpoint()
        if self._out_of_time():
            raise TimeIsUp

    @contextmanager
    def until(self, out_of_time: OutOfTime) -> Iterator[None]:
        """Stop the work in this block when `out_of_time` says so, or when an enclosing block's limit does."""
        before = self._out_of_time
        self._out_of_time = out_of_time if before is never else lambda: before() or out_of_time()
        try:
            yield
        finally:
            self._out_of_time = before
