"""The first thing to do, for a reader of the first line only (contract, "Lead")."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import policies
import routing
from policies.messages import TOGETHER, Message, joined
from routing.cached_property import cached_property
from service.answers.builder.alternatives import first_away
from service.answers.builder.duties import DutyWriter
from service.answers.builder.lines import SUSPECTED, LineWriter, write_line
from service.answers.builder.notices import EMERGENCIES, PROTECTED, danger_card
from service.answers.builder.owed import REPORTED, TRAFFICKED
from service.answers.builder.phones import signs
from service.answers.builder.receivers import CHILD, OPEN
from service.answers.builder.steps import StepWriter
from service.answers.profile import ResolvedProfile
from service.answers.schemas.answer import DutyReceiver, FallbackLine, Lead, Question
from service.answers.schemas.paths import Contact, Instead, Numbers, OrganizationName
from service.directory.standard.phone_numbers import dialable
from service.i18n import calls, dangers, questions

EMERGENCY = "911"


@dataclass(frozen=True)
class LeadWriter:
    """Writes the lead. Pure for one request.

    `first` is the first path of the answer, `pressing` are the most urgent needs. `duties`: the duties of the answer.
    `crisis`: the line for thoughts of suicide, None without a line. `near`: the open needs that somebody is near for.
    """

    writer: StepWriter
    question: ResolvedProfile
    first: routing.Path | None
    pressing: Sequence[str]
    duties: DutyWriter
    crisis: policies.Line | None
    near: frozenset[str] = frozenset()

    @property
    def crisis_number(self) -> str | None:
        """The number to call or text for thoughts of suicide."""
        return None if self.crisis is None else self.crisis.phone or self.crisis.text

    @cached_property
    def is_settled(self) -> bool:
        """Whether a danger or a report leads, whatever questions could open."""
        return bool(self.question.danger) or self._report is not None

    def write(
        self,
        *,
        question: tuple[Question, str | None] | None,
        advocate: routing.Path | None,
        near: dict[str, list[Instead]],
        fallback: FallbackLine,
        is_proven: bool,
    ) -> Lead:
        """Return the first applicable lead. Cedar has borne out every step handed in.

        `question` is the question to ask before any call, with the organization (slug) reached by an answer. `near`
        holds alternatives to open needs, by type; `fallback` is the last line to call. Not `is_proven`: time ran out,
        and that nobody is there, or that no question opens a way, is not known.
        """
        lead = self._danger() if self.question.danger else self._report
        if lead is not None:
            return lead
        quality = routing.quality_of(self.question.profile, self.first, self.writer.directory.snapshot.law)
        if quality.bad and question is not None:
            return self._ask(*question)
        if quality.bad and advocate is not None:
            step = first_away(advocate)
            promise = self.writer.write(step)["exposure"]["plain"] if step.exposure == PROTECTED else ""
            return self._call(step, joined([calls.LEAD_ADVOCATE, promise], TOGETHER))
        if self.first is not None and quality.pressing_open < len(self.pressing):
            return self._first_step(self.first.steps[0])
        agencies = (agency for service_type in self.pressing for agency in near.get(service_type, ()))
        if (agency := next(agencies, None)) is not None:
            plain = calls.LEAD_NEAR if is_proven else calls.LEAD_NEAR_IN_TIME
            return self._to("call", plain, agency["to"], agency["contact"])
        return self._fall_back(fallback, is_proven=is_proven)

    def _danger(self) -> Lead:
        danger = self.question.danger
        first = next(word for word in (*EMERGENCIES, "overheard", "suicide") if word in danger)
        plain = danger_card(self.question, first, self.crisis_number)
        if first == "overheard":
            return _lead("safety", joined([plain, dangers.AT_ONCE if "suicide" in danger else ""], TOGETHER))
        if first == "suicide" and self.crisis is not None:
            line = write_line(self.crisis)
            return _lead("emergency", plain, numbers=line)
        return _lead("emergency", plain, numbers={"phone": EMERGENCY, "tel": f"tel:{EMERGENCY}", "sms": None})

    @cached_property
    def _report(self) -> Lead | None:
        """The lead that reports about a child; None where something else comes first, or nobody can be told."""
        client = self.question.profile.client
        if client.age_max is None or client.age_max >= policies.ADULT_AGE:
            return None
        covers = () if self.first is None else self.first.covers
        unmet = [service_type for service_type in self.pressing if service_type not in covers]
        suspected = self.question.case.guardian in SUSPECTED
        harmed = any(client.traits.get(trait) is True for trait in REPORTED)
        wants_report = CHILD in unmet
        at_once = self.question.case.too_young or len(unmet) == len(self.pressing)
        without_bed = self._is_without_bed(covers)
        if not ((harmed or suspected or wants_report) and at_once) and not without_bed:
            return None
        receivers = list(self._receivers())
        if not receivers:
            return self._ask_for_number(suspected=suspected)
        first, *later_receivers = receivers
        to = None if first["slug"] is None else self.writer.organization(first["slug"])
        plain = calls.lead_report(
            first,
            self._behind(first, later_receivers),
            ask=self.duties.ask_who_must(),
            suspected=suspected,
            third_party=self.question.profile.third_party,
            asks_for_bed=bool(self._pressing_stays) or not without_bed,
        )
        return _lead("report", plain, to=to, numbers={"phone": first["phone"], "tel": first["tel"], "sms": None})

    @property
    def _pressing_stays(self) -> frozenset[str]:
        return self.writer.directory.snapshot.service_types.stays.intersection(self.pressing)

    def _is_without_bed(self, covers: Collection[str]) -> bool:
        """Say whether a child has no place for tonight who can't be left where they are; `covers`: what is met.

        A small child without a safe guardian, or a trafficked one, who asks for a place; or a trafficked one whom those
        at home may sell, asked for or not.
        """
        traits, guardian = self.question.profile.client.traits, self.question.case.guardian
        stays = self._pressing_stays
        if not stays.isdisjoint(covers) or not stays.isdisjoint(self.near):
            return False
        trafficked = any(traits.get(trait) is True for trait in TRAFFICKED)
        unsafe_home = guardian in SUSPECTED or traits.get("suspected_exploiter_household") is True
        alone = self.question.case.too_young and guardian not in ("safe_parent", "court_safe")
        return (bool(stays) and (alone or trafficked)) or (trafficked and unsafe_home)

    def _ask_for_number(self, *, suspected: bool) -> Lead | None:
        """Return the lead to a line that knows who takes the report; None without one, or where it is refused."""
        line = self.duties.child_number_from()
        if line is None or line.kind in self._avoid:
            return None
        number = line.phone or line.text or ""
        plain = calls.lead_report(
            {"name": line.name, "phone": number},
            None,
            takes_reports=False,
            ask=self.duties.ask_who_must(),
            suspected=suspected,
            third_party=self.question.profile.third_party,
        )
        return _lead("report", plain, numbers={"phone": number, "tel": dialable(number), "sms": None})

    def _receivers(self) -> Iterator[DutyReceiver]:
        """Yield the receivers of the child's report outside the origin's house, with a number, that are not refused."""
        snapshot = self.writer.directory.snapshot
        home = snapshot.family_of(self.question.profile.origin)
        for to, kind in self.duties.child_report():
            if to["slug"] is not None and snapshot.family_of(to["slug"]) == home:
                continue
            if to["phone"] and not {to["slug"], kind} & self._avoid:
                yield to

    def _behind(self, first: DutyReceiver, later_receivers: Sequence[DutyReceiver]) -> Mapping[str, object] | None:
        """Return whom to call where nobody answers: one that is open, else a line that always is, else the next."""
        is_open = any(to["status"] == OPEN for to in (first, *later_receivers))
        line = None if is_open else self._night_line()
        if line is not None:
            return {"name": line.name, "phone": line.phone or line.text}
        return min(later_receivers, key=lambda to: to["status"] != OPEN, default=None)

    def _night_line(self) -> policies.Line | None:
        """Return the line that takes the child's report at every hour."""
        profile = replace(self.question.profile, avoid=self._avoid)
        return LineWriter(self.writer.directory, profile).line("child_abuse", at_night=True, takes_reports=True)

    @property
    def _avoid(self) -> frozenset[str]:
        """What the client refuses, where the client may be 13 or older."""
        return frozenset() if self.question.case.too_young else self.question.profile.avoid

    def _ask(self, question: Question, opens: str | None) -> Lead:
        alone = calls.LEAD_SETTLE if questions.is_for_worker(question["attribute"]) else calls.LEAD_ASK
        sentence = calls.LEAD_TELL_AND_ASK if question["before"] else alone
        reached = None if opens is None else self.writer.organization(opens)
        return _lead("ask", sentence.format(text=question["text"]), ask=question, opens=reached)

    def _first_step(self, step: routing.Step) -> Lead:
        if step.mode == "internal":
            names = self.writer.directory.names
            plain = calls.lead_own(names.services[use.service].name for use in step.services)
            to, contact = self.writer.organization(step.organization), self.writer.contact(step)
            return _lead("here", plain, to=to, numbers=contact)
        return self._call(step, calls.LEAD[self.writer.manner(step)], do=DO.get(step.mode, "call"))

    def _call(self, step: routing.Step, sentence: Message, *, do: str = "call") -> Lead:
        return self._to(do, sentence, self.writer.organization(step.organization), self.writer.contact(step))

    def _to(self, do: str, sentence: Message, to: OrganizationName, contact: Contact) -> Lead:
        plain = sentence.format(name=to["name"], phone=contact["phone"] or calls.NO_NUMBER)
        return _lead(do, plain, to=to, numbers=contact)

    def _fall_back(self, line: FallbackLine, *, is_proven: bool) -> Lead:
        by_text = line["sms"] if signs(self.question.profile.client.languages) else None
        number = by_text or line["phone"] or line["sms"]
        plain = calls.LEAD_FALLBACK if is_proven else calls.LEAD_FALLBACK_IN_TIME
        plain = plain.format(name=line["name"], phone=number)
        return _lead("fallback", plain, numbers=line)


DO = {"packet": "send", "report": "report"}
_NO_NUMBERS: Numbers = {"phone": None, "tel": None, "sms": None}


def _lead(
    do: str,
    plain: str,
    *,
    to: OrganizationName | None = None,
    numbers: Numbers = _NO_NUMBERS,
    ask: Question | None = None,
    opens: OrganizationName | None = None,
) -> Lead:
    return {
        "do": do,
        "plain": plain,
        "to": to,
        "phone": numbers["phone"],
        "tel": numbers["tel"],
        "sms": numbers["sms"],
        "ask": ask,
        "opens": opens,
    }
