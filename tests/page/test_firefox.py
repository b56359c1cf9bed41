"""A second, short way over the main pages in Firefox: usable by everybody, at phone and desk, in both themes."""

from __future__ import annotations

from pathlib import Path

import pytest
from api_builders import HOTLINE, Api
from browsers import faults
from firefox import Firefox, firefox
from visitors import SESSION, signed_in
from walks import SCOPES, TOO_SMALL, TOO_WIDE

HERE = ("capacity", "webhook", "grievance")
PAGES = ("/", "/next", "/group", "/consent", "/inbox", "/beds", "/coalition", "/directory", "/guide", "/grievances")
SIZES = ((320, 568), (1280, 800))


def look(browser: Firefox, name: str) -> None:
    """The page has no fault that axe finds, nothing to scroll sideways, and nothing too small to press."""
    browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert faults(browser) == [], name
    browser.run("document.querySelectorAll('details').forEach((one) => { one.open = false; })")
    for width, height in SIZES:
        browser.resize(width, height)
        assert browser.run(f"({TOO_WIDE})()") <= 0, (name, width)
        assert browser.run(f"({TOO_SMALL})()") == [], (name, width)


@pytest.mark.parametrize(("theme", "language"), [("light", "en"), ("dark", "es")])
def test_the_way_to_a_call_and_the_main_pages(demo: Api, tmp_path: Path, theme: str, language: str) -> None:
    """Needs, who, answer, paper, then each page of the menu, in the theme that was asked for, without a complaint."""
    base = str(demo.client.base_url).rstrip("/")
    visitor = signed_in(demo, HOTLINE, *SCOPES, *HERE, Accept_Language=language)
    with firefox(tmp_path, theme) as browser:
        browser.sign_in(visitor.cookies[SESSION])
        browser.resize(1280, 800)
        browser.go(f"{base}/intake")
        assert browser.run("document.documentElement.lang") == language
        assert browser.run("matchMedia('(prefers-color-scheme: dark)').matches") == (theme == "dark")
        look(browser, "needs")
        browser.run("document.querySelector('#need').checked = true")
        browser.press("main button.main")
        look(browser, "who")
        browser.run("document.querySelector('[id=\"client.age\"]').value = '15'")
        browser.run("document.querySelector('[id=\"client.area\"]').value = 'northline'")
        browser.press("main button.main")
        look(browser, "answer")
        assert browser.run("document.querySelectorAll('a.dial').length") > 0
        browser.press("[name=paper]")
        look(browser, "paper asked")
        browser.run("document.querySelector('[name=with_picture]').checked = true")
        browser.press("[name=safe]")
        assert browser.run("document.querySelectorAll('.paper svg').length") == 1
        look(browser, "paper")
        for path in PAGES:
            browser.resize(1280, 800)
            browser.go(base + path)
            look(browser, path)
        assert browser.complaints == []
