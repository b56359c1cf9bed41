"""The bench: the contract's figures, measured, beside a way that finds the same prices; and how they are written."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from functools import partial
from itertools import starmap
from pathlib import Path
from unittest.mock import patch
from xml.etree import ElementTree

import pytest
from length import draws

import policies
from policies.engine.evaluate import evaluate
from policies.verify.sample_points import draw_possible
from routing.client.scenario import Scenario
from routing.ranking.search_paths import search_paths
from routing.search.graph import build_hop_graph
from routing.search.tables import points
from service.bench import bounds, everyday, measure, others, sql, stored, written
from service.bench.measure import prepare, report
from service.bench.rules import measure_decisions, part_of_rules
from service.bench.synthetic import draw_coalition
from service.cli import bench as command
from service.profile import ResolvedProfile
from service.serving.sharing import Sharing

KEYS = {
    *("machine", "versions", "seed", "agencies", "services", "needs", "paths", "whole_answer", "floor"),
    *("networkx", "sql", "rules", "http", "bytes_per_service", "build_ms"),
}


@pytest.fixture(autouse=True)
def few_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few questions, once each: what is measured is not what is tested."""
    monkeypatch.setattr(measure, "QUESTIONS", 12)
    monkeypatch.setattr(measure, "ENOUGH_MS", 0.0)


def test_the_figures_are_the_contracts_and_measured() -> None:
    """Every key of the contract is there, null for what was not run; networkx found the same prices on the way."""
    found = report(40, 2, decisions=500)

    assert found.keys() == KEYS
    assert (found["agencies"], found["services"], found["needs"]) == (40, 200, 2)
    assert 0 < found["floor"]["p50_ms"] <= found["paths"]["p50_ms"] <= found["paths"]["p99_ms"]
    assert found["networkx"]["ratio"] > 0
    assert found["paths"]["p50_ms"] < found["whole_answer"]["p50_ms"] <= found["whole_answer"]["p99_ms"]
    assert 0 <= found["whole_answer"]["complete"] <= 1
    assert {key for key in KEYS if found[key] is None} == {"http"}
    assert (found["rules"]["requests"], found["rules"]["disagreements"]) == (500, 0)
    assert found["rules"]["cedar_us"] > 20 * found["rules"]["compiled_us"] > 0
    assert 0 <= found["rules"]["part_of_request"] < 1


def test_networkx_finds_the_same_paths_gateways_and_prerequisites_among_them() -> None:
    """All five of each question, by another way, in one graph of everything."""
    bench, kinds = prepare(60, needs=2, asked=60), set[str]()

    for question in bench.asked:
        scenario = Scenario(bench.served.snapshot, question.profile)
        sharing = Sharing(bench.served.rulebook, bench.served.policy, question.case)
        _, ours = search_paths(scenario, sharing)
        whole = build_hop_graph(scenario, sharing)
        if len(whole.bits) < 6 and len(whole.onward) < 40:
            assert others.agree(others.five_paths(whole, math.inf), [*map(others.found_of, ours.ranked_paths)])
            steps = [step for ranked_path in ours.ranked_paths for step in ranked_path.steps]
            kinds |= {"gateway" for step in steps if step.gateway is not None}
            kinds |= {"added" for step in steps for offer in step.offers if offer.bit >= whole.needs}

    assert kinds == {"gateway", "added"}


def test_what_networkx_does_not_finish_is_counted_as_the_time_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """It took at least that long, and the figures say of how many questions that is so."""

    def too_long(*_: object) -> None:
        raise others.OutOfPatience

    monkeypatch.setattr(others, "five_paths", too_long)

    found = others.compare_with_networkx(prepare(40, needs=2, asked=12))

    assert found is not None
    assert (found["p50_ms"], found["finished"], found["questions"]) == (1000 * measure.NETWORKX_S, 0, 10)
    assert found["ratio"] > 100


@pytest.mark.parametrize(
    ("theirs", "ours", "same"),
    [
        ([(0, 5), (0, 7)], [(0, 5), (0, 7)], True),
        ([(0, 5), (0, 7)], [(0, 5), (0, 8)], False),
        ([(0, 5), (0, 7)], [(0, 5)], False),
        ([(0, 5)], [(0, 5), (0, 7)], False),
        ([(0, 5), (0, 5), (0, 7)], [(0, 5), (0, 6)], True),
        ([(0, 5), (0, 6)], [(0, 5), (0, 5), (0, 7)], True),
        ([(0, 4), (0, 5)], [(0, 5), (0, 5)], False),
        ([(1, 5)], [(0, 5)], False),
    ],
)
def test_two_rankings_agree_up_to_the_first_tie(
    theirs: list[tuple[int, int]], ours: list[tuple[int, int]], same: bool
) -> None:
    """Which of two equal paths comes first decides what may follow, and neither is better."""
    assert others.agree([*starmap(others.PathFound, theirs)], [*starmap(others.PathFound, ours)]) is same


def test_works_are_timed_in_turn_one_question_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is done once before, all are done as often, and the time of each is its own."""
    monkeypatch.setattr(measure, "ENOUGH_MS", 1e9)
    monkeypatch.setattr(measure, "MOST_RUNS", 3)
    bench, done = prepare(12, needs=1, asked=2), list[tuple[str, int]]()

    def quick(_: measure.Bench, question: ResolvedProfile) -> None:
        done.append(("quick", bench.asked.index(question)))

    def slow(_: measure.Bench, question: ResolvedProfile) -> None:
        done.append(("slow", bench.asked.index(question)))
        sum(range(100_000))

    spent = measure.time_each(bench, quick, slow)

    turns = [0, 1, *[0] * 3, *[1] * 3]
    assert done == [(work, number) for number in turns for work in ("quick", "slow")]
    assert all(brief < long for brief, long in zip(*spent, strict=True))


def test_a_disagreement_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiled rules that say something else than Cedar's are not passed over."""
    rulebook = policies.load_rulebook(["federal"])
    wrong = {**rulebook.pack.formulas, "aggregate-permit": False}

    assert measure_decisions(rulebook, 200, 3)["disagreements"] == 0
    monkeypatch.setattr(rulebook, "_pack", replace(rulebook.pack, formulas=wrong))
    assert measure_decisions(rulebook, 200, 3)["disagreements"] > 0


def test_the_part_of_the_rules_is_the_time_spent_in_them() -> None:
    """Work that is all rules is nearly all of it, work that is none is none."""
    pack = policies.load_rulebook(["federal"]).pack
    formulas = list(pack.formulas.values())
    points = draw_possible(pack.space, 20_000, 1)

    assert part_of_rules(lambda _: evaluate(pack.space, formulas, points), range(40)) > 0.8
    assert part_of_rules(lambda _: sum(range(300_000)), range(8)) == 0


@pytest.mark.parametrize("agencies", [300, 2_000, 10_000])
def test_a_service_takes_at_most_a_hundred_bytes(agencies: int) -> None:
    """All columns, postings and slugs together, on a coalition of a region and of a state."""
    assert prepare(agencies, needs=None, asked=1).bytes_per_service <= 100


def test_what_people_would_write_in_sql_is_given_its_indexes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A query that goes through every row for every service would flatter us a thousand times."""
    monkeypatch.setattr(sql, "_QUERY", f"explain query plan {sql._QUERY}")
    bench = prepare(40, needs=1, asked=1)
    database = sql.build_database(bench.served.snapshot)
    database.row_factory = lambda _, row: (row[-1],)

    (ranked_path,) = sql._ask(database, bench.served.snapshot, bench.asked[0].profile)

    assert any("area_of" in str(line) for line in ranked_path)
    assert not [line for line in ranked_path if "SCAN" in str(line)]


def test_the_same_seed_is_the_same_coalition_and_its_records_say_what_its_columns_say() -> None:
    """A coalition can be drawn again, and read record by record."""
    one, other = draw_coalition(50, 3), draw_coalition(50, 3)

    assert list(one.records.services) == list(other.records.services)
    assert list(one.records.services) != list(draw_coalition(50, 4).records.services)
    assert [record.slug for record in one.records.organizations] == list(one.records.organization_index)


def test_a_record_of_a_drawn_coalition_is_made_once_and_those_of_a_loop_are_not_kept() -> None:
    """A stored coalition holds its records; a drawn one of millions must not come to hold them all."""
    services = draw_coalition(50, 3).records.services

    first = services[7]
    looped = list(services)

    assert services[7] is first
    assert looped[7] == first
    assert looped[7] is not first
    assert services[8] is not looped[8]


def test_figures_go_between_the_markers_and_into_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands around the markers stays, and the picture is well-formed."""
    readme, picture = tmp_path / "README.md", tmp_path / "growth.svg"
    readme.write_text(f"before\n{written.BEGIN}\nold\n{written.END}\nafter\n")
    monkeypatch.setattr(written, "SIZES", {20: 12, 30: 7})
    monkeypatch.setattr(written, "BESIDE", ((20, 1),))
    monkeypatch.setattr(written, "ASKED_BESIDE", 12)
    monkeypatch.setattr(written, "STORED", (12,))
    monkeypatch.setattr(stored, "QUESTIONS", 3)
    monkeypatch.setattr(written, "GOALS", {30: {"p50_ms": 0.5}})
    small = {"small": (lambda: prepare(20, needs=None, asked=1).served, {"usual": 2, "eight": 1})}
    monkeypatch.setattr(everyday, "DIRECTORIES", small)
    monkeypatch.setattr(written, "measure_stored", partial(stored.measure_stored, seconds=0.2, most=1))

    written.write_report(readme, picture)

    text = readme.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| 30 | 150 |" in text
    assert "old" not in text
    assert "12 questions at 20 agencies, 7 questions at 30 agencies" in text
    assert re.search(r"^\| 30 \| 150 \| [0-9.]+ \(goal 0.5\) \| [0-9.]+ \|", text, re.MULTILINE)
    assert "| 20 | 1 |" in text
    assert len(re.findall(r"^\| 12 \| sqlite \|", text, re.MULTILINE)) == 1
    assert len(re.findall(r"^\| small \| [21] (?:usual|eight) \|", text, re.MULTILINE)) == 4
    assert ElementTree.fromstring(picture.read_text()).tag.endswith("svg")


@pytest.mark.parametrize("bound", bounds.OF_PATHS, ids=lambda bound: f"{bound.owner.__name__}.{bound.name}")
def test_without_a_bound_the_same_paths_are_found(bound: bounds.Bound) -> None:
    """Only the time differs: so that is what the table tells."""
    bench = prepare(120, needs=None, asked=draws(40))
    for question in bench.asked:
        with patch.object(bound.owner, bound.name, bound.without):
            without = measure.paths_of(bench, question)

        assert [path.total for path in without] == [path.total for path in measure.paths_of(bench, question)]


def test_what_a_bound_buys_is_the_time_without_it() -> None:
    """One stand-in does as much, one forty times as much; afterwards all is back in place."""
    bench = prepare(12, needs=1, asked=12)

    class Slow:
        times = 1

    def work(*_: object) -> int:
        return sum(range(20_000 * Slow.times))

    found = bounds.times_without(bench, work, [bounds.Bound("", "", Slow, "times", times) for times in (1, 40)])

    (same, _), (long, _) = found
    assert long > 5 * same
    assert Slow.times == 1


def test_every_bound_has_a_row_with_a_pair_of_ratios_for_each_size() -> None:
    every = (*bounds.OF_PATHS, *bounds.OF_CONDITIONAL, *bounds.OF_ANSWERS)

    text = bounds.tables_of_bounds({20: 3, 30: 2})

    rows = re.findall(r"^\| (.+?) \| (.+?) \| [0-9.]+ / [0-9.]+ \| [0-9.]+ / [0-9.]+ \|$", text, re.MULTILINE)
    assert rows == [(bound.title, bound.leaves_out) for bound in every]
    assert text.count("| 20 agencies | 30 agencies |") == 3
    parts = re.findall(r"^\| ([^|]+) \| [0-9.]+ / [0-9.]+ \| [0-9.]+ / [0-9.]+ \|$", text, re.MULTILINE)
    assert parts == list(bounds.floors_of(prepare(20, needs=None, asked=1)))


def test_the_graph_that_is_told_to_prove_the_paths_has_them_all() -> None:
    """To search that graph alone gives the same paths; only the work of finding out which graph it is falls away."""
    bench = prepare(120, needs=None, asked=draws(40))
    _, graph, first, every, paths = bounds.floors_of(bench).values()
    smaller = 0
    for question in bench.asked:
        found = [path.total for path in paths(bench, question)]

        assert [points(path.value) for path in every(bench, question).ranked_paths] == found
        assert [points(path.value) for path in [first(bench, question)] if path] == found[:1]
        scenario = Scenario(bench.served.snapshot, question.profile)
        whole = build_hop_graph(scenario, measure.sharing_of(bench, question))
        smaller += len(graph(bench, question).hop_graph.offers) < len(whole.offers)
    assert smaller > draws(5)


def test_the_command_prints_what_bounds_buy_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "tables_of_bounds", lambda: "| a | b |")

    command.bench(bounds=True)

    assert capsys.readouterr().out == "| a | b |\n"
