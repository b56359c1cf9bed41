"""The words of bundles and profiles, in one place.

The closed lists that people read are data: a file beside for each, with what every word is called and means. Words that
rules use too (kinds, regimes, data classes ...) are taken from the vocabulary of `policies`, in its order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import routing
from policies import PACKS_DIRECTORY, load_vocabulary

from .lists import CallOfType, Kind, Labelled, ServiceType, Trait, VocabularyTerm, read_list

WORD = re.compile(r"\w+")
"""A word of any text."""
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
THIRD_PARTY: Final = "third_party"
CLIENT, COMPANION = "client", "companion"
CALLERS = (CLIENT, "worker", THIRD_PARTY)
AGREEMENT_TYPES = _without("AgreementType", "none")

SIGN_LANGUAGES = frozenset({"sgn", "ase", "mfs", "psr", "bfi", "fcs", "ils"})
"""First parts of BCP 47 tags: the general one, and those of North America, Puerto Rico, Britain; international."""

TEXTED = ("text", "sms")
UNANSWERED = ("fax", "pager")
"""Types of a phone where nobody answers: no number to call, even where there is no other."""

TYPES = read_list("service_types", ServiceType)
"""What is known of each service type: its names, its place on the pages, what routing and imports know of it."""
SERVICE_TYPES = tuple(TYPES)
CALLS_BY_TYPE = read_list("calls", CallOfType)
"""What is said on the phone for each service type, and the title of that call."""
TRAITS_BY_CODE = read_list("traits", Trait)
TRAITS = tuple(TRAITS_BY_CODE)
_GENDERS = read_list("genders", Labelled)
GENDERS = tuple(_GENDERS)
_KINDS = read_list("kinds", Kind)
MOST_PEOPLE = 30
"""How many people may be asked about at once, with all who come along."""
_URGENCIES = read_list("urgencies", Labelled)
URGENCIES = tuple(_URGENCIES)
PARTS_OF_DAY = ("night", "morning", "afternoon", "evening")
ANSWER_TIMES = (
    "within_15_minutes", "within_30_minutes", "within_an_hour", "within_two_hours", "same_day", "next_day", "longer",
)  # fmt: skip
"""How soon a referral is answered, from short to long; an answer that never came is the last."""
ANSWER_BOUNDS = ("at_least", "at_most")
MODES = ("warm", "self", "packet")
DEFAULT_MODES = frozenset({"self", "warm"})
ACCEPTS_FROM_WORDS = ("anyone", "members", "agreement")
DEFAULT_ACCEPTS_FROM = frozenset({"anyone"})
ANSWER_PARTS = ("instead", "later", "conditional", "questions", "explanations", "call_sheet")
"""The parts of an answer that a profile may do without; the first three take a search of their own."""
PREFERENCES = ("balanced", "soonest", "fewest_handoffs", "most_private")

MEMBERSHIPS = ("active", "non_active", "none")
LISTINGS = ("public", "coalition")
KINDS_UNLISTED_BY_DEFAULT = frozenset(code for code, kind in _KINDS.items() if kind.unlisted)
KINDS_OF_ADVOCATES = frozenset(code for code, kind in _KINDS.items() if kind.advocates)
"""Kinds of agency whose staff are advocates, whatever the service is called."""
AGREEMENT_LEVELS = ("cooperation", "coordination", "coalition")  # in rising order
AGREEMENT_STATUSES = ("draft", "signed", "suspended", "ended")
FORM_ELEMENTS = ("who", "whom", "what", "why", "end_date", "withdrawal", "date", "signature")
WORD_TYPES = ("type", "trait")
JURISDICTIONS = ("tribal",)
"""Whose land an area may be, beside the state's."""
MOST_TRAITS = routing.MOST_TRAITS
BASE_PACK = "federal"
"""The rule pack that every choice of packs holds: it holds the denials by default."""

# HSDS 3.2
SERVICE_STATUSES = ("active", "inactive", "defunct", "temporarily closed")
PLACE_TYPES = ("physical", "postal", "virtual")
FREQUENCIES = ("WEEKLY", "MONTHLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")  # index 0 is Monday, as in `datetime.weekday`
PHONE_TYPES = ("voice", "fax", "text", "sms", "cell", "video", "pager", "textphone", "tty")


LISTS: Mapping[str, Mapping[str, VocabularyTerm]] = {
    "service_types": TYPES,
    "traits": TRAITS_BY_CODE,
    "genders": _GENDERS,
    "urgencies": _URGENCIES,
    "kinds": _KINDS,
    "regimes": read_list("regimes", VocabularyTerm),
    "data_classes": read_list("data_classes", Labelled),
    "marks": read_list("marks", Labelled),
}
"""Every closed list with its words, in the documented order."""


def _with(part: str) -> frozenset[str]:
    return frozenset(code for code, service_type in TYPES.items() if getattr(service_type, part))


ROUTED_TYPES = routing.ServiceTypes(
    order=tuple(
        frozenset(code for code, service_type in TYPES.items() if service_type.order == row)
        for row in range(1, 1 + max(service_type.order or 0 for service_type in TYPES.values()))
    ),
    stays=_with("stay"),
    with_companions=_with("with_companions"),
    from_anywhere=_with("from_anywhere"),
    never_asked_first=_with("never_asked_first"),
    near={code: tuple(service_type.near) for code, service_type in TYPES.items() if service_type.near},
)
"""What routing is handed of the service types, as it is handed the law."""
COUNTED_TYPES = _with("stay") | _with("counted")
"""Types of which places are counted."""


def policy_packs() -> tuple[str, ...]:
    """Return the names of the rule packs shipped with the program, sorted. Reads the folder of packs."""
    return tuple(sorted({file.parent.name for file in PACKS_DIRECTORY.glob("*/*.cedar")}))


def normal_term(term: str) -> str:
    """Return the form in which agencies' own words are compared: case and runs of blanks make no difference.

    >>> normal_term("Sober  Living")
    'sober living'
    """
    return " ".join(term.casefold().split())


def words_of(text: str) -> list[str]:
    """Return the words of a text, case folded: runs of letters, digits and low lines.

    >>> words_of("Harbor-House, Ltd.")
    ['harbor', 'house', 'ltd']
    """
    return WORD.findall(text.casefold())


def slug_of(document: Mapping[str, Any]) -> str:
    """Return the name in a path of an object in the bundle's form. Pure.

    >>> slug_of({"organization": "harbor", "term": "Sober  Living"}), slug_of({"code": "sober_living"})
    ('harbor:sober living', 'sober_living')
    """
    if document.get("term") is not None:
        return f"{document.get('organization', '')}:{normal_term(str(document['term']))}"
    return str(document.get("code") or document.get("id"))
