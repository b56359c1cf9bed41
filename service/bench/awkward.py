"""A seeded coalition with all the awkwardness that a bundle may hold: closed doors, packets, great agreements.

The arrays of `synthetic` have the shape of a state's directory, where most doors are open. Here more than a third of
the services open to some agencies alone, a fifth ask for other services first, half take packets, agreements join up
to two hundred parties, and a third of the agencies are no active members.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from service.bench import chances
from service.bench.agencies import FORM, PACKS
from service.vocabulary import (
    AGREEMENT_LEVELS,
    AGREEMENT_STATUSES,
    GENDERS,
    KINDS,
    MEMBERSHIPS,
    REGIMES,
    REPORTERS,
    SERVICE_TYPES,
    TRAITS,
)

Document = dict[str, Any]

AGENCIES, SERVICES, AGREEMENTS = 300, 728, 300
"""The size of the coalition; a smaller or larger one has as many services and agreements for each agency."""
IN_FORCE, MANY_PARTIES, MOST_PARTIES = 180 / 300, 115 / 300, 200
"""The shares of agreements in force, and of those in force between three parties or more; and the most parties."""
CLOSED, ASK_FIRST, TAKE_PACKETS, PACKETS_ALONE = 0.38, 0.22, 0.5, 0.25
"""The shares of services open to some agencies alone, asking for services first, and taking packets (alone)."""
NOT_ACTIVE = 1 / 3
"""The share of agencies that are no active members."""
SYSTEMS = frozenset(
    {"law_enforcement", "prosecutor", "court", "child_welfare", "juvenile_justice", "immigration_authority", "school"}
)
DATA = (
    "need", "identity", "contact_location", "narrative", "health", "mental_health", "sud", "education", "immigration",
    "justice",
)  # fmt: skip
ASKED_FIRST = ("intake_assessment", "case_management", "safety_planning", "victim_advocacy", "identification_documents")
COUNTIES, TOWNS = 12, 2
_ALWAYS = {"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR,SA,SU", "opens_at": "00:00", "closes_at": "23:59"}
_OFFICE = {"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR", "opens_at": "08:00", "closes_at": "17:00"}
_NIGHTS = {"freq": "WEEKLY", "byday": "TU,TH,SA", "opens_at": "20:00", "closes_at": "06:00"}


def draw_bundle(agencies: int = AGENCIES, seed: int = 1) -> bytes:
    """Return the bundle (JSON) of a number of agencies and a seed, always the same.

    >>> drawn = json.loads(draw_bundle(12))
    >>> len(drawn["organizations"]), sum(len(one["services"]) for one in drawn["organizations"])
    (12, 29)
    """
    dice = Random(seed)  # noqa: S311 - no secret
    slugs = [f"agency-{number:04}" for number in range(agencies)]
    organizations = list(_organizations(slugs, dice))
    for service in _services(slugs, dice):
        dice.choice(organizations)["services"].append(service)
    elements = ["who", "whom", "what", "why", "end_date", "date", "signature"]
    document = {
        "coalition": {"slug": "awkward", "name": "Awkward", "timezone": chances.ZONE, "policy_packs": [*PACKS]},
        "areas": list(_areas(dice)),
        "organizations": organizations,
        "agreements": list(_agreements(slugs, dice)),
        "release_forms": [
            {"id": form, "name": form, "languages": ["en"], "marks": marks, "elements": elements}
            for form, marks in ((FORM, ["health", "sud"]), ("roi-plain", []))
        ],
    }
    return json.dumps(document).encode()


def _areas(dice: Random) -> Iterator[Document]:
    yield {"code": "state", "name": "State"}
    for county in range(COUNTIES):
        place = {"latitude": round(dice.uniform(29, 33), 3), "longitude": round(dice.uniform(-101, -95), 3)}
        yield {"code": f"county-{county}", "name": f"County {county}", "within": "state", **place}
        for town in range(TOWNS):
            yield {"code": f"town-{county}-{town}", "name": f"Town {county}-{town}", "within": f"county-{county}"}


def _organizations(slugs: Sequence[str], dice: Random) -> Iterator[Document]:
    not_active = _drawn(len(slugs), NOT_ACTIVE, dice)
    for number, slug in enumerate(slugs):
        kind = dice.choice(KINDS)
        place = {"latitude": round(dice.uniform(29, 33), 3), "longitude": round(dice.uniform(-101, -95), 3)}
        yield {
            "id": slug,
            "name": f"Agency {number}",
            **({"parent": slugs[number - 1]} if number % 20 == 1 else {}),
            "phones": [{"number": "555-0100", "type": "voice", "description": "Office"}],
            "locations": [{"id": f"{slug}-place", "location_type": "physical", **place}],
            "coalition": {
                "basis": "systems" if kind in SYSTEMS else "community",
                "kind": kind,
                "regimes": dice.sample(REGIMES, dice.choice([0, 0, 1, 1, 2])),
                "reporter": dice.choice(REPORTERS),
                "membership": dice.choice(MEMBERSHIPS[1:]) if number in not_active else MEMBERSHIPS[0],
                "listed": "public",
                "accepted_forms": dice.choice([[FORM], [FORM, "roi-plain"], ["roi-plain"], []]),
            },
            "services": [],
        }


def _services(slugs: Sequence[str], dice: Random) -> Iterator[Document]:
    count = round(len(slugs) * SERVICES / AGENCIES)
    closed, ask_first = _drawn(count, CLOSED, dice), _drawn(count, ASK_FIRST, dice)
    packets = sorted(_drawn(count, TAKE_PACKETS, dice))
    packets_alone = {*dice.sample(packets, round(count * PACKETS_ALONE))}
    for number in range(count):
        types = {dice.choice(SERVICE_TYPES) for _ in range(dice.choice([1, 1, 2]))}
        types |= {dice.choice(ASKED_FIRST)} if dice.random() < 0.2 else set()
        first = [one for one in dice.sample(ASKED_FIRST, 3) if one not in types]
        others = dice.choice([["self"], ["warm"], ["self", "warm"]])
        terms: Document = {"types": sorted(types), "accepts": others, **_people(dice)}
        if number in ask_first and first:
            terms["requires"] = first[: dice.choice([1, 2])]
        if number in closed:
            terms["accepts_from"] = _door(slugs, dice)
        if number in packets_alone or number in packets:
            terms["accepts"] = ["packet"] if number in packets_alone else ["packet", *others]
            terms["intake_data"] = ["need", *dice.sample(DATA[1:], dice.randint(0, 4))]
        yield {
            "id": f"service-{number:05}",
            "name": f"Service {number}",
            "status": "active" if dice.random() < 0.97 else "inactive",
            "service_areas": [{"name": area} for area in _covered(dice)],
            "schedules": dice.choice([[], [_ALWAYS], [_OFFICE], [_NIGHTS]]),
            "languages": [{"code": tag} for tag in dice.sample(chances.LANGUAGES[:5], dice.choice([0, 1, 2]))],
            **({"interpretation_services": "by phone"} if dice.random() < 0.3 else {}),
            **dice.choice([{}, {}, {"minimum_age": 18}, {"minimum_age": 11, "maximum_age": 17}, {"maximum_age": 24}]),
            "capacities": _beds(dice),
            "referral": terms,
        }


def _people(dice: Random) -> Document:
    """Return whom a service takes, and how soon."""
    found: Document = {}
    if dice.random() < 0.15:
        found["genders"] = dice.sample(GENDERS, dice.randint(1, 4))
    if dice.random() < 0.1:
        found["only"] = [dice.choice(TRAITS)]
    if dice.random() < 0.15:
        found["not"] = [one for one in dice.sample(TRAITS, 2) if one not in found.get("only", ())]
    if dice.random() < 0.5:
        found["response_time"] = f"PT{dice.choice([1, 2, 8, 24, 72])}H"
    if dice.random() < 0.4:
        found["companions"] = dice.random() < 0.7
    return found


def _door(slugs: Sequence[str], dice: Random) -> list[str]:
    """Return kinds, members, parties of agreements or named agencies, one sort of these or two."""
    sorts: list[list[str]] = [
        dice.sample(KINDS, dice.randint(1, 3)), ["members"], ["agreement"], dice.sample(slugs, dice.randint(1, 3))
    ]  # fmt: skip
    return sorted({word for sort in dice.sample(sorts, dice.choice([1, 1, 2])) for word in sort})


def _covered(dice: Random) -> list[str]:
    """Return the areas of a service: everywhere (none named), the state, some counties or some towns."""
    counties = dice.sample(range(COUNTIES), dice.randint(1, 5))
    return dice.choice(
        [
            [],
            ["state"],
            [f"county-{county}" for county in counties],
            [f"county-{county}" for county in counties],
            [f"town-{county}-{dice.randrange(TOWNS)}" for county in counties],
        ]
    )


def _beds(dice: Random) -> list[Document]:
    if dice.random() < 0.6:
        return []
    updated = chances.AT - timedelta(hours=dice.randint(1, 40))
    return [{"unit": "bed", "available": dice.randint(0, 3), "maximum": 8, "updated": updated.isoformat()}]


def _agreements(slugs: Sequence[str], dice: Random) -> Iterator[Document]:
    count = round(len(slugs) * AGREEMENTS / AGENCIES)
    in_force = sorted(_drawn(count, IN_FORCE, dice))
    many = {*dice.sample(in_force, round(count * MANY_PARTIES))}
    for number in range(count):
        most = min(MOST_PARTIES, len(slugs) * MOST_PARTIES // AGENCIES)
        width = max(3, round(most ** dice.random())) if number in many else 2
        found: Document = {
            "id": f"agreement-{number:04}",
            "between": dice.sample(slugs, width),
            "mutual": width > 2 or dice.random() < 0.7,
            "level": dice.choice(AGREEMENT_LEVELS),
            "type": "mou" if number in many else dice.choice(["mou", "mou", "team", "qsoa"]),
            "effective": "2025-01-01",
            **_standing(dice, in_force=number in in_force),
        }
        if dice.random() < 0.4:
            found["types"] = sorted(dice.sample(SERVICE_TYPES, dice.randint(1, 15)))
        if dice.random() < 0.4:
            found["data"] = sorted(dice.sample(DATA, dice.randint(1, 4)))
        yield found


def _standing(dice: Random, *, in_force: bool) -> Document:
    if in_force:
        return {"status": "signed", "expires": "2027-01-01"}
    return dice.choice([{"status": "signed", "expires": "2026-03-01"}, *({"status": one} for one in _UNSIGNED)])


_UNSIGNED = tuple(status for status in AGREEMENT_STATUSES if status != "signed")


def _drawn(count: int, share: float, dice: Random) -> set[int]:
    """Return so large a share of the numbers below `count`, drawn."""
    return {*dice.sample(range(count), round(count * share))}
