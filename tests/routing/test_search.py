"""The tables hold the least price of every set of needs, as brute force finds it; no bound says more than they do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from benchmarks import coalitions
from benchmarks.questions import draw_questions
from builders import NothingLeaves, agreement, need, organization, profile, service, snapshot
from length import draws, enough
from loaded import Loader
from numpy.typing import NDArray
from recursion import Recursion
from seeds import fresh, fresh_random
from small import Small, small_coalitions

import policies
import routing
from routing.budget import TimeBudgetExceeded
from routing.client.scenario import Scenario
from routing.costs import URGENCIES
from routing.handoffs.hop import MOST_ADDED, CandidateService, Hop
from routing.pruning.prerequisite_order import NEVER, InOrder, bound_alike, bound_group
from routing.ranking.alternatives import Without
from routing.search.best_path import Key
from routing.search.graph import Gate, HopGraph, Port, build_hop_graph
from routing.search.programme import Graph, Programme, unasked_needs
from routing.search.ranked_path import Bar
from routing.search.tables import UNREACHABLE, Start, Tables, packed, points
from service.directory.snapshot.sharing import Sharing

Least = dict[frozenset[str], int]
"""The least packed price for each set of needs that some path covers."""


@pytest.fixture(scope="module")
def instances(loader: Loader) -> list[Small]:
    return small_coalitions(loader, 64_100, 250)


def lower(least: Least, covers: frozenset[str], value: int) -> None:
    least[covers] = min(least.get(covers, value), value)


def least_of_tables(solved: list[Tables]) -> Least:
    least: Least = {}
    for tables in solved:
        for start in tables.starts:
            lower(least, covers_of(tables, start), start.value)
    return least


def covers_of(tables: Tables, start: Start) -> frozenset[str]:
    bits, hop_graph = tables.layout.requirements, tables.layout.hop_graph
    bits_met = [bit for place, bit in enumerate(bits) if start.mask >> place & 1]
    return frozenset(hop_graph.requirements[bit].type for bit in bits_met if bit < hop_graph.needs)


def least_of_brute_force(paths: list[Any]) -> Least:
    least: Least = {}
    for path in paths:
        lower(least, frozenset(path.covers), packed(path.total, path.key[2]))
    return least


def test_the_tables_hold_the_least_price_of_every_set_of_needs(instances: list[Small]) -> None:
    """With everybody there, and without each organization in turn: no set is missing, none is too cheap or too dear."""
    for small in instances:
        hop_graph = small.hop_graph
        programmes = [Programme(hop_graph, plan) for plan in Graph(hop_graph).plans]
        for absent in (None, *hop_graph.holders[1:]):
            slug = None if absent is None else hop_graph.scenario.organization(absent).slug
            excluded = frozenset[int]() if absent is None else frozenset({absent})

            solved = [programme.run(excluded) for programme in programmes]

            paths = [path for path in small.paths if slug not in path.organizations]
            assert least_of_tables(solved) == least_of_brute_force(paths), slug


def test_nobody_hands_over_to_themselves() -> None:
    """What is open to shelters at a shelter is reached from another one only, which itself takes from shelters only.

    hotline --> clinic [food] --> depot [dental] --> clinic [clothing]
    """
    network = snapshot(
        organization("hotline"),
        *(organization(slug, kind="shelter") for slug in ("clinic", "depot")),
        service("bread", "food", at="clinic"),
        service("coat", "clothing", at="clinic", accepts_from=("shelter",)),
        service("exam", "dental", at="depot", accepts_from=("shelter",)),
    )
    needs_profile = profile("food", "clothing", need("dental", "later"))
    hop_graph = build_hop_graph(Scenario(network, needs_profile), NothingLeaves())

    (plan,) = Graph(hop_graph).plans
    least = least_of_tables([Programme(hop_graph, plan).run(frozenset())])

    with_exam = {frozenset({"dental", *more}) for more in ((), ("food",), ("clothing",), ("food", "clothing"))}
    assert set(least) == {frozenset({"food"}), *with_exam}
    assert least[frozenset({"food", "clothing", "dental"})] == packed(3 * (100 + 30) + (8 + 8 + 1) + (8 + 1) + 8, 3)


def test_where_somebody_marked_has_to_be_on_the_path_dearer_paths_with_them_count(instances: list[Small]) -> None:
    """Each organization in turn is marked, whatever it is passed for."""
    for small in instances:
        for marked in {*small.hop_graph.holders, *(edge.hop.organization for edge in small.hop_graph.shared)}:
            slug, hop_graph = small.hop_graph.scenario.organization(marked).slug, with_marks(small.hop_graph, marked)

            solved = [Programme(hop_graph, plan).run(frozenset()) for plan in Graph(hop_graph).plans]

            through = [path for path in small.paths if slug in path.organizations]
            assert least_of_tables(solved) == least_of_brute_force(through), slug


def test_no_plan_is_listed_where_a_mark_is_needed_and_nothing_is_marked(instances: list[Small]) -> None:
    for small in instances:
        assert Graph(replace(small.hop_graph, must_mark=True)).plans == {}


def with_marks(hop_graph: HopGraph, organization: int) -> HopGraph:
    ports = [
        port._replace(marked=tuple((o,) for o in port.offers) if port.organization == organization else ())
        for port in hop_graph.ports
    ]
    size, gates = len(ports), [port._replace(gate=gate_of(port)._replace(marked=True)) for port in ports if port.gate]
    number = {
        port: size + place
        for place, port in enumerate(port for port, marked_port in enumerate(ports) if marked_port.gate)
    }
    shared = [
        edge._replace(port=number[edge.port]) if edge.gateway and edge.hop.organization == organization else edge
        for edge in hop_graph.shared
    ]
    onward = [*hop_graph.onward, *(edge._replace(source=number[edge.source]) for edge in hop_graph.onward)]
    return replace(hop_graph, ports=(*ports, *gates), shared=tuple(shared), onward=tuple(onward), must_mark=True)


def gate_of(port: Port) -> Gate:
    assert port.gate is not None
    return port.gate


def test_a_gateway_opens_what_refuses_origin_and_sender_and_nothing_else() -> None:
    """Whoever sends, what is behind a gateway refuses them and the origin, and admits the gateway; and it is all."""
    coalition, rulebook = coalitions.serve(150, 1), policies.load_rulebook(("federal", "us-tx", "coalition"))
    network, directory, comparisons, partly = coalition.snapshot, coalition.policy, 0, 0
    for question in draw_questions(coalition.snapshot, 40, seed=fresh(5)):
        sharing = Sharing(rulebook, directory, question.case)
        hop_graph = build_hop_graph(Scenario(network, question.profile), sharing)
        origin, hops = hop_graph.scenario.origin, hop_graph.hops
        offers = [offer for recipient, some in hop_graph.offers.items() for offer in some if recipient != origin]
        shut_offers = [offer for offer in offers if hops.refuses(offer.service, offer.type, origin)]
        for (sender, row, urgency), open_offers in behind(hop_graph).items():
            owner, level = hop_graph.scenario.owner(row), URGENCIES.index(urgency)
            late = [o for o in shut_offers if URGENCIES.index(hop_graph.requirements[o.bit].urgency) >= level]
            late_elsewhere = [o for o in late if o.organization != owner and hops.refuses(o.service, o.type, sender)]
            led_to = {offer for offer in late_elsewhere if hops.may_hand_over(owner, offer)}
            assert open_offers <= led_to
            assert {offer for offer in led_to if hop_graph.requirements[offer.bit].urgency == urgency} <= open_offers
            assert sender != owner
            comparisons += 1
            partly += any(not hops.refuses(o.service, o.type, sender) for o in late)
    assert enough(comparisons, 500)
    assert enough(partly, 20)


def test_everybody_passes_a_gateway_who_may_and_at_their_own_price() -> None:
    """Senders that look alike to a gateway share an edge: whoever they are, it is as if each were asked alone.

    Held for every holder and every gateway to what refuses the origin, with the rules of the coalition.
    """
    coalition, rulebook = coalitions.serve(60, 2), policies.load_rulebook(("federal", "us-tx", "coalition"))
    network, directory, cases = coalition.snapshot, coalition.policy, Counter[bool]()
    for question in draw_questions(coalition.snapshot, draws(100), seed=fresh(6)):
        sharing = Sharing(rulebook, directory, question.case)
        hop_graph = build_hop_graph(Scenario(network, question.profile), sharing)
        cases += passing(hop_graph)
        assert_hops(hop_graph)
    assert enough(min(cases.values()), 500), cases


def test_so_it_is_where_a_packet_may_go_by_the_kind_of_its_sender() -> None:
    """Drawn: gateways by call, number or packet, open to anyone, a kind, an agreement or an agency."""
    cases = Counter[bool]()
    for seed in range(300):
        rng = fresh_random(seed)
        slugs, kinds = ("asha", "bell", "cove", "elm", "fir", "gail"), ("shelter", "legal", "health")
        doors = (("anyone",), ("shelter",), ("legal", "health"), ("agreement",), ("asha",), ("bell", "agreement"))
        agencies = [organization(slug, kind=rng.choice(kinds)) for slug in slugs]
        network = snapshot(
            organization("hotline"),
            organization("gate"),
            *agencies,
            *(agreement(*rng.sample(("hotline", "gate", *slugs), 2), slug=f"mou-{n}") for n in range(3)),
            *(
                service(
                    f"talk-{n}",
                    "peer_support",
                    at=at,
                    accepts=(rng.choice(("warm", "self", "packet", "packet")),),
                    intake_data=("need",),
                    accepts_from=door,
                )
                for n, (at, door) in enumerate(zip(("gate", *slugs[:3]), rng.choices(doors, k=4), strict=True))
            ),
            *(
                service(f"open-{n}", rng.choice(("food", "legal")), at=at, accepts=(mode,), intake_data=("need",))
                for n, (at, mode) in enumerate(zip(slugs[2:], rng.choices(("warm", "packet"), k=4), strict=True))
            ),
            service("shut", "clothing", at="gail", accepts_from=("gate", *slugs[:3])),
            service("closed", "food", at="fir", accepts_from=("gate", "bell")),
        )
        needs_profile = profile("food", "clothing", need("legal", "later"), client_present=rng.choice((True, None)))
        hop_graph = build_hop_graph(Scenario(network, needs_profile), ByKind(network, ("asha", "gate")))
        cases += passing(hop_graph)
        assert_hops(hop_graph)
    assert enough(min(cases.values()), 300), cases


@dataclass(frozen=True)
class ByKind(NothingLeaves):
    """Rules under which data go from whoever is a shelter, and from one agency to another that are named."""

    network: routing.Snapshot
    pair: tuple[str, str]

    def may_send(self, transfers: Sequence[routing.Transfer]) -> NDArray[np.bool_]:
        index, agencies = self.network.organization_index, self.network.organizations
        return np.array(
            [
                agencies[index[transfer.holder]].kind == "shelter" or (transfer.holder, transfer.recipient) == self.pair
                for transfer in transfers
            ],
            dtype=np.bool_,
        )

    def only_by_consent(self) -> frozenset[str]:
        return frozenset()

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset({self.pair})


def passing(hop_graph: HopGraph) -> Counter[bool]:
    """Hold that each holder passes each gateway as if asked alone; return how many may (True) and how many may not."""
    shared, cases = prices_by_gateway(hop_graph), Counter[bool]()
    for (row, urgency), offers in refused_by_gateway(hop_graph).items():
        for place, holder in enumerate(hop_graph.holders):
            may = holder != hop_graph.scenario.owner(row) and any(
                hop_graph.hops.refuses(offer.service, offer.type, holder) for offer in offers
            )
            first_hops, origin = hop_graph.gateways.first_hops, hop_graph.scenario.origin
            alone = sorted({hop.price for hop in first_hops(holder, row)} if may else ())
            needed = {hop.price for hop in needed_of(first_hops, holder, origin, row)} if may else ()

            prices = sorted(shared.get((place, row, urgency), ()))

            assert len(prices) == len(alone) or (not prices and not needed)
            assert len({price - other for price, other in zip(prices, alone, strict=False)}) < 2
            cases[bool(alone)] += 1
    return cases


def assert_hops(hop_graph: HopGraph) -> None:
    """Hold that each holder hands over to each recipient as if asked alone: what is needed is there, none is better."""
    scenario, hops = hop_graph.scenario, hop_graph.hops
    for recipient, offers in hop_graph.offers.items():
        own, shared = (
            [
                edge
                for edge in edges
                if edge.hop.organization == recipient and edge.gateway is None and edge.hop.mode != "report"
            ]
            for edges in (hop_graph.own, hop_graph.shared)
        )
        for place, holder in enumerate(hop_graph.holders):
            if recipient in (holder, scenario.origin):
                continue
            alone = hops.best(holder, recipient, offers)
            needed = {
                (hop.offers, hop.price) for hop in needed_of(hops.best, holder, scenario.origin, recipient, offers)
            }

            hops_there = {(edge.hop.offers, edge.hop.price) for edge in own if edge.source == place}
            hops_there |= {
                (edge.hop.offers, edge.hop.price) for edge in shared if place in hop_graph.groups[edge.source]
            }

            assert needed <= hops_there
            assert all(
                any({*some} <= {*hop.offers} and hop.price <= price for hop in alone) for some, price in hops_there
            )


def needed_of(hops_from: Callable[..., Sequence[Hop]], holder: int, origin: int, *to: object) -> list[Hop]:
    """Return the hops of a holder without those that the origin has for no more points and hours."""
    of_origin = () if holder == origin else hops_from(origin, *to)
    return [
        hop
        for hop in hops_from(holder, *to)
        if not any(
            (own.offers, own.marked) == (hop.offers, hop.marked) and own.price <= hop.price and own.hours <= hop.hours
            for own in of_origin
        )
    ]


def prices_by_gateway(hop_graph: HopGraph) -> dict[tuple[int, int, str], set[int]]:
    """Return the prices of the hops of each holder (place) to each gateway: a service (row) and an urgency."""
    prices: dict[tuple[int, int, str], set[int]] = {}
    for group, _, hop, gateway in hop_graph.shared:
        for place in hop_graph.groups[group] if gateway is not None else ():
            prices.setdefault((place, gateway.service, gateway.urgency), set()).add(hop.price)
    return prices


def refused_by_gateway(hop_graph: HopGraph) -> dict[tuple[int, str], list[CandidateService]]:
    """Return what each gateway leads to at its own urgency, of what refuses the origin."""
    by_gateway: dict[tuple[int, str], list[CandidateService]] = {}
    scenario, hops = hop_graph.scenario, hop_graph.hops
    for offer in (
        offer for some in hop_graph.offers.values() for offer in some if offer.organization != scenario.origin
    ):
        urgency = hop_graph.requirements[offer.bit].urgency
        for row in hop_graph.gateways.rows(offer.service, offer.type, urgency):
            if hops.may_hand_over(scenario.owner(row), offer):
                by_gateway.setdefault((row, urgency), []).append(offer)
    return by_gateway


def behind(hop_graph: HopGraph) -> dict[tuple[int, int, str], set[CandidateService]]:
    """Return what each sender finds behind each gateway: a service (row) and an urgency."""
    offers: dict[tuple[int, int, str], set[CandidateService]] = {}
    for group, gate, _, gateway in hop_graph.shared:
        for place in hop_graph.groups[group] if gateway is not None else ():
            open_offers = (edge.hop.offers for edge in hop_graph.onward if edge.source == gate)
            key = hop_graph.holders[place], gateway.service, gateway.urgency
            offers.setdefault(key, set()).update(*open_offers)
    return offers


def test_no_set_is_filled_that_no_path_comes_to(instances: list[Small]) -> None:
    """What is added is asked for later than it is met: while it is open, so is that it has to be asked for."""
    cases = 0
    for small in instances:
        for plan in Graph(small.hop_graph).plans:
            tables = Programme(small.hop_graph, plan).run(frozenset())
            layout, masks = tables.layout, np.arange(tables.layout.masks)
            for bit in layout.prerequisites:
                never = masks[
                    (masks >> layout.requirements.index(bit) & 1 != 0) & (masks & layout.asking(1 << bit) == 0)
                ]
                assert (tables.cost[never] == UNREACHABLE).all()
                cases += len(never)
    assert enough(cases, 100)


def test_however_wide_the_arrays_are_time_is_asked_for_and_the_tables_are_the_same(
    instances: list[Small], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where not even one set fits, it is asked at each set; where all do, at each size of sets only."""
    for small in instances:
        *_, plan = Graph(small.hop_graph).plans
        few_checks, roomy = fill(small.hop_graph, plan)
        with monkeypatch.context() as patch:
            patch.setattr("routing.search.programme._CELLS", 1)
            many_checks, narrow = fill(small.hop_graph, plan)

        assert np.array_equal(roomy.cost, narrow.cost)
        assert np.array_equal(roomy.reach, narrow.reach)
        assert few_checks < roomy.layout.masks.bit_length()
        assert many_checks >= np.count_nonzero(roomy.cost[1:].min(axis=1) < UNREACHABLE)


def fill(hop_graph: HopGraph, plan: int) -> tuple[int, Tables]:
    """Return how often it was asked whether there is time, and the tables."""
    checks: list[None] = []
    programme = Programme(hop_graph, plan)
    with hop_graph.scenario.time_budget.until(lambda: bool(checks.append(None))):
        tables = programme.run(frozenset())
    return len(checks), tables


def test_planning_and_solving_stop_when_time_is_up(instances: list[Small]) -> None:
    """Both ask whether there is time, however little there is to do."""
    for small in instances:
        programme = Programme(small.hop_graph, next(iter(Graph(small.hop_graph).plans)))
        with small.hop_graph.scenario.time_budget.until(lambda: True):
            with pytest.raises(TimeBudgetExceeded):
                _ = Graph(small.hop_graph).plans
            with pytest.raises(TimeBudgetExceeded):
                programme.run(frozenset())


def test_a_start_says_what_is_left_open_by_urgency(instances: list[Small]) -> None:
    """Required needs only, the most urgent first; the starts of a plan are in the order of the ranking."""
    for small in instances:
        for plan in Graph(small.hop_graph).plans:
            tables = Programme(small.hop_graph, plan).run(frozenset())
            needs = small.hop_graph.scenario.profile.needs
            for start in tables.starts:
                urgencies = [n.urgency for n in needs if n.required and n.type not in covers_of(tables, start)]

                assert start.open_required == tuple(map(urgencies.count, URGENCIES))
            assert [start.key for start in tables.starts] == sorted(start.key for start in tables.starts)


def test_no_bound_is_more_than_what_it_bounds(instances: list[Small]) -> None:
    """The bound of each group of plans, against the best path of every plan that adds at least its types."""
    exactly = 0
    for small in instances:
        hop_graph, graph = small.hop_graph, Graph(small.hop_graph)
        best = {plan: key for plan in Graph(hop_graph).plans if (key := best_of(graph, plan)) is not None}
        for group in {graph.first_of_types(added_of(hop_graph, plan)) for plan in best} - {0}:
            bound = bound_group(graph, group)
            within = [key for plan, key in best.items() if not group & ~graph.first_of_types(added_of(hop_graph, plan))]
            assert bound is not None
            assert bound <= min(within)
            exactly += bound == min(within)
    assert enough(exactly, 0)


def test_no_bound_of_plans_alike_is_more_than_the_best_of_them(instances: list[Small]) -> None:
    """Plans that differ in urgencies alone have one bound, mostly that of the best of them; also where marks count."""
    exactly = several = 0
    for small in instances:
        for hop_graph in (small.hop_graph, with_marks(small.hop_graph, small.hop_graph.holders[-1])):
            graph, alike = Graph(hop_graph), dict[int, list[Key]]()
            for plan in graph.plans:
                alike.setdefault(graph.first_of_types(plan), []).append(best_of(graph, plan) or NEVER)
            for merged, keys in alike.items():
                bound = bound_alike(graph, merged) or NEVER
                assert bound <= min(keys)
                exactly += bound == min(keys)
                several += len(keys) > 1 and min(keys) < NEVER
    assert enough(exactly > several > 0, 0)


@pytest.mark.parametrize("behind_a_gateway", [True, False])
def test_plans_alike_keep_the_gate_and_the_mark_of_each_urgency(*, behind_a_gateway: bool) -> None:
    """An intake is asked for later first, then now: by the bed itself, whose house is marked, or by the way there."""
    network = snapshot(
        *map(organization, ("hotline", "desk", "pantry", "house")),
        organization("court", kind="court"),
        service("intake", "intake_assessment", at="desk"),
        service("meal", "food", at="pantry", requires=("intake_assessment",)),
        service("hall", "peer_support", at="court", requires=("intake_assessment",)),
        service("bed", "emergency_shelter", at="house", accepts_from=("court",))
        if behind_a_gateway
        else service("bed", "emergency_shelter", at="house", requires=("intake_assessment",)),
    )
    needs_profile = profile(need("food", "later"), need("emergency_shelter"))
    hop_graph = build_hop_graph(Scenario(network, needs_profile), NothingLeaves())
    graph = Graph(
        hop_graph
        if behind_a_gateway
        else with_marks(hop_graph, hop_graph.scenario.snapshot.organization_index["house"])
    )
    alike = dict[int, list[Key]]()
    for plan in graph.plans:
        alike.setdefault(graph.first_of_types(plan), []).append(best_of(graph, plan) or NEVER)

    best = min(min(keys) for keys in alike.values())
    assert best[0] == (0,) * len(URGENCIES)
    assert max(map(len, alike.values())) > 1
    assert all((bound_alike(graph, merged) or NEVER) <= min(keys) for merged, keys in alike.items())


def test_plans_come_in_order_of_bounds_that_hold(instances: list[Small]) -> None:
    """Each plan once, no bound lower than one before it, and none above the best path of any plan that comes later.

    So it is whenever they are gone through. For some plans that add something the bound is what their best path costs.
    """
    several = exactly = 0
    for small in instances:
        graph = Graph(small.hop_graph)
        in_order = InOrder(graph)
        next(iter(in_order))
        entries = list(in_order)
        assert list(in_order) == entries
        bounds, plans_in_order = [bound for bound, _ in entries], [plan for _, plan in entries if plan is not None]
        assert bounds == sorted(bounds)
        assert len(set(plans_in_order)) == len(plans_in_order)
        for plan in graph.plans:
            best = best_of(graph, plan)
            assert best is None or plan in plans_in_order
            assert best is None or all(bound <= best for bound in bounds[: bounds_until(entries, plan)])
            exactly += best is not None and best == bounds[bounds_until(entries, plan) - 1]
        several += len(plans_in_order) > 1
    assert enough(several, 5)
    assert enough(exactly, 0)


def test_plans_alike_are_bounded_by_the_plan_that_meets_most() -> None:
    """An intake for the coat later is too late for the room now; the loft after papers leaves the coat open.

    All is met after an early intake alone, or, which is dearer, after a late one and papers.
    """
    network = snapshot(
        *map(organization, ("hotline", "desk", "far", "house", "office", "stall")),
        service("intake", "intake_assessment", at="desk"),
        service("papers", "identification_documents", at="office"),
        service("loft", "emergency_shelter", at="far", requires=("identification_documents",)),
        service("room", "emergency_shelter", at="house", requires=("intake_assessment",)),
        service("coat", "clothing", at="stall", requires=("intake_assessment",)),
    )

    needs_profile = profile(need("clothing", "later"), need("emergency_shelter", "now"))
    assert_no_plan_has_a_better_path(network, needs_profile)
    graph = Graph(build_hop_graph(Scenario(network, needs_profile), NothingLeaves()))
    alike = [(bound, graph.first_of_types(plan)) for bound, plan in InOrder(graph) if plan]
    several = [(bound, merged) for bound, merged in alike if [other for _, other in alike].count(merged) > 1]
    assert enough(bool(several), 0)
    assert all(bound >= (bound_alike(graph, merged) or NEVER) for bound, merged in several)


@pytest.mark.parametrize("codes", [("food", "emergency_shelter"), ("emergency_shelter", "food")])
def test_plans_that_add_a_type_may_leave_any_need_open(codes: tuple[str, str]) -> None:
    """Nobody has food, and the bed asks for an intake: the bound of what adds one is what the path costs."""
    network = snapshot(
        *map(organization, ("hotline", "desk", "house")),
        service("intake", "intake_assessment", at="desk"),
        service("bed", "emergency_shelter", at="house", requires=("intake_assessment",)),
    )

    assert_no_plan_has_a_better_path(network, profile(*codes))
    graph = Graph(build_hop_graph(Scenario(network, profile(*codes)), NothingLeaves()))
    (added,) = (plan for plan in graph.plans if plan)
    assert (best_of(graph, added), added) in list(InOrder(graph))


def test_no_bound_is_worse_than_the_bar_that_a_path_has_to_pass() -> None:
    """The bed comes after an intake: where its path is no better than what is known, no bound of it is listed."""
    network = snapshot(
        *map(organization, ("hotline", "desk", "house")),
        service("intake", "intake_assessment", at="desk"),
        service("bed", "emergency_shelter", at="house", requires=("intake_assessment",)),
    )
    graph = Graph(build_hop_graph(Scenario(network, profile("emergency_shelter")), NothingLeaves()))
    (added,) = (plan for plan in graph.plans if plan)
    open_required, value = best_of(graph, added) or NEVER

    for more in (0, 1):
        bar = Bar(sum(open_required), points(value) + more)
        bounds = bound_group(graph, added, bar), bound_alike(graph, added, bar)
        assert [bound is not None for bound in bounds] == [bool(more)] * 2
        assert (added in [plan for _, plan in InOrder(graph, bar)]) is bool(more)


def test_no_bound_is_worked_out_for_types_that_no_plan_adds_together() -> None:
    """Each bed asks for something else: a path may add one or two of the three, and a bound is told for each choice."""
    asked_for = ("intake_assessment", "identification_documents", "case_management")
    network = snapshot(
        *map(organization, ("hotline", "desk", "house")),
        *(service(f"desk-{code}", code, at="desk") for code in asked_for),
        *(service(f"bed-{code}", "emergency_shelter", at="house", requires=(code,)) for code in asked_for),
    )
    graph = Graph(build_hop_graph(Scenario(network, profile("emergency_shelter")), NothingLeaves()))

    plans = [plan for _, plan in InOrder(graph)]

    assert plans.count(None) == len(set(graph.plans) - {0}) == len(asked_for) * 2


def test_a_plan_is_bounded_by_what_it_leaves_open() -> None:
    """Nobody has a coat or a dentist, which are optional."""
    network = snapshot(*map(organization, ("hotline", "pantry")), service("bread", "food", at="pantry"))
    needs = need("food"), need("clothing", required=False), need("dental", required=False)
    graph = Graph(build_hop_graph(Scenario(network, profile(*needs)), NothingLeaves()))

    both_open = packed(2 * graph.hop_graph.scenario.weights.optional_uncovered, 0)
    assert list(InOrder(graph)) == [(((0,) * len(URGENCIES), both_open), 0)]


def assert_no_plan_has_a_better_path(network: routing.Snapshot, needs_profile: routing.Profile) -> None:
    hop_graph = build_hop_graph(Scenario(network, needs_profile), NothingLeaves())
    graph = Graph(hop_graph)

    best = Without(hop_graph).best(frozenset())

    assert best is not None
    assert best.key[:2] == min(best_of(graph, plan) or NEVER for plan in graph.plans)


def bounds_until(entries: list[tuple[Key, int | None]], plan: int) -> int:
    return 1 + [listed_plan for _, listed_plan in entries].index(plan)


def test_bounds_allow_what_is_said_of_them_and_no_more(instances: list[Small]) -> None:
    """Each cell of their tables, for each set of added types, is what a recursion over hops finds.

    That somebody marked has to be on the path is left aside.
    """
    for small in instances:
        hop_graph = with_marks(small.hop_graph, small.hop_graph.holders[-1])
        graph = Graph(hop_graph)
        for plan in {graph.first_of_types(added_of(hop_graph, plan)) for plan in Graph(hop_graph).plans}:
            tables = Programme(hop_graph, plan, graph=graph, relaxed=True).run(frozenset())

            recursion = Recursion(hop_graph, plan)

            for local, cells in enumerate(tables.cost.tolist()):
                mask = sum(1 << bit for place, bit in enumerate(tables.layout.requirements) if local >> place & 1)
                assert cells == [recursion.leaving(mask, holder) for holder in range(hop_graph.home + 1)]


def test_every_plan_that_a_path_fits_is_listed_and_no_other(instances: list[Small]) -> None:
    """What is added is added once, and asked for by something that the plan can meet; a plan with a path is listed."""
    fit = several = 0
    for small in instances:
        hop_graph, plans = small.hop_graph, Graph(small.hop_graph).plans
        asking = asking_in(hop_graph)
        bits_asked = [
            bit for bit in range(len(hop_graph.requirements)) if any(requires >> bit & 1 for _, requires in asking)
        ]
        free = sum(1 << bit for bit in range(hop_graph.needs) if bit not in bits_asked)
        assert unasked_needs(hop_graph) == free
        assert len(set(plans)) == len(plans)
        several += len(plans) > 1
        for plan in plans:
            can_ask = [requires for own, requires in asking if not own & ~(plan | free) and not requires & ~plan]
            assert adds_once(hop_graph, plan)
            assert all(any(requires >> bit & 1 for requires in can_ask) for bit in bits_of(added_of(hop_graph, plan)))
            assert set(bits_of(plan)) <= set(bits_asked)
            assert any_order(hop_graph, plan, free)
        for chosen in (some for size in range(len(bits_asked) + 1) for some in combinations(bits_asked, size)):
            plan = sum(1 << bit for bit in chosen)
            few = added_of(hop_graph, plan).bit_count() <= MOST_ADDED
            if few and adds_once(hop_graph, plan) and Programme(hop_graph, plan).run(frozenset()).starts:
                assert plan in plans
                fit += 1
    assert fit > several
    assert enough(several, 10)


def test_what_asks_for_more_than_a_path_may_add_is_left_out() -> None:
    """Of the urgencies of what it asks for, each could go with each: without an end, and for nothing."""
    first = ("intake_assessment", "case_management", "safety_planning", "victim_advocacy")
    needs = [*map(need, ("food", "clothing", "dental", "education"), URGENCIES)]
    for asked_for in (first[:MOST_ADDED], first):
        network = snapshot(
            *(organization("hotline"), organization("desk"), organization("center")),
            *(service(f"desk-{code}", code, at="desk") for code in first),
            *(service(f"center-{wish.type}", wish.type, at="center", requires=asked_for) for wish in needs),
        )

        hop_graph = build_hop_graph(Scenario(network, profile(*needs)), NothingLeaves())

        added = len(hop_graph.requirements) - len(needs)
        assert added == (len(URGENCIES) * MOST_ADDED if len(asked_for) == MOST_ADDED else 0)
        assert bool(hop_graph.ports) is (added > 0)


def asking_in(hop_graph: HopGraph) -> set[tuple[int, int]]:
    """Return the bit of whatever asks for something, none for a gateway, and what it asks for, as masks."""
    offers = {(1 << offer.bit, offer.requires) for port in hop_graph.ports for offer in port.offers}
    return offers | {(0, port.gate.requires) for port in hop_graph.ports if port.gate is not None}


def any_order(hop_graph: HopGraph, plan: int, free: int) -> bool:
    """Return whether a plan's bits can be met one after another, each once what its offer asks for is met."""
    offers = {(1 << offer.bit, offer.requires) for port in hop_graph.ports for offer in port.offers}
    met = 0
    while more := {own for own, requires in offers if own & (plan | free) & ~met and not requires & ~met}:
        met |= min(more)
    return not plan & ~met


def adds_once(hop_graph: HopGraph, plan: int) -> bool:
    types = [hop_graph.requirements[bit].type for bit in bits_of(added_of(hop_graph, plan))]
    return len(types) == len(set(types))


def bits_of(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]


def best_of(graph: Graph, plan: int) -> Key | None:
    starts = Programme(graph.hop_graph, plan, graph=graph).run(frozenset()).starts
    return starts[0].key if starts else None


def added_of(hop_graph: HopGraph, plan: int) -> int:
    return plan >> hop_graph.needs << hop_graph.needs
