"""The end of a consent: withdrawn by a party, or by the client's code at any member; or over by time.

Withdrawal stops sharing at once, whoever asks. Withdrawal ends no hold and no referral: the finder of a slip of paper
must not be able to take a bed away.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from service.database import clock
from service.database import outbox as events
from service.database.key_ring import KeyRing
from service.database.outbox import DueTimer, EventType, TimerType
from service.database.outbox.tables import Event, Timer
from service.database.unit_of_work import UnitOfWork
from service.directory.parties import Act, PartyRole
from service.documents.entity_tags import TaggedDocument
from service.i18n import lifecycle_events
from service.referrals.store.attempt_limits import CODE_WITHDRAWALS
from service.referrals.store.consents import Consents, StoredConsent
from service.referrals.use_cases.keep_consents import (
    CURRENT,
    ENDED,
    PROPOSED,
    WITHDRAWN,
    consent_view,
    party_to,
    role_of,
    take_try,
    touch,
)
from service.referrals.use_cases.referral_changes import stop_sharing
from service.security import Caller

BY_FROM, BY_TO, BY_CODE = "from", "to", "code"
_EXAMPLE = "/v1/consents/0b1e9d0c-6f0e-4b3a-9a58-6f3f6a1d2c11"
_DELETE, _BY_CODE = "consent.delete", "consent.by_code"


def withdraw_consent(work: UnitOfWork, caller: Caller, consent_id: str, *, today: date) -> TaggedDocument:
    """Withdraw a consent as its `from`, or as a `to` its own part; an earlier withdrawal stays as before.

    Raises:
        NotFound: no such consent, or hidden from the caller.
    """
    with work:
        record = party_to(
            Consents(work.session).find(consent_id, party=caller.organization, lock=True),
            caller.organization,
            Act.WITHDRAW_CONSENT,
        )
        if role_of(record, caller.organization) is PartyRole.FROM:
            _withdraw(work, record, by=BY_FROM, today=today)
        else:
            _withdraw_part(work, record, caller.organization, today=today)
        answer = consent_view(record, caller.organization)
        work.commit()
        return answer


def ask_withdrawal(work: UnitOfWork, ring: KeyRing, caller: Caller, code: str, *, today: date) -> None:
    """Note a client's wish to end the consent of a code; a worker applies the wish at once. Known or not: the same.

    Raises:
        ActRefused: too many codes were told.
    """
    take_try(work, ring, CODE_WITHDRAWALS, caller)
    with work:
        row_id = Consents(work.session).ask_withdrawal(ring.digests(code), today)
        events.schedule(work.session, _BY_CODE, row_id, clock.now(work.session))
        work.commit()


def _withdraw(work: UnitOfWork, record: StoredConsent, *, by: str, today: date) -> None:
    consent = record.consent
    if consent.status not in (PROPOSED, CURRENT):
        return
    now = clock.now(work.session)
    touch(consent, now, status=WITHDRAWN, withdrawn_on=today, withdrawn_by=by)
    work.session.flush()
    events.cancel(work.session, consent.id, "consent.ending", "consent.ended")
    _delete_later(work.session, record, now)
    _tell(work.session, "consent.withdrawn", record, part=None, by=by)
    stop_sharing(work, consent.id, now=now)


def _withdraw_part(work: UnitOfWork, record: StoredConsent, organization: str, *, today: date) -> None:
    part = record.part_of(organization)
    if part is None or part.withdrawn_on is not None or record.consent.status not in (PROPOSED, CURRENT):
        return
    now = clock.now(work.session)
    part.withdrawn_on, part.withdrawn_by = today, BY_TO
    touch(record.consent, now)
    work.session.flush()
    _tell(work.session, "consent.withdrawn", record, part=organization, by=BY_TO)
    stop_sharing(work, record.consent.id, recipient=organization, now=now)


def _delete_later(session: Session, record: StoredConsent, now: datetime) -> None:
    events.schedule(session, _DELETE, record.consent.id, now + timedelta(days=record.consent.keep_days))


def _tell(
    session: Session, type_name: str, record: StoredConsent, *, part: str | None = None, by: str | None = None
) -> None:
    audience = [party.organization for party in record.parties if part in (None, party.organization)]
    events.append(
        session,
        type_name,
        object_id=record.consent.id,
        href=f"/v1/consents/{record.consent.id}",
        audience=[record.consent.holder, *audience],
        about={} if by is None else {"by": by},
    )


# --- what time does ---------------------------------------------------------------------------------------------------


def _apply_code(work: UnitOfWork, timer: DueTimer) -> None:
    if (withdrawal := Consents(work.session).take_withdrawal(timer.object_id)) is not None:
        _withdraw(work, withdrawal[0], by=BY_CODE, today=withdrawal[1])


def _tell_ending(work: UnitOfWork, timer: DueTimer) -> None:
    record = Consents(work.session).find(timer.object_id, lock=True)
    end_timer = select(col(Timer.id)).where(col(Timer.kind) == "consent.ended", col(Timer.object_id) == timer.object_id)
    over = work.session.execute(end_timer.where(col(Timer.due_at) <= timer.now)).first()  # then that is told, and alone
    if record is not None and record.consent.status == CURRENT and over is None:
        _tell(work.session, timer.timer_type, record)


def _end(work: UnitOfWork, timer: DueTimer) -> None:
    record = Consents(work.session).find(timer.object_id, lock=True)
    if record is None or record.consent.status not in (PROPOSED, CURRENT):
        return
    was_current = record.consent.status == CURRENT
    touch(record.consent, timer.now, status=ENDED)
    work.session.flush()
    events.cancel(work.session, record.consent.id, "consent.ending")
    _delete_later(work.session, record, timer.now)
    if was_current:
        _tell(work.session, timer.timer_type, record)


def _delete(work: UnitOfWork, timer: DueTimer) -> None:
    if (record := Consents(work.session).find(timer.object_id, lock=True)) is not None:
        Consents(work.session).delete(record)
        events.cancel(work.session, record.consent.id)


# --- who is told ------------------------------------------------------------------------------------------------------


def _judge(session: Session, event: Event, organization: str) -> Mapping[str, Any] | None:
    """Tell its `from`, with the withdrawing party; and a `to` with a sent packet, without the party."""
    record = Consents(session).find(event.object_id)
    role = role_of(record, organization)
    if role is PartyRole.FROM:
        return dict(event.about or {})
    return {} if role is PartyRole.RECEIVED else None


_BY = {"by": {"type": "string", "enum": [BY_FROM, BY_TO, BY_CODE], "description": lifecycle_events.BY}}
events.declare_type(
    EventType(
        "consent.withdrawn", lifecycle_events.CONSENT_WITHDRAWN, _judge, _EXAMPLE, _BY,
        {"by": BY_CODE},
    )
)  # fmt: skip
events.declare_type(EventType("consent.ending", lifecycle_events.CONSENT_ENDING, _judge, _EXAMPLE))
events.declare_type(EventType("consent.ended", lifecycle_events.CONSENT_ENDED, _judge, _EXAMPLE))
for _name, _fire in (
    ("consent.ending", _tell_ending),
    ("consent.ended", _end),
    (_DELETE, _delete),
    (_BY_CODE, _apply_code),
):
    events.declare_timer(TimerType(_name, _fire, purges=_name == _DELETE))
