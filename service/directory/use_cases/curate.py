"""Curation: gaps that keep imported services from being routed, proposals, and organizations possibly told twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection

from service.database.unit_of_work import UnitOfWork
from service.directory.hsds.curation.duplicates import Marks, Pair, digits, find_duplicates, site
from service.directory.hsds.curation.gaps import (
    AGE,
    AREA,
    KIND,
    PHONE,
    TYPE,
    Fix,
    Imported,
    by_value,
    curation_lines,
    fixes,
)
from service.directory.hsds.curation.propose_types import propose_types
from service.directory.standard.type_map import terms_of
from service.directory.store.directory_tables import AnyRow, coalition_document, read_coalition, read_rows, read_slugs
from service.directory.store.record_documents import EXTRA, with_places
from service.directory.store.stored_objects import position_of
from service.i18n import refusals
from service.vocabulary import PHONE_TYPES

_CALLABLE = frozenset(PHONE_TYPES) - {"fax"}
_LONGEST_ABOUT = 80


@dataclass(frozen=True, slots=True)
class CurationReport:
    """The gaps left by an import.

    `services`: services with a gap, most valuable first; `routable`: how many services have no gap that blocks paths.
    `kinds`: names by slug of organizations without a known kind.
    """

    coalition: Mapping[str, Any]
    imported: int
    routable: int
    services: tuple[Imported, ...]
    fixes: tuple[Fix, ...]
    kinds: Mapping[str, str]
    duplicates: tuple[Pair, ...]

    def lines(self) -> Iterator[str]:
        """Yield the lines of a file for settling the gaps."""
        return curation_lines(self.coalition, self.services, self.kinds, self.duplicates)


def curate(unit_of_work: UnitOfWork) -> CurationReport:
    """Return the gaps that keep imported services from being routed. Reads only; active services alone count.

    Raises:
        NothingLoaded: the store holds no coalition.
    """
    with unit_of_work:
        connection = unit_of_work.session.connection()
        coalition = read_coalition(connection)
        reader = _GapReader(connection)
        imported = list(reader.services())
        duplicates = find_duplicates(reader.marks())
    open_ones = by_value(service for service in imported if service.gaps)
    return CurationReport(
        coalition=coalition_document(coalition),
        imported=len(imported),
        routable=sum(not service.gaps.keys() & {TYPE, AGE, AREA} for service in imported),
        services=tuple(open_ones),
        fixes=fixes(open_ones),
        kinds={service.organization: service.organization_name for service in open_ones if KIND in service.gaps},
        duplicates=duplicates,
    )


class _GapReader:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._organizations = {row.id: row for row in read_rows(connection, "organization")}
        self._areas = set(read_slugs(connection, "area"))
        self._given_at: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in read_rows(connection, "service_at_location"):
            self._given_at[row.document["service_id"]].append(row.document)

    def services(self) -> Iterator[Imported]:
        """Yield every active imported service."""
        imported = (row for row in read_rows(self._connection, "service") if row.source is not None)
        for row in sorted((row for row in imported if row.document["status"] == "active"), key=attrgetter("slug")):
            organization = self._organizations[row.owner_id]
            document = with_places(row.document, self._given_at[row.id])
            gaps = dict(self._gaps(document, organization))
            yield Imported(
                slug=row.slug,
                name=document["name"],
                organization=organization.slug,
                organization_name=organization.document["name"],
                gaps=gaps,
                proposals=propose_types(document["name"], _beside(document, "attributes")) if TYPE in gaps else (),
                inferred=row.inferred or {},
            )

    def marks(self) -> Iterator[Marks]:
        """Yield every organization in its form for comparison."""
        places: defaultdict[str, set[tuple[float, float]]] = defaultdict(set)
        for row in read_rows(self._connection, "location"):
            if not row.private and (position := position_of(row)) is not None:
                places[row.owner_id].add(position)
        for row in self._organizations.values():
            website = _beside(row.document, "website")
            yield Marks(
                slug=row.slug,
                name=row.document["name"],
                source=row.source,
                numbers=frozenset(filter(None, map(digits, _numbers(row.document)))),
                website=site(website) if isinstance(website, str) and website.strip() else None,
                places=frozenset(places[row.id]),
            )

    def _gaps(self, document: Mapping[str, Any], organization: AnyRow) -> Iterator[tuple[str, str]]:
        if "types" not in document["referral"]:
            yield TYPE, _short(_titles(document)) or refusals.NOTHING_SAID
        if "minimum_age" not in document or "maximum_age" not in document:
            yield AGE, _short(_beside(document, "eligibility_description")) or refusals.NOTHING_SAID
        area_names = {area.get("name") for area in document.get("service_areas", ())}
        if not area_names & self._areas:
            yield AREA, _short(", ".join(sorted(filter(None, area_names)))) or refusals.NOTHING_SAID
        if not _numbers(document) and not _numbers(organization.document):
            yield PHONE, organization.document["name"]
        if "coalition" not in organization.document:
            yield KIND, organization.document["name"]


def _numbers(document: Mapping[str, Any]) -> list[str]:
    """Return the numbers that can be called."""
    return [phone["number"] for phone in document.get("phones", ()) if phone.get("type") in {None, *_CALLABLE}]


def _beside(document: Mapping[str, Any], name: str) -> Any:
    """Return the value of a field, read or as it came."""
    return {**document.get(EXTRA, {}), **document}.get(name)


def _titles(document: Mapping[str, Any]) -> str:
    terms = terms_of(_beside(document, "attributes"))
    return ", ".join(sorted({str(term.get("name") or "") for term in terms} - {""}))


def _short(text: object) -> str:
    return " ".join(text.split())[:_LONGEST_ABOUT] if isinstance(text, str) else ""
