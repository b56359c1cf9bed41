"""What is to confirm, array by array, is what the contract says of one service at a time."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest
from builders import client, organization, service, snapshot

import policies
import routing
from routing.client.confirm import Confirming
from routing.client.eligibility import ClientView
from routing.directory.snapshot import mask_of
from service.words.vocabulary import ROUTED_TYPES

HOUSING = ("emergency_shelter", "transitional_housing", "long_term_safe_house", "host_home", "foster_placement")
COUNTED, GATEWAY = {*HOUSING, "transportation"}, ""
ASKED_FOR = (*HOUSING[:2], "transportation", "food", "family_reunification", GATEWAY)
AGENCIES = {
    "kept": {},
    "told": {"regimes": frozenset[str]()},
    "read": {"basis": "systems", "kind": "law_enforcement", "regimes": frozenset[str]()},
}
TOPICS = policies.load_hand_off_law().left_to_advocates
ENDLESS = 999
TRAITS = ("foreign_national", "on_probation", "suspected_exploiter_household", "pregnant")
AGES = (None, 0, 10, 17, 18, 19, 40)


def drawn_service(rng: random.Random, number: int, *, homes: bool) -> routing.Service:
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


def drawn_client(rng: random.Random) -> routing.Client:
    low, high = sorted((rng.choice(AGES[1:]), rng.choice(AGES[1:])), key=int)
    along = tuple(
        routing.Companion(None if (youngest := rng.choice(AGES)) is None else min(youngest, oldest), oldest, gender)
        if (oldest := rng.choice(AGES)) is not None
        else routing.Companion(rng.choice(AGES), None, gender)
        for gender in rng.choices((None, "male", "female"), k=rng.randrange(3))
    )
    known = rng.sample(TRAITS, rng.randrange(4))
    return client(
        age_min=rng.choice((None, low)),
        age_max=rng.choice((None, high)),
        languages=rng.choice(((), ("en",), ("vi",), ("en", "vi"))),
        traits={trait: rng.choice((True, False, None)) for trait in known},
        companions=along,
    )


class OneAtATime:
    """The contract's sentences ("To confirm"; `client.with`) on one service and one type."""

    def __init__(self, who: routing.Client, one: routing.Service, asked_for: str, denied: set[str]) -> None:
        self.who, self.one, self.asked_for = who, one, asked_for
        self.unknown = {trait for trait in one.excludes if who.traits.get(trait) is None and trait not in denied}

    def closing_traits(self) -> set[str]:
        home = {"family_reunification"}
        if self.asked_for in home or (self.asked_for == GATEWAY and self.one.types == home):
            return self.unknown
        return self.unknown & TOPICS if self.one.organization == "read" else set()

    def unfit(self) -> set[str]:
        found = set()
        for person in self.who.companions:
            low = 0 if person.age_min is None else person.age_min
            high = ENDLESS if person.age_max is None else person.age_max
            if low < (self.one.minimum_age or 0) or high > (self.one.maximum_age or ENDLESS):
                found.add("age")
            if self.one.genders is not None and person.gender not in self.one.genders:
                found.add("gender")
        return found if self.asked_for in COUNTED and self.one.companions is not True else set()

    def closes_with(self) -> bool:
        young = self.who.age_min is None or self.who.age_min < 18
        adult = any(person.age_max is None or person.age_max >= 18 for person in self.who.companions)
        return bool(self.unfit()) and (self.one.companions is False or (young and adult))

    def foreign(self) -> bool:
        served, spoken = self.one.languages or {"en"}, set(self.who.languages)
        served = served | ({"vi"} if self.one.interpretation else set())
        return bool(spoken) and not spoken & served

    def asked(self) -> int:
        topics = self.unknown - self.closing_traits()
        if topics & TOPICS and self.one.organization == "told":
            return 100
        return 30 if topics or (self.unfit() and not self.closes_with()) else 0

    def entries(self, *, told: bool) -> list[tuple[str, str | None]]:
        topics = self.unknown - self.closing_traits()
        names = [f"client.traits.{trait}" if told or trait not in TOPICS else None for trait in sorted(topics)]
        found: list[tuple[str, str | None]] = [("trait", name) for name in names]
        found += [("language", "client.languages")] * self.foreign()
        return found + [("companions", "client.with")] * bool(self.unfit() and not self.closes_with())


@pytest.mark.parametrize("seed", range(60))
def test_each_service_is_judged_as_the_contract_says(seed: int) -> None:
    """By type, as a gateway, all types at once, and with traits taken as false."""
    rng = random.Random(seed)
    services = [drawn_service(rng, number, homes=seed % 3 > 0) for number in range(12)]
    found = snapshot(*(organization(slug, **who) for slug, who in AGENCIES.items()), *services)
    who, denied = drawn_client(rng), set(rng.sample(TRAITS, rng.randrange(2)))
    confirming = Confirming(found, ClientView(found, who), who, mask_of(denied, found.words.traits))
    rows = np.arange(len(services), dtype=np.int32)
    every = np.array([rng.randrange(len(ASKED_FOR)) for _ in rows])

    for asked_for, which in [*((one, None) for one in ASKED_FOR), (None, every)]:
        types = [ASKED_FOR[place] for place in every] if asked_for is None else [asked_for] * len(rows)
        judged = confirming.at(rows, *(ASKED_FOR if asked_for is None else (asked_for,)), index=which)
        alone = [OneAtATime(who, one, kind, denied) for one, kind in zip(found.services, types, strict=True)]

        assert judged.unasked.tolist() == [bool(one.closing_traits()) for one in alone]
        assert judged.foreign.tolist() == [one.foreign() for one in alone]
        assert judged.too_old.tolist() == [one.closes_with() and "age" in one.unfit() for one in alone]
        assert judged.unlike.tolist() == [one.closes_with() and "gender" in one.unfit() for one in alone]
        assert judged.question_points.tolist() == [one.asked() for one in alone]
        for is_alone, points in ((False, 60), (True, 160)):
            expected = [one.asked() + points * one.foreign() for one in alone]
            assert judged.points(alone=is_alone).tolist() == expected
        for row, told in product(rows.tolist(), (True, False)):
            listed = confirming.entries(row, types[row], protected_topics=told)
            assert [(one.kind, one.attribute) for one in listed] == alone[row].entries(told=told)


def test_the_last_of_sixty_four_traits_counts() -> None:
    """As many as a mask holds: unknown, the last one closes what leads home, and is asked about elsewhere."""
    names = [f"trait_{number:02}" for number in range(64)]
    home = service("a", "family_reunification", at="kept", excludes=names)
    other = service("b", "food", at="kept", excludes=names)
    found = snapshot(organization("kept"), home, other)
    who = client(traits=dict.fromkeys(names[:-1], False))
    confirming = Confirming(found, ClientView(found, who), who)

    assert confirming.at(np.array([0], dtype=np.int32), "family_reunification").unasked.tolist() == [True]
    assert [one.attribute for one in confirming.entries(1, "food", protected_topics=True)] == ["client.traits.trait_63"]


def test_a_bed_for_each_of_them_where_they_count() -> None:
    """One for the client, and one for each who comes along."""
    family = client(companions=(routing.Companion(), routing.Companion()))

    assert {kind: ROUTED_TYPES.beds_for(family, kind) for kind in (*COUNTED, "food")} == {
        **dict.fromkeys(COUNTED, 3),
        "food": 1,
    }
