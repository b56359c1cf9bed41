"""07. Doors that open to some only: `accepts_from`, and the one gateway that may stand before a step."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from builders import (
    MONDAY_TEN,
    agreement,
    beds,
    client,
    consented,
    find,
    hours,
    need,
    organization,
    profile,
    service,
    snapshot,
)
from drawing import best_picture, coverage, pictures, reasons, terms
from numpy.typing import NDArray

import routing

HOTLINE = organization("hotline")
CENTER, CLINIC = organization("center"), organization("clinic")
TALK = service("talk", "peer_support", at="center")
EXAM = service("exam", "dental", at="clinic", accepts_from=("center",))


@pytest.mark.parametrize(
    ("words", "traits"),
    [
        (("anyone",), {}),
        (("hotline",), {}),
        (("cac", "victim_services"), {}),
        (("members",), {"membership": "active"}),
        (("members",), {"membership": "non_active"}),
    ],
    ids=str,
)
def test_a_door_opens_to_those_it_names(words: tuple[str, ...], traits: dict[str, str]) -> None:
    """Anyone, an organization, a kind or the members.

    hotline --warm--> clinic
    """
    exam = service("exam", "dental", at="clinic", accepts_from=words)

    answer = find(snapshot(organization("hotline", **traits), CLINIC, exam), profile("dental"))

    assert best_picture(answer) == "hotline --warm--> clinic"


@pytest.mark.parametrize("words", [("members",), ("cac",), ("center",), ("agreement",)], ids=str)
@pytest.mark.parametrize("mode", ["warm", "self"])
def test_a_door_stays_shut_to_others_in_every_mode(words: tuple[str, ...], mode: str) -> None:
    """Who may refer binds warm calls and numbers handed over alike; the reason is `source`.

    hotline --X--> clinic
    """
    exam = service("exam", "dental", at="clinic", accepts_from=words, accepts=(mode,))

    answer = find(snapshot(HOTLINE, CLINIC, exam), profile("dental"))

    assert (answer.paths, reasons(answer)) == ((), {"dental": {"source": 1}})


def test_whoever_took_the_last_step_may_be_the_closest_to_a_gateway() -> None:
    """Every door is behind the gateway, and there is no port before the ways through it.

    hotline --warm--> (gate) --warm--> bell ==> (gate) --warm--> asha      == is a coalition
    """
    network = snapshot(
        *map(organization, ("hotline", "asha", "bell", "gate")),
        agreement("bell", "gate"),
        service("talk", "peer_support", at="gate"),
        service("bread", "food", at="asha", accepts_from=("gate",)),
        service("coat", "clothing", at="bell", accepts_from=("gate",)),
    )

    answer = find(network, profile("food", "clothing"))

    assert best_picture(answer) == "hotline --warm--> (gate) --warm--> bell --warm--> (gate) --warm--> asha"


def test_of_two_doors_of_an_agency_one_may_open_to_a_kind_only() -> None:
    """Whom the other door lets in, anyone, says nothing of this one.

    hotline --warm--> house [food] --warm--> clinic [dental, to anyone; clothing, to shelters]
    """
    network = snapshot(
        HOTLINE,
        CLINIC,
        organization("house", kind="shelter"),
        service("bread", "food", at="house"),
        service("exam", "dental", at="clinic"),
        service("coat", "clothing", at="clinic", accepts_from=("shelter",)),
    )

    answer = find(network, profile("food", "dental", "clothing"))

    assert best_picture(answer) == "hotline --warm--> house --warm--> clinic"


def test_an_agreement_opens_a_door_that_asks_for_one() -> None:
    """`agreement` admits whoever has one in force that covers what is handed over.

    hotline --warm--> clinic      coalition
    """
    exam = service("exam", "dental", at="clinic", accepts_from=("agreement",))

    answer = find(snapshot(HOTLINE, CLINIC, exam, agreement("hotline", "clinic")), profile("dental"))

    assert best_picture(answer) == "hotline --warm--> clinic"


def test_a_gateway_is_gone_through_where_the_door_is_shut() -> None:
    """The clinic takes clients from the center only; the center takes anyone: one introduction, covering nothing.

    hotline --warm--> (center) --warm--> clinic
    """
    path = find(snapshot(HOTLINE, CENTER, CLINIC, TALK, EXAM), profile("dental")).paths[0]

    assert coverage(path) == [{"talk": ()}, {"exam": ("dental",)}]
    assert [step.covers for step in path.steps] == [(), ("dental",)]
    assert terms(path) == {"handoffs": 200, "delay": 16, "relationship": 60}


def test_no_gateway_where_the_origin_is_admitted() -> None:
    """A nearer friend is no reason: the door is open to the origin, so the origin hands over itself.

    hotline --warm--> clinic      center and clinic: coalition
    """
    exam = service("exam", "dental", at="clinic", accepts_from=("center", "hotline"))

    answer = find(
        snapshot(HOTLINE, CENTER, CLINIC, TALK, exam, agreement("hotline", "center"), agreement("center", "clinic")),
        profile("dental"),
    )

    assert pictures(answer) == ["hotline --warm--> clinic"]


def test_an_agreement_that_opens_the_door_takes_the_gateway_away() -> None:
    """Once the clinic admits the hotline, only the hotline's own modes count, though it has no leave for a packet.

    hotline --warm--> (center) --packet--> clinic      becomes      hotline --X--> clinic
    """
    exam = service(
        "exam", "dental", at="clinic", accepts=("packet",), intake_data=("need",), accepts_from=("center", "agreement")
    )
    rules = consented("center", "clinic")

    before = find(snapshot(HOTLINE, CENTER, CLINIC, TALK, exam), profile("dental"), rules)
    after = find(
        snapshot(HOTLINE, CENTER, CLINIC, TALK, exam, agreement("hotline", "clinic")), profile("dental"), rules
    )

    assert best_picture(before) == "hotline --warm--> (center) --packet--> clinic"
    assert (after.paths, reasons(after)) == ((), {"dental": {"consent": 1}})


@pytest.mark.parametrize(("may_go", "opens"), [(("need",), False), (("need", "sud"), True)])
@pytest.mark.parametrize("types", [("detox",), ("peer_support", "detox")])
def test_a_packet_to_a_gateway_tells_what_the_gateway_is(
    types: tuple[str, ...], may_go: tuple[str, ...], opens: bool
) -> None:
    """Nothing is handed over there, but to be sent to a detox unit says enough; it needs the same leave.

    hotline --packet--> (center: detox) --warm--> clinic
    """
    unit = service("unit", *types, at="center", accepts=("packet",), intake_data=("need",))

    answer = find(
        snapshot(HOTLINE, CENTER, CLINIC, unit, EXAM), profile("dental"), consented("hotline", "center", data=may_go)
    )

    assert pictures(answer) == (["hotline --packet--> (center) --warm--> clinic"] if opens else [])


def test_no_gateway_round_a_mode() -> None:
    """The clinic admits anyone but takes packets only: going through somebody else does not change that.

    hotline --X--> clinic (packet)      center
    """
    exam = service("exam", "dental", at="clinic", accepts=("packet",), intake_data=("need",))

    answer = find(snapshot(HOTLINE, CENTER, CLINIC, TALK, exam), profile("dental"))

    assert (answer.paths, reasons(answer)) == ((), {"dental": {"consent": 1}})


class FromTheDesk:
    """Rules that let data go for what the desk is, and not because anybody named it."""

    def may_send(self, transfers: Sequence[routing.Transfer]) -> NDArray[np.bool_]:
        """Return True for what the desk sends."""
        return np.array([transfer.holder == "desk" for transfer in transfers], dtype=np.bool_)

    def hindrances(self, transfer: routing.Transfer) -> frozenset[str]:
        """Return that anybody else would need a consent."""
        return frozenset() if transfer.holder == "desk" else frozenset({"consent"})

    def only_by_consent(self) -> frozenset[str]:
        """Return no class of data: these rules ask for each transfer."""
        return frozenset()

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        """Return no pair."""
        return frozenset()


def test_a_call_that_nobody_can_make_does_not_make_all_holders_alike() -> None:
    """The center takes calls and packets. Nobody is on the line, and only the desk may write.

    hotline --self--> desk --packet--> (center) --self--> clinic
    """
    desk, front = organization("desk", kind="health"), service("front", "food", at="desk")
    talk = service("talk", "peer_support", at="center", accepts=("warm", "packet"), intake_data=("need",))
    needs_profile = profile("food", "dental", client_present=None)

    answer = find(snapshot(HOTLINE, desk, CENTER, CLINIC, front, talk, EXAM), needs_profile, FromTheDesk())

    assert best_picture(answer) == "hotline --self--> desk --packet--> (center) --self--> clinic"


def test_of_two_holders_only_one_is_let_in_at_the_gateway() -> None:
    """The center is a way to the clinic for whoever has the client at the court; for the aid it is none.

    hotline --warm--> aid      hotline --warm--> court --warm--> (center) --warm--> clinic
    """
    aid, court = organization("aid"), organization("court", kind="prosecutor")
    food, help_ = service("food", "food", at="aid"), service("help", "clothing", at="court")
    talk = service("talk", "peer_support", at="center", accepts_from=("prosecutor",))

    answer = find(
        snapshot(HOTLINE, aid, court, CENTER, CLINIC, food, help_, talk, EXAM), profile("food", "clothing", "dental")
    )

    assert answer.paths[0].covers == ("food", "clothing", "dental")
    assert [step.holder for step in answer.paths[0].steps if step.organization == "center"] == ["court"]


def test_at_most_one_gateway_before_a_step() -> None:
    """A door behind a door behind a door stays shut.

    hotline --warm--> (desk) --warm--> (center) --X--> clinic
    """
    talk = service("talk", "peer_support", at="center", accepts_from=("desk",))
    front = service("front", "food", at="desk")

    answer = find(snapshot(HOTLINE, CENTER, CLINIC, organization("desk"), talk, front, EXAM), profile("dental"))

    assert (answer.paths, reasons(answer)) == ((), {"dental": {"source": 1}})


def test_a_step_that_helps_opens_the_door_by_itself() -> None:
    """Where the client needs the center anyway, the center is no gateway but the holder.

    hotline --warm--> center --warm--> clinic
    """
    answer = find(snapshot(HOTLINE, CENTER, CLINIC, TALK, EXAM), profile("dental", "peer_support"))

    assert best_picture(answer) == "hotline --warm--> center --warm--> clinic"
    assert terms(answer.paths[0])["handoffs"] == 200


def test_nobody_comes_in_by_a_door_that_opens_only_to_its_own_house() -> None:
    """The clinic gives out food to anyone; its dentist takes those whom the clinic sends, and it cannot send to itself.

    hotline --warm--> clinic (food) --X--> clinic (dental)
    """
    food, exam = service("food", "food", at="clinic"), service("exam", "dental", at="clinic", accepts_from=("clinic",))

    answer = find(snapshot(HOTLINE, CLINIC, food, exam), profile("food", "dental"))

    assert best_picture(answer) == "hotline --warm--> clinic"
    assert reasons(answer) == {"dental": {"source": 1}}


@pytest.mark.parametrize("kind", ["law_enforcement", "prosecutor", "child_welfare", "immigration_authority"])
def test_the_state_is_no_gateway_without_the_clients_choice(kind: str) -> None:
    """Nobody is led through a police station to a dentist unless they choose to.

    hotline --X--> (station) --X--> clinic
    """
    station = organization("center", basis="systems", kind=kind, regimes=frozenset())

    answer = find(snapshot(HOTLINE, station, CLINIC, TALK, EXAM), profile("dental"))

    assert (answer.paths, reasons(answer)) == ((), {"dental": {"source": 1}})


@pytest.mark.parametrize(
    "talk",
    [
        {"minimum_age": 40},
        {"active": False},
        {"schedules": (hours("20:00", "22:00"),)},
        {"capacities": (beds(0, at=MONDAY_TEN),)},
        {"requires": ("food",)},
        {"accepts": ("packet",), "intake_data": ("need",)},
        {"accepts_from": ("clinic",)},
    ],
    ids=str,
)
def test_a_gateway_must_itself_take_the_client(talk: dict[str, object]) -> None:
    """A gateway is a visit: too young, closed, full, unprepared or not to be handed over to, and the way is shut.

    hotline --X--> (center) - - clinic
    """
    answer = find(
        snapshot(HOTLINE, CENTER, CLINIC, service("talk", "peer_support", at="center", **talk), EXAM),
        profile("dental", client=client(age=30)),
    )

    assert (answer.paths, reasons(answer)) == ((), {"dental": {"source": 1}})


def test_nobody_hands_over_to_themselves() -> None:
    """The clinic's counselor takes clients from health agencies: the hospital may refer, the clinic itself may not.

    hotline --warm--> clinic [exam]; hotline --warm--> (hospital) --warm--> clinic [talk]
    not      hotline --warm--> clinic [exam] --X--> clinic [talk]
    """
    network = snapshot(
        HOTLINE,
        organization("clinic", kind="health"),
        organization("hospital", kind="health"),
        service("exam", "dental", at="clinic"),
        service("talk", "mental_health", at="clinic", accepts_from=("health",)),
        service("teeth", "dental", at="hospital", response_time=timedelta(hours=50)),
    )

    answer = find(network, profile("dental", "mental_health"))

    assert pictures(answer) == ["hotline --warm--> clinic; hotline --warm--> (hospital) --warm--> clinic"]


def test_what_comes_first_at_an_agency_shuts_no_way_back_to_it() -> None:
    """The clinic is let in at its counselor's by its kind, cannot hand over to itself, and is where papers are made.

    hotline --warm--> clinic [papers]; hotline --warm--> (hospital) --warm--> clinic [talk]
    """
    network = snapshot(
        HOTLINE,
        organization("clinic", kind="health"),
        organization("hospital", kind="health"),
        service("papers", "identification_documents", at="clinic"),
        service("talk", "mental_health", at="clinic", accepts_from=("health",), requires=("identification_documents",)),
        service("ward", "food", at="hospital"),
    )

    answer = find(network, profile("mental_health"))

    assert pictures(answer) == ["hotline --warm--> clinic; hotline --warm--> (hospital) --warm--> clinic"]


def test_a_packet_through_a_gateway_is_stopped_by_what_the_gateway_lacks() -> None:
    """The hotline's release does not help: it is the center that would send, and the center has none.

    hotline --warm--> (center) --X--> clinic      release: hotline to clinic
    """
    exam = service("exam", "dental", at="clinic", accepts=("packet",), intake_data=("need",), accepts_from=("center",))

    answer = find(snapshot(HOTLINE, CENTER, CLINIC, TALK, exam), profile("dental"), consented("hotline", "clinic"))

    assert (answer.paths, reasons(answer)) == ((), {"dental": {"consent": 1}})


def test_a_gateway_is_as_urgent_as_what_lies_behind_it() -> None:
    """The center opens at eight in the evening: too late for now, ten hours of waiting for today.

    hotline --warm--> (center, from 20:00) --warm--> clinic
    """
    evening = service("talk", "peer_support", at="center", schedules=(hours("20:00", "22:00"),))
    network = snapshot(HOTLINE, CENTER, CLINIC, evening, EXAM)

    now, today = (find(network, profile(need("dental", urgency))) for urgency in ("now", "today"))

    assert now.paths == ()
    assert terms(today.paths[0])["delay"] == 4 * (10 + 2)


def test_what_a_gateway_asks_for_must_have_come_before() -> None:
    """The center wants papers first; a path that gets them on the way may go through.

    hotline --warm--> desk [papers]; hotline --warm--> (center) --warm--> clinic
    """
    papers = service("papers", "identification_documents", at="desk")
    talk = service("talk", "peer_support", at="center", requires=("identification_documents",))

    answer = find(snapshot(HOTLINE, CENTER, CLINIC, organization("desk"), papers, talk, EXAM), profile("dental"))

    assert [step.organization for step in answer.paths[0].steps] == ["desk", "center", "clinic"]
    assert [step.covers for step in answer.paths[0].steps] == [("identification_documents",), (), ("dental",)]


def test_what_a_gateway_asks_for_is_not_made_up_for_by_a_need_met_on_the_way() -> None:
    """Clothing is got before the center is passed, and is not what the center asks for.

    hotline --warm--> closet [clothing]; hotline --warm--> desk [papers]; hotline --warm--> (center) --warm--> clinic
    """
    papers = service("papers", "identification_documents", at="desk")
    talk = service("talk", "peer_support", at="center", requires=("identification_documents",))
    coats = service("coats", "clothing", at="closet")
    directory = (HOTLINE, CENTER, CLINIC, organization("desk"), organization("closet"), papers, talk, EXAM, coats)

    for needs in (("clothing", "dental"), ("dental", "clothing")):
        (path, *_) = find(snapshot(*directory), profile(*needs)).paths

        stops = [step.organization for step in path.steps]
        assert sorted(stops) == ["center", "clinic", "closet", "desk"]
        assert stops.index("desk") < stops.index("center")


@pytest.mark.parametrize("accepts", [("self",), ("packet",)])
def test_a_door_shut_to_everybody_counts_beside_what_else_rules_out(accepts: tuple[str, ...]) -> None:
    """The clinic sees small children only, and only whom the absent court sends: each would be enough."""
    exam = service("exam", "dental", at="clinic", accepts_from=("court",), maximum_age=5, accepts=accepts)

    answer = find(snapshot(HOTLINE, CLINIC, exam), profile("dental"))

    assert {"age", "source"} <= reasons(answer)["dental"].keys()


def test_another_gateway_is_not_another_answer() -> None:
    """If the dentist says no, another introduction to the same dentist does not help.

    hotline --warm--> (center) --warm--> clinic      or through the club: the same answer
    """
    exam = service("exam", "dental", at="clinic", accepts_from=("center", "club"))
    play = service("play", "food", at="club")

    answer = find(snapshot(HOTLINE, CENTER, CLINIC, organization("club"), TALK, play, exam), profile("dental"))

    assert pictures(answer) == ["hotline --warm--> (center) --warm--> clinic"]
    assert answer.sole_providers == ("clinic",)


def test_no_gateway_leads_to_a_report_but_one_does_to_the_room_behind_the_same_door() -> None:
    """The client is wanted in the room, not for the report.

    hotline --report--> bureau [report]      hotline --X--> bureau      hotline --warm--> center --warm--> bureau [room]
    """
    network = snapshot(
        HOTLINE,
        CENTER,
        organization("bureau"),
        TALK,
        service("report", "child_protection_report", at="bureau", accepts_from=("center",)),
        service("room", "transitional_housing", at="bureau", accepts_from=("center",)),
    )
    report = routing.CertainReport("child_protection_report", frozenset({"bureau"}))

    report_and_room = find(network, routing.with_reports(profile(report.type, "transitional_housing"), [report]))
    report_only = find(network, routing.with_reports(profile(report.type), [report]))

    assert pictures(report_and_room) == ["hotline --report--> bureau; hotline --warm--> (center) --warm--> bureau"]
    assert pictures(report_only) == ["hotline --report--> bureau"]


def test_the_example_of_the_readme() -> None:
    """A bed and a detox at `hope`; a bed at `haven`, and a detox at `ward` behind a hospital.

    hotline --warm--> hope      hotline --warm--> haven; hotline --warm--> (hospital) --warm--> ward
    """
    hospital = organization("hospital", kind="health", regimes=frozenset({"hipaa"}))
    network = snapshot(
        *(HOTLINE, *map(organization, ("hope", "haven", "ward")), hospital),
        *(service(f"bed-{slug}", "emergency_shelter", at=slug, accepts=("warm",)) for slug in ("hope", "haven")),
        service("detox-hope", "detox", at="hope"),
        service("detox-ward", "detox", at="ward", accepts_from=("health",)),
        service("emergency-room", "medical_emergency", at="hospital"),
    )

    answer = find(network, profile("emergency_shelter", need("detox", "today"), client=client(age=15)))

    assert pictures(answer) == [
        "hotline --warm--> hope",
        "hotline --warm--> haven; hotline --warm--> (hospital) --warm--> ward",
    ]
    # a hand-off and its hour while the bed and the detox wait, to an agency without an agreement
    assert terms(answer.paths[0]) == {"handoffs": 100, "delay": 8 + 4, "relationship": 30}
