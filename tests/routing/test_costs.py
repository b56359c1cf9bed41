"""Prices one by one: exposure as the guide says it, the way there on the globe, and the points of RULES.md."""

from __future__ import annotations

from itertools import chain, combinations, product
from math import acos, ceil, cos, pi, radians, sin

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import routing
from routing.costs import (
    ASKS,
    EXPOSURES,
    GENERAL_STAY,
    LOOSEST,
    MODES,
    OUT_OF_ORDER,
    RELATIONSHIP,
    STAY_DISCLOSED,
    TERMS,
    URGENCIES,
    WEIGHT_PROFILES,
)
from routing.costs import distance_points as points_to
from routing.handoffs.hop import MOST_ADDED
from routing.model import Availability

PROTECTING = [
    *("vawa", "fvpsa", "voca", "ovc_ht", "hipaa", "part2"),
    *("rhy_basic", "rhy_tlp", "tx_420", "tx_93", "tx_611", "attorney"),
]
REGIMES = [*PROTECTING, "ferpa"]
KINDS = [None, "cac", "health", "mental_health", "sud", "victim_services", "law_enforcement", "school", "legal"]
BASES = [None, "community", "systems"]
EARTH_KM = 6371.0088


def sets_of_two() -> list[frozenset[str]]:
    return [frozenset(some) for some in chain.from_iterable(combinations(REGIMES, size) for size in range(3))]


def test_the_terms_are_those_of_the_contract() -> None:
    """No cost term outside the list, shown in its order; urgencies, modes and exposures in theirs."""
    terms = (
        "handoffs exposure delay order uncertain distance specialised not_designated mode relationship asks "
        "optional_uncovered"
    )

    assert list(TERMS) == terms.split()
    assert list(URGENCIES) == ["now", "today", "this_week", "later"]
    assert list(MODES) == ["warm", "self", "packet"]
    assert list(EXPOSURES) == ["protected", "disclosed", "discoverable"]
    assert set(WEIGHT_PROFILES) == {"balanced", "soonest", "fewest_handoffs", "most_private"}


@pytest.mark.parametrize(("basis", "kind"), list(product(BASES, KINDS)))
def test_exposure_is_what_the_contract_says(basis: str | None, kind: str | None) -> None:
    """Every basis, kind and pair of regimes, by the sentence of the guide."""
    for regimes in sets_of_two():
        health = kind in ("health", "mental_health", "sud") and not regimes.isdisjoint({"hipaa", "part2"})
        if kind == "cac" or (basis == "systems" and not health):
            expected = "discoverable"
        elif basis == "community" and not regimes.isdisjoint(PROTECTING):
            expected = "protected"
        else:
            expected = "disclosed"

        assert routing.exposure_level(basis=basis, kind=kind, regimes=regimes) == expected


@pytest.mark.parametrize("name", WEIGHT_PROFILES)
def test_exposure_is_charged_by_its_level(name: str) -> None:
    """Protected is free; a discoverable place that the client asks for costs as a disclosed one."""
    lens = WEIGHT_PROFILES[name]

    assert [lens.exposure(level, asked_for=False) for level in EXPOSURES] == [0, lens.disclosed, lens.discoverable]
    assert [lens.exposure(level, asked_for=True) for level in EXPOSURES] == [0, lens.disclosed, lens.disclosed]


@pytest.mark.parametrize("name", WEIGHT_PROFILES)
def test_waiting_costs_its_hours_by_urgency(name: str) -> None:
    """The weight of an hour, times the hours."""
    lens = WEIGHT_PROFILES[name]

    assert [lens.waiting(urgency, 3) for urgency in URGENCIES] == [3 * lens.hour * weight for weight in (8, 4, 2, 1)]


@pytest.mark.parametrize("name", WEIGHT_PROFILES)
def test_the_modes_cost_what_the_readme_says(name: str) -> None:
    """Internal and warm are free of their own; no mode is cheaper than one preferred to it."""
    lens = WEIGHT_PROFILES[name]
    prices = [lens.mode(mode) for mode in MODES]

    assert lens.mode("internal") == 0
    assert prices == [0, lens.self_contact, lens.packet]
    assert prices == sorted(prices)


@pytest.mark.parametrize("answers_in_known", [True, False])
@pytest.mark.parametrize("status", ["open", "opens_later", "unknown"])
@pytest.mark.parametrize(("capacity", "room"), [("available", 0), ("stale", 10), ("unknown", 10), ("full", 40)])
def test_each_thing_unknown_is_charged(capacity: str, room: int, status: str, answers_in_known: bool) -> None:
    """Hours, room and response time, each on its own and all together."""
    availability = Availability(status, None, capacity)
    expected = room + 20 * (status == "unknown") + 5 * (not answers_in_known)

    assert WEIGHT_PROFILES["balanced"].uncertain(availability, answers_in_known=answers_in_known) == expected


def test_asking_costs_what_the_readme_says() -> None:
    """A step that things as they stand do not allow: 150 under every lens."""
    assert ASKS == 150


@pytest.mark.parametrize("name", ["balanced", "fewest_handoffs", "most_private"])
def test_a_discoverable_step_costs_more_than_all_else_together(name: str) -> None:
    """Eight needs and two prerequisites, a gateway before each, everything else at its worst."""
    lens = WEIGHT_PROFILES[name]
    steps = 2 * (8 + MOST_ADDED)
    waits = 8 * lens.hour * (168 + 168 + 4)
    unknown = lens.hours_unknown + 40 + lens.response_unknown
    step = lens.handoff + lens.disclosed + waits + unknown + 100 + lens.not_designated + lens.packet + 30 + ASKS
    step += GENERAL_STAY + STAY_DISCLOSED
    pairs = 8 * 7 // 2

    assert lens.discoverable > steps * step + pairs * OUT_OF_ORDER + 8 * lens.optional_uncovered


@pytest.mark.parametrize("name", WEIGHT_PROFILES)
def test_what_a_gateway_adds_at_least_is_what_it_can_add(name: str) -> None:
    """A second hand-off by somebody close in place of one from afar: no pair of relationships makes it add less."""
    lens, apart = WEIGHT_PROFILES[name], RELATIONSHIP.values()

    assert lens.by_gateway == min(lens.handoff + near - far for near, far in product(apart, apart))
    assert max(apart) == LOOSEST


# -- distance ----------------------------------------------------------------------------------------------

LATITUDES, LONGITUDES = st.integers(-89, 89), st.integers(-180, 180)


def great_circle_km(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the way along the globe by the law of cosines, which shares nothing with the code's formula."""
    (lat1, lon1), (lat2, lon2) = (tuple(map(radians, place)) for place in (start, end))
    return EARTH_KM * acos(max(-1, min(1, sin(lat1) * sin(lat2) + cos(lat1) * cos(lat2) * cos(lon2 - lon1))))


def points(start: tuple[float, float], end: tuple[float, float]) -> int:
    return int(points_to(start, np.array([end[0]], float), np.array([end[1]], float))[0])


@given(LATITUDES, LONGITUDES, st.integers(-400, 400), st.integers(-400, 400))
def test_distance_is_a_point_for_each_five_kilometres_begun(lat: int, lon: int, north: int, east: int) -> None:
    """At most a hundred; places some kilometres to many away, anywhere on the globe."""
    end = (max(-90.0, min(90.0, lat + north / 100)), lon + east / 100)
    km = great_circle_km((lat, lon), end)
    assume(abs(km / 5 - round(km / 5)) > 0.001)

    assert points((lat, lon), end) == min(100, ceil(km / 5))


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ((30.0, -97.0), 0),
        ((30.0 + 4.999 / (EARTH_KM * pi / 180), -97.0), 1),
        ((30.0 + 5.001 / (EARTH_KM * pi / 180), -97.0), 2),
        ((30.0 + 494.99 / (EARTH_KM * pi / 180), -97.0), 99),
        ((30.0 + 495.01 / (EARTH_KM * pi / 180), -97.0), 100),
        ((30.0 + 500.1 / (EARTH_KM * pi / 180), -97.0), 100),
        ((-30.0, 83.0), 100),
    ],
)
def test_distance_at_its_ends(end: tuple[float, float], expected: int) -> None:
    """Here is nothing, five kilometres are one point, and the other side of the globe costs a hundred."""
    assert points((30.0, -97.0), end) == expected
