"""Change the directory by a list of objects: all of it in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import Field, model_validator

import routing
from service.database.unit_of_work import UnitOfWork
from service.directory.events import emit_directory_changed
from service.directory.store.repositories import CoalitionRepository
from service.directory.store.resources import TYPES, Located
from service.documents import fields
from service.documents.base import BundleModel, MaxEntries, Some
from service.documents.bodies import read_as
from service.documents.document import parse_body
from service.documents.entity_tags import Condition
from service.errors import BodyRefused, ChangesRefused, ObjectError, Problem, first_of
from service.i18n import refusals
from service.security import Caller

from .read_directory import View
from .record_body import Body, misfits_of
from .write_directory import delete_in, put_in

MOST_CHANGES = 100
PUT, DELETE = "put", "delete"
"""What a change does."""


class Change(BundleModel):
    """A change: a PUT or a DELETE of one object, with its body and its condition.

    `id`: the object's `id` or `slug`. `if_match`: its `ETag`, or `*` for any, as after an earlier change in the list.
    """

    op: Annotated[str, fields.one_of((PUT, DELETE))]
    resource: Annotated[str, fields.one_of(tuple(TYPES))]
    id: Annotated[fields.Filled, Field(max_length=2 * fields.LONGEST_SLUG)]
    value: dict[str, Any] | None = None
    if_match: fields.Filled | None = None
    if_none_match: Annotated[str, fields.one_of(("*",))] | None = None

    @model_validator(mode="after")
    def _check_value(self) -> Change:
        if (self.op == PUT) is not (self.value is not None):
            raise fields.fault(refusals.VALUE_OF_PUT)
        return self


class DirectoryPatch(BundleModel):
    """Changes, made in their order. `dry_run`: all of it is checked, and nothing is stored."""

    changes: Annotated[Some[Change], MaxEntries(MOST_CHANGES)]
    dry_run: bool = False


class MadeChange(NamedTuple):
    """A change as it was made. `etag`: of the object after the whole list; None: it is gone, or nothing was stored."""

    change: Change
    object_id: str
    slug: str
    created: bool
    etag: str | None


def read_patch(data: bytes) -> DirectoryPatch:
    """Return the changes in a body (JSON). Pure.

    Raises:
        BodyRefused: with every wrong field, also within the objects, and no value.
    """
    patch = read_as(DirectoryPatch, data, defaults={}, parse=parse_body)
    misfits = (
        Problem(f"/changes/{index}/value{problem.path}", problem.message)
        for index, change in enumerate(patch.changes)
        for problem in misfits_of(change.resource, change.value or {})
        if change.op == PUT
    )
    if misshapen := list(misfits):
        raise BodyRefused(*first_of(misshapen))
    return patch


def patch_directory(
    unit_of_work: UnitOfWork, caller: Caller, changes: Sequence[tuple[Change, Condition]], *, keep: bool
) -> list[MadeChange]:
    """Make changes in their order, each as it would be made by itself, and commit; without `keep`, undo them.

    After a refused change the others are still tried, without it, so that every refusal is told at once.

    Raises:
        ChangesRefused: with the error of each refused change; nothing was stored.
        AddressKeyError: private places cannot be opened or sealed.
        WorkStopped: the changes take too long; nothing was stored.
    """
    made, refused = list[tuple[Change, Located, bool]](), list[tuple[int, ObjectError]]()
    with unit_of_work:
        CoalitionRepository(unit_of_work).wait_for_turn()
        for index, (change, condition) in enumerate(changes):
            routing.checkpoint()
            try:
                with unit_of_work.session.begin_nested():
                    if change.value is None:
                        located = delete_in(unit_of_work, caller, change.resource, change.id, condition=condition)
                        made.append((change, located, False))
                    else:
                        body = Body(change.value, misshapen=False)
                        stored = put_in(
                            unit_of_work, caller, change.resource, change.id, body=body, condition=condition
                        )
                        made.append((change, stored.located, stored.created))
            except ObjectError as error:
                refused.append((index, error))
        if refused:
            raise ChangesRefused(refused)
        emit_directory_changed(unit_of_work)
        view = View.open(unit_of_work, caller)
        results = [
            MadeChange(
                change, located.id, located.slug, created, _etag(view, change.resource, located.id) if keep else None
            )
            for change, located, created in made
        ]
        if keep:
            unit_of_work.commit()
    return results


def _etag(view: View, resource: str, object_id: str) -> str | None:
    located = view.resources.locate(resource, object_id, view.reader)
    return None if located is None else view.tagged_document(resource, located).etag
