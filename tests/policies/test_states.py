"""State cards are data: every fact with its source and day, in known words; what is not confirmed is absent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest

import policies
from policies.card_file import review_fact, write_cards
from policies.card_points import LINE_POINTS, POINTS
from policies.pack_files import read_yaml
from policies.states import ADULT, CHILD, FILE, NEEDED, read_states
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
        if fact.confidence == "P" and (fact.authority is None or fact.point in LINE_POINTS):
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


def test_a_fact_that_a_second_reader_did_not_find_is_to_be_confirmed_and_a_new_reading_ends_that() -> None:
    """Its line too: the answer then says to confirm it first."""
    line = {"name": "Line", "phone": "1-800-555-0100"}
    raw = _plain(child_due="PT0S", child_line=line, unconfirmed=True)
    (card,) = read_states(raw).values()

    assert {fact.confirm_after for fact in card.facts.values()} == {card.lines[0].confirm_after} == {read_yaml_day()}
    assert all(fact.review_due > read_yaml_day() for fact in card.facts.values())
    assert "      unconfirmed: true\n" in write_cards(raw, "# Cards")

    (again,) = read_states(review_fact(raw, "us-zz", "child_due", read_yaml_day(), value="PT24H")).values()
    assert [fact.is_unconfirmed for fact in again.facts.values()] == [True, False]


def test_what_is_missing_is_what_has_no_fact() -> None:
    """Point by point, and of them what an answer cannot do without."""
    for card in CARDS.values():
        assert {*card.missing} == {*POINTS} - card.facts.keys()
        assert {*card.needed} == {*NEEDED} - card.facts.keys()


def test_the_terms_of_a_report_are_the_facts_of_its_subject() -> None:
    """Of a child those of the child, with the sections of law that they rest on."""
    (card,) = read_states(_plain(child_reporters="everybody", child_due="PT24H", adult_police="also")).values()

    child, adult = card.terms(CHILD), card.terms(ADULT)
    assert (child.reporters, child.due, child.value("police"), child.authority) == (
        "everybody",
        "PT24H",
        None,
        "Code 1",
    )
    assert (adult.reporters, adult.due, adult.value("police"), adult.authority) == (None, None, "also", "Code 1")
    assert not card.terms(ADULT).says_anything


def test_the_terms_say_who_takes_a_report_of_trafficking_where_it_is_about_that() -> None:
    """A beaten child's report is not told what holds for a trafficked one."""
    (card,) = read_states(
        _plain(
            child_due="PT0S", trafficking_report="caretaker_only", stranger_to="police", everyone_for_sexual_abuse=True
        )
    ).values()

    points = [[fact.point for fact in card.terms(CHILD, trafficked=trafficked).facts] for trafficked in (False, True)]
    assert points[0] == ["child_due", "everyone_for_sexual_abuse"]
    assert points[1] == [*points[0], "trafficking_report", "stranger_to"]


def test_a_fact_may_be_limited_by_conditions() -> None:
    """An age alone would promise more than the law does."""
    (card,) = read_states(_plain(minor_shelter={"is": 16, "when": ["homeless", "self_supporting"]})).values()

    fact = card.facts["minor_shelter"]
    assert (fact.value, fact.when) == (16, ("homeless", "self_supporting"))
    assert card.facts["minor_shelter"].text_as_of is None


@pytest.mark.parametrize(("date", "text"), [(2024, "2024"), ("2024-07", "2024-07"), (None, None)])
def test_a_text_has_the_date_that_it_bears(date: object, text: str | None) -> None:
    """A year, a month or a day; a page without a date has none."""
    (card,) = read_states(_plain(child_due="PT0S", text_as_of=date)).values()

    assert card.facts["child_due"].text_as_of == text


SEARCH = {"points": ["adult_due"], "source": "https://example.org", "read": date(2026, 12, 2)}


def test_a_card_says_what_was_searched_without_a_finding() -> None:
    """The point, the page that came nearest and the day: nobody looks twice, and the point stays missing."""
    raw = _plain(child_due="PT0S")
    (card,) = read_states({"us-zz": {**raw["us-zz"], "searched": [SEARCH]}}).values()

    assert card.searched == {"adult_due": policies.states.Search("https://example.org", date(2026, 12, 2))}
    assert "adult_due" in card.missing


@pytest.mark.parametrize(
    "change",
    [
        {"points": ["child_due"]},
        {"points": []},
        {"points": ["nap"]},
        {"source": "page"},
        {"read": "today"},
        {"by": "A"},
    ],
)
def test_a_search_of_a_known_or_unknown_point_is_refused(change: dict[str, object]) -> None:
    """A point is known or was not found, never both."""
    raw = _plain(child_due="PT0S")
    with pytest.raises(policies.PackError, match="search 1"):
        read_states({"us-zz": {**raw["us-zz"], "searched": [SEARCH | change]}})


def test_lines_of_counties_and_ages_stand_before_the_one_for_all() -> None:
    """Each with whom it serves, its own id, and the date of its page."""
    rows = [{"name": name, "phone": f"1-800-555-010{n}", "counties": [name]} for n, name in enumerate(["Alba", "Bern"])]
    elders = {"name": "Elders", "phone": "1-800-555-0109", "ages": [60, None]}
    everyone = {"name": "All", "phone": "1-800-555-0108"}
    (card,) = read_states(
        _plain(county_lines=rows, child_line=everyone, adult_lines=[{**elders, "disability": True}], text_as_of=2024)
    ).values()

    assert [line.id for line in card.lines] == [
        "us-zz-county-lines", "us-zz-county-lines-2", "us-zz-child-line", "us-zz-adult-lines"
    ]  # fmt: skip
    assert [line.serves.counties for line in card.lines] == [("Alba",), ("Bern",), (), ()]
    assert (card.lines[-1].serves.ages, card.lines[-1].serves.disability) == ((60, None), True)
    assert {line.text_as_of for line in card.lines} == {"2024"}


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
        (_change(unconfirmed=False), "`unconfirmed` is true or absent"),
        (_change(child_due="soon"), "child_due has no such value"),
        (_change(adult_reporters="some"), "adult_reporters has no such value"),
        (_change(child_police=True), "child_police has no such value"),
        (_change(child_police={"is": "also", "when": "homeless"}), "child_police has no such condition"),
        (_change(minor_shelter={"is": 16, "when": ["homeless", "homeless"]}), "minor_shelter has no such condition"),
        (_change(minor_health="always"), "minor_health has no such value"),
        (_change(trafficking_report="strangers"), "trafficking_report has no such value"),
        (_change(everyone_for_sexual_abuse=False), "everyone_for_sexual_abuse has no such value"),
        (_change(text_as_of="last year"), "`text_as_of` must be"),
        (_change(county_lines=[]), "county_lines has no such value"),
        (_change(adult_lines=[{"name": "L", "phone": "911", "ages": [60, 59]}]), "`ages` must be"),
        (_change(county_lines=[{"name": "L", "phone": "911", "counties": []}]), "`ages` must be"),
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
