"""Conditional paths of a hotline and three agencies with a little of everything, held against brute force.

Own services, gateways and gateways by choice, calls, numbers and packets, and something to ask the client at each.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from length import draws_until
from loaded import Loader
from oracle import tiny
from possible_worlds import compare_in_worlds
from seeds import fresh_random

CODES = ("emergency_shelter", "food", "legal_civil")
WAYS = (["warm"], ["packet"], ["self"], ["self", "warm"], ["packet", "warm"], ["self", "packet", "warm"])
EVERY_KIND = {"internal", "warm", "self", "packet", "gateway", "with others"}
SIGNED = tiny.consent("hotline", "inn", "hut", "gate")


def test_conditional_paths_are_those_of_brute_force(loader: Loader, say: Callable[[str], None]) -> None:
    """Value, price, hand-offs and organizations of every conditional path, in order."""
    modes: Counter[str] = Counter()
    comparisons = 0
    for seed in draws_until(200, lambda: modes.keys() == EVERY_KIND):
        bundle, profile = draw(fresh_random(seed))
        comparison = compare_in_worlds(loader, bundle, profile, seed)
        if comparison is None:
            continue
        _, answer, expected = comparison
        steps = [step for path in answer.conditional_paths for step in path.path.steps]
        assert all(step.packet_agreement is None for step in steps if step.mode != "packet")
        comparisons += 1
        modes.update(kind for path in expected for kind in kinds(path))
    say(f"{comparisons} coalitions; in their conditional paths: {dict(modes)}")
    assert modes.keys() == EVERY_KIND


def kinds(path: Any) -> set[str]:
    """Return the modes of a path's steps, and whether a gateway is passed and several services are one step."""
    steps = path.steps
    gateways = {"gateway"} if any(not covers for *_, covers, _ in steps) else set()
    together = {"with others"} if any(len(services) > 1 for _, _, services, *_ in steps) else set()
    return {mode for _, _, _, mode, *_ in steps} | gateways | together


def draw(rng: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a hotline, a gate that may be a hospital or a court, and an inn and a hut; and one to three needs."""
    by_trait = rng.choice(("not", "not", "only"))  # both at once: two readings, see "What is exact" of the README
    organizations = [
        tiny.organization("hotline", *services(rng, "hotline", 0.3, by_trait)),
        tiny.organization("gate", *services(rng, "gate", 0.4, by_trait), **rng.choice((HOSPITAL, HOSPITAL, COURT))),
        *(
            tiny.organization(slug, *services(rng, slug, 0.7, by_trait), membership=rng.choice(("none", "active")))
            for slug in ("inn", "hut")
        ),
    ]
    between = rng.choice(("inn", "hut", "gate"))
    needs = [tiny.need(code, rng.choice(("now", "today"))) for code in CODES if rng.random() < 0.8]
    profile = tiny.profile(
        *(needs or [tiny.need(CODES[0])]),
        facts={
            "client_present": rng.choice((None, None, True, False)),
            "guardian": rng.choice(("none", "none", "safe_parent", None)),
            "may_sign_alone": rng.choice((True, False, None)),
        },
        consents=rng.choice(([], [SIGNED], [SIGNED])),
        client={
            "age": rng.choice((30, 16, None, None)),
            "traits": rng.choice(({}, {}, {"runaway": False})),
            "languages": [rng.choice(("en", "en", "es"))],
        },
        prefer=rng.choice(("balanced", "soonest", "fewest_handoffs", "most_private")),
    )
    agreements, packs = [tiny.agreement("hotline", between)], ["federal", "coalition"]
    return tiny.bundle(*organizations, agreements=agreements, policy_packs=packs), profile


HOSPITAL = {"kind": "health", "regimes": ["hipaa"]}
COURT = {"kind": "law_enforcement", "basis": "systems", "regimes": []}


def services(rng: random.Random, slug: str, share: float, by_trait: str) -> list[dict[str, Any]]:
    """Return services of an agency, some with something to ask the client; the hut's may take from the gate only."""
    doors = (["anyone"], ["anyone"], ["health"], ["gate"]) if slug == "hut" else (["anyone"],)
    return [
        tiny.service(
            f"{slug}-{code[:4]}",
            code,
            accepts=rng.choice(WAYS),
            accepts_from=rng.choice(doors),
            intake_data=[rng.choice(("need", "identity"))],
            minimum_age=rng.choice((None, None, None, 25)),
            interpretation_services=rng.choice(("by phone", "by phone", None)),
            **rng.choice(({}, {by_trait: ["runaway"]})),
        )
        for code in (*CODES, "peer_support")
        if rng.random() < share
    ]
