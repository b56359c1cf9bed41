"""The output of the command line: results on standard output, errors on standard error in plain words, exit statuses.

All of it is in the reader's language: the one that `--language` names, else that of the locale. The message of an error
repeats no text that was typed, read or stored: the text could be a survivor's story.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar, copy_context
from enum import IntEnum
from pathlib import Path
from typing import Any, BinaryIO

import typer

NAME = "referral-router"
USAGE_ERROR: type[Exception] = typer.BadParameter.__base__ or Exception
"""The base of typer's errors for wrong usage; not every version of typer gives the class a public name."""


class Status(IntEnum):
    """Exit statuses: the three documented ones, `INTERRUPTED`, and `DEFECT` for a defect of the program."""

    DONE = 0
    REFUSED = 1
    WRONG_USAGE = 2
    DEFECT = 70
    INTERRUPTED = 130


class Stopped(Exception):
    """A command cannot go on; the message says why in plain words."""

    def __init__(self, message: str, status: Status = Status.REFUSED) -> None:
        self.status = status
        super().__init__(message)


LOCALE = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""The variables of a locale for messages; the first that is set counts, as for gettext."""
_NAMED: ContextVar[str | None] = ContextVar("named", default=None)
"""The language of ours that `--language` names, for as long as a command runs."""


def run(command: Callable[[], object]) -> int:
    """Run a command and return its exit status; an error is told on standard error, not raised."""
    return copy_context().run(_run, command)


def _run(command: Callable[[], object]) -> int:
    try:
        result = command()
        sys.stdout.flush()
    except Exception as error:
        return int(_tell(error))
    except KeyboardInterrupt:
        return int(Status.INTERRUPTED)
    return result if isinstance(result, int) else int(Status.DONE)


def program() -> str:
    """Return the program as the user called it, for lines to copy: the bare name if the shell finds it, else a path."""
    command = sys.argv[0] if sys.argv else NAME
    return command if Path(command).name == NAME and shutil.which(NAME) is None else NAME


def choose_language(tag: str | None) -> None:
    """Have the command that runs speak the language that a tag names, None for that of the locale.

    Raises:
        Stopped: the tag names another language than those of the program and of the settings' catalogues.
    """
    from pydantic import ValidationError  # noqa: PLC0415 - `--help` needs none of it

    from service.i18n import replies  # noqa: PLC0415
    from service.i18n.translation import ENGLISH, known_language, languages, use_catalogues  # noqa: PLC0415
    from service.settings import Settings  # noqa: PLC0415

    if tag is None:
        return
    with suppress(ValidationError):  # the command says what is wrong with the settings
        use_catalogues(Settings().catalogues)
    language = known_language(tag)
    if language == ENGLISH and not tag.lower().startswith(ENGLISH):
        raise Stopped(replies.ONE_OF.format(words=", ".join(languages())), Status.WRONG_USAGE)
    _NAMED.set(language)


def reader_language() -> str:
    """Return the language of ours that `--language` names, else that of the locale, else English."""
    from service.i18n.translation import known_language  # noqa: PLC0415 - `--help` needs none of it

    return _NAMED.get() or known_language(next(filter(None, map(os.environ.get, LOCALE)), ""))


def data_language() -> str:
    """Return the language of ours that `--language` names, else English: programs read the same in every locale."""
    return _NAMED.get() or "en"


def say(words: str, *, err: bool = False) -> None:
    """Write a line of a result to standard output, in the reader's language."""
    from service.i18n.translation import read_in  # noqa: PLC0415 - `--help` needs none of it

    typer.echo(read_in(reader_language(), words), err=err)


def complain(words: str) -> None:
    """Write a line to standard error, in the reader's language."""
    say(words, err=True)


def write_bytes(data: bytes) -> None:
    """Write exactly `data` to standard output, in any encoding of the terminal."""
    sys.stdout.flush()
    out: BinaryIO = sys.stdout.buffer
    out.write(data)
    out.flush()


def print_json(document: Any) -> None:
    """Print a document as JSON, for programs: in English, unless `--language` names another language."""
    from service.i18n.translation import read_in  # noqa: PLC0415 - `--help` needs none of it

    write_bytes(json.dumps(read_in(data_language(), document), ensure_ascii=False, indent=2).encode() + b"\n")


def read_input(name: str, input_word: str) -> bytes:
    """Return the bytes of the file `name`, or of standard input for `-`. `what`: the word for the input in a message.

    Raises:
        Stopped: the file cannot be read; the message does not repeat its name.
    """
    from service.i18n import replies  # noqa: PLC0415 - `--help` needs none of it

    try:
        if name == "-":
            return b"" if sys.stdin is None else sys.stdin.buffer.read()  # closed is as good as empty
        return Path(name).read_bytes()
    except OSError as error:
        raise Stopped(
            replies.CANNOT_READ.format(what=replies.FILES[input_word], strerror=error.strerror), Status.WRONG_USAGE
        ) from None
    except ValueError:  # a name that no file can have
        raise Stopped(replies.NOT_A_FILE_NAME.format(what=replies.FILES[input_word]), Status.WRONG_USAGE) from None


def read_token() -> str:
    """Return the token on standard input, with or without `Bearer`; it is never typed as an argument."""
    return read_input("-", "token").decode("ascii", errors="replace").strip().removeprefix("Bearer ").strip()


def _tell(error: Exception) -> Status:
    from service.i18n import replies  # noqa: PLC0415 - a command that goes well needs none of it

    if isinstance(error, BrokenPipeError):
        return _end_quietly()
    if isinstance(error, USAGE_ERROR):
        return _wrong_usage(error)
    if isinstance(error, typer.Abort):
        return Status.INTERRUPTED
    if isinstance(error, OSError) and error.strerror is not None:  # a full disk, a name that is too long
        complain(replies.SYSTEM.format(strerror=error.strerror))
        return Status.REFUSED
    if isinstance(error, ModuleNotFoundError) and error.name == "z3":
        error = Stopped(replies.NO_SOLVER)
    return _tell_refusal(error) if isinstance(error, _shown_errors()) else _defect(error)


def _tell_refusal(error: Exception) -> Status:
    from policies.messages import TOGETHER, joined  # noqa: PLC0415 - a command that goes well needs none of it
    from service.errors import BadDatabaseUrl, NoDatabaseFile, NothingLoaded, message_of  # noqa: PLC0415
    from service.i18n import replies  # noqa: PLC0415

    answers: dict[type[Exception], str] = {NoDatabaseFile: replies.NO_DATABASE, NothingLoaded: replies.NOTHING_LOADED}
    missing = answers.get(type(error))
    complain(joined([missing, replies.NEXT_STEP], TOGETHER) if missing else message_of(error))
    if isinstance(error, Stopped):
        return error.status
    return Status.WRONG_USAGE if isinstance(error, BadDatabaseUrl) else Status.REFUSED


def _shown_errors() -> tuple[type[Exception], ...]:
    """Return the errors raised on purpose: their messages name only fields, ids and rules, and may be shown."""
    import policies  # noqa: PLC0415 - a command that goes well may need neither, and each takes a while to import
    import routing  # noqa: PLC0415
    from service.errors import ServiceError  # noqa: PLC0415
    from service.i18n.translation import BadCatalogue  # noqa: PLC0415

    return (Stopped, ServiceError, BadCatalogue, policies.PoliciesError, routing.RoutingError)


def _end_quietly() -> Status:
    """End quietly: the reader of the output closed the pipe, as `head` does, which is no error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Status.DONE


def _wrong_usage(error: Exception) -> Status:
    from service.i18n import replies  # noqa: PLC0415 - a command that goes well needs none of it

    context = getattr(error, "ctx", None)
    message = getattr(error, "format_message", error.__str__)()
    if message.startswith("Got unexpected extra argument"):  # would repeat the arguments, perhaps with a profile
        message = replies.TOO_MANY_ARGUMENTS
    if context is not None:
        complain(context.get_usage())
    complain(message)
    return Status.WRONG_USAGE


def _defect(error: Exception) -> Status:
    """Print where the program failed, without the error's own message, which may hold data of a client."""
    from service.i18n import replies  # noqa: PLC0415 - a command that goes well needs none of it

    complain(replies.DEFECT.format(name=type(error).__name__))
    complain("".join(traceback.format_tb(error.__traceback__)).rstrip())
    return Status.DEFECT
