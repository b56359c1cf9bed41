"""Children under 13: who is given a number, what is asked about who looks after them, and what would open a path."""

from __future__ import annotations

from typing import Any

import pytest
from answer.test_questions import Document, ask, loadable
from loaded import Loader
from oracle import tiny

SAFE = ["court_safe", "safe_parent", "state_conservator"]


@pytest.fixture
def pantry(loader: Loader) -> Any:
    """Food for anybody who calls, in person or by telephone."""
    soup = tiny.service("soup", "food", accepts=["self"])
    return loader.serve(loadable(tiny.organization("hotline"), tiny.organization("pantry", soup)))[1]


def profile_of(age: Any, **facts: Any) -> Document:
    return tiny.profile(
        tiny.need("food"), client={"age": age}, facts={"client_present": False, "guardian": None, **facts}
    )


@pytest.mark.parametrize("guardian", [None, "none", "unavailable", "suspected_parent_only", "court_suspected", *SAFE])
def test_only_a_safe_adult_is_given_the_number(pantry: Any, guardian: str | None) -> None:
    """Not knowing who looks after a child is not knowing that it is safe."""
    answer = ask(pantry, profile_of(12, guardian=guardian))

    assert bool(answer["paths"]) == (guardian in SAFE)
    reasons = [reason["code"] for entry in answer["uncovered"] for reason in entry["reasons"]]
    assert reasons == ([] if guardian in SAFE else ["mode"])


@pytest.mark.parametrize("age", [13, {"min": 12, "max": 13}, None])
def test_whoever_may_be_13_calls(pantry: Any, age: Any) -> None:
    """What is unknown is not read as a young child, nor is the guardian asked about."""
    answer = ask(pantry, profile_of(age))

    assert [step["mode"] for step in answer["paths"][0]["steps"]] == ["self"]
    assert answer["questions"] == answer["conditional_paths"] == []


def test_a_safe_adult_is_asked_about_and_opens_the_way(pantry: Any) -> None:
    """The question leads; the condition names each guardian who may be given the number; pasted in, the way is open."""
    answer = ask(pantry, profile_of(12))

    assert [question["attribute"] for question in answer["questions"]] == ["facts.guardian"]
    assert (answer["lead"]["do"], answer["lead"]["opens"]["slug"]) == ("ask", "pantry")
    [path] = answer["conditional_paths"]
    conditions = [(condition["attribute"], sorted(condition["values"])) for condition in path["conditions"]]
    assert conditions == [("facts.guardian", SAFE)]
    assert [term["value"] for term in path["cost"]["terms"] if term["name"] == "asks"] == [150]


def test_of_the_ages_that_a_place_takes_a_child_calls_from_13_on(loader: Loader) -> None:
    """A drop-in meal for 11 to 17 is open from 13 on, without asking who looks after the client."""
    soup = tiny.service("soup", "food", accepts=["self"], minimum_age=11, maximum_age=17)
    directory = loader.serve(loadable(tiny.organization("hotline"), tiny.organization("pantry", soup)))[1]

    [path] = ask(directory, profile_of({"min": 8, "max": 30}))["conditional_paths"]

    assert [(condition["attribute"], condition["values"]) for condition in path["conditions"]] == [
        ("client.age", "13-17")
    ]


def test_for_the_youngest_both_are_asked(loader: Loader) -> None:
    """A meal for up to 12 years: an age, and a safe adult."""
    soup = tiny.service("soup", "food", accepts=["self"], maximum_age=12)
    directory = loader.serve(loadable(tiny.organization("hotline"), tiny.organization("pantry", soup)))[1]

    [path] = ask(directory, profile_of({"min": 8, "max": 30}))["conditional_paths"]

    assert [(condition["attribute"], condition["values"]) for condition in path["conditions"]] == [
        ("client.age", "8-12"),
        ("facts.guardian", SAFE),
    ]


def test_the_number_is_for_the_safe_adult_and_that_is_said(pantry: Any) -> None:
    """Step and lead say whose number it is; from 13 on it is the client's own."""
    child, young = (ask(pantry, profile_of(age, guardian="safe_parent")) for age in (12, 13))

    manners = [(answer["paths"][0]["steps"][0]["manner"], answer["lead"]["plain"]) for answer in (child, young)]
    assert manners == [
        ("self_with_adult", "Give the safe parent or guardian this number: pantry, no number listed."),
        ("self", "Give the client this number: pantry, no number listed."),
    ]


def test_what_the_worker_settles_is_not_asked_of_the_client(pantry: Any) -> None:
    """Who looks after the child is for the worker to find out."""
    assert ask(pantry, profile_of(12))["lead"]["plain"].startswith("Settle one thing first: ")
