"""The receipt of a consent: for the client to keep, safe if found, and signed for another program to check."""

from __future__ import annotations

import json
from typing import Any

from policies.messages import Message
from service.database.key_ring import KeyRing
from service.database.unit_of_work import UnitOfWork
from service.directory.parties import Act
from service.directory.snapshot.directory_snapshot import LISTED, DirectorySnapshot
from service.i18n import receipts
from service.referrals.store.consents import Consents, StoredConsent
from service.referrals.use_cases.keep_consents import midnight_after, party_to
from service.security import Caller

VOICE = (None, "voice", "cell")


def print_receipt(
    work: UnitOfWork, directory: DirectorySnapshot, caller: Caller, consent_id: str, *, with_names: bool
) -> list[Message]:
    """Return the lines of a receipt. `with_names`: with the names of public agencies.

    Raises:
        NotFound, Forbidden: as their names say.
    """
    with work:
        record = party_to(
            Consents(work.session).find(consent_id, party=caller.organization), caller.organization, Act.PRINT_RECEIPT
        )
        consent = record.consent
        lines = [
            receipts.receipt(
                signed_on=consent.signed_on, ends_on=consent.ends_on, phone=_phone(directory, consent.holder)
            )
        ]
        if with_names:
            recipients = [name for party in record.parties for name in _names(directory, party.organization)]
            lines += receipts.agency_lines(holder=_names(directory, consent.holder), recipients=recipients)
        return lines


def sign_receipt(work: UnitOfWork, ring: KeyRing, directory: DirectorySnapshot, caller: Caller, consent_id: str) -> str:
    """Return a receipt as a JWT (ES256): the id, the days of its record and end, a digest of the terms.

    The digest is keyed: from a plain digest, a finder of the receipt could try out terms.

    Raises:
        NotFound, Forbidden: as their names say.
    """
    with work:
        record = party_to(
            Consents(work.session).find(consent_id, party=caller.organization), caller.organization, Act.PRINT_RECEIPT
        )
        consent = record.consent
        claims = {
            "id": consent.id,
            "iat": int(consent.recorded_at.timestamp()),
            "exp": int(midnight_after(consent, directory.snapshot.zone).timestamp()),
        }
        return ring.sign(claims, "terms:" + json.dumps(_terms(record), sort_keys=True, default=str))


def _terms(record: StoredConsent) -> dict[str, Any]:
    names = ("id", "holder", "form", "level", "marks", "data", "purpose", "signers", "signed_on", "ends_on")
    columns = record.consent.model_dump()
    return {**{name: columns[name] for name in names}, "to": [party.organization for party in record.parties]}


def _phone(directory: DirectorySnapshot, holder: str) -> str | None:
    """Return the number to call; no number of a hidden organization."""
    view = directory.names.organizations.get(holder)
    if view is None or view.listed != LISTED:
        return None
    return next((phone.number for phone in view.phones if phone.type in VOICE), None)


def _names(directory: DirectorySnapshot, slug: str) -> list[str]:
    view = directory.names.organizations.get(slug)
    return [view.name] if view is not None and view.listed == LISTED else []
