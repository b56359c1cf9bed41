"""How the command line speaks: results to standard output, troubles to standard error in plain words, exit statuses.

Nothing that was typed, read or stored is repeated in a trouble: it could be a survivor's story.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import Any, BinaryIO

import typer

from service.errors import BadDatabaseUrl, NoDatabaseFile, NothingLoaded, ServiceError
from service.wording import replies

NAME = "referral-router"
USAGE_ERROR: type[Exception] = typer.BadParameter.__base__ or Exception
"""Root of what typer raises on wrong usage; it has no public name in every version."""


class Status(IntEnum):
    """Exit statuses: the contract's three, one for an interrupt, and one for a defect of this program."""

    DONE = 0
    REFUSED = 1
    WRONG_USAGE = 2
    DEFECT = 70
    INTERRUPTED = 130


class Stopped(Exception):
    """A command cannot go on; the message says so in plain words."""

    def __init__(self, message: str, status: Status = Status.REFUSED) -> None:
        self.status = status
        super().__init__(message)


NOTHING_YET: dict[type[Exception], str] = {
    NoDatabaseFile: replies.NO_DATABASE,
    NothingLoaded: replies.NOTHING_LOADED,
}

STATUSES: dict[type[Exception], Status] = {BadDatabaseUrl: Status.WRONG_USAGE}


def run(command: Callable[[], object]) -> int:
    """Run a command and return its exit status; whatever goes wrong is told on standard error."""
    try:
        result = command()
        sys.stdout.flush()
    except Exception as error:
        return int(_tell(error))
    except KeyboardInterrupt:
        return int(Status.INTERRUPTED)
    return result if isinstance(result, int) else int(Status.DONE)


def program() -> str:
    """Return how this program was called, so that a line to copy works: its bare name where the shell finds it."""
    called = sys.argv[0] if sys.argv else NAME
    return called if Path(called).name == NAME and shutil.which(NAME) is None else NAME


def say(words: str) -> None:
    """Write one line of result."""
    typer.echo(words)


def complain(words: str) -> None:
    """Write to standard error."""
    typer.echo(words, err=True)


def write_bytes(data: bytes) -> None:
    """Write to standard output exactly these bytes, whatever encoding the terminal has."""
    sys.stdout.flush()
    out: BinaryIO = sys.stdout.buffer
    out.write(data)
    out.flush()


def print_json(document: Any) -> None:
    """Print a document for programs."""
    write_bytes(json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n")


def read_input(name: str, what: str) -> bytes:
    """Return what the file `name` holds, or standard input for `-`.

    Raises:
        Stopped: it cannot be read; the message does not repeat the name.
    """
    try:
        if name == "-":
            return b"" if sys.stdin is None else sys.stdin.buffer.read()  # closed is as good as empty
        return Path(name).read_bytes()
    except OSError as error:
        raise Stopped(replies.CANNOT_READ.format(what=what, strerror=error.strerror), Status.WRONG_USAGE) from None
    except ValueError:  # a name that no file can have
        raise Stopped(replies.NOT_A_FILE_NAME.format(what=what), Status.WRONG_USAGE) from None


def _tell(error: Exception) -> Status:
    if isinstance(error, BrokenPipeError):
        return _reader_left()
    if isinstance(error, USAGE_ERROR):
        return _wrong_usage(error)
    if isinstance(error, typer.Abort):
        return Status.INTERRUPTED
    if isinstance(error, OSError) and error.strerror is not None:  # a full disk, a name that is too long
        complain(replies.SYSTEM.format(strerror=error.strerror))
        return Status.REFUSED
    if not isinstance(error, _told()):
        return _defect(error)
    complain(f"{NOTHING_YET[type(error)]} {replies.NEXT_STEP}" if type(error) in NOTHING_YET else str(error))
    return error.status if isinstance(error, Stopped) else STATUSES.get(type(error), Status.REFUSED)


def _told() -> tuple[type[Exception], ...]:
    """Return the errors raised on purpose: their messages name fields, ids and rules, and may be shown."""
    import policies  # noqa: PLC0415 - a command that goes well may need neither, and each takes a while to import
    import routing  # noqa: PLC0415

    return (Stopped, ServiceError, policies.PoliciesError, routing.RoutingError)


def _reader_left() -> Status:
    """Whoever reads our output has had enough, as `head` does: nothing is wrong."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Status.DONE


def _wrong_usage(error: Exception) -> Status:
    context = getattr(error, "ctx", None)
    said = getattr(error, "format_message", error.__str__)()
    if said.startswith("Got unexpected extra argument"):  # it would repeat them, and a profile may be among them
        said = replies.TOO_MANY_ARGUMENTS
    if context is not None:
        complain(context.get_usage())
    complain(said)
    return Status.WRONG_USAGE


def _defect(error: Exception) -> Status:
    """Say where this program failed, without the error's own words: they may hold what was being worked on."""
    complain(replies.DEFECT.format(name=type(error).__name__))
    complain("".join(traceback.format_tb(error.__traceback__)).rstrip())
    return Status.DEFECT
