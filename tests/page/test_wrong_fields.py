"""What does not fit is said at the top with a link to each field, and at the field, in words of the field."""

from __future__ import annotations

import re
from html import unescape

import pytest
from api_builders import HOTLINE, Api
from page.test_intake import BED, SCOPES, send
from playwright.sync_api import Browser, Route, expect
from visitors import signed_in
from walks import walking

from service.page.words import word

NEXT = {"need": ["emergency_shelter"], "client.age": "fifteen"}
WRONG = [
    ("/intake/who", {}, ["need"]),
    ("/next", {}, ["need"]),
    ("/next", NEXT, ["client.age"]),
    ("/answer", BED | {"client.age": "fifteen"}, ["client.age"]),
    ("/answer", BED | {"client.with": "5, x"}, ["client.with"]),
    ("/consent/check", {"level": "verbal"}, ["to", "data", "signers", "signed_on", "ends_on"]),
    ("/consent/check", {"level": "verbal", "ends_on": "soon", "to": "x"}, ["data", "signers", "signed_on", "ends_on"]),
]


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("path", "form", "fields"), WRONG)
def test_each_wrong_field_is_named_at_the_top_and_at_its_place(
    demo: Api, language: str, path: str, form: dict[str, object], fields: list[str]
) -> None:
    """In the same words, linked to a field that is there; the summary stands before the form and takes the focus."""
    visitor = signed_in(demo, HOTLINE, *SCOPES, Accept_Language=language)
    page = send(visitor, path, form, status=422)
    summary = re.search(r'<section class="problem summary"[^>]* autofocus>.*?</section>', page, re.DOTALL)

    assert summary
    assert re.findall(r'href="#([^"]+)"', summary[0]) == fields
    for field in fields:
        text = word(language, f"fix.{field}")
        assert text in unescape(summary[0])
        assert re.search(rf'<p class="problem" id="problem-{re.escape(field)}">([^<]*)', page)[1] == text  # type: ignore[index]
        assert page.count(f' id="{field}"') == 1


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_focus_is_at_the_summary_and_its_link_leads_to_the_field(
    browser: Browser, demo: Api, language: str, script: bool
) -> None:
    """On the road, where the age is no number, and at the intake, where nothing is chosen."""
    with walking(browser, demo, language, script=script) as walk:
        page = walk.page
        walk.go("/next")
        walk.press("who.find")
        page.get_by_role("alert").get_by_role("link", name=word(language, "fix.need")).wait_for()
        walk.look("no need")
        page.locator("#need").check()
        page.locator("[id='client.age']").fill("fifteen")
        walk.press("who.find")
        link = page.get_by_role("alert").get_by_role("link", name=word(language, "fix.client.age"))
        expect(link).to_be_visible()
        walk.look("a wrong age on the road")
        expect(page.locator(".summary")).to_be_focused()
        link.click()
        assert page.evaluate("document.activeElement.id") == "client.age"


def test_busy_is_said_and_leaving_stays_bright(browser: Browser, demo: Api) -> None:
    """While an answer is on its way: words that are seen, and a button to leave as before."""
    waiting: list[Route] = []
    with walking(browser, demo) as walk:
        walk.go("/next")
        walk.page.locator("#need").check()
        walk.page.route("**/next", lambda route: [waiting.append(route)])
        walk.press("who.find")
        expect(walk.page.locator("#live")).to_have_text(walk.say("busy"))
        expect(walk.page.locator("#live")).to_be_in_viewport()
        look = "button => getComputedStyle(button).opacity"
        assert walk.page.locator(".leave button").evaluate(look) == "1"
        assert walk.page.locator("main button.main").evaluate(look) != "1"
        waiting[0].continue_()
        expect(walk.page.locator("body")).not_to_have_attribute("aria-busy", "true")
        expect(walk.page.locator("#live")).not_to_have_text(walk.say("busy"))
