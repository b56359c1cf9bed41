"""The directory version that a running process answers from: built off the request path, swapped as one reference.

A change in the store raises its version; each process polls for that and rebuilds. A request takes `current` once and
keeps it: what it holds never changes under it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from service.database import Database, telling_driver_errors
from service.errors import DatabaseUnusable, NothingLoaded, SchemaOutdated
from service.served import Served, load_served

POLL_EVERY_S = 1.0

log = logging.getLogger(__name__)


@dataclass
class Serving:
    """Holds what is served now. `trouble` says in plain words what keeps a newer version out, None when nothing does.

    `refresh` belongs to one thread at a time; `current` and `trouble` may be read from any.
    """

    database: Database
    current: Served | None = None
    trouble: str | None = "the directory has not been read yet"

    def refresh(self) -> None:
        """Bring `current` to the store's version; keep the one at hand where that fails, and say so in `trouble`."""
        try:
            with telling_driver_errors():
                self.database.require_current()
                if self.current is None or self._stored_version() != self.current.directory_version:
                    self.current = load_served(self.database.unit_of_work(writes=False))
        except (NothingLoaded, SchemaOutdated) as error:
            self._note(str(error))
        except DatabaseUnusable as error:
            self._note("the database cannot be reached", str(error))
        except Exception as error:  # the poll must outlive whatever one version of a directory does to it
            self._note("the directory cannot be built", type(error).__name__)
        else:
            self._note(None)

    async def poll(self) -> None:
        """Refresh once a second, in a thread of its own, until cancelled."""
        while True:
            await asyncio.to_thread(self.refresh)
            await asyncio.sleep(POLL_EVERY_S)

    def _stored_version(self) -> int:
        unit_of_work = self.database.unit_of_work(writes=False)
        with unit_of_work:
            return unit_of_work.coalition.directory_version()

    def _note(self, trouble: str | None, detail: str = "") -> None:
        """Take note of what is wrong, if anything, and log a change of it once. `detail` goes to the log alone."""
        if trouble != self.trouble and trouble is not None:
            log.warning("not ready: %s %s", trouble, detail)
        self.trouble = trouble
