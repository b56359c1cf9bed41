"""Plus and minus: a change is added to what stands there, so two people at once lose nothing, and once for its key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count as count_from
from pathlib import Path
from typing import Any

import pytest
from loop_builders import CLINIC, LEGAL, SHELTER, Loop, coalition, loop_over, loop_settings
from sqlalchemy import update

from service.database.table_base import table_of
from service.directory.store.capacity_tables import ServiceCount

CAPACITY = "/v1/services/beds/capacity"
MOST = 8
_keys = count_from(1)


@pytest.fixture
def loop(database_url: str, fill: Callable[[str], None], tmp_path: Path) -> Iterator[Loop]:
    """A house with beds, over an empty database of either kind."""
    fill(database_url)
    with loop_over(loop_settings(database_url, tmp_path), coalition(beds=5)) as loop:
        yield loop


def count(loop: Loop, available: int, **more: Any) -> dict[str, Any]:
    answer = loop.call("PUT", CAPACITY, SHELTER, {"unit": "bed", "available": available, "maximum": MOST, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def change(loop: Loop, by: Any, *, organization: str = SHELTER, key: str | None = None, **more: Any) -> Any:
    header = {"idempotency_key": key or f"change-{next(_keys)}"} if key != "" else {}
    return loop.call("POST", f"{CAPACITY}/change", organization, {"unit": "bed", "by": by, **more}, **header)


def confirm(loop: Loop, available: Any, *, organization: str = SHELTER, unit: str = "bed") -> Any:
    return loop.call("POST", f"{CAPACITY}/confirmation", organization, {"unit": unit, "available": available})


def grow_old(loop: Loop, by: timedelta) -> None:
    """Let every count be of an earlier time."""
    with loop.database.engine.begin() as connection:
        counts = table_of(ServiceCount)
        connection.execute(update(counts).values(updated=datetime.now(UTC) - by))


def stands(loop: Loop) -> Any:
    [room] = loop.call("GET", CAPACITY, SHELTER).json()["items"]
    return room["available"]


def test_many_at_once_each_take_one(loop: Loop) -> None:
    """Of twelve who take a place of eight at the same time eight do, and none is taken twice."""
    count(loop, MOST)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: change(loop, -1), range(MOST + 4)))

    assert sorted(answer.json()["available"] for answer in answers if answer.status_code == 200) == [*range(MOST)]
    assert {answer.json()["code"] for answer in answers if answer.status_code != 200} == {"out_of_range"}
    assert stands(loop) == 0


def test_a_change_adds_to_the_newest_count_and_says_what_is_held(loop: Loop) -> None:
    """To that of the record while nobody has counted, with its number of places, then to the last one."""
    document = loop.send().json()
    first = change(loop, -2).json()
    second = change(loop, 1).json()

    assert document["held"]["places"] == 1
    assert [(row["available"], row["held"], row["unit"]) for row in (first, second)] == [(3, 1, "bed"), (4, 1, "bed")]
    assert stands(loop) == 4


@pytest.mark.parametrize("by", [-6, 4, 1_000_000, -1_000_000])
def test_out_of_range_changes_nothing(loop: Loop, by: int) -> None:
    """Below zero and above all there are; the key of it is free for what fits."""
    before = count(loop, 5)
    refused = change(loop, by, key="a-key")

    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_range")
    [room] = loop.call("GET", CAPACITY, SHELTER).json()["items"]
    assert room["updated"] == before["updated"]
    assert change(loop, 3, key="a-key").json()["available"] == 8


def test_without_a_count_of_the_last_day_it_is_counted_first(loop: Loop) -> None:
    """A count of yesterday, and a unit that nobody counted."""
    count(loop, 5, unit="room")
    grow_old(loop, timedelta(hours=24, minutes=1))

    for unit in ("room", "family room"):
        refused = change(loop, 1, unit=unit)
        assert (refused.status_code, refused.json()["code"]) == (409, "count_first")
    count(loop, 4, unit="room")
    assert change(loop, -1, unit="room").json()["available"] == 3


def test_the_same_request_again_is_carried_out_once(loop: Loop) -> None:
    """Its answer is how the places stand by then; the key with another change, or at another service, is refused."""
    count(loop, 5)
    first = change(loop, -1, key="twice")
    change(loop, -1)
    again = change(loop, -1, key="twice")
    other = change(loop, -2, key="twice")

    assert (first.json()["available"], "Idempotency-Replayed" in first.headers) == (4, False)
    assert (again.json()["available"], again.headers["Idempotency-Replayed"]) == (3, "true")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert stands(loop) == 3


def test_a_change_needs_its_key_and_a_whole_number_and_is_the_houses_own(loop: Loop) -> None:
    """Nothing changes where one of them is missing; whose the service is comes first, as in every refusal."""
    count(loop, 5)
    without = change(loop, -1, key="")

    assert (without.status_code, without.json()["code"]) == (422, "idempotency_key_required")
    for wrong in ("one", 1.5, None, True, 1_000_001):
        assert change(loop, wrong).status_code == 422
    assert change(loop, -1, organization=CLINIC).status_code == 403
    assert change(loop, -1, organization=CLINIC, key="").status_code == 403
    nowhere = loop.call("POST", "/v1/services/none/capacity/change", SHELTER, {"unit": "bed", "by": -1})
    assert nowhere.status_code == 404
    assert stands(loop) == 5


@pytest.mark.parametrize("left_out", [False, True])
def test_a_change_loses_no_hold(loop: Loop, left_out: bool) -> None:
    """What is held after a count that leaves held places out is still taken off when a place is added or taken."""
    count(loop, 5, holds_counted=left_out)
    assert loop.send().json()["held"]["places"] == 1

    document = change(loop, 1).json()

    assert (document["available"], document["held"]) == (6, 1)


def test_the_last_place_taken_and_given_back_is_told(loop: Loop) -> None:
    """As a count by itself tells that there is room no more, and again."""
    count(loop, 1)
    for by in (-1, 1, 1):
        change(loop, by)

    assert loop.event_types(LEGAL).count("service.capacity_changed") == 2


def test_a_count_that_is_still_right_counts_as_of_now(loop: Loop) -> None:
    """However old, in one call; the number, and what there is at most, stay."""
    count(loop, 5, unit="room")
    grow_old(loop, timedelta(days=3))
    assert change(loop, -1, unit="room").status_code == 409

    document = confirm(loop, 5, unit="room").json()

    assert (document["available"], document["maximum"], document["status"]) == (5, MOST, "available")
    assert change(loop, -1, unit="room").json()["available"] == 4


def test_to_confirm_undoes_no_press_of_another(loop: Loop) -> None:
    """Who looked at five, while somebody took one, confirms nothing: four stay; and only the house confirms."""
    count(loop, 5)
    change(loop, -1)
    refused = confirm(loop, 5)

    assert (refused.status_code, refused.json()["code"]) == (409, "count_changed")
    assert stands(loop) == 4
    assert confirm(loop, 4, organization=CLINIC).status_code == 403
    assert confirm(loop, "four").status_code == 422
    assert confirm(loop, 0, unit="room").status_code == 409


def test_one_who_takes_and_one_who_confirms_lose_nothing(loop: Loop) -> None:
    """At the same time, again and again: each place that was taken is gone at the end."""
    count(loop, MOST)

    with ThreadPoolExecutor(6) as pool:
        confirmed = [pool.submit(confirm, loop, MOST) for _ in range(6)]
        statuses = [pool.submit(change, loop, -1).result().status_code for _ in range(6)]
    assert {job.result().status_code for job in confirmed} <= {200, 409}

    assert statuses == [200] * 6
    assert stands(loop) == MOST - 6


@pytest.mark.parametrize("left_out", [False, True])
def test_to_confirm_frees_no_place_that_is_held(loop: Loop, left_out: bool) -> None:
    """As many are free as before: what is held since a count that left held places out is left out from now on."""
    count(loop, 5, holds_counted=left_out)
    assert loop.send().json()["held"]["places"] == 1

    document = confirm(loop, 5).json()

    assert document["available"] - document["held"] == 4
