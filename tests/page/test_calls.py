"""The calls that a page shows, what can be done about each, and numbers as they are dialed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from api_builders import HOTLINE, Api
from intake_forms import SCOPES, direct, send
from visitors import signed_in

from service.answers.builder import alternatives_for
from service.directory.standard.phone_numbers import dialable
from service.page.calls import ShownCall, calls_of
from service.page.rendering import ENVIRONMENT, words_of
from service.page.words import word

CONTACT = {"label": None, "phone": "(512) 555-0100", "tel": "tel:+15125550100", "sms": None}
STEP = {"mode": "report", "to": {"slug": "police", "name": "Police"}, "contact": CONTACT, "services": [], "covers": []}
BEDS = "emergency_shelter"


def test_once_the_question_was_put_who_may_know_a_way_comes_before_what_is_not_pressing(demo: Api) -> None:
    """As the lead would be without the question: a need left open that is pressing, then the call for later."""
    profile = {
        "needs": [{"type": BEDS, "urgency": "now"}, {"type": "food", "urgency": "later"}],
        "client": {"area": "demo-south"},
        "facts": {"client_present": True},
    }
    form = {"need": [BEDS, "food"], "urgency.food": "later", f"urgency.{BEDS}": "now", "client.area": "demo-south",
            "facts.client_present": "yes"}  # fmt: skip
    asked = direct(demo, profile)["lead"]["ask"]["attribute"]

    page = send(signed_in(demo, HOTLINE, *SCOPES), "/answer", {**form, "asked": asked})

    first, food = page.partition("<h1>")[2].partition("</h1>")[0], word("en", "need.food")
    assert "Bed (now): nobody yet" in first
    assert page.index("Prairie Sage") < page.index("Food (later)")
    assert food in page


def test_behind_another_agency_nobody_is_called_directly() -> None:
    """Behind a gateway, a prerequisite or a hand-off; an agency that takes from the origin is called, on any path.

    But none that a court can question, save for what is meant for a court.
    """
    report = "law_enforcement_report"

    def step(sender: str, to: str, *covers: str, level: str = "protected", mode: str = "warm") -> dict[str, Any]:
        names = {"from": {"slug": sender}, "to": {"slug": to, "name": to}}
        return {**STEP, **names, "mode": mode, "instead": [], "covers": covers, "exposure": {"level": level}}

    first = step("line", "house", BEDS, report)
    ways = [
        [step("line", "gateway"), step("gateway", "inner", BEDS)],
        [step("line", "gateway"), step("gateway", "kitchen", "food"), step("line", "beyond", BEDS)],
        [step("line", "intake", "intake_assessment"), step("intake", "after", BEDS)],
        [step("line", "intake", "intake_assessment"), step("line", "later", BEDS)],
        [step("line", "meals", "food"), step("meals", "onward", BEDS)],
        [step("line", "line", BEDS, mode="internal"), step("line", "station", BEDS, level="discoverable")],
        [step("line", "officers", report, level="discoverable"), step("line", "open", BEDS)],
    ]
    later: Any = [{"steps": steps, "covers": [BEDS, "food", report]} for steps in ways]

    found = [alternative["to"]["slug"] for alternative, _ in alternatives_for(first, later)]  # type: ignore[arg-type]

    assert found == ["beyond", "officers", "open"]


def test_every_receiver_of_a_report_is_dialed_whole() -> None:
    """Letters are dialed, ten digits are a number of North America, and an extension is no part of the number."""
    receivers = {"hotline": "1-888-373-HELP", "desk": "512-555-0101 ext. 4", "front": None, "police": "(512) 555-0100"}
    to = [
        {"name": name, "phone": phone, "tel": dialable(phone or ""), "status": "open"}
        for name, phone in receivers.items()
    ]
    item = {"kind": "report", "to": to, "say": ["Report it."], "due": None, "obligations": []}

    page = shown(item)

    assert re.findall(r'href="([^"]+)"', page) == ["tel:+18883734357", "tel:+15125550101;ext=4", "tel:+15125550100"]
    assert [page.count(name) for name in receivers] == [1, 1, 1, 1]
    assert page.count(word("en", "call.no_number")) == 1


def shown(item: dict[str, Any]) -> str:
    page = ENVIRONMENT.from_string('{% from "sheet.html" import sheet_item with context %}{{ sheet_item(item) }}')
    return page.render(**words_of("en", None, {}), item=item, now=None)


def test_what_a_report_may_hold_besides_is_not_said_on_the_call() -> None:
    """Its duty lists what the law asks for; of any other call, what may be shared is what is said."""
    call = {"kind": "call", "to": STEP["to"], "text": "Open.", "contact": CONTACT, "needs": [], "via": None}

    assert word("en", "sheet.may_say") not in shown({**call, "say": []})
    assert "name and identity" in shown({**call, "say": ["identity", "privileged"]})
    report = {"kind": "report", "to": [], "say": ["Report it."], "share": ["privileged"], "due": None}
    assert "privileged" not in shown(report)


def test_a_report_and_a_call_by_whoever_saw_something_are_on_no_paper() -> None:
    """Nor can either be sent: of a report its duty says what it holds, and who saw something speaks of nobody."""
    to = {"slug": "house", "name": "House", "id": "1"}
    warm = {**STEP, "mode": "warm", "to": to, "services": [{"slug": "beds"}], "withhold": []}
    lines = [{"name": "Line", "phone": "988", "tel": "tel:988", "sms": None, "hours": None}]

    def of(caller: str | None) -> list[tuple[str, bool, bool]]:
        steps = [STEP, warm, {**warm, "mode": "internal"}]
        calls = calls_of({"paths": [{"steps": steps}], "fallback_lines": lines, "caller": caller})
        return [(call.key, call.is_for_client, call.to_send is not None) for call in calls]

    assert of(None) == [("police", False, False), ("house", True, True), ("line.988", True, False)]
    assert [is_for_client for _, is_for_client, _ in of("third_party")] == [False] * 3
    assert not ShownCall("house", "House", None, None, step=warm).is_for_client


def test_an_agencys_numbers_are_called_or_texted_and_none_that_nobody_answers() -> None:
    """On its page, as in an answer."""
    types = ("voice", None, "text", "sms", "tty", "fax", "pager")
    phones = [{"number": f"555 010{place}", "type": phone_type} for place, phone_type in enumerate(types)]
    page = ENVIRONMENT.from_string('{% from "work.html" import dials with context %}{{ dials(phones) }}')

    links = re.findall(r'href="(\w+):(\d+)"><span>(\w+)', page.render(**words_of("en", None, {}), phones=phones))

    assert links == [
        *(("tel", "5550100", "Call"), ("tel", "5550101", "Call"), ("sms", "5550102", "Text")),
        *(("sms", "5550103", "Text"), ("tel", "5550104", "Call")),
    ]


@pytest.mark.parametrize(
    ("number", "is_text", "shown"),
    [
        ("'(512) 555-0100' (desk)", False, '<a href="tel:+15125550100">&#39;(512) 555-0100&#39; (desk)</a>'),
        ("HOME to 741741", True, '<a href="sms:741741">Text HOME to 741741</a>'),
        ("ask at the desk", False, "ask at the desk"),
    ],
)
def test_a_number_is_shown_as_written_and_pressed_where_it_can_be_dialed(
    number: str, is_text: bool, shown: str
) -> None:
    page = '{% from "work.html" import dials, number_to_press with context %}{{ number_to_press(number, is_text) }}|'
    page += "{{ dials([{'number': number, 'type': 'sms' if is_text else 'voice'}]) }}"

    text = ENVIRONMENT.from_string(page).render(**words_of("en", None, {}), number=number, is_text=is_text)

    single, _, big = text.partition("|")
    assert single.strip() == shown
    assert ("href" in big) == ("href" in shown)
    assert ("sms:741741" in big) is is_text
