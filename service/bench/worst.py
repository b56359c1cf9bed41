"""A search for the question that takes longest: drawn questions, changed again and again towards more time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
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

STARTS, KEPT = 40, 8
"""How many questions are drawn at first, and how many of the slowest are changed further."""

Change = Callable[[routing.Profile, DirectorySnapshot, np.random.Generator], routing.Profile]


def search_worst(
    served: DirectorySnapshot, seconds: float, *, seed: int = 1
) -> Iterator[tuple[float, ResolvedProfile]]:
    """Yield each question that takes longer than every one before, with its processor milliseconds, for some seconds.

    Times are of whole answers to questions first asked.
    """
    rng, end = np.random.default_rng(seed), time.monotonic() + seconds
    slowest: list[tuple[float, ResolvedProfile]] = []
    starts = iter(draw_questions(served.snapshot, STARTS, seed=seed))
    while time.monotonic() < end:
        question = next(starts, None) or _changed(slowest[rng.integers(0, len(slowest))][1], served, rng)
        fresh = replace(served, rulebook=policies.Rulebook(served.rulebook.pack))
        _, spent = cpu_ms(partial(answer_from, fresh, question))
        if not slowest or spent > slowest[0][0]:
            yield spent, question
        slowest = sorted([*slowest, (spent, question)], key=lambda timed: -timed[0])[:KEPT]


def _changed(question: ResolvedProfile, served: DirectorySnapshot, rng: np.random.Generator) -> ResolvedProfile:
    """Return the question with one to three of its parts changed; the rules read the client anew."""
    profile = question.profile
    for change in rng.choice(len(CHANGES), rng.integers(1, 4)).tolist():
        profile = CHANGES[change](profile, served, rng)
    known = client_facts(profile.client)
    guardian = "safe_parent" if known["age"] != "adult" else "none"
    return replace(question, profile=profile, case=replace(question.case, guardian=guardian, **known))


def _drawn(words: Sequence[Any], rng: np.random.Generator) -> Any:
    return words[int(rng.integers(0, len(words)))]


def _origin(profile: routing.Profile, served: DirectorySnapshot, rng: np.random.Generator) -> routing.Profile:
    return replace(profile, origin=_drawn(served.snapshot.organizations, rng).slug)


def _area(profile: routing.Profile, served: DirectorySnapshot, rng: np.random.Generator) -> routing.Profile:
    return _with(profile, area=None if rng.random() < 0.3 else _drawn([*served.snapshot.areas], rng))


def _age(profile: routing.Profile, _: DirectorySnapshot, rng: np.random.Generator) -> routing.Profile:
    youngest = int(rng.integers(0, 70))
    ages = _drawn([(None, None), (youngest, youngest), (youngest, youngest + int(rng.integers(1, 30)))], rng)
    return _with(profile, age_min=ages[0], age_max=ages[1])


def _person(profile: routing.Profile, _: DirectorySnapshot, rng: np.random.Generator) -> routing.Profile:
    languages = _drawn([None, ("en",), ("es",), ("so", "am")], rng)
    return _with(profile, gender=_drawn([None, *GENDERS], rng), languages=languages)


def _trait(profile: routing.Profile, _: DirectorySnapshot, rng: np.random.Generator) -> routing.Profile:
    return _with(profile, traits={**profile.client.traits, _drawn(TRAITS, rng): _drawn([True, False, None], rng)})


def _nothing_known(profile: routing.Profile, _: DirectorySnapshot, rng: np.random.Generator) -> routing.Profile:
    return _with(profile, traits={}, completed=frozenset()) if rng.random() < 0.5 else profile


def _need(profile: routing.Profile, served: DirectorySnapshot, rng: np.random.Generator) -> routing.Profile:
    """Return the profile with a further need, or another in the place of one."""
    need = routing.Need(_drawn(served.snapshot.words.types, rng), _drawn(URGENCIES, rng), bool(rng.random() < 0.8))
    others = [other for other in profile.needs if other.type != need.type]
    place = int(rng.integers(0, 2 * MOST))
    return replace(profile, needs=tuple([*others[:place], need, *others[place + 1 :]][:MOST]))


def _fewer(profile: routing.Profile, _: DirectorySnapshot, rng: np.random.Generator) -> routing.Profile:
    return replace(profile, needs=profile.needs[: int(rng.integers(1, MOST + 1))])


def _wishes(profile: routing.Profile, _: DirectorySnapshot, rng: np.random.Generator) -> routing.Profile:
    present, limit = _drawn([True, False, None], rng), int(rng.integers(1, 11))
    return replace(profile, client_present=present, prefer=_drawn(PREFERENCES, rng), limit=limit, avoid=frozenset())


def _with(profile: routing.Profile, **client: Any) -> routing.Profile:
    return replace(profile, client=replace(profile.client, **client))


CHANGES: tuple[Change, ...] = (_origin, _area, _age, _person, _trait, _nothing_known, _need, _need, _fewer, _wishes)
