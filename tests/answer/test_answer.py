"""What an answer tells a person: what to share and hold back, duties, notices, and what no answer ever shows."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from loaded import Loader

from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths
from service.directory.snapshot.directory_snapshot import DirectorySnapshot

ALWAYS = [{"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR,SA,SU", "opens_at": "00:00", "closes_at": "23:59"}]
AT = "2026-03-02T02:00:00-06:00"
PRIVATE_STREET = "77 Hidden Quince Row"


def organization(slug: str, *services: dict[str, Any], phone: str = "555-0100", **coalition: Any) -> dict[str, Any]:
    declared = {"basis": "community", "kind": "community", "membership": "active", **coalition}
    phones = [{"number": phone, "type": "voice", "description": f"{slug} intake line"}]
    return {"id": slug, "name": slug.title(), "phones": phones, "coalition": declared, "services": list(services)}


def service(slug: str, *types: str, **referral: Any) -> dict[str, Any]:
    return {
        "id": slug,
        "name": slug.title(),
        "status": "active",
        "interpretation_services": "by phone",
        "schedules": ALWAYS,
        "referral": {"types": list(types), **referral},
    }


def bundle() -> dict[str, Any]:
    shelter = organization(
        "shelter",
        service("beds", "emergency_shelter", accepts=["warm", "self", "packet"], intake_data=["need", "identity"]),
        phone="555-0101",
        kind="dv_shelter",
        regimes=["vawa"],
        reporter="child",
        address_private=True,
        accepted_forms=["roi"],
    )
    shelter["locations"] = [
        {
            "id": "shelter-house",
            "location_type": "physical",
            "latitude": 31.4159,
            "longitude": -99.2718,
            "addresses": [
                {
                    "address_1": PRIVATE_STREET,
                    "city": "Quinceville",
                    "state_province": "TX",
                    "postal_code": "78799",
                    "country": "US",
                    "address_type": "physical",
                }
            ],
        }
    ]
    return {
        "coalition": {
            "slug": "c",
            "name": "C",
            "timezone": "America/Chicago",
            "policy_packs": ["federal", "us-tx", "coalition"],
        },
        "areas": [
            {"code": "us-tx", "name": "Texas"},
            {"code": "travis", "name": "Travis", "within": "us-tx", "latitude": 30.0, "longitude": -97.0},
        ],
        "release_forms": [{"id": "roi", "name": "Release", "marks": ["sud", "health", "immigration"]}],
        "organizations": [
            organization(
                "hotline",
                reporter="child",
                grievance={"contact": "fair@example.org", "code_of_ethics": "NVASC"},
                declared={"on": "2025-01-01", "by": "director", "review_by": "2026-01-01"},
            ),
            shelter,
            organization("cps", service("reports", "child_protection_report"), kind="child_welfare", basis="systems"),
            organization(
                "police", service("crimes", "law_enforcement_report"), kind="law_enforcement", basis="systems"
            ),
        ],
        "agreements": [
            {
                "id": "mou",
                "between": ["hotline", "shelter"],
                "level": "coalition",
                "type": "mou",
                "status": "signed",
                "effective": "2025-01-01",
                "expires": "2026-03-02",
            }
        ],
    }


def without_a_state() -> dict[str, Any]:
    """The coalition, in a state of which there is neither a pack nor a card."""
    document: dict[str, Any] = json.loads(json.dumps(bundle()).replace('"us-tx"', '"us-zz"'))
    document["coalition"]["policy_packs"] = ["federal", "coalition"]
    return document


def consent(level: str, **changes: Any) -> dict[str, Any]:
    return {
        "form": "roi",
        "level": level,
        "from": "hotline",
        "to": ["shelter"],
        "data": ["need", "identity"],
        "signers": ["client"],
        "signed_on": "2026-03-01",
        "ends_on": "2026-03-02",
        **changes,
    }


def profile(**changes: Any) -> dict[str, Any]:
    client = {"age": 30, "gender": "female", "languages": ["en"], "area": "travis", **changes.pop("client", {})}
    facts = {"client_present": False, "guardian": "none", "danger": "none", **changes.pop("facts", {})}
    return {
        "origin": "hotline",
        "at": AT,
        "client": client,
        "facts": facts,
        "needs": [{"type": "emergency_shelter", "urgency": "now"}],
        **changes,
    }


@pytest.fixture
def directory(loader: Loader) -> DirectorySnapshot:
    return loader.serve(bundle())[1]


def ask(directory: DirectorySnapshot, **changes: Any) -> dict[str, Any]:
    question = read_profile(json.dumps(profile(**changes)).encode())
    return find_paths(directory, question, new_id=lambda: "one")


def first_step(directory: DirectorySnapshot, **changes: Any) -> dict[str, Any]:
    step: dict[str, Any] = ask(directory, **changes)["paths"][0]["steps"][0]
    return step


def test_the_document_has_exactly_the_keys_of_the_contract(directory: DirectorySnapshot) -> None:
    """Clients find every key, in every answer."""
    document = ask(directory)

    assert list(document) == [
        "lead", "paths", "conditional_paths", "uncovered", "later", "fallback_lines", "lines", "caller",
        "sole_provider", "duties", "questions", "complete", "notices", "counsel", "grievance", "directory_version",
        "policy_version", "decision_id", "call_sheet",
    ]  # fmt: skip
    assert document["complete"]["paths"] is True
    assert document["policy_version"].startswith("sha256:")


def test_a_client_who_calls_alone_shares_nothing_through_us(directory: DirectorySnapshot) -> None:
    """Self hand-off: nothing is shared, and all of intake_data is held back with what a packet would need."""
    step = first_step(directory)

    assert (step["mode"], step["share"]) == ("self", [])
    assert [(w["data"], w["rule"], w["needs"]) for w in step["withhold"]] == [
        ("need", "consented-share", "verbal"),
        ("identity", "consented-share", "verbal"),
    ]


def test_a_warm_call_shares_what_the_client_agreed_to(directory: DirectorySnapshot) -> None:
    """Warm: those classes of intake_data that the rules allow; the rest is held back."""
    signed = consent("verbal", data=["need"], ends_on=None)

    step = first_step(directory, facts={"client_present": True}, consents=[signed])

    assert (step["mode"], step["share"]) == ("warm", ["need"])
    assert [w["data"] for w in step["withhold"]] == ["identity"]


@pytest.mark.parametrize(
    ("purpose", "counts"), [({}, True), ({"purpose": "referral"}, True), ({"purpose": None}, False)]
)
def test_a_consent_of_which_nobody_knows_what_for_is_none(
    directory: DirectorySnapshot, purpose: dict[str, Any], counts: bool
) -> None:
    """In a profile a consent is for this referral; null says that it is not known, and unknown is never yes."""
    step = first_step(directory, facts={"client_present": True}, consents=[consent("release", **purpose)])

    assert step["mode"] == "warm"
    assert (step["share"] == ["need", "identity"]) is counts


@pytest.mark.parametrize(("forms", "is_said"), [([], True), (["roi"], False)])
def test_where_no_form_is_taken_nobody_is_sent_to_sign_one(loader: Loader, forms: list[str], is_said: bool) -> None:
    """The law asks for a release; which form the agency takes is not in the directory, and that is told."""
    coalition = bundle()
    coalition["organizations"][1]["coalition"]["accepted_forms"] = forms
    coalition["organizations"][0]["coalition"]["regimes"] = ["vawa"]

    entries = first_step(loader.serve(coalition)[1], facts={"client_present": True})["withhold"]

    assert [entry["needs"] for entry in entries] == ["release", "release"]
    assert all(("lists no form that it takes" in entry["plain"]) is is_said for entry in entries)


@pytest.mark.parametrize(
    ("coalition", "level", "says"),
    [
        ({"basis": "community"}, "disclosed", "names no privacy law"),
        ({"basis": "community", "kind": "school", "regimes": ["ferpa"]}, "disclosed", "a privacy law limits"),
        ({"basis": "systems", "kind": "health", "regimes": ["hipaa"]}, "disclosed", "a privacy law limits"),
        ({"basis": "community", "kind": "health", "regimes": ["hipaa"]}, "protected", "keep what you say private"),
        ({"basis": "systems", "kind": "court"}, "discoverable", "may come up in court"),
    ],
)
def test_an_exposure_says_what_is_so_of_the_receiver(
    loader: Loader, coalition: dict[str, Any], level: str, says: str
) -> None:
    """That no law is named is said only where none is."""
    document = bundle()
    document["organizations"].append(organization("pantry", service("meals", "food"), **coalition))

    exposure = first_step(loader.serve(document)[1], needs=[{"type": "food"}])["exposure"]

    assert exposure["level"] == level
    assert says in exposure["plain"]


def test_nothing_leaves_by_an_agencys_own_service(loader: Loader) -> None:
    """Also where the asking agency is a police department: no community agency is spoken of."""
    directory = loader.serve(bundle())[1]

    step = first_step(directory, origin="police", needs=[{"type": "law_enforcement_report"}])

    assert (step["mode"], step["exposure"]) == (
        "internal", {"level": "protected", "plain": "Nothing leaves your agency."}
    )  # fmt: skip


def test_a_packet_needs_consent_and_an_agreement_in_force(loader: Loader) -> None:
    """The service takes packets only: with consent and MOU it goes, without either it does not, and says so."""
    only_packets = bundle()
    only_packets["organizations"][1]["services"][0]["referral"]["accepts"] = ["packet"]
    lapsed = copy.deepcopy(only_packets)
    lapsed["agreements"][0]["expires"] = "2026-03-01"

    with_both = ask(loader.serve(only_packets)[1], consents=[consent("verbal")])
    no_consent = ask(loader.serve(only_packets)[1])
    no_agreement = ask(loader.serve(lapsed)[1], consents=[consent("verbal")])
    neither = ask(loader.serve(lapsed)[1])

    step = with_both["paths"][0]["steps"][0]
    assert (step["mode"], step["share"], step["withhold"]) == ("packet", ["need", "identity"], [])
    assert _codes(no_consent) == {"consent"}
    assert _codes(no_agreement) == {"agreement"}
    assert _codes(neither) == {"agreement", "consent"}


def _codes(document: dict[str, Any]) -> set[str]:
    assert document["paths"] == []
    return {reason["code"] for reason in document["uncovered"][0]["reasons"]}


@pytest.mark.parametrize(
    "dead",
    [
        {"withdrawn_on": "2026-03-02"},
        {"ends_on": "2026-03-01"},
        {"signed_on": "2026-03-03"},
        {"signed_on": None},
        {"to": ["police"]},
        {"data": ["health"]},
        {"purpose": "media"},
        {"from": "cps"},
        {"signers": []},
        {"signers": ["parent"]},
    ],
)
def test_a_dead_consent_is_no_consent(directory: DirectorySnapshot, dead: dict[str, Any]) -> None:
    """Ended, withdrawn, unsigned or about something else: the answer shares no more than without it."""
    step = first_step(directory, facts={"client_present": True}, consents=[consent("verbal", **dead)])

    assert step["share"] == []


def test_every_withheld_class_names_a_rule_that_the_step_cites(directory: DirectorySnapshot) -> None:
    """A rule id in `withhold` is among the step's rules, with sentence and authority."""
    step = first_step(directory, facts={"client_present": True})

    cited = {rule["id"] for rule in step["rules"]}
    assert {w["rule"] for w in step["withhold"]} <= cited
    assert all(rule["plain"] and rule["authority"] for rule in step["rules"])


@pytest.mark.parametrize(
    ("age", "traits", "certain"),
    [
        (17, {"sex_trafficking": True}, True),
        (17, {"labor_trafficking": True}, True),
        (17, {"sexual_assault": True}, True),
        (17, {}, False),
        ({"min": 17, "max": 18}, {"sex_trafficking": True}, False),
        (None, {"sex_trafficking": True}, False),
    ],
)
def test_the_child_report_is_there_unless_surely_adult(
    directory: DirectorySnapshot, age: Any, traits: dict[str, bool], certain: bool
) -> None:
    """Certain only when surely under 18 and one of the three traits is true; otherwise it may apply."""
    duties = ask(directory, client={"age": age, "traits": traits})["duties"]

    assert [(d["id"], d["certain"], d["due"]) for d in duties] == [("tx-child-report", certain, "PT24H")]
    assert [to["slug"] for to in duties[0]["to"]] == ["cps"]
    opening = "Where it is safe, tell the client first" if duties[0]["certain"] else "If "
    assert duties[0]["plain"].startswith(opening)
    assert not {"immigration", "shelter_location"} & set(duties[0]["share"])


def test_an_adult_brings_no_child_report(directory: DirectorySnapshot) -> None:
    """Eighteen is an adult."""
    assert ask(directory, client={"age": 18, "traits": {"sex_trafficking": True}})["duties"] == []


def test_who_has_no_professional_duty_reports_at_once(loader: Loader) -> None:
    """`due` is PT24H where the origin's reporter is not none, else PT0S."""
    anyone = bundle()
    anyone["organizations"][0]["coalition"]["reporter"] = "none"

    assert ask(loader.serve(anyone)[1], client={"age": 10})["duties"][0]["due"] == "PT0S"


def test_without_child_protection_the_report_goes_to_law_enforcement(loader: Loader) -> None:
    """`to`: providers of child_protection_report for the area, else the state's line, then the police who are open."""
    coalition = bundle()
    del coalition["organizations"][2]

    receivers = ask(loader.serve(coalition)[1], client={"age": 10})["duties"][0]["to"]

    assert [(receiver["slug"], receiver["name"]) for receiver in receivers] == [
        (None, "Texas Abuse Hotline"),
        ("police", "Police"),
    ]


def test_a_duty_stays_when_the_client_avoids_its_receiver_and_says_so(directory: DirectorySnapshot) -> None:
    """`avoid` never removes a duty."""
    duty = ask(directory, client={"age": 10}, avoid=["child_welfare"])["duties"][0]

    assert [to["slug"] for to in duty["to"]] == ["cps"]
    assert "The duty stays" in duty["plain"]


def test_the_receivers_own_duty_to_report_is_told(directory: DirectorySnapshot) -> None:
    """Steps whose receiver must itself report carry `receiver-reports`; for an adult this shelter need not."""

    def tasks(age: int) -> set[str]:
        return {task["id"] for task in first_step(directory, client={"age": age})["obligations"]}

    assert "receiver-reports" in tasks(15)
    assert "receiver-reports" not in tasks(40)


def test_a_systems_based_receiver_brings_its_notice_in_every_mode(directory: DirectorySnapshot) -> None:
    """Before the client speaks there, they are told who else may come to know."""
    step = first_step(directory, needs=[{"type": "law_enforcement_report"}])

    assert "systems-recipient-notice" in {task["id"] for task in step["obligations"]}
    assert step["exposure"]["level"] == "discoverable"


@pytest.mark.parametrize(
    ("danger", "first"),
    [("none", "safe-to-talk"), (None, "safe-to-talk"), ("imminent", "danger-imminent"), ("medical", "danger-medical")],
)
def test_safety_comes_before_everything(directory: DirectorySnapshot, danger: str | None, first: str) -> None:
    """The first notice checks that it is safe to talk; danger puts 911 before it."""
    notices = [notice["id"] for notice in ask(directory, facts={"danger": danger})["notices"]]

    assert notices[0] == first
    assert "safe-to-talk" in notices[:2]


def test_a_declaration_past_its_review_is_said(directory: DirectorySnapshot) -> None:
    """Past review is a notice in answers that rest on it."""
    assert "declaration-due:hotline" in {notice["id"] for notice in ask(directory)["notices"]}


def test_a_declaration_past_its_review_is_said_of_what_could_open_too(loader: Loader) -> None:
    """An agency that is only in a conditional path is named as well."""
    declared = {"on": "2024-01-01", "review_by": "2026-03-01"}
    adults = organization("adults", service("room", "transitional_housing"), declared=declared)
    adults["services"][0]["minimum_age"] = 18
    directory = loader.serve(bundle() | {"organizations": [*bundle()["organizations"], adults]})[1]

    document = ask(directory, client={"age": None}, needs=[{"type": "transitional_housing"}])

    assert document["paths"] == []
    assert "declaration-due:adults" in {notice["id"] for notice in document["notices"]}


def test_where_to_complain_is_always_told(directory: DirectorySnapshot) -> None:
    """Every decision names where to question it."""
    assert ask(directory)["grievance"]["contact"] == "fair@example.org"
    assert ask(directory, origin="cps", needs=[{"type": "emergency_shelter"}])["grievance"]["plain"]


def test_a_private_address_is_nowhere(directory: DirectorySnapshot) -> None:
    """Not the street, not the town, not a coordinate; an area may count in the cost, and no step says how far."""
    document = ask(directory, client={"age": 15})

    text = json.dumps(document).lower()
    assert not [word for word in (PRIVATE_STREET.lower(), "quinceville", "78799", "31.4159", "99.2718") if word in text]
    steps = json.dumps([path["steps"] for path in document["paths"]])
    assert not [word for word in ("distance", "latitude", "miles", " km") if word in steps]


def test_the_same_question_has_the_same_answer(directory: DirectorySnapshot) -> None:
    """Equal input, equal bytes, but for the id of the answer."""
    assert json.dumps(ask(directory)) == json.dumps(ask(directory))


def test_a_path_on_which_two_engines_differ_is_left_out(
    directory: DirectorySnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fail closed: Cedar's own decision is the one of record."""
    monkeypatch.setattr(type(directory.rulebook), "agrees", staticmethod(lambda *_: False))

    document = ask(directory)

    assert document["paths"] == []
    assert document["complete"]["paths"] is False
    assert "rules-disagree" in {notice["id"] for notice in document["notices"]}


def test_consent_shares_nothing_in_a_self_hand_off(loader: Loader) -> None:
    """The client makes the contact: nothing is shared, and `needs` is what a packet would need, not what was given."""
    alone = bundle()
    alone["organizations"][1]["services"][0]["referral"]["accepts"] = ["self"]

    step = first_step(loader.serve(alone)[1], consents=[consent("release")])

    assert (step["mode"], step["share"]) == ("self", [])
    assert [(w["data"], w["needs"]) for w in step["withhold"]] == [("need", "verbal"), ("identity", "verbal")]


def test_what_was_not_agreed_to_is_never_said_to_be(directory: DirectorySnapshot) -> None:
    """A permit that only would allow a share says so; it does not claim that the client agreed."""
    step = first_step(directory, facts={"client_present": True})

    sentences = {rule["id"]: rule["plain"] for rule in step["rules"]}
    assert "could be shared" in sentences["consented-share"]
    assert all("agreed to this share" not in entry["plain"] for entry in step["withhold"])


def test_a_step_lists_tasks_and_no_advice(directory: DirectorySnapshot) -> None:
    """Obligations are things to do."""
    steps = [step for path in ask(directory, client={"age": 15})["paths"] for step in path["steps"]]

    assert {task["effect"] for step in steps for task in step["obligations"]} == {"obligation"}


def test_a_report_line_that_is_not_active_is_not_named(loader: Loader) -> None:
    """A duty sends nobody to a line that no longer answers."""
    shut = bundle()
    shut["organizations"][2]["services"][0]["status"] = "inactive"

    assert [to["slug"] for to in ask(loader.serve(shut)[1], client={"age": 10})["duties"][0]["to"]] == [
        None,
        "police",
    ]


def test_a_report_on_a_client_of_unknown_age_says_what_it_may_hold(directory: DirectorySnapshot) -> None:
    """The duty is about a child; what it may hold is told as if the client were one."""
    assert "narrative" in ask(directory, client={"age": None})["duties"][0]["share"]


def test_systems_based_staff_are_pointed_to_a_protected_advocate(directory: DirectorySnapshot) -> None:
    """An officer is not asked to ask; community staff need no such notice."""
    officer = {notice["id"]: notice["plain"] for notice in ask(directory, origin="police")["notices"]}
    hotline = {notice["id"] for notice in ask(directory)["notices"]}

    assert "Shelter" in officer["protected-advocate"]
    assert "protected-advocate" not in hotline


@pytest.mark.parametrize(
    ("avoid", "regimes", "name"),
    [([], ["voca"], "Voices"), (["voices"], ["voca"], "a community-based advocate"), ([], [], "a community-based")],
)
def test_where_no_path_leads_to_one_an_advocate_of_the_area_is_named(
    loader: Loader, avoid: list[str], regimes: list[str], name: str
) -> None:
    """Whoever offers an advocate and can keep what is said, and is not refused; nobody who cannot keep it."""
    wider = bundle()
    wider["organizations"].append(
        organization("voices", service("advocate", "victim_advocacy"), kind="victim_services", regimes=regimes)
    )

    document = ask(loader.serve(wider)[1], origin="police", needs=[{"type": "law_enforcement_report"}], avoid=avoid)

    notices = {notice["id"]: notice["plain"] for notice in document["notices"]}
    assert f"a call with {name}" in notices["protected-advocate"]


def test_a_department_complains_where_its_parent_does(loader: Loader) -> None:
    """A grievance channel is inherited; consent never is."""
    departments = bundle()
    departments["organizations"].append({**organization("night-desk"), "parent": "hotline"})

    document = ask(loader.serve(departments)[1], origin="night-desk")

    assert document["grievance"]["contact"] == "fair@example.org"
