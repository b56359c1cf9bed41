"""Facts beside a call: the age of its counts and the way to it, as far as the caller may read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from api_builders import HOTLINE, Api
from intake_forms import BED, SCOPES, WOMAN, send
from visitors import Visitor, signed_in

from service.page.words import word

MILES = re.compile(r'<li class="chip">([^<]*\bmiles? away)</li>')
COUNTED = re.compile(r'<li class="chip">(counted [^<]*)</li>')


def call(page: str) -> str:
    return page.partition('id="call"')[2].partition("</section>")[0]


@pytest.fixture
def worker(demo: Api) -> Visitor:
    return signed_in(demo, HOTLINE, *SCOPES)


def test_the_age_of_a_count_and_the_way_stand_at_the_call(demo: Api, worker: Visitor) -> None:
    """Whole days since the count; whole miles from the point of the client's county, as the crow flies."""
    counted = datetime(2026, 3, 2, 2, tzinfo=UTC)
    days = (datetime.now(UTC) - counted) // timedelta(days=1)

    page = call(send(worker, "/answer", BED))

    assert COUNTED.findall(page) == [word("en", "chip.counted.many", count=days)]
    assert MILES.findall(page) == [word("en", "chip.miles.many", count=4)]
    assert word("en", "room.stale") not in page


def cards_in(page: str) -> dict[str, str]:
    """The calls of the queue and of the group, by the agency's name."""
    cards = re.findall(r'<li class="card">\s*<h[23]>([^<]*)</h[23]>(.*?)\n</li>\n(?=<li|</ol)', page, re.DOTALL)
    return {unescape(name): card for name, card in cards}


def test_every_call_that_has_facts_shows_them(demo: Api, worker: Visitor) -> None:
    """Whoever is next, on the answer's second part; an officer's call; a group's calls. A private place has no way."""
    listed = demo.get("/v1/organizations?per_page=200", "directory:read").json()["items"]
    hidden = {agency["name"] for agency in listed if agency["coalition"]["address_private"]}
    beds = [
        item for item in demo.get("/v1/services?per_page=200", "directory:read").json()["items"]
        if "emergency_shelter" in item["referral"]["types"] and any("updated" in n for n in item.get("capacities", ()))
    ]  # fmt: skip
    counted = {agency["name"] for agency in listed if agency["slug"] in {bed["organization"] for bed in beds}}
    queue = cards_in(send(worker, "/answer", {**WOMAN, "at": datetime.now(UTC).isoformat(), "seen": "1"}))
    group = cards_in(send(worker, "/group/calls", {
        "a.count": "2", "a.from": "30", "a.gender": "female", "a.need.emergency_shelter": "yes",
        "a.need.medical_emergency": "yes", "client.area": "rivermark",
    }))  # both are open at every hour  # fmt: skip

    placed = {agency["name"] for agency in listed if any("latitude" in place for place in agency.get("locations", ()))}

    for calls in (queue, group):
        assert hidden & calls.keys()
        assert placed & calls.keys() == {name for name, card in calls.items() if MILES.search(card)} != set()
        assert counted & calls.keys() == {name for name, card in calls.items() if COUNTED.search(card)} != set()
    assert hidden & placed == set()
    officer = send(worker, "/next", {"need": ["emergency_shelter"], "client.age": "15", "client.area": "demo-north"})
    assert COUNTED.findall(officer)
    assert MILES.findall(officer)


def test_without_an_area_no_way_is_said(worker: Visitor) -> None:
    """From nowhere it is no distance; the age of the count stands."""
    page = call(send(worker, "/answer", {name: value for name, value in BED.items() if name != "client.area"}))

    assert MILES.findall(page) == []


def test_how_far_a_private_place_is_stands_nowhere(demo: Api, worker: Visitor) -> None:
    """Its count is old for whoever may see that; where it is stays unsaid, on every call of the answer."""
    refused: list[str] = []
    text = ""
    for _ in range(12):
        page = send(worker, "/answer", {**WOMAN, "no": refused})
        key = re.search(r'<button name="no" value="([^"]+)"', page)
        if key is None:
            break
        refused.append(key[1])
        if key[1] in ("bluestem-haven", "marrow-house"):
            text += call(page)

    assert "bluestem-haven" in refused
    assert COUNTED.findall(text)
    assert MILES.findall(text) == []


def test_the_own_private_place_has_no_way_either(demo: Api) -> None:
    """Whoever may read where it is prints and shows it no more than others."""
    own = signed_in(demo, "bluestem-haven", *SCOPES)

    assert MILES.findall(send(own, "/answer", WOMAN).partition("Bluestem Haven")[2].partition("</section>")[0]) == []


def test_whoever_may_not_read_the_directory_sees_no_more(demo: Api) -> None:
    """Without its scope the hours and the word for the room are all there is."""
    page = call(send(signed_in(demo, HOTLINE, "route"), "/answer", BED))

    assert COUNTED.findall(page) == MILES.findall(page) == []
    assert word("en", "room.stale") in page
