"""Referrals in the store: found by id or code, listed for a party or under a consent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum, auto
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select, update
from sqlmodel import Session, col

from service.database.audit import forget_salt
from service.database.counters import MOVES, count_once_committed
from service.directory.parties import IN, OUT
from service.directory.store.capacity_tables import Hold
from service.directory.store.directory_tables import Coalition

from .tables import Referral, ReferralConsent, ReferralMove
from .work_tables import ClosedReferral

UNANSWERED = ("requested", "received")
WAITLISTED = "waitlisted"
OPEN = (*UNANSWERED, "accepted", WAITLISTED)
FOLLOW_UP_KEPT = timedelta(days=8)
"""So long from the start of its day (UTC) a sender keeps a day to check back, and the referral for it."""


class Order(Enum):
    """The order of a list: by id, the first that is due first, or the last that was sent first.

    Both sides know when a referral was sent and by when it is due, so no order tells one side of the other's acts.
    """

    ID = auto()
    DUE = auto()
    NEWEST = auto()


_ORDERED: Mapping[Order, tuple[Any, ...]] = {
    Order.ID: (col(Referral.id),),
    Order.DUE: (col(Referral.respond_by), col(Referral.id)),
    Order.NEWEST: (col(Referral.requested_at).desc(), col(Referral.id)),
}


@dataclass(frozen=True, slots=True)
class ReferralRecord:
    """A referral with its moves, in order, its consents, and its holds: a hold for each service."""

    referral: Referral
    moves: tuple[ReferralMove, ...]
    consents: tuple[ReferralConsent, ...]
    holds: tuple[Hold, ...]

    @property
    def open_holds(self) -> tuple[Hold, ...]:
        """The holds that still keep a place."""
        return tuple(hold for hold in self.holds if hold.ended_at is None)

    @property
    def own_holds(self) -> tuple[Hold, ...]:
        """The holds of the sender itself, taken as the referral was sent; the others the house gave by accepting."""
        return tuple(hold for hold in self.holds if hold.told_until is None or hold.told_until > hold.since)

    @property
    def holds_until(self) -> datetime | None:
        """The first end of an open hold; None: no hold is open."""
        return min((hold.until for hold in self.open_holds), default=None)


class Referrals:
    """Reads and writes referrals within the transaction of `session`. Not safe to share between threads."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, columns: Mapping[str, Any], consents: Iterable[str]) -> Referral:
        """Store a referral with the given columns and its consents (ids), and return the referral."""
        referral = Referral(**columns)
        self._session.add(referral)
        self._session.flush()
        self._session.add_all(
            ReferralConsent(id=str(uuid4()), referral_id=referral.id, consent_id=consent_id)
            for consent_id in sorted(set(consents))
        )
        self._session.flush()
        return referral

    def add_move(
        self, referral: Referral, status: str, *, at: datetime, by: str | None, seen: bool, real: bool = True
    ) -> None:
        """Note a new status in the referral's history."""
        own_rows = col(ReferralMove.referral_id) == referral.id
        position = self._session.execute(select(func.count()).select_from(ReferralMove).where(own_rows)).scalar_one()
        move = ReferralMove(
            id=str(uuid4()),
            referral_id=referral.id,
            position=position,
            status=status,
            at=at,
            by=by,
            seen=seen,
            real=real,
        )
        self._session.add(move)
        self._session.flush()
        if real:
            count_once_committed(self._session, MOVES, status)

    def find(
        self, referral_id: str, *, party: str | None = None, own_part: bool = False, lock: bool = False
    ) -> ReferralRecord | None:
        """Return the referral with an id. `lock`: no other transaction changes it until this transaction ends.

        `party`: an organization (slug); a referral that it neither sent nor received is not read at all. `own_part`:
        nor are moves hidden from the party. So the answer takes as long as without them.
        """
        conditions = [col(Referral.id) == referral_id]
        if party is not None:
            conditions.append(or_(col(Referral.origin) == party, col(Referral.recipient) == party))
        return next(iter(self._read(*conditions, lock=lock, shown_to=party if own_part else None)), None)

    def get(self, referral_id: str) -> ReferralRecord:
        """Return a referral of this transaction as it now stands.

        Raises:
            LookupError: no referral has the id.
        """
        referral = self.find(referral_id)
        if referral is None:
            raise LookupError
        return referral

    def of_decision(self, decision_id: str, *, sender: str) -> str | None:
        """Return the id of the referral that an organization sent by a decision."""
        query = select(col(Referral.id)).where(col(Referral.decision_id) == decision_id, col(Referral.origin) == sender)
        return self._session.execute(query).scalars().first()

    def find_by_code(self, digests: Sequence[str], *, recipient: str) -> ReferralRecord | None:
        """Return the open referral to a recipient (slug) whose code has any of the digests; no other is read."""
        conditions = col(Referral.code_digest).in_(digests), col(Referral.recipient) == recipient
        return next(iter(self._read(*conditions, lock=False, shown_to=recipient)), None)

    def page(
        self,
        organization: str,
        *,
        box: str | None,
        statuses: Collection[str] | None,
        now: datetime,
        offset: int,
        limit: int,
        order: Order = Order.ID,
        changed: tuple[datetime | None, datetime | None] = (None, None),
    ) -> tuple[int, list[ReferralRecord]]:
        """Return the number of referrals that an organization may list, and a page of them; `box`: in or out.

        `statuses` are as seen by the organization: a sender without progress sees its referrals closed by time. So is
        when they `changed`: not before the first moment, and before the second.
        What is gone for the organization at `now` is in no list, though the row may still be there for the other side.
        """
        is_recipient, is_origin = col(Referral.recipient) == organization, col(Referral.origin) == organization
        own = {IN: is_recipient, OUT: is_origin, None: or_(is_recipient, is_origin)}[box]
        conditions = [own, self._still_readable(own, is_recipient, now)]
        timed_out = and_(~col(Referral.progress), col(Referral.seen_status).in_(OPEN), col(Referral.expires_at) <= now)
        shown_at = case(
            (is_recipient, col(Referral.changed_at)),
            (timed_out, col(Referral.expires_at)),
            else_=col(Referral.seen_changed_at),
        )
        begin, end = changed
        conditions += [*([shown_at >= begin] if begin else []), *([shown_at < end] if end else [])]
        if statuses is not None:
            is_shown = and_(~timed_out, col(Referral.seen_status).in_(statuses))
            as_sender = or_(timed_out, is_shown) if "closed" in statuses else is_shown
            conditions.append(or_(and_(is_recipient, col(Referral.status).in_(statuses)), and_(is_origin, as_sender)))
        total = self._session.execute(select(func.count()).select_from(Referral).where(*conditions)).scalar_one()
        page = self._read(*conditions, lock=False, offset=offset, limit=limit, shown_to=organization, order=order)
        return total, page

    def waiting(self, recipient: str, by: datetime) -> tuple[int, int, datetime | None, datetime | None]:
        """Return how many referrals wait for an answer of a recipient (slug), and how many of them are due by `by`.

        With them when the oldest was sent, and when the first answer is due; None without any.
        """
        due = col(Referral.respond_by)
        query = select(
            func.count(),
            func.count(case((due <= by, 1))),
            func.min(col(Referral.requested_at)),
            func.min(due),
        ).where(col(Referral.recipient) == recipient, col(Referral.status).in_(UNANSWERED))
        count, pressing, oldest, first_due = self._session.execute(query).one()
        return count, pressing, oldest, first_due

    def _still_readable(
        self, own: ColumnElement[bool], is_recipient: ColumnElement[bool], now: datetime
    ) -> ColumnElement[bool]:
        """Say for each of an organization's `own` referrals whether the organization may still read it at `now`."""
        sender_closed_at = case(
            (col(Referral.seen_status).in_(OPEN), col(Referral.expires_at)), else_=col(Referral.seen_changed_at)
        )
        closed_at = case((or_(is_recipient, col(Referral.progress)), col(Referral.closed_at)), else_=sender_closed_at)
        keep_days = self._session.execute(select(col(Referral.keep_days)).where(own).distinct()).scalars()
        alternatives = (
            and_(col(Referral.keep_days) == days, closed_at > now - timedelta(days=days)) for days in sorted(keep_days)
        )
        is_followed_up = and_(~is_recipient, _is_followed_up(now))
        return or_(closed_at.is_(None), is_followed_up, *alternatives)

    def follow_ups(self, sender: str, *, until: date, now: datetime) -> list[tuple[str, date]]:
        """Return the referrals (ids) that a sender checks back on until a day, each with its own day."""
        days = _is_followed_up(now), col(Referral.follow_up_on) <= until
        query = select(col(Referral.id), col(Referral.follow_up_on)).where(col(Referral.origin) == sender, *days)
        return [(row_id, day) for row_id, day in self._session.execute(query)]

    def resting_on(self, consent_id: str, recipient: str | None = None) -> list[ReferralRecord]:
        """Return the referrals that rest on a consent, locked; with `recipient`, only referrals to the recipient."""
        own_rows = select(col(ReferralConsent.referral_id)).where(col(ReferralConsent.consent_id) == consent_id)
        conditions: list[ColumnElement[bool]] = [col(Referral.id).in_(own_rows)]
        if recipient is not None:
            conditions.append(col(Referral.recipient) == recipient)
        return self._read(*conditions, lock=True)

    def move_clocks(self, by: timedelta, now: datetime) -> list[ReferralRecord]:
        """Give `by` more time to every referral that waits for an answer, or that looks so to its sender.

        Return the referrals.
        """
        waits = or_(col(Referral.status).in_((*UNANSWERED, WAITLISTED)), ~col(Referral.progress))
        runs = or_(col(Referral.expires_at) > now - by, col(Referral.waits_until) > now - by)
        waiting = self._read(waits, runs, lock=True)
        for referral in (record.referral for record in waiting):
            if referral.expires_at > now - by:
                referral.respond_by += by
                referral.expires_at += by
            if referral.waits_until is not None and referral.waits_until > now - by:
                referral.waits_until += by
        self._session.flush()
        return waiting

    def delete(self, record: ReferralRecord, summaries: Iterable[ClosedReferral]) -> None:
        """Delete a referral with every row that names it; `summaries` are left, which name no referral."""
        rows = list(summaries)
        for table in (ReferralMove, ReferralConsent, Hold):
            self._session.execute(delete(table).where(col(table.referral_id) == record.referral.id))
        self._session.execute(delete(Referral).where(col(Referral.id) == record.referral.id))
        forget_salt(self._session, record.referral.id)
        self._session.add_all(rows)
        self._session.flush()

    def note_withdrawn(self, referral_id: str, consent_id: str) -> None:
        """Note that a consent under a referral was withdrawn."""
        own_rows = col(ReferralConsent.referral_id) == referral_id, col(ReferralConsent.consent_id) == consent_id
        self._session.execute(update(ReferralConsent).where(*own_rows).values(withdrawn=True))

    def directory_version(self) -> int:
        """Return the directory's version; until the transaction ends no change of the directory is committed."""
        query = select(col(Coalition.directory_version)).with_for_update(read=True)
        return int(self._session.execute(query).scalar_one_or_none() or 0)

    def _read(
        self,
        *conditions: Any,
        lock: bool,
        offset: int = 0,
        limit: int | None = None,
        shown_to: str | None = None,
        order: Order = Order.ID,
    ) -> list[ReferralRecord]:
        """Return referrals with their parts; `shown_to`: a party (slug), with the moves that it may know alone."""
        query = select(Referral).where(*conditions).order_by(*_ORDERED[order]).offset(offset).limit(limit)
        if lock:
            query = query.with_for_update()
        referrals = self._session.execute(query.execution_options(populate_existing=lock)).scalars().all()
        ids = [referral.id for referral in referrals] or [""]  # asked for in any case, so that it takes as long
        history = select(ReferralMove).order_by(col(ReferralMove.position))
        if shown_to is not None:
            own_ids = [referral.id for referral in referrals if referral.recipient == shown_to]
            is_recipient = col(ReferralMove.referral_id).in_(own_ids)
            in_view = or_(and_(is_recipient, col(ReferralMove.real)), and_(~is_recipient, col(ReferralMove.seen)))
            history = history.where(in_view)
        moves = self._parts(history, ReferralMove, ids)
        consents = self._parts(select(ReferralConsent), ReferralConsent, ids)
        holds = self._parts(select(Hold).order_by(col(Hold.service)), Hold, ids)
        return [
            ReferralRecord(
                referral,
                tuple(moves.get(referral.id, ())),
                tuple(sorted(consents.get(referral.id, ()), key=lambda row: str(row.consent_id))),
                tuple(holds.get(referral.id, ())),
            )
            for referral in referrals
        ]

    def _parts(self, query: Any, table: Any, ids: Sequence[str]) -> dict[str, list[Any]]:
        by_referral: dict[str, list[Any]] = {}
        parts = query.where(col(table.referral_id).in_(ids)).execution_options(populate_existing=True)
        for part in self._session.execute(parts).scalars():
            by_referral.setdefault(part.referral_id, []).append(part)
        return by_referral


def _is_followed_up(now: datetime) -> ColumnElement[bool]:
    """Say for each referral whether its sender has a day to check back, or had one in the last week."""
    last = (now - FOLLOW_UP_KEPT).astimezone(UTC).date()
    return and_(col(Referral.follow_up_on).is_not(None), col(Referral.follow_up_on) > last)
