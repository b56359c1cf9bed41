"""Organization, HealthcareService and Location from HSDS records in a reader's view. Pure.

People of an agency are in no resource: of its contacts only the telephone at the front gate is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import time
from typing import Any

from service.directory.standard.identity import TYPES_TAXONOMY
from service.fhir.elements import SERVICE_TYPES, Element, concept, reference, without_empty_parts, words

Record = Mapping[str, Any]
FRONT_GATE = "front gate"
US_CORE_ORGANIZATION = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-organization"
SDOHCC_LOCATION = "http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-Location"
LANGUAGES = "urn:ietf:bcp:47"
_CHANNELS = {"fax": "fax", "text": "sms", "sms": "sms", "pager": "pager"}
_DAYS = dict(
    zip(("MO", "TU", "WE", "TH", "FR", "SA", "SU"), ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], strict=True)
)
_WEEKLY = frozenset(("id", "freq", "byday", "opens_at", "closes_at", "description", "notes", "timezone"))
"""The fields of a plain weekly schedule. A schedule with further fields is left out: its hours would look too long."""
_MIDNIGHT, _LAST_SECOND = "00:00:00", "23:59:59"


def organization(record: Record) -> Element:
    """Return an organization."""
    above = record.get("parent_organization_id")
    return without_empty_parts(
        {
            "resourceType": "Organization",
            "id": record["id"],
            "meta": _meta(record, US_CORE_ORGANIZATION),
            "active": True,
            "name": words(record["name"]),
            "alias": [alias for alias in [words(record.get("alternate_name"))] if alias],
            "telecom": _telecom(record),
            "partOf": reference("Organization", above) if above else None,
        }
    )


def healthcare_service(record: Record) -> Element:
    """Return a service, with its stated public places."""
    return without_empty_parts(
        {
            "resourceType": "HealthcareService",
            "id": record["id"],
            "meta": _meta(record),
            "active": record["status"] == "active",
            "providedBy": reference("Organization", record["organization_id"]),
            "type": [concept(SERVICE_TYPES, code) for code in _types(record)],
            "location": [
                reference("Location", place["location_id"]) for place in record.get("service_at_locations") or ()
            ],
            "name": words(record["name"]),
            "comment": words(record.get("description")),
            "telecom": _telecom(record),
            "communication": [
                concept(LANGUAGES, language["code"])
                for language in record.get("languages") or ()
                if language.get("code")
            ],
            "availableTime": [hours for schedule in record.get("schedules") or () for hours in _hours(schedule)],
        }
    )


def location(record: Record) -> Element:
    """Return a public place."""
    name, address = words(record.get("name")), next(iter(record.get("addresses") or ()), None)
    position = {axis: record.get(axis) for axis in ("longitude", "latitude")}
    return without_empty_parts(
        {
            "resourceType": "Location",
            "id": record["id"],
            "meta": _meta(record, *([SDOHCC_LOCATION] if name and address else ())),
            "status": "active",
            "name": name,
            "description": words(record.get("description")),
            "mode": "instance",
            "telecom": _telecom(record),
            "address": None if address is None else _address(address),
            "position": None if None in position.values() else position,
            "managingOrganization": reference("Organization", record["organization_id"]),
        }
    )


FORMS: Mapping[str, tuple[str, Callable[[Record], Element]]] = {
    "Organization": ("organization", organization),
    "HealthcareService": ("service", healthcare_service),
    "Location": ("location", location),
}
"""The HSDS record behind each type of resource, and the function that makes the resource."""


def _meta(record: Record, *profiles: str) -> Element:
    return without_empty_parts({"lastUpdated": record.get("last_modified"), "profile": [*profiles]})


def _types(record: Record) -> Iterator[str]:
    for attribute in record.get("attributes") or ():
        term = attribute.get("taxonomy_term") or {}
        if term.get("taxonomy_id") == TYPES_TAXONOMY["id"] and term.get("code"):
            yield term["code"]


def _telecom(record: Record) -> list[Element]:
    """Return the ways to reach an agency, each once; of its contacts only the front gate's."""
    gates = [contact for contact in record.get("contacts") or () if contact.get("title") == FRONT_GATE]
    points: dict[tuple[str, str], Element] = {}
    for holder in (record, *gates):
        for phone in holder.get("phones") or ():
            if number := words(phone.get("number")):
                extension = f" ext. {phone['extension']}" if phone.get("extension") else ""
                channel = _CHANNELS.get(str(phone.get("type")), "phone")
                points.setdefault((channel, f"{number}{extension}"), {})
        for channel, name in (("email", "email"), ("url", "website"), ("url", "url")):
            if value := words(holder.get(name)):
                points.setdefault((channel, value), {})
    return [{"system": channel, "value": value} for channel, value in points]


def _address(record: Record) -> Element:
    lines = [line for line in (words(record.get("address_1")), words(record.get("address_2"))) if line]
    return without_empty_parts(
        {
            "type": "physical" if record.get("address_type") == "physical" else "postal",
            "line": lines,
            "city": words(record.get("city")),
            "state": words(record.get("state_province")),
            "postalCode": words(record.get("postal_code")),
            "country": words(record.get("country")),
        }
    )


def _hours(schedule: Record) -> Iterator[Element]:
    """Yield the weekly hours of a schedule; hours past midnight belong to the next days."""
    days = [_DAYS.get(day) for day in str(schedule.get("byday") or "").split(",")]
    opens, closes = schedule.get("opens_at"), schedule.get("closes_at")
    if not set(schedule) <= _WEEKLY or schedule.get("freq") != "WEEKLY" or None in days or not (opens and closes):
        return
    begin, end = (time.fromisoformat(text).isoformat("seconds") for text in (opens, closes))
    if len(begin) != len(_MIDNIGHT) or len(end) != len(_MIDNIGHT):  # with an offset: R4 has none
        return
    if begin == _MIDNIGHT and end >= "23:59:00":
        yield {"daysOfWeek": days, "allDay": True}
    elif begin < end:
        yield {"daysOfWeek": days, "availableStartTime": begin, "availableEndTime": end}
    elif end < begin:
        names = [*_DAYS.values()]
        after = [names[(names.index(str(day)) + 1) % len(names)] for day in days]
        yield {"daysOfWeek": days, "availableStartTime": begin, "availableEndTime": _LAST_SECOND}
        if end != _MIDNIGHT:
            yield {"daysOfWeek": after, "availableStartTime": _MIDNIGHT, "availableEndTime": end}
