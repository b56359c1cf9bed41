"""Writes that the database refuses, read-only, full or locked: logged, counted, told by readiness, with their own code.

The refusals are the databases' own: SQLite told to have no page more, or to be read-only; a file at its limit of size;
PostgreSQL whose transactions are read-only.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_builders import ADDRESS_KEY, EVERY_SCOPE, HOTLINE, Api, demo_profile, load_demo, running
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from service.database import engine as engines
from service.i18n import setup
from service.settings import Settings
from service.webhooks import delivering

PROJECT = Path(__file__).parents[2]
CODE = "new-form"
COUNT = {"unit": "bed", "available": 1, "maximum": 2}
SECRET = "Sedgewick"


@pytest.fixture
def api(
    settings: Settings, fill: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Api]:
    """An application over the demo, which looks again soon whether the database stores."""
    monkeypatch.setattr(delivering, "TRY_EVERY_S", 0.05)
    fill(settings.database)
    load_demo(settings)
    with running(settings.model_copy(update={"deliver": False, "token_key_file": tmp_path / "token.key"})) as app:
        yield app


@pytest.fixture
def pragmas() -> Iterator[list[str]]:
    """The pragmas that every transaction on SQLite begins with: a list to fill, and to fill anew."""
    pragmas: list[str] = []

    def run(connection: Connection) -> None:
        for pragma in pragmas if connection.dialect.name == "sqlite" else ():
            connection.connection.cursor().execute(pragma)

    event.listen(Engine, "begin", run, insert=True)
    yield pragmas
    event.remove(Engine, "begin", run)


@contextmanager
def read_only(url: str, pragmas: list[str]) -> Iterator[None]:
    """Make a database read-only for everybody, connections that are open included, for a `with` block."""
    if url.startswith("sqlite"):
        pragmas[:] = ["PRAGMA query_only=ON"]
        yield
        pragmas[:] = ["PRAGMA query_only=OFF"]
        return
    name = make_url(url).database
    server = create_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")

    def set_to(value: str) -> None:
        with server.connect() as connection:
            connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}"))
            connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"))

    try:
        set_to("on")
        yield
        set_to("off")
    finally:
        server.dispose()


def put_form(api: Api, name: str = SECRET) -> httpx.Response:
    form = {"name": name, "languages": ["en"], "elements": ["who"]}
    return api.client.put(
        f"/v1/release-forms/{CODE}", json=form, headers=api.bearer(*EVERY_SCOPE) | {"If-None-Match": "*"}
    )


def figures(api: Api) -> dict[str, Any]:
    families = text_string_to_metric_families(api.get("/metrics", "operator").text)
    return {(sample.name, sample.labels.get("cause")): sample.value for family in families for sample in family.samples}


def test_a_database_that_is_read_only(api: Api, pragmas: list[str], caplog: pytest.LogCaptureFixture) -> None:
    """503 `not_stored`; a line and a count; readiness says so until a write succeeds; paths are found all the while."""
    count = ("referral_router_refused_writes_total", "read_only")
    before = figures(api).get(count, 0)
    with caplog.at_level(logging.WARNING), read_only(api.settings.database, pragmas):
        reply = put_form(api)
        ready = api.client.get("/health/ready")
        response = api.post("/v1/referral-paths", demo_profile(), "route", "route:any")
        counted = figures(api)

    assert (reply.status_code, reply.json()["code"]) == (503, "not_stored"), reply.text
    assert int(reply.headers["retry-after"]) > 1
    assert (ready.status_code, ready.json()["status"]) == (503, "not_ready")
    assert ready.json()["reason"] == setup.WRITES_REFUSED["read_only"]
    assert response.status_code == 200
    assert counted[count] > before
    assert counted["referral_router_ready", None] == 0
    lines = [record for record in caplog.records if record.name == "service.database.refused_writes"]
    assert {(record.getMessage(), vars(record)["cause"]) for record in lines} == {("write refused", "read_only")}
    assert SECRET not in caplog.text + reply.text

    assert stores_again(api)
    assert put_form(api).status_code == 201


def stores_again(api: Api) -> bool:
    """Wait until readiness says that the database stores; nobody writes but the application's own heartbeat."""
    for _ in range(200):
        if api.client.get("/health/ready").status_code == 200:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_is_full(api: Api, pragmas: list[str]) -> None:
    """SQLite may have no page more: what needs one is refused with the cause, what fits is stored."""
    count = ("referral_router_refused_writes_total", "full")
    before = figures(api).get(count, 0)
    pragmas[:] = ["PRAGMA max_page_count=1"]  # as many as it has, at least
    path, scopes = f"/v1/organizations/{HOTLINE}", ("directory:read", "directory:write")
    record = api.get(path, *scopes).json() | {"description": "Long " * 1_990}
    refusal = api.client.put(path, json=record, headers=api.bearer(*scopes) | {"If-Match": "*"})
    counted = figures(api)

    assert (refusal.status_code, refusal.json()["code"]) == (503, "not_stored"), refusal.text
    assert counted[count] == before + 1
    assert stores_again(api)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_is_locked_is_busy_and_still_ready(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock passes: `busy`, counted; readiness gives the reason and stays ready, for answers go on."""
    count = ("referral_router_refused_writes_total", "locked")
    before = figures(api).get(count, 0)
    file = make_url(api.settings.database).database or ""
    other = create_engine(f"sqlite:///{file}")
    event.listen(other, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_S", 0.05)
    with other.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        response = put_form(api)
        ready = api.client.get("/health/ready")
        counted = figures(api)
        connection.exec_driver_sql("ROLLBACK")
    other.dispose()

    assert (response.status_code, response.json()["code"]) == (503, "busy")
    assert (ready.status_code, ready.json()["reason"]) == (200, setup.WRITES_REFUSED["locked"])
    assert counted[count] > before


def test_a_file_that_may_not_grow_is_full(tmp_path: Path) -> None:
    """The limit is the system's: the program says so in a sentence, exit status 1, and what was stored stays."""
    program = f"""
import resource, sys
from service.cli import run_command
assert run_command(["db", "upgrade"]) == 0
size = {4 << 20}
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
sys.exit(run_command(["load", {str(big_bundle(tmp_path))!r}]))
"""
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(PROJECT), "REFERRAL_ROUTER_ADDRESS_KEY": ADDRESS_KEY.get_secret_value()},
        capture_output=True,
        check=False,
    )

    assert ran.returncode == 1, ran.stderr
    assert b"write refused cause=full" in ran.stderr
    assert b"Traceback" not in ran.stderr


def big_bundle(folder: Path) -> Path:
    """Write a bundle of some megabytes, and return where."""
    file = folder / "coalition.json"
    phones = ",".join(f'{{"number": "555-{number:06}", "description": "{"line " * 20}"}}' for number in range(30_000))
    file.write_text(
        '{"coalition": {"slug": "big", "name": "Big", "timezone": "America/Chicago", "policy_packs": ["federal"]},'
        f'"organizations": [{{"id": "one", "name": "One", "phones": [{phones}]}}]}}'
    )
    return file
