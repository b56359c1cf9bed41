"""Places, not referrals, are limited: what a sender may hold, what a house gives by accepting, what a count hides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from loop_builders import (
    LEGAL,
    OUTSIDER,
    REFUGE,
    SENDER,
    SHELTER,
    Loop,
    coalition,
    content_of,
    loop_over,
    loop_settings,
    referral,
)
from sqlalchemy import func, select

from service.database.table_base import table_of
from service.directory.store.capacity_tables import Hold

HIDDEN = {"listed": "coalition", "address_private": True}
CAPACITY = "/v1/services/beds/capacity"
Serve = Callable[..., Loop]


@pytest.fixture
def fresh(database_url: str, fill: Callable[[str], None], tmp_path: Path) -> Iterator[Serve]:
    """Serves a coalition whose house takes companions, from an empty database of either kind, one after another."""
    with ExitStack() as opened:

        def serve(**house: Any) -> Loop:
            opened.close()
            fill(database_url)
            context = loop_over(loop_settings(database_url, tmp_path), coalition(companions=True, **house))
            return opened.enter_context(context)

        yield serve


def party(people: int, **changes: Any) -> dict[str, Any]:
    """A referral of a client and children who come along."""
    body = referral(**changes)
    body["profile"]["client"]["with"] = [{"age": 5}] * (people - 1)
    return body


def places_held(loop: Loop, people: int = 1, organization: str = SENDER, **changes: Any) -> int | None:
    """How many places a referral of so many people holds when it is sent."""
    response = loop.send(party(people, **changes), organization)
    assert response.status_code == 201, response.text
    return None if response.json()["held"] is None else int(response.json()["held"]["places"])


def count(loop: Loop, available: int, unit: str = "bed") -> dict[str, Any]:
    response = loop.call("PUT", CAPACITY, SHELTER, {"unit": unit, "available": available, "maximum": 8})
    assert response.status_code == 200, response.text
    return dict(response.json())


@pytest.mark.parametrize(("people", "places"), [(1, 1), (4, 4), (5, None), (8, None)])
def test_more_than_four_hold_nothing_until_a_house_accepts_them(fresh: Serve, people: int, places: int | None) -> None:
    """Accepted, they hold all their places for a day; a sender without progress reads what it first read."""
    loop = fresh(beds=8)
    document = loop.send(party(people)).json()
    before = loop.view(document["id"], SENDER)

    assert (document["held"] or {}).get("places") == places
    accepted = loop.move(document["id"], SHELTER, "accepted").json()
    assert accepted["held"]["places"] == people
    assert datetime.fromisoformat(accepted["held"]["until"]) - datetime.now(UTC) > timedelta(hours=23)
    after = loop.view(document["id"], SENDER)
    assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])
    assert count(loop, 8)["held"] == people
    loop.fire(datetime.now(UTC) + timedelta(hours=24, minutes=1))
    assert count(loop, 8)["held"] == 0


def test_what_a_house_gives_counts_for_no_sender(fresh: Serve) -> None:
    """Five whom the house accepted: their sender may go on holding as if they were not there."""
    loop = fresh(beds=8, more_beds=1)
    for service in ("beds", "beds-1"):
        document = loop.send(party(5, services=(service,))).json()
        loop.move(document["id"], SHELTER, "accepted")

    assert [places_held(loop), places_held(loop)] == [1, 1]


def test_nothing_is_given_where_nothing_is_held(fresh: Serve) -> None:
    """To whoever is no member, for what is not urgent, and without a fresh count."""
    loop = fresh(beds=None)
    later = [{"type": "emergency_shelter", "urgency": "this_week"}]
    sent = [
        loop.send(party(2), OUTSIDER).json(),
        loop.send(party(2, needs=later)).json(),
        loop.send(party(2)).json(),
    ]
    loop.move(sent[2]["id"], SHELTER, "accepted")
    count(loop, 8)
    for document in sent[:2]:
        loop.move(document["id"], SHELTER, "accepted")

    assert [loop.view(document["id"], SHELTER).json()["held"] for document in sent] == [None] * 3


@pytest.mark.parametrize(("first", "second", "fits"), [(3, 1, True), (3, 2, False), (1, 3, True), (2, 3, False)])
def test_a_second_referral_holds_where_both_take_half_at_most(
    fresh: Serve, first: int, second: int, fits: bool
) -> None:
    """Of eight empty places four; the third referral holds nothing at all."""
    loop = fresh(beds=8)

    assert places_held(loop, first) == first
    assert places_held(loop, second) == (second if fits else None)
    assert places_held(loop) == (None if fits else 1 if first < 4 else None)


def test_a_sender_holds_twelve_places_in_all(fresh: Serve) -> None:
    """Cancelled ones count for an hour; another sender goes on holding."""
    loop = fresh(beds=8, more_beds=4)
    houses = [(f"beds-{number}",) for number in (1, 2, 3, 4)]

    assert [places_held(loop, 4, services=house) for house in houses[:2]] == [4, 4]
    last = loop.send(party(3, services=houses[2])).json()
    assert places_held(loop, 2, services=houses[3]) is None
    assert places_held(loop, 1, services=houses[3]) == 1
    loop.move(last["id"], SENDER, "cancelled", reason="mistake")
    assert places_held(loop) is None
    assert places_held(loop, 4, LEGAL) == 4


def test_a_referral_to_two_services_counts_its_places_at_both(fresh: Serve) -> None:
    """Twice four, then four: the second of the next pair holds nothing any more."""
    loop = fresh(beds=8, more_beds=3)
    assert places_held(loop, 4, services=("beds", "beds-1")) == 4
    assert places_held(loop, 3, services=("beds-2", "beds-3")) == 3
    with loop.database.unit_of_work(writes=False) as work:
        holds = table_of(Hold)
        assert work.session.execute(select(func.sum(holds.c.places))).scalar_one() == 11


@pytest.mark.parametrize(("people", "at_service", "services"), [(1, 2, 1), (3, 4, 6)])
def test_limits_count_exactly_under_many_tokens_of_a_sender(
    fresh: Serve, people: int, at_service: int, services: int
) -> None:
    """Sixteen at once, each with a token of its own: two at a service, twelve places in all, and never more."""
    loop = fresh(beds=8, more_beds=7)
    targets = ["beds", *(f"beds-{number}" for number in range(1, services))]

    def send(number: int) -> int | None:
        body = party(people, services=(targets[number % services],))
        response = loop.call("POST", "/v1/referrals", SENDER, body, subject=f"desk-{number}",
                         idempotency_key=f"race-{number}")  # fmt: skip
        assert response.status_code == 201, response.text
        return None if response.json()["held"] is None else int(response.json()["held"]["places"])

    with ThreadPoolExecutor(16) as pool:
        counts = Counter(pool.map(send, range(16)))

    assert counts[people] == at_service
    assert counts.keys() == {people, None}


# --- what a count hides -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("progress", [False, True])
def test_one_and_eight_hidden_places_are_alike_for_companions(fresh: Serve, progress: bool) -> None:
    """Sent, sent again, accepted, ended: the answer, its tag and its events tell no count, but for zero."""
    contents: set[Any] = set()
    for places in (1, 3, 8):
        loop = fresh(beds=places, **HIDDEN)
        paths = content_of(loop.call("POST", "/v1/referral-paths", REFUGE, party(3)["profile"]))
        response = loop.send(party(3, progress=progress), REFUGE)
        referral_id = response.json()["id"]
        content, content_again = content_of(response), content_of(loop.send(party(3), REFUGE))
        moved = loop.move(referral_id, SHELTER, "accepted")
        content_moved = content_of(loop.view(referral_id, REFUGE))
        loop.fire(datetime.now(UTC) + timedelta(hours=25))
        events = tuple(kind for kind, _, _ in loop.events(REFUGE))
        contents.add((paths, content, content_again, moved.json()["held"]["places"], content_moved, events))
        assert response.json()["held"] is None
        assert len(contents) == 1

    loop = fresh(beds=0, **HIDDEN)
    refusal = loop.send(party(3), REFUGE)
    assert [reason["code"] for reason in refusal.json()["reasons"]] == ["closed"]


def test_a_second_referral_tells_no_hidden_count(fresh: Serve) -> None:
    """Two of one each fit into half of eight and not of three: whoever may not see the count holds one."""
    for places in (3, 8):
        loop = fresh(beds=places, **HIDDEN)
        assert [places_held(loop, organization=REFUGE) for _ in range(2)] == [1, None]
        assert loop.send(organization=LEGAL).json()["held"] is not None  # it has an agreement, and sees the count


def test_an_answer_asks_about_companions_where_the_count_is_hidden(fresh: Serve) -> None:
    """Whatever the count, and not of a partner, who reads it; a client alone is asked nothing."""
    loop = fresh(beds=8, **HIDDEN)

    def questions(organization: str, people: int) -> list[str]:
        answer = loop.call("POST", "/v1/referral-paths", organization, party(people)["profile"]).json()
        [use] = answer["paths"][0]["steps"][-1]["services"]
        return [entry["attribute"] for entry in use["confirm"]]

    assert (questions(REFUGE, 3), questions(REFUGE, 1)) == (["client.with"], [])
    assert (questions(LEGAL, 3), questions(SENDER, 1)) == ([], [])


@pytest.mark.parametrize("hidden", [False, True])
def test_an_answer_and_a_referral_agree_about_room(fresh: Serve, hidden: bool) -> None:
    """Beds are one a person, another unit is one for all; where the count is hidden only zero is full."""
    loop = fresh(beds=8, holds=None, **(HIDDEN if hidden else {}))

    def has_room(people: int) -> bool:
        return bool(loop.call("POST", "/v1/referral-paths", REFUGE, party(people)["profile"]).json()["paths"])

    for beds, rooms in product((0, 1, 3), (0, 1)):
        count(loop, beds)
        count(loop, rooms, unit="family_unit")
        expected = {people: bool(rooms) or beds >= (1 if hidden else people) for people in (1, 3)}
        start = monotonic()
        while (answered := {people: has_room(people) for people in expected}) != expected:  # counts follow in seconds
            assert monotonic() - start < 20, (beds, rooms, answered)
            sleep(0.05)
        sent = {people: loop.send(party(people), REFUGE).status_code == 201 for people in expected}
        assert sent == expected, (beds, rooms)


# --- what a house reads -----------------------------------------------------------------------------------------------


def test_a_house_reads_who_holds_more_than_half_of_its_places(fresh: Serve) -> None:
    """In its own counts, and nobody else; half is not more than half."""
    loop = fresh(beds=8)

    def holder() -> Any:
        [room] = loop.call("GET", CAPACITY, SHELTER).json()["items"]
        assert count(loop, 8)["largest_holder"] == room["largest_holder"]
        return room["largest_holder"]

    assert places_held(loop, 4) == 4
    assert holder() is None
    loop.move(loop.sent()["id"], SHELTER, "accepted")
    assert holder() == {"organization": SENDER, "places": 5}
    for other in (SENDER, LEGAL, OUTSIDER):
        refusal = loop.call("GET", CAPACITY, other)
        assert (refusal.status_code, refusal.json()["code"]) == (403, "not_yours")
    assert loop.call("GET", CAPACITY, SHELTER, scopes="route").status_code == 403
    assert "largest_holder" not in loop.call("GET", "/v1/services/beds", LEGAL).text
