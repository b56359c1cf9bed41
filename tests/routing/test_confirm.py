"""What is to confirm, array by array, is what the guide says of one service at a time."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest
from builders import client, organization, service, snapshot
from seeds import fresh_random

import policies
import routing
from routing.client.confirm import Confirming
from routing.client.eligibility import ClientView
from routing.directory.snapshot import mask_of
from service.vocabulary import ROUTED_TYPES

HOUSING = ("emergency_shelter", "transitional_housing", "long_term_safe_house", "host_home", "foster_placement")
COUNTED, GATEWAY = {*HOUSING, "transportation"}, ""
CODES = (*HOUSING[:2], "transportation", "food", "family_reunification", GATEWAY)
AGENCIES = {
    "protected": {},
    "disclosed": {"regimes": frozenset[str]()},
    "discoverable": {"basis": "systems", "kind": "law_enforcement", "regimes": frozenset[str]()},
}
TOPICS = policies.load_hand_off_law().left_to_advocates
ENDLESS = 999
TRAITS = ("foreign_national", "on_probation", "suspected_exploiter_household", "pregnant")
AGES = (None, 0, 10, 17, 18, 19, 40)


def draw_service(rng: random.Random, number: int, *, homes: bool) -> routing.Service:
    home = [("family_reunification",), ("family_reunification", "food")] * homes
    types = rng.choice([*home, ("food",), HOUSING[:1], HOUSING])
    return service(
        f"s{number:02}",
        *types,
        at=rng.choice([*AGENCIES]),
        excludes=rng.sample(TRAITS, rng.randrange(3)),
        minimum_age=rng.choice((0, 11, 18)),
        maximum_age=rng.choice((17, 18, None)),
        genders=rng.choice((None, ("female",), ("male", "female"))),
        companions=rng.choice((True, False, None)),
        interpretation=rng.random() < 0.5,
        languages=rng.choice((None, ("en",), ("vi",))),
    )


def draw_client(rng: random.Random) -> routing.Client:
    low, high = sorted((rng.choice(AGES[1:]), rng.choice(AGES[1:])), key=int)
    along = tuple(
        routing.Companion(None if (youngest := rng.choice(AGES)) is None else min(youngest, oldest), oldest, gender)
        if (oldest := rng.choice(AGES)) is not None
        else routing.Companion(rng.choice(AGES), None, gender)
        for gender in rng.choices((None, "male", "female"), k=rng.randrange(3))
    )
    traits = rng.sample(TRAITS, rng.randrange(4))
    return client(
        age_min=rng.choice((None, low)),
        age_max=rng.choice((None, high)),
        languages=rng.choice(((), ("en",), ("vi",), ("en", "vi"))),
        traits={trait: rng.choice((True, False, None)) for trait in traits},
        companions=along,
    )


class ServiceByHand:
    """The guide's sentences ("To confirm"; `client.with`) on one service and one type."""

    def __init__(self, client: routing.Client, service: routing.Service, code: str, denied: set[str]) -> None:
        self.client, self.service, self.code = client, service, code
        self.unknown = {trait for trait in service.excludes if client.traits.get(trait) is None and trait not in denied}

    def closing_traits(self) -> set[str]:
        home = {"family_reunification"}
        if self.code in home or (self.code == GATEWAY and self.service.types == home):
            return self.unknown
        return self.unknown & TOPICS if self.service.organization == "discoverable" else set()

    def mismatches(self) -> set[str]:
        mismatches = set()
        for person in self.client.companions:
            low = 0 if person.age_min is None else person.age_min
            high = ENDLESS if person.age_max is None else person.age_max
            if low < (self.service.minimum_age or 0) or high > (self.service.maximum_age or ENDLESS):
                mismatches.add("age")
            if self.service.genders is not None and person.gender not in self.service.genders:
                mismatches.add("gender")
        return mismatches if self.code in COUNTED and self.service.companions is not True else set()

    def closes_with(self) -> bool:
        young = self.client.age_min is None or self.client.age_min < 18
        adult = any(person.age_max is None or person.age_max >= 18 for person in self.client.companions)
        return bool(self.mismatches()) and (self.service.companions is False or (young and adult))

    def foreign(self) -> bool:
        languages, spoken = self.service.languages or {"en"}, set(self.client.languages)
        languages = languages | ({"vi"} if self.service.interpretation else set())
        return bool(spoken) and not spoken & languages

    def question_points(self) -> int:
        topics = self.unknown - self.closing_traits()
        if topics & TOPICS and self.service.organization == "disclosed":
            return 100
        return 30 if topics or (self.mismatches() and not self.closes_with()) else 0

    def entries(self, *, topics_shown: bool) -> list[tuple[str, str | None]]:
        topics = self.unknown - self.closing_traits()
        names = [f"client.traits.{trait}" if topics_shown or trait not in TOPICS else None for trait in sorted(topics)]
        entries: list[tuple[str, str | None]] = [("trait", name) for name in names]
        entries += [("language", "client.languages")] * self.foreign()
        return entries + [("companions", "client.with")] * bool(self.mismatches() and not self.closes_with())


@pytest.mark.parametrize("seed", range(60))
def test_each_service_is_judged_as_the_contract_says(seed: int) -> None:
    """By type, as a gateway, all types at once, and with traits taken as false."""
    rng = fresh_random(seed)
    services = [draw_service(rng, number, homes=seed % 3 > 0) for number in range(12)]
    network = snapshot(*(organization(slug, **traits) for slug, traits in AGENCIES.items()), *services)
    person, denied = draw_client(rng), set(rng.sample(TRAITS, rng.randrange(2)))
    confirming = Confirming(network, ClientView(network, person), person, mask_of(denied, network.words.traits))
    rows = np.arange(len(services), dtype=np.int32)
    places = np.array([rng.randrange(len(CODES)) for _ in rows])

    for code, index in [*((each, None) for each in CODES), (None, places)]:
        types = [CODES[place] for place in places] if code is None else [code] * len(rows)
        matters = confirming.at(rows, *(CODES if code is None else (code,)), index=index)
        by_hand = [ServiceByHand(person, row, kind, denied) for row, kind in zip(network.services, types, strict=True)]

        assert matters.unasked.tolist() == [bool(service.closing_traits()) for service in by_hand]
        assert matters.foreign.tolist() == [service.foreign() for service in by_hand]
        assert matters.too_old.tolist() == [
            service.closes_with() and "age" in service.mismatches() for service in by_hand
        ]
        assert matters.unlike.tolist() == [
            service.closes_with() and "gender" in service.mismatches() for service in by_hand
        ]
        assert matters.question_points.tolist() == [service.question_points() for service in by_hand]
        for is_alone, points in ((False, 60), (True, 160)):
            expected = [service.question_points() + points * service.foreign() for service in by_hand]
            assert matters.points(alone=is_alone).tolist() == expected
        for row, topics_shown in product(rows.tolist(), (True, False)):
            entries = confirming.entries(row, types[row], protected_topics=topics_shown)
            assert [(entry.kind, entry.attribute) for entry in entries] == by_hand[row].entries(
                topics_shown=topics_shown
            )


def test_the_last_of_sixty_four_traits_counts() -> None:
    """As many as a mask holds: unknown, the last one closes what leads home, and is asked about elsewhere."""
    names = [f"trait_{number:02}" for number in range(64)]
    home = service("a", "family_reunification", at="protected", excludes=names)
    other = service("b", "food", at="protected", excludes=names)
    network = snapshot(organization("protected"), home, other)
    person = client(traits=dict.fromkeys(names[:-1], False))
    confirming = Confirming(network, ClientView(network, person), person)

    assert confirming.at(np.array([0], dtype=np.int32), "family_reunification").unasked.tolist() == [True]
    assert [entry.attribute for entry in confirming.entries(1, "food", protected_topics=True)] == [
        "client.traits.trait_63"
    ]


def test_a_bed_for_each_of_them_where_they_count() -> None:
    """One for the client, and one for each who comes along."""
    family = client(companions=(routing.Companion(), routing.Companion()))

    assert {kind: ROUTED_TYPES.beds_for(family, kind) for kind in (*COUNTED, "food")} == {
        **dict.fromkeys(COUNTED, 3),
        "food": 1,
    }
