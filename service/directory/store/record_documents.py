"""Records as rows, of a bundle, and as documents in the bundle's form, of rows: a record goes in and out here. Pure.

`extra`, in a document or a part (an HSDS object without a row of its own), holds what an import brought beside: fields
that the class does not know, and values that it cannot read. They are shown as they came, and count as unknown.

Null and empty are left out. Reading a document as a bundle gives the same records, except a part's own id, of which
only a hash is stored. Of a private location only `id` and `location_type` are here: the rest is sealed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from service import vocabulary
from service.directory.standard.identity import id_of, place_name, place_slug

from .directory_tables import INNER_TITLES, Record, RowSet

if TYPE_CHECKING:
    from service.database.bulk import Values
    from service.directory.bundle import schema
    from service.directory.bundle.declared import Profile
    from service.directory.bundle.hsds import Location, Organization, ReferralTerms, Service
    from service.documents.base import BundleModel

    from .resources import Owner

Document = dict[str, Any]
Row = Mapping[str, Any]

PARTS: Mapping[str, str] = {
    "contacts": "contact",
    "phones": "phone",
    "languages": "language",
    "schedules": "schedule",
    "addresses": "address",
    "service_areas": "service_area",
    "capacities": "service_capacity",
}
"""The lists of an object whose entries have ids, each with the name of its part in HSDS."""
EXTRA = "extra"
FRONT_GATE = "front gate"
"""The title of the contact that stands in the place of a private address."""
_OF_A_ROLE = ("id", "title", "since", "until")
_DEFAULTS: Values = {name: field.get_default() for name, field in Record.model_fields.items()}
_LONGEST_SLUG = 200  # of an organization's own word; the index of slugs holds no essay


def filled(document: Mapping[str, Any]) -> Document:
    """Return a document without what says nothing.

    >>> filled({"name": "Harbor", "phones": [], "email": None, "description": ""})
    {'name': 'Harbor', 'description': ''}
    """
    return {name: value for name, value in document.items() if value not in (None, [], {})}


def but(document: Mapping[str, Any], *names: str) -> Document:
    """Return a document without some fields."""
    return {name: value for name, value in document.items() if name not in names}


def view_of(document: Mapping[str, Any]) -> Document:
    """Return a document as its record is shown: what an import brought beside in its place, parts without our ids.

    >>> view_of({"name": "Detox", "extra": {"minimum_age": "teens"}, "phones": [{"id": "1", "number": "555-0100"}]})
    {'minimum_age': 'teens', 'name': 'Detox', 'phones': [{'number': '555-0100'}]}
    """
    view = but(document.get(EXTRA, {}), *PARTS) | but(document, EXTRA)
    for name in PARTS.keys() & document.keys():
        view[name] = [view_of(but(part, "id")) for part in document[name]]
    return view


def without_person(contact: Mapping[str, Any]) -> Document:
    """Return what is told of a contact's role to who may not know the person.

    >>> without_person({"title": "intake", "name": "Ana", "email": "ana@example.org", "until": "2027-01-01"})
    {'title': 'intake', 'until': '2027-01-01'}
    """
    return {name: contact[name] for name in _OF_A_ROLE if name in contact}


def public_contacts(contacts: Iterable[Mapping[str, Any]], *, is_open: bool) -> list[Mapping[str, Any]]:
    """Return the contacts that everybody is shown; of an unlisted or private organization without the persons.

    >>> people = [{"title": "coalition_representative", "name": "Ana"}, {"title": "intake", "name": "Bo"}]
    >>> public_contacts(people, is_open=True), public_contacts(people, is_open=False)
    ([{'title': 'intake', 'name': 'Bo'}], [{'title': 'intake'}])
    """
    shown = [contact for contact in contacts if contact.get("title") not in INNER_TITLES]
    if is_open:
        return shown
    return [
        but(contact, "name") if contact.get("title") == FRONT_GATE else without_person(contact) for contact in shown
    ]


def with_ids(document: Mapping[str, Any]) -> Document:
    """Return a document with all that an import brought beside, its parts with their ids."""
    parts = {name: list(map(with_ids, document[name])) for name in PARTS.keys() & document.keys()}
    return {**document.get(EXTRA, {}), **but(document, EXTRA), **parts}


def written(moment: datetime | None) -> str | None:
    """Return a moment in a document's spelling."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def unit_name(unit: Any) -> str:
    """Return the name of the unit of a capacity, which is the unit itself unless it has more fields.

    >>> unit_name("bed"), unit_name({"name": "bed", "scheme": "un"})
    ('bed', 'bed')
    """
    return str(unit["name"]) if isinstance(unit, Mapping) else str(unit)


def parts_of(document: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the entries of a list at any depth of a document's parts, such as every phone.

    >>> house = {"phones": [{"number": "1"}], "contacts": [{"phones": [{"number": "2"}]}]}
    >>> [phone["number"] for phone in parts_of(house, "phones")]
    ['1', '2']
    """
    yield from document.get(name, ())
    for whole in PARTS:
        for part in document.get(whole, ()):
            yield from parts_of(part, name)


def with_places(service: Mapping[str, Any], places: Iterable[Mapping[str, Any]]) -> Document:
    """Return a service's document with the parts of its places among its own: both are the service's."""
    document = dict(service)
    for place in places:
        for name in PARTS.keys() & place.keys():
            document[name] = [*document.get(name, ()), *place[name]]
    return document


def organization_documents(rows: Iterable[Row], *, ids: bool = False) -> dict[str, Document]:
    """Return every organization whole, by id; `rows` hold all that they own.

    `ids`: an organization, service or location then has its stored id (a UUID) as `id`, and its name as `slug`.
    """
    record = _ByOwner(rows, ids=ids)
    return {row["id"]: record.organization(row) for row in record.of_type["organization"]}


def service_documents(rows: Iterable[Row], owners: Mapping[str, Owner]) -> dict[str, Document]:
    """Return every service by id, with `id`, `slug` and `organization` (of `owners`); `rows` hold their places."""
    record = _ByOwner(rows, ids=True)
    services = record.of_type["service"]
    return {row["id"]: {**record.service(row), "organization": owners[row["owner_id"]].slug} for row in services}


def named_document(row: Row) -> Document:
    """Return an agreement, release form, vocabulary entry or area."""
    name = {"area": {"code": row["slug"]}, "vocabulary_term": {}}.get(row["type"], {"id": row["slug"]})
    return {**name, **row["document"]}


class _ByOwner:
    def __init__(self, rows: Iterable[Row], *, ids: bool) -> None:
        self._ids = ids
        self.of_type: defaultdict[str, list[Row]] = defaultdict(list)
        self._owned: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in sorted(rows, key=itemgetter("position", "id")):
            self.of_type[row["type"]].append(row)
            owner = row["document"]["service_id"] if row["type"] == "service_at_location" else row["owner_id"]
            self._owned[row["type"], owner].append(row)
        self._places = {row["id"]: row["slug"] for row in self.of_type["location"]}

    def organization(self, row: Row) -> Document:
        view = self._with_name(row["id"], row["slug"], view_of(row["document"]))
        parts = {
            "locations": [self._location(place) for place in self._owned["location", row["id"]]],
            "services": [self.service(service) for service in self._owned["service", row["id"]]],
        }
        return {**view, **{name: rows for name, rows in parts.items() if rows}}

    def service(self, row: Row) -> Document:
        places = self._owned["service_at_location", row["id"]]
        document = with_places(row["document"], (place["document"] for place in places))
        view = self._with_name(row["id"], row["slug"], view_of(document))
        beside = {"inferred": row["inferred"], "last_modified": written(row["last_modified"])}
        return filled({**view, **beside, "service_at_locations": list(map(self._service_place, places))})

    def _location(self, row: Row) -> Document:
        return self._with_name(row["id"], place_slug(row["slug"]), view_of(row["document"]))

    def _service_place(self, row: Row) -> Document:
        """Return a service's place, without the parts that stand with the service."""
        fields = but(view_of(row["document"]), "phones", "schedules", "service_areas", "service_id")
        return {**fields, "location_id": place_slug(self._places[row["document"]["location_id"]])}

    def _with_name(self, row_id: str, slug: str, document: Document) -> Document:
        return {**({"id": row_id, "slug": slug} if self._ids else {"id": slug}), **document}


def row_of(record_type: str, row_id: str, slug: str, document: Mapping[str, Any], **columns: Any) -> Values:
    """Return the row of a record; columns that are not given have their defaults."""
    return {**_DEFAULTS, **columns, "id": row_id, "type": record_type, "slug": slug, "document": filled(document)}


def rows_of(bundle: schema.Bundle) -> RowSet:
    """Return the row of every record of `bundle`; the coalition's own is no record.

    `sealed` still holds plain text: the writer of the row seals it.
    """
    rows: RowSet = defaultdict(dict)
    for row in (
        *(_named_row("area", area, "code") for area in bundle.areas),
        *(row for organization in bundle.organizations for row in _organization_rows(organization)),
        *(_agreement(agreement) for agreement in bundle.agreements),
        *(_named_row("release_form", form, "id") for form in bundle.release_forms),
        *map(_form_group, bundle.equivalent_forms),
        *map(_vocabulary_entry, bundle.vocabulary),
    ):
        rows[row["type"]][row["id"]] = row
    return dict(rows)


def has_private_places(organization: Organization) -> bool:
    """Say whether the places of an organization are private. Pure."""
    return organization.coalition is not None and organization.coalition.address_private


def plain(model: BundleModel) -> Document:
    """Return an object of a bundle as plain data, as a bundle writes it."""
    return model.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def put_part_ids(whole: Document, owner: str, whole_id: str) -> None:
    """Give each part within an object its id: it follows from the part's own name, or from its place."""
    for name, table in PARTS.items():
        for position, part in enumerate(whole.get(name, ())):
            place = (part["id"],) if "id" in part else (whole_id, str(position))
            part["id"] = id_of(table, owner, *place)
            put_part_ids(part, owner, part["id"])


def _named_row(record_type: str, model: BundleModel, name: str) -> Values:
    document = plain(model)
    slug = document.pop(name)
    return row_of(record_type, id_of(record_type, slug), slug, document)


def _agreement(agreement: schema.Agreement) -> Values:
    row = _named_row("agreement", agreement, "id")
    row["document"] |= {"mutual": agreement.mutual}
    if agreement.mutual:
        row["document"]["between"].sort()
    return row


def _form_group(group: Iterable[str]) -> Values:
    row_id = id_of("form_group", *(forms := sorted(group)))
    return row_of("form_group", row_id, row_id, {"forms": forms})


def _vocabulary_entry(entry: schema.VocabularyEntry) -> Values:
    document = plain(entry)
    if entry.code is not None:
        document["kind"] = entry.word_type
        return row_of("vocabulary_term", id_of("vocabulary_term", entry.code), entry.code, document)
    organization = entry.organization or ""
    row_id = id_of("vocabulary_term", organization, vocabulary.normal_term(entry.term or ""))
    slug = vocabulary.slug_of(document)
    slug = slug if len(slug) <= _LONGEST_SLUG else slug[: _LONGEST_SLUG - len(row_id)] + row_id
    return row_of("vocabulary_term", row_id, slug, document, owner_id=id_of("organization", organization))


def _organization_rows(organization: Organization) -> Iterable[Values]:
    """Return the rows of an organization's record: its own, its places', its services', and those of their places."""
    document, owner = plain(organization), id_of("organization", organization.id)
    for name in ("id", "locations", "services"):
        document.pop(name, None)
    if organization.coalition is not None:
        document["coalition"] = declaration_of(organization.coalition)
    put_part_ids(document, owner, owner)
    private = has_private_places(organization)
    yield row_of("organization", owner, organization.id, document, owner_id=owner, **quality_of(document))
    for position, location in enumerate(organization.locations):
        name = place_name(organization.id, location.id, private=private)
        yield _location(location, name, {"owner_id": owner, "position": position}, private=private)
    for position, service in enumerate(organization.services):
        yield from _service_rows(service, {"owner_id": owner, "position": position}, organization.id, private=private)


def declaration_of(profile: Profile) -> Document:
    """Return a declaration as it is stored, with what holds where it says nothing: who is hidden is not listed.

    >>> from service.directory.bundle.declared import Profile
    >>> [declaration_of(Profile(basis="community", kind=kind))["listed"] for kind in ("dv_shelter", "legal")]
    ['coalition', 'public']
    """
    private = getattr(profile, "address_private", False)
    hidden = private or profile.kind in vocabulary.KINDS_UNLISTED_BY_DEFAULT
    shown_to = {"membership": profile.membership, "listed": profile.listed or ("coalition" if hidden else "public")}
    return filled({**plain(profile), **shown_to, "address_private": private})


def quality_of(document: Mapping[str, Any]) -> Values:
    """Return the columns of an organization's document; without a declaration it is listed, with public places."""
    profile = document.get("coalition", {})
    return {"listed": profile.get("listed", "public") == "public", "private": profile.get("address_private", False)}


def _location(location: Location, name: str, place: Values, *, private: bool) -> Values:
    row_id, document = id_of("location", name), plain(location)
    if private:
        sealed = json.dumps(document, sort_keys=True, ensure_ascii=False)
        return row_of("location", row_id, name, {"location_type": location.location_type}, **place, sealed=sealed)
    del document["id"]
    put_part_ids(document, place["owner_id"], row_id)
    return row_of("location", row_id, name, document, **place)


def _service_rows(service: Service, place: Values, organization: str, *, private: bool) -> Iterable[Values]:
    row_id, owner, document = id_of("service", service.id), place["owner_id"], plain(service)
    for name in ("id", "last_modified", "service_at_locations"):
        document.pop(name, None)
    document["referral"] = {**document["referral"], **_default_terms(service.referral)}
    put_part_ids(document, owner, row_id)
    yield row_of("service", row_id, service.id, document, **place)
    for position, at_location in enumerate(service.service_at_locations):
        location = id_of("location", place_name(organization, at_location.location_id, private=private))
        known_by = (at_location.id,) if at_location.id else (row_id, location, str(position))
        at_id = id_of("service_at_location", owner, *known_by)
        fields = plain(at_location) | {"service_id": row_id, "location_id": location}
        fields.pop("id", None)
        yield row_of("service_at_location", at_id, at_id, fields, owner_id=owner, position=position)


def _default_terms(referral: ReferralTerms) -> Values:
    """Return the terms of referral that hold where a bundle says nothing."""
    defaults = {"accepts": vocabulary.DEFAULT_MODES, "accepts_from": vocabulary.DEFAULT_ACCEPTS_FROM}
    terms = {name: sorted(words) for name, words in defaults.items() if getattr(referral, name) is None}
    return {"designated": referral.designated, **terms}
