"""What is shipped in `service/deploy`, as processes of this machine: its own commands, settings, limits and files.

Addresses and folders of this machine stand in place of those of containers or of an installation; nothing else differs.
"""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from resource import RLIMIT_CORE, getrlimit, setrlimit
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psycopg
import yaml
from api_builders import Api, free_port
from environments import PROJECT, environment_of
from name_server import Names, serving_names
from postgres import Server, give_away, server_to_stop

from service import demo
from service.settings import Settings

DEPLOY = PROJECT / "service" / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
UNIT: dict[str, list[str]] = defaultdict(list)
"""What the unit of systemd says, by the name of the line."""
for _line in (DEPLOY / "referral-router.service").read_text().splitlines():
    UNIT[_line.partition("=")[0]].append(_line.partition("=")[2])
CORE = {name: service.get("ulimits", {}).get("core") for name, service in COMPOSE["services"].items()}
"""The most bytes of a core file of each part of compose; None: no limit."""
ROUTER = [sys.executable, "-c", "from service.cli import main; main()"]
PROXY = "127.0.0.1"
STOPPED_WITHIN_S = 300  # generous: on a busy machine a process takes its time to stop
ANSWERING = ("answer-1", "answer-2")
PASSWORD = "4bb4ea1f03a8a9b4a9c65a2ad0d0b7f7"
OWN = {"REFERRAL_ROUTER_RATE_LIMIT": "60/minute", "REFERRAL_ROUTER_PAGE_URL": "https://x.example"}


@dataclass(frozen=True)
class Parts:
    """What runs: the way through the proxy, each answering process, and where Prometheus can be put beside them.

    `database`: its URL; `places`: the folders of all that runs, in which each process writes what it writes. `names`:
    the addresses at which the proxy finds processes. `start` starts a part by its name, of the program in a folder, at
    an address; `run` has a program run a command.
    """

    api: Api
    answering: dict[str, subprocess.Popen[bytes]]
    ports: Mapping[str, int]
    certificate: Path
    plain_port: int
    database: str
    places: tuple[Path, ...]
    started: tuple[int, ...]
    names: Names
    start: Callable[[str, Path, str], None] = lambda *_: None
    run: Callable[..., None] = lambda *_: None

    def processes(self) -> dict[int, str]:
        """The ids of all processes that run, with their names: those that were started, and their children."""
        parents = {}
        for file in Path("/proc").glob("[0-9]*/stat"):
            try:
                name, rest = file.read_text().split("(", 1)[1].rsplit(")", 1)
            except OSError:  # it ended meanwhile
                continue
            parents[int(file.parent.name)] = (int(rest.split()[1]), name)
        ours = {pid: parents[pid][1] for pid in self.started if pid in parents}
        while more := {pid: name for pid, (parent, name) in parents.items() if parent in ours and pid not in ours}:
            ours |= more
        return ours

    def core_limits(self) -> dict[int, tuple[str, str]]:
        """The name of each process, and how large a core file the kernel lets it write."""
        limits = {}
        for process, name in self.processes().items():
            try:
                text = Path(f"/proc/{process}/limits").read_text()
            except OSError:  # it ended meanwhile
                continue
            limits[process] = (name, text.split("Max core file size")[1].split()[0])
        return limits


@contextmanager
def running_parts(
    folder: Path, *, program: Path = PROJECT, bundle: bytes | None = None, **more: str
) -> Iterator[Parts]:
    """Run what compose starts, for a `with` block: database, upgrade, two answering, one delivering, the proxy.

    `program`: the folder of the version to run; `bundle`: what is loaded, by default the demo; `more`: settings of all
    processes of the program, by name.
    """
    ports = {name: free_port() for name in ("database", *ANSWERING)}
    _make_secrets(folder / "secrets", ports["database"])
    (folder / "keys").mkdir(mode=0o700)
    own = OWN | {f"REFERRAL_ROUTER_{name.upper()}": value for name, value in more.items()}
    with ExitStack() as stack:
        server = stack.enter_context(_database(folder, ports["database"]))
        environment = _settings_of("upgrade", folder, ports["database"]) | own
        answering = dict[str, subprocess.Popen[bytes]]()

        def run(program: Path, *command: str, given: bytes = b"") -> None:
            _run(folder, environment | {"PYTHONPATH": str(program)}, *command, given=given)

        def start(name: str, program: Path, address: str) -> None:
            command = COMPOSE["services"][name]["command"]
            if name in ANSWERING:
                command = [*command[:-1], address, "--port", str(ports[name])]
            settings = _settings_of(name, folder, ports["database"]) | own | {"PYTHONPATH": str(program)}
            with _core_files(CORE[name]):
                answering[name] = stack.enter_context(_process(folder, name, settings, *command))

        run(program, *COMPOSE["services"]["upgrade"]["command"])
        run(program, "load", "-", given=demo.coalition_bytes() if bundle is None else bundle)
        for name in (*ANSWERING, "deliver"):
            start(name, program, PROXY)
        database = int((server.home / "data" / "postmaster.pid").read_text().split()[0])
        started = [database, *(process.pid for process in answering.values())]
        served = {name: ports[name] for name in ANSWERING}
        client, plain, proxy, names = stack.enter_context(_reached_through_proxy(folder, served))
        yield Parts(
            Api(Settings(token_key_file=Path(environment["REFERRAL_ROUTER_TOKEN_KEY_FILE"])), client),
            answering, served, folder / "secrets" / "certificate.pem", plain,
            environment["REFERRAL_ROUTER_DATABASE"] + f"&passfile={environment['PGPASSFILE']}",
            (folder, server.home), (*started, proxy), names, start, run,
        )  # fmt: skip


@contextmanager
def running_unit(folder: Path, **more: str) -> Iterator[Parts]:
    """Run what the unit of systemd starts, two processes on SQLite, with the proxy before it, for a `with` block."""
    state, port = folder / "state", free_port()
    state.mkdir(mode=int(UNIT["StateDirectoryMode"][0], 8))
    _make_secrets(folder / "secrets", port)
    environment = dict(line.split("=", 1) for line in UNIT["Environment"])
    environment = {name: value.replace("/var/lib/referral-router", str(state)) for name, value in environment.items()}
    environment |= OWN | {
        "REFERRAL_ROUTER_TOKEN_KEY_FILE": f"{state}/token.key",
        "REFERRAL_ROUTER_TRUSTED_PROXIES": f"{PROXY}/32",
        "REFERRAL_ROUTER_PROXY_HEADER": "X-Forwarded-For",
        **{f"REFERRAL_ROUTER_{name.upper()}": value for name, value in more.items()},
    }
    core, umask = (UNIT["LimitCORE"] or [None])[0], int(UNIT["UMask"][0], 8)
    *before, command = (line.split()[1:] for line in (*UNIT["ExecStartPre"], *UNIT["ExecStart"]))
    with ExitStack() as stack:
        for each in before:
            _run(state, environment, *each, umask=umask)
        _run(state, environment, "load", "-", given=demo.coalition_bytes(), umask=umask)
        with _core_files(None if core is None else int(core)):
            serve = _process(state, "serve", environment, *command, "--port", str(port), umask=umask)
            process = stack.enter_context(serve)
        reached = _reached_through_proxy(folder, dict.fromkeys(ANSWERING, port))
        client, plain, proxy, names = stack.enter_context(reached)
        yield Parts(
            Api(Settings(token_key_file=state / "token.key"), client),
            {"serve": process}, {"serve": port}, folder / "secrets" / "certificate.pem", plain,
            environment["REFERRAL_ROUTER_DATABASE"], (folder,), (process.pid, proxy), names,
        )  # fmt: skip


def database_options(secrets: Path, hba: Path, port: int) -> list[str]:
    """Return what compose has the database started with, in the folders of this machine, to listen on a port of it."""
    options = COMPOSE["services"]["database"].get("command", ["postgres"])[1:]
    mounted = next(place for place in COMPOSE["services"]["database"]["volumes"] if place.startswith("./pg_hba.conf"))
    options = [each.replace("/run/secrets", str(secrets)).replace(mounted.split(":")[1], str(hba)) for each in options]
    return [*options, f"-clisten_addresses={PROXY}", f"-cport={port}"]


def make_certificate(folder: Path, *name: str) -> None:
    """Make the database's certificate and key in a folder, as the README says."""
    subprocess.run(["sh", DEPLOY / "database-certificate.sh", folder, *name], check=True, capture_output=True)


def wait_for(url: str, **options: Any) -> None:
    """Wait until a URL answers 200, a minute at most."""
    for _ in range(600):
        try:
            if httpx.get(url, trust_env=False, **options).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"nothing came up at {url}")


def _make_secrets(folder: Path, database_port: int) -> None:
    """Write the files that the README has written before the first start; the proxy's certificate is this machine's."""
    folder.mkdir(mode=0o700)
    make_certificate(folder, "localhost")
    for ending in ("pem", "key"):
        (folder / f"database.{ending}").rename(folder / f"certificate.{ending}")
    make_certificate(folder)
    (folder / "database_password").write_text(PASSWORD)
    (folder / "database_login").write_text(f"database:{database_port}:router:router:{PASSWORD}\n")
    for file in folder.iterdir():
        file.chmod(0o400)


def _mount_secrets(service: str, folder: Path, place: Path) -> None:
    """Copy the secrets of a part into a place, by the names that compose gives them."""
    for name in COMPOSE["services"][service].get("secrets", ()):
        shutil.copy(folder / COMPOSE["secrets"][name]["file"], place / name)


@contextmanager
def _database(folder: Path, port: int) -> Iterator[Server]:
    with TemporaryDirectory(prefix="secrets-") as name:
        secrets = Path(name)
        _mount_secrets("database", folder, secrets)
        shutil.copy(DEPLOY / "pg_hba.conf", secrets)
        give_away(secrets, *secrets.iterdir())
        options = database_options(secrets, secrets / "pg_hba.conf", port)
        with ExitStack() as stack:
            with _core_files(CORE["database"]):
                server = stack.enter_context(server_to_stop(*options, password=PASSWORD))
            to = {"hostaddr": PROXY, "port": port, "user": "router", "password": PASSWORD, "dbname": "postgres"}
            with psycopg.connect(**to, autocommit=True) as connection:
                connection.execute("CREATE DATABASE router")
            yield server


def _settings_of(service: str, folder: Path, database_port: int) -> dict[str, str]:
    """Return the variables that compose gives a part, with this machine's places in place of the containers'."""
    secrets = folder / "run" / service
    secrets.mkdir(parents=True, exist_ok=True)
    _mount_secrets(service, folder, secrets)
    variables: dict[str, str] = dict(COMPOSE["services"][service]["environment"])
    url = variables["REFERRAL_ROUTER_DATABASE"].replace("@database/", f"@database:{database_port}/")
    variables["REFERRAL_ROUTER_DATABASE"] = f"{url}&hostaddr={PROXY}"
    variables["REFERRAL_ROUTER_TRUSTED_PROXIES"] = f"{PROXY}/32"
    places = {"/run/secrets": str(secrets), "/keys": str(folder / "keys")}
    for container, here in places.items():
        variables = {name: value.replace(container, here) for name, value in variables.items()}
    return variables


@contextmanager
def _core_files(most: int | None) -> Iterator[None]:
    """Start processes in this block with a limit of core files, None for a machine that writes them whole."""
    soft, hard = getrlimit(RLIMIT_CORE)
    setrlimit(RLIMIT_CORE, (hard if most is None else most, hard))
    try:
        yield
    finally:
        setrlimit(RLIMIT_CORE, (soft, hard))


@contextmanager
def _reached_through_proxy(folder: Path, ports: Mapping[str, int]) -> Iterator[tuple[httpx.Client, int, int, Names]]:
    """Give a client of the proxy before processes that are ready, the proxy's port without TLS, its id, and names."""
    for port in ports.values():
        wait_for(f"http://{PROXY}:{port}/health/ready")
    home, plain, secure = folder / "proxy", free_port(), free_port()
    home.mkdir()
    _mount_secrets("proxy", folder, home)
    text = (DEPLOY / "nginx.conf").read_text().replace("/run/secrets", str(home))
    text = text.replace("/var/cache/nginx", str(home))
    for name, port in ports.items():
        text = text.replace(f"{name}:8000", f"{name}:{port}")
    # A machine of tests may have no IPv6.
    text = re.sub(r"listen \[::\].*;\n", "", text)
    text = text.replace("listen 80;", f"listen {PROXY}:{plain};").replace("listen 443 ", f"listen {PROXY}:{secure} ")
    # The image of nginx is built with these places; its user may write there, as the tests' may here.
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {home}/{kind}_temp;\n" for kind in kinds)
    context = ssl.create_default_context(cafile=folder / "secrets" / "certificate.pem")
    with serving_names(dict.fromkeys(ports, PROXY)) as names:
        text = text.replace("resolver 127.0.0.11 ", f"resolver {PROXY}:{names.port} ")
        (home / "nginx.conf").write_text(text.replace("http {", "http {\n" + places, 1))
        directives = f"daemon off; user {getuser()};"
        command = ["nginx", "-p", home, "-c", home / "nginx.conf", "-e", "stderr", "-g", directives]
        subprocess.run([*command, "-t"], check=True)
        with (home / "proxy.log").open("wb") as log, _core_files(CORE["proxy"]):
            process = subprocess.Popen(command, stderr=log, stdout=log)
        try:
            with httpx.Client(base_url=f"https://localhost:{secure}", verify=context, timeout=120) as client:
                wait_for(f"https://localhost:{secure}/health/live", verify=context)
                yield client, plain, process.pid, names
        finally:
            process.terminate()
            process.wait(STOPPED_WITHIN_S)


@contextmanager
def _process(
    folder: Path, name: str, environment: dict[str, str], *command: str, umask: int = -1
) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            [*ROUTER, *command], cwd=folder, env=environment_of() | environment, stderr=log, stdout=log, umask=umask
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(STOPPED_WITHIN_S)


def _run(folder: Path, environment: dict[str, str], *command: str, given: bytes = b"", umask: int = -1) -> None:
    done = subprocess.run(
        [*ROUTER, *command], cwd=folder, env=environment_of() | environment, input=given, umask=umask,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (command, done.stdout, done.stderr)
