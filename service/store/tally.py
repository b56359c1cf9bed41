"""Counts of the process's acts since its start, made after the commit. No label names an organization or a client."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import Any

from sqlalchemy import event
from sqlmodel import Session

MOVES, FAILURES = "moves", "failures"
"""Statuses that referrals took; classes of attempts that failed."""
_WAITING = "tally"
_lock = Lock()
_totals: dict[str, Counter[str]] = {MOVES: Counter(), FAILURES: Counter()}


def count(kind: str, label: str) -> None:
    """Count an act of a kind, by its label: a word of a closed list."""
    with _lock:
        _totals[kind][label] += 1


def count_once_committed(session: Session, kind: str, label: str) -> None:
    """Count an act of a kind when the transaction of `session` is committed; not after a rollback."""
    if _WAITING not in session.info:
        session.info[_WAITING] = []
        event.listen(session, "after_commit", _committed)
        event.listen(session, "after_soft_rollback", _rolled_back)
    session.info[_WAITING].append((kind, label))


def totals(kind: str) -> dict[str, int]:
    """Return the counts of a kind, by label. May be called from any thread."""
    with _lock:
        return dict(_totals[kind])


def _committed(session: Session) -> None:
    for kind, label in session.info[_WAITING]:
        count(kind, label)
    session.info[_WAITING].clear()


def _rolled_back(session: Session, _transaction: Any) -> None:
    session.info[_WAITING].clear()
