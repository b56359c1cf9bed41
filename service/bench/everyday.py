"""What people ask of directories as they are: the time of an answer, and the question that takes longest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from numpy.random import Generator, default_rng

import policies
import routing
from service import demo
from service.answers.profile import ResolvedProfile
from service.answers.profile.client_facts import client_facts
from service.bench import coalitions
from service.bench.measure import WHOLE, QuestionSet, Row, answer_from, cpu_ms
from service.bench.questions import MOST, USUAL, draw_questions
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.words.vocabulary import TRAITS

LARGE = 20_000
DIRECTORIES: Mapping[str, tuple[Callable[[], DirectorySnapshot], Mapping[str, int]]] = {
    "invented, 300": (coalitions.serve, {"usual": 200, "eight": 60}),
    "awkward, 300": (partial(coalitions.serve, shape=coalitions.AWKWARD), {"usual": 70, "eight": 30}),
    "demo": (lambda: coalitions.serve_bundle(demo.coalition_bytes()), {"usual": 100, "eight": 40}),
    f"invented, {LARGE}": (partial(coalitions.serve, LARGE), {"usual": 60, "eight": 30}),
}
"""How each directory is made, and how many questions it is asked: usual ones, and ones of eight needs."""
NEEDS: Mapping[str, dict[str, int]] = {"usual": {"most": USUAL}, "eight": {"needs": MOST}}
PARTS: Mapping[str, frozenset[str]] = {"first": frozenset(), "whole": WHOLE}
STARTS, SLOWEST = 40, 8
"""How many questions are drawn at first, and how many of the slowest are changed further."""


def measure_everyday() -> list[Row]:
    """Return a row for each directory, sort of question and part of the answer: first asked, and asked again."""
    rows = list[Row]()
    for name, (make, counts) in DIRECTORIES.items():
        directory = make()
        for sort, count in counts.items():
            question_set = QuestionSet(directory, draw_questions(directory.snapshot, count, **NEEDS[sort]))
            for part, parts in PARTS.items():
                figures = question_set.first_and_again(partial(answer_from, parts=parts))
                rows.append({"directory": name, "questions": sort, "count": count, "part": part, **figures})
    return rows


def search_worst(
    directory: DirectorySnapshot, seconds: float, *, seed: int = 1
) -> Iterator[tuple[float, ResolvedProfile]]:
    """Yield each question that takes longer than every one before, with its processor milliseconds, for some seconds.

    Times are of whole answers to questions first asked.
    """
    rng, end, slowest = default_rng(seed), time.monotonic() + seconds, list[tuple[float, ResolvedProfile]]()
    starts = iter(draw_questions(directory.snapshot, STARTS, seed=seed))
    while time.monotonic() < end:
        question = next(starts, None) or change(slowest[rng.integers(0, len(slowest))][1], directory, rng)
        fresh = replace(directory, rulebook=policies.Rulebook(directory.rulebook.pack))
        _, spent_ms = cpu_ms(partial(answer_from, fresh, question))
        if not slowest or spent_ms > slowest[0][0]:
            yield spent_ms, question
        slowest = sorted([*slowest, (spent_ms, question)], key=lambda pair: -pair[0])[:SLOWEST]


def change(question: ResolvedProfile, directory: DirectorySnapshot, rng: Generator) -> ResolvedProfile:
    """Return the question with one to three parts of another in their place, or unknown; rules read the client anew."""
    profile, other = question.profile, draw_questions(directory.snapshot, 1, seed=int(rng.integers(1 << 31)))[0].profile
    client = routing.Client() if rng.random() < 0.3 else other.client
    needs = [*{need.type: need for need in (*profile.needs, *other.needs)}.values()]
    chosen = rng.permutation(len(needs))[: rng.integers(1, MOST + 1)].tolist()
    age_max = client.age_max and client.age_max + int(rng.choice((0, 0, 20)))
    traits = {**client.traits, str(rng.choice(TRAITS)): bool(rng.random() < 0.5)}
    parts: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"origin": other.origin}, {}),
        ({"needs": tuple(needs[place] for place in chosen)}, {}),
        ({"client_present": other.client_present, "prefer": other.prefer, "limit": int(rng.integers(1, 11))}, {}),
        ({}, {"area": client.area}),
        ({}, {"age_min": client.age_min, "age_max": age_max}),
        ({}, {"gender": client.gender, "languages": client.languages}),
        ({}, {"traits": traits, "completed": client.completed}),
    ]
    for number in rng.choice(len(parts), rng.integers(1, 4), replace=False).tolist():
        of_profile, of_client = parts[number]
        profile = replace(profile, **of_profile, client=replace(profile.client, **of_client))
    facts = client_facts(profile.client)
    guardian = "safe_parent" if facts["age"] != "adult" else "none"
    return replace(question, profile=profile, case=replace(question.case, guardian=guardian, **facts))
