"""The HSDS profile of the program: additions of its records to HSDS, as merge patches (RFC 7386) of its schemas. Pure.

Write the files into a folder with `python -m service.directory.hsds.publishing.profile FOLDER`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.directory.bundle import declared, hsds
from service.directory.standard.identity import id_of
from service.directory.standard.record_types import BY_TYPE_ALONE
from service.directory.standard.schema import VERSION
from service.documents.base import public_fields

PROFILE_VERSION = "1.0"
PROFILE_URI = f"urn:uuid:{id_of('hsds-profile', 'referral-router', PROFILE_VERSION)}"
_AS_GIVEN = {
    "type": "object",
    "description": "Fields of HSDS as their source gave them, where their values have not the form that HSDS asks for.",
}
_SOURCE = {
    "type": "object",
    "description": "The id by which its source calls this record, where that is no UUID.",
    "properties": {"source": {"type": "string"}, "identifier": {"type": "string"}},
}
_PARTS = ("phone", "contact", "address", "schedule", "language", "service_area", "service_capacity", "attribute")
_KIND = "What this record is, among records of several kinds."


def profile_files() -> dict[str, bytes]:
    """Return the files of the profile by name, JSON in UTF-8."""
    return {name: json.dumps(file, ensure_ascii=False, indent=1).encode() + b"\n" for name, file in _files().items()}


def _files() -> dict[str, Any]:
    of_objects = {"as_given": _AS_GIVEN}
    of_records = {**of_objects, "source_identifier": _SOURCE}
    return {
        "profile.json": {
            "profile": PROFILE_URI,
            "version": PROFILE_VERSION,
            "hsds_version": VERSION,
            "description": "Human services with what a coalition needs to route referrals.",
        },
        "organization.json": {"properties": {**of_records, "coalition": _coalition()}},
        "service.json": {"properties": {**of_records, "referral": _referral()}},
        "location.json": {"properties": of_records},
        "service_at_location.json": {"properties": of_records},
        **{
            f"{record_type}.json": {"properties": {**of_objects, "kind": {"const": record_type, "description": _KIND}}}
            for record_type in BY_TYPE_ALONE
        },
        **{f"{part}.json": {"properties": of_objects} for part in _PARTS},
    }


def _coalition() -> dict[str, Any]:
    properties = _properties(declared.AgencyProfile)
    properties["declared"] = {"type": "object", "properties": _properties(declared.Declaration)}
    return {
        "type": "object",
        "description": "What an organization declared to its coalition, as far as it is for everybody.",
        "properties": properties,
    }


def _referral() -> dict[str, Any]:
    schema = hsds.ReferralTerms.model_json_schema(by_alias=True)
    return {
        "type": "object",
        "description": "How a service takes referrals. `types` are its service types; see `attributes` too.",
        "properties": {name: _inline(value, schema) for name, value in schema["properties"].items()},
    }


def _properties(model: Any) -> dict[str, Any]:
    """Return the schemas of the fields that everybody is shown."""
    schema = model.model_json_schema(by_alias=True)
    return {name: _inline(schema["properties"][name], schema) for name in public_fields(model)}


def _inline(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return a schema with its references replaced by their targets; titles and defaults are the models' own."""
    if isinstance(value, list):
        return [_inline(item, schema) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" in value:
        return _inline(schema["$defs"][value["$ref"].rpartition("/")[2]], schema)
    return {name: _inline(item, schema) for name, item in value.items() if name not in ("title", "default")}


if __name__ == "__main__":
    for file_name, content in profile_files().items():
        (Path(sys.argv[1]) / file_name).write_bytes(content)
