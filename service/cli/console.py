"""The console that results with colours and tables are written to."""

from __future__ import annotations

from rich.console import Console


class _PipeConsole(Console):
    """A console that leaves it to `service.cli.terminal.run` what a reader's leaving means."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    """Return the console for results: plain text in a pipe, never wider than what it writes to."""
    return _PipeConsole(highlight=False, emoji=False)
