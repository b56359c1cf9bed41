"""Debian's Chromium as a fixture, a page that is watched, with scripts and without, and what axe finds on a page."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
UNWRAP = "document.querySelectorAll('body noscript:has(*)').forEach((one) => one.replaceWith(...one.childNodes))"
"""Lets axe see what a page read without script shows in `noscript`, which it passes by; with scripts, that is text."""
PAINTED = ("color-contrast", "link-in-text-block")
"""The rules of axe that read colours, sizes of text and what lies beneath; all others read the elements alone."""
REFRESH = "'meta-refresh': { enabled: !document.querySelector('head noscript > meta') }"
"""That a page read without script closes after ten minutes is decided, and told at its foot (DECISIONS.md)."""
RULES = {
    "all": f"rules: {{ {REFRESH} }}",
    "painted": f"runOnly: {list(PAINTED)}",
    "others": f"rules: {{ {REFRESH}, {', '.join(f'{rule!r}: {{ enabled: false }}' for rule in PAINTED)} }}",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; playwright makes it a new, empty profile."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        try:
            yield chrome
        finally:
            chrome.close()


class Watched:
    """A page, every address that it asked for, and everything that the browser complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.urls: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.urls.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))


class NoScript:
    """A page of Chromium whose documents run no script while they load, nor later; `noscript` is part of them.

    Playwright's own `java_script_enabled=False` cannot be lifted, and axe waits for timers that never come. Chromium
    decides on a script when it reads it, so none of the document's runs where the tests' own may, once it stands.
    """

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._switch(disabled=True)

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Let the tests' own scripts run on the document that stands there."""
        self._switch(disabled=False)
        try:
            yield
        finally:
            self._switch(disabled=True)

    def _switch(self, *, disabled: bool) -> None:
        self._session.send("Emulation.setScriptExecutionDisabled", {"value": disabled})


class Driven(Protocol):
    """A browser with one page, as tests drive Chromium and Firefox alike."""

    def go(self, address: str) -> None:
        """Open an address, and wait for its page."""

    def resize(self, width: int, height: int) -> None:
        """Give the page a size."""

    def run(self, script: str) -> Any:
        """Return what an expression gives; a promise is waited for."""

    def key(self, name: str) -> None:
        """Press a key by its name: `Tab`, `a`."""


def faults(browser: Driven, within: str = "html", rules: str = "all") -> list[Any]:
    """Return what axe finds in a part of the page by some of its `RULES`: each violation's id, with its elements."""
    browser.run(UNWRAP)
    if not browser.run("'axe' in window"):
        browser.run(f"(() => {{ {AXE}; }})()")
    options = f"{{ resultTypes: ['violations'], selectors: false, preload: false, {RULES[rules]} }}"
    listed = "(found) => found.violations.map((one) => [one.id, one.nodes.map((node) => node.html)])"
    return list(browser.run(f"axe.run({within!r}, {options}).then({listed})"))


@dataclass
class Chromium:
    """A page of Chromium; `lift` is what the tests' own scripts need where there is `NoScript`."""

    page: Page
    lift: Callable[[], AbstractContextManager[None]] = nullcontext

    def go(self, address: str) -> None:
        self.page.goto(address)

    def resize(self, width: int, height: int) -> None:
        self.page.set_viewport_size({"width": width, "height": height})

    def run(self, script: str) -> Any:
        with self.lift():
            return self.page.evaluate(script)

    def key(self, name: str) -> None:
        self.page.keyboard.press(name)
