"""14. The hardest case: a night in which everything above happens at once, worked out by hand."""

from dataclasses import replace
from datetime import datetime, timedelta

from builders import (
    ZONE,
    Consented,
    agreement,
    area,
    beds,
    client,
    find,
    hours,
    need,
    organization,
    profile,
    service,
    snapshot,
)
from drawing import coverage, pictures, reasons, terms

SUNDAY_TWO = datetime(2026, 3, 8, 1, 30, tzinfo=ZONE)  # half an hour before the clocks go forward
FRESH = (beds(1, at=SUNDAY_TWO),)

RECORDS = (
    area("us-tx"),
    area("travis", within="us-tx", latitude=30.0, longitude=-97.0),
    organization("hotline", membership="active"),
    organization("night-house", kind="dv_shelter", regimes=frozenset({"vawa"}), address_private=True),
    organization("advocates", membership="active"),
    organization("exam-unit", kind="health", basis="systems", regimes=frozenset({"hipaa"}), parent="county"),
    organization("county", basis="systems", kind="other_government", regimes=frozenset()),
    organization("legal-aid", kind="legal", regimes=frozenset({"attorney"})),
    # a bed for the night: open from Saturday evening, asks for an assessment, which the house makes itself
    service(
        "nh-bed",
        "emergency_shelter",
        at="night-house",
        minimum_age=11,
        maximum_age=17,
        requires=("intake_assessment",),
        schedules=(hours("20:00", "07:00", days="SA"),),
        capacities=(beds(0, at=SUNDAY_TWO), beds(2, at=SUNDAY_TWO)),
        accepts=("warm",),
        positions=((32.0, -97.0),),  # private: it must cost nothing, or the price would tell where it is
    ),
    service(
        "nh-intake", "intake_assessment", at="night-house", accepts=("self", "warm"), schedules=(), capacities=FRESH
    ),
    # an examination: by the county hospital, which takes clients from the advocates only
    service(
        "eu-exam",
        "forensic_medical_exam",
        at="exam-unit",
        accepts_from=("advocates",),
        positions=((30.09, -97.0),),
        response_time=timedelta(minutes=45),
        capacities=FRESH,
    ),
    service("ad-line", "victim_advocacy", at="advocates", capacities=(beds(1, old=timedelta(days=2), at=SUNDAY_TWO),)),
    # a lawyer by Friday: takes a packet only, which reveals that immigration is at stake
    service(
        "la-visa",
        "legal_immigration",
        at="legal-aid",
        accepts=("packet",),
        intake_data=("need",),
        schedules=(hours("09:00", "17:00", days="MO,TU,WE,TH,FR"),),
        designated=True,
        capacities=FRESH,
    ),
    agreement("hotline", "advocates", level="coordination", types=("victim_advocacy",)),
    agreement("hotline", "legal-aid", level="cooperation"),
)
ASKED = profile(
    need("emergency_shelter", "now"),
    need("forensic_medical_exam", "today"),
    need("legal_immigration", "this_week"),
    need("education", "later", required=False),
    at=SUNDAY_TWO,
    client=client(age=15, languages=("es",), traits={"foreign_national": None}),
    avoid=["law_enforcement"],
)
MAY_SEND = Consented({("hotline", "legal-aid"): frozenset({"need", "immigration"})})


def test_everything_at_once() -> None:
    """Bed first, in one step with its assessment; the hospital through the advocates; the lawyer by packet on Monday.

    hotline --warm--> night-house [nh-intake, nh-bed]
    hotline --warm--> (advocates) --warm--> exam-unit
    hotline --packet--> legal-aid
    """
    answer = find(snapshot(*RECORDS), ASKED, MAY_SEND)

    path = answer.paths[0]
    assert pictures(answer) == [
        "hotline --warm--> night-house; hotline --warm--> (advocates) --warm--> exam-unit; "
        "hotline --packet--> legal-aid"
    ]
    assert coverage(path) == [
        {"nh-bed": ("emergency_shelter",), "nh-intake": ("intake_assessment",)},
        {"ad-line": ()},
        {"eu-exam": ("forensic_medical_exam",)},
        {"la-visa": ("legal_immigration",)},
    ]
    assert (path.exposure, path.uncovered) == ("disclosed", ("education",))
    assert reasons(answer) == {"education": {"no_service": 0}}
    assert answer.sole_providers == ("advocates", "exam-unit", "legal-aid", "night-house")


def test_every_point_of_it_can_be_worked_out_by_hand() -> None:
    """The same path, term by term.

    hotline --warm--> night-house; hotline --warm--> (advocates) --warm--> exam-unit; hotline --packet--> legal-aid
    """
    path = find(snapshot(*RECORDS), ASKED, MAY_SEND).paths[0]

    assert terms(path) == {
        "handoffs": 4 * 100,
        "exposure": 20,  # the hospital, under hipaa
        # Open before the calls: bed 8 + assessment 8 + exam 4 + lawyer 2, then 4 + 2 twice, then 2 for four hours of
        # packet; the exam within an hour begun (4); the lawyer from Monday nine, 31 hours begun from Sunday 01:30 CST
        # since a night of changing clocks is an hour short (2 x 31); one added prerequisite.
        "delay": 22 + 6 + 6 + 2 * 4 + 4 * 1 + 2 * 31 + 1,
        "uncertain": 20 + 10,  # the assessment's hours; the advocates' line, counted two days ago
        # ten kilometres and a little; the private house, for bed and assessment, and the lawyer might be anywhere
        "distance": 3 + 2 * 60 + 60,
        "mode": 20,
        "relationship": 30 + 10 + 30 + 20,
        "optional_uncovered": 1000,
    }


def test_without_the_release_the_lawyer_is_left_open() -> None:
    """Saying no to a form takes away only what needed it.

    hotline --warm--> night-house; hotline --warm--> (advocates) --warm--> exam-unit
    """
    answer = find(snapshot(*RECORDS), ASKED)

    assert pictures(answer) == ["hotline --warm--> night-house; hotline --warm--> (advocates) --warm--> exam-unit"]
    assert reasons(answer)["legal_immigration"] == {"consent": 1}


def test_refusing_the_hospitals_parent_does_not_refuse_the_hospital() -> None:
    """A department is an organization of its own: avoiding the county leaves its hospital in.

    hotline --warm--> night-house; hotline --warm--> (advocates) --warm--> exam-unit; hotline --packet--> legal-aid
    """

    answer = find(snapshot(*RECORDS), replace(ASKED, avoid=frozenset({"county"})), MAY_SEND)

    assert "exam-unit" in answer.sole_providers
