"""What was made with a bearer token ends with it: sign-in links, sessions, requests that wait; in every process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from api_builders import Api, load_demo, running
from visitors import Visitor

from service.database.database import open_database
from service.security import build_caller, build_verifier, issue_token
from service.sessions.refuse_tokens import refuse_by_token
from service.sessions.store import forget_ended
from service.settings import Settings

HAVEN = "bluestem-haven"
ADMIN = ("organization:admin", "route", "referral", "consent", "webhook")
LINKS = "/v1/sign-in-links"
PATIENCE_S = 30.0


@pytest.fixture
def processes(settings: Settings, tmp_path: Path) -> Iterator[tuple[Api, Api]]:
    """Two applications over the same database."""
    more = {"token_key_file": tmp_path / "router.token.key", "rate_limit": "1000000/minute"}
    settings = settings.model_copy(update=more)
    load_demo(settings)
    with running(settings) as one, running(settings) as other:
        yield one, other


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def link_code(api: Api, token: str) -> str:
    answer = api.client.post(LINKS, json={"scopes": ["route", "referral"]}, headers=bearer(token))
    assert answer.status_code == 201, answer.text
    code: str = answer.json()["path"].rpartition("/")[2]
    return code


def session(api: Api, token: str) -> Visitor:
    visitor = Visitor(api.client)
    assert visitor.post("/signin", {"code": link_code(api, token)}).status_code == 303
    return visitor


def sign_in_status(api: Api, code: str) -> int:
    return Visitor(api.client).post("/signin", {"code": code}).status_code


def refuse(api: Api, token: str) -> None:
    with open_database(api.settings) as database:
        refuse_by_token(database.unit_of_work(), build_verifier(api.settings), token)


def is_in(api: Api, visitor: Visitor) -> bool:
    return Visitor(api.client, dict(visitor.cookies)).get("/").status_code == 200


def test_links_and_sessions_end_with_their_token(processes: tuple[Api, Api]) -> None:
    """At the next request to any process; those of another token of the same caller go on, listed alone."""
    one, other = processes
    stolen, good = one.token(*ADMIN, organization=HAVEN), one.token(*ADMIN, organization=HAVEN)
    thief, colleague = session(one, stolen), session(one, good)
    waiting, fine = link_code(one, stolen), link_code(one, good)
    assert all(is_in(api, visitor) for api in processes for visitor in (thief, colleague))

    refuse(one, stolen)

    assert [is_in(api, thief) for api in processes] == [False, False]
    assert [is_in(api, colleague) for api in processes] == [True, True]
    listed = other.client.get("/v1/sessions", headers=bearer(good)).json()
    assert listed["total"] == len(listed["items"]) == 1
    assert len(other.client.get(LINKS, headers=bearer(good)).json()["items"]) == 1
    assert [sign_in_status(api, waiting) for api in processes] == [401, 401]
    assert sign_in_status(other, fine) == 303


def test_an_expired_token_takes_its_session_along(processes: tuple[Api, Api]) -> None:
    """A session may outlive its token. It stays ended when refusals that nobody needs any more are forgotten."""
    one, other = processes
    earlier = datetime.now(UTC) - timedelta(seconds=60)
    caller = build_caller(organization=HAVEN, scopes=ADMIN)
    token = issue_token(one.settings, caller, ttl=timedelta(seconds=60), now=lambda: earlier)  # within the leeway
    visitor = session(one, token)
    refuse(one, token)
    with open_database(one.settings) as database, database.unit_of_work() as work:
        forget_ended(work.session)
        work.commit()

    assert [is_in(api, visitor) for api in (one, other)] == [False, False]


def test_a_request_that_waits_ends_with_its_token(processes: tuple[Api, Api]) -> None:
    """A long poll that was begun before is refused within moments, and told nothing that happens later."""
    one, other = processes
    token = one.token("webhook", organization=HAVEN)
    events, found = "/v1/events?wait=3", [None]
    while found:  # until the agreements that have ended are told, which begins with the program
        page = one.client.get(events, headers=bearer(token)).json()
        events, found = f"/v1/events?wait=3&after={page['next']}", page["events"]
    with ThreadPoolExecutor(1) as pool:
        begun = time.monotonic()
        poll = pool.submit(other.client.get, events.replace("wait=3", "wait=30"), headers=bearer(token))
        time.sleep(1)
        assert not poll.done()
        refuse(one, token)
        answer = poll.result(PATIENCE_S)

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
    assert time.monotonic() - begun < 15


def test_a_stream_ends_with_the_token_of_its_session(
    processes: tuple[Api, Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without waiting for its next look."""
    monkeypatch.setattr("service.page.arrivals.LOOK_EVERY_S", 10 * PATIENCE_S)
    one, other = processes
    token = one.token(*ADMIN, organization=HAVEN)
    cookies = "; ".join(f"{name}={value}" for name, value in session(one, token).cookies.items())
    with (
        httpx.Client(base_url=other.client.base_url, trust_env=False, timeout=PATIENCE_S) as client,
        client.stream("GET", "/arrivals", headers={"Cookie": cookies}) as answer,
    ):
        lines = answer.iter_lines()
        assert next(line for line in lines if line.startswith("data: "))
        refuse(one, token)
        assert [line for line in lines if line not in ("", ":")] == []  # else the client gives up
