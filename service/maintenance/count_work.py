"""Counts for operators: the state of the process, and the queue of deliveries of all processes together."""

from __future__ import annotations

from math import nan

from service.database.database import Database, telling_driver_errors
from service.directory.snapshot.snapshots import Snapshots, State
from service.errors import StoreError
from service.web.metrics import Metrics
from service.webhooks.claiming import Queue, look_at_queue


def note_state(counts: Metrics, state: State) -> None:
    """Note the served version of the process, and its acts since the last time."""
    version = state.directory.directory_version if state.directory else 0
    counts.note_state(version, ready=state.ready, is_behind=state.is_behind, as_of=state.as_of)


def text_of(counts: Metrics, snapshots: Snapshots) -> bytes:
    """Return every count as Prometheus text, as of now; the queue is unknown where the database does not answer."""
    note_state(counts, snapshots.state)
    queue = _queue_of(snapshots.database)
    return counts.text(queue.depth, queue.lag_s) if queue else counts.text(nan, nan)


def _queue_of(database: Database) -> Queue | None:
    try:
        with telling_driver_errors():
            return look_at_queue(database.unit_of_work(writes=False))
    except StoreError:
        return None
