"""What an answer was made from goes with it: no ring of references waits for a collection that stops every request."""

from __future__ import annotations

import gc

from benchmarks.questions import answer_from, prepare
from length import draws

QUESTIONS = draws(12)


def test_nothing_that_an_answer_was_made_from_is_left_in_a_ring() -> None:
    bench = prepare(draws(300), needs=None, count=QUESTIONS)
    for question in bench.questions:
        answer_from(bench.directory, question)
    gc.collect()
    gc.disable()
    try:
        for question in bench.questions:
            answer_from(bench.directory, question)
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        ours = {
            type(leftover).__qualname__
            for leftover in gc.garbage
            if type(leftover).__module__.startswith(("routing", "service"))
        }
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert not ours
