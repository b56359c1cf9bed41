"""Who is missed: each organization taken away in turn, by hand and in small drawn graphs."""

from __future__ import annotations

import random
from collections.abc import Iterable

import numpy as np
import pytest
from length import draws
from seeds import fresh_random

import routing
from routing.handoffs.single_points import Losses, Reach, sparse_links


@pytest.mark.parametrize("seed", range(draws(60)))
def test_few_links_are_split_by_whom_all_are_split_by(seed: int) -> None:
    """Sparse and dense graphs, whole or in parts: each node taken away leaves the same parts of few links as of all."""
    dice = fresh_random(seed)
    size, chance = dice.randint(1, 14), dice.choice([0.08, 0.15, 0.3, 0.7])
    linked = np.zeros((size, size), dtype=np.bool_)
    for row in range(size):
        for column in range(row):
            linked[row, column] = linked[column, row] = dice.random() < chance
    few, every = [*sparse_links(linked)], np.argwhere(linked).tolist()

    assert len(few) <= 2 * size
    assert all(linked[link] for link in few)
    for without in (None, *range(size)):
        assert parts_of(few, without) == parts_of(every, without)


def parts_of(links: Iterable[Iterable[int]], without: int | None) -> set[frozenset[int]]:
    """Return the connected parts of a graph without a node, each link merging the parts of its ends."""
    links = [frozenset(link) for link in links]
    parts = [{node} for node in set[int]().union(*links) - {without}]
    for link in links:
        touched = [part for part in parts if part & link and without not in link]
        parts = [part for part in parts if part not in touched] + ([set().union(*touched)] if touched else [])
    return set(map(frozenset, parts))


def drawn_reach(dice: random.Random, owners: int) -> Reach:
    """Draw offers of agencies, of which some are no nodes, behind doors and prerequisites."""
    size, nodes = dice.randint(4, 12), dice.randint(owners // 2, owners)
    owner = np.array([dice.randrange(owners) for _ in range(size)])
    leading, asks = dice.choice([0.4, 0.8]), dice.choice([0.2, 0.5])
    ways_in = [dice.random() < leading for _ in range(owners)]
    kinds, linked, open_to_all = dice.choice([2, 3]), dice.choice([0.3, 0.6]), dice.choice([0.3, 0.6])
    node = np.array([*dice.sample(range(nodes), nodes), *[-1] * (owners - nodes)])[owner]
    is_open = np.array([dice.random() < open_to_all for _ in range(size)])
    asks_alike = [place for place in range(size) if dice.random() < asks]
    return Reach(
        owner=owner,
        type=np.array([dice.randrange(kinds) for _ in range(size)]),
        service=np.cumsum(
            [place == 0 or owner[place] != owner[place - 1] or dice.random() < 0.7 for place in range(size)]
        ),
        node=node,
        open=is_open,
        direct=is_open & [dice.random() < 0.8 for _ in range(size)],
        leads=np.array([ways_in[number] for number in owner]) & (node >= 0),
        hops=np.array([[dice.random() < linked and at != place for place in range(nodes)] for at in node], np.bool_),
        requires={place: frozenset(dice.sample(range(kinds), dice.choice((1, 1, 1, 2)))) for place in asks_alike},
    )


def reached_without(reach: Reach, organization: int) -> set[int]:
    """Return the places reached without an organization, one after the other for as long as there are more."""
    places: set[int] = set()

    def holders(*asking: int) -> set[int]:
        types = frozenset[int]().union(*(reach.requires.get(place, frozenset()) for place in asking))
        return {int(reach.node[place]) for place in places if reach.node[place] >= 0 and reach.type[place] in types}

    def leads_on(gateway: int, place: int) -> bool:
        """Say whether anybody, or who met what either asks for, reaches a gateway that reaches the offer."""
        whole = np.flatnonzero(reach.service == reach.service[gateway])
        called = reach.direct[gateway] or any(reach.hops[whole, node].all() for node in holders(gateway, place))
        return called and reach.leads[gateway] and not reach.open[place] and reach.hops[place, reach.node[gateway]]

    while True:
        types = {int(reach.type[place]) for place in places}
        ready = [
            place
            for place in range(len(reach.owner))
            if reach.owner[place] != organization and reach.requires.get(place, frozenset()) <= types
        ]
        more = {
            place
            for place in ready
            if reach.direct[place]
            or any(reach.hops[place, node] for node in holders(place))
            or any(leads_on(gateway, place) for gateway in ready)
        }
        if more <= places:
            return places
        places |= more


@pytest.mark.parametrize("seed", range(draws(400, 8)))
def test_who_is_missed_is_who_takes_something_along(seed: int) -> None:
    """Two kinds of areas, one of them twice: each need lost, and each agency that nobody reaches anywhere."""
    dice = fresh_random(seed)
    owners, losses = dice.randint(2, 7), Losses()
    reaches = [(areas, drawn_reach(dice, owners)) for areas in (["north"], ["south", "west"])]
    relevant = [np.array([dice.random() < 0.9 for _ in reach.owner]) for _, reach in reaches]
    for (areas, reach), counts in zip(reaches, relevant, strict=True):
        losses.add(areas, reach, counts)

    for organization in range(owners):
        lost, before, after = set(), set(), set()
        for (areas, reach), counts in zip(reaches, relevant, strict=True):
            places, left = (
                {place for place in reached_without(reach, without) if counts[place]} for without in (-1, organization)
            )
            types = {reach.type[place] for place in places} - {reach.type[place] for place in left}
            lost |= {(kind, area) for kind in types for area in areas}
            before |= {reach.owner[place] for place in places}
            after |= {reach.owner[place] for place in left}
        assert losses.needs.get(organization, set()) == lost
        assert losses.cut_off(organization) == before - after - {organization}


def test_who_alone_leads_on_from_what_comes_first_is_missed() -> None:
    """A bed asks for an intake: of three agencies with one, the desk alone leads there.

    The house takes clients elsewhere, the phone is no node. Two with food lead to the bed, but not from an intake.
    """
    intake, food, bed = range(3)
    desk, house, phone, pantry, store, inn = range(6)
    reach = Reach(
        owner=np.array([desk, house, phone, pantry, store, inn]),
        type=np.array([intake, intake, intake, food, food, bed]),
        service=np.arange(6),
        node=np.array([0, 1, -1, 2, 3, -1]),
        open=np.array([True, True, True, True, True, False]),
        direct=np.array([True, True, True, True, True, False]),
        leads=np.zeros(6, dtype=np.bool_),
        hops=np.array([*[[False] * 4] * 5, [True, False, True, True]]),
        requires={inn: frozenset({intake})},
    )
    losses = Losses()

    losses.add(["travis"], reach, np.ones(6, dtype=np.bool_))

    assert losses.needs == {desk: {(bed, "travis")}, inn: {(bed, "travis")}}
    assert [losses.cut_off(number) for number in range(6)] == [{inn}, *[set()] * 5]


def test_the_work_can_be_ended_before_each_agency_that_is_tested() -> None:
    """Four agencies: two that can be called, each of them the only way to another."""
    numbers, checks = np.arange(4), list[int]()
    called, only_ways = numbers < 2, np.eye(4, k=-2, dtype=np.bool_)
    reach = Reach(
        numbers, numbers, numbers, numbers, open=called, direct=called, leads=called, hops=only_ways, requires={}
    )

    with routing.checked_by(lambda: checks.append(1)):
        Losses().add(["travis"], reach, np.ones(4, dtype=np.bool_))

    assert len(checks) == 2
