"""The console for results with colours and tables, and the page for a reader."""

from __future__ import annotations

import os

from rich.console import Console

from service.answers.printed.page import PrintedPage
from service.cli.terminal import Status, Stopped
from service.words import replies
from service.words.translation import ENGLISH, known_language, languages

LOCALE = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""The variables of a locale for messages; the first that is set counts, as for gettext."""


class _PipeConsole(Console):
    """A console that passes a broken pipe on to `service.cli.terminal.run`, which ends the program quietly."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    """Return the console for results: plain text in a pipe, never wider than the terminal."""
    return _PipeConsole(highlight=False, emoji=False)


def printed_page(language: str | None) -> PrintedPage:
    """Return a page of results in the language that `--language` names, else in the locale's."""
    return PrintedPage(console(), reader_language(language))


def reader_language(named: str | None) -> str:
    """Return the language of ours that `--language` names, else that of the locale, else English.

    Raises:
        Stopped: `--language` names another language.
    """
    return known_language(next(filter(None, map(os.environ.get, LOCALE)), "")) if named is None else _of_ours(named)


def data_language(named: str | None) -> str:
    """Return the language of ours that `--language` names, else English: programs read the same in every locale.

    Raises:
        Stopped: `--language` names another language.
    """
    return ENGLISH if named is None else _of_ours(named)


def _of_ours(named: str) -> str:
    language = known_language(named)
    if language == ENGLISH and not named.lower().startswith(ENGLISH):
        raise Stopped(replies.ONE_OF.format(words=", ".join(languages())), Status.WRONG_USAGE)
    return language
