"""Searches, made in a thread beside the event loop, one at a time; organizations take turns.

Python runs one search at a time in any case. Side by side, each search would take as long as all together, and use up
the time of the others. A search over its time, since the best path is owed beyond it, is held while others search, and
goes on by shares.
"""

from __future__ import annotations

from collections.abc import Callable

import routing
from service.answers.profile import NeedsProfile
from service.answers.schemas.answer import AnswerDocument
from service.answers.work.find_group_paths import GroupSearch
from service.answers.work.find_paths import find_paths
from service.answers.work.time_budget import starting_now
from service.directory.snapshot.served import Served
from service.infrastructure.http.turns import Turns
from service.settings import Settings


class Searches(Turns):
    """The turns of one process, and the time for each turn."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(share_s=settings.time_budget_ms / 1000)
        self._settings = settings

    def find(self, served: Served, asked: NeedsProfile) -> AnswerDocument:
        """Return the answer to a profile, within the time of the settings, counted from now.

        Raises:
            ProfileRefused: the profile names a thing that the directory does not hold.
            routing.SearchDefect: the search contradicts itself; no answer is given.
        """
        questions_ms = self._settings.question_budget_ms
        return find_paths(served, asked, out_of_time=self.time(), questions_within_ms=questions_ms)

    def answers(self, search: GroupSearch) -> list[Callable[[], None]]:
        """Return the pieces of work of the answer to a group whose paths are chosen: one for each kind of client."""
        works = list(search.answers())
        within_ms = self._settings.question_budget_ms // max(1, len(works))
        return [lambda work=work: work(self.time(), within_ms) for work in works]  # type: ignore[misc]

    def time(self) -> routing.OutOfTime:
        """Return a function that tells when the time of one search is over, counted from now."""
        return starting_now(self.budget_ms())

    def budget_ms(self) -> int:
        """Return the milliseconds for a search that begins now: fewer where many organizations wait for its end."""
        return round(self._settings.time_budget_ms * self.part)
