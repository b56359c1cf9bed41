"""Whatever somebody without a token sends, and however often, no table goes on growing: rows and bytes of each.

Every operation of the description, every page and a refused token at each are asked for again and again, each time from
another network of one provider.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date
from ipaddress import IPv6Address
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from api_builders import load_demo, serving
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from loop_builders import loop_settings
from sqlalchemy import Engine, func, select

from service.app import create_app
from service.coalition.use_cases import hear_grievances
from service.database import audit_queue
from service.database.audit_tables import AuditEntry
from service.database.database import Database, open_database
from service.database.table_base import table_of
from service.maintenance.tables import all_tables
from service.referrals.store.attempt_limits import NetworkLimit

HOST = "router.example.org"
ADDRESSES = (str(IPv6Address(0x20010DB8 << 96 | number << 80 | 1)) for number in count(1))
"""Addresses of one provider, each in a network of its own."""
BAD_TOKEN = {"Authorization": "Bearer a.b.c"}
ENTRIES = table_of(AuditEntry)


@dataclass
class Stranger:
    """Somebody without a token, who asks for everything."""

    app: FastAPI
    client: httpx.Client
    database: Database

    def ask_for_everything(self) -> None:
        """Send every request that there is, without a token and with a bad one; then have written what waits."""
        for method, path, operation in self._requests():
            content = operation.get("requestBody", {}).get("content", {})
            sent: dict[str, Any] = {"data": form()} if not operation and method == "POST" else {}
            if content:
                sent = {"json": example_of(next(iter(content.values())))}
            url = re.sub(r"\{[^}]*\}", lambda _: secrets.token_hex(8), path)
            for token in ({}, BAD_TOKEN):
                headers = {"Host": HOST, "X-Forwarded-For": next(ADDRESSES), **token}
                self.client.request(method, url, headers=headers, follow_redirects=False, **sent)
        self.write()

    def write(self) -> None:
        assert self.database.audit is not None
        self.app.state.wiring.audit.write(self.database.unit_of_work(), self.database.audit)

    def _requests(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        described = self.app.openapi()["paths"]
        for context in iter_route_contexts(self.app.routes):
            for method in sorted(context.methods or ()):
                yield method, context.path, described.get(context.path, {}).get(method.lower(), {})


def form() -> dict[str, str]:
    """Fields that any of the pages' forms takes."""
    return {
        "code": secrets.token_urlsafe(32), "about": "*", "codes": "not_heard", "decision_id": str(uuid4()),
        "language": secrets.choice(["en", "es"]), "forgery": secrets.token_hex(32),
    }  # fmt: skip


def example_of(content: dict[str, Any]) -> Any:
    examples = content.get("examples") or {"": {"value": content.get("example", {})}}
    return next(iter(examples.values()))["value"]


def sizes(engine: Engine) -> dict[str, tuple[int, int]]:
    """Return the number of rows of each table, and of the bytes in them; a moment is as long as any other."""
    with engine.connect() as connection:
        tables = {table.name: connection.execute(select(table)).all() for table in all_tables().sorted_tables}
    return {
        name: (len(rows), sum(len(str(value).encode()) for row in rows for value in row if not isinstance(value, date)))
        for name, rows in tables.items()
    }


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stranger]:
    """At the demo coalition, with small limits for an hour; the audit's queue is written when the test says so."""
    monkeypatch.setattr("service.app.recording", lambda *_: nullcontext())
    for name in ("GRIEVANCES", "GRIEVANCE_CODES"):
        few = {6: (NetworkLimit(32, 2, 4),)}
        monkeypatch.setattr(hear_grievances, name, replace(getattr(hear_grievances, name), of_networks=few))
    more = {"page_url": f"https://{HOST}", "trusted_proxies": "127.0.0.0/8"}
    settings = loop_settings(f"sqlite:///{tmp_path / 'router.db'}", tmp_path, **more)
    load_demo(settings)
    app = create_app(settings)
    with open_database(settings) as database, serving(app) as client:
        yield Stranger(app, client, database)


def test_nothing_that_is_asked_without_a_token_makes_a_table_grow(stranger: Stranger) -> None:
    """Once each refusal of the hour is written and the limits of an hour are reached, nothing is added any more."""
    for _ in range(2):
        stranger.ask_for_everything()
    before = sizes(stranger.database.engine)

    for _ in range(2):
        stranger.ask_for_everything()

    assert sizes(stranger.database.engine) == before


def test_a_refusal_is_one_entry_for_its_kind_and_hour(stranger: Stranger, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often: the first is written at once, and the next entry, after an hour, counts those between."""

    def try_codes(many: int) -> None:
        for _ in range(many):
            response = stranger.client.post("/signin", data={"code": secrets.token_urlsafe(32)}, headers={"Host": HOST})
            assert response.status_code == 401
            assert stranger.client.get("/v1/consents", headers=BAD_TOKEN).status_code == 401
            stranger.write()

    now_s = audit_queue.monotonic()
    try_codes(25)
    first = refusals(stranger.database)
    monkeypatch.setattr(audit_queue, "monotonic", lambda: now_s + 2 * audit_queue.REFUSALS_EVERY_S)
    try_codes(5)

    assert first == {"sign in": [1], "GET /v1/consents": [1]}
    assert refusals(stranger.database) == {"sign in": [1, 25], "GET /v1/consents": [1, 25]}
    with stranger.database.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(ENTRIES)).scalar_one() == 4


def refusals(database: Database) -> dict[str, list[int]]:
    counts: dict[str, list[int]] = {}
    with database.engine.connect() as connection:
        for row in connection.execute(select(ENTRIES).order_by(ENTRIES.c.at)):
            if row.details and "times" in row.details:
                counts.setdefault(row.operation, []).append(row.details["times"])
    return counts
