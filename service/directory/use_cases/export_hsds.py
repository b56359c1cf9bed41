"""Export the public directory as HSDS, whole, as of a single moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from service.database.bulk import Values
from service.database.unit_of_work import UnitOfWork
from service.directory.hsds.publishing.export_files import Take, export_to, ndjson
from service.directory.hsds.publishing.records import Builder
from service.directory.standard.fit_record import FitOptions, Record
from service.directory.standard.hidden_names import HiddenNames
from service.directory.standard.record_query import RecordQuery
from service.directory.store.hsds_pages import TAXONOMIES, TERMS, HsdsPages
from service.directory.store.repositories import CoalitionRepository
from service.errors import NothingLoaded
from service.i18n import refusals

_CHUNK = 500  # records held at once


@dataclass(frozen=True, slots=True)
class ExportReport:
    """The result of an export. `terms`: taxonomies and their terms. `withheld`: number of unlisted organizations."""

    organizations: int
    services: int
    terms: int
    withheld: int


def export_file(unit_of_work: UnitOfWork, path: Path, *, formulas: bool = False) -> ExportReport:
    """Write the export to a file or folder, whole or not at all, in the form of its ending (`export_to`).

    Raises:
        ExportRefused: the ending names no form, the folder is not empty, or the path cannot be written.
        NothingLoaded: the store holds no coalition.
    """
    with export_to(path, formulas=formulas) as take:
        return export_hsds(unit_of_work, take)


def export_lines(unit_of_work: UnitOfWork, out: BinaryIO) -> ExportReport:
    """Write the export to `out` as NDJSON, a record on each line.

    Raises:
        NothingLoaded: the store holds no coalition.
    """
    with ndjson(out) as take:
        return export_hsds(unit_of_work, take)


def export_hsds(unit_of_work: UnitOfWork, take: Take) -> ExportReport:
    """Give taxonomies and terms, every listed organization with its places, and every service of each to `take`.

    Terms come first, terms in use too: a table has a row for each, told whole there. Holds every term, and a few
    hundred records at once. No private or unlisted record is read.

    Raises:
        NothingLoaded: the store holds no coalition.
    """
    with unit_of_work:
        if not CoalitionRepository(unit_of_work).directory_version():
            raise NothingLoaded(refusals.NO_COALITION)
        pages = HsdsPages(unit_of_work.session)
        names = pages.hidden_names()
        hidden = HiddenNames(names)
        terms = [(name, term) for name in (TAXONOMIES, TERMS) for term in pages.terms(name, RecordQuery())]
        for record_type, term in terms:
            take(record_type, fitted_term(record_type, term, hidden))
        owners, offers = pages.chunks("organization", _CHUNK), pages.chunks("service", _CHUNK)
        organizations = sum(_give_organizations(pages, rows, hidden, take) for rows in owners)
        services = sum(_give_services(pages, rows, hidden, take) for rows in offers)
    return ExportReport(organizations, services, len(terms), withheld=len(names) // 3)


def fitted_term(record_type: str, term: Mapping[str, Any], hidden: HiddenNames) -> Record:
    """Return a taxonomy or a term in HSDS's form; an entry with a hidden name is told by its id alone."""
    bare: Record = dict.fromkeys(("id", "name", "description"), term["id"])
    return FitOptions(hidden).fit(record_type, term, whole=True) or bare


def _give_organizations(pages: HsdsPages, rows: dict[str, Values], hidden: HiddenNames, take: Take) -> int:
    builder = Builder(hidden, places=pages.rows("location", "owner_id", rows))
    for row in rows.values():
        # A list of places, be it empty, tells a reader of mixed records that this is an organization.
        take("organization", {"locations": [], **builder.organization(row)})
    return len(rows)


def _give_services(pages: HsdsPages, rows: dict[str, Values], hidden: HiddenNames, take: Take) -> int:
    owners = pages.rows("organization", "id", (row["owner_id"] for row in rows.values()))
    builder = service_builder(pages, rows, hidden)
    for row in pages.with_counts(rows).values():
        owner = owners[row["owner_id"]]
        take("service", builder.service(row, owner, nested=builder.name_of(owner)))
    return len(rows)


def service_builder(pages: HsdsPages, services: Iterable[str], hidden: HiddenNames) -> Builder:
    """Return a builder for services (ids) with the public places where they are given."""
    at_locations = pages.given_at(services)
    places = pages.rows("location", "id", (row["document"]["location_id"] for row in at_locations.values()))
    return Builder(hidden, places=places, given_at=at_locations.values())
