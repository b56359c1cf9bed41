"""The whole directory out of the store, in a single pass: for routing, for the rules, and for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

import policies
import routing
from service.garbage import no_collection
from service.languages import spoken_of
from service.vocabulary import ROUTED_TYPES

from . import directory_reader, record_readers, records
from .founding import is_zone_assumed
from .queries import AnyRow, read_coalition, read_rows
from .record_parts import with_places
from .schedules import schedule_of

_Position = tuple[float, float] | None
_HELD = ("organization", "area", "agreement", "release_form", "form_group", "vocabulary_term")
"""Types of records of which all rows are held at once; of services and their places none is."""


@dataclass(frozen=True, slots=True)
class StoredDirectory:
    """The directory as of a version, sorted by slug."""

    directory: routing.Directory
    policy: records.PolicyRecords
    names: records.Presentation


def read_stored(connection: Connection) -> StoredDirectory:
    """Return the stored directory, in a fixed number of statements; no private record is read.

    Raises:
        NothingLoaded: the store holds no coalition.
    """
    coalition = read_coalition(connection)
    with no_collection():
        return _Reading(coalition).read(connection)


class _Reading:
    def __init__(self, coalition: AnyRow) -> None:
        self._coalition = coalition
        # Hours judged in a time zone that was only assumed would be wrong: they are another form, unknown.
        assumed = is_zone_assumed(coalition.slug, coalition.timezone)
        self._hours = (lambda _: routing.Schedule(None)) if assumed else schedule_of
        known: dict[Any, Any] = {}
        self._shared = lambda value: known.setdefault(value, value)
        self._slugs: dict[str, str] = {}  # of organizations, by id
        self._numbers: defaultdict[str, set[str]] = defaultdict(set)  # by id of the organization
        self._places: dict[str, _Position] = {}
        self._places_of: defaultdict[str, list[_Position]] = defaultdict(list)
        self._given_at: defaultdict[str, list[AnyRow]] = defaultdict(list)

    def read(self, connection: Connection) -> StoredDirectory:
        rows = {name: sorted(read_rows(connection, name), key=_slug) for name in _HELD}
        self._slugs = {row.id: row.slug for row in rows["organization"]}
        for row in read_rows(connection, "location"):
            self._take_place(row)
        for row in sorted(read_rows(connection, "service_at_location"), key=lambda row: (row.position, row.id)):
            self._given_at[row.document["service_id"]].append(row)
        services, views = list[routing.Service](), dict[str, records.ServiceView]()
        codes = frozenset(row.slug for row in rows["area"])
        for row in read_rows(connection, "service"):
            service, views[row.slug] = self._service(row, codes)
            services.append(service)
        for row in rows["organization"]:
            self._numbers[row.id] |= record_readers.numbers_in(row)
        forms = {row.slug: record_readers.form_of(row) for row in rows["release_form"]}
        coalition = self._coalition
        return StoredDirectory(
            directory=routing.Directory(
                version=coalition.directory_version,
                timezone=coalition.timezone,
                areas=tuple(map(directory_reader.area_of, rows["area"])),
                organizations=tuple(
                    directory_reader.organization_of(row, self._shared) for row in rows["organization"]
                ),
                services=tuple(sorted(services, key=_slug)),
                agreements=tuple(map(directory_reader.agreement_of, rows["agreement"])),
                law=policies.load_hand_off_law(),
                service_types=ROUTED_TYPES,
                interpreted=spoken_of(coalition.interpreted),
            ),
            policy=records.PolicyRecords(
                version=coalition.directory_version,
                packs=tuple(coalition.policy_packs),
                agencies=_agencies(rows["organization"]),
                agreements=tuple(map(record_readers.policy_agreement_of, rows["agreement"])),
                forms=forms,
                equivalent_forms=frozenset(frozenset(row.document["forms"]) for row in rows["form_group"]),
            ),
            names=self._names(rows, dict(sorted(views.items())), forms),
        )

    def _take_place(self, row: AnyRow) -> None:
        if not row.private:
            self._places[row.id] = directory_reader.position_of(row)
            self._places_of[row.owner_id].append(self._places[row.id])
            self._numbers[row.owner_id] |= record_readers.numbers_in(row)

    def _service(self, row: AnyRow, codes: frozenset[str]) -> tuple[routing.Service, records.ServiceView]:
        """Return a service with its places: its stated places, else every public place of its organization."""
        given = self._given_at.pop(row.id, [])
        document = with_places(row.document, (place.document for place in given)) if given else row.document
        stated = [self._places.get(place.document["location_id"]) for place in given]
        organization = self._slugs[row.owner_id]
        self._numbers[row.owner_id].update(*map(record_readers.numbers_in, (row, *given)))
        service = directory_reader.service_of(
            row,
            document,
            organization=organization,
            codes=codes,
            hours=self._hours,
            positions=directory_reader.positions_among(stated if given else self._places_of.get(row.owner_id, ())),
            shared=self._shared,
        )
        return service, record_readers.service_view(row, document, organization)

    def _names(
        self,
        rows: Mapping[str, list[AnyRow]],
        services: Mapping[str, records.ServiceView],
        forms: Mapping[str, records.ReleaseForm],
    ) -> records.Presentation:
        coalition, organizations, words = self._coalition, rows["organization"], rows["vocabulary_term"]
        declared = (row for row in organizations if "coalition" in row.document)
        numbers = {row.slug: self._numbers[row.id] for row in organizations}
        return records.Presentation(
            version=coalition.directory_version,
            coalition=coalition.slug,
            coalition_name=coalition.name,
            timezone=coalition.timezone,
            packs=tuple(coalition.policy_packs),
            organizations={row.slug: record_readers.organization_view(row) for row in organizations},
            services=services,
            areas={row.slug: row.document["name"] for row in rows["area"]},
            forms=forms,
            codes={row.slug: record_readers.code_view(row) for row in words if "code" in row.document},
            contacts={row.slug: record_readers.contacts_of(row) for row in declared},
            promises={row.slug: record_readers.promises_of(row) for row in rows["agreement"]},
            terms={record_readers.term_key(row): row.document["means"] for row in words if "term" in row.document},
            fallback_lines=record_readers.fallback_lines_of(coalition.fallback_lines, numbers),
        )


def _agencies(organizations: list[AnyRow]) -> dict[str, policies.Agency]:
    parents = {row.slug: row.document.get("parent") for row in organizations}

    def topmost(slug: str) -> str:
        while (above := parents.get(slug)) is not None:
            slug = above
        return slug

    return {row.slug: record_readers.agency_of(row, topmost(row.slug)) for row in organizations}


def _slug(row: Any) -> str:
    return str(row.slug)
