"""The open connections of one process: a bound for each address, and a bound for all addresses together."""

from __future__ import annotations

import asyncio
from asyncio import Transport
from collections import Counter
from collections.abc import Mapping

from service.settings import Settings
from service.web.addresses import Proxies, counting_form
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


class Connections:
    """Counts the connections of a process, and beyond a bound closes the connection idle longest.

    Idle is a connection from its opening or its last answer to the end of the next request, and while the client takes
    no answer. Beyond the bound of an address, the address loses its oldest idle connection; beyond the bound of all,
    the address with the most idle connections does. So an attacker's connections give way to a new client's, and a
    whole request is answered. With no idle connection, the new connection is closed. A trusted proxy carries many
    clients: the bound of an address does not hold for a proxy, whose connections are the last to be closed.
    """

    def __init__(
        self,
        proxies: Proxies | None = None,
        headers: Mapping[str, str] = HEADERS,
        ending: asyncio.Event | None = None,
        *,
        most: int = MOST,
        most_of_address: int = MOST_OF_ADDRESS,
    ) -> None:
        """Take the trusted proxies, the headers of answers to what is no request, and what is set at the end."""
        self.headers, self.ending = headers, ending or asyncio.Event()
        self._proxies = proxies or Proxies()
        self._most, self._most_of_address = most, most_of_address
        self._open: dict[Transport, tuple[bool, str]] = {}
        self._count = Counter[tuple[bool, str]]()
        self._idle: dict[tuple[bool, str], dict[Transport, None]] = {}

    def let_in(self, connection: Transport, host: str) -> bool:
        """Count a new connection of a host; return False where a bound is reached and no idle connection gives way."""
        holder = (not self._proxies.trust(host), counting_form(host))
        if holder[0] and self._count[holder] >= self._most_of_address:
            has_room = self._close_one(holder)
        elif len(self._open) >= self._most:
            most = max(self._idle, key=lambda holder: (holder[0], len(self._idle[holder])), default=None)
            has_room = most is not None and self._close_one(most)
        else:
            has_room = True
        if has_room:
            self._open[connection] = holder
            self._count[holder] += 1
            self.rest(connection)
        return has_room

    def rest(self, connection: Transport) -> None:
        """Note that a connection is idle from now on."""
        if connection in self._open:
            idle = self._idle.setdefault(self._open[connection], {})
            idle.pop(connection, None)
            idle[connection] = None

    def work(self, connection: Transport) -> None:
        """Note that a whole request of a connection has come, and is being answered."""
        if connection in self._open:
            self._not_idle(connection, self._open[connection])

    def forget(self, connection: Transport) -> None:
        """Count a closed connection no longer."""
        if (holder := self._open.pop(connection, None)) is not None:
            self._not_idle(connection, holder)
            self._count[holder] -= 1
            if not self._count[holder]:
                del self._count[holder]

    def _not_idle(self, connection: Transport, holder: tuple[bool, str]) -> None:
        idle = self._idle.get(holder, {})
        idle.pop(connection, None)
        if not idle:
            self._idle.pop(holder, None)

    def _close_one(self, holder: tuple[bool, str]) -> bool:
        oldest = next(iter(self._idle.get(holder, ())), None)
        if oldest is not None:
            self.forget(oldest)
            oldest.abort()
        return oldest is not None


def build_connections(settings: Settings, proxies: Proxies, ending: asyncio.Event) -> Connections:
    """Return the bounds of a process, for as many connections as it may have open files; `ending` as in the class."""
    most = max(1, min(MOST, _open_files() - OTHER_FILES))
    return Connections(proxies, headers_of(settings.page_url), ending, most=most)


def _open_files() -> int:
    """Return the number of files that a process may have open, after raising a lower soft limit to `FILES`."""
    if OPEN_FILES is None:
        return FILES
    soft, hard = (FILES if limit == RLIM_INFINITY else limit for limit in getrlimit(OPEN_FILES))
    if soft < min(FILES, hard):
        soft = min(FILES, hard)
        setrlimit(OPEN_FILES, (soft, getrlimit(OPEN_FILES)[1]))
    return soft
