"""How much waits for an answer of an organization: counts and times alone, and nothing about whom it is for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.database import clock
from service.database.unit_of_work import UnitOfWork
from service.directory.parties import CONSENT, REFERRAL
from service.referrals.store.consents import Consents
from service.referrals.store.referrals import Referrals
from service.security import Caller

PRESSES_WITHIN = timedelta(minutes=10)
"""A referral presses from so long before its answer is due."""


@dataclass(frozen=True, slots=True)
class WaitingCounts:
    """Referrals that wait for an answer, those of them that press, and consents that wait for a yes.

    `oldest`: when the first of the referrals was sent; `due`: when the first answer is due; None without any.
    """

    referrals: int = 0
    pressing: int = 0
    consents: int = 0
    oldest: datetime | None = None
    due: datetime | None = None

    @property
    def total(self) -> int:
        """How much waits in all.

        >>> WaitingCounts(referrals=2, pressing=1, consents=1).total
        3
        """
        return self.referrals + self.consents


def count_waiting(work: UnitOfWork, caller: Caller) -> WaitingCounts | None:
    """Return how much waits for the caller's organization, as far as its scopes reach; None: it answers nothing."""
    if caller.scopes.isdisjoint((REFERRAL, CONSENT)):
        return None
    referrals, pressing, oldest, due, consents = 0, 0, None, None, 0
    with work:
        if REFERRAL in caller.scopes:
            by = clock.now(work.session) + PRESSES_WITHIN
            referrals, pressing, oldest, due = Referrals(work.session).waiting(caller.organization, by)
        if CONSENT in caller.scopes:
            consents = Consents(work.session).proposed_to(caller.organization)
    return WaitingCounts(referrals, pressing, consents, oldest, due)
