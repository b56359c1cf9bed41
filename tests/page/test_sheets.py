"""The call sheet on the pages: read from what a reader sees, nothing of it is dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from intake_forms import visible
from length import draws
from loaded import Loader
from sheets import Case, needs_in_items, not_shown, of_demos, of_drawn
from visitors import Visitor, signed_in

from service.i18n.translation import read_in
from service.page import sheet_walk
from service.page.inside import Reply
from service.page.intake import PATHS
from service.page.rendering import ENVIRONMENT
from service.page.sheet_walk import WALKED
from service.page.visit import Visit
from service.page.words import word

DRAWN = 300

Document = dict[str, Any]
GROUP = {
    "a.count": "2", "a.from": "20", "a.to": "30", "a.gender": "female", "a.language": "es",
    "a.need.emergency_shelter": "yes", "a.danger.suicide": "yes", "b.from": "9", "b.to": "9", "b.need.food": "yes",
    "b.need.emergency_shelter": "yes", "b.count": "1", "a.need.medical_care": "yes",
}  # fmt: skip


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    settings = {"rate_limit": "1000000/minute", "question_budget_ms": 60_000}
    with running(demo_settings(tmp_path_factory.mktemp("sheets"), **settings)) as app:
        yield app


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Document]:
    """The answers with a sheet that the pages were given, the newest last."""
    given: list[Document] = []
    ask = Visit.ask

    async def noting(self: Visit, *args: Any, **options: Any) -> Any:
        reply = await ask(self, *args, **options)
        if not reply.is_refused and "call_sheet" in reply.document:
            given.append(reply.document)
        return reply

    monkeypatch.setattr(Visit, "ask", noting)
    return given


@pytest.fixture(params=["en", "es"])
def visitor(api: Api, request: pytest.FixtureRequest) -> Visitor:
    return signed_in(api, HOTLINE, "route", Accept_Language=request.param)


def post(visitor: Visitor, path: str, form: dict[str, Any]) -> str:
    page = visitor.post(path, {**form, "forgery": visitor.forgery("/group")})
    assert page.status_code == 200, page.text
    return page.text


def test_a_group_sees_its_whole_sheet(visitor: Visitor, answers: list[Document]) -> None:
    text = visible(post(visitor, "/group/calls", GROUP))

    items = answers[-1]["call_sheet"]
    assert {"danger", "safety", "call"} <= {item["kind"] for item in items}
    assert not_shown(items, text, visitor.headers["Accept_Language"]) == []


FORMS: list[Document] = [
    {"need": ["emergency_shelter", "food", "victim_advocacy"], "client.area": "demo-north", "client.age": "15"},
    {"need": ["emergency_shelter", "medical_emergency"], "client.area": "demo-river", "client.age": "30"},
    {"need": ["transportation", "emergency_shelter"], "client.age": "9", "facts.danger": ["suicide", "overheard"]},
    {"need": ["child_protection_report", "food"], "client.area": "demo-north", "facts.caller": "third_party"},
    {"need": ["emergency_shelter"]},
]


def walk(visitor: Visitor, form: Document, press: Callable[[str], str | None]) -> list[str]:
    """The screens of `/next` for a form, with the button that `press` names on each, to the last."""
    screens: list[str] = []
    given: dict[str, list[str]] = {"no": [], "done": [], "asked": []}
    for _ in range(60):
        page = post(visitor, "/next", {**form, **given})
        screens.append(page)
        name = press(page)
        if name is None:
            return screens
        value = re.search(rf'<button[^>]* name="{name}" value="([^"]+)"', page)
        assert value is not None
        given[name] = [*given[name], unescape(value[1])]
    raise AssertionError("the walk does not end")


def pressing(*names: str) -> Callable[[str], str | None]:
    """Press the first of these buttons that a page has."""
    return lambda page: next((name for name in names if f'name="{name}" value="' in page.partition("<h1")[2]), None)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("buttons", [("done", "asked"), ("no", "done", "asked"), ("asked", "no", "done")])
def test_an_officer_sees_the_whole_sheet_screen_by_screen(
    visitor: Visitor, answers: list[Document], form: Document, buttons: tuple[str, ...]
) -> None:
    """Whatever is pressed, all screens together show it all, with each need on one of them; the last has none left."""
    screens = walk(visitor, form, pressing(*buttons))

    language = visitor.headers["Accept_Language"]
    text = " ".join(map(visible, screens))
    for answer in (answers[0], answers[-1]):
        items = [item for item in answer["call_sheet"] if item["kind"] != "question" or answer is answers[0]]
        assert not_shown(items, text, language) == []
        assert set(needs_in_items(items, {*form["need"]}).values()) == {1}
    assert word(language, "next.end") in visible(screens[-1])
    assert all(word(language, "next.end") not in visible(page) for page in screens[:-1])
    walked = [item for item in answers[0]["call_sheet"] if item["kind"] in WALKED and item["kind"] != "question"]
    assert [item["title"] for item in walked if item["title"] not in text] == []


def test_a_no_leads_to_whoever_is_next_then_to_the_needs_line(api: Api, answers: list[Document]) -> None:
    """Each agency that could help instead, in order; then the line, and after it the other needs."""
    visitor = signed_in(api, HOTLINE, "route", Accept_Language="en")
    form = {**FORMS[0], "facts.guardian": "safe_parent"}

    screens = walk(visitor, form, pressing("asked", "no", "done"))

    for item in answers[-1]["call_sheet"]:
        if item["kind"] == "call":
            names = [item["to"]["name"], *(other["to"]["name"] for other in item["instead"])]
            headings = [visible("<main>" + page.partition("<h1")[2].partition("</h1>")[0]) for page in screens]
            of_item = [text for text in headings if item["title"] in text]
            assert [next((name for name in names if name in text), "") for text in of_item] == [*names, ""]
            assert item["then"][0]["name"] in " ".join(map(visible, screens))


@pytest.fixture(scope="module")
def cases(loader: Loader) -> dict[str, Case]:
    """The answers to every demo profile, and to drawn profiles of drawn coalitions."""
    return {**dict(of_demos(loader)), **dict(of_drawn(loader, draws(DRAWN)))}


class Given:
    """Lets the pages be given answers that were made before, whatever a form asks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answer: Document = {}
        ask = Visit.ask

        async def given(visit: Visit, method: str, path: str, *args: Any, **options: Any) -> Reply:
            if path != PATHS:
                return await ask(visit, method, path, *args, **options)
            return Reply(200, read_in(visit.language, {**self.answer, "questions": []}), {}, "")

        monkeypatch.setattr(Visit, "ask", given)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Given:
    return Given(monkeypatch)


def sheet_of(page: str) -> str:
    """What is read on an answer's page without what is folded below the sheet."""
    return visible(page.partition('<div id="rest"')[0])


def test_an_answer_shows_its_whole_sheet(visitor: Visitor, given: Given, cases: dict[str, Case]) -> None:
    """Numbers, duties, what is not shared, tasks and what the client hears first, over demos and drawn coalitions."""
    language = visitor.headers["Accept_Language"]
    for name, (_, given.answer) in cases.items():
        text = sheet_of(post(visitor, "/answer", {"need": ["food"]}))
        items = given.answer["call_sheet"]
        assert not_shown(items, text, language) == [], name
        titles = [str(read_in(language, item["title"])) for item in items if item["kind"] in TITLED]
        assert [title for title in titles if title not in text] == [], name


TITLED = ("report", "call", "own", "none", "maybe_report", "line")
"""The kinds of items that are found by their titles."""


def test_an_officers_screens_show_the_whole_sheet_together(
    visitor: Visitor, given: Given, cases: dict[str, Case]
) -> None:
    """Whatever is done, screen by screen, to the last."""
    for name, (_, given.answer) in cases.items():
        screens = walk(visitor, {"need": ["food"]}, pressing("done", "asked"))
        text = " ".join(map(visible, screens))
        assert not_shown(given.answer["call_sheet"], text, visitor.headers["Accept_Language"]) == [], name
        assert word(visitor.headers["Accept_Language"], "next.end") in visible(screens[-1]), name


DROPPED = {
    "numbers": ("{% set text = contact.get('sms') %}", "{% set contact = {'phone': '-'} %}{% set text = none %}"),
    "numbers to text": ("{% set text = contact.get('sms') %}", "{% set text = none %}"),
    "what is not shared": ("{{ say.unsaid(item.leave_unsaid) }}", ""),
    "what to tell": ("<li>{{ task.plain }}</li>", ""),
    "the first of what to tell": ("{% for task in told %}", "{% for task in told[1:] %}"),
    "what to do": ("{% for task in tasks %}", "{% for task in tasks[1:] %}"),
    "what to check": ("{% for plain in checks %}", "{% for plain in checks[1:] %}"),
    "the script": ("script=item.script", "script=''"),
    "how to call": ("{{ item.how }}", ""),
    "who is next": ("{% for other in item.instead %}", "{% for other in item.instead[1:] %}"),
    "whom to try": ("{% for entry in item.get('try', ()) %}", "{% for entry in item.get('try', ())[1:] %}"),
    "the duty": ("{% for plain in item.say or [item.text] %}", "{% for plain in [] %}"),
    "who takes a report": ("{% for to in item.to %}", "{% for to in item.to[1:] %}"),
    "a line": ("{% for line in lines %}", "{% for line in lines[1:] %}"),
    "a note": ("{% for note in notes %}", "{% for note in notes[1:] %}"),
}


@pytest.fixture
def edited(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Let the template of an item be another one during a test."""
    source = ENVIRONMENT.loader.get_source  # type: ignore[union-attr]

    def edit(shown: str, dropped: str) -> None:
        def get_source(environment: Any, template: str) -> tuple[str, Any, Any]:
            text, name, is_current = source(environment, template)
            assert template != "sheet.html" or shown in text
            return text.replace(shown, dropped), name, is_current

        monkeypatch.setattr(ENVIRONMENT.loader, "get_source", get_source)
        ENVIRONMENT.cache.clear()  # type: ignore[union-attr]

    yield edit
    ENVIRONMENT.cache.clear()  # type: ignore[union-attr]


@pytest.mark.parametrize("what", DROPPED)
def test_an_answer_that_drops_an_entry_is_caught(
    api: Api, given: Given, cases: dict[str, Case], what: str, edited: Callable[[str, str], None]
) -> None:
    """Each kind of entry, left out of the one template that shows an item."""
    visitor = signed_in(api, HOTLINE, "route", Accept_Language="en")
    edited(*DROPPED[what])

    def is_caught(answer: Document) -> bool:
        given.answer = answer
        return not_shown(answer["call_sheet"], sheet_of(post(visitor, "/answer", {"need": ["food"]}))) != []

    assert any(is_caught(answer) for answer in of_demos_alone(cases))


@pytest.mark.parametrize("what", ["numbers", "what is not shared", "what to tell", "the script", "who is next"])
def test_a_group_that_drops_an_entry_is_caught(
    api: Api, answers: list[Document], what: str, edited: Callable[[str, str], None]
) -> None:
    visitor = signed_in(api, HOTLINE, "route", Accept_Language="en")
    edited(*DROPPED[what])

    text = visible(post(visitor, "/group/calls", GROUP))

    assert not_shown(answers[-1]["call_sheet"], text)


@pytest.mark.parametrize("kind", WALKED)
def test_a_walk_that_drops_a_kind_of_item_is_caught(
    api: Api, given: Given, cases: dict[str, Case], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On none of the screens, for at least one answer that has such an item."""
    visitor = signed_in(api, HOTLINE, "route", Accept_Language="en")
    monkeypatch.setattr(sheet_walk, "WALKED", tuple(one for one in WALKED if one != kind))

    def is_caught(answer: Document) -> bool:
        given.answer = answer
        screens = walk(visitor, {"need": ["food"]}, pressing("done", "asked"))
        return not_shown(answer["call_sheet"], " ".join(map(visible, screens))) != []

    demos = of_demos_alone(cases)
    demos.append({**demos[0], "call_sheet": [*demos[0]["call_sheet"], ADVOCATE, MAYBE]})
    assert any(is_caught(one) for one in demos if kind in {item["kind"] for item in one["call_sheet"]})


ADVOCATE: Document = {
    "kind": "advocate", "title": "An advocate", "text": "They can stay with the client.",
    "to": {"slug": "a", "name": "A"},
    "contact": {"label": None, "phone": "555-0177", "tel": "tel:5550177", "sms": None},
}  # fmt: skip
MAYBE: Document = {
    "kind": "maybe_report", "title": "Report, if it applies", "text": "", "needs": [], "duty": "a-duty", "to": [],
    "say": ["If you suspect it, report it."], "share": [], "due": None, "leave_unsaid": [], "obligations": [],
}  # fmt: skip
"""Items that few profiles of the demos have."""


def of_demos_alone(cases: dict[str, Case]) -> list[Document]:
    """The answers that are the same whatever is drawn."""
    return [answer for name, (_, answer) in cases.items() if "/" in name]
