"""Proposals in the store: words and codes of the vocabulary, and labels of organizations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select, true
from sqlmodel import Session, col

from service.directory.access import Reader
from service.directory.store.proposal_tables import DirectoryProposal

from .resources import slugs_known_to

OPEN = "open"
_ORGANIZATIONS = "organizations"


class Proposals:
    """Reads and writes proposals within the transaction of `session`. Not safe to share between threads.

    A proposal is absent to a reader without sight of its proposer, or of the organization whose labels it changes.
    `reader` None: the operator of the program, with full sight.
    """

    def __init__(self, session: Session, reader: Reader | None) -> None:
        self._session = session
        slugs = slugs_known_to(reader)
        about_known = or_(col(DirectoryProposal.resource) != _ORGANIZATIONS, col(DirectoryProposal.slug).in_(slugs))
        self._visible = col(DirectoryProposal.organization).in_(slugs), about_known

    def add(self, **columns: Any) -> DirectoryProposal:
        """Store a proposal with the given columns, and return the proposal."""
        proposal = DirectoryProposal(**columns)
        self._session.add(proposal)
        self._session.flush()
        return proposal

    def find(self, proposal_id: str, *, lock: bool = False) -> DirectoryProposal | None:
        """Return the proposal with an id. `lock`: no other transaction changes it until this transaction ends."""
        query = select(DirectoryProposal).where(col(DirectoryProposal.id) == proposal_id, *self._visible)
        return self._session.execute(query.with_for_update() if lock else query).scalars().first()

    def is_open(self, organization: str, resource: str, slug: str) -> bool:
        """Say whether an organization's proposal for the object waits to be decided."""
        object_of = {"organization": organization, "resource": resource, "slug": slug, "status": OPEN}
        return bool(
            self._session.execute(select(exists(select(DirectoryProposal).filter_by(**object_of)))).scalar_one()
        )

    def count(self, status: str | None) -> int:
        """Return the number of proposals."""
        query = select(func.count()).select_from(DirectoryProposal).where(*self._visible, _has(status))
        return int(self._session.execute(query).scalar_one())

    def page(self, status: str | None = None, *, offset: int = 0, limit: int | None = None) -> list[DirectoryProposal]:
        """Return proposals, the newest day first."""
        order = col(DirectoryProposal.proposed_on).desc(), col(DirectoryProposal.id)
        query = select(DirectoryProposal).where(*self._visible, _has(status)).order_by(*order)
        return list(self._session.execute(query.offset(offset).limit(limit)).scalars())


def _has(status: str | None) -> ColumnElement[bool]:
    return true() if status is None else col(DirectoryProposal.status) == status
