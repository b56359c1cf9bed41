"""Stored records as HSDS records for a reader: nested, in HSDS's form, without private parts. Pure.

An organization with a private address has no place in any record, in no form: no location, no service at a location, no
field outside HSDS, no history of changes. For it, and for an unlisted organization, no count of places is told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from service.directory.bundle.schema import RECORD_CLASSES
from service.directory.standard.fit_record import Fitting, Record, in_order
from service.directory.standard.hidden_names import NOTHING_HIDDEN, HiddenNames
from service.directory.standard.identity import id_of, term_of
from service.directory.standard.schema import OBJECT_TYPES
from service.directory.store.directory_tables import INNER_TITLES
from service.directory.store.record_documents import EXTRA, PARTS, with_ids
from service.infrastructure.database.bulk import Values
from service.infrastructure.documents.base import public_part

FRONT_GATE = "front gate"
_NESTED = {"service": ("organization", "program"), "service_at_location": ("location", "service")}
_PLACES = frozenset(("locations", "service_at_locations", "location"))


def front_gate(whole_id: str, phones: list[dict[str, Any]], email: Any) -> dict[str, Any] | None:
    """Return the contact in place of a private address: the organization's phones and `email`; None without both.

    >>> gate = front_gate("1", [{"id": "2", "number": "555-0100"}], None)
    >>> gate["title"], gate["phones"][0]["number"], front_gate("1", [], None)
    ('front gate', '555-0100', None)
    """
    calls = [{**phone, "id": id_of("phone", whole_id, FRONT_GATE, str(phone["id"]))} for phone in phones]
    if not calls and not email:
        return None
    contact = {"id": id_of("contact", whole_id, FRONT_GATE), "title": FRONT_GATE, "email": email, "phones": calls}
    return {name: value for name, value in contact.items() if value}


class Builder:
    """Makes records of organizations, services and places; `places` and `given_at` hold public places alone."""

    def __init__(
        self,
        hidden: HiddenNames = NOTHING_HIDDEN,
        *,
        places: Mapping[str, Values] = {},
        given_at: Iterable[Values] = (),
    ) -> None:
        self._hidden = hidden
        self._places = places
        self._places_of: defaultdict[str, list[Values]] = defaultdict(list)
        self._given_at: defaultdict[str, list[Values]] = defaultdict(list)
        for place in sorted(places.values(), key=itemgetter("position", "id")):
            self._places_of[place["owner_id"]].append(place)
        for given in sorted(given_at, key=itemgetter("position", "id")):
            self._given_at[given["document"]["service_id"]].append(given)

    def organization(self, row: Values, *, places: bool = True) -> Record:
        """Return an organization with its parts, and its places unless `places` is false or they are private."""
        given = _record(row)
        if (parent := given.pop("parent", None)) is not None:
            given["parent_organization_id"] = id_of("organization", parent)
        for name in _PLACES:
            given.pop(name, None)
        if row["private"]:
            _add_front_gate(given, row)
        elif places:
            given["locations"] = [self.location(place) for place in self._places_of.get(row["id"], ())]
        return self._told("organization", given, private=row["private"])

    def name_of(self, organization: Values) -> Record:
        """Return no more of an organization than HSDS cannot do without."""
        told = {name: organization["document"].get(name) for name in ("name", "description")}
        return self._told("organization", {"id": organization["id"], **told})

    def service(self, row: Values, organization: Values, *, nested: Record | None = None) -> Record:
        """Return a service of the organization, with its parts; `nested` is the organization as told in the service."""
        given = _record(row)
        given["organization_id"] = organization["id"]
        given["last_modified"] = moment_of(row["last_modified"])
        given["attributes"] = _with_types(given.get("attributes"), row)
        if row["source"] is None:
            said = {name: value for name, value in row["document"]["referral"].items() if value or name != "designated"}
            sources = [source for source in said["accepts_from"] if not self._hidden.named_in(source)]
            given["referral"] = {**said, "accepts_from": sources}
        else:  # an import states no terms that the coalition could vouch for
            given["referral"] = row["document"].get(EXTRA, {}).get("referral")
        if row["private"] or not row["listed"]:
            given.pop("capacities", None)
        for name in ("organization", *_PLACES):
            given.pop(name, None)
        if row["private"]:
            _add_front_gate(given, organization)
        else:
            given["service_at_locations"] = list(map(self.service_at_location, self._given_at.get(row["id"], ())))
        record = self._told("service", given, private=row["private"])
        return in_order("service", {**record, "organization": nested} if nested else record)

    def service_at_location(self, row: Values, *, service: Record | None = None) -> Record:
        """Return a service_at_location with its place, and with `service` if given."""
        record = self._told("service_at_location", {**_record(row), "location": None})
        record |= {name: row["document"][name] for name in ("service_id", "location_id")}
        if (place := self._places.get(row["document"]["location_id"])) is not None:
            record["location"] = self.location(place)
        return {**in_order("service_at_location", record), **({"service": service} if service else {})}

    def location(self, row: Values) -> Record:
        """Return a public place with its parts."""
        return self._told("location", {**_record(row), "organization_id": row["owner_id"]})

    def _told(self, record_type: str, given: Record, *, private: bool = False) -> Record:
        fit = Fitting(self._hidden, strict=private)
        more: Record = {name: given[name] for name in ("coalition", "referral") if name in given} if private else {}
        found = fit.fit(record_type, given, place=str(given["id"]), whole=True)
        if found is None:  # a row has what its class requires, which is what HSDS requires
            raise ValueError(f"a stored {record_type} lacks what no {record_type} is without")
        return {**found, **more}


def slim(record_type: str, record: Mapping[str, Any]) -> Record:
    """Return the single-valued fields of a record, and the fields of each nested single record.

    >>> slim("service", {"name": "Detox", "phones": [{"number": "555-0100"}], "program": {"name": "Help"}})
    {'name': 'Detox', 'program': {'name': 'Help'}}
    """
    found: Record = {name: value for name, value in record.items() if name in OBJECT_TYPES[record_type].columns}
    for name in _NESTED.get(record_type, ()):
        if isinstance(record.get(name), Mapping):
            found[name] = slim(name, record[name])
    return found


def _record(row: Values) -> Record:
    """Return the public part of a record as it came, in HSDS's spelling."""
    found = with_ids(_in_hsds(public_part(RECORD_CLASSES[row["type"]], row["document"])))
    if isinstance(contacts := found.get("contacts"), list):
        found["contacts"] = [contact for contact in contacts if contact.get("title") not in INNER_TITLES]
    return {**found, "id": row["id"]}


def _in_hsds(document: Mapping[str, Any], part: str = "") -> Record:
    """Return an object as HSDS writes it: times with seconds, moments to the millisecond, units as records."""
    parts = {name: [_in_hsds(item, name) for item in document[name]] for name in PARTS.keys() & document.keys()}
    found: Record = {**document, **parts}
    if part == "schedules":
        found |= {name: f"{found[name]}:00" for name in ("opens_at", "closes_at") if name in found}
    if part == "capacities":
        found["unit"] = {"name": found["unit"]} if isinstance(found["unit"], str) else found["unit"]
        found |= {"updated": moment_of(datetime.fromisoformat(found["updated"]))} if "updated" in found else {}
    return found


def _add_front_gate(given: Record, organization: Values) -> None:
    phones = with_ids(organization["document"]).get("phones", [])
    contacts = given.get("contacts") or []
    if any(contact.get("title") == FRONT_GATE for contact in contacts):
        return
    if (gate := front_gate(given["id"], phones, given.get("email"))) is not None:
        given["contacts"] = [*contacts, gate]


def _with_types(attributes: Any, row: Values) -> Any:
    """Return the attributes of a service with its service types among them; another form of attributes stays."""
    codes = row["document"]["referral"].get("types", [])
    if not codes or not isinstance(attributes or [], list):
        return attributes
    given = {item.get("id") for item in attributes or () if isinstance(item, Mapping)}
    types = {id_of("attribute", row["id"], code): term_of(code) for code in codes}
    told = ({"id": key, "link_type": "service_type", "taxonomy_term": term} for key, term in types.items())
    return [*(attributes or ()), *(item for item in told if item["id"] not in given)]


def moment_of(moment: datetime | None) -> str | None:
    """Return a moment as HSDS writes it."""
    if moment is None:
        return None
    exact = "auto" if moment.microsecond % 1000 else "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=exact).replace("+00:00", "Z")
