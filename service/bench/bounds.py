"""What each bound of the search buys: CPU time without it over CPU time with every bound, on the same questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from unittest.mock import patch

import routing
from routing.handoffs.gateways import Gateways
from routing.pruning import prerequisite_order
from routing.pruning.offer_filter import OfferFilter
from routing.ranking import search_paths
from routing.ranking.alternatives import Ranking, Without, rank
from routing.search.graph import hop_graph_of
from routing.what_if.answers import Outlook
from service.answer import build_answer
from service.bench.measure import Bench, Work, paths_of, percentiles, prepare, time_each
from service.profile import ResolvedProfile
from service.serving.sharing import Sharing

ASKED = {300: 100, 20_000: 40}
"""How many questions are asked, by the number of agencies: without a bound an answer may take a minute."""


class Bound(NamedTuple):
    """A part of the search that is there for speed alone: at `owner` there is `name`, and `without` it a stand-in."""

    title: str
    leaves_out: str
    owner: Any
    name: str
    without: Any


def _by_the_first_few(offer_filter: OfferFilter, gateways: Gateways, _: object) -> tuple[Without, Ranking, int]:
    """Stand in for `search_paths._plain`: the first few offers alone give the price that bounds all paths."""
    few = Without(hop_graph_of(gateways, scope=offer_filter.first()))
    return few, rank(few, offer_filter.scenario.profile.limit), -1


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
        "what comes first (`OfferFilter._keep`)",
        "offers that ask for what is too dear",
        OfferFilter,
        "_asking",
        lambda *_: [],
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
)

OF_ANSWERS = (
    Bound(
        "closer bounds for a region (`scope_of`)",
        "offers too dear for who may hand over to whom",
        OfferFilter,
        "narrower",
        lambda _, __, scope: scope,
    ),
    Bound(
        "rules that answer alike (`Outlook.is_alike`)",
        "searches under other rules",
        Outlook,
        "is_alike",
        lambda *_: False,
    ),
)


def tables_of_bounds(asked: Mapping[int, int] = ASKED) -> str:
    """Return a table in Markdown of what each bound buys the paths, and one of what some buy whole answers.

    Nothing is limited in time, so each answer is complete with the bound and without.
    """
    benches = {agencies: prepare(agencies, needs=None, asked=number) for agencies, number in asked.items()}
    tables = ("What it leaves out", paths_of, OF_PATHS), ("What it saves", complete_answer, OF_ANSWERS)
    return "\n\n".join(
        _table(what, {size: times_without(bench, work, bounds) for size, bench in benches.items()}, bounds)
        for what, work, bounds in tables
    )


def complete_answer(bench: Bench, question: ResolvedProfile) -> object:
    """Return the whole answer to a question, however long it takes."""
    sharing = Sharing(bench.served.rulebook, bench.served.policy, question.case)
    request = routing.Request(bench.served.snapshot, question.profile, rules=sharing, asks=sharing)
    return build_answer(bench.served, question, sharing, routing.find_paths(request), request, new_id=lambda: "")


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


def _table(what: str, times: Mapping[int, Sequence[tuple[float, float]]], bounds: Sequence[Bound]) -> str:
    head = [f"| Without | {what} | " + " | ".join(f"{agencies:,} agencies" for agencies in times) + " |"]
    head += ["|---|---|" + "---:|" * len(times)]
    rows = (
        f"| {bound.title} | {bound.leaves_out} | "
        + " | ".join(f"{p50:.1f} / {p99:.1f}" for p50, p99 in (of_size[place] for of_size in times.values()))
        + " |"
        for place, bound in enumerate(bounds)
    )
    return "\n".join([*head, *rows])
