"""What a change of a referral brings with it: its event, its places until their end, the end of sharing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from service.database import outbox as events
from service.database.outbox import EventType
from service.database.outbox.tables import Event
from service.database.unit_of_work import UnitOfWork
from service.directory.parties import PartyRole
from service.directory.store.capacity import CapacityStore, HoldRequest, NoPlacesLeft
from service.i18n import lifecycle_events
from service.referrals.store.referrals import OPEN, ReferralRecord, Referrals
from service.referrals.store.tables import Referral
from service.referrals.use_cases.referral_views import gone_at, holds_document

_EXAMPLE = "/v1/referrals/6b1f2f52-8d0b-4f0e-8a27-5d6f4c1f9b10"
_TO_RECEIVER = ("requested",)
_TO_SENDER = ("received", "accepted", "waitlisted", "declined", "completed")
HOLD_END, DELETE = "referral.hold_end", "referral.delete"
FOLLOW_UP_DUE, FOLLOW_UP_OVER = "referral.follow_up_due", "referral.follow_up_over"


def tell(session: Session, type_name: str, referral: Referral) -> None:
    """Write the event of a referral's change, for the parties with sight of it."""
    events.append(
        session,
        type_name,
        object_id=referral.id,
        href=f"/v1/referrals/{referral.id}",
        audience=[referral.recipient, referral.origin],
    )


def _judge(session: Session, event: Event, organization: str) -> Mapping[str, Any] | None:
    record = Referrals(session).find(event.object_id)
    if record is None:
        return None
    referral, name = record.referral, event.type.removeprefix("referral.")
    if event.type == FOLLOW_UP_DUE:
        return {} if organization == referral.origin and referral.follow_up_on is not None else None
    if organization == referral.recipient:
        return None if name in _TO_SENDER else {}
    if organization != referral.origin or name in _TO_RECEIVER:
        return None
    may_know = referral.progress or (name == "declined" and referral.seen_status == "declined")
    return {} if may_know else None


for _name, _sentence in lifecycle_events.REFERRAL.items():
    events.declare_type(EventType(f"referral.{_name}", _sentence, _judge, _EXAMPLE))


def take_places(
    session: Session, referral: Referral, people: Mapping[str, int], wish: HoldRequest, *, sees: bool
) -> None:
    """Hold places for people at services (slugs), each for its service's own time from `wish.until` on.

    `sees`: whether the sender may see the counts.

    A full service with a waiting list takes the referral without a hold.

    Raises:
        Full: the room is too small.
    """
    capacities = CapacityStore(session)
    times, lists = capacities.hold_times(referral.people or ()), capacities.with_waitlist(people)
    for slug in sorted(people):
        own = replace(wish, until=wish.until + times[slug]) if slug in times else None
        try:
            capacities.take(slug, referral.id, people=people[slug], sees=sees, wish=own)
        except NoPlacesLeft:
            if slug not in lists:
                raise
    record = Referrals(session).get(referral.id)
    referral.seen_held = holds_document(record)
    time_places(session, record)
    session.flush()


def give_places(session: Session, record: ReferralRecord, until: datetime) -> None:
    """Hold places where the referral, just accepted, holds none: at services that say how long they hold."""
    capacities, referral = CapacityStore(session), record.referral
    people, holding_services = referral.people or {}, {hold.service for hold in record.open_holds}
    for slug in sorted(capacities.hold_times(people).keys() - holding_services):
        capacities.give(slug, referral.id, sender=referral.origin, people=people[slug], until=until)


def check_places(session: Session, record: ReferralRecord) -> None:
    """Make sure that every service of a referral on a waiting list has room now, and lock its count.

    Raises:
        Full: a fresh count says that the room is too small.
    """
    capacities, referral = CapacityStore(session), record.referral
    for slug in sorted(referral.services):
        capacities.take(slug, referral.id, people=(referral.people or {}).get(slug, 1), sees=True, wish=None)


def end_places(session: Session, record: ReferralRecord) -> None:
    """End the holds of a referral that keeps no place any longer."""
    for hold in record.open_holds:
        CapacityStore(session).end(hold)
    events.cancel(session, record.referral.id, HOLD_END)


def keep_places(session: Session, record: ReferralRecord, until: datetime) -> None:
    """Keep the places that a referral still holds until a moment, or longer where a service says so."""
    for hold in record.open_holds:
        hold.until = max(hold.until, until)
    time_places(session, record)


def hide_holds(record: ReferralRecord) -> None:
    """Let open holds count for their sender for as long as it was last told, whatever comes of the referral."""
    for hold in record.open_holds:
        hold.told_until = hold.told_until or hold.until


def time_places(session: Session, record: ReferralRecord) -> None:
    """Set the timer at the next end of the places that a referral still holds; without a hold, no timer."""
    if record.holds_until is not None:
        events.schedule(session, HOLD_END, record.referral.id, record.holds_until)


def stop_sharing(work: UnitOfWork, consent_id: str, *, recipient: str | None = None, now: datetime) -> None:
    """Empty the shared data of the open referrals on a consent (or its referrals to a recipient), and keep their room.

    Closed or open, they name no advocate any longer, and their senders are not reminded to check back.

    In the view of a sender without sight of the course, a referral closed meanwhile is treated just the same.
    """
    referrals = Referrals(work.session)
    for record in referrals.resting_on(consent_id, recipient):
        referral = record.referral
        referrals.note_withdrawn(referral.id, consent_id)
        referral.advocate = referral.follow_up_on = None
        work.session.flush()
        events.cancel(work.session, referral.id, FOLLOW_UP_DUE, FOLLOW_UP_OVER)
        delete_in_time(work.session, record)
        if (
            not referral.seen_withdrawn
            and referral.seen_status in OPEN
            and (referral.progress or now < referral.expires_at)
        ):
            referral.seen_withdrawn, referral.seen_changed_at = True, now
            show_room_kept(record, now)
        if referral.consent_withdrawn or referral.status not in OPEN:
            continue
        referral.consent_withdrawn, referral.changed_at = True, now
        keep_room(work, record)
        tell(work.session, "referral.consent_withdrawn", referral)


def delete_in_time(session: Session, record: ReferralRecord) -> None:
    """Have a closed referral deleted as soon as it is gone for both sides; an open one is not deleted at all."""
    if record.referral.closed_at is not None:
        events.move(session, DELETE, record.referral.id, deleted_at(record))


def deleted_at(record: ReferralRecord) -> datetime:
    """Return when a closed referral is gone for both of its sides."""
    return max(gone_at(record, PartyRole.SENDER), gone_at(record, PartyRole.RECEIVER))


def keep_room(work: UnitOfWork, record: ReferralRecord) -> None:
    """Keep the room of a referral with a withdrawn consent until the referral expires."""
    keep_places(work.session, record, record.referral.expires_at)
    work.session.flush()


def show_room_kept(record: ReferralRecord, since: datetime) -> None:
    """Show the sender holds that stood at `since` as kept until the referral expires, whatever became of them since.

    They count among the sender's holds as long.
    """
    referral, holds = record.referral, record.referral.seen_held
    if holds is not None and (until := datetime.fromisoformat(holds["until"])) > since:
        referral.seen_held = {**holds, "until": max(until, referral.expires_at).isoformat()}
    for hold in record.own_holds:
        if hold.told_until is not None and hold.told_until > since:
            hold.told_until = max(hold.told_until, referral.expires_at)
