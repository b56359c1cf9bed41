"""The CapabilityStatement: the true abilities of the server. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from service.fhir.directory import SDOHCC_LOCATION, US_CORE_ORGANIZATION
from service.fhir.elements import NEEDS_FORM, Element, without_empty_parts

FHIR_VERSION = "4.0.1"
PUBLISHED = "2026-12-03"
SEARCHED: Mapping[str, Mapping[str, str]] = {  # resource -> parameter -> its type
    "Organization": {"_id": "token", "_lastUpdated": "date", "name": "string", "active": "token"},
    "Location": {"_id": "token", "_lastUpdated": "date", "name": "string", "organization": "reference"},
    "HealthcareService": {
        "_id": "token",
        "_lastUpdated": "date",
        "name": "string",
        "active": "token",
        "service-type": "token",
        "location": "reference",
        "organization": "reference",
    },
    "ServiceRequest": {"_id": "token", "_lastUpdated": "date"},
    "Task": {"_id": "token", "_lastUpdated": "date", "status": "token"},
    "Consent": {"_id": "token"},
    "Questionnaire": {"_id": "token", "url": "uri"},
}
_PROFILES = {"Organization": US_CORE_ORGANIZATION, "Location": SDOHCC_LOCATION}


def capability_statement(base: str) -> Element:
    """Return the abilities of the server at the address `base`."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": PUBLISHED,
        "kind": "instance",
        "software": {"name": "Referral router"},
        "implementation": {
            "description": "Directory, referrals",
            "url": base,
        },
        "fhirVersion": FHIR_VERSION,
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "interaction": [{"code": "transaction"}],
                "resource": [_resource(name, parameters) for name, parameters in SEARCHED.items()],
            }
        ],
    }


def _resource(name: str, parameters: Mapping[str, str]) -> Element:
    interactions = ("read", "search-type", *(("update",) if name == "Task" else ()))
    return without_empty_parts(
        {
            "type": name,
            "supportedProfile": [_PROFILES[name]] if name in _PROFILES else None,
            "documentation": f"contained: {NEEDS_FORM}" if name == "ServiceRequest" else None,
            "interaction": [{"code": code} for code in interactions],
            "versioning": {"Task": "versioned-update", "Questionnaire": "no-version"}.get(name, "versioned"),
            "readHistory": False,
            "updateCreate": False,
            "searchInclude": ["Task:focus"] if name == "Task" else None,
            "searchParam": [
                {"name": parameter, "type": parameter_type} for parameter, parameter_type in parameters.items()
            ],
        }
    )
