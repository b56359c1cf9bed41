"""Curation: gaps that keep imported services from being routed, proposals, and organizations possibly told twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from service.bundle.schema import Coalition
from service.hsds.curation.duplicates import Known, Pair, digits, find_duplicates, site
from service.hsds.curation.gaps import AGE, AREA, KIND, PHONE, TYPE, Fix, Imported, by_value, fixes
from service.hsds.curation.propose_types import propose_types
from service.hsds.curation.write_file import curation_lines
from service.standard.type_map import terms_of
from service.store import UnitOfWork
from service.store.directory_tables import DIRECTORY
from service.store.queries import AnyRow, read_coalition, read_rows
from service.vocabulary import PHONE_TYPES
from service.wording import refusals

_CALLABLE = frozenset(PHONE_TYPES) - {"fax"}
_LONGEST_ABOUT = 80
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class CurationReport:
    """The gaps left by an import. `services`: services with a gap, most valuable first; `routable`: how many services
    have no gap that blocks paths. `kinds`: names by slug of organizations without a known kind.
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
        duplicates = find_duplicates(reader.known())
    open_ones = by_value(service for service in imported if service.gaps)
    return CurationReport(
        coalition={name: told for name in Coalition.model_fields if (told := getattr(coalition, name)) is not None},
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
        self._areas = {row.slug for row in read_rows(connection, "area")}
        self._numbers: defaultdict[str, list[AnyRow]] = defaultdict(list)  # by service and by organization
        for row in read_rows(connection, "phone"):
            whose = row.service_id or row.organization_id
            if whose is not None and row.type in {None, *_CALLABLE}:
                self._numbers[whose].append(row)
        self._named_areas: defaultdict[str, set[str | None]] = defaultdict(set)
        for row in read_rows(connection, "service_area"):
            self._named_areas[row.service_id].add(row.name)

    def services(self) -> Iterator[Imported]:
        """Yield every active imported service."""
        table = DIRECTORY.tables["service"]
        wanted = select(table).where(table.c.source.is_not(None), table.c.status == "active").order_by(table.c.slug)
        for row in self._connection.execution_options(yield_per=_AT_ONCE).execute(wanted):
            organization = self._organizations[row.organization_id]
            gaps = dict(self._gaps(row, organization))
            attributes = (row.extra or {}).get("attributes")
            yield Imported(
                slug=row.slug,
                name=row.name,
                organization=organization.slug,
                organization_name=organization.name,
                gaps=gaps,
                proposals=propose_types(row.name, attributes) if TYPE in gaps else (),
                inferred=row.inferred or {},
            )

    def known(self) -> Iterator[Known]:
        """Yield every organization in its form for comparison."""
        places: defaultdict[str, set[tuple[float, float]]] = defaultdict(set)
        for row in read_rows(self._connection, "location"):
            if row.latitude is not None and row.longitude is not None and not row.private:
                places[row.organization_id].add((row.latitude, row.longitude))
        table = DIRECTORY.tables["organization"]
        for found in self._connection.execute(select(table.c.id, table.c.extra)):
            row = self._organizations[found.id]
            website = (found.extra or {}).get("website")
            yield Known(
                slug=row.slug,
                name=row.name,
                source=row.source,
                numbers=frozenset(filter(None, (digits(phone.number) for phone in self._numbers[row.id]))),
                website=site(website) if isinstance(website, str) and website.strip() else None,
                places=frozenset(places[row.id]),
            )

    def _gaps(self, row: AnyRow, organization: AnyRow) -> Iterator[tuple[str, str]]:
        if not row.types:
            yield TYPE, _short(_titles(row.extra)) or refusals.NOTHING_SAID
        if not row.limits_known and (row.minimum_age is None or row.maximum_age is None):
            yield AGE, _short((row.extra or {}).get("eligibility_description")) or refusals.NOTHING_SAID
        named = self._named_areas.get(row.id, set())
        if not row.limits_known and not named & self._areas:
            yield AREA, _short(", ".join(sorted(filter(None, named)))) or refusals.NOTHING_SAID
        if not self._numbers.get(row.id) and not self._numbers.get(organization.id):
            yield PHONE, organization.name
        if organization.kind is None:
            yield KIND, organization.name


def _titles(extra: Mapping[str, Any] | None) -> str:
    return ", ".join(sorted({str(term.get("name") or "") for term in terms_of((extra or {}).get("attributes"))} - {""}))


def _short(text: object) -> str:
    return " ".join(text.split())[:_LONGEST_ABOUT] if isinstance(text, str) else ""
