"""Add to a visible directory how soon its services answer, as published."""

from __future__ import annotations

from dataclasses import replace

from service.coalition import VisibleDirectory
from service.database.unit_of_work import UnitOfWork
from service.directory.store.capacity import read_usual_answers


def with_usual_answers(work: UnitOfWork, visible: VisibleDirectory) -> VisibleDirectory:
    """Return the directory with the figures of its own services; who may see which is asked where they are used."""
    with work:
        figures = read_usual_answers(work.session, [service.slug for service in visible.snapshot.services])
    return replace(visible, directory=visible.directory.with_answers(figures))
