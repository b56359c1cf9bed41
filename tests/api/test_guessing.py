"""The attack on a private address by guessing: thousands of candidates, and not a bit gained by answers or by times."""

from __future__ import annotations

import json
import os
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from math import erfc, sqrt
from statistics import median

import pytest
from api_builders import Api, demo_settings, running

from service import demo

N = int(os.environ.get("GUESS_N", "8000"))
AT_ONCE = 500
HOUSE_SERVICE, TRUE_STREET = "bh-beds", "3 Hidden Sedge Way"
WRITER, OWN_SERVICE = "open-gate-intake", "og-night-basics"
CERTAIN = 1e-4  # how unlikely, were nothing to be learnt, a difference must be to count as one


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("guess"), rate_limit="1000000/minute")) as found:
        yield found


def batches(draw: random.Random) -> Iterator[tuple[bool, list[str]]]:
    """Yield candidates, AT_ONCE together; in half of the batches the true street is among them."""
    for _ in range(N // AT_ONCE):
        found = [f"{draw.randint(1, 9)} {draw.choice('BCDFGHJKLM')}idden {draw.choice('BCDFGHJKLM')}edge Way"
                 for _ in range(AT_ONCE)]  # fmt: skip
        found = [one for one in found if one != TRUE_STREET]
        right = draw.random() < 0.5
        if right:
            found[draw.randrange(len(found))] = TRUE_STREET
        yield right, found


@pytest.mark.parametrize("way", ["a refused change of the house's service", "a stored change of one's own"])
def test_no_bit_is_gained(api: Api, way: str) -> None:
    """Answers with and without the true street among the candidates are the same; so are the times that they take."""
    stored = "stored" in way
    path = f"/v1/services/{OWN_SERVICE if stored else HOUSE_SERVICE}"
    headers = api.bearer("directory:read", "directory:write", "directory:admin", organization=WRITER)
    record = api.client.get(path, headers=headers).json()
    assert TRUE_STREET.encode() in demo.coalition_bytes()
    sent = headers | {"Content-Type": "application/json", "If-Match": "*"}
    draw = random.Random(7)
    answers: defaultdict[bool, set[tuple[object, ...]]] = defaultdict(set)
    times: defaultdict[bool, list[float]] = defaultdict(list)
    tried = 0
    for right, candidates in batches(draw):
        body = json.dumps(
            record | {"fees": "; ".join(candidates)} | ({} if stored else {"status": "no such status"})
        ).encode()
        begun = time.perf_counter()
        answer = api.client.put(path, headers=sent, content=body)
        times[right].append(time.perf_counter() - begun)
        text = answer.text
        for candidate in candidates:
            text = text.replace(candidate, "CANDIDATE")
        answers[right].add((answer.status_code, text, len(answer.content) if not stored else 0))
        outside = api.client.get(path, headers=api.bearer("directory:read", organization="bright-basin-dental"))
        answers[right].add((outside.status_code, outside.text, outside.headers.get("etag")))
        tried += len(candidates)

    assert answers[True] == answers[False]
    assert {status for status, *_ in answers[True]} == ({200} if stored else {422, 404})
    chance = chance_of(times[True], times[False])
    print(f"\n{way}: {tried} candidates; medians {median(times[True]):.6f} s with the true street, "  # noqa: T201
          f"{median(times[False]):.6f} s without; such a difference by chance: {chance:.3f}")  # fmt: skip
    assert chance > CERTAIN


def chance_of(one: list[float], other: list[float]) -> float:
    """Return how likely the ranks of two samples differ as they do if nothing tells them apart (Mann-Whitney)."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    total = sum(rank for rank, (_, whose) in enumerate(ranked, 1) if whose == 0)
    n, m = len(one), len(other)
    u = total - n * (n + 1) / 2
    deviation = sqrt(n * m * (n + m + 1) / 12)
    return erfc(abs(u - n * m / 2) / deviation / sqrt(2))


def test_the_statistic_would_see_a_difference() -> None:
    """A hundredth of the time more, under noise of a twentieth, is found in as many tries as the whole attack has."""
    draw = random.Random(3)
    base = [draw.gauss(1, 0.05) for _ in range(500)]

    assert chance_of([value + 0.015 for value in base], [draw.gauss(1, 0.05) for _ in range(500)]) < CERTAIN
    assert chance_of(base, [draw.gauss(1, 0.05) for _ in range(500)]) > CERTAIN
