"""The register of event types and timer types: each room declares its own, and only declared names are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session

from service.infrastructure.database.unit_of_work import UnitOfWork
from service.infrastructure.outbox.tables import Event

from .timers_due import DueTimer

Judge = Callable[[Session, Event, str], Mapping[str, Any] | None]
"""Says what an organization (a slug) reads of an event beside `id` and `href`, as things stand in the transaction.

None: the event is not, or no longer, for that organization. Asked when the event is written, and again before every
attempt and every read; so it looks things up as they are now and never trusts what was so.
"""


def as_written(_session: Session, event: Event, _organization: str) -> Mapping[str, Any]:
    """Judge an event as for its whole audience, whatever has become of its object since."""
    return event.data or {}


@dataclass(frozen=True, slots=True)
class EventType:
    """A type of event. `data`: JSON schema of each member of the body's `data` beside `id` and `href`.

    `example`: the members of an example; `example_href`: the path of a possible object.
    """

    name: str
    description: str
    judge: Judge
    example_href: str
    data: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    example: Mapping[str, Any] = field(default_factory=dict)
    deprecated: bool = False


@dataclass(frozen=True, slots=True)
class TimerType:
    """A type of timer. `fire` makes its change in the transaction that deletes the timer, and does not commit.

    `served`: the clock of the timers stands still while no process serves. `standing`: exactly one timer always exists,
    set for `STANDING_OBJECT` at a worker's start; its handler sets the next. `purges`: it deletes what is past its
    time.
    """

    name: str
    fire: Callable[[UnitOfWork, DueTimer], None]
    served: bool = False
    standing: bool = False
    purges: bool = False


STANDING_OBJECT = "-"
_TYPES: dict[str, EventType] = {}
_TIMERS: dict[str, TimerType] = {}


def declare_type(declared: EventType) -> EventType:
    """Make a type of event known, and return the type.

    Raises:
        ValueError: a type has the name already.
    """
    if declared.name in _TYPES:
        raise ValueError(declared.name)
    _TYPES[declared.name] = declared
    return declared


def declare_timer(declared: TimerType) -> TimerType:
    """Make a type of timer known, and return the type.

    Raises:
        ValueError: a type of timer has the name already.
    """
    if declared.name in _TIMERS:
        raise ValueError(declared.name)
    _TIMERS[declared.name] = declared
    return declared


def event_type(name: str) -> EventType | None:
    """Return the type of event with a name; None: an unknown type, whose events are for no reader."""
    return _TYPES.get(name)


def event_types() -> tuple[EventType, ...]:
    """Return every type of event, by name."""
    return tuple(_TYPES[name] for name in sorted(_TYPES))


def timer_type(name: str) -> TimerType:
    """Return the type of timer with a name; a KeyError is a defect."""
    return _TIMERS[name]


def timer_types(**wanted: bool) -> tuple[str, ...]:
    """Return the names of the timer types with the wanted properties: `served`, `standing`, `purges`."""
    return tuple(
        name for name, timer in _TIMERS.items() if all(getattr(timer, key) is value for key, value in wanted.items())
    )


def judged(session: Session, event: Event, organization: str) -> Mapping[str, Any] | None:
    """Return the organization's reading of `event` beside `id` and `href`; None: not for the organization."""
    known = event_type(event.type)
    return None if known is None else known.judge(session, event, organization)
