"""What a client is told about privacy and about contact with the family, over both demos and drawn profiles."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from loaded import Loader
from read_in_spanish import in_spanish
from sheets import answer_to

import routing
from service import demo
from service.answers.profile.client_facts import adult_age, reaches
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.i18n import answers

Document = dict[str, Any]
ALWAYS = "They keep what you say private."
UNLESS = "They keep what you say private unless a child is being hurt or someone is in danger."
FAMILY = (
    "They won't call the person who hurt you. "
    "Within 3 days they must reach a safe adult in the family, if there is one."
)
AGES = (9, 15, 17, 30, 45, 61, 70, {"min": 16, "max": 20}, None)
GUARDIANS = ("none", "safe_parent", "suspected_parent_only", "court_suspected", "state_conservator", None)


Case = tuple[DirectorySnapshot, Document, Document]


@pytest.fixture(scope="module")
def cases(loader: Loader) -> list[Case]:
    return [*asked(loader, 60)]


def asked(loader: Loader, count: int) -> Iterator[Case]:
    """Yield both demos' profiles, as they are and with drawn facts, asked by any agency; each with its answer."""
    chance = random.Random(132)
    for coalition in demo.COALITIONS:
        directory = loader.serve_demo(coalition)
        origins = sorted(directory.names.organizations)
        profiles = [json.loads(demo.profile_bytes(name, coalition)) for name in demo.profile_names(coalition)]
        drawn_profiles = [drawn(chance, chance.choice(profiles), origins) for _ in range(count)]
        for profile in (*profiles, *drawn_profiles):
            yield directory, profile, answer_to(directory, profile)


def drawn(chance: random.Random, profile: Document, origins: list[str]) -> Document:
    client = {
        **profile["client"], "age": chance.choice(AGES), "traits": {"disability": chance.choice([True, False, None])},
        "with": chance.choice([[], [], [{"age": 4}], [{"age": 40}]]),
    }  # fmt: skip
    facts = {
        "client_present": True, "guardian": chance.choice(GUARDIANS),
        "adult_protection": chance.choice([True, False, None]),
    }  # fmt: skip
    return {**profile, "origin": chance.choice(origins), "client": client, "facts": facts, "consents": []}


def first_and_last(profile: Document) -> tuple[int, int]:
    age = profile["client"].get("age")
    if age is None:
        return 0, 120
    return (age["min"], age["max"]) if isinstance(age, dict) else (age, age)


def promises(text: str) -> str | None:
    return next((sentence for sentence in (UNLESS, ALWAYS) if sentence in text), None)


def someone_is_protected(directory: DirectorySnapshot, profile: Document) -> bool:
    """A law on reports may be about somebody here: a child along, or an adult who may need protection."""
    client, unable = profile["client"], profile.get("facts", {}).get("adult_protection")
    children = any(first_and_last({"client": other})[0] < 18 for other in client.get("with", ()))
    disability = client.get("traits", {}).get("disability") is True and unable is None
    elder = reaches(_ages(profile), adult_age(directory))
    return children or unable is True or disability or elder


def _ages(profile: Document) -> routing.Client:
    known = profile["client"].get("age") is not None
    first, last = first_and_last(profile)
    return routing.Client(age_min=first, age_max=last) if known else routing.Client()


def test_privacy_is_promised_only_as_far_as_it_is_kept(cases: list[Case]) -> None:
    """Every step's sentence, that of a leading advocate, and that of the sheet."""
    told: Counter[str | None] = Counter()
    for directory, profile, answer in cases:
        snapshot, first_age = directory.snapshot, first_and_last(profile)[0]
        by_police = snapshot.organization(profile["origin"]).kind == "law_enforcement"
        for step in (step for path in answer["paths"] for step in path["steps"]):
            promise = promises(step["exposure"]["plain"])
            may_promise = step["exposure"]["level"] == "protected" and step["mode"] != "internal"
            duties = {task["id"] for task in step["obligations"]} & {"receiver-reports", "oh-felony-report"}
            if not may_promise or (by_police and first_age < 18):
                expected = None
            elif first_age >= 18 and not duties and not someone_is_protected(directory, profile):
                expected = UNLESS if profile.get("facts", {}).get("caller") == "third_party" else ALWAYS
            else:
                expected = UNLESS
            assert promise == expected, (profile, step)
            told[promise] += 1
        for text in (answer["lead"]["plain"], *(item["text"] for item in answer["call_sheet"])):
            if promises(text) is not None:
                told["lead"] += 1
                assert not (by_police and first_age < 18)
                assert promises(text) == UNLESS or first_age >= 18
    assert min(told[ALWAYS], told[UNLESS], told[None]) > 20


def test_contact_with_the_family_is_told_in_the_contracts_words(cases: list[Case]) -> None:
    """Never of a state that is itself the guardian; who is suspected is never reached."""
    seen: Counter[str] = Counter()
    for _, profile, answer in cases:
        guardian = profile.get("facts", {}).get("guardian")
        tasks = [task for path in answer["paths"] for step in path["steps"] for task in step["obligations"]]
        for task in tasks:
            assert "72 hours" not in task["plain"]
            if task["id"] == "rhy-family-contact":
                seen[str(guardian)] += 1
                assert (FAMILY in task["plain"]) is (guardian != "state_conservator")
                if guardian in ("suspected_parent_only", "court_suspected"):
                    assert "Never the parent or guardian who is not safe." in task["plain"]
    assert seen["state_conservator"] > 0
    assert seen["suspected_parent_only"] + seen["court_suspected"] > 0
    assert seen["safe_parent"] + seen["none"] + seen["None"] > 0


@pytest.mark.parametrize("sentence", [answers.PRIVATE, answers.PRIVATE_UNLESS, answers.HEARD_BY_AN_ADVOCATE])
def test_the_promise_has_a_spanish_of_its_own(sentence: str) -> None:
    """For the client as `usted`."""
    assert in_spanish(sentence) != sentence
