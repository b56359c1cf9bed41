"""The tables of what happens: consents on record, referrals, bed counts and what they hold. No person is in them.

Organizations and services stand under their slugs and without a reference: a record of what happened outlives the
record of who took part. A code is a keyed digest that names its key. These rows are no part of the directory: loading a
bundle leaves them alone, and none of them changes `directory_version`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from .columns import UtcDateTime
from .table_base import Happening, json_value, key, to, words

_SLUG_OR_ID = 100


def _moment(*, optional: bool = False, index: bool = False) -> Any:
    default: dict[str, Any] = {"default": None} if optional else {}
    return Field(**default, sa_type=UtcDateTime, nullable=optional, index=index)


def _digest() -> Any:
    return Field(default=None, max_length=64, unique=True, nullable=True)


class Consent(Happening, table=True):
    """What a client agreed to, without the client. `status`: proposed, current, ended, withdrawn.

    `revision` rises with every change, so that a decision can tell whether the consent is the one that it saw.
    `keep_days`: how long it is kept once it has ended or was withdrawn.
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
    recorded_at: datetime = _moment()
    changed_at: datetime = _moment()
    withdrawn_on: date | None = None
    withdrawn_by: str | None = None
    code_digest: str | None = _digest()
    code_key: str | None = None
    keep_days: int
    revision: int = 0


class ConsentParty(Happening, table=True):
    """One recipient that a consent names. `received`: a packet was sent to it on this consent."""

    __tablename__ = "consent_party"
    __table_args__ = (UniqueConstraint("consent_id", "organization"),)

    id: str = key()
    consent_id: str = to("consent")
    organization: str = Field(index=True)
    received: bool = False
    withdrawn_on: date | None = None
    withdrawn_by: str | None = None


class CodeWithdrawal(Happening, table=True):
    """A client's wish, told by code to any member, that a consent end; kept until a worker has applied it.

    There is a row for a code of no consent too, so that neither the answer nor its time tells the two apart. `digests`
    holds the code's digest under every key in use.
    """

    __tablename__ = "code_withdrawal"
    id: str = key()
    digests: list[str] = words()
    asked_on: date


class Referral(Happening, table=True):
    """One hand-off, sent. The columns that begin with `seen_` are what the sender may know of it."""

    id: str = key()
    status: str
    reason: str | None = None
    outcome: str | None = None
    origin: str = Field(index=True)
    recipient: str = Field(index=True)
    services: list[str] = words()
    covers: list[str] = words()
    mode: str
    share: list[str] = words()
    urgency: str
    wants_progress: bool
    progress: bool
    consent_withdrawn: bool = False
    rules: list[dict[str, Any]] = words()
    obligations: list[dict[str, Any]] = words()
    directory_version: int
    policy_version: str
    decision_id: str
    requested_at: datetime = _moment()
    respond_by: datetime = _moment()
    expires_at: datetime = _moment()
    changed_at: datetime = _moment()
    closed_at: datetime | None = _moment(optional=True)
    answered_at: datetime | None = _moment(optional=True)
    code_digest: str | None = _digest()
    code_key: str | None = None
    seen_status: str
    seen_reason: str | None = None
    seen_outcome: str | None = None
    seen_changed_at: datetime = _moment()
    seen_progress: bool
    seen_withdrawn: bool = False
    seen_held: dict[str, Any] | None = json_value()
    keep_days: int


class ReferralConsent(Happening, table=True):
    """A consent on record that a referral rests on."""

    __tablename__ = "referral_consent"
    __table_args__ = (UniqueConstraint("referral_id", "consent_id"),)

    id: str = key()
    referral_id: str = to("referral")
    consent_id: str = Field(index=True)
    withdrawn: bool = False


class ReferralMove(Happening, table=True):
    """One status that a referral took, when, and by whose act. `seen`: the sender may know of it.

    Not `real`: a sender that may not know of progress cancelled what was closed already.
    """

    __tablename__ = "referral_move"
    __table_args__ = (UniqueConstraint("referral_id", "position"),)

    id: str = key()
    referral_id: str = to("referral")
    position: int
    status: str
    at: datetime = _moment()
    by: str | None = None
    seen: bool
    real: bool


class Hold(Happening, table=True):
    """Places that a referral keeps free at a service, until its time is up or the referral ends.

    `told_until`: where the sender is not to know what becomes of the referral, so long the hold counts as one of the
    sender's, however it really ends. A cancelled one goes on counting for an hour.
    """

    id: str = key()
    referral_id: str = to("referral")
    sender: str = Field(index=True)
    service: str = Field(index=True)
    unit: str
    places: int
    since: datetime = _moment()
    until: datetime = _moment()
    told_until: datetime | None = _moment(optional=True)
    ended_at: datetime | None = _moment(optional=True)
    cancelled: bool = False


class ServiceCount(Happening, table=True):
    """How many units of a service stand empty, as its own people counted them. Newer than the record, it counts.

    `touched_at` changes with the count and with every hold on it: what other processes look for.
    """

    __tablename__ = "service_count"
    __table_args__ = (UniqueConstraint("service", "unit"),)

    id: str = key()
    service: str = Field(index=True)
    unit: str
    available: int | None = None
    maximum: int | None = None
    holds_counted: bool = False
    updated: datetime | None = _moment(optional=True)
    touched_at: datetime = _moment(index=True)


class CountedTry(Happening, table=True):
    """One try of what is counted over all processes: a code, a withdrawal by code, a refused referral."""

    __tablename__ = "counted_try"
    id: str = key()
    kind: str
    organization: str = Field(max_length=_SLUG_OR_ID, index=True)
    subject: str
    at: datetime = _moment(index=True)
