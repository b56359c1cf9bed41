"""Who a service takes, in three values: yes where every way to read the facts says yes, no where none does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any, TypeVar

import numpy as np
import pytest
from builders import area, client, need, organization, profile, service, snapshot
from hypothesis import given
from hypothesis import strategies as st

import routing
from routing.client.eligibility import DIMENSIONS, NO, UNKNOWN, YES, ClientView
from routing.client.scenario import Scenario

World = TypeVar("World")
WORDS = {int(NO): "no", int(UNKNOWN): "unknown", int(YES): "yes"}
GENDERS = ("female", "male", "transgender_female", "transgender_male", "nonbinary")
TREE = {"us-tx": None, "travis": "us-tx", "hays": "us-tx", "austin": "travis", "east": "austin", "us-la": None}
AREAS = tuple(area(code, within=within) for code, within in TREE.items())
TRAITS = ("pregnant", "parenting", "runaway", "disability")


def judge(person: routing.Client, *offers: dict[str, Any]) -> list[dict[str, str]]:
    """Return the verdicts of services with these limits on a client, by dimension."""
    network = snapshot(
        organization("o"), *AREAS, *(service(f"s{n:03}", "food", at="o", **more) for n, more in enumerate(offers))
    )
    rows = np.arange(len(offers), dtype=np.int32)
    verdicts, language = ClientView(network, person).judge(rows), ClientView(network, person).language(rows)
    return [
        {"language": WORDS[int(language[row])]}
        | {name: WORDS[int(getattr(verdicts, name)[row])] for name in DIMENSIONS}
        for row in range(len(offers))
    ]


def verdict(dimension: str, person: routing.Client, **offer: Any) -> str:
    return judge(person, offer)[0][dimension]


def over_all(worlds: Iterable[World], takes: Callable[[World], bool]) -> str:
    """Return yes if every world is taken, no if none is, else unknown: what three values mean."""
    answers = {takes(world) for world in worlds}
    return "unknown" if len(answers) > 1 else ("yes" if answers.pop() else "no")


# -- age ---------------------------------------------------------------------------------------------------

OLDEST = 120
LIMITS = st.none() | st.sampled_from([0, *range(10, 20)])
"""Few of them, so that ends meet: both are inside."""


@st.composite
def age_ranges(draw: st.DrawFn) -> tuple[int | None, int | None]:
    low, high = draw(LIMITS), draw(LIMITS)
    return (high, low) if low is not None and high is not None and high < low else (low, high)


@given(age_ranges(), age_ranges())
def test_age_is_what_every_year_of_the_range_says(
    client_ages: tuple[int | None, int | None], limits: tuple[int | None, int | None]
) -> None:
    """Yes if each possible year is within the limits, no if none is; an absent limit of a bundle is none."""
    low, high = limits
    years = range(client_ages[0] or 0, (OLDEST if client_ages[1] is None else client_ages[1]) + 1)

    value = verdict("age", client(age_min=client_ages[0], age_max=client_ages[1]), minimum_age=low, maximum_age=high)

    assert value == over_all(years, lambda age: (low or 0) <= age <= (OLDEST if high is None else high))


@given(age_ranges(), age_ranges())
def test_an_absent_limit_of_an_import_may_be_anything(
    client_ages: tuple[int | None, int | None], limits: tuple[int | None, int | None]
) -> None:
    """Yes only where both limits are told; no where the one that is told says so."""
    low, high = limits
    years = range(client_ages[0] or 0, (OLDEST if client_ages[1] is None else client_ages[1]) + 1)
    lows = [low] if low is not None else [0, OLDEST + 1]
    highs = [high] if high is not None else [-1, OLDEST]

    value = verdict(
        "age",
        client(age_min=client_ages[0], age_max=client_ages[1]),
        minimum_age=low,
        maximum_age=high,
        limits_known=False,
    )

    assert value == over_all(product(years, lows, highs), lambda world: world[1] <= world[0] <= world[2])


# -- gender ------------------------------------------------------------------------------------------------


@given(st.none() | st.sets(st.sampled_from(GENDERS), min_size=1), st.none() | st.sampled_from(GENDERS))
def test_gender_is_what_every_possible_gender_says(genders: set[str] | None, gender: str | None) -> None:
    """Not told is any of the five; a list of all five is no limit."""
    value = verdict("gender", client(gender=gender), genders=genders)

    assert value == over_all([gender] if gender else GENDERS, lambda each: genders is None or each in genders)


# -- language ----------------------------------------------------------------------------------------------

TAGS = ("en", "es", "es-mx", "es-419", "zh", "zh-yue", "zh-yue-hant", "vi")
REAL = (*TAGS, "en-x", "es-x", "es-mx-x", "zh-x", "zh-yue-x", "zh-yue-hant-x", "es-419-x", "vi-x")


def spoken_as(tag: str) -> list[str]:
    """Return what somebody may really speak who is known to speak `tag`: that or any narrower one."""
    return [real for real in REAL if real == tag or real.startswith(f"{tag}-")]


@given(st.sets(st.sampled_from(TAGS), min_size=1), st.sampled_from(TAGS))
def test_a_language_is_served_by_itself_and_by_what_it_is_a_kind_of(offered: set[str], tag: str) -> None:
    """Spanish serves Mexican Spanish; whether Cantonese serves a speaker of Chinese is unknown."""
    value = verdict("language", client(languages=(tag,)), languages=offered, interpretation=False)

    assert value == over_all(
        spoken_as(tag), lambda real: any(real == have or real.startswith(f"{have}-") for have in offered)
    )


@given(st.sets(st.sampled_from(TAGS), min_size=1), st.lists(st.sampled_from(TAGS), min_size=1, max_size=3))
def test_any_language_of_the_client_is_enough(offered: set[str], tags: list[str]) -> None:
    """The best verdict of all languages that the client speaks."""
    limits = {"languages": offered, "interpretation": False}

    value = verdict("language", client(languages=tuple(tags)), **limits)

    each = [verdict("language", client(languages=(tag,)), **limits) for tag in tags]
    assert value == max(each, key=("no", "unknown", "yes").index)


@pytest.mark.parametrize(
    ("languages", "offer", "expected"),
    [
        (("en",), {}, "yes"),
        (("en-GB",), {}, "yes"),
        (("EN",), {}, "yes"),
        (("enm",), {}, "unknown"),
        (("es",), {}, "unknown"),
        (("es", "en"), {}, "yes"),
        (None, {}, "yes"),
        (None, {"languages": ("vi",)}, "yes"),
        (("es",), {"languages": ("en",)}, "no"),
        (("ES-mx",), {"languages": ("Es",)}, "yes"),
        (("es",), {"languages": ("est",)}, "no"),
        (("es",), {"languages": ("en",), "languages_known": False}, "unknown"),
        (("es",), {"languages": ("es",), "languages_known": False}, "yes"),
        (("vi",), {"languages": ("en",), "interpretation": True}, "yes"),
        (None, {"interpretation": True}, "yes"),
    ],
    ids=str,
)
def test_what_is_not_said_of_languages(languages: tuple[str, ...] | None, offer: dict[str, Any], expected: str) -> None:
    """No list means English; interpretation serves everyone; a client of whom no language is known hinders nothing."""
    assert verdict("language", client(languages=languages), **{"interpretation": False, **offer}) == expected


# -- area --------------------------------------------------------------------------------------------------


def lies_in(place: str, code: str) -> bool:
    at: str | None = place
    while at is not None:
        if at == code:
            return True
        at = TREE[at]
    return False


@given(st.none() | st.sets(st.sampled_from(sorted(TREE)), min_size=1), st.none() | st.sampled_from(sorted(TREE)))
def test_an_area_is_covered_where_every_place_in_it_is(areas: set[str] | None, code: str | None) -> None:
    """A client in an area is somewhere in it, perhaps in no part that has a name."""
    places = [place for place in TREE if code is None or lies_in(place, code)]
    anywhere = [*places, "elsewhere"] if code is None else places

    value = verdict("area", client(area=code), areas=areas)

    if areas is None:
        assert value == "yes"
    else:
        assert value == over_all(anywhere, lambda place: place in TREE and any(lies_in(place, area) for area in areas))


@pytest.mark.parametrize(
    ("areas", "expected"), [(("hays",), "unknown"), (("travis",), "yes"), (("us-tx",), "yes"), ((), "unknown")], ids=str
)
def test_an_import_may_cover_more_than_it_lists(areas: tuple[str, ...], expected: str) -> None:
    """What an import lists is covered; what it does not list is unknown, and nothing listed is not everywhere."""
    assert verdict("area", client(area="austin"), areas=areas, areas_known=False) == expected


def test_an_area_that_is_not_here_is_refused() -> None:
    """The client's area must be in the snapshot: a misspelt one never reads as "nowhere"."""
    with pytest.raises(routing.UnknownArea, match=r"client\.area"):
        judge(client(area="atlantis"), {})


# -- traits ------------------------------------------------------------------------------------------------


@given(
    st.sets(st.sampled_from(TRAITS)),
    st.sets(st.sampled_from(TRAITS)),
    st.dictionaries(st.sampled_from([*TRAITS, "lgbtq"]), st.sampled_from([True, False, None])),
)
def test_traits_are_what_every_way_to_fill_them_in_says(
    only: set[str], excludes: set[str], traits: dict[str, bool | None]
) -> None:
    """Each trait that is not told may be true or false; all of `only` must be true and none of `not` known to be.

    What of `not` is unknown is to confirm, and counts as false here.
    """
    excludes -= only
    unknown = [trait for trait in TRAITS if traits.get(trait) is None]
    worlds = [
        {**traits, **dict(zip(unknown, values, strict=True))} for values in product([True, False], repeat=len(unknown))
    ]

    value = verdict("trait", client(traits=traits), only=only, excludes=excludes)

    barred = any(traits.get(trait) for trait in excludes)
    assert value == over_all(worlds, lambda world: all(world[trait] for trait in only) and not barred)


# -- together ----------------------------------------------------------------------------------------------


def test_overall_is_the_lowest_of_all() -> None:
    """Yes only if each dimension is; no as soon as one is."""
    offers = [
        {},
        {"genders": ("male",)},
        {"minimum_age": 25, "maximum_age": 35, "only": ("pregnant",)},
        {"minimum_age": 40, "only": ("pregnant",)},
    ]
    network = snapshot(organization("o"), *(service(f"s{n}", "food", at="o", **more) for n, more in enumerate(offers)))

    overall = ClientView(network, client()).judge(np.arange(4, dtype=np.int32)).overall

    assert [WORDS[int(value)] for value in overall] == ["yes", "no", "unknown", "no"]


def test_one_pass_over_many_is_many_passes_over_one() -> None:
    """Verdicts do not depend on which other services are looked at, nor on their order."""
    offers = [
        {"areas": ("austin",)},
        {},
        {"areas": ("hays", "travis"), "interpretation": False, "languages": ("es", "vi")},
        {"interpretation": False},
        {"areas": ("us-la",), "genders": ("male",), "excludes": ("runaway",)},
    ]
    person = client(languages=("es-MX",), area="travis")

    assert judge(person, *offers) == [judge(person, offer)[0] for offer in offers]
    network = snapshot(
        organization("o"), *AREAS, *(service(f"s{n}", "food", at="o", **m) for n, m in enumerate(offers))
    )
    rows = np.array([3, 0, 4], dtype=np.int32)
    assert ClientView(network, person).judge(rows).area.tolist() == [int(YES), int(UNKNOWN), int(NO)]


@pytest.mark.parametrize("area_code", [None, "travis", "us-tx"])
def test_who_may_be_near_is_who_does_not_surely_leave_out_the_area(area_code: str | None) -> None:
    """Everywhere, the area or what contains it, what lies within it, and where more may be covered than is listed."""
    area_lists: list[dict[str, Any]] = [{"areas": codes} for codes in ((), ("us-tx",), ("travis", "hays"), ("us-la",))]
    limits = [{}, *area_lists, *({**limit, "areas_known": False} for limit in area_lists)]
    services = [
        service(f"s{n:02}", kind, at="o", **limit) for n, (kind, limit) in enumerate(product(("food", "legal"), limits))
    ]
    network = snapshot(organization("o"), *AREAS, *services)
    needs_profile = profile(need("food", "today"), origin="o", client=client(area=area_code))
    scenario = Scenario(network, needs_profile)
    rows = np.arange(len(network.services), dtype=np.int32)
    expected = rows[ClientView(network, needs_profile.client).area(rows) != NO]
    assert sorted({*scenario.may_be_near().tolist()}) == expected.tolist()


def test_who_may_be_taken_is_who_is_not_refused_and_who_is_taken_is_who_all_say_yes_to() -> None:
    """The two short ways say what the verdicts say, for each dimension alone and for all together."""
    limits: list[dict[str, Any]] = [
        {},
        {"areas": ("us-la",)},
        {"areas": ("hays",)},
        {"minimum_age": 40},
        {"minimum_age": 25, "maximum_age": 35},
        {"genders": ("male",)},
        {"only": ("pregnant",)},
        {"excludes": ("parenting",)},
        {"interpretation": False, "languages": ("vi",)},
        {"interpretation": False, "languages": ("es-MX",)},
    ]
    offers = [{**first, **second} for first, second in product(limits, limits)]
    network = snapshot(
        organization("o"), *AREAS, *(service(f"s{n:03}", "food", at="o", **m) for n, m in enumerate(offers))
    )
    rows = np.arange(len(offers), dtype=np.int32)
    for traits in ({}, {"parenting": True}, {"pregnant": False, "parenting": False}):
        for area_code in (None, "travis", "us-tx"):
            view = ClientView(network, client(languages=("es",), area=area_code, traits=traits, age_min=20, age_max=30))
            verdicts = view.judge(rows)
            rows_in_area = rows[verdicts.area == YES]
            assert view.takes(rows_in_area).tolist() == rows[verdicts.overall == YES].tolist()
