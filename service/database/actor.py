"""Who acts: set at the edge for a request, a command or a timer, and read where a transaction is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """An act's operation (`PUT /v1/consents/{id}/confirmation`, `load`, `consent.ended`), and who acts.

    `organization` (a slug) and `subject` are a token's; None: the operator, or time.
    """

    operation: str
    organization: str | None = None
    subject: str | None = None

    def __repr__(self) -> str:
        return f"Actor(operation={self.operation!r}, organization={self.organization!r})"  # a subject may be a name


_actor: ContextVar[Actor | None] = ContextVar("actor", default=None)


@contextmanager
def act_as(actor: Actor | None) -> Iterator[None]:
    """Have each transaction kept within a `with` block written down as an act of `actor`; None: as of nobody."""
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def current_actor() -> Actor | None:
    """Return who acts now."""
    return _actor.get()
