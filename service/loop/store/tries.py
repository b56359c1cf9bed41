"""Acts limited in number an hour, over every process: codes, refused referrals, grievances ..."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import delete, func, select
from sqlmodel import Session, col

from service.infrastructure.database import clock
from service.infrastructure.database.key_ring import CodeKey
from service.infrastructure.database.turns import wait_for_turn

from .tables import CountedTry

WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """The limit of an act within an hour: by a token subject, and by its organization (None: any)."""

    act: str
    of_subject: int
    of_organization: int | None


CODES = Allowance("code", 20, 200)
CODE_WITHDRAWALS = Allowance("code-withdrawal", 20, 200)
REFUSALS = Allowance("refusal", 60, None)
GRIEVANCES = Allowance("grievance", 5, None)
GRIEVANCE_CODES = Allowance("grievance-code", 20, None)


def count_try(
    session: Session, key: CodeKey, allowance: Allowance, organization: str, subject: str, *, times: int = 1
) -> int | None:
    """Count a number of tries in the transaction of `session`; return None, or the seconds to wait over the limit.

    Tries over the limit are not counted. Organization and subject are kept as digests under `key`: without the key
    nobody finds a name by trying names. A new key begins the counts anew.
    """
    party = _digest(key, organization)
    wait_for_turn(session, allowance.act, party)
    now = clock.now(session)
    forget_tries(session)
    wait = seconds_to_wait(session, key, allowance, organization, subject, times=times)
    if wait is None:
        own = _digest(key, organization, subject)
        session.add_all(
            CountedTry(id=str(uuid4()), kind=allowance.act, organization=party, subject=own, at=now)
            for _ in range(times)
        )
        session.flush()
    return wait


def forget_tries(session: Session) -> None:
    """Delete expired tries."""
    session.execute(delete(CountedTry).where(col(CountedTry.at) <= clock.now(session) - WINDOW))


def seconds_to_wait(
    session: Session, key: CodeKey, allowance: Allowance, organization: str, subject: str, *, times: int = 1
) -> int | None:
    """Return in how many seconds a number of tries would be taken; None: now. Counts no try."""
    now, own, tries = clock.now(session), _digest(key, organization, subject), CountedTry
    recent = [
        col(tries.kind) == allowance.act,
        col(tries.organization) == _digest(key, organization),
        col(tries.at) > now - WINDOW,
    ]
    limits = (allowance.of_subject, [*recent, col(tries.subject) == own]), (allowance.of_organization, recent)
    for most, among in limits:
        if most is None:
            continue
        count, first = session.execute(select(func.count(), func.min(col(tries.at))).where(*among)).one()
        if count + times > most:
            window_start = now if first is None else first
            return max(1, int((window_start + WINDOW - now).total_seconds()) + 1)
    return None


def _digest(key: CodeKey, *words: str) -> str:
    return key.digest("\0".join(["try", *words]))
