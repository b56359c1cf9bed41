"""The course of a referral: the moves of its two sides, reading and listing by both, and looking up by code."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from service.answers.use_cases.decide_handoff import decide_telling
from service.database import clock
from service.database import outbox as events
from service.database.key_ring import KeyRing
from service.database.unit_of_work import UnitOfWork
from service.directory.parties import Act, PartyRole
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.store.capacity import COUNTS_CANCELLED, CapacityStore, NoPlacesLeft
from service.documents import fields
from service.documents.base import BundleModel
from service.documents.bodies import SentBody
from service.documents.entity_tags import Condition, TaggedDocument, with_etag
from service.errors import ActRefused, BodyRefused, Forbidden, Problem
from service.i18n import refusals
from service.referrals.store.attempt_limits import CODES
from service.referrals.store.consents import Consents
from service.referrals.store.referrals import OPEN, UNANSWERED, WAITLISTED, Order, ReferralRecord, Referrals
from service.referrals.store.tables import Referral
from service.referrals.use_cases.count_answers import keep_answer
from service.referrals.use_cases.keep_consents import take_try
from service.referrals.use_cases.referral_changes import (
    DELETE,
    HOLD_END,
    check_places,
    delete_in_time,
    deleted_at,
    end_places,
    give_places,
    hide_holds,
    keep_places,
    tell,
)
from service.referrals.use_cases.referral_views import (
    CLOSED,
    SHOWN_DECLINES,
    ends_at,
    holds_document,
    party_to,
    referral_view,
    sender_reason,
)
from service.referrals.use_cases.send_referral import progress_case
from service.referrals.use_cases.settle_consents import counts
from service.security import Caller

DECLINE_REASONS = (
    "full", "not_offered", "area", "language", "age", "gender", "trait", "schedule", "conflict_of_interest", "unsafe",
    "no_contact", "other",
)  # fmt: skip
CANCEL_REASONS = ("recalled", "client_declined", "found_elsewhere", "mistake")
OUTCOMES = ("served", "partly_served", "client_declined", "no_contact", "referred_on", "not_served")
ACCEPTED_HOLDS = timedelta(hours=24)
COMPLETED_AFTER = timedelta(days=30)
COURSE_TIMERS = ("referral.stall", "referral.expire", "referral.complete", HOLD_END)
"""What time does to an open referral. Its sender may still check back on a closed one."""
REASON, OUTCOME, EXPECTED = "reason", "outcome", "expected"


@dataclass(frozen=True, slots=True)
class Move:
    """A line of the table of moves. `takes`: the further field of a move, and its possible codes.

    `again`: a move to the present status changes the further field.
    """

    sources: tuple[str, ...]
    role: PartyRole
    takes: str | None = None
    codes: tuple[str, ...] = ()
    again: bool = False


MOVES: Mapping[str, Move] = {
    "received": Move(("requested",), PartyRole.RECEIVER),
    "accepted": Move((*UNANSWERED, WAITLISTED), PartyRole.RECEIVER),
    WAITLISTED: Move((*UNANSWERED, "accepted"), PartyRole.RECEIVER, EXPECTED, again=True),
    "declined": Move((*UNANSWERED, WAITLISTED), PartyRole.RECEIVER, REASON, DECLINE_REASONS),
    "cancelled": Move(OPEN, PartyRole.SENDER, REASON, CANCEL_REASONS),
    "completed": Move(("accepted",), PartyRole.RECEIVER, OUTCOME, OUTCOMES),
}
CANCELLED = "cancelled"
WAITING = "waiting"
STAGES: Mapping[str, tuple[str, ...]] = {
    WAITING: UNANSWERED,
    "open": ("accepted", WAITLISTED),
    "done": ("declined", CANCELLED, "completed", "expired", CLOSED),
}
"""The statuses of each stage of a referral. What waits is listed with what is due first; the rest, the newest first."""


class StatusBody(BundleModel):
    """A move: the new status. With `declined` and `cancelled` goes a reason, with `completed` an outcome.

    With `waitlisted` may go `expected`: the month in which a place is expected.
    """

    status: Annotated[str, fields.one_of(tuple(MOVES))]
    reason: Annotated[str, fields.one_of((*DECLINE_REASONS, *CANCEL_REASONS))] | None = None
    outcome: Annotated[str, fields.one_of(OUTCOMES)] | None = None
    expected: fields.Month | None = None


def get_referral(work: UnitOfWork, ring: KeyRing, caller: Caller, referral_id: str) -> TaggedDocument:
    """Return a referral in the view of the caller's side.

    Raises:
        NotFound: no such referral, or not the caller's.
    """
    with work:
        now = clock.now(work.session)
        record, role = party_to(
            Referrals(work.session).find(referral_id, party=caller.organization, own_part=True),
            caller.organization,
            Act.READ_REFERRAL,
            now,
        )
        return referral_view(record, role, now, ring)


def list_referrals(
    work: UnitOfWork,
    caller: Caller,
    *,
    box: str | None,
    statuses: Collection[str] | None,
    page: int,
    per_page: int,
    stage: str | None = None,
    changed: tuple[datetime | None, datetime | None] = (None, None),
) -> TaggedDocument:
    """Return a page of the caller's referrals: `items` (without codes), `page`, `per_page`, `total`.

    `statuses`: only those that the caller sees in one of these. `stage`: one of `STAGES`, in its order; else by id.
    `changed`: only those whose `changed_at` is not before the first moment, and before the second.
    """
    order = Order.ID
    if stage is not None:
        statuses = STAGES[stage] if statuses is None else [status for status in statuses if status in STAGES[stage]]
        order = Order.DUE if stage == WAITING else Order.NEWEST
    with work:
        now = clock.now(work.session)
        total, rows = Referrals(work.session).page(
            caller.organization, box=box, statuses=statuses, now=now, offset=(page - 1) * per_page, limit=per_page,
            order=order, changed=changed,
        )  # fmt: skip
        parties = (party_to(record, caller.organization, Act.READ_REFERRAL, now) for record in rows)
        items = [referral_view(record, role, now).document for record, role in parties]
    return with_etag({"items": items, "page": page, "per_page": per_page, "total": total})


def look_up_referral(work: UnitOfWork, ring: KeyRing, caller: Caller, code: str) -> TaggedDocument:
    """Return the open referral with `code`, to its receiver.

    Raises:
        NotFound: no referral has the code, or it was not sent to the caller: in the same words and time.
        ActRefused: too many codes were tried.
    """
    take_try(work, ring, CODES, caller)
    with work:
        now = clock.now(work.session)
        record, role = party_to(
            Referrals(work.session).find_by_code(ring.digests(code), recipient=caller.organization),
            caller.organization,
            Act.LOOK_UP_REFERRAL,
            now,
        )
        return referral_view(record, role, now, ring)


def move_referral(
    work: UnitOfWork,
    directory: DirectorySnapshot,
    caller: Caller,
    referral_id: str,
    *,
    ring: KeyRing,
    sent_body: SentBody[StatusBody],
    condition: Condition,
    waits: timedelta,
) -> TaggedDocument:
    """Give a referral a new status, and return the view of the caller's side; the same status changes no row.

    `waits`: how long a referral may stay on a waiting list.

    Raises:
        NotFound, Forbidden, PreconditionRequired, PreconditionFailed: as their names say.
        ActRefused: the table of moves has no such move from the present status; or a place is wanted from a
            waiting list, and none is free.
        BodyRefused: the body is wrong, or a reason or an outcome is missing, or is too many.
    """
    move = MOVES.get(sent_body.status)
    with work:
        now = clock.now(work.session)
        record, role = party_to(
            Referrals(work.session).find(referral_id, party=caller.organization, lock=True),
            caller.organization,
            Act.READ_REFERRAL,
            now,
        )
        referral = record.referral
        if move is not None and move.role is not role:
            raise Forbidden
        condition.check(referral_view(record, role, now, ring))
        secretly = role is PartyRole.SENDER and not referral.progress
        if (
            move is not None
            and not secretly
            and sent_body.status != referral.status
            and referral.status not in move.sources
        ):
            raise ActRefused("not_from_here")
        body = sent_body.take()
        if body.status != (referral.seen_status if secretly else referral.status) or _changes_field(body, referral):
            _check_more(body, now.astimezone(directory.snapshot.zone).date())
            if secretly:
                _cancel_unseen(work, record, body, now)
            else:
                _move(work, directory, record, body, now, waits=waits)
        answer = _view_of(work, referral_id, role, now, ring)
        work.commit()
        return answer


def close(work: UnitOfWork, record: ReferralRecord, now: datetime) -> None:
    """Close a referral with its last status: its code is dead, its holds end, and in time the referral is deleted."""
    referral = record.referral
    referral.closed_at, referral.code_digest = now, None
    keep_answer(work, record, now)
    for hold in record.open_holds:
        CapacityStore(work.session).end(hold, cancelled=referral.status == CANCELLED)
    work.session.flush()
    events.cancel(work.session, referral.id, *COURSE_TIMERS)
    events.schedule(work.session, DELETE, referral.id, deleted_at(record))


def show(record: ReferralRecord, now: datetime) -> None:
    """Show the sender the referral's present status."""
    referral, holds = record.referral, holds_document(record)
    referral.seen_status, referral.seen_outcome, referral.seen_changed_at = referral.status, referral.outcome, now
    referral.seen_expected, referral.expires_at = referral.expected, ends_at(referral)
    referral.seen_reason = referral.reason if referral.status == CANCELLED else sender_reason(referral.reason)
    referral.seen_held = holds


def _move(
    work: UnitOfWork,
    directory: DirectorySnapshot,
    record: ReferralRecord,
    body: StatusBody,
    now: datetime,
    *,
    waits: timedelta,
) -> None:
    referral = record.referral
    if referral.status == WAITLISTED and body.status == "accepted":
        _check_room(work, record)
    if body.status == WAITLISTED and referral.status != WAITLISTED:
        referral.waits_until = now + waits
    referral.progress = referral.wants_progress and _may_show(work, directory, record, now)
    referral.status, referral.reason, referral.outcome = body.status, body.reason, body.outcome
    referral.changed_at = now
    referral.expected = body.expected
    if body.status in ("accepted", WAITLISTED, "declined"):
        referral.answered_at = referral.answered_at or now
    sender_acts = body.status == CANCELLED
    is_shown = referral.progress or sender_acts or (body.status == "declined" and body.reason in SHOWN_DECLINES)
    by = referral.origin if sender_acts else referral.recipient
    Referrals(work.session).add_move(referral, referral.status, at=now, by=by, seen=is_shown)
    if not is_shown:
        hide_holds(record)
    if body.status == "accepted":
        record = _accept(work, record, now)
    elif body.status == WAITLISTED:
        record = _wait(work, record, directory.snapshot.zone)
    if is_shown:
        show(record, now)
    if body.status not in OPEN:
        close(work, record, now)
    work.session.flush()
    tell(work.session, f"referral.{body.status}", referral)


def _accept(work: UnitOfWork, record: ReferralRecord, now: datetime) -> ReferralRecord:
    """Keep the places of an accepted referral for a day, or hold them now; return the referral with its holds."""
    referral, until = record.referral, now + ACCEPTED_HOLDS
    events.cancel(work.session, referral.id, "referral.stall", "referral.expire")
    events.schedule(work.session, "referral.complete", referral.id, now + COMPLETED_AFTER)
    give_places(work.session, record, until)
    record = Referrals(work.session).get(referral.id)
    keep_places(work.session, record, until)
    return record


def _wait(work: UnitOfWork, record: ReferralRecord, zone: ZoneInfo) -> ReferralRecord:
    """Free the places of a referral put on a waiting list, and set its timers; return the referral without holds.

    The wait stalls when the expected month has passed by a month.
    """
    referral = record.referral
    end_places(work.session, record)
    events.cancel(work.session, referral.id, "referral.stall", "referral.complete")
    events.schedule(work.session, "referral.expire", referral.id, ends_at(referral))
    if referral.expected is not None:
        year, month = map(int, referral.expected.split("-"))
        over = datetime(year + (month + 1) // 12, (month + 1) % 12 + 1, 1, tzinfo=zone)
        events.schedule(work.session, "referral.stall", referral.id, over)
    return Referrals(work.session).get(referral.id)


def _check_room(work: UnitOfWork, record: ReferralRecord) -> None:
    try:
        check_places(work.session, record)
    except NoPlacesLeft:
        raise ActRefused("full") from None


def _changes_field(body: StatusBody, referral: Referral) -> bool:
    """Say whether a move to the present status changes its further field."""
    move = MOVES[body.status]
    return move.again and move.takes is not None and getattr(body, move.takes) != getattr(referral, move.takes)


def _cancel_unseen(work: UnitOfWork, record: ReferralRecord, body: StatusBody, now: datetime) -> None:
    """Cancel as a sender without sight of the referral's course: the cancellation always goes through."""
    referral = record.referral
    looks_open = referral.seen_status in OPEN and now < referral.expires_at
    really_open = referral.status in OPEN
    if really_open:
        referral.status, referral.reason, referral.changed_at = CANCELLED, body.reason, now
    if looks_open:
        referral.seen_status, referral.seen_reason = CANCELLED, body.reason
        referral.seen_changed_at, referral.seen_held = now, None
    if looks_open or really_open:
        Referrals(work.session).add_move(
            referral, CANCELLED, at=now, by=referral.origin, seen=looks_open, real=really_open
        )
    for hold in record.holds:
        if looks_open and hold.told_until is not None and hold.told_until > now:
            hold.told_until = now + COUNTS_CANCELLED
    work.session.flush()
    if really_open:
        close(work, record, now)
        tell(work.session, "referral.cancelled", referral)
    elif looks_open:
        delete_in_time(work.session, record)


def _may_show(work: UnitOfWork, directory: DirectorySnapshot, record: ReferralRecord, now: datetime) -> bool:
    """Say whether the rules let the receiver tell the sender, as things stand now."""
    referral = record.referral
    consents = [Consents(work.session).find(consent.consent_id) for consent in record.consents]
    counting = tuple(consent for consent in consents if consent is not None and counts(consent, referral.origin))
    case = progress_case(directory, counting, receiver=referral.recipient, sender=referral.origin, now=now)
    decision = decide_telling(directory, case, receiver=referral.recipient, sender=referral.origin)
    return decision is not None and decision.allow


def _check_more(body: StatusBody, today: date) -> None:
    move, problems = MOVES[body.status], []
    for name, value in ((REASON, body.reason), (OUTCOME, body.outcome), (EXPECTED, body.expected)):
        if name != move.takes and value is not None:
            problems.append(Problem(f"/{name}", refusals.NOT_WITH_STATUS))
        elif name == EXPECTED and value is not None and value < f"{today:%Y-%m}":
            problems.append(Problem(f"/{name}", refusals.MONTH_OVER))
        elif name == move.takes and move.codes and value is None:
            problems.append(Problem(f"/{name}", refusals.REQUIRED))
        elif name == move.takes and move.codes and value not in move.codes:
            problems.append(Problem(f"/{name}", refusals.EXPECTED.format(expected="one of: " + ", ".join(move.codes))))
    if problems:
        raise BodyRefused(tuple(problems))


def _view_of(work: UnitOfWork, referral_id: str, role: PartyRole, now: datetime, ring: KeyRing) -> TaggedDocument:
    return referral_view(Referrals(work.session).get(referral_id), role, now, ring)
