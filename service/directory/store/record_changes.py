"""Changes to single records in the store: noted in the transaction of the change, forgotten after a year."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlmodel import Session

from service.database import clock
from service.database.table_base import table_of

from .change_tables import RecordChange

ADDED, CHANGED, REMOVED = ACTIONS = ("added", "changed", "removed")
UNDO_WITHIN = timedelta(minutes=10)
KEPT_FOR = timedelta(days=365)
_changes = table_of(RecordChange)


class RecordChanges:
    """Reads and writes changes within the transaction of `session`. Not safe to share between threads."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, **columns: Any) -> None:
        """Store a change as of now."""
        self._session.add(RecordChange(at=clock.now(self._session), **columns))

    def find(self, change_id: str, organization: str) -> RecordChange | None:
        """Return a change that an organization (a slug) made."""
        change = self._session.get(RecordChange, change_id)
        return change if change is not None and change.organization == organization else None

    def can_undo(self, change: RecordChange) -> bool:
        """Say whether there is still time, and all that is needed, to undo a change."""
        is_kept = (change.action == ADDED or change.before is not None) and (
            change.action == REMOVED or change.etag is not None
        )
        return is_kept and clock.now(self._session) < change.at + UNDO_WITHIN

    def of_organization(self, organization: str, *, limit: int) -> list[RecordChange]:
        """Return the latest changes that an organization made, the newest first."""
        return self._newest(_changes.c.organization == organization, limit=limit)

    def added_since(self, since: datetime, resource: str, slugs: Collection[str]) -> set[str]:
        """Return which of some records were added after a moment."""
        return self._since(since, resource, slugs, _changes.c.action == ADDED)

    def changed_since(self, since: datetime, resource: str, slugs: Collection[str]) -> set[str]:
        """Return which of some records were changed after a moment, in whatever way."""
        return self._since(since, resource, slugs)

    def _since(self, since: datetime, resource: str, slugs: Collection[str], *where: Any) -> set[str]:
        query = select(_changes.c.slug).where(_changes.c.resource == resource, _changes.c.at > since, *where)
        return {slug for (slug,) in self._session.execute(query.distinct())} & set(slugs)

    def of_record(self, resource: str, slug: str, *, by: str | None, limit: int) -> list[RecordChange]:
        """Return the latest changes of a record, the newest first; `by`: those of an organization (a slug) alone."""
        made = () if by is None else (_changes.c.organization == by,)
        return self._newest(_changes.c.resource == resource, _changes.c.slug == slug, *made, limit=limit)

    def _newest(self, *where: Any, limit: int) -> list[RecordChange]:
        query = select(RecordChange).where(*where).order_by(_changes.c.at.desc(), _changes.c.id).limit(limit)
        return list(self._session.execute(query).scalars())


def forget_changes(session: Session, now: datetime) -> None:
    """Delete changes past their time, and what undoing needed of those that can be undone no more."""
    session.execute(delete(_changes).where(_changes.c.at < now - KEPT_FOR))
    kept = or_(_changes.c.before.is_not(None), _changes.c.etag.is_not(None))
    session.execute(update(_changes).where(_changes.c.at <= now - UNDO_WITHIN, kept).values(before=None, etag=None))
