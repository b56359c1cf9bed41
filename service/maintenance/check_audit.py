"""The audit as an operator checks it: each fault in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from service.database.audit import Anchor, Fault
from service.database.database import Database
from service.i18n import audit as words
from service.maintenance.anchors import link_all
from service.security import Caller


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """What a check found: `faults` in words, the number of linked entries and of those that wait for their link.

    `signed_at`: when the end was signed that the check found; None: nothing was signed.
    """

    faults: tuple[str, ...]
    entries: int
    unlinked: int
    signed_at: datetime | None = None


def check_audit(database: Database, anchors: Iterable[Anchor] = ()) -> AuditCheck:
    """Link what waits, as in a database without a server, and check every entry, as of one moment."""
    if database.audit is None:
        return AuditCheck((), 0, 0)
    with database.unit_of_work(writes=False) as work:
        signed_at = database.audit.signed_at(work.session)
    link_all(database)
    with database.unit_of_work(writes=False) as work:
        faults = tuple(map(_fault_in_words, database.audit.verify(work.session, anchors)))
        linked, unlinked = database.audit.count(work.session)
    return AuditCheck(faults, linked, unlinked, signed_at)


def digests_of(database: Database, caller: Caller) -> list[str]:
    """Return the digests of a token's subject, as entries hold it: by the key in use first, and by each before."""
    return [] if database.audit is None else database.audit.subject_digests(caller.organization, caller.subject)


def _fault_in_words(fault: Fault) -> str:
    return fault.plain if fault.position is None else words.ENTRY.format(position=fault.position, plain=fault.plain)
