"""`serve` as a process of its own over the demo coalition, for attacks: what it holds and takes is its own alone."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from resource import RLIMIT_NOFILE, setrlimit

import httpx
from api_builders import ADDRESS_KEY, NO_RACE, Api, demo_settings, free_port

from service.settings import Settings

PROJECT = Path(__file__).parents[1]
PROGRAM = [sys.executable, "-W", "error", "-c", "from service.cli import main; main()", "serve"]
FILES = 1024
"""Files that a process may have open where nobody says otherwise."""


@dataclass(frozen=True)
class Server(Api):
    """A serving program, asked as any `Api`, and the id of its process (with several workers, of their parent)."""

    process: int
    trust: ssl.SSLContext | bool = True
    """Whose certificate its clients take."""

    @property
    def port(self) -> int:
        return self.client.base_url.port or 80

    def open_files(self) -> int:
        """How many files and connections the process has open."""
        return len(os.listdir(f"/proc/{self.process}/fd"))


@contextmanager
def server_process(
    folder: Path,
    *,
    workers: int = 1,
    on: Settings | None = None,
    around: Mapping[str, str] | None = None,
    **more: str,
) -> Iterator[Server]:
    """Serve for a `with` block, with settings by name; the process may have `FILES` open, and no more.

    `on`: the settings of a database that holds a coalition, by default the demo in a file; `around`: variables of the
    process besides. A test that fails shows the errors that it logged.
    """
    settings, port, log = on or demo_settings(folder, **more), free_port(), folder / "server.log"
    settings_by_name = {
        "database": settings.database, "address_key": ADDRESS_KEY.get_secret_value(), "log_format": "json", **more
    }  # fmt: skip
    if settings.token_key_file is not None:
        settings_by_name["token_key_file"] = str(settings.token_key_file)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REFERRAL_ROUTER_")}
    environment |= {f"REFERRAL_ROUTER_{name.upper()}": value for name, value in settings_by_name.items()}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*PROGRAM, "--workers", str(workers), "--port", str(port)],
            cwd=folder,
            env={**environment, "PYTHONPATH": str(PROJECT), **(around or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=out,
            preexec_fn=lambda: setrlimit(RLIMIT_NOFILE, (FILES, FILES)),  # noqa: PLW1509 - no thread runs here yet
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=120, limits=NO_RACE) as client:
            wait_for(client, process)
            yield Server(settings, client, process.pid)
    finally:
        with log.open() as lines:  # defects and their places, which pytest shows where the test fails
            sys.stdout.writelines(line for line in lines if '"level": "ERROR"' in line)
        status = process.poll()
        process.terminate()
        process.wait(30)
        assert status is None, f"the server ended by itself with status {status}"


def wait_for(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    """Wait until a server that was started says that it is ready."""
    for _ in range(600):
        assert process.poll() is None
        try:
            if client.get("/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("the server did not come up")
