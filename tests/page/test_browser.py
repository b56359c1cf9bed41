"""The pages in a real browser: every state usable by everybody, with script and without, on every width."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from api_builders import Api
from canaries import CANARY
from playwright.sync_api import Browser, Page, expect
from walks import KEPT, TYPED, WAYS, Walk, fill_who, titles, walking

from service.page.words import word

MOST_PRESSES, MOST_TAPS = 14, 6


def fill_needs(walk: Walk) -> None:
    walk.go("/intake")
    walk.page.get_by_label(walk.say("need.emergency_shelter")).check()
    walk.look("needs")
    walk.press("needs.next", "who.title")


def open_answer(walk: Walk) -> None:
    fill_needs(walk)
    fill_who(walk)
    walk.look("who")
    walk.press("who.find", "call.first")


@pytest.mark.parametrize(("width", "language", "script"), WAYS)
def test_the_whole_way(browser: Browser, demo: Api, width: int, language: str, script: bool) -> None:
    """Needs, who, answer, consent, paper, referral: each page is looked at; with script history stays short."""
    with walking(
        browser, demo, language, width=width, script=script, color_scheme="dark" if script else "light"
    ) as walk:
        walk.go("/")
        walk.look("home")
        open_answer(walk)
        walk.look("answer")
        assert_number_on_first_screen(walk.page)
        walk.page.evaluate("document.querySelectorAll('details.group').forEach((one) => { one.open = true; })")
        walk.look("answer, unfolded")
        walk.press("consent.offer", "consent.title")
        walk.look("consent")
        agree(walk)
        walk.press("needs.next", "consent.summary")
        walk.look("what is about to be written down")
        walk.press("consent.record", "consent.recorded")
        walk.look("recorded")
        walk.press("consent.receipt_es", "consent.receipt")
        walk.look("paper")
        walk.press("consent.back", "consent.recorded")
        walk.press("referral.back", "call.first")
        walk.press("referral.offer", "call.send")
        walk.look("referral")
        walk.page.get_by_label(walk.say("referral.agreed")).check()
        walk.press("referral.send", "referral.sent")
        walk.look("sent")
        if script:
            assert walk.page.evaluate("history.length") <= 4  # a blank page, the start, the intake
        assert walk.watched.complaints == []


def agree(walk: Walk) -> None:
    """Choose each of the terms: none is chosen beforehand."""
    page = walk.page
    page.locator("[name=to]").first.check()
    for key in ("data.need", "level.verbal", "signer.client"):
        page.get_by_label(walk.say(key), exact=True).check()
    page.locator("#ends_on").fill(page.locator("#signed_on").input_value())


def test_the_rest_comes_by_itself_and_moves_nothing(browser: Browser, demo: Api) -> None:
    """With script the rest of the answer stands in its place, the focus stays, and a lost network leaves the button."""
    with walking(browser, demo, "en") as walk:
        fill_needs(walk)
        fill_who(walk)
        walk.page.route(
            "**/answer", lambda route: route.abort() if "seen=" in route.request.post_data else route.continue_()
        )
        walk.press("who.find", "call.first")
        button = walk.page.get_by_role("button", name=walk.say("rest.more"))
        expect(button).to_be_visible()
        walk.page.unroute("**/answer")
        walk.page.locator(".profile .part").last.click()
        walk.expect_heading("who.title")
        walk.press("who.find", "call.first")
        expect(walk.page.get_by_text(walk.say("rest.rules"))).to_be_attached()
        expect(button).to_have_count(0)
        assert walk.page.evaluate("document.activeElement.tagName") == "H1"
        assert len(walk.watched.complaints) == 1  # of the network that was lost


def assert_number_on_first_screen(page: Page) -> None:
    """The number to call is seen whole without scrolling, and so are who it is and how to call."""
    screen = page.viewport_size
    assert screen is not None
    for part in (page.locator("h1"), page.locator("a.dial.first").first, page.locator(".manner").first):
        box = part.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= screen["height"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_states_that_go_wrong(browser: Browser, demo: Api, language: str) -> None:
    """What is refused is a page like the others: at the field, as an error page, as a closed one."""
    with walking(browser, demo, language) as walk:
        walk.go("/intake")
        walk.press("needs.next")
        expect(walk.page.get_by_role("alert")).to_contain_text(walk.say("fix.need"))
        walk.look("no need")
        walk.page.get_by_label(walk.say("need.emergency_shelter")).check()
        walk.press("needs.next", "who.title")
        fill_who(walk, "abc")
        walk.press("who.find")
        expect(walk.page.get_by_role("alert")).to_be_visible()
        assert walk.page.locator("[id='client.age']").get_attribute("aria-invalid") == "true"
        walk.look("a wrong age")
        walk.page.locator("[id='client.age']").fill("15")
        walk.page.locator("[name='facts.danger'][value='imminent']").check()
        walk.press("who.find")
        expect(walk.page.locator("h1")).to_contain_text("911")
        walk.look("danger")
        walk.go("/locked")
        walk.expect_heading("locked.title")
        walk.look("locked")


def test_enter_in_a_field_goes_on_and_does_not_switch_the_language(browser: Browser, demo: Api) -> None:
    """What Enter presses is the form's own button, though the switch stands before it."""
    for script in (True, False):
        with walking(browser, demo, script=script) as walk:
            fill_needs(walk)
            fill_who(walk)
            walk.page.locator("[id='client.age']").press("Enter")
            walk.expect_heading("call.first")
            assert walk.page.locator("html").get_attribute("lang") == "en"


def test_the_first_answer_takes_few_presses_of_keys_alone(
    browser: Browser, demo: Api, say: pytest.FixtureRequest
) -> None:
    """From the open page to the number: the need is found as one types, and the next field has the focus."""
    with walking(browser, demo, width=1280) as walk:
        start = time.perf_counter()
        walk.go("/intake")
        expect(walk.page.locator("#filter")).to_be_focused()
        keyboard, presses = walk.page.keyboard, 0

        def press(*keys: str) -> None:
            nonlocal presses
            for key in keys:
                keyboard.press(key)
                presses += 1

        press("b", "e", "d", "Enter", "Enter")
        walk.expect_heading("who.title")
        expect(walk.page.locator("[id='client.age']")).to_be_focused()
        press("1", "5", "Tab", "S", "Tab", "N", "Tab", "Space")
        assert walk.page.locator("[id='client.languages']").input_value() == "es"
        press("Enter")
        walk.expect_heading("call.first")
        assert_number_on_first_screen(walk.page)
        seconds = time.perf_counter() - start

        assert presses <= MOST_PRESSES
        assert walk.page.locator(".part", has_text="Northline").count() == 1
        say(f"{presses} presses of keys from the open page to the first number, {seconds:.1f} s with no time to think")  # type: ignore[operator]


def test_what_changes_is_told_to_who_listens(browser: Browser, demo: Api) -> None:
    """With script a live region says the heading, and the focus is where one types; without a network it says so."""
    with walking(browser, demo) as walk:
        fill_needs(walk)
        expect(walk.page.locator("[id='client.age']")).to_be_focused()
        expect(walk.page.locator("#live")).to_have_text(walk.say("who.title"))
        walk.page.context.set_offline(True)
        walk.press("who.find")
        expect(walk.page.locator("#live")).to_have_text(walk.say("away"))
        assert walk.page.locator("[id='client.age']").is_visible()


@pytest.mark.parametrize("zoom", [2, 4])
def test_zoomed_in_all_of_it_can_be_read_and_pressed(browser: Browser, demo: Api, zoom: int) -> None:
    """1,280 pixels at 200 and 400 %: one column, nothing cut off, nothing to scroll sideways."""
    with walking(browser, demo, device_scale_factor=zoom) as walk:
        walk.page.set_viewport_size({"width": 1280 // zoom, "height": 1024 // zoom})
        open_answer(walk)
        walk.look("answer")
        walk.page.add_style_tag  # noqa: B018 - a style of the test's own would break the policy of the page
        walk.page.locator("a.dial.first").first.scroll_into_view_if_needed()
        assert walk.page.locator("a.dial.first").first.is_visible()


@pytest.mark.parametrize("script", [True, False])
def test_back_brings_no_answer_back(browser: Browser, demo: Api, script: bool) -> None:
    """Left from an answer, which came by a form: whatever Back finds, it is not that page, and no client is on it."""
    away = str(demo.settings.leave_to)
    with walking(browser, demo, script=script) as walk:
        walk.page.route(f"{away}**", lambda route: route.fulfill(body="<h1>Weather</h1>", content_type="text/html"))
        open_answer(walk)
        walk.press("leave")
        expect(walk.page.locator("h1")).to_have_text("Weather")
        for _ in range(4):
            walk.page.go_back()
            if walk.page.url.startswith(walk.base):
                assert walk.page.locator("#call").count() == 0
                assert "Willow Bend" not in walk.page.content()


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("path", ["/intake", "/consent", "/next", "/group"])
def test_what_is_typed_is_kept_nowhere(
    browser: Browser, demo: Api, path: str, script: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    """A canary in every field of every form: in no URL, cookie, storage, history, cache, title; logs and databases are
    searched after each test and run.
    """
    with walking(browser, demo, script=script) as walk:
        walk.go(path)
        buttons = {
            "/intake": ["needs.next", "who.find"], "/consent": ["needs.next"], "/next": ["who.find"],
            "/group": ["several.add", "several.find"],
        }[path]  # fmt: skip
        for key in buttons:
            assert walk.page.evaluate(TYPED) > 0
            walk.press(key)
            walk.page.wait_for_load_state("networkidle")
        assert CANARY not in walk.page.url
        assert not any(CANARY in url for url in walk.watched.urls)
        assert walk.page.title() in titles(walk.language)
        assert not any(CANARY in cookie["value"] for cookie in walk.page.context.cookies())
        if script:  # without it a page has nothing to keep with
            assert walk.page.evaluate(KEPT) == {"cookie": "", "local": 0, "session": 0, "databases": 0, "caches": 0}
            assert walk.page.evaluate("history.state") is None
    assert CANARY not in "".join(capfd.readouterr())


def test_an_officer_has_the_number_under_the_thumb(browser: Browser, demo: Api) -> None:
    """Three inputs at most; the first call on one screen of a small phone, its number at the bottom, large and dark."""
    scopes = ("route", "directory:read")
    with walking(browser, demo, organization="northline-sheriff", scopes=scopes) as walk:
        page = walk.page
        walk.go("/next")
        walk.look("inputs")
        inputs = page.locator("main fieldset, main .field")
        assert inputs.count() <= 3
        page.get_by_label(walk.say("need.emergency_shelter"), exact=True).check()
        page.locator("[id='client.age']").fill("20")
        page.get_by_role("radio").first.check()
        walk.press("who.find", "call.first")
        walk.look("the call")
        box = page.locator(".thumb a.dial").bounding_box()
        assert box is not None
        assert box["y"] >= 568 * 2 / 3
        assert box["y"] + box["height"] <= 568
        assert box["height"] >= 60
        heading, how = page.locator("h1").bounding_box(), page.locator(".manner").bounding_box()
        assert heading is not None
        assert how is not None
        assert how["y"] + how["height"] < box["y"]
        color = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert sum(map(int, re.findall(r"\d+", color)[:3])) < 3 * 40
        walk.press("call.said_no", "call.then")
        walk.look("the next call")


def test_without_a_network_an_officer_still_has_the_public_lines(browser: Browser, demo: Api, tmp_path: Path) -> None:
    """The worker keeps style, script and one page with public lines: no name, no need, no session's token in it."""
    with walking(browser, demo, scopes=("route",), service_workers="allow") as walk:
        page = walk.page
        walk.go("/next")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_function("async () => (await caches.match('/next/offline')) !== undefined")
        page.reload()
        cached_files = page.evaluate("""async () => {
          const found = {};
          for (const name of await caches.keys()) {
            const store = await caches.open(name);
            for (const request of await store.keys())
              found[new URL(request.url).pathname] = await (await store.match(request)).text();
          }
          return found;
        }""")
        assert sorted(cached_files) == ["/next/offline", "/page.css", "/page.js"]
        assert 'name="forgery" value=""' in cached_files["/next/offline"]
        page.context.set_offline(True)
        walk.go("/next")
        walk.expect_heading("offline.title")
        assert page.locator("a[href^='tel:']").count() >= 2
        walk.look("offline")


def test_signed_out_a_form_says_so(browser: Browser, demo: Api) -> None:
    """A session that ended while a form was open: the page says that, and nothing was asked."""
    for script in (True, False):
        with walking(browser, demo, script=script) as walk:
            fill_needs(walk)
            walk.page.context.clear_cookies()
            walk.press("who.find", "refused.invalid_token.title")
            assert word("en", "refused.invalid_token.plain") in (walk.page.text_content("main") or "")
