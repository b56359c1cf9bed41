"""The pages of agencies, of the table and of the public in a browser: each state usable by everybody, nothing kept."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from api_builders import Api, demo_settings, running
from canaries import CANARY
from inbox_builders import consent
from playwright.sync_api import Browser, expect
from sqlalchemy import delete
from walks import KEPT, WAYS, Walk, walking

from service.database.database import open_database
from service.database.table_base import table_of
from service.referrals.store.tables import CountedTry

SHELTER = "bluestem-haven"
SCOPES = (
    *("directory:read", "directory:write", "directory:admin", "consent", "referral", "capacity", "webhook"),
    *("grievance", "route", "audit", "organization:admin"),
)
PARTS = ("map", "coverage", "due", "exchange", "contacts", "words", "outcomes", "what-if", "legal-hold")
STEPS = ("/first-steps", "/first-steps/2", "/first-steps/3")
PLACES = (
    *("/", "/coalition", *(f"/coalition/{part}" for part in PARTS), "/guide", "/guide/schools", "/directory"),
    *("/consent", "/beds", "/sessions", "/audit", *STEPS),
)
UNFOLD = "() => document.querySelectorAll('main details').forEach((one) => { one.open = true; })"
_keys = count(1)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    more = {"rate_limit": "1000000/minute", "grievance_body": SHELTER, "deliver": False, "most_holds": 100,
            "webhook_networks": "127.0.0.0/8", "webhook_http": True, "most_holds_at_service": 100}  # fmt: skip
    with running(demo_settings(tmp_path_factory.mktemp("work"), **more)) as app:
        yield app


def created(api: Api, place: str, body: dict[str, Any], scope: str) -> dict[str, Any]:
    answer = api.post(place, body, scope, headers={"Idempotency-Key": f"key-{next(_keys)}"})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def referral(api: Api) -> dict[str, Any]:
    profile = {
        "client": {"age": 30, "gender": "female", "languages": ["en"]},
        "needs": [{"type": "emergency_shelter", "urgency": "now"}],
        "facts": {"client_present": True},
    }
    step = {"to": SHELTER, "services": ["bh-beds"], "mode": "warm"}
    return created(api, "/v1/referrals", {"profile": profile, "step": step, "agreed": True}, "referral")


def forget_tries(api: Api) -> None:
    """Wrong codes are limited to a few an hour; days of the same agency in many ways need more of them."""
    with open_database(api.settings) as opened, opened.unit_of_work() as work:
        work.session.execute(delete(table_of(CountedTry)))
        work.commit()


@pytest.mark.parametrize(("width", "language", "script"), WAYS)
def test_an_agencys_day(browser: Browser, api: Api, width: int, language: str, script: bool) -> None:
    """A referral by its code, accepted and closed; a consent ended; a bed counted; an endpoint added and taken away."""
    sent, agreed = referral(api), consent(api)
    forget_tries(api)
    with walking(
        browser, api, language, width=width, script=script, organization=SHELTER, scopes=SCOPES,
        color_scheme="dark" if script else "light",
    ) as walk:  # fmt: skip
        page = walk.page
        walk.go("/inbox")
        walk.look("inbox")
        page.locator("#code").fill("acorn bagel canoe")
        page.locator("#code").press("Enter")
        expect(page.get_by_role("alert")).to_contain_text(walk.say("inbox.no_code"))
        walk.look("no such code")
        page.locator("#code").fill(sent["code"].replace("-", " "))
        page.locator("#code").press("Enter")
        walk.expect_heading("got.title_in")
        assert page.locator("html").get_attribute("lang") == language  # Enter switched no language
        walk.look("a referral")
        walk.press("move.declined")
        expect(page.get_by_role("heading", name=walk.say("move.declined_which"))).to_be_in_viewport()
        walk.look("what stands in the way")
        walk.press("move.accepted")
        expect(page.locator(".success")).to_have_text(walk.say("got.done"))
        walk.look("accepted")
        page.get_by_label(walk.say("outcome.served")).check()
        walk.press("move.completed")
        expect(page.locator(".state").first).to_have_text(walk.say("status.completed"))
        walk.look("closed")
        walk.go("/inbox")
        page.locator("#consent").fill(agreed["code"])
        page.locator("#consent").press("Enter")
        walk.expect_heading("agreed.title")
        walk.look("a consent")
        walk.press("agreed.end_part")
        expect(page.locator(".success")).to_have_text(walk.say("agreed.ended"))
        walk.look("ended")
        count_a_bed(walk)
        keep_an_endpoint(walk)


def count_a_bed(walk: Walk) -> None:
    """A number, plus, then a number that cannot be, which is said at its place."""
    page = walk.page
    walk.go("/beds")
    walk.look("beds")
    page.locator("main details summary").first.click()
    page.get_by_label(walk.say("beds.now_free")).first.fill("3")
    page.get_by_label(walk.say("beds.all")).first.fill("20")
    walk.press("beds.save")
    expect(page.locator(".number").first).to_contain_text(walk.say("beds.saved"))
    page.get_by_role("button", name=walk.say("beds.more")).first.click()
    expect(page.locator(".number").first).to_contain_text(walk.say("beds.free_of", count=4, most=20))
    expect(page.locator(".number").first).to_contain_text(walk.say("beds.saved"))
    walk.look("counted")
    page.locator("main details summary").first.click()
    page.get_by_label(walk.say("beds.now_free")).first.fill("999")
    walk.press("beds.save")
    expect(page.get_by_role("alert")).to_have_text(walk.say("beds.wrong"))
    walk.look("counted wrong")


def keep_an_endpoint(walk: Walk) -> None:
    """Its secret is shown once; a test is on its way; it is taken away again."""
    page = walk.page
    walk.go("/webhooks")
    walk.look("webhooks")
    page.get_by_label(walk.say("webhooks.url")).fill("http://127.0.0.1:9/hooks")
    walk.press("webhooks.save", "webhooks.secret")
    walk.look("secret")
    page.get_by_role("link", name=walk.say("webhooks.go_on")).click()
    expect(page.locator("h1")).to_have_text("http://127.0.0.1:9/hooks")
    walk.press("webhooks.test")
    expect(page.locator(".success")).to_have_text(walk.say("webhooks.sent"))
    walk.look("endpoint")
    page.locator("details.group > summary").last.click()
    page.locator("details.group button").last.click()
    walk.expect_heading("webhooks.title")


@pytest.mark.parametrize(("width", "language", "script"), WAYS)
def test_the_table(browser: Browser, api: Api, width: int, language: str, script: bool) -> None:
    """Each page of the coalition and of the public, its pictures loaded from here."""
    with walking(browser, api, language, width=width, script=script, organization=SHELTER, scopes=SCOPES) as walk:
        for place in PLACES:
            walk.go(place)
            walk.page.evaluate(UNFOLD)
            walk.look(place)
            for picture in walk.page.locator("img").all():
                assert picture.get_attribute("alt")
                assert not script or picture.evaluate("one => one.decode().then(() => one.naturalWidth > 100)")
        assert walk.watched.complaints == []


def test_the_map_is_a_few_screens_of_a_phone(browser: Browser, api: Api) -> None:
    """What stands in its lists is folded, and a link leads to the table, which can be unfolded there."""
    with walking(browser, api, width=390, organization=SHELTER, scopes=SCOPES) as walk:
        walk.go("/coalition/map")
        walk.look("the map")
        assert walk.page.evaluate("document.documentElement.scrollHeight") <= 4 * 800
        walk.page.locator("#as-table summary").click()
        expect(walk.page.get_by_role("table")).to_be_visible()
        walk.look("the map, unfolded")


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_complaint(browser: Browser, api: Api, language: str) -> None:
    """Filed and looked up by its code, then heard and closed by the body."""
    with walking(browser, api, language, organization=SHELTER, scopes=SCOPES) as walk:
        page = walk.page
        walk.go("/grievances")
        walk.look("grievances")
        walk.press("grievance.send")
        expect(page.get_by_role("alert")).to_have_text(walk.say("grievance.wrong"))
        page.get_by_label(walk.say("grievance.code.not_heard")).check()
        walk.press("grievance.send", "grievance.filed")
        walk.look("filed")
        code = " ".join(page.locator(".code span").all_inner_texts())
        walk.go("/grievances")
        page.locator("#code").fill(code)
        walk.press("grievance.find", "grievance.stands")
        walk.look("stands")
        walk.go("/grievances/hear")
        walk.look("heard")
        new = page.locator("li.card", has_text=walk.say("grievance.status.filed"))
        new.locator("button").first.click()
        walk.expect_heading("grievance.coalition")
        walk.press("grievance.take_up")
        expect(page.locator(".success")).to_have_text(walk.say("got.done"))
        walk.look("taken up")


def test_what_is_typed_is_kept_nowhere(browser: Browser, api: Api) -> None:
    """A mark in every field for codes, numbers and ids: in no address, cookie, storage or history of the browser.

    Logs and databases are searched for it after the run.
    """
    canary = f"{CANARY} typed here"
    with walking(browser, api, organization=SHELTER, scopes=SCOPES) as walk:
        page = walk.page
        for place, fields in {
            "/inbox": ("#code", "#consent"),
            "/coalition/legal-hold": ("#id",),
            "/grievances": ("#code", "#decision_id"),
            "/beds": ("input[inputmode=numeric] >> nth=0",),
            "/directory": ("#words", "#age"),
            "/consent": ("#find",),
        }.items():
            for name in fields:
                walk.go(place)
                page.evaluate(UNFOLD)
                field = page.locator(name)
                field.fill(canary[: int(field.get_attribute("maxlength") or 99)])
                field.press("Enter")
                in_the_page = {"#words": page.get_by_text(walk.say("directory.nobody")), "#find": field}
                expect(in_the_page.get(name, page.get_by_role("alert").first)).to_be_visible()
                assert CANARY not in page.url
        stores = page.evaluate(KEPT)
        cookies = str(page.context.cookies())
        assert stores == {"cookie": "", "local": 0, "session": 0, "databases": 0, "caches": 0}
        assert CANARY not in cookies
        assert not any(CANARY in url for url in walk.watched.urls)


def test_no_field_of_a_code_is_remembered_by_the_browser(browser: Browser, api: Api) -> None:
    """Nothing is offered again to the next person at the same machine."""
    with walking(browser, api, organization=SHELTER, scopes=SCOPES) as walk:
        for place in ("/inbox", "/webhooks", "/grievances", "/coalition/words", "/coalition/legal-hold", "/directory"):
            walk.go(place)
            for field in walk.page.locator("main input:not([type=hidden]):not([type=checkbox])").all():
                assert field.get_attribute("autocomplete") == "off"
