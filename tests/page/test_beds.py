"""Plus and minus: two workers lose nothing; in a browser each tap counts, and the next one falls on the same button."""

from __future__ import annotations

import pytest
from api_builders import Api
from playwright.sync_api import Browser, Locator, Page, expect
from visitors import Visitor, hidden, signed_in
from walks import Walk, walking

from service.page.words import word

HOUSE = "bluestem-haven"
SCOPES = ("directory:read", "capacity")
MOST = 9


def free(api: Api) -> int:
    bearer = api.bearer(*SCOPES, organization=HOUSE)
    [room] = api.client.get("/v1/services/bh-beds/capacity", headers=bearer).json()["items"]
    return int(room["available"])


def test_two_workers_at_the_same_count_lose_nothing(demo: Api) -> None:
    """Each takes one off five, at pages that both say five: three are left. A press sent twice is one."""
    workers = [signed_in(demo, HOUSE, *SCOPES) for _ in range(2)]
    form = {"service": "bh-beds", "unit": "bed"}

    def press(worker: Visitor, page: str, **fields: str) -> None:
        sent = {**form, "forgery": hidden(page, "forgery"), "key": hidden(page, "key"), **fields}
        assert worker.post("/beds", sent).status_code == 200

    press(workers[0], workers[0].get("/beds").text, available="5", maximum="9")
    first, second = (worker.get("/beds").text for worker in workers)

    press(workers[0], first, by="less")
    press(workers[1], second, by="less")
    assert free(demo) == 3
    press(workers[1], second, by="less")
    assert free(demo) == 3
    press(workers[1], second, by="more")
    assert free(demo) == 4


def test_still_correct_is_one_press_and_undoes_no_press_of_another(demo: Api) -> None:
    """At a page that says five: while five stand, they count as of now; after somebody took one, four stay."""
    workers = [signed_in(demo, HOUSE, *SCOPES) for _ in range(2)]
    form = {"service": "bh-beds", "unit": "bed"}

    def press(worker: Visitor, page: str, **fields: str) -> tuple[int, str]:
        sent = {**form, "forgery": hidden(page, "forgery"), "key": hidden(page, "key"), **fields}
        answer = worker.post("/beds", sent)
        return answer.status_code, answer.text

    press(workers[0], workers[0].get("/beds").text, available="5", maximum="9")
    pages = [worker.get("/beds").text for worker in workers]
    assert '<input type="hidden" name="still" value="5">' in pages[0]

    status, text = press(workers[0], pages[0], still="5")
    assert (status, word("en", "beds.saved") in text, free(demo)) == (200, True, 5)
    press(workers[0], pages[0], by="less")
    status, text = press(workers[1], pages[1], still="5")
    assert (status, word("en", "beds.count_changed") in text, free(demo)) == (409, True, 4)
    assert '<input type="hidden" name="still" value="4">' in text


@pytest.mark.parametrize("language", ["en", "es"])
def test_counts_of_other_agencies_are_shown_to_whom_they_are_for(demo: Api, language: str) -> None:
    """A number with its age where the interface tells it, else a word; nobody's own among them, nothing to press."""
    visitor = signed_in(demo, HOUSE, *SCOPES, Accept_Language=language)
    page = visitor.get("/beds").text
    others = page.partition(word(language, "beds.others"))[2]
    bearer = demo.bearer(*SCOPES, organization=HOUSE)
    listed = demo.client.get("/v1/services?per_page=200", headers=bearer).json()["items"]
    counted = [item for item in listed if item.get("capacities") and item["organization"] != HOUSE]

    assert others.count('<li class="room') == sum(len(service["capacities"]) for service in counted) > 10
    numbers = [count for service in counted for count in service["capacities"] if "available" in count]
    words = [count for service in counted for count in service["capacities"] if "status" in count]
    assert numbers
    assert words
    for count in numbers:
        assert word(language, "beds.free_of", count=count["available"], most=count["maximum"]) in others
    dated = sum("updated" in count for service in counted for count in service["capacities"])
    assert others.count(word(language, "beds.ago", parts="").strip()) == dated
    assert "<form" not in others


def set_to(walk: Walk, number: int) -> None:
    walk.go("/beds")
    walk.page.locator("main details summary").first.click()
    walk.page.get_by_label(walk.say("beds.now_free")).first.fill(str(number))
    walk.page.get_by_label(walk.say("beds.all")).first.fill(str(MOST))
    walk.press("beds.save")
    expect(number_of(walk.page)).to_contain_text(walk.say("beds.free_of", count=number, most=MOST))


def number_of(page: Page) -> Locator:
    return page.locator(".number").first


@pytest.mark.parametrize("language", ["en", "es"])
def test_taps_on_a_slow_line_all_count(browser: Browser, demo: Api, language: str) -> None:
    """Three taps while the first is on its way are three; the focus stays, and the new number is told."""
    with walking(browser, demo, language, organization=HOUSE, scopes=SCOPES) as walk:
        set_to(walk, 5)
        go_on = walk.hold_first("/beds")
        less = walk.page.get_by_role("button", name=walk.say("beds.less")).first
        for _ in range(3):
            less.click()
        expect(walk.page.locator("body")).to_have_attribute("aria-busy", "true")
        go_on()

        expect(number_of(walk.page)).to_contain_text(walk.say("beds.free_of", count=2, most=MOST))
        assert walk.page.evaluate("document.activeElement.id") == less.get_attribute("id")
        expect(walk.page.locator("#live")).to_contain_text(walk.say("beds.free_of", count=2, most=MOST))


def test_a_bound_is_said_and_the_focus_stays(browser: Browser, demo: Api) -> None:
    """Fewer than none: the number stays, the button can be pressed again, and a lost network drops what waits."""
    with walking(browser, demo, organization=HOUSE, scopes=SCOPES) as walk:
        set_to(walk, 0)
        less = walk.page.get_by_role("button", name=walk.say("beds.less")).first
        less.press("Enter")
        expect(walk.page.get_by_role("alert")).to_have_text(walk.say("beds.out_of_range"))
        expect(walk.page.locator("#live")).to_have_text(walk.say("beds.out_of_range"))
        walk.look("none left")
        assert walk.page.evaluate("document.activeElement.id") == less.get_attribute("id")
        walk.page.route("**/beds", lambda route: route.abort())
        walk.page.get_by_role("button", name=walk.say("beds.more")).first.click()
        expect(walk.page.locator("#live")).to_have_text(walk.say("away"))
        walk.page.unroute("**/beds")
        walk.page.get_by_role("button", name=walk.say("beds.more")).first.click()
        expect(number_of(walk.page)).to_contain_text(walk.say("beds.free_of", count=1, most=MOST))


def test_without_script_each_press_counts(browser: Browser, demo: Api) -> None:
    """One page after the other."""
    with walking(browser, demo, script=False, organization=HOUSE, scopes=SCOPES) as walk:
        set_to(walk, 5)
        for count in (4, 3):
            walk.page.get_by_role("button", name=walk.say("beds.less")).first.click()
            expect(number_of(walk.page)).to_contain_text(walk.say("beds.free_of", count=count, most=MOST))
