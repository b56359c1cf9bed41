"""The history of a record: who changed which fields and when, never a value of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

from service.database import clock
from service.database.actor import current_actor
from service.database.outbox.timers import TimerType, declare_timer, schedule
from service.database.unit_of_work import HISTORY, UnitOfWork
from service.directory.access import Operation, Ownership
from service.directory.store.change_tables import RecordChange
from service.directory.store.record_changes import ADDED, CHANGED, REMOVED, UNDO_WITHIN, RecordChanges, forget_changes
from service.directory.store.record_documents import Document
from service.documents.entity_tags import TaggedDocument, with_etag
from service.errors import NotFound, StoreError
from service.security import Caller

from .read_directory import View

MOST_SHOWN = 50
_FORGET = "record_changes.forget"
_NO_FIELDS = ("id", "slug", "notices", "last_modified")


def write_history(unit_of_work: UnitOfWork) -> None:
    """Write down the changed records of a transaction, as its last part.

    Where a change can't be undone, or there is no key to seal with, the record before is not kept. The tag afterwards
    is sealed as well: it is a digest of the whole record, by which a private address could be guessed.
    """
    actor, session, keeps_former = current_actor(), unit_of_work.session, False
    for change in unit_of_work.change_set.records:
        before, after = change.before, change.after
        sealed_before, sealed_tag = None, None
        if before is not None and after is not None and before.etag == after.etag:
            continue
        if change.can_undo:
            with suppress(StoreError):
                sealed_before = before and unit_of_work.cipher.seal(json.dumps(before.document))
                sealed_tag = after and unit_of_work.cipher.seal(after.etag)
        keeps_former |= bool(sealed_before or sealed_tag)
        RecordChanges(session).add(
            id=str(uuid4()),
            organization=(actor and actor.organization) or change.writer,
            resource=change.resource,
            slug=change.slug,
            owners=sorted(change.owners),
            action=ADDED if before is None else REMOVED if after is None else CHANGED,
            fields=[] if before is None or after is None else sorted(changed_fields(before.document, after.document)),
            etag=sealed_tag,
            before=sealed_before,
        )
    if keeps_former:
        schedule(session, _FORGET, str(uuid4()), clock.now(session) + UNDO_WITHIN)


HISTORY.append(write_history)
declare_timer(TimerType(_FORGET, lambda work, due: forget_changes(work.session, due.now), purges=True))


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any], within: str = "") -> Iterator[str]:
    """Yield the names of the fields that differ, those of a part as `coalition.kind`.

    >>> sorted(changed_fields({"name": "A", "coalition": {"kind": "health"}}, {"coalition": {"kind": "legal"}}))
    ['coalition.kind', 'name']
    """
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if old == new or (not within and name in _NO_FIELDS):
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from changed_fields(old, new, f"{within}{name}.")
        else:
            yield f"{within}{name}"


def list_changes(unit_of_work: UnitOfWork, caller: Caller, resource: str | None, key: str | None) -> TaggedDocument:
    """Return the latest changes of a record, the newest first; without one, those that the caller's agency made.

    Whose record it is sees every change; who may change another's record sees those that the own agency made.

    Raises:
        NotFound: no such record, or not one that the caller changed or may change.
    """
    with unit_of_work:
        view, changes = View.open(unit_of_work, caller), RecordChanges(unit_of_work.session)
        if resource is None or key is None:
            made = changes.of_organization(caller.organization, limit=MOST_SHOWN)
            rows = [row for row in made if _may_know_of(view, row)]
        else:
            rows = changes_of(unit_of_work, view, resource, key)
        items = [_document(view, changes, row) for row in rows]
    return with_etag({"items": items})


def changes_of(unit_of_work: UnitOfWork, view: View, resource: str, key: str) -> list[RecordChange]:
    """Return the latest changes of a record that the reader of a view may know of, in an entered unit of work.

    Raises:
        NotFound: as for `list_changes`.
    """
    located = view.resources.locate(resource, key, view.reader)
    target = None if located is None else view.target(resource, located)
    is_shared = target is Ownership.SHARED and view.reader.may(Operation.WRITE, target)
    # Others' changes are left out before the latest are taken, or their number would show in what is missing.
    own = None if is_shared or target is Ownership.OWN else view.reader.organization
    rows = [
        row
        for row in RecordChanges(unit_of_work.session).of_record(
            resource, key if located is None else located.slug, by=own, limit=MOST_SHOWN
        )
        if (is_shared or view.reader.organization in (row.organization, *row.owners)) and _may_know_of(view, row)
    ]
    if not rows and (target is None or not view.reader.may(Operation.WRITE, target)):
        raise NotFound
    return rows


def _may_know_of(view: View, row: RecordChange) -> bool:
    """Say whether the reader may know whose record was changed: an agency that left the coalition knows no more."""
    if view.reader.sees_unlisted or view.reader.organization in row.owners:
        return True
    owners = view.resources.owners_by_slug(row.owners)
    return all(slug in owners and view.reader.sees(owners[slug].visibility) for slug in row.owners)


def _document(view: View, changes: RecordChanges, row: RecordChange) -> Document:
    """Return a change; of an agency that the reader may not know of, without who it was."""
    can_undo = row.organization == view.reader.organization and changes.can_undo(row)
    return {
        "id": row.id,
        "at": row.at.isoformat(),
        "by": None if row.organization in view.hidden else row.organization,
        "resource": row.resource,
        "slug": row.slug,
        "action": row.action,
        "fields": row.fields,
        "undo_until": (row.at + UNDO_WITHIN).isoformat() if can_undo else None,
    }
