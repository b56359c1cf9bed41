"""Consents on record in the store: found by id or code, listed for a party, locked for a decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlmodel import Session, col

from service.database.advisory_locks import wait_for_turn
from service.database.audit import forget_salt
from service.directory.parties import FROM, TO

from .tables import CodeWithdrawal, Consent, ConsentParty, ReferralConsent

_WITHDRAWALS = "consents.withdrawals"  # by code, and the referrals that they may forbid


@dataclass(frozen=True, slots=True)
class StoredConsent:
    """A stored consent with its named recipients, by name."""

    consent: Consent
    parties: tuple[ConsentParty, ...]

    def part_of(self, organization: str) -> ConsentParty | None:
        """Return the part of a recipient, None for an organization that is no recipient."""
        return next((party for party in self.parties if party.organization == organization), None)

    def concerns(self, organization: str) -> bool:
        """Say whether an organization gave the consent or is named as a recipient."""
        return self.consent.holder == organization or self.part_of(organization) is not None

    @property
    def stamp(self) -> tuple[str, int]:
        """The revision, which changes with every change to the consent."""
        return self.consent.id, self.consent.revision


class Consents:
    """Reads and writes consents within the transaction of `session`. Not safe to share between threads."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, terms: Mapping[str, Any], recipients: Iterable[str]) -> StoredConsent:
        """Store a consent with the given columns, and return the consent."""
        consent = Consent(**terms)
        parties = tuple(
            ConsentParty(id=str(uuid4()), consent_id=consent.id, organization=slug) for slug in sorted(set(recipients))
        )
        self._session.add(consent)
        self._session.flush()
        self._session.add_all(parties)
        self._session.flush()
        return StoredConsent(consent, parties)

    def find(
        self, consent_id: str, *, party: str | None = None, own_part: bool = False, lock: bool = False
    ) -> StoredConsent | None:
        """Return the consent with an id. `lock`: no other transaction changes it until this transaction ends.

        `party`: an organization (slug); a consent that does not concern it is not read at all. `own_part`: of a consent
        that another gave, the other recipients are not read either. So the answer takes as long as without them.
        """
        conditions = col(Consent.id) == consent_id, *_concerning(party)
        return next(iter(self._read(*conditions, lock=lock, shown_to=party if own_part else None)), None)

    def find_by_code(
        self, digests: Sequence[str], *, party: str | None = None, own_part: bool = False
    ) -> StoredConsent | None:
        """Return the consent whose code has any of the digests; `party` and `own_part` as in `find`."""
        conditions = col(Consent.code_digest).in_(digests), *_concerning(party)
        return next(iter(self._read(*conditions, lock=False, shown_to=party if own_part else None)), None)

    def lock(self, ids: Iterable[str]) -> list[StoredConsent]:
        """Return consents by id; no other transaction changes the consents until this transaction ends."""
        consent_ids = sorted(set(ids))
        return self._read(col(Consent.id).in_(consent_ids), lock=True) if consent_ids else []

    def page(
        self, organization: str, *, role: str | None, status: str | None, offset: int, limit: int
    ) -> tuple[int, list[StoredConsent]]:
        """Return the number of consents that an organization may list, and a page by id; `role`: from or to."""
        part = and_(
            col(ConsentParty.consent_id) == col(Consent.id),
            col(ConsentParty.organization) == organization,
            col(ConsentParty.received),
        )
        own: ColumnElement[bool] = col(Consent.holder) == organization
        is_party: ColumnElement[bool] = exists().where(part)
        conditions = [{FROM: own, TO: and_(~own, is_party), None: or_(own, is_party)}[role]]
        if status is not None:  # a part that was withdrawn is withdrawn for its recipient, whatever the rest is
            is_withdrawn = exists().where(part, col(ConsentParty.withdrawn_on).is_not(None))
            whole = col(Consent.status) == status
            of_part = or_(whole, is_withdrawn) if status == "withdrawn" else and_(whole, ~is_withdrawn)
            conditions.append(or_(and_(own, whole), and_(~own, of_part)))
        total = self._session.execute(select(func.count()).select_from(Consent).where(*conditions)).scalar_one()
        return total, self._read(*conditions, lock=False, offset=offset, limit=limit)

    def proposed_to(self, holder: str) -> int:
        """Return the number of consents that another wrote down for an organization, and that wait for its yes."""
        conditions = col(Consent.holder) == holder, col(Consent.status) == "proposed"
        return int(self._session.execute(select(func.count()).select_from(Consent).where(*conditions)).scalar_one())

    def ask_withdrawal(self, digests: Sequence[str], today: date) -> str:
        """Note a withdrawal by code, of a consent or of none; return its id. No referral is decided on meanwhile."""
        wait_for_turn(self._session, _WITHDRAWALS)
        row = CodeWithdrawal(id=str(uuid4()), digests=list(digests), asked_on=today)
        self._session.add(row)
        self._session.flush()
        return row.id

    def take_withdrawal(self, row_id: str) -> tuple[StoredConsent, date] | None:
        """Take a withdrawal by code from its list.

        Return the consent of the code, locked, and the day of the request; None: a code of no consent.
        """
        row = self._session.get(CodeWithdrawal, row_id)
        if row is None:
            return None
        digests, requested_on = list(row.digests), row.asked_on
        self._session.delete(row)
        self._session.flush()
        consent = self.find_by_code(digests)
        record = None if consent is None else self.find(consent.consent.id, lock=True)
        return None if record is None else (record, requested_on)

    def delete(self, record: StoredConsent) -> None:
        """Delete a consent and every row that names the consent."""
        for table, column in ((ReferralConsent, ReferralConsent.consent_id), (ConsentParty, ConsentParty.consent_id)):
            self._session.execute(delete(table).where(col(column) == record.consent.id))
        self._session.execute(delete(Consent).where(col(Consent.id) == record.consent.id))
        forget_salt(self._session, record.consent.id)
        self._session.flush()

    def hold_withdrawals(self) -> None:
        """Have withdrawals by code wait until the transaction ends; several transactions may do so at once."""
        wait_for_turn(self._session, _WITHDRAWALS, shared=True)

    def list_ending(self, consents: Iterable[StoredConsent]) -> frozenset[str]:
        """Return the ids of the consents with a withdrawal by code that is not applied yet."""
        by_digest = {record.consent.code_digest: record.consent.id for record in consents}
        rows = self._session.execute(select(col(CodeWithdrawal.digests))).scalars()
        return frozenset(by_digest[digest] for row in rows for digest in row if digest in by_digest)

    def _read(
        self,
        *conditions: ColumnElement[bool],
        lock: bool,
        offset: int = 0,
        limit: int | None = None,
        shown_to: str | None = None,
    ) -> list[StoredConsent]:
        """Return consents with their recipients; `shown_to`: a recipient (slug) with its own part alone."""
        query = select(Consent).where(*conditions).order_by(col(Consent.id)).offset(offset).limit(limit)
        if lock:
            query = query.with_for_update()
        query = query.execution_options(populate_existing=lock)
        consents = self._session.execute(query).scalars().all()
        # Asked for even where no consent was found, so that the answer takes as long.
        ids = [consent.id for consent in consents] or [""]
        party_rows = select(ConsentParty).where(col(ConsentParty.consent_id).in_(ids))
        if shown_to is not None:
            own_ids = [consent.id for consent in consents if consent.holder == shown_to]
            party_rows = party_rows.where(
                or_(col(ConsentParty.consent_id).in_(own_ids), col(ConsentParty.organization) == shown_to)
            )
        party_rows = party_rows.order_by(col(ConsentParty.organization)).execution_options(populate_existing=lock)
        parties: dict[str, list[ConsentParty]] = {}
        for party in self._session.execute(party_rows).scalars():
            parties.setdefault(party.consent_id, []).append(party)
        return [StoredConsent(consent, tuple(parties.get(consent.id, ()))) for consent in consents]


def _concerning(party: str | None) -> tuple[ColumnElement[bool], ...]:
    """Return the condition that a consent was given by `party` or names it; none for None."""
    if party is None:
        return ()
    party_rows = and_(col(ConsentParty.consent_id) == col(Consent.id), col(ConsentParty.organization) == party)
    return (or_(col(Consent.holder) == party, exists().where(party_rows)),)
