"""Runs a command and prints what it cost as a last line of JSON: `python measured_command.py COMMAND ...`.

In a small process of its own: the peak of a child counts from the memory of the process that made it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

ROUTER = Path(sys.executable).with_name("referral-router")


@dataclass(frozen=True)
class Cost:
    """An exit status, what was said on standard error, and what the command took."""

    status: int
    said: str
    cpu_s: float
    peak_mb: int
    written_mb: int  # whatever was written anywhere, deleted files too


def cost_of(*arguments: object, folder: Path, reads: Path | None = None) -> Cost:
    """Return what `referral-router` with these arguments costs; its temporary files lie in `folder`."""
    command = [sys.executable, __file__, ROUTER, *arguments]
    environment = {**os.environ, "TMPDIR": str(folder), "SQLITE_TMPDIR": str(folder)}
    with open(reads or os.devnull, "rb") as stdin:
        done = subprocess.run(command, stdin=stdin, capture_output=True, text=True, env=environment, check=True)
    *_, last = done.stdout.splitlines()
    return Cost(said=done.stderr, **json.loads(last))


def _main(command: list[str]) -> None:
    with subprocess.Popen(command) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # ended, and still to be asked
        written = dict(line.split(": ") for line in Path(f"/proc/{child.pid}/io").read_text().splitlines())["wchar"]
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    cost = Cost(
        status=child.returncode,
        said="",
        cpu_s=round(used.ru_utime + used.ru_stime, 1),
        peak_mb=used.ru_maxrss // 1024,
        written_mb=int(written) // 1024**2,
    )
    figures = asdict(cost)
    del figures["said"]
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
