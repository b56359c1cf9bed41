"""The first ten lines of an answer: the number to call now, the question to ask, the words to say; then the duties."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from service.answer import who_else
from service.render.page import PrintedPage
from service.wording import answers, brief, calls, codes, pages

Document = dict[str, Any]
LABEL = 8
SAFETY_FIRST = (
    "danger-imminent", "danger-medical", "danger-overheard", "danger-suicide", "safe-to-talk", "guardian-suspected",
    "speak-alone",
)  # fmt: skip
BESIDE_DUTIES = ("no-state-rules",)
LAW_NOT_HERE = ("child-report-state-law", "adult-report-state-law")
"""The duties under a state law for which no pack is loaded: never certain, and never left out."""
FINE_PRINT = ("record-without-content", "not-legal-advice", "pack-review", "to-be-confirmed", "hotline")
"""Notices of every answer: printed last, so that the first call stands near the top."""
TOLD_BEFORE = (
    "receiver-reports", "systems-recipient-notice", "rhy-family-contact", "tx-harboring-runaway",
    "tx-unaccompanied-15-days",
)  # fmt: skip
"""Ids of a step's tasks that consist in telling the client something before the call."""
MOST_OTHERS = 2


def print_brief(page: PrintedPage, document: Document) -> None:
    """Print what a worker needs before the first call, in ten lines of 80 columns, then the duties that are certain."""
    for notice in document["notices"]:
        if notice["id"] in SAFETY_FIRST:
            page.item(notice["plain"], mark="!", style="bold")
    lead, away = document["lead"], _away(document)
    if lead["do"] in ("ask", "here") or (lead["do"] == "report" and not _is_step(lead, away)):
        page.labelled(brief.LABEL[lead["do"]], lead["plain"], width=LABEL, style="bold")
    if _leads_elsewhere(document):
        _print_lead(page, document)
    elif away:
        _print_step(page, away[0], document)
        for label, plain in _before(away[0]):
            page.labelled(label, plain, width=LABEL)
    else:
        _print_near(page, document)
    _print_certain(page, document)


def print_rest(page: PrintedPage, document: Document, asked_at: datetime) -> None:
    """Print in short what follows the first call: further calls, needs still open, the next question."""
    for number, step in enumerate(_away(document)[0 if _leads_elsewhere(document) else 1 :], start=2):
        page.gap()
        page.item(_known(step), mark=f"{number}.", style="bold")
        page.paragraph(_when(step), indent=3)
        page.paragraph(answers.call(step["manner"], step["share"], []), indent=3)
        for _, plain in _before(step):
            page.paragraph(plain, indent=3)
    if document["uncovered"] or document["later"]:
        page.gap()
    for entry in document["uncovered"]:
        page.item(brief.OPEN.format(need=codes.service_type(entry["need"])))
        for other in entry["near"]:
            page.paragraph(brief.NEAR.format(who=_known(other)), indent=2)
    for later in document["later"]:
        near = codes.near_day(later["at"], asked_at)
        page.item(f"{later['plain'].rstrip('.')}{near}: {later['contact']['phone'] or pages.NO_NUMBER}")
    for question in document["questions"][:1] if document["lead"]["do"] != "ask" else ():
        page.gap()
        page.item(brief.MAY_ASK.format(text=question["text"]), style="bold")
        for line in filter(None, (question["before"], question["would_change"])):
            page.paragraph(line, indent=2)
    for notice in document["notices"]:
        if notice["id"] not in (*SAFETY_FIRST, *BESIDE_DUTIES, *FINE_PRINT):
            page.gap()
            page.item(notice["plain"])
    page.gap()
    page.paragraph(brief.MORE)


def _before(step: Document) -> Iterator[tuple[str, str]]:
    """Yield (label, sentence) of the notes before a call: the agency's own questions, and news for the client."""
    for entry in (entry for service in step["services"] for entry in service["confirm"]):
        yield brief.THEY_ASK, entry["plain"]
    for task in step["obligations"]:
        if task["id"] in TOLD_BEFORE and (step["mode"], task["id"]) != ("report", "receiver-reports"):
            yield brief.TELL, task["plain"]


def _away(document: Document) -> list[Document]:
    """Return the steps of the first path that leave the asking agency."""
    return [step for path in document["paths"][:1] for step in path["steps"] if step["mode"] != "internal"]


def _is_step(lead: Document, away: Sequence[Document]) -> bool:
    """Return whether a lead that reports is the first step of the first path."""
    return bool(away) and away[0]["mode"] == "report" and lead["to"] is not None and away[0]["to"] == lead["to"]


def _leads_elsewhere(document: Document) -> bool:
    """Return whether the lead is another agency or line than the first step of the first path."""
    lead, first = document["lead"], [path["steps"][0]["to"]["slug"] for path in document["paths"][:1]]
    return lead["do"] == "fallback" or (lead["do"] == "call" and [lead["to"]["slug"]] != first)


def _print_step(page: PrintedPage, step: Document, document: Document) -> None:
    verb = brief.LABEL["send"] if step["mode"] == "packet" else brief.LABEL["call"]
    when = f"{_when(step)}. {answers.MODE[step['manner']]}"
    who, said = _who(step["to"]["name"], step["contact"]), _said(step, document)
    _print_call(page, who, when, said, _others(document, step), verb=verb, ask=step["inquire"])


def _print_near(page: PrintedPage, document: Document) -> None:
    """Print the agencies to call for open needs, where every step of the first path stays within the asking agency."""
    near = _near(document)
    if near:
        others = list(map(_known, near[1:])) or _lines(document)
        _print_call(page, _known(near[0]), _when(near[0]), _speaks(document), others)
    elif not document["paths"]:
        page.labelled(brief.IF_NO, "; ".join(_lines(document)), width=LABEL)


def _print_lead(page: PrintedPage, document: Document) -> None:
    """Print the agency or line to call first, where the first path meets no pressing need."""
    lead, near = document["lead"], _near(document)
    numbers = (one for one in (lead["phone"], lead["sms"]) if one and f"{one}. " in lead["plain"])
    number = next(numbers, pages.NO_NUMBER)
    name = (document["fallback_lines"][0] if lead["to"] is None else lead["to"])["name"]
    others = [_known(other) for other in near if other["to"]["name"] != name][:MOST_OTHERS]
    why = lead["plain"].partition(f"{number}. ")[2]
    _print_call(page, _who(name, lead), why, _speaks(document), others or _lines(document, but=number))


def _speaks(document: Document) -> str:
    """Return the words for a call that hands nobody over: the client's own, or those of a third party."""
    return pages.SAYS_NOTHING["self_by_third_party" if document["caller"] else "warm"]


def _print_call(
    page: PrintedPage,
    who: str,
    when: str,
    said: str,
    others: Sequence[str],
    *,
    verb: str = brief.LABEL["call"],
    ask: str = calls.ASK,
) -> None:
    """Print one call: the agency, its hours, the question to ask, the words to say, and further agencies to call."""
    page.labelled(verb, who, width=LABEL, style="bold")
    page.labelled("", when, width=LABEL)
    page.labelled(brief.ASK, ask, width=LABEL)
    page.labelled(brief.SAY, said, width=LABEL)
    if others:
        page.labelled(brief.IF_NO, "; ".join(others), width=LABEL)


def _near(document: Document) -> list[Document]:
    """Return the nearest agencies for needs that no path meets: one to call first, at most `MOST_OTHERS` more."""
    return [other for entry in document["uncovered"] for other in entry["near"]][: 1 + MOST_OTHERS]


def _said(step: Document, document: Document) -> str:
    """Return the words for a call: the data to share; for a report, the data that the law asks for, and the limit."""
    held = [duty["must_hold"] for duty in _owed_to(step, document)] if step["mode"] == "report" else []
    if held and held[0]:
        return brief.NOTHING_MORE.format(data=answers.data_listed(held[0]))
    return answers.data_listed(step["share"]) or pages.SAYS_NOTHING[step["manner"]]


def _owed_to(step: Document, document: Document) -> list[Document]:
    slug = step["to"]["slug"]
    return [duty for duty in document["duties"] if duty["certain"] and slug in {to["slug"] for to in duty["to"]}]


def _others(document: Document, step: Document) -> list[str]:
    """Return the agencies to call if a step's agency says no; without any, the lines that are always listed."""
    if step["mode"] == "report":
        receivers = {to["slug"]: to for duty in _owed_to(step, document) for to in duty["to"]}
        return [_who(to["name"], {"phone": to["phone"], "sms": None}) for slug, to in receivers.items()
                if slug != step["to"]["slug"]][:MOST_OTHERS]  # fmt: skip
    found: dict[str, str] = {}
    for other, _ in who_else(step, document["paths"][1:]):
        found.setdefault(other["to"]["slug"], _known(other))
    found.pop(step["to"]["slug"], None)
    return list(found.values())[:MOST_OTHERS] or _lines(document, but=step["contact"]["phone"])


def _lines(document: Document, *, but: str | None = None) -> list[str]:
    """Return the fallback lines to call last, each with its hours as text; a line may be closed at the moment."""
    lines = [line for line in document["fallback_lines"] if but is None or but not in (line["phone"], line["sms"])]
    return [_who(line["name"], line) + _hours(line["hours"]) for line in lines[:MOST_OTHERS]]


def _hours(said: str | None) -> str:
    return "" if said is None else brief.HOURS.format(hours=said)


def _known(other: Document) -> str:
    return _who(other["to"]["name"], other["contact"])


def _who(name: str, contact: Document) -> str:
    phone, text = contact["phone"], contact["sms"]
    if text and text != phone:
        return f"{name}, {phone}{brief.OR_TEXT.format(number=text)}" if phone else f"{name}, {_text(text)}"
    return f"{name}, {_text(text) if text else phone or pages.NO_NUMBER}"


def _text(number: str) -> str:
    return brief.TEXT.format(number=number)


def _when(step: Document) -> str:
    """Return the needs and the availability of each service of a step: `detox: open now; room not known`."""
    said = []
    for service in step["services"]:
        wanted = codes.listed([codes.service_type(code) for code in service["covers"]])
        said.append(f"{wanted if service['covers'] else pages.WAY_ON}: {service['availability']['plain']}")
    return ". ".join(said)


def _print_certain(page: PrintedPage, document: Document) -> None:
    certain = [duty for duty in document["duties"] if duty["certain"] or duty["id"] in LAW_NOT_HERE]
    beside = [notice for notice in document["notices"] if notice["id"] in BESIDE_DUTIES]
    if certain or beside:
        page.gap()
    for duty in certain:
        to = "; ".join(f"{to['name']}, {to['phone'] or pages.NO_NUMBER}" for to in duty["to"])
        if to:
            page.labelled(brief.DUTY, to, width=LABEL, style="bold")
        page.labelled("" if to else brief.DUTY, duty["plain"], width=LABEL)
    for notice in beside:
        page.item(notice["plain"])
