"""The console for results with colours and tables, and the page for a reader."""

from __future__ import annotations

from rich.console import Console

from service.answers.printed.page import PrintedPage
from service.cli.terminal import reader_language


class _PipeConsole(Console):
    """A console that passes a broken pipe on to `service.cli.terminal.run`, which ends the program quietly."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    """Return the console for results: plain text in a pipe, never wider than the terminal."""
    return _PipeConsole(highlight=False, emoji=False)


def printed_page() -> PrintedPage:
    """Return a page of results in the reader's language."""
    return PrintedPage(console(), reader_language())
