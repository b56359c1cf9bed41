"""Seeded questions to a directory: an origin, a client, and one to eight needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

import policies
import routing
from service.answers.profile import ResolvedProfile
from service.answers.profile.client_facts import client_facts
from service.bench import coalitions
from service.bench.coalitions import FORM
from service.words.vocabulary import GENDERS

AT = coalitions.AT.astimezone(ZoneInfo(coalitions.ZONE))
MOST, USUAL = 8, 3
"""The most needs of a question, and the most of a usual one."""
NEEDS_IN_A_PROFILE = (0.08, 0.20, 0.25, 0.20, 0.12, 0.08, 0.04, 0.03)
"""The shares of profiles with one, two … eight needs."""
TRAITS_ASKED = ("foreign_national", "pregnant", "parenting", "disability", "sex_trafficking", "domestic_violence")
TRAITS_REFUSED = ("substance_use", "on_probation", "suspected_exploiter_household")
_URGENCIES = ("now", "today", "this_week", "later")
_URGENT = (0.25, 0.3, 0.3, 0.15)


class QuestionSource(NamedTuple):
    """What questions are drawn over. `area`: each organization's (its place); `common`: the share of each type.

    `needs`: the number of needs, None where drawn: `shares` of questions with one need, two needs ...
    """

    directory: routing.Snapshot
    area: np.ndarray
    common: np.ndarray
    needs: int | None
    shares: np.ndarray


def draw_questions(
    directory: routing.Snapshot, count: int, *, seed: int = 5, needs: int | None = None, most: int = MOST
) -> list[ResolvedProfile]:
    """Return `count` questions, the same for the same arguments; `needs` None: a number of needs from one to `most`."""
    rng = np.random.default_rng(seed)
    items = directory.columns.types.items
    common = np.bincount(items, minlength=len(directory.words.types)) / len(items)
    shares = np.array(NEEDS_IN_A_PROFILE[:most])
    source = QuestionSource(directory, _areas_of_organizations(directory), common, needs, shares / shares.sum())
    return [_question(source, rng) for _ in range(count)]


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


def _question(source: QuestionSource, rng: np.random.Generator) -> ResolvedProfile:
    origin = int(rng.integers(0, len(source.area)))
    age = int(rng.integers(8, 70))
    client = _client(source, origin, age, rng)
    profile = routing.Profile(
        origin=source.directory.organizations[origin].slug,
        at=AT,
        client=client,
        needs=tuple(_needs(source, rng)),
        client_present=[True, True, True, False, None][rng.integers(0, 5)],
        avoid=frozenset({"law_enforcement"} if rng.random() < 0.15 else ()),
        prefer=["balanced", "balanced", "soonest", "fewest_handoffs", "most_private"][rng.integers(0, 5)],
        limit=3,
    )
    case = policies.Case(
        today=AT.date(),
        guardian="safe_parent" if age < 18 else "none",
        may_sign_alone=age >= 16,
        danger="none",
        consents=tuple(_consents(source, origin, age, rng)) if rng.random() < 0.5 else (),
        **client_facts(client),
    )
    return ResolvedProfile(profile, case)


def _client(source: QuestionSource, origin: int, age: int, rng: np.random.Generator) -> routing.Client:
    around = rng.random()
    low, high = (None, None) if around < 0.04 else (age, age + 2) if around < 0.1 else (age, age)
    languages = [("en",), ("en",), ("en",), ("es",), ("es", "en"), ("vi",), None][rng.integers(0, 7)]
    traits = {code: [True, False, False, False, None][rng.integers(0, 5)] for code in TRAITS_ASKED}
    traits |= {code: False if rng.random() < 0.8 else None for code in TRAITS_REFUSED}
    return routing.Client(
        age_min=low,
        age_max=high,
        gender=None if rng.random() < 0.05 else GENDERS[rng.choice(5, p=[0.6, 0.25, 0.06, 0.04, 0.05])],
        languages=languages,
        area=list(source.directory.areas)[source.area[origin]],
        traits=traits,
        completed=frozenset({"intake_assessment"} if rng.random() < 0.1 else ()),
    )


def _needs(source: QuestionSource, rng: np.random.Generator) -> Iterator[routing.Need]:
    count = source.needs or 1 + int(rng.choice(len(source.shares), p=source.shares))
    for number in rng.choice(len(source.common), count, replace=False, p=source.common):
        urgency = str(rng.choice(_URGENCIES, p=_URGENT))
        yield routing.Need(source.directory.words.types[number], urgency, bool(rng.random() < 0.8))


def _consents(source: QuestionSource, origin: int, age: int, rng: np.random.Generator) -> Iterator[policies.Consent]:
    near = np.flatnonzero(source.area == source.area[origin])
    chosen = rng.choice(near, min(6, len(near)), replace=False)
    slugs = frozenset(source.directory.organizations[int(n)].slug for n in chosen if n != origin)
    yield policies.Consent(
        form=FORM,
        level="release",
        marks=frozenset({"health"}),
        holder=source.directory.organizations[origin].slug,
        to=slugs,
        data=frozenset({"need", "identity", "contact_location"}),
        purpose="referral",
        signers=frozenset({"client"} if age >= 18 else {"client", "parent"}),
        signed_on=AT.date() - timedelta(days=3),
        ends_on=AT.date() + timedelta(days=60),
    )


def profile_of(question: ResolvedProfile) -> bytes:
    """Return a question as a needs profile (JSON), without its consents."""
    profile, client = question.profile, question.profile.client
    ages = {"min": client.age_min, "max": client.age_max} if client.age_min is not None else None
    document = {
        "origin": profile.origin,
        "at": profile.at.isoformat(),
        "client": {
            "age": ages,
            "gender": client.gender,
            "languages": None if client.languages is None else list(client.languages),
            "area": client.area,
            "traits": dict(client.traits),
            "completed": sorted(client.completed),
        },
        "needs": [{"type": n.type, "urgency": n.urgency, "required": n.required} for n in profile.needs],
        "facts": {"client_present": profile.client_present, "danger": "none"},
        "avoid": sorted(profile.avoid),
        "prefer": profile.prefer,
    }
    return json.dumps(document).encode()
