"""Send a referral: a single hand-off, decided by itself and now, and once more in the transaction that stores it.

The grounds of the decision (the directory, its rules, the consents, the last free places) are held there until the
referral is committed. So after the answer to a withdrawal, a suspension or an end of an agreement, no forbidden
referral is committed. The profile is read and forgotten.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlmodel import Session

import policies
from service.answers.profile import RecordedConsent, consent_of, form_names, resolve
from service.answers.use_cases.decide_handoff import (
    Handoff,
    HandOffRequest,
    NotNow,
    decide_telling,
    rule_against_telling,
)
from service.database import clock
from service.database import outbox as events
from service.database.audit import note_details
from service.database.database import Database
from service.database.idempotency_keys import recall, remember
from service.database.key_ring import CodeKey, KeyRing
from service.database.unit_of_work import UnitOfWork
from service.directory.parties import PartyRole
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import REFERRAL
from service.directory.store.capacity import HoldRequest, NoPlacesLeft
from service.errors import ActRefused, BodyRefused, KeyReused, Problem
from service.i18n import lifecycle_events, refusals
from service.i18n.spoken_codes import ENGLISH
from service.referrals.store.attempt_limits import REFUSALS, Allowance, count_try, seconds_to_wait
from service.referrals.store.consents import Consents, StoredConsent
from service.referrals.store.referrals import Referrals
from service.referrals.store.tables import Referral
from service.referrals.use_cases.follow_up import check_day, set_follow_up
from service.referrals.use_cases.referral_body import AskedReferral, within_profile
from service.referrals.use_cases.referral_changes import take_places, tell
from service.referrals.use_cases.referral_views import NEED, referral_view
from service.referrals.use_cases.settle_consents import ResolvedConsents, counts, settle_consents, terms_of
from service.security import Caller
from service.settings import Settings
from service.time_budget import hard_deadline_from_now

PACKET = "packet"
URGENT = ("now", "today")
MOST_DECISIONS = 3
_TIMES_TO_EXPIRE = 4
_URGENCIES = ("now", "today", "this_week", "later")

log = logging.getLogger(__name__)


class _ChangedMeanwhile(Exception):
    """The grounds of the decision have changed."""


@dataclass(eq=False)
class _NotAllowed(Exception):
    """The referral is not allowed now, as decided by a directory."""

    directory: DirectorySnapshot
    decision: NotNow
    recipient: str


@dataclass(frozen=True, slots=True)
class SentReferral:
    """The referral in its sender's view. `repeated`: sent before under the same key."""

    document: dict[str, Any]
    etag: str
    repeated: bool


@dataclass(frozen=True)
class _Decision:
    """An allowed hand-off, with the grounds of its decision.

    `records` are the named consents on record, as of the decision; the hand-off rests on the records among `consents`.
    """

    directory: DirectorySnapshot
    handoff: Handoff
    records: tuple[StoredConsent, ...]
    consents: tuple[StoredConsent, ...]
    progress: bool
    progress_plain: str | None
    advocate: str | None


@dataclass(frozen=True)
class SendReferral:
    """A request to send a referral, with the needed parts of the application.

    `current` gives the directory version to decide on; `refresh` brings the version up to the store's. `language`: of
    the code.
    """

    database: Database
    ring: KeyRing
    settings: Settings
    caller: Caller
    current: Callable[[], DirectorySnapshot]
    refresh: Callable[[], None]
    language: str = ENGLISH

    def send(self, request: AskedReferral, data: bytes, key: str) -> SentReferral:
        """Store the referral with its holds, and return it; or return the result of the same key and body before.

        Raises:
            BodyRefused: the profile or the step names an entry absent or hidden from the caller.
            KeyReused: the key was used for another body.
            ActRefused: the referral is not allowed now, its grounds change too fast, or deciding takes too long.
        """
        if (earlier := self._recall(key, data)) is not None:
            return earlier
        try:
            return self._send(request, data, key)
        except (_NotAllowed, ActRefused, BodyRefused) as refused:
            # The same request may have been carried out meanwhile, and may be the very ground of this refusal.
            if (earlier := self._recall(key, data)) is not None:
                return earlier
            raise (self._refusal(refused) if isinstance(refused, _NotAllowed) else refused) from None

    def _send(self, request: AskedReferral, data: bytes, key: str) -> SentReferral:
        self._check_refusals()
        zone = self.current().snapshot.zone
        check_day(request.follow_up_on, datetime.now(UTC).astimezone(zone).date(), "/follow_up_on")
        profile = request.profile
        for _ in range(MOST_DECISIONS):
            with within_profile():
                settlement = settle_consents(self.database, self.ring, self.caller, self._directory(), profile)
            decision, profile = self._decide(request, settlement), settlement.again()
            try:
                return self._store(request, decision, data, key)
            except NoPlacesLeft:
                recipient = decision.handoff.step["to"]["slug"]
                raise _NotAllowed(decision.directory, NotNow.full(), recipient) from None
            except _ChangedMeanwhile:
                self.refresh()
        raise ActRefused("busy", wait_s=1)

    def _directory(self) -> DirectorySnapshot:
        return self.current().seen_by(self.caller.organization)

    def _decide(self, request: AskedReferral, settlement: ResolvedConsents) -> _Decision:
        directory, step, profile = self._directory(), request.step, settlement.profile
        slugs = {name: slug for slug, view in directory.names.organizations.items() for name in (slug, view.id)}
        recipient, services = slugs.get(step.to), tuple(self._services(directory, request, slugs))
        with self.database.unit_of_work(writes=False) as work:
            now = clock.now(work.session)
        on_record = tuple(consent for consent in profile.consents if isinstance(consent, RecordedConsent))
        with within_profile():
            question = resolve(
                profile.model_copy(update={"consents": on_record}),
                directory.names,
                directory.policy.equivalent_forms,
                at=now.astimezone(directory.snapshot.zone),
            )
        if recipient is None:
            raise BodyRefused((Problem("/step/to", refusals.NO_ORGANIZATION),))
        if request.advocate is not None and request.advocate not in slugs:
            raise BodyRefused((Problem("/advocate", refusals.NO_ORGANIZATION),))
        advocate = slugs.get(request.advocate or "")
        in_state = directory.where(question.profile.client.area)
        question = question.under(in_state)
        decision = HandOffRequest(in_state, question, recipient, services, step.mode, hard_deadline_from_now()).decide()
        if isinstance(decision, NotNow):
            raise _NotAllowed(directory, decision, recipient)
        origin = question.profile.origin
        counting = tuple(
            record
            for place, record in enumerate(settlement.records)
            if (step.mode != PACKET or place in decision.rests_on or record.consent.holder == recipient)
            and record.consent.id not in settlement.ending
            and counts(record, self.caller.organization)
            and counts(record, recipient)
            and record.consent.holder in (origin, recipient)  # else the sender learned of another recipient
            and record.concerns(recipient)
            and record.concerns(origin)
        )
        case = progress_case(directory, counting, receiver=recipient, sender=origin, now=now)
        progress, plain = False, None
        if request.progress:
            verdict = decide_telling(directory, case, receiver=recipient, sender=origin)
            progress = verdict is not None and verdict.allow
            if not progress:
                plain = lifecycle_events.not_told(
                    rule_against_telling(directory, case, receiver=recipient, sender=origin)
                )
        return _Decision(in_state, decision, settlement.records, counting, progress, plain, advocate)

    def _services(
        self, directory: DirectorySnapshot, request: AskedReferral, slugs_by_name: dict[str, str]
    ) -> list[str]:
        """Return the services of the step by slug.

        Raises:
            BodyRefused: a service is absent, hidden from the caller, or not the recipient's.
        """
        views, recipient = directory.names.services, slugs_by_name.get(request.step.to)
        by_name = {name: slug for slug, view in views.items() for name in (slug, view.id)}
        problems = [] if recipient is not None else [Problem("/step/to", refusals.NO_ORGANIZATION)]
        slugs = []
        for place, name in enumerate(request.step.services):
            slug = by_name.get(name)
            if slug is None or views[slug].organization != recipient:
                problems.append(Problem(f"/step/services/{place}", refusals.NO_SERVICE))
            else:
                slugs.append(slug)
        if recipient is not None and recipient == slugs_by_name.get(self.caller.organization):
            raise ActRefused("nothing_to_send")
        if problems:
            raise BodyRefused(tuple(problems))
        return sorted(set(slugs))

    def _store(self, request: AskedReferral, decision: _Decision, data: bytes, key: str) -> SentReferral:
        """Store the referral with its holds, or return the one that was sent under the key meanwhile.

        Raises:
            _ChangedMeanwhile: the grounds of the decision differ.
            Full: the room is too small.
        """
        referral_id, origin = str(uuid4()), self.caller.organization
        with self.database.unit_of_work() as work:
            session = work.session
            earlier = remember(work, origin, key, data, object_id=referral_id)
            if earlier is not None:
                return self._replay(work, earlier.object_id, same=earlier.same)
            self._check_unchanged(work, decision)
            now = clock.now(session)
            referral = self._add_referral(work, request, decision, referral_id, now)
            self._take_places(session, decision, referral, now)
            Referrals(session).add_move(referral, referral.status, at=now, by=origin, seen=True)
            if referral.mode == PACKET:
                _note_received(work, decision, referral.recipient)
            events.schedule(session, "referral.stall", referral.id, referral.respond_by)
            events.schedule(session, "referral.expire", referral.id, referral.expires_at)
            set_follow_up(session, referral, request.follow_up_on, decision.directory.snapshot.zone)
            tell(session, "referral.requested", referral)
            view = referral_view(Referrals(session).get(referral.id), PartyRole.SENDER, now, self.ring)
            work.commit()
        return SentReferral(view.document, view.etag, repeated=False)

    def _check_unchanged(self, work: UnitOfWork, decision: _Decision) -> None:
        """Hold the grounds of the decision until the transaction ends, and see that the grounds are the same.

        Raises:
            _ChangedMeanwhile: the grounds differ.
        """
        consents = Consents(work.session)
        consents.hold_withdrawals()
        if Referrals(work.session).directory_version() != decision.directory.snapshot.version:
            raise _ChangedMeanwhile
        locked = consents.lock(record.consent.id for record in decision.records)
        unchanged = {record.stamp for record in locked} == {record.stamp for record in decision.records}
        if not unchanged or consents.list_ending(decision.consents):
            raise _ChangedMeanwhile

    def _add_referral(
        self, work: UnitOfWork, request: AskedReferral, decision: _Decision, referral_id: str, now: datetime
    ) -> Referral:
        handoff, key = decision.handoff, self.ring.newest
        within = timedelta(minutes=self.settings.respond_within_minutes[_URGENCIES.index(handoff.urgency)])
        code = self.ring.referral_code(referral_id, key.name, self.language) or ""
        columns = {
            "id": referral_id,
            "status": "requested",
            "origin": self.caller.organization,
            "recipient": handoff.step["to"]["slug"],
            "services": [use["slug"] for use in handoff.step["services"]],
            "covers": list(handoff.covers),
            "mode": handoff.step["mode"],
            "share": handoff.step["share"],
            "urgency": handoff.urgency,
            "people": dict(handoff.people) if self._may_hold(decision) else None,
            "wants_progress": request.progress,
            "progress": decision.progress,
            "seen_progress": decision.progress,
            "progress_plain": decision.progress_plain,
            "advocate": decision.advocate,
            "rules": handoff.step["rules"],
            "obligations": handoff.step["obligations"],
            "directory_version": decision.directory.directory_version,
            "policy_version": decision.directory.rulebook.version,
            "decision_id": str(uuid4()),
            "requested_at": now,
            "respond_by": now + within,
            "expires_at": now + _TIMES_TO_EXPIRE * within,
            "changed_at": now,
            "seen_changed_at": now,
            "seen_status": "requested",
            **key.stamp(code),
            "code_language": self.language,
            "keep_days": self.settings.keep_referrals_days,
        }
        return Referrals(work.session).add(columns, (record.consent.id for record in decision.consents))

    def _may_hold(self, decision: _Decision) -> bool:
        """Say whether places may be held for the referral, now or once accepted: for members' urgent ones alone."""
        sender = decision.directory.names.organizations[self.caller.organization]
        return decision.handoff.urgency in URGENT and sender.membership != "none"

    def _take_places(self, session: Session, decision: _Decision, referral: Referral, now: datetime) -> None:
        """Take the referral's permitted holds.

        Raises:
            Full: the room is too small.
        """
        if referral.urgency not in URGENT:
            return
        wish = HoldRequest(
            sender=referral.origin,
            until=now,
            most_here=self.settings.most_holds_at_service,
            most=self.settings.most_holds,
            most_places=self.settings.most_places,
            secret=not decision.progress,
        )
        sees = decision.directory.sees_counts(referral.origin, referral.recipient, now)
        take_places(session, referral, decision.handoff.people, wish, sees=sees)

    def _recall(self, key: str, data: bytes) -> SentReferral | None:
        with self.database.unit_of_work(writes=False) as work:
            earlier = recall(work, self.caller.organization, key, data)
            return None if earlier is None else self._replay(work, earlier.object_id, same=earlier.same)

    def _replay(self, work: UnitOfWork, object_id: str, *, same: bool) -> SentReferral:
        referral = Referrals(work.session).find(object_id) if same else None
        if referral is None:
            raise KeyReused
        view = referral_view(referral, PartyRole.SENDER, clock.now(work.session), self.ring)
        return SentReferral(view.document, view.etag, repeated=True)

    @property
    def _refusal_count(self) -> tuple[CodeKey, Allowance, str, str]:
        return self.ring.newest, REFUSALS, self.caller.organization, self.caller.subject

    def _check_refusals(self) -> None:
        with self.database.unit_of_work(writes=False) as work:
            wait = seconds_to_wait(work.session, *self._refusal_count)
        if wait is not None:
            raise ActRefused("too_many_refusals", wait_s=wait)

    def _refusal(self, refused: _NotAllowed) -> ActRefused:
        """Count a refusal, note it without a word of the profile, and return it. A full house is no probing."""
        directory, decision = refused.directory, refused.decision
        grounds = {
            "rules": list(decision.rules),
            "directory_version": directory.directory_version,
            "policy_version": directory.rulebook.version,
        }
        with self.database.unit_of_work() as work:
            if not decision.only_full:
                count_try(work.session, *self._refusal_count)
            note_details(work.session, grounds)
            work.commit()
        log.info("referral refused", extra={"organization": self.caller.organization, "rules": list(decision.rules)})
        shows = directory.sees_counts(self.caller.organization, refused.recipient, datetime.now(UTC))
        return ActRefused("not_allowed_now", members=decision.document(shows_counts=shows))


def progress_case(
    directory: DirectorySnapshot, consents: tuple[StoredConsent, ...], *, receiver: str, sender: str, now: datetime
) -> policies.Case:
    """Return the rules' view for the question whether a receiver may tell the sender of progress.

    The view holds only the client's word, which is a verbal consent, and the consents on record from the receiver: the
    profile is forgotten by the time of the next move.
    """
    organizations = {slug: slug for slug in directory.names.organizations}
    forms = form_names(directory.names) | {slug: slug for slug in directory.names.forms}
    on_record = [
        terms_of(consent_record, receiver, directory, absent=receiver)
        for consent_record in consents
        if consent_record.consent.holder == receiver
    ]
    today = now.astimezone(directory.snapshot.zone).date()
    consent = policies.Consent(
        form=None,
        level="verbal",
        marks=frozenset(),
        holder=receiver,
        to=frozenset({sender}),
        data=frozenset({NEED}),
        purpose=REFERRAL,
        signers=frozenset({"client"}),
        signed_on=today,
        ends_on=today,
    )
    return replace(
        policies.Case(today=today),
        consents=(consent, *(consent_of(consent_record, organizations, forms) for consent_record in on_record)),
        equivalent_forms=directory.policy.equivalent_forms,
    )


def _note_received(work: UnitOfWork, decision: _Decision, recipient: str) -> None:
    for record in Consents(work.session).lock(record.consent.id for record in decision.consents):
        part = record.part_of(recipient)
        if part is not None and record.consent.holder != recipient:
            part.received = True
    work.session.flush()
