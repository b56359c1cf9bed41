"""The tables of the directory, which a load replaces: all that an answer is read from.

Reading a directory imports these tables alone; `service.store.tables` adds those of what happens (referrals, events).
"""

from __future__ import annotations

from .coalition_tables import (
    ONLY_ROW,
    Agreement,
    AgreementParty,
    Area,
    Coalition,
    FormEquivalence,
    ReleaseForm,
    VocabularyTerm,
)
from .index_tables import SearchText, TermUse
from .record_tables import (
    Address,
    Contact,
    Language,
    Location,
    Organization,
    Phone,
    PrivateAddress,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceCapacity,
    Taxonomy,
    TaxonomyTerm,
)
from .table_base import Row

WITHHELD_IN = ("organization", "agreement", "release_form", "vocabulary_term")
"""Tables whose rows hold what is withheld of their records."""

__all__ = [
    "ONLY_ROW",
    "WITHHELD_IN",
    "Address",
    "Agreement",
    "AgreementParty",
    "Area",
    "Coalition",
    "Contact",
    "FormEquivalence",
    "Language",
    "Location",
    "Organization",
    "Phone",
    "PrivateAddress",
    "ReleaseForm",
    "Row",
    "Schedule",
    "SearchText",
    "Service",
    "ServiceArea",
    "ServiceAtLocation",
    "ServiceCapacity",
    "Taxonomy",
    "TaxonomyTerm",
    "TermUse",
    "VocabularyTerm",
]
