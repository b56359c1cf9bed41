"""The bar above every page, home and the inbox in a browser: each state usable by everybody, by keyboard alone too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from inbox_builders import SHELTER, make_due, send
from playwright.sync_api import Browser, Page, expect
from visitors import signed_in
from walks import WHOLE, walking

from service.i18n.translation import LANGUAGES
from service.page.words import word

SCOPES = ("directory:read", "consent", "referral", "route", "capacity")
WAYS = [
    pytest.param(width, language, scheme, script, id=f"{width}-{language}-{scheme}-{'script' if script else 'plain'}")
    for width in (320, 390, 768, 1280)
    for language in ("en", "es")
    for scheme in ("light", "dark")
    for script in (True, False)
    if WHOLE or (width, language, scheme, script) in ((320, "es", "dark", True), (1280, "en", "light", False))
]
PHONE_BAR = 88
"""Most height of the bar on a phone, in CSS pixels: whose it is, and one row of buttons."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    more = {"rate_limit": "1000000/minute", "most_holds": 1000, "most_holds_at_service": 1000}
    with running(demo_settings(tmp_path_factory.mktemp("bar"), **more)) as app:
        yield app


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Press Tab until what has the focus is called so."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and name in (focused.text_content() or ""):
            return
    pytest.fail(f"no way by keyboard to {name}")


@pytest.mark.parametrize(("width", "language", "scheme", "script"), WAYS)
def test_home_and_inbox(browser: Browser, api: Api, width: int, language: str, scheme: str, script: bool) -> None:
    """Whose it is, what waits, the menu open, a row, its reasons, a wish that is said back."""
    make_due(api, send(api), timedelta(minutes=-5))
    with walking(
        browser, api, language, width=width, script=script, organization=SHELTER, scopes=SCOPES, color_scheme=scheme
    ) as walk:
        page = walk.page
        walk.go("/")
        expect(page.locator(".account")).to_contain_text("Bluestem Haven")
        expect(page.locator(".account")).to_contain_text(walk.say("role.answers"))
        late = walk.say("waits.late", moment="#").partition("#")[0]
        expect(page.locator("[data-waits-line]")).to_contain_text(late.strip())
        walk.look("home")
        if width < 768 and language in LANGUAGES:
            assert page.locator("header").evaluate("(bar) => bar.offsetHeight") <= PHONE_BAR
        page.locator("header summary").click()
        walk.look("menu open")
        walk.go("/inbox")
        if width >= 768:
            expect(page.locator(".rooms [aria-current]")).to_contain_text(walk.say("menu.inbox"))
        walk.look("inbox")
        tab_to(page, "Juniper Bridge Hotline")
        page.keyboard.press("Enter")
        walk.expect_heading("got.title_in")
        tab_to(page, walk.say("move.declined"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name=walk.say("move.declined_which"))).to_be_in_viewport()
        walk.look("reasons")
        if script:
            expect(page.locator("#asks")).to_be_focused()
        page.get_by_label(walk.say("answered.area")).focus()
        page.keyboard.press("Space")
        tab_to(page, walk.say("move.declined"))
        page.keyboard.press("Enter")
        expect(page.locator(".state").first).to_have_text(walk.say("status.declined"))
        expect(page.locator(".timeline li")).to_have_count(2)
        walk.look("declined")
        walk.go("/inbox?box=out")
        assert page.locator("[aria-current=page]", has_text=walk.say("inbox.out")).count() == 1
        walk.go("/inbox")
        page.locator("#consent").fill("acorn bagel canoe daisy")
        walk.press("inbox.pass_on", "pass_on.title")
        walk.look("said back")
        page.get_by_role("button", name=walk.say("inbox.back")).click()
        walk.expect_heading("inbox.title")


def test_each_role_begins_with_its_own_work(api: Api) -> None:
    """An officer on the road, a shelter at its inbox, a hotline with a search, whoever counts at the beds."""
    for organization, scopes, role, path in (
        ("northline-sheriff", ("route", "referral"), "officer", "/next"),
        (SHELTER, ("route", "referral"), "answers", "/inbox"),
        (SHELTER, ("route",), "intake", "/intake"),
        (HOTLINE, ("route", "referral"), "intake", "/intake"),
        (HOTLINE, ("consent",), "answers", "/inbox"),
        (SHELTER, ("capacity", "directory:read"), "beds", "/beds"),
        (HOTLINE, ("directory:read",), "table", "/coalition"),
        (HOTLINE, ("webhook",), "reader", "/directory"),
    ):
        page = signed_in(api, organization, *scopes, Accept_Language="en").get("/").text
        assert re.search(rf'<div class="first">\s*<a class="button main" href="{path}">', page), role
        assert f"<span>{word('en', f'role.{role}')}</span></p>" in page
