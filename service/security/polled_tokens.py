"""The refused tokens that a running process knows: read twice a second, so that each token check costs no query.

While the database cannot be read, the names read last stay refused, and none is added: nobody can refuse a token then.
Before the first reading no token is accepted at all.
"""

from __future__ import annotations

import logging

from service.database.database import Database, telling_driver_errors
from service.errors import NotReady
from service.i18n import setup
from service.security.refused_tokens import list_refused

log = logging.getLogger(__name__)


class RefusedTokens:
    """Holds the names of refused tokens. Every method may be called from any thread."""

    def __init__(self, database: Database) -> None:
        """Take the database to follow. Nothing is read yet."""
        self._database = database
        self._names: frozenset[str] | None = None
        self._trouble: str | None = None

    def refresh(self) -> None:
        """Read the names; on a failure keep the names read last, and log a new trouble."""
        trouble = None
        try:
            with telling_driver_errors(), self._database.unit_of_work(writes=False) as work:
                self._names = list_refused(work.session)
        except Exception as error:  # the poll must outlive whatever the database does
            trouble = type(error).__name__
        if trouble is not None and trouble != self._trouble:
            log.warning("refused tokens not read", extra={"error": trouble})
        self._trouble = trouble

    @property
    def names(self) -> frozenset[str] | None:
        """The names of refused tokens; None: they were never read."""
        return self._names

    def holds(self, name: str) -> bool:
        """Say whether tokens of a name are refused.

        Raises:
            NotReady: the names were never read.
        """
        if self._names is None:
            raise NotReady(setup.NOTHING_TO_SERVE)
        return name in self._names
