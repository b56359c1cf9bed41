"""A transaction, kept only by a written `commit()`."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from sqlmodel import Session

from .address_vault import AddressVault
from .engine import for_reading, for_writing
from .refused_writes import WriteWatch
from .repositories import CoalitionRepository


class UnitOfWork:
    """A `with` block around a transaction; leaving the block undoes uncommitted work.

    Can be entered again after leaving; not safe to share between threads (make a unit for each thread).
    """

    session: Session
    coalition: CoalitionRepository

    def __init__(
        self, engine: Engine, vault: AddressVault, *, writes: bool = True, watch: WriteWatch | None = None
    ) -> None:
        """Take the engine to use. `writes=False`: for reading only, as of a single moment.

        `watch` learns of writes that the database refuses.
        """
        self._engine = for_writing(engine) if writes else for_reading(engine)
        self._vault = vault
        self._watch = (watch or WriteWatch()) if writes else None

    def __enter__(self) -> Self:
        self.session = Session(self._engine)
        self.coalition = CoalitionRepository(self.session, self._vault)
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()  # rolls back what was not committed
        if error is not None and self._watch is not None:
            self._watch.note_failure(error)

    def commit(self) -> None:
        """Keep the work done so far in the block."""
        self.session.commit()
