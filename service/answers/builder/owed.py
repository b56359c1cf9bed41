"""The reports and notices that the law asks of the asking agency: which, how sure, and what points to them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import policies
import routing
from routing.cached_property import cached_property
from service import vocabulary
from service.answers.builder.decisions import DecisionVerifier
from service.answers.builder.lines import SUSPECTED
from service.answers.builder.protected import child_along, reason_to_protect, said_to_protect
from service.answers.builder.receivers import ADULT, CHILD, POLICE
from service.answers.profile.client_facts import adult_age, any_of
from service.directory.snapshot.directory_snapshot import DirectorySnapshot

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
TRAFFICKED = ("sex_trafficking", "labor_trafficking")
REPORTED = (*TRAFFICKED, "sexual_assault")
REPORTED_OF_ADULTS = (*REPORTED, "domestic_violence")
POINTING = (*REPORTED_OF_ADULTS, "online_exploitation", "suspected_exploiter_household")
"""Traits that point to a report where they are true."""
ASKED_AFTER_HARM = frozenset({"victim_advocacy", "forensic_medical_exam", "forensic_interview"})
"""Needs of a child that point to a report about the child."""
SAFE_GUARDIANS = frozenset({"safe_parent", "court_safe"})
ELDERS_FROM, YOUNG_UNTIL = 60, 16
"""The ages that a card's conditions `from_60` and `under_16` name."""
MUST, MAY, IN_DOUBT = "must", "may", "in_doubt"
"""How a report binds the origin where its condition is met: by law, as a choice, or as its supervisor knows."""


@dataclass(frozen=True)
class Report:
    """A report or notice, owed or possibly owed.

    `age` is the age of the person to report on. `type`: the type of service that takes the report; `purpose`: the
    purpose of a public line for it. `terms`: the terms of the state's card. None: none. `binds`: `MUST`, `MAY` or
    `IN_DOUBT`, once its condition is met. `pointed_to`: a known fact points to it, or it is certain.
    """

    task: policies.Obligation
    certain: bool
    age: str
    type: str | None
    purpose: str | None
    terms: policies.ReportTerms | None = None
    binds: str = MUST
    pointed_to: bool = True

    @property
    def id(self) -> str:
        """The id of the duty: one for all who report."""
        return self.task.id.removesuffix(FOR_PROFESSIONALS)

    @property
    def is_on_card(self) -> bool:
        """Whether the state's card says who reports, or by when."""
        return self.terms is not None and self.terms.says_anything

    @property
    def who_is_known(self) -> bool:
        """Whether the state's card says who reports: everybody, or some professions."""
        return self.terms is not None and self.terms.reporters in (policies.EVERYBODY, policies.PROFESSIONALS)

    @property
    def due(self) -> str | None:
        """By when, as an ISO 8601 duration; None where the law names no time."""
        return self.task.due if self.terms is None else self.terms.due

    @property
    def holds_nothing(self) -> bool:
        """Whether nobody here knows what the report must hold."""
        return self.task.id in STATE_LAW_REPORTS


@dataclass(frozen=True)
class OwedReports:
    """Finds the reports and notices of an answer. Pure for one request."""

    directory: DirectorySnapshot
    profile: routing.Profile
    verifier: DecisionVerifier

    @cached_property
    def all(self) -> tuple[Report, ...]:
        """The reports, then the notices owed by the origin's own nature."""
        return (*self.reports, *self._own_notices)

    @cached_property
    def reports(self) -> list[Report]:
        """The reports about a child, then those about an adult."""
        case = self.verifier.sharing.case
        reports: list[Report] = []
        if case.age != "adult" or child_along(self.profile.client):
            certain = case.age == "minor" and self.any_trait(REPORTED) is True
            reports += self._reports_on(replace(case, age="minor", vulnerable_adult=False), CHILD, certain)
        suspected = self.any_trait(REPORTED_OF_ADULTS)
        elders_from = adult_age(self.directory)
        if (suspected is not False or not case.state_law) and reason_to_protect(self.profile, elders_from):
            certain = case.vulnerable_adult is True and suspected is True
            reports += self._reports_on(replace(case, age="adult", vulnerable_adult=True), ADULT, certain)
        return reports

    def is_of_a_companion(self, report: Report) -> bool:
        """Say whether a report is about a child who comes along: the client is an adult."""
        return report.age == "minor" and self.verifier.sharing.case.age == "adult"

    def any_trait(self, traits: Sequence[str]) -> bool | None:
        """Return whether one of several traits of the client is true; None where that is not known."""
        return any_of(*(self.profile.client.traits.get(trait) for trait in traits))

    @property
    def by_a_stranger(self) -> bool | None:
        """Whether no parent, caregiver or anyone at home did it, as far as known facts say; None: not known."""
        guardian, at_home = self.verifier.sharing.case.guardian, self.any_trait(("suspected_exploiter_household",))
        if at_home is True or guardian in SUSPECTED:
            return False
        return True if at_home is False and guardian is not None else None

    def _points_to(self, service_type: str) -> bool:
        """Say whether a known fact points to an uncertain report; to one about a companion only a report asked for."""
        case, client = self.verifier.sharing.case, self.profile.client
        needs = {need.type for need in self.profile.needs}
        if service_type in needs:
            return True
        if service_type == ADULT:
            is_protected = said_to_protect(self.profile, adult_age(self.directory))
            return is_protected and self.any_trait(POINTING) is True
        if case.age == "adult":
            return False
        is_alone = client.age_max is not None and client.age_max < policies.CALLING_AGE
        return (
            POLICE in needs
            or self.any_trait(POINTING) is True
            or case.guardian in SUSPECTED
            or (is_alone and case.guardian not in SAFE_GUARDIANS)
            or (case.age == "minor" and not needs.isdisjoint(ASKED_AFTER_HARM))
        )

    def _reports_on(self, case: policies.Case, service_type: str, certain: bool) -> Iterator[Report]:
        """Yield the reports that rules ask of the origin about a person in a given case.

        Certain is what an origin owes that has not said whether its staff must report, if they need not. Where the
        law asks the origin for none because its staff need not report, the report that it asks of others may be made.
        """
        person_tasks, purpose = {task.id for task in self._tasks(case)}, LINE_FOR[service_type]
        trafficked = self.any_trait(TRAFFICKED) is True
        card = self.directory.card
        terms = None if card is None else self._that_apply(card.terms(SUBJECT[service_type], trafficked=trafficked))
        own = self.verifier.sharing.share(self.profile.origin, self.profile.origin, "need", action="report")
        least_tasks = {task.id for task in self._tasks_of_report(case, _by(own, own.holder.reporter or "none"))}
        points = self._points_to(service_type)
        found = False
        for task in self._tasks_of_report(case, own):
            if task.id in STATE_LAW_REPORTS:
                found = True
                if terms is None or terms.reporters != policies.NOBODY:
                    binds = self._binds_by_card(own.holder.reporter, terms)
                    yield Report(task, False, case.age, service_type, purpose, terms, binds, points)
            elif task.due is not None and task.id not in person_tasks:
                found, is_least = True, task.id in least_tasks
                is_certain, binds = certain and is_least, MUST if is_least else IN_DOUBT
                yield Report(task, is_certain, case.age, service_type, purpose, None, binds, is_certain or points)
        if not found and own.holder.reporter == "none":
            of_others = (task for task in self._tasks_of_others(case, own) if task.id not in person_tasks)
            for task in itertools.islice(of_others, 1):
                yield Report(task, False, case.age, service_type, purpose, None, MAY, points)

    def _that_apply(self, terms: policies.ReportTerms) -> policies.ReportTerms:
        """Return a card's terms of a report; none where its law is about the old alone, and the client is younger."""
        reporters, oldest = terms.fact(f"{terms.subject}_reporters"), self.profile.client.age_max
        is_younger = oldest is not None and oldest < ELDERS_FROM
        return policies.ReportTerms(terms.subject) if is_younger and _is_limited(reporters, "from_60") else terms

    def _binds_by_card(self, reporter: str | None, terms: policies.ReportTerms | None) -> str:
        """Return how a state's card binds an origin by whom its staff must report on; in doubt where it doesn't say."""
        if terms is None:
            return IN_DOUBT
        of_all, oldest = terms.fact("everyone_for_sexual_abuse"), self.profile.client.age_max
        is_young = oldest is not None and oldest < YOUNG_UNTIL
        abused = self.any_trait(("sex_trafficking", "sexual_assault")) is True
        all_of_this = (
            abused
            and of_all is not None
            and (is_young or not _is_limited(of_all, "under_16"))
            and not _is_limited(of_all, "seen_or_told")
        )
        need_not = reporter == "none"
        if terms.bind_all or (all_of_this and not (need_not and _is_limited(of_all, "not_advocates"))):
            return MUST
        # Where the law names advocates, an agency that says its staff need not report may be wrong: it asks.
        names_advocates = _is_limited(terms.fact(f"{terms.subject}_reporters"), "advocates_too")
        return MAY if terms.reporters == policies.PROFESSIONALS and need_not and not names_advocates else IN_DOUBT

    def _tasks_of_others(self, case: policies.Case, share: policies.Share) -> Iterator[policies.Obligation]:
        """Yield the reports that the law asks of agencies whose staff must report."""
        for reporter in vocabulary.REPORTERS:
            for task in self._tasks_of_report(case, _by(share, reporter)):
                if task.due is not None:
                    yield task

    def _tasks_of_report(self, case: policies.Case, share: policies.Share) -> tuple[policies.Obligation, ...]:
        """Return the tasks of a report by the state's pack; by its card, where the pack asks for none of anybody."""
        book = self.verifier.sharing.rulebook
        shares = (_by(share, word) for word in vocabulary.REPORTERS)
        if case.state_law and self.directory.card is not None and not any(
            task.due is not None and policies.is_of_a_state(book.rule(task.id).pack)
            for by_reporter in shares
            for task in book.obligations(case, by_reporter)
        ):  # fmt: skip
            case = replace(case, state_law=False)
        return book.obligations(case, share)

    @cached_property
    def _own_notices(self) -> list[Report]:
        """The notices owed by the origin's own nature: certain where no unknown fact could undo the duty.

        The notice about a foreign child is certain only for a client who is known to be from another country.
        """
        has_basis = self.verifier.sharing.directory.agencies[self.profile.origin].basis is not None
        certain = {task.id for task in self._tasks(certain_case(self.verifier.sharing.case))} if has_basis else set()
        foreign = self.profile.client.traits.get("foreign_national")
        undone = {FOREIGN_CHILD} if foreign is not True else set()
        absent = {FOREIGN_CHILD} if foreign is False else set()
        points = self._points_to(CHILD)
        return [
            Report(
                task, (is_certain := task.id in certain - undone), "minor", OWN_NOTICES[task.id],
                "foreign_minor" if task.id == FOREIGN_CHILD else None,
                pointed_to=is_certain or (points and task.id != FOREIGN_CHILD),
            )
            for task in self._tasks(self.verifier.sharing.case)
            if task.id in OWN_NOTICES.keys() - absent
        ]  # fmt: skip

    def _tasks(self, case: policies.Case) -> tuple[policies.Obligation, ...]:
        """Return the demands of the rules on the origin by its own nature, whatever the origin does."""
        sharing, origin = self.verifier.sharing, self.profile.origin
        return sharing.rulebook.obligations(case, sharing.share(origin, origin, None, action="route"))


def _by(share: policies.Share, reporter: str) -> policies.Share:
    """Return a share of a holder whose staff must report about others than it says."""
    return replace(share, holder=replace(share.holder, reporter=reporter))


def _is_limited(fact: policies.StateFact | None, condition: str) -> bool:
    return fact is not None and condition in fact.when


def certain_case(case: policies.Case) -> policies.Case:
    """Return the case with every unknown fact answered against duties: a duty left standing is certain."""
    return replace(
        case,
        age="adult" if case.age == "unknown" else case.age,
        trafficking=case.trafficking is True,
        sex_trafficking=case.sex_trafficking is True,
        missing_from_care=case.missing_from_care is True,
    )
