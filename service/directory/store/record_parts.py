"""The parts within a stored document: HSDS objects without a record of their own, each with its id. Pure.

`extra`, in a document or a part, holds what an import brought beside: fields that the class does not know, and values
that it cannot read. They are shown as they came, and count as unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]

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
