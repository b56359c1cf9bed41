"""Seeded questions to a directory: an origin, a client, and one to eight needs."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.random import Generator, default_rng

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


def draw_questions(
    directory: routing.Snapshot, count: int, *, seed: int = 5, needs: int | None = None, most: int = MOST
) -> list[ResolvedProfile]:
    """Return `count` questions, the same for the same arguments; `needs` None: a number of needs from one to `most`."""
    rng = default_rng(seed)
    shares, items = np.array(NEEDS_IN_A_PROFILE[:most]), directory.columns.types.items
    area, common = _areas_of_organizations(directory), np.bincount(items, minlength=len(directory.words.types))
    return [_question(directory, area, common / len(items), needs or shares / shares.sum(), rng) for _ in range(count)]


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
    profile = routing.Profile(
        origin=slugs[origin].slug,
        at=AT,
        client=client,
        needs=tuple(
            routing.Need(directory.words.types[at], str(rng.choice(_URGENCIES, p=_URGENT)), bool(rng.random() < 0.8))
            for at in rng.choice(len(common), number, replace=False, p=common)
        ),
        client_present=[True, True, True, False, None][rng.integers(0, 5)],
        avoid=frozenset({"law_enforcement"} if rng.random() < 0.15 else ()),
        prefer=["balanced", "balanced", "soonest", "fewest_handoffs", "most_private"][rng.integers(0, 5)],
        limit=3,
    )
    near = np.flatnonzero(areas == areas[origin])
    is_signed = rng.random() < 0.5
    to = rng.choice(near, min(6, len(near)), replace=False) if is_signed else near[:0]
    consent = policies.Consent(
        form=FORM,
        level="release",
        marks=frozenset({"health"}),
        holder=profile.origin,
        to=frozenset(slugs[int(at)].slug for at in to if at != origin),
        data=frozenset({"need", "identity", "contact_location"}),
        purpose="referral",
        signers=frozenset({"client"} if age >= 18 else {"client", "parent"}),
        signed_on=AT.date() - timedelta(days=3),
        ends_on=AT.date() + timedelta(days=60),
    )
    case = policies.Case(
        today=AT.date(),
        guardian="safe_parent" if age < 18 else "none",
        may_sign_alone=age >= 16,
        danger="none",
        consents=(consent,) if is_signed else (),
        **client_facts(client),
    )
    return ResolvedProfile(profile, case)


def _client(area: str, age: int, rng: Generator) -> routing.Client:
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
        area=area,
        traits=traits,
        completed=frozenset({"intake_assessment"} if rng.random() < 0.1 else ()),
    )


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
