"""Requests waiting for events, without a thread or a transaction: one look at the database serves every request."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from service.database.database import Database, telling_driver_errors
from service.database.outbox.outbox import last_position
from service.errors import StoreError

POLLING_EACH, EACH_PROCESS = 2, 64
"""Requests of one holder, and of all of them, that may wait at a time; one beyond the limit is answered at once."""
LOOK_EVERY_S = 0.5


class LongPollRegistry:
    """The places of one process for waiting requests, only for its event loop."""

    def __init__(self, each: int = POLLING_EACH, *, refused: Callable[[], object] = lambda: None) -> None:
        """Take the number of places of each holder; `refused` gives the tokens that are refused now.

        A change of these wakes every request, to look whether it may go on.
        """
        self._each, self._refused = each, refused
        self._of: Counter[str] = Counter()
        self._position, self._last_refused = 0, refused()
        self._moved = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def place(self, holder: str, database: Database) -> AsyncIterator[bool]:
        """Give a holder a place to wait for a `with` block: False without a free place."""
        if self._of[holder] >= self._each or self._of.total() >= EACH_PROCESS:
            yield False
            return
        self._of[holder] += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._look(database))
        try:
            yield True
        finally:
            self._of[holder] -= 1
            if self._of[holder] <= 0:
                del self._of[holder]

    @property
    def next_move(self) -> asyncio.Event:
        """The signal set once a next event gets its place, of whatever organization, or a token is refused."""
        return self._moved

    async def _look(self, database: Database) -> None:
        """Look at the last position, and at the refused tokens, as long as any request waits."""
        try:
            while self._of.total() > 0:
                position = await asyncio.to_thread(_last_position, database, self._position)
                refused = self._refused()
                if (position, refused) != (self._position, self._last_refused):
                    self._position, self._last_refused = position, refused
                    self._moved.set()
                    self._moved = asyncio.Event()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            self._looking = None


def _last_position(database: Database, position: int) -> int:
    try:
        with telling_driver_errors():
            return last_position(database.unit_of_work(writes=False))
    except StoreError:
        return position
