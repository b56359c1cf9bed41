"""Counts for operators: failed attempts, moves of referrals, refused writes, the queue. No label names anybody."""

from __future__ import annotations

from collections.abc import Mapping

from service.infrastructure.database import tally
from service.infrastructure.database.database import Database, telling_driver_errors
from service.infrastructure.database.tally import FAILURES, MOVES, REFUSED_WRITES
from service.infrastructure.errors import StoreError
from service.webhooks.claiming import Queue, look_at_queue

__all__ = ("FAILURES", "MOVES", "REFUSED_WRITES", "acts_of", "queue_of")


def acts_of(act: str) -> Mapping[str, int]:
    """Return how often this process did an act, such as `MOVES`, by its label. From any thread."""
    return tally.totals(act)


def queue_of(database: Database) -> Queue | None:
    """Return the queue of deliveries, of all processes together; None: the database does not answer."""
    try:
        with telling_driver_errors():
            return look_at_queue(database.unit_of_work(writes=False))
    except StoreError:
        return None
