"""02. How a hand-off is made: the first of warm, self and packet that is allowed and that all its services take."""

import pytest
from builders import agreement, client, consented, find, need, organization, profile, service, snapshot
from drawing import best_picture, coverage, pictures, reasons, terms

HOTLINE = organization("hotline")
CLINIC = organization("clinic")


@pytest.mark.parametrize(
    ("accepts", "present", "mode"),
    [
        (("warm", "self", "packet"), True, "warm"),
        (("self", "packet"), True, "self"),
        (("packet",), True, "packet"),
        (("warm", "self"), False, "self"),
        (("warm", "packet"), None, "packet"),
    ],
)
def test_the_first_allowed_mode_is_taken(accepts: tuple[str, ...], present: bool | None, mode: str) -> None:
    """Least disclosure first; a call together needs a client who is surely on the line.

    hotline --warm | self | packet--> clinic
    """
    exam = service("exam", "dental", at="clinic", accepts=accepts, intake_data=("need",))

    answer = find(
        snapshot(HOTLINE, CLINIC, exam), profile("dental", client_present=present), consented("hotline", "clinic")
    )

    assert best_picture(answer) == f"hotline --{mode}--> clinic"


@pytest.mark.parametrize(
    ("accepts", "hours", "points"), [("warm", 1, None), ("self", 2, 10), ("packet", 4, 20)], ids=str
)
def test_each_mode_has_its_time_and_its_price(accepts: str, hours: int, points: int | None) -> None:
    """A call takes an hour, a number handed over two, a packet four; eight points for an hour of `now`.

    hotline --warm | self | packet--> clinic
    """
    exam = service("exam", "dental", at="clinic", accepts=(accepts,), intake_data=("need",))

    path = find(snapshot(HOTLINE, CLINIC, exam), profile("dental"), consented("hotline", "clinic")).paths[0]

    assert (terms(path)["delay"], terms(path).get("mode")) == (8 * hours, points)


def test_one_step_has_one_mode_for_all_its_services() -> None:
    """Two services of one place that share no mode but self are reached by self in one step.

    hotline --self--> clinic [exam, talk]
    """
    exam = service("exam", "dental", at="clinic", accepts=("warm", "self"))
    talk = service("talk", "mental_health", at="clinic", accepts=("self", "packet"))

    answer = find(snapshot(HOTLINE, CLINIC, exam, talk), profile("dental", "mental_health"))

    assert best_picture(answer) == "hotline --self--> clinic"
    assert coverage(answer.paths[0]) == [{"exam": ("dental",), "talk": ("mental_health",)}]


def test_services_without_a_common_mode_are_two_steps() -> None:
    """Where no mode suits both, the same place is called twice, by way of the hotline or not at all.

    hotline --warm--> clinic [exam]      hotline --self--> clinic [talk]      never both at once: no holder between
    """
    exam = service("exam", "dental", at="clinic", accepts=("warm",))
    talk = service("talk", "mental_health", at="clinic", accepts=("self",))

    answer = find(snapshot(HOTLINE, CLINIC, exam, talk), profile("dental", "mental_health"))

    assert best_picture(answer) == "hotline --warm--> clinic; hotline --self--> clinic"


def test_a_packet_needs_consent_for_all_that_it_carries() -> None:
    """One class without permission stops the packet, and with it the path.

    hotline --X--> clinic      consent: need; asked for: need, identity
    """
    exam = service("exam", "dental", at="clinic", accepts=("packet",), intake_data=("need", "identity"))
    network = snapshot(HOTLINE, CLINIC, exam)

    some = find(network, profile("dental"), consented("hotline", "clinic", data=("need",)))
    all_of_it = find(network, profile("dental"), consented("hotline", "clinic", data=("need", "identity")))

    assert (some.paths, reasons(some)) == ((), {"dental": {"consent": 1}})
    assert best_picture(all_of_it) == "hotline --packet--> clinic"


@pytest.mark.parametrize(
    ("kind", "only", "revealed"),
    [
        ("legal_immigration", (), "immigration"),
        ("food", ("foreign_national",), "immigration"),
        ("detox", (), "sud"),
        ("substance_use_treatment", (), "sud"),
        ("mental_health", (), "mental_health"),
    ],
)
def test_what_the_destination_gives_away_needs_consent_too(kind: str, only: tuple[str, ...], revealed: str) -> None:
    """Whoever sees a packet to a detox unit knows something of substance use, whatever the packet says.

    hotline --packet--> clinic
    """
    unit = service("unit", kind, at="clinic", accepts=("packet",), intake_data=("need",), only=only)
    needs_profile = profile(kind, client=client(traits={"foreign_national": True}))

    without = find(snapshot(HOTLINE, CLINIC, unit), needs_profile, consented("hotline", "clinic"))
    with_it = find(
        snapshot(HOTLINE, CLINIC, unit), needs_profile, consented("hotline", "clinic", data=("need", revealed))
    )

    assert without.paths == ()
    assert best_picture(with_it) == "hotline --packet--> clinic"


def test_a_packet_goes_under_one_agreement_that_covers_all_of_it() -> None:
    """Two agreements that cover half of the packet each are not one that covers it.

    hotline --X--> clinic      mou-a: need; mou-b: identity
    hotline --packet--> clinic      mou-c: both
    """
    exam = service("exam", "dental", at="clinic", accepts=("packet",), intake_data=("need", "identity"))
    under = {"mou-a": frozenset({"need"}), "mou-b": frozenset({"identity"})}
    halves = [agreement("hotline", "clinic", slug=slug, data=types) for slug, types in under.items()]
    whole = agreement("hotline", "clinic", slug="mou-c", level="cooperation")
    data = frozenset({"need", "identity"})
    under["mou-c"] = data
    rules = consented("hotline", "clinic", data=tuple(data), under=under)

    apart = find(snapshot(HOTLINE, CLINIC, exam, *halves), profile("dental"), rules)
    together = find(snapshot(HOTLINE, CLINIC, exam, *halves, whole), profile("dental"), rules)

    assert reasons(apart) == {"dental": {"agreement": 1}}
    step = together.paths[0].steps[0]
    assert (step.mode, step.packet_agreement) == ("packet", "mou-c")
    assert (step.relationship, step.agreement) == ("coalition", "mou-a")


def test_a_call_alone_that_nobody_can_make_is_a_reason() -> None:
    """A service that takes calls only, and no client on the line: the reason is the mode.

    hotline --X--> clinic (warm only)
    """
    exam = service("exam", "dental", at="clinic", accepts=("warm",))

    answer = find(snapshot(HOTLINE, CLINIC, exam), profile(need("dental"), client_present=False))

    assert (answer.paths, reasons(answer)) == ((), {"dental": {"mode": 1}})


YOUNG = client(age=10)


def test_a_child_is_given_the_number_of_those_who_answer_anybody_alone() -> None:
    """Whoever may not call alone is not sent to call for food; a crisis line answers children too.

    hotline --self--> clinic [talk]      hotline --X--> clinic [soup]
    """
    talk = service("talk", "crisis_hotline", at="clinic", accepts=("self",))
    soup = service("soup", "food", at="clinic", accepts=("self",))
    needs_profile = profile("crisis_hotline", "food", client=YOUNG, may_call=False)

    answer = find(snapshot(HOTLINE, CLINIC, talk, soup), needs_profile)

    assert best_picture(answer) == "hotline --self--> clinic"
    assert coverage(answer.paths[0]) == [{"talk": ("crisis_hotline",)}]
    assert reasons(answer) == {"food": {"mode": 1}}


@pytest.mark.parametrize(
    ("accepts", "present", "way"),
    [(("warm", "self"), True, "warm"), (("self", "packet"), False, "packet"), (("warm", "self"), False, None)],
)
def test_for_a_child_others_call_or_send(accepts: tuple[str, ...], present: bool, way: str | None) -> None:
    """Where a child is not given the number, the worker calls together with the child, or sends what may be sent.

    hotline --warm | packet--> clinic
    """
    soup = service("soup", "food", at="clinic", accepts=accepts, intake_data=("need",))
    needs_profile = profile("food", client=YOUNG, may_call=False, client_present=present)

    answer = find(snapshot(HOTLINE, CLINIC, soup), needs_profile, consented("hotline", "clinic"))

    assert best_picture(answer) == (f"hotline --{way}--> clinic" if way else None)
    assert reasons(answer) == ({} if way else {"food": {"mode": 1}})


def test_a_child_is_not_sent_alone_to_a_gateway_that_does_more_than_answer() -> None:
    """A gateway is handed over to with all that its service is: a center with food too is none for a child alone.

    hotline --self--> (center) --self--> clinic [line]      hotline --X--> (pantry)
    """
    line = service("line", "crisis_hotline", at="clinic", accepts=("self",), accepts_from=("center", "pantry"))
    center = service("center", "youth_drop_in", at="center", accepts=("self",))
    pantry = service("pantry", "youth_drop_in", "food", at="pantry", accepts=("self",))
    needs_profile = profile("crisis_hotline", client=YOUNG, may_call=False)

    by_both = find(
        snapshot(HOTLINE, CLINIC, *map(organization, ("center", "pantry")), line, center, pantry), needs_profile
    )
    by_pantry = find(snapshot(HOTLINE, CLINIC, organization("pantry"), line, pantry), needs_profile)

    assert pictures(by_both) == ["hotline --self--> (center) --self--> clinic"]
    assert pictures(by_pantry) == []


@pytest.mark.parametrize(("at", "mode"), [("clinic", "self"), ("hotline", "internal")])
def test_a_third_party_calls_whoever_takes_a_call_and_is_helped_by_whom_they_reached(at: str, mode: str) -> None:
    """hotline --self | internal--> line, or the hotline itself"""
    line = service("line", "crisis_hotline", at=at, accepts=("warm",))

    answer = find(snapshot(HOTLINE, CLINIC, line), profile("crisis_hotline", third_party=True))

    assert [(step.holder, step.organization, step.mode) for step in answer.paths[0].steps] == [("hotline", at, mode)]
