"""The tables: HSDS 3.2 under its own names, and our lists beside HSDS.

Table models do not validate; only validated bundles and imports reach the tables. A field that routing, search or the
HSDS answers filter on is a typed column; the rest of an HSDS object is `extra`. `id` is a UUID as text, `slug` the name
that people use. `owner_id` is the organization of the row's record, so that a record is replaced whole. `position`
keeps the order of the file for people to read; no answer depends on it, save the order of the parties to an agreement.

On imported rows, `source` names the import that first brought the record (None: a bundle's). `curated` holds settled
fields of a curation file, under HSDS field names: every import lays the settled fields over the source's. `inferred`
holds values read out of free text: shown, and unknown to routing until settled. `withheld` holds, sealed, the texts
that came over HTTP and read like an address: see `service.withheld`. A part of a service's place
(`service_at_location_id`) counts as a part of the service too.
"""

from __future__ import annotations

from sqlalchemy import MetaData

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
from .event_tables import (
    Announcement,
    Event,
    EventAudience,
    EventSequence,
    Heartbeat,
    RememberedRequest,
    Timer,
)
from .index_tables import (
    SearchText,
    TermUse,
)
from .loop_tables import (
    CodeWithdrawal,
    Consent,
    ConsentParty,
    CountedTry,
    Hold,
    Referral,
    ReferralConsent,
    ReferralMove,
    ServiceCount,
)
from .page_tables import LoginCode, PageSession
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
from .table_base import Happening, Row
from .webhook_tables import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookTask,
)
from .work_tables import (
    ClosedReferral,
    Grievance,
    GrievanceKeptFrom,
    OutcomeCell,
    OutcomeQuarter,
    VocabularyProposal,
)

METADATA = MetaData(naming_convention=Row.metadata.naming_convention)
"""All tables, as migrations are compared with them: the directory's, and those of what happens."""
for _table in (*Row.metadata.sorted_tables, *Happening.metadata.sorted_tables):
    _table.to_metadata(METADATA)

WITHHELD_IN = ("organization", "agreement", "release_form", "vocabulary_term")
"""Tables whose rows hold what is withheld of their records."""

__all__ = [
    "METADATA",
    "ONLY_ROW",
    "WITHHELD_IN",
    "Address",
    "Agreement",
    "AgreementParty",
    "Announcement",
    "Area",
    "ClosedReferral",
    "Coalition",
    "CodeWithdrawal",
    "Consent",
    "ConsentParty",
    "Contact",
    "CountedTry",
    "Event",
    "EventAudience",
    "EventSequence",
    "FormEquivalence",
    "Grievance",
    "GrievanceKeptFrom",
    "Happening",
    "Heartbeat",
    "Hold",
    "Language",
    "Location",
    "LoginCode",
    "Organization",
    "OutcomeCell",
    "OutcomeQuarter",
    "PageSession",
    "Phone",
    "PrivateAddress",
    "Referral",
    "ReferralConsent",
    "ReferralMove",
    "ReleaseForm",
    "RememberedRequest",
    "Row",
    "Schedule",
    "SearchText",
    "Service",
    "ServiceArea",
    "ServiceAtLocation",
    "ServiceCapacity",
    "ServiceCount",
    "Taxonomy",
    "TaxonomyTerm",
    "TermUse",
    "Timer",
    "VocabularyProposal",
    "VocabularyTerm",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookTask",
]
