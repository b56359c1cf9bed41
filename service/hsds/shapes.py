"""What kind of HSDS object a record is, told from its fields, and from the name of its file where they do not tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .files import Document
from .findings import Findings, Place

ORGANIZATION, SERVICE, LOCATION, SERVICE_AT_LOCATION = "organization", "service", "location", "service_at_location"
_ASIDE = "aside"
_NOT_ROUTED_ON = "is a taxonomy, a description or another form of HSDS that is not imported"

# Fields that only one kind of record has; the first row that shares a field with a record names its kind.
_TELLING: tuple[tuple[str, frozenset[str]], ...] = (
    (LOCATION, frozenset({"location_type"})),
    (_ASIDE, frozenset({"taxonomy", "taxonomy_detail", "taxonomy_id", "term_uri", "openapi_url", "resources"})),
    (SERVICE, frozenset({"status", "organization", "service_at_locations", "eligibility_description", "capacities"})),
    (ORGANIZATION, frozenset({"services", "locations", "website", "legal_status", "organization_identifiers"})),
    (ORGANIZATION, frozenset({"parent_organization_id", "tax_status", "tax_id", "year_incorporated"})),
    (LOCATION, frozenset({"latitude", "longitude", "addresses"})),
    (SERVICE, frozenset({"organization_id", "program_id"})),
)
_NAMES = (  # longer names first: each is looked for within the file's own
    ("service_at_location", SERVICE_AT_LOCATION),
    ("taxonom", _ASIDE),
    ("organization", ORGANIZATION),
    ("service", SERVICE),
    ("location", LOCATION),
)


def records_in(document: Document, findings: Findings) -> Iterator[tuple[str, dict[str, Any], Place]]:
    """Yield (kind, record, place) for each record of a file: of one record, a list, or a page of a list."""
    top, data = Place(document.name), document.data
    if isinstance(data, dict) and isinstance(data.get("contents"), list):
        top, data = top.at("contents"), data["contents"]
    if isinstance(data, dict):
        yield from _told(data, top, findings)
        return
    for index, record in enumerate(data):
        if isinstance(record, dict):
            yield from _told(record, top.item(index), findings)
        else:
            findings.leave_out(top.item(index), "must be a mapping of fields")


def _told(record: dict[str, Any], place: Place, findings: Findings) -> Iterator[tuple[str, dict[str, Any], Place]]:
    kind = _kind_of(record, place.file)
    if kind is None:
        findings.leave_out(place, "is no organization, service, location or service_at_location that can be told")
    elif kind == _ASIDE:
        findings.put_aside(place, _NOT_ROUTED_ON)
    else:
        yield kind, record, place


def _kind_of(record: dict[str, Any], file: str) -> str | None:
    keys = record.keys()
    if keys and all(key.endswith(".csv") for key in keys):
        return _ASIDE
    if keys & {"service", "service_id"} and keys & {"location", "location_id"}:
        return SERVICE_AT_LOCATION
    for kind, telling in _TELLING:
        if keys & telling:
            return kind
    if "version" in keys:  # a taxonomy, or the description of an API
        return _ASIDE
    return next((kind for part, kind in _NAMES if part in file.lower()), None)
