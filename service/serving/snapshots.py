"""The directory version that a running process answers from: built off the request path, swapped as one reference.

A change in the store raises its version; each process polls for that and rebuilds. A request takes `current()` once
and keeps it: what it holds never changes under it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic

import policies
import routing
from service.errors import DatabaseUnusable, NothingLoaded, NotReady, SchemaOutdated
from service.events.policy import announce_policy
from service.serving.canary import RulesDisagree, check_rulebook
from service.serving.served import Served, load_served
from service.store import clock
from service.store.database import Database, telling_driver_errors
from service.store.rooms import Rooms
from service.wording import setup

POLL_EVERY_S = 0.5
"""A change is to be served by every process within two seconds, the rebuild included."""

LATE_COMMITS = timedelta(seconds=30)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """What is served, and what keeps a newer version out (None: nothing does). Immutable.

    `as_of`: when it was last seen to be what the store holds, by the clock of `time.monotonic`; None: never.
    """

    served: Served | None = None
    trouble: str | None = setup.NOT_READ_YET
    as_of: float | None = None

    @property
    def ready(self) -> bool:
        """Whether answers are given, and from what the store holds."""
        return self.served is not None and self.trouble is None


class Snapshots:
    """Holds what is served now. All methods may be called from any thread."""

    def __init__(
        self,
        database: Database,
        *,
        load: Callable[[Database], Served] = lambda database: load_served(database.unit_of_work(writes=False)),
        check: Callable[[policies.Rulebook], object] = check_rulebook,
    ) -> None:
        """Take the database to follow; `load` builds a version from it, `check` must pass its rules first."""
        self._database = database
        self._load = load
        self._check = check
        self._checked: policies.Rulebook | None = None
        self._announced: str | None = None
        self._state = State()
        self._counted_at: datetime | None = None
        self._turn = Lock()  # one rebuild at a time; readers never wait for it

    @property
    def database(self) -> Database:
        """The database that is followed."""
        return self._database

    @property
    def state(self) -> State:
        """What is served and what troubles it, as of one moment."""
        return self._state

    def current(self) -> Served:
        """Return the version to answer from: the newest that could be built.

        Raises:
            NotReady: none could be built yet.
        """
        served = self._state.served
        if served is None:
            raise NotReady(setup.NOTHING_TO_SERVE)
        return served

    def refresh(self) -> None:
        """Bring what is served to the store's version; keep what is at hand where that fails, and say so in `state`."""
        with self._turn:
            served, trouble, detail, began = self._state.served, None, "", monotonic()
            try:
                with telling_driver_errors():
                    newest = self._newest(served)
                    served = self._recounted(newest, anew=newest is not served)
            except (NothingLoaded, SchemaOutdated, RulesDisagree) as error:
                trouble = str(error)
            except DatabaseUnusable as error:
                trouble, detail = setup.DATABASE_OUT_OF_REACH, str(error)
            except Exception as error:  # the poll must outlive whatever one version of a directory does to it
                trouble, detail = setup.DIRECTORY_NOT_BUILT, type(error).__name__
            if trouble is not None and trouble != self._state.trouble:
                log.warning("not ready: %s %s", trouble, detail)
            self._state = State(served, trouble, began if trouble is None else self._state.as_of)
            if served is not None and served.rulebook.version != self._announced:
                self._announce(served.rulebook.version)

    def _announce(self, version: str) -> None:
        """Tell who wants to know that other rules are in force; where that fails it is done at the next refresh."""
        try:
            announce_policy(self._database.unit_of_work(), version)
            self._announced = version
        except Exception as error:
            log.warning("rules not announced yet: %s", type(error).__name__)

    async def poll(self, stop: asyncio.Event) -> None:
        """Refresh twice a second, in a thread of its own, until `stop` is set; no refresh is under way on return."""
        while not stop.is_set():
            try:
                await asyncio.wait_for(stop.wait(), POLL_EVERY_S)
            except TimeoutError:
                await asyncio.to_thread(self.refresh)

    def _newest(self, served: Served | None) -> Served:
        """Return `served` if the store still holds that version, else what the store holds, its rules checked."""
        self._database.require_current()
        if served is not None and self._stored_version() == served.directory_version:
            return served
        newest = self._load(self._database)
        if newest.rulebook is not self._checked:
            self._check(newest.rulebook)
            self._checked = newest.rulebook
        return newest

    def _recounted(self, served: Served, *, anew: bool) -> Served:
        """Return `served` with the places that are free now: counts and holds that changed lately, or all, `anew`.

        Who changes one may commit later than others that change one after it: what was looked at lately is looked at
        again.
        """
        unit_of_work = self._database.unit_of_work(writes=False)
        with unit_of_work:
            rooms, now = Rooms(unit_of_work.session), clock.now(unit_of_work.session)
            since = None if anew or self._counted_at is None else self._counted_at - LATE_COMMITS
            free = {
                slug: tuple(routing.Capacity(room.free, room.updated, room.unit) for room in counted)
                for slug, counted in rooms.of(rooms.touched_since(since)).items()
            }
        self._counted_at = now
        return served.recounted(free)

    def _stored_version(self) -> int:
        unit_of_work = self._database.unit_of_work(writes=False)
        with unit_of_work:
            return unit_of_work.coalition.directory_version()
