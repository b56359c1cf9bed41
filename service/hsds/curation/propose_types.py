"""Service types suggested by the taxonomy terms and the name of an imported service. Pure, after reading the table.

A proposal is for a person to confirm. A certain meaning of a term is taken at import already (`type_map`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from service.standard.type_map import terms_of
from service.vocabulary import normal_term
from service.wording import imports

_TABLE = "open_eligibility.yaml"
_NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (  # a word in the name, and what it suggests
    (r"hot ?lines?|help ?lines?|crisis lines?", ("crisis_hotline",)),
    (r"drop[- ]in", ("youth_drop_in",)),
    (r"transitional (?:housing|living|shelter)", ("transitional_housing",)),
    (r"safe ?house", ("long_term_safe_house",)),
    (r"host homes?", ("host_home",)),
    (r"foster", ("foster_placement",)),
    (r"hotel|motel", ("hotel_stay",)),
    (r"shelter|emergency (?:beds?|housing)", ("emergency_shelter",)),
    (r"sexual assault (?:exam|nurse)|forensic (?:nurse|exam|medical)", ("forensic_medical_exam",)),
    (r"forensic interview", ("forensic_interview",)),
    (r"detox", ("detox",)),
    (r"substance|addiction|recovery program|rehab|outpatient treatment", ("substance_use_treatment",)),
    (r"trauma", ("trauma_counseling",)),
    (r"counsell?ing|mental health|behaviou?ral health|therapy|psychiatr", ("mental_health",)),
    (r"dental|dentist", ("dental",)),
    (r"emergency room|emergency department", ("medical_emergency",)),
    (r"immigration|asylum|citizenship|t[- ]visa|u[- ]visa", ("legal_immigration",)),
    (r"legal|attorney|law (?:clinic|center)", ("legal_civil",)),
    (r"clinic|primary care|health center|medical", ("primary_medical",)),
    (r"court accompan", ("court_accompaniment",)),
    (r"victim (?:services|advoca|assistance)|advocacy", ("victim_advocacy",)),
    (r"compensation", ("crime_victim_compensation",)),
    (r"case management|care coordination", ("case_management",)),
    (r"safety plan", ("safety_planning",)),
    (r"interpret|translation", ("interpretation",)),
    (r"transport|rides?\b|bus pass", ("transportation",)),
    (r"relocat", ("relocation",)),
    (r"food|pantry|meals?\b|soup kitchen", ("food",)),
    (r"cloth(?:es|ing)", ("clothing",)),
    (r"\bged\b|tutor|\besl\b|literacy|education", ("education",)),
    (r"jobs?\b|employment|workforce|career", ("employment",)),
    (r"rent(?:al)? assistance|financial|utility assistance|emergency fund", ("financial_assistance",)),
    (r"peer|support group", ("peer_support",)),
    (r"faith|chapel|spiritual|ministry", ("faith_support",)),
    (r"reunif", ("family_reunification",)),
    (r"birth certificate|identification|\bid (?:cards?|recovery)", ("identification_documents",)),
    (r"benefits? (?:enroll|application|certification)|certification", ("benefits_certification",)),
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Types, most likely first, and their source: a taxonomy term's title, or the service's name."""

    types: tuple[str, ...]
    because: str


def propose_types(name: str, attributes: Any) -> tuple[Proposal, ...]:
    """Return the suggestions of the terms in `attributes`; if no term suggests a type, the suggestion of the name.

    >>> propose_types("Harbor Detox Center", [])
    (Proposal(types=('detox',), because='its name'),)
    """
    return tuple(_from_terms(terms_of(attributes))) or tuple(_from_name(name))


def types_in_words(text: str) -> tuple[str, ...]:
    """Return every service type suggested by words of a text, sorted: "a ride to court" and the like. Pure.

    >>> types_in_words("a ride to court and a hot meal")
    ('food', 'transportation')
    """
    said = normal_term(text)
    return tuple(sorted({code for form, types in _NAMES if re.search(rf"\b(?:{form})", said) for code in types}))


def _from_terms(terms: Sequence[Mapping[str, Any]]) -> Iterator[Proposal]:
    titles, numbers = _table()
    for term in terms:
        title = normal_term(str(term.get("name") or ""))
        code = normal_term(str(term.get("code") or term.get("id") or ""))
        found = title if title in titles else numbers.get(code, "")
        if found in titles:
            yield Proposal(titles[found], imports.OF_A_TERM.format(found=found))


def _from_name(name: str) -> Iterator[Proposal]:
    said = normal_term(name)
    for form, types in _NAMES:
        if re.search(rf"\b(?:{form})", said):
            yield Proposal(types, "its name")
            return


@cache
def _table() -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, str]]:
    text = files(__package__).joinpath(_TABLE).read_text(encoding="utf-8")
    tree = yaml.safe_load(text)
    return {title: tuple(types) for title, types in tree["titles"].items()}, tree["numbers"]
