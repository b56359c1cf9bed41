"""Each fault by name: what happens to the program, its disk, its database or its clock, and what it needs for that."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx
import postgres
import psycopg
import pytest
from issuers import CLIENT, SECRET, LittleIssuer, little_issuer
from loop_builders import LEGAL, SENDER
from servers import Server
from sqlalchemy import Column, ColumnElement, create_engine, make_url, select, true, update
from traffic import bearer
from visitors import Visitor
from worst_bodies import ATTACKER, worst_profiles

from service.database.table_base import table_of
from service.directory.store.directory_tables import Coalition, Record

WORKERS_KILLED = int(os.environ.get("WORKERS_KILLED", "1"))
LASTS_S, MINUTE_S = 3.0, 60
DISK = "160m"
PAGES, PRESSING = "http://localhost:9", 7
"""Where pages are said to be, as in the Host field of those who open them; visitors who press "Sign in" at once."""
COALITION, RECORDS = table_of(Coalition), table_of(Record)
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)


@dataclass
class Site:
    """Where a fault happens."""

    folder: Path
    disk: Path
    url: str
    servers: tuple[postgres.Server, ...] = ()
    server: Server | None = None
    issuer: LittleIssuer | None = None

    @property
    def process(self) -> int:
        assert self.server is not None
        return self.server.process


Fault = Callable[[Site], AbstractContextManager[None]]


@contextmanager
def workers_killed(site: Site) -> Iterator[None]:
    """One of two, again and again, in the middle of whatever it does."""
    for number in range(WORKERS_KILLED):
        while len(workers := workers_of(site.process)) < 2:
            time.sleep(0.1)
        os.kill(workers[number % 2], signal.SIGKILL)
        time.sleep(LASTS_S)
    yield


def workers_of(parent: int) -> list[int]:
    """Return the processes that a serving program started, the one that counts what others left behind aside."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


@contextmanager
def disk_full(site: Site) -> Iterator[None]:
    """To the last byte, again and again, since files are deleted and made anew."""
    filler = site.disk / "filler"

    def fill() -> None:
        with filler.open("ab", buffering=0) as out, suppress(OSError):
            while True:
                out.write(b"\0" * 65_536)

    ends = time.monotonic() + LASTS_S
    while time.monotonic() < ends:
        fill()
        time.sleep(0.05)
    yield
    filler.unlink()
    for server in site.servers:
        with suppress(subprocess.CalledProcessError):  # it ends itself where its log has no room; else it runs
            server.start()


@contextmanager
def postgres_restarted(site: Site) -> Iterator[None]:
    (server,) = site.servers
    server.stop()
    yield
    server.start()


@contextmanager
def postgres_failed_over(site: Site) -> Iterator[None]:
    """The first is gone for good; its standby takes over."""
    first, standby = site.servers
    first.stop()
    yield
    standby.promote()


@contextmanager
def connections_used_up(site: Site) -> Iterator[None]:
    """Somebody ends the program's connections and takes all that there are."""
    home, others = site.servers[0].home, "pid <> pg_backend_pid() AND backend_type = 'client backend'"
    with ExitStack() as taken:

        def take() -> psycopg.Connection:
            return taken.enter_context(psycopg.connect(host=str(home), user="router", dbname="postgres"))

        first = take()
        first.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}").fetchall()
        first.commit()
        ends = time.monotonic() + LASTS_S
        while time.monotonic() < ends:
            with suppress(psycopg.OperationalError):
                take()
        yield


@contextmanager
def read_only(site: Site) -> Iterator[None]:
    """Every transaction is read-only, of connections that are open as well."""
    set_read_only(site.url, "on")
    wait_until_not_ready(site)
    yield
    set_read_only(site.url, "off")


@contextmanager
def file_read_only(site: Site) -> Iterator[None]:
    """Nobody may open SQLite's files to write, and one of two workers, killed, opens them anew.

    Who has them open may go on writing on some file systems, and on others not.
    """
    files = [site.disk / f"router.db{ending}" for ending in ("", "-wal")]
    if subprocess.run(["chattr", "+i", *files], check=False, capture_output=True).returncode != 0:
        pytest.skip("no file can be made immutable here")
    try:
        with workers_killed(site):
            wait_until_not_ready(site)
            yield
    finally:
        subprocess.run(["chattr", "-i", *files], check=True)


def wait_until_not_ready(site: Site) -> None:
    """Wait until the program has met the fault, and says so: of two workers, either."""
    assert site.server is not None
    ends = time.monotonic() + MINUTE_S
    while get_over_new_connection(site.server, "/health/ready").status_code != 503:
        assert time.monotonic() < ends, "the program did not meet the fault"
        time.sleep(0.1)


def set_read_only(url: str, value: str) -> None:
    engine = create_engine(make_url(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    engine.dispose()


@contextmanager
def clock_moved(site: Site, *, hours: int) -> Iterator[None]:
    """As the program itself shows by the date of its answers."""
    assert site.server is not None
    set_clock(site.folder, f"{hours:+}h")
    ends = time.monotonic() + MINUTE_S
    while abs(clock_ahead_s(site.server) - 3600 * hours) > MINUTE_S:
        assert time.monotonic() < ends, "the program's clock did not move"
        time.sleep(0.1)
    yield
    set_clock(site.folder, "+0")


def set_clock(folder: Path, offset: str) -> None:
    """Put the file there whole: libfaketime ends the program that reads the file while it is empty."""
    written = folder / "clock.new"
    written.write_text(offset)
    written.replace(folder / "clock")


def clock_ahead_s(server: Server) -> float:
    return (
        parsedate_to_datetime(get_over_new_connection(server, "/health/live").headers["date"]).timestamp() - time.time()
    )


def get_over_new_connection(server: Server, path: str) -> httpx.Response:
    """Return what is answered over a new connection: an open one stays with its worker, and may be about to end."""
    return httpx.get(f"{server.client.base_url}{path}", trust_env=False, timeout=MINUTE_S)


@contextmanager
def changed(site: Site, column: Column[Any], where: ColumnElement[bool], other: Callable[[Any], Any]) -> Iterator[None]:
    """Give a row another value by hand, in a version of the directory of its own, and what it had back in another."""
    engine, table = create_engine(make_url(site.url)), column.table

    def write(value: Any) -> None:
        with engine.begin() as connection:
            connection.execute(select(column).where(where).with_for_update())  # first, as the program does: no deadlock
            newer = connection.execute(select(COALITION.c.directory_version)).scalar_one() + 1
            connection.execute(update(COALITION).values(directory_version=newer))
            versioned = {"version": newer} if "version" in table.c else {}
            connection.execute(update(table).where(where).values({column: value, **versioned}))

    try:
        with engine.connect() as connection:
            before = connection.execute(select(column).where(where)).scalar_one()
        write(other(before))
        yield
        write(before)
    finally:
        engine.dispose()


def record_broken(site: Site) -> AbstractContextManager[None]:
    """An agreement with somebody who is not there, which no version of the program wrote."""
    mou = RECORDS.c.slug == "mou"
    return changed(site, RECORDS.c.document, mou, lambda known: {**known, "between": [*known["between"], str(uuid4())]})


def record_damaged(site: Site) -> AbstractContextManager[None]:
    """A service that everybody reads and one agency changes holds numbers where words were."""
    return changed(site, RECORDS.c.document, RECORDS.c.slug == "papers", lambda known: dict.fromkeys(known, 7))


def rules_missing(site: Site) -> AbstractContextManager[None]:
    """The coalition names rules that are not there."""
    return changed(site, COALITION.c.policy_packs, true(), lambda known: [*known, "us-gone"])


@contextmanager
def slow_clients(site: Site) -> Iterator[None]:
    """Ten that send a byte at a time, for a third of the body that they promised."""
    assert site.server is not None
    head = "".join(f"{name}: {value}\r\n" for name, value in bearer(site.server.settings, SENDER).items())
    begun = f"POST /v1/next-calls HTTP/1.1\r\nHost: here\r\n{head}Content-Length: 100\r\n\r\n".encode()
    with ExitStack() as stack:
        links = [stack.enter_context(socket.create_connection(("127.0.0.1", site.server.port))) for _ in range(10)]
        for link in links:
            link.sendall(begun)
        ends = time.monotonic() + LASTS_S
        while time.monotonic() < ends:
            time.sleep(0.1)
            for link in links:
                with suppress(OSError):  # cut off for being slow
                    link.sendall(b" ")
        yield


@contextmanager
def worst_profiles_asked(site: Site) -> Iterator[None]:
    """Ten at once, of one agency, with more consents than anybody has."""
    assert site.server is not None
    headers = bearer(site.server.settings, LEGAL) | {"Content-Type": "application/json"}

    def ask(body: bytes) -> None:
        with suppress(httpx.TransportError):
            own = body.replace(ATTACKER.encode(), LEGAL.encode()).replace(b"heron-legal", SENDER.encode())
            httpx.post(f"{site.server.client.base_url}/v1/referral-paths", content=own, headers=headers, timeout=60,
                       trust_env=False)  # fmt: skip

    with ThreadPoolExecutor(10) as pool:
        for body in worst_profiles():
            pool.submit(ask, body)
        yield


@contextmanager
def issuer_fails(site: Site) -> Iterator[None]:
    """The issuer that people sign in with hangs at first, then loses its keys and lies, while many press "Sign in".

    Each is answered within seconds, no page waits; who is signed in stays so.
    """
    assert site.server is not None
    assert site.issuer is not None
    issuer, desk = site.issuer, Visitor(site.server.client, headers={"Host": urlsplit(PAGES).netloc})
    site_url = str(site.server.client.base_url)

    def press(_: int) -> int:
        visitor = Visitor(httpx.Client(base_url=site_url, trust_env=False, timeout=MINUTE_S), headers=desk.headers)
        with visitor.client:
            return visitor.get("/signin/with-issuer").status_code

    issuer.hangs = Event()
    with ThreadPoolExecutor(PRESSING) as pool:
        pressing = pool.map(press, range(PRESSING))
        start = time.monotonic()
        assert desk.get("/guide").status_code == 200
        assert set(pressing) == {503}
        assert time.monotonic() - start < MINUTE_S / 2, "each waited for those before"
    issuer.hangs.set()
    issuer.hangs, ends = None, time.monotonic() + MINUTE_S
    while (answer := desk.get("/signin/with-issuer")).status_code != 303:
        assert time.monotonic() < ends, "the failure is remembered for too long"
        time.sleep(0.5)
    issuer.claims = {"organization": SENDER}
    query = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert desk.get(f"/signin/back?{urlsplit(issuer.authorize(query)).query}").status_code == 200
    issuer.fails, issuer.says = ("/keys",), {"issuer": "https://another.example.org"}
    ends = time.monotonic() + LASTS_S
    while time.monotonic() < ends:
        press(0)
        assert desk.get("/").status_code == 200, "a visitor signed somebody out"
    yield
    issuer.fails, issuer.says = (), {}
    assert desk.get("/").status_code == 200


def sign_in_settings(site: Site) -> dict[str, str]:
    """Return the settings by which people sign in with the issuer of a site, if it has one."""
    if site.issuer is None:
        return {}
    return {
        "page_url": PAGES, "sign_in_issuer": site.issuer.url, "sign_in_client_id": CLIENT,
        "sign_in_client_secret": SECRET,
    }  # fmt: skip


FAULTS: dict[str, tuple[Fault, tuple[str, ...]]] = {
    "one of two workers killed": (workers_killed, ("sqlite", "postgresql")),
    "disk full": (disk_full, ("sqlite", "postgresql")),
    "made read-only": (read_only, ("postgresql",)),
    "file made read-only under two workers": (file_read_only, ("sqlite",)),
    "PostgreSQL stopped and started": (postgres_restarted, ("postgresql",)),
    "PostgreSQL failed over": (postgres_failed_over, ("postgresql",)),
    "connections used up": (connections_used_up, ("postgresql",)),
    "clock an hour ahead": (partial(clock_moved, hours=1), ("sqlite", "postgresql")),
    "clock an hour back": (partial(clock_moved, hours=-1), ("sqlite", "postgresql")),
    "a rebuild that fails": (record_broken, ("sqlite", "postgresql")),
    "a damaged record": (record_damaged, ("sqlite", "postgresql")),
    "a rule pack that does not load": (rules_missing, ("sqlite", "postgresql")),
    "the sign-in issuer hangs, fails and lies": (issuer_fails, ("sqlite", "postgresql")),
    "ten slow clients": (slow_clients, ("sqlite",)),
    "ten of the worst profiles": (worst_profiles_asked, ("sqlite",)),
}


@contextmanager
def site_of(name: str, database: str, folder: Path) -> Iterator[Site]:
    """What the fault needs: a disk of its own, a server, its standby; skips, saying why, where it is not to be had."""
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk()) if name == "disk full" else folder
        issuer = stack.enter_context(little_issuer()) if "issuer" in name else None
        if database == "sqlite":
            yield Site(folder, disk, f"sqlite:///{disk / 'router.db'}", issuer=issuer)
            return
        options = ("-c", "max_connections=24", "-c", "wal_level=replica", "-c", "max_wal_size=32MB")
        try:
            first = stack.enter_context(postgres.server_to_stop(*options, within=disk if disk != folder else None))
        except postgres.NoPostgres as error:
            pytest.skip(str(error))
        if name != "PostgreSQL failed over":
            yield Site(folder, disk, first.url, (first,), issuer=issuer)
            return
        standby = stack.enter_context(first.standby())
        hosts = f"host={first.home}&host={standby.home}&target_session_attrs=read-write"
        yield Site(folder, disk, f"postgresql+psycopg://router@/postgres?{hosts}", (first, standby))


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system that any user reaches, as PostgreSQL's does."""
    with tempfile.TemporaryDirectory(prefix="disk-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o755)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", name], check=False).returncode != 0:
            pytest.skip("no file system can be mounted here")
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


def around(name: str, folder: Path) -> dict[str, str]:
    """Return the variables by which the program's clock can be moved while it runs, but not what it waits for."""
    if not name.startswith("clock"):
        return {}
    if FAKETIME is None:
        pytest.skip("libfaketime is not installed here; CI installs it")
    set_clock(folder, "+0")
    return {
        "LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(folder / "clock"), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
