"""The figures of a coalition, measured, beside a way that finds the same prices; and how they are written."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks import coalitions, networkx_paths, report
from benchmarks.questions import draw_questions, prepare, search_of
from benchmarks.report import measure_coalition, measure_decisions

import policies
from routing.ranking.search_paths import search_paths
from routing.search.graph import build_hop_graph


def test_the_figures_of_a_coalition_are_measured() -> None:
    """Each is there, also from another way; the rules' two readings agree."""
    figures = measure_coalition(8, 1, count=3, decisions=20)

    assert (figures["agencies"], figures["services"], figures["needs"]) == (8, 37, 1)
    # Each is measured on its own, a moment apart: on a busy machine, a part may seem slower than the whole.
    assert figures["floor"]["p50_ms"] > 0
    assert 0 < figures["paths"]["p50_ms"] <= figures["paths"]["p99_ms"]
    assert 0 < figures["whole_answer"]["p50_ms"] <= figures["whole_answer"]["p99_ms"]
    assert figures["networkx"]["ratio"] > 0
    assert (figures["rules"]["requests"], figures["rules"]["disagreements"]) == (20, 0)
    assert figures["rules"]["cedar_us"] > figures["rules"]["compiled_us"] > 0


def test_networkx_finds_the_same_paths_gateways_and_prerequisites_among_them() -> None:
    """All five of each question, by another way, in one graph of everything."""
    directory, kinds = coalitions.serve(60, shape=coalitions.AWKWARD), set[str]()

    for question in draw_questions(directory.snapshot, 60, needs=2):
        search = search_of(directory, question)
        ours, whole = search_paths(*search)[1], build_hop_graph(*search)
        if len(whole.requirements) < 6 and len(whole.onward) < 40:
            prices = [networkx_paths.price_of(path.open_required, path.value) for path in ours.ranked_paths]
            assert agree(networkx_paths.five_paths(whole, math.inf), prices)
            steps = [step for ranked_path in ours.ranked_paths for step in ranked_path.steps]
            kinds |= {"gateway" for step in steps if step.gateway is not None}
            kinds |= {"added" for step in steps for offer in step.offers if offer.bit >= whole.needs}

    assert kinds == {"gateway", "added"}


def test_what_networkx_does_not_finish_is_counted_as_the_time_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """It took at least that long, and the figures say of how many questions that is so."""

    def too_long(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(networkx_paths, "five_paths", too_long)

    comparison = networkx_paths.compare_with_networkx(prepare(40, needs=2, count=12))

    assert comparison is not None
    patience_ms = 1000 * networkx_paths.PATIENCE_S
    assert (comparison["p50_ms"], comparison["finished"], comparison["questions"]) == (patience_ms, 0, 10)
    assert comparison["ratio"] > 100


def agree(prices: Sequence[int], expected: Sequence[int]) -> bool:
    """Say whether two rankings agree, up to the first tie; after a tie, other paths may follow."""
    for place, (price, other) in enumerate(zip(prices, expected, strict=False), start=1):
        if price != other:
            return False
        if price in (*prices[place : place + 1], *expected[place : place + 1]):
            return True
    return len(prices) == len(expected)


@pytest.mark.parametrize(
    ("theirs", "ours", "same"),
    [
        ([5, 7], [5, 7], True),
        ([5, 7], [5, 8], False),
        ([5, 7], [5], False),
        ([5], [5, 7], False),
        ([5, 5, 7], [5, 6], True),
        ([5, 6], [5, 5, 7], True),
        ([4, 5], [5, 5], False),
    ],
)
def test_two_rankings_agree_up_to_the_first_tie(theirs: list[int], ours: list[int], same: bool) -> None:
    """Which of two equal paths comes first decides what may follow, and neither is better."""
    assert agree(theirs, ours) is same


def test_a_disagreement_is_counted() -> None:
    """Compiled rules that say something else than Cedar's are not passed over."""
    rulebook = policies.load_rulebook(["federal"])
    wrong = {**rulebook.pack.formulas, "aggregate-permit": False}

    assert measure_decisions(rulebook, 200, 3)["disagreements"] == 0
    assert measure_decisions(policies.Rulebook(replace(rulebook.pack, formulas=wrong)), 200, 3)["disagreements"] > 0


def test_a_service_takes_at_most_a_hundred_bytes() -> None:
    """All columns and postings together, on a coalition of a region."""
    snapshot = coalitions.serve().snapshot

    assert report.bytes_of(snapshot) <= 100 * len(snapshot.services)


def test_figures_go_between_the_markers(tmp_path: Path) -> None:
    """What stands around the markers stays; between them are the new tables alone."""
    document = tmp_path / "FIGURES.md"
    document.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")

    report.write_tables(document, {"machine": "small", "versions": {"numpy": "2.0"}, "rows": [{"agencies": 20}]})

    assert document.read_text() == (
        f"before\n{report.BEGIN}\n| figure | value |\n| --- | --- |\n| machine | small |\n| versions: numpy | 2.0 |\n\n"
        f"| agencies |\n| ---: |\n| 20 |\n{report.END}\nafter\n"
    )


@pytest.mark.parametrize("document", [report.FIGURES, report.DEPLOYMENT])
def test_each_document_has_room_for_its_figures(document: Path, tmp_path: Path) -> None:
    """Its own text stays as it is around the tables."""
    copy = tmp_path / document.name
    copy.write_text(document.read_text())

    report.write_tables(copy, {"rows": [{"agencies": 20}]})

    before, after = (re.split(f"{report.BEGIN}|{report.END}", file.read_text())[::2] for file in (document, copy))
    assert before == after
    assert len(before) == 2
