"""Types of event and kinds of timer that are known for one test only."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from event_builders import Declare, DeclareTimer

from service.database.outbox import DueTimer, EventType, TimerType, outbox, timers
from service.database.unit_of_work import UnitOfWork


@pytest.fixture
def declare(monkeypatch: pytest.MonkeyPatch) -> Declare:
    """Declares a type of event; by default it is for its whole audience."""
    monkeypatch.setattr(outbox, "_TYPES", dict(outbox._TYPES))

    def declare(name: str = "lamp.lit", judge: outbox.Judge = outbox.as_written) -> EventType:
        return outbox.declare_type(EventType(name, "A lamp was lit.", judge, "/v1/lamps/1"))

    return declare


@pytest.fixture
def declare_timer(monkeypatch: pytest.MonkeyPatch) -> DeclareTimer:
    """Declares a kind of timer, given what firing does."""
    monkeypatch.setattr(timers, "_TIMERS", dict(timers._TIMERS))

    def declare_timer(
        name: str, fire: Callable[[UnitOfWork, DueTimer], None] = lambda work, due: None, **properties: bool
    ) -> TimerType:
        return timers.declare_timer(TimerType(name, fire, **properties))

    return declare_timer
