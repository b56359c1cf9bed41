"""A house's beds are not taken away by messages: with one member's token, by one referral and by as many as it likes.

Before places were limited, one referral with seven companions held all eight beds.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from loop_builders import LEGAL, SENDER, SHELTER, Loop, coalition, loop_over, loop_settings, referral

HOUSES, BEDS, ATTEMPTS = 6, 8, 96
MOST_PLACES = 12


def attack(loop: Loop, number: int) -> int:
    """Send a referral that would take all it can, by a token of its own; return how many places it holds."""
    body: dict[str, Any] = referral(services=(f"beds-{number % (HOUSES - 1) + 1}" if number % HOUSES else "beds",))
    body["profile"]["client"]["with"] = [{"age": 5}] * (7 - number // HOUSES % 8)
    subject, key = f"desk-{number}", f"attack-{number}"
    response = loop.call("POST", "/v1/referrals", SENDER, body, subject=subject, idempotency_key=key)
    return (
        0 if response.status_code != 201 or response.json()["held"] is None else int(response.json()["held"]["places"])
    )


@pytest.mark.parametrize("at_once", [1, 8])
def test_beds_stay_free(
    database_url: str, fill: Callable[[str], None], tmp_path: Path, say: Callable[[str], None], at_once: int
) -> None:
    """Of 48 beds at most twelve are held, of each house's eight at most four, and the house reads by whom."""
    fill(database_url)
    bundle = coalition(beds=BEDS, more_beds=HOUSES - 1, companions=True)
    with loop_over(loop_settings(database_url, tmp_path), bundle) as loop:
        first = attack(loop, 0)
        with ThreadPoolExecutor(at_once) as pool:
            places = [first, *pool.map(lambda number: attack(loop, number), range(1, ATTEMPTS))]
        names = ("beds", *(f"beds-{number}" for number in range(1, HOUSES)))
        rooms = [loop.call("GET", f"/v1/services/{name}/capacity", SHELTER).json()["items"][0] for name in names]
        others = loop.send(organization=LEGAL).json()["held"]

    by_house = [room["held"] for room in rooms]
    say(f"{ATTEMPTS} referrals, {at_once} at once: the one with seven companions holds {first} of {BEDS} beds, all "
        f"together {sum(places)} of {HOUSES * BEDS}, at most {max(by_house)} in a house")  # fmt: skip
    assert first == 0
    assert sum(by_house) == sum(places) <= MOST_PLACES
    assert max(by_house) <= BEDS // 2
    assert others is not None
