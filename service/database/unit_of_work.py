"""A transaction, kept only by a written `commit()`, and the gate that every transaction passes first.

The gate is shut while a restore is under way, and until `purge` has run. On PostgreSQL it is a lock on the table of the
mark. Each transaction shares the lock until it ends; a restore has it alone, so that it meets no transaction half-way,
and no two wait for each other. So has, for a moment, what drops the partition of a month (`months`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, event
from sqlmodel import Session

from service.documents.entity_tags import TaggedDocument
from service.errors import NotPurged, RecordDamaged
from service.i18n import setup

from .audit import AuditTrail, watch
from .engine import LARGE, WRITES
from .field_cipher import AddressCipher
from .hiding_note import register_note
from .refused_writes import WriteWatch

MISREAD = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What reading a damaged document may end in; a defect of the program may end in the same."""
DAMAGE: list[Callable[[Connection], bool]] = []
"""Looks for damaged rows: a store that can tell puts its own here when it is imported."""
HISTORY: list[Callable[[UnitOfWork], None]] = []
"""Writes the history of changed records: who keeps one puts its own here when it is imported."""
_LARGE_CACHE_KIB = 128 * 1024
_RAN = ("signed", "suspended")


def for_writing(engine: Engine) -> Engine:
    """Return `engine` for a transaction that writes: on SQLite the transaction begins with the write lock.

    A reader that becomes a writer half-way can fail at once, whatever the busy timeout; a writer from the start waits.
    """
    return engine.execution_options(**{WRITES: True})


def for_reading(engine: Engine) -> Engine:
    """Return `engine` for a transaction whose reads see the same moment."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ")
    return engine


def expect_many_writes(connection: Connection) -> None:
    """Prepare the connection for a transaction that writes much and reads by key.

    SQLite keeps more pages in memory until the connection goes back to the pool, or the same pages would be written
    again and again. PostgreSQL has no statistics of uncommitted rows, and would read whole tables for a few rows;
    PostgreSQL is told to go by the indexes.
    """
    if connection.dialect.name == "sqlite":
        connection.info[LARGE] = True
        connection.exec_driver_sql(f"PRAGMA cache_size=-{_LARGE_CACHE_KIB}")
    else:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")


class ChangeAudience(IntEnum):
    """Who sees a change in the directory: only those it concerns, members too, or everybody."""

    PARTIES, MEMBERS, EVERYBODY = 1, 2, 3


@dataclass(slots=True)
class ChangesSeen:
    """Who saw the changes since the versions of the directory were last raised.

    `sight`: of the change that most saw. Of changes that not everybody saw: `parties` (slugs), the organizations
    (`owners`, ids), and those whose private parts were changed (`private_owners`, ids), which some others see as well.
    `left`: organizations (slugs) that were members, and see now what everybody sees.
    """

    sight: int = 0
    parties: set[str] = field(default_factory=set)
    owners: set[str] = field(default_factory=set)
    private_owners: set[str] = field(default_factory=set)
    left: set[str] = field(default_factory=set)

    def add(self, sight: ChangeAudience, owners: Iterable[str | None], parties: Iterable[str] = ()) -> None:
        """Add a change of records of `owners` (ids), which `parties` (slugs) see in any case."""
        self.sight = max(self.sight, sight)
        if sight is not ChangeAudience.EVERYBODY:
            self.parties.update(parties)
            hidden = self.private_owners if sight is ChangeAudience.PARTIES else self.owners
            hidden.update(owner for owner in owners if owner is not None)

    def clear(self) -> None:
        """Begin anew: the versions are raised."""
        self.sight = 0
        for part in (self.parties, self.owners, self.private_owners, self.left):
            part.clear()


@dataclass(frozen=True, slots=True)
class RecordVersions:
    """A record of a resource before and after a change, as its writer (a slug) sees it; None: it is not there.

    `owners` (slugs): whose record it is; none: the coalition's. `can_undo`: the writer could put it again as it was.
    """

    writer: str
    resource: str
    slug: str
    owners: Sequence[str]
    before: TaggedDocument | None
    after: TaggedDocument | None
    can_undo: bool = True


@dataclass(slots=True)
class ChangeSet:
    """The changes of a transaction in the directory; only readers who may see an owner hear of its change.

    Ids of organizations by changed part, and of agreements with the slugs of their parties, then and now. `to_members`:
    a change that members alone see; `privately`: one that only the organization itself and those it deals with can see
    (private places, authorized organizations).
    `ended`: ids of agreements whose status was signed or suspended, and is now ended.
    `gone`: slug and listing of deleted organizations. `shared`: a record of the coalition was changed.
    `added`: ids of new organizations. `hiding`, `showing`: ids of organizations that show less of their names and
    addresses than before, or more; `placing`: that show a further street. `version`: of the directory, with these
    changes. `records`: single records that were put or deleted, in this order.
    """

    seen: ChangesSeen = field(default_factory=ChangesSeen)
    openly: set[str] = field(default_factory=set)
    to_members: set[str] = field(default_factory=set)
    privately: set[str] = field(default_factory=set)
    agreements: dict[str, set[str]] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    gone: dict[str, tuple[str, bool]] = field(default_factory=dict)
    shared: bool = False
    added: set[str] = field(default_factory=set)
    hiding: set[str] = field(default_factory=set)
    showing: set[str] = field(default_factory=set)
    placing: set[str] = field(default_factory=set)
    version: int = 0
    records: list[RecordVersions] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.openly or self.to_members or self.privately or self.agreements or self.shared)

    def note(
        self, row: Mapping[str, Any], before: Mapping[str, Any] | None, sight: ChangeAudience, *, gone: bool
    ) -> None:
        """Note that a record was inserted (`before` None), changed, or deleted (`gone`), and who sees that.

        >>> changes = ChangeSet()
        >>> moved = {"id": "1", "type": "service", "owner_id": "harbor"}
        >>> changes.note({**moved, "owner_id": "pier"}, moved, ChangeAudience.MEMBERS, gone=False)
        >>> sorted(changes.to_members), changes.openly
        (['harbor', 'pier'], set())
        """
        if row["type"] == "organization":
            if gone:
                self.gone[row["id"]] = (row["slug"], row["listed"])
            elif before is None:
                self.added.add(row["id"])
        match row["type"]:
            case "agreement":
                if before is not None and before["document"]["status"] in _RAN and row["document"]["status"] == "ended":
                    self.ended.add(row["id"])
                parties = self.agreements.setdefault(row["id"], set())
                parties.update(*(record["document"]["between"] for record in (row, before) if record is not None))
            case _ if row["owner_id"] is None:
                self.shared = True
            case _:
                seers = {
                    ChangeAudience.EVERYBODY: self.openly,
                    ChangeAudience.MEMBERS: self.to_members,
                    ChangeAudience.PARTIES: self.privately,
                }
                seers[sight].update(record["owner_id"] for record in (row, before) if record)  # it may change hands


class _WatchedSession(Session):
    """A session that notes which objects it changes, for the audit."""


class _ServingSession(_WatchedSession):
    """A session that begins no transaction on a restored database before `purge` has run."""


def _require_purged(_session: Session, _transaction: Any, connection: Connection) -> None:
    if is_restored(connection):
        raise NotPurged(setup.NOT_PURGED)


event.listen(_ServingSession, "after_begin", _require_purged)
watch(_WatchedSession)


class UnitOfWork:
    """A `with` block around a transaction; leaving the block undoes uncommitted work.

    `change_set`: what has changed in the directory within the block. A block that cannot read a damaged record ends in
    `RecordDamaged`.

    Can be entered again after leaving; not safe to share between threads (make a unit for each thread).
    """

    session: Session
    change_set: ChangeSet

    def __init__(
        self,
        engine: Engine,
        cipher: AddressCipher,
        *,
        writes: bool = True,
        watch: WriteWatch | None = None,
        purges: bool = False,
        audit: AuditTrail | None = None,
    ) -> None:
        """Take the engine to use. `writes=False`: for reading only, as of a single moment.

        `watch` learns of writes that the database refuses. `purges`: works on a restored database too, which every
        other unit refuses with `NotPurged`, since nothing is served from it until it is purged. `audit` is told what is
        kept.
        """
        self._stored = for_reading(engine)
        self._engine = for_writing(engine) if writes else self._stored
        self.cipher = cipher
        self._reads_only, self._watch = not writes, watch if writes else None
        self._audit = audit
        self._session_type = _WatchedSession if purges else _ServingSession

    def __enter__(self) -> Self:
        self.session = self._session_type(self._engine)
        self.change_set = ChangeSet()
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        damaged = isinstance(error, MISREAD) and self._has_damaged()
        self.session.close()  # rolls back what was not committed
        if error is not None and self._watch is not None:
            self._watch.note_failure(error)
        if damaged:
            raise RecordDamaged(setup.RECORD_DAMAGED) from error

    def _has_damaged(self) -> bool:
        """Look as of the moment that the block has read, since a record may be mended meanwhile.

        A block that writes reads as of many moments: it hands its turn on, and the look is as of now.
        """
        if self._reads_only:
            return _any_damaged(self.session.connection())
        self.session.close()
        with self._stored.connect() as connection:
            return _any_damaged(connection)

    def commit(self) -> None:
        """Keep the work done so far in the block, with its history and its audit; first, who hides is noted.

        Raises:
            AddressKeyError: the note cannot be written.
        """
        if self.change_set.hiding:
            register_note(self.session, self.cipher.keys, self.change_set.hiding, self.change_set.version)
        if self._audit is not None:
            for write_history in HISTORY:
                write_history(self)
            self.change_set.records.clear()
            self._audit.write(self.session, self.change_set)
        self.session.commit()


def _any_damaged(connection: Connection) -> bool:
    return any(has_damaged(connection) for has_damaged in DAMAGE)


def is_restored(connection: Connection) -> bool:
    """Pass the gate, once a restore that is under way has ended; say whether the database waits to be purged."""
    _lock(connection, "ACCESS SHARE")  # a statement of its own: what waits within a query reads as of before its wait
    return connection.exec_driver_sql("SELECT id FROM restoration").first() is not None


def shut_gate(connection: Connection) -> None:
    """Wait until every transaction has ended; the next ones wait until this one ends."""
    _lock(connection, "ACCESS EXCLUSIVE")


def _lock(connection: Connection, mode: str) -> None:
    if connection.dialect.name == "postgresql":  # SQLite: a writer is alone, and readers go on as of before
        connection.exec_driver_sql(f"LOCK TABLE restoration IN {mode} MODE")
