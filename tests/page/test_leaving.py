"""In Chromium: signing in, leaving in a hurry, what Back finds then, a page that was left open; script on and off."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from browsers import FLAGS
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright
from visitors import SESSION, login_code, make_older
from walks import titles

from service.page.words import word

SCOPES = ("route", "referral", "consent", "directory:read")
AWAY = "Somewhere else"


@pytest.fixture(scope="module")
def remembering() -> Iterator[Browser]:
    """Chromium that keeps pages for Back as people's does; playwright switches that off."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=list(FLAGS), ignore_default_args=["--disable-back-forward-cache"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The neutral site is one that the tests answer for."""
    more = {"rate_limit": "1000000/minute", "leave_to": "https://neutral.example/"}
    with running(demo_settings(tmp_path_factory.mktemp("leave"), **more)) as app:
        yield app


@pytest.fixture(params=[True, False], ids=["script on", "script off"])
def has_script(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def page(remembering: Browser, api: Api, *, has_script: bool) -> Iterator[Page]:
    """Somebody who pressed the button of a link and has the inbox open."""
    context = remembering.new_context(
        base_url=str(api.client.base_url), java_script_enabled=has_script, service_workers="block", locale="en"
    )
    context.route("https://neutral.example/**", lambda route: route.fulfill(body=AWAY, content_type="text/html"))
    page = context.new_page()
    page.goto(f"/signin/{login_code(api, HOTLINE, *SCOPES)}")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="What do you want to do?")).to_be_visible()
    page.goto("/inbox")
    yield page
    context.close()


def is_remembered(context: BrowserContext) -> bool:
    return any(cookie["name"] == SESSION for cookie in context.cookies())


def test_leaving_shows_another_place_and_back_finds_the_sign_in(page: Page) -> None:
    """One press, and nothing is left: neither cookie nor what was on the page, however often Back is pressed."""
    page.fill("#code", "acorn bagel canoe")
    assert is_remembered(page.context)
    page.get_by_role("button", name="Leave now").click()
    expect(page.locator("body")).to_have_text(AWAY)
    assert not is_remembered(page.context)

    for _ in range(3):
        page.go_back()
        if page.url.startswith("http://127.0.0.1"):
            expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
            assert "acorn" not in page.content()
    page.goto("/inbox")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_escape_three_times_leaves(page: Page, *, has_script: bool) -> None:
    """With script; two are not enough. Without it the button alone leaves."""
    for _ in range(2):
        page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    page.keyboard.press("Escape")
    if has_script:
        expect(page.locator("body")).to_have_text(AWAY)
    assert is_remembered(page.context) != has_script


@pytest.mark.parametrize("has_script", [True], indirect=True)
def test_the_escape_that_closes_the_menu_does_not_count(page: Page) -> None:
    """It closes on a press beside it too, and gives the focus back; three more Escapes leave."""
    menu = page.locator("header summary")
    menu.click()
    page.get_by_role("heading", name="Inbox").click(position={"x": 10, "y": 10})  # the menu hangs over its end
    expect(page.locator("details.menu")).not_to_have_attribute("open", "")
    for _ in range(3):
        menu.click()
        page.keyboard.press("Escape")
        expect(page.locator("details.menu")).not_to_have_attribute("open", "")
        expect(menu).to_be_focused()
    page.evaluate(
        "document.addEventListener('keydown', (event) => event.preventDefault(), { capture: true, once: true })"
    )
    for _ in range(3):
        page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("body")).to_have_text(AWAY)


@pytest.mark.parametrize("trouble", ["refused", "broken", "cut off", "silent"])
@pytest.mark.parametrize("has_script", [True], indirect=True)
def test_leaving_does_not_wait_for_the_server(page: Page, trouble: str) -> None:
    """With script a page leaves by itself: refused, at an error, without a network, and two seconds after no answer."""
    answers: dict[str, Callable[[Route], None]] = {
        "refused": lambda route: route.fulfill(status=429, body="Too many"),
        "broken": lambda route: route.fulfill(status=500, body="Broken"),
        "cut off": lambda route: route.abort(),
        "silent": lambda _: None,
    }
    page.route("**/leave", answers[trouble])
    page.fill("#code", "acorn bagel canoe")
    with page.expect_request("**/leave"):
        page.get_by_role("button", name="Leave now").click()

    if trouble == "silent":
        expect(page.locator("main")).to_be_empty()
    expect(page.locator("body")).to_have_text(AWAY)
    page.go_back()
    expect(page.locator("h1")).to_be_visible()
    assert "acorn" not in page.content()


def test_a_page_left_open_shows_nothing_after_ten_minutes(page: Page, api: Api, *, has_script: bool) -> None:
    """With script the content goes; without it the page asks for another one, and tells so. Back finds the sign-in."""
    refresh, limit = 'meta[http-equiv="refresh"]', page.locator("footer noscript p")
    if not has_script:
        assert page.locator(refresh).get_attribute("content") == "600; url=/locked"
        expect(limit).to_be_visible()
        expect(limit).to_have_text(word("en", "locked.by_itself"))
        make_older(api, used_at=timedelta(minutes=10))
        page.goto("/locked")
    else:
        assert page.locator(refresh).count() == 0
        expect(limit).to_be_hidden()
        page.clock.install()
        page.goto("/inbox")
        page.fill("#code", "acorn bagel canoe")
        page.clock.fast_forward("09:00")
        expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
        make_older(api, used_at=timedelta(minutes=10))
        page.clock.fast_forward("01:10")
    expect(page.get_by_role("heading", name="This page was closed")).to_be_visible()
    assert "acorn" not in page.content()
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "acorn" not in page.content()


def test_the_address_of_a_page_says_nothing(page: Page) -> None:
    """Not while a code is looked up, and not in history: no code, no id, no word of what was typed."""
    page.fill("#code", "acorn bagel canoe")
    page.get_by_role("button", name="Find it").first.click()
    expect(page.get_by_role("alert")).to_contain_text("No open referral")

    assert "acorn" not in page.url
    assert page.title() in titles("en")
    assert [cookie["name"] for cookie in page.context.cookies()] == [SESSION]
