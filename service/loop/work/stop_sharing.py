"""The effect of a withdrawn consent on its referrals: sharing stops, and no bed is lost."""

from __future__ import annotations

from datetime import datetime

from service.infrastructure.database.unit_of_work import UnitOfWork
from service.loop.store.referrals import OPEN, Referrals, WholeReferral
from service.loop.work.keep_places import keep_places
from service.loop.work.referral_events import tell


def stop_sharing(work: UnitOfWork, consent_id: str, *, recipient: str | None = None, now: datetime) -> None:
    """Empty the shared data of the open referrals on a consent (or its referrals to a recipient), and keep their room.

    In the view of a sender without sight of the course, a referral closed meanwhile is treated just the same.
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
    """Keep the room of a referral with a withdrawn consent until the referral expires."""
    keep_places(work.session, whole, whole.referral.expires_at)
    work.session.flush()
