"""Searches, made in a thread beside the event loop, one at a time; organizations take turns.

Python runs one search at a time in any case. Side by side, each search would take as long as all together, and use up
the time of the others. The best path is guaranteed, so a search may run over its
time: then it is held while others search, and goes on by shares.
"""

from __future__ import annotations

import routing
from service.settings import Settings
from service.time_budget import starting_now
from service.web.scheduler import FairScheduler


class SearchScheduler(FairScheduler):
    """The turns of one process, and the time for each turn."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(share_s=settings.time_budget_ms / 1000)
        self._settings = settings

    def time(self) -> routing.IsExpired:
        """Return a function that tells when the time of one search is over, counted from now."""
        return starting_now(self.budget_ms())

    @property
    def questions_ms(self) -> int:
        """Return the milliseconds for the questions of one answer."""
        return self._settings.question_budget_ms

    def budget_ms(self) -> int:
        """Return the milliseconds for a search that begins now: fewer where many organizations wait for its end."""
        return round(self._settings.time_budget_ms * self.part)
