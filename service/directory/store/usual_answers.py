"""How soon services answer, as shown; nothing where the coalition wants no such figures."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlmodel import Session, col

from service.directory.store.capacity_tables import UsualAnswer
from service.words.vocabulary import PARTS_OF_DAY

from .directory_tables import coalitions

_ENDS = (6, 12, 18, 22)
"""The hours at which the parts of a day end."""


@dataclass(frozen=True, slots=True)
class UsualAnswers:
    """How a service answers in a part of the day: see `AnswerFigure` in `service.loop.answer_times`."""

    part: str
    in_time: int | None
    bound: str | None
    time: str
    accepted: int


def part_of_day(asked: datetime) -> str:
    """Return the part of the day of a local moment.

    >>> [part_of_day(datetime(2026, 3, 2, hour)) for hour in (5, 6, 12, 18, 22)]
    ['night', 'morning', 'afternoon', 'evening', 'night']
    """
    return PARTS_OF_DAY[sum(asked.hour >= end for end in _ENDS) % len(PARTS_OF_DAY)]


def wants_answer_times(session: Session) -> bool:
    """Say whether the coalition lets be counted and shown how soon its services answer; so it is unless it says no."""
    return session.execute(select(coalitions.c.answer_times)).scalar_one_or_none() is not False


def read_usual_answers(
    session: Session, services: Collection[str] | None = None
) -> Mapping[str, tuple[UsualAnswers, ...]]:
    """Return the figures of services (slugs; None: of all) that have any, each service's from night to evening."""
    wanted = or_(coalitions.c.answer_times.is_(None), coalitions.c.answer_times)
    query = select(UsualAnswer).where(select(coalitions.c.id).where(wanted).exists())
    if services is not None:
        query = query.where(col(UsualAnswer.service).in_(services))
    figures = dict[str, tuple[UsualAnswers, ...]]()
    for row in sorted(session.execute(query).scalars(), key=lambda row: PARTS_OF_DAY.index(row.part)):
        shown = UsualAnswers(row.part, row.in_time, row.bound, row.time, row.accepted)
        figures[row.service] = (*figures.get(row.service, ()), shown)
    return figures
