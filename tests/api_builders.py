"""A running application over a real SQLite file that holds the demo coalition, and callers with tokens of their own."""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import make_url

from service import demo
from service.app import create_app
from service.database.database import Database, open_database
from service.directory.use_cases.load_bundle import load_bundle
from service.maintenance.tables import all_tables
from service.security import build_caller, issue_token
from service.server import server_config
from service.settings import Settings

HOTLINE = "juniper-bridge-hotline"
EVERY_SCOPE = ("route", "route:any", "directory:read", "directory:write", "directory:admin", "operator", "webhook")
ADDRESS_KEY = SecretStr("b" * 43 + "=")
NO_RACE = httpx.Limits(keepalive_expiry=2)
"""A connection is idle for less than the server lets it be: none is used just as the server ends it."""


@dataclass(frozen=True)
class Api:
    """An application and a client that speaks to it."""

    settings: Settings
    client: httpx.Client

    def token(self, *scopes: str, organization: str = HOTLINE, subject: str | None = None) -> str:
        caller = build_caller(organization=organization, scopes=scopes, subject=subject)
        return issue_token(self.settings, caller, ttl=timedelta(hours=1))

    def bearer(self, *scopes: str, organization: str = HOTLINE, subject: str | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(*scopes, organization=organization, subject=subject)}"}

    def get(self, path: str, *scopes: str, **options: Any) -> httpx.Response:
        return self.client.get(path, headers=self.bearer(*scopes) | options.pop("headers", {}), **options)

    def post(self, path: str, body: Any, *scopes: str, **options: Any) -> httpx.Response:
        """Post `body` (bytes as they are, anything else as JSON) as the hotline, with these scopes."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        organization = options.pop("organization", HOTLINE)
        headers = {"Content-Type": "application/json"} | self.bearer(*scopes, organization=organization)
        return self.client.post(path, content=content, headers=headers | options.pop("headers", {}), **options)


def demo_settings(folder: Path, **more: Any) -> Settings:
    """Settings for an SQLite file in `folder` that holds the demo coalition; a busy machine has time enough."""
    limits = {"time_budget_ms": 60_000, **more}
    file = folder / "router.db"
    _write(file, _demo_database())
    return Settings(database=f"sqlite:///{file}", address_key=ADDRESS_KEY, **limits)


def _write(file: Path, database: bytes) -> None:
    file.write_bytes(database)
    file.chmod(0o600)


@cache
def _migrated_database() -> bytes:
    """Return an SQLite file with the tables in it: a copy costs far less than all migrations anew."""
    return _made(lambda database: database.upgrade(all_tables))


@cache
def _demo_database() -> bytes:
    """Return an SQLite file with the demo coalition in it."""
    return _made(lambda database: load_bundle(database.unit_of_work(), demo.coalition_bytes(), replace=True))


def _made(fill: Callable[[Database], object]) -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "router.db"
        with open_database(Settings(database=f"sqlite:///{file}", address_key=ADDRESS_KEY)) as database:
            database.upgrade(all_tables)
            fill(database)
        with closing(sqlite3.connect(file)) as connection:  # all of it in the one file that is copied
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return file.read_bytes()


def stored_rows(settings: Settings) -> dict[str, tuple[int, int | None]]:
    """Return how many rows an SQLite file has in each table that tests may not change in a shared demo."""
    tables = ("record", "consent", "referral", "hold", "grievance", "webhook_endpoint", "vocabulary_proposal")
    with closing(sqlite3.connect(str(make_url(settings.database).database))) as connection:
        return {name: connection.execute(f"SELECT count(*), max(rowid) FROM {name}").fetchone() for name in tables} | {
            "version": connection.execute("SELECT max(version), sum(version) FROM record").fetchone()
        }


def load_demo(settings: Settings, data: bytes | None = None) -> int:
    """Load the demo coalition, or `data`, and return the directory version afterwards."""
    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        _write(Path(url.database), _migrated_database())
    with open_database(settings) as database:
        database.upgrade(all_tables)
        bundle = demo.coalition_bytes() if data is None else data
        return load_bundle(database.unit_of_work(), bundle, replace=True).directory_version


@contextmanager
def running(settings: Settings, port: int = 0) -> Iterator[Api]:
    """Run the application for `settings` on a port of this machine, any that is free, for a `with` block."""
    with serving(create_app(settings), port) as client:
        yield Api(settings, client)


class PromptServer(uvicorn.Server):
    """The server that production uses, which stops a hundredth of a second after it is told to, not a tenth."""

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            await asyncio.sleep(0.01)


@contextmanager
def serving(app: FastAPI, port: int = 0) -> Iterator[httpx.Client]:
    """Serve `app` with the server that production uses, in a thread of its own, and give a client for it."""
    server = PromptServer(server_config(lambda: app, log_config=None))
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(128)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread = Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                time.sleep(0.01)
            with httpx.Client(base_url=url, trust_env=False, timeout=120, limits=NO_RACE) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(30)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def demo_profile(name: str = "01-fifteen-at-2am") -> dict[str, Any]:
    profile: dict[str, Any] = json.loads(demo.profile_bytes(name))
    return profile
