"""16. What the agency itself will ask closes no door: traits that it refuses, languages, and those who come along."""

from typing import Any

import pytest
from builders import beds, client, find, organization, profile, service, snapshot
from drawing import best_picture, reasons

import routing
from service.vocabulary import ROUTED_TYPES

HOTLINE, SHELTER = organization("hotline"), organization("shelter")
OPEN_TRAIT = {"excludes": ("suspected_exploiter_household",)}
FOREIGN: dict[str, Any] = {"interpretation": False, "languages": ("vi",)}
BOY, MAN = routing.Companion(10, 10, "male"), routing.Companion(25, 25, "male")


def ask(
    *records: Any, kind: str = "emergency_shelter", present: bool | None = True, **client_facts: Any
) -> routing.Answer:
    needs_profile = profile(kind, client=client(**{"traits": {}, **client_facts}), client_present=present)
    return find(snapshot(HOTLINE, *records), needs_profile)


def confirms(answer: routing.Answer) -> list[tuple[str, str | None]]:
    return [(entry.kind, entry.attribute) for use in answer.paths[0].steps[0].services for entry in use.confirm]


def points(answer: routing.Answer) -> int:
    return sum(term.value for term in answer.paths[0].terms if term.name == "uncertain")


def bed(**limits: Any) -> routing.Service:
    return service("bed", "emergency_shelter", at="shelter", **{"capacities": (beds(9),), **limits})


def test_the_words_are_the_contracts() -> None:
    """For which types those who come along count."""
    housing = {"emergency_shelter", "transitional_housing", "long_term_safe_house", "host_home", "foster_placement"}

    assert {*housing, "hotel_stay", "relocation", "transportation"} == ROUTED_TYPES.with_companions


@pytest.mark.parametrize(
    ("limits", "client_facts", "matters", "cost"),
    [
        (OPEN_TRAIT, {}, [("trait", "client.traits.suspected_exploiter_household")], 30),
        (FOREIGN, {}, [("language", "client.languages")], 60),
        (FOREIGN, {"languages": None}, [], 0),
        (
            {"maximum_age": 5, "minimum_age": None},
            {"age": 5, "companions": (BOY,)},
            [("companions", "client.with")],
            30,
        ),
        (
            {**OPEN_TRAIT, **FOREIGN},
            {},
            [("trait", "client.traits.suspected_exploiter_household"), ("language", "client.languages")],
            90,
        ),
    ],
    ids=str,
)
def test_what_is_to_confirm_is_listed_and_paid(
    limits: dict[str, Any], client_facts: dict[str, Any], matters: list[tuple[str, str | None]], cost: int
) -> None:
    """30 points for traits and companions, 60 for a language, once for the step.

    hotline --warm--> shelter
    """
    answer = ask(SHELTER, bed(**limits), **client_facts)
    plain = ask(SHELTER, bed(), age=5)

    assert (confirms(answer), points(answer) - points(plain)) == (matters, cost)


def test_a_language_costs_more_where_the_client_calls_alone() -> None:
    """160 points by `self`, for nobody is beside the client.

    hotline --self--> shelter
    """
    answer, plain = ask(SHELTER, bed(**FOREIGN), present=False), ask(SHELTER, bed(), present=False)

    assert (best_picture(answer), points(answer) - points(plain)) == ("hotline --self--> shelter", 160)


@pytest.mark.parametrize(
    ("limits", "client_facts", "reason"),
    [(OPEN_TRAIT, {}, "unknown"), (FOREIGN, {}, "language"), ({"maximum_age": 40}, {"companions": (MAN, MAN)}, None)],
    ids=str,
)
def test_whoever_has_to_be_spoken_to_is_sent_no_packet(
    limits: dict[str, Any], client_facts: dict[str, Any], reason: str
) -> None:
    """A service that takes nothing but packets cannot ask: it counts as unknown, or under the language.

    hotline --X--> shelter
    """
    answer = ask(SHELTER, bed(accepts=("packet",), intake_data=(), **limits), **client_facts)

    if reason is None:
        assert best_picture(answer) == "hotline --packet--> shelter"
    else:
        assert reasons(answer) == {"emergency_shelter": {reason: 1}}


def test_nobody_is_led_home_before_it_is_known_to_be_safe() -> None:
    """An unknown trait closes family reunification, and nothing else of the same service.

    hotline --X--> family      hotline --warm--> family [food]
    """
    family = service("home", "family_reunification", "food", at="shelter", **OPEN_TRAIT)

    assert reasons(ask(SHELTER, family, kind="family_reunification")) == {"family_reunification": {"unknown": 1}}
    assert best_picture(ask(SHELTER, family, kind="food")) == "hotline --warm--> shelter"


@pytest.mark.parametrize(
    ("agency", "cost"),
    [({"basis": "systems"}, None), ({"regimes": frozenset()}, 100), ({}, 30)],
    ids=str,
)
def test_a_protected_topic_is_asked_by_whom_no_court_reads(agency: dict[str, Any], cost: int | None) -> None:
    """A discoverable receiver stays closed, a disclosed one costs 100, a protected one 30.

    hotline --X | warm--> agency
    """
    shelter, limits = organization("shelter", **agency), {"excludes": ("foreign_national",)}
    answer, plain = ask(shelter, bed(**limits)), ask(shelter, bed())

    if cost is None:
        assert reasons(answer) == {"emergency_shelter": {"unknown": 1}}
    else:
        assert points(answer) - points(plain) == cost


@pytest.mark.parametrize("agency", [{"basis": "systems"}, {"regimes": frozenset()}, {}], ids=str)
def test_any_other_trait_costs_the_same_wherever_it_is_asked(agency: dict[str, Any]) -> None:
    """30 points at a discoverable receiver, too.

    hotline --warm--> agency
    """
    shelter = organization("shelter", **agency)
    answer, plain = ask(shelter, bed(excludes=("runaway",))), ask(shelter, bed())

    assert points(answer) - points(plain) == 30


def test_a_systems_based_origin_is_not_told_which_topic_the_agency_asks_about() -> None:
    """The entry stands, without the trait.

    precinct --warm--> shelter
    """
    answer = find(
        snapshot(organization("precinct", basis="systems"), SHELTER, bed(excludes=("foreign_national", "runaway"))),
        profile("emergency_shelter", origin="precinct", client=client(traits={})),
    )

    assert confirms(answer) == [("trait", None), ("trait", "client.traits.runaway")]


@pytest.mark.parametrize(
    ("says", "companion", "reason"),
    [(False, BOY, "age"), (None, MAN, "age"), (True, MAN, None)],
    ids=str,
)
def test_who_comes_along_may_close_a_shelter(
    says: bool | None, companion: routing.Companion, reason: str | None
) -> None:
    """A shelter that takes nobody else, or a child with an adult beside it, is closed; one that takes all is open.

    hotline --X | warm--> shelter
    """
    answer = ask(SHELTER, bed(maximum_age=9, companions=says), age=9, companions=(companion,))

    assert reasons(answer) == ({} if reason is None else {"emergency_shelter": {reason: 1}})


def test_who_comes_along_counts_only_where_somebody_sleeps_or_rides() -> None:
    """A lawyer's office looks at the client alone.

    hotline --warm--> office
    """
    office = service("office", "legal_civil", at="shelter", maximum_age=9, companions=False)

    assert confirms(ask(SHELTER, office, kind="legal_civil", age=9, companions=(MAN,))) == []


def test_each_who_comes_along_needs_a_bed() -> None:
    """Two free beds are too few for three.

    hotline --X--> shelter
    """
    counts = (routing.Capacity(2, profile("food").at, "bed"),)
    answer = ask(SHELTER, bed(companions=True, capacities=counts), companions=(BOY, BOY))

    assert reasons(answer) == {"emergency_shelter": {"full": 1}}


def test_what_two_needs_have_to_confirm_at_one_service_is_asked_once_and_the_language_first() -> None:
    """hotline --warm--> shelter [bed and food]; the client is five, the brother ten"""
    both = service("both", "emergency_shelter", "food", at="shelter", capacities=(beds(9),), maximum_age=5, **FOREIGN)
    asked = profile("food", "emergency_shelter", client=client(traits={}, age=5, companions=(BOY,)))

    answer = find(snapshot(HOTLINE, SHELTER, both), asked)

    assert best_picture(answer) == "hotline --warm--> shelter"
    assert (confirms(answer), points(answer)) == ([("language", "client.languages"), ("companions", "client.with")], 90)


def test_whoever_takes_a_report_is_asked_nothing_about_the_client() -> None:
    """The bureau speaks another language and refuses a trait: nobody is handed over to it.

    hotline --report--> bureau
    """
    kind = "child_protection_report"
    desk = service("desk", kind, at="bureau", **OPEN_TRAIT, **FOREIGN)
    asked = routing.with_reports(
        profile(kind, client=client(traits={})), [routing.CertainReport(kind, frozenset({"bureau"}))]
    )

    answer = find(snapshot(HOTLINE, organization("bureau"), desk), asked)

    assert best_picture(answer) == "hotline --report--> bureau"
    assert (confirms(answer), points(answer)) == ([], 0)
