"""An answer in fifteen lines: safety, the number to call now, the words to say, duties; the rest as far as it fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any, cast

import policies
from policies.messages import EITHER, TOGETHER, joined, parts_of
from service.answers.document import alternatives_for
from service.answers.printed.contacts import (
    agency_with_number,
    at_hours,
    called_receiver,
    line_with_number,
    opens_later,
    with_number,
)
from service.answers.printed.page import PrintedPage
from service.answers.schemas.answer import AnswerDocument
from service.answers.schemas.paths import Instead, Step
from service.words import answers, brief, calls, codes, duties, pages, questions, vocabulary

Document = Mapping[str, Any]
LABEL = 8
LINES, LINES_OF_A_CALL = 15, 22
"""The length of a printed answer, its last line included: of all of it, and of what belongs to the first call."""
LINES_OF_A_DUTY, LINES_OF_OTHERS = 4, 1
SAFE_TO_TALK = "safe-to-talk"
SAFETY_FIRST = (
    "danger-imminent", "danger-medical", "danger-overheard", "danger-suicide", SAFE_TO_TALK, "guardian-suspected",
    "speak-alone",
)  # fmt: skip
BESIDE_DUTIES = ("no-state-rules", "tribal-land")
LAW_NOT_HERE = ("child-report-state-law", "adult-report-state-law")
"""The duties under a state law for which no pack is loaded: never certain, and about the client never left out."""
FINE_PRINT = ("record-without-content", "not-legal-advice", "pack-review", "to-be-confirmed", "hotline")
"""Notices of every answer: printed last, so that the first call stands near the top."""
CONTACT, ADVOCATE, REPORTS = "safe-contact", "protected-advocate", "receiver-reports"
OF_EVERY_DUTY = (duties.NOTICE_YOURS, duties.DUTY_NO_QUESTIONS)
"""Sentences of any duty: said once on a page."""
MOST_OTHERS = 2
RELAY, HOTLINE = "relay", "crisis_hotline"
CLIENT_CALLS = ("self", "warm")
"""The modes in which the client speaks on the phone."""


@dataclass(frozen=True, slots=True)
class PrintedEntry:
    """One entry of a printed answer.

    `width`: the columns of the label, 0 for the column of all labels. `within`: the length of the answer up to which
    the entry still fits, None for an entry that is never cut. `follows`: never printed without the entry before it.
    """

    label: str
    words: str
    width: int = 0
    style: str = ""
    within: int | None = LINES
    follows: bool = False


def print_brief(page: PrintedPage, document: AnswerDocument, asked_at: datetime, *, more: bool = True) -> None:
    """Print what a worker needs first, in fifteen lines of 80 columns where nothing that must stand asks for more.

    What fits is the same on every width. `more`: the last line says where the rest is.
    """
    column = page.column(brief.LABELS, LABEL)
    entries = [replace(entry, width=entry.width or column) for entry in _entries(page, document, asked_at)]
    fitting = _fitting(page, entries)
    for entry in fitting:
        page.row(entry.label, entry.words, width=entry.width, style=entry.style)
    if more:
        page.paragraph(brief.MORE if len(fitting) == len(entries) else brief.MORE_LEFT_OUT)


def _fitting(page: PrintedPage, entries: Sequence[PrintedEntry]) -> list[PrintedEntry]:
    """Return the entries that fit, in order: those never cut, then those of the first call, then the rest."""
    length = 1 + sum(page.height(entry.words, entry.width) for entry in entries if entry.within is None)
    fits = {id(entry): entry.within is None for entry in entries}
    for limit in (LINES_OF_A_CALL, LINES):
        before = True
        for entry in entries:
            if entry.within == limit and (before or not entry.follows):
                height = page.height(entry.words, entry.width)
                fits[id(entry)] = length + height <= limit
                length += height * fits[id(entry)]
            before = fits[id(entry)]
    return [entry for entry in entries if fits[id(entry)]]


def _entries(page: PrintedPage, document: AnswerDocument, asked_at: datetime) -> Iterator[PrintedEntry]:
    """Yield the entries in the order of the page; an agency that stands in an entry before is not named again."""
    sentences = list[str]()
    for entry in chain(_first(page, document), _rest(document, asked_at, sentences)):
        sentences.append(entry.words)
        yield entry


def _first(page: PrintedPage, document: AnswerDocument) -> Iterator[PrintedEntry]:
    """Yield safety, the lead, the first call and the duties that are certain."""
    for notice in document["notices"]:
        if notice["id"] in SAFETY_FIRST:
            yield PrintedEntry("!", notice["plain"], 2, "bold", within=None)
    lead, away = document["lead"], _away(document)
    if lead["do"] in ("ask", "here", "report"):
        yield PrintedEntry(brief.LABEL[lead["do"]], lead["plain"], style="bold", within=None)
    yield from _own_first(document)
    if _leads_elsewhere(document):
        yield from _lead_call(page, document)
    elif away:
        yield from _step_call(page, away[0], document)
    else:
        yield from _near_call(page, document)
    if lead["ask"] is not None:
        yield PrintedEntry("-", lead["ask"]["would_change"], 2, within=LINES_OF_A_CALL)
    for notice in document["notices"]:
        if notice["id"] == CONTACT:
            yield PrintedEntry("!", notice["plain"], 2, within=LINES_OF_A_CALL)
    yield from _duties(page, document)


def _own_first(document: AnswerDocument) -> Iterator[PrintedEntry]:
    """Yield the asking agency's own service where the first path begins with it and something else leads."""
    for path in document["paths"][:1]:
        step = path["steps"][0]
        if step["mode"] == "internal" and document["lead"]["do"] in ("emergency", "safety", "ask", "report"):
            own = calls.lead_own(service["name"] for service in step["services"])
            yield PrintedEntry(brief.LABEL["here"], own, style="bold", within=LINES_OF_A_CALL)


def _rest(document: AnswerDocument, asked_at: datetime, sentences: Sequence[str]) -> Iterator[PrintedEntry]:
    """Yield what follows the first call: further calls, open needs, what opens later, the next question, lines."""

    def is_new(name: str) -> bool:
        return all(name not in words for words in sentences)

    notices = {notice["id"]: notice["plain"] for notice in document["notices"]}
    beside = [*SAFETY_FIRST, *FINE_PRINT, CONTACT, ADVOCATE, *BESIDE_DUTIES]
    yield from (PrintedEntry("-", notices[notice], 2) for notice in BESIDE_DUTIES if notice in notices)
    away = _disclosure_lines(*_away(document)[:1]) if not _leads_elsewhere(document) else []
    for number, step in enumerate(_away(document)[0 if _leads_elsewhere(document) else 1 :], start=2):
        yield PrintedEntry(f"{number}.", _tasks_line(step, away), 3, follows=number > 2)
    if document["uncovered"]:
        needs = codes.listed([codes.service_type(entry["need"]) for entry in document["uncovered"]])
        near = {agency_with_number(agency): None for agency in _near(document) if is_new(agency["to"]["name"])}
        near_agencies = brief.NEAR.format(who=joined(near, "; ")) if near else ""
        yield PrintedEntry("-", joined([brief.OPEN.format(need=needs), near_agencies], TOGETHER), 2)
    for later in document["later"]:
        if is_new(later["to"]["name"]):
            yield PrintedEntry("-", opens_later(later, asked_at), 2)
    if ADVOCATE in notices:
        yield PrintedEntry("-", notices[ADVOCATE], 2)
    for question in document["questions"][:1] if document["lead"]["do"] != "ask" else ():
        alone = brief.SETTLE if questions.is_for_worker(question["attribute"]) else brief.MAY_ASK
        lead_in = calls.LEAD_TELL_AND_ASK if question["before"] else alone
        lead_text = lead_in.format(text=question["text"])
        yield PrintedEntry("-", joined([lead_text, question["would_change"]], TOGETHER), 2)
    lines = dict.fromkeys(line_with_number(line) for line in document["lines"] if is_new(line["name"]))
    if lines:
        yield PrintedEntry(brief.PUBLIC_LINES, joined(lines, "; "))
    yield from (PrintedEntry("-", plain, 2) for notice, plain in notices.items() if notice not in beside)


def _tasks_line(step: Step, tasks: Sequence[str]) -> str:
    """Return a further call in short; `tasks`: what the client hears before the first call."""
    own = _disclosure_lines(step)
    new = [plain for plain in own if plain not in tasks]
    first = brief.TELL_FIRST.format(told=joined(new, "; ")) if new else brief.TELL_ALIKE if own else ""
    return joined([agency_with_number(step) + ".", _availability(step) + ".", first], TOGETHER)


def disclosures_of(step: Mapping[str, Any]) -> list[Document]:
    """Return the tasks of a step that consist in telling the client something before the call."""
    own_report = REPORTS if step["mode"] == "report" else None
    return [task for task in step["obligations"] if task["id"] in policies.load_briefs() and task["id"] != own_report]


def _disclosure_lines(*steps: Step) -> list[str]:
    """Return, in short, what the client hears before the calls of steps; whoever is not safe is never reached."""
    return [_in_short(task) for step in steps for task in disclosures_of(step)]


def _in_short(task: Document) -> str:
    """Return a task that consists in telling the client something, in short; of a report, about whom it would be."""
    subjects = [of for of in (duties.OF_A_CHILD, duties.OF_AN_ADULT) if task["id"] == REPORTS and of in task["plain"]]
    short = joined([policies.load_briefs()[task["id"]], joined(subjects, EITHER)], TOGETHER)
    return brief.NOT_THE_SUSPECTED.format(task=short) if task["plain"].endswith(answers.NOT_THE_SUSPECTED) else short


def _away(document: AnswerDocument) -> list[Step]:
    """Return the steps of the first path that leave the asking agency."""
    return [step for path in document["paths"][:1] for step in path["steps"] if step["mode"] != "internal"]


def _leads_elsewhere(document: AnswerDocument) -> bool:
    """Return whether the lead is another agency or line than the first step of the first path."""
    lead, first = document["lead"], [path["steps"][0]["to"]["slug"] for path in document["paths"][:1]]
    return lead["do"] == "fallback" or (lead["do"] == "call" and [_slug(lead["to"])] != first)


def _step_call(page: PrintedPage, step: Step, document: AnswerDocument) -> Iterator[PrintedEntry]:
    is_lead = document["lead"]["do"] == "report" and _slug(document["lead"]["to"]) == step["to"]["slug"]
    receiver = None if is_lead else with_number(step["to"]["name"], step["contact"])
    verb = brief.LABEL["send"] if step["mode"] == "packet" else brief.LABEL["call"]
    alternatives = [] if step["mode"] == "report" else _alternatives(document, step)
    if step["mode"] in CLIENT_CALLS:
        yield from _relay(document)
    yield from _call(
        page, receiver, _availability(step), _words_to_say(step, document), alternatives, verb=verb, ask=step["inquire"]
    )
    confirm = {entry["plain"]: None for service in step["services"] for entry in service["confirm"]}
    if confirm:
        yield PrintedEntry(brief.THEY_ASK, joined(confirm, TOGETHER), within=None)
    if tasks := _disclosure_lines(step):
        yield PrintedEntry(brief.TELL, brief.BEFORE_THE_CALL.format(told=joined(tasks, "; ")), within=LINES_OF_A_CALL)


def _relay(document: AnswerDocument) -> Iterator[PrintedEntry]:
    """Yield the relay that is dialled before the number, for a client of a sign language."""
    for line in document["lines"]:
        if line["for"] == RELAY:
            words = joined([line_with_number(line) + ".", line["plain"]], TOGETHER)
            yield PrintedEntry("!", words, 2, within=LINES_OF_A_CALL)


def _near_call(page: PrintedPage, document: AnswerDocument) -> Iterator[PrintedEntry]:
    """Yield the agencies to call for open needs, where every step of the first path stays within the asking agency."""
    near = _near(document)
    if near:
        alternatives = list(map(agency_with_number, near[1:])) or _lines(document)
        ask = _asks(document, near[0])
        yield from _call(
            page, agency_with_number(near[0]), _availability(near[0]), _speaks(document), alternatives, ask=ask
        )
    elif not document["paths"]:
        is_first = document["lead"]["do"] in ("emergency", "safety", "ask")
        yield from _if_no(page, _lines(document), label=brief.THEN if is_first else brief.IF_NO)


def _lead_call(page: PrintedPage, document: AnswerDocument) -> Iterator[PrintedEntry]:
    """Yield the call to the agency or line that leads, where the first path meets no pressing need."""
    lead, near = document["lead"], _near(document)
    call, *reasons = parts_of(lead["plain"])
    numbers = (number for number in (lead["phone"], lead["sms"]) if number and f"{number}." in call)
    number = next(numbers, pages.NO_NUMBER)
    name = (document["fallback_lines"][0] if lead["to"] is None else lead["to"])["name"]
    alternatives = [agency_with_number(agency) for agency in near if agency["to"]["name"] != name][:MOST_OTHERS]
    to = next((agency for agency in near if agency["to"]["name"] == name), None)
    ask = brief.ASK_A_LINE if lead["to"] is None and not document["caller"] else _asks(document, to)
    alternatives = alternatives or _lines(document, but=number)
    yield from _call(page, with_number(name, lead), joined(reasons, TOGETHER), _speaks(document), alternatives, ask=ask)


def _speaks(document: AnswerDocument) -> str:
    """Return the words for a call that hands nobody over: none about the client, or those of a third party."""
    return pages.SAYS_NOTHING["self_by_third_party"] if document["caller"] else brief.NOBODY_HANDED_OVER


def _asks(document: AnswerDocument, to: Instead | None) -> str:
    """Return the question of a call that hands nobody over; neither third parties nor hotlines speak of room."""
    if document["caller"]:
        return calls.INQUIRE["self_by_third_party"]
    is_hotline = to is not None and all(service["covers"] == [HOTLINE] for service in to["services"])
    return brief.ASK_A_LINE if is_hotline else calls.ASK


def _call(
    page: PrintedPage,
    receiver: str | None,
    availability: str,
    words: str,
    alternatives: Sequence[str],
    *,
    verb: str = brief.LABEL["call"],
    ask: str,
) -> Iterator[PrintedEntry]:
    """Yield one call: the agency, its hours, the question to ask, the words to say, and further agencies to call.

    `receiver` is None where the entry before names the agency and its number.
    """
    if receiver is not None:
        yield PrintedEntry(verb, receiver, style="bold", within=None)
    yield PrintedEntry("", availability, within=LINES_OF_A_CALL)
    yield PrintedEntry(brief.ASK, ask)
    yield PrintedEntry(brief.SAY, words, within=None)
    yield from _if_no(page, alternatives)


def _if_no(page: PrintedPage, alternatives: Sequence[str], *, label: str = brief.IF_NO) -> Iterator[PrintedEntry]:
    if alternatives:
        choices = [joined(alternatives[:count], "; ") for count in range(len(alternatives), 0, -1)]
        words = _as_fits(page, choices, LINES_OF_OTHERS)
        yield PrintedEntry(label, words, within=LINES_OF_A_CALL)


def _as_fits(page: PrintedPage, longest_first: Sequence[str], limit: int) -> str:
    """Return the longest words that take at most so many lines; the shortest where none do."""
    column = page.column(brief.LABELS, LABEL)
    return next((words for words in longest_first if page.height(words, column) <= limit), longest_first[-1])


def _near(document: AnswerDocument) -> list[Instead]:
    """Return the nearest agencies for needs that no path meets: one to call first, at most `MOST_OTHERS` more."""
    return [agency for entry in document["uncovered"] for agency in entry["near"]][: 1 + MOST_OTHERS]


def _words_to_say(step: Step, document: AnswerDocument) -> str:
    """Return what to say and to leave unsaid; for a report, the data that the law asks for, and the limit."""
    data_lists = [duty["must_hold"] for duty in _owed_to(step, document)] if step["mode"] == "report" else []
    if data_lists and data_lists[0]:
        return brief.NOTHING_MORE.format(data=answers.data_listed(data_lists[0]))
    data = dict.fromkeys(entry["data"] for entry in step["withhold"] if step["mode"] != "self")
    return answers.call(step["manner"], step["share"], list(data))


def alternatives_in(document: Mapping[str, Any], step: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the alternatives to a step of the first path, its own before steps of later paths."""
    return [alternative for alternative, _ in alternatives_for(cast(Step, step), document["paths"][1:])]


def _owed_to(step: Step, document: AnswerDocument) -> list[Document]:
    slug = step["to"]["slug"]
    return [duty for duty in document["duties"] if duty["certain"] and slug in {to["slug"] for to in duty["to"]}]


def _alternatives(document: AnswerDocument, step: Step) -> list[str]:
    """Return the agencies to call if a step's agency says no; without any, those near an open need; then the lines."""
    called_anyway = {step["to"]["slug"], *(agency["to"]["slug"] for agency in _away(document)[1:])}
    for candidates in (alternatives_in(document, step), _near(document)):
        agencies: dict[str, str] = {}
        for agency in candidates:
            if agency["to"]["slug"] not in called_anyway:
                agencies.setdefault(agency["to"]["slug"], agency_with_number(agency))
        if agencies:
            return list(agencies.values())[:MOST_OTHERS]
    return _lines(document, but=step["contact"]["phone"])


def _lines(document: AnswerDocument, *, but: str | None = None) -> list[str]:
    """Return the fallback lines to call last, each with its hours as text; a line may be closed at the moment."""
    lines = [line for line in document["fallback_lines"] if but is None or but not in (line["phone"], line["sms"])]
    return [at_hours(line_with_number(line), line["hours"]) for line in lines[:MOST_OTHERS]]


def _availability(step: Step | Instead) -> str:
    """Return the needs and the availability of each service of a step: `detox: open now; room not known`.

    Where nobody counts places, as at a hotline, the hours stand alone.
    """
    sentences = []
    for service in step["services"]:
        needs = codes.listed([codes.service_type(code) for code in service["covers"]])
        availability = service["availability"]
        is_counted = availability["capacity"] != "unknown" or not vocabulary.COUNTED_TYPES.isdisjoint(service["covers"])
        opening = availability["plain"] if is_counted else parts_of(availability["plain"])[0]
        sentences.append(joined([needs if service["covers"] else pages.WAY_ON, opening], ": "))
    return joined(sentences, ". ")


def duties_at_once(document: Mapping[str, Any]) -> list[Document]:
    """Return the duties that stand with the first call: certain ones, and those about the client by a law not here."""
    return [
        duty
        for duty in document["duties"]
        if duty["certain"] or (duty["id"] in LAW_NOT_HERE and duty["person"] == vocabulary.CLIENT)
    ]


def _duties(page: PrintedPage, document: AnswerDocument) -> Iterator[PrintedEntry]:
    """Yield each duty that stands with the first call in four lines: receivers, then short sentences."""
    lead, away = document["lead"], _away(document)[:1]
    above = {_slug(lead["to"]), lead["phone"], *(step["to"]["slug"] for step in away if step["mode"] == "report")}
    repeated = set[str]()
    for duty in duties_at_once(document):
        anew = [to for to in duty["to"] if above.isdisjoint({to["slug"], to["phone"]} - {None})]
        names = [called_receiver(to, document["lines"]) for to in anew]
        sentences = [] if duty["to"] or not duty["say"] else [duties.DUTY_NOBODY]
        sentences += [sentence for sentence in duty["say"] or [duty["plain"]] if sentence not in repeated]
        repeated.update(sentence for sentence in sentences if sentence in OF_EVERY_DUTY)
        receivers = [[joined(names[:count], "; ") + "."] for count in range(min(MOST_OTHERS, len(names)), 0, -1)]
        longest_first = [joined([*to, *sentences], TOGETHER) for to in receivers or [[]]]
        yield PrintedEntry(brief.DUTY, _as_fits(page, longest_first, LINES_OF_A_DUTY), within=None)


def _slug(to: Document | None) -> str | None:
    return None if to is None else str(to["slug"])
