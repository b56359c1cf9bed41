"""A search for the question that takes longest: drawn questions, changed again and again towards more time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import policies
import routing
from service.answers.profile import ResolvedProfile
from service.answers.profile.client_facts import client_facts
from service.bench.measure import answer_from, cpu_ms
from service.bench.questions import MOST, draw_questions
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.words.vocabulary import GENDERS, PREFERENCES, TRAITS, URGENCIES

STARTS, SLOWEST = 40, 8
"""How many questions are drawn at first, and how many of the slowest are changed further."""


def search_worst(
    directory: DirectorySnapshot, seconds: float, *, seed: int = 1
) -> Iterator[tuple[float, ResolvedProfile]]:
    """Yield each question that takes longer than every one before, with its processor milliseconds, for some seconds.

    Times are of whole answers to questions first asked.
    """
    rng, end = np.random.default_rng(seed), time.monotonic() + seconds
    slowest: list[tuple[float, ResolvedProfile]] = []
    starts = iter(draw_questions(directory.snapshot, STARTS, seed=seed))
    while time.monotonic() < end:
        question = next(starts, None) or change(slowest[rng.integers(0, len(slowest))][1], directory, rng)
        fresh = replace(directory, rulebook=policies.Rulebook(directory.rulebook.pack))
        _, spent_ms = cpu_ms(partial(answer_from, fresh, question))
        if not slowest or spent_ms > slowest[0][0]:
            yield spent_ms, question
        slowest = sorted([*slowest, (spent_ms, question)], key=lambda pair: -pair[0])[:SLOWEST]


def change(question: ResolvedProfile, directory: DirectorySnapshot, rng: np.random.Generator) -> ResolvedProfile:
    """Return the question with one to three of its parts changed; the rules read the client anew."""
    profile, changes = question.profile, _Changes(directory, rng)
    for number in rng.choice(len(changes.all), rng.integers(1, 4)).tolist():
        profile = changes.all[number](profile)
    facts = client_facts(profile.client)
    guardian = "safe_parent" if facts["age"] != "adult" else "none"
    return replace(question, profile=profile, case=replace(question.case, guardian=guardian, **facts))


class _Changes:
    """The changes of a profile, each by chance."""

    def __init__(self, directory: DirectorySnapshot, rng: np.random.Generator) -> None:
        self._snapshot, self._rng = directory.snapshot, rng
        self.all = (
            self.origin, self.area, self.age, self.person, self.trait, self.unknown, self.need, self.need, self.length,
            self.wishes,
        )  # fmt: skip

    def _draw(self, words: Sequence[Any]) -> Any:
        return words[int(self._rng.integers(0, len(words)))]

    def origin(self, profile: routing.Profile) -> routing.Profile:
        return replace(profile, origin=self._draw(self._snapshot.organizations).slug)

    def area(self, profile: routing.Profile) -> routing.Profile:
        return _with(profile, area=None if self._rng.random() < 0.3 else self._draw([*self._snapshot.areas]))

    def age(self, profile: routing.Profile) -> routing.Profile:
        youngest = int(self._rng.integers(0, 70))
        bands = [(None, None), (youngest, youngest), (youngest, youngest + int(self._rng.integers(1, 30)))]
        age_min, age_max = self._draw(bands)
        return _with(profile, age_min=age_min, age_max=age_max)

    def person(self, profile: routing.Profile) -> routing.Profile:
        languages = self._draw([None, ("en",), ("es",), ("so", "am")])
        return _with(profile, gender=self._draw([None, *GENDERS]), languages=languages)

    def trait(self, profile: routing.Profile) -> routing.Profile:
        return _with(profile, traits={**profile.client.traits, self._draw(TRAITS): self._draw([True, False, None])})

    def unknown(self, profile: routing.Profile) -> routing.Profile:
        return _with(profile, traits={}, completed=frozenset()) if self._rng.random() < 0.5 else profile

    def need(self, profile: routing.Profile) -> routing.Profile:
        """Return the profile with a further need, or another in the place of one."""
        types = self._snapshot.words.types
        need = routing.Need(self._draw(types), self._draw(URGENCIES), bool(self._rng.random() < 0.8))
        needs = [other for other in profile.needs if other.type != need.type]
        place = int(self._rng.integers(0, 2 * MOST))
        return replace(profile, needs=tuple([*needs[:place], need, *needs[place + 1 :]][:MOST]))

    def length(self, profile: routing.Profile) -> routing.Profile:
        return replace(profile, needs=profile.needs[: int(self._rng.integers(1, MOST + 1))])

    def wishes(self, profile: routing.Profile) -> routing.Profile:
        present, limit = self._draw([True, False, None]), int(self._rng.integers(1, 11))
        return replace(profile, client_present=present, prefer=self._draw(PREFERENCES), limit=limit, avoid=frozenset())


def _with(profile: routing.Profile, **client: Any) -> routing.Profile:
    return replace(profile, client=replace(profile.client, **client))
