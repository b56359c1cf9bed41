"""The directory out of the store, whole or its changes: for routing, for the rules, and for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, select

import policies
import routing
from service.database.bulk import chunks
from service.directory.access import topmost
from service.garbage_collection import no_collection
from service.i18n.languages import spoken_of
from service.vocabulary import ROUTED_TYPES, normal_term

from . import records
from .directory_tables import (
    OWNED_TYPES,
    AnyRow,
    gone_records,
    is_zone_assumed,
    party_versions,
    read_coalition,
    read_rows,
)
from .directory_tables import records as records_table
from .record_documents import with_places
from .stored_objects import (
    agency_of,
    agreement_of,
    agreement_terms,
    area_of,
    code_view,
    contacts_of,
    fallback_lines_of,
    form_of,
    numbers_in,
    organization_of,
    organization_view,
    position_of,
    schedule_of,
    service_of,
    sign_off_of,
)

_Position = tuple[float, float] | None
_HELD = ("organization", "area", "agreement", "release_form", "form_group", "vocabulary_term")
"""Types of records of which all rows are held at once; of services and their places none is."""


@dataclass(frozen=True, slots=True)
class StoredDirectory:
    """The directory as of a version, sorted by slug."""

    directory: routing.Directory
    policy: records.PolicyDirectory
    names: records.Presentation


def read_stored(connection: Connection) -> StoredDirectory:
    """Return the stored directory, in a fixed number of statements; no private record is read.

    Raises:
        NothingLoaded: the store holds no coalition.
    """
    with no_collection():
        return _Reading(connection).read(connection)


def read_seen_versions(connection: Connection, coalition: AnyRow) -> records.SeenVersions:
    """Return the versions that callers are told; `coalition`: its row."""
    changes_of = {row.organization: row.changes for row in connection.execute(select(party_versions))}
    return records.SeenVersions(coalition.public_version, coalition.members_version, changes_of)


@dataclass(frozen=True, slots=True)
class ChangedRecords:
    """What differs from an earlier version: owners (ids) and types of changed records, and gone slugs by type."""

    since: int
    owners: frozenset[str]
    types: frozenset[str]
    gone: Mapping[str, frozenset[str]]


def read_changed(connection: Connection, since: int) -> ChangedRecords:
    """Return the records changed after a version."""
    changed = select(records_table.c.type, records_table.c.owner_id).where(records_table.c.version > since)
    rows = list(connection.execute(changed))
    gone = defaultdict[str, set[str]](set)
    for row in connection.execute(select(gone_records).where(gone_records.c.version > since)):
        gone[row.type].add(row.slug)
        rows.append(row)
    return ChangedRecords(
        since=since,
        owners=frozenset(row.owner_id for row in rows if row.type in ("organization", *OWNED_TYPES)),
        types=frozenset(row.type for row in rows),
        gone={record_type: frozenset(slugs) for record_type, slugs in gone.items()},
    )


def read_part(
    connection: Connection, changed: ChangedRecords, *, codes: frozenset[str], parent_of: Callable[[str], str | None]
) -> StoredDirectory:
    """Return the changed owners with all that they own, changed agreements, and all records of other changed types.

    `codes`: of all areas. `parent_of` tells the parent of an organization that has not changed.
    """
    with no_collection():
        return _Reading(connection).read_part(connection, changed, codes, parent_of)


class _Reading:
    def __init__(self, connection: Connection) -> None:
        self._coalition = coalition = read_coalition(connection)
        self._seen = read_seen_versions(connection, coalition)
        # Hours judged in a time zone that was only assumed would be wrong: they are another form, unknown.
        assumed = is_zone_assumed(coalition.slug, coalition.timezone)
        self._hours = (lambda _: routing.Schedule(None)) if assumed else schedule_of
        values: dict[Any, Any] = {}
        self._shared = lambda value: values.setdefault(value, value)
        self._slugs: dict[str, str] = {}  # of organizations, by id
        self._numbers: defaultdict[str, set[str]] = defaultdict(set)  # by id of the organization
        self._places: dict[str, _Position] = {}
        self._places_of: defaultdict[str, list[_Position]] = defaultdict(list)
        self._given_at: defaultdict[str, list[AnyRow]] = defaultdict(list)

    def read(self, connection: Connection) -> StoredDirectory:
        rows = {name: sorted(read_rows(connection, name), key=_slug) for name in _HELD}
        codes = frozenset(row.slug for row in rows["area"])
        return self._directory(partial(read_rows, connection), rows, codes, lambda _: None)

    def read_part(
        self,
        connection: Connection,
        changed: ChangedRecords,
        codes: frozenset[str],
        parent_of: Callable[[str], str | None],
    ) -> StoredDirectory:
        def owned(record_type: str) -> Iterator[AnyRow]:
            for chunk in chunks(changed.owners):
                yield from read_rows(connection, record_type, records_table.c.owner_id.in_(chunk))

        rows = {name: list[AnyRow]() for name in _HELD} | {"organization": sorted(owned("organization"), key=_slug)}
        for name in changed.types & {"agreement", "release_form", "form_group", "vocabulary_term"}:
            where = (records_table.c.version > changed.since,) if name == "agreement" else ()
            rows[name] = sorted(read_rows(connection, name, *where), key=_slug)
        return self._directory(owned, rows, codes, parent_of)

    def _directory(
        self,
        owned: Callable[[str], Iterator[AnyRow]],
        rows: Mapping[str, list[AnyRow]],
        codes: frozenset[str],
        parent_of: Callable[[str], str | None],
    ) -> StoredDirectory:
        self._slugs = {row.id: row.slug for row in rows["organization"]}
        for row in (row for row in owned("location") if not row.private):
            self._places[row.id] = position_of(row)
            self._places_of[row.owner_id].append(self._places[row.id])
            self._numbers[row.owner_id] |= numbers_in(row)
        for row in sorted(owned("service_at_location"), key=lambda row: (row.position, row.id)):
            self._given_at[row.document["service_id"]].append(row)
        services, views = list[routing.Service](), dict[str, records.ServiceView]()
        for row in owned("service"):
            service, views[row.slug] = self._service(row, codes)
            services.append(service)
        for row in rows["organization"]:
            self._numbers[row.id] |= numbers_in(row)
        coalition = self._coalition
        return StoredDirectory(
            directory=routing.Directory(
                version=coalition.directory_version,
                timezone=coalition.timezone,
                areas=tuple(map(area_of, rows["area"])),
                organizations=tuple(organization_of(row, self._shared) for row in rows["organization"]),
                services=tuple(sorted(services, key=_slug)),
                agreements=tuple(map(agreement_of, rows["agreement"])),
                law=policies.load_hand_off_law(),
                service_types=ROUTED_TYPES,
                interpreted=spoken_of(coalition.interpreted),
            ),
            policy=records.PolicyDirectory(
                agencies=_agencies(rows["organization"], parent_of),
                agreements={
                    row.slug: policies.Agreement(**agreement_terms(row.document), id=row.slug)
                    for row in rows["agreement"]
                },
                equivalent_forms=frozenset(frozenset(row.document["forms"]) for row in rows["form_group"]),
            ),
            names=self._names(rows, dict(sorted(views.items()))),
        )

    def _service(self, row: AnyRow, codes: frozenset[str]) -> tuple[routing.Service, records.ServiceView]:
        """Return a service with its places: its stated places, else every public place of its organization."""
        rows = self._given_at.pop(row.id, [])
        document = with_places(row.document, (place.document for place in rows)) if rows else row.document
        stated = [self._places.get(place.document["location_id"]) for place in rows]
        places = stated if rows else self._places_of.get(row.owner_id, ())
        organization = self._slugs[row.owner_id]
        self._numbers[row.owner_id].update(*map(numbers_in, (row, *rows)))
        service = service_of(
            row,
            document,
            organization=organization,
            codes=codes,
            hours=self._hours,
            positions=tuple(sorted({place for place in places if place is not None})),
            shared=self._shared,
        )
        return service, records.ServiceView(row.id, row.slug, document["name"], organization, service.phones)

    def _names(
        self, rows: Mapping[str, list[AnyRow]], services: Mapping[str, records.ServiceView]
    ) -> records.Presentation:
        coalition, organizations, words = self._coalition, rows["organization"], rows["vocabulary_term"]
        declared = (row for row in organizations if "coalition" in row.document)
        numbers = {row.slug: self._numbers[row.id] for row in organizations}
        return records.Presentation(
            version=coalition.directory_version,
            seen=self._seen,
            coalition=coalition.slug,
            coalition_name=coalition.name,
            timezone=coalition.timezone,
            packs=tuple(coalition.policy_packs),
            card_facts=tuple(coalition.card_facts or ()),
            sign_offs=tuple(map(sign_off_of, coalition.sign_offs or ())),
            organizations={row.slug: organization_view(row) for row in organizations},
            services=services,
            areas={row.slug: row.document["name"] for row in rows["area"]},
            forms={row.slug: form_of(row) for row in rows["release_form"]},
            codes={row.slug: code_view(row) for row in words if "code" in row.document},
            contacts={row.slug: contacts_of(row) for row in declared},
            promises={
                row.slug: records.ExchangeTerms(row.document.get("offers", {}), row.document.get("wants", {}))
                for row in rows["agreement"]
            },
            terms={
                (row.document["organization"], normal_term(row.document["term"])): row.document["means"]
                for row in words
                if "term" in row.document
            },
            fallback_lines=fallback_lines_of(coalition.fallback_lines, numbers),
        )


def _agencies(organizations: list[AnyRow], parent_of: Callable[[str], str | None]) -> dict[str, policies.Agency]:
    parents = {row.slug: row.document.get("parent") for row in organizations}

    def above(slug: str) -> str | None:
        return parents[slug] if slug in parents else parent_of(slug)

    return {row.slug: agency_of(row, topmost(row.slug, above)) for row in organizations}


def _slug(row: Any) -> str:
    return str(row.slug)
