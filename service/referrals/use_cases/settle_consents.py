"""The consents on record named in a profile: their stored terms take the place of the reference."""

from __future__ import annotations

from dataclasses import dataclass

from service.answers.profile import ConsentReference, NeedsProfile, RecordedConsent
from service.database.database import Database
from service.database.key_ring import KeyRing
from service.directory.parties import MAY, Act
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.errors import Problem, ProfileRefused
from service.i18n import refusals
from service.referrals.store.attempt_limits import CODES
from service.referrals.store.consents import Consents, StoredConsent
from service.referrals.use_cases.keep_consents import CURRENT, role_of, take_try
from service.security import Caller


@dataclass(frozen=True, slots=True)
class ResolvedConsents:
    """A profile with settled references to consents on record, and the consents as of the same moment.

    `ending`: ids of consents with a requested withdrawal by code, which counts although not yet applied.
    """

    profile: NeedsProfile
    records: tuple[StoredConsent, ...]
    ending: frozenset[str]

    def again(self) -> NeedsProfile:
        """Return the profile with the references back, by id: to be settled anew, and no code is tried twice."""
        references = (
            ConsentReference(id=consent.record) if isinstance(consent, RecordedConsent) else consent
            for consent in self.profile.consents
        )
        return self.profile.model_copy(update={"consents": tuple(references)})


def settle_consents(
    database: Database, ring: KeyRing, caller: Caller, directory: DirectorySnapshot, profile: NeedsProfile
) -> ResolvedConsents:
    """Return the profile with each consent named by id or code as stored, judged by the caller's part.

    A consent that does not count (proposed, ended, withdrawn) is included too, and says so.

    Raises:
        ProfileRefused: a consent is absent, or the caller is no party to it: the same words at its pointer.
        ActRefused: too many codes were tried.
    """
    references = [consent for consent in profile.consents if isinstance(consent, ConsentReference)]
    if not references:
        return ResolvedConsents(profile, (), frozenset())
    if codes := sum(reference.code is not None for reference in references):
        take_try(database.unit_of_work(), ring, CODES, caller, times=codes)
    with database.unit_of_work(writes=False) as work:
        consents = Consents(work.session)
        on_record = [
            _record_of(consents, ring, consent, caller.organization) if isinstance(consent, ConsentReference) else None
            for consent in profile.consents
        ]
        ending = consents.list_ending([record for record in on_record if record is not None])
        terms, problems = [], []
        for place, (entry, record) in enumerate(zip(profile.consents, on_record, strict=True)):
            if not isinstance(entry, ConsentReference):
                terms.append(entry)
            elif record is None or role_of(record, caller.organization) not in MAY[Act.USE_CONSENT]:
                problems.append(Problem(f"/consents/{place}", refusals.NO_CONSENT))
            else:
                ends = record.consent.id in ending
                settled = terms_of(record, caller.organization, directory, ends=ends, absent=profile.origin)
                terms.append(settled)
        if problems:
            raise ProfileRefused(tuple(problems))
    records = tuple(record for record in on_record if record is not None)
    return ResolvedConsents(profile.model_copy(update={"consents": tuple(terms)}), records, ending)


def counts(record: StoredConsent, organization: str) -> bool:
    """Say whether a consent counts for an organization as party: current, and its part not withdrawn."""
    part = record.part_of(organization)
    return record.consent.status == CURRENT and (part is None or part.withdrawn_on is None)


def terms_of(
    record: StoredConsent, organization: str, directory: DirectorySnapshot, *, absent: str, ends: bool = False
) -> RecordedConsent:
    """Return the stored terms for a party to name, with the recipients still counting and present.

    A consent that does not count has no purpose: the rules read it as none. `absent` stands for a `from` that is absent
    or hidden. `ends`: a withdrawal was requested.
    """
    consent, organizations = record.consent, directory.names.organizations
    parties = (party for party in record.parties if organization in (consent.holder, party.organization))
    is_usable = consent.status == CURRENT and not ends and consent.holder in organizations
    terms = {
        "record": consent.id,
        "form": consent.form,
        "level": consent.level,
        "marks": consent.marks,
        "from": consent.holder if consent.holder in organizations else absent,
        "to": [
            party.organization
            for party in parties
            if party.withdrawn_on is None and party.organization in organizations
        ],
        "data": consent.data,
        "purpose": consent.purpose if is_usable else None,
        "signers": consent.signers,
        "signed_on": consent.signed_on.isoformat(),
        "ends_on": consent.ends_on.isoformat(),
        "withdrawn_on": None if consent.withdrawn_on is None else consent.withdrawn_on.isoformat(),
    }
    return RecordedConsent.model_validate(terms)


def _record_of(consents: Consents, ring: KeyRing, reference: ConsentReference, party: str) -> StoredConsent | None:
    if reference.code is not None:
        return consents.find_by_code(ring.digests(reference.code), party=party)
    return consents.find(reference.id or "", party=party)
