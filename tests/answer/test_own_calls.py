"""Calls that hand nobody over: a report that may not be owed, and a third party who tells what they saw."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import Any

import pytest
from answer.test_answer import AT, ask, bundle, organization, profile, service
from answer.test_lead import calls_of
from loaded import Loader, question_of
from rich.console import Console

from service.answers.builder import with_reports
from service.answers.printed import PrintedPage, print_answer
from service.directory.snapshot.directory_snapshot import DirectorySnapshot

Document = dict[str, Any]
SEEN = {"caller": "third_party", "client_present": True}
REPORT = {"type": "child_protection_report", "urgency": "now"}
BED = {"type": "emergency_shelter", "urgency": "now"}
TALK = {"type": "crisis_hotline", "urgency": "now"}
WORDS_WITH_THE_CLIENT = (
    "tell the client", "ask the client", "give the client", "with the client", "the client speaks",
    "let the client", "tell the adult", "they speak for themselves", "an adult is with", "reach them only",
    "stay with them",
)  # fmt: skip


@pytest.fixture(scope="module")
def directory(loader: Loader) -> DirectorySnapshot:
    town = bundle()
    town["organizations"][0]["coalition"]["regimes"] = ["vawa", "hipaa"]  # which have it tell the person of its report
    limited = service(
        "line",
        "crisis_hotline",
        accepts=["packet"],
        intake_data=["need"],
        accepts_from=["cac"],
        requires=["food"],
        only=["pregnant"],
    )
    limited |= {"minimum_age": 40, "capacities": [{"unit": "line", "available": 0, "updated": AT}]}
    town["organizations"].append(organization("talkers", limited))
    return loader.serve(town)[1]


def steps(document: Document) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [
        (step["mode"], step["manner"], step["to"]["slug"], tuple(step["covers"]))
        for path in document["paths"][:1]
        for step in path["steps"]
    ]


# -- a report that may not be owed ---------------------------------------------------------------------------------


def test_a_report_is_never_spoken_by_the_client(directory: DirectorySnapshot) -> None:
    """No trait is known, so no duty is certain: the worker asks there, and nothing is shared."""
    answer = ask(directory, needs=[REPORT], facts={"client_present": True})

    step = answer["paths"][0]["steps"][0]
    assert steps(answer) == [("report", "report_in_doubt", "cps", ("child_protection_report",))]
    assert (step["share"], step["withhold"]) == ([], [])
    assert "whether this must be reported" in step["inquire"]
    assert "whether this must be reported" in answer["lead"]["plain"]
    assert not any(duty["certain"] for duty in answer["duties"])


def test_a_report_that_is_owed_says_what_the_law_asks_for(directory: DirectorySnapshot) -> None:
    """Then it is as it was: certain, with its contents."""
    traits = {"age": 15, "area": "travis", "traits": {"sexual_assault": True}}
    answer = ask(directory, client=traits, needs=[REPORT], facts={"client_present": True})

    assert steps(answer) == [("report", "report", "cps", ("child_protection_report",))]
    assert answer["paths"][0]["steps"][0]["share"]
    assert "whether" not in answer["paths"][0]["steps"][0]["inquire"]


def test_a_need_is_raised_by_a_certain_duty_alone(directory: DirectorySnapshot) -> None:
    """A report for later stays for later, and optional, as long as nothing is certain."""
    later = {"type": "child_protection_report", "urgency": "later", "required": False}
    needs = {}
    for harmed in (None, True):
        traits = {"age": 15, "area": "travis", "traits": {"sexual_assault": harmed}}
        question = question_of(profile(client=traits, needs=[later]), directory)
        (need,) = with_reports(directory.where("travis"), question).profile.needs
        needs[harmed] = need.urgency, need.required
    assert needs == {None: ("later", False), True: ("today", True)}


def test_police_without_a_certain_duty_are_met_like_others(directory: DirectorySnapshot) -> None:
    """The client may speak there for themselves."""
    answer = ask(
        directory, needs=[{"type": "law_enforcement_report", "urgency": "now"}], facts={"client_present": True}
    )

    assert steps(answer) == [("warm", "warm", "police", ("law_enforcement_report",))]


# -- a third party -------------------------------------------------------------------------------------------------


def test_a_third_party_calls_themselves(directory: DirectorySnapshot) -> None:
    """Whoever takes a report or talks, whatever their door says; nothing that only the client could ask for."""
    answer = ask(directory, needs=[REPORT, TALK, BED], facts=SEEN)

    assert {(mode, manner) for mode, manner, *_ in steps(answer)} == {("self", "self_by_third_party")}
    assert {slug for *_, slug, _ in steps(answer)} == {"cps", "talkers"}
    assert [(entry["need"], [(r["code"], r["count"]) for r in entry["reasons"]]) for entry in answer["uncovered"]] == [
        ("emergency_shelter", [("client", 1)])
    ]
    assert answer["lead"]["do"] == "call"
    assert answer["lead"]["plain"].endswith(". Say what you saw.")
    for step in answer["paths"][0]["steps"]:
        assert (step["share"], step["withhold"], step["obligations"]) == ([], [], [])
        assert not any(use["confirm"] for use in step["services"])


@pytest.mark.parametrize("danger", ["none", "imminent", "medical", "overheard", "suicide"])
@pytest.mark.parametrize(
    "client",
    [
        {"age": 15, "traits": {"sexual_assault": True}, "with": [{"age": 40}]}, {"age": 9}, {},
        {"age": 70, "traits": {"sexual_assault": True}},
    ],
)  # fmt: skip
def test_no_sentence_speaks_to_the_client(directory: DirectorySnapshot, danger: str, client: Document) -> None:
    """In answer, calls and print; no question, nothing for later, no other way, no advocate."""
    changes = {"client": {**client, "area": "travis"}, "needs": [REPORT, BED], "facts": {**SEEN, "danger": danger}}
    answer, calls = ask(directory, **changes), calls_of(directory, **changes)
    out = io.StringIO()
    page = PrintedPage(Console(file=out, width=80, color_system=None))
    print_answer(page, answer, asked_at=datetime.fromisoformat("2026-03-02T02:00:00-06:00"))

    text = json.dumps([answer, calls]).lower() + " ".join(out.getvalue().lower().split())
    assert [words for words in WORDS_WITH_THE_CLIENT if words in text] == []
    assert (answer["questions"], answer["later"], answer["conditional_paths"]) == ([], [], [])
    assert all(answer["complete"].values())
    assert "safe-contact" not in [notice["id"] for notice in answer["notices"]]


def test_the_origins_own_duty_stays(directory: DirectorySnapshot) -> None:
    """Who hears of harm to a child reports it, whoever tells."""
    client = {"age": 15, "area": "travis", "traits": {"sexual_assault": True}}
    plain, by_third_party = (ask(directory, client=client, needs=[TALK], facts=facts) for facts in ({}, SEEN))

    assert [(duty["id"], duty["certain"], duty["share"]) for duty in plain["duties"]] == [
        (duty["id"], duty["certain"], duty["share"]) for duty in by_third_party["duties"]
    ]


def test_near_is_a_crisis_line_alone(directory: DirectorySnapshot) -> None:
    """For a bed there is a drop-in for others, for a third party none."""
    answer = ask(directory, needs=[BED], facts=SEEN)

    assert [other["to"]["slug"] for entry in answer["uncovered"] for other in entry["near"]] == ["talkers"]
    assert (answer["lead"]["do"], answer["lead"]["to"]["slug"]) == ("call", "talkers")


@pytest.mark.parametrize("caller", ["client", "worker", None])
def test_every_other_caller_changes_nothing(directory: DirectorySnapshot, caller: str | None) -> None:
    """Only a third party does."""
    facts = {"client_present": True}
    assert ask(directory, facts={**facts, "caller": caller}) == ask(directory, facts=facts)


# -- a child under 13 ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("age", "manner"), [(12, "warm_by_holder"), (13, "warm"), ({"min": 12, "max": 13}, "warm")])
def test_the_holder_speaks_for_a_child_under_13(directory: DirectorySnapshot, age: Any, manner: str) -> None:
    """Step, call and lead say it alike: surely under 13, the worker speaks; else the client does."""
    changes = {"client": {"age": age, "area": "travis"}, "needs": [BED], "facts": {"client_present": True}}
    answer, (call,) = ask(directory, **changes), calls_of(directory, **changes)["calls"]

    assert (steps(answer)[0][:2], call["manner"]) == (("warm", manner), manner)
    for plain in (call["plain"], answer["lead"]["plain"]):
        assert ("you speak for the child" in plain.lower()) == (manner == "warm_by_holder")
        assert ("the client speaks" in plain or "with the client" in plain) == (manner == "warm")
