"""What is printed without `--full`: fifteen lines, twenty-two where more must stand, and never cut what must stand."""

from __future__ import annotations

import json
import math
import textwrap
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from answer.invented import draw_instance
from answer.test_answer import ask, bundle
from answer.test_lead import HOTLINE
from loaded import Loader
from rich.console import Console
from seeds import fresh_random

import policies
from service import demo
from service.answers.printed import PrintedPage, print_answer
from service.answers.printed.brief import (
    LAW_NOT_HERE,
    LINES,
    LINES_OF_A_CALL,
    LINES_OF_A_DUTY,
    SAFETY_FIRST,
    disclosures_of,
)
from service.answers.profile import read_profile
from service.answers.work.find_paths import find_paths
from service.words import answers, brief, calls, codes, dangers, duties, pages
from service.words.vocabulary import COUNTED_TYPES

Document = dict[str, Any]
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
DRAWN = 120
DANGERS = ("imminent", "medical", "suicide", "overheard")
LINES_OF_A_CARD = 3
SENT = ("warm", "packet")


@pytest.fixture(scope="module")
def documents(loader: Loader) -> dict[str, Document]:
    """The answers to every demo profile, and to drawn profiles of drawn coalitions, some of them in danger."""
    return {**dict(of_demos(loader)), **dict(of_drawn(loader))}


def of_demos(loader: Loader) -> Iterator[tuple[str, Document]]:
    for coalition in demo.COALITIONS:
        directory = loader.serve_demo(coalition)
        for name in demo.profile_names(coalition):
            yield f"{coalition}/{name}", find_paths(directory, read_profile(demo.profile_bytes(name, coalition)))


def of_drawn(loader: Loader) -> Iterator[tuple[str, Document]]:
    for seed in range(DRAWN):
        _, directory, profile, _ = draw_instance(loader, seed)
        rng = fresh_random(seed)
        if rng.random() < 0.2:
            profile["facts"] = {**profile.get("facts", {}), "danger": rng.sample(DANGERS, rng.choice([1, 1, 2]))}
        yield f"drawn {seed}", find_paths(directory, read_profile(json.dumps(profile).encode()))


def printed(document: Document, *, full: bool = False) -> list[str]:
    out = StringIO()
    print_answer(PrintedPage(Console(file=out, width=80, highlight=False)), document, asked_at=AT, full=full)
    return out.getvalue().splitlines()


def flat(document: Document, *, full: bool = False) -> str:
    return " ".join(" ".join(printed(document, full=full)).split())


def first_call(document: Document) -> Document | None:
    """Return the first step that leaves the asking agency where it is what leads, else None."""
    away = [step for path in document["paths"][:1] for step in path["steps"] if step["mode"] != "internal"]
    lead = document["lead"]
    elsewhere = lead["do"] in ("call", "fallback") and (not away or lead["to"] != {**away[0]["to"], "basis": None})
    names = [] if lead["to"] is None else [lead["to"]["name"]]
    return away[0] if away and (not elsewhere or away[0]["to"]["name"] in names) else None


def certain(document: Document) -> list[Document]:
    return [
        duty
        for duty in document["duties"]
        if duty["certain"] or (duty["id"] in LAW_NOT_HERE and duty["person"] == "client")
    ]


def test_fifteen_lines_for_nine_of_ten_and_twenty_two_always(documents: dict[str, Document]) -> None:
    """All of it counts, the last line too; demos alone, and drawn ones alone."""
    lengths = {name: len(printed(document)) for name, document in documents.items()}

    for drawn in (False, True):
        kind = [length for name, length in lengths.items() if name.startswith("drawn") is drawn]
        margin = 3 * math.sqrt(0.9 * 0.1 / len(kind)) if drawn else 0  # three standard deviations of a random sample
        assert sum(length <= LINES for length in kind) >= (0.9 - margin) * len(kind), (drawn, sorted(kind))
    assert [name for name, length in lengths.items() if length > LINES_OF_A_CALL] == []


def test_what_must_stand_is_never_cut(documents: dict[str, Document]) -> None:
    """Cards of danger, the safety check, the number that leads, duties, and what is left unsaid on the first call."""
    for name, document in documents.items():
        short, lead = flat(document), document["lead"]

        assert [
            notice["id"]
            for notice in document["notices"]
            if notice["id"] in SAFETY_FIRST and notice["plain"] not in short
        ] == []
        assert lead["do"] == "here" or str(lead["phone"] or lead["sms"] or "") in short, name
        for duty in certain(document):
            assert [sentence for sentence in duty["say"] if sentence not in short] == [], name
            assert not duty["to"] or duty["to"][0]["phone"] in short, name
        step = first_call(document)
        if step is not None and step["mode"] in SENT:
            unsaid = list(dict.fromkeys(entry["data"] for entry in step["withhold"]))
            assert answers.data_listed(unsaid) in short, name
            for service in step["services"]:
                assert [entry["plain"] for entry in service["confirm"] if entry["plain"] not in short] == [], name


def test_a_card_takes_three_lines_and_a_duty_four(documents: dict[str, Document]) -> None:
    """At 80 columns, even the longest. A duty may take a fifth line only if a single receiver needs it."""
    for danger in dangers.CALL_911:
        assert len(textwrap.wrap(dangers.call_911(danger, no_police=True), 78)) <= LINES_OF_A_CARD
    count = 0
    for name, document in documents.items():
        page = printed(document)
        for number, line in enumerate(page):
            label, width = line[:8].strip(), 0
            while number + width + 1 < len(page) and page[number + width + 1].startswith(" "):
                width += 1
            if label == brief.DUTY and width >= LINES_OF_A_DUTY:
                words = " ".join(" ".join(page[number : number + width + 1]).split())
                receivers = {to["name"] for duty in certain(document) for to in duty["to"] if to["name"] in words}
                assert (width, len(receivers) <= 1) == (LINES_OF_A_DUTY, True), name
            assert label[:1] != "!" or width < LINES_OF_A_CARD, name
            count += label == brief.DUTY
    assert count > DRAWN / 10


def test_nothing_is_lost_and_the_last_line_says_where_it_is(documents: dict[str, Document]) -> None:
    """Whatever the short page leaves out stands with `--full`: lines, what opens later, questions, notices, tasks."""
    cut = 0
    for name, document in documents.items():
        short, full = flat(document), flat(document, full=True)
        cut += brief.MORE_LEFT_OUT in short

        assert short.endswith((brief.MORE, brief.MORE_LEFT_OUT)), name
        assert brief.MORE not in full
        assert brief.MORE_LEFT_OUT not in full
        sentences = [
            *(notice["plain"] for notice in document["notices"]),
            *(line["name"] for line in document["lines"]),
            *(later["plain"].rstrip(".") for later in document["later"]),
            *(item["to"]["name"] for entry in document["uncovered"] for item in entry["near"]),
            *(question["would_change"] for question in document["questions"]),
            *(task["plain"] for path in document["paths"] for step in path["steps"] for task in step["obligations"]),
        ]
        assert [sentence for sentence in sentences if sentence not in full] == [], name
    assert 0 < cut < len(documents)


def test_an_agency_stands_once(documents: dict[str, Document]) -> None:
    """Its number too: the first call, others to call, further calls, what opens later, and lines are each others'."""
    for name in (name for name in documents if not name.startswith("drawn")):  # of drawn ones numbers are alike
        document = documents[name]
        steps = [step for path in document["paths"][:1] for step in path["steps"] if step["mode"] != "internal"]
        others = [item["to"]["name"] for entry in document["uncovered"] for item in entry["near"]]
        names = [*(step["to"]["name"] for step in steps), *others, *(line["name"] for line in document["lines"])]
        page = flat({**document, "notices": []})
        assert [name for name in names if page.count(name) > 1] == [], name


def test_what_the_client_hears_before_the_first_call_stands_beside_it(documents: dict[str, Document]) -> None:
    """In short, by the kinds of task: who must report, who may come to see it, the family, how long they may stay."""
    all_tasks = set[str]()
    for name, document in documents.items():
        step = first_call(document)
        if step is None or name.startswith("drawn"):
            continue
        tasks = {task["id"] for task in disclosures_of(step)}
        all_tasks |= tasks
        assert [task_id for task_id in tasks if policies.load_briefs()[task_id] not in flat(document)] == [], name
    assert len(all_tasks) > 2


def test_who_may_have_to_report_says_about_whom(documents: dict[str, Document]) -> None:
    """A grown client is not left to fear a report about themselves: in short as at length, a child or a frail adult."""
    persons = set[str]()
    for name, document in documents.items():
        step = first_call(document)
        tasks = (
            {}
            if step is None or name.startswith("drawn")
            else {obligation["id"]: obligation for obligation in step["obligations"]}
        )
        if step is not None and step["mode"] != "report" and "receiver-reports" in tasks:
            whom = tasks["receiver-reports"]["plain"].partition("report abuse ")[2].partition(" that it hears of")[0]
            assert f"they may have to report abuse {whom}" in flat(document).replace("; may", "; they may"), name
            persons.add(whom)
    assert persons >= {duties.OF_A_CHILD, duties.OF_AN_ADULT}


DEAF_AT_HER_SHELTER = {
    "origin": "mesa-hearth",
    "client": {"age": 41, "gender": "female", "area": "salt-county", "languages": ["ase"]},
    "needs": [{"type": "emergency_shelter", "urgency": "now"}, {"type": "food", "urgency": "this_week"}],
    "facts": {"client_present": True, "danger": "suicide"},
}


def test_an_own_service_stands_below_a_card_of_danger(loader: Loader, documents: dict[str, Document]) -> None:
    """The room in the asking agency, whatever else leads; and the relay above the number that it is dialled for."""
    directory = loader.serve_demo("salt-prairie")
    document = find_paths(directory, read_profile(json.dumps({**DEAF_AT_HER_SHELTER, "at": AT.isoformat()}).encode()))
    page = flat(document)
    [relay] = [line for line in document["lines"] if line["for"] == "relay"]

    assert (document["lead"]["do"], document["paths"][0]["steps"][0]["mode"]) == ("emergency", "internal")
    assert page.index("988") < page.index("HERE Your own service comes first: Family rooms.") < page.index("CALL ")
    assert page.index(relay["plain"]) < page.index("CALL ")
    own = 0
    for document in documents.values():
        for step in [path["steps"][0] for path in document["paths"][:1]]:
            if step["mode"] == "internal" and document["lead"]["do"] in ("emergency", "safety", "ask", "report"):
                assert [service["name"] for service in step["services"] if service["name"] not in flat(document)] == []
                own += 1
    assert own


def demo_answer(loader: Loader, **profile: Any) -> Document:
    directory = loader.serve_demo()
    return find_paths(directory, read_profile(json.dumps({"at": AT.isoformat(), **profile}).encode()))


def test_the_relay_stands_where_the_client_is_on_the_phone(loader: Loader) -> None:
    """A report is the worker's own call. Below a question that leads stands a line, not what a no would open."""
    deaf = {"age": 14, "area": "demo-south", "languages": ["ase"]}
    report = demo_answer(
        loader, origin="open-gate-intake", client=deaf, needs=[{"type": "child_protection_report", "urgency": "today"}]
    )
    document = demo_answer(
        loader,
        origin="bluestem-haven",
        client={"gender": "transgender_female", "area": "us-tx"},
        needs=[{"type": "employment", "urgency": "later"}],
        facts={"client_present": True, "guardian": "suspected_parent_only", "may_sign_alone": True},
    )

    assert report["paths"][0]["steps"][0]["mode"] == "report"
    assert report["lines"][0]["for"] == "relay"
    assert report["lines"][0]["plain"] not in flat(report)
    assert (document["lead"]["do"], document["paths"]) == ("ask", [])
    assert f"{brief.THEN} " in flat(document)
    assert brief.IF_NO not in flat(document)


def test_who_is_near_an_open_need_comes_before_the_lines(loader: Loader) -> None:
    """Below a card of danger the first call is for another need; a no there leads to who may know a way for tonight."""
    child = {"age": 11, "area": "demo-river"}
    needs = [{"type": "emergency_shelter", "urgency": "now"}, {"type": "medical_emergency", "urgency": "later"}]
    facts = {"client_present": False, "danger": "suicide"}
    document = demo_answer(loader, origin="open-gate-intake", client=child, needs=needs, facts=facts)
    [near, *_] = [other for entry in document["uncovered"] for other in entry["near"]]

    assert document["paths"][0]["covers"] == ["medical_emergency"]
    assert f"{brief.IF_NO} {near['to']['name']}" in flat(document)


def test_a_line_for_two_reports_stands_once(loader: Loader) -> None:
    """A state's line that takes reports about children and about adults."""
    directory = loader.serve_demo()
    profile = {
        "origin": "willow-bend-youth",
        "client": {"age": {"min": 16, "max": 20}, "area": "demo-south"},
        "needs": [{"type": "youth_drop_in", "urgency": "now"}],
        "facts": {"adult_protection": True},
    }
    document = find_paths(directory, read_profile(json.dumps(profile).encode()))
    numbers = [line["phone"] for line in document["lines"]]

    assert len(numbers) > len(set(numbers))
    assert flat(document).count(numbers[0]) == 1


def test_only_where_places_are_counted_is_room_spoken_of(documents: dict[str, Document]) -> None:
    """Of a hotline, an office or a kitchen the hours stand alone."""
    counts = Counter[bool]()
    for name, document in documents.items():
        step = first_call(document)
        for service in () if step is None or name.startswith("drawn") else step["services"]:
            need = ", ".join(codes.service_type(code) for code in service["covers"]) or pages.WAY_ON
            if service["availability"]["capacity"] == "unknown":
                is_counted = not COUNTED_TYPES.isdisjoint(service["covers"])
                assert (f"{need}: {service['availability']['plain']}" in flat(document)) is is_counted, name
                assert f"{need}: " in flat(document), name
                counts[is_counted] += 1
    assert len(counts) == 2


def test_a_hotline_is_asked_who_could_take_the_client(loader: Loader) -> None:
    """Nobody is taken in there; a shelter that is near is asked for room."""
    directory = loader.serve_demo()
    child = {"origin": "juniper-bridge-hotline", "client": {"age": 4, "area": "demo-river"}, "at": AT.isoformat()}
    grown = child | {"client": {"age": 35, "gender": "nonbinary"}}
    profiles = {"emergency_shelter": child, "long_term_safe_house": grown}

    for need, profile in profiles.items():
        body = {**profile, "needs": [{"type": need, "urgency": "now"}]}
        document = find_paths(directory, read_profile(json.dumps(body).encode()))
        (near, *_) = document["uncovered"][0]["near"]
        assert document["lead"]["to"]["slug"] == near["to"]["slug"]
        assert (brief.ASK_A_LINE in flat(document)) is (near["covers"] == ["crisis_hotline"])
        assert (calls.ASK in flat(document)) is (near["covers"] == ["emergency_shelter"])


@pytest.mark.parametrize("manner", sorted(answers.MODE))
def test_words_for_a_call_point_to_a_list_only_where_there_is_one(manner: str) -> None:
    """And what the law may ask for besides is nothing that a worker says of their own accord."""
    for share in ([], ["need", "health"]):
        text = answers.call(manner, share, [])
        listed = answers.MAY_BE_SAID.format(data=answers.data_listed(share)) in text and share != []
        assert listed or "listed" not in text or manner == "packet"
        assert listed is (share != [] and manner != "report")


def test_a_child_for_whom_nothing_may_be_said(loader: Loader) -> None:
    """The worker speaks, and there is no list: that is said instead."""
    child = {"age": 9, "area": "travis", "languages": ["en"]}

    document = ask(loader.serve(bundle())[1], client=child, facts={"client_present": True, "guardian": "none"})

    assert document["paths"][0]["steps"][0]["manner"] == "warm_by_holder"
    assert document["paths"][0]["steps"][0]["share"] == []
    assert answers.HOLDER_SAYS_NOTHING in flat(document)


def test_who_saw_something_or_calls_a_line_asks_for_no_room(loader: Loader) -> None:
    """A third party asks what happens next, and of a public line nobody asks whom it takes in."""
    directory, detox = loader.serve(bundle())[1], [{"type": "detox", "urgency": "now"}]

    witness = ask(directory, needs=detox, facts={"caller": "third_party"})
    line = ask(directory, needs=detox, client={"age": 30, "area": "travis", "languages": ["en"]})

    assert (witness["lead"]["do"], line["lead"]["do"]) == ("fallback", "fallback")
    assert calls.INQUIRE["self_by_third_party"] in flat(witness)
    assert brief.ASK_A_LINE in flat(line)
    assert calls.ASK not in flat(witness) + flat(line)


def test_both_ages_of_a_question_that_leads_are_printed(documents: dict[str, Document]) -> None:
    """What each answer opens stands below the first call."""
    document = documents["four-counties/02-seventeen-turning-eighteen"]
    assert document["lead"]["ask"]["attribute"] == "client.age"
    page, change = printed(document), document["lead"]["ask"]["would_change"]

    assert change.count("If ") == 2
    assert change in flat(document)
    assert page[1].startswith("FIRST")


@pytest.mark.parametrize(
    ("needs", "has_task"),
    [(["interpretation"], False), (["peer_support"], False), (["emergency_shelter"], True),
     (["interpretation", "emergency_shelter"], True)],
)  # fmt: skip
def test_reporting_is_told_of_where_somebody_could_hear_it(loader: Loader, needs: list[str], has_task: bool) -> None:
    """Not under an interpreter or a group of peers alone."""
    town = bundle()
    for owner in town["organizations"]:
        for service in owner.get("services", ()):
            if "emergency_shelter" in service["referral"]["types"]:
                service["referral"]["types"] += ["interpretation", "peer_support"]
    entries = [{"type": code, "urgency": "now"} for code in needs]
    (path, *_) = ask(loader.serve(town)[1], client={"age": 15, "area": "travis"}, needs=entries)["paths"]

    tasks = [task["id"] for step in path["steps"] for task in step["obligations"]]
    assert {code for step in path["steps"] for code in step["covers"]} == {*needs}
    assert ("receiver-reports" in tasks) is has_task


@pytest.mark.parametrize(("danger", "label"), [("imminent", "THEN"), ("overheard", "THEN"), ("none", "CALL")])
def test_after_a_card_of_danger_a_line_comes_then_and_not_if_somebody_says_no(
    loader: Loader, danger: str, label: str
) -> None:
    """Nobody was called who could say no."""
    directory = loader.serve(bundle())[1]

    page = printed(ask(directory, needs=[{"type": "faith_support", "urgency": "now"}], facts={"danger": danger}))

    (line,) = (row for row in page if HOTLINE in row)
    assert line.startswith(label)


def test_a_line_is_named_and_dialed_in_one_way(loader: Loader) -> None:
    """A name that is its number stands once; a number for calls and texts is both."""
    client = {"age": 15, "area": "travis", "languages": ["en"]}
    document = ask(loader.serve(bundle())[1], client=client, needs=[{"type": "dental", "urgency": "now"}])
    document["lines"] += [
        {"id": "211", "name": "211", "for": "local_services", "phone": "211", "sms": None},
        {"id": "988", "name": "988 Suicide & Crisis Lifeline", "for": "suicide", "phone": "988", "sms": "988"},
    ]

    page = flat(document)

    assert "211" in page
    assert "211, 211" not in page
    assert "988 Suicide & Crisis Lifeline, call or text 988" in page
