"""The shares of each sort of agency and service in synthetic coalitions. Invented, but shaped like real directories.

Few agencies offer much and most offer little; most services are local, a few serve a state or the whole country;
unknown facts are common; most doors are open, a few only to members, to kinds of agencies or by agreement.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

AT = datetime(2026, 3, 17, 16, 0, tzinfo=UTC)
"""The moment of every question: a Tuesday at eleven in the morning, Central time."""
TODAY = date(2026, 3, 17)
ZONE = "America/Chicago"

# kind, share of all agencies, basis, sets of regimes
KINDS: tuple[tuple[str, float, str, tuple[tuple[str, ...], ...]], ...] = (
    ("community", 0.27, "community", ((), (), ())),
    ("victim_services", 0.15, "community", ((), ("voca",), ("vawa", "voca"), ("ovc_ht",))),
    ("dv_shelter", 0.05, "community", (("vawa", "fvpsa"), ("fvpsa", "tx_93"))),
    ("trafficking_shelter", 0.02, "community", (("ovc_ht",), ())),
    ("sa_program", 0.02, "community", (("tx_420", "voca"),)),
    ("cac", 0.01, "community", ((),)),
    ("legal", 0.05, "community", (("attorney",), ())),
    ("health", 0.10, "community", (("hipaa",), ())),
    ("mental_health", 0.07, "community", (("hipaa", "tx_611"), ("tx_611",))),
    ("sud", 0.04, "community", (("part2",), ("hipaa", "part2"))),
    ("youth_program", 0.05, "community", ((), ("rhy_tlp",), ("rhy_basic",))),
    ("homeless_program", 0.04, "community", ((),)),
    ("law_enforcement", 0.05, "systems", ((),)),
    ("prosecutor", 0.01, "systems", ((), ("voca",))),
    ("child_welfare", 0.01, "systems", (("tx_261",),)),
    ("school", 0.03, "systems", ((),)),
    ("other_government", 0.03, "systems", ((),)),
)

OF_KIND = {
    "dv_shelter": ("emergency_shelter", "safety_planning", "victim_advocacy"),
    "trafficking_shelter": ("emergency_shelter", "long_term_safe_house", "case_management"),
    "legal": ("legal_civil", "legal_immigration", "crime_victim_compensation"),
    "health": ("primary_medical", "medical_emergency", "dental", "forensic_medical_exam"),
    "mental_health": ("mental_health", "trauma_counseling"),
    "sud": ("substance_use_treatment", "detox"),
    "law_enforcement": ("law_enforcement_report", "victim_advocacy"),
    "prosecutor": ("court_accompaniment", "crime_victim_compensation"),
    "child_welfare": ("child_protection_report", "foster_placement", "family_reunification"),
    "school": ("education", "youth_drop_in"),
    "homeless_program": ("emergency_shelter", "transitional_housing"),
}
"""The types that agencies of a kind offer half of the time; otherwise any type but `REPORTS`, mostly common types."""

REPORTS = ("law_enforcement_report", "child_protection_report")
"""Types offered only by agencies with the duty to take reports, for their own county."""

DOORS: tuple[tuple[tuple[str, ...], float], ...] = (
    (("anyone",), 0.80),
    (("members",), 0.07),
    (("agreement",), 0.04),
    (("members", "agreement"), 0.02),
    (("agreement", "law_enforcement"), 0.01),
    (("law_enforcement", "cac"), 0.01),
    (("victim_services", "dv_shelter", "sa_program"), 0.02),
    (("health", "mental_health"), 0.01),
    (("youth_program", "school", "child_welfare"), 0.01),
    (("legal", "victim_services"), 0.01),
)

MODES: tuple[tuple[tuple[str, ...], float], ...] = (
    (("self", "warm"), 0.60),
    (("self",), 0.14),
    (("warm",), 0.05),
    (("self", "warm", "packet"), 0.17),
    (("packet",), 0.04),
)

INTAKES: tuple[tuple[str, ...], ...] = (
    ("need",),
    ("need", "identity"),
    ("need", "identity", "contact_location"),
    ("need", "identity", "narrative"),
)

REQUIRED_FIRST = ("intake_assessment", "case_management", "safety_planning", "identification_documents")
"""The types that a service may require to be completed first; one service in fourteen requires a type."""

LANGUAGES = ("en", "es", "vi", "zh", "ar", "fr", "ko", "tl", "ur", "so", "pt", "am")
TRAITS_ASKED = ("foreign_national", "pregnant", "parenting", "disability", "sex_trafficking", "domestic_violence")
TRAITS_REFUSED = ("substance_use", "on_probation", "suspected_exploiter_household")

NEEDS_IN_A_PROFILE = (0.08, 0.20, 0.25, 0.20, 0.12, 0.08, 0.04, 0.03)
"""The shares of profiles with one, two … eight needs."""
