"""05. What has to come first: prerequisites become steps, or parts of steps, though nobody asked for them."""

from datetime import timedelta

import pytest
from builders import client, find, hours, need, organization, profile, service, snapshot
from drawing import best_picture, coverage, pictures, reasons, terms

import routing

HOTLINE = organization("hotline")
CENTER, HOUSE = organization("center"), organization("house")
BY_CHOICE_ONLY = organization("center", kind="child_welfare")  # never a gateway of a path that is offered as it is
INTAKE = service("intake", "intake_assessment", at="center")
ROOM = service("room", "transitional_housing", at="house", requires=("intake_assessment",))


def test_what_must_come_first_is_a_step_before() -> None:
    """The house wants an assessment; the path gets one on the way, and names it in that step only.

    hotline --warm--> center [intake] ; then house [room]
    """
    path = find(snapshot(HOTLINE, CENTER, HOUSE, INTAKE, ROOM), profile("transitional_housing")).paths[0]

    assert [step.organization for step in path.steps] == ["center", "house"]
    assert coverage(path) == [{"intake": ("intake_assessment",)}, {"room": ("transitional_housing",)}]
    assert path.covers == ("transitional_housing",)
    assert terms(path)["delay"] == (8 + 8) + 8 + 1


def test_one_house_can_do_both_in_one_step() -> None:
    """Where the same place assesses and houses, one hand-off does for both.

    hotline --warm--> house [own-intake, room]
    """
    own = service("own-intake", "intake_assessment", at="house")

    answer = find(snapshot(HOTLINE, CENTER, HOUSE, INTAKE, own, ROOM), profile("transitional_housing"))

    assert best_picture(answer) == "hotline --warm--> house"
    assert coverage(answer.paths[0]) == [{"own-intake": ("intake_assessment",), "room": ("transitional_housing",)}]


def test_what_the_origin_does_itself_in_the_end_is_handed_over_by_nobody() -> None:
    """The client comes back from the assessment: no step is held by the center.

    hotline --warm--> center [intake] ; then hotline [own-room]
    """
    own = service("own-room", "transitional_housing", at="hotline", requires=("intake_assessment",))

    path = find(snapshot(HOTLINE, CENTER, INTAKE, own), profile("transitional_housing")).paths[0]

    assert [(step.holder, step.organization, step.mode) for step in path.steps] == [
        ("hotline", "center", "warm"),
        ("hotline", "hotline", "internal"),
    ]


def test_what_waits_for_two_others_in_one_step_is_asked_for_last() -> None:
    """Both that come before it stand by their names: neither is a need, and no row of the order holds them.

    hotline --warm--> house [paper, talk, suite]
    """
    network = snapshot(
        *(HOTLINE, HOUSE),
        service("suite", "transitional_housing", at="house", requires=("intake_assessment", "legal_civil")),
        service("paper", "legal_civil", at="house"),
        service("talk", "intake_assessment", at="house"),
    )

    answer = find(network, profile("transitional_housing"))

    assert best_picture(answer) == "hotline --warm--> house"
    assert [use.service for use in answer.paths[0].steps[0].services] == ["paper", "talk", "suite"]


@pytest.mark.parametrize("beside", [(), ("clothing",)])
def test_what_two_services_ask_for_is_met_once(beside: tuple[str, ...]) -> None:
    """One assessment serves both, in time for the more urgent, though a second would be quick where the way leads.

    That somebody else asks for something of another type changes nothing.

    hotline --warm--> (center) --> house [second] ; then clinic [exam], and house [room]
    """
    network = snapshot(
        *(HOTLINE, CENTER, HOUSE, organization("clinic"), ROOM),
        service("intake", "intake_assessment", at="center", response_time=timedelta(hours=24)),
        service("second", "intake_assessment", at="house", accepts_from=("center",)),
        service("exam", "dental", at="clinic", requires=("intake_assessment",), accepts_from=("house",)),
        organization("bureau", basis="systems", kind="child_welfare"),
        service("office", "dental", "clothing", at="bureau", requires=beside),
    )

    answer = find(network, profile(need("transitional_housing", "later"), need("dental", "now")))

    assert answer.paths
    for path in answer.paths:
        assert [kind for step in path.steps for kind in step.covers].count("intake_assessment") == 1


def test_what_is_done_is_not_done_again() -> None:
    """A client who has had the assessment goes straight to the house.

    hotline --warm--> house      completed: intake_assessment
    """
    done = client(completed=frozenset({"intake_assessment"}))

    answer = find(snapshot(HOTLINE, CENTER, HOUSE, INTAKE, ROOM), profile("transitional_housing", client=done))

    assert best_picture(answer) == "hotline --warm--> house"


def test_a_prerequisite_that_nobody_offers_closes_the_door() -> None:
    """Skipped is not met: without an assessment anywhere there is no way into the house.

    hotline --X--> house
    """
    answer = find(snapshot(HOTLINE, HOUSE, ROOM), profile("transitional_housing"))

    assert (answer.paths, reasons(answer)) == ((), {"transitional_housing": {"prerequisite": 1}})


def test_prerequisites_of_prerequisites_are_found() -> None:
    """A chain is followed to its end, in order.

    hotline --warm--> desk [papers] ; then center [intake] ; then house [room]
    """
    papers = service("papers", "identification_documents", at="desk")
    strict = service("intake", "intake_assessment", at="center", requires=("identification_documents",))

    answer = find(
        snapshot(HOTLINE, CENTER, HOUSE, organization("desk"), papers, strict, ROOM), profile("transitional_housing")
    )

    assert [step.organization for step in answer.paths[0].steps] == ["desk", "center", "house"]


def test_a_circle_of_prerequisites_never_opens() -> None:
    """Two services that each want the other first are met by no path.

    center [intake] <--requires--> house [room]
    """
    circular = service("intake", "intake_assessment", at="center", requires=("transitional_housing",))

    answer = find(
        snapshot(HOTLINE, CENTER, HOUSE, circular, ROOM), profile("transitional_housing", "intake_assessment")
    )

    assert answer.paths == ()


@pytest.mark.parametrize("place", ["house", "hotline"])
@pytest.mark.parametrize(("links", "reachable"), [(2, True), (3, False)])
def test_at_most_two_are_added(links: int, reachable: bool, place: str) -> None:
    """A third prerequisite that is no need is one too many, though each of them could be met by itself.

    hotline --warm--> p3 ; p2 ; p1 ; then house
    """
    kinds = ["food", "clothing", "dental"][:links]
    services = [
        service(f"s-{kind}", kind, at="center", requires=kinds[link + 1 : link + 2]) for link, kind in enumerate(kinds)
    ]
    room = service("room", "transitional_housing", at=place, requires=(kinds[0],))

    answer = find(snapshot(HOTLINE, CENTER, HOUSE, room, *services), profile("transitional_housing"))

    assert bool(answer.paths) is reachable
    assert reasons(answer) == ({} if reachable else {"transitional_housing": {"prerequisite": 1}})
    if reachable:
        assert answer.paths[0].steps[0].covers == tuple(sorted(kinds))


def test_a_prerequisite_is_as_urgent_as_what_asks_for_it() -> None:
    """A room that is needed now needs its assessment now: one that opens tomorrow does not do.

    hotline --X--> center (opens tomorrow) - - house
    """
    tomorrow = service("intake", "intake_assessment", at="center", schedules=(hours("09:00", "17:00", days="TU"),))

    at_once = find(snapshot(HOTLINE, CENTER, HOUSE, tomorrow, ROOM), profile(need("transitional_housing", "now")))
    in_time = find(snapshot(HOTLINE, CENTER, HOUSE, tomorrow, ROOM), profile(need("transitional_housing", "this_week")))

    assert at_once.paths == ()
    assert [step.organization for step in in_time.paths[0].steps] == ["center", "house"]


def test_a_prerequisite_that_is_a_need_keeps_its_own_urgency() -> None:
    """The client wants the assessment some time later anyway; then that is how urgent it is.

    hotline --warm--> center (opens tomorrow) ; then house
    """
    tomorrow = service("intake", "intake_assessment", at="center", schedules=(hours("09:00", "17:00", days="TU"),))
    wants = profile(need("transitional_housing", "now"), need("intake_assessment", "later"))

    answer = find(snapshot(HOTLINE, CENTER, HOUSE, tomorrow, ROOM), wants)

    assert [step.organization for step in answer.paths[0].steps] == ["center", "house"]


def test_one_that_is_met_more_urgently_serves_the_less_urgent_too() -> None:
    """Two doors ask for the same assessment, one now and one later: it is added once, at the higher urgency.

    hotline --warm--> center [intake] ; then house [room, now] ; then school [class, later]
    """
    lesson = service("class", "education", at="school", requires=("intake_assessment",))
    network = snapshot(HOTLINE, CENTER, HOUSE, organization("school"), INTAKE, ROOM, lesson)

    answer = find(network, profile(need("transitional_housing", "now"), need("education", "later")))

    assert [step.organization for step in answer.paths[0].steps] == ["center", "house", "school"]


def test_one_that_is_met_later_does_not_serve_the_more_urgent() -> None:
    """The assessment opens tomorrow: in time for the class, and not for the room that is needed now.

    hotline --warm--> center [intake, tomorrow] ; then school [class, later]      house [room, now] stays open
    """
    tomorrow = service("intake", "intake_assessment", at="center", schedules=(hours("09:00", "17:00", days="TU"),))
    lesson = service("class", "education", at="school", requires=("intake_assessment",))
    network = snapshot(HOTLINE, CENTER, HOUSE, organization("school"), tomorrow, ROOM, lesson)

    answer = find(network, profile(need("transitional_housing", "now"), need("education", "later")))

    assert [step.organization for step in answer.paths[0].steps] == ["center", "school"]
    assert reasons(answer) == {"transitional_housing": {"prerequisite": 1}}


def test_a_prerequisite_is_no_way_round_a_closed_door() -> None:
    """Intake would lead to the pantry, but only the house asks for it, and the house can never be reached.

    hotline --X--> pantry (admits the center only)      center [intake]
    hotline - - -> house (asks for intake and for papers, which only the house itself could hand over for)
    """
    room = service(
        "room", "transitional_housing", at="house", requires=("intake_assessment", "identification_documents")
    )
    papers = service("papers", "identification_documents", at="desk", accepts_from=("house",))
    meals = service("meals", "clothing", at="pantry", accepts_from=("center",))

    answer = find(
        snapshot(HOTLINE, BY_CHOICE_ONLY, HOUSE, *map(organization, ("desk", "pantry")), INTAKE, room, papers, meals),
        profile("clothing", "transitional_housing"),
    )

    assert answer.paths == ()


def test_an_unreachable_door_brings_no_prerequisite_onto_a_path() -> None:
    """A service that could never be handed over to asks for intake in vain: intake opens no other door by the way.

    hotline --X--> court (nobody admitted, asks for intake)
    hotline --X--> pantry (admits the center only)      center [intake]
    """
    nobody = service("trial", "legal_civil", at="court", accepts_from=("house",), requires=("intake_assessment",))
    meals = service("meals", "food", at="pantry", accepts_from=("center",))
    answer = find(
        snapshot(HOTLINE, BY_CHOICE_ONLY, organization("court"), organization("pantry"), nobody, meals, INTAKE),
        profile("food", "legal_civil"),
    )

    assert pictures(answer) == []


@pytest.mark.parametrize("also", [(), ("child_protection_report",)], ids=["one report", "and one that need not wait"])
def test_a_report_that_has_to_wait_hands_nobody_over(also: tuple[str, ...]) -> None:
    """Whoever held before a report holds after it, also where something at the same desk need not wait.

    hotline --warm--> office [intake], report to the desk, office --warm--> house, which admits from the office only
    """
    reports = "law_enforcement_report", *also
    network = snapshot(
        HOTLINE,
        *map(organization, ("office", "house")),
        organization("desk", basis="systems", kind="law_enforcement", regimes=frozenset()),
        service("intake", "intake_assessment", at="office"),
        service("report", "law_enforcement_report", at="desk", requires=("intake_assessment",)),
        *(service(report, report, at="desk") for report in also),
        service("bed", "food", at="house", accepts_from=("office",), requires=("law_enforcement_report",)),
    )
    needs_profile = routing.with_reports(
        profile("food", *reports), [routing.CertainReport(report, frozenset({"desk"})) for report in reports]
    )

    assert (
        best_picture(find(network, needs_profile))
        == "hotline --warm--> office; hotline --report--> desk; office --warm--> house"
    )


def test_a_report_that_waits_for_nothing_comes_first() -> None:
    """It takes no time; after the call it would have waited for the call.

    hotline --report--> zeta; hotline --warm--> asha
    """
    network = snapshot(
        HOTLINE,
        organization("asha"),
        organization("zeta", basis="systems", kind="law_enforcement", regimes=frozenset()),
        service("report", "law_enforcement_report", at="zeta"),
        service("bread", "food", at="asha"),
    )
    report = routing.CertainReport("law_enforcement_report", frozenset({"zeta"}))

    answer = find(network, routing.with_reports(profile("food", report.type), [report]))

    assert best_picture(answer) == "hotline --report--> zeta; hotline --warm--> asha"
