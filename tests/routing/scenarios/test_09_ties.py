"""09. Equals: fewer hand-offs first, then step by step the order of needs and slugs; never by luck."""

from datetime import timedelta
from itertools import permutations

from builders import Record, find, need, organization, profile, service, snapshot
from drawing import coverage, pictures
from loaded import path_key

import routing

HOTLINE = organization("hotline")


def test_equal_shelters_come_by_slug() -> None:
    """Names decide between equals, whatever the order in which they were written down.

    hotline --warm--> alpaca      then zebra
    """
    records: list[Record] = [
        HOTLINE,
        organization("zebra"),
        organization("alpaca"),
        service("a", "emergency_shelter", at="zebra"),
        service("z", "emergency_shelter", at="alpaca"),
    ]

    answers = {find(snapshot(*order), profile("emergency_shelter")) for order in permutations(records)}

    assert len(answers) == 1
    assert pictures(answers.pop()) == ["hotline --warm--> alpaca", "hotline --warm--> zebra"]


def test_equal_services_of_one_place_come_by_slug() -> None:
    """Two like beds in one house: the first by slug is named.

    hotline --warm--> shelter [bed-1]
    """
    twins = [service(slug, "emergency_shelter", at="shelter") for slug in ("bed-2", "bed-1")]

    answer = find(snapshot(HOTLINE, organization("shelter"), *twins), profile("emergency_shelter"))

    assert [coverage(path) for path in answer.paths] == [[{"bed-1": ("emergency_shelter",)}]]


def test_the_first_step_decides_before_the_second() -> None:
    """Equally urgent needs of one row in any order cost the same; they are met in the order in which they are told.

    hotline --warm--> zebra [coat]; hotline --warm--> alpaca [food]      and the other way round for food and a coat
    """
    network = snapshot(
        HOTLINE,
        organization("alpaca"),
        organization("zebra"),
        service("coat", "clothing", at="zebra"),
        service("meal", "food", at="alpaca"),
    )
    orders = ("clothing", "food"), ("food", "clothing")

    paths = [find(network, profile(*(need(kind, "now") for kind in kinds))).paths[0] for kinds in orders]

    assert [[step.organization for step in path.steps] for path in paths] == [["zebra", "alpaca"], ["alpaca", "zebra"]]


def test_one_service_is_named_before_two() -> None:
    """Of equal steps at one place, the lists of services compare like words: shorter first if the rest is alike.

    hotline --warm--> center [all]      not [all, more]
    """
    everything = service("all", "food", "clothing", at="center")
    more = service("more", "clothing", at="center")

    answer = find(snapshot(HOTLINE, organization("center"), everything, more), profile("food", "clothing"))

    assert coverage(answer.paths[0]) == [{"all": ("food", "clothing")}]


def test_fewer_hand_offs_come_first_among_equal_totals() -> None:
    """Two hand-offs within the house cost 203 points, one to a slow stranger 203 too: the one call comes first.

    hotline --warm--> zebra [meal, coat]      then      hotline --warm--> alpaca ; then antelope
    """
    network = snapshot(
        HOTLINE,
        *(organization(slug, parent="hotline") for slug in ("alpaca", "antelope")),
        organization("zebra"),
        service("a-meal", "food", at="alpaca"),
        service("a-coat", "clothing", at="antelope"),
        service("z-meal", "food", at="zebra", response_time=timedelta(hours=71)),
        service("z-coat", "clothing", at="zebra"),
    )

    answer = find(network, profile(need("food", "later"), need("clothing", "later")))

    assert [(path.total, len(path.steps)) for path in answer.paths[:2]] == [(203, 1), (203, 2)]
    assert [path.steps[0].organization for path in answer.paths[:2]] == ["zebra", "alpaca"]


def test_where_the_origin_may_as_well_hand_over_itself_it_does() -> None:
    """Alpaca could send the client on just as well: whoever asks makes both calls, in every path, gateways too.

    hotline --warm--> alpaca ; hotline --warm--> bison | camel ; hotline --warm--> aardvark --warm--> dingo
    """
    network = snapshot(
        HOTLINE,
        *map(organization, ("aardvark", "alpaca", "bison", "camel", "dingo")),
        service("meal", "food", at="alpaca"),
        *(service(f"bed-{slug}", "emergency_shelter", at=slug) for slug in ("bison", "camel")),
        service("desk", "case_management", at="aardvark"),
        service("coat", "clothing", at="dingo", accepts_from=("aardvark",)),
    )

    beds = find(network, profile("food", need("emergency_shelter", "today")))
    coat = find(network, profile("food", need("clothing", "today")))

    assert [[step.holder for step in path.steps] for path in beds.paths] == [["hotline"] * 2] * 2
    assert [step.holder for step in coat.paths[0].steps] == ["hotline", "hotline", "aardvark"]


def test_the_ranking_key_is_what_the_contract_says() -> None:
    """In every answer the keys rise: open needs, total, hand-offs, steps.

    hotline --warm--> a | b | c ...
    """
    network = snapshot(
        HOTLINE, *map(organization, "abc"), *(service(f"bed-{slug}", "emergency_shelter", at=slug) for slug in "abc")
    )
    needs_profile: routing.Profile = profile("emergency_shelter")

    keys = [path_key(path, needs_profile) for path in find(network, needs_profile).paths]

    assert keys == sorted(keys)
