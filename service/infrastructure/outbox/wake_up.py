"""The wake-up of the workers of a process after a commit; workers of further processes poll."""

from __future__ import annotations

from threading import Event, Lock
from typing import Any

from sqlalchemy import event
from sqlmodel import Session

_lock = Lock()
_workers: set[Event] = set()


def answer(worker: Event) -> None:
    """Have `worker` set at each wake-up."""
    with _lock:
        _workers.add(worker)


def leave(worker: Event) -> None:
    """Wake the others without `worker` from now on."""
    with _lock:
        _workers.discard(worker)


def wake() -> None:
    """Wake every worker of the process."""
    with _lock:
        workers = tuple(_workers)
    for worker in workers:
        worker.set()


def wake_after(session: Session) -> None:
    """Wake the workers once the transaction of `session` is committed; not after a rollback."""
    if not session.info.get("wakes"):
        session.info["wakes"] = True
        event.listen(session, "after_commit", _woken)


def _woken(_session: Any) -> None:
    wake()
