"""17. Beside the first path: who else meets what a step meets, what stands near, what opens later, and an advocate."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from builders import Record, agreement, beds, client, find, hours, need, organization, profile, service, snapshot
from drawing import best_picture, picture

import routing
from routing.ranking import single_need
from service.vocabulary import ROUTED_TYPES

HOTLINE = organization("hotline")
PRECINCT = organization("precinct", basis="systems", kind="law_enforcement")
BED, FOOD, LINE = "emergency_shelter", "food", "crisis_hotline"
LATE = (hours("20:00", "23:00"),)


def slow(hours: int) -> dict[str, Any]:
    return {"response_time": timedelta(hours=hours)}


def ask(*records: Record, needs: tuple[Any, ...], origin: str = "hotline", **changes: Any) -> routing.Answer:
    return find(snapshot(HOTLINE, PRECINCT, *records), profile(*needs, origin=origin, **changes))


def shelters(*slugs: str, **changes: Any) -> list[Record]:
    """Houses with a bed each, every one of them two hours slower than the one before."""
    houses = [organization(slug) for slug in slugs]
    return [*houses, *(service(f"{s}-bed", BED, at=s, **slow(2 * n), **changes) for n, s in enumerate(slugs))]


def pictures_of(entries: tuple[routing.Instead, ...]) -> list[tuple[str, str]]:
    return [(entry.type, picture(entry.path)) for entry in entries]


def near(answer: routing.Answer) -> dict[str, list[tuple[str, str]]]:
    return {entry.need: pictures_of(entry.near) for entry in answer.uncovered}


# -- instead -----------------------------------------------------------------------------------------------


def test_a_step_names_the_next_best_and_the_one_after() -> None:
    """Without the step's own agency, then without the first entry's as well; two at most.

    hotline --warm--> a      instead: b, then c; not d
    """
    answer = ask(*shelters("a", "b", "c", "d"), needs=(BED,))

    assert best_picture(answer) == "hotline --warm--> a"
    assert pictures_of(answer.instead[0]) == [(BED, "hotline --warm--> b"), (BED, "hotline --warm--> c")]


def test_a_step_that_meets_two_things_names_one_for_each_the_most_urgent_first() -> None:
    """Alphabetical among the equally urgent; then there is no room for a second of either.

    hotline --warm--> a [food, bed]      instead: b for the bed now, c for food today
    """
    both = service("both", BED, FOOD, at="a")
    answer = ask(
        *map(organization, "abcd"),
        both,
        service("beds", BED, at="b"),
        service("soup", FOOD, at="c"),
        service("more", BED, at="d", **slow(2)),
        needs=(need(FOOD, "today"), need(BED, "now")),
    )

    assert [best_picture(answer), len(answer.paths[0].steps)] == ["hotline --warm--> a", 1]
    assert pictures_of(answer.instead[0]) == [(BED, "hotline --warm--> b"), (FOOD, "hotline --warm--> c")]


def test_of_many_the_one_with_an_agreement_is_named() -> None:
    """Eight others would be quicker by two hours; y and z are bound to the hotline by an agreement, and cost less."""
    strangers = [record for slug in "abcdefgh" for record in shelters(slug)]
    partners = [organization(slug) for slug in "yz"]
    beds_there = [service(f"{slug}-bed", BED, at=slug, **slow(2 + n)) for n, slug in enumerate("yz")]
    agreements = [agreement("hotline", slug, level="coalition") for slug in "yz"]

    answer = ask(*strangers, *partners, *beds_there, *agreements, needs=(BED,), limit=2)

    assert best_picture(answer) == "hotline --warm--> y"
    assert pictures_of(answer.instead[0])[0] == (BED, "hotline --warm--> z")


def test_of_many_with_an_agreement_for_something_else_the_cheaper_without_is_named() -> None:
    """Six agencies have an agreement for food and need an hour longer; for a bed all are equally far."""
    six = [organization(slug) for slug in "abcdef"]
    slower = [service(f"{slug}-bed", BED, at=slug, **slow(4)) for slug in "abcdef"]
    for_food = [agreement("hotline", slug, level="coalition", types=frozenset({FOOD})) for slug in "abcdef"]
    quicker = [
        record for slug in "yz" for record in (organization(slug), service(f"{slug}-bed", BED, at=slug, **slow(3)))
    ]

    answer = ask(*six, *slower, *for_food, *quicker, needs=(BED,), limit=1)

    assert best_picture(answer) == "hotline --warm--> y"
    assert pictures_of(answer.instead[0])[0] == (BED, "hotline --warm--> z")


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_however_few_paths_are_asked_two_others_are_named(limit: int) -> None:
    """c takes clients from hospitals only: a and b offer the same themselves, and the third hospital leads to c."""
    hospitals = [organization(slug, kind="hospital") for slug in ("a", "b", "gate")]
    own = [service(f"{slug}-bed", BED, at=slug, **slow(2 * n)) for n, slug in enumerate("ab", start=1)]
    gate = service("talk", "peer_support", at="gate", **slow(6))
    behind = (organization("c"), service("c-bed", BED, at="c", accepts_from=("hospital",)))

    answer = ask(*hospitals, *own, gate, *behind, needs=(BED,), limit=limit)

    assert pictures_of(answer.instead[0]) == [
        (BED, "hotline --warm--> b"),
        (BED, "hotline --warm--> (gate) --warm--> c"),
    ]


def test_where_the_first_few_cost_less_than_all_others_no_graph_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ten houses, each dearer than the one before, the second and the third are named by their calls alone."""
    graphs = list[object]()
    monkeypatch.setattr(single_need, "hop_graph_of", lambda *_, **how: graphs.append(how))

    answer = ask(*shelters(*"abcdefghij"), needs=(BED,), limit=1)

    assert pictures_of(answer.instead[0]) == [(BED, "hotline --warm--> b"), (BED, "hotline --warm--> c")]
    assert not graphs


def test_what_is_more_urgent_comes_first_whatever_its_code() -> None:
    """Food now, and a bed today, at one step: whom to call for food comes first."""
    both = service("both", BED, FOOD, at="a")
    elsewhere = (service("beds", BED, at="b"), service("soup", FOOD, at="c"))

    answer = ask(*map(organization, "abc"), both, *elsewhere, needs=(need(BED, "today"), need(FOOD, "now")))

    assert pictures_of(answer.instead[0]) == [(FOOD, "hotline --warm--> c"), (BED, "hotline --warm--> b")]


def test_of_equals_the_first_by_slug_is_named_first() -> None:
    """hotline --warm--> a      instead: b, then c, at the same price; and an agency's first bed of two.

    The slugs of agencies count before those of their services.
    """
    houses = [*map(organization, "abc"), *(service(f"{slug}-bed", BED, at=slug) for slug in "abc")]
    answer = ask(*houses, service("b-2", BED, at="b"), needs=(BED,))

    assert pictures_of(answer.instead[0]) == [(BED, "hotline --warm--> b"), (BED, "hotline --warm--> c")]
    path = answer.instead[0][0].path
    assert [use.service for use in path.steps[0].services] == ["b-2"]
    assert (path.rank, path.covers, path.uncovered) == (1, (BED,), ())
    names = {"a": "m-bed", "b": "z-bed", "c": "b-bed"}
    renamed = ask(
        *map(organization, names), *(service(name, BED, at=slug) for slug, name in names.items()), needs=(BED,)
    )
    assert pictures_of(renamed.instead[0]) == [(BED, "hotline --warm--> b"), (BED, "hotline --warm--> c")]


def test_equally_urgent_types_come_by_rows_then_as_they_are_told() -> None:
    """A bed, then of one row what was told first: legal_civil before food, and room for two of them."""
    kinds = ("legal_civil", FOOD, BED)
    answer = ask(
        organization("a"),
        organization("b"),
        service("all", *kinds, at="a"),
        *(service(f"b-{kind}", kind, at="b", **slow(9)) for kind in kinds),
        needs=kinds,
    )

    assert [kind for kind, _ in pictures_of(answer.instead[0])] == [BED, "legal_civil"]


def test_where_one_of_two_has_nobody_the_other_has_two() -> None:
    """The second entry does without the first entry's last organization too.

    hotline --warm--> a [food, bed]      instead, for the bed: b, c
    """
    answer = ask(
        organization("a"), service("both", BED, FOOD, at="a"), *shelters("b", "c"), needs=(need(FOOD), need(BED))
    )

    assert pictures_of(answer.instead[0]) == [(BED, "hotline --warm--> b"), (BED, "hotline --warm--> c")]


def test_whoever_stands_elsewhere_on_the_path_may_be_named() -> None:
    """hotline --warm--> b [bed]; hotline --warm--> a [food]      instead of a: b, who has food as well, but slowly"""
    answer = ask(
        *map(organization, "ab"),
        service("soup", FOOD, at="a"),
        service("bed", BED, at="b"),
        service("slow-soup", FOOD, at="b", **slow(200)),
        needs=(FOOD, BED),
    )

    assert best_picture(answer) == "hotline --warm--> b; hotline --warm--> a"
    assert [pictures_of(entries) for entries in answer.instead] == [[], [(FOOD, "hotline --warm--> b")]]


def test_nobody_else_is_as_urgent_as_the_need_here() -> None:
    """What opens tonight stands in for a need of today, not for one of now."""
    records = (*shelters("a"), organization("b"), service("late", BED, at="b", schedules=(hours("20:00"),)))

    assert pictures_of(ask(*records, needs=(need(BED, "today"),)).instead[0]) == [(BED, "hotline --warm--> b")]
    assert pictures_of(ask(*records, needs=(need(BED, "now"),)).instead[0]) == []


@pytest.mark.parametrize(("kind", "is_named"), [(BED, False), ("law_enforcement_report", True)])
def test_nobody_else_is_discoverable_unless_the_need_leads_there(kind: str, is_named: bool) -> None:
    """A police department is named for a report to the police, and for no bed."""
    answer = ask(organization("a"), service("first", kind, at="a"), service("cell", kind, at="precinct"), needs=(kind,))

    assert pictures_of(answer.instead[0]) == ([(kind, "hotline --warm--> precinct")] if is_named else [])


def test_a_way_in_that_is_discoverable_is_no_way_to_somebody_else() -> None:
    """hotline --warm--> (gate) --warm--> b is no path beside a, for a court can ask the gate."""
    gate = {"basis": "systems", "kind": "school"}
    records = (
        *shelters("a"),
        organization("b"),
        service("b-bed", BED, at="b", accepts_from=("gate",)),
        service("talk", "peer_support", at="gate"),
    )

    assert pictures_of(ask(*records, organization("gate", **gate), needs=(BED,)).instead[0]) == []
    assert pictures_of(ask(*records, organization("gate"), needs=(BED,)).instead[0]) == [
        (BED, "hotline --warm--> (gate) --warm--> b")
    ]


def test_an_own_service_is_nobody_else_and_has_nobody_else() -> None:
    """The hotline's own pantry is a step without entries; it is no entry of another step by itself."""
    own = service("own", FOOD, at="hotline", **slow(90))

    met_at_home = ask(own, organization("a"), service("soup", FOOD, at="a", **slow(200)), needs=(FOOD,))
    met_away = ask(own, organization("a"), service("soup", FOOD, at="a"), needs=(need(FOOD, "now"),), prefer="soonest")

    assert ([step.mode for step in met_at_home.paths[0].steps], met_at_home.instead) == (["internal"], ((),))
    assert best_picture(met_away) == "hotline --warm--> a"
    assert pictures_of(met_away.instead[0]) == []


def test_a_report_has_nobody_else() -> None:
    """To whom it may be made the duty says."""
    kind, receivers = "child_protection_report", frozenset({"a", "b"})
    needs_profile = profile(kind)
    network = snapshot(HOTLINE, *map(organization, "ab"), *(service(f"{s}-line", kind, at=s) for s in "ab"))

    answer = find(network, routing.with_reports(needs_profile, [routing.CertainReport(kind, receivers)]))

    assert ([step.mode for step in answer.paths[0].steps], answer.instead) == (["report"], ((),))


def test_somebody_else_may_be_told_by_a_report() -> None:
    """A report may be made to d only; the others take over whoever calls, and a has an agreement with the hotline.

    hotline --warm--> a      instead: b, then the report to d, before c
    """
    kind, waits = "law_enforcement_report", {"a": 0, "b": 2, "c": 5, "d": 9}
    lines = [service(f"{slug}-line", kind, at=slug, **slow(hours)) for slug, hours in waits.items()]
    network = snapshot(HOTLINE, *map(organization, waits), *lines, agreement("hotline", "a"))
    needs_profile = routing.with_reports(profile(kind), [routing.CertainReport(kind, frozenset("d"))])

    answer = find(network, needs_profile)

    assert best_picture(answer) == "hotline --warm--> a"
    assert pictures_of(answer.instead[0]) == [(kind, "hotline --warm--> b"), (kind, "hotline --report--> d")]


def test_what_only_leads_on_has_nobody_else() -> None:
    """hotline --warm--> (gate) --warm--> a"""
    answer = ask(
        *map(organization, ("gate", "a", "b")),
        service("talk", "peer_support", at="gate"),
        service("bed", BED, at="a", accepts_from=("gate",)),
        service("far", BED, at="b", **slow(300)),
        needs=(BED,),
    )

    assert best_picture(answer) == "hotline --warm--> (gate) --warm--> a"
    assert [pictures_of(entries) for entries in answer.instead] == [[], [(BED, "hotline --warm--> b")]]


def test_what_must_come_first_is_on_the_way_to_somebody_else() -> None:
    """b and d ask for an intake at c first, and c is called first; the second entry does without b, not without c."""
    answer = ask(
        *shelters("a"),
        *map(organization, "bcd"),
        service("b-bed", BED, at="b", requires=("intake_assessment",)),
        service("d-bed", BED, at="d", requires=("intake_assessment",), **slow(2)),
        service("intake", "intake_assessment", at="c"),
        needs=(BED,),
    )

    assert pictures_of(answer.instead[0]) == [
        (BED, "hotline --warm--> c; hotline --warm--> b"),
        (BED, "hotline --warm--> c; hotline --warm--> d"),
    ]


def test_a_long_way_to_somebody_quick_comes_before_a_short_way_to_somebody_slow() -> None:
    """b answers after days: c behind a gate, and d behind an intake, are told before b."""
    slow_b = (organization("b"), service("b-bed", BED, at="b", **slow(300)))
    gate = (organization("gate"), service("talk", "peer_support", at="gate"))
    behind_a_gate = (organization("c"), service("c-bed", BED, at="c", accepts_from=("gate",)))
    intake = (organization("desk"), service("intake", "intake_assessment", at="desk"))
    behind_an_intake = (organization("d"), service("d-bed", BED, at="d", requires=("intake_assessment",)))

    by_the_gate = ask(*shelters("a"), *slow_b, *gate, *behind_a_gate, needs=(BED,))
    by_the_intake = ask(*shelters("a"), *slow_b, *intake, *behind_an_intake, needs=(BED,))

    assert pictures_of(by_the_gate.instead[0]) == [
        (BED, "hotline --warm--> (gate) --warm--> c"),
        (BED, "hotline --warm--> b"),
    ]
    assert pictures_of(by_the_intake.instead[0]) == [
        (BED, "hotline --warm--> desk; hotline --warm--> d"),
        (BED, "hotline --warm--> b"),
    ]
    assert [entry.path.rank for answer in (by_the_gate, by_the_intake) for entry in answer.instead[0]] == [1, 1, 1, 1]


# -- near --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("open_type", "kinds"), sorted(ROUTED_TYPES.near.items()))
def test_what_can_be_called_instead_of_an_open_need(open_type: str, kinds: tuple[str, ...]) -> None:
    """The guide's list, one for each type in its order."""
    agencies = [organization(f"n{place}") for place, _ in enumerate(kinds)]
    offers = [service(f"s{place}", kind, at=f"n{place}") for place, kind in enumerate(kinds)]

    answer = ask(*agencies, *offers, needs=(open_type,))

    assert near(answer) == {open_type: [(kind, f"hotline --warm--> n{place}") for place, kind in enumerate(kinds)]}


def test_the_list_of_what_stands_near() -> None:
    """As the guide has it, word for word."""
    assert ROUTED_TYPES.near == {
        "foster_placement": (BED,),
        "host_home": (BED,),
        "long_term_safe_house": (BED,),
        "transitional_housing": (BED,),
        BED: ("youth_drop_in", LINE),
        "detox": ("medical_emergency",),
        "primary_medical": ("medical_emergency",),
        "trauma_counseling": (LINE,),
        "victim_advocacy": (LINE,),
    }


def test_only_what_presses_has_something_near_and_not_what_the_path_meets() -> None:
    """A need of this week has none; a drop-in that the path meets is named for no bed."""
    lines = (organization("a"), service("calls", LINE, at="a"))
    drop_in = (organization("b"), service("sofa", "youth_drop_in", at="b"))

    assert near(ask(*lines, *drop_in, needs=(need(BED, "today"),))) == {
        BED: [("youth_drop_in", "hotline --warm--> b"), (LINE, "hotline --warm--> a")]
    }
    assert near(ask(*lines, *drop_in, needs=(need(BED, "this_week"),))) == {BED: []}
    assert near(ask(*lines, *drop_in, needs=(BED, "youth_drop_in"))) == {BED: [(LINE, "hotline --warm--> a")]}


def test_two_of_one_kind_may_stand_near() -> None:
    """Where there is one type, the second does without the first."""
    answer = ask(
        *map(organization, "ab"),
        service("a-line", LINE, at="a"),
        service("b-line", LINE, at="b", **slow(2)),
        needs=("trauma_counseling",),
    )

    assert near(answer) == {"trauma_counseling": [(LINE, "hotline --warm--> a"), (LINE, "hotline --warm--> b")]}


def test_where_the_first_kind_has_nobody_two_of_the_second_may_stand_near() -> None:
    """There is no drop-in: two lines are named for the bed."""
    lines = (service("a-line", LINE, at="a"), service("b-line", LINE, at="b", **slow(2)))

    answer = ask(*map(organization, "ab"), *lines, needs=(BED,))

    assert near(answer) == {BED: [(LINE, "hotline --warm--> a"), (LINE, "hotline --warm--> b")]}


# -- later -------------------------------------------------------------------------------------------------


def later(answer: routing.Answer) -> list[tuple[str, tuple[str, ...], str]]:
    return [(opening.service, opening.covers, f"{opening.opens_at:%a %H:%M}") for opening in answer.later]


def evening(slug: str, *kinds: str, opens: str = "20:00", **changes: Any) -> list[Record]:
    """An agency with a service that opens in the evening."""
    place = service(f"{slug}-late", *kinds, at=slug, schedules=(hours(opens, "23:00"),), **changes)
    return [organization(slug), place]


def test_what_opens_within_the_day_is_told_for_what_is_open() -> None:
    """Three at most, by opening, then slug; what opens at ten tomorrow is still within the day, at 10:01 no more."""
    answer = ask(
        *evening("a", BED, opens="21:00"),
        *evening("b", BED),
        *evening("c", BED),
        *evening("d", BED, opens="22:00"),
        needs=(BED,),
    )
    tomorrow = ask(
        *(organization(slug) for slug in "ab"),
        service("a-early", BED, at="a", schedules=(hours("10:00", "11:00", days="TU"),)),
        service("b-early", BED, at="b", schedules=(hours("10:01", "11:00", days="TU"),)),
        needs=(BED,),
    )

    assert later(answer) == [
        ("b-late", (BED,), "Mon 20:00"),
        ("c-late", (BED,), "Mon 20:00"),
        ("a-late", (BED,), "Mon 21:00"),
    ]
    assert later(tomorrow) == [("a-early", (BED,), "Tue 10:00")]


def full(slug: str, *kinds: str, waitlist: bool | None = True, **changes: Any) -> list[Record]:
    """An agency with an open and full service."""
    place = service(f"{slug}-full", *kinds, at=slug, capacities=(beds(0),), waitlist=waitlist, **changes)
    return [organization(slug), place]


def test_a_full_service_with_a_list_stands_after_what_opens() -> None:
    """Without a time, by agency; three in all; none where its list is unknown or absent, or where it is closed too."""
    shut = {"schedules": (hours("20:00", "23:00"),)}
    some = (*full("a", BED), *full("b", BED), *full("c", BED, waitlist=None), *full("d", BED, waitlist=False))
    answer = ask(*some, *full("e", BED, **shut), *evening("f", BED), needs=(BED,))
    many = ask(*evening("d", BED), *full("c", BED), *full("b", BED), *full("a", BED), needs=(BED,))

    assert [(opening.service, opening.covers, opening.opens_at is None) for opening in answer.later] == [
        ("f-late", (BED,), False),
        ("a-full", (BED,), True),
        ("b-full", (BED,), True),
    ]
    assert [opening.service for opening in many.later] == ["d-late", "a-full", "b-full"]
    assert answer.paths == ()


def test_what_opens_at_one_time_is_told_by_agency_then_service() -> None:
    """By the agency's slug before the service's, whatever the order of needs."""
    at_eight = {"at": "a", "schedules": (hours("20:00", "23:00"),)}
    of_two = (organization("a"), service("z-first", BED, **at_eight), *evening("b", BED))
    of_one = (organization("a"), service("x", FOOD, **at_eight), service("y", BED, **at_eight))

    assert [opening.service for opening in ask(*of_two, needs=(BED,)).later] == ["z-first", "b-late"]
    assert [opening.service for opening in ask(*of_one, needs=(BED, FOOD)).later] == ["x", "y"]


def test_a_day_is_twenty_four_hours_to_the_microsecond() -> None:
    """What opens at eight tomorrow is within the day at eight today, and not one microsecond before eight."""
    at = datetime.fromisoformat("2026-03-02T08:00:00-06:00")
    early = service("early", BED, at="a", schedules=(hours("08:00", "09:00", days="TU"),))

    answers = [
        ask(organization("a"), early, needs=(BED,), at=moment) for moment in (at, at - timedelta(microseconds=1))
    ]

    assert [later(answer) for answer in answers] == [[("early", (BED,), "Tue 08:00")], []]


def test_what_opens_in_time_is_a_path_and_not_later() -> None:
    """For today, the evening is in time; for this week nothing is told."""
    assert later(ask(*evening("a", BED), needs=(need(BED, "today"),))) == []
    assert later(ask(*evening("a", BED), needs=(need(BED, "this_week"),))) == []


def test_what_the_path_meets_has_nothing_later_but_where_something_is_to_confirm() -> None:
    """A bed now makes the evening's needless; one where the agency asks first does not, if the evening asks nothing."""
    asks = {"excludes": ("runaway",)}
    unsure = client(traits={})

    sure = ask(*shelters("a"), *evening("b", BED), needs=(BED,), client=unsure)
    to_confirm = ask(*shelters("a", **asks), *evening("b", BED), needs=(BED,), client=unsure)
    no_better = ask(*shelters("a", **asks), *evening("b", BED, **asks), needs=(BED,), client=unsure)
    uncovered = ask(*evening("b", BED, **asks), needs=(BED,), client=unsure)

    assert [len(answer.paths) for answer in (sure, to_confirm, no_better, uncovered)] == [1, 1, 1, 0]
    assert [[opening.service for opening in answer.later] for answer in (sure, to_confirm, no_better, uncovered)] == [
        [], ["b-late"], [], ["b-late"],
    ]  # fmt: skip


def test_what_the_path_leaves_open_has_something_later_and_what_it_meets_has_not() -> None:
    """Food now, and a bed that nobody has before the evening."""
    answer = ask(organization("a"), service("pantry", FOOD, at="a"), *evening("b", BED, FOOD), needs=(BED, FOOD))

    assert [path.covers for path in answer.paths] == [(FOOD,)]
    assert later(answer) == [("b-late", (BED,), "Mon 20:00")]


def test_a_way_in_that_opens_in_the_evening_is_told() -> None:
    """The house takes whom the center sends, and the center opens at eight; the house itself is no door for anybody.

    hotline --X--> house      hotline --warm--> (center, from 20:00) --warm--> house
    """
    house = service("house-bed", BED, at="house", accepts_from=("center",))
    whole = [organization("house"), house, organization("center"), service("desk", FOOD, at="center", schedules=LATE)]
    full = service("house-bed", BED, at="house", accepts_from=("center",), capacities=(beds(0),))
    open_to_all = service("house-bed", BED, at="house", accepts_from=("center", "hotline"), schedules=LATE)

    assert later(ask(*whole, needs=(BED,))) == [("desk", (BED,), "Mon 20:00")]
    assert later(ask(*whole[:1], full, *whole[2:], needs=(BED,))) == []
    assert later(ask(*whole[:1], open_to_all, *whole[2:], needs=(BED,))) == [("house-bed", (BED,), "Mon 20:00")]


def test_what_is_to_confirm_for_one_need_makes_nothing_later_for_another() -> None:
    """The shelter asks something first, the pantry nothing: the evening's bed is told, its food is not."""
    pantry = service("pantry", FOOD, at="a")
    answer = ask(
        *shelters("a", excludes=("runaway",)),
        pantry,
        *evening("b", BED, FOOD),
        needs=(BED, FOOD),
        client=client(traits={}),
    )

    assert len(answer.paths[0].steps) == 1
    assert later(answer) == [("b-late", (BED,), "Mon 20:00")]


def test_one_service_is_told_once_for_all_that_it_would_meet() -> None:
    """In the order of the needs."""
    answer = ask(*evening("a", BED, FOOD), needs=(FOOD, BED))

    assert later(answer) == [("a-late", (FOOD, BED), "Mon 20:00")]


FULL = {"capacities": (beds(0),)}


@pytest.mark.parametrize(
    ("changes", "is_later"),
    [
        ({}, True),
        (FULL, False),
        ({"requires": ("intake_assessment",)}, False),
        ({"requires": ("dental",)}, True),
        ({"accepts_from": ("elsewhere",)}, False),
        ({"accepts": ("packet",), "intake_data": ("identity",)}, False),
        ({"active": False}, False),
        ({"maximum_age": 17}, False),
        ({"only": ("pregnant",)}, False),
        ({"accepts": ("packet",), "intake_data": (), "excludes": ("runaway",)}, False),
    ],
    ids=str,
)
def test_later_is_told_of_whoever_the_origin_may_hand_over_to(changes: dict[str, Any], is_later: bool) -> None:
    """Directly, with what is completed, and not to a full house."""
    unsure = client(traits={}, completed=frozenset({"dental"}))
    answer = ask(*evening("a", BED, **changes), needs=(BED,), client=unsure)

    assert bool(answer.later) is is_later


def test_later_leads_to_nobody_discoverable_avoided_or_to_the_origin_itself() -> None:
    """But where the need leads there by its nature."""
    school = organization("school", basis="systems", kind="school")
    beds_there = service("late", BED, at="school", schedules=(hours("20:00"),))
    court = service("court", "court_accompaniment", at="school", schedules=(hours("20:00"),))
    own = service("own", BED, at="hotline", schedules=(hours("20:00"),))

    assert later(ask(school, beds_there, needs=(BED,))) == []
    assert [opening.service for opening in ask(school, court, needs=("court_accompaniment",)).later] == ["court"]
    assert later(ask(*evening("a", BED), needs=(BED,), avoid={"a"})) == []
    assert later(ask(own, needs=(BED,))) == []


# -- how the first path stands, and an advocate ------------------------------------------------------------


def quality(answer: routing.Answer) -> tuple[tuple[str, ...], int, bool, int]:
    assert answer.quality is not None
    return answer.pressing, answer.quality.pressing_open, answer.quality.bad, answer.quality.required_open


@pytest.mark.parametrize(
    ("needs", "pressing"),
    [
        ((need(BED, "today"), need(FOOD, "now", required=False)), (BED,)),
        ((need(BED, "today", required=False), need(FOOD, "now", required=False)), (FOOD,)),
        ((need(BED, "now"), need(FOOD, "now"), need("dental", "later")), (BED, FOOD)),
    ],
    ids=str,
)
def test_what_presses(needs: tuple[routing.Need, ...], pressing: tuple[str, ...]) -> None:
    """The required needs of the highest urgency; where none is required, all of the highest."""
    answer = ask(needs=needs)

    assert quality(answer) == (pressing, len(pressing), True, sum(entry.required for entry in needs))
    assert answer.quality is not None
    assert answer.quality.total == 0


SCHOOL = organization("school", basis="systems", kind="school")


def test_a_path_is_bad_if_what_presses_is_reached_through_a_discoverable_door() -> None:
    """A step after the last that presses does not count, nor one that a need leads to by its nature; a gateway does."""
    before = ask(SCHOOL, service("bed", BED, at="school"), needs=(BED,))
    on_the_way = ask(
        SCHOOL,
        organization("a"),
        service("talk", "peer_support", at="school"),
        service("bed", BED, at="a", accepts_from=("school",)),
        needs=(BED,),
    )
    after = ask(
        *shelters("a"),
        SCHOOL,
        service("lunch", FOOD, at="school", **slow(30)),
        needs=(need(BED, "now"), need(FOOD, "later")),
    )
    by_nature = ask(
        *shelters("a"),
        SCHOOL,
        service("report", "law_enforcement_report", at="school"),
        needs=(BED, "law_enforcement_report"),
    )

    assert best_picture(after) == "hotline --warm--> a; hotline --warm--> school"
    assert best_picture(on_the_way) == "hotline --warm--> (school) --warm--> a"
    assert [quality(answer)[2] for answer in (before, on_the_way, after, by_nature)] == [True, True, False, False]


def advocate(answer: routing.Answer) -> str | None:
    return None if answer.advocate is None else picture(answer.advocate)


def test_an_advocate_is_called_by_an_origin_that_is_none_itself() -> None:
    """Victim advocacy before a hotline; wholly protected; now; only where the first path is bad."""
    line = (organization("line"), service("calls", LINE, at="line"))
    sage = (organization("sage"), service("talk", "victim_advocacy", at="sage"))
    open_book = (organization("open", regimes=frozenset()), service("open-talk", "victim_advocacy", at="open"))
    bed = (SCHOOL, service("bed", BED, at="school"))

    assert advocate(ask(*bed, *line, *sage, needs=(BED,), origin="precinct")) == "precinct --warm--> sage"
    assert advocate(ask(*bed, *line, needs=(BED,), origin="precinct")) == "precinct --warm--> line"
    assert advocate(ask(*bed, *line, *open_book, needs=(BED,), origin="precinct")) == "precinct --warm--> line"
    assert advocate(ask(*bed, *line, *sage, needs=(BED,))) is None
    assert advocate(ask(*shelters("a"), *line, *sage, needs=(BED,), origin="precinct")) is None
    late = (organization("sage"), service("talk", "victim_advocacy", at="sage", schedules=(hours("20:00"),)))
    assert advocate(ask(*bed, *late, needs=(BED,), origin="precinct")) is None
