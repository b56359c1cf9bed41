"""The usual alternative in networkx: the product graph of holders and open needs, with paths by Yen's algorithm.

The task is the same: gateways and added prerequisites are in the graph. The hops come from the engine, because both
need them, and the time for the hops counts for both. The price of each path must equal the engine's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from itertools import pairwise
from typing import NamedTuple

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
from service.bench.measure import QuestionSet, cpu_ms
from service.bench.report import paths_of, sharing_of

QUESTIONS = 10
PATIENCE_S = 10.0
"""The most seconds of processor time that networkx may take for a question."""
_START, _END = "start", "end"
_LEFT_OPEN = 1 << 50


class OutOfPatience(Exception):
    """networkx takes too long."""


class TwoPrices(Exception):
    """networkx and the engine give different prices for an answer, so no figure can be trusted."""


class PathPrice(NamedTuple):
    """A path in the form for comparison: required needs left open by urgency (see `_rank`), and the packed price."""

    left_open: int
    value: int


class _State(NamedTuple):
    """A state of a path: the organization and the place reached, the mask of open needs, the plan, a gate's port.

    The plan is the mask of added prerequisites; `gateway` is -1 except on the way through a gateway.
    """

    organization: int
    place: int
    mask: int
    plan: int
    gateway: int = -1


Node = _State | str


def compare_with_networkx(question_set: QuestionSet) -> dict[str, float] | None:
    """Return the median time of networkx, its ratio to the engine's, and the number of finished questions of the total.

    A question that does not finish in `PATIENCE_S` seconds counts with `PATIENCE_S`, as a lower bound. None if no
    question has a candidate.

    Raises:
        TwoPrices: networkx and the engine find different paths.
    """
    directory, networkx_ms, engine_ms, finished = question_set.directory, list[float](), list[float](), 0
    for question in question_set.questions:
        if len(networkx_ms) == QUESTIONS:
            break
        scenario, sharing = Scenario(directory.snapshot, question.profile), sharing_of(directory, question)
        hop_graph, hops_ms = cpu_ms(partial(build_hop_graph, scenario, sharing))
        if not hop_graph.ports:
            continue
        try:
            prices, spent_ms = cpu_ms(partial(five_paths, hop_graph, time.process_time() + PATIENCE_S))
        except OutOfPatience:
            networkx_ms.append(PATIENCE_S * 1000)
        else:
            if not agree(prices, [*map(price_of, search_paths(scenario, sharing)[1].ranked_paths)]):
                raise TwoPrices
            networkx_ms.append(hops_ms + spent_ms)
            finished += 1
        paths_of(directory, question)
        engine_ms.append(cpu_ms(partial(paths_of, directory, question))[1])
    if not networkx_ms:
        return None
    ratio = float(np.median(np.array(networkx_ms) / np.array(engine_ms)))
    counts = {"finished": finished, "questions": len(networkx_ms)}
    return {"p50_ms": round(float(np.median(networkx_ms)), 3), "ratio": round(ratio, 1), **counts}


def price_of(ranked_path: RankedPath) -> PathPrice:
    """Return a path of the engine in the form for comparison. Pure."""
    return PathPrice(_rank(ranked_path.open_required), ranked_path.value)


def agree(prices: Sequence[PathPrice], expected: Sequence[PathPrice]) -> bool:
    """Return whether two rankings agree, up to the first tie; after a tie, other paths may follow. Pure.

    >>> agree([PathPrice(0, 5), PathPrice(0, 7)], [PathPrice(0, 5), PathPrice(0, 8)])
    False
    >>> agree([PathPrice(0, 5), PathPrice(0, 5)], [PathPrice(0, 5), PathPrice(0, 8)])  # two paths at the same price
    True
    """
    for place, (price, other) in enumerate(zip(prices, expected, strict=False), start=1):
        if price != other:
            return False
        if price in (*prices[place : place + 1], *expected[place : place + 1]):
            return True
    return len(prices) == len(expected)


def five_paths(hop_graph: HopGraph, until: float) -> list[PathPrice]:
    """Return the best path, then further paths, each of which does without an organization of every earlier path.

    Raises:
        OutOfPatience: the CPU time of the process (seconds) is past `until`.
    """
    graph, arrays = nx.DiGraph(), EdgeArrays(hop_graph)
    for plan in plans_of(hop_graph):
        _grow(graph, _Layer(arrays, plan).moves, until)
    prices, sets = list[PathPrice](), list[frozenset[int]]()
    graph.add_nodes_from((_START, _END))
    if not nx.has_path(graph, _START, _END):
        return prices
    for path in nx.shortest_simple_paths(graph, _START, _END, weight="weight"):
        _check(until)
        rank, value = divmod(sum(graph[node][target]["weight"] for node, target in pairwise(path)), _LEFT_OPEN)
        states = [state for state in path[2:-1] if isinstance(state, _State)]
        organizations = frozenset(state.organization for state in states)
        most_open = prices[0].left_open if prices else rank
        if _count(rank) > _count(most_open) or any(earlier <= organizations for earlier in sets):
            continue
        sets.append(frozenset(state.organization for state in states if state.gateway < 0))
        prices.append(PathPrice(rank, value))
        if len(prices) == hop_graph.scenario.profile.limit:
            break
    return prices


def _check(until: float) -> None:
    if time.process_time() > until:
        raise OutOfPatience


def _grow(graph: nx.DiGraph, moves: Callable[[Node], Iterator[tuple[Node, int]]], until: float) -> None:
    """Add every state that moves reach from the start."""
    todo, seen = list[Node]([_START]), set[Node]([_END])
    while todo:
        _check(until)
        node = todo.pop()
        for target, weight in moves(node):
            edge = graph.get_edge_data(node, target)
            if edge is None or weight < edge["weight"]:
                graph.add_edge(node, target, weight=weight)
            if target not in seen:
                seen.add(target)
                todo.append(target)


def _rank(open_required: Sequence[int]) -> int:
    """Return the counts of required needs left open, most urgent first, as a number with the same order."""
    return sum(count << 4 * place for place, count in enumerate(reversed(open_required)))


def _count(rank: int) -> int:
    return sum(rank >> 4 * place & 15 for place in range(len(URGENCIES)))


class _Layer:
    """The states of a plan of prerequisites; weights are packed prices, needs left open first."""

    def __init__(self, arrays: EdgeArrays, plan: int) -> None:
        self._arrays, self._hop_graph, self._plan = arrays, arrays.hop_graph, plan
        self._layout = Layout.of(Order(self._hop_graph), plan, plan | unasked_needs(self._hop_graph))
        self._hour_price = [self._price_of_hour(mask) for mask in range(self._layout.masks)]
        self._edges, self._meetings = cache(self._list_edges), cache(self._list_meetings)

    def moves(self, node: Node) -> Iterator[tuple[Node, int]]:
        """Yield the nodes after one, each with the weight of its edge."""
        if not isinstance(node, _State):
            yield from self._starts()
        elif node.mask == 0:
            yield _END, 0
        else:
            yield from self._leave(node)

    def _starts(self) -> Iterator[tuple[Node, int]]:
        """Yield the first states of paths, one for each set of needs to meet; the other needs stay open for good."""
        layout, scenario = self._layout, self._hop_graph.scenario
        must, unasked = layout.local(self._plan) or 0, layout.closed_by(self._plan, marked=False)
        count = len(scenario.profile.needs)
        needs = [(1 << place, 1 << bit) for place, bit in enumerate(layout.requirements) if bit < count]
        for mask in range(1, 1 << len(layout.requirements)):
            covers = sum(need for bit, need in needs if mask & bit)
            if mask & must == must and covers:
                required, optional = left_open(scenario.profile, np.array([covers]))
                price = packed(scenario.weights.optional_uncovered, 0) * int(optional[0])
                rank = _rank(required[:, 0].tolist())
                yield _State(scenario.origin, 0, mask | unasked, self._plan), rank * _LEFT_OPEN + price

    def _leave(self, state: _State) -> Iterator[tuple[Node, int]]:
        mask, hour_price = state.mask, self._hour_price[state.mask]
        for organization, port, price, hours in self._edges(state.place, state.gateway):
            weight, gate = price + hour_price * hours, self._hop_graph.ports[port].gate
            if gate is None:
                receiver, place, meetings = self._meetings(port, mask)
                for meeting_price, rest in meetings:
                    yield _State(receiver, place, rest, self._plan), weight + meeting_price
                continue
            requires = self._layout.local(gate.requires)
            if requires is not None and not requires & mask:
                rest = mask & ~self._layout.closed_by(gate.requires, marked=False)
                yield _State(organization, state.place, rest, self._plan, port), weight

    def _price_of_hour(self, mask: int) -> int:
        """Return the packed price of an hour with the needs of `mask` open."""
        bits = (bit for place, bit in enumerate(self._layout.requirements) if mask >> place & 1)
        weight = sum(URGENCY_WEIGHT[self._hop_graph.requirements[bit].urgency] for bit in bits)
        return packed(self._hop_graph.scenario.weights.hour * weight, 0)

    def _list_edges(self, place: int, gateway: int) -> list[tuple[int, int, int, int]]:
        """Return organization, port, packed price and hours of the edges that leave a place, or a gate (-1: none)."""
        arrays = self._arrays
        edges = arrays.leaving(place)[0] if gateway < 0 else np.array(arrays.onward.get(gateway, ()), dtype=np.int64)
        columns = (column[edges].tolist() for column in (np.array(arrays.to), arrays.port, arrays.price, arrays.hours))
        return list(zip(*columns, strict=True))

    def _list_meetings(self, port: int, mask: int) -> tuple[int, int, list[tuple[int, int]]]:
        """Return the organization and the place of a port, and the least price for each mask that can stay open."""
        prices, stack = dict[int, int](), [(0, mask)]
        while stack:
            price, at = stack.pop()
            for offer in self._hop_graph.ports[port].offers:
                rest, total = self._after(offer, at), price + packed(offer.price, 0)
                if rest is not None and total < prices.get(rest, _LEFT_OPEN):
                    prices[rest] = total
                    stack.append((total, rest))
        place, order = self._hop_graph.holder_at(port), self._layout.out_of_order
        meetings = [(price + packed(order(mask & ~rest, rest), 0), rest) for rest, price in prices.items()]
        return self._hop_graph.ports[port].organization, place, meetings

    def _after(self, offer: Offer, mask: int) -> int | None:
        """Return the mask of needs open after an offer is taken, None if the offer cannot be taken."""
        requires = self._layout.local(offer.requires)
        if offer.bit not in self._layout.requirements or requires is None:
            return None
        bit = 1 << self._layout.requirements.index(offer.bit)
        if not mask & bit or mask & requires:
            return None
        return mask & ~(bit | self._layout.closed_by(offer.requires, marked=False))
