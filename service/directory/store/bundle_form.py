"""Stored records as the bundle's own form: organizations with their services and places in them. Pure.

Null and empty are left out, as in a bundle written by a person; words come sorted. Reading the result as a bundle gives
the same records, except a part's own id, of which only a hash is stored. Of a private location only `id` and
`location_type` are here: the rest is sealed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

from service.directory.standard.identity import place_slug

from .record_parts import Document, filled, shown, with_places, written

Row = Mapping[str, Any]


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
        self._places = {row["id"]: place_slug(row["slug"]) for row in self.of_type["location"]}

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
        return {**told, "location_id": self._places[row["document"]["location_id"]]}

    def _named(self, row_id: str, slug: str, document: Document) -> Document:
        return {**({"id": row_id, "slug": slug} if self._ids else {"id": slug}), **document}
