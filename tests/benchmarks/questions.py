"""Seeded questions to a directory, each an origin, a client and one to eight needs; what answers take, and at worst."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from benchmarks import coalitions
from benchmarks.coalitions import FORM
from benchmarks.measure import SEED, cpu_ms, times
from numpy.random import Generator, default_rng

import policies
import routing
from routing.client.scenario import Scenario
from routing.ranking.search_paths import search_paths
from routing.search.describe import describe_all
from service.answers.builder.unknown_facts import sharing_of
from service.answers.profile import ResolvedProfile
from service.answers.profile.client_facts import client_facts
from service.answers.schemas.answer import AnswerDocument
from service.answers.use_cases.find_paths import answer_question
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import Sharing
from service.garbage_collection import rare_collection
from service.settings import Settings
from service.time_budget import starting_now
from service.vocabulary import ANSWER_PARTS, GENDERS, TRAITS

AT = coalitions.AT.astimezone(ZoneInfo(coalitions.ZONE))
MOST, USUAL = 8, 3
"""The most needs of a question, and the most of a usual one."""
NEEDS_IN_A_PROFILE = (0.08, 0.20, 0.25, 0.20, 0.12, 0.08, 0.04, 0.03)
"""The shares of profiles with one, two … eight needs."""
TRAITS_ASKED = ("foreign_national", "pregnant", "parenting", "disability", "sex_trafficking", "domestic_violence")
TRAITS_REFUSED = ("substance_use", "on_probation", "suspected_exploiter_household")
_URGENCIES, _URGENT = ("now", "today", "this_week", "later"), (0.25, 0.3, 0.3, 0.15)
WHOLE = frozenset(ANSWER_PARTS)
STARTS, SLOWEST = 40, 8
"""How many questions are drawn at first for the slowest, and how many of the slowest are changed further."""
Work = Callable[[DirectorySnapshot, ResolvedProfile], object]


def answer_from(
    directory: DirectorySnapshot, question: ResolvedProfile, parts: frozenset[str] = WHOLE
) -> AnswerDocument:
    """Return parts of the answer to a question as over HTTP, its own reports and the limits of time included."""
    limits = Settings.model_fields
    stop, questions_ms = starting_now(limits["time_budget_ms"].default), limits["question_budget_ms"].default
    return answer_question(directory, question, parts=parts, is_expired=stop, questions_within_ms=questions_ms)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A directory and the questions to ask it."""

    directory: DirectorySnapshot
    questions: Sequence[ResolvedProfile]

    def run(self, work: Work) -> list[float]:
        """Return the processor milliseconds of `work` for each question, with the garbage of a server."""
        gc.collect()
        with rare_collection():
            return [cpu_ms(partial(work, self.directory, question))[1] for question in self.questions]

    def first_and_again(self, work: Work) -> dict[str, dict[str, float]]:
        """Return the times of `work`: `first`, by rules that were never asked, and `again`, by the same rules."""
        fresh = replace(self, directory=_fresh(self.directory))
        return {when: times(fresh.run(work)) for when in ("first", "again")}


def _fresh(directory: DirectorySnapshot) -> DirectorySnapshot:
    return replace(directory, rulebook=policies.Rulebook(directory.rulebook.pack))


def prepare(agencies: int, *, needs: int | None, count: int, seed: int = SEED) -> QuestionSet:
    """Return an invented coalition with `count` questions, each of `needs` needs; None: of one to eight."""
    directory = coalitions.serve(agencies, seed)
    return QuestionSet(directory, draw_questions(directory.snapshot, count, needs=needs))


def draw_questions(
    directory: routing.Snapshot, count: int, *, seed: int = 5, needs: int | None = None, most: int = MOST
) -> list[ResolvedProfile]:
    """Return `count` questions, the same for the same arguments; `needs` None: a number of needs from one to `most`."""
    rng = default_rng(seed)
    shares, items = np.array(NEEDS_IN_A_PROFILE[:most]), directory.columns.types.items
    area, common = _areas_of_organizations(directory), np.bincount(items, minlength=len(directory.words.types))
    return [_question(directory, area, common / len(items), needs or shares / shares.sum(), rng) for _ in range(count)]


def draw_blank(directory: routing.Snapshot, count: int) -> list[ResolvedProfile]:
    """Return drawn questions of eight needs with nothing known of the client, nor whether they are on the line."""
    return [
        ResolvedProfile(
            replace(question.profile, client=routing.Client(), client_present=None),
            policies.Case(AT.date(), **client_facts(routing.Client())),
        )
        for question in draw_questions(directory, count, needs=MOST)
    ]


def innermost_areas(snapshot: routing.Snapshot) -> list[str]:
    """Return the codes of the areas that no other area lies within."""
    above = {area.within for area in snapshot.areas.values()}
    return [code for code in snapshot.areas if code not in above]


def _areas_of_organizations(snapshot: routing.Snapshot) -> np.ndarray:
    """Return for each organization an innermost area: the first that a service of it covers, or any."""
    inner = np.isin([*snapshot.areas], innermost_areas(snapshot))
    area = np.resize(np.flatnonzero(inner), len(snapshot.organizations))
    items, row = snapshot.columns.areas.at(np.arange(len(snapshot.columns.active)))
    named = inner[items]
    area[snapshot.columns.organization[row[named]][::-1]] = items[named][::-1]
    return area


def _question(
    directory: routing.Snapshot, areas: np.ndarray, common: np.ndarray, needs: int | np.ndarray, rng: Generator
) -> ResolvedProfile:
    """Draw a question. `areas`: of organizations; `common`: the share of each type; `needs`: how many, or shares."""
    origin, age, slugs = int(rng.integers(0, len(areas))), int(rng.integers(8, 70)), directory.organizations
    client = _client([*directory.areas][areas[origin]], age, rng)
    number = needs if isinstance(needs, int) else 1 + int(rng.choice(len(needs), p=needs))
    types = rng.choice(len(common), number, replace=False, p=common)
    profile = routing.Profile(
        origin=slugs[origin].slug,
        at=AT,
        client=client,
        needs=tuple(
            routing.Need(directory.words.types[at], str(rng.choice(_URGENCIES, p=_URGENT)), bool(rng.random() < 0.8))
            for at in types
        ),
        client_present=[True, True, True, False, None][rng.integers(0, 5)],
        avoid=frozenset({"law_enforcement"} if rng.random() < 0.15 else ()),
        prefer=["balanced", "balanced", "soonest", "fewest_handoffs", "most_private"][rng.integers(0, 5)],
    )
    near, consents = np.flatnonzero(areas == areas[origin]), tuple[policies.Consent, ...]()
    if rng.random() < 0.5:
        to = frozenset(slugs[at].slug for at in rng.choice(near, min(6, len(near)), replace=False) if at != origin)
        consents = (_release(profile.origin, to, {"client"} if age >= 18 else {"client", "parent"}),)
    case = policies.Case(
        AT.date(), guardian="safe_parent" if age < 18 else "none", may_sign_alone=age >= 16, danger="none",
        consents=consents, **client_facts(client),
    )  # fmt: skip
    return ResolvedProfile(profile, case)


def _release(holder: str, to: frozenset[str], signers: set[str]) -> policies.Consent:
    return policies.Consent(
        form=FORM, level="release", marks=frozenset({"health"}), holder=holder, to=to, purpose="referral",
        data=frozenset({"need", "identity", "contact_location"}), signers=frozenset(signers),
        signed_on=AT.date() - timedelta(days=3), ends_on=AT.date() + timedelta(days=60),
    )  # fmt: skip


def _client(area: str, age: int, rng: Generator) -> routing.Client:
    around = rng.random()
    low, high = (None, None) if around < 0.04 else (age, age + 2) if around < 0.1 else (age, age)
    languages = [("en",), ("en",), ("en",), ("es",), ("es", "en"), ("vi",), None][rng.integers(0, 7)]
    traits = {code: [True, False, False, False, None][rng.integers(0, 5)] for code in TRAITS_ASKED}
    traits |= {code: False if rng.random() < 0.8 else None for code in TRAITS_REFUSED}
    gender = None if rng.random() < 0.05 else GENDERS[rng.choice(5, p=[0.6, 0.25, 0.06, 0.04, 0.05])]
    completed = frozenset({"intake_assessment"} if rng.random() < 0.1 else ())
    return routing.Client(low, high, gender, languages, area, traits, completed)


def paths_of(directory: DirectorySnapshot, question: ResolvedProfile) -> tuple[routing.Path, ...]:
    """Return the paths that answer a question: search, rules and prices, without explanations and document."""
    hop_graph, result = search_paths(*search_of(directory, question))
    return describe_all(hop_graph, result.ranked_paths)


def search_of(directory: DirectorySnapshot, question: ResolvedProfile) -> tuple[Scenario, Sharing]:
    """Return the scenario of a question, and the rules of a directory for its case."""
    return Scenario(directory.snapshot, question.profile), sharing_of(directory, question)


def profile_of(question: ResolvedProfile) -> bytes:
    """Return a question as a needs profile (JSON), without its consents."""
    profile, client = question.profile, question.profile.client
    document = {
        "origin": profile.origin,
        "at": profile.at.isoformat(),
        "client": {
            "age": None if client.age_min is None else {"min": client.age_min, "max": client.age_max},
            **{name: getattr(client, name) for name in ("gender", "languages", "area", "traits")},
            "completed": sorted(client.completed),
        },
        "needs": [asdict(need) for need in profile.needs],
        "facts": {"client_present": profile.client_present, "danger": "none"},
        "avoid": sorted(profile.avoid),
        "prefer": profile.prefer,
    }
    return json.dumps(document).encode()


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
        _, spent_ms = cpu_ms(partial(answer_from, _fresh(directory), question))
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
