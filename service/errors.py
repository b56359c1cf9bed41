"""What the application raises on purpose, below HTTP and the command line.

ServiceError
├── BundleRefused        a bundle is unreadable, misspelt, dangling or contradictory; carries every problem
├── ProfileRefused       a needs profile cannot be read or names what is not in the directory; carries every problem
├── FilterRefused        what a list or a table is narrowed to is not in the directory
├── PortTaken            the address to serve on cannot be listened on
├── NotServed            the application to serve did not start
├── ObjectError          one object of the directory cannot be given or changed
│   ├── NotHere          it is not here, or not for this caller to know: the two are never told apart
│   ├── NotYours         this caller may see it and may not change it, or not this of it
│   ├── NoCondition      a change does not say what it expects to change
│   ├── Stale            what is stored is not what the change expects
│   ├── StillNeeded      something else stands in the way, such as what refers to it
│   └── RecordRefused    the object is misspelt, dangling or contradictory; carries every problem
├── HappeningRefused     a consent, a referral or a count cannot be recorded or changed so; carries the problem's code
├── NotReady             there is no directory version to answer from yet
└── StoreError
    ├── DatabaseUnusable the database cannot be opened or reached
    │   ├── DatabaseBusy     others had it for so long that the turn did not come; nothing was done
    │   ├── BadDatabaseUrl
    │   └── NoDatabaseFile
    ├── NothingLoaded    the store holds no coalition yet
    ├── SchemaOutdated   the database has not been brought to this program's tables
    ├── AddressKeyError  private addresses cannot be sealed or opened with the key at hand
    └── CodeKeyError     the keys that codes are digested with cannot be used

Messages name fields, ids of the bundle's own making and rules; they never echo a value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from service.wording import refusals


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `path` as in `organizations[3].services[0].minimum_age`, `bundle` for the whole file."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


MOST_TOLD = 100
"""How many problems of a request are told one by one; the others are counted."""


def first_of(problems: Iterable[Problem]) -> tuple[tuple[Problem, ...], int]:
    """Return different problems in the order of their places, at most `MOST_TOLD`, and how many others there are."""
    different = list(dict.fromkeys(problems))
    told = sorted(different[:MOST_TOLD], key=lambda problem: (problem.path, problem.message))
    return tuple(told), len(different) - len(told)


class ServiceError(Exception):
    """Root of all errors that the application raises on purpose."""


class BundleRefused(ServiceError):
    """The bundle was refused whole. `problems` lists everything that is wrong, in document order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        noun = "problem" if len(problems) == 1 else "problems"
        super().__init__("\n".join([refusals.BUNDLE.format(problems=len(problems), noun=noun), *map(str, problems)]))


class ProfileRefused(ServiceError):
    """The needs profile was refused. `problems` lists what is wrong, `more` counts what is not listed.

    The paths of the problems are JSON pointers.
    """

    def __init__(self, problems: tuple[Problem, ...], more: int = 0) -> None:
        self.problems = problems
        self.more = more
        count = len(problems) + more
        lines = [f"{problem.path or 'profile'}: {problem.message}" for problem in problems]
        rest = [refusals.MORE.format(more=more)] if more else []
        noun = "problem" if count == 1 else "problems"
        super().__init__("\n".join([refusals.PROFILE.format(problems=count, noun=noun), *lines, *rest]))


class FilterRefused(ServiceError):
    """What was to be looked at is not in the directory; `problem.path` is the filter's name."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


class PortTaken(ServiceError):
    """The address to serve on cannot be listened on; the message says which, and what to do."""


class NotServed(ServiceError):
    """The application did not start; the server has logged what is wrong."""


class NotReady(ServiceError):
    """There is no directory version to answer from yet; asking again later may help."""


class ObjectError(ServiceError):
    """Root of what keeps one object of the directory from being given or changed.

    `problems` say where, their paths JSON pointers into the object; empty where it is about the whole. `more`: how many
    others there are.
    """

    def __init__(self, message: str = "", problems: tuple[Problem, ...] = (), more: int = 0) -> None:
        self.problems = problems
        self.more = more
        super().__init__(message)


class NotHere(ObjectError):
    """There is no such object, or this caller may not know of it."""


class NotYours(ObjectError):
    """This caller may see the object and may not change it, or not this of it."""


class NoCondition(ObjectError):
    """A change must say what it expects: the version that it changes, or that there is nothing yet."""


class Stale(ObjectError):
    """What is stored is not what the change expects."""


class StillNeeded(ObjectError):
    """The change would leave something else dangling, or the object is not one that is changed here."""


class RecordRefused(ObjectError):
    """The object is refused; `problems` lists everything that is wrong with it."""


class HappeningRefused(ServiceError):
    """A consent, a referral or a count cannot be recorded or changed as was asked.

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
    """Root of what the store raises."""


class DatabaseUnusable(StoreError):
    """The database cannot be opened or reached."""


class DatabaseBusy(DatabaseUnusable):
    """Others had the database, or all connections to it, for so long that the turn did not come; nothing was done."""


class BadDatabaseUrl(DatabaseUnusable):
    """The database URL cannot be read; the message says how one is written and does not repeat it."""


class NoDatabaseFile(DatabaseUnusable):
    """The SQLite file that was to be read is not there."""


class NothingLoaded(StoreError):
    """The store holds no coalition; load a bundle first."""


class SchemaOutdated(StoreError):
    """The tables are missing or of another version; upgrade the database first."""


class AddressKeyError(StoreError):
    """No usable key for private addresses, or it is not the key that sealed them."""


class CodeKeyError(StoreError):
    """The keys that codes are digested with cannot be used."""


class SecretKeyError(StoreError):
    """No usable key for webhook secrets, or it is not the key that sealed them."""


class CursorRefused(ServiceError):
    """The cursor is another organization's, or none at all."""


class CursorExpired(ServiceError):
    """Events after this cursor may be gone; `oldest` is the cursor to begin anew from."""

    def __init__(self, oldest: str) -> None:
        self.oldest = oldest
        super().__init__()


class KeyReused(ObjectError):
    """The `Idempotency-Key` was sent before, with another body."""
