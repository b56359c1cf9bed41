"""The tables: HSDS 3.2 under its own names, and our lists beside them.

Table models do not validate; only validated bundles and imports reach them. What routing, search and the HSDS answers
filter on is a typed column; the rest of an HSDS object is `extra`. `id` is a UUID as text, `slug` the name that people
use. `owner_id` is the organization whose record a row is part of, so that a record is replaced whole. `position` keeps
the order of the file for people to read; no answer depends on it, save the order of the parties to an agreement.

On imported rows, `source` names the import that first brought the record (None: a bundle's). `curated` is what people
settled about it in a curation file, under HSDS field names: every import lays it over what the source says. What was
read out of free text is `inferred`: shown, and unknown to routing until somebody settles it.
`withheld` holds, sealed, the texts that came over HTTP and read like an address: see `service.withheld`.
A part that hangs on a service's place (`service_at_location_id`) hangs on the service too: there it counts.
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
from .index_tables import (
    SearchText,
    TermUse,
)
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
