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
    """The first call, without whoever is next."""
    return page.partition('id="call"')[2].partition("\n</li>\n")[0].partition('<div class="instead">')[0]


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


def calls_in(page: str) -> dict[str, str]:
    """The calls of a sheet by the agency's name, and whoever could help instead."""
    calls: dict[str, str] = {}
    for card in re.findall(r'<li class="card[^>]*>\n(.*?)\n</li>\n(?=<li|</ol)', page, re.DOTALL):
        own, _, instead = card.partition('<div class="instead">')
        heading = re.search(r"<strong>([^<]*)</strong></h[12]>", own)
        calls |= {unescape(heading[1]): own} if heading else {}
        parts = re.split(r"<p>[^<]*<strong>(?=[^<0-9]+</strong>)", instead)[1:]
        calls |= {unescape(part.partition("<")[0]): part for part in parts}
    return calls


def test_every_call_that_has_facts_shows_them(demo: Api, worker: Visitor) -> None:
    """Whoever is next, in an answer; an officer's call; a group's calls. A private place has no way."""
    listed = demo.get("/v1/organizations?per_page=200", "directory:read").json()["items"]
    hidden = {agency["name"] for agency in listed if agency["coalition"]["address_private"]}
    beds = [
        item for item in demo.get("/v1/services?per_page=200", "directory:read").json()["items"]
        if "emergency_shelter" in item["referral"]["types"] and any("updated" in n for n in item.get("capacities", ()))
    ]  # fmt: skip
    counted = {agency["name"] for agency in listed if agency["slug"] in {bed["organization"] for bed in beds}}
    queue = calls_in(send(worker, "/answer", WOMAN))
    group = calls_in(send(worker, "/group/calls", {
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
    first = call(send(worker, "/answer", WOMAN))
    others = calls_in(send(worker, "/answer", {**WOMAN, "client.gender": "transgender_male", "client.age": "19"}))

    assert "Bluestem Haven" in first
    assert COUNTED.findall(first)
    assert MILES.findall(first) == []
    private = {name: part for name, part in others.items() if name in ("Bluestem Haven", "Marrow House")}
    assert all(MILES.findall(part) == [] for part in private.values())


def test_the_own_private_place_has_no_way_either(demo: Api) -> None:
    """Whoever may read where it is prints and shows it no more than others."""
    own = signed_in(demo, "bluestem-haven", *SCOPES)

    card = send(own, "/answer", WOMAN).partition("<strong>Bluestem Haven")[2].partition("</li>\n<")[0]

    assert card
    assert MILES.findall(card) == []


def test_whoever_may_not_read_the_directory_sees_no_more(demo: Api) -> None:
    """Without its scope the hours and the word for the room are all there is."""
    page = call(send(signed_in(demo, HOTLINE, "route"), "/answer", BED))

    assert COUNTED.findall(page) == MILES.findall(page) == []
    assert "last count of room is old" in page
