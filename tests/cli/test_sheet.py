"""The call sheet as the terminal prints it: every need once, nothing dropped, narrow, and made to be scanned."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from answer.test_answer import ask, bundle, consent
from length import draws
from loaded import Loader
from sheets import AT, Case, Document, flat, needs_in_items, not_shown, of_demos, of_drawn, printed

from service import vocabulary
from service.answers.printed import sheet as printing
from service.answers.use_cases.next_calls import next_calls
from service.i18n import answers, calls, sheet

DRAWN = 300
ORDER = ("danger", "safety", "advocate", "maybe_report", "question", "line", "note")
"""The kinds whose place is theirs alone, unless the lead names them."""
USUAL = 5
"""So many lines stand under the title of a usual call."""


@pytest.fixture(scope="module")
def cases(loader: Loader) -> dict[str, Case]:
    """The answers to every demo profile, and to drawn profiles of drawn coalitions."""
    return {**dict(of_demos(loader)), **dict(of_drawn(loader, draws(DRAWN)))}


def test_each_need_is_in_exactly_one_item(cases: dict[str, Case]) -> None:
    """A call, an own service, a report, or an open need: whatever was asked for, and in the list of calls too."""
    kinds = Counter[str]()
    for name, (profile, answer) in cases.items():
        asked = {need["type"] for need in profile["needs"]}
        covered = {code for path in answer["paths"] for step in path["steps"] for code in step["covers"]}
        types = {entry["need"] for entry in answer["uncovered"]} | covered
        needs = {code for code in asked | types if code in asked or code in {e["need"] for e in answer["uncovered"]}}
        for items in (answer["call_sheet"], next_calls(answer, {})["call_sheet"]):  # type: ignore[arg-type]
            counts = needs_in_items(items, needs)
            assert {need: counts[need] for need in needs & types} == dict.fromkeys(needs & types, 1), name
            kinds.update(item["kind"] for item in items)
    assert {*kinds} >= {"danger", "safety", "report", "call", "own", "none", "question", "line", "note"}


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_of_the_sheet_is_dropped(cases: dict[str, Case], language: str) -> None:
    """Read from what the terminal shows: numbers, duties, what is not shared, tasks, what the client hears first."""
    for name, (_, answer) in cases.items():
        text = flat(printed(answer, language=language))
        assert not_shown(answer["call_sheet"], text, language) == [], name


def drop_numbers(item: Document) -> Document:
    contact = {**item["contact"], "phone": None, "sms": None} if "contact" in item else None
    to = [{**to, "phone": None} for to in item["to"]] if isinstance(item.get("to"), list) else item.get("to")
    return {**item, **({"contact": contact} if contact else {}), **({"to": to} if to else {})}


DROPPED: dict[str, Callable[[Document], Document]] = {
    "a number": drop_numbers,
    "a need": lambda item: {**item, "kind": "note"} if item["kind"] == "none" else item,
    "a duty": lambda item: {**item, "kind": "note", "text": ""} if item["kind"] == "report" else item,
    "what is not shared": lambda item: {**item, "leave_unsaid": []},
    "a task": lambda item: {**item, "obligations": item.get("obligations", [])[1:]},
    "who is next": lambda item: {**item, "instead": item.get("instead", [])[1:]},
    "the script": lambda item: {**item, "script": None},
}


@pytest.mark.parametrize("what", DROPPED)
def test_a_renderer_that_drops_an_entry_is_caught(
    cases: dict[str, Case], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leave out one kind of entry at a time; the check notices each."""
    drop, original = DROPPED[what], printing._SheetPrinter.print_item
    monkeypatch.setattr(
        printing._SheetPrinter, "print_item", lambda self, number, item: original(self, number, drop(item))
    )

    demos = {name: case for name, case in cases.items() if "/" in name}
    assert any(not_shown(answer["call_sheet"], flat(printed(answer))) for _, answer in demos.values())


def test_items_are_in_the_contracts_order(cases: dict[str, Case]) -> None:
    """Cards, safety, what the lead names, pressing needs, reports, the rest; and the lists at the end."""
    for name, (profile, answer) in cases.items():
        items = answer["call_sheet"]
        kinds = [item["kind"] for item in items]
        lead = next((place for place, kind in enumerate(kinds) if kind not in ("danger", "safety")), len(kinds))
        after = [kind for kind in kinds[lead + 1 :] if kind in ORDER]
        assert after == sorted(after, key=ORDER.index), name
        assert not {"danger", "safety"} & {*kinds[lead:]}, name
        if answer["lead"]["do"] in ("call", "send", "here", "report") and answer["lead"]["to"]:
            named = str(items[lead].get("to")) + str(items[lead].get("try"))
            assert answer["lead"]["to"]["name"] in named, name
        if answer["lead"]["do"] == "ask":
            assert items[lead]["question"] == answer["lead"]["ask"], name
        if answer["lead"]["do"] == "fallback":
            assert kinds[lead] == "none", name
        required = [need for need in profile["needs"] if need.get("required", True)] or profile["needs"]
        soonest = min((need["urgency"] for need in required), key=vocabulary.URGENCIES.index)
        pressing = {need["type"] for need in required if need["urgency"] == soonest}
        places = [
            at for at, item in enumerate(items) if item["kind"] == "call" and pressing.intersection(item["needs"])
        ]
        later = [place for place, kind in enumerate(kinds) if kind == "report" and place > lead]
        assert not places or not later or max(places) < min(later), name


def test_the_calls_follow_the_sheet(cases: dict[str, Case]) -> None:
    """Each hand-off of the first path once, in the order of the items."""
    for name, (_, answer) in cases.items():
        document = next_calls(answer, {})  # type: ignore[arg-type]
        steps = [step for path in answer["paths"][:1] for step in path["steps"] if step["mode"] != "internal"]
        called = [(call["from"]["slug"], call["to"]["slug"], call["for"]) for call in document["calls"]]
        on_sheet = [
            (item["from"]["slug"], item["to"]["slug"], item["needs"])  # type: ignore[call-overload]
            for item in document["call_sheet"]
            if item["kind"] == "call"
        ]

        assert sorted(called) == sorted((step["from"]["slug"], step["to"]["slug"], step["covers"]) for step in steps), (
            name
        )
        assert [call for call in called if call in on_sheet] == on_sheet, name


def test_a_script_names_nobody(cases: dict[str, Case]) -> None:
    """No age, no trait; the agency where the receiver may know it; the need only where it may be said."""
    said = Counter[bool]()
    for name, (profile, answer) in cases.items():
        for item in answer["call_sheet"]:
            script = item.get("script")
            if not script:
                continue
            origin = item["from"]["name"]
            rest = script.replace(origin, "")
            assert not re.search(r"\byears?\b|\bage\b|traffick|abuse|assault|child|immigra|pregnan", rest), name
            with_need = "I'm with someone who needs" in script
            assert not with_need or (profile["facts"].get("client_present") is True and "need" in item["say"]), name
            assert "tonight" not in script or any(need["urgency"] in ("now", "today") for need in profile["needs"]), (
                name
            )
            assert profile["facts"].get("caller") != "third_party", name
            assert origin in script or sheet.GREETING_WITHOUT_NAME in script, name
            said[with_need] += 1
    assert said[False]


def test_the_need_is_named_where_it_may_be_said(loader: Loader) -> None:
    """With the client there and a consent; not to who may have to tell a court, and not from afar."""
    town = bundle()
    agreed = consent("verbal", data=["need"], ends_on=None)
    scripts = [
        [item["script"] for item in ask(loader.serve(town)[1], consents=consents, facts=facts)["call_sheet"]
         if item["kind"] == "call"]
        for consents, facts in (([agreed], {"client_present": True}), ([], {"client_present": True}), ([agreed], {}))
    ]  # fmt: skip

    assert [["who needs a bed" in (script or "") for script in of_one] for of_one in scripts] == [
        [True],
        [False],
        [False],
    ]


def test_an_agency_that_may_not_know_of_the_origin_is_not_told_its_name(loader: Loader) -> None:
    """An unlisted shelter greets members by its name, and others as a local agency."""
    town = bundle()
    hotline = next(entry for entry in town["organizations"] if entry["id"] == "hotline")
    shelter = next(entry for entry in town["organizations"] if entry["id"] == "shelter")
    greetings = []
    for listed, membership in (("public", "none"), ("coalition", "none"), ("coalition", "active")):
        hotline["coalition"] |= {"listed": listed, "membership": "active"}
        shelter["coalition"] |= {"listed": "public", "membership": membership}
        answer = ask(loader.serve(town)[1], facts={"client_present": True})
        greetings += [
            hotline["name"] in item["script"]
            for item in answer["call_sheet"]
            if item["kind"] == "call" and item["to"]["slug"] == "shelter"
        ]

    assert greetings == [True, False, True]


def test_every_page_is_narrow_and_scanned_easily(cases: dict[str, Case]) -> None:
    """No line is wider than 80 columns or ends in blanks; numbers stand in one column; a usual call takes few lines."""
    columns = Counter[int]()
    for name, (_, answer) in cases.items():
        lines = printed(answer)
        assert [line for line in lines if len(line) > 80 or line != line.rstrip()] == [], name
        assert lines == [line for line in lines if line.isprintable()], name
        for line in lines:
            if (number := re.search(r"  ((?:1-)?\d{3}-\d{3,4}(?:-\d{4})?|text \S+)(?:  |$)", line)) is not None:
                columns[number.start(1)] += 1
        for item in answer["call_sheet"]:
            if item["kind"] == "call" and not (item["obligations"] or item["confirm"]) and len(item["needs"]) == 1:
                start = next(place for place, line in enumerate(lines) if item["to"]["name"] in line)
                block = lines[start + 1 :]
                size = block.index("") if "" in block else len(block)
                assert size <= USUAL + len(item["leave_unsaid"]), (name, item["title"])
    assert columns[printing.PHONE] >= 0.95 * columns.total()


@pytest.mark.parametrize("width", [40, 50, 64])
def test_a_narrow_terminal_shows_all_of_it_too(cases: dict[str, Case], width: int) -> None:
    """Down to forty columns; a name or a number that is longer stands on lines of its own."""
    for name, (_, answer) in cases.items():
        if "/" in name:
            lines = printed(answer, width=width)
            assert max(map(len, lines)) <= width, name
            assert not_shown(answer["call_sheet"], flat(lines)) == [], name


def test_where_somebody_may_hear_nobody_calls_yet(loader: Loader) -> None:
    """The card takes the place of the safety check, and no item says to call together."""
    directory = loader.serve(bundle())[1]
    facts = {"danger": "overheard", "client_present": True}
    answer = ask(directory, client={"age": 30, "area": "travis", "languages": ["en"]}, facts=facts)
    items = answer["call_sheet"]
    calling = [item for item in items if item["kind"] in ("call", "report", "none")]

    assert next(item["text"] for item in items if item["kind"] == "safety").startswith("Someone may hear")
    assert answers.SAFE_TO_TALK not in flat(printed(answer))
    assert calling
    assert all(item["wait_until_safe"] for item in calling)
    assert {item["how"] for item in items if item["kind"] == "call"} <= {sheet.WAIT_UNTIL_SAFE}
    assert "together" not in flat(printed(answer)).partition("Not reviewed")[0].partition("SAFETY")[2]


def test_who_saw_something_asks_for_no_room_and_says_nothing(loader: Loader) -> None:
    """A third party asks what happens next: no script, no question, no advocate, nothing that opens later."""
    directory, needs = (
        loader.serve(bundle())[1],
        [{"type": "detox", "urgency": "now"}, {"type": "crisis_hotline", "urgency": "now"}],
    )
    answer = ask(directory, needs=needs, facts={"caller": "third_party"})
    items = answer["call_sheet"]

    assert not {"question", "advocate"} & {item["kind"] for item in items}
    assert [entry for item in items for entry in item.get("try", ()) if entry["kind"] in ("later", "waitlist")] == []
    for item in items:
        if item["kind"] == "call":
            assert item["script"] is None
            assert item["inquire"] == calls.INQUIRE["self_by_third_party"]


@pytest.mark.parametrize("manner", sorted(answers.MODE))
def test_words_for_a_call_point_to_a_list_only_where_there_is_one(manner: str) -> None:
    """And what the law may ask for besides is nothing that a worker says of their own accord."""
    for share in ([], ["need", "health"]):
        text = answers.call(manner, share, [])
        listed = answers.MAY_BE_SAID.format(data=answers.data_listed(share)) in text and share != []
        assert listed or "listed" not in text or manner == "packet"
        assert listed is (share != [] and manner != "report")


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
    entries: list[Any] = [{"type": code, "urgency": "now"} for code in needs]
    (path, *_) = ask(loader.serve(town)[1], client={"age": 15, "area": "travis"}, needs=entries)["paths"]

    tasks = [task["id"] for step in path["steps"] for task in step["obligations"]]
    assert {code for step in path["steps"] for code in step["covers"]} == {*needs}
    assert ("receiver-reports" in tasks) is has_task


def test_the_hour_of_the_answer_is_what_today_means() -> None:
    """An opening on the same day shows the hour alone."""
    tomorrow = AT.replace(day=3, hour=18)

    assert sheet.in_short("opens_later", AT.replace(hour=18), None, AT) == "opens 6 PM"
    assert sheet.in_short("opens_later", tomorrow, None, AT) == "opens Tue 6 PM"
