"""The usual alternative in networkx: the product graph of holders and open needs, with paths by Yen's algorithm.

The task is the same: gateways and added prerequisites are in the graph. The hops come from the engine, because both
need them, and the time for the hops counts for both. The price of each path equals the engine's.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import cache, partial
from itertools import islice
from statistics import median
from typing import NamedTuple

import networkx as nx
import numpy as np
from benchmarks.measure import cpu_ms
from benchmarks.questions import QuestionSet, paths_of, search_of

from routing.costs import URGENCY_WEIGHT
from routing.search.best_path import EdgeArrays
from routing.search.graph import HopGraph, build_hop_graph
from routing.search.order import Order
from routing.search.programme import Graph, unasked_needs
from routing.search.tables import Layout, left_open, packed, packed_hop
from service.answers.profile import ResolvedProfile
from service.directory.snapshot.directory_snapshot import DirectorySnapshot

QUESTIONS = 10
PATIENCE_S = 10.0
"""The most seconds of processor time that networkx may take for a question."""
_START, _END = "start", "end"
_LEFT_OPEN = 1 << 50


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
    """
    pairs = (_times_of(question_set.directory, question) for question in question_set.questions)
    times_ms = [*islice(filter(None, pairs), QUESTIONS)]
    if not times_ms:
        return None
    return {
        "p50_ms": round(median(networkx_ms for networkx_ms, _ in times_ms), 3),
        "ratio": round(median(networkx_ms / engine_ms for networkx_ms, engine_ms in times_ms), 1),
        "finished": sum(networkx_ms < PATIENCE_S * 1000 for networkx_ms, _ in times_ms),
        "questions": len(times_ms),
    }


def _times_of(directory: DirectorySnapshot, question: ResolvedProfile) -> tuple[float, float] | None:
    """Return the milliseconds of networkx and of the engine, asked again; None where nobody takes the client."""
    hop_graph, hops_ms = cpu_ms(partial(build_hop_graph, *search_of(directory, question)))
    if not hop_graph.ports:
        return None
    try:
        networkx_ms = hops_ms + cpu_ms(partial(five_paths, hop_graph, time.process_time() + PATIENCE_S))[1]
    except TimeoutError:
        networkx_ms = PATIENCE_S * 1000
    paths_of(directory, question)
    return networkx_ms, cpu_ms(partial(paths_of, directory, question))[1]


def five_paths(hop_graph: HopGraph, until: float) -> list[int]:
    """Return the price of the best path, then of further ones that do without an organization of every earlier path.

    Raises:
        TimeoutError: the processor time of the process (seconds) is past `until`.
    """
    graph, prices, sets = _product_graph(hop_graph, until), list[int](), list[frozenset[int]]()
    if not nx.has_path(graph, _START, _END):
        return prices
    for path in nx.shortest_simple_paths(graph, _START, _END, weight="weight"):
        _check(until)
        price, states = nx.path_weight(graph, path, "weight"), path[2:-1]
        organizations = frozenset(state.organization for state in states)
        is_worse = _open_needs(price) > _open_needs((prices or [price])[0])
        if is_worse or any(earlier <= organizations for earlier in sets):
            continue
        sets.append(frozenset(state.organization for state in states if state.gateway < 0))
        prices.append(price)
        if len(prices) == hop_graph.scenario.profile.limit:
            break
    return prices


def _check(until: float) -> None:
    if time.process_time() > until:
        raise TimeoutError


def _product_graph(hop_graph: HopGraph, until: float) -> nx.DiGraph:
    """Return every state that moves reach from the start, in the layers of all plans."""
    graph, arrays = nx.DiGraph(), EdgeArrays(hop_graph)
    graph.add_nodes_from((_START, _END))
    for plan in Graph(hop_graph).plans:
        layer, todo = _Layer(arrays, plan), list[Node]([_START])
        while todo:
            _check(until)
            node = todo.pop()
            for target, weight in layer.moves(node):
                if target not in graph:
                    todo.append(target)
                known = graph.get_edge_data(node, target, {"weight": weight})["weight"]
                graph.add_edge(node, target, weight=min(weight, known))
    return graph


def price_of(open_required: Sequence[int], value: int) -> int:
    """Return one number for the counts of required needs left open, most urgent first, and a packed price below."""
    return sum(count << 4 * place for place, count in enumerate(reversed(open_required))) * _LEFT_OPEN + value


def _open_needs(price: int) -> int:
    return sum(int(digit, 16) for digit in f"{price // _LEFT_OPEN:x}")


class _Layer:
    """The states of a plan of prerequisites; weights are packed prices, needs left open first."""

    def __init__(self, arrays: EdgeArrays, plan: int) -> None:
        self._arrays, self._hop_graph, self._plan = arrays, arrays.hop_graph, plan
        self._layout = Layout.of(Order(self._hop_graph), plan, plan | unasked_needs(self._hop_graph))
        self._edges, self._meetings = cache(self._edges_of), cache(self._meetings_at)
        self._hour_price = cache(self._price_of_hour)

    def moves(self, node: Node) -> Iterator[tuple[Node, int]]:
        """Return the nodes after one, each with the weight of its edge."""
        if not isinstance(node, _State):
            return self._starts()
        return self._leave(node) if node.mask else iter([(_END, 0)])

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
                start = _State(scenario.origin, 0, mask | unasked, self._plan)
                yield start, price_of(required[:, 0].tolist(), price)

    def _leave(self, state: _State) -> Iterator[tuple[Node, int]]:
        mask, layout = state.mask, self._layout
        for organization, port, price, hours in self._edges(state.place, state.gateway):
            weight, gate = price + self._hour_price(mask) * hours, self._hop_graph.ports[port].gate
            if gate is None:
                place = self._hop_graph.holder_at(port)
                for rest, meeting_price in self._meetings(port, mask).items():
                    yield _State(organization, place, rest, self._plan), weight + meeting_price
            elif (requires := layout.local(gate.requires)) is not None and not requires & mask:
                rest = mask & ~layout.closed_by(gate.requires, marked=False)
                yield _State(organization, state.place, rest, self._plan, port), weight

    def _price_of_hour(self, mask: int) -> int:
        """Return the packed price of an hour with the needs of `mask` open."""
        bits = (bit for place, bit in enumerate(self._layout.requirements) if mask >> place & 1)
        weight = sum(URGENCY_WEIGHT[self._hop_graph.requirements[bit].urgency] for bit in bits)
        return packed(self._hop_graph.scenario.weights.hour * weight, 0)

    def _edges_of(self, place: int, gateway: int) -> list[tuple[int, int, int, int]]:
        """Return organization, port, packed price and hours of the edges that leave a place, or a gate (-1: none)."""
        arrays = self._arrays
        numbers = arrays.leaving(place)[0] if gateway < 0 else arrays.onward.get(gateway, ())
        edges = [arrays.edges[number] for number in numbers]
        return [(edge.hop.organization, edge.port, packed_hop(edge.hop), edge.hop.hours) for edge in edges]

    def _meetings_at(self, port: int, mask: int) -> dict[int, int]:
        """Return the least price for each mask that can stay open at a port, what is met out of order included."""
        layout, prices, todo = self._layout, dict[int, int](), [(0, mask)]
        for price, at in todo:
            for offer in self._hop_graph.ports[port].offers:
                requires, total = layout.local(offer.requires), price + packed(offer.price, 0)
                bit = 1 << layout.requirements.index(offer.bit) if offer.bit in layout.requirements else 0
                if requires is None or not at & bit or at & requires:
                    continue
                rest = at & ~(bit | layout.closed_by(offer.requires, marked=False))
                if total < prices.get(rest, _LEFT_OPEN):
                    prices[rest] = total
                    todo.append((total, rest))
        return {rest: price + packed(layout.out_of_order(mask & ~rest, rest), 0) for rest, price in prices.items()}
