"""Preview a change of a record: make it in a transaction that isn't committed, and compare the hand-offs."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Annotated, Any

from service.coalition import Map, visible_directory_of
from service.database.unit_of_work import UnitOfWork
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.patch import patch_within
from service.directory.store.record_documents import Document
from service.directory.store.repositories import CoalitionRepository
from service.directory.use_cases.read_directory import RESOURCES, View
from service.directory.use_cases.record_body import read_body
from service.directory.use_cases.record_history import changed_fields
from service.directory.use_cases.write_directory import delete_in, put_in
from service.documents import fields
from service.documents.base import BundleModel
from service.documents.entity_tags import Condition
from service.security import Caller

_ANY = Condition(frozenset({"*"}))
Reach = set[tuple[str, str, str]]
"""Who can refer to whom: organization, service type, and the agency that hands over."""


class PreviewBody(BundleModel):
    """The record to change, and the whole record after the change; None: it's removed."""

    resource: Annotated[str, fields.one_of(RESOURCES)]
    id: fields.Filled
    document: dict[str, Any] | None = None


def preview_change(
    unit_of_work: UnitOfWork, directory: DirectorySnapshot, caller: Caller, at: datetime, preview: PreviewBody
) -> Document:
    """Return what a change would do, at a moment (aware), in the caller's view, and store nothing.

    `fields`: what changes in the record. `reach`: for each agency and service type, how many agencies could newly refer
    to it, and how many no longer; None: too much changed lately to compare.

    Raises:
        RecordRefused, NotFound, Forbidden, StillNeeded, AddressKeyError: as the change itself.
    """
    with unit_of_work:
        CoalitionRepository(unit_of_work).wait_for_turn()
        view = View.open(unit_of_work, caller)
        located = view.resources.locate(preview.resource, preview.id, view.reader)
        before = {} if located is None else view.document(preview.resource, located)
        served = patch_within(unit_of_work, directory)
        if preview.document is None:
            delete_in(unit_of_work, caller, preview.resource, preview.id, condition=_ANY)
            after: Document = {}
        else:
            body = read_body(preview.resource, json.dumps(preview.document).encode())
            put_in(unit_of_work, caller, preview.resource, preview.id, body=body, condition=None)
            now = View.of(unit_of_work, view.reader)
            after = now.document(preview.resource, now.require(preview.resource, preview.id))
        changed = None if served is None else patch_within(unit_of_work, served.directory)
    reach = None
    if served is not None and changed is not None:
        then, now_reach = (_reach(version.directory, caller, at) for version in (served, changed))
        gained, lost = (Counter(hop[:2] for hop in hops) for hops in (now_reach - then, then - now_reach))
        reach = [
            {"organization": slug, "type": type_code, "gained": gained[slug, type_code], "lost": lost[slug, type_code]}
            for slug, type_code in sorted(gained.keys() | lost.keys())
        ]
    return {"fields": sorted(changed_fields(before, after)), "reach": reach}


def _reach(directory: DirectorySnapshot, caller: Caller, at: datetime) -> Reach:
    visible = visible_directory_of(directory, caller.organization, caller.scopes)
    hand_offs = Map(visible, at).hand_off_graph.hand_offs
    return {(off.organization, code, off.holder) for off in hand_offs for code in off.types}
