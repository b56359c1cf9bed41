"""The audience of a referral's course: its receiver, and its sender as far as permitted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from service.infrastructure import outbox as events
from service.infrastructure.outbox import EventType
from service.infrastructure.outbox.tables import Event
from service.loop.store.referrals import Referrals
from service.loop.store.tables import Referral
from service.words import happenings

_EXAMPLE = "/v1/referrals/6b1f2f52-8d0b-4f0e-8a27-5d6f4c1f9b10"
_TO_RECEIVER = ("requested",)
_TO_SENDER = ("received", "accepted", "waitlisted", "declined", "completed")


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
    whole = Referrals(session).find(event.object_id)
    if whole is None:
        return None
    one, name = whole.referral, event.type.removeprefix("referral.")
    if organization == one.recipient:
        return None if name in _TO_SENDER else {}
    if organization != one.origin or name in _TO_RECEIVER:
        return None
    may_know = one.progress or (name == "declined" and one.seen_status == "declined")
    return {} if may_know else None


for _name, _said in happenings.REFERRAL.items():
    events.declare_type(EventType(f"referral.{_name}", _said, _judge, _EXAMPLE))
