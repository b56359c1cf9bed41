"""Conditional paths of every demo profile: what they ask for is enough, and nothing smaller is.

Only the agencies of one path are left in, by refusing all others; of what is then open that path is the best, so it
stands first as soon as it is open, and nowhere as long as it is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from answer.pasting import smaller, with_conditions
from length import draws, sample
from loaded import Loader

from service import demo
from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.documents.document import parse_document

Document = dict[str, Any]

COALITION: Document = parse_document(demo.coalition_bytes())[0]


@pytest.fixture(scope="module")
def directory(loader: Loader) -> DirectorySnapshot:
    return loader.serve(COALITION)[1]


@pytest.fixture(scope="module")
def open_cases(directory: DirectorySnapshot) -> list[tuple[str, Document, Document]]:
    """The name and the raw profile of every conditional path that waits for no choice."""
    return list(_open_cases(directory))


def _open_cases(directory: DirectorySnapshot) -> Iterator[tuple[str, Document, Document]]:
    for name in demo.profile_names():
        profile = json.loads(demo.profile_bytes(name))
        for path in ask(directory, profile)["conditional_paths"]:
            if all(condition["kind"] != "choice" for condition in path["conditions"]):
                yield name, profile, path


def ask(directory: DirectorySnapshot, profile: Document) -> Document:
    return find_paths(directory, read_profile(json.dumps(profile).encode()), questions_within_ms=0)


def left_with(profile: Document, path: Document) -> Document:
    """Return the profile of a client who refuses every agency that is not on the path, the origin's own among them."""
    on_it = {step["to"]["slug"] for step in path["steps"]}
    other_slugs = [organization["id"] for organization in COALITION["organizations"] if organization["id"] not in on_it]
    return {**profile, "avoid": [*profile.get("avoid", ()), *other_slugs]}


def shape(path: Document) -> list[Any]:
    return [
        (step["from"]["slug"], step["to"]["slug"], [service["slug"] for service in step["services"]], step["covers"])
        for step in path["steps"]
    ]


def test_pasted_conditions_move_the_path_to_the_first_place(
    directory: DirectorySnapshot, open_cases: list[tuple[str, Document, Document]]
) -> None:
    """With its conditions in the profile the path is open, for what it costs less what was asked."""
    assert {name for name, _, _ in open_cases} >= {"02-seventeen-turning-eighteen", "03-eighteen-last-week"}
    for name, profile, path in open_cases:
        first = ask(directory, with_conditions(left_with(profile, path), path["conditions"]))["paths"][0]

        asks = sum(term["value"] for term in path["cost"]["terms"] if term["name"] == "asks")
        assert shape(first) == shape(path), name
        if all(condition.get("attribute") != "client.area" for condition in path["conditions"]):
            assert first["cost"]["total"] == path["cost"]["total"] - asks, name


def test_nothing_smaller_does(directory: DirectorySnapshot, open_cases: list[tuple[str, Document, Document]]) -> None:
    """Without any one condition, signer, recipient or class of data, or a level lower, the path is not offered."""
    attempts = 0
    for name, profile, path in sample(open_cases):
        for place, condition in enumerate(path["conditions"]):
            kept_conditions = path["conditions"][:place] + path["conditions"][place + 1 :]
            for less in smaller(condition):
                fewer = kept_conditions if less is None else [*kept_conditions, less]
                if less is not None and not all(less[part] for part in ("signers", "to", "data")):
                    continue  # a consent of nobody, to nobody or about nothing is no consent, and refused as one
                paths = ask(directory, with_conditions(left_with(profile, path), fewer))["paths"]
                assert shape(path) not in [shape(path) for path in paths], (name, condition, less)
                attempts += 1
    assert attempts > draws(30)
