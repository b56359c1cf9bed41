"""A canary in everything that is sent to what is shipped, through its proxy, is on no disk and in no log afterwards."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from canaries import CANARY, planted, put_at
from canary_bodies import BROKEN, GOOD, PATHS, PROFILE, without_named_fields
from deployment import Parts, running_parts, running_unit
from postgres import NoPostgres
from sqlalchemy import make_url

SHELTER, FORM = "bluestem-haven", "roi-four-counties"
SCOPES = ("consent", "referral", "route", "route:any", "directory:read", "grievance", "webhook")
CODE = {"code": "acoustic bamboo canoe dolphin"}
ENOUGH = {"rate_limit": "9999999/minute", "open_limit": "9999999/minute"}
REFUSED = {400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429}


@pytest.fixture(scope="module", params=[running_parts, running_unit], ids=["compose", "unit"])
def deployed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """What compose starts, on PostgreSQL, and what the unit of systemd starts, on SQLite; the proxy before each."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed here; CI installs it")
    try:
        with request.param(tmp_path_factory.mktemp("deployed"), **ENOUGH) as parts:
            yield parts
    except NoPostgres as error:
        pytest.skip(str(error))


def test_nothing_that_was_sent_is_on_a_disk(deployed: Parts) -> None:
    """Answers, consents, referrals, complaints, FHIR, pages, headers: every field and key, whole and broken."""
    codes, profile = loop_of(deployed), json.dumps(referral_of("")["profile"])
    bodies = GOOD | {
        "/v1/consents": consent_terms(),
        "/v1/referrals": referral_of(""),
        "/v1/service-searches": {"words": "bed", "area": "demo-north", "age": 30, "language": "en"},
        "/v1/grievances": {"about": {"organization": SHELTER}, "codes": ["not_heard"]},
        "/v1/grievances/look-up": CODE,
        "/v1/consents/look-up": CODE,
        "/v1/consent-withdrawals": CODE,
        "/v1/referrals/look-up": CODE,
        f"/v1/referrals/{uuid4()}/status": {"status": "accepted", "reason": "no_room", "expected": "2030-01"},
        "/fhir": {
            "resourceType": "Bundle",
            "type": "transaction",
            "entry": [{"resource": {"note": json.dumps(profile)}}],
        },
    }
    statuses = {
        send(deployed, path, json.dumps(body).encode()) for path, good in bodies.items() for body in planted(good)
    }
    body = json.dumps(put_at(PROFILE, ("client", "area"), CANARY)).encode()
    for broken in BROKEN.values():
        statuses |= {send(deployed, path, broken(body)) for path in (PATHS, "/v1/referrals")}
    for headers in (
        {"Content-Type": f"text/{CANARY}"}, {"Accept": f"text/{CANARY}"}, {"Authorization": f"Bearer {CANARY}"},
        {"User-Agent": CANARY, "X-Request-ID": CANARY, CANARY: CANARY, "Cookie": f"__Host-session={CANARY}"},
        {"X-Forwarded-For": CANARY, "Forwarded": f"for={CANARY}", "Referer": CANARY, "Idempotency-Key": CANARY},
    ):  # fmt: skip
        statuses |= {send(deployed, path, body, **headers) for path in (PATHS, "/v1/referrals")}
    for path in (f"{PATHS}?{CANARY}={CANARY}", f"/v1/{CANARY}", f"/{CANARY}.php", f"/v1/organizations/{CANARY}"):
        statuses.add(send(deployed, path, body))
    for page in ("/signin", "/intake", "/grievances/file", "/consent/record"):
        form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": str(deployed.api.client.base_url)}
        statuses.add(send(deployed, page, f"code={CANARY}&client.area={CANARY}&forgery={CANARY}".encode(), **form))

    assert {200, 422} <= statuses <= {200, 201, 202, *REFUSED}
    for mark in (CANARY, *codes):
        assert [file for file in everything_written(deployed) if mark.encode() in file.read_bytes()] == []
        assert mark not in rows_of(deployed.database)
    assert {most for _, most in deployed.core_limits().values()} == {"0"}


def test_what_is_stored_is_looked_at(deployed: Parts) -> None:
    """The search finds what is on the disk by right: an agency's name in the database, its log or its tail."""
    with_name = [file.name for file in everything_written(deployed) if SHELTER.encode() in file.read_bytes()]

    assert with_name
    assert SHELTER in rows_of(deployed.database)


def loop_of(parts: Parts) -> set[str]:
    """Have a consent recorded and a referral sent and accepted; return the codes that only the client knows."""
    api = parts.api
    consent = api.post("/v1/consents", consent_terms(), *SCOPES, headers={"Idempotency-Key": str(uuid4())})
    assert consent.status_code == 201, consent.text
    sent = api.post(
        "/v1/referrals", referral_of(consent.json()["id"]), *SCOPES, headers={"Idempotency-Key": str(uuid4())}
    )
    assert sent.status_code == 201, sent.text
    complaint = {"about": {"organization": SHELTER}, "codes": ["not_heard"]}
    filed = api.client.post("/v1/grievances", json=complaint)
    assert filed.status_code == 201, filed.text
    place, shelter = f"/v1/referrals/{sent.json()['id']}", api.bearer(*SCOPES, organization=SHELTER)
    tag = {"If-Match": api.client.get(place, headers=shelter).headers["etag"]}
    moved = api.client.put(f"{place}/status", json={"status": "accepted"}, headers=shelter | tag)
    assert moved.status_code == 200, moved.text
    return {answer.json()["code"] for answer in (consent, sent, filed)}


def consent_terms() -> dict[str, Any]:
    today = datetime.now(ZoneInfo("America/Chicago")).date()
    return {
        "form": FORM, "level": "release", "to": [SHELTER], "data": ["need", "contact_location"], "purpose": "referral",
        "signers": ["client"], "signed_on": f"{today}", "ends_on": f"{today + timedelta(days=30)}",
    }  # fmt: skip


def referral_of(consent: str) -> dict[str, Any]:
    profile = {
        "client": {"age": 30, "gender": "female", "languages": ["en"], "area": "demo-north"},
        "needs": [{"type": "emergency_shelter", "urgency": "now"}],
        "facts": {"client_present": True, "may_sign_alone": True, "guardian": "none", "danger": "none"},
        "consents": [{"id": consent}],
    }
    step = {"to": SHELTER, "services": ["bh-beds"], "mode": "packet"}
    return {"profile": profile, "agreed": True, "progress": True, "step": step}


def send(parts: Parts, path: str, content: bytes, **headers: str) -> int:
    """Send a body through the proxy; check that its answer repeats no canary."""
    sent = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4()), **parts.api.bearer(*SCOPES), **headers}
    method = "PUT" if path.endswith("/status") else "POST"
    response = parts.api.client.request(method, path, content=content, headers=sent)
    is_problem = "json" in response.headers.get("content-type", "")
    assert CANARY not in (without_named_fields(response) if is_problem else response.text)
    assert CANARY not in str(response.headers)
    return response.status_code


def everything_written(parts: Parts) -> Iterator[Path]:
    """Yield every file below the folders of what runs, and those that a process has open, wherever they were."""
    for place in parts.places:
        yield from (file for file in place.rglob("*") if file.is_file())
    for process in parts.processes():
        for file in Path(f"/proc/{process}/fd").iterdir():
            try:
                is_deleted = stat.S_ISREG(file.stat().st_mode) and str(file.readlink()).endswith("(deleted)")
            except OSError:  # closed meanwhile
                continue
            if is_deleted:
                yield file


def rows_of(url: str) -> str:
    """Return all rows of a database as text: its files may hold them compressed."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(str(make_url(url).database))) as database:
            return "\n".join(database.iterdump())
    with psycopg.connect(url) as database:
        tables = database.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return "\n".join(
            row for (table,) in tables for (row,) in database.execute(f"SELECT t::text FROM {table} t").fetchall()
        )
