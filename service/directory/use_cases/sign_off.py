"""Store that counsel of the coalition signed off a text of the law: answers say so from then on."""

from __future__ import annotations

import policies
from service.database.unit_of_work import UnitOfWork
from service.directory.store.repositories import CoalitionRepository


def sign_off(unit_of_work: UnitOfWork, signed: policies.SignOff) -> None:
    """Store a sign-off in place of the one before of the same text, and commit.

    Raises:
        NothingLoaded: the store holds no coalition.
    """
    with unit_of_work:
        coalition = CoalitionRepository(unit_of_work)
        coalition.wait_for_turn()
        coalition.sign_off(signed)
        unit_of_work.commit()
