"""Answers in the store: closed referrals until they count in a batch, what is shown of batches, and of services."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from uuid import uuid4

from sqlalchemy import delete, select
from sqlmodel import Session, col

from service.directory.store.capacity_tables import UsualAnswer
from service.referrals.answer_times import AnswerFigure, ClosedAnswer

from .work_tables import AnswerBatch, WaitingAnswer

Cell = tuple[str, str]
"""A service (a slug) and a part of the day."""


class AnswerTimes:
    """Reads and writes answers within the transaction of `session`. Not safe to share between threads."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, cell: Cell, answer: ClosedAnswer, *, closed_on: date) -> None:
        """Have a closed referral wait for a batch."""
        service, part = cell
        row = WaitingAnswer(id=str(uuid4()), service=service, part=part, closed_on=closed_on, **asdict(answer))
        self._session.add(row)
        self._session.flush()

    def waiting(self, before: date) -> Mapping[Cell, list[ClosedAnswer]]:
        """Return the referrals closed before a day that wait for a batch, the first closed first."""
        query = (
            select(WaitingAnswer)
            .where(col(WaitingAnswer.closed_on) < before)
            .order_by(col(WaitingAnswer.closed_on), col(WaitingAnswer.id))
        )
        cells = defaultdict[Cell, list[ClosedAnswer]](list)
        for row in self._session.execute(query).scalars():
            cells[row.service, row.part].append(ClosedAnswer(row.sender, row.in_time, row.time, row.accepted))
        return cells

    def store_batch(self, cell: Cell, figure: AnswerFigure, *, on: date) -> None:
        """Store what may be shown of a batch, and delete all that waited in its cell for `on`, left out or not."""
        service, part = cell
        self._session.add(AnswerBatch(id=str(uuid4()), service=service, part=part, counted_on=on, **asdict(figure)))
        of_cell = col(WaitingAnswer.service) == service, col(WaitingAnswer.part) == part
        self._session.execute(delete(WaitingAnswer).where(*of_cell, col(WaitingAnswer.closed_on) < on))
        self._session.flush()

    def drop_before(self, day: date) -> None:
        """Delete the batches counted before a day, and the referrals closed before it that still wait."""
        self._session.execute(delete(AnswerBatch).where(col(AnswerBatch.counted_on) < day))
        self._session.execute(delete(WaitingAnswer).where(col(WaitingAnswer.closed_on) < day))

    def batches(self) -> Mapping[Cell, list[AnswerFigure]]:
        """Return what may be shown of each batch."""
        cells = defaultdict[Cell, list[AnswerFigure]](list)
        for row in self._session.execute(select(AnswerBatch)).scalars():
            figure = AnswerFigure(row.referrals, row.in_time, row.bound, row.time, row.accepted)
            cells[row.service, row.part].append(figure)
        return cells

    def show(self, figures: Iterable[tuple[Cell, AnswerFigure]]) -> None:
        """Show these figures of services, and no others."""
        self._session.execute(delete(UsualAnswer))
        for (service, part), figure in figures:
            shown = {name: value for name, value in asdict(figure).items() if name != "referrals"}
            self._session.add(UsualAnswer(id=str(uuid4()), service=service, part=part, **shown))
        self._session.flush()

    def forget(self, *, waiting_only: bool = False) -> None:
        """Delete the referrals that wait; and what was shown of others, unless `waiting_only`."""
        for table in (WaitingAnswer,) if waiting_only else (WaitingAnswer, AnswerBatch, UsualAnswer):
            self._session.execute(delete(table))
