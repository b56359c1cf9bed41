"""Needs as the intake page shows them: in groups, and how soon each is most often wanted. Pure.

Which types there are is the interface's to say (`/v1/terms`): what it has beyond these stands in a last group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

GROUPS: Mapping[str, tuple[str, ...]] = {
    "tonight": ("emergency_shelter", "safety_planning", "crisis_hotline", "food", "clothing", "transportation"),
    "health": (
        "medical_emergency", "forensic_medical_exam", "primary_medical", "dental", "mental_health",
        "trauma_counseling", "detox", "substance_use_treatment",
    ),
    "beside": ("victim_advocacy", "intake_assessment", "case_management", "interpretation", "peer_support",
               "youth_drop_in", "faith_support"),
    "home": ("transitional_housing", "long_term_safe_house", "host_home", "foster_placement", "family_reunification"),
    "law": (
        "legal_immigration", "legal_civil", "court_accompaniment", "crime_victim_compensation",
        "benefits_certification", "identification_documents",
    ),
    "work": ("education", "employment", "financial_assistance"),
    "reports": ("child_protection_report", "law_enforcement_report", "forensic_interview"),
}  # fmt: skip
OTHER = "other"
NOW = frozenset(
    {
        "emergency_shelter", "safety_planning", "crisis_hotline", "food", "transportation", "medical_emergency",
        "forensic_medical_exam", "detox", "interpretation",
    }
)  # fmt: skip
PICTURED = ("emergency_shelter", "medical_emergency", "food", "victim_advocacy", "interpretation", "transportation")
"""Needs that an officer picks by picture."""


def usual_urgency(code: str) -> str:
    """Return how soon a need is most often wanted."""
    return "now" if code in NOW else "this_week"


def grouped(types: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Return service types (`code`, `name`) by group, in the order of the groups; empty groups are left out."""
    by_code = {kind["code"]: kind for kind in types}
    found = {name: [by_code.pop(code) for code in codes if code in by_code] for name, codes in GROUPS.items()}
    found[OTHER] = list(by_code.values())
    return {name: kinds for name, kinds in found.items() if kinds}
