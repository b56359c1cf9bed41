"""15. Why a need stays open, where each thing alone could be had: only the whole of a path can tell."""

import pytest
from builders import beds, consented, find, hours, need, organization, profile, service, snapshot
from drawing import pictures, reasons

import routing

HOTLINE = organization("hotline")
REPORT = "child_protection_report"
BUREAU = organization("bureau", kind="child_welfare", basis="systems")  # dear, and no gateway unless the client chooses
CENTER, HOUSE, VAULT = organization("center"), organization("house"), organization("vault")
MEALS = service("meals", "food", at="center")
TALK = service("talk", "mental_health", at="bureau")
INTAKE = service("intake", "intake_assessment", at="bureau")
BEHIND = service("intake", "intake_assessment", at="center", accepts_from=("bureau",))
ROOM = service("room", "transitional_housing", at="house", requires=("intake_assessment",))


def test_what_is_met_on_the_way_to_another_need_has_no_reason() -> None:
    """The bureau leads to the assessment, and only because the client wants to talk there: it is dear, not impossible.

    hotline --warm--> bureau [talk] --warm--> center [intake, meals] ; then house [room]
    """
    needs = (need("food"), need("mental_health", required=False), need("transitional_housing", required=False))

    answer = find(snapshot(HOTLINE, BUREAU, CENTER, HOUSE, TALK, BEHIND, MEALS, ROOM), profile(*needs))
    alone = find(snapshot(HOTLINE, BUREAU, CENTER, HOUSE, TALK, BEHIND, MEALS, ROOM), profile(needs[0], needs[2]))

    assert pictures(answer) == pictures(alone) == ["hotline --warm--> center"]
    assert reasons(answer) == {"mental_health": {}, "transitional_housing": {}}
    assert reasons(alone) == {"transitional_housing": {"prerequisite": 1}}


def test_what_comes_first_and_is_a_need_is_judged_as_that_need() -> None:
    """The papers are wanted today and their desk opens tomorrow: for the room, later, that would have been in time.

    hotline --X--> desk [papers, opens tomorrow] - - center [intake] - - house [room]
    """
    tomorrow = (hours("09:00", "17:00", days="TU"),)
    papers = service("papers", "identification_documents", at="desk", schedules=tomorrow)
    strict = service("intake", "intake_assessment", at="center", requires=("identification_documents",))
    network = snapshot(HOTLINE, organization("desk"), CENTER, HOUSE, papers, strict, ROOM)

    in_time = find(network, profile(need("transitional_housing", "later")))
    answer = find(network, profile(need("transitional_housing", "later"), need("identification_documents", "today")))

    assert len(in_time.paths) == 1
    assert reasons(answer) == {
        "transitional_housing": {"prerequisite": 1},
        "identification_documents": {"closed": 1},
    }


def test_what_is_wrong_by_itself_counts_beside_what_comes_first() -> None:
    """The room is full, and nobody leads to its assessment: both are told, though the pantry can be reached.

    hotline --warm--> center [meals]      center [intake] (from the bureau only) - - house [room]
    """
    full = service("room", "transitional_housing", at="house", requires=("intake_assessment",), capacities=(beds(0),))

    answer = find(snapshot(HOTLINE, CENTER, HOUSE, MEALS, BEHIND, full), profile("food", "transitional_housing"))

    assert pictures(answer) == ["hotline --warm--> center"]
    assert reasons(answer) == {"transitional_housing": {"full": 1, "prerequisite": 1}}


def test_each_service_is_judged_by_its_own_paths() -> None:
    """One room asks for more than a path may add; that the bureau has another, at a price, does not open it.

    hotline --X--> house [room]      hotline - - -> bureau [bed], too dear
    """
    kinds = ("clothing", "dental", "education", "employment", "peer_support")
    first = service("first", *kinds, at="center")
    room = service("room", "transitional_housing", at="house", requires=kinds)
    bed = service("bed", "transitional_housing", at="bureau")

    answer = find(
        snapshot(HOTLINE, BUREAU, CENTER, HOUSE, first, room, bed, MEALS),
        profile("food", need("transitional_housing", required=False)),
    )

    assert pictures(answer) == ["hotline --warm--> center"]
    assert reasons(answer) == {"transitional_housing": {"prerequisite": 1}}


@pytest.mark.parametrize("packet", [False, True])
def test_who_could_hold_only_for_what_nobody_asks_for_opens_no_door(packet: bool) -> None:
    """The bureau could be visited for an assessment, had anybody asked for it whom some path reaches.

    hotline --X--> house [room] (from the bureau only)      bureau [intake]
    hotline --X--> vault [cell] (from nobody who could hold, asks for an assessment)
    """
    way = {"accepts": ("packet",), "intake_data": ("need",)} if packet else {"accepts_from": ("bureau",)}
    room = service("room", "transitional_housing", at="house", **way)
    cell = service("cell", "long_term_safe_house", at="vault", accepts_from=("vault",), requires=("intake_assessment",))

    answer = find(
        snapshot(HOTLINE, BUREAU, HOUSE, VAULT, INTAKE, room, cell),
        profile("transitional_housing", "long_term_safe_house"),
        consented("bureau", "house"),
    )

    assert answer.paths == ()
    assert reasons(answer) == {
        "transitional_housing": {"consent" if packet else "source": 1},
        "long_term_safe_house": {"source": 1},
    }


def test_who_takes_a_report_does_not_come_to_hold_by_it() -> None:
    """The bureau is told by the hotline, and would hold only after more than a path may add.

    hotline --report--> bureau [report]      bureau - - -> house [room] (from the bureau only)
    """
    kinds = ("clothing", "dental", "education", "employment", "peer_support")
    first = service("first", *kinds, at="center")
    report_line = service("report", REPORT, at="bureau")
    cell = service("cell", "long_term_safe_house", at="bureau", requires=kinds)
    room = service("room", "transitional_housing", at="house", accepts_from=("bureau",))
    needs_profile = profile(need(REPORT), need("transitional_housing"), need("long_term_safe_house", required=False))

    answer = find(
        snapshot(HOTLINE, BUREAU, CENTER, HOUSE, first, report_line, cell, room),
        routing.with_reports(needs_profile, [routing.CertainReport(REPORT, frozenset({"bureau"}))]),
    )

    assert pictures(answer) == ["hotline --report--> bureau"]
    assert reasons(answer) == {"transitional_housing": {"source": 1}, "long_term_safe_house": {"prerequisite": 1}}


@pytest.mark.parametrize("door", ["anyone", "center"])
def test_a_report_that_comes_after_too_much_waits_for_no_consent(door: str) -> None:
    """The bureau takes packets only, and wants more before than a path may add; a report is none, whatever its door.

    hotline - - center [five types] - - bureau [report]
    """
    kinds = ("clothing", "dental", "education", "employment", "peer_support")
    way = {"accepts": ("packet",), "intake_data": ("need",), "accepts_from": (door,)}
    report_line = service("report", REPORT, at="bureau", requires=kinds, **way)
    network = snapshot(HOTLINE, BUREAU, CENTER, service("first", *kinds, at="center"), report_line)
    report = routing.CertainReport(REPORT, frozenset({"bureau"}))

    assert reasons(find(network, routing.with_reports(profile(REPORT), [report]))) == {REPORT: {"prerequisite": 1}}
