"""A step for a person to act on: contact, mode, data to share, data to hold back, and the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC

import policies
import routing
from policies.messages import TOGETHER, Message, joined
from routing.cached_property import cached_property
from service import vocabulary
from service.answers.builder.decisions import DecisionVerifier, obligation_document, rule_document, to_do
from service.answers.builder.lines import SUSPECTED
from service.answers.builder.phones import contact_document, signs
from service.answers.builder.protected import child_along, reason_to_protect
from service.answers.profile.client_facts import adult_age
from service.answers.schemas.paths import (
    CitedRule,
    Confirm,
    Contact,
    OrganizationName,
    Receiver,
    ServiceUse,
    Step,
    UsualAnswer,
    Withheld,
)
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.store.capacity import part_of_day
from service.errors import RecordsDisagree
from service.i18n import answers, calls, codes, duties
from service.vocabulary import TRAITS_BY_CODE

INTERPRETATION = "interpretation"
MOST_INTERPRETERS = 2
TRAIT = "client.traits."
RECEIVER_REPORTS = "receiver-reports"
FAMILY_CONTACT, STATE_CONSERVATOR = "rhy-family-contact", "state_conservator"
FAMILY, STAY = "family", "stay"
"""Words of `@reaches` and `@step` in the rules."""
NO_DISCLOSURE = policies.load_hand_off_law().no_disclosure
"""Types at which nobody is told of abuse: a step of these alone says nothing about its receiver's own report."""


@dataclass(frozen=True)
class ConfirmWriter:
    """Writes the entries to confirm of an answer. Pure for one request."""

    directory: DirectorySnapshot
    profile: routing.Profile

    def write(self, entry: routing.Confirm) -> Confirm:
        """Return an entry as the API shows it."""
        return {"attribute": entry.attribute, "plain": self._plain(entry)}

    def _plain(self, entry: routing.Confirm) -> str:
        if entry.kind == "language":
            return calls.may_not_speak(self.profile.client.languages or (), self._interpreters)
        if entry.kind == "companions":
            return calls.for_all(1 + len(self.profile.client.companions))
        return calls.asks_about(None if entry.attribute is None else self._topic(entry.attribute.removeprefix(TRAIT)))

    def _topic(self, trait: str) -> str:
        if trait in TRAITS_BY_CODE:
            return codes.topic(trait)
        view = self.directory.names.codes.get(trait)
        return view.name if view is not None and view.name else trait.replace("_", " ")

    @cached_property
    def _interpreters(self) -> list[str]:
        """Return the names of agencies that could interpret now: open, in the client's area, surely in the language."""
        return list(dict.fromkeys(self._open_interpreters()))[:MOST_INTERPRETERS]

    def _open_interpreters(self) -> Iterator[str]:
        snapshot, client = self.directory.snapshot, self.profile.client
        near = routing.services_near(snapshot, client, INTERPRETATION)
        for row in routing.surely_speak(snapshot, client, [snapshot.service_index[neighbor.slug] for neighbor in near]):
            service = snapshot.services[row]
            organization = snapshot.organization(service.organization)
            open_now = routing.availability(service, self.profile.at, snapshot.zone).status == "open"
            if open_now and self.profile.avoid.isdisjoint({organization.slug, organization.kind}):
                yield self.directory.names.organizations[organization.slug].name


@dataclass
class _Terms:
    """A step's shared and held-back data with the deciding rules, gathered class by class."""

    share: list[str] = field(default_factory=list)
    withhold: list[Withheld] = field(default_factory=list)
    rules: dict[str, policies.Rule] = field(default_factory=dict)
    met: set[str] = field(default_factory=set)
    unmet: set[str] = field(default_factory=set)
    obligations: dict[str, policies.Obligation] = field(default_factory=dict)

    def cite(self, rules: Iterable[policies.Rule]) -> None:
        self.rules.update({rule.id: rule for rule in rules})

    def documents(self, order: Iterable[policies.Rule]) -> list[CitedRule]:
        """Return the cited rules; a permit with an unmet condition is cited as conditional."""
        return [
            {**rule_document(rule), "plain": answers.WITH_CONSENT}
            if rule.id in self.unmet - self.met
            else rule_document(rule)
            for rule in order
            if rule.id in self.rules
        ]

    def oblige(self, obligations: Iterable[policies.Obligation]) -> None:
        self.obligations.update(to_do(obligations))

    def release(self, without: Callable[[str], bool]) -> None:
        """Take out the tasks that the step does not bring after all, by their ids."""
        self.obligations = {task: plain for task, plain in self.obligations.items() if not without(task)}


@dataclass(frozen=True)
class StepWriter:
    """Writes the steps of an answer. Pure for one request."""

    directory: DirectorySnapshot
    profile: routing.Profile
    verifier: DecisionVerifier

    def write(self, step: routing.Step) -> Step:
        """Return a step as the API shows it: the same document for the same step of several paths.

        Raises:
            RecordsDisagree: the rules do not allow the step after all, or two engines differ on the step.
        """
        if step not in self._documents:
            self._documents[step] = self._write(step)
        return self._documents[step]

    @cached_property
    def _documents(self) -> dict[routing.Step, Step]:
        return {}

    def _write(self, step: routing.Step) -> Step:
        terms = self._terms(step)
        tasks = (self._about_family(task) for task in terms.obligations.values())
        return {
            "from": self.organization(step.holder),
            "to": self._receiver(step.organization),
            "services": self.services(step),
            "covers": list(step.covers),
            "mode": step.mode,
            "manner": self.manner(step),
            "relationship": step.relationship,
            "contact": self.contact(step),
            "inquire": self._inquire(step),
            "instead": [],
            "share": terms.share,
            "withhold": terms.withhold,
            "rules": terms.documents(self.directory.rulebook.rules),
            "obligations": [obligation_document(task) for task in tasks],
            "exposure": {"level": step.exposure, "plain": self._exposure(step, terms.obligations)},
        }

    def services(self, step: routing.Step) -> list[ServiceUse]:
        """Return the services of a step: each service's purpose, its hours, its own questions."""
        return [self._service(use, own=step.mode == "internal") for use in step.services]

    def manner(self, step: routing.Step) -> str:
        """Return how a step is made: its mode, or a finer word where somebody else than usual speaks, or asks first."""
        if self.profile.third_party and step.mode == "self":
            return "self_by_third_party"
        case = self.verifier.sharing.case
        if step.mode == "warm" and case.too_young:
            return "warm_by_holder"
        if step.mode == "self" and case.too_young and policies.may_call(case):
            return "self_with_adult"
        in_doubt = step.mode == "report" and self._certain(step) is None
        return "report_in_doubt" if in_doubt else step.mode

    def _certain(self, step: routing.Step) -> routing.CertainReport | None:
        """Return the certain report that a step makes."""
        certain_reports = (report for report in self.profile.reports if step.organization in report.receivers)
        return next((report for report in certain_reports if report.type in step.covers), None)

    def contact(self, step: routing.Step) -> Contact:
        """Return the numbers of a step."""
        own = [phone for use in step.services for phone in self.directory.names.services[use.service].phones]
        # Then the client makes the call.
        alone = step.mode == "self" and not self.profile.third_party and signs(self.profile.client.languages)
        phones = self.directory.names.organizations[step.organization].phones
        return contact_document(own, phones, in_writing=alone)

    def _inquire(self, step: routing.Step) -> str:
        """Return the questions always allowed on the call of a step, and the closing time of its first service."""
        closing = [
            availability.closes_at
            for use in step.services
            if (availability := self._availability(use)).closes_at is not None
        ]
        first = min(closing, key=lambda moment: moment.astimezone(UTC), default=None)
        return calls.inquire(self.manner(step), first, self.profile.at)

    def organization(self, slug: str) -> OrganizationName:
        """Return an organization by id, slug and name."""
        view = self.directory.names.organizations[slug]
        return {"id": view.id, "slug": slug, "name": view.name}

    def _receiver(self, slug: str) -> Receiver:
        return {**self.organization(slug), "basis": self.directory.names.organizations[slug].basis}

    def _exposure(self, step: routing.Step, tasks: Iterable[str]) -> str:
        regimes = self.directory.snapshot.organization(step.organization).regimes
        at_home, promise = step.mode == "internal", self._promise(tasks)
        return answers.exposure(step.exposure, at_home=at_home, by_law=bool(regimes), promise=promise)

    def _promise(self, tasks: Iterable[str]) -> Message | None:
        """Return what the client may be told of a protected agency's privacy; `tasks`: what comes with the step.

        Privacy without an exception only where the client is surely an adult, and there is nothing the agency might
        have to report. Police promise a possible child nothing in another agency's name.
        """
        age, origin = self.verifier.sharing.case.age, self.directory.snapshot.organization(self.profile.origin)
        if age != "adult" and origin.kind == "law_enforcement":
            return None
        is_reportable = child_along(self.profile.client) or reason_to_protect(self.profile, adult_age(self.directory))
        is_reported = is_reportable or not policies.load_briefs().keys().isdisjoint(tasks)
        if age != "adult" or is_reported or self.profile.third_party:
            return answers.PRIVATE_UNLESS
        return answers.PRIVATE

    def _service(self, use: routing.ServiceUse, *, own: bool) -> ServiceUse:
        view, availability = self.directory.names.services[use.service], self._availability(use)
        document: ServiceUse = {
            "id": view.id,
            "slug": use.service,
            "name": view.name,
            "covers": list(use.covers),
            "availability": {
                "status": availability.status,
                "opens_at": None if availability.opens_at is None else availability.opens_at.isoformat(),
                "closes_at": None if availability.closes_at is None else availability.closes_at.isoformat(),
                "capacity": availability.capacity,
                "plain": answers.availability(availability, own=own),
            },
            "confirm": [self._confirming.write(entry) for entry in use.confirm],
        }
        if not own and (figure := self._usual_answer(use)) is not None:
            document["usual_answer"] = figure
        return document

    def _usual_answer(self, use: routing.ServiceUse) -> UsualAnswer | None:
        """Return how soon a service answers at this part of the day; None: not known, or not for the origin."""
        directory, service = self.directory, self.directory.snapshot.service(use.service)
        part = part_of_day(self.profile.at.astimezone(directory.snapshot.zone))
        figures = (figure for figure in directory.usual_answers.get(use.service, ()) if figure.part == part)
        figure = next(figures, None)
        if figure is None or not directory.sees_counts(self.profile.origin, service.organization, self.profile.at):
            return None
        plain = answers.usual_answer(figure.time, figure.in_time, figure.bound)
        return {"time": figure.time, "in_time": figure.in_time, "bound": figure.bound, "plain": plain}

    @cached_property
    def _confirming(self) -> ConfirmWriter:
        return ConfirmWriter(self.directory, self.profile)

    def _availability(self, use: routing.ServiceUse) -> routing.Availability:
        """Return hours and room now; room means enough places for all who come, as far as the origin may know."""
        snapshot, service = self.directory.snapshot, self.directory.snapshot.service(use.service)
        sees = self.directory.sees_counts(self.profile.origin, service.organization, self.profile.at)
        beds = snapshot.service_types.beds_for(self.profile.client, *use.covers) if sees else 1
        return routing.availability(service, self.profile.at, snapshot.zone, beds=beds)

    def _terms(self, step: routing.Step) -> _Terms:
        terms, sharing = _Terms(), self.verifier.sharing
        route = sharing.share(step.holder, step.organization, None, action="route", agreement=step.agreement)
        decision = self.verifier.decide(route)
        if not decision.allow:
            raise RecordsDisagree("route")
        terms.cite(decision.permits)
        if step.mode == "internal":
            return terms
        if self.profile.third_party:  # nothing is shared by the origin, and nobody can tell the client anything
            return terms
        terms.oblige(self.verifier.obligations_on(decision))
        if step.mode == "report":
            self._report(step, terms)
        else:
            agreements = self._agreements(step)
            for data in self._classes(step):
                self._decide(step, data, agreements, terms)
        receiver_reports = self._receiver_reports(route)
        terms.oblige(receiver_reports)
        if not receiver_reports:  # a share of data brings the rule too, and it is about nobody here
            terms.release(lambda task: task == RECEIVER_REPORTS)
        if step.covers and NO_DISCLOSURE.issuperset(step.covers):
            terms.release(lambda task: task == RECEIVER_REPORTS or self._reaches_family(task))
        if step.covers and self.directory.snapshot.service_types.stays.isdisjoint(step.covers):
            terms.release(lambda task: self.directory.rulebook.rule(task).step == STAY)
        return terms

    def _report(self, step: routing.Step, terms: _Terms) -> None:
        """Share the contents of the report, each class by the rule that lets a report hold the class.

        Nothing is shared where no duty is certain: that call asks whether there must be a report.
        """
        report = self._certain(step)
        for data in () if report is None else report.share:
            decision = self.verifier.decide(
                self.verifier.sharing.share(step.holder, step.organization, data, action="report")
            )
            if not decision.allow:
                raise RecordsDisagree("report")
            terms.share.append(data)
            terms.cite(decision.permits)
            terms.met.update(rule.id for rule in decision.permits)
            terms.oblige(self.verifier.obligations_on(decision))

    def _about_family(self, task: policies.Obligation) -> policies.Obligation:
        """Return a task; where a guardian is under suspicion, a task that reaches family says who is not reached.

        A youth program that would reach the family has only the state to tell where that is the guardian.
        """
        if task.id == FAMILY_CONTACT and self.verifier.sharing.case.guardian == STATE_CONSERVATOR:
            return replace(task, plain=answers.STATE_AS_GUARDIAN)
        if self._reaches_family(task.id) and self.verifier.sharing.case.guardian in SUSPECTED:
            return replace(task, plain=joined([task.plain, answers.NOT_THE_SUSPECTED], TOGETHER))
        return task

    def _reaches_family(self, task: str) -> bool:
        return self.directory.rulebook.rule(task).reaches == FAMILY

    def _receiver_reports(self, route: policies.Share) -> list[policies.Obligation]:
        """Return that the receiver must report, and on whom: the client, or a child who comes along."""
        sharing = self.verifier.sharing
        child = sharing.case.age != "adult" or child_along(self.profile.client)
        case = replace(sharing.case, age="unknown") if child else sharing.case
        reports_adults = route.recipient.reporter == "child_and_adult"
        adult = reports_adults and reason_to_protect(self.profile, adult_age(self.directory))
        if not child and not adult:
            return []
        plain = duties.receiver_reports(child=child, adult=adult)
        reports = (task for task in sharing.rulebook.obligations(case, route) if task.id == RECEIVER_REPORTS)
        return [replace(task, plain=plain) for task in reports]

    def _classes(self, step: routing.Step) -> list[str]:
        """Return the data classes at stake, in the vocabulary's order; a packet also carries its revealed classes."""
        classes: set[str] = set()
        for use in step.services:
            service = self.directory.snapshot.service(use.service)
            packet = self.directory.snapshot.packet_classes(service, use.covers)
            classes |= set(packet) if step.mode == "packet" else service.intake_data
        return sorted(classes, key=vocabulary.DATA_CLASSES.index)

    def _decide(self, step: routing.Step, data: str, agreements: Sequence[str | None], terms: _Terms) -> None:
        share, decision = self._best_disclosure(step, data, agreements)
        if decision.allow and step.mode != "self":
            terms.share.append(data)
            terms.cite(decision.permits)
            terms.met.update(rule.id for rule in decision.permits)
            terms.oblige(self.verifier.obligations_on(decision))
            return
        if step.mode == "packet":
            raise RecordsDisagree("disclose")
        if decision.allow:
            rule, needs = decision.permits[0], self.verifier.least_consent(share)
        else:
            if decision.stopped_by is None:
                raise RecordsDisagree("disclose")
            rule, needs = decision.stopped_by, decision.needs
            if rule.effect == "permit":
                terms.unmet.add(rule.id)
        terms.cite([*decision.permits, *decision.forbids, rule])
        takes_forms = bool(policies.forms_taken(share.recipient, self.verifier.sharing.case))
        plain = answers.held_back(rule, needs, may_go=decision.allow, takes_forms=takes_forms)
        level = None if needs is None else str(needs)
        terms.withhold.append({"data": data, "rule": rule.id, "needs": level, "plain": plain})

    def _best_disclosure(
        self, step: routing.Step, data: str, agreements: Sequence[str | None]
    ) -> tuple[policies.Share, policies.Decision]:
        """Return the decision under the most helpful covering agreement: one that allows, else one that could."""
        decisions = []
        for agreement in agreements:
            share = self.verifier.sharing.share(step.holder, step.organization, data, agreement=agreement)
            decisions.append((share, self.verifier.decide(share)))
        return min(decisions, key=lambda pair: (not pair[1].allow, pair[1].needs is None))

    def _agreements(self, step: routing.Step) -> Sequence[str | None]:
        """Return the agreements that cover the step; a packet goes under the agreement found by the search.

        To a gateway, which meets no type, every type of its service counts as handed over.
        """
        if step.mode == "packet":
            return [step.packet_agreement]
        snapshot = self.directory.snapshot
        pair = snapshot.organization_index[step.holder], snapshot.organization_index[step.organization]
        in_force = snapshot.in_force(*pair, self.profile.at.astimezone(snapshot.zone).date())
        service_types = (service_type for use in step.services for service_type in snapshot.service(use.service).types)
        types = set(step.covers) or set(service_types)
        return [agreement.slug for agreement in in_force if agreement.covers(types)] or [None]
