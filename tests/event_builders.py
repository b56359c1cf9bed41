"""Types of event and kinds of timer for tests."""

from __future__ import annotations

from collections.abc import Callable

from service.database.outbox import EventType, TimerType

Declare = Callable[..., EventType]
DeclareTimer = Callable[..., TimerType]
