"""Every page in every state, in every way that people see it: two browsers, four widths, two lights, three languages.

A run looks at each state in some of the ways, another state in others; `PAGES_WHOLE=1` looks at all states in all ways.
In each way a page is looked at as it came, with every fold open and with the menu open: for what scrolls sideways and
what is too small to press, and for what axe finds where its rules have something new to read (`looks.py`). A state is
loaded once for all widths and lights of a browser, each time it is read in another language or without script.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, Literal, cast

import pseudo
import pytest
from api_builders import Api, demo_settings, serving
from browsers import Chromium, Driven, NoScript, Watched, faults
from fastapi import FastAPI
from firefox import firefox
from length import sample
from looks import Inspection
from page.test_work_in_browser import forget_tries
from page_states import NO_PAGE_FOLLOWS, SETTINGS, Kept, addresses, every_state, paths, worker
from playwright.sync_api import Browser, Page, Route
from visitors import SESSION, Visitor
from walks import WHOLE

from service.app import create_app
from service.i18n.translation import use_catalogues

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, Theme] = ("light", "dark")
SIZES = ((320, 568), (390, 844), (768, 1024), (1280, 800))
LANGUAGES = ("en", "es", pseudo.CODE)
SETTLED = """new Promise((resolve) => {
  const look = () => document.readyState === 'complete' && !document.querySelector('form[data-rest]')
    ? resolve(true) : setTimeout(look, 20);
  look();
})"""
State = tuple[str, str]
"""What a state is called, and its address."""


@dataclass
class Stage:
    """The application over the demo, the addresses of all states in each language, and what each browser saw."""

    api: Api
    kept: Kept
    inspections: defaultdict[str, Inspection] = field(default_factory=lambda: defaultdict(Inspection))
    states: dict[str, tuple[Visitor, list[State]]] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return str(self.api.client.base_url).rstrip("/")

    def in_language(self, language: str) -> tuple[Visitor, list[State]]:
        """Return who is signed in, and each state with its address."""
        if language not in self.states:
            forget_tries(self.api)
            visitor = worker(self.api, language)
            pages = addresses(self.api, visitor)
            states = list(every_state(self.api, visitor, pages))
            assert [answer.url.path for _, answer in states if answer.status_code >= 500] == []
            posted = [(f"{how} {answer.url.path}", self.kept.keep(answer)) for how, answer in states]
            self.states[language] = visitor, [*((place, place) for place in pages), *posted]
        return self.states[language]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    catalogues = pseudo.write_pseudo(tmp_path_factory.mktemp("catalogues"))
    settings = demo_settings(tmp_path_factory.mktemp("matrix"), catalogues=catalogues, **SETTINGS)
    app = Kept(create_app(settings))
    with serving(cast(FastAPI, app)) as client:
        yield Stage(Api(settings, client), app)
    use_catalogues(None)


def share(stage: Stage, states: list[State], turn: int, turns: int) -> list[tuple[int, State]]:
    """Return which of the states a test looks at, numbered, with their addresses: all, or each `turns`-th."""
    numbered = [(number, (name, stage.base + address)) for number, (name, address) in enumerate(states)]
    return numbered if WHOLE else list(sample(numbered[turn::turns]))


def look_at_all(
    browser: Driven, inspection: Inspection, language: str, pages: list[tuple[int, State]], *, script: bool,
    in_ways: Callable[[int], Iterator[Any]],
) -> tuple[dict[Any, Any], str]:  # fmt: skip
    """Return what is wrong with which page in which way, and how many looks it took."""
    wrong, looks, before = dict[Any, Any](), 0, inspection.runs
    for number, (name, address) in pages:
        browser.go(address)
        if script:
            browser.run(SETTLED)
        for way in in_ways(number):
            looks += 1
            if fault := inspection.look(browser, language):
                wrong[name, way] = fault
    return wrong, f"{len(pages)} states, {looks} looks, axe ran {inspection.runs - before} times"


WAYS = tuple(product(SIZES, THEMES))


def seen_in(page: Page, ways: Iterable[tuple[tuple[int, int], Theme]]) -> Iterator[tuple[int, Theme]]:
    """Give a page of Chromium each size and light in turn, and yield the width and the light."""
    for (width, height), theme in ways:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=theme)
        yield width, theme


CHROMIUMS = [(n, *way) for n, way in enumerate(product(LANGUAGES, (True, False)))]


@pytest.mark.parametrize(("turn", "language", "script"), CHROMIUMS)
def test_every_state_in_chromium(
    browser: Browser, stage: Stage, turn: int, language: str, script: bool, say: Callable[[str], None]
) -> None:
    """No fault that axe finds, nothing to scroll sideways, nothing too small to press.

    Without script the documents are read with scripts off, `noscript` and all, and only then looked at by axe.
    """
    visitor, states = stage.in_language(language)
    context = browser.new_context(locale=language, reduced_motion="reduce")
    cookie = {"name": SESSION, "value": visitor.cookies[SESSION], "url": stage.base.replace("http", "https", 1)}
    context.add_cookies([cast(Any, {**cookie, "secure": True, "httpOnly": True, "sameSite": "Strict"})])
    page = context.new_page()
    watched, chromium = Watched(page), Chromium(page) if script else Chromium(page, NoScript(page).lifted)

    def in_ways(number: int) -> Iterator[Any]:
        at = number // 6 + turn
        return seen_in(page, WAYS if WHOLE else (WAYS[at % 8], WAYS[(at + 5) % 8]))

    pages = share(stage, states, turn, 6)
    inspection = stage.inspections["Chromium"]
    wrong, looks = look_at_all(chromium, inspection, language, pages, script=script, in_ways=in_ways)
    context.close()
    say(f"Chromium, {language}, {'' if script else 'no '}script: {looks}")
    assert wrong == {}
    assert [complaint for complaint in watched.complaints if "Content Security Policy" in complaint] == []


DIM = "main p, main a { color: #444 !important; }"
SMALL = "main a.button { min-height: 0 !important; height: 20px; padding: 0 !important; }"
DARK, PHONE, DESK = (
    f"@media ({query})" for query in ("prefers-color-scheme: dark", "max-width: 330px", "min-width: 60rem")
)


@pytest.mark.parametrize(
    ("style", "markup", "ways"),
    [
        (f"{DARK} {{ {DIM} }}", "", {(lang, width, "dark") for lang in ("en", "es") for width, _ in SIZES}),
        (f"{DESK} {{ {DARK} {{ {DIM} }} }}", "", {(lang, 1280, "dark") for lang in ("en", "es")}),
        (f"{PHONE} {{ {SMALL} }}", "", {(lang, 320, theme) for lang in ("en", "es") for theme in THEMES}),
        ("", '<a href="/"></a>', {("es", size[0], theme) for size, theme in WAYS}),
    ],
    ids=["dim in the dark", "dim in the dark at a desk", "small on a phone", "no name in Spanish"],
)
def test_a_fault_in_one_way_is_seen_there(
    browser: Browser, stage: Stage, style: str, markup: str, ways: set[tuple[str, int, str]]
) -> None:
    """A fault planted in a page that had none in any way, when it was looked at before, is seen where it is alone."""
    inspection = Inspection()

    def plant(route: Route) -> None:
        came = route.fetch()
        if route.request.url.endswith(".css"):
            route.fulfill(response=came, body=came.text() + style)
        else:
            route.fulfill(response=came, body=came.text().replace("</header>", f"{markup}</header>"))

    def ways_with_a_fault(language: str, *planted: str) -> set[tuple[str, int, str]]:
        page = browser.new_page(locale=language, reduced_motion="reduce")
        for address in planted:
            page.route(address, plant)
        pages, in_ways = [(0, ("guide", f"{stage.base}/guide"))], lambda _: seen_in(page, WAYS)
        wrong, _ = look_at_all(Chromium(page), inspection, language, pages, script=True, in_ways=in_ways)
        page.context.close()
        return {(language, *way) for _, way in wrong}

    assert ways_with_a_fault("en") | ways_with_a_fault("es") == set()
    assert ways_with_a_fault("en", "**/page.css") | ways_with_a_fault("es", "**/page.css", "**/guide") == ways


@pytest.mark.parametrize("script", [True, False])
def test_axe_sees_what_a_reader_without_script_gets(browser: Browser, stage: Stage, script: bool) -> None:
    """A link without a name within `noscript` is a fault to whoever reads it, and to nobody else."""
    context = browser.new_context(locale="en")
    page = context.new_page()
    chromium = Chromium(page) if script else Chromium(page, NoScript(page).lifted)

    def add_to_page(route: Route) -> None:
        came = route.fetch()
        added = '<noscript><p><a href="/guide"></a></p></noscript></main>'
        route.fulfill(response=came, body=came.text().replace("</main>", added))

    page.route("**/guide", add_to_page)
    chromium.go(f"{stage.base}/guide")

    assert [kind for kind, _ in faults(chromium)] == ([] if script else ["link-name"])
    context.close()


FOXES = [
    (n, *way) for n, way in enumerate(product(THEMES, LANGUAGES, (True, False)))
    if WHOLE or way in (("light", pseudo.CODE, True), ("dark", "es", False))
]  # fmt: skip


@pytest.mark.parametrize(("turn", "theme", "language", "script"), FOXES)
def test_every_state_in_firefox(
    stage: Stage, tmp_path: Path, turn: int, theme: Theme, language: str, script: bool, say: Callable[[str], None]
) -> None:
    """The same: where there is to be no script, those of the pages are not to be had."""
    visitor, states = stage.in_language(language)
    pages = share(stage, states, turn, 2)
    stage.kept.plain = not script
    try:
        with firefox(tmp_path, theme, language) as fox:
            fox.sign_in(visitor.cookies[SESSION])

            def in_ways(number: int) -> Iterator[int]:
                for size in SIZES if WHOLE else SIZES[number // 2 % 4 :][:1]:
                    fox.resize(*size)
                    yield size[0]

            inspection = stage.inspections["Firefox"]
            wrong, looks = look_at_all(fox, inspection, language, pages, script=script, in_ways=in_ways)
            assert fox.run("matchMedia('(prefers-color-scheme: dark)').matches") == (theme == "dark")
            complaints = [complaint for complaint in fox.complaints if "Content-Security-Policy" in complaint]
    finally:
        stage.kept.plain = False
    say(f"Firefox, {theme}, {language}, {'' if script else 'no '}script: {looks}")
    assert wrong == {}
    assert complaints == []


def test_every_form_is_among_the_states(stage: Stage) -> None:
    """A new form is here, or said to lead elsewhere; a page with a parameter that nobody fills in fails before."""
    stage.in_language("en")
    sent = {answer.request.url.path for answer in stage.kept.answers.values() if answer.request.method == "POST"}
    unsent = [
        path for path in set(paths("POST")) - NO_PAGE_FOLLOWS
        if not any(re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), address) for address in sent)
    ]  # fmt: skip

    assert unsent == []
