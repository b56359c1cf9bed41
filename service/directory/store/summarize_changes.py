"""Summarizes a load: the records that it added, changed and removed, and those that are stored and not in its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from service.directory.standard.identity import id_of, place_slug
from service.errors import NothingLoaded

from .directory_tables import OWNED_TYPES, AnyRow, coalition_document, read_coalition, records
from .record_documents import rows_of

if TYPE_CHECKING:
    from service.directory.bundle import Bundle

NAMED_TYPES = (
    "organization", "service", "location", "agreement", "release_form", "form_group", "area", "vocabulary_term",
)  # fmt: skip
"""The types of records that a bundle names, in the order in which they are listed."""
COALITION = "coalition"
"""The type under which a change to the coalition's own settings is listed."""
Names = dict[str, set[str]]
"""Slugs by type of record."""


@dataclass(frozen=True, slots=True)
class ChangeSummary:
    """What a load did. `stored_besides`: records that are not in its file and stay; `imported`: those of imports."""

    added: Names = field(default_factory=dict)
    changed: Names = field(default_factory=dict)
    removed: Names = field(default_factory=dict)
    stored_besides: Names = field(default_factory=dict)
    imported: Names = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredNames:
    """The records of a directory at one moment, by type and id, without their documents."""

    coalition: Mapping[str, Any]
    version: int
    rows: Mapping[tuple[str, str], AnyRow]


def read_names(connection: Connection) -> StoredNames | None:
    """Return the records that are stored now; None: no coalition is."""
    try:
        coalition = read_coalition(connection)
    except NothingLoaded:
        return None
    columns = (records.c[name] for name in ("type", "id", "slug", "owner_id", "source", "version"))
    rows = {(row.type, row.id): row for row in connection.execute(select(*columns))}
    return StoredNames(coalition_document(coalition), coalition.directory_version, rows)


def summarize(before: StoredNames | None, after: StoredNames | None, bundle: Bundle) -> ChangeSummary:
    """Return what the load of `bundle` did; empty where there was no coalition before, for then it added all of it.

    A bundle without organizations is a part of a coalition on purpose (a curation file): nothing is missing from it.
    Pure.
    """
    summary = ChangeSummary()
    if before is None or after is None:
        return summary
    if before.coalition != after.coalition:
        summary.changed[COALITION] = {after.coalition["slug"]}
    for name in before.rows.keys() | after.rows.keys():
        earlier, row = before.rows.get(name), after.rows.get(name)
        if row is None:
            _note(summary.removed, earlier, summary, after)
        elif earlier is None:
            _note(summary.added, row, summary, after)
        elif row.version == after.version != before.version:
            _note(summary.changed, row, summary, after)
    if "organization" in summary.changed:
        summary.changed["organization"] -= summary.added.get("organization", set())
    owners = {id_of("organization", organization.id) for organization in bundle.organizations}
    of_coalition = rows_of(bundle.model_copy(update={"organizations": ()}))
    for row in after.rows.values() if owners else ():
        is_owned = row.type in ("organization", *OWNED_TYPES)
        if row.source is not None:
            _add(summary.imported, row)
        elif row.owner_id not in owners if is_owned else row.id not in of_coalition.get(row.type, {}):
            _add(summary.stored_besides, row)
    return summary


def _note(names: Names, row: AnyRow | None, summary: ChangeSummary, after: StoredNames) -> None:
    """Add a record to a list; a change of where a service is given is one of its organization."""
    if row is not None and row.type == "service_at_location":
        names, row = summary.changed, after.rows.get(("organization", row.owner_id))
    if row is not None:
        _add(names, row)


def _add(names: Names, row: AnyRow) -> None:
    if row.type in NAMED_TYPES:
        names.setdefault(row.type, set()).add(place_slug(row.slug) if row.type == "location" else row.slug)
