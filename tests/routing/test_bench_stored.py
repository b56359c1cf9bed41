"""A synthetic coalition in a database: the bundle says what its columns say, and is served from there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import routing
from service.bench import over_http, stored
from service.bench.questions import draw_questions
from service.bench.synthetic import draw_coalition
from service.profile import read_profile, resolve
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


def test_a_coalition_is_loaded_read_and_served_from_either_database(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By one process and by two, also where no file of the database could hold a key."""
    monkeypatch.setattr(stored, "QUESTIONS", 6)
    monkeypatch.setattr(over_http, "EACH", 1)
    found = stored.measure_stored(12, database=database_url, seconds=0.2)

    assert found["load_ms"] > 0
    assert found["rows_ms"] > 0
    assert min(found["change_ms"], found["follow_ms"]) > 0
    for name in over_http.WORKERS.values():
        assert found[name]["peak_per_second"] > 0
        assert found[name]["refused"] == 0
