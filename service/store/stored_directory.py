"""The whole directory out of the store, in a single pass: for routing, for the rules, and for people."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

import policies
import routing
from service.languages import spoken_of

from . import directory_reader, record_readers, records
from .founding import is_zone_assumed
from .queries import AnyRow, read_coalition, read_rows
from .record_parts import with_places
from .schedules import schedule_of

_Position = tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class StoredDirectory:
    """The directory as of a version, sorted by slug."""

    directory: routing.Directory
    policy: records.PolicyRecords
    names: records.Presentation


@contextmanager
def without_cycles() -> Iterator[None]:
    """Keep the collector of cycles from scanning a million new objects again and again: they hold no cycles."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def read_stored(connection: Connection) -> StoredDirectory:
    """Return the stored directory, in a fixed number of statements; no private record is read.

    Raises:
        NothingLoaded: the store holds no coalition.
    """
    coalition = read_coalition(connection)
    with without_cycles():
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
        organizations = sorted(read_rows(connection, "organization"), key=_slug)
        self._slugs = {row.id: row.slug for row in organizations}
        areas = tuple(map(directory_reader.area_of, sorted(read_rows(connection, "area"), key=_slug)))
        for row in read_rows(connection, "location"):
            self._take_place(row)
        for row in sorted(read_rows(connection, "service_at_location"), key=lambda row: (row.position, row.id)):
            self._given_at[row.document["service_id"]].append(row)
        services, views = list[routing.Service](), dict[str, records.ServiceView]()
        codes = frozenset(area.code for area in areas)
        for row in read_rows(connection, "service"):
            service, views[row.slug] = self._service(row, codes)
            services.append(service)
        agreements = sorted(read_rows(connection, "agreement"), key=_slug)
        forms = {
            row.slug: record_readers.form_of(row) for row in sorted(read_rows(connection, "release_form"), key=_slug)
        }
        groups = frozenset(frozenset(row.document["forms"]) for row in read_rows(connection, "form_group"))
        for row in organizations:
            self._numbers[row.id] |= record_readers.numbers_in(row)
        return StoredDirectory(
            directory=routing.Directory(
                version=self._coalition.directory_version,
                timezone=self._coalition.timezone,
                areas=areas,
                organizations=tuple(directory_reader.organization_of(row, self._shared) for row in organizations),
                services=tuple(sorted(services, key=_slug)),
                agreements=tuple(map(directory_reader.agreement_of, agreements)),
                law=policies.load_hand_off_law(),
                interpreted=spoken_of(self._coalition.interpreted),
            ),
            policy=records.PolicyRecords(
                version=self._coalition.directory_version,
                packs=tuple(self._coalition.policy_packs),
                agencies=_agencies(organizations),
                agreements=tuple(map(record_readers.policy_agreement_of, agreements)),
                forms=forms,
                equivalent_forms=groups,
            ),
            names=self._names(
                organizations, agreements, views, areas, forms, list(read_rows(connection, "vocabulary_term"))
            ),
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
        organizations: list[AnyRow],
        agreements: list[AnyRow],
        services: dict[str, records.ServiceView],
        areas: tuple[routing.Area, ...],
        forms: Mapping[str, records.ReleaseForm],
        words: list[AnyRow],
    ) -> records.Presentation:
        coalition = self._coalition
        lines = tuple(records.FallbackLine(**line) for line in coalition.fallback_lines or ())
        return records.Presentation(
            version=coalition.directory_version,
            coalition=coalition.slug,
            coalition_name=coalition.name,
            timezone=coalition.timezone,
            packs=tuple(coalition.policy_packs),
            organizations={row.slug: record_readers.organization_view(row) for row in organizations},
            services=dict(sorted(services.items())),
            areas={area.code: area.name for area in areas},
            forms=forms,
            codes={row.slug: record_readers.code_view(row) for row in words if "code" in row.document},
            contacts={
                row.slug: record_readers.contacts_of(row) for row in organizations if "coalition" in row.document
            },
            promises={row.slug: record_readers.promises_of(row) for row in agreements},
            own_numbers={row.slug: frozenset(self._numbers[row.id]) for row in organizations},
            terms={record_readers.term_key(row): row.document["means"] for row in words if "term" in row.document},
            fallback_lines=lines or (records.NATIONAL_HOTLINE,),
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
