"""The words of bundles and profiles, in one place.

Words that rules use too (kinds, regimes, data classes ...) are read from the vocabulary of `policies`, and so are
written once; words of routing alone (service types, traits, genders ...) stand here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import routing
from policies import PACKS_DIRECTORY, load_vocabulary

_RULES = load_vocabulary()


def _without(type_name: str, *left_out: str) -> tuple[str, ...]:
    return tuple(word for word in _RULES.words(type_name) if word not in left_out)


# Shared with the rules. `unknown` is never declared: leaving a field out says it.
KINDS = _without("Kind", "unknown")
BASES = _without("Basis", "unknown")
REGIMES = _RULES.words("Regime")
REPORTERS = _without("Reporter", "unknown")
DATA_CLASSES = _without("Data", "none")
PURPOSES = _RULES.words("Purpose")
CONSENT_LEVELS = _RULES.words("Level")
MARKS = _RULES.words("Mark")
SIGNERS = _RULES.words("Signer")
GUARDIANS = _without("Guardian", "unknown")
DANGERS = _without("Danger", "unknown")
PROFILE_DANGERS = (*DANGERS, "suicide", "overheard")
"""The words of danger in a profile; rules know the first ones only."""
THIRD_PARTY = "third_party"
CLIENT, COMPANION = "client", "companion"
CALLERS = (CLIENT, "worker", THIRD_PARTY)
AGREEMENT_TYPES = _without("AgreementType", "none")

SIGN_LANGUAGES = frozenset({"sgn", "ase", "mfs", "psr", "bfi", "fcs", "ils"})
"""First parts of BCP 47 tags: the general one, and those of North America, Puerto Rico, Britain; international."""

SERVICE_TYPES = (
    "crisis_hotline",
    "intake_assessment",
    "emergency_shelter",
    "transitional_housing",
    "long_term_safe_house",
    "host_home",
    "foster_placement",
    "medical_emergency",
    "forensic_medical_exam",
    "primary_medical",
    "dental",
    "mental_health",
    "trauma_counseling",
    "substance_use_treatment",
    "detox",
    "forensic_interview",
    "child_protection_report",
    "adult_protection_report",
    "law_enforcement_report",
    "victim_advocacy",
    "court_accompaniment",
    "legal_civil",
    "legal_immigration",
    "crime_victim_compensation",
    "case_management",
    "safety_planning",
    "interpretation",
    "transportation",
    "food",
    "clothing",
    "education",
    "employment",
    "financial_assistance",
    "peer_support",
    "youth_drop_in",
    "faith_support",
    "family_reunification",
    "benefits_certification",
    "identification_documents",
    "hotel_stay",
    "relocation",
)
TRAITS = (
    "foreign_national",
    "pregnant",
    "parenting",
    "lgbtq",
    "disability",
    "in_foster_care",
    "runaway",
    "on_probation",
    "substance_use",
    "domestic_violence",
    "sexual_assault",
    "sex_trafficking",
    "labor_trafficking",
    "suspected_exploiter_household",
    "tribal_citizen",
)
GENDERS = ("female", "male", "transgender_female", "transgender_male", "nonbinary")
MOST_PEOPLE = 30
"""How many people may be asked about at once, with all who come along."""
URGENCIES = ("now", "today", "this_week", "later")
MODES = ("warm", "self", "packet")
DEFAULT_MODES = frozenset({"self", "warm"})
ACCEPTS_FROM_WORDS = ("anyone", "members", "agreement")
DEFAULT_ACCEPTS_FROM = frozenset({"anyone"})
ANSWER_PARTS = ("instead", "later", "conditional", "questions", "explanations")
"""The parts of an answer that a profile may do without; the first three take a search of their own."""
PREFERENCES = ("balanced", "soonest", "fewest_handoffs", "most_private")

MEMBERSHIPS = ("active", "non_active", "none")
LISTINGS = ("public", "coalition")
KINDS_UNLISTED_BY_DEFAULT = frozenset({"dv_shelter", "trafficking_shelter"})
AGREEMENT_LEVELS = ("cooperation", "coordination", "coalition")  # in rising order
AGREEMENT_STATUSES = ("draft", "signed", "suspended", "ended")
FORM_ELEMENTS = ("who", "whom", "what", "why", "end_date", "withdrawal", "date", "signature")
WORD_TYPES = ("type", "trait")
JURISDICTIONS = ("tribal",)
"""Whose land an area may be, beside the state's."""
MOST_TRAITS = routing.MOST_TRAITS
BASE_PACK = "federal"
"""The rule pack that every choice of packs holds: it says what is denied by default."""

# HSDS 3.2
SERVICE_STATUSES = ("active", "inactive", "defunct", "temporarily closed")
PLACE_TYPES = ("physical", "postal", "virtual")
FREQUENCIES = ("WEEKLY", "MONTHLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")  # index 0 is Monday, as in `datetime.weekday`
PHONE_TYPES = ("voice", "fax", "text", "sms", "cell", "video", "pager", "textphone", "tty")


def policy_packs() -> tuple[str, ...]:
    """Return the names of the rule packs shipped with the program, sorted. Reads the folder of packs."""
    return tuple(sorted({file.parent.name for file in PACKS_DIRECTORY.glob("*/*.cedar")}))


def normal_term(term: str) -> str:
    """Return the form in which agencies' own words are compared: case and runs of blanks make no difference.

    >>> normal_term("Sober  Living")
    'sober living'
    """
    return " ".join(term.casefold().split())


def slug_of(document: Mapping[str, Any]) -> str:
    """Return the name in a path of an object in the bundle's form. Pure.

    >>> slug_of({"organization": "harbor", "term": "Sober  Living"}), slug_of({"code": "sober_living"})
    ('harbor:sober living', 'sober_living')
    """
    if document.get("term") is not None:
        return f"{document.get('organization', '')}:{normal_term(str(document['term']))}"
    return str(document.get("code") or document.get("id"))
