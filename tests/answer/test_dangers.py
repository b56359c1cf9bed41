"""The hardest calls: danger, a child, somebody who must not hear; public lines; who takes a report at this hour."""

from __future__ import annotations

from typing import Any

import pytest
from answer.test_answer import ask, bundle, organization, service, without_a_state
from answer.test_lead import calls_of
from loaded import Loader

from service.directory.snapshot.directory_snapshot import DirectorySnapshot

Document = dict[str, Any]
OFFICE = {"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR", "opens_at": "08:00", "closes_at": "17:00"}
NIGHT = "2026-03-03T02:00:00-06:00"
CHILD = {"age": 9, "gender": "female", "languages": ["en"], "area": "travis"}
HARMED = {"traits": {"sexual_assault": True}}


@pytest.fixture(scope="module")
def directory(loader: Loader) -> DirectorySnapshot:
    return loader.serve(bundle())[1]


def notices(document: Document) -> list[str]:
    return [notice["id"] for notice in document["notices"]]


def with_office_hours(*names: str) -> Document:
    town = bundle()
    for owner in town["organizations"]:
        if owner["id"] in names:
            for service in owner["services"]:
                service["schedules"] = [OFFICE]
    return town


# -- danger --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("danger", "do", "phone"),
    [
        ("none", "call", None),
        (["none"], "call", None),
        ("imminent", "emergency", "911"),
        (["suicide", "medical"], "emergency", "911"),
        ("suicide", "emergency", "988"),
        ("overheard", "safety", None),
        (["suicide", "overheard"], "safety", None),
        (["overheard", "imminent"], "emergency", "911"),
    ],
)
def test_the_worst_danger_leads(directory: DirectorySnapshot, danger: Any, do: str, phone: str | None) -> None:
    """911 before a listener, a listener before thoughts of suicide; each has its card, in this order."""
    answer = ask(directory, facts={"danger": danger, "client_present": True})

    words = ["none"] if danger == "none" else [danger] if isinstance(danger, str) else danger
    cards = [f"danger-{word}" for word in ("imminent", "medical", "overheard", "suicide") if word in words]
    assert answer["lead"]["do"] == do
    assert do == "call" or answer["lead"]["phone"] == phone
    assert notices(answer)[: len(cards) + 1] == [*cards, "safe-to-talk"]


def test_a_listener_and_an_attempt(directory: DirectorySnapshot) -> None:
    """No calling back, a word to stop; and where an attempt has begun nobody is asked first."""
    plain = ask(directory, facts={"danger": ["overheard", "suicide"]})["lead"]["plain"]

    assert "Don't call back" in plain
    assert plain.endswith("call 911 without asking.")


def test_the_crisis_line_can_be_texted(directory: DirectorySnapshot) -> None:
    """By those who cannot speak; the line stands among the lines too."""
    answer = ask(directory, facts={"danger": "suicide"})

    assert (answer["lead"]["tel"], answer["lead"]["sms"]) == ("tel:988", "988")
    assert [line["id"] for line in answer["lines"]][:1] == ["988"]


@pytest.mark.parametrize("danger", ["imminent", "medical"])
def test_who_refuses_police_hears_what_else_answers(directory: DirectorySnapshot, danger: str) -> None:
    """And that an ambulance may wait for police."""
    plain = ask(directory, facts={"danger": danger}, avoid=["law_enforcement"])["lead"]["plain"]

    assert "ambulance" in plain
    assert "wait for police" in plain


# -- a child -------------------------------------------------------------------------------------------------------


def test_a_child_under_13_is_reported_about_first(directory: DirectorySnapshot) -> None:
    """Whatever else is open: by whom the duty names, never by the child."""
    answer = ask(directory, client={**CHILD, **HARMED}, facts={"client_present": True, "guardian": "none"})

    assert (answer["lead"]["do"], answer["lead"]["to"]["slug"]) == ("report", "cps")
    assert answer["lead"]["plain"].startswith("Tell the client first")


@pytest.mark.parametrize(
    ("changes", "leads"),
    [
        ({"client": {**CHILD, **HARMED}}, True),
        ({"client": CHILD}, True),  # a small child without a bed or a safe guardian
        ({"client": CHILD, "facts": {"guardian": "safe_parent"}}, False),  # nothing is known to have been done
        ({"client": CHILD, "facts": {"guardian": "suspected_parent_only"}}, True),
        ({"client": {**CHILD, **HARMED, "age": 15}}, False),  # a bed is open
        ({"client": {**CHILD, **HARMED, "age": 15}, "needs": [{"type": "detox", "urgency": "now"}]}, True),
        ({"client": {**CHILD, **HARMED, "age": {"min": 12, "max": 18}}}, False),
        ({"client": {**CHILD, **HARMED, "age": 30}, "needs": [{"type": "detox", "urgency": "now"}]}, False),
        ({"client": {**CHILD, **HARMED}, "facts": {"danger": "medical"}}, False),
    ],
)
def test_when_a_report_leads(directory: DirectorySnapshot, changes: Document, leads: bool) -> None:
    """Under 18 for sure, by harm, no bed or a suspected guardian, and under 13 or nothing met; danger comes before."""
    lead = ask(directory, **{"facts": {"guardian": "none"}, **changes})["lead"]

    assert (lead["do"] == "report") is leads


def test_whom_a_young_person_refuses(directory: DirectorySnapshot) -> None:
    """Of 13 and more they may choose among the receivers; of a small child nobody is left out."""
    needs, avoid = [{"type": "detox", "urgency": "now"}], ["child_welfare"]
    small, young = ({**CHILD, **HARMED, "age": age} for age in (9, 15))

    assert ask(directory, client=small, needs=needs, avoid=avoid)["lead"]["to"]["slug"] == "cps"
    assert ask(directory, client=young, needs=needs)["lead"]["do"] == "report"
    assert ask(directory, client=young, needs=needs, avoid=avoid)["lead"]["do"] != "report"


def test_nobody_reports_to_their_own_house(loader: Loader) -> None:
    """Child protection itself goes on with what helps."""
    answer = ask(loader.serve(bundle())[1], origin="cps", client={**CHILD, **HARMED}, facts={"guardian": "none"})

    assert answer["lead"]["do"] != "report"


def test_a_suspected_guardian_is_told_of_wherever_family_is(directory: DirectorySnapshot) -> None:
    """In the lead, in a notice, and in each task that reaches family."""
    answer = ask(directory, client={**CHILD, **HARMED}, facts={"guardian": "court_suspected", "client_present": True})

    assert "guardian-suspected" in notices(answer)
    assert answer["lead"]["plain"].endswith("Never tell the parent or guardian who is not safe.")
    tasks = [task for path in answer["paths"] for step in path["steps"] for task in step["obligations"]]
    reaching = [task for task in tasks if task["id"] in ("rhy-family-contact", "tx-harboring-runaway")]
    assert reaching
    assert all(task["plain"].endswith("who is not safe.") for task in reaching)


@pytest.mark.parametrize("age", [9, None, {"min": 16, "max": 20}])
def test_no_possible_child_is_asked_what_was_done_to_them(loader: Loader, age: Any) -> None:
    """A service only for them may be a condition; it is no question."""
    town = bundle()
    town["organizations"].append(
        organization("haven", service("rooms", "detox", only=["sexual_assault"]), kind="trafficking_shelter")
    )
    directory = loader.serve(town)[1]
    changes = {"needs": [{"type": "detox", "urgency": "now"}], "facts": {"client_present": True}}

    child = ask(directory, client={**CHILD, "age": age}, **changes)
    adult = ask(directory, client={**CHILD, "age": 30}, **changes)

    assert "client.traits.sexual_assault" in {question["attribute"] for question in adult["questions"]}
    assert "client.traits.sexual_assault" not in {question["attribute"] for question in child["questions"]}
    conditions = [condition["attribute"] for path in child["conditional_paths"] for condition in path["conditions"]]
    assert "client.traits.sexual_assault" in conditions


# -- who takes a report --------------------------------------------------------------------------------------------


def receivers_of(document: Document, duty: str) -> list[tuple[str | None, str]]:
    (entry,) = [entry for entry in document["duties"] if entry["id"] == duty]
    return [(receiver["slug"], receiver["status"]) for receiver in entry["to"]]


def test_an_open_office_comes_first_and_a_closed_one_says_when(loader: Loader) -> None:
    """At night: the state's line, the police who answer, and then the office with its hour."""
    directory = loader.serve(with_office_hours("cps"))[1]
    client = {**CHILD, **HARMED}

    day = ask(directory, client=client, at="2026-03-03T10:00:00-06:00")
    night = ask(directory, client=client, at=NIGHT)

    assert receivers_of(day, "tx-child-report")[0] == ("cps", "open")
    assert [slug for slug, _ in receivers_of(night, "tx-child-report")] == [None, "police", "cps"]
    (duty,) = [duty for duty in night["duties"] if duty["id"] == "tx-child-report"]
    assert (duty["to"][0]["name"], duty["to"][0]["tel"]) == ("Texas Abuse Hotline", "tel:+18002525400")
    assert duty["to"][2]["opens_at"] == "2026-03-03T08:00:00-06:00"
    assert len(duty["say"]) <= 4


def test_about_an_adult_the_police_stand_in_only_where_nobody_ever_takes_it(loader: Loader) -> None:
    """An office that opens tomorrow is waited for, and the line answers now."""
    client = {"age": 70, "gender": "female", "languages": ["en"], "area": "travis", **HARMED}
    town = with_office_hours("cps")
    assert receivers_of(ask(loader.serve(town)[1], client=client, at=NIGHT), "tx-adult-report") == [
        (None, "open"),
        ("police", "open"),
    ]

    next(organization for organization in town["organizations"] if organization["id"] == "cps")["services"][0][
        "referral"
    ]["types"].append("adult_protection_report")

    assert receivers_of(ask(loader.serve(town)[1], client=client, at=NIGHT), "tx-adult-report") == [
        (None, "open"), ("cps", "opens_later"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("client", "is_guaranteed"),
    [
        ({"age": 70}, True),
        ({"age": {"min": 60, "max": 70}}, True),
        ({"age": 30, "traits": {"disability": True}}, True),
        ({"age": 30}, False),
        ({"age": 12, "traits": {"disability": True}}, False),
    ],
)
def test_adults_who_cannot_protect_themselves_where_no_law_is_loaded(
    loader: Loader, client: Document, is_guaranteed: bool
) -> None:
    """A line gives out the number for it: it takes no report, and is told nothing."""
    town = without_a_state()
    answer = ask(loader.serve(town)[1], client=client)

    duties = [duty for duty in answer["duties"] if duty["id"] == "adult-report-state-law"]
    assert bool(duties) is is_guaranteed
    for duty in duties:
        assert (duty["certain"], duty["due"], duty["share"]) == (False, None, [])
        assert duty["to"] == []
        assert duty["number_from"]["name"] == "Eldercare Locator"
        assert "Don't tell them about the client." in duty["plain"]


@pytest.mark.parametrize(("foreign", "certain"), [(True, True), (None, False), (False, None)])
def test_the_notice_about_a_foreign_child(
    directory: DirectorySnapshot, foreign: bool | None, certain: bool | None
) -> None:
    """Certain only about one who is known to be foreign, absent otherwise; its line is named."""
    client = {"age": 15, "traits": {"sex_trafficking": True, "foreign_national": foreign}}
    answer = ask(directory, origin="police", client=client)

    notice = {duty["id"]: duty for duty in answer["duties"]}.get("hhs-minor-notice-24h")
    assert (notice and notice["certain"]) is certain
    if notice:
        assert [receiver["phone"] for receiver in notice["to"]] == ["202-205-4582"]
        assert ("foreign_minor" in [line["for"] for line in answer["lines"]]) is notice["certain"]
        assert notice["pointed_to"] is notice["certain"]


# -- lines ---------------------------------------------------------------------------------------------------------

EVERYTHING = {
    "foreign_national": True,
    "runaway": True,
    "tribal_citizen": True,
    "domestic_violence": True,
    "sexual_assault": True,
}


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({"client": {"age": 30}}, []),
        ({"client": {"age": 30, "languages": ["ase"]}}, ["relay"]),
        ({"client": {"age": 30, "traits": EVERYTHING}}, ["native", "domestic_violence", "sexual_assault"]),
        (
            {"client": {"age": 15, "traits": EVERYTHING, "languages": ["ase"]}, "facts": {"danger": "suicide"}},
            ["suicide", "relay", "child_abuse", "foreign_minor"],
        ),
        ({"client": {"age": 15, "traits": EVERYTHING}}, ["child_abuse", "foreign_minor", "missing_child", "runaway"]),
        (
            {"client": {"age": 15, "traits": EVERYTHING}, "facts": {"guardian": "suspected_parent_only"}},
            ["child_abuse", "foreign_minor", "runaway", "native"],
        ),
        ({"client": {"age": 30, "traits": EVERYTHING}, "avoid": ["victim_services"]}, ["sexual_assault"]),
        ({"client": {"age": 30}, "needs": [{"type": "education", "urgency": "later"}]}, ["local_services"]),
    ],
)
def test_which_lines_fit(directory: DirectorySnapshot, changes: Document, lines: list[str]) -> None:
    """At most four, in the documented order, none of a kind that the client refuses; the calls hold the same."""
    answer = ask(directory, **changes)

    assert [line["for"] for line in answer["lines"]] == lines
    assert calls_of(directory, **changes)["lines"] == answer["lines"]
    assert all(line["plain"] and line["hours"] for line in answer["lines"])


def test_where_the_client_is_not_there_contact_is_safe(directory: DirectorySnapshot) -> None:
    """Only by a way that they called safe; with the client present nothing needs to be said."""
    absent_client, present_client = (ask(directory, facts={"client_present": present}) for present in (False, True))

    assert "safe-contact" in notices(absent_client)
    assert "safe-contact" not in notices(present_client)
    assert "safe-contact" not in notices(ask(directory, facts={"client_present": None}))
