"""What people would write instead: the product graph of holders and open needs in networkx, paths by Yen's algorithm.

It is given the hops that the engine works out, and neither gateways nor added prerequisites, so it has less to do. Who
takes the client and who may hand over has to be found either way, so that time counts for both. Where it does not
finish in time it has no answer to compare.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import networkx as nx
import numpy as np

from routing.case import Case
from routing.detours import Detours, Doors
from routing.hops import Offer
from routing.problem import Problem, build_problem
from routing.search import Programme, unasked_needs
from routing.tables import Tables, packed, packed_hop
from service.bench.measure import Bench, cpu_ms, cpu_ms_of_one, paths_of, percentiles
from service.profile import Question
from service.sharing import Sharing

QUESTIONS = 10
MOST_S = 20.0
_START, _DONE = "start", "done"
_LEFT_OPEN = 1 << 50


class OutOfPatience(Exception):
    """The other way takes too long."""


class TwoPrices(Exception):
    """Two ways to one answer do not agree on its price: no figure is worth anything."""


def compare_with_networkx(bench: Bench) -> dict[str, float] | None:
    """Return networkx's median and how many times ours it is, over the questions that it finished; None if none.

    Raises:
        TwoPrices: the two do not find the same price.
    """
    theirs: list[float] = []
    ours: list[float] = []
    for question in bench.asked:
        if len(theirs) == QUESTIONS:
            break
        problem, given = cpu_ms_of_one(partial(_plain_problem, bench, question))
        if not problem.ports:
            continue
        tables = _tables(problem)
        if not tables.starts:
            continue  # nothing to find without what networkx is not given
        try:
            found, spent = cpu_ms(partial(_networkx, tables, question.profile.limit, time.process_time() + MOST_S))
        except OutOfPatience:
            theirs.append(MOST_S * 1000)  # it took at least this long
        else:
            best = Detours(tables, Doors(problem)).best(frozenset())
            if found != (None if best is None else best.value):
                raise TwoPrices
            theirs.append(given + spent)
        paths_of(bench, question)
        ours.append(cpu_ms_of_one(partial(paths_of, bench, question))[1])
    if not theirs:
        return None
    ratio = float(np.median(np.array(theirs) / np.array(ours)))
    return {"p50_ms": percentiles(theirs)["p50_ms"], "ratio": round(ratio, 1)}


def _plain_problem(bench: Bench, question: Question) -> Problem:
    sharing = Sharing(bench.served.rulebook, bench.served.policy, question.case)
    problem = build_problem(Case(bench.served.snapshot, question.profile), sharing)
    return replace(problem, passages=(), passing={})


def _tables(problem: Problem) -> Tables:
    """Return the plan without added prerequisites, solved."""
    every_need = (1 << problem.needs) - 1
    return Programme(problem, every_need & ~unasked_needs(problem)).run(frozenset())


def _networkx(tables: Tables, limit: int, until: float) -> int | None:
    """Return the packed value of the best path, having found as many as are asked that differ in an organization."""
    graph = _product_graph(tables, until)
    accepted: list[frozenset[int]] = []
    best: int | None = None
    try:
        for path in nx.shortest_simple_paths(graph, _START, _DONE, weight="weight"):
            if time.process_time() > until:
                raise OutOfPatience
            if best is None:
                best = sum(graph[one][other]["weight"] for one, other in pairwise(path))
            organizations = frozenset(holder for holder, _ in path[2:-1])
            if not any(earlier <= organizations for earlier in accepted):
                accepted.append(organizations)
            if len(accepted) == limit:
                break
    except nx.NetworkXNoPath:
        return None
    return None if best is None else best % _LEFT_OPEN


def _product_graph(tables: Tables, until: float) -> Any:
    """Return the graph of states (holder, open bits); weights are packed prices, needs left open count most."""
    layout = tables.layout
    problem = layout.problem
    doors = Doors(problem)
    graph = nx.DiGraph()
    todo = []
    for start in tables.starts:
        spent = start.value - int(tables.cost[start.mask, 0])
        rank = sum(left << 4 * place for place, left in enumerate(reversed(start.open_required)))
        graph.add_edge(_START, (0, start.mask), weight=rank * _LEFT_OPEN + spent)
        todo.append((0, start.mask))
    seen = set(todo)
    while todo:
        if time.process_time() > until:
            raise OutOfPatience
        holder, mask = state = todo.pop()
        if mask == 0:
            graph.add_edge(state, _DONE, weight=0)
            continue
        wait = int(tables.weight[mask])
        for edge in doors.leaving(holder)[0].tolist():
            hop, port = doors.edges[edge].hop, doors.edges[edge].port
            for price, rest in _meet(layout, problem.ports[port].offers, mask):
                target = problem.holder_at(port), rest
                weight = packed_hop(hop) + packed(wait * hop.hours, 0) + price
                if weight < graph.get_edge_data(state, target, {"weight": weight + 1})["weight"]:
                    graph.add_edge(state, target, weight=weight)
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
    return graph


def _meet(layout: Any, offers: tuple[Offer, ...], mask: int) -> Iterator[tuple[int, int]]:
    """Yield the least price of every set of open bits that these offers can meet, and what stays open."""
    found: dict[int, int] = {}
    stack = [(0, mask)]
    while stack:
        price, at = stack.pop()
        for offer in offers:
            if offer.bit not in layout.bits:
                continue
            bit, requires = layout.bits.index(offer.bit), layout.local(offer.requires)
            if requires is None or not at >> bit & 1 or at & requires:
                continue
            rest, spent = at ^ (1 << bit), price + packed(offer.price, 0)
            if spent < found.get(rest, 1 << 60):
                found[rest] = spent
                stack.append((spent, rest))
    yield from ((price, rest) for rest, price in found.items())
