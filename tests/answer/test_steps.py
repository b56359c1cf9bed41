"""A step that stands on several paths is written once: what is said of it is what would be said of it alone."""

from __future__ import annotations

from dataclasses import replace

from loaded import Loader, question_of

import routing
from service import demo
from service.answers.builder.decisions import DecisionVerifier
from service.answers.builder.steps import StepWriter
from service.directory.snapshot.sharing import Sharing
from service.documents.document import parse_document


def test_a_step_is_written_as_if_it_were_the_only_one(loader: Loader) -> None:
    """Every step of every demo answer, and in another mode, from one writer of all and from one of its own."""
    directory = loader.serve(parse_document(demo.coalition_bytes())[0])[1]
    again = 0
    for name in demo.profile_names():
        question = question_of(parse_document(demo.profile_bytes(name))[0], directory)
        sharing = Sharing(directory.rulebook, directory.policy, question.case)
        answer = routing.find_paths(routing.Request(directory.snapshot, question.profile, rules=sharing))
        steps = [step for path in answer.paths for step in path.steps]
        steps += [replace(step, mode="self") for step in steps if step.mode == "warm"]
        writer = StepWriter(directory, question.profile, DecisionVerifier(sharing))
        for step in steps:
            assert writer.write(step) == replace(writer).write(step)
        again += len(steps) - len(set(steps))
    assert again > 10
