"""Outcomes in the store: closed referrals until their quarter is counted, and then the quarter's shown numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import delete, or_, select
from sqlmodel import Session, col

from service.database.advisory_locks import wait_for_turn
from service.directory.store.directory_tables import keys, read_zone, records
from service.referrals.outcomes import STEPS, OutcomeCount, Times

from .tables import Referral, ReferralMove
from .work_tables import ClosedReferral, OutcomeCell, OutcomeQuarter


class Outcomes:
    """Reads and writes outcomes within the transaction of `session`. Not safe to share between threads."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def take_turn(self) -> None:
        """Wait until no other transaction counts a quarter or deletes a referral of a quarter."""
        wait_for_turn(self._session, "outcomes")

    @property
    def zone(self) -> ZoneInfo:
        """The coalition's time zone, in which a quarter begins and ends."""
        return read_zone(self._session)

    def areas_of(self, services: Iterable[str]) -> list[str]:
        """Return the codes of the areas of services (slugs), as far as stated."""
        of_services = select(records.c.id).where(records.c.type == "service", records.c.slug.in_(sorted(services)))
        places = select(keys.c.record_id).where(
            keys.c.name == "service_at_location.service_id", keys.c.value.in_(of_services)
        )
        areas = select(records.c.slug).where(records.c.type == "area")
        own, of_places = keys.c.name == "service.area", keys.c.name == "service_at_location.area"
        is_of_organization = or_(own & keys.c.record_id.in_(of_services), of_places & keys.c.record_id.in_(places))
        query = select(keys.c.value).where(is_of_organization, keys.c.value.in_(areas))
        return sorted(set(self._session.execute(query).scalars()))

    def closed_between(self, first: datetime, last: datetime) -> Sequence[Referral]:
        """Return the stored referrals closed from `first` on and before `last`."""
        within = col(Referral.closed_at) >= first, col(Referral.closed_at) < last
        return self._session.execute(select(Referral).where(*within)).scalars().all()

    def accepted_at(self, referral_id: str) -> datetime | None:
        """Return when a stored referral was first accepted."""
        accepted = col(ReferralMove.referral_id) == referral_id, col(ReferralMove.status) == "accepted"
        query = select(col(ReferralMove.at)).where(*accepted, col(ReferralMove.real)).order_by(col(ReferralMove.at))
        return self._session.execute(query.limit(1)).scalar()

    def first_closed(self) -> datetime | None:
        """Return the time of the earliest close among stored referrals."""
        closed_at = col(Referral.closed_at)
        query = select(closed_at).where(closed_at.is_not(None)).order_by(closed_at).limit(1)
        return self._session.execute(query).scalar()

    def rows_of(self, quarter: str) -> Sequence[ClosedReferral]:
        """Return the rows that a quarter's deleted referrals left for the count."""
        return (
            self._session.execute(select(ClosedReferral).where(col(ClosedReferral.quarter) == quarter)).scalars().all()
        )

    def deleted_quarters(self) -> set[str]:
        """Return the quarters with rows of deleted referrals that are still to be counted."""
        return set(self._session.execute(select(col(ClosedReferral.quarter)).distinct()).scalars())

    def computed_on(self, quarter: str) -> date | None:
        """Return the day on which a quarter was counted; None: not counted yet."""
        query = select(col(OutcomeQuarter.computed_on)).where(col(OutcomeQuarter.quarter) == quarter)
        return self._session.execute(query).scalar_one_or_none()

    def latest(self) -> str | None:
        """Return the last counted quarter."""
        query = select(col(OutcomeQuarter.quarter)).order_by(col(OutcomeQuarter.quarter).desc()).limit(1)
        return self._session.execute(query).scalar_one_or_none()

    def store(self, quarter: str, on: date, cells: Iterable[OutcomeCount]) -> None:
        """Store the numbers of a quarter that may be shown, and delete the rows of its deleted referrals."""
        self._session.add(OutcomeQuarter(quarter=quarter, computed_on=on))
        self._session.add_all(
            OutcomeCell(
                id=str(uuid4()), quarter=quarter, by=cell.by, value=cell.value, referrals=cell.referrals,
                answered=cell.answered, **columns_of(cell.times),
            )
            for cell in cells
        )  # fmt: skip
        self._session.execute(delete(ClosedReferral).where(col(ClosedReferral.quarter) == quarter))
        self._session.flush()

    def cells(self, quarter: str, by: str) -> Sequence[OutcomeCell]:
        """Return the numbers of a quarter that may be shown, ordered by value."""
        conditions = col(OutcomeCell.quarter) == quarter, col(OutcomeCell.by) == by
        return (
            self._session.execute(select(OutcomeCell).where(*conditions).order_by(col(OutcomeCell.value)))
            .scalars()
            .all()
        )


def columns_of(times: Times | None) -> dict[str, str | None]:
    """Return the columns that hold classes of time."""
    return {f"to_{step}": None if times is None else times[place] for place, step in enumerate(STEPS)}


def times_of(row: ClosedReferral | OutcomeCell) -> Times | None:
    """Return the classes of time that a row holds; None: it holds none."""
    if row.to_answer is None or row.to_acceptance is None or row.to_completion is None:
        return None
    return row.to_answer, row.to_acceptance, row.to_completion
