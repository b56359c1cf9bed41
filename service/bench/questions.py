"""Seeded questions to a synthetic coalition: an origin, a client, and one to eight needs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

import policies
import routing
from service.bench import chances
from service.bench.agencies import FORM
from service.bench.synthetic import SyntheticCoalition
from service.profile import ResolvedProfile
from service.profile.client_facts import client_facts
from service.vocabulary import GENDERS

AT = chances.AT.astimezone(ZoneInfo(chances.ZONE))
_URGENCIES = ("now", "today", "this_week", "later")
_URGENT = (0.25, 0.3, 0.3, 0.15)


def draw_questions(
    coalition: SyntheticCoalition, count: int, *, seed: int = 5, needs: int | None = None
) -> list[ResolvedProfile]:
    """Return `count` questions, the same for the same coalition, seed and number of needs; `needs` None: 1 to 8."""
    rng = np.random.default_rng(seed)
    items = coalition.columns.types.items
    common = np.bincount(items, minlength=len(coalition.words.types)) / len(items)
    return [_question(coalition, common, rng, needs) for _ in range(count)]


def _question(
    coalition: SyntheticCoalition, common: np.ndarray, rng: np.random.Generator, needs: int | None
) -> ResolvedProfile:
    origin = int(rng.integers(0, len(coalition.county)))
    age = int(rng.integers(8, 70))
    client = _client(coalition, origin, age, rng)
    profile = routing.Profile(
        origin=coalition.records.organizations[origin].slug,
        at=AT,
        client=client,
        needs=tuple(_needs(coalition, common, rng, needs)),
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
        consents=tuple(_consents(coalition, origin, age, rng)) if rng.random() < 0.5 else (),
        **client_facts(client),
    )
    return ResolvedProfile(profile, case)


def _client(coalition: SyntheticCoalition, origin: int, age: int, rng: np.random.Generator) -> routing.Client:
    around = rng.random()
    low, high = (None, None) if around < 0.04 else (age, age + 2) if around < 0.1 else (age, age)
    languages = [("en",), ("en",), ("en",), ("es",), ("es", "en"), ("vi",), None][rng.integers(0, 7)]
    traits = {code: [True, False, False, False, None][rng.integers(0, 5)] for code in chances.TRAITS_ASKED}
    traits |= {code: False if rng.random() < 0.8 else None for code in chances.TRAITS_REFUSED}
    return routing.Client(
        age_min=low,
        age_max=high,
        gender=None if rng.random() < 0.05 else GENDERS[rng.choice(5, p=[0.6, 0.25, 0.06, 0.04, 0.05])],
        languages=languages,
        area=list(coalition.areas)[coalition.county[origin]],
        traits=traits,
        completed=frozenset({"intake_assessment"} if rng.random() < 0.1 else ()),
    )


def _needs(
    coalition: SyntheticCoalition, common: np.ndarray, rng: np.random.Generator, needs: int | None
) -> Iterator[routing.Need]:
    count = needs or 1 + int(rng.choice(8, p=chances.NEEDS_IN_A_PROFILE))
    for number in rng.choice(len(common), count, replace=False, p=common):
        urgency = str(rng.choice(_URGENCIES, p=_URGENT))
        yield routing.Need(coalition.words.types[number], urgency, bool(rng.random() < 0.8))


def _consents(
    coalition: SyntheticCoalition, origin: int, age: int, rng: np.random.Generator
) -> Iterator[policies.Consent]:
    near = np.flatnonzero(coalition.county == coalition.county[origin])
    chosen = rng.choice(near, min(6, len(near)), replace=False)
    slugs = frozenset(coalition.records.organizations[int(n)].slug for n in chosen if n != origin)
    yield policies.Consent(
        form=FORM,
        level="release",
        marks=frozenset({"health"}),
        holder=coalition.records.organizations[origin].slug,
        to=slugs,
        data=frozenset({"need", "identity", "contact_location"}),
        purpose="referral",
        signers=frozenset({"client"} if age >= 18 else {"client", "parent"}),
        signed_on=AT.date() - timedelta(days=3),
        ends_on=AT.date() + timedelta(days=60),
    )
