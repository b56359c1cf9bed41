"""The tables of the closed loop: consents on record, referrals, bed counts and holds. No person is in the tables.

Organizations and services stand under their slugs and without a reference: a record of an act outlives the record of
its parties. A code is a keyed digest with its key's name. The rows are no part of the directory: loading a bundle
leaves the rows alone, and no row changes `directory_version`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from service.database.table_base import ActRow, json_value, key, moment, to, words

_SLUG_OR_ID = 100


def _digest() -> Any:
    return Field(default=None, max_length=64, unique=True, nullable=True)


class Consent(ActRow, table=True):
    """A client's consent, without the client. `status`: proposed, current, ended, withdrawn.

    `revision` rises with every change, so that a decision can tell whether the consent is as seen before. `keep_days`:
    how long the row is kept after its end or withdrawal.
    """

    id: str = key()
    status: str
    holder: str = Field(index=True)
    form: str | None = None
    level: str
    marks: list[str] = words()
    data: list[str] = words()
    purpose: str | None = None
    signers: list[str] = words()
    signed_on: date
    ends_on: date
    recorded_at: datetime = moment()
    changed_at: datetime = moment()
    withdrawn_on: date | None = None
    withdrawn_by: str | None = None
    code_digest: str | None = _digest()
    code_key: str | None = Field(default=None, index=True)
    keep_days: int
    revision: int = 0


class ConsentParty(ActRow, table=True):
    """A recipient named in a consent. `received`: a packet was sent to the recipient on the consent."""

    __tablename__ = "consent_party"
    __table_args__ = (UniqueConstraint("consent_id", "organization"),)

    id: str = key()
    consent_id: str = to("consent")
    organization: str = Field(index=True)
    received: bool = False
    withdrawn_on: date | None = None
    withdrawn_by: str | None = None


class CodeWithdrawal(ActRow, table=True):
    """A client's wish, told by code to any member, to end a consent; kept until a worker has applied the wish.

    A code of no consent gets a row too, so that neither the answer nor its time tells the cases apart. `digests` holds
    the code's digest under every key in use.
    """

    __tablename__ = "code_withdrawal"
    id: str = key()
    digests: list[str] = words()
    asked_on: date


class Referral(ActRow, table=True):
    """A hand-off, sent. Columns beginning with `seen_` hold the sender's permitted view.

    `people`: how many would stay at each service (slug); None: no place is ever held for them. `code_language`: of the
    list that the code was drawn from; None: of the list before codes had languages. `expected`: the month (`2027-02`)
    in which a place is expected for a referral on a waiting list, `waits_until`: when its wait ends. `expires_at` is as
    the sender may know it. `is_restored`: it came with a backup that was restored.
    The sender's own are `advocate`, an organization (slug), `follow_up_on`, when it checks back, and `follow_ups`.
    """

    id: str = key()
    status: str
    reason: str | None = None
    outcome: str | None = None
    expected: str | None = None
    origin: str = Field(index=True)
    recipient: str = Field(index=True)
    services: list[str] = words()
    covers: list[str] = words()
    mode: str
    share: list[str] = words()
    urgency: str
    people: dict[str, int] | None = json_value()
    wants_progress: bool
    progress: bool
    consent_withdrawn: bool = False
    rules: list[dict[str, Any]] = words()
    obligations: list[dict[str, Any]] = words()
    directory_version: int
    policy_version: str
    decision_id: str
    requested_at: datetime = moment()
    respond_by: datetime = moment()
    expires_at: datetime = moment()
    changed_at: datetime = moment()
    closed_at: datetime | None = moment(optional=True)
    answered_at: datetime | None = moment(optional=True)
    waits_until: datetime | None = moment(optional=True)
    is_restored: bool | None = None
    advocate: str | None = None
    follow_up_on: date | None = None
    follow_ups: list[dict[str, Any]] | None = json_value()
    code_digest: str | None = _digest()
    code_key: str | None = Field(default=None, index=True)
    code_language: str | None = None
    seen_status: str
    seen_reason: str | None = None
    seen_outcome: str | None = None
    seen_expected: str | None = None
    seen_changed_at: datetime = moment()
    seen_progress: bool
    progress_plain: str | None = None
    seen_withdrawn: bool = False
    seen_held: dict[str, Any] | None = json_value()
    keep_days: int


class ReferralConsent(ActRow, table=True):
    """A consent on record under a referral."""

    __tablename__ = "referral_consent"
    __table_args__ = (UniqueConstraint("referral_id", "consent_id"),)

    id: str = key()
    referral_id: str = to("referral")
    consent_id: str = Field(index=True)
    withdrawn: bool = False


class ReferralMove(ActRow, table=True):
    """A status of a referral, its time, and the acting party. `seen`: visible to the sender.

    Not `real`: a sender without sight of progress cancelled a referral already closed.
    """

    __tablename__ = "referral_move"
    __table_args__ = (UniqueConstraint("referral_id", "position"),)

    id: str = key()
    referral_id: str = to("referral")
    position: int
    status: str
    at: datetime = moment()
    by: str | None = None
    seen: bool
    real: bool


class CountedTry(ActRow, table=True):
    """A try counted over every process: a code, a withdrawal by code, a refused referral."""

    __tablename__ = "counted_try"
    id: str = key()
    kind: str
    organization: str = Field(max_length=_SLUG_OR_ID, index=True)
    subject: str
    at: datetime = moment(index=True)
