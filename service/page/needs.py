"""Needs on the intake page: in groups, each with its usual urgency. Pure.

The interface lists the types (`/v1/terms`); a type of a coalition's own, outside the groups, stands in a last group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

GROUPS: Mapping[str, tuple[str, ...]] = {
    "tonight": ("emergency_shelter", "hotel_stay", "safety_planning", "crisis_hotline", "food", "clothing",
                "transportation"),
    "health": (
        "medical_emergency", "forensic_medical_exam", "primary_medical", "dental", "mental_health",
        "trauma_counseling", "detox", "substance_use_treatment",
    ),
    "beside": ("victim_advocacy", "intake_assessment", "case_management", "interpretation", "peer_support",
               "youth_drop_in", "faith_support"),
    "home": ("transitional_housing", "long_term_safe_house", "host_home", "foster_placement", "family_reunification",
             "relocation"),
    "law": (
        "legal_immigration", "legal_civil", "court_accompaniment", "crime_victim_compensation",
        "benefits_certification", "identification_documents",
    ),
    "work": ("education", "employment", "financial_assistance"),
    "reports": ("child_protection_report", "adult_protection_report", "law_enforcement_report", "forensic_interview"),
}  # fmt: skip
OTHER = "other"
NOW = frozenset(
    {
        "emergency_shelter", "hotel_stay", "safety_planning", "crisis_hotline", "food", "transportation",
        "medical_emergency", "forensic_medical_exam", "detox", "interpretation",
    }
)  # fmt: skip
PICTURED = ("emergency_shelter", "medical_emergency", "food", "victim_advocacy", "interpretation", "transportation")
"""Needs with a picture on the officer's page, in order."""


def usual_urgency(code: str) -> str:
    """Return the usual urgency of a need.

    >>> usual_urgency("emergency_shelter"), usual_urgency("legal_civil")
    ('now', 'this_week')
    """
    return "now" if code in NOW else "this_week"


def grouped(types: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Return service types (`code`, `name`) by group, in the order of the groups, without empty groups.

    >>> grouped([{"code": "veteran_help", "name": "Help for veterans"}, {"code": "detox", "name": "Detox"}])
    {'health': [{'code': 'detox', 'name': 'Detox'}], 'other': [{'code': 'veteran_help', 'name': 'Help for veterans'}]}
    """
    by_code = {service_type["code"]: service_type for service_type in types}
    found = {name: [by_code.pop(code) for code in codes if code in by_code] for name, codes in GROUPS.items()}
    found[OTHER] = list(by_code.values())
    return {name: service_types for name, service_types in found.items() if service_types}
