"""The bell: wakes the workers of the process after a commit; workers of further processes poll."""

from __future__ import annotations

from threading import Event, Lock
from typing import Any

from sqlalchemy import event
from sqlmodel import Session

_lock = Lock()
_workers: set[Event] = set()


def answer(worker: Event) -> None:
    """Have `worker` set whenever the bell rings."""
    with _lock:
        _workers.add(worker)


def leave(worker: Event) -> None:
    """Let the bell ring without `worker`."""
    with _lock:
        _workers.discard(worker)


def ring() -> None:
    """Wake every worker of the process."""
    with _lock:
        workers = tuple(_workers)
    for worker in workers:
        worker.set()


def ring_after(session: Session) -> None:
    """Ring once the transaction of `session` is committed; not after a rollback."""
    if not session.info.get("rings"):
        session.info["rings"] = True
        event.listen(session, "after_commit", _rung)


def _rung(_session: Any) -> None:
    ring()
