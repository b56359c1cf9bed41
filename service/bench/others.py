"""The usual alternative in networkx: the product graph of holders and open needs, with paths by Yen's algorithm.

The task is the same: gateways and added prerequisites are in the graph. The hops come from the engine, because both
need them, and the time for the hops counts for both. The price of each path must equal the engine's.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import cache, partial
from itertools import pairwise
from typing import Any, NamedTuple

import networkx as nx
import numpy as np

from routing.client.scenario import Scenario
from routing.costs import URGENCIES, URGENCY_WEIGHT
from routing.handoffs.hop import Offer
from routing.ranking.search_paths import search_paths
from routing.search.best_path import EdgeArrays
from routing.search.graph import HopGraph, build_hop_graph
from routing.search.order import Order
from routing.search.programme import plans_of, unasked_needs
from routing.search.ranked_path import RankedPath
from routing.search.tables import Layout, left_open, packed
from service.bench import measure
from service.bench.measure import Bench, cpu_ms, paths_of, sharing_of

QUESTIONS = 10
_START, _DONE = "start", "done"
_LEFT_OPEN = 1 << 50


class OutOfPatience(Exception):
    """networkx takes too long."""


class TwoPrices(Exception):
    """networkx and the engine give different prices for an answer, so no figure can be trusted."""


class PathFound(NamedTuple):
    """A path in the form for comparison: required needs left open by urgency (see `_rank`), and the packed price."""

    left_open: int
    value: int


class _SearchState(NamedTuple):
    """A state of a path: the organization and the place reached, the mask of open bits, the plan, a gate's port.

    The plan is the mask of added prerequisites; `gateway` is -1 except on the way through a gateway.
    """

    organization: int
    place: int
    mask: int
    plan: int
    gateway: int = -1


def compare_with_networkx(bench: Bench) -> dict[str, float] | None:
    """Return the median time of networkx, its ratio to the engine's, and the number of finished questions of the total.

    A question that does not finish in `measure.NETWORKX_S` seconds counts with `NETWORKX_S`, as a lower bound. None if
    no question has a candidate.

    Raises:
        TwoPrices: networkx and the engine find different paths.
    """
    theirs: list[float] = []
    ours: list[float] = []
    finished = 0
    for question in bench.asked:
        if len(theirs) == QUESTIONS:
            break
        scenario, sharing = Scenario(bench.served.snapshot, question.profile), sharing_of(bench, question)
        hop_graph, given = cpu_ms(partial(build_hop_graph, scenario, sharing))
        if not hop_graph.ports:
            continue
        try:
            found, spent = cpu_ms(partial(five_paths, hop_graph, time.process_time() + measure.NETWORKX_S))
        except OutOfPatience:
            theirs.append(measure.NETWORKX_S * 1000)
        else:
            _, best = search_paths(scenario, sharing)
            if not agree(found, [*map(found_of, best.ranked_paths)]):
                raise TwoPrices
            theirs.append(given + spent)
            finished += 1
        paths_of(bench, question)
        ours.append(cpu_ms(partial(paths_of, bench, question))[1])
    if not theirs:
        return None
    ratio = float(np.median(np.array(theirs) / np.array(ours)))
    of_all = {"finished": finished, "questions": len(theirs)}
    return {"p50_ms": round(float(np.median(theirs)), 3), "ratio": round(ratio, 1), **of_all}


def found_of(ranked_path: RankedPath) -> PathFound:
    """Return a path of the engine in the form for comparison. Pure."""
    return PathFound(_rank(ranked_path.open_required), ranked_path.value)


def agree(theirs: list[PathFound], ours: list[PathFound]) -> bool:
    """Say whether two rankings agree, up to the first tie; after a tie, other paths may follow. Pure.

    >>> agree([PathFound(0, 5), PathFound(0, 7)], [PathFound(0, 5), PathFound(0, 8)])
    False
    >>> agree([PathFound(0, 5), PathFound(0, 5)], [PathFound(0, 5), PathFound(0, 8)])  # two paths at the same price
    True
    """
    for place, (path, expected) in enumerate(zip(theirs, ours, strict=False), start=1):
        if path != expected:
            return False
        if path in (*theirs[place : place + 1], *ours[place : place + 1]):
            return True
    return len(theirs) == len(ours)


def five_paths(hop_graph: HopGraph, until: float) -> list[PathFound]:
    """Return the best path, then further paths, each of which does without an organization of every earlier path.

    Raises:
        OutOfPatience: the CPU time of the process (seconds) is past `until`.
    """
    graph, arrays = nx.DiGraph(), EdgeArrays(hop_graph)
    for planned in plans_of(hop_graph):
        _Layer(arrays, planned, graph).grow(until)
    paths: list[PathFound] = []
    accepted: list[frozenset[int]] = []
    graph.add_nodes_from((_START, _DONE))
    if not nx.has_path(graph, _START, _DONE):
        return paths
    for path in nx.shortest_simple_paths(graph, _START, _DONE, weight="weight"):
        if time.process_time() > until:
            raise OutOfPatience
        rank, value = divmod(sum(graph[one][other]["weight"] for one, other in pairwise(path)), _LEFT_OPEN)
        reached = [state for state in path[2:-1] if isinstance(state, _SearchState)]
        organizations = frozenset(state.organization for state in reached)
        most_open = paths[0].left_open if paths else rank
        if _count(rank) > _count(most_open) or any(earlier <= organizations for earlier in accepted):
            continue
        accepted.append(frozenset(state.organization for state in reached if state.gateway < 0))
        paths.append(PathFound(rank, value))
        if len(paths) == hop_graph.scenario.profile.limit:
            break
    return paths


def _rank(open_required: Sequence[int]) -> int:
    """Return the counts of required needs left open, most urgent first, as a number with the same order."""
    return sum(left << 4 * place for place, left in enumerate(reversed(open_required)))


def _count(rank: int) -> int:
    return sum(rank >> 4 * place & 15 for place in range(len(URGENCIES)))


class _Layer:
    """The states of a plan of prerequisites, put into a graph; weights are packed prices, needs left open first."""

    def __init__(self, arrays: EdgeArrays, planned: int, graph: Any) -> None:
        self._arrays, self._hop_graph, self._planned, self._graph = arrays, arrays.hop_graph, planned, graph
        self._layout = Layout.of(Order(self._hop_graph), planned, planned | unasked_needs(self._hop_graph))
        self._weight = [self._wait(mask) for mask in range(self._layout.masks)]
        self._edges = cache(self._list_edges)
        self._meetings = cache(self._find_meetings)

    def grow(self, until: float) -> None:
        """Add every state that a path of the plan can reach.

        Raises:
            OutOfPatience: as `five_paths`.
        """
        todo = list(self._starts())
        seen = set(todo)
        while todo:
            if time.process_time() > until:
                raise OutOfPatience
            state = todo.pop()
            if state.mask == 0:
                self._graph.add_edge(state, _DONE, weight=0)
                continue
            fresh = {target for target in self._leave(state) if target not in seen}
            seen |= fresh
            todo += fresh

    def _starts(self) -> Iterator[_SearchState]:
        """Yield the first states of paths, one for each set of needs to meet; the other needs stay open for good."""
        layout, profile = self._layout, self._hop_graph.scenario.profile
        must, asked = layout.local(self._planned) or 0, layout.closed_by(self._planned, marked=False)
        needs = [(1 << place, 1 << bit) for place, bit in enumerate(layout.requirements) if bit < len(profile.needs)]
        for mask in range(1, 1 << len(layout.requirements)):
            covers = sum(need for bit, need in needs if mask & bit)
            if mask & must == must and covers:
                required, optional = left_open(profile, np.array([covers]))
                begun = _SearchState(self._hop_graph.scenario.origin, 0, mask | asked, self._planned)
                skipped = packed(self._hop_graph.scenario.weights.optional_uncovered, 0) * int(optional[0])
                self._lead(_START, begun, _rank(required[:, 0].tolist()) * _LEFT_OPEN + skipped)
                yield begun

    def _leave(self, state: _SearchState) -> Iterator[_SearchState]:
        """Add the edges that leave a state, and yield their target states."""
        mask, wait = state.mask, self._weight[state.mask]
        for organization, port, price, hours in self._edges(state.place, state.gateway):
            reached = self._hop_graph.ports[port]
            if reached.gate is None:
                yield from self._arrive(state, port, mask, price + wait * hours)
                continue
            requires = self._layout.local(reached.gate.requires)
            if requires is not None and not requires & mask:
                left = mask & ~self._layout.closed_by(reached.gate.requires, marked=False)
                by = _SearchState(organization, state.place, left, self._planned, port)
                self._lead(state, by, price + wait * hours)
                yield by

    def _arrive(self, state: _SearchState, port: int, mask: int, price: int) -> Iterator[_SearchState]:
        organization, place, meetings = self._meetings(port, mask)
        for met, rest in meetings:
            target = _SearchState(organization, place, rest, self._planned)
            self._lead(state, target, price + met)
            yield target

    def _lead(self, state: object, target: _SearchState, weight: int) -> None:
        known = self._graph.get_edge_data(state, target)
        if known is None or weight < known["weight"]:
            self._graph.add_edge(state, target, weight=weight)

    def _wait(self, mask: int) -> int:
        """Return the packed price of an hour with the bits of `mask` open."""
        bits = (bit for place, bit in enumerate(self._layout.requirements) if mask >> place & 1)
        return packed(
            self._hop_graph.scenario.weights.hour
            * sum(URGENCY_WEIGHT[self._hop_graph.requirements[bit].urgency] for bit in bits),
            0,
        )

    def _list_edges(self, place: int, gateway: int) -> list[tuple[int, int, int, int]]:
        """Return organization, port, packed price and hours of the edges that leave a place, or a gate (-1: none)."""
        arrays = self._arrays
        edges = arrays.leaving(place)[0] if gateway < 0 else np.array(arrays.onward.get(gateway, ()), dtype=np.int64)
        columns = (column[edges].tolist() for column in (np.array(arrays.to), arrays.port, arrays.price, arrays.hours))
        return list(zip(*columns, strict=True))

    def _find_meetings(self, port: int, mask: int) -> tuple[int, int, list[tuple[int, int]]]:
        """Return the organization and the place of a port, and the least price for each mask that can stay open."""
        prices: dict[int, int] = {}
        stack = [(0, mask)]
        while stack:
            price, at = stack.pop()
            for offer in self._hop_graph.ports[port].offers:
                rest = self._after(offer, at)
                spent = price + packed(offer.price, 0)
                if rest is not None and spent < prices.get(rest, _LEFT_OPEN):
                    prices[rest] = spent
                    stack.append((spent, rest))
        place, order = self._hop_graph.holder_at(port), self._layout.out_of_order
        met = [(price + packed(order(mask & ~rest, rest), 0), rest) for rest, price in prices.items()]
        return self._hop_graph.ports[port].organization, place, met

    def _after(self, offer: Offer, mask: int) -> int | None:
        """Return the mask of bits open after an offer is taken, None if the offer cannot be taken."""
        requires = self._layout.local(offer.requires)
        if offer.bit not in self._layout.requirements or requires is None:
            return None
        bit = 1 << self._layout.requirements.index(offer.bit)
        if not mask & bit or mask & requires:
            return None
        return mask & ~(bit | self._layout.closed_by(offer.requires, marked=False))
