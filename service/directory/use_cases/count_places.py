"""Free places of a service: counted by its own people in a small call, shown to readers with sight of the numbers.

A count is no change of the directory: a count has its own row, and leaves the version and every record's entity tag.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import Field, model_validator
from sqlmodel import Session

from service.database import clock
from service.database import outbox as events
from service.database.idempotency_keys import remember
from service.database.outbox import EventType, TimerType
from service.database.outbox.tables import EVERYBODY, Event
from service.database.unit_of_work import UnitOfWork
from service.directory.access import READ, Ownership
from service.directory.parties import MAY, Act, PartyRole
from service.directory.store.capacity import Capacity, CapacityStore
from service.directory.store.resources import Located, Resources
from service.directory.use_cases.read_directory import SERVICES, View
from service.documents import fields
from service.documents.base import BundleModel
from service.documents.bodies import SentBody
from service.documents.entity_tags import TaggedDocument, with_etag
from service.errors import Forbidden, KeyReused
from service.i18n import lifecycle_events, refusals
from service.security import Caller

LONGEST_UNIT = 100
_Unit = Annotated[fields.Filled, Field(max_length=LONGEST_UNIT)]
_TELL = "service.tell_capacity"
_CHANGED = "service.capacity_changed"
_WITHIN_S = 15 * 60


class CountBody(BundleModel):
    """The empty places now. `holds_counted`: places held by referrals are already left out."""

    unit: _Unit
    available: fields.Count
    maximum: fields.Count | None = None
    holds_counted: bool = False

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.maximum is not None and self.available > self.maximum:
            raise fields.fault(refusals.AVAILABLE_AND_MAXIMUM)
        return self


def count_places(work: UnitOfWork, caller: Caller, key: str, sent: SentBody[CountBody]) -> TaggedDocument:
    """Store the free places of the service at `key` (id or slug), as its own organization; return free and held places.

    Raises:
        NotFound, Forbidden: as their names say.
        BodyRefused: the body is wrong.
    """
    with work:
        view, located = _own_service(work, caller, key)
        body = sent.take()
        before, now = CapacityStore(work.session).count(
            located.slug,
            unit=body.unit,
            available=body.available,
            maximum=body.maximum,
            holds_counted=body.holds_counted,
        )
        if _has_turned(before, now):
            _announce(work, view, located)
        work.commit()
        return with_etag(_document(now, clock.now(work.session)) | {"holds_counted": body.holds_counted})


class ChangeBody(BundleModel):
    """What is added to the empty places: less than zero where places were taken."""

    unit: _Unit
    by: fields.Change


def change_places(
    work: UnitOfWork, caller: Caller, key: str, sent: SentBody[ChangeBody], *, read_key: Callable[[], str], data: bytes
) -> tuple[TaggedDocument, bool]:
    """Add to the free places of the service at `key`, as its own organization; once for each key of a request.

    `read_key` gives that key, or raises: it is asked once the service is known to be the caller's.
    Return free and held places as they stand, and whether the same request (`data`) had been carried out before.

    Raises:
        NotFound, Forbidden, KeyReused: as their names say.
        BodyRefused: the body is wrong.
        ActRefused: there is no count of the last day to add to, or the sum is out of range.
    """
    with work:
        view, located = _own_service(work, caller, key)
        request_key, body, rooms = read_key(), sent.take(), CapacityStore(work.session)
        same_service = f"{located.id}\n".encode() + data
        earlier = remember(work, caller.organization, request_key, same_service, object_id=located.id)
        if earlier is not None and not earlier.same:
            raise KeyReused
        room = rooms.room(located.slug, body.unit)
        if earlier is None or room is None:
            before, room = rooms.change(located.slug, unit=body.unit, by=body.by)
            if _has_turned(before, room):
                _announce(work, view, located)
        work.commit()
        return with_etag(_document(room, clock.now(work.session))), earlier is not None


class ConfirmationBody(BundleModel):
    """The count that was looked at."""

    unit: _Unit
    available: fields.Count


def confirm_places(work: UnitOfWork, caller: Caller, key: str, sent: SentBody[ConfirmationBody]) -> TaggedDocument:
    """Store that the count of the service at `key` is still right, as its own organization; return how it stands.

    Raises:
        NotFound, Forbidden: as their names say.
        BodyRefused: the body is wrong.
        ActRefused: somebody has counted otherwise meanwhile.
    """
    with work:
        _, located = _own_service(work, caller, key)
        body = sent.take()
        _, room = CapacityStore(work.session).confirm(located.slug, unit=body.unit, available=body.available)
        work.commit()
        return with_etag(_document(room, clock.now(work.session)))


def read_places(work: UnitOfWork, caller: Caller, key: str) -> TaggedDocument:
    """Return the places of the service at `key` (id or slug), to its own organization: free, held, and held by whom.

    Raises:
        NotFound, Forbidden: as their names say.
    """
    with work:
        view, located = _own_service(work, caller, key)
        now = clock.now(work.session)
        return with_etag({"items": [_document(room, now) for room in view.rooms_of(located.slug)]})


def _own_service(work: UnitOfWork, caller: Caller, key: str) -> tuple[View, Located]:
    view = View.open(work, replace(caller, scopes=caller.scopes | {READ}))  # whoever may count may see what
    located = view.require(SERVICES, key)
    stands = PartyRole.OWNER if view.target(SERVICES, located) is Ownership.OWN else PartyRole.OTHER
    if stands not in MAY[Act.COUNT_PLACES]:
        raise Forbidden
    return view, located


def _document(room: Capacity, now: datetime) -> dict[str, Any]:
    holder = room.largest_holder
    return {
        "unit": room.unit,
        "available": room.available,
        "maximum": room.maximum,
        "held": room.held,
        "largest_holder": None if holder is None else {"organization": holder[0], "places": holder[1]},
        "status": room.status(now),
        "updated": None if room.updated is None else room.updated.isoformat(),
    }


def emit_capacity_changed(work: UnitOfWork, view: View, earlier: Mapping[str, Iterable[Capacity]]) -> None:
    """Announce the services (slugs) that a record, stored just now, left without room or with room again.

    `earlier`: their counts before.
    """
    now = View.of(work, view.reader)
    for slug, units in CapacityStore(work.session).of(earlier).items():
        before = {room.unit: room for room in earlier[slug]}
        if any(_has_turned(before.get(room.unit), room) for room in units):
            _announce(work, now, now.require(SERVICES, slug))


def _has_turned(before: Capacity | None, now: Capacity) -> bool:
    """Say whether a count went from room to none or back; a count that was not known tells no change."""
    if before is None or before.available is None or now.available is None:
        return False
    return bool(before.available) is not bool(now.available)


def _announce(work: UnitOfWork, view: View, service: Located) -> None:
    """Announce new room, or the end of room: for a hidden house at a moment unrelated to the change.

    `view`: of the directory as it stands after the change.
    """
    owner = view.resources.owner(service)
    if owner.visibility.listed and not owner.visibility.address_private:
        _tell(work.session, service.id)
    elif not events.is_set(work.session, _TELL, service.id):  # else told in time, with the turn before
        wait = timedelta(seconds=secrets.randbelow(_WITHIN_S))
        events.schedule(work.session, _TELL, service.id, clock.now(work.session) + wait)


def _tell(session: Session, service_id: str) -> None:
    events.append(session, _CHANGED, object_id=service_id, href=f"/v1/services/{service_id}", audience=[EVERYBODY])


def _judge(session: Session, event: Event, organization: str) -> Mapping[str, Any] | None:
    resources = Resources(session)
    service = resources.locate(SERVICES, event.object_id, resources.reader(organization, frozenset({READ})))
    if service is None:
        return None
    return {} if resources.sees_counts(organization, resources.owner(service).slug) else None


_EXAMPLE = "/v1/services/7c3a5f5e-1e0f-5b63-9a55-3f8d1c0a9b11"
events.declare_type(EventType(_CHANGED, lifecycle_events.ROOM_CHANGED, _judge, _EXAMPLE))
events.declare_timer(TimerType(_TELL, lambda work, timer: _tell(work.session, timer.object_id)))
