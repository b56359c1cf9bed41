"""The open connections of one process: a bound for each address and a bound in all, and what gives way beyond them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from service.api.addresses import Proxies, counted
from service.settings import Settings
from service.web.headers import HEADERS, headers_of

try:
    from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit, setrlimit
except ImportError:  # not on Windows, which has no such limit
    OPEN_FILES = None
else:
    OPEN_FILES = RLIMIT_NOFILE

MOST_OF_ADDRESS = 100
"""Connections of one address: a browser opens six and closes them soon, so an office of thirty people has room."""
MOST = 1000
"""Connections in all: a head of 32 kB in each is 32 MB."""
OTHER_FILES = 200
"""Files of a process besides its connections: the database's, the rules', the libraries', those of the webhooks."""
FILES = 4096
"""Files for those, and for connections that come all at once, before any is closed: without one none is accepted."""
STATE = "connections"
"""The key of the `Connections` in the state of a process's lifespan."""


class Connection(Protocol):
    """A connection that can be closed at once."""

    def abort(self) -> None:
        """Close at once, without sending the rest of an answer."""


class Connections:
    """Counts the connections of a process, and closes one beyond a bound.

    The one to close is the one that has waited for its client longest, of the same address, or in all of the address
    with the most that wait: whoever stalls many loses them, a new client with one is let in. A request that has come
    whole keeps its connection. Where none waits, the new connection is closed. Trusted proxies carry many clients: no
    bound of an address holds for them, and theirs are the last to be closed.
    """

    def __init__(
        self,
        proxies: Proxies | None = None,
        headers: Mapping[str, str] = HEADERS,
        *,
        most: int = MOST,
        most_of_address: int = MOST_OF_ADDRESS,
    ) -> None:
        """Take the trusted proxies, and the headers of answers to what is no request."""
        self.headers = headers
        self._proxies = proxies or Proxies()
        self._most, self._most_of_address = most, most_of_address
        self._open: dict[Connection, tuple[bool, str]] = {}
        self._count = Counter[tuple[bool, str]]()
        self._waiting: dict[tuple[bool, str], dict[Connection, None]] = {}

    def let_in(self, connection: Connection, host: str) -> bool:
        """Count a new connection of a host, which waits for its first request; return False for one beyond a bound."""
        holder = (not self._proxies.trust(host), counted(host))
        if holder[0] and self._count[holder] >= self._most_of_address:
            has_room = self._close_one(holder)
        elif len(self._open) >= self._most:
            most = max(self._waiting, key=lambda each: (each[0], len(self._waiting[each])), default=None)
            has_room = most is not None and self._close_one(most)
        else:
            has_room = True
        if has_room:
            self._open[connection] = holder
            self._count[holder] += 1
            self.wait(connection)
        return has_room

    def wait(self, connection: Connection) -> None:
        """Note that a connection waits for its client from now on."""
        if connection in self._open:
            waiting = self._waiting.setdefault(self._open[connection], {})
            waiting.pop(connection, None)
            waiting[connection] = None

    def work(self, connection: Connection) -> None:
        """Note that a whole request of a connection is being answered."""
        if connection in self._open:
            self._no_longer_waits(connection, self._open[connection])

    def forget(self, connection: Connection) -> None:
        """Count a connection no longer."""
        if (holder := self._open.pop(connection, None)) is not None:
            self._no_longer_waits(connection, holder)
            self._count[holder] -= 1
            if not self._count[holder]:
                del self._count[holder]

    def _no_longer_waits(self, connection: Connection, holder: tuple[bool, str]) -> None:
        waiting = self._waiting.get(holder, {})
        waiting.pop(connection, None)
        if not waiting:
            self._waiting.pop(holder, None)

    def _close_one(self, holder: tuple[bool, str]) -> bool:
        oldest = next(iter(self._waiting.get(holder, ())), None)
        if oldest is not None:
            self.forget(oldest)
            oldest.abort()
        return oldest is not None


def build_connections(settings: Settings, proxies: Proxies) -> Connections:
    """Return the bounds of a process, for as many connections as it may have open files."""
    return Connections(proxies, headers_of(settings.page_url), most=max(1, min(MOST, _open_files() - OTHER_FILES)))


def _open_files() -> int:
    """Return how many files this process may have open, after raising its soft limit to `FILES` where it is lower."""
    if OPEN_FILES is None:
        return FILES
    soft, hard = (FILES if limit == RLIM_INFINITY else limit for limit in getrlimit(OPEN_FILES))
    if soft < min(FILES, hard):
        soft = min(FILES, hard)
        setrlimit(OPEN_FILES, (soft, getrlimit(OPEN_FILES)[1]))
    return soft
