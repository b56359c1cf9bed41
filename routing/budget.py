"""The time budget of a search: the first path is guaranteed within a hard deadline; the rest may stop earlier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

IsExpired = Callable[[], bool]
"""Asked between two pieces of work: True means stop, and stays True. Routing knows no clock: its caller makes this."""


def never() -> bool:
    """Return False: the search may take as much time as needed."""
    return False


class TimeBudgetExceeded(Exception):
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


class TimeBudget:
    """The time budget of one request, `check`ed every few milliseconds; without a limit, as long as the search needs.

    >>> time_budget = TimeBudget()
    >>> time_budget.check()
    >>> with time_budget.until(lambda: True):
    ...     time_budget.check()
    Traceback (most recent call last):
        ...
    routing.budget.TimeBudgetExceeded
    """

    def __init__(self) -> None:
        self._is_expired: IsExpired = never

    def check(self) -> None:
        """Raise TimeBudgetExceeded when the budget is spent; a `checkpoint` besides."""
        checkpoint()
        if self._is_expired():
            raise TimeBudgetExceeded

    @contextmanager
    def until(self, is_expired: IsExpired) -> Iterator[None]:
        """Stop the work in this block when `is_expired` says so, or when an enclosing block's limit does."""
        before = self._is_expired
        self._is_expired = is_expired if before is never else lambda: before() or is_expired()
        try:
            yield
        finally:
            self._is_expired = before
