"""The directory, searched at its page: by everybody alike, without script, and with nothing in an address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from api_builders import Api, demo_settings, running
from canaries import CANARY
from page.test_intake import visible
from playwright.sync_api import Browser, expect
from visitors import Visitor, signed_in
from walks import walking

from service.page import public
from service.page.words import word

HAVEN, SEARCHES = "bluestem-haven", "/v1/service-searches"
FILTERS = {"words": "", "type": "emergency_shelter", "area": "demo-north", "age": "16", "open_now": "yes"}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    settings = demo_settings(tmp_path_factory.mktemp("closed"), hsds_open=False, rate_limit="1000000/minute")
    with running(settings) as api:
        yield api


def ids_on(page: str) -> list[str]:
    return re.findall(r'href="/directory/([0-9a-f-]{36})', page)


def search(api: Api, *scopes: str, **body: Any) -> list[dict[str, Any]]:
    headers = api.bearer(*scopes, organization=HAVEN) if scopes else {}
    answer = api.client.post(SEARCHES, json={"per_page": 200, **body}, headers=headers)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("is_member", [True, False])
def test_a_search_shows_what_the_interface_finds(demo: Api, language: str, is_member: bool) -> None:
    """Listed agencies in the same order, to members as well, with their services, hours and what is not sure."""
    browser = {"Accept_Language": language}
    visitor = (
        signed_in(demo, HAVEN, "directory:read", **browser) if is_member else Visitor(demo.client, headers=browser)
    )
    more = {"forgery": visitor.forgery()} if is_member else {}
    page = visitor.post("/directory", {**FILTERS, **more}).text
    agencies = search(demo, type="emergency_shelter", area="demo-north", age=16, open_now=True)

    assert ids_on(page) == [agency["id"] for agency in agencies]
    assert agencies
    for agency in agencies:
        for service in agency["services"]:
            assert service["name"] in page
    count = sum(not service["sure"] for agency in agencies for service in agency["services"])
    assert visible(page).count(word(language, "directory.ask")) == count
    assert "lantern-row" in {agency["slug"] for agency in search(demo, "directory:read")}
    assert "Lantern" not in visitor.post("/directory", more).text


def test_what_was_searched_for_stays_in_the_form(demo: Api) -> None:
    """Also in the other language, and on the next page."""
    nobody = Visitor(demo.client)
    page = nobody.post("/directory?language=es", FILTERS).text
    assert '<option value="emergency_shelter" selected>' in page
    assert 'name="age" value="16"' in page
    english = nobody.post("/directory", {**FILTERS, "language": "en"}).text
    assert '<html lang="en">' in english
    assert ids_on(english) == ids_on(page)
    wrong = nobody.post("/directory", {**FILTERS, "age": "sixteen"})
    assert wrong.status_code == 422
    assert 'id="problem-age"' in wrong.text
    assert 'value="sixteen"' in wrong.text


def test_a_long_list_comes_in_pages(demo: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A button of the form leads on, and one back; together the pages are the whole, in its order."""
    monkeypatch.setattr(public, "PER_PAGE", 7)
    nobody = Visitor(demo.client)
    page, ids = nobody.get("/directory").text, list[str]()
    more = rf'name="page" value="(\d+)">{word("en", "directory.more")}<'
    while (button := re.search(more, page)) is not None:
        ids += ids_on(page)
        page = nobody.post("/directory", {"page": button[1]}).text
        assert word("en", "directory.before") in page

    assert [*ids, *ids_on(page)] == [agency["id"] for agency in search(demo)]


def test_a_closed_directory_has_no_page(closed: Api) -> None:
    """Who may read it searches over HTTP; the page is of what everybody may see."""
    visitors = [Visitor(closed.client), signed_in(closed, HAVEN, "route"), signed_in(closed, HAVEN, "directory:read")]

    assert closed.client.post(SEARCHES, json={}).status_code == 401
    assert closed.client.post(SEARCHES, json={}, headers=closed.bearer("route")).status_code == 403
    assert search(closed, "directory:read")
    for visitor in visitors:
        page = visitor.get("/directory").text
        assert word("en", "directory.none") in visible(page)
        assert ids_on(page) == []


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("script", [True, False])
def test_a_search_in_a_browser(browser: Browser, demo: Api, language: str, script: bool) -> None:
    """By keyboard: words, Enter; the filters; each state usable by everybody, and nothing of it kept."""
    with walking(browser, demo, language, script=script, organization=HAVEN, scopes=("directory:read",)) as walk:
        page = walk.page
        walk.go("/directory")
        walk.look("all agencies")
        page.locator("#words").fill(CANARY)
        page.locator("#words").press("Enter")
        expect(page.get_by_text(walk.say("directory.nobody"))).to_be_visible()
        walk.look("nothing fits")
        page.locator("#words").fill("")
        page.locator("#age").fill("abc")
        page.locator("#age").press("Enter")
        expect(page.locator(".summary")).to_be_visible()
        walk.look("a wrong age")
        page.locator("#age").fill("16")
        page.locator("#type").select_option("emergency_shelter")
        walk.press("directory.search")
        expect(page.locator("li.card").first).to_be_visible()
        walk.look("found")
        assert not any(CANARY in url or "emergency_shelter" in url for url in walk.watched.urls)
