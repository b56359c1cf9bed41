"""The errors that the application raises on purpose, below HTTP and the command line.

ServiceError
├── BundleRefused        a bundle is unreadable, misspelt, dangling or contradictory; carries every problem
├── BodyRefused          the body of a request is unreadable or names an absent entry; carries every problem
│   └── ProfileRefused   so is a needs profile, or a group's
├── FilterRefused        the filter of a list or a table is not in the directory
├── PortTaken            the address to serve on cannot be listened on
├── NotServed            the application to serve did not start
├── ObjectError          an object of the directory cannot be given or changed
│   ├── NotFound          the object is absent, or hidden from the caller: the two are never told apart
│   ├── Forbidden         the caller may see the object and may not change the object, or not the given part
│   ├── PreconditionRequired      a change does not say which version it expects to change
│   ├── Stale            the stored version is not the version expected by the change
│   ├── StillNeeded      a further record stands in the way, such as a record that refers to the object
│   └── RecordRefused    the object is misspelt, dangling or contradictory; carries every problem
├── ChangesRefused       changes of a list are refused, so none is stored; carries the error of each
├── ActRefused           a consent, a referral or a count cannot be recorded or changed so; carries the problem's code
├── NotReady             no directory version is ready to answer from
└── StoreError
    ├── DatabaseUnusable the database cannot be opened or reached
    │   ├── DatabaseBusy     the turn at the database did not come in time; no row was changed
    │   ├── NotStored        the database takes no writes now; no row was changed
    │   ├── UpgradeFailed    it refused a statement of a migration; nothing was changed
    │   ├── BadDatabaseUrl
    │   └── NoDatabaseFile
    ├── RecordDamaged    a stored record cannot be read, and somebody else than the program wrote it
    ├── NothingLoaded    the store holds no coalition yet
    ├── NotPurged        the database was restored from a backup and not purged yet
    ├── BackupRefused    a file is no whole backup, or the database to restore it into is not empty
    ├── SchemaOutdated   the database has not been brought to the program's tables
    │   └── SchemaNewer      a newer program has changed the tables
    ├── AddressKeyError  private addresses cannot be sealed or opened with the key at hand
    │   └── KeysLost         the database needs keys that are not here, for whatever purpose
    ├── CodeKeyError     the keys for the digests of codes cannot be used
    ├── SecretKeyError   the secrets of webhooks cannot be sealed or opened with the key at hand
    └── KeyRefused       a key of the store cannot be made, used or removed so

`RecordsDisagree` is apart: a defect of the program, no refusal.

Messages name fields, ids of the bundle's own making and rules; messages never echo a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from policies.messages import Message, joined
from service.i18n import replies


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem in a document: `path` as in `organizations[3].services[0].minimum_age`, `bundle` for the whole file.

    `where`: the ids of the records around, and line and column in the file, where they are known.

    >>> str(Problem("organizations[3].services[0].minimum_age", "must be a whole number"))
    'organizations[3].services[0].minimum_age: must be a whole number'
    """

    path: str
    message: str
    where: str = field(default="", compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"

    @property
    def line(self) -> Message:
        """Return the problem as a line for a reader."""
        place = joined([self.path, " (", self.where, ")"], "") if self.where else self.path
        return joined([place, self.message], ": ")


MOST_TOLD = 100
"""How many problems of a request are listed; the others are counted."""


def first_of(problems: Iterable[Problem]) -> tuple[tuple[Problem, ...], int]:
    """Return different problems in the order of their places, at most `MOST_TOLD`, and the number left out.

    >>> first_of([Problem("/needs", "is required"), Problem("/at", "is blank"), Problem("/needs", "is required")])
    ((Problem(path='/at', message='is blank'), Problem(path='/needs', message='is required')), 0)
    """
    different = list(dict.fromkeys(problems))
    first = sorted(different[:MOST_TOLD], key=lambda problem: (problem.path, problem.message))
    return tuple(first), len(different) - len(first)


class ServiceError(Exception):
    """Root of every error that the application raises on purpose."""


def message_of(error: Exception) -> str:
    """Return the message of an error: `str` would leave its English alone."""
    return error.args[0] if len(error.args) == 1 and isinstance(error.args[0], str) else str(error)


class BundleRefused(ServiceError):
    """The bundle was refused whole. `problems` lists every problem, in document order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__(
            joined([replies.BUNDLE.format(count=len(problems)), *(problem.line for problem in problems)], "\n")
        )


class BodyRefused(ServiceError):
    """The body of a request was refused. `problems` lists the problems, `more` counts unlisted problems.

    The paths of the problems are JSON pointers.
    """

    def __init__(self, problems: tuple[Problem, ...], more: int = 0) -> None:
        self.problems = problems
        self.more = more
        super().__init__(joined([problem.line for problem in problems], "\n"))


class ProfileRefused(BodyRefused):
    """The needs profile, or the profile of a group, was refused."""

    def __init__(self, problems: tuple[Problem, ...], more: int = 0) -> None:
        super().__init__(problems, more)
        lines = [joined([problem.path or "profile", problem.message], ": ") for problem in problems]
        ending = [replies.MORE.format(more=more)] if more else []
        self.args = (joined([replies.PROFILE.format(count=len(problems) + more), *lines, *ending], "\n"),)


class FilterRefused(ServiceError):
    """The entry to look at is not in the directory; `problem.path` is the filter's name."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.line)


class PortTaken(ServiceError):
    """The address to serve on cannot be listened on; the message names the address and the remedy."""


class NotServed(ServiceError):
    """The application did not start; the server has logged the cause."""


class NotReady(ServiceError):
    """No directory version is ready to answer from; asking again later may help."""


class ObjectError(ServiceError):
    """Root of the errors that keep an object of the directory from being given or changed.

    `problems` have JSON pointers into the object as paths; empty for a problem of the whole. `more` counts unlisted
    problems.
    """

    def __init__(self, message: str = "", problems: tuple[Problem, ...] = (), more: int = 0) -> None:
        self.problems = problems
        self.more = more
        super().__init__(message)


class NotFound(ObjectError):
    """The object is absent, or hidden from the caller."""


class Forbidden(ObjectError):
    """The caller may see the object and may not change the object, or not the given part."""


class PreconditionRequired(ObjectError):
    """A change must state its expectation: the version to change, or that no object is stored yet."""


class PreconditionFailed(ObjectError):
    """The stored version is not the version expected by the change."""


class StillNeeded(ObjectError):
    """The change would leave a further record dangling, or the object is not changed by this route."""


class RecordRefused(ObjectError):
    """The object is refused; `problems` lists every problem in the object."""


class ChangesRefused(ServiceError):
    """Changes of a list are refused, so none of the list is stored. `refusals`: the error of each, by its place."""

    def __init__(self, refusals: Sequence[tuple[int, ObjectError]]) -> None:
        self.refusals = tuple(refusals)
        super().__init__()


class ActRefused(ServiceError):
    """A consent, a referral or a count cannot be recorded or changed as requested.

    `code` is the stable code of the problem; `problems` say where in the body, `members` are further members of the
    problem document, `wait_s` the seconds after which asking again may help.
    """

    def __init__(
        self,
        code: str,
        problems: tuple[Problem, ...] = (),
        *,
        members: Mapping[str, Any] | None = None,
        wait_s: int | None = None,
    ) -> None:
        self.code = code
        self.problems = problems
        self.more = 0
        self.members = dict(members or {})
        self.wait_s = wait_s
        super().__init__(code)


class StoreError(ServiceError):
    """Root of the store's errors."""


class DatabaseUnusable(StoreError):
    """The database cannot be opened or reached."""


class DatabaseBusy(DatabaseUnusable):
    """The turn at the database, or at its connections, did not come in time; no row was changed."""


class NotStored(DatabaseUnusable):
    """The database is read-only or full and takes no writes now; no row was changed."""


class BadDatabaseUrl(DatabaseUnusable):
    """The database URL cannot be read; the message shows the form of a URL and does not repeat the given URL."""


class NoDatabaseFile(DatabaseUnusable):
    """The SQLite file to read is absent."""


class RecordDamaged(StoreError):
    """A stored record cannot be read: its document has a form that the program does not write."""


class NothingLoaded(StoreError):
    """The store holds no coalition; load a bundle first."""


class NotPurged(StoreError):
    """The database was restored from a backup: nothing is served until `purge` has run."""


class BackupRefused(StoreError):
    """The file is no whole backup, or the database is not empty; no row was changed."""


class SchemaOutdated(StoreError):
    """The tables are missing or of another version; upgrade the database first."""


class SchemaNewer(SchemaOutdated):
    """A newer program has changed the tables; this program leaves them alone."""


class UpgradeFailed(DatabaseUnusable):
    """The database refused a statement of a migration; nothing was changed."""


class AddressKeyError(StoreError):
    """No usable key for private addresses, or a key other than the sealing key."""


class KeysLost(AddressKeyError):
    """The database needs keys that are not here: nothing is written or looked up with others."""


class CodeKeyError(StoreError):
    """The keys for the digests of codes cannot be used."""


class SecretKeyError(StoreError):
    """No usable key for webhook secrets, or a key other than the sealing key."""


class KeyRefused(StoreError):
    """A key of the store cannot be made, used or removed so; no key changed."""


class CursorRefused(ServiceError):
    """The cursor is another organization's, or no cursor at all."""


class CursorExpired(ServiceError):
    """Events after the cursor may be gone; `oldest` is the cursor to begin anew from."""

    def __init__(self, oldest: str) -> None:
        self.oldest = oldest
        super().__init__()


class KeyReused(ObjectError):
    """The `Idempotency-Key` was sent before, with another body."""


class RecordsDisagree(Exception):
    """Compiled rules and Cedar gave different answers to a question: a defect, and the path is left out."""
