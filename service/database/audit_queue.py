"""Acts that change nothing (answers, refused tokens and scopes), written down in batches: no answer waits for one."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Lock
from time import monotonic
from typing import Any

from service.database.actor import Actor

from .audit import AT_ONCE, AuditTrail
from .unit_of_work import UnitOfWork

MOST_WAITING, MOST_KINDS = 20_000, 10_000
"""Bounds on memory: answers that wait (beyond it, the oldest goes), and kinds of refusals (no further kind counts)."""
REFUSALS_EVERY_S = 3600.0
"""Anybody can be refused as often as they like, and an entry is kept for years: one for each kind and hour at most."""


class AuditQueue:
    """Holds acts until they are written. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._acts = deque[tuple[Actor, datetime, Mapping[str, Any]]](maxlen=MOST_WAITING)
        self._refusals = Counter[tuple[Actor, str]]()
        self._written: dict[tuple[Actor, str], float] = {}  # when the last entry of a kind was written

    def note(self, actor: Actor, details: Mapping[str, Any]) -> None:
        """Have an act written down."""
        self._acts.append((actor, datetime.now(UTC), details))

    def refuse(self, actor: Actor, reason: str) -> None:
        """Have a refusal counted. The first of a kind is written at once, those of the hour after it as one entry."""
        with self._lock:
            if (actor, reason) in self._refusals or len(self._refusals) < MOST_KINDS:
                self._refusals[actor, reason] += 1

    def write(self, work: UnitOfWork, trail: AuditTrail, *, ends: bool = False) -> int:
        """Write what waits, at most `AT_ONCE` acts in a transaction; return how many entries.

        What cannot be written goes on waiting. After an hour without the database a single transaction would make every
        other writer wait for seconds. `ends`: the program stops, so no refusal waits for its hour.
        """
        batches = 1 + len(self._acts) // AT_ONCE
        return sum(self._write_batch(work, trail, ends=ends) for _ in range(batches))

    def _write_batch(self, work: UnitOfWork, trail: AuditTrail, *, ends: bool) -> int:
        started_s = monotonic()
        with self._lock:
            recent = {kind: at for kind, at in self._written.items() if started_s - at < REFUSALS_EVERY_S}
            due = Counter({kind: many for kind, many in self._refusals.items() if ends or kind not in recent})
            self._refusals -= due
        acts = [self._acts.popleft() for _ in range(min(AT_ONCE, len(self._acts)))]
        now = datetime.now(UTC)
        rows = [trail.entry(actor, at, details=details) for actor, at, details in acts]
        rows += [
            trail.entry(actor, now, details={"reason": reason, "times": times})
            for (actor, reason), times in due.items()
        ]
        if not rows:
            return 0
        try:
            with work:
                trail.add(work.session, rows)
                work.commit()
        except Exception:
            self._acts.extendleft(reversed(acts))
            with self._lock:
                self._refusals.update(due)
            raise
        self._written = {**recent, **dict.fromkeys(due, started_s)}
        return len(rows)
