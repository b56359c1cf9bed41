"""Several people at the pages: cards, one more like the last, calls to tick off, and promises that are kept."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from html import unescape

import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from playwright.sync_api import Browser, expect
from visitors import Visitor, signed_in
from walks import KEPT, walking

WHOLE = bool(os.environ.get("PAGES_WHOLE"))
WAYS = [
    pytest.param(width, language, script, id=f"{width}-{language}-{'script' if script else 'plain'}")
    for width in (320, 768, 1280)
    for language in ("en", "es")
    for script in (True, False)
    if WHOLE or (width, language, script) in ((320, "es", True), (1280, "en", False))
]
TWO_WOMEN = {
    "a.count": "2", "a.from": "20", "a.to": "30", "a.gender": "female", "a.language": "es",
    "a.need.emergency_shelter": "yes",
}  # fmt: skip


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("group"), rate_limit="1000000/minute")) as found:
        yield found


@pytest.fixture(scope="module")
def visitor(api: Api) -> Visitor:
    return signed_in(api, HOTLINE, "route", Accept_Language="en")


def post(visitor: Visitor, place: str, form: dict[str, str]) -> str:
    page = visitor.post(place, {**form, "forgery": visitor.forgery("/group")})
    assert page.status_code in (200, 422), page.text
    return page.text


def shown(text: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", text)))


def test_a_card_is_added_counted_changed_and_taken_away(visitor: Visitor) -> None:
    """Each by one button; what was typed is in the form alone."""
    draft = {"new.gender": "female", "new.from": "20", "new.to": "30", "new.language": "es", "new.count": "2"}
    nothing = post(visitor, "/group", {**draft, "do": "add"})
    added = post(visitor, "/group", {**draft, "new.need.emergency_shelter": "yes", "do": "add"})
    more = post(visitor, "/group", {**TWO_WOMEN, "do": "more.a"})
    fewer = post(visitor, "/group", {**TWO_WOMEN, "a.count": "1", "do": "less.a"})
    changed = post(visitor, "/group", {**TWO_WOMEN, "do": "change.a"})

    assert 'role="alert"' in nothing
    assert "2 women or girls, 20 to 30, Spanish" in shown(added)
    assert "3 women or girls, 20 to 30, Spanish" in shown(more)
    assert "women or girls" not in shown(fewer)
    assert 'name="new.from" value="20"' in changed
    assert 'name="a.from"' not in changed


def test_an_answer_keeps_what_was_promised_and_looks_for_the_rest(visitor: Visitor) -> None:
    """One of two has a bed at a house; a house that takes nobody is called no more."""
    first = post(visitor, "/group/calls", TWO_WOMEN)
    field = re.search(r'<select id="(took\.a\.[^"]+)"', first)
    assert field is not None
    house = field[1].rpartition("/")[2]
    again = post(visitor, "/group/calls", {**TWO_WOMEN, field[1]: "1", "done": house})
    nobody = post(visitor, "/group/calls", {**TWO_WOMEN, field[1]: "0"})

    assert len(re.findall(r'<li class="card">', first)) == 1
    assert len(re.findall(r'<li class="card">', again)) == 2
    assert '<option value="1" selected>' in again
    assert f'name="done" value="{house}" checked' in again
    assert f'name="done" value="{house}"' not in nobody
    assert f'name="{field[1]}" value="0"' in nobody
    for page in (first, again, nobody):
        told = shown(page)
        assert told.index("alone, out of sight") < told.index("I called them")


def test_an_officer_is_offered_it_and_it_takes_the_scope(api: Api, visitor: Visitor) -> None:
    """`/next` leads there; without `route` nobody is answered; a form from elsewhere is refused."""
    stranger = signed_in(api, HOTLINE, "directory:read")

    assert 'href="/group"' in visitor.get("/next").text
    asked = {**TWO_WOMEN, "forgery": stranger.forgery("/group")}
    assert stranger.post("/group/calls", asked).status_code == 403
    assert 'href="/group"' not in stranger.get("/").text
    assert visitor.post("/group/calls", {**TWO_WOMEN, "forgery": "x"}).status_code == 403


@pytest.mark.parametrize(("width", "language", "script"), WAYS)
def test_a_raid_at_the_pages(browser: Browser, api: Api, width: int, language: str, script: bool) -> None:
    """By keyboard and press, from the officer's page to the calls and the second answer; nothing is left behind."""
    with walking(browser, api, language, width=width, script=script, scopes=("route",)) as walk:
        page = walk.page
        walk.go("/next")
        page.get_by_role("link", name=walk.say("several_next.offer")).click()
        walk.expect_heading("several.title")
        walk.look("nobody yet")
        page.locator("input[name='new.need.emergency_shelter']").check()
        page.locator("#new\\.from").fill("20")
        page.locator("#new\\.to").fill("x9")
        page.locator("#new\\.gender").select_option("female")
        walk.press("several.add")
        expect(page.locator("main h3")).to_contain_text("20")
        walk.look("one card")
        walk.press("several.find")
        expect(page.get_by_role("alert")).to_be_visible()
        walk.look("refused")
        page.locator("li.card button.quiet").first.click()
        page.locator("#new\\.to").fill("30")
        page.locator("#new\\.to").press("Tab")
        walk.press("several.add")
        walk.press("several.one_more")
        walk.press("several.one_more")
        expect(page.locator("main h3")).to_contain_text("3")
        walk.press("several.find")
        walk.expect_heading("several.calls")
        walk.look("calls")
        page.locator("li.card details summary").first.click()
        page.locator("li.card select").first.select_option("1")
        page.get_by_label(re.compile(re.escape(walk.say("several.called")))).first.check()
        walk.look("they take one")
        walk.press("several.rest")
        expect(page.locator("li.card select").first).to_have_value("1")
        expect(page.locator("input[name=done]").first).to_be_checked()
        walk.look("the rest")
        walk.press("several.people")
        walk.expect_heading("several.title")
        walk.look("the people again")
        if script:
            kept = page.evaluate(KEPT)
            assert kept == {"cookie": "", "local": 0, "session": 0, "databases": 0, "caches": 0}
        unexpected = [one for one in walk.watched.complaints if "422" not in one and "Service Worker" not in one]
        assert unexpected == []
