"""What would open a path: shown on the demo, and held against brute force on small random coalitions."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from answer.invented import draw_instance
from length import enough, sample
from loaded import Loader
from oracle import brute
from oracle.instances import shuffle

from service import demo
from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.documents.document import parse_document
from service.i18n import conditions

sys.path.insert(0, str(Path(__file__).parent))
from pasting import smaller, with_conditions

Document = dict[str, Any]
DEMO: Document = parse_document(demo.coalition_bytes())[0]
PROFILES = (
    "02-seventeen-turning-eighteen",
    "03-eighteen-last-week",
    "13-release-withdrawn",
    "14-nothing-known-and-frightened",
    "17-foster-home-by-choice",
    "18-guardian-under-suspicion",
)
RANDOM = [2, 12, 13, 20, 23, 24, 27, 39, 41, 43, 48, 53, 54, 57, 384]
"""Instances with conditional paths of every kind among them."""


def answer_to(directory: DirectorySnapshot, profile: Document) -> Document:
    return find_paths(directory, read_profile(json.dumps(profile).encode()), new_id=lambda: "one")


def steps_of(path: Document) -> tuple[Any, ...]:
    """Return who hands over to whom, for what, by which services and how."""
    return tuple(
        (
            step["from"]["slug"],
            step["to"]["slug"],
            tuple(sorted(service["slug"] for service in step["services"])),
            step["mode"],
            tuple(sorted(step["covers"])),
        )
        for step in path["steps"]
    )


def points_of_asking(path: Document) -> int:
    return sum(term["value"] for term in path["cost"]["terms"] if term["name"] == "asks")


# -- the demo ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def directory(loader: Loader) -> DirectorySnapshot:
    return loader.serve(DEMO)[1]


@pytest.fixture(scope="module")
def demo_answers(directory: DirectorySnapshot) -> dict[str, Document]:
    return {name: answer_to(directory, json.loads(demo.profile_bytes(name))) for name in PROFILES}


@pytest.mark.parametrize("name", ["03-eighteen-last-week", "13-release-withdrawn"])
def test_one_signature_opens_a_path(demo_answers: dict[str, Document], name: str) -> None:
    """The best of the conditional paths asks for one release, signed by the client alone, and says what it is for."""
    first = demo_answers[name]["conditional_paths"][0]

    (condition,) = first["conditions"]
    assert (condition["kind"], condition["level"], condition["signers"], condition["marks"]) == (
        "consent",
        "release",
        ["client"],
        [],
    )
    assert condition["from"] == "juniper-bridge-hotline"
    assert condition["to"] == ["anchor-loom-house"]
    assert "Saying no changes nothing" in condition["plain"]


def test_a_release_that_was_withdrawn_is_not_asked_for_again(demo_answers: dict[str, Document]) -> None:
    """It would still open the path, and the answer says so; whether it comes up again is left to the client."""
    sentences = {
        name: [condition["plain"] for path in answer["conditional_paths"] for condition in path["conditions"]]
        for name, answer in demo_answers.items()
    }

    assert all(conditions.WITHDRAWN in plain for plain in sentences["13-release-withdrawn"])
    assert not any(conditions.WITHDRAWN in plain for plain in sentences["03-eighteen-last-week"])


def test_one_fact_opens_a_path(demo_answers: dict[str, Document]) -> None:
    """Seventeen or eighteen: with the age known, a bed is open, and no required need is left."""
    answer = demo_answers["02-seventeen-turning-eighteen"]

    assert answer["paths"][0]["uncovered"] == ["emergency_shelter"]
    ages = [[(c["attribute"], c["values"]) for c in path["conditions"]] for path in answer["conditional_paths"]]
    assert ages[0] == [("client.age", "17-17")]
    assert [("client.age", "18-18")] in ages
    assert all(path["uncovered"] == [] for path in answer["conditional_paths"])


def test_a_choice_opens_a_path(demo_answers: dict[str, Document]) -> None:
    """Foster homes take clients from child protection only: that way in is the client's to choose."""
    answer = demo_answers["17-foster-home-by-choice"]

    assert all("foster_placement" in path["uncovered"] for path in answer["paths"])
    first = answer["conditional_paths"][0]
    assert [(condition["kind"], condition["to"]) for condition in first["conditions"]] == [
        ("choice", "family-care-office")
    ]
    assert [step["to"]["slug"] for step in first["steps"]][-2:] == ["family-care-office", "kitebrook-foster"]
    assert first["uncovered"] == []
    assert points_of_asking(first) == 150


def test_where_nothing_can_open_it_nothing_is_asked(demo_answers: dict[str, Document]) -> None:
    """The guardian may not sign and nobody else can: no path is offered for it, and what is held back says so."""
    answer = demo_answers["18-guardian-under-suspicion"]

    assert answer["conditional_paths"] == []
    assert answer["complete"]["conditional_paths"] is True
    assert [entry["need"] for entry in answer["uncovered"]] == ["long_term_safe_house"]
    withheld = [entry for path in answer["paths"] for step in path["steps"] for entry in step["withhold"]]
    assert withheld
    assert {(entry["rule"], entry["needs"]) for entry in withheld if entry["rule"] == "guardian-signature"} == {
        ("guardian-signature", None)
    }


def test_what_is_shared_then_is_said(demo_answers: dict[str, Document]) -> None:
    """Each packet of a conditional path shares what its consent names, under a rule that permits it."""
    packets = [
        (path, step)
        for answer in demo_answers.values()
        for path in answer["conditional_paths"]
        for step in path["steps"]
        if step["mode"] == "packet"
    ]
    assert packets
    for path, step in packets:
        data_named = {
            data for condition in path["conditions"] if condition["kind"] == "consent" for data in condition["data"]
        }
        assert data_named <= set(step["share"])
        assert any(rule["id"] == "consented-share" for rule in step["rules"])


def test_conditional_paths_are_better_and_in_order(demo_answers: dict[str, Document]) -> None:
    """Each leaves fewer required needs open than the first path, or as many at a lower total; totals rise."""
    paths_seen = 0
    for name, answer in demo_answers.items():
        needs = json.loads(demo.profile_bytes(name))["needs"]
        required = {need["type"] for need in needs if need.get("required", True)}
        bar = _open_and_total(answer["paths"][0], required)
        ranked = [_open_and_total(path, required) for path in answer["conditional_paths"]]
        assert all(key < bar for key in ranked)
        assert ranked == sorted(ranked)
        assert answer["complete"]["conditional_paths"] is True
        paths_seen += len(ranked)
    assert paths_seen > 10


def _open_and_total(path: Document, required: set[str]) -> tuple[int, int]:
    return len(required & set(path["uncovered"])), path["cost"]["total"]


def test_each_does_without_somebody_of_every_earlier_one(demo_answers: dict[str, Document]) -> None:
    """As among today's paths: none needs every organization that an earlier one needs."""
    for answer in demo_answers.values():
        ranked = answer["conditional_paths"]
        for place, path in enumerate(ranked):
            slugs = {step["to"]["slug"] for step in path["steps"]}
            for earlier in ranked[:place]:
                assert not {step["to"]["slug"] for step in earlier["steps"] if step["covers"]} <= slugs


def test_nothing_here_changes_the_paths(directory: DirectorySnapshot) -> None:
    """A client who refuses whoever would be asked about keeps the very same paths: saying no costs nothing."""
    profile = json.loads(demo.profile_bytes("13-release-withdrawn"))
    before = answer_to(directory, profile)

    after = answer_to(directory, {**profile, "avoid": ["anchor-loom-house", "marigold-house"]})

    assert before["conditional_paths"]
    assert list(map(steps_of, after["paths"])) == list(map(steps_of, before["paths"]))
    assert after["conditional_paths"] == []


# -- small random coalitions ---------------------------------------------------------------------------------------


@cache
def feasible(bundle: str, profile: str) -> dict[Any, int]:
    """Return every path that brute force finds, with its least total."""
    totals: dict[Any, int] = {}
    for path in brute.best_paths(json.loads(bundle), json.loads(profile)):
        steps = tuple(
            (holder, to, tuple(services), mode, tuple(covers)) for holder, to, services, mode, covers, _ in path.steps
        )
        totals[steps] = min(path.total, totals.get(steps, path.total))
    return totals


def open_paths(bundle: Document, profile: Document) -> dict[Any, int]:
    return feasible(json.dumps(bundle), json.dumps(profile))


@pytest.fixture(scope="module")
def instances(loader: Loader) -> list[tuple[Document, Document, Document]]:
    """Bundles, profiles and the conditional paths found for them, without those that need a choice."""
    return list(_instances(loader))


def _instances(loader: Loader) -> Iterator[tuple[Document, Document, Document]]:
    for seed in sample(RANDOM):
        bundle, directory, profile, as_read = draw_instance(loader, seed)
        for path in answer_to(directory, profile)["conditional_paths"]:
            if all(condition["kind"] != "choice" for condition in path["conditions"]):
                yield bundle, as_read, path


def test_pasted_conditions_open_the_path(instances: list[tuple[Document, Document, Document]]) -> None:
    """With its conditions in the profile the path is open, step for step, for what it costs less what was asked.

    Distance counts from the area that the profile gave, so a path that waits for the area may cost more then.
    """
    assert enough(len(instances), 10)
    for bundle, profile, path in instances:
        for pick in range(2):
            totals = open_paths(bundle, with_conditions(profile, path["conditions"], pick=pick))

            assert steps_of(path) in totals
            if all(condition.get("attribute") != "client.area" for condition in path["conditions"]):
                assert totals[steps_of(path)] == path["cost"]["total"] - points_of_asking(path)


def test_the_present_does_not_allow_it(instances: list[tuple[Document, Document, Document]]) -> None:
    """No conditional path is open already."""
    for bundle, profile, path in instances:
        assert steps_of(path) not in open_paths(bundle, profile)


def test_nothing_smaller_opens_it(instances: list[tuple[Document, Document, Document]]) -> None:
    """Without any one condition, signer, mark, recipient or class of data, or a level lower, the path stays shut."""
    attempts = 0
    for bundle, profile, path in instances:
        for place, condition in enumerate(path["conditions"]):
            others = [other for number, other in enumerate(path["conditions"]) if number != place]
            for less in smaller(condition):
                conditions = [*others, less] if less is not None else others
                assert steps_of(path) not in open_paths(bundle, with_conditions(profile, conditions))
                attempts += 1
    assert enough(attempts, 20)


def test_the_order_of_rows_changes_no_answer(loader: Loader) -> None:
    """A shuffled bundle has the same answer, conditional paths and questions too, to the last word."""
    for seed in sample(RANDOM):
        bundle, directory, profile, _ = draw_instance(loader, seed)
        expected = answer_to(directory, profile)

        answer = answer_to(loader.serve(shuffle(bundle, seed))[1], profile)

        assert answer == expected | {"directory_version": answer["directory_version"]}, seed
