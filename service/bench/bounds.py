"""What each bound of the search buys: CPU time without it over CPU time with every bound, on the same questions.

And what no bound could save: the time for the graph that proves the paths, and for the paths in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from unittest.mock import patch

import routing
from routing.client.scenario import Scenario
from routing.handoffs.bits import Finder
from routing.handoffs.gateways import Gateways
from routing.handoffs.hops import Hops
from routing.handoffs.offers import ENDLESS, Scope
from routing.handoffs.permits import Permits
from routing.pruning import prerequisite_order
from routing.pruning.feasibility import Needed
from routing.pruning.offer_filter import OfferFilter
from routing.ranking import search_paths
from routing.ranking.alternatives import Ranking, Without, rank
from routing.search import best_path
from routing.search.graph import HopGraph, hop_graph_of
from routing.what_if.answers import Outlook
from service.answer import build_answer
from service.bench.measure import Bench, Work, floor_of, paths_of, percentiles, prepare, sharing_of, time_each
from service.profile import ResolvedProfile
from service.serving.sharing import Sharing

ASKED = {300: 150, 20_000: 60}
"""How many questions are asked, by the number of agencies."""

PART = 4
"""One in so many of the questions is asked where whole answers are measured, which take long without a bound."""


class Bound(NamedTuple):
    """A part of the search that is there for speed alone: at `owner` there is `name`, and `without` it a stand-in."""

    title: str
    leaves_out: str
    owner: Any
    name: str
    without: Any


def _by_the_first_few(
    offer_filter: OfferFilter, gateways: Gateways, _: object
) -> Iterator[tuple[Without, Ranking, int]]:
    """Stand in for `search_paths._plain`: the first few offers alone give the price that bounds all paths."""
    few = Without(hop_graph_of(gateways, scope=offer_filter.first()))
    yield few, rank(few, offer_filter.scenario.profile.limit), -1


OF_PATHS = (
    Bound(
        "the first few offers (`OfferFilter.first`)",
        "offers dearer than a price that they give",
        OfferFilter,
        "is_worth_it",
        False,
    ),
    Bound(
        "plain paths first (`search_paths`)",
        "prerequisites and gateways dearer than the plain paths",
        search_paths,
        "_plain",
        _by_the_first_few,
    ),
    Bound(
        "two passes (`pruning/two_pass_bound.py`)",
        "offers too dear for who may hand over to whom",
        OfferFilter,
        "closer",
        lambda same, *_: same,
    ),
    Bound(
        "plans bounded in groups (`pruning/prerequisite_order.py`)",
        "plans too dear for what they add",
        prerequisite_order,
        "bound_group",
        lambda *_: prerequisite_order.LEAST,
    ),
    Bound(
        "points left for a gateway (`Finder.points_left`)",
        "gateways dearer than what a path may cost",
        Finder,
        "points_left",
        lambda *_: ENDLESS,
    ),
    Bound(
        "searching around somebody (`search/best_path.py`, `MOST_POPS`)",
        "tables solved anew for each of an alternative's exclusions",
        best_path,
        "MOST_POPS",
        0,
    ),
    Bound(
        "sole providers by their offers (`OfferFilter.is_needed`)",
        "proofs that somebody could stand in",
        OfferFilter,
        "is_needed",
        lambda *_: None,
    ),
    Bound(
        "sole providers at any cost (`pruning/feasibility.py`)",
        "searches for whoever could stand in",
        Needed,
        "is_needed",
        lambda *_: None,
    ),
)

OF_CONDITIONAL = (
    Bound(
        "closer bounds for a region (`scope_of`): conditional paths",
        "offers too dear for who may hand over to whom",
        OfferFilter,
        "narrower",
        lambda _, __, scope: scope,
    ),
)

OF_ANSWERS = (
    Bound(
        "rules that answer alike (`Outlook.is_alike`): whole answers",
        "searches under other rules",
        Outlook,
        "is_alike",
        lambda *_: False,
    ),
)


def tables_of_bounds(asked: Mapping[int, int] = ASKED) -> str:
    """Return tables in Markdown: what each bound buys the paths, what some buy the rest of an answer, and the floor.

    The floor is the work that no bound could save.

    Nothing is limited in time, so what is found is the same with a bound and without.
    """
    paths = {agencies: prepare(agencies, needs=None, asked=number) for agencies, number in asked.items()}
    few = {agencies: replace(bench, asked=bench.asked[::PART]) for agencies, bench in paths.items()}
    rest = (*_rows(OF_CONDITIONAL, few, with_conditional), *_rows(OF_ANSWERS, few, complete_answer))
    bounds = [_table(_rows(OF_PATHS, paths, paths_of), asked), _table(rest, asked)]
    return "\n\n".join([*bounds, _table(_rows_of_floors(paths.values()), asked, ["CPU ms, p50 / p99"])])


def with_conditional(bench: Bench, question: ResolvedProfile) -> routing.Answer:
    """Return the paths, conditional ones and those beside the first included, however long it takes."""
    return routing.find_paths(_request(bench, question, sharing_of(bench, question)))


def complete_answer(bench: Bench, question: ResolvedProfile) -> dict[str, Any]:
    """Return the whole answer to a question, however long it takes."""
    sharing = sharing_of(bench, question)
    request = _request(bench, question, sharing)
    return build_answer(bench.served, question, sharing, routing.find_paths(request), request, new_id=lambda: "")


def _request(bench: Bench, question: ResolvedProfile, sharing: Sharing) -> routing.Request:
    return routing.Request(bench.served.snapshot, question.profile, rules=sharing, asks=sharing)


def times_without(bench: Bench, work: Work, bounds: Sequence[Bound]) -> list[tuple[float, float]]:
    """Return for each bound the ratios of the median and of the 99th percentile without it to those with all.

    Every question is asked with all bounds, then without each, in turn.
    """

    def without(bound: Bound) -> Work:
        def do(bench: Bench, question: ResolvedProfile) -> object:
            with patch.object(bound.owner, bound.name, bound.without):
                return work(bench, question)

        return do

    with_all, *others = map(percentiles, time_each(bench, work, *map(without, bounds)))
    return [(other["p50_ms"] / with_all["p50_ms"], other["p99_ms"] / with_all["p99_ms"]) for other in others]


def _rows(bounds: Sequence[Bound], benches: Mapping[int, Bench], work: Work) -> list[str]:
    """Return a row in Markdown for each bound, with a pair of ratios for each size."""
    times = [times_without(bench, work, bounds) for bench in benches.values()]
    return [
        f"| {bound.title} | {bound.leaves_out} | " + " | ".join(f"{p50:.1f} / {p99:.1f}" for p50, p99 in ratios) + " |"
        for bound, *ratios in zip(bounds, *times, strict=True)
    ]


def floors_of(bench: Bench) -> dict[str, Work]:
    """Return the work that is left if the offers of the graph that proves the paths were known beforehand, by title.

    The candidates stand apart; of the rest, each includes what is before it.
    """
    scopes = {id(question): _proving_scope(bench, question) for question in bench.asked}

    def graph(bench: Bench, question: ResolvedProfile) -> Without:
        hops = Hops(Scenario(bench.served.snapshot, question.profile), Permits(sharing_of(bench, question)))
        return Without(hop_graph_of(Gateways(hops.scenario, hops), scope=scopes[id(question)]))

    return {
        "the candidates, which every engine needs": floor_of,
        "the graph that proves the paths": graph,
        "that graph, and the first path in it": lambda *asked: graph(*asked).best(frozenset()),
        "that graph, and all paths in it": lambda bench, asked: rank(graph(bench, asked), asked.profile.limit),
        "all paths, as they are found": paths_of,
    }


def _proving_scope(bench: Bench, question: ResolvedProfile) -> Scope | None:
    """Return the offers of the graph that proves the paths of a question, `None` for every offer."""
    made: list[tuple[HopGraph, Scope | None]] = []

    def noted(gateways: Gateways, *, scope: Scope | None = None) -> HopGraph:
        made.append((hop_graph_of(gateways, scope=scope), scope))
        return made[-1][0]

    with patch.object(search_paths, "hop_graph_of", noted):
        scenario = Scenario(bench.served.snapshot, question.profile)
        proving, _ = search_paths.search_paths(scenario, sharing_of(bench, question))
    return next(scope for graph, scope in made if graph is proving)


def _rows_of_floors(benches: Iterable[Bench]) -> Iterator[str]:
    """Yield a row in Markdown for each of `floors_of`, with the median and the 99th percentile for each size."""
    floors: dict[str, list[str]] = {}
    for bench in benches:
        works = floors_of(bench)
        for title, spent in zip(works, time_each(bench, *works.values()), strict=True):
            floors.setdefault(title, []).append("{p50_ms:.1f} / {p99_ms:.1f}".format_map(percentiles(spent)))
    for title, cells in floors.items():
        yield f"| {title} | {' | '.join(cells)} |"


def _table(rows: Iterable[str], sizes: Iterable[int], first: Sequence[str] = ("Without", "What it leaves out")) -> str:
    columns = [f"{agencies:,} agencies" for agencies in sizes]
    head = " | ".join([*first, *columns])
    return "\n".join([f"| {head} |", "|" + "---|" * len(first) + "---:|" * len(columns), *rows])
