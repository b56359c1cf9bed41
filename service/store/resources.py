"""The directory object by object: pages, single objects, or the whole, in the bundle's own form.

Queries are narrowed to the reader's sight before any count or page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, Table, and_, cast, exists, func, or_, select, true
from sqlmodel import Session

from service.access import Reader, Visibility
from service.bundle.schema import Coalition
from service.errors import NothingLoaded
from service.standard.identity import id_of, place_slug
from service.vocabulary import normal_term, slug_of
from service.wording import refusals

from . import bundle_form, clock
from .bundle_form import Document
from .directory_tables import DIRECTORY
from .rows import RowSet
from .sync import read_records

TABLES: Mapping[str, str] = {
    "organizations": "organization",
    "services": "service",
    "agreements": "agreement",
    "release-forms": "release_form",
    "vocabulary": "vocabulary_term",
}
_MEMBER = ("active", "non_active")
_CHUNK = 500
_WHOLE_BUT = ("coalition", "private_address")


@dataclass(frozen=True, slots=True)
class Owner:
    """The facts of an owner that decide on access. `imported`: its record came from an import, not from a bundle."""

    id: str
    standing: Visibility
    imported: bool

    @property
    def slug(self) -> str:
        """The organization's slug."""
        return self.standing.slug


@dataclass(frozen=True, slots=True)
class Located:
    """A found object: its id and slug, and the ids of its owning organizations."""

    id: str
    slug: str
    owners: tuple[str, ...]


class Resources:
    """Reads the directory within the transaction of `session`. Not safe to share between threads."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def owners(self, ids: Iterable[str]) -> dict[str, Owner]:
        """Return the given organizations by id; unknown ids are left out."""
        return {owner.id: owner for owner in self._owners("id", ids)}

    def owners_by_slug(self, slugs: Iterable[str]) -> dict[str, Owner]:
        """Return the given organizations by slug; unknown slugs are left out."""
        return {owner.slug: owner for owner in self._owners("slug", slugs)}

    def reader(self, organization: str, scopes: frozenset[str]) -> Reader:
        """Return the reader for a caller's organization (a slug, known or not) and scopes."""
        own = self.owners_by_slug([organization]).get(organization)
        return Reader(organization, own is not None and own.standing.member, scopes)

    def locate(self, resource: str, key: str, reader: Reader) -> Located | None:
        """Return the object with an id (a UUID) or slug; None for an object absent or hidden from `reader`.

        The database does the same work for a hidden object as for an absent object, and gives the same: no row.
        """
        table = _table(resource)
        statement = select(table).where(_known_as(resource, key), *_visible(resource, reader))
        rows = [dict(row) for row in self._session.execute(statement).mappings()]
        if not rows:
            return None
        row = next((row for row in rows if row["id"] == key.lower()), rows[0])
        return Located(row["id"], self._slug(resource, row), self._owners_of(resource, row["id"]))

    def is_taken(self, resource: str, key: str) -> bool:
        """Say whether an object has the id or slug, visible or not."""
        return self._session.execute(select(_table(resource).c.id).where(_known_as(resource, key))).first() is not None

    def page(
        self, resource: str, reader: Reader, filters: Mapping[str, str], *, offset: int, limit: int
    ) -> tuple[int, list[str]]:
        """Return the number of visible objects that fit `filters`, and the ids of `limit` objects, by slug."""
        table = _table(resource)
        fitting = select(table.c.id).where(*_visible(resource, reader), *self._fitting(resource, reader, filters))
        total = self._session.execute(select(func.count()).select_from(fitting.subquery())).scalar_one()
        ordered = fitting.order_by(*self._order(resource)).offset(offset).limit(limit)
        return int(total), [row.id for row in self._session.execute(ordered)]

    def documents(self, resource: str, ids: Sequence[str]) -> dict[str, Document]:
        """Return objects by id, with `id` (a UUID) and `slug`; of a private place, only `id` and `slug`."""
        match resource:
            case "organizations":
                rows, slugs = self._records(ids)
                return bundle_form.organization_documents(rows, slugs, ids=True)
            case "services":
                return self._services(ids)
            case "agreements":
                rows = {"agreement": self._rows("agreement", "id", ids)}
                rows["agreement_party"] = self._rows("agreement_party", "agreement_id", ids)
                found = bundle_form.agreement_documents(rows, self._slugs(party_ids(rows)))
            case "release-forms":
                found = bundle_form.release_form_documents({"release_form": self._rows("release_form", "id", ids)})
            case _:
                rows = {"vocabulary_term": self._rows("vocabulary_term", "id", ids)}
                owners = (row["organization_id"] for row in rows["vocabulary_term"].values())
                found = bundle_form.vocabulary_documents(rows, self._slugs(filter(None, owners)))
        return {row_id: {**document, "id": row_id, "slug": slug_of(document)} for row_id, document in found.items()}

    def slugs_of(self, ids: Iterable[str], reader: Reader) -> dict[str, str]:
        """Return the slugs of forms, and of visible organizations and locations, among the ids, by id."""
        wanted = list(ids)
        organizations, forms, places = _named("organization"), _named("release_form"), _named("location")
        seen = _organizations(reader)
        authorised = _has_word(organizations.c.operator_authorised, reader.organization)
        told = seen.where(or_(organizations.c.slug == reader.organization, authorised))
        owner = places.c.organization_id
        known: dict[Table, ColumnElement[bool]] = {
            organizations: organizations.c.id.in_(seen),
            forms: true(),
            places: and_(owner.in_(seen), or_(places.c.private.is_(False), owner.in_(told))),
        }
        found: dict[str, str] = {}
        for table, may in known.items():
            for chunk in _chunks(wanted):
                rows = self._session.execute(select(table.c.id, table.c.slug).where(table.c.id.in_(chunk), may))
                found |= {row.id: place_slug(row.slug) for row in rows}
        return found

    def whole(self) -> Document:
        """Return the whole store as a bundle document, its lists in no particular order.

        Raises:
            NothingLoaded: the store holds no coalition.
        """
        rows = {table.name: self._all(table) for table in DIRECTORY.sorted_tables if table.name not in _WHOLE_BUT}
        slugs = {row_id: row["slug"] for row_id, row in rows["organization"].items()}
        return {
            "coalition": self._coalition(),
            "areas": bundle_form.area_documents(rows),
            "vocabulary": list(bundle_form.vocabulary_documents(rows, slugs).values()),
            "organizations": list(bundle_form.organization_documents(rows, slugs).values()),
            "agreements": list(bundle_form.agreement_documents(rows, slugs).values()),
            "release_forms": list(bundle_form.release_form_documents(rows).values()),
            "equivalent_forms": bundle_form.form_groups(rows),
        }

    def today(self) -> date:
        """Return the day in the coalition's time zone."""
        zone = self._session.execute(select(_named("coalition").c.timezone)).scalar_one_or_none()
        return clock.now(self._session).astimezone(ZoneInfo(zone or "UTC")).date()

    def has_area(self, slug: str) -> bool:
        """Say whether an area has the code."""
        areas = _named("area")
        return self._session.execute(select(areas.c.id).where(areas.c.slug == slug)).first() is not None

    def imported(self) -> frozenset[str]:
        """Return the slugs of organizations with records from an import."""
        table = _named("organization")
        rows = self._session.execute(select(table.c.id, table.c.slug))
        return frozenset(row.slug for row in rows if row.id != id_of("organization", row.slug))

    def unlisted(self) -> frozenset[str]:
        """Return the slugs of unlisted organizations."""
        table = _named("organization")
        rows = self._session.execute(select(table.c.slug).where(table.c.listed != "public"))
        return frozenset(row.slug for row in rows)

    def _coalition(self) -> Document:
        row = self._session.execute(select(_named("coalition"))).mappings().first()
        if row is None:
            raise NothingLoaded(refusals.NO_COALITION)
        return {name: row[name] for name in Coalition.model_fields if row[name] is not None}

    def _owners(self, column: str, values: Iterable[str]) -> Iterator[Owner]:
        table = _named("organization")
        names = ("id", "slug", "listed", "membership", "address_private", "operator_authorised")
        statement = select(*(table.c[name] for name in names))
        for chunk in _chunks(set(values)):
            for row in self._session.execute(statement.where(table.c[column].in_(chunk))):
                standing = Visibility(
                    slug=row.slug,
                    listed=row.listed == "public",
                    member=row.membership in _MEMBER,
                    address_private=row.address_private,
                    authorised=frozenset(row.operator_authorised),
                )
                yield Owner(row.id, standing, imported=row.id != id_of("organization", row.slug))

    def _slugs(self, ids: Iterable[str]) -> dict[str, str]:
        return {owner.id: owner.slug for owner in self._owners("id", ids)}

    def _owners_of(self, resource: str, row_id: str) -> tuple[str, ...]:
        match resource:
            case "organizations":
                return (row_id,)
            case "services" | "vocabulary":
                owner, key = _table(resource).c.organization_id, _table(resource).c.id
            case "agreements":
                owner, key = _named("agreement_party").c.organization_id, _named("agreement_party").c.agreement_id
            case _:
                return ()
        return tuple(row[0] for row in self._session.execute(select(owner).where(key == row_id)) if row[0] is not None)

    def _slug(self, resource: str, row: Mapping[str, Any]) -> str:
        if resource != "vocabulary":
            return str(row["slug"])
        [entry] = self.documents(resource, [row["id"]]).values()
        return str(entry["slug"])

    def _records(self, ids: Sequence[str]) -> tuple[RowSet, dict[str, str]]:
        rows = read_records(self._session.connection(), ids)
        parents = (row["parent_id"] for row in rows.get("organization", {}).values())
        return rows, self._slugs([*ids, *filter(None, parents)])

    def _services(self, ids: Sequence[str]) -> dict[str, Document]:
        rows = self._rows("service", "id", ids)
        records, slugs = self._records(sorted({row["organization_id"] for row in rows.values()}))
        wanted: RowSet = {**records, "service": rows}
        found: dict[str, Document] = {}
        for document in bundle_form.organization_documents(wanted, slugs, ids=True).values():
            for service in document.get("services", ()):
                found[service["id"]] = {**service, "organization": document["slug"]}
        return found

    def _rows(self, table_name: str, column: str, values: Iterable[str]) -> dict[str, dict[str, Any]]:
        table = _named(table_name)
        found: dict[str, dict[str, Any]] = {}
        for chunk in _chunks(values):
            rows = self._session.execute(select(table).where(table.c[column].in_(chunk))).mappings()
            found |= {row["id"]: dict(row) for row in rows}
        return found

    def _all(self, table: Table) -> dict[str, dict[str, Any]]:
        return {row["id"]: dict(row) for row in self._session.execute(select(table)).mappings()}

    def _order(self, resource: str) -> list[ColumnElement[Any]]:
        table, owners = _table(resource), _named("organization")
        if resource == "vocabulary":
            owner = select(owners.c.slug).where(owners.c.id == table.c.organization_id).scalar_subquery()
            name: ColumnElement[Any] = func.coalesce(table.c.code, owner + ":" + func.lower(table.c.term))
        else:
            name = table.c.slug
        # by code point on both databases
        collation = "C" if self._session.get_bind().dialect.name == "postgresql" else "BINARY"
        return [name.collate(collation), table.c.id]

    def _fitting(self, resource: str, reader: Reader, filters: Mapping[str, str]) -> Iterator[ColumnElement[bool]]:
        table = _table(resource)
        for name, value in filters.items():
            match resource, name:
                case "organizations", "parent":
                    yield table.c.parent_id.in_(_organizations(reader).where(_goes_by(value)))
                case (("services" | "vocabulary"), "organization"):
                    yield table.c.organization_id.in_(select(_named("organization").c.id).where(_goes_by(value)))
                case "organizations", "regime":
                    yield _has_word(table.c.regimes, value)
                case "services", "type":
                    yield _has_word(table.c.types, value)
                case "services", "area":
                    yield self._covers(table, value)
                case "services", "designated":
                    yield table.c.designated.is_(value == "true")
                case "agreements", "party":
                    yield _has_party(table, _goes_by(value))
                case "release-forms", "language":
                    yield _has_word(table.c.languages, value)
                case "vocabulary", "kind":
                    yield table.c.term.is_not(None) if value == "term" else table.c.kind == value
                case _:
                    yield table.c[name] == value

    def _covers(self, services: Table, slug: str) -> ColumnElement[bool]:
        """Return the condition for services of the whole area.

        A service names the area itself or an area around it; or names no area, where no name means every area.
        """
        areas, named = _named("area"), _named("service_area")
        rows = {row.id: row for row in self._session.execute(select(areas.c.id, areas.c.slug, areas.c.within_id))}
        at = next((row for row in rows.values() if row.slug == slug), None)
        around: list[str] = []
        while at is not None and at.slug not in around:
            around.append(at.slug)
            at = rows.get(at.within_id)
        of_this = named.c.service_id == services.c.id
        everywhere = and_(services.c.limits_known.is_(True), ~exists().where(of_this))
        return or_(everywhere, exists().where(of_this, named.c.name.in_(around)))


def party_ids(rows: RowSet) -> set[str]:
    """Return the ids of the parties in the rows. Pure."""
    return {row["organization_id"] for row in rows["agreement_party"].values()}


def _named(name: str) -> Table:
    return DIRECTORY.tables[name]


def _table(resource: str) -> Table:
    return _named(TABLES[resource])


def slugs_known_to(reader: Reader | None) -> Select[Any]:
    """Select the slugs of the organizations known to a reader; None: the operator of the program, with full sight."""
    table = _named("organization")
    slugs = select(table.c.slug)
    return slugs if reader is None else slugs.where(table.c.id.in_(_organizations(reader)))


def _organizations(reader: Reader) -> Select[Any]:
    """Select the ids of the organizations known to `reader`."""
    table = _named("organization")
    seen = or_(table.c.listed == "public", table.c.slug == reader.organization)
    return select(table.c.id) if reader.sees_unlisted else select(table.c.id).where(seen)


def _visible(resource: str, reader: Reader) -> Iterator[ColumnElement[bool]]:
    table = _table(resource)
    if reader.sees_unlisted:
        return
    match resource:
        case "organizations":
            yield table.c.id.in_(_organizations(reader))
        case "services":
            yield table.c.organization_id.in_(_organizations(reader))
        case "vocabulary":
            yield or_(table.c.organization_id.is_(None), table.c.organization_id.in_(_organizations(reader)))
        case "agreements":
            hidden = _has_party(table, _named("organization").c.id.not_in(_organizations(reader)))
            yield or_(~hidden, _has_party(table, _named("organization").c.slug == reader.organization))


def _known_as(resource: str, key: str) -> ColumnElement[bool]:
    """Return the condition for an id or slug; for the vocabulary also for a code, or for `organization:term`."""
    table = _table(resource)
    if resource != "vocabulary":
        return or_(table.c.id == key.lower(), table.c.slug == key)
    owner, _, term = key.partition(":")
    return or_(table.c.id.in_([key.lower(), id_of("vocabulary_term", owner, normal_term(term))]), table.c.code == key)


def _goes_by(name: str) -> ColumnElement[bool]:
    """Return the condition for the organization with an id or slug."""
    table = _named("organization")
    return or_(table.c.id == name, table.c.slug == name)


def _has_party(agreements: Table, which: ColumnElement[bool]) -> ColumnElement[bool]:
    parties, organizations = _named("agreement_party"), _named("organization")
    joined = and_(parties.c.agreement_id == agreements.c.id, parties.c.organization_id == organizations.c.id)
    return exists(select(parties.c.id).where(joined, which).correlate(agreements))


def _has_word(column: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    """Return the condition for a JSON list with `word`: both databases write a list of words as text with quotes."""
    return cast(column, String).contains(f'"{word}"', autoescape=True)


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
