"""The queue of a process's writers on SQLite, whose own wait for the write lock is a lottery among all who wait."""

from __future__ import annotations

from collections import deque
from threading import Lock


class WriteQueue:
    """A turn for one at a time, first come, first served. Safe to share between threads."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting = deque[Lock]()
        self._taken = False

    def wait(self, most_s: float) -> bool:
        """Take the turn once everybody who came before has ended theirs; False: it did not come within `most_s`."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            place = Lock()
            place.acquire()
            self._waiting.append(place)
        if place.acquire(timeout=most_s):
            return True
        with self._guard:
            if place in self._waiting:
                self._waiting.remove(place)
                return False
        return True  # it came at the last moment

    def end(self) -> None:
        """Hand the turn on; any thread may do that."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
