"""The progress of a long command: a bar on a terminal, a line every 10,000 records in a pipe. On standard error."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from service.cli.terminal import complain, reader_language
from service.words import imports
from service.words.translation import read_in

_LINE_EVERY = 10_000


class ImportProgress:
    """Shows the progress of `import_hsds`. For a `with` block; at its end the bar disappears."""

    def __init__(self) -> None:
        console = Console(stderr=True, highlight=False)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = Progress(*columns, console=console, transient=True) if console.is_terminal else None
        self._tasks: dict[str, TaskID] = {}
        self._said: dict[str, int] = {}

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Show that `done` records of `total` (None: unknown so far) have been read or stored."""
        if self._bar is not None:
            if stage not in self._tasks:
                self._tasks[stage] = self._bar.add_task(read_in(reader_language(), imports.STAGE[stage]), total=total)
            self._bar.update(self._tasks[stage], completed=done, total=total)
        elif done - self._said.get(stage, 0) >= _LINE_EVERY:
            self._said[stage] = done
            told = imports.SO_FAR if total is None else imports.SO_FAR_OF
            complain(told.format(stage=imports.STAGE[stage], done=done, total=total))
