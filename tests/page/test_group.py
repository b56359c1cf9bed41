"""Several people at the pages: cards, one more like the last, calls to tick off, and promises that are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from html import unescape
from io import StringIO

import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from playwright.sync_api import Browser, expect
from rich.console import Console
from visitors import Visitor, signed_in
from walks import KEPT, WAYS, walking

from service.answers.printed import PrintedPage, print_group
from service.i18n.answers import NOT_LOOKED_INTO
from service.page.cards import group_of
from service.page.forms import Form
from service.time_budget import SharedTime

TWO_WOMEN = {
    "a.count": "2", "a.from": "20", "a.to": "30", "a.gender": "female", "a.language": "es",
    "a.need.emergency_shelter": "yes",
}  # fmt: skip


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("group"), rate_limit="1000000/minute")) as app:
        yield app


@pytest.fixture(scope="module")
def visitor(api: Api) -> Visitor:
    return signed_in(api, HOTLINE, "route", Accept_Language="en")


def post(visitor: Visitor, place: str, form: dict[str, str]) -> str:
    page = visitor.post(place, {**form, "forgery": visitor.forgery("/group")})
    assert page.status_code in (200, 422), page.text
    return page.text


def text_of(text: str) -> str:
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
    assert "2 women or girls, 20 to 30, Spanish" in text_of(added)
    assert "3 women or girls, 20 to 30, Spanish" in text_of(more)
    assert "women or girls" not in text_of(fewer)
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

    assert first.count('name="done" value=') == 1
    assert again.count('name="done" value=') == 2
    assert '<option value="1" selected>' in again
    assert f'name="done" value="{house}" checked' in again
    assert f'name="done" value="{house}"' not in nobody
    assert f'name="{field[1]}" value="0"' in nobody
    for page in (first, again, nobody):
        text = text_of(page)
        assert text.index("alone, out of sight") < text.index("I called")


def test_what_a_card_says_is_asked(visitor: Visitor) -> None:
    """Danger, the ages of those who come along, as many as are told or have an age, and who is to be apart."""
    values = {
        **TWO_WOMEN, "a.danger.suicide": "yes", "a.danger.imminent": "yes", "a.ages": "5, 9 y 12", "a.along": "1",
        "b.need.food": "yes", "b.along": "2", "b.ages": "x", "apart.a.b": "yes", "apart.a.new": "yes",
    }  # fmt: skip
    group = group_of(Form({name: (value,) for name, value in values.items()}))
    first, second = group["clients"]

    assert first["facts"]["danger"] == ["imminent", "suicide"]
    assert first["client"]["with"] == [{"age": 5}, {"age": 9}, {"age": 12}]
    assert "danger" not in second["facts"]
    assert second["client"]["with"] == [{"age": "x"}, {}]
    assert group["apart"] == [["a", "b"]]
    assert 'role="alert"' in post(visitor, "/group/calls", values)  # an age that is none is not left out


def test_danger_to_one_comes_first_with_its_number_and_for_whom(visitor: Visitor) -> None:
    """Above the calls: 911, or the line for thoughts of suicide; no number where somebody may hear."""
    other = {"b.need.food": "yes", "b.gender": "male"}
    pages = {
        danger: post(visitor, "/group/calls", {**TWO_WOMEN, **other, f"b.danger.{danger}": "yes"})
        for danger in ("medical", "suicide", "overheard")
    }
    for page in pages.values():
        text = text_of(page)
        assert text.index("1 man or boy") < text.index("alone, out of sight") < text.index("I called")
    before = {danger: page.partition("alone, out of sight")[0] for danger, page in pages.items()}
    assert 'href="tel:911"' in before["medical"]
    assert 'href="tel:988"' in before["suicide"]
    assert 'href="tel:' not in before["overheard"]
    fields = {**TWO_WOMEN, **other, "a.danger.imminent": "yes", "b.danger.suicide": "yes"}
    assert re.findall('href="(tel:[0-9]+)"', post(visitor, "/group/calls", fields))[:2] == ["tel:911", "tel:988"]
    assert "card lead danger" not in post(visitor, "/group/calls", {**TWO_WOMEN, **other})


def test_two_are_kept_apart_until_a_card_is_taken_away(visitor: Visitor) -> None:
    """Also where a card is changed meanwhile, and comes back under another key."""
    three = {**TWO_WOMEN, "b.need.food": "yes", "c.need.food": "yes", "c.count": "1", "apart.b.c": "yes"}
    changed = post(visitor, "/group", {**three, "do": "change.c"})
    draft = {"new.need.food": "yes", "apart.b.new": "yes"}
    again = post(visitor, "/group", {"b.need.food": "yes", **draft, "do": "add"})
    gone = post(visitor, "/group", {**three, "do": "less.c"})

    assert 'name="apart.b.c" value="yes" checked' in post(visitor, "/group", three)
    assert '<input type="hidden" name="apart.b.new" value="yes">' in changed
    assert 'name="apart.a.b" value="yes" checked' in again
    assert 'name="apart.a.b" value="yes">' in gone
    assert "checked" not in gone


def test_what_was_promised_is_kept_while_somebody_is_added(visitor: Visitor) -> None:
    """The promise goes along; it ends with its card, with a change of the card, and where it fits no more."""
    first = post(visitor, "/group/calls", TWO_WOMEN)
    field = re.search(r'<select id="(took\.a\.[^"]+)"', first)
    assert field is not None
    people = post(visitor, "/group", {**TWO_WOMEN, field[1]: "2", "done": field[1].rpartition("/")[2]})
    added = {**TWO_WOMEN, field[1]: "2", "b.need.food": "yes", "b.count": "1"}
    promise = f'<input type="hidden" name="{field[1]}" value="2">'

    assert promise in people
    assert 'type="hidden" name="done"' in people
    assert '<option value="2" selected>' in post(visitor, "/group/calls", added)
    assert promise in post(visitor, "/group", {**added, "do": "less.b"})
    assert 'name="took.' not in post(visitor, "/group", {**added, "do": "change.a"})
    assert '<option value="1" selected>' in post(visitor, "/group/calls", {**added, "a.count": "1"})
    assert 'name="took.' not in post(visitor, "/group/calls", {**TWO_WOMEN, "took.a.no-such-beds/house": "1"})


@pytest.mark.parametrize("typed", ["hillbrook", "Hillbrook County (demo)", "demo-hills"])
def test_a_county_is_completed_from_its_beginning(visitor: Visitor, typed: str) -> None:
    """As at the intake: the browser completes it from the coalition's areas, and its beginning is enough."""
    people = visitor.get("/group").text
    calls = post(visitor, "/group/calls", {**TWO_WOMEN, "client.area": typed})
    wrong = post(visitor, "/group/calls", {**TWO_WOMEN, "client.area": "demo"})

    assert '<select id="client.area"' not in people
    assert '<option value="Hillbrook County (demo)"></option>' in people.partition('<datalist id="areas">')[2]
    assert '<input type="hidden" name="client.area" value="demo-hills">' in calls
    assert 'name="client.area" value="demo"' in wrong
    assert 'id="problem-client.area"' in wrong
    assert '<a href="#client.area">' in wrong


def test_nobody_is_left_out_for_want_of_a_need(visitor: Visitor) -> None:
    """A person who was begun and not finished comes back with the question, not an answer for the others alone."""
    page = post(visitor, "/group/calls", {**TWO_WOMEN, "new.from": "40"})
    unknown = post(visitor, "/group/calls", {**TWO_WOMEN, "b.need.detox": "yes"})  # a need that the page does not offer

    assert 'role="alert"' in page
    assert 'name="new.from" value="40"' in page
    assert 'role="alert"' in unknown


def test_an_officer_is_offered_it_and_it_takes_the_scope(api: Api, visitor: Visitor) -> None:
    """`/next` leads there; without `route` nobody is answered; a form from elsewhere is refused."""
    stranger = signed_in(api, HOTLINE, "directory:read")

    assert 'href="/group"' in visitor.get("/next").text
    form = {**TWO_WOMEN, "forgery": stranger.forgery("/group")}
    assert stranger.post("/group/calls", form).status_code == 403
    assert 'href="/group"' not in stranger.get("/").text
    assert visitor.post("/group/calls", {**TWO_WOMEN, "forgery": "x"}).status_code == 403


def counted(count: int) -> re.Pattern[str]:
    """Match what a card says of so many, whatever their ages."""
    return re.compile(rf"^\s*{count}\b")


def test_presses_on_a_slow_line_all_count(browser: Browser, api: Api) -> None:
    """One more, three times while the first is on its way; then one fewer until the card is gone."""
    with walking(browser, api, scopes=("route",)) as walk:
        page = walk.page
        walk.go("/group")
        page.locator("input[name='new.need.food']").check()
        walk.press("several.add")
        card, more = page.locator("main h3"), page.get_by_role("button", name=walk.say("several.one_more"))
        expect(card).to_have_text(counted(1))
        go_on = walk.hold_first("/group")
        for _ in range(3):
            more.click()
        expect(card).to_have_text(counted(1))
        go_on()

        expect(card).to_have_text(counted(4))
        expect(page.locator("#live")).to_have_text(counted(4))
        expect(more).to_be_focused()
        walk.press("several.one_more")
        expect(card).to_have_text(counted(5))
        page.unroute("**/group")
        go_on = walk.hold_first("/group")
        for _ in range(6):
            page.locator("[id='less.a']").click()
        go_on()
        expect(card).to_have_count(0)
        walk.look("nobody any more")


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
        for count in (2, 3):
            walk.press("several.one_more")
            expect(page.locator("main h3")).to_have_text(counted(count))
        walk.unfold("several.next")
        page.locator("input[name='new.need.emergency_shelter']").check()
        page.get_by_label(walk.say("choice.facts.danger.suicide")).check()
        page.locator("#new\\.ages").fill("5, 9")
        page.locator("#new\\.ages").press("Tab")
        walk.press("several.add")
        expect(page.locator("main h3").last).to_contain_text("5, 9")
        walk.look("two cards")
        page.locator("details.group summary").first.press("Enter")
        page.locator("input[name='apart.a.b']").press("Space")
        walk.look("apart")
        walk.press("several.find")
        walk.expect_heading("several.calls")
        expect(page.locator(".danger a[href='tel:988']")).to_be_visible()
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
        expect(page.locator("input[name='apart.a.b']")).to_be_checked()
        walk.look("the people again")
        if script:
            stores = page.evaluate(KEPT)
            assert stores == {"cookie": "", "local": 0, "session": 0, "databases": 0, "caches": 0}
        unexpected = [
            complaint
            for complaint in walk.watched.complaints
            if "422" not in complaint and "Service Worker" not in complaint
        ]
        assert unexpected == []


def test_an_unfinished_search_says_so(api: Api, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the page and in print, an open need without reasons says what is known."""
    monkeypatch.setattr(SharedTime, "part", lambda *_, **__: nullcontext(lambda: True))
    need = {"type": "emergency_shelter", "urgency": "now"}
    client = {"key": "a", "count": 2, "client": {"age": 25}, "needs": [need], "facts": {}, "consents": [], "avoid": []}

    answer = api.post("/v1/group-referral-paths", {"clients": [client]}, "route")
    out = StringIO()
    print_group(PrintedPage(Console(file=out, width=80, highlight=False)), answer.json(), asked_at=datetime.now(UTC))

    assert [entry["plain"] for entry in answer.json()["clients"][0]["uncovered"]] == [NOT_LOOKED_INTO]
    assert NOT_LOOKED_INTO in " ".join(out.getvalue().split())
    assert NOT_LOOKED_INTO in text_of(post(visitor, "/group/calls", TWO_WOMEN))
