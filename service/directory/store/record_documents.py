"""Stored documents: their parts, which are HSDS objects without a row of their own, and the bundle's form. Pure.

`extra`, in a document or a part, holds what an import brought beside: fields that the class does not know, and values
that it cannot read. They are shown as they came, and count as unknown.

In the bundle's own form organizations hold their services and places. Null and empty are left out, as in a bundle
written by a person; words come sorted. Reading it as a bundle gives the same records, except a part's own id, of which
only a hash is stored. Of a private location only `id` and `location_type` are here: the rest is sealed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from service.directory.standard.identity import place_slug

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


def filled(document: Mapping[str, Any]) -> Document:
    """Return a document without what says nothing.

    >>> filled({"name": "Harbor", "phones": [], "email": None, "description": ""})
    {'name': 'Harbor', 'description': ''}
    """
    return {name: value for name, value in document.items() if value not in (None, [], {})}


def shown(document: Mapping[str, Any]) -> Document:
    """Return a document as its record is shown: what an import brought beside in its place, parts without our ids.

    >>> shown({"name": "Detox", "extra": {"minimum_age": "teens"}, "phones": [{"id": "1", "number": "555-0100"}]})
    {'minimum_age': 'teens', 'name': 'Detox', 'phones': [{'number': '555-0100'}]}
    """
    found = {name: value for name, value in document.get(EXTRA, {}).items() if name not in PARTS}
    for name, value in document.items():
        if name in PARTS:
            found[name] = [shown({key: told for key, told in part.items() if key != "id"}) for part in value]
        elif name != EXTRA:
            found[name] = value
    return found


def with_ids(document: Mapping[str, Any]) -> Document:
    """Return a document with all that an import brought beside, its parts with their ids."""
    found = dict(document.get(EXTRA, {}))
    for name, value in document.items():
        if name != EXTRA:
            found[name] = list(map(with_ids, value)) if name in PARTS else value
    return found


def written(moment: datetime | None) -> str | None:
    """Return a moment in a document's spelling."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def unit_name(unit: Any) -> str:
    """Return the name of the unit of a capacity, which is the unit itself unless more is told of it.

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
    found = dict(service)
    for place in places:
        for name in PARTS.keys() & place.keys():
            found[name] = [*found.get(name, ()), *place[name]]
    return found


def organization_documents(rows: Iterable[Row], *, ids: bool = False) -> dict[str, Document]:
    """Return every organization whole, by id; `rows` hold all that they own.

    `ids`: an organization, service or location then has its stored id (a UUID) as `id`, and its name as `slug`.
    """
    record = _ByOwner(rows, ids=ids)
    return {row["id"]: record.organization(row) for row in record.of_type["organization"]}


def service_documents(rows: Iterable[Row], owners: Mapping[str, str]) -> dict[str, Document]:
    """Return every service by id, with `id`, `slug` and `organization` (of `owners`); `rows` hold their places."""
    record = _ByOwner(rows, ids=True)
    services = record.of_type["service"]
    return {row["id"]: {**record.service(row), "organization": owners[row["owner_id"]]} for row in services}


def named_document(row: Row) -> Document:
    """Return an agreement, release form, vocabulary entry or area."""
    named = {"area": {"code": row["slug"]}, "vocabulary_term": {}}.get(row["type"], {"id": row["slug"]})
    return {**named, **row["document"]}


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
        found = self._named(row["id"], row["slug"], shown(row["document"]))
        owned = {
            "locations": [self._location(place) for place in self._owned["location", row["id"]]],
            "services": [self.service(service) for service in self._owned["service", row["id"]]],
        }
        return {**found, **{name: rows for name, rows in owned.items() if rows}}

    def service(self, row: Row) -> Document:
        given = self._owned["service_at_location", row["id"]]
        document = with_places(row["document"], (place["document"] for place in given))
        found = self._named(row["id"], row["slug"], shown(document))
        beside = {"inferred": row["inferred"], "last_modified": written(row["last_modified"])}
        return filled({**found, **beside, "service_at_locations": list(map(self._given, given))})

    def _location(self, row: Row) -> Document:
        return self._named(row["id"], place_slug(row["slug"]), shown(row["document"]))

    def _given(self, row: Row) -> Document:
        """Return a service's place, without the parts that stand with the service."""
        kept = ("phones", "schedules", "service_areas", "service_id")
        told = {name: value for name, value in shown(row["document"]).items() if name not in kept}
        return {**told, "location_id": place_slug(self._places[row["document"]["location_id"]])}

    def _named(self, row_id: str, slug: str, document: Document) -> Document:
        return {**({"id": row_id, "slug": slug} if self._ids else {"id": slug}), **document}
