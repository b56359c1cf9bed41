"""The calls that a page shows: as they are dialed, though an answer gives only the number as it is written."""

import re

import pytest

from service.directory.standard.phone_numbers import dialable
from service.page.calls import ShownCall, calls_of
from service.page.rendering import ENVIRONMENT, words_of

CONTACT = {"label": None, "phone": "(512) 555-0100", "tel": "tel:+15125550100", "sms": None}
STEP = {"mode": "report", "to": {"slug": "police", "name": "Police"}, "contact": CONTACT, "services": [], "covers": []}


def test_where_nothing_more_is_known_who_may_know_a_way_is_called_before_a_path_that_meets_nothing_pressing() -> None:
    """Once the question that leads was put, as the lead would be without it."""
    step = {**STEP, "mode": "warm", "instead": [], "covers": ["food"]}
    near = {"to": {"slug": "line", "name": "Line"}, "contact": CONTACT, "services": [], "covers": ["crisis_hotline"]}
    answer = {
        "lead": {"do": "ask", "to": None},
        "paths": [{"steps": [step], "covers": ["food"]}],
        "uncovered": [{"need": "detox", "near": [near]}],
        "fallback_lines": [],
    }

    assert [call.key for call in calls_of(answer, ["detox"])] == ["line", "police"]
    assert [call.key for call in calls_of(answer, ["food"])] == ["police", "line"]


def test_behind_another_agency_nobody_is_called_directly() -> None:
    """Behind a gateway, a prerequisite or a hand-off; an agency that takes from the origin is called, on any path.

    But none that a court can question, save for what is meant for a court.
    """
    beds, report = "emergency_shelter", "law_enforcement_report"

    def step(sender: str, to: str, *covers: str, level: str = "protected", mode: str = "warm") -> dict[str, object]:
        names = {"from": {"slug": sender}, "to": {"slug": to, "name": to}}
        return {**STEP, **names, "mode": mode, "instead": [], "covers": covers, "exposure": {"level": level}}

    ways = [
        [step("line", "house", beds, report)],
        [step("line", "gateway"), step("gateway", "inner", beds)],
        [step("line", "gateway"), step("gateway", "kitchen", "food"), step("line", "beyond", beds)],
        [step("line", "intake", "intake_assessment"), step("intake", "after", beds)],
        [step("line", "intake", "intake_assessment"), step("line", "later", beds)],
        [step("line", "meals", "food"), step("meals", "onward", beds)],
        [step("line", "line", beds, mode="internal"), step("line", "station", beds, level="discoverable")],
        [step("line", "officers", report, level="discoverable"), step("line", "open", beds)],
    ]
    answer = {
        "lead": {"do": "call", "to": {"slug": "house"}},
        "paths": [{"steps": steps, "covers": [beds, "food", report]} for steps in ways],
        "uncovered": [],
        "fallback_lines": [],
    }

    assert [call.key for call in calls_of(answer)] == ["house", "beyond", "officers", "open"]


def test_another_receiver_of_a_report_is_dialed_whole() -> None:
    """Letters are dialed, ten digits are a number of North America, and an extension is no part of the number."""
    receivers = {"hotline": "1-888-373-HELP", "desk": "512-555-0101 ext. 4", "front": None}
    to = [
        {"slug": slug, "name": slug, "phone": phone, "tel": dialable(phone or "")} for slug, phone in receivers.items()
    ]
    answer = {
        "lead": {"do": "call", "to": STEP["to"]},
        "paths": [{"steps": [STEP]}],
        "duties": [{"certain": True, "to": [*to, {"slug": "police", "name": "Police", "phone": None, "tel": None}]}],
        "uncovered": [],
        "fallback_lines": [],
    }

    assert {call.key: call.tel for call in calls_of(answer)} == {
        "police": "tel:+15125550100",
        "hotline": "tel:+18883734357",
        "desk": "tel:+15125550101;ext=4",
        "front": None,
    }


def test_what_a_report_may_hold_besides_is_not_said_on_the_call() -> None:
    """Its duty lists what the law asks for; of any other call, what may be shared is what is said."""
    step = {**STEP, "share": ["identity", "privileged"]}

    assert ShownCall("police", "step", "Police", None, None, None, step=step).share == []
    warm = ShownCall("police", "step", "Police", None, None, None, step={**step, "mode": "warm"})
    assert warm.share == ["identity", "privileged"]


def test_a_report_that_leads_is_made_and_asks_for_no_place() -> None:
    """Whoever is called for it, also after a no; one that may not be due is asked about, and names nobody."""
    to = [{"slug": slug, "name": "Desk", "phone": "555-0100", "tel": "tel:555-0100"} for slug in ("cps", None)]
    answer: dict[str, object] = {"lead": {"do": "report", "to": {"slug": "cps"}, "phone": "555-0100"}, "paths": []}
    answer |= {"uncovered": [], "fallback_lines": []}
    by_step = {"lead": {"do": "call", "to": STEP["to"]}, "paths": [{"steps": [{**STEP, "manner": "report"}]}]}

    def manners(certain: bool, to: list[dict[str, object]], **more: object) -> list[tuple[str, bool]]:
        duty = {"certain": certain, "id": "child-report-state-law", "person": "client", "to": to}
        return [(call.manner, call.is_for_client) for call in calls_of({**answer, "duties": [duty], **more})]

    assert manners(True, to) == [("report", False)]
    assert manners(False, to) == [("report_in_doubt", False)]
    assert manners(True, [*to, {**to[0], "slug": "police"}], **by_step) == [("report", False)] * 3
    assert manners(True, to, caller="third_party") == [("self_by_third_party", False)]


def test_who_saw_something_asks_for_nobody() -> None:
    """Of a line and of who may know a way too: they say what they saw."""
    line = {"name": "Line", "phone": "988", "tel": "tel:988", "sms": None, "hours": None}
    answer = {"lead": {"do": "fallback", "to": None}, "paths": [], "uncovered": [], "fallback_lines": [line]}

    assert [call.manner for call in calls_of({**answer, "caller": "third_party"})] == ["self_by_third_party"]
    assert [call.manner for call in calls_of({**answer, "caller": None})] == ["ask"]


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
