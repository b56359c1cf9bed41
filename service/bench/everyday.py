"""What people ask of directories as they are: the processor time of an answer first asked, and asked again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from service import demo
from service.bench import coalitions
from service.bench.measure import WHOLE, QuestionSet, Row, answer_from
from service.bench.questions import MOST, USUAL, draw_questions
from service.directory.snapshot.directory_snapshot import DirectorySnapshot

LARGE = 20_000
DIRECTORIES: Mapping[str, tuple[Callable[[], DirectorySnapshot], Mapping[str, int]]] = {
    "invented, 300": (coalitions.serve, {"usual": 200, "eight": 60}),
    "awkward, 300": (partial(coalitions.serve, shape=coalitions.AWKWARD), {"usual": 70, "eight": 30}),
    "demo": (lambda: coalitions.serve_bundle(demo.coalition_bytes()), {"usual": 100, "eight": 40}),
    f"invented, {LARGE}": (partial(coalitions.serve, LARGE), {"usual": 60, "eight": 30}),
}
"""How each directory is made, and how many questions it is asked: usual ones, and ones of eight needs."""
NEEDS: Mapping[str, dict[str, int]] = {"usual": {"most": USUAL}, "eight": {"needs": MOST}}
PARTS: Mapping[str, frozenset[str]] = {"first": frozenset(), "whole": WHOLE}


def measure_everyday() -> list[Row]:
    """Return a row for each directory, sort of question and part of the answer."""
    rows = list[Row]()
    for name, (make, counts) in DIRECTORIES.items():
        directory = make()
        for sort, count in counts.items():
            question_set = QuestionSet(directory, draw_questions(directory.snapshot, count, **NEEDS[sort]))
            for part, parts in PARTS.items():
                figures = question_set.first_and_again(partial(answer_from, parts=parts))
                rows.append({"directory": name, "questions": sort, "count": count, "part": part, **figures})
    return rows
