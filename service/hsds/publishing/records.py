"""Stored rows as HSDS records for a reader: nested, in HSDS's form, without private parts. Pure.

An organization with a private address has no place in any record, in no form: no location, no service at a location, no
field outside HSDS, no history of changes. A contact called "front gate" stands there instead. For a private house, and
for an unlisted organization, no count of places is told: counts tell of comings and goings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from service.standard.fit_record import Fitting, Record
from service.standard.hidden_names import NOTHING_HIDDEN, HiddenNames
from service.standard.schema import OBJECT_TYPES
from service.standard.value_forms import is_uuid
from service.store.published import PARTS
from service.store.record_tables import INNER_COLUMNS
from service.store.rows import RowSet, Values

from . import additions

_NOT_SAID = frozenset(("slug", "owner_id", "position", "extra", "private", "source"))
_OWN_COLUMNS: Mapping[str, frozenset[str]] = {  # columns that go out as fields, where not all do
    "organization": frozenset(("id", "name", "description")),
    "service": frozenset(OBJECT_TYPES["service"].columns),
}
_PLACES = frozenset(("locations", "service_at_locations", "location"))


class Builder:
    """Makes records of a set of rows: of organizations, services and places with their parts."""

    def __init__(self, rows: RowSet, hidden: HiddenNames = NOTHING_HIDDEN) -> None:
        self._rows = rows
        self._hidden = hidden
        self._hanging: defaultdict[tuple[str, str, str], list[Values]] = defaultdict(list)
        for part in (*PARTS, "service_at_location", "location"):
            for row in rows.get(part, {}).values():
                at_place = row.get("service_at_location_id") is not None
                for column in row:
                    # What hangs on a service's place is a row of the service too; it is told at the place.
                    elsewhere = column == "owner_id" or (column == "service_id" and at_place)
                    if column.endswith("_id") and row[column] is not None and not elsewhere:
                        self._hanging[part, column, row[column]].append(row)
        for hanging in self._hanging.values():
            hanging.sort(key=lambda row: (row["position"], row["id"]))

    def organization(self, row: Values, *, places: bool = True) -> Record:
        """Return an organization with its parts, and its places unless `places` is false or they are private."""
        given = self._record("organization", row)
        given["parent_organization_id"] = row["parent_id"] or given.get("parent_organization_id")
        if (declared := additions.coalition_of(row)) is not None:
            given["coalition"] = declared
        private = row["address_private"]
        for name in _PLACES:
            given.pop(name, None)
        if private:
            self._add_front_gate(given, row["id"], row, given.get("email"))
        elif places:
            given["locations"] = [self.location(place) for place in self._parts("location", "organization", row["id"])]
        return self._told("organization", given, private=private)

    def name_of(self, organization: Values) -> Record:
        """Return no more of an organization than HSDS cannot do without."""
        given = {name: organization[name] for name in ("id", "name", "description")}
        return self._told("organization", given)

    def service(self, row: Values, organization: Values, *, nested: Record | None = None) -> Record:
        """Return a service of the organization, with its parts; `nested` is the organization as told in the service."""
        given = self._record("service", row)
        given["organization_id"] = organization["id"]
        given["attributes"] = _with_types(given.get("attributes"), row)
        if (referral := additions.referral_of(row, self._hidden)) is not None:
            given["referral"] = referral
        private = organization["address_private"]
        if private or organization["listed"] != "public":
            given.pop("capacities", None)
        given.pop("organization", None)
        for name in _PLACES:
            given.pop(name, None)
        if private:
            self._add_front_gate(given, row["id"], organization, given.get("email"))
        else:
            given["service_at_locations"] = [
                self.service_at_location(place) for place in self._parts("service_at_location", "service", row["id"])
            ]
        record = self._told("service", given, private=private)
        return _in_order("service", {**record, "organization": nested} if nested else record)

    def service_at_location(self, row: Values, *, service: Record | None = None) -> Record:
        """Return a service_at_location with its place, and with `service` if given."""
        given = {**self._record("service_at_location", row), "location": None}
        record = self._told("service_at_location", given)
        record |= {"service_id": row["service_id"], "location_id": row["location_id"]}
        if (place := self._rows.get("location", {}).get(row["location_id"])) is not None:
            record["location"] = self.location(place)
        return {**_in_order("service_at_location", record), **({"service": service} if service else {})}

    def location(self, row: Values) -> Record:
        """Return a public place with its parts."""
        return self._told("location", {**self._record("location", row), "organization_id": row["organization_id"]})

    def _told(self, record_type: str, given: Record, *, private: bool = False) -> Record:
        fit = Fitting(self._hidden, strict=private)
        more: Record = {name: given[name] for name in ("coalition", "referral") if name in given} if private else {}
        found = fit.fit(record_type, given, place=str(given["id"]), whole=True)
        if found is None:  # a row has what its table requires, which is what HSDS requires
            raise ValueError(f"a stored {record_type} lacks what no {record_type} is without")
        return {**found, **more}

    def _record(self, table: str, row: Values) -> Record:
        """Return a row as it came, its columns over its `extra`, with its parts."""
        extra = row["extra"] or {}
        unsaid = _NOT_SAID | INNER_COLUMNS if table == "contact" else _NOT_SAID
        own = _OWN_COLUMNS.get(table)
        columns = {
            name: _plain(value)
            for name, value in row.items()
            if value is not None and name not in unsaid and (name in own if own else not name.endswith("_id"))
        }
        found: Record = {**extra, **columns}
        if is_uuid(extra.get("id")) and table in PARTS:
            found["id"] = extra["id"]
        if table == "service_capacity" and isinstance(columns.get("unit"), str):
            found["unit"] = extra["unit"] if isinstance(extra.get("unit"), Mapping) else {"name": columns["unit"]}
        for part, key in PARTS.items():
            if parts := [self._part(part, hung) for hung in self._parts(part, table, row["id"])]:
                found[key] = [said for said in parts if said is not None]
        return found

    def _part(self, table: str, row: Values) -> Record | None:
        said = self._record(table, row)
        return None if table == "contact" and additions.is_inner(said) else said

    def _parts(self, part: str, whole: str, row_id: str) -> Iterator[Values]:
        yield from self._hanging.get((part, f"{whole}_id", row_id), ())

    def _add_front_gate(self, given: Record, whole_id: str, organization: Values, email: Any) -> None:
        phones = [self._record("phone", phone) for phone in self._parts("phone", "organization", organization["id"])]
        contacts = given.get("contacts") or []
        if any(contact.get("title") == additions.FRONT_GATE for contact in contacts):
            return
        if (gate := additions.front_gate(whole_id, phones, email)) is not None:
            given["contacts"] = [*contacts, gate]


def slim(record_type: str, record: Mapping[str, Any]) -> Record:
    """Return the single-valued fields of a record, and the fields of each nested single record.

    >>> slim("service", {"name": "Detox", "phones": [{"number": "555-0100"}], "program": {"name": "Help"}})
    {'name': 'Detox', 'program': {'name': 'Help'}}
    """
    nested = {"service": ("organization", "program"), "service_at_location": ("location", "service")}.get(
        record_type, ()
    )
    found: Record = {name: value for name, value in record.items() if name in OBJECT_TYPES[record_type].columns}
    for name in nested:
        if isinstance(record.get(name), Mapping):
            found[name] = slim(name, record[name])
    return found


def _in_order(record_type: str, record: Record) -> Record:
    known = [name for name in OBJECT_TYPES[record_type].fields if name in record]
    return {name: record[name] for name in (*known, *(name for name in record if name not in known))}


def _with_types(attributes: Any, row: Values) -> Any:
    """Return the attributes of a service with its service types among them; another form of attributes stays."""
    types = additions.attributes_of(row["id"], row["types"])
    if not types or not isinstance(attributes or [], list):
        return attributes
    given = {item.get("id") for item in attributes or () if isinstance(item, Mapping)}
    return [*(attributes or ()), *(item for item in types if item["id"] not in given)]


def _plain(value: Any) -> Any:
    """Return a column's value as HSDS writes it."""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC)
        exact = "auto" if moment.microsecond % 1000 else "milliseconds" if moment.microsecond else "seconds"
        return moment.isoformat(timespec=exact).replace("+00:00", "Z")
    if isinstance(value, time):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value
