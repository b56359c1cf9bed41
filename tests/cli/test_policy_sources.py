"""`policy states`, `policy sources` and `policy check --age`: what is known of each state, and how old that is."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pytest
from command_line import CommandLine
from rich.console import Console

import policies
from policies.states import read_states
from service.answers.printed import PrintedPage
from service.answers.printed.sources import print_state
from service.i18n import pages
from service.vocabulary import policy_packs


def test_every_state_is_listed_with_what_its_card_lacks(router: CommandLine) -> None:
    """Each by its code, its lines and its name; as JSON the document of the interface."""
    page = router.run("policy", "states").out

    for card in policies.load_states().values():
        assert f"{card.code} {card.name}" in page
    document = json.loads(router.run("policy", "states", "--json").out)
    assert [card["code"] for card in document["states"]] == [*policies.load_states()]


def test_one_state_is_shown_with_each_source(router: CommandLine) -> None:
    """The page, the day and the mark beside each fact; a code of no state is refused."""
    page = router.run("policy", "states", "us-va").out.replace("\n", "").replace(" ", "")

    for fact in policies.load_states()["us-va"].facts.values():
        assert fact.source.replace(" ", "") in page
    outcome = router.run("policy", "states", "us-zz")
    assert (outcome.status, outcome.out) == (1, "")
    assert "policy states" in outcome.err


def test_how_many_cards_are_complete_is_counted(router: CommandLine) -> None:
    """By the points that each card lacks; every card is in one column of each row."""
    cards = policies.load_states().values()
    out = router.run("policy", "facts", "--counts", "--format", "csv").out
    rows = {row["facts"]: row for row in csv.DictReader(io.StringIO(out))}

    complete = [card for card in cards if not {*card.needed} - {"trafficking_report"}]
    assert rows["child and adult complete"]["known"] == str(len(complete))
    assert rows["trafficking answered"]["known"] == str(sum("trafficking_report" in card.facts for card in cards))
    for row in rows.values():
        assert sum(int(row[name]) for name in ("known", "searched", "not searched")) == len(cards)


@pytest.mark.parametrize(
    ("fact", "confidence"),
    [
        ({"child_due": "PT0S", "authority": "Code 1", "confidence": "P"}, pages.CONFIDENCE["P"]),
        ({"child_due": "PT0S", "confidence": "P"}, pages.OWN_PAGE),
        ({"child_line": {"name": "L", "phone": "1-800-555-0100"}, "authority": "1", "confidence": "P"}, pages.OWN_PAGE),
        ({"child_due": "PT0S", "confidence": "S"}, pages.CONFIDENCE["S"]),
    ],
)
def test_a_page_of_an_agency_is_no_provision(fact: dict[str, object], confidence: str) -> None:
    """A number, and a fact without a section of law, were read on the agency's own page."""
    reading = {"source": "https://example.org", "read": date(2026, 11, 29), **fact}
    (card,) = read_states({"us-zz": {"name": "Zed", "readings": [reading]}}).values()
    out = io.StringIO()
    print_state(PrintedPage(Console(file=out, width=200, color_system=None)), card)

    assert f"2026-11-29: {confidence}" in out.getvalue()


def test_every_authority_is_in_the_list_for_counsel(router: CommandLine) -> None:
    """Each rule, line and fact once, with the day on which its source was read."""
    rows = list(csv.DictReader(io.StringIO(router.run("policy", "sources", "--format", "csv").out)))

    expected = policies.sources_of(policies.load_rulebook(policy_packs()), policies.load_states().values())
    assert [(row["within"], row["kind"], row["id"], row["read"]) for row in rows] == [
        (source.within, source.kind, source.id, source.read.isoformat()) for source in expected
    ]
    assert all(row["authority"] or row["page"] for row in rows)


def test_what_was_read_more_than_a_year_ago_is_named(router: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A year to the day still counts; a card read before is named, and the check fails."""
    assert router.run("policy", "check", "--age").status == 0

    reading = {"source": "https://example.org", "confidence": "P", "authority": "Code 1", "child_due": "PT0S"}
    cards = read_states({"us-zz": {"name": "Zed", "readings": [{**reading, "read": date(2020, 1, 1)}]}})
    (source,) = (item for item in policies.sources_of(policies.load_rulebook(["federal"]), cards.values())
                 if item.within == "us-zz")  # fmt: skip
    assert [source.is_old(day) for day in (date(2020, 12, 31), date(2021, 1, 1))] == [False, True]

    monkeypatch.setattr(policies, "load_states", lambda: cards)
    outcome = router.run("policy", "check", "--age")
    assert outcome.status == 1
    assert "Code 1 [2020-01-01, P]" in outcome.out
    assert "Due for review: 1" in outcome.err + outcome.out


def test_the_table_of_facts_has_a_row_for_each_card_and_a_cell_for_each_point(router: CommandLine) -> None:
    """The mark of a fact; `searched` where a search found no text; empty where nobody has looked."""
    header, *rows = csv.reader(io.StringIO(router.run("policy", "facts", "--format", "csv").out))
    cells = {row[0]: dict(zip(header[1:], row[1:], strict=True)) for row in rows}

    cards = policies.load_states()
    assert [*cells] == [*cards]
    for code, card in cards.items():
        assert {point for point, cell in cells[code].items() if cell in ("P", "S", "P?", "S?")} == card.facts.keys()
        assert {point for point, cell in cells[code].items() if cell == "searched"} == card.searched.keys()
    assert any(card.searched for card in cards.values())
