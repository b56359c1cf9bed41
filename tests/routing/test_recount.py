"""Other counts of places on the same directory: as if the snapshot were built anew, at a small part of the cost."""

from __future__ import annotations

import random
from dataclasses import replace
from time import process_time

import numpy as np
import pytest
from builders import beds, directory, organization, service
from seeds import fresh_random

import routing

UNITS = ("bed", "cot", "room")


def draw_counts(rng: random.Random) -> tuple[routing.Capacity, ...]:
    """Up to three counts, some of them unknown."""
    units = rng.sample(UNITS, rng.randrange(len(UNITS) + 1))
    return tuple(replace(beds(rng.choice((None, 0, 1, 7))), unit=unit) for unit in units)


def coalition(services: int, rng: random.Random) -> routing.Directory:
    offers = [service(f"s{number:05}", "food", at="house", capacities=draw_counts(rng)) for number in range(services)]
    return directory(organization("house"), *offers)


@pytest.mark.parametrize("seed", range(25))
def test_a_recount_is_what_building_anew_gives(seed: int) -> None:
    """Records and columns alike, for counts that come, go and change; the snapshot before stays as it was."""
    rng = fresh_random(seed)
    records = coalition(30, rng)
    before = routing.build_snapshot(records)
    counts_before = [service.capacities for service in before.services]
    counts = {
        f"s{number:05}": draw_counts(rng) for number in rng.sample(range(40), rng.randrange(12))
    }  # some are not here

    recounted = routing.recount(before, counts)

    services = tuple(
        replace(service, capacities=counts.get(service.slug, service.capacities)) for service in records.services
    )
    anew = routing.build_snapshot(replace(records, services=services))
    assert list(recounted.services) == list(anew.services)
    for name in ("beds", "beds_free", "beds_counted"):
        assert np.array_equal(getattr(recounted.columns, name), getattr(anew.columns, name), equal_nan=True), name
    assert [service.capacities for service in before.services] == counts_before


def test_counts_that_say_nothing_new_change_nothing() -> None:
    """The same snapshot, so that what was worked out about it stays."""
    before = routing.build_snapshot(coalition(5, fresh_random(1)))

    assert routing.recount(before, {}) is before
    assert routing.recount(before, {service.slug: service.capacities for service in before.services}) is before


def test_a_recount_costs_little_at_any_size() -> None:
    """Of a directory of many services: a small part of building it anew, measured in the same run."""
    records = coalition(6000, fresh_random(2))
    begun = process_time()
    before = routing.build_snapshot(records)
    build_s = process_time() - begun

    begun = process_time()
    for number in range(10):
        routing.recount(before, {f"s{number:05}": (beds(100 + number),)})
    recount_s = (process_time() - begun) / 10

    assert recount_s < build_s / 10
