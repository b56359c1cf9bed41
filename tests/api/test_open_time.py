"""Who reads the directory without a token may ask so often, and may take so much of the processor."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from api_builders import Api, demo_settings, running

from service.security import build_caller
from service.web import rates
from service.web.problems import ApiProblem
from service.web.rates import RateLimit

WHOLE = "/hsds/organizations?full_service=true&per_page=200"
HERE, THERE = "192.0.2.1", "192.0.2.2"


def test_the_time_of_an_address_is_counted() -> None:
    """Ten milliseconds go with each request; what is beyond is refused until the window ends, there alone."""
    limit = RateLimit("100/hour")

    limit.charge_open(HERE, 0.999)
    limit.take_open(HERE)
    limit.charge_open(HERE, 0.001)
    limit.take_open(THERE)
    limit.take(build_caller(organization="harbor-house", scopes=()))
    with pytest.raises(ApiProblem) as refusal:
        limit.take_open(HERE)

    assert refusal.value.code == "too_many_requests"
    assert 1 <= int(refusal.value.headers["Retry-After"]) <= 3_600


def test_no_request_is_lost_when_many_threads_count() -> None:
    """Eight threads count at the same moment, just after the storage's cleanup timer has ended."""
    limit, barrier, rounds = RateLimit("240/hour"), threading.Barrier(8), 240
    addresses = [f"192.0.2.{number}" for number in range(8)]
    interval = sys.getswitchinterval()

    def count_each_round(address: str) -> None:
        try:
            for _ in range(rounds):
                barrier.wait()
                limit.take_open(address, rates.SESSION)
                barrier.wait()
                time.sleep(0.012)
        except BaseException:
            barrier.abort()
            raise

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(count_each_round, addresses))
    finally:
        sys.setswitchinterval(interval)

    for address in addresses:
        with pytest.raises(ApiProblem):
            limit.take_open(address, rates.SESSION)


@pytest.fixture
def hurried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """An application in which an address may ask 200 times an hour, but for 200 milliseconds in all."""
    monkeypatch.setattr(rates, "MS_A_REQUEST", 1)
    with running(demo_settings(tmp_path, rate_limit="200/hour")) as api:
        yield api


@pytest.mark.parametrize("path", [WHOLE, f"{WHOLE}&format=ndjson", "/hsds/services?full=true"])
def test_what_costs_much_may_be_asked_less_often(hurried: Api, path: str) -> None:
    """Whole records come until the time is used up, long before the requests are; a token is asked by its own rate."""
    statuses = [hurried.client.get(path).status_code]
    while statuses[-1] == 200:
        statuses.append(hurried.client.get(path).status_code)

    assert statuses[-1] == 429
    assert len(statuses) < 150
    assert hurried.client.get("/hsds/").status_code == 429
    assert hurried.client.get("/health/live").status_code == 200
    assert hurried.get(path, "directory:read").status_code == 200
