"""What waits for an answer: counted in the bar and at home, told by a stream of counts that ends with its session."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from api_builders import HOTLINE, Api, demo_settings, running, serving
from inbox_builders import SHELTER, make_due, press, send
from playwright.sync_api import Browser, expect
from sqlalchemy import select, update
from visitors import Visitor, set_cookies, signed_in
from walks import walking

from service.app import create_app
from service.database.database import open_database
from service.database.table_base import table_of
from service.database.unit_of_work import for_writing
from service.page import arrivals
from service.page.arrivals import AGAIN_MS, LOOK_EVERY_S
from service.sessions.tables import PageSession

SCOPES = ("directory:read", "consent", "referral", "route")
BARRED = re.compile(r'<span class="count" data-waits="(\d+)"')


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    more = {"rate_limit": "1000000/minute", "most_holds": 1000, "most_holds_at_service": 1000}
    with running(demo_settings(tmp_path_factory.mktemp("arrivals"), **more)) as app:
        yield app


@contextmanager
def streaming(api: Api, visitor: Visitor, timeout_s: float = 4 * LOOK_EVERY_S) -> Iterator[Iterator[str]]:
    """The lines of a session's stream, as they come."""
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    with (
        httpx.Client(base_url=api.client.base_url, trust_env=False, timeout=timeout_s) as client,
        client.stream("GET", "/arrivals", headers={"Cookie": cookies}) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield answer.iter_lines()


def rest(lines: Iterator[str]) -> list[str]:
    """What a stream still says before its end, which is to come within three looks."""
    texts: list[str] = []
    for line in lines:
        texts += [line] if line else []
        assert texts.count(":") <= 3, "the stream goes on"
    return [line for line in texts if line != ":"]


def next_data(lines: Iterator[str]) -> str:
    return next(line.removeprefix("data: ") for line in lines if line.startswith("data: "))


def counts_on(visitor: Visitor, path: str = "/") -> set[int]:
    return {int(text) for text in BARRED.findall(visitor.get(path).text)}


def used_at(api: Api) -> list[Any]:
    with open_database(api.settings) as database, database.engine.begin() as connection:
        return sorted(connection.execute(select(table_of(PageSession).c.used_at)).scalars())


def test_every_page_counts_what_waits(api: Api) -> None:
    """For the receiver alone; one fewer in the very answer that accepts; nobody's without the scope."""
    shelter, hotline = signed_in(api, SHELTER, *SCOPES), signed_in(api, HOTLINE, *SCOPES)
    before = max(counts_on(shelter))
    sent = send(api)

    for path in ("/", "/inbox", "/intake", "/directory", "/nowhere"):
        if path != "/nowhere":
            assert counts_on(shelter, path) == {before + 1}
    assert counts_on(hotline) == {0}
    assert counts_on(signed_in(api, SHELTER, "route")) == set()
    page = press(shelter, shelter.get("/inbox").text, "/inbox/open", id=sent["id"]).text
    after = press(shelter, page, "/inbox/move", status="accepted").text
    assert {int(text) for text in BARRED.findall(after)} == {before}


def test_home_says_since_when_and_until_when(api: Api) -> None:
    """In the coalition's time; late where the answer was due; the first action is that of the role."""
    shelter = signed_in(api, SHELTER, *SCOPES, Accept_Language="en")
    sent = send(api)
    page = shelter.get("/").text
    assert re.search(r"Answer by \d\d:\d\d\.", page) or "Answer by " in page
    assert re.search(r'<div class="first">\s*<a class="button main" href="/inbox">', page)
    make_due(api, sent, -timedelta(hours=20))
    assert "The answer was due at " in shelter.get("/").text
    intake = signed_in(api, HOTLINE, *SCOPES, Accept_Language="en").get("/").text
    assert re.search(r'<div class="first">\s*<a class="button main" href="/intake">', intake)
    assert "Juniper Bridge Hotline" in intake


def test_the_stream_tells_counts_alone_and_at_once(api: Api) -> None:
    """Two numbers: what waits, and what presses. Nothing is told of another agency's."""
    shelter, hotline = signed_in(api, SHELTER, *SCOPES), signed_in(api, HOTLINE, *SCOPES)
    with streaming(api, shelter) as lines, streaming(api, hotline) as others:
        waits, presses = map(int, next_data(lines).split())
        assert next_data(others) == "0 0"
        sent = send(api)
        assert next_data(lines) == f"{waits + 1} {presses}"
        make_due(api, sent, -timedelta(hours=20))
        assert next_data(lines) == f"{waits + 1} {presses + 1}"
        assert next(line for line in others if line) == ":"


def test_a_stream_sends_nothing_about_others_referrals(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stream sends nothing at all, not even a keep-alive line."""
    monkeypatch.setattr(arrivals, "LOOK_EVERY_S", 3600.0)
    shelter, hotline = signed_in(api, SHELTER, *SCOPES), signed_in(api, HOTLINE, *SCOPES)
    with streaming(api, shelter) as lines, streaming(api, hotline, timeout_s=3) as others:
        waits, presses = map(int, next_data(lines).split())
        next_data(others)
        send(api)
        assert next_data(lines) == f"{waits + 1} {presses}"
        with pytest.raises(httpx.ReadTimeout):
            next(line for line in others if line)


def test_a_stream_is_no_use_of_its_session_and_ends_with_it(api: Api) -> None:
    """A page left open is locked as without it; whoever leaves is told nothing more, and asked not to come again."""
    shelter = signed_in(api, SHELTER, *SCOPES)
    table = table_of(PageSession)
    with open_database(api.settings) as database, for_writing(database.engine).begin() as connection:
        for row in connection.execute(select(table)).all():
            connection.execute(
                update(table).where(table.c.digest == row.digest).values(used_at=row.used_at - timedelta(minutes=5))
            )
    before = used_at(api)
    with streaming(api, shelter) as lines:
        next_data(lines)
        assert used_at(api) == before
        cookies = dict(shelter.cookies)
        shelter.post("/leave", {})
        assert rest(lines) == []  # it ends, and says nothing more
    again = Visitor(api.client, cookies)
    assert again.get("/arrivals").headers["location"] == "/signin"  # which is no stream: a browser does not come again


def test_a_second_stream_of_a_session_is_told_once_and_comes_again(api: Api) -> None:
    """Polling by itself: the counts, and how soon the browser may ask again; so it is beyond the bound of a process."""
    shelter = signed_in(api, SHELTER, *SCOPES)
    with streaming(api, shelter) as first:
        counts = next_data(first)
        with streaming(api, shelter) as second:
            assert rest(second) == [f"retry: {AGAIN_MS}", f"data: {counts}"]
    with ExitStack() as stack:
        each = [stack.enter_context(streaming(api, signed_in(api, HOTLINE, *SCOPES))) for _ in range(65)]
        for lines in each[:64]:
            next_data(lines)
        assert rest(each[64]) == [f"retry: {AGAIN_MS}", "data: 0 0"]


def test_a_stream_keeps_no_server_from_ending(tmp_path_factory: pytest.TempPathFactory) -> None:
    """It ends as the server stops, in good order: the client reads the end of a whole answer."""
    settings = demo_settings(tmp_path_factory.mktemp("ending"), rate_limit="1000000/minute")
    with ExitStack() as stack:
        server = ExitStack()
        api = Api(settings, server.enter_context(serving(create_app(settings))))
        lines = stack.enter_context(streaming(api, signed_in(api, SHELTER, *SCOPES)))
        next_data(lines)
        server.close()
        assert rest(lines) == []


def test_no_stranger_gets_a_stream(api: Api) -> None:
    """Nobody signed in, an agency that answers nothing, and a page of another site: nothing to read."""
    assert Visitor(api.client).get("/arrivals").headers["location"] == "/signin"
    assert signed_in(api, SHELTER, "route").get("/arrivals").status_code == 204
    answer = signed_in(api, SHELTER, *SCOPES).get("/arrivals", Host="evil.example")
    assert answer.status_code == 403
    assert "data" not in answer.text.partition("<main")[2]


def counted(api: Api, name: str) -> float:
    """What operators read of answers to `/arrivals`: the sum of the samples of a name."""
    answer = httpx.get(f"{api.client.base_url}/metrics", headers=api.bearer("operator"), trust_env=False)
    lines = answer.text.splitlines()
    counts = [line for line in lines if line.startswith(name) and 'route="/arrivals"' in line]
    return sum(float(line.rpartition(" ")[2]) for line in counts)


def test_a_stream_is_counted_and_its_length_is_no_time_to_answer(api: Api) -> None:
    """One more request that was answered; no time, which would be that of a page left open."""
    shelter = signed_in(api, SHELTER, *SCOPES)
    requests, times = "referral_router_requests_total", "referral_router_request_seconds_count"
    before = counted(api, requests), counted(api, times)
    with streaming(api, shelter) as lines:
        next_data(lines)
        shelter.post("/leave", {})
        assert rest(lines) == []
    for _ in range(100):  # until the server, too, is done with it
        if counted(api, requests) > before[0]:
            break
        time.sleep(0.05)

    assert (counted(api, requests), counted(api, times)) == (before[0] + 1, before[1])


def test_to_ask_for_the_head_of_a_stream_opens_none(api: Api) -> None:
    """It is answered and over; as many sessions as there are places leave all of them free."""
    requests = "referral_router_requests_total"
    before = counted(api, requests)
    for _ in range(70):
        visitor = signed_in(api, HOTLINE, *SCOPES)
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())}
        answer = api.client.head("/arrivals", headers=cookies)
        assert (answer.status_code, answer.content) == (200, b"")
    for _ in range(100):
        if counted(api, requests) >= before + 70:
            break
        time.sleep(0.05)
    assert counted(api, requests) == before + 70
    with streaming(api, signed_in(api, SHELTER, *SCOPES)) as lines:
        next_data(lines)
        assert next(line for line in lines if line) == ":"  # it has a place, and goes on


def test_a_sound_is_chosen_and_leaves_with_the_browser(api: Api) -> None:
    """Off until somebody asks; a cookie that says that and nothing else; a form from elsewhere changes nothing."""
    shelter = signed_in(api, SHELTER, *SCOPES)
    assert "data-sound" not in shelter.get("/").text
    forgery = shelter.forgery("/")
    assert shelter.post("/arrivals/sound", {"sound": "on", "forgery": "x"}).status_code == 403
    answer = shelter.post("/arrivals/sound", {"sound": "on", "forgery": forgery, "back": "/inbox"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/inbox")
    assert shelter.cookies["__Host-sound"] == "on"
    assert "data-sound" in shelter.get("/").text
    shelter.post("/arrivals/sound", {"sound": "off", "forgery": forgery, "back": "//evil.example"})
    assert "__Host-sound" not in shelter.cookies
    shelter.post("/arrivals/sound", {"sound": "on", "forgery": forgery})
    [cookie] = set_cookies(answer).values()
    assert (cookie["expires"], cookie["max-age"], cookie["httponly"], cookie["samesite"]) == ("", "", True, "strict")
    departure = shelter.post("/leave", {})
    assert '"cookies"' in departure.headers["clear-site-data"]
    assert "__Host-sound" not in shelter.cookies


def test_a_new_arrival_is_announced_politely(browser: Browser, api: Api) -> None:
    """In the bar, in the line that is read out, and at home; the focus stays; nothing says what came."""
    send(api)  # one waits already, also where this test runs alone: of several the line says how many
    with walking(browser, api, organization=SHELTER, scopes=SCOPES, width=1280) as walk:
        page = walk.page
        walk.go("/")
        badge = page.locator(".rooms [data-waits]")
        expect(badge).to_be_attached()
        waits = int(badge.get_attribute("data-waits") or "0")
        page.get_by_role("link", name=walk.say("sessions.title")).focus()
        send(api)
        expect(page.locator("#live")).to_have_text(walk.say("waits.here.many", count=waits + 1))
        expect(badge).to_contain_text(str(waits + 1))
        expect(page.locator("[data-waits-line]")).to_have_text(walk.say("waits.here.many", count=waits + 1))
        expect(page.get_by_role("link", name=walk.say("sessions.title"))).to_be_focused()
        walk.look("something came in")
        assert json.dumps(page.evaluate("() => [localStorage.length, sessionStorage.length]")) == "[0, 0]"
