"""Events and timers: a change is told to its audience, and a timer acts at its time.

An event is appended in the transaction of its change; a timer is set in the transaction of its object.

    append(session, "referral.accepted", object_id=referral.id, href=f"/v1/referrals/{referral.id}",
           audience=[referral.sender])
    schedule(session, "referral.stall", referral.id, respond_by)

Each room declares its types of event and of timer on import (`declare_type`, `declare_timer`);
`service.webhooks.lifecycle_events` imports every declaring room.
"""

from .heartbeat import beat, on_standstill
from .outbox import (
    EventType,
    Judge,
    append,
    body_of,
    data_for,
    declare_type,
    event_type,
    event_types,
    hold_back,
)
from .timers import DueTimer, TimerType, cancel, declare_timer, is_set, move, schedule

__all__ = [
    "DueTimer",
    "EventType",
    "Judge",
    "TimerType",
    "append",
    "beat",
    "body_of",
    "cancel",
    "data_for",
    "declare_timer",
    "declare_type",
    "event_type",
    "event_types",
    "hold_back",
    "is_set",
    "move",
    "on_standstill",
    "schedule",
]
