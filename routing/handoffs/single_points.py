"""Which organizations hold the coalition's graph together: without one, needs or other organizations are out of reach.

To take every organization away in turn and look again would cost organizations times areas. What is reached without an
organization differs from what is reached with all only by its own offers, unless something reached hangs on it alone:
those few are taken away one by one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from routing.budget import checkpoint
from routing.directory.arrays import Ints

Flags = NDArray[np.bool_]
_STAND_IN = 2
"""So many ways that lead to an offer, or so many providers of what it asks for, and no single one is missed."""


@dataclass(frozen=True, eq=False)
class Reach:
    """What is reached of some offers (columns of equal length): a fixed point, since prerequisites are to be met too.

    `owner` and `type` are numbers, `node` the owner's place among the nodes (-1: none), `direct` whether anybody may
    come, `leads` whether the owner is a way in for any client, `hops` which nodes hand over to the offer, `requires`
    the types that come first, by the place of an offer that asks for any.
    """

    owner: Ints
    type: Ints
    node: Ints
    direct: Flags
    leads: Flags
    hops: Flags
    requires: Mapping[int, frozenset[int]]

    def reached(self, without: int = -1) -> Flags:
        """Return which offers are reached without an organization."""
        return self._fixed_point(self.owner != without)[0]

    def critical(self) -> tuple[Flags, frozenset[int]]:
        """Return which offers are reached, and the organizations on which more of that may hang than their own offers.

        Without any other, exactly its own offers are gone: what remains has another way, and what comes first, another
        provider.
        """
        reached, inside, ways = self._fixed_point(np.ones(len(self.owner), dtype=np.bool_))
        hanging = np.flatnonzero(reached & ~inside)
        counts = np.zeros(len(self.owner), dtype=np.int64)
        counts[hanging] = (self.hops[hanging] & ways).sum(axis=1)
        found: set[int] = set()
        for place in hanging[counts[hanging] == 1].tolist():
            found |= self._owners_at(self.hops[place] & ways)
        asking = [place for place in self.requires if reached[place]]
        solid = reached & (inside | (counts >= _STAND_IN))
        solid[list(self.requires)] = False
        for service_type in frozenset[int]().union(*(self.requires[place] for place in asking)):
            found |= self._few(self.owner[solid & (self.type == service_type)], reached)
        for place in asking:
            if not inside[place] and not counts[place]:
                first = solid & np.isin(self.type, list(self.requires[place])) & (self.node >= 0)
                holders = self.node[first]
                found |= self._few(self.owner[first][self.hops[place, holders]], reached)
        return reached, frozenset(found)

    def _few(self, owners: Ints, reached: Flags) -> set[int]:
        """Return the organizations to take away one by one, where something rests on any of `owners`."""
        some = set(owners.tolist())
        if len(some) >= _STAND_IN:
            return set()
        return some or set(self.owner[reached].tolist())

    def _owners_at(self, nodes: Flags) -> set[int]:
        return set(self.owner[np.isin(self.node, np.flatnonzero(nodes))].tolist())

    def _fixed_point(self, here: Flags) -> tuple[Flags, Flags, Flags]:
        """Return the offers reached, those that need no way in, and the nodes that are a way in."""
        reached = np.zeros_like(here)
        while True:
            ready = here.copy()
            met = set(self.type[reached].tolist()) if self.requires else set()
            for place, required in self.requires.items():
                ready[place] &= required <= met
            inside, ways = self.direct & ready, np.zeros(self.hops.shape[1], dtype=np.bool_)
            ways[self.node[inside & self.leads]] = True
            behind, left = inside.copy(), np.flatnonzero(ready & ~inside)
            behind[left] = (self.hops[left] & ways).any(axis=1)
            for place, required in self.requires.items():
                if ready[place] and not behind[place]:
                    first = reached & np.isin(self.type, list(required)) & (self.node >= 0)
                    behind[place] = self.hops[place, self.node[first]].any()
            if (behind == reached).all():
                return reached, inside, ways
            reached = behind


@dataclass(eq=False)
class Losses:
    """Collects, area by area, what is out of reach without each organization."""

    needs: dict[int, set[tuple[int, str]]] = field(default_factory=lambda: defaultdict(set))
    _reached: Counter[int] = field(default_factory=Counter)
    _lost: dict[int, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, areas: Iterable[str], reach: Reach, wanted: Flags) -> None:
        """Add areas in which the same offers (those of `reach`) are given; `wanted`: the offers that count."""
        areas = list(areas)
        every, critical = reach.critical()
        told = every & wanted
        types, owners = reach.type[told], reach.owner[told]
        present = set(owners.tolist())
        for owner in present:
            self._reached[owner] += len(areas)
        for service_type, owner in _alone(types, owners):
            if owner not in critical:
                self.needs[owner].update((service_type, area) for area in areas)
        for organization in critical:
            checkpoint()
            left = reach.reached(without=organization) & wanted
            gone = set(types.tolist()) - set(reach.type[left].tolist())
            self.needs[organization].update((service_type, area) for service_type in gone for area in areas)
            for other in present - set(reach.owner[left].tolist()) - {organization}:
                self._lost[organization][other] += len(areas)

    def cut_off(self, organization: int) -> set[int]:
        """Return the organizations that are reached in no area without an organization."""
        return {other for other, areas in self._lost.get(organization, {}).items() if areas == self._reached[other]}


def _alone(types: Ints, owners: Ints) -> Iterator[tuple[int, int]]:
    """Yield each type with a single owner, and the owner.

    >>> list(_alone(np.array([4, 4, 7, 7]), np.array([1, 1, 1, 2])))
    [(4, 1)]
    """
    pairs = np.unique(np.stack([types, owners]), axis=1)
    kinds, first, counts = np.unique(pairs[0], return_index=True, return_counts=True)
    for service_type, place in zip(kinds[counts == 1].tolist(), first[counts == 1].tolist(), strict=True):
        yield service_type, int(pairs[1, place])


def hanging(linked: Flags) -> dict[int, set[int]]:
    """Return, for each node whose loss splits the graph, the nodes that are no longer in its largest part.

    `linked`: which nodes are linked, in both directions; nodes without a link are no part of the graph.

    >>> path = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=np.bool_)
    >>> hanging(path)
    {1: {2}}
    """
    import networkx as nx  # noqa: PLC0415 - no search needs it, and it takes long to import

    whole, found = nx.Graph(_sparse(linked)), dict[int, set[int]]()
    for number in nx.articulation_points(whole):
        checkpoint()
        rest = nx.connected_components(whole.subgraph({*whole} - {number}))
        found[number] = set[int]().union(*sorted(rest, key=lambda part: (-len(part), min(part)))[1:])
    return found


def _sparse(linked: Flags) -> Iterator[tuple[int, int]]:
    """Yield links of a forest in breadth, then of one in the rest: at most two for each node.

    No node's loss splits the graph of these in another way than the whole graph (sparse certificates: J. Cheriyan,
    M.-Y. Kao, R. Thurimella, Scan-first search and sparse certificates, 1993). The whole has millions of links.
    """
    left = linked.copy()
    for _ in range(2):
        new = np.ones(len(left), dtype=np.bool_)
        forest = []
        for root in range(len(left)):
            line = [root] if new[root] else []
            new[root] = False
            for node in line:
                found = np.flatnonzero(left[node] & new).tolist()
                new[found] = False
                forest += [(node, other) for other in found]
                line += found
        for node, other in forest:
            left[node, other] = left[other, node] = False
        yield from forest
