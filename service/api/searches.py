"""Where searches are made: in a thread beside the event loop, one at a time; organizations take turns.

Python runs one of them at a time anyway. Side by side each would take as long as all, and the time that the settings
give to one search would be used up by the others. A search that is not done within that time, as the best path is owed
however long it takes, goes on beside the others, and holds none of them up.
"""

from __future__ import annotations

from typing import Any

import routing
from service.api.turns import Turns
from service.profile import NeedsProfile
from service.serving.served import Served
from service.serving.time_budget import starting_now
from service.settings import Settings
from service.usecases.find_paths import find_paths

MOST_AT_FULL_LENGTH = 4
"""How many organizations may ask at once before each gets less than the time that the settings give to one search."""


class Searches(Turns):
    """The turns of one process, and how long a turn may take."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(share_s=settings.time_budget_ms / 1000)
        self._settings = settings

    def find(self, served: Served, asked: NeedsProfile) -> dict[str, Any]:
        """Return the answer to a profile, within the time that the settings give, counted from now.

        Raises:
            ProfileRefused: the profile names what is not in this directory.
            routing.SearchDefect: the search contradicts itself; no answer is given.
        """
        questions_ms = self._settings.question_budget_ms
        return find_paths(served, asked, out_of_time=self.time(), questions_within_ms=questions_ms)

    def time(self) -> routing.OutOfTime:
        """Return what says when the time of one search is over, counted from now."""
        return starting_now(self.budget_ms())

    def budget_ms(self) -> int:
        """Return how long a search that begins now may take: less where many organizations wait for it to end."""
        asking = 1 + self.organizations_waiting
        return self._settings.time_budget_ms * MOST_AT_FULL_LENGTH // max(asking, MOST_AT_FULL_LENGTH)
