"""The audit as an operator checks it: each fault in words, and the anchor to keep elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from service.infrastructure.auth import Caller
from service.infrastructure.database.audit import Anchor, Fault
from service.infrastructure.database.database import Database
from service.words import audit as words


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """What a check found: `faults` in words, the number of linked entries and of those that wait for their link."""

    faults: tuple[str, ...]
    entries: int
    unlinked: int


def read_anchors(data: bytes) -> tuple[Anchor, ...]:
    """Return the anchors of a file, one on each line.

    >>> read_anchors(b'{"position": 7, "link": "2e2b"}')
    (Anchor(position=7, link='2e2b'),)

    Raises:
        ValueError: a line is none.
    """
    anchors = [json.loads(line) for line in data.decode().splitlines() if line.strip()]
    if not all(isinstance(anchor, dict) and anchor.keys() == {"position", "link"} for anchor in anchors):
        raise ValueError
    return tuple(Anchor(int(anchor["position"]), str(anchor["link"])) for anchor in anchors)


def make_anchor(database: Database) -> Anchor | None:
    """Return the last link, noted in the audit; None: no entry is linked yet."""
    if database.audit is None:
        return None
    with database.unit_of_work() as work:
        anchor = database.audit.anchor(work.session)
        work.commit()
    return anchor


def check_audit(database: Database, anchors: Iterable[Anchor] = ()) -> AuditCheck:
    """Check every entry, as of one moment."""
    if database.audit is None:
        return AuditCheck((), 0, 0)
    with database.unit_of_work(writes=False) as work:
        faults = tuple(map(_fault_in_words, database.audit.verify(work.session, anchors)))
        linked, unlinked = database.audit.count(work.session)
    return AuditCheck(faults, linked, unlinked)


def digests_of(database: Database, caller: Caller) -> list[str]:
    """Return the digests of a token's subject, as entries hold it: by the key in use first, and by each before."""
    return [] if database.audit is None else database.audit.subject_digests(caller.organization, caller.subject)


def _fault_in_words(fault: Fault) -> str:
    return fault.plain if fault.position is None else words.ENTRY.format(position=fault.position, plain=fault.plain)
