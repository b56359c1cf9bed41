"""The directory version of a running process: built off the request path, swapped as a single reference.

A change in the store raises the version; each process polls for a new version and rebuilds. A request takes `current()`
once and keeps the result: the version of a request never changes under the request.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic

import policies
import routing
from service.database import clock
from service.database.database import Database, telling_driver_errors
from service.database.refused_writes import RefusalCause
from service.directory.policy_events import announce_policy
from service.directory.snapshot.directory_snapshot import DirectorySnapshot, load_snapshot
from service.directory.snapshot.patch import PatchedDirectory, patch_directory
from service.directory.store.capacity import CapacityStore, read_usual_answers
from service.directory.store.repositories import CoalitionRepository
from service.errors import (
    DatabaseUnusable,
    NothingLoaded,
    NotPurged,
    NotReady,
    SchemaOutdated,
    ServiceError,
)
from service.i18n import setup

LATE_COMMITS = timedelta(seconds=30)
log = logging.getLogger(__name__)


class RulesDisagree(ServiceError):
    """The compiled rules and Cedar differ on a worked example; no answer may rest on the pack."""


def check_rulebook(rulebook: policies.Rulebook) -> int:
    """Ask both engines every worked example of the pack; return the number of examples.

    Raises:
        RulesDisagree: the engines differ on an example, or the answers lack a yes or a no.
    """
    answers = list[bool]()
    for example in (example for name in rulebook.names for example in policies.read_examples(name)):
        compiled = rulebook.decide(example.case, example.share)
        if not rulebook.agrees(compiled, rulebook.record(example.case, example.share)):
            raise RulesDisagree(setup.RULES_DIFFER)
        answers.append(compiled.allow)
    if set(answers) != {True, False}:
        raise RulesDisagree(setup.NO_YES_AND_NO)
    return len(answers)


@dataclass(frozen=True, slots=True)
class State:
    """The served version, and the trouble that keeps a newer version out (None: no trouble). Immutable.

    `as_of`: when the served version was last the store's, by `time.monotonic`; None: never. `refused`: the cause of the
    last refused write, until a write succeeds. `is_behind`: a newer program has added to the database.
    """

    directory: DirectorySnapshot | None = None
    trouble: str | None = setup.NOT_READ_YET
    as_of: float | None = None
    refused: RefusalCause | None = None
    is_behind: bool = False

    @property
    def ready(self) -> bool:
        """Whether answers are given, from the store's own version, and changes stored once others are done."""
        stores = self.refused is None or self.refused.passes_by_itself
        return self.directory is not None and self.trouble is None and stores

    @property
    def reason(self) -> str | None:
        """What is missing, or what to see to while all goes on, in plain words; None: nothing."""
        refused = None if self.refused is None else setup.WRITES_REFUSED[self.refused]
        return self.trouble or refused or (setup.NEWER_ADDED if self.is_behind else None)


class Snapshots:
    """Holds the served version. Every method may be called from any thread."""

    def __init__(
        self,
        database: Database,
        *,
        load: Callable[[Database], DirectorySnapshot] = lambda database: load_snapshot(
            database.unit_of_work(writes=False)
        ),
        check: Callable[[policies.Rulebook], object] = check_rulebook,
        note: Callable[[State], object] = lambda _: None,
        find_trouble: Callable[[], str | None] = lambda: None,
    ) -> None:
        """Take the database to follow; `check` must pass a version's rules, `note` gets the state of each refresh.

        `find_trouble` returns what else keeps the program from doing all that it is for; answers go on meanwhile.
        """
        self._database = database
        self._load = load
        self._check = check
        self._note = note
        self._find_trouble = find_trouble
        self._checked: policies.Rulebook | None = None
        self._announced: str | None = None
        self._state = State()
        self._counted_at: datetime | None = None
        self._turn = Lock()  # one rebuild at a time; readers never wait for it

    @property
    def database(self) -> Database:
        """The followed database."""
        return self._database

    @property
    def state(self) -> State:
        """The served version and its trouble, as of one moment."""
        return replace(self._state, refused=self._database.watch.cause)

    def current(self) -> DirectorySnapshot:
        """Return the version to answer from: the newest that could be built.

        Raises:
            NotReady: no version could be built yet.
        """
        directory = self._state.directory
        if directory is None:
            raise NotReady(setup.NOTHING_TO_SERVE)
        return directory

    def refresh(self) -> None:
        """Bring the served version to the store's; on a failure keep the present version, and say so in `state`."""
        with self._turn:
            directory, trouble, detail, began = self._state.directory, None, "", monotonic()
            is_behind = self._state.is_behind
            try:
                with telling_driver_errors():
                    is_behind = self._database.require_usable()
                    directory = self._recount(*self._newest(directory))
                    trouble = self._find_trouble()
            except NotPurged as error:  # what was served before is of a time that is lost
                directory, trouble = None, str(error)
            except (NothingLoaded, SchemaOutdated, RulesDisagree) as error:
                trouble = str(error)
            except DatabaseUnusable as error:
                trouble, detail = setup.DATABASE_OUT_OF_REACH, str(error)
            except Exception as error:  # the poll must outlive whatever one version of a directory does to it
                trouble, detail = setup.DIRECTORY_NOT_BUILT, type(error).__name__
            if trouble is not None and trouble != self._state.trouble:
                log.warning("not ready", extra={"reason": trouble, "detail": detail})
            if is_behind and not self._state.is_behind:
                log.warning("a newer program has added to the database", extra={"reason": setup.NEWER_ADDED})
            as_of = began if trouble is None else self._state.as_of
            self._state = State(directory, trouble, as_of, is_behind=is_behind)
            if directory is not None and directory.rulebook.version != self._announced:
                self._announce(directory.rulebook.version)
        self._note(self.state)

    def _announce(self, version: str) -> None:
        """Tell subscribers of a change of rules; a failed telling is repeated at the next refresh."""
        try:
            announce_policy(self._database.unit_of_work(), version)
            self._announced = version
        except Exception as error:
            log.warning("rules not announced yet", extra={"error": type(error).__name__})

    def _newest(self, directory: DirectorySnapshot | None) -> tuple[DirectorySnapshot, Collection[str] | None]:
        """Return the store's version, its rules checked, and the services read for it (slugs); None: all of them."""
        if directory is not None and self._stored_version() == directory.snapshot.version:
            return directory, ()
        if directory is not None and (patched := self._patch(directory)) is not None:
            return patched.directory, patched.services
        newest = self._load(self._database)
        if newest.rulebook is not self._checked:
            self._check(newest.rulebook)
            self._checked = newest.rulebook
        return newest, None

    def _patch(self, directory: DirectorySnapshot) -> PatchedDirectory | None:
        """Return the store's version made of `directory`; None where it has to be read whole."""
        try:
            return patch_directory(self._database.unit_of_work(writes=False), directory)
        except (routing.DirectoryError, KeyError) as error:  # read whole, it is judged once more
            log.warning("changes not taken over", extra={"error": type(error).__name__})
            return None

    def _recount(self, directory: DirectorySnapshot, services: Collection[str] | None) -> DirectorySnapshot:
        """Return `directory` with the places free now: of `services` just read, or changed lately; None: of all.

        With how soon its services answer, as counted last.

        A change may commit later than a change that began after it: lately changed services are looked at again.
        """
        unit_of_work = self._database.unit_of_work(writes=False)
        with unit_of_work:
            rooms, now = CapacityStore(unit_of_work.session), clock.now(unit_of_work.session)
            since = None if services is None or self._counted_at is None else self._counted_at - LATE_COMMITS
            changed = {*rooms.touched_since(since), *(count.service for count in rooms.people_counts(services or ()))}
            answers = read_usual_answers(unit_of_work.session)
            free = {
                slug: tuple(routing.Capacity(room.free, room.updated, room.unit) for room in counts)
                for slug, counts in rooms.of(changed).items()
            }
        self._counted_at = now
        return directory.with_counts(free).with_answers(answers)

    def _stored_version(self) -> int:
        unit_of_work = self._database.unit_of_work(writes=False)
        with unit_of_work:
            return CoalitionRepository(unit_of_work).directory_version()
