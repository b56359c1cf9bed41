"""The history of a record: who changed which fields and when, never a value of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

from service.directory.access import Operation, Ownership
from service.directory.store.change_tables import RecordChange
from service.directory.store.record_changes import ADDED, CHANGED, REMOVED, UNDO_WITHIN, RecordChanges
from service.directory.store.record_documents import Document
from service.infrastructure.acting import current_actor
from service.infrastructure.auth import Caller
from service.infrastructure.database.unit_of_work import HISTORY, UnitOfWork
from service.infrastructure.documents.entity_tags import TaggedDocument, with_etag
from service.infrastructure.errors import NotHere, StoreError

from .read_directory import View

MOST_SHOWN = 50
_NO_FIELDS = ("id", "slug", "notices", "last_modified")


def write_history(unit_of_work: UnitOfWork) -> None:
    """Write down the changed records of a transaction, as its last part.

    Where a change can't be undone, or there is no key to seal it with, the record before is not kept.
    """
    actor = current_actor()
    for change in unit_of_work.change_set.records:
        before, after, sealed = change.before, change.after, None
        if before is not None and after is not None and before.etag == after.etag:
            continue
        if before is not None and change.can_undo:
            with suppress(StoreError):
                sealed = unit_of_work.vault.seal(json.dumps(before.document))
        RecordChanges(unit_of_work.session).add(
            id=str(uuid4()),
            organization=(actor and actor.organization) or change.writer,
            resource=change.resource,
            slug=change.slug,
            owners=sorted(change.owners),
            action=ADDED if before is None else REMOVED if after is None else CHANGED,
            fields=[] if before is None or after is None else sorted(changed_fields(before.document, after.document)),
            etag=None if after is None else after.etag,
            before=sealed,
        )


HISTORY.append(write_history)


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
        NotHere: no such record, or not one that the caller changed or may change.
    """
    with unit_of_work:
        view, changes = View.open(unit_of_work, caller), RecordChanges(unit_of_work.session)
        if resource is None or key is None:
            rows = changes.of_organization(caller.organization, limit=MOST_SHOWN)
        else:
            rows = changes_of(unit_of_work, view, resource, key)
        items = [_document(view, changes, row) for row in rows]
    return with_etag({"items": items})


def changes_of(unit_of_work: UnitOfWork, view: View, resource: str, key: str) -> list[RecordChange]:
    """Return the latest changes of a record that the reader of a view may know of, in an entered unit of work.

    Raises:
        NotHere: as for `list_changes`.
    """
    located = view.resources.locate(resource, key, view.reader)
    target = None if located is None else view.target(resource, located)
    is_shared = target is Ownership.SHARED and view.reader.may(Operation.WRITE, target)
    rows = [
        row
        for row in RecordChanges(unit_of_work.session).of_record(
            resource, key if located is None else located.slug, limit=MOST_SHOWN
        )
        if row.organization == view.reader.organization
        or (located is not None and (is_shared or view.reader.organization in row.owners))
    ]
    if not rows and (target is None or not view.reader.may(Operation.WRITE, target)):
        raise NotHere
    return rows


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
