"""Who holds a graph together: each organization taken away in turn, by hand and in small drawn graphs."""

from __future__ import annotations

import random

import networkx as nx
import numpy as np
import pytest
from length import draws

from routing.handoffs.single_points import Losses, Reach, hanging


@pytest.mark.parametrize("seed", range(draws(60)))
def test_who_splits_the_graph_is_who_networkx_says(seed: int) -> None:
    """Sparse and dense graphs, whole or in parts: each node taken away, and all outside of the largest part."""
    dice = random.Random(seed)
    size, chance = dice.randint(1, 14), dice.choice([0.08, 0.15, 0.3, 0.7])
    linked = np.zeros((size, size), dtype=np.bool_)
    for row in range(size):
        for column in range(row):
            linked[row, column] = linked[column, row] = dice.random() < chance
    graph = nx.Graph(np.argwhere(linked).tolist())
    expected = {}
    for node in nx.articulation_points(graph):
        parts = nx.connected_components(graph.subgraph({*graph} - {node}))
        expected[node] = set().union(*sorted(parts, key=lambda part: (-len(part), min(part)))[1:])

    assert dict(hanging(linked)) == expected


def drawn_reach(dice: random.Random, owners: int) -> Reach:
    """Draw offers of agencies, of which some are no nodes, behind doors and prerequisites."""
    size, nodes = dice.randint(4, 12), dice.randint(owners // 2, owners)
    owner = np.array([dice.randrange(owners) for _ in range(size)])
    ways_in, asks = [dice.random() < 0.8 for _ in range(owners)], dice.choice([0.0, 0.3, 0.5])
    kinds = dice.choice([2, 3])
    node = np.where(owner < nodes, owner, -1)
    return Reach(
        owner=owner,
        type=np.array([dice.randrange(kinds) for _ in range(size)]),
        node=node,
        direct=np.array([dice.random() < 0.6 for _ in range(size)]),
        leads=np.array([ways_in[number] for number in owner]) & (node >= 0),
        hops=np.array([[dice.random() < 0.6 and at != number for number in range(nodes)] for at in owner], np.bool_),
        requires={
            place: frozenset(dice.sample(range(kinds), dice.choice((1, 1, 1, 2))))
            for place in range(size)
            if dice.random() < asks
        },
    )


def reached_without(reach: Reach, organization: int) -> set[int]:
    """Return the places reached without an organization, one after the other for as long as there are more."""
    places: set[int] = set()
    while True:
        types = {int(reach.type[place]) for place in places}
        ways = {int(reach.node[place]) for place in places if reach.direct[place] and reach.leads[place]}
        more = {
            place
            for place in range(len(reach.owner))
            if reach.owner[place] != organization and reach.requires.get(place, frozenset()) <= types
            if reach.direct[place]
            or any(reach.hops[place, way] for way in ways)
            or any(
                reach.hops[place, reach.node[provider]]
                for provider in places
                if reach.node[provider] >= 0 and reach.type[provider] in reach.requires.get(place, ())
            )
        }
        if more <= places:
            return places
        places |= more


@pytest.mark.parametrize("seed", range(draws(400, 8)))
def test_who_is_missed_is_who_takes_something_along(seed: int) -> None:
    """Two kinds of areas, one of them twice: each need lost, and each agency that nobody reaches anywhere."""
    dice = random.Random(seed)
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
