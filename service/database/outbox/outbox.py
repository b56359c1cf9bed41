"""The outbox: an event is a row, committed with its change or not at all.

Each room declares its types of event; only declared names are known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event as Alarm
from threading import Lock
from typing import Any
from uuid import uuid4

from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import insert, select
from sqlmodel import Session

from service.database import clock
from service.database.outbox.tables import EVERYBODY, Event, EventAudience, EventSequence
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork

_HELD_BACK = "events held back"
_lock = Lock()
_workers: set[Alarm] = set()
Judge = Callable[[Session, Event, str], Mapping[str, Any] | None]
"""Gives an organization's (a slug) data of an event beside `id` and `href`, as things stand in the transaction.

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


_TYPES: dict[str, EventType] = {}


def declare_type(declared: EventType) -> EventType:
    """Make a type of event known, and return the type.

    Raises:
        ValueError: a type has the name already.
    """
    if declared.name in _TYPES:
        raise ValueError(declared.name)
    _TYPES[declared.name] = declared
    return declared


def event_type(name: str) -> EventType | None:
    """Return the type of event with a name; None: an unknown type, whose events are for no reader."""
    return _TYPES.get(name)


def event_types() -> tuple[EventType, ...]:
    """Return every type of event, by name."""
    return tuple(_TYPES[name] for name in sorted(_TYPES))


def data_for(session: Session, event: Event, organization: str) -> Mapping[str, Any] | None:
    """Return the data that the organization reads of `event` beside `id` and `href`; None: not for the organization."""
    kind = event_type(event.type)
    return None if kind is None else kind.judge(session, event, organization)


def hold_back(session: Session) -> None:
    """Have no event written in the session any more: its changes had their events, or are of a time that is over."""
    session.info[_HELD_BACK] = True


def append(
    session: Session,
    type_name: str,
    *,
    object_id: str,
    href: str,
    audience: Iterable[str],
    data: Mapping[str, Any] | None = None,
    about: Mapping[str, Any] | None = None,
    spares: str | None = None,
    at: datetime | None = None,
) -> str | None:
    """Write an event in the transaction of `session`, once the change is flushed; return the event's id.

    None in a session that `hold_back` was asked for.

    `audience`: slugs of the organizations to tell, or EVERYBODY; the type's judge has the last word on each. None: an
    event without an audience, not written. `data`, `about`, `spares`: see the table.

    Raises:
        ValueError: no type of event has the name.
    """
    if event_type(type_name) is None:
        raise ValueError(type_name)
    if session.info.get(_HELD_BACK):
        return None
    event = Event(
        id=str(uuid4()),
        type=type_name,
        at=at or clock.now(session),
        object_id=object_id,
        href=href,
        data=dict(data or {}),
        about=dict(about or {}),
        spares=spares,
    )
    readers = [
        name for name in dict.fromkeys(audience) if name == EVERYBODY or data_for(session, event, name) is not None
    ]
    if not readers:
        return None
    session.execute(insert(Event).values(**event.model_dump()))
    of_event = {"event_id": event.id, "event_at": event.at}
    session.execute(insert(EventAudience), [{**of_event, "organization": name} for name in readers])
    wake_after(session)
    return event.id


def body_of(event: Event, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of an event for an organization that may read `data` (see `data_for`). Pure."""
    return {
        "type": event.type,
        "timestamp": event.at.isoformat(),
        "data": {"id": event.object_id, "href": event.href, **data},
    }


def last_position(unit_of_work: UnitOfWork) -> int:
    """Return the last position given to any event; 0: no event yet."""
    with unit_of_work:
        return int(unit_of_work.session.execute(select(table_of(EventSequence).c.last)).scalar_one_or_none() or 0)


def follow(worker: Alarm) -> None:
    """Have `worker` set at each wake-up: after each commit in this process; workers of further processes poll."""
    with _lock:
        _workers.add(worker)


def leave(worker: Alarm) -> None:
    """Wake the others without `worker` from now on."""
    with _lock:
        _workers.discard(worker)


def wake() -> None:
    """Wake every worker of the process."""
    with _lock:
        workers = tuple(_workers)
    for worker in workers:
        worker.set()


def wake_after(session: Session) -> None:
    """Wake the workers once the transaction of `session` is committed; not after a rollback."""
    if not session.info.get("wakes"):
        session.info["wakes"] = True
        sqlalchemy_event.listen(session, "after_commit", _woken)


def _woken(_session: Any) -> None:
    wake()
