"""A synthetic coalition in a database: the bundle says what its columns say, and requests come when they are due."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import routing
from service.bench import over_http, stored
from service.bench.questions import draw_questions
from service.bench.synthetic import draw_coalition
from service.profile import read_profile, resolve
from service.server import server_config
from service.serving.served import load_served
from service.store.database import open_database
from service.usecases.load_bundle import load_bundle

AGENCIES = 30


def settled(one: routing.Service) -> routing.Service:
    """Return a service without what the bundle leaves out: where it is, whose limits are unknown, unread hours."""
    rows = tuple(row for row in one.schedules if row.weekdays is not None)
    return replace(one, positions=(), capacities=(), phones=(), schedules=rows, limits_known=True, areas_known=True)


def test_a_bundle_says_what_the_columns_say(tmp_path: Path) -> None:
    """Loaded and read from rows, agencies, doors, ages, languages, modes and hours are the same."""
    coalition = draw_coalition(AGENCIES, 3)
    with open_database(over_http.settings_for(f"sqlite:///{tmp_path / 'b.db'}", tmp_path)) as database:
        database.upgrade()
        load_bundle(database.unit_of_work(), stored.bundle_of(coalition), replace=True)
        served = load_served(database.unit_of_work(writes=False))

        with pytest.raises(stored.NotEmpty):
            stored.measure_stored(AGENCIES, database=f"sqlite:///{tmp_path / 'b.db'}")

    mine = {one.slug: one for one in served.snapshot.services}
    for drawn in coalition.records.services:
        if drawn.languages_known and drawn.areas_known and not drawn.requires & drawn.types:
            assert settled(mine[drawn.slug]) == replace(settled(drawn), name=mine[drawn.slug].name)
    asked = draw_questions(coalition, 5)
    for question in asked:
        found = resolve(read_profile(stored.profile_of(question)), served.names, frozenset(), at=question.profile.at)
        assert replace(found.profile, needs=question.profile.needs) == question.profile
        assert set(found.profile.needs) == set(question.profile.needs)


def test_a_slow_answer_delays_no_request_and_counts_from_when_it_was_due() -> None:
    """Ten requests in a tenth of a second over one connection that takes as long for each: the last waits for all."""

    class Slow:
        async def ask(self, request: bytes) -> int:
            await asyncio.sleep(0.02)
            return 200

    begun = time.monotonic()
    took = asyncio.run(stored.ask_evenly([Slow()], [b"x"], per_second=100, seconds=0.1))

    assert len(took) == 10
    assert max(took) >= 0.02 * 10 - 0.1
    assert max(took) <= time.monotonic() - begun


@given(per_second=st.floats(0.05, 500), processes=st.integers(1, 3))
def test_each_connection_is_used_again_before_the_server_ends_it(per_second: float, processes: int) -> None:
    """In turn, so many are asked again within the time; never more than may wait at once, and one for each process."""
    each = stored.busy_connections(per_second, processes)

    assert each >= 1
    assert each == 1 or each * processes / per_second <= stored.IDLE_S
    assert each == 1 or each * processes <= stored.IN_FLIGHT
    assert server_config(str).timeout_keep_alive / 2 > stored.IDLE_S


def test_a_coalition_is_loaded_read_and_served_from_either_database(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where no file of the database could hold a key: its figures stand beside those of the other."""
    monkeypatch.setattr(stored, "QUESTIONS", 6)
    found = stored.measure_stored(12, database=database_url, seconds=0.2, most=1)

    assert found["load_ms"] > 0
    assert found["rows_ms"] > 0
    assert min(found["change_ms"], found["follow_ms"]) > 0
    assert found[over_http.WORKERS[1]]["peak_per_second"] > 0
