"""What people ask: what is timed, and the search for the slowest question."""

from __future__ import annotations

import re
from functools import partial
from itertools import pairwise

import pytest
from benchmarks import questions, report, what_if
from benchmarks.coalitions import AWKWARD, serve
from benchmarks.measure import table
from benchmarks.questions import QuestionSet, answer_from, draw_questions
from seeds import fresh

import policies
from service.answers.use_cases.find_paths import answer_question
from service.directory.snapshot.directory_snapshot import DirectorySnapshot


@pytest.fixture(scope="module")
def served() -> DirectorySnapshot:
    return serve(12, shape=AWKWARD)


def test_each_part_is_timed_first_asked_and_asked_again(
    served: DirectorySnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row for each directory, sort of question and part; as a table too."""
    monkeypatch.setattr(report, "DIRECTORIES", {"small": (lambda: served, {"usual": 2, "eight": 1, "blank": 1})})

    rows = report.measure_everyday()

    assert [(row["questions"], row["part"], row["count"]) for row in rows] == [
        ("usual", "first", 2), ("usual", "whole", 2), ("eight", "first", 1), ("eight", "whole", 1),
        ("blank", "first", 1), ("blank", "whole", 1),
    ]  # fmt: skip
    for row in rows:
        for when in ("first", "again"):
            spent = row[when]
            assert 0 < spent["p50_ms"] <= spent["p90_ms"] <= spent["p99_ms"] <= spent["worst_ms"]
            assert spent["per_second"] > 0
    assert len(re.findall(r"^\| small \| (?:usual \| 2|eight \| 1|blank \| 1) \|", table(rows), re.MULTILINE)) == 6


def test_first_asked_is_asked_of_rules_that_know_nothing(
    served: DirectorySnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cedar is asked in the first round, and has nothing left to say in the second, whatever was asked before."""
    asked, answer = list[int](), policies.CedarEngine.answer

    def counting(engine: policies.CedarEngine, *request: object) -> object:
        asked[-1] += 1
        return answer(engine, *request)  # type: ignore[arg-type]

    def round_of(spent_ms: list[float]) -> dict[str, float]:
        asked.append(0)
        return {"p50_ms": spent_ms[0]}

    monkeypatch.setattr(policies.CedarEngine, "answer", counting)
    monkeypatch.setattr(questions, "times", round_of)
    question_set = QuestionSet(served, draw_questions(served.snapshot, 3, needs=1))
    to_the_end = partial(answer_question, parts=questions.WHOLE)  # whatever the time, or a slow first round asks less
    for _ in range(2):
        asked[:] = [0]
        question_set.first_and_again(to_the_end)
        assert asked[0] > 0 == asked[1]


def test_the_search_for_the_worst_goes_up_and_its_finds_can_be_asked_again(served: DirectorySnapshot) -> None:
    """Each find is slower than the one before, and a question like any other: at most eight needs, an answer."""
    finds = list(questions.search_worst(served, 3))

    assert len(finds) > 1
    assert all(before < after for (before, _), (after, _) in pairwise(finds))
    for _, question in finds:
        assert 1 <= len(question.profile.needs) <= 8
        assert answer_from(served, question, report.PARTS["first"])["lead"]


def test_changes_reach_every_part_of_a_question(served: DirectorySnapshot) -> None:
    """Many changes in a row: unknown ages and areas, other origins, one need and eight."""
    rng = questions.default_rng(fresh(2))
    (question,) = draw_questions(served.snapshot, 1)
    profiles = []
    for _ in range(300):
        question = questions.change(question, served, rng)
        profiles.append(question.profile)

    assert {len(one.needs) for one in profiles} >= {1, 8}
    assert all(len({need.type for need in one.needs}) == len(one.needs) for one in profiles)
    assert len({one.origin for one in profiles}) > 6
    assert None in {one.client.area for one in profiles}
    assert None in {one.client.age_min for one in profiles}
    assert {one.client_present for one in profiles} == {True, False, None}


def test_a_what_if_is_timed_on_two_coalitions() -> None:
    """A usual one and an awkward one, each within the time that is allowed for 300 agencies."""
    rows = what_if.measure_what_if(12, calls=5)

    assert [(row["coalition"], row["agencies"], row["calls"]) for row in rows] == [("usual", 12, 5), ("awkward", 12, 5)]
    assert all(0 < row["processor_s"] < row["most_s"] for row in rows)
