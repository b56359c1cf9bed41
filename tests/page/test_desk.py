"""Intake and answer as a tool for a desk and a phone: needs found as one types, two columns, the number in view."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from api_builders import Api
from canaries import CANARY
from playwright.sync_api import Browser, Locator, expect
from walks import KEPT, TYPED, Walk, fill_who, walking

README = (files("service.page") / "README.md").read_text(encoding="utf-8")
SPANISH_BED, ENGLISH_BED = "cama", "bed"


def needs_in_sight(walk: Walk) -> list[str]:
    return [element.inner_text() for element in walk.page.locator("[data-words]").all() if element.is_visible()]


def go_to_answer(walk: Walk) -> None:
    walk.go("/intake")
    walk.page.get_by_label(walk.say("need.emergency_shelter")).check()
    walk.press("needs.next", "who.title")
    fill_who(walk)
    walk.press("who.find", "call.first")


def box(element: Locator) -> dict[str, float]:
    box = element.bounding_box()
    assert box is not None
    return dict(box)


@pytest.mark.parametrize(("language", "typed"), [("en", ENGLISH_BED), ("es", SPANISH_BED), ("es", "MÉDICO")])
def test_needs_are_found_as_one_types(browser: Browser, demo: Api, language: str, typed: str) -> None:
    """By the beginnings of words of name, meaning and label, whatever the accents; what is ticked stays ticked."""
    with walking(browser, demo, language, width=1280) as walk:
        walk.go("/intake")
        every = walk.page.locator("[data-words]").count()
        field = walk.page.get_by_label(walk.say("needs.filter"))
        field.fill(typed)
        fitting = needs_in_sight(walk)
        assert 0 < len(fitting) < every / 4
        assert walk.page.locator("details.group:not([open]):visible").count() == 0
        key = "needs.fits.one" if len(fitting) == 1 else "needs.fits.many"
        expect(walk.page.locator("#fits")).to_have_text(walk.say(key).replace("{count}", str(len(fitting))))
        walk.look("needs, found")
        field.press("Enter")
        assert walk.page.locator("[name=need]:checked").count() == 1
        assert field.input_value() == ""
        field.fill("zzz")
        assert needs_in_sight(walk) == []
        expect(walk.page.locator("#fits")).to_have_text(walk.say("needs.fits.none"))
        walk.look("needs, nothing found")
        field.press("Enter")
        walk.expect_heading("needs.title")
        field.fill("")
        assert walk.page.locator("[name=need]:checked").count() == 1


def test_what_is_typed_to_find_a_need_is_sent_nowhere(browser: Browser, demo: Api) -> None:
    """The field has no name: no address, no body and no storage holds it."""
    with walking(browser, demo) as walk:
        bodies: list[str] = []
        walk.page.on("request", lambda request: bodies.append(f"{request.url} {request.post_data or ''}"))
        walk.go("/intake")
        walk.page.locator("#filter").fill("heliotrope")
        walk.page.locator("#filter").fill("bed heliotrope")
        walk.page.locator("#filter").fill("")
        walk.page.get_by_label(walk.say("need.emergency_shelter")).check()
        walk.page.locator("#filter").fill("heliotrope")
        walk.press("needs.next", "who.title")
        assert len(bodies) > 2
        assert not any("heliotrope" in body for body in bodies)
        assert walk.page.evaluate(KEPT)["local"] == 0


def test_without_script_there_is_no_field_to_find_needs(browser: Browser, demo: Api) -> None:
    """Tiles and folded groups alone: what does nothing is not shown."""
    with walking(browser, demo, script=False) as walk:
        walk.go("/intake")
        expect(walk.page.locator("#filter")).to_be_hidden()
        assert walk.page.locator("label.tile").count() == 6
        go_to_answer(walk)
        expect(walk.page.locator("[data-copy]").first).to_be_hidden()


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize(("field", "changed"), [("client.age", "16"), ("client.area", "hillbrook")])
def test_what_is_known_is_said_and_each_part_is_changed_in_one_press(
    browser: Browser, demo: Api, script: bool, field: str, changed: str
) -> None:
    """The press leads to the field, with all that was typed; what comes back says the new value."""
    with walking(browser, demo, width=1280, script=script) as walk:
        go_to_answer(walk)
        parts = walk.page.locator(".profile .part")
        values = [part.inner_text().rpartition("\n")[2] for part in parts.all()]
        assert values == [walk.say("need.emergency_shelter"), "15", "Northline County (demo)", walk.say("language.es")]
        value = {"client.age": "15", "client.area": "Northline"}[field]
        walk.page.locator(".profile .part", has_text=value).click()
        walk.expect_heading("who.title")
        expect(walk.page.locator(f"[id='{field}']")).to_have_value(re.compile(value))
        if script:
            expect(walk.page.locator(f"[id='{field}']")).to_be_focused()
        walk.page.locator(f"[id='{field}']").fill(changed)
        walk.page.get_by_role("button", name=walk.say("who.find")).click()
        expect(walk.page.locator(".profile")).to_contain_text(re.compile(changed, re.IGNORECASE))
        walk.page.locator(".profile .part").first.click()
        walk.expect_heading("needs.title")
        assert walk.page.locator("[name=need]:checked").count() == 1


def test_a_part_that_is_not_known_is_a_question(browser: Browser, demo: Api) -> None:
    """One press leads to its field; nobody has to look for where it is asked."""
    with walking(browser, demo, width=1280) as walk:
        walk.go("/intake")
        walk.page.get_by_label(walk.say("need.food")).check()
        walk.press("needs.next", "who.title")
        walk.press("who.find")
        open_part = walk.page.locator(".part.open", has_text=walk.say("who.area"))
        expect(open_part).to_have_text(walk.say("who.area") + "?")
        open_part.click()
        walk.expect_heading("who.title")
        expect(walk.page.locator("[id='client.area']")).to_be_focused()


def test_on_a_desk_who_is_next_stands_beside_the_call(browser: Browser, demo: Api) -> None:
    """Two columns: the call left, names and numbers of the next right, from the same height; one on a phone."""
    with walking(browser, demo, width=1280) as walk:
        go_to_answer(walk)
        beside, call = walk.page.locator("#call .instead"), walk.page.locator("#call .script")
        expect(beside).to_be_visible()
        walk.page.wait_for_load_state("networkidle")
        assert box(beside)["x"] >= box(call)["x"] + box(call)["width"]
        assert box(beside)["y"] < box(walk.page.locator("#call"))["y"] + 100
        expect(beside.locator("p strong").first).not_to_be_empty()
        assert beside.locator("p > strong").count() == beside.locator(".dial").count() > 0
        walk.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        before, number = box(walk.page.locator("#call .aside")), box(walk.page.locator("a.dial.first"))
        assert before["y"] + before["height"] <= number["y"]
        assert walk.page.locator("#call .aside li").count() > 1
        walk.page.set_viewport_size({"width": 390, "height": 844})
        assert box(beside)["y"] > box(call)["y"]
        assert box(beside)["x"] < 40


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 568), (320, 256)])
def test_the_number_is_in_view_on_a_phone_and_zoomed_in(browser: Browser, demo: Api, width: int, height: int) -> None:
    """However much there is to tell first, at 400 % of a desk too; and once scrolled to, it hides nothing below it."""
    with walking(browser, demo) as walk:
        walk.page.set_viewport_size({"width": width, "height": height})
        go_to_answer(walk)
        number = walk.page.locator("a.dial.first").first
        walk.page.evaluate("window.scrollTo(0, 0)")
        first = box(number)
        if first["y"] + first["height"] > height:  # on the second screen at the latest
            walk.page.evaluate(f"window.scrollTo(0, {height})")
        assert box(number)["y"] >= 0
        assert box(number)["y"] + box(number)["height"] <= height


def test_a_number_is_copied(browser: Browser, demo: Api) -> None:
    """The button beside it copies the number and nothing else, says so, and is there for the next calls too."""
    with walking(browser, demo, width=1280, permissions=["clipboard-read", "clipboard-write"]) as walk:
        go_to_answer(walk)
        walk.page.locator("#call [data-copy]").first.click()
        expect(walk.page.locator("#live")).to_have_text(walk.say("copy.done"))
        assert walk.page.evaluate("navigator.clipboard.readText()") == "555-0106"
        expect(walk.page.locator("form[data-rest]")).to_have_count(0)
        expect(walk.page.locator(".instead [data-copy]").first).to_be_visible()


@pytest.mark.parametrize(("width", "scheme", "language"), [(390, "dark", "es"), (1280, "light", "en")])
def test_the_paper_for_a_client(browser: Browser, demo: Api, width: int, scheme: Any, language: str) -> None:
    """Asked for, chosen and shown; of what is printed only the paper is left."""
    with walking(browser, demo, language, width=width, color_scheme=scheme) as walk:
        go_to_answer(walk)
        walk.press("paper.offer", "paper.title")
        walk.look("paper, asked")
        for name in ("with_name", "with_picture"):
            walk.page.locator(f"[name={name}]").check()
        walk.press("paper.safe", "paper.ready")
        walk.look("the paper for a client")
        walk.page.emulate_media(media="print")
        text = walk.page.locator("main").inner_text()
        assert "555-0106" in text
        for key in ("paper.ready", "paper.back", "paper.change", "consent.print", "history", "leave"):
            assert walk.say(key) not in walk.page.locator("body").inner_text()
        walk.page.emulate_media(media="screen")
        walk.press("paper.back", "call.first")
        assert walk.watched.complaints == []


def test_an_officer_taps_six_times_at_most(browser: Browser, demo: Api, say: Callable[[str], None]) -> None:
    """From the open page to the number: a picture, two digits, a county, one button."""
    with walking(
        browser, demo, width=390, organization="northline-sheriff", scopes=("route", "directory:read")
    ) as walk:
        begun, taps = time.perf_counter(), 0
        walk.go("/next")

        def tap(target: Locator) -> None:
            nonlocal taps
            target.click()
            taps += 1

        tap(walk.page.locator("label.tile").first)
        tap(walk.page.locator("[id='client.age']"))
        for digit in "20":
            walk.page.keyboard.press(digit)
            taps += 1
        if walk.page.get_by_role("radio").count():
            tap(walk.page.locator("label.choice", has=walk.page.get_by_role("radio")).first)
        tap(walk.page.get_by_role("button", name=walk.say("who.find")))
        expect(walk.page.locator(".thumb a.dial")).to_be_visible()
        assert taps <= 6
        say(f"{taps} taps on the road to the first number, {time.perf_counter() - begun:.1f} s with no time to think")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_parts_that_are_described_are_on_the_pages(browser: Browser, demo: Api, scheme: Any) -> None:
    """Each selector of the description is found on a page; where pictures are asked for, each part is drawn."""
    parts = re.findall(r"^\| [\w ]+ \| `(\.\w+)` \|", README, re.MULTILINE)
    drawn: set[str] = set()

    def draw(walk: Walk) -> None:
        for part in parts:
            element = walk.page.locator(f"main {part}:visible").first
            if part not in drawn and element.count():
                drawn.add(part)
                walk.draw(f"part {part} {scheme}", element)

    with walking(browser, demo, width=1280, color_scheme=scheme) as walk:
        go_to_answer(walk)
        draw(walk)
        walk.go("/intake")
        walk.press("needs.next")
        expect(walk.page.get_by_role("alert")).to_be_visible()
        draw(walk)
        walk.page.get_by_label(walk.say("need.emergency_shelter")).check()
        walk.press("needs.next", "who.title")
        draw(walk)
        walk.go("/next")
        draw(walk)
    assert len(parts) > 12
    assert drawn == set(parts)


@pytest.mark.parametrize("script", [True, False])
def test_what_is_chosen_for_a_paper_is_kept_nowhere(browser: Browser, demo: Api, script: bool) -> None:
    """A canary in every field of the question: in no address and no storage; logs and databases are searched too."""
    with walking(browser, demo, script=script) as walk:
        go_to_answer(walk)
        walk.press("paper.offer", "paper.title")
        assert walk.page.evaluate(TYPED) > 0
        walk.press("paper.safe", "paper.ready")
        assert not any(CANARY in url for url in (walk.page.url, *walk.watched.urls))
        assert not any(CANARY in cookie["value"] for cookie in walk.page.context.cookies())
        if script:
            assert walk.page.evaluate(KEPT) == {"cookie": "", "local": 0, "session": 0, "databases": 0, "caches": 0}
