"""The pages in a language that nobody speaks: whatever is still English is a name, or was forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pseudo
import pytest
from api_builders import Api, demo_settings, running
from intake_forms import BED, PROFILE, send
from page import test_bar, test_browser, test_group, test_work_in_browser
from page.test_every_page import AGENCY, PUBLIC, SCOPES, STEPS, TABLE
from playwright.sync_api import Browser
from visitors import signed_in

from service.i18n.translation import LEFT, RIGHT, use_catalogues

HOUSE = "bluestem-haven"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder: Path = tmp_path_factory.mktemp("catalogues")
    more = {"rate_limit": "1000000/minute", "grievance_body": HOUSE, "deliver": False, "question_budget_ms": 60_000}
    holds = {"most_holds": 1000, "most_holds_at_service": 1000, "webhook_networks": "127.0.0.0/8", "webhook_http": True}
    values = {"catalogues": pseudo.write_pseudo(folder), **more, **holds}
    with running(demo_settings(tmp_path_factory.mktemp("demo"), **values)) as api:
        yield api
    use_catalogues(None)


@pytest.fixture
def api(whole: Api) -> Api:
    """The demo with every text in the catalogue: the languages of a process are those of the test at hand."""
    use_catalogues(whole.settings.catalogues)
    return whole


@pytest.mark.parametrize("path", ["/", "/sessions", "/coalition", *AGENCY, *TABLE, *STEPS, *PUBLIC])
def test_no_word_of_a_page_is_english(api: Api, path: str) -> None:
    """In the page's language, with a way to each of the others."""
    visitor = signed_in(api, HOUSE, *SCOPES, Accept="text/html", Accept_Language=pseudo.CODE)
    page = visitor.get(path).text

    assert f'<html lang="{pseudo.CODE}">' in page
    assert {"English", "Español"} <= set(re.findall(r'lang="(?:en|es)">([^<]+)<', page))
    assert pseudo.not_translated(pseudo.words_of(page), pseudo.NAMES) == []


GAPS = 3
"""Each third text is not translated."""


@pytest.fixture(scope="module")
def gaps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder: Path = tmp_path_factory.mktemp("catalogues")
    values = {"catalogues": pseudo.write_pseudo(folder, GAPS), "rate_limit": "1000000/minute"}
    with running(demo_settings(tmp_path_factory.mktemp("demo"), **values)) as api:
        yield api
    use_catalogues(None)


@pytest.fixture
def with_gaps(gaps: Api) -> Api:
    """The demo with a catalogue that lacks texts."""
    use_catalogues(gaps.settings.catalogues)
    return gaps


@pytest.mark.parametrize("path", ["/", "/sessions", "/coalition", *AGENCY, *TABLE, *STEPS, *PUBLIC])
def test_what_is_not_translated_is_marked_as_english(with_gaps: Api, path: str) -> None:
    """Each in an element of that language (WCAG 3.1.2), those of answers too; attributes have the page's language."""
    page = signed_in(with_gaps, HOUSE, *SCOPES, Accept="text/html", Accept_Language=pseudo.CODE).get(path).text
    text = re.sub(r' (?:aria-label|title|placeholder)="[^"]*"', "", page)

    assert f'<html lang="{pseudo.CODE}">' in page
    assert '<span lang="en">' in page
    assert pseudo.not_translated(pseudo.words_of(text), pseudo.NAMES) == []
    assert not {LEFT, RIGHT} & set(page)


def test_an_answer_at_the_pages_marks_english_and_one_over_http_does_not(with_gaps: Api) -> None:
    """The signs that pages are told by leave the program in no document, file or picture."""
    visitor = signed_in(with_gaps, "juniper-bridge-hotline", *SCOPES, Accept_Language=pseudo.CODE)
    page = send(visitor, "/answer", BED)
    table = visitor.get("/coalition/due.csv").text + visitor.get("/coalition/map.svg").text
    answer = with_gaps.post("/v1/referral-paths", PROFILE, "route", headers={"Accept-Language": pseudo.CODE})

    assert page.count('<span lang="en">') > 10
    assert answer.headers["content-language"] == pseudo.CODE
    assert not {LEFT, RIGHT} & {*page, *table, *answer.text}


WALKS = {
    "intake": lambda browser, api: test_browser.test_the_whole_way(browser, api, 320, pseudo.CODE, True),
    "wrong": lambda browser, api: test_browser.test_states_that_go_wrong(browser, api, pseudo.CODE),
    "day": lambda browser, api: test_work_in_browser.test_an_agencys_day(browser, api, 320, pseudo.CODE, True),
    "table": lambda browser, api: test_work_in_browser.test_the_table(browser, api, 1280, pseudo.CODE, True),
    "complaint": lambda browser, api: test_work_in_browser.test_a_complaint(browser, api, pseudo.CODE),
    "group": lambda browser, api: test_group.test_a_raid_at_the_pages(browser, api, 320, pseudo.CODE, True),
    "home": lambda browser, api: test_bar.test_home_and_inbox(browser, api, 320, pseudo.CODE, "light", True),
}
"""Walks that look at every page and state, in a browser."""


@pytest.mark.parametrize("walk", WALKS)
def test_nothing_is_english_or_cut_in_a_browser(browser: Browser, api: Api, walk: str) -> None:
    """A language a third longer, from 320 to 1280 px: no word of English, no text cut, nothing sideways, axe clean."""
    WALKS[walk](browser, api)
