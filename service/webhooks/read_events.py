"""Events without a webhook: read after an opaque cursor, good for a single organization."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from service.database import clock
from service.database.field_cipher import SecretCipher
from service.database.outbox import body_of, data_for
from service.database.outbox.tables import EVERYBODY, Event, EventAudience, EventSequence
from service.database.table_base import table_of
from service.database.unit_of_work import UnitOfWork
from service.errors import CursorExpired, CursorRefused, SecretKeyError
from service.webhooks.purging import KEPT_FOR

AT_ONCE = 200
_PARTS = 3
_events, _audience, _sequence = table_of(Event), table_of(EventAudience), table_of(EventSequence)


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Events in the order of their positions, each cut to the reader's sight, and the cursor to go on from."""

    events: tuple[Mapping[str, Any], ...]
    cursor: str


class Cursors:
    """Seals the last position read by an organization. A cursor hides it, has a fixed length, never repeats."""

    def __init__(self, secrets: SecretCipher) -> None:
        self._secrets = secrets

    def seal(self, organization: str, position: int, at: datetime) -> str:
        """Return the cursor of an organization (a slug) after reading up to `position`, as of now."""
        return self._secrets.seal(f"{position:019} {at.timestamp():.0f} {organization}")

    def open(self, cursor: str, organization: str, now: datetime) -> int:
        """Return the position of a cursor.

        Raises:
            CursorRefused: the cursor is another organization's, or no cursor at all.
            CursorExpired: events after the cursor may be gone. The error holds the oldest present cursor.
        """
        try:
            parts = self._secrets.open(cursor).split(" ")
        except SecretKeyError:
            raise CursorRefused from None
        if len(parts) != _PARTS or parts[2] != organization:
            raise CursorRefused
        if float(parts[1]) < (now - KEPT_FOR).timestamp():
            raise CursorExpired(self.seal(organization, 0, now))
        return int(parts[0])


def read_events(
    unit_of_work: UnitOfWork, secrets: SecretCipher, organization: str, *, after: str | None, limit: int
) -> EventBatch:
    """Return up to `limit` events for an organization (a slug) after a cursor; without a cursor, from the oldest event.

    Events that their judge no longer lets the organization have are passed over.

    Raises:
        CursorRefused, CursorExpired: see `Cursors.open`.
        AddressKeyError: no key is set to seal cursors with.
    """
    cursors = Cursors(secrets)
    with unit_of_work:
        session = unit_of_work.session
        now = clock.now(session)
        position = 0 if after is None else cursors.open(after, organization, now)
        for_reader = select(_audience.c.event_id).where(_audience.c.organization.in_((organization, EVERYBODY)))
        documents: list[Mapping[str, Any]] = []
        while len(documents) < limit:
            query = select(_events).where(_events.c.position > position, _events.c.id.in_(for_reader))
            rows = session.execute(query.order_by(_events.c.position).limit(limit)).all()
            for row in rows:
                event = Event(**row._mapping)
                data = data_for(session, event, organization)
                position = row.position
                if data is not None:
                    documents.append({"id": event.id, **body_of(event, data)})
                if len(documents) == limit:
                    break
            if len(rows) < limit:
                break
    return EventBatch(tuple(documents), cursors.seal(organization, position, now))
