"""The tables of the coalition's own work: proposals, grievances, outcomes. No load of a directory touches rows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from service.database.columns import Json
from service.database.table_base import ActRow, json_value, key, moment, to, words


class Grievance(ActRow, table=True):
    """A complaint, as codes: its subject, its week (`2026-W10`), and its end. The filer is not stored.

    `about`: `organization` (a slug), `decision_id`, `coalition`. `status`: filed, in_review, closed. `pile`: a drawn id
    that complaints share which came from one network within an hour of each other, many of them.
    """

    id: str = key()
    about: dict[str, Any] = Field(sa_type=Json, nullable=False)
    codes: list[str] = words()
    week: str = Field(index=True)
    status: str
    outcome: str | None = None
    code_digest: str = Field(max_length=64, unique=True)
    code_key: str = Field(index=True)
    pile: str | None = Field(default=None, max_length=36, index=True)


class GrievanceKeptFrom(ActRow, table=True):
    """An organization (a slug) that a grievance is about, or of the same house at the filing: never its reader."""

    __tablename__ = "grievance_kept_from"

    id: str = key()
    grievance_id: str = to("grievance")
    organization: str = Field(index=True)


class ClosedReferral(ActRow, table=True):
    """The facts kept of a deleted referral until its quarter is counted; no fact names the referral.

    `areas`: the areas of its services. `to_answer`, `to_acceptance`, `to_completion`: classes of time; None: deleted
    before times were kept.
    """

    __tablename__ = "closed_referral"
    id: str = key()
    quarter: str = Field(index=True)
    origin: str
    recipient: str
    types: list[str] = words()
    areas: list[str] = words()
    outcome: str | None = None
    reason: str | None = None
    answered: str | None = None
    to_answer: str | None = None
    to_acceptance: str | None = None
    to_completion: str | None = None


class WaitingAnswer(ActRow, table=True):
    """What became of a closed referral, until it counts in a batch with others; no fact names the referral.

    `service` is the first of its services, and the one that it counts for. Codes are those of `loop.answer_times`.
    """

    __tablename__ = "waiting_answer"

    id: str = key()
    service: str = Field(index=True)
    part: str
    sender: str
    in_time: bool
    time: str
    accepted: bool
    closed_on: date


class AnswerBatch(ActRow, table=True):
    """What may be shown of a batch of referrals to a service (a slug), asked for in one part of the day."""

    __tablename__ = "answer_batch"

    id: str = key()
    service: str = Field(index=True)
    part: str
    counted_on: date
    referrals: int
    in_time: int
    bound: str | None = None
    time: str
    accepted: int


class OutcomeQuarter(ActRow, table=True):
    """A quarter (`2026-Q1`) that was counted; a quarter is counted once."""

    __tablename__ = "outcome_quarter"

    quarter: str = Field(primary_key=True)
    computed_on: date


class OutcomeCell(ActRow, table=True):
    """A number of a quarter that may be shown, with floors and rounding applied."""

    __tablename__ = "outcome_cell"
    __table_args__ = (UniqueConstraint("quarter", "by", "value"),)

    id: str = key()
    quarter: str = Field(index=True)
    by: str
    value: str
    referrals: int
    answered: str | None = None
    to_answer: str | None = None
    to_acceptance: str | None = None
    to_completion: str | None = None


class WhatIfRow(ActRow, table=True):
    """Changes that an organization (a slug) tries out, and for a day their result. `body`: as it was asked.

    `status`: waiting, running, done, failed. A run has a lease; `claims` counts the runs, and fences a late result.
    """

    __tablename__ = "what_if"

    id: str = key()
    organization: str = Field(index=True)
    status: str
    reason: str | None = None
    body: dict[str, Any] = Field(sa_type=Json, nullable=False)
    result: dict[str, Any] | None = json_value()
    asked_at: datetime = moment()
    leased_until: datetime | None = moment(optional=True)
    claims: int = 0
