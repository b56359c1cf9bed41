"""The directory object by object, in the bundle's own form, and how its organizations stand to each other.

Queries are narrowed to the reader's sight before any count or page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, true
from sqlmodel import Session

from service.database import clock
from service.database.bulk import chunks
from service.directory.access import LABELS, Reader, Visibility, topmost
from service.directory.standard.identity import id_of, place_slug
from service.i18n.texts import fold
from service.vocabulary import normal_term

from .directory_tables import OWNED_TYPES, RowSet, keys, of_type, read_records, read_zone, records, with_key
from .keys import EVERYWHERE
from .proposal_tables import RemovedOrganization, WithdrawnAddress
from .record_documents import Document, named_document, organization_documents, service_documents

TYPES: Mapping[str, str] = {
    "organizations": "organization",
    "services": "service",
    "agreements": "agreement",
    "release-forms": "release_form",
    "vocabulary": "vocabulary_term",
}
WORDS = "q"
"""The filter by words of a name; every other one is by a key."""
_KEYS: Mapping[tuple[str, str], str] = {  # type of record and filter -> key, where the names differ
    ("agreement", "party"): "between",
    ("organization", "regime"): "regimes",
    ("release_form", "language"): "languages",
    ("service", "type"): "types",
}
_MEMBER = ("active", "non_active")
_BINDING = ("mou", "team")
_UNDECLARED = {"regimes": [], "membership": "none", "listed": "public", "address_private": False}
"""The labels of an organization without a declaration: unknown, and its record is public."""
_houses = records.alias("house")


@dataclass(frozen=True, slots=True)
class Owner:
    """The facts of an owner that decide on access; `withheld`: the withheld texts of its record, sealed."""

    id: str
    visibility: Visibility
    imported: bool
    name: str
    profile: Mapping[str, Any]
    withheld: str | None

    @property
    def slug(self) -> str:
        """The organization's slug."""
        return self.visibility.slug

    @property
    def labels(self) -> dict[str, Any]:
        """The fields by which rules, prices and `avoid` go."""
        return labels_of(self.profile)


@dataclass(frozen=True, slots=True)
class Located:
    """A found object: its id and slug, and the ids of its owning organizations."""

    id: str
    slug: str
    owners: tuple[str, ...]


class Resources:
    """Reads the directory within the transaction of `session`, until a change. Not safe to share between threads.

    An organization's row is read once, however often it is asked how the organization stands; so is its whole record.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[str, str], Owner] = {}
        self._records: dict[str, RowSet] = {}  # by id of the organization
        self._services: dict[str, dict[str, Any]] = {}  # of those records, by id

    def owners(self, ids: Iterable[str]) -> dict[str, Owner]:
        """Return the given organizations by id; unknown ids are left out."""
        return {owner.id: owner for owner in self._owners("id", ids)}

    def owner(self, located: Located) -> Owner:
        """Return the organization that owns an organization or a service."""
        [owner] = self.owners(located.owners).values()
        return owner

    def owners_by_slug(self, slugs: Iterable[str]) -> dict[str, Owner]:
        """Return the given organizations by slug; unknown slugs are left out."""
        return {owner.slug: owner for owner in self._owners("slug", slugs)}

    def reader(self, organization: str, scopes: frozenset[str]) -> Reader:
        """Return the reader for a caller's organization (a slug, known or not) and scopes."""
        own = self.owners_by_slug([organization]).get(organization)
        return Reader(organization, own is not None and own.visibility.member, scopes)

    def locate(self, resource: str, key: str, reader: Reader) -> Located | None:
        """Return the object with an id (a UUID) or slug; None for an object absent or hidden from `reader`."""
        rows = self._rows(of_type(TYPES[resource], _known_as(resource, key), *_visible(resource, reader)))
        if not rows:
            return None
        row = next((row for row in rows if row["id"] == key.lower()), rows[0])
        owners: tuple[str, ...] = (row["owner_id"],) if row["owner_id"] is not None else ()
        if resource == "agreements":
            parties = self.owners_by_slug(row["document"]["between"])
            owners = tuple(parties[slug].id for slug in row["document"]["between"] if slug in parties)
        return Located(row["id"], row["slug"], owners)

    def record(self, organization: str) -> RowSet:
        """Return the rows of an organization (an id) with all that it owns; nobody may change them."""
        if organization not in self._records:
            self._records[organization] = read_records(self._session.connection(), [organization])
            self._services |= self._records[organization]["service"]
        return self._records[organization]

    def is_taken(self, resource: str, key: str) -> bool:
        """Say whether an object has the id or slug, visible or not."""
        return bool(self._rows(of_type(TYPES[resource], _known_as(resource, key))))

    def page(
        self, resource: str, reader: Reader, filters: Mapping[str, str], *, offset: int, limit: int
    ) -> tuple[int, list[str]]:
        """Return the number of visible objects that fit `filters`, and the ids of `limit` objects, by slug."""
        fits = self._fitting(TYPES[resource], reader, {name: value for name, value in filters.items() if name != WORDS})
        conditions = records.c.type == TYPES[resource], *_visible(resource, reader), *fits
        if WORDS in filters:
            ids = self._named(select(records).where(*conditions), reader, filters[WORDS])
            conditions = *conditions, records.c.id.in_(ids)
        fitting = select(records.c.id).where(*conditions)
        total = self._session.execute(select(func.count()).select_from(fitting.subquery())).scalar_one()
        collation = "C" if self._session.get_bind().dialect.name == "postgresql" else "BINARY"  # by code point on both
        ordered = fitting.order_by(records.c.slug.collate(collation), records.c.id).offset(offset).limit(limit)
        return int(total), list(self._session.execute(ordered).scalars())

    def documents(self, resource: str, ids: Sequence[str]) -> dict[str, Document]:
        """Return objects by id, with `id` (a UUID) and `slug`; of a private place, only `id` and `slug`."""
        if resource == "organizations":
            if len(ids) == 1:
                self.record(ids[0])
            return organization_documents(self._owned_rows(("organization", *OWNED_TYPES), ids), ids=True)
        if resource == "services" and self._services.keys() >= set(ids):
            rows = [self._services[row_id] for row_id in ids]
        else:
            rows = self._among(records.c.id, (records.c.type == TYPES[resource],), ids)
        if resource == "services":
            owners = self.owners(row["owner_id"] for row in rows)
            return service_documents([*rows, *self._owned_rows(("location", "service_at_location"), owners)], owners)
        return {row["id"]: {**named_document(row), "id": row["id"], "slug": row["slug"]} for row in rows}

    def slugs_of(self, ids: Iterable[str], reader: Reader) -> dict[str, str]:
        """Return the slugs of forms, and of visible organizations and locations, among the ids, by id."""
        own = _organizations(_goes_by(reader.organization))
        let_in = with_key("organization.operator_authorised", reader.organization)
        may_see = or_(records.c.private.is_(False), records.c.owner_id.in_(own), records.c.owner_id.in_(let_in))
        visible = or_(
            records.c.type == "release_form",
            and_(records.c.type == "organization", *_visible("organizations", reader)),
            and_(records.c.type == "location", may_see, *_visible("services", reader)),
        )
        return {row["id"]: place_slug(row["slug"]) for row in self._among(records.c.id, (visible,), ids)}

    def today(self) -> date:
        """Return the day in the coalition's time zone."""
        return clock.now(self._session).astimezone(read_zone(self._session)).date()

    def sees_counts(self, reader: str, owner: str) -> bool:
        """Say whether an organization (a slug) may see the numbers of places at the services of `owner` (a slug).

        For a hidden owner: the owner itself, and community-based organizations with an agreement in force with it.
        """
        owners = self.owners_by_slug((reader, owner))
        house, asker = owners.get(owner), owners.get(reader)
        if reader == owner or (house is not None and house.visibility.is_open):
            return True
        is_known = house is not None and asker is not None and asker.profile.get("basis") == "community"
        return is_known and owner in self.partners(reader, _BINDING)

    def partners(self, organization: str, types: Collection[str]) -> frozenset[str]:
        """Return the partners (slugs) of an organization by agreements of some types that are in force today."""
        rows = self._rows(of_type("agreement", records.c.id.in_(with_key("agreement.between", organization))))
        today = self.today().isoformat()

        def is_in_force(terms: Document) -> bool:
            dated = terms.get("effective", today) <= today <= terms.get("expires", today)
            return bool(dated and terms["status"] == "signed" and terms["type"] in types)

        in_force = (row["document"]["between"] for row in rows if is_in_force(row["document"]))
        return frozenset[str]().union(*in_force)

    def removal_of(self, organization: str) -> RemovedOrganization | None:
        """Return the labels and the house of an organization (a slug) at its last removal; None: there was none."""
        return self._session.get(RemovedOrganization, organization)

    def withdrew_address(self, organization: str) -> bool:
        """Say whether an organization (an id) took a street out of its own record."""
        return self._session.get(WithdrawnAddress, organization) is not None

    def note_withdrawn(self, organization: str) -> None:
        """Store that an organization (an id) took a street out of its own record."""
        self._session.merge(WithdrawnAddress(id=organization))

    def has_area(self, slug: str) -> bool:
        """Say whether an area has the code."""
        return bool(self._rows(of_type("area", records.c.slug == slug)))

    def unlisted_slugs(self) -> frozenset[str]:
        """Return the slugs of unlisted organizations."""
        unlisted = select(records.c.slug).where(records.c.type == "organization", records.c.listed.is_(False))
        return frozenset(self._session.execute(unlisted).scalars())

    def _owners(self, column: str, values: Iterable[str]) -> list[Owner]:
        names = [(column, value) for value in dict.fromkeys(values)]
        unread = [value for name, value in names if (name, value) not in self._known]
        for row in self._among(records.c[column], (records.c.type == "organization",), unread):
            profile = row["document"].get("coalition", {})
            visibility = Visibility(
                slug=row["slug"],
                listed=row["listed"],
                member=profile.get("membership") in _MEMBER,
                address_private=row["private"],
                authorised=frozenset(profile.get("operator_authorised", ())),
            )
            owner = Owner(
                row["id"], visibility, row["source"] is not None, row["document"]["name"], profile, row["withheld"]
            )
            self._known["id", owner.id] = self._known["slug", owner.slug] = owner
        return [self._known[name] for name in names if name in self._known]

    def _owned_rows(self, types: tuple[str, ...], owners: Iterable[str]) -> list[dict[str, Any]]:
        """Return the rows of some types that organizations (ids) own, from their records where these were read."""
        here = self._records.keys() & owners
        rows = self._among(records.c.owner_id, (records.c.type.in_(types),), set(owners) - here)
        for owner in here:
            for name in types:
                rows += self._records[owner][name].values()
        return rows

    def _among(
        self, column: ColumnElement[Any], where: tuple[ColumnElement[bool], ...], values: Iterable[str]
    ) -> list[dict[str, Any]]:
        """Return the records that fit, of those with a column among the values."""
        return [row for chunk in chunks(values) for row in self._rows(select(records).where(column.in_(chunk), *where))]

    def _rows(self, statement: Select[Any]) -> list[dict[str, Any]]:
        return [dict(row) for row in self._session.execute(statement).mappings()]

    def _fitting(self, record_type: str, reader: Reader, filters: Mapping[str, str]) -> Iterator[ColumnElement[bool]]:
        for name, value in filters.items():
            key = f"{record_type}.{_KEYS.get((record_type, name), name)}"
            match name:
                case "parent" | "party":
                    visible = (_in_sight(reader),) if name == "parent" else ()
                    slugs = _organizations(_goes_by(value), *visible, column="slug")
                    by_key = keys.c.name == key, keys.c.value.in_(slugs)
                    yield records.c.id.in_(select(keys.c.record_id).where(*by_key))
                case "organization":
                    yield records.c.owner_id.in_(_organizations(_goes_by(value)))
                case "area":
                    yield self._covers(value)
                case _:
                    yield records.c.id.in_(with_key(key, value))

    def _named(self, candidates: Select[Any], reader: Reader, words: str) -> list[str]:
        """Return the ids of records with every one of the words in their name, or in that of who they belong to."""
        rows = self._rows(candidates)
        slugs = {slug for row in rows for slug in row["document"].get("between", ())}
        owners = self.owners(row["owner_id"] for row in rows if row["owner_id"] is not None)
        known = (*self.owners_by_slug(slugs).values(), *owners.values())
        names = {owner.slug: owner.name for owner in known if reader.sees(owner.visibility)}
        found = []
        for row in rows:
            parties = row["document"].get("between", ())
            of = [*parties, *([owners[row["owner_id"]].slug] if row["owner_id"] in owners else [])]
            text = fold(" ".join([row["slug"], row["document"].get("name", ""), *(names.get(slug, "") for slug in of)]))
            if all(word in text for word in fold(words).split()):
                found.append(row["id"])
        return found

    def _covers(self, slug: str) -> ColumnElement[bool]:
        """Return the condition for services of the whole area: they name it, or one around it, or are everywhere."""
        areas = {row["slug"]: row["document"].get("within") for row in self._rows(of_type("area"))}
        around, at = list[str](), slug
        while at in areas and at not in around:
            around.append(at)
            at = areas[at]
        at_places = select(keys.c.value).where(
            keys.c.name == "service_at_location.service_id",
            keys.c.record_id.in_(with_key("service_at_location.area", *around)),
        )
        everywhere, of_service = with_key(f"service.{EVERYWHERE}", ""), with_key("service.area", *around)
        return or_(*(records.c.id.in_(ids) for ids in (everywhere, of_service, at_places)))


def labels_of(profile: Mapping[str, Any]) -> dict[str, Any]:
    """Return the labels in an organization's declaration: the fields by which rules, prices and `avoid` go.

    >>> labels_of({"kind": "legal"})["kind"]
    'legal'
    """
    return {label: {**_UNDECLARED, **profile}.get(label) for label in LABELS}


def read_houses(connection: Connection) -> Mapping[str, frozenset[str]]:
    """Return each organization's house (slugs): every organization under the same topmost parent."""
    above = records.outerjoin(keys, and_(keys.c.record_id == records.c.id, keys.c.name == "organization.parent"))
    query = select(records.c.slug, keys.c.value).select_from(above).where(records.c.type == "organization")
    parents = {row.slug: row.value for row in connection.execute(query)}
    own_parents = {slug: parent if parent in parents else None for slug, parent in parents.items()}
    tops = {slug: topmost(slug, own_parents.__getitem__) for slug in own_parents}
    houses: defaultdict[str, set[str]] = defaultdict(set)
    for slug, top in tops.items():
        houses[top].add(slug)
    return {slug: frozenset(houses[top]) for slug, top in tops.items()}


def slugs_known_to(reader: Reader | None) -> Select[Any]:
    """Select the slugs of the organizations known to a reader; None: the operator of the program, with full sight."""
    return _organizations(*(() if reader is None else (_in_sight(reader),)), column="slug")


def _organizations(*where: ColumnElement[bool], column: str = "id") -> Select[Any]:
    """Select the ids, or slugs, of organizations."""
    return select(_houses.c[column]).where(_houses.c.type == "organization", *where)


def _in_sight(reader: Reader) -> ColumnElement[bool]:
    """Return the condition for organizations known to a reader."""
    return true() if reader.sees_unlisted else or_(_houses.c.listed, _houses.c.slug == reader.organization)


def _goes_by(name: str) -> ColumnElement[bool]:
    """Return the condition for the organization with an id or slug."""
    return or_(_houses.c.id == name, _houses.c.slug == name)


def _visible(resource: str, reader: Reader) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions for objects that a reader may see."""
    if reader.sees_unlisted:
        return
    own = records.c.owner_id.in_(_organizations(_in_sight(reader)))
    match resource:
        case "organizations" | "services":
            yield or_(records.c.listed, own)
        case "vocabulary":
            yield or_(records.c.owner_id.is_(None), own)
        case "agreements":
            unseen = keys.c.value.not_in(_organizations(_in_sight(reader), column="slug"))
            hidden = select(keys.c.record_id).where(keys.c.name == "agreement.between", unseen)
            yield or_(records.c.id.not_in(hidden), records.c.id.in_(with_key("agreement.between", reader.organization)))


def _known_as(resource: str, key: str) -> ColumnElement[bool]:
    """Return the condition for an id or slug; for the vocabulary also for a code, or for `organization:term`."""
    ids = [key.lower()]
    if resource == "vocabulary":
        owner, _, term = key.partition(":")
        ids.append(id_of("vocabulary_term", owner, normal_term(term)))
    return or_(records.c.id.in_(ids), records.c.slug == key)
