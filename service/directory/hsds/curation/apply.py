"""Puts settled facts about imported records into the store, where every later import lays the facts over its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection

from service import vocabulary
from service.database.bulk import Values
from service.directory.bundle.curation import EVERYWHERE, NO_LIMIT, CuratedOrganization, CuratedService, Curation
from service.directory.hsds.findings import Findings, Place
from service.directory.hsds.importing.build_rows import build_records
from service.directory.hsds.importing.column_map import Setting
from service.directory.hsds.importing.parse_values import OLDEST
from service.directory.hsds.importing.stored_rows import read_setting, read_stored
from service.directory.hsds.reading.record_graph import Entity, RecordGraph
from service.directory.standard.record_types import ORGANIZATION, SERVICE
from service.directory.store.directory_tables import AnyRow, RowSet, read_rows
from service.directory.store.record_documents import declaration_of, plain
from service.errors import BundleRefused, Problem
from service.i18n import refusals

_AT_ONCE = 500
_PARTS = ("schedules", "phones")


def curated_records(connection: Connection, curation: Curation) -> Iterator[RowSet]:
    """Yield the records changed by confirmed entries of `curation`, some at a time, in a repository's form.

    Reads the store at the first request, so that a bundle's own areas and codes are stored by then.

    Raises:
        BundleRefused: an entry, confirmed or not, names a record that no import stored, or an unknown area or type.
    """
    entries = _Entries(connection)
    problems = tuple(chain(entries.check_services(curation), entries.check_organizations(curation)))
    if problems:
        raise BundleRefused(problems)
    settled: Iterator[tuple[str, AnyRow, Values]] = chain(
        (
            (ORGANIZATION, entries.organizations[entry.organization], _of_organization(entry))
            for entry in curation.organizations
            if entry.confirmed
        ),
        (
            (SERVICE, entries.services[entry.service], entries.values_of(entry))
            for entry in curation.services
            if entry.confirmed
        ),
    )
    setting = read_setting(connection)
    while batch := list(islice(settled, _AT_ONCE)):
        yield _records(connection, batch, setting)


class _Entries:
    """The nameable entries: imported records, areas and codes."""

    def __init__(self, connection: Connection) -> None:
        self.organizations = {row.slug: row for row in read_rows(connection, ORGANIZATION) if row.source is not None}
        self.services = {row.slug: row for row in read_rows(connection, SERVICE) if row.source is not None}
        areas = list(read_rows(connection, "area"))
        self.areas = {row.slug for row in areas}
        self.whole = sorted(row.slug for row in areas if "within" not in row.document)
        words = read_rows(connection, "vocabulary_term")
        self.types = {*vocabulary.SERVICE_TYPES, *(row.slug for row in words if row.document.get("kind") == "type")}

    def check_services(self, curation: Curation) -> Iterator[Problem]:
        """Yield the faults of entries for services."""
        for index, entry in enumerate(curation.services):
            path = f"curation.services[{index}]"
            if entry.service not in self.services:
                yield Problem(f"{path}.service", refusals.NO_IMPORTED.format(kind="service"))
            for number, code in enumerate(entry.types or ()):
                if code not in self.types:
                    yield Problem(f"{path}.types[{number}]", refusals.NO_BUILT_IN_TYPE)
            if isinstance(entry.service_areas, tuple):
                for number, area in enumerate(entry.service_areas):
                    if area not in self.areas:
                        yield Problem(f"{path}.service_areas[{number}]", refusals.NO_AREA_OF_COALITION)
            elif entry.service_areas == EVERYWHERE and not self.whole:
                yield Problem(f"{path}.service_areas", refusals.NEEDS_AREAS)
            ages = (entry.minimum_age, entry.maximum_age)
            if all(isinstance(age, int) for age in ages) and ages[0] > ages[1]:  # type: ignore[operator]
                yield Problem(f"{path}.maximum_age", refusals.BELOW_MINIMUM_AGE)

    def check_organizations(self, curation: Curation) -> Iterator[Problem]:
        """Yield the faults of entries for organizations."""
        for index, entry in enumerate(curation.organizations):
            if entry.organization not in self.organizations:
                place = f"curation.organizations[{index}].organization"
                yield Problem(place, refusals.NO_IMPORTED.format(kind="organization"))

    def values_of(self, entry: CuratedService) -> Values:
        """Return an entry's settled values: HSDS fields in place of the source's, and fields of our own."""
        fields: dict[str, Any] = {}
        for name, none in (("minimum_age", 0), ("maximum_age", OLDEST)):
            if (age := getattr(entry, name)) is not None:
                fields[name] = none if age == NO_LIMIT else age  # a limit that is none, as a number: known, not unknown
        if entry.service_areas is not None:
            codes = self.whole if entry.service_areas == EVERYWHERE else entry.service_areas
            fields["service_areas"] = [{"name": code} for code in codes]
        if entry.languages is not None:
            fields["languages"] = [{"code": code} for code in entry.languages]
        if entry.status is not None:
            fields["status"] = entry.status
        own = {} if entry.types is None else {"referral": {"types": sorted(set(entry.types))}}
        return {"fields": fields | _parts(entry), "own": own}


def _of_organization(entry: CuratedOrganization) -> Values:
    own: Values = {} if entry.coalition is None else {"coalition": declaration_of(entry.coalition)}
    return {"fields": _parts(entry), "own": own}


def _parts(entry: CuratedService | CuratedOrganization) -> dict[str, Any]:
    """Return lists of HSDS objects as plain data."""
    lists = {name: getattr(entry, name, None) for name in _PARTS}
    return {name: [plain(part) for part in parts] for name, parts in lists.items() if parts is not None}


def _records(connection: Connection, settled: list[tuple[str, AnyRow, Values]], setting: Setting) -> RowSet:
    """Return the records with `settled` laid over the source, by the very way of an import."""
    graph = RecordGraph()
    for record_type, row, _ in settled:
        entity = Entity(record_type, row.id, None, Place("curation"))
        if record_type == SERVICE:
            entity.links[ORGANIZATION] = row.owner_id
        graph.of(record_type)[row.id] = entity
    stored = read_stored(connection, graph, {}, setting)
    records = {name: dict(rows) for name, rows in stored.records.items()}
    for record_type, row, values in settled:
        before = records[record_type][row.id]
        records[record_type][row.id] = {**before, "curated": _over(before["curated"], values)}
    return build_records(graph, replace(stored, records=records), "", Findings())


def _over(before: Mapping[str, Any] | None, values: Values) -> Values:
    """Return the earlier settled values with `values` over them."""
    return {part: {**(before or {}).get(part, {}), **values[part]} for part in values}
