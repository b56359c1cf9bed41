"""Consents on record and referrals, as documented: contract, part two, sections 6 and 7."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from service.referrals.use_cases.follow_up import RESULTS as FOLLOW_UP_RESULTS
from service.referrals.use_cases.keep_consents import STATUSES as CONSENT_STATUSES
from service.referrals.use_cases.move_referral import MOVES
from service.web.schemas import example_of

_CONSENT = "0b1e9d0c-6f0e-4b3a-9a58-6f3f6a1d2c11"
_REFERRAL = "6b1f2f52-8d0b-4f0e-8a27-5d6f4c1f9b10"
_PROGRESS = "Whether the sender may follow its course: the client said so, and the rules let the receiver tell."
_PROGRESS_PLAIN = "Where progress was asked for and is false: the rule in the way, and what the client can do instead."
_EXPECTED = "On a waiting list: the month (`2027-02`) in which a place is expected, where one is known."
_ADVOCATE = "The organization that stays with the client, as the sender named it; for the sender alone."
_FOLLOW_UP_ON = "When the sender checks back; for the sender alone."
_FOLLOW_UPS = "What came of checking back, the last of it last; for the sender alone."
_OF_SENDER = frozenset({
    "code", "progress", "progress_plain", "advocate", "follow_up_on", "follow_ups", "rules", "obligations",
    "directory_version", "policy_version", "decision_id",
})  # fmt: skip
SENDER_STATUSES = ("requested", *MOVES, "expired", "closed")
ConsentStatus = Annotated[str, Field(json_schema_extra={"enum": list(CONSENT_STATUSES)})]


class RecordedConsentDocument(BaseModel):
    """A recorded consent. The `code` is shown only once, for the client; a repeated request returns no code."""

    model_config = example_of(
        id=_CONSENT, status="current", code="acoustic-bamboo-canoe-dolphin", receipt=f"/v1/consents/{_CONSENT}/receipt"
    )

    id: str
    status: ConsentStatus
    code: str | None = None
    receipt: str


class WithdrawnPart(BaseModel):
    """A withdrawn part of a consent: the part of one recipient."""

    to: str
    by: Literal["to"]
    on: date


class ConsentDocument(BaseModel):
    """A consent as one party sees it: whole for its `from`; for a `to` without the parts of other recipients."""

    model_config = example_of(
        id=_CONSENT,
        status="current",
        form="roi-four-counties",
        level="release",
        marks=[],
        data=["need"],
        ends_on="2026-06-01",
        to=["bluestem-haven"],
    )

    id: str
    status: ConsentStatus
    form: str | None
    level: str
    marks: list[str]
    data: list[str]
    ends_on: date
    to: list[str]
    holder: Annotated[str | None, Field(alias="from")] = None
    purpose: str | None = None
    signers: list[str] | None = None
    signed_on: date | None = None
    withdrawn_on: date | None = None
    by: Literal["from", "to", "code"] | None = None
    withdrawn: list[WithdrawnPart] | None = None
    receipt: str | None = None


class ConsentPage(BaseModel):
    """A page of consents, by id."""

    model_config = example_of(items=[], page=1, per_page=50, total=0)

    items: list[ConsentDocument]
    page: int
    per_page: int
    total: int


class AskedWithdrawal(BaseModel):
    """The answer to a withdrawal by code, the same for known and unknown codes."""

    model_config = example_of(status="accepted", plain="…")

    status: Literal["accepted"]
    plain: str


class KeySet(BaseModel):
    """The keys to check receipts with: a JWK set (RFC 7517)."""

    model_config = example_of(keys=[])

    keys: list[dict[str, Any]]


class Held(BaseModel):
    """Places that are kept free, and the end of the hold."""

    places: int
    until: str


class HistoryEntry(BaseModel):
    """A status, its time, and the organization that set it; `by` null: set by the passing of time."""

    status: str
    at: str
    by: str | None


class FollowUpEntry(BaseModel):
    """What came of checking back, and on which day."""

    on: date
    result: Annotated[str, Field(json_schema_extra={"enum": list(FOLLOW_UP_RESULTS)})]


class ReferralDocument(BaseModel):
    """A referral as one side sees it; fields that only the other side sees are absent."""

    model_config = example_of(
        id=_REFERRAL,
        code="acoustic-bamboo-canoe",
        status="requested",
        reason=None,
        outcome=None,
        expected=None,
        **{"from": "juniper-bridge-hotline"},
        to="bluestem-haven",
        services=["bh-beds"],
        covers=["emergency_shelter"],
        mode="warm",
        share=["need"],
        urgency="now",
        progress=False,
        progress_plain=None,
        consents=[_CONSENT],
        consent_withdrawn=False,
        held={"places": 1, "until": "2026-03-02T12:00:00-06:00"},
        advocate="prairie-sage",
        follow_up_on="2026-03-09",
        follow_ups=[{"on": "2026-03-04", "result": "not_reached"}],
        requested_at="2026-03-02T10:00:00-06:00",
        respond_by="2026-03-02T11:00:00-06:00",
        expires_at="2026-03-02T12:00:00-06:00",
        changed_at="2026-03-02T10:00:00-06:00",
        rules=[],
        obligations=[],
        directory_version=12,
        policy_version="sha256:…",
        decision_id="5f0f8b52-0c5b-4e39-9d52-0a5b1f5f7a63",
        history=[{"status": "requested", "at": "2026-03-02T10:00:00-06:00", "by": "juniper-bridge-hotline"}],
    )

    id: str
    code: str | None = None
    status: Annotated[str, Field(json_schema_extra={"enum": list(SENDER_STATUSES)})]
    reason: str | None
    outcome: str | None
    expected: Annotated[str | None, Field(description=_EXPECTED)]
    holder: Annotated[str, Field(alias="from")]
    to: str
    services: list[str] | None = None
    covers: list[str] | None = None
    mode: Literal["warm", "packet"]
    share: list[str]
    urgency: str | None = None
    progress: Annotated[bool | None, Field(description=_PROGRESS)] = None
    progress_plain: Annotated[str | None, Field(description=_PROGRESS_PLAIN)] = None
    consents: list[str]
    consent_withdrawn: bool
    held: Held | None
    advocate: Annotated[str | None, Field(description=_ADVOCATE)] = None
    follow_up_on: Annotated[date | None, Field(description=_FOLLOW_UP_ON)] = None
    follow_ups: Annotated[list[FollowUpEntry] | None, Field(description=_FOLLOW_UPS)] = None
    requested_at: str
    respond_by: Annotated[str | None, Field(description="Null while it is on a waiting list.")]
    expires_at: str
    changed_at: str
    rules: list[dict[str, Any]] | None = None
    obligations: list[dict[str, Any]] | None = None
    directory_version: int | None = None
    policy_version: str | None = None
    decision_id: str | None = None
    history: list[HistoryEntry]


class NeedAgain(BaseModel):
    """A need, as a profile has it."""

    type: str
    urgency: str


class ChangedSince(BaseModel):
    """Agencies, by what changed of them since a referral was sent."""

    opened: Annotated[list[str], Field(description="Began a service for one of the needs.")]
    free: Annotated[list[str], Field(description="Counted a free bed for one of the needs since, in the last day.")]
    ended: Annotated[list[str], Field(description="An agreement of the caller's agency with them ended.")]


class AskedAgain(BaseModel):
    """The needs of a referral, and what changed in the directory; null without the scope `directory:read`."""

    model_config = example_of(
        needs=[{"type": "emergency_shelter", "urgency": "now"}],
        changed={"opened": [], "free": ["bluestem-haven"], "ended": []},
        plain="Since you sent it: Bluestem Haven has a free bed.",
    )

    needs: list[NeedAgain]
    changed: ChangedSince | None
    plain: str | None


def received(status: str, reason: str | None = None) -> dict[str, Any]:
    """Return the example of a referral as its receiver sees it: without what is the sender's alone."""
    [sent] = ReferralDocument.model_json_schema()["examples"]
    shown = {name: value for name, value in sent.items() if name not in _OF_SENDER}
    moves = [*sent["history"], {"status": status, "at": "2026-03-02T10:20:00-06:00", "by": sent["to"]}]
    return {
        **shown,
        "status": status,
        "reason": reason,
        "held": sent["held"] if reason is None else None,
        "history": sent["history"] if status == sent["status"] else moves,
    }


class ReferralPage(BaseModel):
    """A page of referrals, by id, without codes."""

    model_config = example_of(items=[], page=1, per_page=50, total=0)

    items: list[ReferralDocument]
    page: int
    per_page: int
    total: int
