"""A due timer, as its handler sees the timer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DueTimer:
    """`now` is the moment of firing, which may be long after `due_at`."""

    timer_type: str
    object_id: str
    due_at: datetime
    now: datetime
