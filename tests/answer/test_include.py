"""The parts of an answer that a profile asks for: what is left out is absent, and all else is the same."""

from __future__ import annotations

import json
from copy import deepcopy
from itertools import combinations
from typing import Any

import pytest
from length import sample
from loaded import Loader

from service import demo
from service.answers.profile import ProfileNames, needs_of, read_profile
from service.answers.use_cases.find_paths import find_paths
from service.answers.use_cases.next_calls import next_calls
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.documents.document import parse_document
from service.errors import ProfileRefused
from service.vocabulary import ANSWER_PARTS

Document = dict[str, Any]
SUBSETS = sample([subset for size in range(len(ANSWER_PARTS) + 1) for subset in combinations(ANSWER_PARTS, size)])


@pytest.fixture(scope="module", params=demo.profile_names())
def case(request: pytest.FixtureRequest, loader: Loader) -> tuple[DirectorySnapshot, Document, Document]:
    """A directory, a demo profile, and its whole answer."""
    directory = loader.serve(parse_document(demo.coalition_bytes())[0])[1]
    document = json.loads(demo.profile_bytes(request.param))
    return directory, document, answer(directory, document)


def answer(directory: DirectorySnapshot, raw: Document, **changes: Any) -> Document:
    return find_paths(directory, read_profile(json.dumps(raw | changes).encode()), new_id=lambda: "one")


def without(whole: Document, include: tuple[str, ...]) -> Document:
    """Write down what the guide takes out of a whole answer."""
    document = deepcopy(whole)
    for part, key in (("later", "later"), ("conditional", "conditional_paths"), ("questions", "questions")):
        if part not in include:
            document.pop(key)
            if key in document["complete"]:
                document["complete"][key] = None
    if "instead" not in include:
        document["complete"]["instead"] = None
    if "call_sheet" not in include:
        document.pop("call_sheet")
    for path in document["paths"] + document.get("conditional_paths", []):
        for step in path["steps"]:
            if "instead" not in include:
                step.pop("instead")
            if "explanations" not in include:
                step.pop("rules")
        if "explanations" not in include:
            path["cost"].pop("terms")
    return document


def test_each_choice_of_parts_is_the_whole_answer_without_the_others(
    case: tuple[DirectorySnapshot, Document, Document],
) -> None:
    """The lead and every other part to the letter, also where a question leads."""
    directory, raw, whole = case

    for include in SUBSETS:
        assert answer(directory, raw, include=list(include)) == without(whole, include), include
    assert answer(directory, raw, include=None) == whole


def test_calls_have_the_keys_that_are_wanted(case: tuple[DirectorySnapshot, Document, Document]) -> None:
    """What calls do not have, explanations and conditional paths, changes nothing."""
    directory, raw, whole = case
    profile = read_profile(json.dumps(raw).encode())
    urgencies = {need.type: need.urgency for need in needs_of(profile, ProfileNames(directory.names))}
    calls = next_calls(whole, urgencies)

    first = next_calls(answer(directory, raw, include=["call_sheet"]), urgencies)
    assert first.keys() == calls.keys() - {"questions", "later"}
    assert first["calls"] == [{key: call[key] for key in call if key != "instead"} for call in calls["calls"]]
    assert first["call_sheet"] == calls["call_sheet"]
    parts = ["questions", "later", "instead", "call_sheet"]
    assert next_calls(answer(directory, raw, include=parts), urgencies) == calls


def test_a_question_leads_somewhere_among_the_demos(loader: Loader) -> None:
    """The comparison of leads is worth something only if one of them asks."""
    directory = loader.serve(parse_document(demo.coalition_bytes())[0])[1]

    leads = [
        answer(directory, json.loads(demo.profile_bytes(name)), include=[])["lead"] for name in demo.profile_names()
    ]

    assert [lead["ask"]["text"] for lead in leads if lead["do"] == "ask"]


@pytest.mark.parametrize("include", [["instead", "everything"], ["paths"], "later"])
def test_an_unknown_part_is_refused(include: Any) -> None:
    raw = json.loads(demo.profile_bytes(demo.profile_names()[0])) | {"include": include}

    with pytest.raises(ProfileRefused) as refusal:
        read_profile(json.dumps(raw).encode())

    assert all(problem.path.startswith("/include") for problem in refusal.value.problems)
