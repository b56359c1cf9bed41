"""The stored rows of an import's records: read once, before any decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, select

from service.hsds.reading.record_graph import RecordGraph
from service.standard.identity import id_of
from service.standard.record_types import LOCATION, ORGANIZATION, SERVICE, SERVICE_AT_LOCATION
from service.store import CoalitionRepository, is_zone_assumed
from service.store.directory_tables import DIRECTORY
from service.store.queries import read_rows
from service.store.rows import RowSet, Values

from .column_map import Setting
from .guess_from_text import area_key

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Founded:
    """The coalition before an import. `zone_assumed`: no coalition, or an import's own, without a stated time zone."""

    exists: bool
    zone_assumed: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """`records`: every row of the organizations that the import may change. `owners`: by table and id, the stored
    organization of the import's services, locations and service_at_locations. `from_bundle`: organizations of a
    bundle, which an import never changes. `slugs`: (table, slug) taken by other records.
    """

    records: RowSet
    owners: Mapping[tuple[str, str], str]
    from_bundle: frozenset[str]
    slugs: frozenset[tuple[str, str]]
    setting: Setting


def read_founded(connection: Connection) -> Founded:
    """Return the stored coalition itself."""
    coalitions = read_rows(connection, "coalition")
    assumed = all(is_zone_assumed(row.slug, row.timezone) for row in coalitions)
    return Founded(exists=bool(coalitions), zone_assumed=assumed)


def read_setting(connection: Connection) -> Setting:
    """Return the settings for reading a record."""
    terms = [row for row in read_rows(connection, "vocabulary_term") if row.kind == "type"]
    areas = read_rows(connection, "area")
    by_name: dict[str, list[Any]] = {}
    for area in areas:
        by_name.setdefault(area_key(area.name), []).append(area)
    return Setting(
        areas=frozenset(row.slug for row in areas),
        area_names={name: found[0].slug for name, found in by_name.items() if len(found) == 1},
        same_as={same.casefold(): row.code for row in terms for same in row.same_as},
    )


def read_terms(connection: Connection, record_type: str, ids: Iterable[str]) -> dict[str, Values]:
    """Return the stored rows of taxonomies, or terms, by id."""
    return {
        row.id: {"told": row.told, "source": row.source}
        for row in _select(connection, record_type, "id", ids, "id", "told", "source")
    }


def read_stored(
    connection: Connection,
    coalition: CoalitionRepository,
    graph: RecordGraph,
    slugs: Mapping[str, Iterable[str]],
    setting: Setting,
) -> Stored:
    """Return the stored rows of `graph`. `slugs` are the slugs to look for, by table."""
    owners = dict(_owners(connection, graph))
    links = (service.links.get(ORGANIZATION) for service in graph.services.values())
    claims = (organization for claimed in graph.claims.values() for organization in claimed)
    named = {*graph.organizations, *filter(None, links), *claims, *owners.values()}
    found = list(_select(connection, ORGANIZATION, "id", named, "id", "slug"))
    # Only a bundle derives an id from a slug; an import has its ids from elsewhere.
    from_bundle = frozenset(row.id for row in found if row.id == id_of(ORGANIZATION, row.slug))
    return Stored(
        records=coalition.read_records(row.id for row in found if row.id not in from_bundle),
        owners=owners,
        from_bundle=from_bundle,
        slugs=frozenset(
            (name, row.slug)
            for name, wanted in slugs.items()
            for row in _select(connection, name, "slug", wanted, "slug")
        ),
        setting=setting,
    )


def _owners(connection: Connection, graph: RecordGraph) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield the stored owners of the graph's records, and of the targets of its service_at_locations."""
    for record_type, owner in (
        (SERVICE, "organization_id"),
        (LOCATION, "organization_id"),
        (SERVICE_AT_LOCATION, "owner_id"),
    ):
        referred = (place.links.get(record_type) for place in graph.service_at_locations.values())
        for row in _select(
            connection, record_type, "id", {*graph.of(record_type), *filter(None, referred)}, "id", owner
        ):
            yield (record_type, row.id), row[1]


def _select(connection: Connection, table_name: str, key: str, values: Iterable[str], *names: str) -> Iterator[Any]:
    table = DIRECTORY.tables[table_name]
    iterator = iter(sorted(values))
    while chunk := list(islice(iterator, _CHUNK)):
        yield from connection.execute(select(*(table.c[name] for name in names)).where(table.c[key].in_(chunk)))
