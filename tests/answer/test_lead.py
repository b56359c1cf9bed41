"""What to do first, who else, who later, and whom to call when nobody can help; and the same as a list of calls."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from answer.test_answer import ask, bundle, organization, profile, service, without_a_state
from loaded import Loader

import routing
from service import demo
from service.answers.builder.alternatives import FallbackWriter
from service.answers.profile import ProfileNames, needs_of, read_profile
from service.answers.use_cases.find_paths import find_paths
from service.answers.use_cases.next_calls import next_calls
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.standard.phone_numbers import dialable
from service.documents.document import parse_document

Document = dict[str, Any]
DEMO: Document = parse_document(demo.coalition_bytes())[0]
HOTLINE = "1-888-373-7888"


def calls_of(directory: DirectorySnapshot, **changes: Any) -> Document:
    question = read_profile(json.dumps(profile(**changes)).encode())
    urgencies = {need.type: need.urgency for need in needs_of(question, ProfileNames(directory.names))}
    return next_calls(find_paths(directory, question), urgencies)


@pytest.fixture(scope="module")
def demo_directory(loader: Loader) -> DirectorySnapshot:
    return loader.serve(DEMO)[1]


@pytest.fixture(scope="module")
def demo_answers(demo_directory: DirectorySnapshot) -> dict[str, Document]:
    return {name: find_paths(demo_directory, read_profile(demo.profile_bytes(name))) for name in demo.profile_names()}


# -- lead ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("danger", ["imminent", "medical"])
def test_danger_leads_to_911(loader: Loader, danger: str) -> None:
    """Whatever else there is to do."""
    lead = ask(loader.serve(bundle())[1], facts={"danger": danger})["lead"]

    assert (lead["do"], lead["to"], lead["phone"], lead["tel"]) == ("emergency", None, "911", "tel:911")


def test_a_call_leads_to_the_first_step(loader: Loader) -> None:
    """The number is in the sentence, and as a telephone dials it."""
    lead = ask(loader.serve(bundle())[1])["lead"]

    assert (lead["do"], lead["to"]["slug"], lead["phone"], lead["tel"]) == (
        "call",
        "shelter",
        "555-0101",
        "tel:5550101",
    )
    assert lead["phone"] in lead["plain"]
    assert (lead["ask"], lead["opens"]) == (None, None)


def test_the_own_service_leads_where_it_is_the_first_step(loader: Loader) -> None:
    """Nobody has to be called for it."""
    own = bundle()
    own["organizations"][0]["services"].append(service("line", "crisis_hotline"))

    lead = ask(loader.serve(own)[1], needs=[{"type": "crisis_hotline", "urgency": "now"}])["lead"]

    assert (lead["do"], lead["to"]["slug"]) == ("here", "hotline")


def test_one_answer_that_opens_what_presses_is_asked_first(loader: Loader) -> None:
    """The whole question, with what to tell before it, and whom it would lead to; it stands first in `questions`."""
    teens = bundle()
    teens["organizations"][1]["services"][0]["maximum_age"] = 17

    answer = ask(loader.serve(teens)[1], client={"age": {"min": 16, "max": 19}})

    assert (answer["lead"]["do"], answer["lead"]["opens"]["slug"]) == ("ask", "shelter")
    assert answer["lead"]["ask"] == answer["questions"][0]
    assert answer["lead"]["ask"]["before"] is not None


def systems_only() -> Document:
    """A police department asks; the only bed is with juvenile probation, and an advocate answers the telephone."""
    coalition = bundle()
    coalition["organizations"] = [
        coalition["organizations"][3],
        organization("probation", service("room", "emergency_shelter"), basis="systems", kind="juvenile_justice"),
        organization("voices", service("advocate", "victim_advocacy"), phone="555-0107", regimes=["voca"]),
    ]
    coalition["agreements"] = []
    return coalition


def test_where_only_a_discoverable_door_is_open_an_advocate_leads(loader: Loader) -> None:
    """The door stays on the path; the first call is one that nobody can ask a court for."""
    answer = ask(loader.serve(systems_only())[1], origin="police")

    assert answer["paths"][0]["exposure"] == "discoverable"
    assert (answer["lead"]["do"], answer["lead"]["to"]["slug"], answer["lead"]["phone"]) == (
        "call",
        "voices",
        "555-0107",
    )


def test_what_stands_near_leads_where_nothing_else_can(loader: Loader) -> None:
    """No bed, but somebody who may know a way: it covers nothing."""
    none = bundle()
    none["organizations"][1]["services"] = [service("line", "crisis_hotline")]

    answer = ask(loader.serve(none)[1])

    (entry,) = answer["uncovered"]
    assert [other["to"]["slug"] for other in entry["near"]] == ["shelter"]
    assert entry["near"][0]["covers"] == ["crisis_hotline"]
    assert (answer["lead"]["do"], answer["lead"]["to"]["slug"]) == ("call", "shelter")
    assert answer["paths"] == []


def test_nobody_is_left_without_a_number(loader: Loader) -> None:
    """The national hotline stands where no agency and no line of the coalition can be called."""
    nobody = bundle()
    nobody["organizations"][1]["services"] = []
    directory = loader.serve(nobody)[1]

    for document in (ask(directory), calls_of(directory)):
        assert (document["lead"]["do"], document["lead"]["phone"]) == ("fallback", HOTLINE)
        assert [line["phone"] for line in document["fallback_lines"]] == [HOTLINE]
        assert document["fallback_lines"][0]["tel"] == "tel:+18883737888"


def with_lines() -> Document:
    coalition = bundle()
    coalition["coalition"]["fallback_lines"] = [
        {"name": "Ours", "phone": "555-0100", "hours": "always"},
        {"name": "Shelter line", "phone": "(555) 0101"},
        {"name": "State", "phone": "555-0111", "sms": "555-0112"},
    ]
    return coalition


@pytest.mark.parametrize(
    ("avoid", "names"),
    [([], ["Shelter line", "State"]), (["shelter"], ["State"]), (["dv_shelter"], ["State"])],
)
def test_a_line_of_ones_own_or_of_somebody_avoided_is_no_fallback(
    loader: Loader, avoid: list[str], names: list[str]
) -> None:
    """However the number is written."""
    answer = ask(loader.serve(with_lines())[1], avoid=avoid)

    assert [line["name"] for line in answer["fallback_lines"] if line["phone"] != HOTLINE] == names


class NeverWalked(dict[str, Any]):
    """Looked up by slug alone."""

    def __iter__(self) -> Iterator[str]:
        raise AssertionError


def test_lines_are_chosen_without_a_walk_over_the_directory(loader: Loader) -> None:
    """Whose a number is was worked out as the directory was read."""
    _, directory = loader.serve(with_lines())
    names = replace(directory.names, organizations=NeverWalked(directory.names.organizations))
    asking = routing.Profile(
        profile()["origin"], datetime.now(UTC), routing.Client(), (), avoid=frozenset({"dv_shelter"})
    )

    lines = FallbackWriter(replace(directory, names=names), asking).write()

    assert [line["name"] for line in lines] == ["State"]


@pytest.mark.parametrize(
    ("number", "extension", "dialed"),
    [
        ("512-555-0100", None, "tel:+15125550100"),
        ("(512) 555-0100", "12", "tel:+15125550100;ext=12"),
        ("512.555.0100 ext. 7", None, "tel:+15125550100;ext=7"),
        ("1-888-373-7888", None, "tel:+18883737888"),
        ("+52 55 1234 5678", None, "tel:+525512345678"),
        ("1-800-FLOWERS", None, "tel:+18003569377"),
        ("555-0100", None, "tel:5550100"),
        ("911", None, "tel:911"),
        ("ask the desk", None, None),
    ],
)
def test_a_number_is_dialed_as_it_is_meant(number: str, extension: str | None, dialed: str | None) -> None:
    """Ten digits are a number of North America; what is shorter is dialed as it stands; words are no number."""
    if dialed is None:
        number = "-"
    assert dialable(number, extension) == dialed


# -- the demo ------------------------------------------------------------------------------------------------------


def test_no_demo_profile_is_led_to_a_discoverable_door(demo_answers: dict[str, Document]) -> None:
    """Where a protected one takes the client's call; a report is made where reports are taken."""
    for name, answer in demo_answers.items():
        for step in _steps(answer):
            court_bound = step["exposure"]["level"] == "discoverable" and step["mode"] != "report"
            assert not court_bound, (name, step["to"]["slug"])


def pressing_types(needs: Iterable[routing.Need]) -> set[str]:
    """Return the types of the required needs of the highest urgency; none required: of all of the highest."""
    among = [need for need in needs if need.required] or list(needs)
    highest = min((need.urgency for need in among), key=routing.URGENCIES.index)
    return {need.type for need in among if need.urgency == highest}


def _steps(document: Document) -> Iterator[Document]:
    for path in document["paths"][:1]:
        yield from path["steps"]


def test_the_demo_leads_as_an_advocate_would(demo_answers: dict[str, Document]) -> None:
    """One word for each profile: what is done first, and with whom."""
    led = {
        name[:2]: (answer["lead"]["do"], (answer["lead"]["to"] or {}).get("slug"))
        for name, answer in demo_answers.items()
    }

    assert led == {
        "01": ("call", "willow-bend-youth"),
        "02": ("ask", None),
        "03": ("call", "tall-cedar-shelter"),
        "04": ("call", "tall-cedar-shelter"),
        "05": ("call", "many-tongues"),
        "06": ("call", "willow-bend-youth"),
        "07": ("call", "prairie-sage"),
        "08": ("call", "quiet-creek-recovery"),
        "09": ("call", "willow-bend-youth"),
        "10": ("call", "prairie-sage"),
        "11": ("report", "family-care-office"),
        "12": ("here", "juniper-bridge-hotline"),
        "13": ("here", "juniper-bridge-hotline"),
        "14": ("emergency", None),
        "15": ("emergency", None),
        "16": ("here", "juniper-bridge-hotline"),
        "17": ("here", "juniper-bridge-hotline"),
        "18": ("call", "bluestem-haven"),
    }


def test_a_report_that_is_owed_is_a_step_that_holds_what_the_law_calls_for(demo_answers: dict[str, Document]) -> None:
    """The school makes it; the child of 13 does not speak, and nothing is held back from it."""
    answer = demo_answers["11-school-counselor"]
    first, duty = answer["paths"][0]["steps"][0], answer["duties"][0]

    assert (first["mode"], first["to"]["slug"], duty["certain"]) == ("report", "family-care-office", True)
    assert (first["share"], first["withhold"]) == (duty["share"], [])
    assert first["share"][:3] == duty["must_hold"]
    assert "the client speaks" not in json.dumps(first)


def test_every_step_of_the_first_path_says_who_else(
    demo_directory: DirectorySnapshot, demo_answers: dict[str, Document]
) -> None:
    """At most two, none of them the step's own agency; none at a report, an own service, or where no need presses."""
    entries, words = 0, ProfileNames(demo_directory.names)
    for name, answer in demo_answers.items():
        pressing = pressing_types(needs_of(read_profile(demo.profile_bytes(name)), words))
        for step in _steps(answer):
            entries += len(step["instead"])
            presses = step["mode"] not in ("internal", "report") and not pressing.isdisjoint(step["covers"])
            assert len(step["instead"]) <= (2 if presses else 0)
            for other in step["instead"]:
                assert set(other) == {"to", "services", "covers", "contact"}
                assert other["to"]["slug"] != step["to"]["slug"]
                assert set(other["covers"]) <= set(step["covers"])
        assert not [step for path in answer["conditional_paths"] for step in path["steps"] if step["instead"]]
    assert entries > 15


def test_the_calls_hold_all_of_the_lead_and_its_neighbours(demo_directory: DirectorySnapshot) -> None:
    """`next-calls` has the guide's keys, no internal step, each other agency once, and what to leave unsaid."""
    for name in demo.profile_names():
        question = read_profile(demo.profile_bytes(name))
        answer = find_paths(demo_directory, question, new_id=lambda: "one")
        urgencies = {need.type: need.urgency for need in needs_of(question, ProfileNames(demo_directory.names))}

        calls = next_calls(answer, urgencies)

        assert list(calls) == [
            "lead", "call_sheet", "calls", "questions", "uncovered", "later", "fallback_lines", "lines", "duties",
            "notices", "counsel", "directory_version", "policy_version", "decision_id",
        ]  # fmt: skip
        assert calls["lead"] == answer["lead"]
        assert all(calls[part] == answer[part] for part in calls if part not in ("lead", "calls"))
        away = [step for step in _steps(answer) if step["mode"] != "internal"]
        assert [call["to"]["slug"] for call in calls["calls"]] == [step["to"]["slug"] for step in away]
        for call, step in zip(calls["calls"], away, strict=True):
            slugs = [other["to"]["slug"] for other in call["instead"]]
            assert len(set(slugs)) == len(slugs)
            slugs_of_step = list(dict.fromkeys(other["to"]["slug"] for other in step["instead"]))
            assert slugs[: len(slugs_of_step)] == slugs_of_step
            assert step["to"]["slug"] not in slugs
            assert (call["from"], call["inquire"]) == (step["from"], step["inquire"])
            assert {entry["data"] for entry in step["withhold"]} <= set(call["leave_unsaid"])


# -- to confirm ----------------------------------------------------------------------------------------------------


def choosy(**referral: Any) -> Document:
    coalition = bundle()
    coalition["organizations"][1]["services"][0]["referral"] |= referral
    return coalition


def test_what_the_agency_asks_itself_is_said_and_left_unsaid(loader: Loader) -> None:
    """An unknown trait among those that it refuses closes no door; who calls neither asks nor answers."""
    document = calls_of(
        loader.serve(choosy(**{"not": ["suspected_exploiter_household"]}))[1], facts={"client_present": True}
    )

    (call,) = document["calls"]
    (entry,) = call["confirm"]
    assert entry["attribute"] == "client.traits.suspected_exploiter_household"
    assert "You neither ask nor answer" in entry["plain"]
    assert "client.traits.suspected_exploiter_household" in call["leave_unsaid"]
    assert document["questions"] == []


def test_an_officer_hears_of_no_protected_topic(loader: Loader) -> None:
    """The agency asks some things alone, with the officer off the line; which, the answer does not say."""
    directory = loader.serve(choosy(**{"not": ["foreign_national"]}))[1]

    document = calls_of(directory, origin="police", facts={"client_present": True})

    (entry,) = document["calls"][0]["confirm"]
    assert entry["attribute"] is None
    assert "go off the line" in entry["plain"]
    assert "foreign" not in json.dumps(document["calls"])


def test_a_language_that_is_not_sure_names_who_could_interpret(loader: Loader) -> None:
    """Open now, in the area; where nobody is, that is said."""
    foreign = bundle()
    del foreign["organizations"][1]["services"][0]["interpretation_services"]
    tongues = organization("tongues", service("lines", "interpretation"))
    spoken = copy.deepcopy(tongues)
    spoken["services"][0] |= {"languages": [{"code": "vi"}], "interpretation_services": None}

    alone = ask(loader.serve(foreign)[1], client={"languages": ["vi"]})
    helped = ask(
        loader.serve({**foreign, "organizations": [*foreign["organizations"], tongues]})[1],
        client={"languages": ["vi"]},
    )

    regional = ask(
        loader.serve({**foreign, "organizations": [*foreign["organizations"], spoken]})[1],
        client={"languages": ["vi-VN"]},
    )

    entries = [answer["paths"][0]["steps"][0]["services"][0]["confirm"][0] for answer in (alone, helped, regional)]
    assert [entry["attribute"] for entry in entries] == ["client.languages"] * 3
    assert "Tongues could interpret" in entries[2]["plain"]
    assert "They may not have Vietnamese" in entries[0]["plain"]
    assert "Nobody here is known to be open" in entries[0]["plain"]
    assert "Tongues could interpret" in entries[1]["plain"]


@pytest.mark.parametrize(
    ("age", "companions", "first"),
    [
        (15, [{"age": 25, "gender": "male"}], True),
        (15, [{"age": 10}], False),
        (30, [{"age": 40}], False),
        (15, [{}], True),
    ],
)
def test_an_adult_beside_a_young_person_is_spoken_with_alone(
    loader: Loader, age: int, companions: list[Document], first: bool
) -> None:
    """Right after the safety check; who may be an adult counts as one."""
    answer = ask(loader.serve(bundle())[1], client={"age": age, "with": companions})

    notices = [notice["id"] for notice in answer["notices"]]
    assert ("speak-alone" in notices) is first
    assert not first or notices[1] == "speak-alone"


def test_where_nobody_takes_all_each_is_asked_for(loader: Loader) -> None:
    """A house for women does not take her boy of 16: that is said, and no path goes there for both."""
    women = bundle()
    women["organizations"][1]["services"][0]["referral"] |= {"genders": ["female"], "companions": False}
    directory = loader.serve(women)[1]

    together = ask(directory, client={"with": [{"age": 16, "gender": "male"}]})

    assert together["paths"] == []
    assert "ask-for-each" in {notice["id"] for notice in together["notices"]}
    assert "ask-for-each" not in {notice["id"] for notice in ask(directory)["notices"]}


def test_a_child_who_comes_along_may_be_reported_about(loader: Loader) -> None:
    """The duty may apply, and a receiver who must report says so, though the client is an adult."""
    answer = ask(loader.serve(bundle())[1], client={"age": 30, "with": [{"age": 9}]})

    assert [(duty["id"], duty["certain"]) for duty in answer["duties"]] == [("tx-child-report", False)]
    tasks = {task["id"]: task["plain"] for task in answer["paths"][0]["steps"][0]["obligations"]}
    assert "abuse of a child" in tasks["receiver-reports"]


def test_a_place_that_closes_soon_says_so(loader: Loader) -> None:
    """At ten in the morning a house that closes at noon: in two hours."""
    short = bundle()
    days = "MO,TU,WE,TH,FR,SA,SU"
    short["organizations"][1]["services"][0]["schedules"] = [
        {"freq": "WEEKLY", "byday": days, "opens_at": "01:00", "closes_at": "04:00"}
    ]

    step = ask(loader.serve(short)[1])["paths"][0]["steps"][0]

    assert step["services"][0]["availability"]["closes_at"] == "2026-03-02T04:00:00-06:00"
    assert step["inquire"].endswith("They close at 04:00, in 2 hours: call before.")


# -- two who were failed -------------------------------------------------------------------------------------------


def test_a_girl_of_fifteen_is_led_to_a_protected_bed(loader: Loader) -> None:
    """The profile of the README's shape: nothing is known of her household, and probation has beds as well."""
    town = bundle()
    town["organizations"][1]["services"][0]["referral"]["not"] = ["suspected_exploiter_household"]
    town["organizations"].append(
        organization("probation", service("room", "emergency_shelter"), basis="systems", kind="juvenile_justice")
    )

    answer = ask(
        loader.serve(town)[1],
        client={"age": 15, "gender": None, "languages": ["en"], "area": "travis"},
        facts={"client_present": True, "danger": None, "guardian": None},
    )

    first = answer["paths"][0]["steps"][0]
    assert (first["to"]["slug"], first["exposure"]["level"]) == ("shelter", "protected")
    assert answer["lead"]["to"]["slug"] == "shelter"
    assert "probation" not in {other["to"]["slug"] for other in first["instead"]}


def test_an_officers_girl_of_fourteen_without_a_states_rules(loader: Loader) -> None:
    """Notice, duty, protected first step; and nothing of another state's law."""
    town = without_a_state()
    town["organizations"].append(
        organization("probation", service("room", "emergency_shelter"), basis="systems", kind="juvenile_justice")
    )

    answer = ask(
        loader.serve(town)[1],
        origin="police",
        client={"age": 14, "traits": {"sex_trafficking": True, "foreign_national": True}},
        facts={"client_present": True},
    )

    assert [notice["id"] for notice in answer["notices"]][:2] == ["safe-to-talk", "no-state-rules"]
    assert {duty["id"]: duty["certain"] for duty in answer["duties"]} == {
        "child-report-state-law": False,
        "hhs-minor-notice-24h": True,
    }
    first = answer["paths"][0]["steps"][0]
    assert (first["to"]["slug"], first["exposure"]["level"]) == ("shelter", "protected")
    assert "Tex." not in json.dumps(answer)
