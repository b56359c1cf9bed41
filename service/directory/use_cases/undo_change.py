"""Undo a change of a record for ten minutes: a new change, under the same checks, if nothing has changed since."""

from __future__ import annotations

import json

from service.database.unit_of_work import UnitOfWork
from service.directory.events import emit_directory_changed
from service.directory.store.record_changes import ADDED, REMOVED, RecordChanges
from service.directory.store.repositories import CoalitionRepository
from service.documents.entity_tags import Condition
from service.errors import NotFound, PreconditionFailed, StillNeeded
from service.i18n import refusals
from service.security import Caller

from .record_body import Body
from .write_directory import delete_in, put_in


def undo_change(unit_of_work: UnitOfWork, caller: Caller, change_id: str) -> None:
    """Bring the record back to what it was before a change that the caller's organization made.

    Raises:
        NotFound: no such change, or another organization's.
        PreconditionFailed: the record was changed again since.
        StillNeeded: it was made more than ten minutes ago, or a further record stands in the way.
        RecordRefused, Forbidden, AddressKeyError: as for any change.
    """
    with unit_of_work:
        CoalitionRepository(unit_of_work).wait_for_turn()
        changes = RecordChanges(unit_of_work.session)
        change = changes.find(change_id, caller.organization)
        if change is None:
            raise NotFound
        if not changes.can_undo(change):
            raise StillNeeded(refusals.TOO_LATE_TO_UNDO)
        condition = Condition(absent=True)
        if change.action != REMOVED:
            condition = Condition(frozenset({unit_of_work.cipher.open(change.etag or "")}))
        try:
            if change.action == ADDED:
                delete_in(unit_of_work, caller, change.resource, change.slug, condition=condition)
            else:
                body = Body(json.loads(unit_of_work.cipher.open(change.before or "")), misshapen=False)
                put_in(unit_of_work, caller, change.resource, change.slug, body=body, condition=condition)
        except NotFound:  # removed since
            raise PreconditionFailed from None
        emit_directory_changed(unit_of_work)
        unit_of_work.commit()
