"""`policy review`: a person says of each fact if its page still says so, and the file of the cards is written anew."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import yaml
from command_line import CommandLine

import policies
from policies.card_file import review_fact, write_cards

OLD, YOUNG = date(2020, 1, 1), date(2026, 11, 29)
HEAD = "# Cards.\n"
CARDS = {
    "us-zz": {
        "name": "Zed",
        "readings": [
            {
                "child_reporters": {"is": "professionals", "when": ["advocates_too"]}, "child_due": "PT24H",
                "authority": "Code 1", "source": "https://example.org/1", "read": OLD, "confidence": "P",
            },
            {"adult_due": "PT0S", "source": "https://example.org/2", "read": YOUNG, "confidence": "S"},
        ],
        "searched": [{"points": ["adult_line"], "source": "https://example.org/3", "read": YOUNG}],
    }
}  # fmt: skip


def test_the_programs_own_file_is_written_as_it_is() -> None:
    """A review changes what was reviewed, and not a letter else."""
    text = policies.STATES_FILE.read_text(encoding="utf-8")

    assert write_cards(yaml.safe_load(text), text[: text.index("\nus-")]) == text


def test_yes_a_new_value_and_no_are_written_each_with_its_day(router: CommandLine) -> None:
    """The fact that was confirmed gets the day and the date of its text; a new value stands in; no takes it out."""
    today = date.today()  # noqa: DTZ011 - near enough to the command's
    days = {today, today + timedelta(days=1)}
    name = router.write("cards.yaml", write_cards(CARDS, HEAD))

    outcome = router.run("policy", "review", "--file", name, typed=b"yes\n2026-07\nsoon\nPT12H\n\n")

    assert (outcome.status, "2 facts" in outcome.out) == (0, True)
    assert "child_due has no such value" in outcome.err
    facts = policies.read_states(yaml.safe_load((router.folder / name).read_text()))["us-zz"].facts
    assert facts["child_reporters"].when == ("advocates_too",)
    assert (facts["child_reporters"].text_as_of, facts["child_due"].text_as_of) == ("2026-07", None)
    assert facts["child_due"].value == "PT12H"
    assert {facts["child_reporters"].read, facts["child_due"].read} <= days
    assert facts["adult_due"].read == YOUNG

    assert router.run("policy", "review", "--file", name, "--all", "us-zz", typed=b"no\nskip\nskip\n").status == 0
    left = policies.read_states(yaml.safe_load((router.folder / name).read_text()))["us-zz"].facts
    assert left.keys() == {"child_due", "adult_due"}
    assert (router.folder / name).read_text().startswith(HEAD)
    assert "searched:" in (router.folder / name).read_text()


def test_a_fact_leaves_the_reading_of_those_that_were_not_read_again() -> None:
    """Two facts of one page: the other keeps its day."""
    raw = review_fact(CARDS, "us-zz", "child_due", YOUNG, value="PT24H")

    facts = policies.read_states(raw)["us-zz"].facts
    assert (facts["child_due"].read, facts["child_reporters"].read) == (YOUNG, OLD)
    assert facts["child_due"].source == facts["child_reporters"].source


@pytest.mark.parametrize(("point", "kept"), [("child_line", 90), ("child_due", 365)])
def test_a_number_is_due_for_review_sooner_than_a_law(point: str, kept: int) -> None:
    """A phone number after ninety days, a statute after a year; to the day."""
    value = {"child_line": {"name": "L", "phone": "1-800-555-0100"}, "child_due": "PT0S"}[point]
    reading = {"source": "https://example.org", "confidence": "P", "read": OLD, point: value}
    cards = policies.read_states({"us-zz": {"name": "Zed", "readings": [reading]}})

    (source,) = policies.sources_of(policies.load_rulebook(["federal"]), cards.values())[-1:]
    assert source.due == cards["us-zz"].facts[point].review_due == OLD + timedelta(days=kept)
    assert [source.is_old(source.due + timedelta(days=days)) for days in (0, 1)] == [False, True]


def test_numbers_that_never_change_are_due_after_a_year() -> None:
    """911, 988, 711 and 211; every other number after ninety days."""
    due = {line.id: line.review_due - line.checked for line in policies.load_lines(("federal",))}

    assert {name for name, days in due.items() if days.days == 365} == {"988", "relay", "211"}
