"""Duties of the asking agency on any path: reports and notices asked for by law."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product

import policies
import routing
from policies.messages import TOGETHER, Message, joined
from routing.kept import cached_property
from service.answers.document.decisions import Clerk, obligation_document, to_do
from service.answers.document.lines import LineWriter
from service.answers.document.notices import SUBPOENA, subpoena_desk, write_subpoena_contact
from service.answers.document.protected import child_along, reason_to_protect
from service.answers.document.receivers import ADULT, CHILD, POLICE, ReportDesks, ReportReceivers
from service.answers.document.tribal import tribal_land
from service.answers.profile import ResolvedProfile
from service.answers.profile.client_facts import any_of
from service.answers.schemas.answer import Duty, DutyReceiver
from service.answers.schemas.paths import Obligation
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import Sharing
from service.words import duties, lines, states, vocabulary
from service.words.times import Day

FOR_PROFESSIONALS = "-professional"
"""How a report's id ends where it is the same duty with another term, for those who must report by profession."""
STATE_LAW_REPORTS = frozenset({"child-report-state-law", "adult-report-state-law"})
"""The reports of a state whose law is not here: owed by that law alone, so nobody knows what they hold.

The state's card says of them what it says: who reports, and by when.
"""
MISSING_CHILD, FOREIGN_CHILD = "child-welfare-24h-missing", "hhs-minor-notice-24h"
OWN_NOTICES = {"child-welfare-24h": POLICE, MISSING_CHILD: POLICE, FOREIGN_CHILD: None}
"""Notices that the asking agency owes by what it is, and the type of service that takes them, if any."""
SUBJECT = {CHILD: "child", ADULT: "adult"}
LINE_FOR = {CHILD: "child_abuse", ADULT: "adult_abuse"}
"""The purpose of the public line for a report, by the type of service that takes it."""
TOLD_TO_THE_CLIENT = frozenset(
    {"systems-recipient-notice", "compelled-release-notice", "compelled-release-notice-hipaa"}
)
"""Acts that come with a report and consist in telling the client something: nobody can who cannot reach them."""
TRAFFICKED = ("sex_trafficking", "labor_trafficking")
REPORTED = (*TRAFFICKED, "sexual_assault")
REPORTED_OF_ADULTS = (*REPORTED, "domestic_violence")


@dataclass(frozen=True)
class _Report:
    """A report or notice, owed or possibly owed.

    `age` is the age of the person to report on. `type`: the type of service that takes the report; `purpose`: the
    purpose of a public line for it. `terms`: the terms of the state's card. None: none.
    """

    task: policies.Obligation
    certain: bool
    age: str
    type: str | None
    purpose: str | None
    terms: policies.ReportTerms | None = None

    @property
    def id(self) -> str:
        return self.task.id.removesuffix(FOR_PROFESSIONALS)

    @property
    def is_on_card(self) -> bool:
        return self.terms is not None and self.terms.says_anything

    @property
    def due(self) -> str | None:
        return self.task.due if self.terms is None else self.terms.due

    @property
    def holds_nothing(self) -> bool:
        return self.task.id in STATE_LAW_REPORTS


@dataclass(frozen=True)
class DutyWriter:
    """Writes the duties of an answer. `process`: none, or an unsigned subpoena. Pure for one request."""

    directory: DirectorySnapshot
    profile: routing.Profile
    clerk: Clerk
    process: str = "none"
    _receivers_by_report: dict[_Report, ReportReceivers] = field(default_factory=dict, compare=False)
    _shares: dict[tuple[object, ...], frozenset[str]] = field(default_factory=dict, compare=False)

    def write(self) -> list[Duty]:
        """Return the duties in the contract's form: reports, then notices, then handling of a subpoena."""
        return [*map(self._document, self._reports_and_notices), *self._subpoena()]

    def lines(self) -> list[str]:
        """Return the purposes of the public lines for the shown reports."""
        return [report.purpose for report in self._reports_and_notices if report.purpose is not None]

    def child_report(self) -> Iterator[tuple[DutyReceiver, str]]:
        """Yield the receivers of the child's report, as documents with their kind; none without such a duty."""
        for report in self._reports:
            if report.type == CHILD:
                receivers = self._receivers(report)
                line = receivers.line
                for to in self._desks.documents(receivers):
                    if to["slug"] is not None:
                        yield to, self.directory.snapshot.organization(to["slug"]).kind or ""
                    elif line is not None:
                        yield to, line.kind
                return

    def owed(self) -> dict[str, bool]:
        """Return, by id, the reports and notices that are or may be due: is each certain? Without contents."""
        return {report.id: report.certain for report in self._reports_and_notices}

    def certain_reports(self) -> tuple[routing.CertainReport, ...]:
        """Return the certain reports as material for steps: type, receivers, classes of data."""
        reports = []
        for report in self._reports_and_notices:
            agencies = self._receivers(report).agencies if report.certain else ()
            share = tuple(self._share(report, [to.organization for to in agencies]))
            for service_type in dict.fromkeys(to.type for to in agencies):
                slugs = frozenset(to.organization for to in agencies if to.type == service_type)
                reports.append(routing.CertainReport(service_type, slugs, share))
        return tuple(reports)

    @cached_property
    def _reports_and_notices(self) -> tuple[_Report, ...]:
        return (*self._reports, *self._own_notices)

    @cached_property
    def _reports(self) -> list[_Report]:
        case = self.clerk.sharing.case
        reports: list[_Report] = []
        if case.age != "adult" or child_along(self.profile.client):
            certain = case.age == "minor" and self._any_trait(REPORTED) is True
            reports += self._reports_on(replace(case, age="minor", vulnerable_adult=False), CHILD, certain)
        suspected = self._any_trait(REPORTED_OF_ADULTS)
        if (suspected is not False or not case.state_law) and reason_to_protect(self.profile):
            certain = case.vulnerable_adult is True and suspected is True and self._protected_for_certain
            reports += self._reports_on(replace(case, age="adult", vulnerable_adult=True), ADULT, certain)
        return reports

    @cached_property
    def _protected_for_certain(self) -> bool:
        """Whether more than age says that the client is protected, or the law in force protects all of that age."""
        age = self.profile.client.age_min
        ages = (rule.elders for rule in self.directory.rulebook.rules if rule.elders is not None)
        return self.profile.adult_protection is True or (age is not None and age >= min(ages, default=math.inf))

    def _reports_on(self, case: policies.Case, service_type: str, certain: bool) -> Iterator[_Report]:
        """Yield the reports that rules ask of the origin about a person in a given case.

        Certain is what an origin owes that has not said whether its staff must report, if they need not.
        """
        person_tasks, purpose = {task.id for task in self._tasks(case)}, LINE_FOR[service_type]
        trafficked = self._any_trait(TRAFFICKED) is True
        card = self.directory.card
        terms = None if card is None else card.terms(SUBJECT[service_type], trafficked=trafficked)
        own = self.clerk.sharing.share(self.profile.origin, self.profile.origin, "need", action="report")
        least = replace(own, holder=replace(own.holder, reporter=own.holder.reporter or "none"))
        least_tasks = {task.id for task in self._tasks_of_report(case, least)}
        for task in self._tasks_of_report(case, own):
            if task.id in STATE_LAW_REPORTS:
                if terms is None or terms.reporters != policies.NOBODY:
                    yield _Report(task, False, case.age, service_type, purpose, terms)
            elif task.due is not None and task.id not in person_tasks:
                yield _Report(task, certain and task.id in least_tasks, case.age, service_type, purpose)

    def _tasks_of_report(self, case: policies.Case, share: policies.Share) -> tuple[policies.Obligation, ...]:
        """Return the tasks of a report by the state's pack; by its card, where the pack asks for none of anybody."""
        book = self.clerk.sharing.rulebook
        shares = (replace(share, holder=replace(share.holder, reporter=word)) for word in vocabulary.REPORTERS)
        if case.state_law and self.directory.card is not None and not any(
            task.due is not None and policies.is_of_a_state(book.rule(task.id).pack)
            for by_reporter in shares
            for task in book.obligations(case, by_reporter)
        ):  # fmt: skip
            case = replace(case, state_law=False)
        return book.obligations(case, share)

    @cached_property
    def _own_notices(self) -> list[_Report]:
        """The notices owed by the origin's own nature: certain where no unknown fact could undo the duty.

        The notice about a foreign child is certain only for a client who is known to be from another country.
        """
        has_basis = self.clerk.sharing.directory.agencies[self.profile.origin].basis is not None
        certain = {task.id for task in self._tasks(certain_case(self.clerk.sharing.case))} if has_basis else set()
        foreign = self.profile.client.traits.get("foreign_national")
        undone = {FOREIGN_CHILD} if foreign is not True else set()
        absent = {FOREIGN_CHILD} if foreign is False else set()
        return [
            _Report(
                task, task.id in certain - undone, "minor", OWN_NOTICES[task.id],
                "foreign_minor" if task.id == FOREIGN_CHILD else None,
            )
            for task in self._tasks(self.clerk.sharing.case)
            if task.id in OWN_NOTICES.keys() - absent
        ]  # fmt: skip

    def _document(self, report: _Report) -> Duty:
        receivers = self._receivers(report)
        slugs = [to.organization for to in receivers.agencies]
        share = self._share(report, slugs)
        must_hold = [data for data in share if data in self._classes_by_law(report)]
        dates = self._review_dates(report, receivers.line)
        return {
            "id": report.id,
            "certain": report.certain,
            "person": vocabulary.COMPANION if self._is_of_a_companion(report) else vocabulary.CLIENT,
            "to": self._desks.documents(receivers),
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

    def _review_dates(self, report: _Report, line: policies.Line | None) -> list[tuple[date, date]]:
        """Return when the texts behind a report were read, and by when they are due for review."""
        facts = report.terms.facts if report.terms is not None and report.is_on_card else ()
        rule = date.fromisoformat(self._rule(report).reviewed)
        dates = [(fact.read, fact.review_due) for fact in facts] or [(rule, rule + policies.KEPT_FOR)]
        return dates if line is None else [*dates, (line.checked, line.review_due)]

    def _confirm(self, dates: Sequence[tuple[date, date]]) -> Message | None:
        today = self.profile.at.astimezone(self.directory.snapshot.zone).date()
        old = [read for read, due in dates if due < today]
        return lines.CONFIRM_FIRST.format(day=Day.of(min(old))) if old else None

    def _plain(self, duty: _Report, receivers: Sequence[str], share: Sequence[str]) -> Message:
        """Return the duty as acts: tell the client, does the duty apply, when, to which receiver, which data."""
        report = duty.task.id not in OWN_NOTICES
        sentences = [
            "" if duty.task.id == MISSING_CHILD or self.profile.third_party else duties.DUTY_OPENING,
            "" if duty.certain or duty.holds_nothing else duties.DUTY_MAY_APPLY,
            duties.DUTY_OF_A_COMPANION if self._is_of_a_companion(duty) else "",
            duties.report_due(duty.task.due, certain=duty.certain) if report else "",
            self._about(duty, receivers) if duty.type else "",
            self._rule_in_words(duty),
            duties.DUTY_ON_TRIBAL_LAND if report and self._land is not None else "",
            duties.report_holds(share, self._classes_by_law(duty)),
            duties.DUTY_TO_BE_CONFIRMED if self._rule(duty).to_be_confirmed and not duty.is_on_card else "",
            self._confirm(self._review_dates(duty, self._receivers(duty).line)) or "",
        ]
        return joined(sentences, TOGETHER)

    def _is_of_a_companion(self, report: _Report) -> bool:
        """Say whether a report is about a child who comes along: the client is an adult."""
        return report.age == "minor" and self.clerk.sharing.case.age == "adult"

    def _sentences(self, report: _Report, must_hold: Sequence[str]) -> list[str]:
        is_prompt = report.terms is not None and report.terms.is_prompt
        law_known = not report.holds_nothing or report.due is not None or is_prompt
        must = report.terms is not None and report.terms.bind_all
        subject = SUBJECT.get(report.type or "")
        yours, *sentences = duties.say_of_duty(
            subject, report.due, must_hold, law_known=law_known, must=must, is_prompt=is_prompt
        )
        doubt = report.terms is not None and report.terms.reporters == policies.PROFESSIONALS and law_known
        return [yours, states.ASK_IF_YOURS, *sentences] if doubt else [yours, *sentences]

    def _rule_in_words(self, report: _Report) -> str:
        """Return what the law asks for: as the rule says it, or the state's card where the card says anything."""
        card = self.directory.card
        if card is None or report.terms is None or not report.is_on_card:
            return report.task.plain
        return states.report(card.name, report.terms, trafficked=self._any_trait(TRAFFICKED) is True)

    def _about(self, report: _Report, receivers: Sequence[str]) -> str:
        if not receivers and self._line(report) is None:
            return duties.DUTY_NOBODY
        avoided = [slug for slug in receivers if self._avoided(slug) and not self.profile.third_party]
        names = joined([self.directory.names.organizations[slug].name for slug in avoided], ", ")
        return duties.DUTY_AVOIDED.format(names=names) if avoided else ""

    def _avoided(self, slug: str) -> bool:
        return not self.profile.avoid.isdisjoint({slug, self.directory.snapshot.organization(slug).kind})

    def _any_trait(self, traits: Sequence[str]) -> bool | None:
        return any_of(*(self.profile.client.traits.get(trait) for trait in traits))

    def _rule(self, report: _Report) -> policies.Rule:
        return self.directory.rulebook.rule(report.task.id)

    def _classes_by_law(self, report: _Report) -> tuple[str, ...]:
        return self._rule(report).holds

    def _line(self, report: _Report) -> policies.Line | None:
        """Return the public line for a report, whomever the client avoids: the duty stays."""
        profile = replace(self.profile, avoid=frozenset())
        return None if report.purpose is None else LineWriter(self.directory, profile).line(report.purpose)

    def _receivers(self, report: _Report) -> ReportReceivers:
        """Return the receivers of a report for the client's area.

        A receiver that may be told less of what the law asks for than another is left out: a report to the other holds
        it all. Child welfare may be told the whole, a school nothing.
        """
        if report not in self._receivers_by_report:
            receivers = () if report.type is None else self._desks.for_report(report.type, beside=POLICE)
            if receivers and not report.holds_nothing:
                classes = {to.organization: self._reportable_classes(report, to.organization) for to in receivers}
                demanded = frozenset().union(*classes.values()).intersection(self._classes_by_law(report))
                receivers = tuple(to for to in receivers if classes[to.organization] >= demanded)
            tribe = tuple(to for to in receivers if self._land is not None and self._desks.is_of(self._land, to))
            state = tuple(to for to in receivers if to not in tribe)
            self._receivers_by_report[report] = ReportReceivers.of_tribe_and_state(
                ReportReceivers.in_order(report.type, tribe, None),
                ReportReceivers.in_order(report.type, state, self._line(report)),
            )
        return self._receivers_by_report[report]

    @cached_property
    def _land(self) -> str | None:
        return tribal_land(self.directory.snapshot, self.profile.client.area)

    @cached_property
    def _desks(self) -> ReportDesks:
        return ReportDesks(self.directory, self.profile)

    def _share(self, report: _Report, receivers: Sequence[str]) -> list[str]:
        """Return the contents of a report: data asked for by its law, then data allowed if the law calls for more.

        Rules decide, for each receiver.
        """
        if not receivers or report.holds_nothing:
            return []
        by_law, allowed = self._classes_by_law(report), [self._reportable_classes(report, slug) for slug in receivers]
        shared = [data for data in vocabulary.DATA_CLASSES if all(data in classes for classes in allowed)]
        return sorted(shared, key=lambda data: data not in by_law)

    def _reportable_classes(self, report: _Report, slug: str) -> frozenset[str]:
        """Return the classes of data that rules let a report hold; agencies that look alike are asked about once."""
        clerk, origin = self._clerk_of_report(report.age), self.profile.origin
        agencies = clerk.sharing.directory.agencies
        look = report.age, policies.look_of(clerk.sharing.case, agencies[origin], agencies[slug])
        if look not in self._shares:
            classes = (data for data in vocabulary.DATA_CLASSES if data not in ("directory", "aggregate"))
            shares = ((data, clerk.sharing.share(origin, slug, data, action="report")) for data in classes)
            self._shares[look] = frozenset(data for data, share in shares if clerk.decide(share).allow)
        return self._shares[look]

    def _comes_with(self, receivers: Sequence[str], share: Sequence[str], *, age: str) -> list[Obligation]:
        """Return the acts that come along with a report of the given classes of data."""
        clerk, origin = self._clerk_of_report(age), self.profile.origin
        reports = [
            clerk.sharing.share(origin, slug, data, action="report")
            for slug in receivers or (origin,)
            for data in share or ("need",)
        ]
        obligations = to_do(task for report in reports for task in clerk.obligations(report))
        exceptions = STATE_LAW_REPORTS | (TOLD_TO_THE_CLIENT if self.profile.third_party else frozenset())
        obligations = {task: message for task, message in obligations.items() if task not in exceptions}
        return [
            obligation_document(obligations[rule.id])
            for rule in self.directory.rulebook.rules
            if rule.id in obligations
        ]

    def _clerk_of_report(self, age: str) -> Clerk:
        """Return the clerk for a report on a person of the given age, or on an adult protected by law."""
        sharing = self.clerk.sharing
        case = replace(sharing.case, age=age, vulnerable_adult=age == "adult")
        return replace(self.clerk, sharing=replace(sharing, case=case))

    def _tasks(self, case: policies.Case) -> tuple[policies.Obligation, ...]:
        """Return the demands of the rules on the origin by its own nature, whatever the origin does."""
        sharing, origin = self.clerk.sharing, self.profile.origin
        return sharing.rulebook.obligations(case, sharing.share(origin, origin, None, action="route"))

    def _subpoena(self) -> list[Duty]:
        """Return the task of holding a subpoena, with the contact named by the origin or its parent.

        Who asks for the origin is told of the contact only if it may know the people of both.
        """
        sharing, origin, directory = self.clerk.sharing, self.profile.origin, self.directory
        others, desks = {*directory.viewers} - {origin}, {origin, subpoena_desk(directory, origin).slug}
        is_told = all(directory.names_people(*pair, self.profile.at) for pair in product(others, desks))
        contact = write_subpoena_contact(directory, origin) if is_told else None
        share_of_origin = replace(sharing.share(origin, origin, None, action="route"), process=self.process)
        return [
            {
                "id": task.id,
                "certain": True,
                "person": vocabulary.CLIENT,
                "to": [],
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
            for task in self.clerk.obligations(share_of_origin)
            if task.id == SUBPOENA
        ]


def with_reports(directory: DirectorySnapshot, question: ResolvedProfile) -> ResolvedProfile:
    """Return the question with the certain reports of its answer, under the law in force for the version. Pure."""
    question = question.under(directory)
    sharing = Sharing(directory.rulebook, directory.policy, question.case)
    reports = DutyWriter(directory, question.profile, Clerk(sharing)).certain_reports()
    return replace(question, profile=routing.with_reports(question.profile, reports))


def certain_case(case: policies.Case) -> policies.Case:
    """Return the case with every unknown fact answered against duties: a duty left standing is certain."""
    return replace(
        case,
        age="adult" if case.age == "unknown" else case.age,
        trafficking=case.trafficking is True,
        sex_trafficking=case.sex_trafficking is True,
        missing_from_care=case.missing_from_care is True,
    )
