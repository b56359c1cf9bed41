"""Proposals in the store: words and codes of the vocabulary, and labels of organizations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select, true
from sqlmodel import Session, col

from service.access import Reader

from .resources import slugs_known_to
from .work_tables import Proposal

OPEN = "open"
_ORGANIZATIONS = "organizations"


class Proposals:
    """Reads and writes proposals within the transaction of `session`. Not safe to share between threads.

    A proposal is absent to a reader without sight of its proposer, or of the organization whose labels it changes.
    `reader` None: the operator of the program, with full sight.
    """

    def __init__(self, session: Session, reader: Reader | None) -> None:
        self._session = session
        known = slugs_known_to(reader)
        about_known = or_(col(Proposal.resource) != _ORGANIZATIONS, col(Proposal.slug).in_(known))
        self._visible = col(Proposal.organization).in_(known), about_known

    def add(self, **columns: Any) -> Proposal:
        """Store a proposal with the given columns, and return the proposal."""
        proposal = Proposal(**columns)
        self._session.add(proposal)
        self._session.flush()
        return proposal

    def find(self, proposal_id: str, *, lock: bool = False) -> Proposal | None:
        """Return the proposal with an id. `lock`: no other transaction changes it until this transaction ends."""
        query = select(Proposal).where(col(Proposal.id) == proposal_id, *self._visible)
        return self._session.execute(query.with_for_update() if lock else query).scalars().first()

    def is_open(self, organization: str, resource: str, slug: str) -> bool:
        """Say whether an organization's proposal for the object waits to be decided."""
        object_of = {"organization": organization, "resource": resource, "slug": slug, "status": OPEN}
        return bool(self._session.execute(select(exists(select(Proposal).filter_by(**object_of)))).scalar_one())

    def count(self, status: str | None) -> int:
        """Return the number of proposals."""
        query = select(func.count()).select_from(Proposal).where(*self._visible, _has(status))
        return int(self._session.execute(query).scalar_one())

    def page(self, status: str | None = None, *, offset: int = 0, limit: int | None = None) -> list[Proposal]:
        """Return proposals, the newest day first."""
        order = col(Proposal.proposed_on).desc(), col(Proposal.id)
        query = select(Proposal).where(*self._visible, _has(status)).order_by(*order)
        return list(self._session.execute(query.offset(offset).limit(limit)).scalars())


def _has(status: str | None) -> ColumnElement[bool]:
    return true() if status is None else col(Proposal.status) == status
