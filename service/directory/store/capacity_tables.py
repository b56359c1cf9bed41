"""The tables of counts of empty places, of holds on them, and of how soon services answer.

No load of a directory touches them.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from service.database.table_base import ActRow, key, moment, to


class Hold(ActRow, table=True):
    """Places at a service kept free by a referral, until the hold's time is up or the referral ends.

    `told_until`: for a sender without sight of the referral's course, the hold counts as the sender's for so long,
    whatever its real end. A cancelled hold goes on counting for an hour.
    """

    id: str = key()
    referral_id: str = to("referral")
    sender: str = Field(index=True)
    service: str = Field(index=True)
    unit: str
    places: int
    since: datetime = moment()
    until: datetime = moment()
    told_until: datetime | None = moment(optional=True)
    ended_at: datetime | None = moment(optional=True)
    cancelled: bool = False


class UsualAnswer(ActRow, table=True):
    """How soon a service (a slug) answers referrals at a time of day, as shown (`service.referrals.answer_times`)."""

    __tablename__ = "usual_answer"
    __table_args__ = (UniqueConstraint("service", "part"),)

    id: str = key()
    service: str = Field(index=True)
    part: str
    in_time: int
    bound: str | None = None
    time: str
    accepted: int


class ServiceCount(ActRow, table=True):
    """The number of a service's empty units, counted by its own people. Counts if newer than the record.

    `touched_at` changes with the count and with every hold on it: other processes watch it for changes.
    """

    __tablename__ = "service_count"
    __table_args__ = (UniqueConstraint("service", "unit"),)

    id: str = key()
    service: str = Field(index=True)
    unit: str
    available: int | None = None
    maximum: int | None = None
    holds_counted: bool = False
    updated: datetime | None = moment(optional=True)
    touched_at: datetime = moment(index=True)
