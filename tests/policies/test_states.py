"""State cards are data: every fact with its source and day, in known words; what is not confirmed is absent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

import policies
from policies.pack_files import read_yaml
from policies.states import ADULT, CHILD, FILE, POINTS, SUBJECTS, read_states
from policies.verify import sets_of_packs
from service.directory.standard.phone_numbers import dialable

CARDS = policies.load_states()
UNANSWERED = {"darkscan.org", "stateregstoday.com", "pdfslide.net", "docslib.org"}
GOVERNMENTS = (
    ".gov", ".gov.mp", ".state.mn.us", ".state.il.us", "myflfamilies.com", "wvdhhr.org", "dc.mandatedreporter.org",
    "webarchive.library.unt.edu",
)  # fmt: skip
"""The ends of governments' own hosts; the last is the archive of a government's page."""
FACTS = [(card.code, fact) for card in CARDS.values() for fact in card.facts.values()]


def test_each_state_district_and_territory_has_a_card() -> None:
    """Fifty states, the District of Columbia, and five territories: each once, by its own name."""
    assert len(CARDS) == len({card.name for card in CARDS.values()}) == 56
    assert {"us-tx", "us-dc", "us-pr", "us-gu", "us-vi", "us-as", "us-mp"} < CARDS.keys()
    assert all(card.code == code for code, card in CARDS.items())


@pytest.mark.parametrize(("code", "fact"), FACTS, ids=lambda part: part if isinstance(part, str) else part.point)
def test_each_fact_can_be_looked_up(code: str, fact: policies.StateFact) -> None:
    """A page, a day, a mark; nothing is from memory."""
    assert fact.source.startswith("https://")
    assert fact.read.year >= 2026
    assert fact.confidence in ("P", "S")


def test_no_fact_and_no_rule_rests_on_a_page_that_nobody_answers_for() -> None:
    """Digests by a machine or by one reader, and papers that somebody uploaded: a law has its own text."""
    rules = [rule for names in sets_of_packs() for rule in policies.load_rulebook(names).rules]
    pages = [fact.source for _, fact in FACTS] + [page for rule in rules for page in rule.page.split("; ")]
    hosts = {urlsplit(page).hostname or "" for page in pages}

    assert not [host for host in hosts if host.removeprefix("www.") in UNANSWERED]


def test_a_fact_of_the_first_mark_is_a_section_of_law_or_the_page_of_a_government() -> None:
    """A number marked P stands on the government's own page, whatever law it names."""
    for code, fact in FACTS:
        if fact.confidence == "P" and (fact.authority is None or fact.point.endswith("_line")):
            host = urlsplit(fact.source).hostname or ""
            assert host.endswith(GOVERNMENTS), (code, fact.point, host)


def test_a_number_of_a_card_can_be_dialed_and_is_of_no_other_state() -> None:
    """A number copied to the wrong card would send a call to another state."""
    numbers: dict[str, str] = {}
    for card in CARDS.values():
        for line in card.lines:
            for number in filter(None, (line.phone, line.text)):
                assert dialable(number)
                assert numbers.setdefault(number, card.code) == card.code


def test_what_is_missing_is_what_has_no_fact() -> None:
    """Point by point, and of them what an answer cannot do without."""
    for card in CARDS.values():
        assert {*card.missing} == {*POINTS} - card.facts.keys()
        assert {*card.needed} == {
            f"{subject}_{of}" for subject in SUBJECTS for of in ("line", "reporters", "due")
        } - card.facts.keys()


def test_the_terms_of_a_report_are_the_facts_of_its_subject() -> None:
    """Of a child those of the child, with the sections of law that they rest on."""
    (card,) = read_states(_plain(child_reporters="everybody", child_due="PT24H", adult_police=True)).values()

    assert card.terms(CHILD) == policies.ReportTerms("everybody", "PT24H", None, None, "Code 1")
    assert card.terms(ADULT) == policies.ReportTerms(None, None, None, True, "Code 1")


def test_a_line_without_hours_says_so_and_is_not_taken_to_be_open() -> None:
    """A number is worth having even where its page names no hours."""
    (card,) = read_states(_plain(child_line={"name": "Line", "phone": "1-800-555-0100"})).values()

    (line,) = card.lines
    assert (line.purpose, line.hours, line.is_always_open) == ("child_abuse", "hours not known", False)


def test_a_packs_line_stands_before_the_cards_and_the_cards_before_the_federal_one() -> None:
    """Purpose by purpose: a pack overrides its card where it says something."""
    (card,) = read_states(_plain(child_line={"name": "Line", "phone": "1-800-555-0100"})).values()

    packs_of_lines = [
        line.pack for line in policies.lines_of(("federal", "us-tx"), card) if line.purpose == "child_abuse"
    ]

    assert packs_of_lines == ["us-tx", "states", "federal"]
    assert policies.lines_of(("federal",), None) == policies.load_lines(("federal",))


def _plain(**facts: Any) -> dict[str, Any]:
    reading = {"source": "https://example.org", "read": read_yaml_day(), "confidence": "P", "authority": "Code 1"}
    return {"us-zz": {"name": "Zed", "readings": [{**reading, **facts}]}}


def read_yaml_day() -> Any:
    """Return a day as YAML reads it."""
    return FACTS[0][1].read


def _change(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda raw: raw["us-zz"]["readings"][0].update(changes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda raw: raw.update({"zz": raw.pop("us-zz")}), "no code of a state"),
        (lambda raw: raw["us-zz"].update(name=" "), "the name is empty"),
        (lambda raw: raw["us-zz"].update(capital="Z"), "no other key"),
        (lambda raw: raw["us-zz"]["readings"].append(dict(raw["us-zz"]["readings"][0])), "says child_due again"),
        (lambda raw: raw["us-zz"]["readings"][0].pop("source"), "needs confidence, read, source"),
        (lambda raw: raw["us-zz"]["readings"][0].pop("child_due"), "and a fact"),
        (_change(source="http://example.org"), "https"),
        (_change(read="2026-11-29"), "a day"),
        (_change(confidence="certain"), "none of P, S, M"),
        (_change(authority=""), "`authority` is empty"),
        (_change(child_due="soon"), "child_due has no such value"),
        (_change(adult_reporters="some"), "adult_reporters has no such value"),
        (_change(child_police="yes"), "child_police has no such value"),
        (_change(minor_shelter="14"), "minor_shelter has no such value"),
        (_change(child_line={"name": "Line"}), "neither phone nor text"),
    ],
)
def test_what_cannot_be_used_is_refused(change: Callable[[dict[str, Any]], object], message: str) -> None:
    """By the file and the state."""
    raw = _plain(child_due="PT0S")
    change(raw)

    with pytest.raises(policies.PackError) as refusal:
        read_states(raw)

    assert all(problem.startswith("states.yaml, ") for problem in refusal.value.problems)
    assert any(message in problem for problem in refusal.value.problems)


def test_a_file_that_is_no_mapping_is_refused() -> None:
    """As is a reading or a line that is none."""
    for raw in ([], {"us-zz": []}, {"us-zz": {"name": "Zed", "readings": ["child_due"]}}, _plain(child_line="911")):
        with pytest.raises(policies.PackError):
            read_states(raw)


def test_the_file_gives_each_key_once() -> None:
    """A card written twice would lose the first in silence."""
    assert read_yaml(FILE).keys() == CARDS.keys()
