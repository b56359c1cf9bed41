"""The search in the tables of a plan: the best path around whoever is left out, in so many steps, or it is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from builders import NothingLeaves, organization, profile, service, snapshot
from length import draws, enough
from loaded import Loader
from small import Small, small_coalitions

from routing.budget import TimeBudgetExceeded
from routing.client.scenario import Scenario
from routing.search import best_path
from routing.search.best_path import EdgeArrays, Key, PathSearch, TooFar
from routing.search.graph import HopGraph, build_hop_graph
from routing.search.programme import Graph, Programme
from routing.search.ranked_path import Bar, RankedPath
from routing.search.tables import UNREACHABLE, packed, points


@pytest.fixture(scope="module")
def instances(loader: Loader) -> list[Small]:
    return small_coalitions(loader, 64_300, 60)


def searches_in(hop_graph: HopGraph, bar: Bar | None = None) -> list[PathSearch]:
    """Return a new search for each plan, in tables that leave nobody out."""
    arrays = EdgeArrays(hop_graph)
    solved = [Programme(hop_graph, plan).run(frozenset()) for plan in Graph(hop_graph).plans]
    return [PathSearch(tables, arrays, bar) for tables in solved]


def paths_around(small: Small, excluded: frozenset[int], most_open: int | None) -> list[Any]:
    """Return the paths of brute force that pass no excluded organization and leave little enough open."""
    absent = {small.hop_graph.scenario.organization(place).slug for place in excluded}
    return [
        path
        for path in small.paths
        if not path.organizations & absent and (most_open is None or sum(path.key[0]) <= most_open)
    ]


def in_slugs(hop_graph: HopGraph, path: RankedPath) -> tuple[object, ...]:
    """Return the key of a path as brute force writes it."""
    snapshot = hop_graph.scenario.snapshot
    steps = tuple(
        (doubt, line, place, snapshot.organizations[agency].slug, tuple(snapshot.services[row].slug for row in rows))
        for doubt, line, place, agency, rows in path.keys
    )
    handoffs = path.value - packed(points(path.value), 0)
    return path.open_required, points(path.value), handoffs, steps


def exclusions(small: Small) -> Iterator[frozenset[int]]:
    """Yield whom to leave out: at most two, never the origin."""
    for size in range(3):
        yield from map(frozenset, combinations(small.hop_graph.holders[1:], size))


def least(paths: list[RankedPath]) -> RankedPath | None:
    return min(paths, key=lambda path: path.key, default=None)


def walk(search: PathSearch, excluded: frozenset[int], most_open: int | None = None) -> RankedPath | None:
    """Search without an end; hold what is told on the way: rising keys, none more than the path."""
    *bounds, path = search.approach(excluded, most_open, has_end=False)
    keys: list[Key] = [bound for bound in bounds if isinstance(bound, tuple)]
    assert len(keys) == len(bounds)
    assert keys == sorted(set(keys))
    assert not isinstance(path, tuple)
    assert path is None or keys[-1] == path.key[:2]
    assert all(value < UNREACHABLE for _, value in keys)
    return path


def best_of_each(
    searches: list[PathSearch], excluded: frozenset[int] = frozenset(), most_open: int | None = None
) -> list[RankedPath]:
    """Return the best path of each search that has one."""
    return [path for search in searches if (path := walk(search, excluded, most_open)) is not None]


def test_the_best_path_around_each_pair_is_found_in_the_tables_of_all(instances: list[Small]) -> None:
    """Of all plans, to the slugs; the tables know of nobody left out, and are asked about one pair after the other."""
    detours = 0
    for small in instances:
        searches = searches_in(small.hop_graph)
        for excluded in exclusions(small):
            for most_open in (None, 0, 1):
                paths = best_of_each(searches, excluded, most_open)

                best, expected = least(paths), paths_around(small, excluded, most_open)
                assert (best and in_slugs(small.hop_graph, best)) == (expected[0].key if expected else None)
                detours += best is not None and bool(excluded)
    assert enough(detours, 200)


def test_each_step_leaves_who_holds_then_or_the_origin(instances: list[Small]) -> None:
    """After a report the earlier holder holds again."""
    onward = 0
    for small in instances:
        home = small.hop_graph.scenario.origin
        for search in searches_in(small.hop_graph):
            for excluded in exclusions(small):
                path, holder = walk(search, excluded), home
                for step in path.steps if path is not None else ():
                    assert step.holder in (holder, home)
                    onward += step.holder != home
                    holder = holder if step.hop.mode == "report" else step.hop.organization
    assert enough(onward, 20)


def test_from_anywhere_the_client_goes_back_to_the_origins_own_services() -> None:
    """The origin hands over to itself, whoever holds then.

    hotline --> center [intake] , then the hotline's own room, which asks for the intake
    """
    network = snapshot(
        organization("hotline"),
        *map(organization, ("center", "depot")),
        service("intake", "intake_assessment", at="center"),
        service("coat", "clothing", at="depot"),
        service("room", "transitional_housing", at="hotline", requires=("intake_assessment",)),
    )
    hop_graph = build_hop_graph(Scenario(network, profile("transitional_housing")), NothingLeaves())

    (path,) = best_of_each(searches_in(hop_graph))

    center, home = (network.organization_index[slug] for slug in ("center", "hotline"))
    assert [(step.holder, step.hop.organization) for step in path.steps] == [(home, center), (home, home)]


def test_who_sends_on_each_edge(instances: list[Small]) -> None:
    """An edge leaves the origin or who holds; own services leave the origin; nobody hands over to themselves."""
    several = own = 0
    for small in instances:
        hop_graph, arrays = small.hop_graph, EdgeArrays(small.hop_graph)
        for holder in range(hop_graph.home + 1):
            edges, senders = arrays.leaving(holder)
            assert len(edges) == len(senders)
            senders_allowed = {hop_graph.holders[0], hop_graph.holders[hop_graph.place_of(holder)]}
            leaving = [(arrays.edges[number], sender) for number, sender in zip(edges, senders, strict=True)]
            for edge, sender in leaving:
                assert sender in senders_allowed
                is_own = edge in hop_graph.own_services
                assert is_own or edge.hop.organization != sender or edge.hop.mode == "report"
                assert not is_own or edge.hop.organization == sender == hop_graph.scenario.origin
                assert not is_own or holder != hop_graph.home
            assert {edge for edge, _ in leaving if edge in hop_graph.own_services} == (
                set() if holder == hop_graph.home else set(hop_graph.own_services)
            )
            several += len(set(senders.tolist())) > 1
            own += holder != hop_graph.home and bool(hop_graph.own_services)
    assert enough(several, 20)
    assert enough(own, 5)


def test_within_so_many_steps_the_same_path_or_too_far(instances: list[Small], monkeypatch: pytest.MonkeyPatch) -> None:
    """With few steps allowed a search gives up or finds the very path; with more, the path; without an end, always."""
    in_time = 0
    for small in instances[: draws(15)]:
        for excluded in exclusions(small):
            searches = searches_in(small.hop_graph)
            paths = [walk(search, excluded) for search in searches]
            for search, path in zip(searches, paths, strict=True):
                ends = []
                for most in range(12):
                    monkeypatch.setattr(best_path, "MOST_POPS", most)
                    assert walk(search, excluded) == path
                    ends.append(ends_in_time(search, excluded, path))
                assert ends == sorted(ends)
                assert not ends[0]
                in_time += ends[-1] and path is not None
    assert enough(in_time, 50)


def ends_in_time(search: PathSearch, excluded: frozenset[int], path: RankedPath | None) -> bool:
    """Say whether a search with an end came to it, where it has to have found the path."""
    try:
        *_, end = search.approach(excluded)
    except TooFar:
        return False
    assert end == path
    return True


def test_no_point_is_gone_through_twice() -> None:
    """Four agencies may come in any order before the fifth: with the cheap fifth left out, each order looks cheap."""
    kinds = ("food", "clothing", "dental", "education")
    network = snapshot(
        organization("hotline"),
        *(organization(kind.replace("_", "-")) for kind in (*kinds, "cheap", "dear")),
        *(service(f"s-{kind}".replace("_", "-"), kind, at=kind.replace("_", "-")) for kind in kinds),
        service("near", "legal_advocacy", at="cheap"),
        service("far", "legal_advocacy", at="dear", accepts=("self",)),
    )
    hop_graph = build_hop_graph(Scenario(network, profile("legal_advocacy", *kinds)), NothingLeaves())
    (search,) = searches_in(hop_graph)

    *_, path = search.approach(frozenset({network.organization_index["cheap"]}))

    assert isinstance(path, RankedPath)
    assert len(path.steps) == len(kinds) + 1


def test_what_a_bar_does_not_let_by_is_not_found(instances: list[Small]) -> None:
    """A bar at each path's own number: only a better one is found, and it is the best."""
    for small in instances:
        searches = searches_in(small.hop_graph)
        for excluded in exclusions(small):
            best = least(best_of_each(searches, excluded))
            for bar in bars(small):
                paths = best_of_each(searches_in(small.hop_graph, bar), excluded)

                lets_by = best is not None and bar.lets_by(*best.key[:2])
                assert all(bar.lets_by(*path.key[:2]) for path in paths)
                assert not lets_by or least(paths) == best


def bars(small: Small) -> list[Bar]:
    """Return bars at the first few different prices of paths."""
    return [Bar(*price) for price in list(dict.fromkeys((sum(path.key[0]), path.total) for path in small.paths))[:6]]


def test_a_search_stops_when_time_is_up(instances: list[Small]) -> None:
    """What is told before stands: one bound comes, then it is asked whether there is time."""
    for small in instances:
        for search in (search for search in searches_in(small.hop_graph) if search.tables.starts):
            with small.hop_graph.scenario.time_budget.until(lambda: True):
                approach = search.approach(frozenset())
                assert isinstance(next(approach), tuple)
                with pytest.raises(TimeBudgetExceeded):
                    next(approach)


def test_time_is_asked_for_among_the_ways_to_meet_what_one_port_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four services in one place can be met in fifteen ways: it is asked at the first, and at each if so it is set."""
    kinds = ("food", "clothing", "dental", "education")
    network = snapshot(
        organization("hotline"),
        organization("house"),
        *(service(f"s-{kind}", kind, at="house") for kind in kinds),
    )
    hop_graph = build_hop_graph(Scenario(network, profile(*kinds)), NothingLeaves())

    monkeypatch.setattr(best_path, "_CHECKED_EACH", 1000)
    bounds, few_checks = checks_of(hop_graph)
    monkeypatch.setattr(best_path, "_CHECKED_EACH", 1)
    _, many_checks = checks_of(hop_graph)

    assert few_checks == bounds + 1
    assert many_checks >= bounds + 15


def checks_of(hop_graph: HopGraph) -> tuple[int, int]:
    """Return how many bounds a search tells, and how often it is asked whether there is time."""
    (search,), checks = searches_in(hop_graph), list[None]()
    with hop_graph.scenario.time_budget.until(lambda: bool(checks.append(None))):
        *bounds, _ = search.approach(frozenset())
    return len(bounds), len(checks)


def test_what_has_to_come_first_comes_first() -> None:
    """Either order has one price, and by slugs the wrong one comes first: `annex` asks for the intake at `center`."""
    network = snapshot(
        organization("hotline"),
        *map(organization, ("annex", "center")),
        service("intake", "intake_assessment", at="center"),
        service("bread", "food", at="annex"),
        service("room", "transitional_housing", at="annex", requires=("intake_assessment",)),
    )
    needs_profile = profile("food", "transitional_housing", "intake_assessment")
    hop_graph = build_hop_graph(Scenario(network, needs_profile), NothingLeaves())

    path = least(best_of_each(searches_in(hop_graph)))

    assert path is not None
    assert [network.organizations[step.hop.organization].slug for step in path.steps] == ["center", "annex"]


def test_nothing_is_met_twice() -> None:
    """Where the plan has the intake asked for, the food is from who asks for it, and not from beside it as well."""
    network = snapshot(
        organization("hotline"),
        *map(organization, ("center", "house")),
        service("bread", "food", at="house"),
        service("intake", "intake_assessment", at="center"),
        service("soup", "food", at="house", requires=("intake_assessment",)),
    )
    hop_graph = build_hop_graph(Scenario(network, profile("food")), NothingLeaves())

    paths = best_of_each(searches_in(hop_graph))

    services = [[network.services[row].slug for key in path.keys for row in key.services] for path in paths]
    assert sorted(services) == [["bread"], ["intake", "soup"]]


def test_of_equal_ways_the_origins_is_taken() -> None:
    """Two ways lead to each center from whoever has the food, at one price: from the origin, and from there."""
    centers = [f"center-{number:02}" for number in range(30)]
    network = snapshot(
        organization("hotline"),
        *map(organization, ("bakery", *centers)),
        service("bread", "food", at="bakery"),
        *(
            service(f"at-{slug}", "intake_assessment", at=slug, response_time=timedelta(hours=number % 3))
            for number, slug in enumerate(centers)
        ),
    )
    hop_graph = build_hop_graph(Scenario(network, profile("food", "intake_assessment")), NothingLeaves())
    (search,) = searches_in(hop_graph)
    bakery, home = (network.organization_index[slug] for slug in ("bakery", "hotline"))

    for center in centers:
        path = walk(search, frozenset(network.organization_index[slug] for slug in centers if slug != center))

        assert path is not None
        assert path.steps[0].hop.organization == bakery
        assert [step.holder for step in path.steps] == [home, home]
