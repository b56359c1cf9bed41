"""Decide a single hand-off: would the named services take the client from the origin, in the named mode, now?

Routing itself is asked, in a directory of the origin, the recipient and the named services alone, with a single mode:
so the decision knows every condition that routing knows, and needs no search.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import policies
import routing
from service.answers.builder.decisions import DecisionVerifier
from service.answers.builder.steps import StepWriter
from service.answers.profile import ResolvedProfile
from service.answers.schemas.paths import Step
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import Sharing
from service.errors import ActRefused, RecordsDisagree
from service.i18n import answers, lifecycle_events

FULL, CLOSED, MODE, NO_SERVICE = "full", "closed", "mode", "no_service"
_ABOUT_SHARING = ("agreement", "consent")


@dataclass(frozen=True, slots=True)
class Handoff:
    """An allowed hand-off: `step` in an answer's form, `covers` the needs met.

    `people`: how many would stay at each service (slug), the client and those who come along. `rests_on`: the places,
    in the profile, of the consents without which not all of `share` could go.
    """

    step: Step
    covers: tuple[str, ...]
    urgency: str
    people: Mapping[str, int]
    rests_on: frozenset[int]


@dataclass(frozen=True, slots=True)
class NotNow:
    """A refused hand-off: `reasons` as in `uncovered`, and the rules on the caller's side."""

    reasons: tuple[routing.Reason, ...]
    rules: tuple[str, ...]

    @property
    def only_full(self) -> bool:
        """Whether the lack of room is the only reason."""
        return {reason.code for reason in self.reasons} == {FULL}

    @classmethod
    def full(cls) -> NotNow:
        """Return the refusal for lack of room."""
        return cls((routing.Reason(FULL, 1),), ())

    def document(self, *, shows_counts: bool) -> dict[str, Any]:
        """Return the refusal for the caller; to a caller without sight of counts, a full place is a closed place."""
        reasons: dict[str, list[routing.Reason]] = {}
        for reason in self.reasons:
            reasons.setdefault(CLOSED if reason.code == FULL and not shows_counts else reason.code, []).append(reason)
        return {
            "reasons": [
                {
                    "code": code,
                    "count": (count := max(reason.count for reason in alike)),
                    "plain": answers.reason(code, count, next((r.opens_at for r in alike if r.opens_at), None)),
                }
                for code, alike in reasons.items()
            ],
            "rules": list(self.rules),
        }


@dataclass(frozen=True)
class HandOffRequest:
    """A hand-off to decide, by the part of the directory that the origin may use, until `past_hard_deadline`."""

    directory: DirectorySnapshot
    question: ResolvedProfile
    recipient: str
    services: tuple[str, ...]
    mode: str
    past_hard_deadline: routing.IsExpired = routing.never

    def decide(self) -> Handoff | NotNow:
        """Return the hand-off, or the reasons against it now. Pure, except for calls of `past_hard_deadline`.

        Raises:
            ActRefused: the time ended before either was proven.
        """
        needs = self.question.profile.needs
        together = self._ask(self.services, needs)
        steps = _steps(together)
        if {use.service for step in steps for use in step.services} != set(self.services):
            steps = []
            for slug in self.services:  # what another could meet too, or what only leads on, is asked about by itself
                own_needs = self._needs_of(slug)
                answer = None if not own_needs else self._ask(self._with_prerequisites(slug), own_needs)
                own_steps = [step for step in _steps(answer) if any(use.service == slug for use in step.services)]
                if answer is None or not own_steps:
                    return self._not_now(answer, slug, own_needs)
                steps += own_steps
        if any(step.mode != self.mode for step in steps):  # a report is the origin's own, and hands nobody over
            return NotNow((routing.Reason(MODE, 1),), ())
        return self._handoff_of(steps)

    def _handoff_of(self, steps: Sequence[routing.Step]) -> Handoff | NotNow:
        need_types = [need.type for need in self.question.profile.needs]
        uses: dict[str, set[str]] = {}
        for step in steps:
            for use in step.services:
                uses.setdefault(use.service, set()).update(set(use.covers) & set(need_types))
        covers = tuple(sorted(set().union(*uses.values())))
        handoff = replace(
            steps[0],
            services=tuple(routing.ServiceUse(slug, tuple(sorted(uses[slug]))) for slug in sorted(self.services)),
            covers=covers,
        )
        verifier = DecisionVerifier(Sharing(self.directory.rulebook, self.directory.policy, self.question.case))
        try:
            document = StepWriter(self.directory, self.question.profile, verifier).write(handoff)
        except RecordsDisagree:
            return NotNow((routing.Reason("consent", 1),), self._rules())
        urgencies = {need.type: need.urgency for need in self.question.profile.needs}
        pressing = [urgencies[service_type] for service_type in covers] or list(urgencies.values())
        rests_on = self._rests_on(verifier.sharing, handoff, document["share"])
        client = self.question.profile.client
        beds_for = self.directory.snapshot.service_types.beds_for
        people = {use.service: beds_for(client, *use.covers) for use in handoff.services}
        return Handoff(document, covers, min(pressing, key=routing.URGENCIES.index), people, rests_on)

    def _rests_on(self, sharing: Sharing, step: routing.Step, classes: Iterable[str]) -> frozenset[int]:
        """Return the places of the consents in some least set that lets every class go: two alike count both."""
        consents, rulebook = self.question.case.consents, self.directory.rulebook
        shares = [
            sharing.share(step.holder, step.organization, data, agreement=step.packet_agreement) for data in classes
        ]
        places: set[int] = set()
        for last in range(len(consents)):
            least_set = dict(enumerate(consents))
            for place in (*(place for place in range(len(consents)) if place != last), last):
                fewer = tuple(consent for at, consent in least_set.items() if at != place)
                if rulebook.allows(replace(self.question.case, consents=fewer), shares).all():
                    del least_set[place]
            places |= least_set.keys()
        return frozenset(places)

    def _not_now(self, answer: routing.Answer | None, slug: str, needs: Sequence[routing.Need]) -> NotNow:
        if answer is None:
            return NotNow((routing.Reason(NO_SERVICE, 1),), ())
        reasons = [reason for entry in answer.uncovered for reason in entry.reasons]
        if not reasons and needs:  # it is met, and not by this one
            alone = self._ask((slug,), needs)
            reasons = [reason for entry in alone.uncovered for reason in entry.reasons]
        about_sharing = any(reason.code in _ABOUT_SHARING for reason in reasons)
        return NotNow(
            tuple(reasons) or (routing.Reason("unknown", 1),),
            self._rules() if about_sharing else (),
        )

    def _rules(self) -> tuple[str, ...]:
        """Return the rules that keep the caller from sending a packet's contents to the services."""
        sharing = Sharing(self.directory.rulebook, self.directory.policy, self.question.case)
        rules: set[str] = set()
        for slug in self.services:
            service = self._service(slug)
            types = frozenset(need.type for need in self._needs_of(slug)) or service.types
            for data in self.directory.snapshot.packet_classes(service, service.types):
                shares = self._shares(sharing, data, types)
                decisions = [self.directory.rulebook.decide(sharing.case, share) for share in shares]
                decision = min(decisions, key=_hardness)
                stops = [*decision.forbids, *([decision.stopped_by] if decision.stopped_by else [])]
                rules |= set() if decision.allow else {rule.id for rule in stops}
        return tuple(sorted(rules))

    def _shares(self, sharing: Sharing, data: str, types: frozenset[str]) -> list[policies.Share]:
        """Return the share of a class of data under no agreement, and under each in force that covers the types."""
        snapshot, profile = self.directory.snapshot, self.question.profile
        pair = snapshot.organization_index[profile.origin], snapshot.organization_index[self.recipient]
        in_force = snapshot.in_force(*pair, profile.at.astimezone(snapshot.zone).date())
        agreements = (None, *(agreement.slug for agreement in in_force if agreement.covers(types)))
        return [sharing.share(profile.origin, self.recipient, data, agreement=basis) for basis in agreements]

    def _needs_of(self, slug: str) -> tuple[routing.Need, ...]:
        """Return the needs that a service could meet; for a mere way in to a meeting service, its own types."""
        types, profile = self._service(slug).types, self.question.profile
        needs = tuple(need for need in profile.needs if need.type in types)
        if needs or not self._leads_on(slug):
            return needs
        first = min((need.urgency for need in profile.needs), key=routing.URGENCIES.index)
        return tuple(routing.Need(service_type, first) for service_type in sorted(types))

    def _leads_on(self, slug: str) -> bool:
        """Say whether a service is a prerequisite of another service, or a way in to one, for any of the needs."""
        snapshot, own = self.directory.snapshot, self._service(slug)
        recipient = snapshot.organization(self.recipient)
        ways_in = {recipient.slug, recipient.kind, "agreement", "members" if recipient.membership != "none" else None}
        for need in self.question.profile.needs:
            for row in snapshot.postings.get(need.type, ()):
                service = snapshot.services[int(row)]
                if service.requires & own.types or (
                    "anyone" not in service.accepts_from and service.accepts_from & ways_in
                ):
                    return True
        return False

    def _with_prerequisites(self, slug: str) -> tuple[str, ...]:
        service = self._service(slug)
        prerequisites = (
            name for name in self.services if name != slug and self._service(name).types & service.requires
        )
        return (slug, *prerequisites)

    def _service(self, slug: str) -> routing.Service:
        return self.directory.snapshot.service(slug)

    def _ask(self, services: Iterable[str], needs: Sequence[routing.Need]) -> routing.Answer:
        """Ask routing about the named services alone, in the named mode alone."""
        profile = replace(self.question.profile, needs=tuple(needs), limit=1)
        small = routing.build_snapshot(self._pair_directory(services))
        sharing = Sharing(self.directory.rulebook, self.directory.policy, self.question.case)
        request = routing.Request(
            small, profile, rules=sharing, parts=frozenset(), past_hard_deadline=self.past_hard_deadline
        )
        answer = routing.find_paths(request)
        if not (answer.is_optimal and all(entry.explained for entry in answer.uncovered)):
            raise ActRefused("busy", wait_s=1)
        return answer

    def _pair_directory(self, services: Iterable[str]) -> routing.Directory:
        snapshot, pair = self.directory.snapshot, (self.question.profile.origin, self.recipient)
        return routing.Directory(
            version=snapshot.version,
            timezone=snapshot.zone.key,
            areas=tuple(snapshot.areas.values()),
            organizations=tuple(self._houses(pair)),
            services=tuple(
                replace(
                    service,
                    accepts=service.accepts & {self.mode},
                    # a service with a waiting list takes a referral when it is full, too
                    capacities=() if service.waitlist else service.capacities,
                )
                for service in map(self._service, services)
            ),
            agreements=tuple(
                replace(agreement, between=tuple(slug for slug in agreement.between if slug in pair))
                for agreement in snapshot.agreements
                if set(pair) <= set(agreement.between)
            ),
            law=snapshot.law,
            service_types=snapshot.service_types,
            interpreted=snapshot.interpreted,
        )

    def _houses(self, pair: Iterable[str]) -> Iterable[routing.Organization]:
        families: dict[str, routing.Organization] = {}
        for slug in pair:
            at: str | None = slug
            while at is not None and at not in families:
                families[at] = self.directory.snapshot.organization(at)
                at = families[at].parent
        return families.values()


def _steps(answer: routing.Answer | None) -> list[routing.Step]:
    return [] if answer is None or not answer.paths else list(answer.paths[0].steps)


def decide_telling(
    directory: DirectorySnapshot, case: policies.Case, *, receiver: str, sender: str
) -> policies.Decision | None:
    """Return the decision whether a receiver may tell the sender of a need at all, under any agreement or none.

    None: one of the two is not in the directory.
    """
    if not {receiver, sender} <= directory.policy.agencies.keys():
        return None
    sharing = Sharing(directory.rulebook, directory.policy, case)
    agreements = [
        terms.id for terms in directory.policy.agreements.values() if {receiver, sender} <= set(terms.between)
    ]
    shares = [sharing.share(receiver, sender, "need", agreement=agreement) for agreement in (None, *sorted(agreements))]
    return min((directory.rulebook.decide(case, share) for share in shares), key=_hardness)


def rule_against_telling(directory: DirectorySnapshot, case: policies.Case, *, receiver: str, sender: str) -> str:
    """Return, in words, the rule that keeps a receiver from telling the sender, as for an adult who signs alone.

    The case knows no client. What lets such an adult's receiver tell is kept shut by the age, which nobody kept.
    """
    alone = replace(case, age="adult", guardian="none")
    decision = decide_telling(directory, alone, receiver=receiver, sender=sender)
    if decision is None:
        return lifecycle_events.NO_RULE_ALLOWS
    if decision.allow:
        return lifecycle_events.AGE_NOT_KEPT
    if decision.forbids:
        return decision.forbids[0].plain
    return lifecycle_events.FORM_OF_THEIRS if decision.needs else lifecycle_events.NO_RULE_ALLOWS


def _hardness(decision: policies.Decision) -> tuple[bool, bool, int]:
    return not decision.allow, decision.needs is None, len(decision.forbids)
