"""The attack on a private address by guessing: thousands of candidates, and not a bit gained by answers or by times.

Tries come in pairs: the same candidates, in one try with the true street among them and in the other with a false one
in its place, in an order that is drawn. What burdens the machine burdens both.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from math import erfc, sqrt
from statistics import median
from typing import Any

import pytest
from api_builders import Api, demo_settings, running
from seeds import fresh_random

from service import demo
from service.database.database import open_database
from service.directory.use_cases.record_body import read_body
from service.directory.use_cases.write_directory import put_object
from service.documents.entity_tags import Condition
from service.errors import RecordRefused
from service.security import build_caller

N = int(os.environ.get("GUESS_N", "8000"))
AT_ONCE = 1_000
IN_ONE_TEXT = 250
HOUSE_SERVICE, TRUE_STREET, FALSE_STREET = "bh-beds", "3 Hidden Sedge Way", "8 Hidden Sedge Way"
WRITER, OWN_SERVICE = "open-gate-intake", "og-night-basics"
SCOPES = ("directory:read", "directory:write", "directory:admin")
CERTAIN = 1e-4  # how unlikely, were nothing to be learnt, a difference must be to count as one
WAYS = ["a refused change of the house's service", "a stored change of one's own"]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("guess"), rate_limit="1000000/minute")) as app:
        yield app


def candidates(draw: random.Random) -> Callable[[str], list[str]]:
    """Return what puts a street among candidates, which are the same for whichever street it is."""
    others = [
        f"{draw.randint(1, 999)} {draw.choice('BCDFGHJKLM')}idden {draw.choice('BCDFGHJKLM')}edge Row"
        for _ in range(AT_ONCE - 1)
    ]
    at = draw.randrange(AT_ONCE)
    return lambda street: [*others[:at], street, *others[at:]]


def with_texts(record: dict[str, Any], streets: list[str], *, stored: bool) -> dict[str, Any]:
    """Return a service that holds these candidates in its texts, and a wrong field where it is not to be stored."""
    texts = ["; ".join(streets[at : at + IN_ONE_TEXT]) for at in range(0, len(streets), IN_ONE_TEXT)]
    names = [{"name": text} for text in texts]
    return record | {"contacts": names} | ({} if stored else {"status": "no such status"})


@pytest.mark.parametrize("way", WAYS)
def test_no_bit_is_gained(api: Api, way: str) -> None:
    """Answers with and without the true street among the candidates are the same; so are the times that they take."""
    stored = way == WAYS[1]
    path = f"/v1/services/{OWN_SERVICE if stored else HOUSE_SERVICE}"
    record = api.client.get(path, headers=api.bearer(*SCOPES, organization=WRITER)).json()
    assert TRUE_STREET.encode() in demo.coalition_bytes()
    draw = fresh_random(7)
    longer: list[float] = []
    lasted: list[float] = []
    for _ in range(N // AT_ONCE // 2):
        among = candidates(draw)
        responses, took = {}, {}
        headers = api.bearer(*SCOPES, organization=WRITER) | {"Content-Type": "application/json", "If-Match": "*"}
        for street in draw.sample([TRUE_STREET, FALSE_STREET], 2):
            body = json.dumps(with_texts(record, among(street), stored=stored)).encode()
            start = time.perf_counter()
            answer = api.client.put(path, headers=headers, content=body)
            took[street] = time.perf_counter() - start
            outside = api.client.get(path, headers=api.bearer(SCOPES[0], organization="bright-basin-dental"))
            text = answer.text.replace(street, "STREET")
            tag = outside.headers.get("etag")
            responses[street] = (answer.status_code, text, outside.status_code, outside.text, tag)
        assert responses[TRUE_STREET] == responses[FALSE_STREET]
        assert responses[TRUE_STREET][0] == (200 if stored else 422)
        assert responses[TRUE_STREET][2] == (200 if stored else 404)
        assert "edge Row" not in responses[TRUE_STREET][3]
        longer.append(took[TRUE_STREET] - took[FALSE_STREET])
        lasted += took.values()

    chance = chance_of(longer)
    print(f"\n{way}: {len(lasted) * AT_ONCE} candidates in {len(lasted)} requests of {median(lasted):.4f} s, "  # noqa: T201
          f"with the true street {median(longer):+.5f} s; such a difference by chance: {chance:.3f}")  # fmt: skip
    assert chance > CERTAIN


@pytest.mark.parametrize("way", WAYS)
def test_right_and_wrong_take_the_same_work(api: Api, way: str) -> None:
    """By the count of calls, the least of three (collecting garbage calls some more): within one in a thousand."""
    stored = way == WAYS[1]
    key = OWN_SERVICE if stored else HOUSE_SERVICE
    record = api.client.get(f"/v1/services/{key}", headers=api.bearer(*SCOPES, organization=WRITER)).json()
    caller = build_caller(organization=WRITER, scopes=SCOPES)
    among = candidates(fresh_random(11))
    with open_database(api.settings) as database:

        def put(street: str) -> None:
            body = read_body("services", json.dumps(with_texts(record, among(street), stored=stored)).encode())
            condition = Condition(frozenset("*"))
            try:
                put_object(database.unit_of_work(), caller, "services", key, body=body, condition=condition)
            except RecordRefused:
                assert not stored

        def calls_anew(street: str) -> int:
            """Count the calls of a change: what stands there already is not looked at again."""
            put("9 Hidden Sedge Way")
            return calls_of(partial(put, street))

        streets = (FALSE_STREET, TRUE_STREET, "7 Hidden Sedge Way")
        calls = [min(calls_anew(street) for _ in range(3)) for street in streets]

    assert max(calls) - min(calls) < min(calls) / 1000


def calls_of(work: Callable[[], None]) -> int:
    """Return how many functions are called for some work in this thread."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def chance_of(differences: list[float]) -> float:
    """Return how likely differences within pairs are as they are if nothing tells the two apart (Wilcoxon)."""
    ranked = sorted((value for value in differences if value), key=abs)
    n, above = len(ranked), sum(rank for rank, value in enumerate(ranked, 1) if value > 0)
    if not n:
        return 1.0
    deviation = sqrt(n * (n + 1) * (2 * n + 1) / 24)
    return erfc(abs(above - n * (n + 1) / 4) / deviation / sqrt(2))


def test_the_statistic_would_see_a_difference() -> None:
    """A fiftieth of the time more, under noise of as much, is found in as many pairs as the whole attack has."""
    draw = fresh_random(3)

    assert chance_of([draw.gauss(0.02, 0.02) for _ in range(50)]) < CERTAIN
    assert chance_of([draw.gauss(0, 0.02) for _ in range(50)]) > CERTAIN
