"""The command line as a user meets it: in this process for most tests, as a process of its own where that matters."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.cli import run_command

PROJECT = Path(__file__).parents[2]
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


def environment() -> dict[str, str]:
    """The environment of a child process: this project on the path, no settings of whoever runs the tests."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("REFERRAL_ROUTER_")}
    return {**kept, "PYTHONPATH": str(PROJECT), "COLUMNS": "80", "LANGUAGE": "en"}


def start(folder: Path, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
    """Start a command as a process of its own, its output piped; `settings` by name, for its environment."""
    given = {f"REFERRAL_ROUTER_{name.upper()}": value for name, value in settings.items()}
    return subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=folder,
        env=environment() | given,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
