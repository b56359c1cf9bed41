"""Proposed words and codes in the store."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlmodel import Session, col

from .work_tables import VocabularyProposal

OPEN = "open"


class Proposals:
    """Reads and writes proposals within the transaction of `session`. Not safe to share between threads."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, **columns: Any) -> VocabularyProposal:
        """Store a proposal with the given columns, and return the proposal."""
        proposal = VocabularyProposal(**columns)
        self._session.add(proposal)
        self._session.flush()
        return proposal

    def find(self, proposal_id: str, *, lock: bool = False) -> VocabularyProposal | None:
        """Return the proposal with an id. `lock`: no other transaction changes it until this transaction ends."""
        query = select(VocabularyProposal).where(col(VocabularyProposal.id) == proposal_id)
        return self._session.execute(query.with_for_update() if lock else query).scalars().first()

    def is_open(self, organization: str, slug: str) -> bool:
        """Say whether an organization's proposal of the entry waits to be decided."""
        return bool(self.count([organization], OPEN, col(VocabularyProposal.slug) == slug))

    def count(self, by: Collection[str], status: str | None, *wanted: ColumnElement[bool]) -> int:
        """Return the number of proposals of the given organizations."""
        query = select(func.count()).select_from(VocabularyProposal).where(*self._fitting(by, status), *wanted)
        return int(self._session.execute(query).scalar_one())

    def page(
        self, by: Collection[str], status: str | None = None, *, offset: int = 0, limit: int | None = None
    ) -> list[VocabularyProposal]:
        """Return proposals of the given organizations, the newest day first."""
        order = col(VocabularyProposal.proposed_on).desc(), col(VocabularyProposal.id)
        query = select(VocabularyProposal).where(*self._fitting(by, status)).order_by(*order)
        return list(self._session.execute(query.offset(offset).limit(limit)).scalars())

    @staticmethod
    def _fitting(by: Iterable[str], status: str | None) -> list[ColumnElement[bool]]:
        fitting: list[ColumnElement[bool]] = [col(VocabularyProposal.organization).in_(sorted(by))]
        return fitting if status is None else [*fitting, col(VocabularyProposal.status) == status]
