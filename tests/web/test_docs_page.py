"""The page at `/docs` in a real browser: it loads from this server alone, and tries operations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from api_builders import Api, demo_settings, running
from browsers import Watched
from playwright.sync_api import Browser, expect

PATHS = 'form[data-path="/v1/referral-paths"]'
ORGANIZATION = 'form[data-path="/v1/organizations/{id}"][data-method="GET"]'


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("docs"))) as app:
        yield app


@pytest.fixture
def watched(browser: Browser, api: Api) -> Iterator[Watched]:
    context = browser.new_context(base_url=str(api.client.base_url), service_workers="block")
    context.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    watched = Watched(context.new_page())
    watched.page.goto("/docs", wait_until="networkidle")
    yield watched
    context.close()


def test_the_page_comes_from_this_server_alone(watched: Watched, api: Api) -> None:
    """Page, style and script, and not one request to anybody else; the console stays empty."""
    base = str(api.client.base_url)
    expect(watched.page.locator("h1")).to_contain_text("Referral router")
    expect(watched.page.locator("section")).to_have_count(len(operations(api)) + 1)

    assert {url.removeprefix(base.rstrip("/")) for url in watched.urls} <= {
        *("/docs", "/docs/style.css", "/docs/try.js", "/favicon.ico")
    }
    assert watched.complaints == []
    assert watched.page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") != "none"


def operations(api: Api) -> list[str]:
    paths = api.client.get("/openapi.json").json()["paths"]
    return [f"{method} {path}" for path, item in paths.items() for method in item]


def test_operations_are_tried_from_the_page(watched: Watched, api: Api) -> None:
    """The example as it stands gets an answer with a token and a 401 without; a field of the path is sent encoded."""
    page, form = watched.page, watched.page.locator(PATHS)
    page.locator("details", has=form).locator("summary").click()
    form.get_by_role("button").click()
    expect(form.locator("output")).to_contain_text("invalid_token")

    page.get_by_label("Token, to try").fill(api.token("route", "directory:read"))
    form.get_by_role("button").click()
    expect(form.locator("output")).to_contain_text("200 OK")
    expect(form.locator("output")).to_contain_text("decision_id")

    lookup = page.locator(ORGANIZATION)
    page.locator("details", has=lookup).locator("summary").click()
    lookup.locator("[name=id]").fill("../organizations")
    lookup.get_by_role("button").click()
    expect(lookup.locator("output")).to_contain_text("404")
    lookup.locator("[name=id]").fill("willow-bend-youth")
    lookup.get_by_role("button").click()
    expect(lookup.locator("output")).to_contain_text('"slug": "willow-bend-youth"')

    base = str(api.client.base_url)
    assert all(url.startswith(base) for url in watched.urls)
    assert f"{base.rstrip('/')}/v1/organizations/..%2Forganizations" in watched.urls
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    refused = [text for text in watched.complaints if "401" not in text and "404" not in text]
    assert refused == []  # the browser itself notes an answer that is a refusal; nothing else


def test_an_answer_is_shown_as_text(watched: Watched, api: Api) -> None:
    """Whatever an answer holds, it is text on the page and never markup; a server that is away is said to be."""
    page = watched.page
    page.get_by_label("Token, to try").fill(api.token("directory:read"))
    page.route("**/v1/policy/rules", lambda route: route.fulfill(body='{"a": "<img src=x onerror=alert(1)>"}'))
    form = page.locator('form[data-path="/v1/policy/rules"]')
    page.locator("details", has=form).locator("summary").click()
    form.get_by_role("button").click()

    expect(form.locator("output")).to_contain_text("<img src=x")
    assert form.locator("output img").count() == 0
    page.unroute("**/v1/policy/rules")
    page.route("**/v1/policy/rules", lambda route: route.abort())
    form.get_by_role("button").click()
    expect(form.locator("output")).to_contain_text("could not be reached")
