"""Every type of event and of timer: importing the module declares both.

Each declaring room is imported here, and only here for declaring. Programs that deliver, fire timers or describe event
types import the module first; `event_types()` from here is complete.
"""

from __future__ import annotations

from service.coalition.use_cases import hear_grievances, keep_what_ifs
from service.database.outbox import EventType, event_types
from service.directory import events as directory
from service.directory import policy_events as policy
from service.directory.use_cases import count_places, record_history
from service.referrals.use_cases import count_outcomes, referral_changes, referral_timers, withdraw_consent
from service.webhooks import delivery_events, purging, tasks

__all__ = ["ROOMS", "EventType", "event_types"]

ROOMS: tuple[object, ...] = (
    *(directory, policy, purging, delivery_events, tasks),
    *(count_outcomes, count_places, hear_grievances, record_history, referral_changes, referral_timers),
    *(withdraw_consent, keep_what_ifs),
)
"""The modules that declare types of event or of timer."""
