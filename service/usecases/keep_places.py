"""The end of the places that a referral holds: each service's own, and the timer at the next of them."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from service import events
from service.store.referrals import WholeReferral

HOLD_END = "referral.hold_end"


def keep_places(session: Session, whole: WholeReferral, until: datetime) -> None:
    """Keep the places that a referral still holds until a moment, or longer where a service says so."""
    for hold in whole.open_holds:
        hold.until = max(hold.until, until)
    time_places(session, whole)


def time_places(session: Session, whole: WholeReferral) -> None:
    """Set the timer at the next end of the places that a referral still holds; without a hold, no timer."""
    if whole.held_until is not None:
        events.schedule(session, HOLD_END, whole.referral.id, whole.held_until)
