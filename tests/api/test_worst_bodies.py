"""The worst bodies: each is refused briefly, and tells nothing of what it held."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_builders import EVERY_SCOPE, HOTLINE, Api, demo_settings, running
from worst_bodies import ATTACKER, SECRET, WORST, consents

from service.errors import MOST_TOLD

LARGEST = 64_000


POSTS = ("/v1/referral-paths", "/v1/next-calls", "/v1/policy/decisions")
PUTS = (
    "/v1/organizations/juniper-bridge-hotline", "/v1/services/jb-line", "/v1/agreements/new-one",
    "/v1/release-forms/roi-four-counties", "/v1/vocabulary/tattoo_removal",
)  # fmt: skip
DESCRIPTION = json.loads((Path(__file__).parents[2] / "openapi" / "openapi.json").read_text(encoding="utf-8"))
OTHERS = [  # what else takes a body
    (method.upper(), path)
    for path, methods in DESCRIPTION["paths"].items()
    for method, operation in methods.items()
    if "requestBody" in operation
    and path not in POSTS
    and path.rpartition("/")[0] not in {put.rpartition("/")[0] for put in PUTS}
]
SCOPES = (*EVERY_SCOPE, "consent", "referral", "capacity", "grievance", "organization:admin")


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An application with the time for a search that it has unless it is told otherwise."""
    here = {"webhook_networks": "127.0.0.0/8", "webhook_http": True, "deliver": False}
    folder = tmp_path_factory.mktemp("quick")
    settings = demo_settings(folder, rate_limit="1000000/minute", time_budget_ms=250, **here)
    with running(settings) as api:
        yield api


@cache
def _token(api: Api, organization: str) -> dict[str, str]:
    return api.bearer(*SCOPES, organization=organization) | {"Content-Type": "application/json"}


def send(api: Api, path: str, body: bytes, organization: str | None = None) -> httpx.Response:
    organization = organization or (HOTLINE if path in PUTS else ATTACKER)
    headers = dict(_token(api, organization))
    method = "PUT" if path in PUTS else "POST"
    if method == "PUT":
        headers["If-None-Match" if path.endswith("new-one") else "If-Match"] = "*"
    return api.client.request(method, path, content=body, headers=headers)


@pytest.mark.parametrize("path", [*POSTS, *PUTS])
@pytest.mark.parametrize("body", WORST.values(), ids=WORST)
def test_a_refusal_is_brief(quick: Api, path: str, body: bytes) -> None:
    """At most a hundred problems and 64 kB; how many others there are is a number; no key of the body is repeated."""
    response = send(quick, path, body)

    document = response.json()
    assert response.status_code == 422
    assert len(response.content) < LARGEST
    assert 1 <= len(document["errors"]) <= MOST_TOLD
    assert document.get("more_errors", 1) >= 1
    assert SECRET not in response.text


@pytest.mark.parametrize(("at", "method", "path"), [(at, *operation) for at, operation in enumerate(OTHERS)])
def test_every_other_operation_refuses_as_briefly(quick: Api, at: int, method: str, path: str) -> None:
    """Whatever else takes a body, each with every third of the bodies, and all of them among them."""
    assert len(OTHERS) >= 13
    headers = _token(quick, HOTLINE) | {"If-Match": "*", "Idempotency-Key": "worst"}
    if "{id}" in path:
        url = {"url": "http://127.0.0.1:9/hooks"}
        there = f"/v1/{'services/jb-line' if 'services' in path else 'referrals/none'}"
        if path.startswith("/fhir"):
            there = "/fhir/Task/none"
        if "webhook" in path:
            response = quick.client.post("/v1/webhook-endpoints", json=url, headers=headers)
            assert response.status_code == 201, response.text
            there = f"/v1/webhook-endpoints/{response.json()['id']}"
        path = path.replace(path.partition("/{id}")[0] + "/{id}", there)
    for name, body in list(WORST.items())[at % 3 :: 3]:
        answer = quick.client.request(method, path, content=body, headers=headers)
        document = answer.json()
        assert answer.status_code == (404 if "/none" in path else 422), (name, answer.text[:200])
        assert len(answer.content) < LARGEST, name
        assert len(document.get("errors", ())) + len(document.get("issue", ())) <= MOST_TOLD
        assert SECRET not in answer.text, name


def test_what_is_not_listed_is_counted(quick: Api) -> None:
    """Of 9,400 wrong entries a hundred are listed, and the others are a number."""
    document = send(quick, POSTS[0], consents({"level": "verbal", "from": "x", "to": [1] * 188})).json()

    assert len(document["errors"]) == MOST_TOLD
    assert document["more_errors"] == 50 * 188 + 50 - MOST_TOLD  # and nobody is called x
    assert "more_errors" not in send(quick, POSTS[0], b"{}").json()


def test_what_is_not_listed_of_a_record_is_counted(quick: Api) -> None:
    """Of three hundred services without a name, each of which is a problem, a hundred are listed."""
    services = [{"slug": f"s-{n}", "status": "active", "referral": {"types": ["food"]}} for n in range(300)]
    body = {"name": "A", "services": services, "coalition": {"basis": "community", "kind": "food_bank"}}

    document = send(quick, PUTS[0], json.dumps(body).encode()).json()

    nameless = [error for error in document["errors"] if error["pointer"].endswith("/name")]
    assert len(document["errors"]) == MOST_TOLD
    assert len(nameless) >= 90
    assert document["more_errors"] >= 200


def test_a_list_is_bounded_before_its_entries_are_read(quick: Api) -> None:
    """A list beyond its bound is one problem, whatever it holds; so is a list that no field of its own bounds."""
    many = send(quick, POSTS[0], json.dumps({"needs": [{"type": "food"}], "consents": [{}] * 51}).encode()).json()
    services = send(quick, PUTS[0], json.dumps({"services": [{}] * 1_001}).encode()).json()

    assert many["errors"] == [{"pointer": "/consents", "detail": "must hold at most 50"}]
    assert services["errors"] == [{"pointer": "/services", "detail": "must hold at most 1000"}]


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        ({"client": {SECRET: 1}}, "/client", "holds a field that is not known here; allowed are "),
        ({"client": {SECRET: 1, "maria": 2}}, "/client", "holds 2 fields that are not known here; allowed are "),
        ({"client": {"aeg": 1}}, "/client", "holds a field that is not known here; the nearest is `age`"),
        ({SECRET: 1}, "", "holds a field that is not known here; allowed are "),
        ({"client": {"traits": {SECRET: 1}}}, "/client/traits", "must be true or false"),
        ({"consents": [{"level": "verbal", "from": "a", SECRET: {"b": 1}}]}, "/consents/0", "holds a field that"),
        ({"client": {"5550100": {"5550100": 1}}}, "/client", "holds a field that"),
    ],
)
def test_an_unknown_key_is_told_by_what_holds_it(quick: Api, body: Any, pointer: str, detail: str) -> None:
    """The key may be a name or a number of somebody's: what is told is its parent and how many there are."""
    response = send(quick, POSTS[0], json.dumps({"needs": [{"type": "food"}], **body}).encode())

    assert any(
        error["pointer"] == pointer and error["detail"].startswith(detail) for error in response.json()["errors"]
    ), response.text
    assert not any(word in response.text for word in (SECRET, "maria", "5550100", "aeg"))
