"""`serve --workers 2` as real processes: both answer from a change through one of them, and both stop in good order.

Two seconds are promised on a machine that has time: `QUIET=1` holds the test to them as they stand. Without it a second
counts for as long as the work of following a change takes here and now, which the test does beside the processes.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event

import httpx
import pytest
from api_builders import demo_profile, demo_settings, free_port
from command_line import start
from test_serving import wait_for

from service.database.database import open_database
from service.database.polling import POLL_EVERY_S
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.i18n import setup
from service.security import build_caller, issue_token
from service.settings import Settings

PROFILE = "05-immigration-help-from-abroad"  # cheap to answer
CHANGED = "heron-legal"  # on every path of that profile, with two services
FOLLOW_WITHIN_S = 2.0
CHANGES = 3
QUIET = os.environ.get("QUIET") == "1"
EDITION = re.compile(r"Edition [a-z]+")


@dataclass(frozen=True)
class Answered:
    """One answer under load: by which process, when it came, and what it was made from."""

    process: str
    at_s: float
    version: int
    names: frozenset[str]


@dataclass
class Workers:
    """Two processes behind one port."""

    settings: Settings
    parent: subprocess.Popen[bytes]
    url: str

    def headers(self, organization: str, *scopes: str) -> dict[str, str]:
        token = issue_token(
            self.settings, build_caller(organization=organization, scopes=scopes), ttl=timedelta(hours=1)
        )
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def connect(self) -> httpx.Client:
        """One client that keeps to one connection, and so to one process."""
        limits = httpx.Limits(max_connections=1, keepalive_expiry=60)
        return httpx.Client(base_url=self.url, trust_env=False, timeout=60, limits=limits)

    def processes(self) -> list[str]:
        """Return the ids of the processes that the parent started."""
        children = Path(f"/proc/{self.parent.pid}/task/{self.parent.pid}/children").read_text().split()
        assert len(children) >= 2
        return children

    def process_of(self, client: httpx.Client) -> str:
        """Return the id of the process that holds the other end of a connection, as the system knows it."""
        stream = client.get("/health/live").extensions["network_stream"]
        ends = [f":{stream.get_extra_info(end)[1]:04X}" for end in ("server_addr", "client_addr")]
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        [socket_id] = [row[9] for row in rows if [row[1][-5:], row[2][-5:]] == ends]
        return next(child for child in self.processes() if f"socket:[{socket_id}]" in sockets_of(child))

    def one_connection_each(self, stack: ExitStack) -> dict[str, httpx.Client]:
        """Open connections until each process has one, the one that starts last as well."""
        clients: dict[str, httpx.Client] = {}
        for _ in range(300):
            client = self.connect()
            process = self.process_of(client)
            if process in clients:
                client.close()
                time.sleep(0.1)
                continue
            stack.callback(client.close)
            clients[process] = client
            if len(clients) == 2:
                return clients
        self.parent.terminate()
        raise AssertionError(f"one process takes all connections: {self.parent.communicate()[1]!r}")


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    settings = demo_settings(tmp_path)
    port = free_port()
    limits = {"address_key": "b" * 43 + "=", "rate_limit": "1000000/minute", "metrics_open": "true"}
    parent = start(tmp_path, "serve", "--workers", "2", "--port", str(port), "--database", settings.database, **limits)
    try:
        wait_for(f"http://127.0.0.1:{port}/health/ready", parent)
        yield Workers(settings, parent, f"http://127.0.0.1:{port}")
    finally:
        parent.kill()
        parent.communicate()


def test_all_processes_follow_a_change_within_two_seconds(workers: Workers, say: Callable[[str], None]) -> None:
    """Under load, a change through one connection is answered from by both processes in time, and never in part."""
    answers: list[Answered] = []
    done = Event()

    def ask(process: str, client: httpx.Client) -> None:
        headers = workers.headers("juniper-bridge-hotline", "route", "route:any")
        while not done.is_set():
            response = client.post("/v1/referral-paths", json=demo_profile(PROFILE), headers=headers)
            assert response.status_code == 200
            document = response.json()
            names = frozenset(EDITION.findall(json.dumps(document["paths"])))
            answers.append(Answered(process, time.monotonic(), document["directory_version"], names))
            time.sleep(0.02)

    with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        connected = workers.one_connection_each(stack)
        asking = [pool.submit(ask, *item) for item in connected.items()]
        try:
            changed = []
            for version in range(2, 2 + CHANGES):
                stored_s = change(workers, version)
                slowness = slowness_until(workers.settings, partial(followed, answers, version, set(connected)))
                changed.append((version, stored_s, slowness))
        finally:
            done.set()
        for future in asking:
            future.result()

    for version, stored_s, slowness in changed:
        took_s = [
            min(a.at_s for a in answers if a.process == process and a.version >= version) - stored_s
            for process in connected
        ]
        say(f"a change was followed in {' and '.join(f'{took:.2f} s' for took in took_s)}; slowness {slowness:.1f}")
        assert max(took_s) <= FOLLOW_WITHIN_S * (1 if QUIET else slowness)
    assert {answer.version for answer in answers} == set(range(1, 2 + CHANGES))
    for answer in answers:
        assert answer.names == ({edition(answer.version)} if answer.version > 1 else frozenset())
    stop_in_order(workers, signal.SIGTERM)


def test_a_count_of_places_reaches_every_process_within_two_seconds(
    workers: Workers, say: Callable[[str], None]
) -> None:
    """Sent through one of them, answered by from both, with no other version of the directory."""
    sender, place = "juniper-bridge-hotline", "/v1/services/bh-beds/capacity"
    profile = {
        "client": {"age": 30, "gender": "female", "languages": ["en"], "area": "demo-north"},
        "needs": [{"type": "emergency_shelter", "urgency": "now"}],
        "facts": {"client_present": True},
    }

    def leads_there(client: httpx.Client) -> bool:
        document = client.post("/v1/referral-paths", json=profile, headers=workers.headers(sender, "route")).json()
        assert document["directory_version"] == 1
        return '"bh-beds"' in json.dumps(document["paths"])

    with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        connected = workers.one_connection_each(stack)
        first = next(iter(connected.values()))
        for available in (3, 0, 5):
            count = {"unit": "bed", "available": available, "maximum": 20}
            counted = first.put(place, json=count, headers=workers.headers("bluestem-haven", "capacity"))
            assert counted.status_code == 200, counted.text
            stored_s, seen_s = time.monotonic(), dict[str, float]()

            def follow(process: str, client: httpx.Client, room: bool, seen_s: dict[str, float]) -> None:
                while leads_there(client) is not room:
                    time.sleep(0.02)
                seen_s[process] = time.monotonic()

            following = [pool.submit(follow, *item, available > 0, seen_s) for item in connected.items()]
            slowness = slowness_until(workers.settings, partial(are_done, following))
            for future in following:
                future.result()
            took_s = max(seen_s.values()) - stored_s
            say(f"a count was followed by both processes in {took_s:.2f} s; slowness {slowness:.1f}")
            assert took_s <= FOLLOW_WITHIN_S * (1 if QUIET else slowness)


def sockets_of(process: str) -> set[str]:
    """Return the sockets that a process holds."""
    return {os.readlink(link) for link in Path(f"/proc/{process}/fd").iterdir() if link.is_symlink()}


def are_done(running: Sequence[Future[None]]) -> bool:
    return all(future.done() for future in running)


def followed(answers: Sequence[Answered], version: int, processes: set[str]) -> bool:
    """Say whether every process has answered from a version."""
    return {answer.process for answer in list(answers) if answer.version >= version} == processes


def edition(version: int) -> str:
    """Name a version without a number: a name that ends in a number may be a street's, and is withheld."""
    return f"Edition {chr(ord('a') + version)}"


def change(workers: Workers, version: int) -> float:
    """Name an organization and all its services anew, in one write; return when it was stored."""
    headers = workers.headers(CHANGED, "directory:read", "directory:write")
    with workers.connect() as client:
        response = client.get(f"/v1/organizations/{CHANGED}", headers=headers)
        record = response.json()
        for part in (record, *record["services"]):
            part["name"] = edition(version)
        put = client.put(
            f"/v1/organizations/{CHANGED}", json=record, headers=headers | {"If-Match": response.headers["etag"]}
        )
    assert put.status_code == 200, put.text
    return time.monotonic()


def slowness_until(settings: Settings, happened: Callable[[], bool]) -> float:
    """Do what a process does to follow a change, wait for a poll and rebuild, over and over until something happened.

    Return the most that it took, over what it takes where nobody else wants the processors.
    """
    worst, give_up_at = 1.0, time.monotonic() + 120
    with open_database(settings) as database:
        while not happened():
            assert time.monotonic() < give_up_at, "a change was not followed at all"
            wall_s, cpu_s = time.monotonic(), time.thread_time()
            time.sleep(POLL_EVERY_S)
            load_snapshot(database.unit_of_work(writes=False))
            alone_s = POLL_EVERY_S + time.thread_time() - cpu_s
            worst = max(worst, (time.monotonic() - wall_s) / alone_s)
    return worst


def stop_in_order(workers: Workers, how: signal.Signals) -> None:
    """Stop the parent and check that it ends well, takes its processes along, and has nothing to complain of."""
    children = workers.processes()
    workers.parent.send_signal(how)
    _, errors = workers.parent.communicate(timeout=30)

    assert workers.parent.returncode == 0
    wait_until_ended(children)
    assert b"ERROR" not in errors
    assert b"Traceback" not in errors


def test_processes_do_not_outlive_the_one_that_started_them(workers: Workers) -> None:
    """Both answer; when their parent is killed, which cannot take them along, they end and the port is free."""
    with ExitStack() as stack:
        for client in workers.one_connection_each(stack).values():
            assert client.get("/health/ready").status_code == 200
    children = workers.processes()

    workers.parent.kill()

    wait_until_ended(children)
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", httpx.URL(workers.url).port or 0))
        free.listen()


def wait_until_ended(children: list[str]) -> None:
    for _ in range(300):
        if not [child for child in children if Path(f"/proc/{child}").exists()]:
            return
        time.sleep(0.1)
    raise AssertionError("a process went on")


def test_settings_that_cannot_be_served_are_told_before_any_process_starts(tmp_path: Path) -> None:
    """One sentence and status 1, not a traceback from each process."""
    settings = demo_settings(tmp_path)
    variables = {"jwks_url": "https://issuer.example.org/keys", "token_key_file": "other.key"}

    process = start(tmp_path, "serve", "--workers", "2", "--database", settings.database, **variables)
    _, errors = process.communicate(timeout=60)

    assert process.returncode == 1
    assert errors.decode().splitlines() == [setup.ONE_ISSUER]
