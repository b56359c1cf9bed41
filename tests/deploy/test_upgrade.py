"""An upgrade under traffic, by the procedure of the README: tables first, then one process after the other.

Of this version to a made-up next one, which adds a table and a column: both processes stay ready over the newer tables.
The gate upgrades the tables and replaces one process. At length all processes are replaced under traffic of each kind,
and the last version that could not stay ready (`FORMER`) is upgraded too; the notes say which probe it needs.
"""

from __future__ import annotations

import json
import re
import shutil
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from api_builders import ADDRESS_KEY, demo_settings, free_port
from bundle_builders import bundle_bytes
from deployment import ANSWERING, ROUTER, Parts, running_parts, wait_for
from environments import PROJECT, environment_of
from length import is_long
from loop_builders import LEGAL, coalition
from next_version import ADDS, make_program
from postgres import NoPostgres
from receivers import Receiver, receiving
from servers import Server
from traffic import bearer, given, traffic
from webhook_builders import eventually

from service.i18n import setup
from service.settings import Settings

FORMER = "3bc54c4d"
"""The last version whose processes say that they are not ready over newer tables."""
REPLACED = (*ANSWERING, "deliver") if is_long() else (*ANSWERING[:1],)
KINDS = ("read", "answer", "loop") if is_long() else ("answer", "loop")
PAUSE_S, SETTLES_S = (0.1, 3.0) if is_long() else (0.5, 0.5)
"""Between the requests of a caller; after each step, so that traffic meets what it left."""
FEWEST_REFERRALS = 4 if is_long() else 1
STOPS_S = 15
"""How long an orchestrator waits for a process to end by itself."""
Readiness = list[tuple[int, str | None]]


@pytest.fixture
def next_version(tmp_path: Path) -> Path:
    """A made-up next version of the program."""
    return make_program(tmp_path / "next", ADDS)


@pytest.fixture
def former_version(tmp_path: Path) -> Path:
    """The program as it was; skipped where the history is not here."""
    (folder := tmp_path / "former").mkdir()
    archive = subprocess.run(["git", "archive", FORMER], cwd=PROJECT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"the history of this checkout does not reach back to {FORMER}")
    subprocess.run(["tar", "-x"], cwd=folder, input=archive.stdout, check=True)
    return folder


@contextmanager
def readiness_of(ports: Mapping[str, int]) -> Iterator[Readiness]:
    """Watch for a `with` block what the processes at ports say to the probe of an orchestrator."""
    over, said = threading.Event(), Readiness()

    def watch() -> None:
        while not over.wait(0.1):
            for port in ports.values():
                reply = httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False, timeout=20)
                said.append((reply.status_code, reply.json()["reason"]))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield said
    finally:
        over.set()
        thread.join()


@contextmanager
def running(folder: Path, program: Path) -> Iterator[tuple[Parts, Server]]:
    """Run a version as compose does for a `with` block, and give it as callers find it."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed here; CI installs it")
    more = {name: value for name, value in given(Settings()).items() if name != "database"}
    try:
        with running_parts(folder, program=program, bundle=bundle_bytes(coalition()), **more) as parts:
            context = ssl.create_default_context(cafile=parts.certificate)
            yield parts, Server(parts.api.settings, parts.api.client, 0, context)
    except NoPostgres as error:
        pytest.skip(str(error))


def replace(parts: Parts, name: str, program: Path, address: str) -> float:
    """Stop a process and start a version of the program in its place, at another address; return how long it took."""
    began = time.monotonic()
    parts.answering[name].terminate()
    try:
        parts.answering[name].wait(STOPS_S)
    except subprocess.TimeoutExpired:
        parts.answering[name].kill()
        parts.answering[name].wait(30)
    parts.start(name, program, address)
    if name in ANSWERING:
        parts.names.addresses[name] = address
        wait_for(f"http://{address}:{parts.ports[name]}/health/ready")
    return time.monotonic() - began


def upgrade_under_traffic(
    parts: Parts, server: Server, program: Path, say: Callable[[str], None]
) -> tuple[Readiness, str]:
    """Upgrade as the README says; return what the old processes said to a probe meanwhile, and one's counts then.

    Each read and each question was answered at once, each change at once or when sent again, and all of them once.
    """
    took = dict[str, float]()
    with receiving() as receiver:
        hook = {"url": receiver.url, "types": ["referral.requested"]}
        reply = server.client.post("/v1/webhook-endpoints", json=hook, headers=bearer(server.settings, LEGAL))
        assert reply.status_code == 201, reply.text
        with traffic(server, pause_s=PAUSE_S, kinds=KINDS) as running:
            with readiness_of(parts.ports) as said:
                began = time.monotonic()
                parts.run(program, "db", "upgrade")
                took["tables"] = time.monotonic() - began
                time.sleep(SETTLES_S)
            counts = httpx.get(f"http://127.0.0.1:{parts.ports['answer-1']}/metrics", trust_env=False).text
            for name in REPLACED:
                took[name] = replace(parts, name, program, "127.0.0.2")
                time.sleep(SETTLES_S)
            running.again_after(time.monotonic())
        referrals = running.callers["loop"].referrals
        eventually(lambda: referrals <= ids_of(receiver), within_s=60)
    statuses = {name: caller.statuses for name, caller in running.callers.items()}
    failures = {name: Counter({status: many for status, many in seen.items() if status == 0 or status >= 500})
                for name, seen in statuses.items()}  # fmt: skip

    told = [line for name in KINDS if name != "loop" for line in running.callers[name].unanswered]
    assert [line for line in told if not line.startswith("GET /health/ready")] == []  # old ones may say 503 there
    assert failures["loop"].keys() <= {0, 502, 503, 504}
    assert running.lost(server) == []
    assert len(referrals) >= FEWEST_REFERRALS
    say(f"upgrade under traffic: {', '.join(f'{name} {seconds:.1f} s' for name, seconds in took.items())}; "
        f"{sum(counter.total() for counter in statuses.values())} requests, "
        f"{failures['loop'].total()} changes sent again, none lost")  # fmt: skip
    return said, counts


def ids_of(receiver: Receiver) -> set[str]:
    return {json.loads(request.body)["data"]["id"] for request in list(receiver.received)}


def test_both_processes_stay_ready_while_they_are_upgraded(
    next_version: Path, tmp_path: Path, say: Callable[[str], None]
) -> None:
    """Old processes report newer tables in a note and a metric; new ones replace them one by one."""
    (folder := tmp_path / "parts").mkdir()
    with running(folder, PROJECT) as (parts, server):
        said, counts = upgrade_under_traffic(parts, server, next_version, say)
        now = [
            httpx.get(f"http://127.0.0.2:{parts.ports[name]}/health/ready", trust_env=False)
            for name in REPLACED
            if name in ANSWERING
        ]

    assert {status for status, _ in said} == {200}
    assert {reason for _, reason in said} == {None, setup.NEWER_ADDED}
    assert "referral_router_database_newer 1.0" in counts
    assert all(reply.json()["reason"] is None for reply in now)


@pytest.mark.at_length
def test_a_version_that_cannot_stay_ready_answers_all_the_same(
    former_version: Path, tmp_path: Path, say: Callable[[str], None]
) -> None:
    """As the upgrade notes say: a probe of readiness would take the old processes out, one of life does not."""
    (folder := tmp_path / "parts").mkdir()
    with running(folder, former_version) as (parts, server):
        said, _ = upgrade_under_traffic(parts, server, PROJECT, say)

    assert {status for status, _ in said} == {200, 503}
    notes = (PROJECT / "service/deploy/UPGRADES.md").read_text()
    assert FORMER in notes
    assert "/health/live" in notes


def test_sqlite_is_stopped_upgraded_and_started(next_version: Path, tmp_path: Path, say: Callable[[str], None]) -> None:
    """As the README says for a machine without containers; says how long nobody answered."""
    port, settings = free_port(), demo_settings(tmp_path)
    address = f"http://127.0.0.1:{port}/health/ready"
    environment = environment_of(database=settings.database, address_key=ADDRESS_KEY.get_secret_value())

    @contextmanager
    def serving(program: Path) -> Iterator[None]:
        process = subprocess.Popen(
            [*ROUTER, "serve", "--port", str(port)], cwd=tmp_path, env=environment | {"PYTHONPATH": str(program)}
        )
        try:
            wait_for(address)
            yield
        finally:
            process.terminate()
            process.wait(30)

    with serving(PROJECT):
        began = time.monotonic()
    newer = environment | {"PYTHONPATH": str(next_version)}
    done = subprocess.run(
        [*ROUTER, "db", "upgrade"], cwd=tmp_path, env=newer, check=True, capture_output=True, text=True
    )
    with serving(next_version):
        stopped_s = time.monotonic() - began
        assert httpx.get(address, trust_env=False).json()["reason"] is None

    assert re.search(r"This took \d+\.\d seconds\.", done.stdout)
    say(f"SQLite, stopped, upgraded and started: nobody answered for {stopped_s:.1f} s")
