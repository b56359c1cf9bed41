"""What a coalition corrects on a state's card: it wins, says who said so and when, and is due for review."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from answer.test_answer import ask
from answer.test_state_cards import CHILD, coalition
from loaded import Loader
from read_in_spanish import in_spanish

import policies
from service.coalition import DueItems, visible_directory_of
from service.coalition.use_cases.list_states import list_states
from service.directory.bundle import read_bundle
from service.errors import BundleRefused

Document = dict[str, Any]
AT = datetime.fromisoformat("2026-03-02T10:00:00-06:00")
LINE = {"name": "Zed County Desk", "phone": "1-800-555-0177", "hours": "day and night"}


def correction(fact: str = "child_line", value: Any = LINE, **more: Any) -> Document:
    return {
        "state": "us-oh", "fact": fact, "value": value, "source": "https://example.org/desk", "read": "2026-02-20",
        "by": "program director", **more,
    }  # fmt: skip


def corrected(*facts: Document, packs: tuple[str, ...] = ()) -> Document:
    return {**coalition("us-oh", *packs), "card_facts": list(facts)}


@pytest.mark.parametrize("packs", [(), ("us-oh",)])
def test_a_corrected_line_stands_before_every_other(loader: Loader, packs: tuple[str, ...]) -> None:
    """Before the card's and before the pack's own; it says who said so, on which day; without it the card's stands."""
    _, directory = loader.serve(corrected(correction(), packs=packs))
    line = next(line for line in ask(directory, client=CHILD)["lines"] if line["for"] == "child_abuse")

    assert (line["phone"], line["checked"], line["by"]) == (LINE["phone"], "2026-02-20", "program director")
    assert "The coalition corrected this (program director, February 20, 2026)." in line["plain"]

    _, directory = loader.serve(corrected(packs=packs))
    line = next(line for line in ask(directory, client=CHILD)["lines"] if line["for"] == "child_abuse")
    assert (line["phone"] != LINE["phone"], line["by"]) == (True, None)
    assert "corrected" not in line["plain"]


def test_a_corrected_term_is_told_with_the_duty(loader: Loader) -> None:
    """By when, from the coalition, where the card has another term."""
    _, directory = loader.serve(corrected(correction("child_due", "PT7H")))
    (duty,) = (duty for duty in ask(directory, client=CHILD)["duties"] if duty["id"] == "child-report-state-law")

    assert duty["due"] == "PT7H" != policies.load_states()["us-oh"].facts["child_due"].value
    assert "The coalition corrected this (program director, February 20, 2026)." in duty["plain"]
    assert duty["checked"] <= "2026-02-20"


@pytest.mark.parametrize(
    ("client", "told"),
    [
        (CHILD, ["by when a child is reported", "by when a youth shelter tells a parent"]),
        ({"age": 70}, ["by when an adult is reported"]),
        (
            {"age": {"min": 16, "max": 19}},
            ["by when a child is reported", "by when an adult is reported", "by when a youth shelter tells a parent"],
        ),
    ],
)
def test_beside_rules_of_the_state_a_correction_is_told(loader: Loader, client: Document, told: list[str]) -> None:
    """The pack's rule may say otherwise, in other words: both are told, in Spanish too, and a person asks."""
    rows = (correction("child_due", "PT7H"), correction("adult_due", "PT7H"), correction("shelter_notice", "PT7H"))
    _, directory = loader.serve(corrected(correction(), *rows, packs=("us-oh",)))
    answer = ask(directory, client=client)
    plain = {notice["id"]: notice["plain"] for notice in answer["notices"]}

    assert "ask your supervisor which counts" in plain["card-corrected"]
    assert re.findall(r"\(([^)]*)\) [TA] ?\w", plain["card-corrected"]) == told
    assert plain["card-corrected"].count("The coalition corrected this (program director, February 20, 2026).") == len(
        told
    )
    assert "within 7 hours" in plain["card-corrected"]
    assert "7 horas" in in_spanish(plain["card-corrected"])

    for bundle in (corrected(*rows), corrected(correction(), packs=("us-oh",))):
        ids = {notice["id"] for notice in ask(loader.serve(bundle)[1], client=client)["notices"]}
        assert "card-corrected" not in ids


def test_a_correction_reaches_its_state_and_its_fact_alone(loader: Loader) -> None:
    """The rest of the card is as shipped, and so is every other card."""
    cards = loader.serve(corrected(correction("adult_age", 70), correction("child_police", {"is": "also", "when": [
        "stranger"]})))[1].names.cards  # fmt: skip

    shipped = policies.load_states()
    assert {code for code in cards if cards[code] != shipped[code]} == {"us-oh"}
    changed = {point for point, fact in cards["us-oh"].facts.items() if fact != shipped["us-oh"].facts.get(point)}
    assert changed == {"adult_age", "child_police"}
    facts = {fact["point"]: fact for fact in list_states([cards["us-oh"]])["states"][0]["facts"]}
    assert (facts["adult_age"]["value"], facts["adult_age"]["by"]) == (70, "program director")
    assert (facts["child_police"]["when"], facts["child_due"]["by"]) == (["stranger"], None)
    assert "adult_age" not in list_states([cards["us-oh"]])["states"][0]["missing"]


def test_a_correction_is_due_for_review_like_others(loader: Loader) -> None:
    """A number after ninety days, with the warning in the answer; then it is among what is due."""
    _, directory = loader.serve(corrected(correction(read="2025-11-01")))
    line = next(line for line in ask(directory, client=CHILD)["lines"] if line["for"] == "child_abuse")
    assert line["confirm"] == "Last checked November 1, 2025: confirm first."

    due = DueItems(visible_directory_of(directory, None, frozenset({"directory:read"})), AT).items()
    days = {item.due for item in due if item.kind == "sources_to_read" and item.href == "/v1/policy/states"}
    assert days == {date(2025, 11, 1) + timedelta(days=90)}


@pytest.mark.parametrize(
    ("row", "path"),
    [
        (correction(state="us-zz"), "card_facts[0].state"),
        (correction("child_lines"), "card_facts[0].fact"),
        (correction("child_due", "soon"), "card_facts[0].value"),
        (correction("child_due", {"is": "PT1H", "when": ["secret-word"]}), "card_facts[0].value"),
        (correction("child_line", {"phone": "secret-word"}), "card_facts[0].value"),
        (correction("county_lines", [[LINE]]), "card_facts[0].value"),
        (correction("adult_age", None), "card_facts[0].value"),
        (correction(source="http://example.org"), "card_facts[0].source"),
        (correction(read="soon"), "card_facts[0].read"),
        (correction(by=" "), "card_facts[0].by"),
    ],
)
def test_what_no_card_could_have_is_refused_by_its_field(row: Document, path: str) -> None:
    """And no value is said again."""
    with pytest.raises(BundleRefused) as refused:
        read_bundle(json.dumps(corrected(row)).encode())

    assert {problem.path.partition(" ")[0] for problem in refused.value.problems} == {path}
    assert "secret-word" not in str([problem.message for problem in refused.value.problems])


def test_a_fact_is_corrected_once() -> None:
    """Two corrections of one fact are refused; of two facts, or of two states, they are not."""
    rows = [correction(), correction("child_due", "PT1H"), correction(state="us-tx")]
    assert len(read_bundle(json.dumps(corrected(*rows)).encode()).card_facts) == 3
    with pytest.raises(BundleRefused) as refused:
        read_bundle(json.dumps(corrected(*rows, correction(value={**LINE, "name": "Other"}))).encode())
    assert [problem.path for problem in refused.value.problems] == ["card_facts[3].fact"]
