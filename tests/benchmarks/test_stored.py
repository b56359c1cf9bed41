"""An invented coalition in a database: served from there, asked over HTTP what is asked in the process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks import load, stored
from benchmarks.coalitions import NotEmpty, draw_bundle, installed
from benchmarks.questions import draw_questions, profile_of

from service.answers.profile import read_profile, resolve


def test_a_question_is_read_again_from_its_profile(tmp_path: Path) -> None:
    """What is asked over HTTP is what is asked in the process, consents aside; a database with a coalition is left."""
    url = f"sqlite:///{tmp_path / 'b.db'}"
    with installed(draw_bundle(30, 3), url) as installation:
        directory = installation.read()

        with pytest.raises(NotEmpty):
            stored.measure_stored(30, database=url)

    for question in draw_questions(directory.snapshot, 5):
        body = read_profile(profile_of(question))
        profile = resolve(body, directory.names, frozenset(), at=question.profile.at).profile
        assert replace(profile, needs=question.profile.needs) == question.profile
        assert set(profile.needs) == set(question.profile.needs)


def test_a_coalition_is_loaded_read_and_served_from_either_database(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where no file of the database could hold a key."""
    monkeypatch.setattr(stored, "QUESTIONS", 2)
    monkeypatch.setattr(load, "EACH", 1)
    [row] = stored.measure_stored(8, database=database_url, seconds=0.01, most=1)

    assert row["processes"] == 1
    assert min(row["load_ms"], row["rows_ms"], row["change_ms"], row["follow_ms"]) > 0
    assert row["peak_per_second"] > 0
    assert 0 < row["p50_ms"] <= row["p99_ms"]
    assert row["refused"] == 0
