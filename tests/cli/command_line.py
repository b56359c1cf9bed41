"""The command line as a user meets it: in this process for most tests, as a process of its own where that matters."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from environments import environment_of

from service.cli import run_command

PROGRAM = [sys.executable, "-W", "error", "-c", "from service.cli import main; main()"]


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class CommandLine:
    """Runs commands in an empty folder, 80 columns wide."""

    folder: Path
    capture: pytest.CaptureFixture[bytes]
    monkeypatch: pytest.MonkeyPatch

    def run(self, *arguments: str, typed: bytes = b"") -> Outcome:
        """Run a command in this process; `typed` is its standard input."""
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed)))
        self.capture.readouterr()
        status = run_command(list(arguments))
        out, err = self.capture.readouterr()
        return Outcome(status, out.decode(), err.decode())

    def write(self, name: str, text: str | bytes) -> str:
        """Write a file into the folder and return its name."""
        (self.folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return name


def environment(**settings: str) -> dict[str, str]:
    """The environment of a child process, 80 columns wide and in English; `settings` by name, and no others."""
    return {**environment_of(**settings), "COLUMNS": "80", "LANGUAGE": "en"}


def start(folder: Path, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
    """Start a command as a process of its own, its output piped; `settings` by name, for its environment."""
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=folder,
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
