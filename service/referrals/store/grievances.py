"""Grievances in the store; the organizations that a grievance is kept from decide which body may read it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlmodel import Session, col

from service.directory.store.directory_tables import records
from service.directory.store.resources import read_houses

from .tables import Referral
from .work_tables import Grievance, GrievanceKeptFrom


class Grievances:
    """Reads and writes grievances within the transaction of `session`. Not safe to share between threads.

    `bodies`: the organizations (slugs) that hear grievances, in order. A body reads grievances which no earlier body
    may read, and never a grievance kept from its own house.
    """

    def __init__(self, session: Session, bodies: Iterable[str | None]) -> None:
        self._session = session
        self._bodies = tuple(filter(None, bodies))

    def add(self, columns: Mapping[str, Any], accused: Collection[str]) -> Grievance:
        """Store a grievance about organizations (slugs), kept from each organization and its house."""
        grievance = Grievance(**columns)
        self._session.add(grievance)
        self._session.flush()
        families = read_houses(self._session.connection())
        accused_houses = set(accused).union(*(families[slug] for slug in accused if slug in families))
        self._session.add_all(
            GrievanceKeptFrom(id=str(uuid4()), grievance_id=grievance.id, organization=slug)
            for slug in sorted(accused_houses)
        )
        self._session.flush()
        return grievance

    def parties_of(self, decision_id: str | None) -> list[str]:
        """Return the organizations (slugs) between which a decision let data be sent, as far as stored."""
        of_decision = col(Referral.decision_id) == (decision_id or "")
        rows = self._session.execute(select(col(Referral.origin), col(Referral.recipient)).where(of_decision))
        return sorted({slug for row in rows for slug in row})

    def slug_of(self, name: str | None) -> str | None:
        """Return the slug of an organization by id or slug; None for an unknown name."""
        by_name = records.c.type == "organization", or_(records.c.id == name, records.c.slug == name)
        return self._session.execute(select(records.c.slug).where(*by_name)).scalars().first()

    def find_by_code(self, digests: Sequence[str]) -> Grievance | None:
        """Return the grievance whose code has any of the digests."""
        query = select(Grievance).where(col(Grievance.code_digest).in_(digests))
        return self._session.execute(query).scalars().first()

    def find(self, grievance_id: str, *, reader: str | None, lock: bool = False) -> Grievance | None:
        """Return the grievance with an id, if `reader` may read the grievance."""
        query = select(Grievance).where(col(Grievance.id) == grievance_id, *self._for(reader))
        return self._session.execute(query.with_for_update() if lock else query).scalars().first()

    def page(
        self, reader: str | None, status: str | None, *, pile: str | None = None, offset: int, limit: int
    ) -> tuple[int, list[Grievance], dict[str, int]]:
        """Return the number of grievances readable by `reader`, a page, and how many each pile on the page has.

        The newest week comes first, and of a pile one grievance. `pile`: all of that pile, first those about what it
        says of the fewest organizations and reasons, so that an honest one is not lost among many alike.
        `reader` None: the operator of the program, for grievances that no body may read.
        """
        conditions = [*self._for(reader), *([] if status is None else [col(Grievance.status) == status])]
        order: list[Any] = [col(Grievance.week).desc(), col(Grievance.id)]
        if pile is None:
            first_of_piles = select(func.min(Grievance.id)).where(*conditions).group_by(col(Grievance.pile))
            shown = [*conditions, or_(col(Grievance.pile).is_(None), col(Grievance.id).in_(first_of_piles))]
        else:
            shown = [*conditions, col(Grievance.pile) == pile]
            alike = col(Grievance.about)["organization"].as_string(), col(Grievance.codes)
            order = [func.count().over(partition_by=alike), *order]
        total = self._session.execute(select(func.count()).select_from(Grievance).where(*shown)).scalar_one()
        query = select(Grievance).where(*shown).order_by(*order)
        rows = list(self._session.execute(query.offset(offset).limit(limit)).scalars())
        of_page = col(Grievance.pile).in_({row.pile for row in rows if row.pile is not None})
        sizes = select(col(Grievance.pile), func.count()).where(*conditions, of_page).group_by(col(Grievance.pile))
        return int(total), rows, {str(name): int(many) for name, many in self._session.execute(sizes)}

    def delete(self, grievance_id: str) -> None:
        """Delete a grievance and every row that names the grievance."""
        self._session.execute(delete(GrievanceKeptFrom).where(col(GrievanceKeptFrom.grievance_id) == grievance_id))
        self._session.execute(delete(Grievance).where(col(Grievance.id) == grievance_id))

    def _for(self, reader: str | None) -> list[ColumnElement[bool]]:
        """Return the condition for grievances that `reader` may read; None: for grievances that no body may read."""
        families, alternatives = read_houses(self._session.connection()), list[ColumnElement[bool]]()
        for body in self._bodies:
            is_kept = exists().where(
                and_(
                    col(GrievanceKeptFrom.grievance_id) == col(Grievance.id),
                    col(GrievanceKeptFrom.organization).in_(sorted(families.get(body, {body}))),
                )
            )
            if body == reader:
                return [*alternatives, ~is_kept]
            alternatives.append(is_kept)
        return alternatives if reader is None else [col(Grievance.id) == ""]
