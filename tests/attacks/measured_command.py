"""What a command costs: each runs in a process of its own, forked from one that has imported the program once."""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from service.cli import main

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload([__name__, "service.cli.hsds", "service.cli.bundles", "openpyxl"])


@dataclass(frozen=True)
class Cost:
    """An exit status, what was said on standard error, and what the command took."""

    status: int
    said: str
    cpu_s: float
    peak_mb: int  # of memory, what the program itself takes included
    written_mb: int  # whatever was written anywhere, deleted files too


def cost_of(*arguments: object, folder: Path, reads: Path | None = None) -> Cost:
    """Return what `referral-router` with these arguments costs; its temporary files lie in `folder`."""
    here, there = FORKING.Pipe(duplex=False)
    said = folder.with_name("said.txt")
    process = FORKING.Process(target=_run, args=([str(word) for word in arguments], folder, reads, said, there))
    process.start()
    there.close()
    try:
        cpu_s, peak_mb, written_mb = here.recv()
    finally:
        process.join()
    assert process.exitcode is not None
    return Cost(process.exitcode, said.read_text(encoding="utf-8"), cpu_s, peak_mb, written_mb)


def _run(arguments: list[str], folder: Path, reads: Path | None, said: Path, to: Connection) -> None:
    os.environ |= {"TMPDIR": str(folder), "SQLITE_TMPDIR": str(folder)}
    for number, path, flags in (
        (0, reads or Path(os.devnull), os.O_RDONLY),
        (1, Path(os.devnull), os.O_WRONLY),
        (2, said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        os.dup2(os.open(path, flags, 0o600), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - multiprocessing gave the child another one
    sys.argv = ["referral-router", *arguments]
    written, begun = _written_mb(), time.process_time()
    try:
        main()
    finally:
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        to.send((round(time.process_time() - begun, 1), peak_mb, _written_mb() - written))


def _written_mb() -> int:
    figures = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(figures["wchar"]) // 1024**2
