"""What a withdrawn consent does to the referrals that rest on it: nothing is shared any more, and no bed is lost."""

from __future__ import annotations

from datetime import datetime

from service import events
from service.store import UnitOfWork
from service.store.referrals import OPEN, Referrals, WholeReferral
from service.usecases.referral_events import tell


def stop_sharing(work: UnitOfWork, consent_id: str, *, recipient: str | None = None, now: datetime) -> None:
    """Empty what the open referrals on a consent share (those to one recipient), and keep their room.

    To a sender that may not know what becomes of a referral, it happens just as much to one that was closed meanwhile.
    """
    referrals = Referrals(work.session)
    for whole in referrals.resting_on(consent_id, recipient):
        one = whole.referral
        referrals.note_withdrawn(one.id, consent_id)
        if not one.seen_withdrawn and one.seen_status in OPEN and (one.progress or now < one.expires_at):
            one.seen_withdrawn, one.seen_changed_at = True, now
        if one.consent_withdrawn or one.status not in OPEN:
            continue
        one.consent_withdrawn, one.changed_at = True, now
        keep_room(work, whole)
        tell(work.session, "referral.consent_withdrawn", one)


def keep_room(work: UnitOfWork, whole: WholeReferral) -> None:
    """Have the room of a referral whose consent was withdrawn kept until the referral expires."""
    for hold in whole.open_holds:
        hold.until = max(hold.until, whole.referral.expires_at)
        events.move(work.session, "referral.hold_end", whole.referral.id, hold.until)
    work.session.flush()
