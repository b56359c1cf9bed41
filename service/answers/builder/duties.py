"""Duties of the asking agency on any path: reports and notices asked for by law."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product

import policies
import routing
from policies.messages import TOGETHER, Message, joined
from routing.cached_property import cached_property
from service import vocabulary
from service.answers.builder.decisions import DecisionVerifier, obligation_document, to_do
from service.answers.builder.lines import LineWriter
from service.answers.builder.notices import SUBPOENA, subpoena_desk, write_subpoena_contact
from service.answers.builder.owed import (
    FOREIGN_CHILD,
    IN_DOUBT,
    MAY,
    MISSING_CHILD,
    MUST,
    OWN_NOTICES,
    STATE_LAW_REPORTS,
    SUBJECT,
    TRAFFICKED,
    OwedReports,
    Report,
)
from service.answers.builder.receivers import (
    CHILD,
    POLICE,
    ReportDesks,
    ReportReceivers,
    number_from,
    number_from_in_words,
)
from service.answers.builder.tribal import tribal_land
from service.answers.profile import ResolvedProfile
from service.answers.schemas.answer import Duty, DutyReceiver
from service.answers.schemas.paths import Obligation
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import Sharing
from service.i18n import calls, duties, lines, states
from service.i18n.times import Day

FUNDED = frozenset({"vawa", "fvpsa", "voca", "ovc_ht"})
"""Laws of funding that let an agency tell who the client is with a release alone, where no law demands it."""
TELLS_NO_PERSON = frozenset({"need"})
"""What a funded agency may tell in a report that it may make and need not."""
TOLD_TO_THE_CLIENT = frozenset(
    {"systems-recipient-notice", "compelled-release-notice", "compelled-release-notice-hipaa"}
)
"""Acts that come with a report and consist in telling the client something: nobody can who cannot reach them."""


@dataclass(frozen=True)
class DutyWriter:
    """Writes the duties of an answer. `process`: none, or an unsigned subpoena. Pure for one request."""

    directory: DirectorySnapshot
    profile: routing.Profile
    verifier: DecisionVerifier
    process: str = "none"
    _receivers_by_report: dict[Report, ReportReceivers] = field(default_factory=dict, compare=False)
    _shares: dict[tuple[object, ...], frozenset[str]] = field(default_factory=dict, compare=False)

    def write(self) -> list[Duty]:
        """Return the duties as the API shows them: reports, then notices, then handling of a subpoena."""
        return [*map(self._document, self._owed.all), *self._subpoena()]

    def lines(self) -> list[str]:
        """Return the purposes of the public lines for the shown reports."""
        return [report.purpose for report in self._owed.all if report.purpose is not None and self._shows_line(report)]

    def _shows_line(self, report: Report) -> bool:
        """Say whether the line of a report is shown beside the answer, and not only with the duty."""
        if report.certain:
            return True
        if report.type == CHILD:
            refused = "child_welfare" in self.profile.avoid and self.verifier.sharing.case.age != "minor"
            return not refused and (report.pointed_to or not self._owed.is_of_a_companion(report))
        return report.id != FOREIGN_CHILD

    def child_report(self) -> Iterator[tuple[DutyReceiver, str]]:
        """Yield the receivers of the child's report, as documents with their kind; none without such a duty."""
        for report in self._owed.reports:
            if report.type == CHILD:
                receivers = self._receivers(report)
                line = receivers.line
                for to in self._desks.documents(receivers):
                    if to["slug"] is not None:
                        yield to, self.directory.snapshot.organization(to["slug"]).kind or ""
                    elif line is not None:
                        yield to, line.kind
                return

    def ask_who_must(self) -> Message | None:
        """Return whom to ask whether the origin must make the child's report; None where that is known."""
        found = next((report for report in self._owed.reports if report.type == CHILD), None)
        if found is None or found.binds != IN_DOUBT or not found.holds_nothing:
            return None
        return states.ASK_IF_YOURS if found.who_is_known else calls.REPORT_ASKS_THERE

    def child_number_from(self) -> policies.Line | None:
        """Return the line that knows who takes the child's report, where no agency and no line takes it."""
        found = next((self._receivers(report) for report in self._owed.reports if report.type == CHILD), None)
        return None if found is None or found.agencies else found.number_from

    def owed(self) -> dict[str, bool]:
        """Return, by id, the reports and notices that are or may be due: is each certain? Without contents."""
        return {report.id: report.certain for report in self._owed.all}

    def certain_reports(self) -> tuple[routing.CertainReport, ...]:
        """Return the certain reports as material for steps: type, receivers, classes of data."""
        reports = []
        for report in self._owed.all:
            agencies = self._receivers(report).agencies if report.certain else ()
            share = tuple(self._share(report, [to.organization for to in agencies]))
            for service_type in dict.fromkeys(to.type for to in agencies):
                slugs = frozenset(to.organization for to in agencies if to.type == service_type)
                reports.append(routing.CertainReport(service_type, slugs, share))
        return tuple(reports)

    @cached_property
    def _owed(self) -> OwedReports:
        return OwedReports(self.directory, self.profile, self.verifier)

    def _document(self, report: Report) -> Duty:
        receivers = self._receivers(report)
        slugs = [to.organization for to in receivers.agencies]
        share = self._share(report, slugs)
        by_law = () if report.binds == MAY else self._classes_by_law(report)
        must_hold = [data for data in share if data in by_law]
        dates = self._review_dates(report, receivers.line)
        return {
            "id": report.id,
            "certain": report.certain,
            "person": vocabulary.COMPANION if self._owed.is_of_a_companion(report) else vocabulary.CLIENT,
            "pointed_to": report.pointed_to,
            "to": self._desks.documents(receivers),
            "number_from": number_from(receivers.number_from),
            "say": self._sentences(report, must_hold),
            "share": share,
            "must_hold": must_hold,
            "due": report.due,
            "plain": self._plain(report, slugs, share),
            "authority": (report.terms and report.terms.authority) or report.task.authority,
            "checked": min(read for read, _ in dates).isoformat(),
            "confirm": self._confirm(dates),
            "obligations": [] if report.holds_nothing else self._comes_with(slugs, share, age=report.age),
        }

    def _review_dates(self, report: Report, line: policies.Line | None) -> list[tuple[date, date]]:
        """Return when the texts behind a report were read, and after which day they are to be confirmed first."""
        facts = report.terms.facts if report.terms is not None and report.is_on_card else ()
        rule = date.fromisoformat(self._rule(report).reviewed)
        dates = [(fact.read, fact.confirm_after) for fact in facts] or [(rule, rule + policies.KEPT_FOR)]
        return dates if line is None else [*dates, (line.checked, line.confirm_after)]

    def _confirm(self, dates: Sequence[tuple[date, date]]) -> Message | None:
        today = self.profile.at.astimezone(self.directory.snapshot.zone).date()
        old = [read for read, due in dates if due < today]
        return lines.CONFIRM_FIRST.format(day=Day.of(min(old))) if old else None

    def _plain(self, duty: Report, receivers: Sequence[str], share: Sequence[str]) -> Message:
        """Return the duty as acts: tell the client, does the duty apply, when, to which receiver, which data."""
        report = duty.task.id not in OWN_NOTICES
        opening = duties.DUTY_OPENING if duty.certain else duties.DUTY_OPENING_IF_SO
        sentences = [
            "" if duty.certain else self._condition(duty),
            "" if duty.task.id == MISSING_CHILD or self.profile.third_party else opening,
            duties.report_due(duty.task.due, certain=duty.certain) if report and duty.binds != MAY else "",
            self._about(duty, receivers) if duty.type else "",
            self._rule_in_words(duty),
            duties.DUTY_ON_TRIBAL_LAND if report and self._land is not None else "",
            duties.report_holds(share, () if duty.binds == MAY else self._classes_by_law(duty)),
            duties.DUTY_TO_BE_CONFIRMED if self._rule(duty).to_be_confirmed and not duty.is_on_card else "",
            self._confirm(self._review_dates(duty, self._receivers(duty).line)) or "",
        ]
        return joined(sentences, TOGETHER)

    def _sentences(self, report: Report, must_hold: Sequence[str]) -> list[str]:
        is_prompt = report.terms is not None and report.terms.is_prompt
        has_no_term = report.terms is not None and report.terms.has_no_term
        law_known = not report.holds_nothing or report.due is not None or is_prompt or has_no_term
        yours, *sentences = duties.say_of_duty(
            SUBJECT.get(report.type or ""),
            report.due if report.binds != MAY else None,
            must_hold,
            law_known=law_known or report.binds == MAY,
            who_is_known=report.binds == MUST or report.who_is_known,
            is_prompt=is_prompt and report.binds != MAY,
            has_no_term=has_no_term and report.binds != MAY,
            condition=None if report.certain else self._condition(report),
        )
        is_in_doubt = report.binds == IN_DOUBT and report.who_is_known
        return [yours, states.ASK_IF_YOURS, *sentences] if is_in_doubt else [yours, *sentences]

    def _condition(self, report: Report) -> Message:
        """Return an uncertain duty as its condition: if you suspect or learn this, you must or may tell them."""
        if report.id in OWN_NOTICES:
            return duties.IF_SO_OF_A_NOTICE[report.id]
        origin = self.verifier.sharing.directory.agencies[self.profile.origin]
        is_funded = report.binds == MAY and not FUNDED.isdisjoint(origin.regimes)
        is_lawyer = origin.kind == "legal" or "attorney" in origin.regimes
        sentences = [
            duties.IF_SUSPECTED[self._whom(report), report.binds],
            duties.ONLY_WITH_A_RELEASE if is_funded else "",
            duties.PRIVILEGE if is_lawyer else "",
        ]
        return joined(sentences, TOGETHER)

    def _whom(self, report: Report) -> str:
        """Return about whom an uncertain report would be: a child surely or perhaps, a companion, an adult."""
        if report.age == "adult":
            surely = self.profile.adult_protection is True or self.verifier.sharing.case.vulnerable_adult is True
            return "adult" if surely else "adult_perhaps"
        if self._owed.is_of_a_companion(report):
            return vocabulary.COMPANION
        return "child" if self.verifier.sharing.case.age == "minor" else "child_perhaps"

    def _rule_in_words(self, report: Report) -> str:
        """Return what the law asks for: as the rule says it, or the state's card where the card says anything."""
        card = self.directory.card
        if card is None or report.terms is None or not report.is_on_card:
            return report.task.plain
        return states.report(
            card.name,
            report.terms,
            trafficked=self._owed.any_trait(TRAFFICKED) is True,
            sold_for_sex=self._owed.any_trait(("sex_trafficking",)) is True,
            all_must=report.binds == MUST,
            by_a_stranger=self._owed.by_a_stranger,
        )

    def _about(self, report: Report, receivers: Sequence[str]) -> str:
        found = self._receivers(report)
        if found.number_from is not None and not receivers:
            return number_from_in_words(found.number_from)
        if not receivers and found.line is None:
            return duties.DUTY_NOBODY
        avoided = [slug for slug in receivers if self._avoided(slug) and not self.profile.third_party]
        names = joined([self.directory.names.organizations[slug].name for slug in avoided], ", ")
        return duties.DUTY_AVOIDED.format(names=names) if avoided else ""

    def _avoided(self, slug: str) -> bool:
        return not self.profile.avoid.isdisjoint({slug, self.directory.snapshot.organization(slug).kind})

    def _rule(self, report: Report) -> policies.Rule:
        return self.directory.rulebook.rule(report.task.id)

    def _classes_by_law(self, report: Report) -> tuple[str, ...]:
        return self._rule(report).holds

    def _line(self, report: Report, *, takes_reports: bool) -> policies.Line | None:
        """Return the public line for a report, whomever the client avoids: the duty stays."""
        if report.purpose is None:
            return None
        profile = replace(self.profile, avoid=frozenset())
        return LineWriter(self.directory, profile).line(report.purpose, takes_reports=takes_reports)

    def _receivers(self, report: Report) -> ReportReceivers:
        """Return the receivers of a report for the client's area.

        A receiver that may be told less of what the law asks for than another is left out: a report to the other holds
        it all. Child welfare may be told the whole, a school nothing.
        """
        if report not in self._receivers_by_report:
            receivers = () if report.type is None else self._desks.for_report(report.type, beside=POLICE)
            if not self._police_take(report):
                receivers = tuple(to for to in receivers if to.type == report.type)
            if receivers and not report.holds_nothing:
                classes = {to.organization: self._reportable_classes(report, to.organization) for to in receivers}
                demanded = frozenset().union(*classes.values()).intersection(self._classes_by_law(report))
                receivers = tuple(to for to in receivers if classes[to.organization] >= demanded)
            tribe = tuple(to for to in receivers if self._land is not None and self._desks.is_of(self._land, to))
            state = tuple(to for to in receivers if to not in tribe)
            line = self._line(report, takes_reports=True)
            found = ReportReceivers.of_tribe_and_state(
                ReportReceivers.in_order(report.type, tribe, None), ReportReceivers.in_order(report.type, state, line)
            )
            if (stranger_to := self._stranger_to(report)) is not None:
                found = found.with_first([to for to in state if self._desks.takes_for(stranger_to, to)], line)
            if line is None and not found.first:
                found = replace(found, number_from=self._line(report, takes_reports=False))
            self._receivers_by_report[report] = found
        return self._receivers_by_report[report]

    def _police_take(self, report: Report) -> bool:
        """Say whether police take a report too: by the state's pack, or where its card says so of such a case."""
        if not report.holds_nothing or self._stranger_to(report) is not None:
            return True
        fact = None if report.terms is None else report.terms.fact(f"{report.terms.subject}_police")
        if fact is None:
            return False
        met = {
            "stranger": self._owed.by_a_stranger is True,
            "sexual_offense": self._owed.any_trait(("sexual_assault", "sex_trafficking")) is True,
            "line_closed": True,
            "every_adult": True,
        }
        return all(met.get(condition, False) for condition in fact.when)

    def _stranger_to(self, report: Report) -> str | None:
        """Return who takes a report of a stranger's crime first, by the state's card. None: the usual receivers."""
        whose = None if report.terms is None else report.terms.fact("trafficking_report")
        if whose is None or whose.value != policies.CARETAKER_ONLY or self._owed.by_a_stranger is not True:
            return None
        fact = report.terms.fact("stranger_to") if report.terms is not None else None
        return "police" if fact is None else str(fact.value)

    @cached_property
    def _land(self) -> str | None:
        return tribal_land(self.directory.snapshot, self.profile.client.area)

    @cached_property
    def _desks(self) -> ReportDesks:
        return ReportDesks(self.directory, self.profile)

    def _share(self, report: Report, receivers: Sequence[str]) -> list[str]:
        """Return the contents of a report: data asked for by its law, then data allowed if the law calls for more.

        Rules decide, for each receiver.
        """
        if not receivers or report.holds_nothing:
            return []
        by_law, allowed = self._classes_by_law(report), [self._reportable_classes(report, slug) for slug in receivers]
        shared = [data for data in vocabulary.DATA_CLASSES if all(data in classes for classes in allowed)]
        if report.binds == MAY:
            origin = self.verifier.sharing.directory.agencies[self.profile.origin]
            return [data for data in shared if data in TELLS_NO_PERSON or FUNDED.isdisjoint(origin.regimes)]
        return sorted(shared, key=lambda data: data not in by_law)

    def _reportable_classes(self, report: Report, slug: str) -> frozenset[str]:
        """Return the classes of data that rules let a report hold; agencies that look alike are asked about once."""
        verifier, origin = self._clerk_of_report(report.age), self.profile.origin
        agencies = verifier.sharing.directory.agencies
        look = report.age, policies.look_of(verifier.sharing.case, agencies[origin], agencies[slug])
        if look not in self._shares:
            classes = (data for data in vocabulary.DATA_CLASSES if data not in ("directory", "aggregate"))
            shares = ((data, verifier.sharing.share(origin, slug, data, action="report")) for data in classes)
            self._shares[look] = frozenset(data for data, share in shares if verifier.decide(share).allow)
        return self._shares[look]

    def _comes_with(self, receivers: Sequence[str], share: Sequence[str], *, age: str) -> list[Obligation]:
        """Return the acts that come along with a report of the given classes of data."""
        verifier, origin = self._clerk_of_report(age), self.profile.origin
        reports = [
            verifier.sharing.share(origin, slug, data, action="report")
            for slug in receivers or (origin,)
            for data in share or ("need",)
        ]
        obligations = to_do(task for report in reports for task in verifier.obligations(report))
        exceptions = STATE_LAW_REPORTS | (TOLD_TO_THE_CLIENT if self.profile.third_party else frozenset())
        obligations = {task: message for task, message in obligations.items() if task not in exceptions}
        return [
            obligation_document(obligations[rule.id])
            for rule in self.directory.rulebook.rules
            if rule.id in obligations
        ]

    def _clerk_of_report(self, age: str) -> DecisionVerifier:
        """Return the verifier for a report on a person of the given age, or on an adult protected by law."""
        sharing = self.verifier.sharing
        case = replace(sharing.case, age=age, vulnerable_adult=age == "adult")
        return replace(self.verifier, sharing=replace(sharing, case=case))

    def _subpoena(self) -> list[Duty]:
        """Return the task of holding a subpoena, with the contact named by the origin or its parent.

        Who asks for the origin is told of the contact only if it may know the people of both.
        """
        sharing, origin, directory = self.verifier.sharing, self.profile.origin, self.directory
        others, desks = {*directory.viewers} - {origin}, {origin, subpoena_desk(directory, origin).slug}
        is_told = all(directory.names_people(*pair, self.profile.at) for pair in product(others, desks))
        contact = write_subpoena_contact(directory, origin) if is_told else None
        share_of_origin = replace(sharing.share(origin, origin, None, action="route"), process=self.process)
        return [
            {
                "id": task.id,
                "certain": True,
                "person": vocabulary.CLIENT,
                "pointed_to": True,
                "to": [],
                "number_from": None,
                "say": [],
                "share": [],
                "must_hold": [],
                "due": task.due,
                "plain": joined([task.plain, duties.subpoena_contact(contact)], TOGETHER),
                "authority": task.authority,
                "checked": sharing.rulebook.rule(task.id).reviewed,
                "confirm": None,
                "obligations": [],
            }
            for task in self.verifier.obligations(share_of_origin)
            if task.id == SUBPOENA
        ]


def with_reports(directory: DirectorySnapshot, question: ResolvedProfile) -> ResolvedProfile:
    """Return the question with the certain reports of its answer, under the law in force for the version. Pure."""
    question = question.under(directory)
    sharing = Sharing(directory.rulebook, directory.policy, question.case)
    reports = DutyWriter(directory, question.profile, DecisionVerifier(sharing)).certain_reports()
    return replace(question, profile=routing.with_reports(question.profile, reports))
