"""Where searches are made: in a thread beside the event loop, one at a time, in the order in which they came.

Python runs one of them at a time anyway. Side by side each would take as long as all, and the time that the settings
give to one search would be used up by the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread

import routing
from service.profile import NeedsProfile
from service.served import Served
from service.settings import Settings
from service.time_budget import starting_now
from service.usecases.find_paths import find_paths

Result = TypeVar("Result")


class Searches:
    """The turns of one process, and how long a turn may take."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turn = CapacityLimiter(1)

    async def run(self, work: Callable[[], Result]) -> Result:
        """Return what `work` returns, when its turn has come; who waits longest is next."""
        return await to_thread.run_sync(work, limiter=self._turn)

    def find(self, served: Served, asked: NeedsProfile) -> dict[str, Any]:
        """Return the answer to a profile, within the time that the settings give, counted from now.

        Raises:
            ProfileRefused: the profile names what is not in this directory.
            routing.SearchDefect: the search contradicts itself; no answer is given.
        """
        questions_ms = self._settings.question_budget_ms
        return find_paths(served, asked, out_of_time=self.time(), questions_within_ms=questions_ms)

    def time(self) -> routing.OutOfTime:
        """Return what says when the time that the settings give to one search is over, counted from now."""
        return starting_now(self._settings.time_budget_ms)
