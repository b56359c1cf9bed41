"""Each page's work by keys alone, in both browsers: Tab comes to everything, is seen where it is, and keys press it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest
from api_builders import Api, demo_settings, running
from browsers import Chromium, Driven
from firefox import firefox
from inbox_builders import SHELTER, send
from page.test_work_in_browser import forget_tries
from page_states import SETTINGS, addresses, worker
from playwright.sync_api import Browser
from playwright.sync_api import Error as Gone
from visitors import SESSION, Visitor, login_code

MOST_STOPS, PATIENCE_S = 250, 30
_terms = count(1)
FOCUS = """(() => {
  const one = document.activeElement, style = getComputedStyle(one), unseen = one.closest('label, summary') ?? one;
  const ring = (found) => found.outlineStyle !== 'none' && parseFloat(found.outlineWidth) >= 2;
  return ring(style) || ring(getComputedStyle(unseen));
})()"""
STOPS = """(() => {
  const found = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')];
  const groups = new Set();
  const stops = found.filter((one) => {
    const group = one.type === 'radio' && `${one.form?.id} ${one.name}`;
    if (one.disabled || one.type === 'hidden' || one.tabIndex < 0) return false;
    if (!one.checkVisibility({ visibilityProperty: true })) return false;
    if (!group) return true;
    if (groups.has(group)) return false;
    groups.add(group);
    return true;
  });
  stops.forEach((one, at) => { one.dataset.stop = at; });
  for (const one of found.filter((each) => each.type === 'radio' && !each.dataset.stop)) {
    const first = stops.find((stop) => stop.name === one.name && stop.form === one.form);
    if (first) one.dataset.stop = first.dataset.stop;
  }
  return stops.map((one) => one.outerHTML.slice(0, 90));
})()"""
UNFOLDED = "document.querySelectorAll('main details').forEach((one) => { one.open = true; })"


@dataclass
class Hands:
    """Somebody with a keyboard and no mouse."""

    browser: Driven
    base: str

    def go(self, path: str) -> None:
        """Open a page, once the one that was asked for before has come."""
        self.until("!document.body.hasAttribute('aria-busy')")
        self.browser.go(self.base + path)
        self.until(f"location.pathname + location.search === {json.dumps(path)}")

    def ask(self, script: str) -> Any:
        """Return what an expression gives, on the next page where one page is just going."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self.browser.run(script)
            except (Gone, AssertionError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)

    def to(self, selector: str) -> None:
        """Press Tab until the focus is there, where it is to be seen.

        Only once that stands on the page, as whoever sees it does: Tabs on a page that is just going lead into the
        browser's own buttons, and in Firefox the page that comes has not the focus then.
        """
        self.until(f"!document.body.hasAttribute('aria-busy') && document.querySelector({json.dumps(selector)})")
        there = f"document.activeElement !== null && document.activeElement.matches({json.dumps(selector)})"
        for _ in range(MOST_STOPS):
            if self.ask(there):
                self.until(f"document.hasFocus() && {FOCUS}")
                return
            self.browser.key("Tab")
        raise AssertionError(f"no Tab leads there: {selector}")

    def press(self, selector: str, key: str = "Enter") -> None:
        self.to(selector)
        self.browser.key(key)

    def type(self, selector: str, text: str) -> None:
        """Write over what stands in a field."""
        self.to(selector)
        for sign in text:
            self.browser.key("Space" if sign == " " else sign)

    def choose(self, name: str, value: str) -> None:
        """Choose one of a group of circles by the arrows."""
        self.to(f"[name={json.dumps(name)}]")
        for _ in range(MOST_STOPS):
            if self.browser.run("document.activeElement.value") == value:
                self.browser.key("Space")
                return
            self.browser.key("ArrowDown")
        raise AssertionError(f"no arrow leads there: {name} {value}")

    def until(self, script: str) -> None:
        """Wait until an expression is true, on whichever page comes."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            if self.ask(f"document.readyState === 'complete' && Boolean({script})"):
                return
            time.sleep(0.02)
        raise AssertionError(f"this did not come: {script}")

    def shows(self, selector: str) -> None:
        self.until(f"document.querySelector({json.dumps(selector)})")


@dataclass
class Desk:
    """The application, who is signed in, and their hands."""

    api: Api
    visitor: Visitor
    hands: Hands


def home(desk: Desk) -> None:
    desk.hands.go("/")
    desk.hands.press("main .first a")
    desk.hands.until("location.pathname === '/inbox'")


def menu_and_language(desk: Desk) -> None:
    """Enter opens the menu, Escape closes it; the other language comes, and the first one again."""
    hands = desk.hands
    hands.go("/beds")
    hands.press("header summary")
    hands.shows("details.menu[open]")
    hands.browser.key("Escape")
    hands.shows("details.menu:not([open]) > summary:focus")
    hands.press("[name=language][value=es]")
    hands.until("document.documentElement.lang === 'es'")
    hands.press("[name=language][value=en]")
    hands.until("document.documentElement.lang === 'en'")


def intake_and_answer(desk: Desk) -> None:
    """Need, client, call; a question that stays open; the call again, and its number on paper for the client."""
    hands = desk.hands
    hands.go("/intake")
    hands.type("#filter", "bed")
    hands.browser.key("Enter")
    hands.browser.key("Enter")
    hands.type("[id='client.age']", "15")
    hands.type("[id='client.area']", "Northline")
    hands.press("main button.main")
    hands.shows("#call")
    hands.press("button.quiet[name=asked]")
    hands.shows("[type=hidden][name=asked]")
    hands.press("#call [formaction='/paper']")
    hands.press("[name=safe]")
    hands.shows(".paper")


def consent(desk: Desk) -> None:
    """Each of its terms chosen, read again, and written down; the paper of it."""
    hands = desk.hands
    hands.go("/consent")
    hands.press("[name=to]", "Space")
    hands.press("[name=data]", "Space")
    hands.choose("level", "verbal")
    hands.press("[name=signers]", "Space")
    day = hands.browser.run("document.querySelector('#signed_on').value")
    hands.type("#ends_on", f"{day[5:7]}{day[8:]}{int(day[:4])}")
    hands.press("main button.main")
    hands.shows("[formaction='/consent/record'], form[action='/consent/record']")
    hands.press("main button.main")
    hands.shows("[formaction='/consent/receipt']")
    hands.press("[formaction='/consent/receipt']")
    hands.shows(".paper")


def officer(desk: Desk) -> None:
    hands = desk.hands
    hands.go("/next")
    hands.press("[name=need]", "Space")
    hands.type("[id='client.age']", "20")
    hands.press("main button.main")
    hands.shows(".thumb a.dial")
    hands.to(".thumb a.dial")


def group(desk: Desk) -> None:
    hands = desk.hands
    hands.go("/group")
    hands.press("[name='new.need.interpretation']", "Space")  # there at any hour
    hands.press("[value=add]")
    hands.shows("main h3")
    hands.type("[id='client.area']", "Northline")
    hands.press("[formaction='/group/calls']")
    hands.press("[name=done]", "Space")


def inbox(desk: Desk) -> None:
    """Found by its code, accepted, closed with how it ended."""
    hands, sent = desk.hands, send(desk.api)
    hands.go("/inbox")
    hands.type("#code", sent["code"].replace("-", " "))
    hands.browser.key("Enter")
    hands.press("[name=status][value=accepted]")
    hands.shows(".success")
    hands.choose("outcome", "served")
    hands.press("[name=status][value=completed]")
    hands.shows(".state.completed")


def beds(desk: Desk) -> None:
    """Counted anew in its fold, then one more, with the focus on the button still."""
    hands = desk.hands
    hands.go("/beds")
    hands.press("main details summary")
    hands.type("[name=available]", "3")
    hands.type("[name=maximum]", "20")
    hands.browser.key("Enter")
    hands.until("document.querySelector('.number').innerText.includes('3')")
    hands.press("main button[value=more]")
    hands.until("document.querySelector('.number').innerText.includes('4')")
    hands.until("document.activeElement.value === 'more'")


def directory(desk: Desk) -> None:
    hands = desk.hands
    hands.go("/directory")
    listed = "document.querySelectorAll('main a[href^=\"/directory/\"]').length"
    every = hands.ask(listed)
    hands.type("#words", "hotline")
    hands.browser.key("Enter")
    hands.until(f"0 < {listed} && {listed} < {every}")
    hands.press("main a[href^='/directory/']")
    hands.shows("main a.dial")


def complaint(desk: Desk) -> None:
    """Filed, then heard by whose work that is."""
    hands = desk.hands
    hands.go("/grievances")
    hands.press("[name=codes]", "Space")
    hands.press("main button.main")
    hands.shows(".code")
    hands.go("/grievances/hear")
    hands.press("main li:has(.state.filed) button")
    hands.press("[value=in_review]")
    hands.shows(".success")


def coalition(desk: Desk) -> None:
    """A word proposed, an id looked up, one agency on the map."""
    hands = desk.hands
    hands.go("/coalition/words")
    hands.type("#term", f"den {next(_terms)}")
    hands.to("#means")
    hands.browser.key("ArrowDown")
    hands.press("form[action$='propose'] button")
    hands.shows("p.success")
    hands.go("/coalition/legal-hold")
    hands.type("#id", "00000000-0000-4000-8000-000000000000")
    hands.browser.key("Enter")
    hands.until("document.querySelector('#id').value !== ''")
    hands.go("/coalition/map")
    hands.to("main select")
    hands.browser.key("ArrowDown")
    hands.press("main form[action='/coalition/map'] button")
    hands.until("document.querySelector('main select').value !== ''")


def accounts(desk: Desk) -> None:
    """A place named, an endpoint added, a link for a colleague pressed."""
    hands = desk.hands
    hands.go("/sessions")
    hands.type("#label", "desk 2")
    hands.press("[name=act][value=label]")
    hands.until("document.querySelector('main').innerText.includes('desk 2')")
    hands.go("/webhooks")
    hands.type("#url", "http://127.0.0.1:9/hooks")
    hands.press("main button.main")
    hands.press("main a[href^='/webhooks']")
    hands.press("[name=act][value=test]")
    hands.shows(".success")
    hands.go(f"/signin/{login_code(desk.api, SHELTER, 'route')}")
    hands.press("main button")
    hands.until("!location.pathname.startsWith('/signin')")


JOBS = (
    *(
        home,
        menu_and_language,
        intake_and_answer,
        officer,
        group,
        inbox,
        beds,
        directory,
        complaint,
        coalition,
        consent,
    ),
    accounts,  # the last one: it signs somebody else in
)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("keyboard"), **SETTINGS)) as app:
        yield app


@contextmanager
def in_chromium(api: Api, browser: Browser) -> Iterator[Desk]:
    """A desk with Chromium."""
    base, visitor = str(api.client.base_url).rstrip("/"), worker(api, "en")
    context = browser.new_context(locale="en-US", reduced_motion="reduce", viewport={"width": 1280, "height": 800})
    cookie = {"name": SESSION, "value": visitor.cookies[SESSION], "url": base.replace("http", "https", 1)}
    context.add_cookies([cast(Any, {**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"})])
    try:
        yield Desk(api, visitor, Hands(Chromium(context.new_page()), base))
    finally:
        context.close()


@pytest.mark.parametrize("job", JOBS)
def test_the_work_of_a_page_is_done_by_keys(browser: Browser, api: Api, job: Callable[[Desk], None]) -> None:
    """In Chromium: from the top of the page by Tab to each field and button, with the focus in sight."""
    forget_tries(api)
    with in_chromium(api, browser) as desk:
        job(desk)


def test_the_same_work_in_firefox(api: Api, tmp_path: Path) -> None:
    """One page after the other, in one window: all of what is done by keys in Chromium."""
    forget_tries(api)
    visitor = worker(api, "en")
    with firefox(tmp_path, "light", "en-US") as fox:
        fox.sign_in(visitor.cookies[SESSION])
        fox.resize(1280, 800)
        for job in JOBS:
            job(Desk(api, visitor, Hands(fox, str(api.client.base_url).rstrip("/"))))
        assert [complaint for complaint in fox.complaints if "Content-Security-Policy" in complaint] == []


def test_tab_comes_to_everything_in_its_order_and_is_seen(browser: Browser, api: Api) -> None:
    """On every page, folds opened: each link, field and button once, as they stand, and then out of the page."""
    wrong: dict[str, Any] = {}
    with in_chromium(api, browser) as desk:
        for path in addresses(api, desk.visitor):
            desk.hands.go(path)
            driven = desk.hands.browser
            driven.run(f"{UNFOLDED}, document.querySelector('a.skip').focus()")
            stops, reached, visible = driven.run(STOPS), [0], {0}
            for _ in range(MOST_STOPS):
                driven.key("Tab")
                at = driven.run("document.activeElement.dataset.stop ?? null")
                if at is None or int(at) == 0:  # out of the page
                    break
                reached.append(int(at))
                visible |= {int(at)} if driven.run(FOCUS) else set()  # of a field of several parts, at one of them
            missed = [stops[at] for at in {*range(len(stops))} - {*reached}]
            unseen = [stops[at] for at in {*reached} - visible]
            if missed or unseen or reached != sorted(reached):
                wrong[path] = (missed, unseen, reached)
    assert wrong == {}
