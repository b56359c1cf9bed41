"""A program that is asked for everything at once, for long: memory, files and locks stay as they are.

SOAK_MINUTES says for how long: by default half a minute in the long run, six seconds in the gate; `SOAK_MINUTES=60` is
an hour. On a machine that has other work a second counts for as long as it takes there to compute for one; `QUIET=1`
holds the test to the second itself.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import postgres
import pytest
from api_builders import load_demo
from length import draws
from loop_builders import LEGAL, coalition, loop_settings
from receivers import receiving
from servers import PROJECT, Server, server_process
from sqlalchemy import make_url
from traffic import SCOPES, given, traffic

MINUTES = float(os.environ.get("SOAK_MINUTES", 0.1 * draws(5)))
QUIET = os.environ.get("QUIET") == "1"
LOCKED_S = 1.0
GROWTH, FIRST_KIB = 1.05, 12_000
"""What memory may grow by between the middle and the end: a part of it, and what caches fill at first."""
FILES_MORE = 8
"""Files of a pool of connections, which need not all have been opened by the first look."""
PROBE = """
import json, signal, sys, time
from service.database.engine import build_engine
from service.database.unit_of_work import for_writing
from service.settings import Settings
signal.signal(signal.SIGTERM, signal.default_int_handler)
waited_s, slowness, engine = 0.0, 1.0, for_writing(build_engine(Settings(database=f"sqlite:///{sys.argv[1]}")))
try:
    while True:
        begun = time.monotonic()
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")
            waited_s = max(waited_s, time.monotonic() - begun)
        begun, used = time.monotonic(), time.thread_time()
        sum(range(500_000))
        slowness = max(slowness, (time.monotonic() - begun) / (time.thread_time() - used))
        time.sleep(0.02)
except KeyboardInterrupt:
    print(json.dumps([waited_s, slowness]))
"""


@contextmanager
def waits_for_locks(file: str) -> Iterator[Callable[[], tuple[float, float]]]:
    """Ask for the write lock again and again as one more process of the program; give its longest wait and slowness."""
    probe = subprocess.Popen([sys.executable, "-c", PROBE, file], cwd=PROJECT, stdout=subprocess.PIPE, text=True)

    def longest() -> tuple[float, float]:
        probe.terminate()
        waited_s, slowness = json.loads(probe.communicate()[0])
        return waited_s, slowness

    try:
        yield longest
    finally:
        probe.kill()
        probe.wait()


def memory_kib(server: Server) -> int:
    """What the process has in memory, without what it shares with others' files."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{server.process}/status").read_text().splitlines())
    return int(fields["RssAnon"].split()[0])


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own; PostgreSQL tells in its log who waited for a lock longer than a second."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'router.db'}"
        return
    try:
        with postgres.server_to_stop("-c", "deadlock_timeout=1s", "-c", "log_lock_waits=on") as server:
            yield server.url
    except postgres.NoPostgres as error:
        pytest.skip(str(error))


@pytest.mark.one_database
def test_nothing_grows_and_nobody_waits(url: str, tmp_path: Path, say: Callable[[str], None]) -> None:
    """All kinds of requests at once; webhooks are delivered meanwhile, and what was answered is stored once."""
    settings = loop_settings(url, tmp_path)
    load_demo(settings, json.dumps(coalition()).encode())
    looks: list[int] = []
    with receiving() as receiver, server_process(tmp_path, on=settings, **given(settings)) as server:
        headers = server.bearer(*SCOPES, organization=LEGAL)
        assert server.client.post("/v1/webhook-endpoints", json={"url": receiver.url}, headers=headers).is_success
        with traffic(server) as running:
            files = server.open_files()
            with waits_for_locks(_probed(url, tmp_path)) as longest:
                ends = time.monotonic() + 60 * MINUTES
                while time.monotonic() < ends:
                    time.sleep(60 * MINUTES / 40)
                    looks.append(memory_kib(server))
                waited_s, slowness = longest()
            statuses, came = running.statuses(), running.came_back()
        lost, left = running.lost(server), server.open_files()
    middle, end = median(looks[10:20]), median(looks[30:])

    say(
        f"{url.split(':')[0]}: {statuses.total()} requests in {MINUTES:g} min, {len(receiver.received)} deliveries, "
        f"{came} told to come back; lock waited for {waited_s:.2f} s at most, slowness {slowness:.1f}; memory "
        f"{middle / 1024:.0f} MiB in the middle, {end / 1024:.0f} at the end; {files} files open, {left} after; "
        f"{len(lost)} lost"
    )
    assert lost == []
    assert statuses[500] == 0
    assert receiver.received
    assert end <= middle * GROWTH + FIRST_KIB
    assert left <= files + FILES_MORE
    assert waited_s <= (LOCKED_S if QUIET else LOCKED_S * slowness)
    if not url.startswith("sqlite"):
        assert "still waiting for" not in (Path(str(make_url(url).query["host"])) / "log").read_text()


def _probed(url: str, folder: Path) -> str:
    """Return the file whose lock is asked for; PostgreSQL tells of its locks by itself: a file of nobody's."""
    file = make_url(url).database if url.startswith("sqlite") else None
    return file or str(folder / "nobodys.db")
