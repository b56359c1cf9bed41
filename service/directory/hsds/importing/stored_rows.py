"""The stored rows of an import's records: read once, before any decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from service.database.bulk import Values, chunks
from service.directory.hsds.reading.record_graph import RecordGraph
from service.directory.standard.record_types import BY_TYPE_ALONE, LOCATION, ORGANIZATION, SERVICE, SERVICE_AT_LOCATION
from service.directory.store.directory_tables import (
    RowSet,
    is_zone_assumed,
    of_type,
    read_coalition,
    read_records,
    read_rows,
    records,
)
from service.directory.store.record_documents import row_of
from service.errors import NothingLoaded

from .column_map import Setting
from .guess_from_text import area_key


@dataclass(frozen=True, slots=True)
class StoredCoalition:
    """The coalition before an import. `zone_assumed`: no coalition, or an import's own, without a stated time zone."""

    exists: bool
    zone_assumed: bool


@dataclass(frozen=True, slots=True)
class StoredRows:
    """The rows that an import meets in the database: every row of the organizations that it may change.

    `owners`: the stored organization of the import's other records, by (table, id). `from_bundle`: organizations of a
    bundle, which an import never changes. `slugs`: (table, slug) taken by other records.
    """

    records: RowSet
    owners: Mapping[tuple[str, str], str]
    from_bundle: frozenset[str]
    slugs: frozenset[tuple[str, str]]
    setting: Setting


def read_founded(connection: Connection) -> StoredCoalition:
    """Return the stored coalition itself."""
    try:
        coalition = read_coalition(connection)
    except NothingLoaded:
        return StoredCoalition(exists=False, zone_assumed=True)
    return StoredCoalition(exists=True, zone_assumed=is_zone_assumed(coalition.slug, coalition.timezone))


def read_setting(connection: Connection) -> Setting:
    """Return the settings for reading a record."""
    types = [row for row in read_rows(connection, "vocabulary_term") if row.document.get("kind") == "type"]
    areas = list(read_rows(connection, "area"))
    by_name: dict[str, list[Any]] = {}
    for area in areas:
        by_name.setdefault(area_key(area.document["name"]), []).append(area)
    return Setting(
        areas=frozenset(row.slug for row in areas),
        area_names={name: namesakes[0].slug for name, namesakes in by_name.items() if len(namesakes) == 1},
        same_as={same.casefold(): row.slug for row in types for same in row.document.get("same_as", ())},
    )


def term_rows(
    connection: Connection, record_type: str, terms: Mapping[str, Mapping[str, Any]], source: str
) -> dict[str, Values]:
    """Return taxonomies, or terms, of their own, over the stored rows: fields that the file leaves out stay."""
    stored = {row.id: row for row in _select(connection, record_type, "id", terms)}
    return {
        row_id: row_of(
            record_type,
            row_id,
            row_id,
            {**(stored[row_id].document if row_id in stored else {}), **document},
            source=stored[row_id].source if row_id in stored else source,
        )
        for row_id, document in terms.items()
    }


def read_stored(
    connection: Connection,
    graph: RecordGraph,
    slugs: Mapping[str, Iterable[str]],
    setting: Setting,
) -> StoredRows:
    """Return the stored rows of `graph`. `slugs` are the slugs to look for, by table."""
    owners = dict(_owners(connection, graph))
    links = (service.links.get(ORGANIZATION) for service in graph.services.values())
    claims = (organization for claimants in graph.claims.values() for organization in claimants)
    organizations = {*graph.organizations, *filter(None, links), *claims, *owners.values()}
    rows = list(_select(connection, ORGANIZATION, "id", organizations))
    from_bundle = frozenset(row.id for row in rows if row.source is None)
    return StoredRows(
        records=read_records(connection, (row.id for row in rows if row.id not in from_bundle)),
        owners=owners,
        from_bundle=from_bundle,
        slugs=frozenset(
            (name, row.slug) for name, values in slugs.items() for row in _select(connection, name, "slug", values)
        ),
        setting=setting,
    )


def _owners(connection: Connection, graph: RecordGraph) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield the stored owners of the graph's records, and of the targets of its service_at_locations."""
    for record_type in (SERVICE, LOCATION, SERVICE_AT_LOCATION):
        record_ids = (place.links.get(record_type) for place in graph.service_at_locations.values())
        for row in _select(connection, record_type, "id", {*graph.of(record_type), *filter(None, record_ids)}):
            yield (record_type, row.id), row.owner_id


def _select(connection: Connection, record_type: str, key: str, values: Iterable[str]) -> Iterator[Any]:
    names = ("id", "slug", "owner_id", "source", *(("document",) if record_type in BY_TYPE_ALONE else ()))
    for chunk in chunks(sorted(values)):
        query = of_type(record_type, records.c[key].in_(chunk))
        yield from connection.execute(query.with_only_columns(*(records.c[name] for name in names)))
