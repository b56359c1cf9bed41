"""First paths under the answers of a question: those that open much the same are searched at once, on the same hops."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count, repeat
from typing import Any

import pytest
from builders import (
    EverythingLeaves,
    NothingLeaves,
    agreement,
    area,
    beds,
    client,
    consented,
    need,
    organization,
    profile,
    service,
    snapshot,
)

import routing
from routing.client.scenario import Scenario
from routing.handoffs.standing import Standings
from routing.ranking.search_paths import search_paths
from routing.what_if import answers

NO_PATH = routing.PathQuality(pressing_open=1, bad=True, required_open=1, total=0)
COUNTIES = ("ash", "elm", "fir", "oak")
BED, HOME = "emergency_shelter", "family_reunification"
WITH_AN_ADULT = client(age_min=16, age_max=40, companions=(routing.Companion(30, 30, "male"),))


def counties() -> routing.Snapshot:
    """Return counties of two towns; in each a house with beds, one of them for a town alone."""
    records: list[Any] = [area("state"), organization("hotline")]
    for county in COUNTIES:
        house, towns = organization(f"{county}-house"), [area(f"{county}-town-{n}", within=county) for n in (0, 1)]
        beds = [service(f"{county}-{n}", BED, at=house.slug, areas=[county]) for n in range(6)]
        inn = service(f"{county}-inn", BED, at=house.slug, areas=[towns[1].code])
        records += [area(county, within="state"), *towns, house, *beds, inn, agreement("hotline", house.slug)]
    return snapshot(*records)


@pytest.fixture
def request_anywhere() -> routing.Request:
    return routing.Request(counties(), profile(BED, client=client(area=None)), rules=NothingLeaves())


def test_a_county_and_its_towns_are_searched_at_once(
    request_anywhere: routing.Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many searches as there are counties: with all open at once, the best path is open in none but one of them."""
    searches: list[int] = []
    search = answers.search_paths

    def counting(scenario: Scenario, *rules: Any, **how: Any) -> Any:
        searches.append(len(scenario.opens))
        return search(scenario, *rules, **how)

    monkeypatch.setattr(answers, "search_paths", counting)
    (area_unknown,) = [
        unknown for unknown in routing.find_unknowns(request_anywhere, ()) if unknown.attribute == "client.area"
    ]
    suppositions = [
        routing.Supposition(area_unknown.attribute, answer, request_anywhere) for answer in area_unknown.answers
    ]

    firsts = {supposition.answer.values[0]: path for supposition, path in routing.FirstPaths(suppositions, NO_PATH)}

    houses = {place: path and path.steps[-1].organization for place, path in firsts.items()}
    assert houses == {place: f"{county}-house" for county in COUNTIES for place in (county, f"{county}-town-1")}
    assert searches == [7] * len(COUNTIES)


def test_answers_about_other_attributes_are_left_out(request_anywhere: routing.Request) -> None:
    """Once it is known what to ask; those about that attribute come as before."""
    rows = frozenset(range(len(request_anywhere.snapshot.services)))
    every = [
        routing.Supposition(attribute, routing.Possible((value,), rows), request_anywhere)
        for attribute, value in (("client.gender", "female"), ("client.area", "ash"), ("client.gender", "male"))
    ]
    first_paths = routing.FirstPaths(every, NO_PATH)

    first, _ = next(iter(first_paths))
    first_paths.only("client.gender")

    assert first.attribute == "client.area"
    assert [supposition.answer.values for supposition, _ in first_paths] == [("female",), ("male",)]
    again = routing.FirstPaths(every, NO_PATH)
    again.only("client.gender")
    assert {supposition.attribute for supposition, _ in again} == {"client.gender"}


def test_a_standing_is_worked_out_once_for_all_answers(
    request_anywhere: routing.Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever opens; but anew under other rules, and where the client is reached in another way."""
    standings: list[tuple[int, object]] = []
    let_in = Standings._let_in

    def counting(self: Standings, holder: int, view: Any, terms: Any) -> Any:
        standings.append((holder, view.offers))
        return let_in(self, holder, view, terms)

    monkeypatch.setattr(Standings, "_let_in", counting)
    rules = request_anywhere.rules
    rows = tuple(range(len(request_anywhere.snapshot.services)))

    for opens in (rows, rows[:8], rows[8:], rows):
        search_paths(request_anywhere.scenario().supposing(opens, client_present=True), rules)

    assert len(standings) == len({*standings}) > 0
    search_paths(request_anywhere.scenario().supposing(rows, client_present=False), rules)
    search_paths(request_anywhere.scenario().supposing(rows, client_present=True), NothingLeaves())
    assert len(standings) > len({*standings})


def bed(code: str = BED, **terms: Any) -> routing.Service:
    return service("bed", code, at="inn", **terms)


@pytest.mark.parametrize(
    ("offer", "known", "answer", "changes", "rules"),
    [
        (bed(genders=("male",)), {"client": client(gender=None)}, {"opens": frozenset({0})}, {}, None),
        (bed(HOME, excludes=("runaway",)), {}, {"denies": "runaway"}, {}, None),
        (bed(genders=("female",), capacities=(beds(2),)), {"client": WITH_AN_ADULT}, {"adult": True}, {}, None),
        (bed(accepts=("warm",)), {"client_present": None}, {}, {"client_present": True}, None),
        (bed(accepts=("self",)), {"may_call": False}, {}, {"may_call": True}, None),
        (bed(accepts=("packet",), intake_data=("need",)), {}, {}, {}, consented("hotline", "inn")),
        (bed(accepts=("packet",), intake_data=("need",)), {}, {}, {}, EverythingLeaves()),
    ],
    ids=["opens", "a trait", "grown up", "on the line", "may call", "consented", "no matter of consent"],
)
def test_one_answer_betters_the_path_and_one_that_changes_nothing_does_not(
    offer: routing.Service,
    known: dict[str, Any],
    answer: dict[str, Any],
    changes: dict[str, Any],
    rules: routing.HopRules | None,
) -> None:
    """By whatever an answer may change. Both are supposed together, in either order."""
    network = snapshot(organization("hotline"), organization("inn"), offer)
    wanted = profile(need("food", "later"), *offer.types, **known)
    request = routing.Request(network, wanted, rules=consented("hotline", "elsewhere"))
    without, opens = routing.find_paths(request), {"opens": frozenset[int](), **answer}
    under = request.but(profile=replace(wanted, **changes), rules=rules)
    plain = routing.Supposition("client.gender", routing.Possible(("other",), frozenset()), request)
    better = routing.Supposition("client.gender", routing.Possible(("female",), **opens), under)
    assert without.paths == routing.list_paths(request) == ()
    assert without.quality is not None
    assert routing.list_paths(under, **opens)

    for both in ((plain, better), (better, plain)):
        assert routing.may_better(request, both, without.quality, without.pressing) == (better,)
        assert [supposition for supposition, _ in routing.FirstPaths(both, without.quality)] == [better]
        is_expired = request.but(past_hard_deadline=lambda: True)
        assert better in routing.may_better(is_expired, both, without.quality, without.pressing)
        unsearched = request.but(profile=wanted)
        assert routing.may_better(unsearched, both, without.quality, without.pressing) == both


@pytest.mark.parametrize("between", [False, True], ids=["where they go", "on the way"])
def test_much_the_same_opens_and_not_what_the_best_path_uses(*, between: bool) -> None:
    """Of four agencies for men, the answer that opens three does not open the quickest; or not as a way in."""
    agencies = [organization(f"agency-{number}") for number in range(4)]
    offered = "peer_support" if between else BED
    for_men = [
        service(f"open-{place}", offered, at=agency.slug, genders=("male",), response_time=timedelta(hours=place))
        for place, agency in enumerate(agencies)
    ]
    inn = service("shut", BED, at="inn", accepts_from=[agency.slug for agency in agencies], active=between)
    network = snapshot(organization("hotline"), organization("inn"), *agencies, *for_men, inn)
    request = routing.Request(network, profile(BED, client=client(gender=None)), rules=NothingLeaves())
    rows = [network.service_index[row.slug] for row in for_men]
    both = [
        routing.Supposition("client.area", routing.Possible((f"{len(some)} open",), frozenset(some)), request)
        for some in (rows, rows[1:])
    ]

    first_paths = routing.FirstPaths(both, NO_PATH)

    firsts = {supposition.answer.values: path and path.steps[0].organization for supposition, path in first_paths}
    assert firsts == {("4 open",): "agency-0", ("3 open",): "agency-1"}


def supposing(request: routing.Request, attribute: str, value: str, *slugs: str) -> routing.Supposition:
    rows = frozenset(request.snapshot.service_index[slug] for slug in slugs)
    return routing.Supposition(attribute, routing.Possible((value,), rows), request)


def test_no_answer_opens_all_that_the_best_path_uses() -> None:
    """Much the same opens: with all of it open the path uses what the one answer opens and what the other does."""
    slow = [
        service(f"slow-{place}-{code}", code, at="slow", genders=("male",), response_time=timedelta(hours=90))
        for code in (BED, "food")
        for place in range(3)
    ]
    quick = service("bed", BED, at="ash", genders=("male",)), service("meal", "food", at="elm", genders=("male",))
    network = snapshot(*map(organization, ("hotline", "ash", "elm", "slow")), *slow, *quick)
    request = routing.Request(network, profile(BED, "food", client=client(gender=None)), rules=NothingLeaves())
    common, nothing = [row.slug for row in slow], replace(NO_PATH, pressing_open=2, required_open=2)
    both = [supposing(request, "client.area", opened, opened, *common) for opened in ("bed", "meal")]

    firsts = {
        supposition.answer.values[0]: path and {step.organization for step in path.steps}
        for supposition, path in routing.FirstPaths(both, nothing)
    }

    assert firsts == {"bed": {"ash", "slow"}, "meal": {"elm", "slow"}}


def test_of_answers_as_good_those_come_first_that_are_given_first() -> None:
    """Much the same opens; the best of two beds alike, with both open, is that of the second answer alone."""
    slow = [
        service(f"slow-{n}", BED, at="slow", genders=("male",), response_time=timedelta(hours=90)) for n in range(6)
    ]
    quick = [service(f"quick-{n}", BED, at="quick", genders=("male",)) for n in range(2)]
    network = snapshot(*map(organization, ("hotline", "quick", "slow")), *slow, *quick)
    request = routing.Request(network, profile(BED, client=client(gender=None)), rules=NothingLeaves())
    opened, common = {"a": "quick-1", "b": "quick-0", "c": "quick-1"}, [row.slug for row in slow]
    three = [supposing(request, "client.area", value, slug, *common) for value, slug in opened.items()]

    firsts = list(routing.FirstPaths(three, NO_PATH))

    assert len({path.total for _, path in firsts if path}) == 1
    assert [supposition.answer.values[0] for supposition, _ in firsts] == [*opened]


def test_what_comes_after_too_much_leaves_it_to_the_price_what_betters() -> None:
    """The bed asks for three in a row, one more than a path adds; what no path meets could be met at any cost."""
    asking = {BED: ("intake",), "intake": ("papers",), "papers": ("school",), "school": ()}
    house = [service(f"house-{code}", code, at="house", requires=first) for code, first in asking.items()]
    inn = bed(genders=("male",))
    network = snapshot(*map(organization, ("hotline", "house", "inn")), *house, inn)
    request = routing.Request(network, profile(BED, client=client(gender=None)), rules=NothingLeaves())
    without, male = routing.find_paths(request), supposing(request, "client.gender", "male", inn.slug)
    assert (without.paths, without.quality is None) == ((), False)

    better = routing.may_better(request, [male], NO_PATH, [BED])

    assert better == (male,)
    assert [supposition for supposition, _ in routing.FirstPaths(better, NO_PATH)] == [male]
    for useless in ([], [supposing(request, "client.gender", "other")]):
        assert routing.may_better(request, useless, NO_PATH, [BED]) == ()


def test_a_step_to_the_police_is_better_than_none_and_worse_than_any() -> None:
    """Of two beds for men, one is where everything is told to a court."""
    precinct = organization("precinct", kind="law_enforcement", basis="systems")
    two_beds = [service(f"{slug}-bed", BED, at=slug, genders=("male",)) for slug in ("precinct", "inn")]
    network = snapshot(*map(organization, ("hotline", "inn")), precinct, *two_beds)
    request = routing.Request(network, profile(BED, client=client(gender=None)), rules=NothingLeaves())
    without = routing.find_paths(request)
    exposing, safe = (supposing(request, "client.area", bed.slug, bed.slug) for bed in two_beds)
    assert without.quality == NO_PATH
    exposed = replace(NO_PATH, pressing_open=0, required_open=0)

    for now, better in ((NO_PATH, [safe, exposing]), (exposed, [safe])):
        assert {*routing.may_better(request, [exposing, safe], now, without.pressing)} == {*better}
        assert [supposition for supposition, _ in routing.FirstPaths([exposing, safe], now)] == better


def test_answers_about_one_attribute_come_best_first_once_others_are_left_out() -> None:
    """Each answer opens a bed of its own, the later the dearer; the two about the area are told of or left out."""
    beds = [
        service(f"bed-{hours}", BED, at="inn", genders=("male",), response_time=timedelta(hours=hours))
        for hours in range(4)
    ]
    network = snapshot(organization("hotline"), organization("inn"), *beds)
    request = routing.Request(network, profile(BED, client=client(gender=None)), rules=NothingLeaves())
    attributes = ("client.area", "client.area", "client.gender", "client.gender")
    first_paths = routing.FirstPaths(
        [supposing(request, attribute, bed.slug, bed.slug) for attribute, bed in zip(attributes, beds, strict=True)],
        NO_PATH,
    )

    first, _ = next(iter(first_paths))
    first_paths.only("client.gender")

    assert first.answer.values == ("bed-0",)
    assert [supposition.answer.values for supposition, _ in first_paths] == [("bed-2",), ("bed-3",)]


def test_whenever_time_runs_out_the_first_paths_are_the_best_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the best is proven there is a path: to a slow bed by a call, while the quick one is behind a gate.

    Once it has run out no search is begun.
    """
    searches = list[Any]()

    def counted(*scenario_and_rules: Any, **how: Any) -> Any:
        searches.append(scenario_and_rules)
        return search_paths(*scenario_and_rules, **how)

    monkeypatch.setattr(answers, "search_paths", counted)
    quick = service("quick", BED, at="shut", genders=("male",), accepts_from=("gate",))
    slow = [
        service(f"slow-{number}", BED, at="inn", genders=("male",), response_time=timedelta(hours=60 + number))
        for number in range(4)
    ]
    gate, agencies = service("talk", "peer_support", at="gate"), map(organization, ("hotline", "inn", "gate", "shut"))
    network = snapshot(*agencies, gate, quick, *slow)
    opened = [("quick", "slow-3"), *((bed.slug,) for bed in slow)]
    whole, lengths = [("quick", "shut"), *((bed.slug, "inn") for bed in slow)], dict[int, None]()
    for after in count():
        readings = repeat(False, after)
        request = routing.Request(
            network,
            profile(BED, client=client(gender=None)),
            rules=NothingLeaves(),
            past_hard_deadline=lambda readings=readings: next(readings, True),
        )
        suppositions = [supposing(request, "client.area", slugs[0], *slugs) for slugs in opened]

        firsts = [
            (supposition.answer.values[0], path and path.steps[-1].organization)
            for supposition, path in routing.FirstPaths(suppositions, NO_PATH)
        ]

        assert firsts == whole[: len(firsts)]
        assert len(searches) == min(len(firsts) + 1, len(whole))
        searches.clear()
        lengths[len(firsts)] = None
        if firsts == whole:
            break
    assert [*lengths] == [0, 1, 2, 3, 4, 5]
