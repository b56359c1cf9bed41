"""A person at the pages, in a browser: presses what the words name, and looks at each page that comes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pseudo
import pytest
from api_builders import HOTLINE, Api
from browsers import Chromium, NoScript, Watched, faults
from canaries import CANARY
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect
from visitors import SESSION, signed_in

from service.page.words import word, words_in

SCOPES = ("route", "consent", "referral", "directory:read")
TARGET = 44
"""Least height of what is pressed, in CSS pixels."""
PRESSED = "button, a.dial, a.button, summary, select, input:not([type=hidden]), .menu a"
TOO_SMALL = f"""() => [...document.querySelectorAll({PRESSED!r})].filter((one) => {{
  const shown = one.closest('label') ?? one;
  const box = shown.getBoundingClientRect();
  return one.checkVisibility({{ visibilityProperty: true, opacityProperty: false }})
    && !one.classList.contains('visually-hidden') && box.height > 0 && box.height < {TARGET - 0.5};
}}).map((one) => one.outerHTML.slice(0, 120))"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT = """() => {
  const cut = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const is_shown = (one) => one.checkVisibility({ visibilityProperty: true })
    && !one.closest('.visually-hidden, .skip, .account, script, style, noscript, option');
  const BOX = 'button, a.button, a.dial, label, summary, legend, th, td, dt, dd, .chip, .card, main, header, footer';
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (!text.data.trim() || !is_shown(text.parentElement)) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const lines = [...range.getClientRects()].filter((line) => line.width > 1);
    for (let one = text.parentElement; one; one = one.parentElement) {
      const { overflowX, overflowY, position } = getComputedStyle(one);
      if (/auto|scroll/.test(overflowX) && one !== document.documentElement) break;
      const holds = /hidden|clip/.test(overflowX + overflowY) || one.matches(BOX);
      const edge = one.getBoundingClientRect();
      if (holds && lines.some((line) => line.left < edge.left - 1 || line.right > edge.right + 1
        || line.top < edge.top - 4 || line.bottom > edge.bottom + 4)) {
        cut.push(`${one.tagName}.${one.className}: ${text.data.trim().slice(0, 60)}`);
        break;
      }
      if (/absolute|fixed/.test(position)) break;  // such as a menu that is open
    }
  }
  const pen = document.createElement('canvas').getContext('2d');
  for (const one of document.querySelectorAll('select')) {
    if (!is_shown(one) || !one.selectedOptions.length) continue;
    const style = getComputedStyle(one);
    pen.font = style.font;
    const room = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 16;  // its arrow
    if (pen.measureText(one.selectedOptions[0].text).width > room + 1) cut.push(`SELECT: ${one.name}`);
  }
  return cut;
}"""
"""Texts that run out of the box that holds them, or are clipped by it; what scrolls by itself is left out, and so
are the names in the bar, which stand in full at home."""
WIDTHS = (320, 390, 768, 1280)
WHOLE = bool(os.environ.get("PAGES_WHOLE"))
WAYS = [
    pytest.param(width, language, script, id=f"{width}-{language}-{'script' if script else 'plain'}")
    for width in (320, 768, 1280)
    for language in ("en", "es")
    for script in (True, False)
    if WHOLE or (width, language, script) in ((320, "es", True), (1280, "en", False))
]
"""Ways to walk through the pages: all of them (`PAGES_WHOLE`), or the narrowest with script and the widest without."""
KEPT = """async () => ({
  cookie: document.cookie, local: localStorage.length, session: sessionStorage.length,
  databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
})"""

TYPED = """() => {
  let number = 0;
  for (const one of document.querySelectorAll('main input, main select, main textarea')) {
    if (one.type === 'hidden') continue;
    if (one.tagName === 'SELECT') {
      one.add(new Option('x', `CANARY${number++}x`));
      one.selectedIndex = one.length - 1;
    }
    else if (one.type === 'checkbox' || one.type === 'radio') { one.value = `CANARY${number++}x`; one.checked = true; }
    else { one.type = 'text'; one.removeAttribute('maxlength'); one.value = `CANARY ${number++} said`; }
  }
  return number;
}""".replace("CANARY", CANARY)


@dataclass
class Walk:
    """One page in one language; `seen` are the states that were looked at."""

    page: Page
    watched: Watched
    language: str
    base: str
    lift: Callable[[], AbstractContextManager[None]] = nullcontext
    seen: list[str] = field(default_factory=list)

    def say(self, key: str, **values: object) -> str:
        return word(self.language, key, **values)

    def go(self, path: str) -> None:
        self.page.goto(path)

    def press(self, key: str, heading: str | None = None, **values: object) -> None:
        """Press the first button of that name; wait for the heading that is to come."""
        self.page.get_by_role("button", name=self.say(key, **values), exact=True).first.click()
        if heading is not None:
            self.expect_heading(heading)

    def unfold(self, key: str) -> None:
        """Open the folded part of that name."""
        fold = self.page.locator("details", has=self.page.locator("summary", has_text=self.say(key))).last
        fold.locator("summary").click()
        expect(fold).to_have_attribute("open", "")

    def hold_first(self, path: str) -> Callable[[], None]:
        """Hold the first request to a path back, as a slow line does; return what lets it go on."""
        waiting: list[Route] = []

        def hold(route: Route) -> None:
            if waiting:
                route.continue_()
            else:
                waiting.append(route)

        def go_on() -> None:
            waiting[0].continue_()

        self.page.route(f"**{path}", hold)
        return go_on

    def expect_heading(self, key: str) -> None:
        expect(self.page.locator("h1")).to_contain_text(self.say(key))

    def look(self, name: str) -> None:
        """Look at the page as it stands: usable by everybody, with nothing of what was typed beside it."""
        self.page.wait_for_load_state()  # a heading is there before the style that gives buttons their size
        expect(self.page.locator("body")).not_to_have_attribute("aria-busy", "true")
        assert faults(Chromium(self.page, self.lift)) == [], name
        assert self.page.evaluate(TOO_WIDE) <= 0, name
        assert self.page.evaluate(TOO_SMALL) == [], name
        assert self.page.title() in titles(self.language)
        assert self.page.locator("html").get_attribute("lang") == self.language
        assert self.page.locator("h1").count() == 1, name
        assert "?" not in self.page.url
        assert all(url.startswith(self.base) for url in self.watched.urls)
        if self.language == pseudo.CODE:
            self._look_at_a_longer_language(name)
        self.seen.append(name)
        self.draw(name)

    def _look_at_a_longer_language(self, name: str) -> None:
        """Look for English, and at each width for what is cut."""
        screen = self.page.viewport_size
        assert screen is not None
        english = pseudo.not_translated(pseudo.words_of(self.page.content()), pseudo.NAMES)
        assert english == [], (name, english)
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": screen["height"]})
            assert self.page.evaluate(TOO_WIDE) <= 0, (name, width)
            cut = self.page.evaluate(CUT)
            assert cut == [], (name, width, cut)
        self.page.set_viewport_size(screen)

    def draw(self, name: str, part: Locator | None = None) -> None:
        """Draw the page as it stands, or a part of it, into the folder that `PAGE_SHOTS` names, if it names one."""
        if folder := os.environ.get("PAGE_SHOTS"):
            screen = self.page.viewport_size or {}
            file = Path(folder) / (re.sub(r"\W+", "-", f"{name} {screen.get('width')} {self.language}") + ".png")
            if part:
                part.screenshot(path=file)
            else:
                self.page.screenshot(path=file, full_page=True)


def titles(language: str) -> set[str]:
    """What a browser may keep of a page: a neutral word for its room, the same whatever the page holds."""
    return {text for key, text in words_in(language).items() if key.startswith("tab.")}


@contextmanager
def walking(
    browser: Browser,
    api: Api,
    language: str = "en",
    *,
    width: int = 320,
    script: bool = True,
    organization: str = HOTLINE,
    scopes: tuple[str, ...] = SCOPES,
    **more: Any,
) -> Iterator[Walk]:
    """Sign somebody in and open a browser for them."""
    base = str(api.client.base_url).rstrip("/")
    visitor = signed_in(api, organization, *scopes, Accept_Language=language)
    height = {320: 568, 768: 1024}.get(width, 800)
    context: BrowserContext = browser.new_context(
        base_url=base, viewport={"width": width, "height": height}, locale=language,
        **{"service_workers": "block", "reduced_motion": "reduce", **more},  # nothing scrolls away under a press
    )  # fmt: skip
    context.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    token = visitor.cookies[SESSION]
    secure = base.replace("http", "https", 1)
    context.add_cookies([{"name": SESSION, "value": token, "url": secure, "secure": True, "httpOnly": True,
                          "sameSite": "Strict"}])  # fmt: skip
    watched = Watched(context.new_page())
    try:
        yield Walk(watched.page, watched, language, base, nullcontext if script else NoScript(watched.page).lifted)
    finally:
        context.close()


def fill_who(walk: Walk, age: str = "15") -> None:
    """Fill in the page about the client."""
    page = walk.page
    page.locator("[id='client.age']").fill(age)
    page.locator("[id='client.languages']").select_option("es")
    page.locator("[id='client.area']").fill("northline")
    page.get_by_role("radio", name=walk.say("truth.yes"), exact=True).check()
