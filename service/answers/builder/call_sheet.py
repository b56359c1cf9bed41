"""The call sheet: one list of what to do, in order, made of the finished answer's parts. Nothing of it is dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import policies
import routing
from policies.messages import TOGETHER, Message, joined, parts_of
from routing.cached_property import cached_property
from service import vocabulary
from service.answers.builder.alternatives import FallbackWriter, least_sure, name_of, other_calls
from service.answers.builder.lines import LineWriter
from service.answers.builder.notices import EMERGENCIES, WITHDRAWAL_CARD
from service.answers.builder.owed import FOREIGN_CHILD, TRAFFICKED
from service.answers.profile import ResolvedProfile
from service.answers.schemas.answer import AnswerDocument, Duty, Lead, SheetItem, Try
from service.answers.schemas.paths import Contact, Step
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.standard.phone_numbers import dialable
from service.i18n import brief, calls, pages, questions, sheet

SAFETY = ("danger-overheard", "safe-to-talk", "guardian-suspected", "speak-alone")
"""The notices about safety that come before any call, in order."""
IN_SMALL_PRINT = ("record-without-content", "not-legal-advice", "pack-review", "to-be-confirmed", "hotline")
"""Notices of every answer, which nobody has to read before a call."""
DANGER, DECLARATION = "danger-", "declaration-due:"
RELAY, THEIR_CALL = "relay", ("warm", "self")
"""The line that is dialed before the number, and the manners in which the client is on the phone."""
MOST_INSTEAD = 2
EMERGENCY = "911"
CARDS, CHECKS, LEADS, PRESSING, PRESSING_OPEN, REPORTS, OTHER, OTHER_OPEN, LAST = range(9)
"""The order of the items, before the kinds that come last."""
LAST_KINDS = ("advocate", "maybe_report", "question", "line", "note")
CHILDS_ABUSE = (*TRAFFICKED, "sexual_assault")


@dataclass(frozen=True)
class SheetWriter:
    """Writes the call sheet of an answer that has all its parts. Pure.

    `pressing`: the types of the most urgent needs.
    """

    directory: DirectorySnapshot
    question: ResolvedProfile
    answer: AnswerDocument
    pressing: Sequence[str]

    def write(self) -> list[SheetItem]:
        """Return the items in the documented order."""
        notices = {notice["id"]: notice["plain"] for notice in self.answer["notices"]}
        cards = [notice for notice in notices if notice.startswith(DANGER) and notice not in SAFETY]
        cards += [WITHDRAWAL_CARD] if WITHDRAWAL_CARD in notices else []
        ranked = [(CARDS, self._danger(card.removeprefix(DANGER), notices[card])) for card in cards]
        safety = [notice for notice in SAFETY if notice in notices]
        replaced = "safe-to-talk" if "danger-overheard" in safety else None
        ranked += ((CHECKS, _item("safety", notices[notice])) for notice in safety if notice != replaced)
        reports = [(self._report(duty, "report"), duty) for duty in self.answer["duties"] if self._is_due(duty)]
        for place, step in enumerate(self._steps):
            report = next((item for item, duty in reports if _takes(duty, step)), None)
            if step["mode"] == "report" and report is not None:
                _add_step(report, step)
            else:
                item = self._own(place) if step["mode"] == "internal" else self._call(place)
                ranked.append((PRESSING if place in self._pressing_steps else OTHER, item))
        ranked += ((PRESSING_OPEN if need in self.pressing else OTHER_OPEN, self._none(need)) for need in self._open)
        ranked += ((REPORTS, item) for item, _ in reports)
        ranked += ((LAST + LAST_KINDS.index(item["kind"]), item) for item in self._others(notices))
        leading = [item for item, duty in reports if duty is self._leading_duty]
        lead = leading[0] if leading else self._lead_item([item for _, item in ranked])
        return [item for _, item in sorted(ranked, key=lambda pair: LEADS if pair[1] is lead else pair[0])]

    # -- what the lead names -----------------------------------------------------------------------------------

    @cached_property
    def _lead(self) -> Lead:
        return self.answer["lead"]

    @property
    def _is_advocates_lead(self) -> bool:
        first = parts_of(self._lead["plain"])[0]
        return isinstance(first, Message) and first.template == calls.LEAD_ADVOCATE.template

    @cached_property
    def _leading_duty(self) -> Duty | None:
        """The duty whose receiver leads: a certain one first."""
        if self._lead["do"] != "report":
            return None
        key = self._lead["to"] and self._lead["to"]["slug"], self._lead["phone"]
        duties = sorted(self.answer["duties"], key=lambda duty: not duty["certain"])
        numbers = {id(duty): [(to["slug"], to["phone"]) for to in duty["to"]] for duty in duties}
        for duty in duties:
            if (line := duty["number_from"]) is not None:
                numbers[id(duty)].append((None, line["phone"]))
        exact = (duty for duty in duties if key in numbers[id(duty)])
        alike = (duty for duty in duties if key[0] and key[0] in [slug for slug, _ in numbers[id(duty)]])
        return next(exact, next(alike, None))

    def _lead_item(self, items: Sequence[SheetItem]) -> SheetItem | None:
        """Return the item that the lead names; none where a card leads, which is first anyway."""
        lead, slug = self._lead, self._lead["to"] and self._lead["to"]["slug"]
        by_kind: dict[str, list[SheetItem]] = {}
        for item in items:
            by_kind.setdefault(item["kind"], []).append(item)
        if lead["do"] == "ask" or self._is_advocates_lead:
            return by_kind["question" if lead["do"] == "ask" else "advocate"][0]
        pressing_open = [item for item in by_kind.get("none", []) if item["need"] in self.pressing]
        if lead["do"] == "fallback":
            return next(iter(pressing_open or by_kind.get("none", [])), None)
        if self._steps and self._steps[0]["to"]["slug"] == slug:
            kinds = ("own", "call", "report")
            first = (
                item for kind in kinds for item in by_kind.get(kind, ()) if item["needs"] == self._steps[0]["covers"]
            )
            return next(first, None)
        near = (item for item in pressing_open for entry in item["try"] if entry["to"] and entry["to"]["slug"] == slug)
        return next(near, None)

    # -- the steps of the first path ---------------------------------------------------------------------------

    @cached_property
    def _steps(self) -> list[Step]:
        return [step for path in self.answer["paths"][:1] for step in path["steps"]]

    @cached_property
    def _open(self) -> list[str]:
        """The needs that the first path leaves open, in the order of the profile."""
        covered = {service_type for step in self._steps for service_type in step["covers"]}
        return [need for need in self._urgencies if need not in covered]

    @cached_property
    def _urgencies(self) -> dict[str, str]:
        return {need.type: need.urgency for need in self.question.profile.needs}

    @cached_property
    def _needed_by(self) -> list[set[int]]:
        """For each step, the places of the later steps that can only come after it."""
        needed_by: list[set[int]] = [set() for _ in self._steps]
        for place, step in enumerate(self._steps):
            required = {
                service_type
                for use in step["services"]
                for service_type in self.directory.snapshot.service(use["slug"]).requires
            }
            for earlier in range(place):
                before = self._steps[earlier]
                hands_over = before["to"]["slug"] == step["from"]["slug"] and before["mode"] != "internal"
                if hands_over or required.intersection(before["covers"]):
                    needed_by[earlier].add(place)
        for earlier in reversed(range(len(needed_by))):
            needed_by[earlier] |= {place for after in needed_by[earlier] for place in needed_by[after]}
        return needed_by

    def _urgency(self, place: int) -> str:
        """Return how soon a step is wanted: as soon as its most urgent need, or that of a step that needs it first."""
        steps = [self._steps[at] for at in (place, *self._needed_by[place])]
        wanted = [self._urgencies[need] for step in steps for need in step["covers"] if need in self._urgencies]
        return min(wanted, key=routing.URGENCIES.index, default=routing.URGENCIES[-1])

    @cached_property
    def _pressing_steps(self) -> frozenset[int]:
        pressing = {place for place, step in enumerate(self._steps) if not {*step["covers"]}.isdisjoint(self.pressing)}
        return frozenset(
            place
            for place in range(len(self._steps))
            if place in pressing or not pressing.isdisjoint(self._needed_by[place])
        )

    def _wanted(self, place: int) -> list[tuple[str, str]]:
        """Return the types of a step with how soon each is wanted; what is needed first, as soon as the step."""
        urgency = self._urgency(place)
        return [(code, self._urgencies.get(code, urgency)) for code in self._steps[place]["covers"]]

    def _call(self, place: int) -> SheetItem:
        step, urgency, profile = self._steps[place], self._urgency(place), self.question.profile
        via = step["from"] if step["from"]["slug"] != profile.origin else None
        service = least_sure(step["services"], self._urgencies)
        asks = self._inquire(place)
        item: SheetItem = {
            **_item("call", self._hours(step), title=sheet.title(self._wanted(place))),
            "needs": step["covers"],
            "urgency": urgency,
            "from": step["from"],
            "to": step["to"],
            "via": via,
            "mode": step["mode"],
            "manner": step["manner"],
            "contact": step["contact"],
            "availability": service["availability"],
            "how": self._how(step["manner"], via["name"] if via else None),
            "script": self._script(place, asks) if via is None else None,
            "inquire": asks or None,
            "say": step["share"] if step["mode"] != "report" else [],
            "leave_unsaid": _unsaid(step),
            "obligations": step["obligations"],
            "confirm": [entry for use in step["services"] for entry in use["confirm"]],
            "instead": other_calls(step, self.answer["paths"][1:], self._urgencies)[:MOST_INSTEAD],
            "then": self._lines_for(step["covers"]),
        }
        if "usual_answer" in service:
            item["usual_answer"] = service["usual_answer"]
        return self._when_safe(item)

    def _own(self, place: int) -> SheetItem:
        step = self._steps[place]
        services = joined((use["name"] for use in step["services"]), ", ")
        return {
            **_item("own", sheet.OWN_TEXT.format(services=services), title=sheet.title(self._wanted(place))),
            "needs": step["covers"],
            "urgency": self._urgency(place),
            "to": step["to"],
            "services": step["services"],
            "leave_unsaid": _unsaid(step),
            "obligations": step["obligations"],
            "confirm": [entry for use in step["services"] for entry in use["confirm"]],
        }

    def _hours(self, step: Step) -> str:
        """Return when each service of a step is open, whether it has room where that is counted, and a near closing."""
        by_hours: dict[str, list[str]] = {}
        for use in step["services"]:
            opening = use["availability"]
            is_counted = opening["capacity"] != "unknown" or not vocabulary.COUNTED_TYPES.isdisjoint(use["covers"])
            plain = opening["plain"] if is_counted else parts_of(opening["plain"])[0]
            by_hours.setdefault(plain, []).extend(
                map(sheet.title_of, use["covers"]) if use["covers"] else [pages.WAY_ON]
            )
        sentences = [joined([joined(names, ", "), plain + "."], ": ") for plain, names in by_hours.items()]
        closing = [closes for use in step["services"] if (closes := use["availability"]["closes_at"])]
        moments = [datetime.fromisoformat(closes) for closes in closing]
        return joined([*sentences, calls.closing_soon(min(moments, default=None), self.question.profile.at)], TOGETHER)

    def _how(self, manner: str, via: str | None) -> str:
        if "overheard" in self.question.danger:
            return sheet.WAIT_UNTIL_SAFE
        if via is not None:
            return sheet.VIA.format(name=via)
        relays = (line["phone"] for line in self.answer["lines"] if line["for"] == RELAY and manner in THEIR_CALL)
        relay = next(relays, None)
        return joined([sheet.HOW[manner], sheet.RELAY.format(number=relay) if relay else ""], TOGETHER)

    def _inquire(self, place: int) -> str:
        step = self._steps[place]
        if step["mode"] == "report" or self.question.profile.third_party:
            return calls.INQUIRE[step["manner"]]
        client = self.question.profile.client
        beds = self.directory.snapshot.service_types.beds_for(client, *step["covers"])
        wanted = self._wanted(place) or [("", self._urgency(place))]
        return sheet.question(wanted, beds=beds, languages=client.languages or ())

    def _script(self, place: int, asks: str) -> str | None:
        """Return the first words of a call; none in a report, by a third party, or where nothing is asked or told."""
        step, profile = self._steps[place], self.question.profile
        if profile.third_party or step["mode"] == "report" or step["contact"]["phone"] == EMERGENCY:
            return None
        may_name = profile.client_present is True and "need" in step["share"]
        needs = step["covers"] if may_name and step["exposure"]["level"] != "discoverable" else []
        if not asks and not needs:
            return None
        knows = self.directory.may_know_of(step["to"]["slug"], profile.origin)
        origin = self.directory.names.organizations[profile.origin].name if knows else None
        return sheet.script(origin, needs, asks)

    def _when_safe(self, item: SheetItem) -> SheetItem:
        """Return an item that says to call; where somebody may hear, with the word to wait."""
        return {**item, "wait_until_safe": True} if "overheard" in self.question.danger else item

    # -- reports -----------------------------------------------------------------------------------------------

    def _is_due(self, duty: Duty) -> bool:
        """Say whether a duty is a report to make: certain, or leading, or about a child known to have been abused."""
        client = self.question.profile.client
        minor = client.age_max is not None and client.age_max < policies.ADULT_AGE
        abused = minor and duty["person"] == vocabulary.CLIENT and self._any(CHILDS_ABUSE)
        return duty["certain"] or duty is self._leading_duty or (abused and duty["id"] != FOREIGN_CHILD)

    def _any(self, traits: Iterable[str]) -> bool:
        return any(self.question.profile.client.traits.get(trait) is True for trait in traits)

    def _report(self, duty: Duty, kind: str) -> SheetItem:
        subject = next((word for word in ("child", "adult") if word in duty["id"]), duty["id"])
        ordinary = sheet.REPORT if kind == "report" else sheet.MAYBE_REPORT
        title = sheet.REPORT_TITLES.get(subject, ordinary) if kind == "report" else ordinary
        item: SheetItem = {
            **_item(kind, duty["say"][0] if duty["say"] else duty["plain"], title=title),
            "needs": [],
            "duty": duty["id"],
            "to": duty["to"],
            "say": duty["say"],
            "share": duty["share"],
            "due": duty["due"],
            "leave_unsaid": [],
            "obligations": duty["obligations"],
        }
        if (line := duty["number_from"]) is not None:
            item["number_from"] = line
        return self._when_safe(item)

    # -- needs left open, and the rest -------------------------------------------------------------------------

    def _none(self, need: str) -> SheetItem:
        item: SheetItem = {
            **_item(
                "none", sheet.NONE_TEXT, title=sheet.NONE.format(title=sheet.title([(need, self._urgencies[need])]))
            ),
            "need": need,
            "urgency": self._urgencies[need],
            "try": list(self._tries(need)),
        }
        return self._when_safe(item)

    def _tries(self, need: str) -> Iterator[Try]:
        """Yield whom to try for an open need: on other paths, near it, later today, waiting lists, then a line."""
        seen = set[str]()
        steps = (step for path in self.answer["paths"][1:] for step in path["steps"] if need in step["covers"])
        near = (agency for entry in self.answer["uncovered"] if entry["need"] == need for agency in entry["near"])
        for kind, agencies in (("path", steps), ("near", near)):
            for agency in cast(Iterable[Step], agencies):
                if agency["to"]["slug"] not in seen and agency.get("mode") != "internal":
                    seen.add(agency["to"]["slug"])
                    yield _try(kind, agency["to"], agency["contact"], sheet.TRY[kind])
        opening = [] if self.question.profile.third_party else self.answer.get("later", [])
        for later in sorted(opening, key=lambda later: later["at"] is None):
            if need in later["covers"]:
                kind = "waitlist" if later["at"] is None else "later"
                plain = sheet.TRY[kind] if later["at"] is None else sheet.opens(datetime.fromisoformat(later["at"]))
                yield {**_try(kind, later["to"], later["contact"], plain), "at": later["at"]}
        yield from self._lines_for([need])

    def _lines_for(self, needs: Sequence[str]) -> list[Try]:
        """Return the line to call for each need, each line once; without a need, the line that always helps."""
        writer = FallbackWriter(self.directory, self.question.profile)
        lines: list[Try] = []
        for line in (writer.first([need] if need else []) for need in needs or [""]):
            entry: Try = {
                "kind": "line", "name": line["name"], "to": None, "phone": line["phone"], "tel": line["tel"],
                "sms": line["sms"], "at": None, "hours": line["hours"],
                "plain": joined([sheet.TRY["line"], line.get("may_report") or ""], TOGETHER),
            }  # fmt: skip
            lines += [entry] if entry not in lines else []
        return lines

    def _others(self, notices: Mapping[str, str]) -> Iterator[SheetItem]:
        """Yield what is neither a step nor an open need nor a report to make."""
        lead = self._lead
        if self._is_advocates_lead and lead["to"] is not None:
            contact: Contact = {"label": None, "phone": lead["phone"], "tel": lead["tel"], "sms": lead["sms"]}
            text = joined([sheet.ADVOCATE_TEXT, *parts_of(lead["plain"])[1:]], TOGETHER)
            yield self._when_safe({**_item("advocate", text), "to": name_of(lead["to"]), "contact": contact})
        for duty in self.answer["duties"]:
            if not self._is_due(duty) and duty["pointed_to"]:
                yield self._report(duty, "maybe_report")
        if not self.question.profile.third_party:
            yield from self._question()
        for line in self.answer["lines"]:
            item = _item("line", line["plain"], title=line["name"])
            yield {**item, "phone": line["phone"], "tel": line["tel"], "sms": line["sms"], "hours": line["hours"]}
        for notice, plain in notices.items():
            if notice not in (*SAFETY, *IN_SMALL_PRINT, WITHDRAWAL_CARD) and not notice.startswith(
                (DANGER, DECLARATION)
            ):
                yield _item("note", plain)

    def _question(self) -> Iterator[SheetItem]:
        if self._lead["ask"] is not None:
            item = _item("question", self._lead["plain"], title=sheet.TITLES["question"])
            yield {**item, "question": self._lead["ask"]}
            return
        for question in self.answer.get("questions", [])[:1]:
            alone = brief.SETTLE if questions.is_for_worker(question["attribute"]) else brief.MAY_ASK
            sentence = calls.LEAD_TELL_AND_ASK if question["before"] else alone
            item = _item("question", sentence.format(text=question["text"]), title=sheet.TITLES["questions"])
            yield {**item, "question": question}

    def _danger(self, word: str, plain: str) -> SheetItem:
        number, text = (EMERGENCY if word in (*EMERGENCIES, WITHDRAWAL_CARD) else None), None
        question = self.question
        lines = LineWriter(self.directory, question.profile, question.danger, question.case.guardian)
        if word == "suicide" and (crisis := lines.line("suicide")) is not None:
            number, text = crisis.phone, crisis.text
        return {**_item("danger", plain), "phone": number, "tel": number and dialable(number), "sms": text}


def _item(kind: str, text: str, *, title: str | None = None) -> SheetItem:
    return {"kind": kind, "title": sheet.TITLES[kind] if title is None else title, "text": text}


def _takes(duty: Duty, step: Step) -> bool:
    return step["to"]["slug"] in {to["slug"] for to in duty["to"]}


def _add_step(report: SheetItem, step: Step) -> None:
    """Let the report of a duty stand for the step that makes it: its needs, and what comes with it."""
    known = {task["id"] for task in report["obligations"]}
    report["needs"] = [*report["needs"], *step["covers"]]
    report["obligations"] = [*report["obligations"], *(task for task in step["obligations"] if task["id"] not in known)]
    report["leave_unsaid"] = list(dict.fromkeys([*report["leave_unsaid"], *_unsaid(step)]))
    if step["contact"]["phone"] not in [None, *(to["phone"] for to in cast(Duty, report)["to"])]:
        report["contact"] = step["contact"]


def _unsaid(step: Step) -> list[str]:
    """Return the classes of data that are not said on a call, then what only the agency itself asks about."""
    attributes = (entry["attribute"] for use in step["services"] for entry in use["confirm"])
    asked = (attribute for attribute in attributes if attribute and attribute.startswith("client.traits."))
    return [*(entry["data"] for entry in step["withhold"]), *dict.fromkeys(asked)]


def _try(kind: str, to: Any, contact: Contact, plain: str) -> Try:
    return {
        "kind": kind, "name": to["name"], "to": name_of(to), "phone": contact["phone"], "tel": contact["tel"],
        "sms": contact["sms"], "at": None, "hours": None, "plain": plain,
    }  # fmt: skip
