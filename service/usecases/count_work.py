"""Counts for operators: attempts that failed, moves of referrals, and the queue. No label names an organization."""

from __future__ import annotations

from collections.abc import Mapping

from service.errors import StoreError
from service.store import tally
from service.store.database import Database, telling_driver_errors
from service.webhooks.claiming import Queue, look_at_queue


def failed_attempts() -> Mapping[str, int]:
    """Return the attempts of deliveries that failed in this process, by class. From any thread."""
    return tally.totals(tally.FAILURES)


def referral_moves() -> Mapping[str, int]:
    """Return the moves of referrals in this process, by the new status. From any thread."""
    return tally.totals(tally.MOVES)


def queue_of(database: Database) -> Queue | None:
    """Return the queue of deliveries, of all processes together; None: the database does not answer."""
    try:
        with telling_driver_errors():
            return look_at_queue(database.unit_of_work(writes=False))
    except StoreError:
        return None
