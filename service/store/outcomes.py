"""Outcomes in the store: closed referrals until their quarter is counted, and then what may be shown of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlmodel import Session, col

from .tables import (
    Area,
    ClosedReferral,
    Coalition,
    OutcomeCell,
    OutcomeQuarter,
    Referral,
    Service,
    ServiceArea,
)
from .turns import wait_for_turn


class Outcomes:
    """Reads and writes outcomes within the transaction of `session`. Not safe to share between threads."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take_turn(self) -> None:
        """Wait until nobody else counts a quarter or deletes a referral that may be in one."""
        wait_for_turn(self._session, "outcomes")

    @property
    def zone(self) -> ZoneInfo:
        """The coalition's time zone, in which a quarter begins and ends."""
        return ZoneInfo(self._session.execute(select(col(Coalition.timezone))).scalar_one_or_none() or "UTC")

    def areas_of(self, services: Iterable[str]) -> list[str]:
        """Return the codes of the areas in which services (slugs) are given, as far as they say so."""
        query = (
            select(col(Area.slug))
            .join(ServiceArea, col(ServiceArea.name) == col(Area.slug))
            .join(Service, col(Service.id) == col(ServiceArea.service_id))
            .where(col(Service.slug).in_(sorted(services)))
        )
        return sorted(set(self._session.execute(query).scalars()))

    def closed_between(self, first: datetime, last: datetime) -> Sequence[Referral]:
        """Return the referrals that are stored and were closed from `first` on and before `last`."""
        within = col(Referral.closed_at) >= first, col(Referral.closed_at) < last
        return self._session.execute(select(Referral).where(*within)).scalars().all()

    def first_closed(self) -> datetime | None:
        """Return when the first of the stored referrals that are closed was closed."""
        closed = col(Referral.closed_at)
        return self._session.execute(select(closed).where(closed.is_not(None)).order_by(closed).limit(1)).scalar()

    def kept(self, quarter: str) -> Sequence[ClosedReferral]:
        """Return what is left of deleted referrals of a quarter."""
        return (
            self._session.execute(select(ClosedReferral).where(col(ClosedReferral.quarter) == quarter)).scalars().all()
        )

    def quarters_kept(self) -> set[str]:
        """Return the quarters of which something is left to be counted."""
        return set(self._session.execute(select(col(ClosedReferral.quarter)).distinct()).scalars())

    def computed_on(self, quarter: str) -> date | None:
        """Return when a quarter was counted; None: it was not yet."""
        query = select(col(OutcomeQuarter.computed_on)).where(col(OutcomeQuarter.quarter) == quarter)
        return self._session.execute(query).scalar_one_or_none()

    def latest(self) -> str | None:
        """Return the last quarter that was counted."""
        query = select(col(OutcomeQuarter.quarter)).order_by(col(OutcomeQuarter.quarter).desc()).limit(1)
        return self._session.execute(query).scalar_one_or_none()

    def store(self, quarter: str, on: date, cells: Iterable[tuple[str, str, int, str | None]]) -> None:
        """Store what may be shown of a quarter; what it was counted from is forgotten."""
        self._session.add(OutcomeQuarter(quarter=quarter, computed_on=on))
        self._session.add_all(
            OutcomeCell(id=str(uuid4()), quarter=quarter, by=by, value=value, referrals=referrals, answered=answered)
            for by, value, referrals, answered in cells
        )
        self._session.execute(delete(ClosedReferral).where(col(ClosedReferral.quarter) == quarter))
        self._session.flush()

    def cells(self, quarter: str, by: str) -> Sequence[OutcomeCell]:
        """Return what may be shown of a quarter, by value."""
        wanted = col(OutcomeCell.quarter) == quarter, col(OutcomeCell.by) == by
        return (
            self._session.execute(select(OutcomeCell).where(*wanted).order_by(col(OutcomeCell.value))).scalars().all()
        )
