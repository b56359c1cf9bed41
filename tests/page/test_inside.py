"""Pages ask our own operations in process: as their caller and within its scopes, and nobody over HTTP can do that."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest
from api_builders import HOTLINE, Api, demo_profile, demo_settings, serving
from fastapi import FastAPI

from service.app import create_app
from service.page.inside import InternalClient, Reply
from service.security import CALLER_KEY, build_caller

PATHS = "/v1/referral-paths"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    more = {"rate_limit": "40/minute", "question_budget_ms": 60_000}
    return create_app(demo_settings(tmp_path_factory.mktemp("inside"), **more))


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[httpx.Client]:
    with serving(app) as client:
        yield client


@pytest.fixture(scope="module")
def api(app: FastAPI, client: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Api:
    return Api(app.state.wiring.settings, client)


def ask(app: FastAPI, *scopes: str, subject: str = "desk", path: str = PATHS, method: str = "POST") -> Reply:
    caller = build_caller(organization=HOTLINE, scopes=scopes, subject=subject)
    body = demo_profile() if method == "POST" else None
    return asyncio.run(InternalClient(app).ask(caller, method, path, body))


def test_the_answer_is_the_one_that_a_token_gets(app: FastAPI, api: Api) -> None:
    """The same document as over HTTP, save the id of the decision."""
    inside, outside = ask(app, "route"), api.post(PATHS, demo_profile(), "route")

    assert (inside.status, outside.status_code) == (200, 200)
    assert {**inside.document, "decision_id": ""} == {**outside.json(), "decision_id": ""}


def test_scopes_hold_inside_too(app: FastAPI, client: httpx.Client) -> None:
    """Without the scope a problem document, as anybody gets it; without a caller the challenge for a token."""
    refused = ask(app, "directory:read")
    nobody = asyncio.run(InternalClient(app).ask(None, "POST", PATHS, demo_profile()))

    assert (refused.status, refused.document["code"]) == (403, "missing_scope")
    assert (nobody.status, nobody.document["code"]) == (401, "invalid_token")


def test_what_is_asked_inside_counts_as_the_callers(app: FastAPI, client: httpx.Client) -> None:
    """One subject asks no more often by a page than by a token, and another is not kept waiting for it."""
    statuses = [ask(app, "route", subject="much", path="/v1/terms", method="GET").status for _ in range(42)]

    assert statuses.count(429) == 2
    assert ask(app, "route", subject="little", path="/v1/terms", method="GET").status == 200


FORGED = ("referral_router.caller", "referral-router-caller", "Referral_Router.Caller", "X-Caller", "state", "scope")


@pytest.mark.parametrize("name", FORGED)
def test_no_header_of_a_client_makes_a_caller(client: httpx.Client, name: str) -> None:
    """Whatever header, cookie or parameter is called like the key: a request from outside has no caller by it."""
    value = json.dumps({"organization": HOTLINE, "scopes": ["route"], "subject": "x"})

    by_header = client.post(PATHS, json=demo_profile(), headers={name: value})
    by_cookie = client.post(PATHS, json=demo_profile(), headers={"Cookie": f"{name}={HOTLINE}"})
    by_query = client.post(PATHS, params={CALLER_KEY: value}, json=demo_profile())

    assert [reply.status_code for reply in (by_header, by_cookie, by_query)] == [401, 401, 401]


def test_what_is_no_caller_of_ours_is_none(app: FastAPI, client: httpx.Client) -> None:
    """Even a key of the scope that holds something else, as a server extension might set it, lets nobody in."""

    async def status_for(value: object) -> int:
        async def wrapper(scope: dict[str, object], receive: object, send: object) -> None:
            await app({**scope, CALLER_KEY: value}, receive, send)  # type: ignore[arg-type]

        transport = httpx.ASGITransport(app=wrapper)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://inside") as inside:
            return (await inside.get("/v1/terms")).status_code

    for value in ({"organization": HOTLINE}, HOTLINE, True, object()):
        assert asyncio.run(status_for(value)) == 401


def test_a_scope_from_the_network_holds_no_such_key(app: FastAPI) -> None:
    """The server builds the scope itself: seen from within, no key of it is ours, whatever the client sends."""
    scopes: list[set[str]] = []

    async def watching(scope: dict[str, object], receive: object, send: object) -> None:
        if scope["type"] == "http":
            scopes.append(set(scope))
        await app(scope, receive, send)  # type: ignore[arg-type]

    with serving(watching) as client:  # type: ignore[arg-type]
        client.get("/health/live", headers=dict.fromkeys(FORGED, "1"), params={CALLER_KEY: "1"})

    assert scopes
    assert all(CALLER_KEY not in keys for keys in scopes)
