"""Room at services: the last count, the open holds, and the last places given exactly once. And how soon they answer.

A count is the record's own or the later count of the service's people, whichever is newer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter, itemgetter
from typing import Any
from uuid import uuid4

from sqlalchemy import and_, or_, select
from sqlmodel import Session, col

from service.database import clock
from service.database.advisory_locks import wait_for_turn
from service.database.table_base import table_of
from service.database.upsert import insert_new
from service.directory.store.capacity_tables import Hold, ServiceCount, UsualAnswer
from service.documents.fields import parse_duration, parse_instant
from service.errors import ActRefused
from service.vocabulary import PARTS_OF_DAY

from .directory_tables import coalitions, of_type, records
from .record_documents import unit_name

FRESH_FOR = timedelta(hours=24)
BED = "bed"
COUNTS_CANCELLED = timedelta(hours=1)
"""So long a cancelled hold counts among those that its sender may have."""
MOST_HELD_UNACCEPTED = 4
"""People of a referral, at most, for whom places are held before a house has accepted them."""
_ENDS = (6, 12, 18, 22)
"""The hours at which the parts of a day end."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """The places of a service in a unit: `available` stand empty as of `updated`, `held` of the empty are kept."""

    unit: str
    available: int | None
    maximum: int | None
    updated: datetime | None
    held: int
    largest_holder: tuple[str, int] | None = None
    """The sender (slug) whose referrals hold more than half of the empty places, and how many; None: no such sender."""

    @property
    def free(self) -> int | None:
        """The number of places free for the next client; None: not known.

        >>> Capacity("bed", available=3, maximum=5, updated=None, held=2).free
        1
        """
        return None if self.available is None else max(0, self.available - self.held)

    def is_fresh(self, now: datetime) -> bool:
        """Say whether the count is known and at most a day old.

        >>> from datetime import UTC
        >>> room = Capacity("bed", available=3, maximum=5, updated=datetime(2026, 3, 17, 8, tzinfo=UTC), held=2)
        >>> room.is_fresh(datetime(2026, 3, 18, 8, tzinfo=UTC)), room.is_fresh(datetime(2026, 3, 18, 8, 1, tzinfo=UTC))
        (True, False)
        """
        return self.available is not None and self.updated is not None and now - self.updated <= FRESH_FOR

    def status(self, now: datetime) -> str:
        """Return the public word for the count: available, full, stale or unknown.

        >>> morning, evening = datetime(2026, 3, 2, 8), datetime(2026, 3, 2, 20)
        >>> Capacity("bed", available=2, maximum=8, updated=morning, held=2).status(evening)
        'full'
        """
        if self.free is None:
            return "unknown"
        if not self.is_fresh(now):
            return "stale"
        return "available" if self.free else "full"


@dataclass(frozen=True, slots=True)
class UsualAnswers:
    """How a service answers in a part of the day: see `AnswerFigure` in `service.referrals.answer_times`."""

    part: str
    in_time: int
    bound: str | None
    time: str
    accepted: int


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """A wish of a sender to hold places until a moment, and the sender's limits: referrals here, referrals and places.

    `secret`: the sender is not to know the hold's real length.
    """

    sender: str
    until: datetime
    most_here: int
    most: int
    most_places: int
    secret: bool


class NoPlacesLeft(Exception):
    """Fewer places are free than needed."""


def places_for(people: int, unit: str) -> int:
    """Return the places that people who stay together take: a bed each, of any other unit one.

    >>> places_for(3, "bed"), places_for(3, "family room")
    (3, 1)
    """
    return people if unit == BED else 1


class CapacityStore:
    """Counts and holds within the transaction of `session`. Not safe to share between threads."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, services: Iterable[str]) -> dict[str, list[Capacity]]:
        """Return the rooms of services (slugs), by unit; a service without a count has no room."""
        slugs = sorted(set(services))
        counts = {(count.service, count.unit): count for count in self._record_counts(slugs)}
        holds = defaultdict[tuple[str, str], list[Hold]](list)
        of_count = col(Hold.service) == col(ServiceCount.service), col(Hold.unit) == col(ServiceCount.unit)
        is_held = and_(*of_count, col(Hold.ended_at).is_(None))
        query = select(ServiceCount, Hold).outerjoin(Hold, is_held).where(col(ServiceCount.service).in_(slugs))
        for count, hold in self._session.execute(query.execution_options(populate_existing=True)):
            name = count.service, count.unit
            if name not in counts or _moment(count) >= _moment(counts[name]):
                counts[name] = count
            if hold is not None:  # there is a stored count wherever places are held: see `_add`
                holds[name].append(hold)
        rooms: dict[str, list[Capacity]] = {slug: [] for slug in slugs}
        for (slug, unit), count in sorted(counts.items()):
            since = count.updated if count.holds_counted else None
            places = sum(hold.places for hold in holds[slug, unit] if since is None or hold.since > since)
            room = Capacity(unit, count.available, count.maximum, count.updated, places)
            rooms[slug].append(replace(room, largest_holder=_largest_holder(room, holds[slug, unit])))
        return rooms

    def people_counts(self, services: Iterable[str]) -> list[ServiceCount]:
        """Return the counts by the services' own people (slugs), whether or not a record is newer."""
        query = select(ServiceCount).where(col(ServiceCount.service).in_(sorted(set(services))))
        return list(self._session.execute(query.execution_options(populate_existing=True)).scalars())

    def hold_times(self, services: Iterable[str]) -> dict[str, timedelta]:
        """Return how long each service (slug) holds a place; a service without holds is left out."""
        terms = ((row.slug, row.document["referral"].get("holds")) for row in self._records(services))
        return {slug: length for slug, holds in terms if holds and (length := parse_duration(holds)) is not None}

    def with_waitlist(self, services: Iterable[str]) -> set[str]:
        """Return the services (slugs) that have a list for when they are full."""
        return {row.slug for row in self._records(services) if row.document["referral"].get("waitlist")}

    def touched_since(self, moment: datetime | None) -> tuple[str, ...]:
        """Return the services with a count or a hold changed at or after a moment (None: ever)."""
        query = select(col(ServiceCount.service)).distinct()
        if moment is not None:
            query = query.where(col(ServiceCount.touched_at) >= moment)
        return tuple(sorted(self._session.execute(query).scalars()))

    def count(
        self, service: str, *, unit: str, available: int | None, maximum: int | None, holds_counted: bool
    ) -> tuple[Capacity, Capacity]:
        """Store a count made now; return the room before and after."""
        row = self._lock(service, unit)
        before = self._known_room(service, unit)
        row.available, row.maximum, row.holds_counted = available, maximum, holds_counted
        row.updated = row.touched_at = clock.now(self._session)
        self._session.flush()
        return before, self._known_room(service, unit)

    def change(self, service: str, *, unit: str, by: int) -> tuple[Capacity, Capacity]:
        """Add to the places that stand empty by the newest count; return the room before and after.

        A count that leaves held places out keeps its moment: of holds made since then the places are still taken off.

        Raises:
            ActRefused: there is no count of the last day to add to, or the sum is out of range.
        """
        row, now = self._lock(service, unit), clock.now(self._session)
        before = self._known_room(service, unit)
        if before.available is None or not before.is_fresh(now):
            raise ActRefused("count_first")
        available = before.available + by
        if available < 0 or (before.maximum is not None and available > before.maximum):
            raise ActRefused("out_of_range")
        is_newest = row.updated == before.updated  # else the record's own count is
        row.available, row.maximum = available, before.maximum
        row.holds_counted = row.holds_counted and is_newest
        row.updated = before.updated if row.holds_counted else now
        row.touched_at = now
        self._session.flush()
        return before, self._known_room(service, unit)

    def confirm(self, service: str, *, unit: str, available: int) -> tuple[Capacity, Capacity]:
        """Count the newest count anew, as of now, if it says `available`; return the room before and after.

        A count that leaves held places out then leaves out those that were held since, too: as many stay free.

        Raises:
            ActRefused: the newest count is another, or there is none.
        """
        row = self._lock(service, unit)
        before = self._known_room(service, unit)
        if before.available != available:
            raise ActRefused("count_changed")
        row.holds_counted = row.holds_counted and row.updated == before.updated
        row.available, row.maximum = (before.free if row.holds_counted else available), before.maximum
        row.updated = row.touched_at = clock.now(self._session)
        self._session.flush()
        return before, self._known_room(service, unit)

    def room(self, service: str, unit: str) -> Capacity | None:
        """Return the room of a service (slug) in a unit, None without a count."""
        return next((room for room in self.of([service])[service] if room.unit == unit), None)

    def _known_room(self, service: str, unit: str) -> Capacity:
        return next(room for room in self.of([service])[service] if room.unit == unit)

    def take(self, service: str, referral_id: str, *, people: int, sees: bool, wish: HoldRequest | None) -> Hold | None:
        """Make sure that a service has room for people who come together, and hold their places if wished.

        Until the transaction ends no other takes a place there. None: no hold, without a wish, beyond a limit, or
        without a fresh count. For a sender that may not see the count (not `sees`) only zero is too small, and nothing
        is held whose holding would tell more of it: neither for companions nor by a second referral.

        Raises:
            Full: a fresh count says that the room is too small.
        """
        if wish is not None:
            wait_for_turn(self._session, "holds of", wish.sender)
        now, rooms = clock.now(self._session), self._locked_rooms(service)
        fresh = [room for room in rooms if room.is_fresh(now)]
        needs = {room.unit: places_for(people, room.unit) if sees else 1 for room in fresh}
        room = next((room for room in fresh if room.free is not None and room.free >= needs[room.unit]), None)
        if room is None and fresh and len(fresh) == len(rooms):
            raise NoPlacesLeft
        if room is None or wish is None or people > (MOST_HELD_UNACCEPTED if sees else 1):
            return None
        places = needs[room.unit]
        if not self._may_hold(wish, room, service, referral_id, places=places, sees=sees, now=now):
            return None
        told_until = wish.until if wish.secret else None
        return self._add(
            Hold(
                id=str(uuid4()), referral_id=referral_id, sender=wish.sender, service=service, unit=room.unit,
                places=places, since=now, until=wish.until, told_until=told_until,
            )
        )  # fmt: skip

    def give(self, service: str, referral_id: str, *, sender: str, people: int, until: datetime) -> None:
        """Hold places for people whom the house has accepted, as far as it has a fresh count; more than free, too.

        No sender learns from the hold how much was free. It counts among nobody's holds, for the sender took nothing.
        """
        now = clock.now(self._session)
        room = next((room for room in self._locked_rooms(service) if room.is_fresh(now)), None)
        if room is not None:
            self._add(
                Hold(
                    id=str(uuid4()), referral_id=referral_id, sender=sender, service=service, unit=room.unit,
                    places=places_for(people, room.unit), since=now, until=until, told_until=now,
                )
            )  # fmt: skip

    def end(self, hold: Hold, *, cancelled: bool = False) -> bool:
        """End a hold; return whether the hold was open. `cancelled`: it still counts for its sender for an hour."""
        if hold.ended_at is not None:
            return False
        row = self._lock(hold.service, hold.unit)
        hold.ended_at = row.touched_at = clock.now(self._session)
        hold.cancelled = cancelled
        self._session.flush()
        return True

    def _add(self, hold: Hold) -> Hold:
        self._lock(hold.service, hold.unit).touched_at = hold.since
        self._session.add(hold)
        self._session.flush()
        return hold

    def _may_hold(
        self,
        wish: HoldRequest,
        room: Capacity,
        service: str,
        referral_id: str,
        *,
        places: int,
        sees: bool,
        now: datetime,
    ) -> bool:
        """Say whether the sender's referrals may hold so many places more, at the service and in all.

        A further referral at the service holds only if all of the sender's there take at most half of `available`.
        """
        just_cancelled = and_(col(Hold.cancelled), col(Hold.ended_at) > now - COUNTS_CANCELLED)
        as_it_is = and_(col(Hold.told_until).is_(None), or_(just_cancelled, col(Hold.ended_at).is_(None)))
        counts = col(Hold.sender) == wish.sender, or_(as_it_is, col(Hold.told_until) > now)
        query = select(col(Hold.service), col(Hold.referral_id), col(Hold.places)).where(*counts)
        rows = self._session.execute(query).all()
        here = {holding: count for name, holding, count in rows if name == service}
        return (
            len(here) < wish.most_here
            and len({holding for _, holding, _ in rows} - {referral_id}) < wish.most
            and sum(count for _, _, count in rows) + places <= wish.most_places
            and (not here or (sees and 2 * (sum(here.values()) + places) <= (room.available or 0)))
        )

    def _locked_rooms(self, service: str) -> list[Capacity]:
        """Return a service's rooms, locked, in the order in which places are taken: beds, then other units by name."""
        for room in self.of([service])[service]:
            self._lock(service, room.unit)
        return sorted(self.of([service])[service], key=lambda room: (room.unit != BED, room.unit))

    def _lock(self, service: str, unit: str) -> ServiceCount:
        """Return the count of a service in a unit, locked; made from the record if absent."""
        of_service = col(ServiceCount.service) == service, col(ServiceCount.unit) == unit
        recorded = next((row for row in self._record_counts([service]) if row.unit == unit), None)
        start = recorded or ServiceCount(service=service, unit=unit)
        values = {**start.model_dump(), "id": str(uuid4()), "touched_at": clock.now(self._session)}
        insert_new(self._session, table_of(ServiceCount), values)
        query = select(ServiceCount).where(*of_service).with_for_update().execution_options(populate_existing=True)
        count: ServiceCount = self._session.execute(query).scalar_one()
        return count

    def _record_counts(self, services: list[str]) -> list[ServiceCount]:
        """Return the counts in the records of services, as rows that are not stored."""
        return [
            ServiceCount(
                service=row.slug,
                unit=unit_name(part["unit"]),
                available=part.get("available"),
                maximum=part.get("maximum"),
                updated=parse_instant(part["updated"]) if "updated" in part else None,
                holds_counted=False,
            )
            for row in self._records(services)
            for part in sorted(row.document.get("capacities", ()), key=itemgetter("id"))
        ]

    def _records(self, services: Iterable[str]) -> Iterable[Any]:
        rows = self._session.execute(of_type("service", records.c.slug.in_(sorted(set(services)))))
        return sorted(rows, key=attrgetter("id"))


def _largest_holder(room: Capacity, holds: list[Hold]) -> tuple[str, int] | None:
    """Return the sender that holds more than half of the places that stand empty, the held ones among them."""
    by_sender: Counter[str] = Counter()
    for hold in holds:
        by_sender[hold.sender] += hold.places
    empty = (room.free or 0) + by_sender.total()
    return next((entry for entry in by_sender.most_common(1) if 2 * entry[1] > empty), None)


def _moment(count: ServiceCount) -> float:
    return float("-inf") if count.updated is None else count.updated.timestamp()


def part_of_day(asked: datetime) -> str:
    """Return the part of the day of a local moment.

    >>> [part_of_day(datetime(2026, 3, 2, hour)) for hour in (5, 6, 12, 18, 22)]
    ['night', 'morning', 'afternoon', 'evening', 'night']
    """
    return PARTS_OF_DAY[sum(asked.hour >= end for end in _ENDS) % len(PARTS_OF_DAY)]


def wants_answer_times(session: Session) -> bool:
    """Say whether the coalition lets be counted and shown how soon its services answer; so it is unless it says no."""
    return session.execute(select(coalitions.c.answer_times)).scalar_one_or_none() is not False


def read_usual_answers(
    session: Session, services: Collection[str] | None = None
) -> Mapping[str, tuple[UsualAnswers, ...]]:
    """Return the figures of services (slugs; None: of all) that have any, each service's from night to evening."""
    wanted = or_(coalitions.c.answer_times.is_(None), coalitions.c.answer_times)
    query = select(UsualAnswer).where(select(coalitions.c.id).where(wanted).exists())
    if services is not None:
        query = query.where(col(UsualAnswer.service).in_(services))
    figures = dict[str, tuple[UsualAnswers, ...]]()
    for row in sorted(session.execute(query).scalars(), key=lambda row: PARTS_OF_DAY.index(row.part)):
        shown = UsualAnswers(row.part, row.in_time, row.bound, row.time, row.accepted)
        figures[row.service] = (*figures.get(row.service, ()), shown)
    return figures
