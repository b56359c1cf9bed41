"""Duties and notices of the demo coalition's agencies: `certain` only when nothing can undo them."""

from __future__ import annotations

import json
import shutil
from copy import deepcopy
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from loaded import Loader

import policies
from service import demo
from service.answers.builder.decisions import DecisionVerifier
from service.answers.builder.owed import OWN_NOTICES, STATE_LAW_REPORTS, certain_case
from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.documents.document import parse_document
from service.i18n.duties import DUTY_YOURS, IF_SO_OF_A_NOTICE, NOTICE_YOURS

COALITION: dict[str, Any] = parse_document(demo.coalition_bytes())[0]
AT = "2026-03-02T10:00:00-06:00"
CHILD_WELFARE, SHERIFF, SHELTER, COLLEGE = (
    "family-care-office", "northline-sheriff", "bluestem-haven", "tarn-ford-college",
)  # fmt: skip
TRAFFICKED = {"sex_trafficking": True}
FOREIGN = {"foreign_national": True}
IN_CARE = {"in_foster_care": True, "runaway": True}
NEITHER = {"sex_trafficking": False, "labor_trafficking": False, "in_foster_care": False}


@pytest.fixture(scope="module")
def directory(loader: Loader) -> DirectorySnapshot:
    return loader.serve(COALITION)[1]


def answer(
    directory: DirectorySnapshot, origin: str, age: Any, traits: dict[str, bool | None], **changes: Any
) -> dict[str, Any]:
    raw = {
        "origin": origin,
        "at": AT,
        "client": {"age": age, "languages": ["en"], "gender": "female", "area": "demo-north", "traits": traits},
        "needs": [{"type": "victim_advocacy", "urgency": "today"}],
        "facts": {"client_present": True, "danger": "none", "guardian": "none"},
        **changes,
    }
    return find_paths(directory, read_profile(json.dumps(raw).encode()), new_id=lambda: "one")


def duties(
    directory: DirectorySnapshot, origin: str, age: Any, traits: dict[str, bool | None], **changes: Any
) -> dict[str, bool]:
    entries = answer(directory, origin, age, traits, **changes)["duties"]
    return {duty["id"]: duty["certain"] for duty in entries if duty["id"] != "tx-child-report"}


@pytest.mark.parametrize(
    ("origin", "age", "traits", "expected"),
    [
        (SHERIFF, 15, TRAFFICKED | FOREIGN, {"hhs-minor-notice-24h": True}),
        (SHERIFF, 15, {"labor_trafficking": True} | FOREIGN, {"hhs-minor-notice-24h": True}),
        (SHERIFF, 15, TRAFFICKED, {"hhs-minor-notice-24h": False}),
        (SHERIFF, 15, TRAFFICKED | {"foreign_national": False}, {}),
        (SHERIFF, 15, {}, {"hhs-minor-notice-24h": False}),
        (SHERIFF, {"min": 17, "max": 18}, TRAFFICKED | FOREIGN, {"hhs-minor-notice-24h": False}),
        (SHERIFF, 15, NEITHER, {}),
        (SHERIFF, 18, TRAFFICKED, {}),
        (SHELTER, 15, TRAFFICKED | IN_CARE, {}),
        ("kitebrook-foster", 15, TRAFFICKED | IN_CARE, {}),
        (CHILD_WELFARE, 15, TRAFFICKED | FOREIGN | {"runaway": False},
         {"hhs-minor-notice-24h": True, "child-welfare-24h": True}),
        (CHILD_WELFARE, 15, NEITHER | IN_CARE, {"child-welfare-24h-missing": True}),
        (CHILD_WELFARE, 15, NEITHER | {"in_foster_care": True}, {"child-welfare-24h-missing": False}),
        (CHILD_WELFARE, None, NEITHER | IN_CARE, {"child-welfare-24h-missing": False}),
        (CHILD_WELFARE, 15, {"sex_trafficking": False, "labor_trafficking": True, "runaway": False} | FOREIGN,
         {"hhs-minor-notice-24h": True}),
        (CHILD_WELFARE, 18, TRAFFICKED | IN_CARE, {}),
    ],
)  # fmt: skip
def test_whose_notice_it_is_and_when_it_is_certain(
    directory: DirectorySnapshot, origin: str, age: Any, traits: dict[str, bool | None], expected: dict[str, bool]
) -> None:
    """Officials tell HHS; the state's child-welfare agency tells police; nobody else has these."""
    assert duties(directory, origin, age, traits) == expected


def test_an_agency_that_has_not_said_whom_it_works_for_may_owe_an_officials_notice(
    directory: DirectorySnapshot,
) -> None:
    """Not known is the strict case: the notice is there, and it is not said to be certain."""
    agencies = directory.policy.agencies
    unsaid = replace(agencies[SHERIFF], basis=None)
    undeclared = replace(directory, policy=replace(directory.policy, agencies={**agencies, SHERIFF: unsaid}))

    assert duties(directory, SHERIFF, 15, TRAFFICKED | FOREIGN) == {"hhs-minor-notice-24h": True}
    assert duties(undeclared, SHERIFF, 15, TRAFFICKED | FOREIGN) == {"hhs-minor-notice-24h": False}


def test_the_child_welfare_notices_name_the_police_and_their_term(directory: DirectorySnapshot) -> None:
    """To whom in this directory, by when, and what it may hold: never an address or immigration information."""
    duties_by_id = {duty["id"]: duty for duty in answer(directory, CHILD_WELFARE, 15, TRAFFICKED | IN_CARE)["duties"]}

    for name in ("child-welfare-24h", "child-welfare-24h-missing"):
        assert SHERIFF in {to["slug"] for to in duties_by_id[name]["to"]}
        assert all(to["phone"] for to in duties_by_id[name]["to"])
        assert duties_by_id[name]["due"] == "PT24H"
        assert {"need", "identity", "narrative"} <= set(duties_by_id[name]["share"])
        assert not {"immigration", "shelter_location", "education"} & set(duties_by_id[name]["share"])
    assert duties_by_id["child-welfare-24h"]["plain"].startswith("Where it is safe, tell the client first")
    assert "Missing and Exploited Children" in duties_by_id["child-welfare-24h-missing"]["plain"]


def test_a_notice_stays_when_the_client_avoids_its_receiver(directory: DirectorySnapshot) -> None:
    """`avoid` removes no duty, and the duty says so."""
    duties = answer(directory, CHILD_WELFARE, 15, TRAFFICKED, avoid=["law_enforcement"])["duties"]

    assert "The duty stays" in next(duty["plain"] for duty in duties if duty["id"] == "child-welfare-24h")


def test_certain_is_what_every_answer_to_the_unknowns_leaves_standing(directory: DirectorySnapshot) -> None:
    """The short way (each unknown answered so that no duty comes of it) agrees with trying every answer."""
    facts = ("trafficking", "sex_trafficking", "missing_from_care")
    origins = [directory.policy.agencies[slug] for slug in (SHERIFF, CHILD_WELFARE, SHELTER)]
    day = policies.Case(today=date(2026, 3, 2))

    def notices_owed(agency: policies.Agency, case: policies.Case) -> set[str]:
        route = policies.Share(agency, agency, action="route", data=None, purpose="referral")
        return {task.id for task in directory.rulebook.obligations(case, route)} & OWN_NOTICES.keys()

    for agency, age, *values in product(origins, ("minor", "adult", "unknown"), *[(True, False, None)] * 3):
        case = replace(day, age=age, **dict(zip(facts, values, strict=True)))
        ages = ("minor", "adult") if age == "unknown" else (age,)
        worlds = product(ages, *((True, False) if value is None else (value,) for value in values))
        cases = [
            replace(day, age=age_in_world, **dict(zip(facts, truths, strict=True))) for age_in_world, *truths in worlds
        ]
        notices_by_world = [notices_owed(agency, case) for case in cases]

        assert notices_owed(agency, certain_case(case)) == set.intersection(*notices_by_world)
        assert notices_owed(agency, case) == set.union(*notices_by_world)


@pytest.mark.parametrize(
    ("age", "protection", "traits", "certain"),
    [
        (70, None, {"sexual_assault": True}, True),
        (70, False, {"sexual_assault": True}, True),
        (30, True, {"domestic_violence": True}, True),
        (30, True, {}, False),
        (70, None, {}, False),
        (30, None, {"disability": True, "domestic_violence": True}, False),
        (30, None, {"disability": True}, False),
        (30, False, {"disability": True, "domestic_violence": True}, None),
        (70, None, {"sexual_assault": False, "sex_trafficking": False, "labor_trafficking": False,
                    "domestic_violence": False}, None),
        (30, None, {"disability": None, "sexual_assault": True}, None),
        (30, None, {"sexual_assault": True}, None),
        ({"min": 64, "max": 66}, None, {"sexual_assault": True}, False),
        ({"min": 17, "max": 40}, True, {"sexual_assault": True}, False),
        (None, None, {"sexual_assault": True}, None),
        (None, True, {"sexual_assault": True}, False),
        (15, True, {"disability": True, "sexual_assault": True}, None),
    ],
)  # fmt: skip
def test_a_report_on_an_adult_whom_the_law_protects(
    directory: DirectorySnapshot,
    age: Any,
    protection: bool | None,
    traits: dict[str, bool | None],
    certain: bool | None,
) -> None:
    """65 or older, or not able to protect themselves: a disability alone says nothing about it."""
    facts = {"client_present": True, "danger": "none", "guardian": "none", "adult_protection": protection}
    entries = answer(directory, SHELTER, age, traits, facts=facts)["duties"]
    reports = [duty for duty in entries if duty["id"] == "tx-adult-report"]

    assert [duty["certain"] for duty in reports] == ([] if certain is None else [certain])
    for duty in reports:
        assert (duty["due"], [to["slug"] for to in duty["to"]]) == ("PT0S", [CHILD_WELFARE])
        assert "narrative" in duty["share"]
        assert "sud" not in duty["share"]
        assert duty["share"][:3] == duty["must_hold"] == ["identity", "contact_location", "narrative"]
        assert "Nothing more, unless the law calls for it" in duty["plain"]
        assert "to be confirmed" not in duty["plain"]
        assert (duty["confirm"], duty["checked"] >= "2026-11-24") == (None, True)


def test_a_subpoena_is_held_with_the_agencys_own_contact(directory: DirectorySnapshot) -> None:
    """The paths are the same; the duty names whom the agency named, or says that it named nobody."""
    plain = answer(directory, SHELTER, 30, {})
    facts = {"client_present": True, "danger": "none", "guardian": "none", "process": "subpoena"}
    under_subpoena = answer(directory, SHELTER, 30, {}, facts=facts)
    nobody = answer(directory, SHERIFF, 30, {}, facts={"process": "subpoena"})["duties"][-1]

    assert under_subpoena["paths"] == plain["paths"]
    assert [duty["id"] for duty in under_subpoena["duties"]] == ["subpoena-hold"]
    assert "Counsel for the shelter (demo), 555-0113" in under_subpoena["duties"][0]["plain"]
    assert nobody["plain"].endswith("ask its director.")


@pytest.mark.parametrize(("origin", "is_there"), [(COLLEGE, True), (SHELTER, False)])
def test_campus_staff_bring_their_notice(directory: DirectorySnapshot, origin: str, is_there: bool) -> None:
    """Whoever asks from a campus, or is sent to one, hears what campus staff may have to pass on."""
    needs = [{"type": "crisis_hotline", "urgency": "today"}]

    assert ("campus-notice" in _notices(answer(directory, origin, 30, {}, needs=needs))) is is_there


def test_a_path_to_a_campus_brings_it_too(directory: DirectorySnapshot) -> None:
    """Only one notice, however many steps go there."""
    document = answer(
        directory, "redbud-schools", 19, {}, needs=[{"type": "education", "urgency": "this_week"}], limit=10
    )
    to_campus = [s for path in document["paths"] for s in path["steps"] if s["to"]["slug"] == COLLEGE]

    assert _notices(document).count("campus-notice") == (1 if to_campus else 0)
    assert to_campus


def _notices(document: dict[str, Any]) -> list[str]:
    return [notice["id"] for notice in document["notices"]]


def test_every_disclaimer_stands_by_id_in_every_answer(directory: DirectorySnapshot) -> None:
    """Section 10 of the catalogue: what this is not, which pack, what rests on memory, whom to call."""
    notices = {notice["id"]: notice["plain"] for notice in answer(directory, SHELTER, 30, {})["notices"]}

    assert "not legal advice" in notices["not-legal-advice"]
    assert "no lawyer-client relationship" in notices["not-legal-advice"]
    assert directory.rulebook.version[:19] in notices["pack-review"]
    reviewed = date.fromisoformat(max(rule.reviewed for rule in directory.rulebook.rules))
    assert f"on {reviewed:%B} {reviewed.day}, {reviewed.year}" in notices["pack-review"]
    assert "Texas is a sample overlay" in notices["to-be-confirmed"]
    assert "1-888-373-7888" in notices["hotline"]
    assert "never the client's words" in notices["record-without-content"]


def test_what_is_told_once_is_at_no_step(directory: DirectorySnapshot) -> None:
    """Notices of the asking agency, the complaint channel and how to keep a record are not repeated step by step."""
    document = answer(directory, CHILD_WELFARE, 15, TRAFFICKED | IN_CARE)
    tasks = {task["id"] for path in document["paths"] for step in path["steps"] for task in step["obligations"]}

    assert document["paths"]
    assert not tasks & {*OWN_NOTICES, "grievance-channel", "record-without-content", "campus-notice"}


def test_treatment_records_in_a_packet_carry_the_part_2_notice(loader: Loader) -> None:
    """A Part 2 program that sends treatment information with consent attaches the notice against passing it on."""
    bundle = parse_document(demo.coalition_bytes())[0]
    clinic = next(organization for organization in bundle["organizations"] if organization["id"] == "ridgeline-clinic")
    clinic["services"][0]["referral"] |= {"accepts": ["packet"], "intake_data": ["need", "sud"]}
    clinic["coalition"]["accepted_forms"] = ["roi-treatment"]
    bundle["agreements"].append(
        {"id": "recovery-clinic", "between": ["quiet-creek-recovery", "ridgeline-clinic"], "mutual": True,
         "level": "coalition", "type": "mou", "status": "signed", "effective": "2025-01-01", "expires": "2027-01-01"}
    )  # fmt: skip
    consent = {
        "form": "roi-treatment", "level": "release", "marks": ["sud", "health"], "from": "quiet-creek-recovery",
        "to": ["ridgeline-clinic"], "data": ["need", "sud"], "signers": ["client"], "signed_on": "2026-03-01",
        "ends_on": "2026-06-01",
    }  # fmt: skip
    directory = loader.serve(bundle)[1]

    needs = [{"type": "primary_medical", "urgency": "this_week"}]
    result = answer(directory, "quiet-creek-recovery", 30, {}, needs=needs, consents=[consent])

    steps = [s for path in result["paths"] for s in path["steps"] if s["to"]["slug"] == "ridgeline-clinic"]
    assert [step["share"] for step in steps] == [["need", "sud"]]
    assert "part2-notice" in {task["id"] for task in steps[0]["obligations"]}


def test_another_states_report_is_a_duty_without_a_line_of_code(loader: Loader, tmp_path: Path) -> None:
    """An overlay's own report, with its own term, takes the place of the Texan one."""
    packs = Path(policies.__file__).parent
    shutil.copytree(policies.PACKS_DIRECTORY, tmp_path / "packs")
    shutil.copytree(packs / "overlays" / "us-xx", tmp_path / "packs" / "us-xx")
    rulebook = policies.load_rulebook(["federal", "us-xx", "coalition"], tmp_path / "packs")

    bundle = json.loads(json.dumps(COALITION).replace('"us-tx"', '"us-xx"'))
    bundle["coalition"]["policy_packs"] = ["federal", "coalition"]
    directory = loader.serve(bundle)[1]

    document = answer(replace(directory, rulebook=rulebook), SHELTER, 15, TRAFFICKED)

    assert [(duty["id"], duty["due"], duty["certain"]) for duty in document["duties"]] == [
        ("xx-child-report", "PT48H", True)
    ]
    assert "within 48 hours" in document["duties"][0]["plain"]
    assert [to["slug"] for to in document["duties"][0]["to"]] == [CHILD_WELFARE]
    assert any("A state's pack is a sample overlay" in notice["plain"] for notice in document["notices"])


@pytest.mark.parametrize(("origin", "is_told_after"), [(SHELTER, True), (SHERIFF, False)])
def test_what_the_law_asks_for_along_with_a_report_stands_with_it(
    directory: DirectorySnapshot, origin: str, is_told_after: bool
) -> None:
    """A funded program tells the client what was shared and plans for safety (rule 14); everyone shares the least."""
    duties = answer(directory, origin, 15, TRAFFICKED)["duties"]
    report = next(duty for duty in duties if duty["id"] == "tx-child-report")

    tasks = {task["id"]: task for task in report["obligations"]}
    assert ("compelled-release-notice" in tasks) is is_told_after
    assert {"systems-recipient-notice", "minimum-necessary"} <= tasks.keys()
    assert {task["effect"] for task in tasks.values()} == {"obligation"}
    assert not tasks.keys() & {"grievance-channel", "record-without-content", *OWN_NOTICES}


@pytest.mark.parametrize(("age", "subject"), [(15, "child"), (70, "adult")])
def test_a_duty_says_in_short_what_is_reported(directory: DirectorySnapshot, age: int, subject: str) -> None:
    """Where nothing else on the page says so; a notice to officials is none of either."""
    duties = answer(directory, CHILD_WELFARE, age, TRAFFICKED)["duties"]

    sentences = {duty["id"]: duty["say"][0] for duty in duties}
    assert sentences.pop(f"tx-{subject}-report") == DUTY_YOURS[subject]
    assert {*sentences.values()} <= {NOTICE_YOURS, *IF_SO_OF_A_NOTICE.values()}


def test_a_notice_by_federal_law_asks_for_nothing_of_a_states(loader: Loader) -> None:
    """What comes along with it is not the duty of a law that is not loaded."""
    bundle = deepcopy(COALITION)
    bundle["coalition"]["policy_packs"] = ["federal", "coalition"]

    duties = answer(loader.serve(bundle)[1], SHERIFF, 15, TRAFFICKED | FOREIGN)["duties"]

    assert [duty["id"] for duty in duties] == ["child-report-state-law", "hhs-minor-notice-24h"]
    assert [task["id"] for duty in duties for task in duty["obligations"] if task["id"] in STATE_LAW_REPORTS] == []


def test_agencies_that_look_alike_are_asked_about_once(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve offices that the rules cannot tell apart take reports: as many questions as one office asks for."""
    questions = list[policies.Share]()
    decide = DecisionVerifier.decide

    def counting(verifier: DecisionVerifier, share: policies.Share) -> policies.Decision:
        questions.extend([share] if share.action == "report" and share.holder != share.recipient else [])
        return decide(verifier, share)

    monkeypatch.setattr(DecisionVerifier, "decide", counting)
    counts, receivers = list[int](), list[int]()
    for offices in (1, 12):
        bundle = deepcopy(COALITION)
        (office,) = [organization for organization in bundle["organizations"] if organization["id"] == CHILD_WELFARE]
        services = [
            service for service in office["services"] if "child_protection_report" in service["referral"]["types"]
        ]
        for number in range(offices - 1):
            again = [service | {"id": f"{service['id']}-{number}", "service_at_locations": []} for service in services]
            more = {"id": f"office-{number}", "locations": [], "contacts": [], "services": again}
            bundle["organizations"].append(office | more)
        questions.clear()
        duties = answer(loader.serve(bundle)[1], SHELTER, 15, TRAFFICKED)["duties"]
        counts.append(len(questions))
        receivers.append(sum(len(duty["to"]) for duty in duties))

    assert receivers[1] >= receivers[0] + 3
    assert counts[0] == counts[1] > 0
