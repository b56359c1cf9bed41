"""Scripts of other sites' pages: they read what is open; a named site uses the interface; no page is theirs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from api_builders import Api, demo_settings, running
from httpx import Response

from service.app import create_app_from_environment
from service.web.cross_origin import OPEN_READS

NAMED, OTHER = "https://app.example.org", "https://elsewhere.example"
ALLOWED = "access-control-allow-origin"
OPEN = (*OPEN_READS, "/hsds/", "/hsds/services", "/fhir/metadata", "/fhir/Organization")
CLOSED = ("/v1/services", "/v1/terms", "/metrics")
PAGES = ("/", "/signin", "/directory", "/guide")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    settings = demo_settings(tmp_path_factory.mktemp("origins"), web_origins=f"{NAMED}, http://desk.example:8080")
    with running(settings) as app:
        yield app


def ask(api: Api, path: str, origin: str, method: str = "GET", **headers: str) -> Response:
    return api.client.request(method, path, headers={"Origin": origin, **api.bearer("directory:read"), **headers})


def preflight(api: Api, path: str, origin: str, method: str = "PUT", sent: str = "Authorization, If-Match") -> Response:
    request_headers = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": sent}
    return api.client.options(path, headers={"Origin": origin, **request_headers})


@pytest.mark.parametrize("path", OPEN)
def test_what_is_open_is_read_by_any_page(api: Api, path: str) -> None:
    """With the headers that tell the next page and the tag; sending a token takes a named site."""
    answer = ask(api, path, OTHER)

    assert answer.status_code == 200
    assert answer.headers[ALLOWED] == "*"
    assert {"ETag", "Link"} <= set(answer.headers["access-control-expose-headers"].split(", "))
    assert "access-control-allow-credentials" not in answer.headers
    assert preflight(api, path, OTHER, "GET", "If-None-Match").status_code == 200
    assert preflight(api, path, OTHER, "GET", "Authorization").status_code == 400


@pytest.mark.parametrize("path", CLOSED)
def test_the_rest_is_for_named_sites(api: Api, path: str) -> None:
    """A refusal is readable too; another site's page gets no header at all."""
    assert ask(api, path, NAMED).headers[ALLOWED] == NAMED
    assert ask(api, path, NAMED, Authorization="Bearer x").headers[ALLOWED] == NAMED
    assert ALLOWED not in ask(api, path, OTHER).headers
    assert preflight(api, path, NAMED).headers[ALLOWED] == NAMED
    assert ALLOWED not in preflight(api, path, OTHER).headers
    assert ALLOWED not in ask(api, path, f"{NAMED}.elsewhere.example").headers
    assert ALLOWED not in ask(api, path, "null").headers


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("origin", [NAMED, OTHER])
def test_no_page_for_people_is_read_by_another_site(api: Api, path: str, origin: str) -> None:
    """Not even by a named site: a session is a cookie."""
    assert ALLOWED not in ask(api, path, origin).headers
    assert ALLOWED not in preflight(api, path, origin, "POST", "Content-Type").headers


def test_the_open_reads_are_those_of_the_description(api: Api) -> None:
    """An operation that reads without a token is readable by pages, and nothing else is."""
    described = api.client.get("/openapi.json").json()["paths"]
    reads = {path for path, item in described.items() if "get" in item and item["get"]["security"] != [{"bearer": []}]}

    assert {path for path in reads if not path.startswith(("/hsds/", "/fhir/", "/health/"))} | {"/openapi.json"} == {
        *OPEN_READS
    }


@pytest.mark.parametrize(
    "text", ["*", "https://app.example.org/", "https://App.example.org", "app.example.org", "null"]
)
def test_what_no_browser_sends_is_no_origin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Refused at the start, so that nobody waits for a site that never gets in."""
    monkeypatch.setenv("REFERRAL_ROUTER_WEB_ORIGINS", text)
    with pytest.raises(ValueError, match="web_origins"):
        create_app_from_environment()
