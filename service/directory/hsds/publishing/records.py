"""Stored records as HSDS records for a reader: nested, in HSDS's form, without private parts. Pure.

An organization with a private address has no place in any record, in no form: no location, no service at a location, no
field outside HSDS, no history of changes. For it, and for an unlisted organization, no count of places is told, and
nobody by name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from service.database.bulk import Values
from service.directory.bundle.schema import RECORD_CLASSES
from service.directory.standard.fit_record import FitOptions, Record, in_order
from service.directory.standard.hidden_names import NOTHING_HIDDEN, HiddenNames
from service.directory.standard.identity import id_of, term_of
from service.directory.standard.schema import OBJECT_TYPES
from service.directory.store.record_documents import EXTRA, FRONT_GATE, PARTS, public_contacts, with_ids
from service.documents.base import public_part

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
        for at_location in sorted(given_at, key=itemgetter("position", "id")):
            self._given_at[at_location["document"]["service_id"]].append(at_location)

    def organization(self, row: Values, *, places: bool = True) -> Record:
        """Return an organization with its parts, and its places unless `places` is false or they are private."""
        record = _record(row)
        if (parent := record.pop("parent", None)) is not None:
            record["parent_organization_id"] = id_of("organization", parent)
        for name in _PLACES:
            record.pop(name, None)
        if row["private"]:
            _add_front_gate(record, row)
        elif places:
            record["locations"] = [self.location(place) for place in self._places_of.get(row["id"], ())]
        return self._fit("organization", record, private=row["private"])

    def name_of(self, organization: Values) -> Record:
        """Return no more of an organization than HSDS cannot do without."""
        names = {name: organization["document"].get(name) for name in ("name", "description")}
        return self._fit("organization", {"id": organization["id"], **names})

    def service(self, row: Values, organization: Values, *, nested: Record | None = None) -> Record:
        """Return a service of the organization, with its parts; `nested` is the organization within the service."""
        original = _record(row)
        original["organization_id"] = organization["id"]
        original["last_modified"] = moment_of(row["last_modified"])
        original["attributes"] = _with_types(original.get("attributes"), row)
        if row["source"] is None:
            terms = {
                name: value for name, value in row["document"]["referral"].items() if value or name != "designated"
            }
            sources = [source for source in terms["accepts_from"] if not self._hidden.named_in(source)]
            original["referral"] = {**terms, "accepts_from": sources}
        else:  # an import states no terms that the coalition could vouch for
            original["referral"] = row["document"].get(EXTRA, {}).get("referral")
        if row["private"] or not row["listed"]:
            original.pop("capacities", None)
        for name in ("organization", *_PLACES):
            original.pop(name, None)
        if row["private"]:
            _add_front_gate(original, organization)
        else:
            original["service_at_locations"] = list(map(self.service_at_location, self._given_at.get(row["id"], ())))
        record = self._fit("service", original, private=row["private"])
        return in_order("service", {**record, "organization": nested} if nested else record)

    def service_at_location(self, row: Values, *, service: Record | None = None) -> Record:
        """Return a service_at_location with its place, and with `service` if given."""
        record = self._fit("service_at_location", {**_record(row), "location": None})
        record |= {name: row["document"][name] for name in ("service_id", "location_id")}
        if (place := self._places.get(row["document"]["location_id"])) is not None:
            record["location"] = self.location(place)
        return {**in_order("service_at_location", record), **({"service": service} if service else {})}

    def location(self, row: Values) -> Record:
        """Return a public place with its parts."""
        return self._fit("location", {**_record(row), "organization_id": row["owner_id"]})

    def _fit(self, record_type: str, record: Record, *, private: bool = False) -> Record:
        fitting = FitOptions(self._hidden, strict=private)
        more: Record = {name: record[name] for name in ("coalition", "referral") if name in record} if private else {}
        whole = fitting.fit(record_type, record, place=str(record["id"]), whole=True)
        if whole is None:  # a row has what its class requires, which is what HSDS requires
            raise ValueError(f"a stored {record_type} lacks what no {record_type} is without")
        return {**whole, **more}


def slim(record_type: str, record: Mapping[str, Any]) -> Record:
    """Return the single-valued fields of a record, and the fields of each nested single record.

    >>> slim("service", {"name": "Detox", "phones": [{"number": "555-0100"}], "program": {"name": "Help"}})
    {'name': 'Detox', 'program': {'name': 'Help'}}
    """
    fields: Record = {name: value for name, value in record.items() if name in OBJECT_TYPES[record_type].columns}
    for name in _NESTED.get(record_type, ()):
        if isinstance(record.get(name), Mapping):
            fields[name] = slim(name, record[name])
    return fields


def _record(row: Values) -> Record:
    """Return the public part of a record as it came, in HSDS's spelling."""
    record = with_ids(_in_hsds(public_part(RECORD_CLASSES[row["type"]], row["document"])))
    if isinstance(contacts := record.get("contacts"), list):
        record["contacts"] = public_contacts(contacts, is_open=row["listed"] and not row["private"])
    return {**record, "id": row["id"]}


def _in_hsds(document: Mapping[str, Any], part: str = "") -> Record:
    """Return an object as HSDS writes it: times with seconds, moments to the millisecond, units as records."""
    parts = {name: [_in_hsds(item, name) for item in document[name]] for name in PARTS.keys() & document.keys()}
    record: Record = {**document, **parts}
    if part == "schedules":
        record |= {name: f"{record[name]}:00" for name in ("opens_at", "closes_at") if name in record}
    if part == "capacities":
        record["unit"] = {"name": record["unit"]} if isinstance(record["unit"], str) else record["unit"]
        record |= {"updated": moment_of(datetime.fromisoformat(record["updated"]))} if "updated" in record else {}
    return record


def _add_front_gate(record: Record, organization: Values) -> None:
    phones = with_ids(organization["document"]).get("phones", [])
    contacts = record.get("contacts") or []
    if any(contact.get("title") == FRONT_GATE for contact in contacts):
        return
    if (gate := front_gate(record["id"], phones, record.get("email"))) is not None:
        record["contacts"] = [*contacts, gate]


def _with_types(attributes: Any, row: Values) -> Any:
    """Return the attributes of a service with its service types among them; another form of attributes stays."""
    codes = row["document"]["referral"].get("types", [])
    if not codes or not isinstance(attributes or [], list):
        return attributes
    ids = {item.get("id") for item in attributes or () if isinstance(item, Mapping)}
    types = {id_of("attribute", row["id"], code): term_of(code) for code in codes}
    type_attributes = ({"id": key, "link_type": "service_type", "taxonomy_term": term} for key, term in types.items())
    return [*(attributes or ()), *(item for item in type_attributes if item["id"] not in ids)]


def moment_of(moment: datetime | None) -> str | None:
    """Return a moment as HSDS writes it."""
    if moment is None:
        return None
    exact = "auto" if moment.microsecond % 1000 else "milliseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=exact).replace("+00:00", "Z")
