"""The first ten lines of an answer: what to do now, which number to call, what to ask and say; then duties."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from service.render.page import Page
from service.wording import answers, brief, codes, pages

Document = dict[str, Any]
LABEL = 8
SAFETY_FIRST = ("call-911", "safe-to-talk", "speak-alone")
BESIDE_DUTIES = ("no-state-rules",)
LAW_NOT_HERE = "child-report-state-law"
"""A duty of a law that is not here: nobody can say that it is certain, and it must not go unsaid."""
FINE_PRINT = ("record-without-content", "not-legal-advice", "pack-review", "to-be-confirmed", "hotline")
"""Notices that stand in every answer: they close the page instead of keeping the first call from it."""
TOLD_BEFORE = (
    "receiver-reports", "systems-recipient-notice", "rhy-family-contact", "tx-harboring-runaway",
    "tx-unaccompanied-15-days",
)  # fmt: skip
"""Tasks of a step that are there so that the client hears something before the call."""
MOST_OTHERS = 2


def print_brief(page: Page, document: Document) -> None:
    """Print what somebody needs before the first call, in ten lines of 80 columns, then the duties that are certain."""
    for notice in document["notices"]:
        if notice["id"] in SAFETY_FIRST:
            page.item(notice["plain"], mark="!", style="bold")
    lead, steps = document["lead"], [step for path in document["paths"][:1] for step in path["steps"]]
    if lead["do"] in ("ask", "here"):
        page.labelled(brief.LABEL[lead["do"]], lead["plain"], width=LABEL, style="bold")
    away = [step for step in steps if step["mode"] != "internal"]
    if lead["do"] in ("call", "fallback") and _leads_elsewhere(lead, steps):
        _print_lead(page, document)
    elif away:
        _print_call(page, away[0], document)
        for label, plain in _before(away[0]):
            page.labelled(label, plain, width=LABEL)
    else:
        _print_near(page, document)
    _print_certain(page, document)


def print_rest(page: Page, document: Document, asked_at: datetime) -> None:
    """Print in short what comes after the first call: other calls, what stays open, what to ask."""
    steps = [step for path in document["paths"][:1] for step in path["steps"] if step["mode"] != "internal"]
    for number, step in enumerate(steps[1:], start=2):
        page.gap()
        page.item(_who(step["to"]["name"], step["contact"]), mark=f"{number}.", style="bold")
        page.paragraph(_when(step), indent=3)
        page.paragraph(answers.call(step["mode"], step["share"], []), indent=3)
        for _, plain in _before(step):
            page.paragraph(plain, indent=3)
    if document["uncovered"] or document["later"]:
        page.gap()
    for entry in document["uncovered"]:
        page.item(brief.OPEN.format(need=codes.service_type(entry["need"])))
        for other in entry["near"]:
            page.paragraph(brief.NEAR.format(who=_who(other["to"]["name"], other["contact"])), indent=2)
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
    """Yield what to know before a call: what the agency itself will ask, and what the client is told first."""
    for entry in (entry for service in step["services"] for entry in service["confirm"]):
        yield brief.THEY_ASK, entry["plain"]
    for task in step["obligations"]:
        if task["id"] in TOLD_BEFORE:
            yield brief.TELL, task["plain"]


def _leads_elsewhere(lead: Document, steps: Sequence[Document]) -> bool:
    """Say whether what leads is not the first step of the first path."""
    to = lead["to"]
    return lead["do"] == "fallback" or (lead["do"] == "call" and (to is None or to["slug"] != steps[0]["to"]["slug"]))


def _print_call(page: Page, step: Document, document: Document) -> None:
    others = _others(document, step)
    verb = brief.LABEL["send"] if step["mode"] == "packet" else brief.LABEL["call"]
    page.labelled(verb, _who(step["to"]["name"], step["contact"]), width=LABEL, style="bold")
    page.labelled("", f"{_when(step)}. {answers.MODE[step['mode']]}", width=LABEL)
    page.labelled(brief.ASK, step["inquire"], width=LABEL)
    page.labelled(brief.SAY, _said(step, document), width=LABEL)
    if others:
        page.labelled(brief.IF_NO, "; ".join(others), width=LABEL)


def _print_near(page: Page, document: Document) -> None:
    """Print whom to call for what is open, where the first path leads to nobody else."""
    near = [other for entry in document["uncovered"] for other in entry["near"]][: 1 + MOST_OTHERS]
    for other in near[:1]:
        page.labelled(brief.LABEL["call"], _who(other["to"]["name"], other["contact"]), width=LABEL, style="bold")
        page.labelled("", _when(other), width=LABEL)
        page.labelled(brief.ASK, brief.ASK_LINE, width=LABEL)
        page.labelled(brief.SAY, pages.SAYS_NOTHING["warm"], width=LABEL)
        others = [_who(one["to"]["name"], one["contact"]) for one in near[1:]]
        page.labelled(brief.IF_NO, "; ".join(others or _lines(document, but=None)), width=LABEL)


def _print_lead(page: Page, document: Document) -> None:
    lead = document["lead"]
    page.labelled(brief.LABEL["call"], lead["plain"], width=LABEL, style="bold")
    page.labelled(brief.ASK, brief.ASK_LINE, width=LABEL)
    page.labelled(brief.SAY, pages.SAYS_NOTHING["warm"], width=LABEL)
    page.labelled(brief.IF_NO, "; ".join(_lines(document, but=lead["phone"])), width=LABEL)


def _said(step: Document, document: Document) -> str:
    """Return what is said on a call; of a report what its law asks for, and that this is the limit."""
    held = [duty["must_hold"] for duty in _owed_to(step, document)] if step["mode"] == "report" else []
    if held and held[0]:
        return brief.NOTHING_MORE.format(data=answers.data_listed(held[0]))
    return answers.data_listed(step["share"]) or pages.SAYS_NOTHING[step["mode"]]


def _owed_to(step: Document, document: Document) -> list[Document]:
    slug = step["to"]["slug"]
    return [duty for duty in document["duties"] if duty["certain"] and slug in {to["slug"] for to in duty["to"]}]


def _others(document: Document, step: Document) -> list[str]:
    """Return whom to call if a step's agency says no; where there is nobody, the lines that are always there."""
    if step["mode"] == "report":
        receivers = {to["slug"]: to for duty in _owed_to(step, document) for to in duty["to"]}
        return [_who(to["name"], {"phone": to["phone"], "sms": None}) for slug, to in receivers.items()
                if slug != step["to"]["slug"]][:MOST_OTHERS]  # fmt: skip
    found = {other["to"]["slug"]: _who(other["to"]["name"], other["contact"]) for other in step["instead"]}
    for path in document["paths"][1:]:
        for other in path["steps"]:
            if other["mode"] != "internal" and set(other["covers"]) & set(step["covers"]):
                found.setdefault(other["to"]["slug"], _who(other["to"]["name"], other["contact"]))
    found.pop(step["to"]["slug"], None)
    return list(found.values())[:MOST_OTHERS] or list(_lines(document, but=step["contact"]["phone"]))


def _lines(document: Document, *, but: str | None) -> Iterator[str]:
    for line in document["fallback_lines"][:MOST_OTHERS]:
        number = line["phone"] or brief.TEXT.format(number=line["sms"])
        if number != but:
            yield f"{line['name']}, {number}"


def _who(name: str, contact: Document) -> str:
    text = brief.OR_TEXT.format(number=contact["sms"]) if contact["sms"] and contact["sms"] != contact["phone"] else ""
    return f"{name}, {contact['phone'] or pages.NO_NUMBER}{text}"


def _when(step: Document) -> str:
    """Return what each service of a step is for, and when it can be had."""
    said = []
    for service in step["services"]:
        wanted = codes.listed([codes.service_type(code) for code in service["covers"]])
        said.append(f"{wanted if service['covers'] else pages.WAY_ON}: {service['availability']['plain']}")
    return ". ".join(said)


def _print_certain(page: Page, document: Document) -> None:
    certain = [duty for duty in document["duties"] if duty["certain"] or duty["id"] == LAW_NOT_HERE]
    beside = [notice for notice in document["notices"] if notice["id"] in BESIDE_DUTIES]
    if certain or beside:
        page.gap()
    for duty in certain:
        to = "; ".join(f"{to['name']}, {to['phone'] or pages.NO_NUMBER}" for to in duty["to"])
        page.labelled(brief.DUTY, to or pages.DUTY[True].format(id=duty["id"]), width=LABEL, style="bold")
        page.labelled("", duty["plain"], width=LABEL)
    for notice in beside:
        page.item(notice["plain"])
