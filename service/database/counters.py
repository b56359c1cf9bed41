"""Counts of the process's acts since its start, made after the commit. No label names an organization or a client."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import Any

from sqlalchemy import event
from sqlmodel import Session

MOVES, FAILURES, REFUSED_WRITES = "moves", "failures", "refused_writes"
"""Statuses that referrals took; classes of attempts that failed; causes of writes that the database refused."""
_WAITING = "tally"
_lock = Lock()
_totals: dict[str, Counter[str]] = {MOVES: Counter(), FAILURES: Counter(), REFUSED_WRITES: Counter()}


def count(act: str, label: str) -> None:
    """Count an act by its label: a word of a closed list."""
    with _lock:
        _totals[act][label] += 1


def count_once_committed(session: Session, act: str, label: str) -> None:
    """Count an act when the transaction of `session` is committed; not after a rollback."""
    if _WAITING not in session.info:
        session.info[_WAITING] = []
        event.listen(session, "after_commit", _count_all)
        event.listen(session, "after_soft_rollback", _rolled_back)
    session.info[_WAITING].append((act, label))


def totals(act: str) -> dict[str, int]:
    """Return the counts of an act, by label. May be called from any thread."""
    with _lock:
        return dict(_totals[act])


def _count_all(session: Session) -> None:
    for act, label in session.info[_WAITING]:
        count(act, label)
    session.info[_WAITING].clear()


def _rolled_back(session: Session, _transaction: Any) -> None:
    session.info[_WAITING].clear()
