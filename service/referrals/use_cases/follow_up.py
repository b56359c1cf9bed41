"""Checking back on a referral: a day of the sender's own, and in one word what came of it.

No word about a client is kept. The receiver learns nothing of it, and nothing depends on the course of the referral.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from sqlmodel import Session

from service.database import clock
from service.database import outbox as events
from service.database.key_ring import KeyRing
from service.database.outbox import DueTimer, TimerType
from service.database.unit_of_work import UnitOfWork
from service.directory.parties import MAY, Act
from service.directory.store.directory_tables import read_zone
from service.documents import fields
from service.documents.base import BundleModel
from service.documents.bodies import SentBody
from service.documents.entity_tags import Condition, TaggedDocument
from service.errors import BodyRefused, Forbidden, Problem
from service.i18n import refusals
from service.referrals.store.referrals import ReferralRecord, Referrals
from service.referrals.store.tables import Referral
from service.referrals.use_cases.referral_changes import FOLLOW_UP_DUE, FOLLOW_UP_OVER, delete_in_time
from service.referrals.use_cases.referral_views import follow_up_over, party_to, referral_view
from service.security import Caller

RESULTS = ("reached", "not_reached", "no_longer_wanted")
MOST_DAYS = 180
MOST_RESULTS = 50
"""Results kept of a referral; of more, the last."""


class FollowUpBody(BundleModel):
    """What came of checking back, if the sender did, and when to do it next; without `on`, never again."""

    result: Annotated[str, fields.one_of(RESULTS)] | None = None
    on: fields.Day | None = None


def check_day(on: date | None, today: date, pointer: str) -> None:
    """Make sure that a day to check back on is from today on, and not too far ahead.

    Raises:
        BodyRefused: it is not.
    """
    if on is not None and not today <= on <= today + timedelta(days=MOST_DAYS):
        raise BodyRefused((Problem(pointer, refusals.FOLLOW_UP_DAY.format(days=MOST_DAYS)),))


def record_follow_up(
    work: UnitOfWork,
    caller: Caller,
    referral_id: str,
    *,
    ring: KeyRing,
    sent_body: SentBody[FollowUpBody],
    condition: Condition,
) -> TaggedDocument:
    """Note what came of checking back, set the next day or none, and return the sender's view.

    Raises:
        NotFound, Forbidden, PreconditionRequired, PreconditionFailed: as their names say.
        BodyRefused: the body is wrong; or it sets a day although the client withdrew a consent, or wants no more.
    """
    with work:
        now = clock.now(work.session)
        record, role = party_to(
            Referrals(work.session).find(referral_id, party=caller.organization, lock=True),
            caller.organization,
            Act.READ_REFERRAL,
            now,
        )
        if role not in MAY[Act.FOLLOW_UP]:
            raise Forbidden
        condition.check(referral_view(record, role, now, ring))
        body, zone = sent_body.take(), read_zone(work.session)
        today = now.astimezone(zone).date()
        check_day(body.on, today, "/on")
        if body.on is not None and body.result == RESULTS[-1]:
            raise BodyRefused((Problem("/on", refusals.NOT_WITH_RESULT),))
        if body.on is not None and any(consent.withdrawn for consent in record.consents):
            raise BodyRefused((Problem("/on", refusals.CONSENT_WAS_WITHDRAWN),))
        if body.result is not None:
            result = {"on": today.isoformat(), "result": body.result}
            record.referral.follow_ups = [*(record.referral.follow_ups or ()), result][-MOST_RESULTS:]
        set_follow_up(work.session, record.referral, body.on, zone)
        delete_in_time(work.session, record)
        answer = referral_view(Referrals(work.session).get(referral_id), role, now, ring)
        work.commit()
        return answer


def set_follow_up(session: Session, referral: Referral, on: date | None, zone: ZoneInfo) -> None:
    """Set the day on which the sender is reminded, in its coalition's time zone; None: it is not."""
    referral.follow_up_on = on
    session.flush()
    events.cancel(session, referral.id, FOLLOW_UP_DUE, FOLLOW_UP_OVER)
    if on is not None:
        events.schedule(session, FOLLOW_UP_DUE, referral.id, datetime.combine(on, time(), zone))
        events.schedule(session, FOLLOW_UP_OVER, referral.id, follow_up_over(on))


def _remind(work: UnitOfWork, timer: DueTimer) -> None:
    record = Referrals(work.session).find(timer.object_id, lock=True)
    if record is not None and record.referral.follow_up_on is not None:
        events.append(
            work.session,
            FOLLOW_UP_DUE,
            object_id=record.referral.id,
            href=f"/v1/referrals/{record.referral.id}",
            audience=[record.referral.origin],
        )


def _forget(work: UnitOfWork, timer: DueTimer) -> None:
    record: ReferralRecord | None = Referrals(work.session).find(timer.object_id, lock=True)
    if record is not None:
        record.referral.follow_up_on = None
        work.session.flush()


events.declare_timer(TimerType(FOLLOW_UP_DUE, _remind))
events.declare_timer(TimerType(FOLLOW_UP_OVER, _forget, purges=True))
