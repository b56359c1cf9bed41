"""Whoever only waits for others is told so, and when to ask again; what was asked is not half done."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_builders import EVERY_SCOPE, HOTLINE, Api, demo_settings, running
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from service.database import engine as engines
from service.database.database import telling_driver_errors
from service.errors import DatabaseBusy, DatabaseUnusable

SCOPES = (*EVERY_SCOPE, "consent", "referral", "capacity")
TODAY = datetime.now(UTC).date()
FORM = {"name": "A form", "languages": ["en"], "elements": ["who"]}
CONSENT = {
    "level": "verbal",
    "to": ["bluestem-haven"],
    "data": ["need"],
    "signers": ["client"],
    "signed_on": str(TODAY - timedelta(days=2)),
    "ends_on": str(TODAY + timedelta(days=30)),
}
CHANGES: dict[str, tuple[str, str, Any, dict[str, str]]] = {
    "an object": ("PUT", "/v1/release-forms/new-form", FORM, {"If-None-Match": "*"}),
    "a deletion": ("DELETE", "/v1/services/jb-line", None, {"If-Match": "*"}),
    "a count": ("PUT", "/v1/services/jb-line/capacity", {"unit": "bed", "available": 1, "maximum": 2}, {}),
    "a withdrawal": ("POST", "/v1/consent-withdrawals", {"code": "one two three four"}, {}),
    "a consent": ("POST", "/v1/consents", CONSENT, {}),
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An application that loses patience with other writers soon."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(engines, "BUSY_TIMEOUT_S", 0.05)
        with running(demo_settings(tmp_path_factory.mktemp("busy"), deliver=False)) as app:
            yield app


@contextmanager
def locked(api: Api) -> Iterator[None]:
    """Have another program write for the length of a `with` block."""
    file = Path(str(api.settings.database).removeprefix("sqlite:///"))
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def ask(api: Api, name: str) -> httpx.Response:
    method, path, body, headers = CHANGES[name]
    return api.client.request(method, path, json=body, headers=api.bearer(*SCOPES) | headers)


@pytest.mark.parametrize("name", CHANGES)
def test_who_waited_in_vain_for_others_is_told_when_to_ask_again(api: Api, name: str) -> None:
    """While another program writes for long: 503 `busy`, and nothing is changed; reading goes on."""
    path = CHANGES[name][1]
    with locked(api):
        waited = ask(api, name)
        organization = api.get(f"/v1/organizations/{HOTLINE}", *SCOPES)

    assert (waited.status_code, waited.json()["code"]) == (503, "busy"), waited.text
    assert waited.headers["retry-after"] == "1"
    assert "Nothing was changed" in waited.json()["detail"]
    assert organization.status_code == api.client.get("/health/ready").status_code == 200
    assert path.endswith("line") or ask(api, name).status_code in (200, 201, 202)


@pytest.mark.parametrize("name", ["an object", "a withdrawal", "a consent"])
def test_what_is_refused_for_its_shape_waits_for_nobody(api: Api, name: str) -> None:
    """It is read and refused before the write lock is asked for, whoever has that."""
    method, path, _, headers = CHANGES[name]
    with locked(api):
        refusal = api.client.request(method, path, json={"none": 1}, headers=api.bearer(*SCOPES) | headers)

    assert refusal.status_code == 422, refusal.text


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("40001", DatabaseBusy),
        ("40P01", DatabaseBusy),
        ("53300", DatabaseBusy),
        ("55P03", DatabaseBusy),
        ("57P03", DatabaseUnusable),
    ],
)
def test_what_postgresql_says_is_busy_or_out_of_reach(code: str, kind: type[Exception]) -> None:
    """Deadlocks, locks and too many connections are a matter of waiting; a server that is down is not."""
    error = type("Said", (Exception,), {"sqlstate": code})()

    with pytest.raises(DatabaseUnusable) as refusal, telling_driver_errors():
        raise OperationalError("SELECT 1", {}, error)

    assert type(refusal.value) is kind


def test_who_finds_no_connection_free_is_told_so() -> None:
    """All connections are taken for as long as a request waits: no defect."""
    with pytest.raises(DatabaseBusy), telling_driver_errors():
        raise NoConnectionFree
