"""The places of a referral: taken when it is sent, given when it is accepted, and kept until each service's own end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from service.directory.store.capacity import Full, Rooms, Wish
from service.infrastructure import outbox as events
from service.loop.store.referrals import Referrals, WholeReferral
from service.loop.store.tables import Referral
from service.loop.work.referral_views import held_of

HOLD_END = "referral.hold_end"


def take_places(session: Session, referral: Referral, people: Mapping[str, int], wish: Wish, *, sees: bool) -> None:
    """Hold places for people at services (slugs), each for its service's own time from `wish.until` on.

    `sees`: whether the sender may see the counts.

    A full service with a waiting list takes the referral without a hold.

    Raises:
        Full: the room is too small.
    """
    rooms = Rooms(session)
    times, lists = rooms.hold_times(referral.people or ()), rooms.with_waitlist(people)
    for slug in sorted(people):
        own = replace(wish, until=wish.until + times[slug]) if slug in times else None
        try:
            rooms.take(slug, referral.id, people=people[slug], sees=sees, wish=own)
        except Full:
            if slug not in lists:
                raise
    whole = Referrals(session).get(referral.id)
    referral.seen_held = held_of(whole)
    time_places(session, whole)
    session.flush()


def give_places(session: Session, whole: WholeReferral, until: datetime) -> None:
    """Hold places where the referral, just accepted, holds none: at services that say how long they hold."""
    rooms, one = Rooms(session), whole.referral
    people, held = one.people or {}, {hold.service for hold in whole.open_holds}
    for slug in sorted(rooms.hold_times(people).keys() - held):
        rooms.give(slug, one.id, sender=one.origin, people=people[slug], until=until)


def check_places(session: Session, whole: WholeReferral) -> None:
    """Make sure that every service of a referral on a waiting list has room now, and lock its count.

    Raises:
        Full: a fresh count says that the room is too small.
    """
    rooms, one = Rooms(session), whole.referral
    for slug in sorted(one.services):
        rooms.take(slug, one.id, people=(one.people or {}).get(slug, 1), sees=True, wish=None)


def end_places(session: Session, whole: WholeReferral) -> None:
    """End the holds of a referral that keeps no place any longer."""
    for hold in whole.open_holds:
        Rooms(session).end(hold)
    events.cancel(session, whole.referral.id, HOLD_END)


def keep_places(session: Session, whole: WholeReferral, until: datetime) -> None:
    """Keep the places that a referral still holds until a moment, or longer where a service says so."""
    for hold in whole.open_holds:
        hold.until = max(hold.until, until)
    time_places(session, whole)


def hide_holds(whole: WholeReferral) -> None:
    """Let open holds count for their sender for as long as it was last told, whatever comes of the referral."""
    for hold in whole.open_holds:
        hold.told_until = hold.told_until or hold.until


def time_places(session: Session, whole: WholeReferral) -> None:
    """Set the timer at the next end of the places that a referral still holds; without a hold, no timer."""
    if whole.held_until is not None:
        events.schedule(session, HOLD_END, whole.referral.id, whole.held_until)
