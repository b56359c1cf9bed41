"""The tables hold the least price of every set of needs, as brute force finds it; no bound says more than they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from length import draws
from loaded import Loader
from oracle import brute
from oracle.instances import make_instance
from recursion import Recursion

from routing.budget import TimeIsUp
from routing.client.scenario import Scenario
from routing.costs import URGENCIES
from routing.handoffs.gateways import Passage
from routing.pruning.prerequisite_order import InOrder, bound_group
from routing.search.best_path import Key
from routing.search.graph import HopGraph, build_hop_graph
from routing.search.programme import Graph, Programme, passages_by_source, plans_of, unasked_needs
from routing.search.tables import UNREACHABLE, Start, Tables, packed

Least = dict[frozenset[str], int]
"""The least packed price for each set of needs that some path covers."""


MOST_ORGANIZATIONS = 8
"""Of a drawn instance. As many gateways to a door are kept as a list of so many paths can need: all."""


@dataclass(frozen=True)
class Small:
    """A small coalition as a graph, and every feasible path in it by brute force."""

    hop_graph: HopGraph
    paths: list[Any]


@pytest.fixture(scope="module")
def instances(loader: Loader) -> list[Small]:
    """Drawn with every feature; most with gateways or things that have to come first, some with services at home."""
    found = []
    for seed in range(64_100, 64_100 + draws(80)):
        bundle, profile = make_instance(seed)
        asked = loader.ask(bundle, profile)
        all_gateways = replace(asked.profile, limit=MOST_ORGANIZATIONS)
        hop_graph = build_hop_graph(Scenario(asked.snapshot, all_gateways), asked.sharing)
        if len(plans_of(hop_graph)) > 1 or hop_graph.own_services or hop_graph.passages:
            found.append(Small(hop_graph, brute.best_paths(bundle, profile)))
    assert len(found) > draws(20)
    return found


def lowered(found: Least, covers: frozenset[str], value: int) -> None:
    found[covers] = min(found.get(covers, value), value)


def least_of_tables(solved: list[Tables]) -> Least:
    found: Least = {}
    for tables in solved:
        for start in tables.starts:
            lowered(found, covers_of(tables, start), start.value)
    return found


def covers_of(tables: Tables, start: Start) -> frozenset[str]:
    bits, hop_graph = tables.layout.bits, tables.layout.hop_graph
    met = [bit for place, bit in enumerate(bits) if start.mask >> place & 1]
    return frozenset(hop_graph.bits[bit].type for bit in met if bit < hop_graph.needs)


def least_of_brute_force(paths: list[Any]) -> Least:
    found: Least = {}
    for path in paths:
        lowered(found, frozenset(path.covers), packed(path.total, path.key[2]))
    return found


def test_the_tables_hold_the_least_price_of_every_set_of_needs(instances: list[Small]) -> None:
    """With everybody there, and without each organization in turn: no set is missing, none is too cheap or too dear."""
    for small in instances:
        hop_graph = small.hop_graph
        programmes = [Programme(hop_graph, plan) for plan in plans_of(hop_graph)]
        for gone in (None, *hop_graph.holders[1:]):
            slug = None if gone is None else hop_graph.scenario.organization(gone).slug
            excluded = frozenset[int]() if gone is None else frozenset({gone})

            solved = [programme.run(excluded) for programme in programmes]

            left = [path for path in small.paths if slug not in path.organizations]
            assert least_of_tables(solved) == least_of_brute_force(left), slug


def test_where_somebody_marked_has_to_be_on_the_path_dearer_paths_with_them_count(instances: list[Small]) -> None:
    """Each organization in turn is marked, whatever it is passed for."""
    for small in instances:
        for marked in {*small.hop_graph.holders, *(passage.gateway for _, passage in small.hop_graph.passages)}:
            slug, hop_graph = small.hop_graph.scenario.organization(marked).slug, with_marks(small.hop_graph, marked)

            solved = [Programme(hop_graph, plan).run(frozenset()) for plan in plans_of(hop_graph)]

            through = [path for path in small.paths if slug in path.organizations]
            assert least_of_tables(solved) == least_of_brute_force(through), slug


def test_no_plan_is_listed_where_a_mark_is_needed_and_nothing_is_marked(instances: list[Small]) -> None:
    for small in instances:
        assert plans_of(replace(small.hop_graph, must_mark=True)) == []


def with_marks(hop_graph: HopGraph, organization: int) -> HopGraph:
    ports = [port._replace(marked=port.offers if port.organization == organization else ()) for port in hop_graph.ports]
    passages = []
    for port, passage in hop_graph.passages:
        marked = passage.second.offers if passage.gateway == organization else ()
        passages.append((port, passage._replace(first=passage.first._replace(marked=marked))))
    return replace(hop_graph, ports=tuple(ports), passages=tuple(passages), must_mark=True)


IN_ONE_THING: list[Callable[[Passage], Passage]] = [
    lambda passage: passage._replace(price=passage.price + 1),
    lambda passage: passage._replace(first=passage.first._replace(hours=passage.first.hours + 1)),
    lambda passage: passage._replace(requires=passage.requires ^ 1),
    lambda passage: passage._replace(first=passage.first._replace(marked=passage.second.offers)),
    lambda passage: passage._replace(gateway=passage.gateway + 1),
]
"""All that makes a difference to a price, to what is open beyond, or to who is left out."""


def test_who_passes_the_same_gateways_shares_them(instances: list[Small]) -> None:
    """Every place may pass what the problem says, and a list that several have is kept once."""
    shared = 0
    for small in instances:
        for hop_graph in (small.hop_graph, *(with_others(small.hop_graph, change) for change in IN_ONE_THING)):
            expected = {place: passages_of(hop_graph, place) for place in range(hop_graph.home + 1)}

            kept, alike = passages_by_source(hop_graph)

            rows = [(source, (port, *parts_of(passage))) for source, port, passage in kept]
            found = {place: {row for source, row in rows if source == place} for place in expected}
            assert all(not found[place] for place in alike[0])
            found |= {place: found[like] for place, like in alike.T.tolist()}
            assert found == expected
            assert len(rows) == sum(map(len, {frozenset(some) for some in expected.values()}))
            shared += len(alike[0]) - 1
    assert shared > draws(50)


def with_others(hop_graph: HopGraph, change: Callable[[Passage], Passage]) -> HopGraph:
    """Return the problem with every passage once more, changed, and every second place passing that in its stead."""
    others = [(port, change(passage)) for port, passage in hop_graph.passages]
    size = len(others)
    passing = {
        place: [number + size * (place % 2) for number in numbers] for place, numbers in hop_graph.passing.items()
    }
    return replace(hop_graph, passages=(*hop_graph.passages, *others), passing=passing)


def passages_of(hop_graph: HopGraph, place: int) -> set[tuple[object, ...]]:
    numbers = hop_graph.passing.get(hop_graph.place_of(place), ())
    return {(port, *parts_of(passage)) for port, passage in (hop_graph.passages[number] for number in numbers)}


def parts_of(passage: Passage) -> tuple[object, ...]:
    return passage.price, passage.hours, passage.requires, bool(passage.first.marked), passage.gateway


def test_no_set_is_filled_that_no_path_comes_to(instances: list[Small]) -> None:
    """What is added is asked for later than it is met: while it is open, so is that it has to be asked for."""
    seen = 0
    for small in instances:
        for plan in plans_of(small.hop_graph):
            tables = Programme(small.hop_graph, plan).run(frozenset())
            layout, masks = tables.layout, np.arange(tables.layout.masks)
            for bit in layout.asked:
                never = masks[(masks >> layout.bits.index(bit) & 1 != 0) & (masks & layout.asking(1 << bit) == 0)]
                assert (tables.cost[never] == UNREACHABLE).all()
                seen += len(never)
    assert seen > draws(100)


def test_however_wide_the_arrays_are_time_is_asked_for_and_the_tables_are_the_same(
    instances: list[Small], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where not even one set fits, it is asked at each set; where all do, at each size of sets only."""
    for small in instances:
        plan = plans_of(small.hop_graph)[-1]
        seldom, roomy = filled(small.hop_graph, plan)
        with monkeypatch.context() as patch:
            patch.setattr("routing.search.programme._CELLS", 1)
            often, narrow = filled(small.hop_graph, plan)

        assert np.array_equal(roomy.cost, narrow.cost)
        assert np.array_equal(roomy.reach, narrow.reach)
        assert seldom < roomy.layout.masks.bit_length()
        assert often >= np.count_nonzero(roomy.cost[1:].min(axis=1) < UNREACHABLE)


def filled(hop_graph: HopGraph, plan: int) -> tuple[int, Tables]:
    """Return how often it was asked whether there is time, and the tables."""
    asked: list[None] = []
    programme = Programme(hop_graph, plan)
    with hop_graph.scenario.patience.until(lambda: bool(asked.append(None))):
        tables = programme.run(frozenset())
    return len(asked), tables


def test_planning_and_solving_stop_when_time_is_up(instances: list[Small]) -> None:
    """Both ask whether there is time, however little there is to do."""
    for small in instances:
        programme = Programme(small.hop_graph, plans_of(small.hop_graph)[0])
        with small.hop_graph.scenario.patience.until(lambda: True):
            with pytest.raises(TimeIsUp):
                plans_of(small.hop_graph)
            with pytest.raises(TimeIsUp):
                programme.run(frozenset())


def test_a_start_says_what_is_left_open_by_urgency(instances: list[Small]) -> None:
    """Required needs only, the most urgent first; the starts of a plan are in the order of the ranking."""
    for small in instances:
        for plan in plans_of(small.hop_graph):
            tables = Programme(small.hop_graph, plan).run(frozenset())
            needs = small.hop_graph.scenario.profile.needs
            for start in tables.starts:
                left = [n.urgency for n in needs if n.required and n.type not in covers_of(tables, start)]

                assert start.open_required == tuple(map(left.count, URGENCIES))
            assert [start.key for start in tables.starts] == sorted(start.key for start in tables.starts)


def test_no_bound_is_more_than_what_it_bounds(instances: list[Small]) -> None:
    """The bound of each group of plans, against the best path of every plan that adds at least its types."""
    exactly = 0
    for small in instances:
        hop_graph, graph = small.hop_graph, Graph(small.hop_graph)
        best = {plan: key for plan in plans_of(hop_graph) if (key := best_of(graph, plan)) is not None}
        for group in {graph.first_of_types(added_of(hop_graph, plan)) for plan in best} - {0}:
            bound = bound_group(graph, group)
            within = [key for plan, key in best.items() if not group & ~graph.first_of_types(added_of(hop_graph, plan))]
            assert bound is not None
            assert bound <= min(within)
            exactly += bound == min(within)
    assert exactly > 0


def test_plans_come_in_order_of_bounds_that_hold(instances: list[Small]) -> None:
    """Each plan once, no bound lower than one before it, and none above the best path of any plan that comes later."""
    several = 0
    for small in instances:
        graph, plans = Graph(small.hop_graph), plans_of(small.hop_graph)
        entries = list(InOrder(graph, plans))
        bounds, listed = [bound for bound, _ in entries], [plan for _, plan in entries if plan is not None]
        assert bounds == sorted(bounds)
        assert len(set(listed)) == len(listed)
        for plan in plans:
            best = best_of(graph, plan)
            assert best is None or plan in listed
            assert best is None or all(bound <= best for bound in bounds[: bounds_until(entries, plan)])
        several += len(listed) > 1
    assert several > draws(5)


def bounds_until(entries: list[tuple[Key, int | None]], plan: int) -> int:
    return 1 + [listed for _, listed in entries].index(plan)


def test_bounds_allow_what_is_said_of_them_and_no_more(instances: list[Small]) -> None:
    """Each cell of their tables, for each set of added types, is what a recursion over hops finds.

    That somebody marked has to be on the path is left aside.
    """
    for small in instances:
        hop_graph = with_marks(small.hop_graph, small.hop_graph.holders[-1])
        graph = Graph(hop_graph)
        for plan in {graph.first_of_types(added_of(hop_graph, plan)) for plan in plans_of(hop_graph)}:
            tables = Programme(hop_graph, plan, graph=graph, relaxed=True).run(frozenset())

            recursion = Recursion(hop_graph, plan)

            for local, cells in enumerate(tables.cost.tolist()):
                mask = sum(1 << bit for place, bit in enumerate(tables.layout.bits) if local >> place & 1)
                assert cells == [recursion.leaving(mask, holder) for holder in range(hop_graph.home + 1)]


def test_every_plan_that_a_path_fits_is_listed_and_no_other(instances: list[Small]) -> None:
    """What is added is added once, and asked for by something that the plan can meet; a plan with a path is listed."""
    fit = several = 0
    for small in instances:
        hop_graph, plans = small.hop_graph, plans_of(small.hop_graph)
        asking = asking_in(hop_graph)
        asked = [bit for bit in range(len(hop_graph.bits)) if any(requires >> bit & 1 for _, requires in asking)]
        free = sum(1 << bit for bit in range(hop_graph.needs) if bit not in asked)
        assert unasked_needs(hop_graph) == free
        assert len(set(plans)) == len(plans)
        several += len(plans) > 1
        for plan in plans:
            can_ask = [requires for own, requires in asking if not own & ~(plan | free) and not requires & ~plan]
            assert adds_once(hop_graph, plan)
            assert all(any(requires >> bit & 1 for requires in can_ask) for bit in bits_of(added_of(hop_graph, plan)))
            assert set(bits_of(plan)) <= set(asked)
        for chosen in (some for size in range(len(asked) + 1) for some in combinations(asked, size)):
            plan = sum(1 << bit for bit in chosen)
            if adds_once(hop_graph, plan) and Programme(hop_graph, plan).run(frozenset()).starts:
                assert plan in plans
                fit += 1
    assert fit > several > draws(10)


def asking_in(hop_graph: HopGraph) -> set[tuple[int, int]]:
    """Return the bit of whatever asks for something, none for a gateway, and what it asks for, as masks."""
    offers = {(1 << offer.bit, offer.requires) for port in hop_graph.ports for offer in port.offers}
    return offers | {(0, passage.requires) for _, passage in hop_graph.passages}


def adds_once(hop_graph: HopGraph, plan: int) -> bool:
    types = [hop_graph.bits[bit].type for bit in bits_of(added_of(hop_graph, plan))]
    return len(types) == len(set(types))


def bits_of(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]


def best_of(graph: Graph, plan: int) -> Key | None:
    starts = Programme(graph.hop_graph, plan, graph=graph).run(frozenset()).starts
    return starts[0].key if starts else None


def added_of(hop_graph: HopGraph, plan: int) -> int:
    return plan >> hop_graph.needs << hop_graph.needs
