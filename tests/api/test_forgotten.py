"""Nothing of what is asked stays: a canary in every field and key, asked of a server of its own, is found nowhere.

The server logs all that it can. Its output, its counts, its answers and its database are searched, on both databases.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_builders import ADDRESS_KEY, HOTLINE, Api, free_port, load_demo
from canaries import CANARY, files_with_canaries, planted, put_at
from canary_bodies import BROKEN, CALLS, DECISIONS, GOOD, PATHS, PROFILE, without_named_fields
from environments import environment_of
from servers import wait_for
from sqlalchemy import MetaData, create_engine, make_url, select, text

from service import demo
from service.documents.document import parse_document
from service.settings import Settings

PROGRAM = """
import logging, sys
logging.basicConfig(level=0)
logging.getLogger("sqlalchemy").setLevel(1)  # else it raises its own level
from service.app import create_app_from_environment as build
from service.server import serve_app
serve_app(build, host="127.0.0.1", port=int(sys.argv[1]), workers=1, log_level="debug")
"""


@dataclass(frozen=True)
class Server:
    """What a server said: its answers, and its log once it has ended."""

    api: Api
    log: Path

    def ask(self, path: str, body: Any, **headers: str) -> httpx.Response:
        """Post a body; check that its answer repeats no canary."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        bearer = self.api.bearer("route", "route:any", "directory:read", "operator")
        sent = {"Content-Type": "application/json", **bearer, **headers}
        response = self.api.client.post(path, content=content, headers=sent)
        assert CANARY not in without_named_fields(response)
        assert CANARY not in str(response.headers)
        assert response.status_code < 500
        return response


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    settings = Settings(
        database=database_url, address_key=ADDRESS_KEY, token_key_file=tmp_path / "token.key", time_budget_ms=0
    )
    load_demo(settings)
    return settings


@contextmanager
def serving(settings: Settings, folder: Path) -> Iterator[Server]:
    """Run the server as a process that logs everything; end it in good order."""
    log, port = folder / "server.log", free_port()
    environ = environment_of(
        database=settings.database, address_key=ADDRESS_KEY.get_secret_value(),
        token_key_file=str(settings.token_key_file), rate_limit="9999999/minute", time_budget_ms="0",
        deliver="false",  # what is to be announced holds the directory's own words, whoever asks
    )  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(port)], cwd=folder, env=environ, stdout=output, stderr=output
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
                wait_for(client, process)
                yield Server(Api(settings, client), log)
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0
        finally:
            process.kill()
            process.wait()


def test_no_value_of_a_request_is_found_again(settings: Settings, tmp_path: Path) -> None:
    """Good and bad requests on every path that takes one: no error, header, log, count, row or file holds a canary."""
    before = rows_of(settings.database)
    statuses: set[int] = set()
    with serving(settings, tmp_path) as server:
        for path, good in GOOD.items():
            assert server.ask(path, good).status_code == 200
            statuses |= {server.ask(path, body).status_code for body in planted(good)}
        counts = server.api.get("/metrics", "operator").text

    log = server.log.read_text(encoding="utf-8")
    assert statuses == {200, 422}
    assert CANARY not in counts
    assert "DEBUG" in log
    assert CANARY not in log
    assert files_with_canaries(tmp_path) == []
    assert rows_of(settings.database) == before
    assert "POST /v1/referral-paths" in written_down(settings.database)
    assert CANARY not in written_down(settings.database)


def test_nothing_else_that_comes_with_a_request_is_found_again(settings: Settings, tmp_path: Path) -> None:
    """Bodies that break off, types, headers, queries, paths and tokens: what is refused is not repeated either."""
    body = json.dumps(put_at(PROFILE, ("client", "area"), CANARY)).encode()
    with serving(settings, tmp_path) as server:
        for path in GOOD:
            for broken in BROKEN.values():
                assert server.ask(path, broken(body)).status_code in (413, 422)
            assert server.ask(path, body, **{"Content-Type": f"text/{CANARY}"}).status_code == 415
            assert server.ask(path, body, Accept=f"text/{CANARY}").status_code == 406
            assert server.ask(path, body, Authorization=f"Bearer {CANARY}").status_code == 401
            assert server.ask(path, body, **{"User-Agent": CANARY, "X-Request-ID": CANARY, CANARY: CANARY}).is_error
            assert server.ask(f"{path}?{CANARY}={CANARY}", body).status_code == 422
            assert server.ask(f"{path}/{CANARY}", body).status_code == 404
        for path in ("organizations", "services", "policy/rules", "vocabulary"):
            assert server.api.get(f"/v1/{path}/{CANARY}", "directory:read").status_code == 404
            assert server.api.get(f"/v1/{path}", "directory:read", params={"type": CANARY}).status_code in (200, 422)

    assert CANARY not in server.log.read_text(encoding="utf-8")
    assert files_with_canaries(tmp_path) == []


KNOWN = "zqknown"


def test_a_good_profile_leaves_nothing_in_the_log(settings: Settings, tmp_path: Path) -> None:
    """Words that the directory knows are as private, when somebody asks by them, as any that it does not."""
    load_demo(settings, json.dumps(bundle_of_known_words()).encode())
    profile = {
        **PROFILE,
        "origin": f"{KNOWN}-agency",
        "at": "2031-03-07T05:43:21-06:00",
        "client": {
            "age": {"min": 17, "max": 23}, "gender": "nonbinary", "languages": ["haw"], "area": f"{KNOWN}-area",
            "traits": {f"{KNOWN}_trait": True, "pregnant": False}, "completed": [f"{KNOWN}_type"],
        },
        "needs": [{"type": f"{KNOWN} word", "as_said_by": f"{KNOWN}-agency"}, {"type": f"{KNOWN}_type"}],
        "consents": [PROFILE["consents"][0] | {"from": f"{KNOWN}-agency", "form": f"{KNOWN}-form", "to": [HOTLINE]}],
        "avoid": [f"{KNOWN}-agency"],
    }  # fmt: skip
    before = rows_of(settings.database)
    with serving(settings, tmp_path) as server:
        read_so_far = server.log.stat().st_size  # the directory's own words are in what reading it logged
        for path in (PATHS, CALLS):
            assert server.ask(path, profile).status_code == 200
        share = GOOD[DECISIONS] | {"recipient": f"{KNOWN}-agency", "consents": profile["consents"]}
        assert server.ask(DECISIONS, share).status_code == 200
        counts = server.api.get("/metrics", "operator").text

    log = server.log.read_bytes()[read_so_far:].decode()
    assert "DEBUG" in log
    for private in (KNOWN, "2031-03-07", "haw", "nonbinary", "pregnant"):
        assert private not in log
        assert private not in counts
        assert private not in written_down(settings.database)
    assert rows_of(settings.database) == before


def bundle_of_known_words() -> dict[str, Any]:
    """Return the demo coalition with a marked word of each kind that a profile may hold."""
    bundle: dict[str, Any] = parse_document(demo.coalition_bytes())[0]
    bundle["areas"].append({"code": f"{KNOWN}-area", "name": "Known", "within": "us-tx"})
    bundle["organizations"].append(
        {
            "id": f"{KNOWN}-agency", "name": "Known", "description": "Known.",
            "coalition": {"basis": "community", "kind": "victim_services", "membership": "active", "listed": "public"},
        }
    )  # fmt: skip
    bundle["vocabulary"] += [
        {"term": f"{KNOWN} word", "organization": f"{KNOWN}-agency", "means": "crisis_hotline"},
        {"code": f"{KNOWN}_type", "name": "Known type"},
        {"code": f"{KNOWN}_trait", "name": "Known trait", "kind": "trait"},
    ]
    bundle["release_forms"].append({**bundle["release_forms"][0], "id": f"{KNOWN}-form", "name": "Known form"})
    return bundle


def rows_of(url: str) -> dict[str, list[str]]:
    """Return every row of every table but those that say that something was served or asked, and by which rules."""
    engine = create_engine(make_url(url.replace("postgresql://", "postgresql+psycopg://")))
    try:
        tables = MetaData()
        tables.reflect(engine)
        with engine.connect() as connection:
            return {
                name: sorted(str(row) for row in connection.execute(select(table)))
                for name, table in tables.tables.items()
                if name not in ("heartbeat", "announcement", "audit_entry", "audit_signed_head", "hiding_note")
            }
    finally:
        engine.dispose()


def written_down(url: str) -> str:
    """Return all that the audit holds."""
    engine = create_engine(make_url(url.replace("postgresql://", "postgresql+psycopg://")))
    try:
        with engine.connect() as connection:
            return repr(connection.execute(text("SELECT * FROM audit_entry")).all())
    finally:
        engine.dispose()
