"""Notices and cards that a known fact brings: each only where its fact is known."""

from __future__ import annotations

from typing import Any

import pytest
from answer.test_answer import ask, bundle, profile
from answer.test_dangers import CHILD
from loaded import Loader, question_of
from read_in_spanish import in_spanish

from service.directory.snapshot.directory_snapshot import DirectorySnapshot

Document = dict[str, Any]
GROWN = {**CHILD, "age": 24}


@pytest.fixture(scope="module")
def directory(loader: Loader) -> DirectorySnapshot:
    return loader.serve(bundle())[1]


def told(directory: DirectorySnapshot, client: Document, **changes: Any) -> dict[str, str]:
    answer = ask(directory, client=client, **changes)
    shown = [item["text"] for item in answer["call_sheet"]]
    notices = {notice["id"]: notice["plain"] for notice in answer["notices"]}
    for notice, plain in notices.items():
        if notice in NEW:
            assert plain in shown
            assert in_spanish(plain) != plain
    return {notice: plain for notice, plain in notices.items() if notice in NEW}


def traits(client: Document, **known: bool | None) -> Document:
    return {**client, "traits": known}


HOME = {"suspected_exploiter_household": True}
NEW = {
    "check-facts": (traits(CHILD, **HOME), {"facts": {"guardian": "safe_parent"}}),
    "icwa": (traits(CHILD, tribal_citizen=True), {"facts": {"guardian": "safe_parent"}}),
    "others-held": (traits(GROWN, others_held=True), {}),
    "keep-evidence": (traits(GROWN, online_exploitation=True), {}),
    "if-they-leave": (traits({**CHILD, "age": 16}, runaway=True), {}),
    "access": (traits(GROWN, disability=True), {}),
    "officer": (GROWN, {"origin": "police"}),
    "client-phone": (GROWN, {"facts": {"client_phone": False}}),
    "withdrawal-danger": (GROWN, {"needs": [{"type": "detox", "urgency": "this_week"}]}),
}


@pytest.mark.parametrize("notice", NEW)
def test_a_fact_brings_its_notice(directory: DirectorySnapshot, notice: str) -> None:
    """And that alone."""
    client, changes = NEW[notice]

    assert {*told(directory, client, **changes)} == {notice}


@pytest.mark.parametrize("unknown", [None, False])
def test_without_its_fact_there_is_no_notice(directory: DirectorySnapshot, unknown: bool | None) -> None:
    """Unknown is neither yes nor no."""
    names = ("others_held", "online_exploitation", "disability", "tribal_citizen", "runaway", *HOME)
    facts = {"client_phone": None if unknown is None else True, "guardian": "safe_parent"}

    assert told(directory, traits({**CHILD, "age": 16}, **dict.fromkeys(names, unknown)), facts=facts) == {}


@pytest.mark.parametrize(
    ("changes", "is_told"),
    [
        ({"client": {**CHILD, "age": 16}, "facts": {"guardian": "none"}}, True),
        ({"client": {**CHILD, "age": 16}, "facts": {"guardian": "court_suspected"}}, True),
        ({"client": {**CHILD, "age": 16}, "facts": {"guardian": None}}, False),
        ({"client": GROWN, "facts": {"guardian": "none"}}, False),
    ],
)
def test_a_young_person_without_a_safe_guardian_may_leave(
    directory: DirectorySnapshot, changes: Document, is_told: bool
) -> None:
    """Nobody holds them back; of a grown person that needs no saying."""
    assert ("if-they-leave" in told(directory, changes.pop("client"), **changes)) is is_told


def test_a_child_along_with_a_tribal_parent_may_be_the_nations_too(directory: DirectorySnapshot) -> None:
    """The law is about children."""
    mother = {**traits(GROWN, tribal_citizen=True), "with": [{"age": 3}]}

    assert "icwa" in told(directory, mother)
    assert "icwa" not in told(directory, traits(GROWN, tribal_citizen=True))


@pytest.mark.parametrize(
    ("need", "urgency", "is_card"),
    [
        ("detox", "later", True), ("substance_use_treatment", "today", True),
        ("substance_use_treatment", "this_week", False), ("emergency_shelter", "now", False),
    ],
)  # fmt: skip
def test_withdrawal_is_a_card_and_leads_nothing(
    directory: DirectorySnapshot, need: str, urgency: str, is_card: bool
) -> None:
    """With 911 to dial, before the safety check; with a pregnancy, the hospital first."""
    needs = [{"type": need, "urgency": urgency}]
    answer = ask(directory, client=traits(GROWN, pregnant=True), needs=needs)

    cards = [item for item in answer["call_sheet"] if item["kind"] == "danger"]
    assert [card["phone"] for card in cards] == ["911"] * is_card
    assert answer["call_sheet"][: len(cards)] == cards
    assert all("Go to the hospital first" in card["text"] for card in cards)
    assert answer["lead"]["do"] != "emergency"
    assert "hospital" not in str(ask(directory, client=GROWN, needs=needs)["notices"])


@pytest.mark.parametrize(("present", "words"), [(True, "Let them use your phone."), (False, "Plan how to reach them.")])
def test_who_has_no_phone(directory: DirectorySnapshot, present: bool, words: str) -> None:
    """The worker's phone where they are together, a plan where they are not."""
    facts = {"client_phone": False, "client_present": present}

    assert words in told(directory, GROWN, facts=facts)["client-phone"]


@pytest.mark.parametrize(("languages", "deaf"), [(["ase"], True), (["en", "sgn-US"], True), (["en"], None)])
def test_who_signs_is_deaf(directory: DirectorySnapshot, languages: list[str], deaf: bool | None) -> None:
    """Nobody is asked for what the languages say."""
    asked = question_of(profile(client={**GROWN, "languages": languages}), directory)

    assert asked.profile.client.traits.get("deaf") is deaf
