"""The limits of a command that reads files from anywhere: processor time and memory."""

from __future__ import annotations

import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from service.directory.hsds import ImportRefused
from service.documents.yaml_events import MOST_VALUES
from service.i18n import imports

MOST_MINUTES, MOST_MEMORY_MB = 30.0, 1024
"""Of a command; a hundred thousand services take less than half of either (`tests/hsds/large_package.py`)."""
_EVERY_S = 0.02  # of processor time
_TO_TIDY_UP_S = 2.0  # until a refusal that somebody caught on its way is raised anew
_MIB = 1024**2


def most_values_in(memory_mb: int) -> int:
    """Return how many values a file may hold that is read whole: more, where more memory is given. Pure."""
    return MOST_VALUES * max(memory_mb, MOST_MEMORY_MB) // MOST_MEMORY_MB


@dataclass(slots=True)
class ImportLimits:
    """Raises ImportRefused in a `with` block that costs more than `minutes` or `memory_mb`; None is no limit.

    Memory counts beyond what the process held before. A timer of the process looks, so the block belongs to the main
    thread, and a long call into C is refused at its end. `name`: the input, for the message.
    """

    name: str = ""
    minutes: float | None = None
    memory_mb: int | None = None
    _begun: float = 0.0
    _held_before: int = 0
    _over: str = ""
    _restore: list[Any] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._begun = time.process_time()
        if (self.minutes is None and self.memory_mb is None) or not hasattr(signal, "setitimer"):
            return self
        self._held_before = _memory_in_use()
        self._restore.append((signal.signal, signal.SIGPROF, signal.signal(signal.SIGPROF, self._look)))
        signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _EVERY_S)
        self._restore.append((setattr, sys, "unraisablehook", sys.unraisablehook))
        sys.unraisablehook = self._raise_soon
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.lift()

    def lift(self) -> None:
        """End the limits before a commit: a command that has stored its work is not refused.

        Raises:
            ImportRefused: a limit was reached on the way, also where somebody caught the refusal.
        """
        if self._restore:
            signal.setitimer(signal.ITIMER_PROF, 0)
        while self._restore:
            restore, *arguments = self._restore.pop()
            restore(*arguments)
        if self._over:
            raise ImportRefused(self._over) from None

    def _look(self, *_: object) -> None:
        if self.minutes is not None and time.process_time() - self._begun > 60 * self.minutes:
            self._over = self._over or imports.MOST_MINUTES.format(file=self.name, most=self.minutes)
        elif self.memory_mb is not None and _memory_in_use() - self._held_before > self.memory_mb * _MIB:
            self._over = self._over or imports.MOST_MEMORY.format(file=self.name, most=self.memory_mb)
        if self._over:
            signal.setitimer(signal.ITIMER_PROF, _TO_TIDY_UP_S, _TO_TIDY_UP_S)
            raise ImportRefused(self._over)

    def _raise_soon(self, unheard: sys.UnraisableHookArgs) -> None:
        """Raise a refusal anew that came where nothing can be raised, such as the end of an object."""
        if isinstance(unheard.exc_value, ImportRefused):
            signal.setitimer(signal.ITIMER_PROF, _EVERY_S, _TO_TIDY_UP_S)
        else:
            sys.__unraisablehook__(unheard)


def _memory_in_use() -> int:
    """Return the bytes of memory that the process holds now; where only the most so far is known, that."""
    import resource  # noqa: PLC0415

    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
