"""A sender that may not be told how a referral goes reads which rule is in the way, and what the client can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from loop_builders import CLINIC, REFUGE, SENDER, Loop, coalition, loop_over, loop_settings, referral
from read_in_spanish import left_in_english

from service.i18n import lifecycle_events

DENTAL = [{"type": "dental", "urgency": "later"}]
FOOD = [{"type": "food", "urgency": "later"}]
TO_REFUGE: dict[str, Any] = {"to": REFUGE, "services": ("refuge-food",), "needs": FOOD}
TO_CLINIC: dict[str, Any] = {"to": CLINIC, "services": ("teeth",), "needs": DENTAL}
RULE = "This program's funding asks for a written release, still in force, before facts about the client leave it."


@pytest.fixture
def either(database_url: str, fill: Callable[[str], None], tmp_path: Path) -> Iterator[Loop]:
    """The coalition on either kind of database; the refuge is in its agreement."""
    fill(database_url)
    bundle = coalition()
    bundle["agreements"][0]["between"].append(REFUGE)
    with loop_over(loop_settings(database_url, tmp_path), bundle) as loop:
        yield loop


def test_the_rule_in_the_way_and_the_telephone_are_told(either: Loop) -> None:
    """In the 201 and to its sender ever after, in both languages, whatever the receiver does; never to the receiver."""
    referral = either.sent(**TO_REFUGE, progress=True)
    plain = referral["progress_plain"]

    assert referral["progress"] is False
    assert plain == lifecycle_events.not_told(RULE)
    assert "phone them" in plain
    in_spanish = either.call("GET", f"/v1/referrals/{referral['id']}", accept_language="es").json()
    assert "llamar" in in_spanish["progress_plain"]
    assert left_in_english([in_spanish["progress_plain"]]) == []
    assert without_sentences(in_spanish) == without_sentences(referral)
    assert "progress_plain" not in either.view(referral["id"], REFUGE).json()
    for status in ("accepted", "completed"):
        more = {"outcome": "served"} if status == "completed" else {}
        assert either.move(referral["id"], REFUGE, status, **more).status_code == 200
        assert either.view(referral["id"], SENDER).json() == referral


def test_it_is_told_only_where_progress_was_asked_for_and_is_false(either: Loop) -> None:
    """Not asked for, or allowed: null."""
    referrals = [either.sent(**TO_CLINIC, progress=True), either.sent(**TO_REFUGE), either.sent(**TO_CLINIC)]

    assert [row["progress"] for row in referrals] == [True, False, False]
    assert [row["progress_plain"] for row in referrals] == [None] * 3


@pytest.mark.parametrize("age", [None, 9, 17, 30])
def test_the_sentence_says_nothing_of_the_client(either: Loop, age: int | None) -> None:
    """It is stored: it is the same for a child and an adult."""
    body = referral(REFUGE, ("refuge-food",), needs=FOOD, progress=True)
    body["profile"]["client"] = {"age": age, "languages": ["en"]}

    assert either.send(body).json()["progress_plain"] == lifecycle_events.not_told(RULE)


def test_a_release_lifts_the_rule_and_the_age_is_named(either: Loop) -> None:
    """With a client's release only the age is missing, which nobody keeps; then the sentence says that."""
    release = either.consent(REFUGE, to=[SENDER], data=["need"])

    referral = either.sent(**TO_REFUGE, progress=True, consents=[{"code": release["code"]}])

    assert (referral["progress"], referral["progress_plain"]) == (
        False,
        lifecycle_events.not_told(lifecycle_events.AGE_NOT_KEPT),
    )


@pytest.mark.parametrize(
    ("house", "in_force", "rule"),
    [
        ({"kind": "health", "regimes": ["hipaa"]}, True, lifecycle_events.FORM_OF_THEIRS),
        ({"kind": "youth_program", "regimes": ["rhy_basic"]}, True, "The youth program needs the young person's "),
        ({"kind": "health", "regimes": ["hipaa"]}, False, "The agreement with this agency is not in force; "),
    ],
)
def test_each_agency_names_the_rule_in_its_own_way(
    tmp_path: Path, house: dict[str, Any], in_force: bool, rule: str
) -> None:
    """A form that is wanted, a rule of the law, or an agreement that is none."""
    bundle = coalition(**house)
    bundle["agreements"] = bundle["agreements"] if in_force else []
    with loop_over(loop_settings(f"sqlite:///{tmp_path / 'router.db'}", tmp_path), bundle) as loop:
        referral = loop.sent(progress=True)
        spanish = loop.call("GET", f"/v1/referrals/{referral['id']}", accept_language="es").json()["progress_plain"]
    plain = referral["progress_plain"]

    assert plain.startswith(rule)
    assert plain.endswith(f"{lifecycle_events.NOT_TOLD} {lifecycle_events.PHONE_THEM}")
    assert left_in_english([spanish]) == []


def without_sentences(referral: dict[str, Any]) -> dict[str, Any]:
    parts = {key: [{**entry, "plain": ""} for entry in referral[key]] for key in ("rules", "obligations")}
    return {**referral, **parts, "progress_plain": ""}


def test_a_change_names_the_referral_in_any_language(either: Loop) -> None:
    """`If-Match` compares what is stored, whatever language it was read in; a page at hand is one of its language."""
    referral = either.sent(**TO_REFUGE, progress=True)
    path = f"/v1/referrals/{referral['id']}"
    tags = {code: either.call("GET", path, accept_language=code).headers["etag"] for code in ("en", "es")}

    assert len({*tags.values()}) == 2
    for language, tag in tags.items():
        at_hand = [either.call("GET", path, accept_language=code, if_none_match=tag).status_code for code in tags]
        assert at_hand == [304 if tag == language else 200 for tag in tags]
    cancelled = either.call(
        "PUT", f"{path}/status", SENDER, {"status": "cancelled", "reason": "mistake"}, if_match=tags["es"]
    )
    assert cancelled.status_code == 200, cancelled.text
