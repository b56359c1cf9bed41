"""Tells the type of HSDS object of a record from its fields or, where they do not tell, from the name of its file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ORGANIZATION, SERVICE, LOCATION, SERVICE_AT_LOCATION = "organization", "service", "location", "service_at_location"
TAXONOMY, TERM = "taxonomy", "taxonomy_term"
ASIDE = "aside"
BY_TYPE_ALONE = (TAXONOMY, TERM)
"""Types that the fields of a record may not tell: our exports write the type into the field `kind`."""

# Fields that only one type of record has; the first row that shares a field with a record names its type.
_TELLING: tuple[tuple[str, frozenset[str]], ...] = (
    (LOCATION, frozenset({"location_type"})),
    (TERM, frozenset({"taxonomy", "taxonomy_detail", "taxonomy_id", "term_uri", "parent_id"})),
    (ASIDE, frozenset({"openapi_url", "resources"})),
    (SERVICE, frozenset({"status", "organization", "service_at_locations", "eligibility_description", "capacities"})),
    (ORGANIZATION, frozenset({"services", "locations", "website", "legal_status", "organization_identifiers"})),
    (ORGANIZATION, frozenset({"parent_organization_id", "tax_status", "tax_id", "year_incorporated"})),
    (LOCATION, frozenset({"latitude", "longitude", "addresses"})),
    (SERVICE, frozenset({"organization_id", "program_id"})),
)
_NAMES = (SERVICE_AT_LOCATION, TERM, TAXONOMY, ORGANIZATION, SERVICE, LOCATION)
"""Longer names first: each is looked for, less its ending, within the file's own."""


def record_type_of(record: Mapping[str, Any], file: str) -> str | None:
    """Return the type of a record: `aside` for a record that is not imported, None if neither fields nor `file` tell.

    >>> record_type_of({"id": "1", "website": "https://hotline.example"}, "data.json")
    'organization'
    >>> record_type_of({"service_id": "1", "location_id": "2"}, "data.json")
    'service_at_location'
    >>> record_type_of({"id": "1", "name": "Detox"}, "services.csv")
    'service'
    """
    keys = record.keys()
    if record.get("kind") in BY_TYPE_ALONE:
        return str(record["kind"])
    if keys & {"service", "service_id"} and keys & {"location", "location_id"}:
        return SERVICE_AT_LOCATION
    for record_type, telling in _TELLING:
        if keys & telling:
            return record_type
    if "version" in keys:  # with a name a taxonomy, else the description of an API
        return TAXONOMY if "name" in keys else ASIDE
    return next((record_type for record_type in _NAMES if record_type.removesuffix("y") in file.lower()), None)
