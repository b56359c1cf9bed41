"""An invented coalition in a database: served from there, asked over HTTP what is asked in the process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from service.answers.profile import read_profile, resolve
from service.bench import over_http, stored
from service.bench.coalitions import draw_bundle
from service.bench.questions import draw_questions, profile_of
from service.directory.snapshot.directory_snapshot import load_snapshot


def test_a_question_is_read_again_from_its_profile(tmp_path: Path) -> None:
    """What is asked over HTTP is what is asked in the process, consents aside; a database with a coalition is left."""
    url = f"sqlite:///{tmp_path / 'b.db'}"
    with over_http.installed(draw_bundle(30, 3), url) as installation:
        served = load_snapshot(installation.database.unit_of_work(writes=False))

        with pytest.raises(over_http.NotEmpty):
            stored.measure_stored(30, database=url)

    for question in draw_questions(served.snapshot, 5):
        body = read_profile(profile_of(question))
        found = resolve(body, served.names, frozenset(), at=question.profile.at)
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
