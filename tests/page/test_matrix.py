"""Every page in every state, in every way that people see it: two browsers, four widths, two lights, three languages.

A run looks at each state in some of the ways, another state in others; `PAGES_WHOLE=1` looks at all states in all ways.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
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
from page.test_work_in_browser import forget_tries
from page_states import NO_PAGE_FOLLOWS, SETTINGS, Kept, addresses, by_forms, paths, worker
from playwright.sync_api import Browser, Route
from visitors import SESSION, Visitor
from walks import TOO_SMALL, TOO_WIDE, WHOLE

from service.app import create_app
from service.words.translation import use_catalogues

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, Theme] = ("light", "dark")
SIZES = ((320, 568), (390, 844), (768, 1024), (1280, 800))
LANGUAGES = ("en", "es", pseudo.CODE)
AS_IT_CAME = "true"
UNFOLDED, MENU_OPEN, SHUT = (
    f"document.querySelectorAll('details').forEach((one) => {{ one.open = one.matches({which!r}); }})"
    for which in ("main *", ".menu", "none")
)
SETTLED = """new Promise((resolve) => {
  const look = () => document.readyState === 'complete' && !document.querySelector('form[data-rest]')
    ? resolve(true) : setTimeout(look, 20);
  look();
})"""
State = tuple[str, str]
"""What a state is called, and its address."""
HEADINGS = "[document.documentElement.lang, document.querySelectorAll('h1').length]"


@dataclass
class Stage:
    """The application over the demo, and the addresses of all states in each language."""

    api: Api
    kept: Kept
    states: dict[str, tuple[Visitor, list[State]]] = field(default_factory=dict)

    @property
    def base(self) -> str:
        return str(self.api.client.base_url).rstrip("/")

    def in_language(self, language: str) -> tuple[Visitor, list[State]]:
        """Return who is signed in, and each state with its address."""
        if language not in self.states:
            forget_tries(self.api)
            visitor = worker(self.api, language)
            nobody = Visitor(self.api.client, headers={"Accept_Language": language})
            pages = addresses(self.api, visitor)
            found = [("nobody's", answer) for answer in map(nobody.get, pages) if answer.status_code == 200]
            found += [(str(answer.status_code), answer) for answer in by_forms(self.api, visitor)]
            assert [answer.url.path for _, answer in found if answer.status_code >= 500] == []
            kept = [(f"{how} {answer.url.path}", self.kept.keep(answer)) for how, answer in found]
            self.states[language] = visitor, [*((place, place) for place in pages), *kept]
        return self.states[language]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    catalogues = pseudo.write_pseudo(tmp_path_factory.mktemp("catalogues"))
    settings = demo_settings(tmp_path_factory.mktemp("matrix"), catalogues=catalogues, **SETTINGS)
    kept = Kept(create_app(settings))
    with serving(cast(FastAPI, kept)) as client:
        yield Stage(Api(settings, client), kept)
    use_catalogues(None)


def share(states: list[State], turn: int, turns: int) -> list[tuple[int, State]]:
    """Return which of the states a test looks at, numbered: all of them, or each `turns`-th."""
    numbered = list(enumerate(states))
    return numbered if WHOLE else list(sample(numbered[turn::turns]))


def look(browser: Driven, language: str) -> list[Any]:
    """Return what is wrong with a page as it stands: as it came, with every fold open, with the menu open."""
    wrong: list[Any] = [] if browser.run(HEADINGS) == [language, 1] else [browser.run(HEADINGS)]
    for opened, part in ((AS_IT_CAME, None), (UNFOLDED, "html"), (MENU_OPEN, "header")):
        browser.run(opened)
        wide, small = browser.run(f"({TOO_WIDE})()"), browser.run(f"({TOO_SMALL})()")
        wrong += [("wide", part, wide)] * (wide > 0) + [("small", part, small)] * bool(small)
        wrong += [("axe", found) for found in faults(browser, part)] if part else []
    browser.run(SHUT)
    return wrong


def look_at_all(
    browser: Driven, stage: Stage, language: str, states: list[tuple[int, State]], *, script: bool,
    in_ways: Callable[[int], Iterator[Any]],
) -> tuple[dict[Any, Any], int]:  # fmt: skip
    """Return what is wrong with which state in which way, and how many looks it took."""
    wrong, looks = dict[Any, Any](), 0
    for number, (name, address) in states:
        browser.go(stage.base + address)
        if script:
            browser.run(SETTLED)
        for way in in_ways(number):
            looks += 1
            if found := look(browser, language):
                wrong[name, way] = found
    return wrong, looks


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
        every = list(product(SIZES, THEMES))
        at = number // 6 + turn
        for size, theme in every if WHOLE else (every[at % 8], every[(at + 5) % 8]):
            chromium.resize(*size)
            page.emulate_media(color_scheme=theme)
            yield size[0], theme

    looked_at = share(states, turn, 6)
    wrong, looks = look_at_all(chromium, stage, language, looked_at, script=script, in_ways=in_ways)
    context.close()
    told = f"Chromium, {language}, {'' if script else 'no '}script"
    say(f"{told}: {len(looked_at)} of {len(states)} states, {looks} looks")
    assert wrong == {}
    assert [one for one in watched.complaints if "Content Security Policy" in one] == []


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
    looked_at = share(states, turn, 2)
    stage.kept.plain = not script
    try:
        with firefox(tmp_path, theme, language) as fox:
            fox.sign_in(visitor.cookies[SESSION])

            def in_ways(number: int) -> Iterator[int]:
                for size in SIZES if WHOLE else SIZES[number // 2 % 4 :][:1]:
                    fox.resize(*size)
                    yield size[0]

            wrong, looks = look_at_all(fox, stage, language, looked_at, script=script, in_ways=in_ways)
            assert fox.run("matchMedia('(prefers-color-scheme: dark)').matches") == (theme == "dark")
            complaints = [one for one in fox.complaints if "Content-Security-Policy" in one]
    finally:
        stage.kept.plain = False
    told = f"Firefox, {theme}, {language}, {'' if script else 'no '}script"
    say(f"{told}: {len(looked_at)} of {len(states)} states, {looks} looks")
    assert wrong == {}
    assert complaints == []


def test_every_form_is_among_the_states(stage: Stage) -> None:
    """A new form is here, or said to lead elsewhere; a page with a parameter that nobody fills in fails before."""
    stage.in_language("en")
    sent = {answer.request.url.path for answer in stage.kept.answers.values() if answer.request.method == "POST"}
    unsent = [
        path for path in set(paths("POST")) - NO_PAGE_FOLLOWS
        if not any(re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), one) for one in sent)
    ]  # fmt: skip

    assert unsent == []
