"""Which organizations hold the coalition's graph together: without one, needs or other organizations are out of reach.

What is reached without an organization differs from what is reached with all only by its own offers, unless something
reached hangs on it alone: those few are taken away one by one.
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
    """The reach over some offers (columns of equal length): a fixed point, since prerequisites are to be met too.

    `node` is the owner's place among the nodes (-1: none), `direct` whether anybody may come, `leads` whether the owner
    is a way in for any client, `hops` which nodes hand over to the offer, `requires` the types that come first, by the
    place of an offer that asks for any.
    """

    owner: Ints
    type: Ints
    node: Ints
    direct: Flags
    leads: Flags
    hops: Flags
    requires: Mapping[int, frozenset[int]]

    def within_reach(self, without: int) -> Flags:
        """Return which offers are reached without an organization."""
        return self._fixed_point(self.owner != without)[0]

    def hanging(self) -> tuple[Flags, Mapping[int, list[int]], frozenset[int]]:
        """Return the offers reached, those that hang on one organization, and the organizations to test one by one.

        Without an organization its own offers are gone, and those (places) to which it was the only way. Ways are
        organizations whose own offers need none, so no way to others goes with these. Only where a type that comes
        first may be met by it alone, no less than taking it away tells what is left; a way in whose own offers ask for
        a type first is no sure one to another provider of that type.
        """
        reached, inside, ways = self._fixed_point(np.ones(len(self.owner), dtype=np.bool_))
        behind = np.flatnonzero(reached & ~inside)
        counts = np.zeros(len(self.owner), dtype=np.int64)
        counts[behind] = (self.hops[behind] & ways).sum(axis=1)
        owner_of = dict(zip(self.node.tolist(), self.owner.tolist(), strict=True))
        alone: dict[int, list[int]] = {}
        only = {n: owner_of[int(np.argmax(self.hops[n] & ways))] for n in behind[counts[behind] == 1].tolist()}
        for place in only.keys() - self.requires.keys():
            alone.setdefault(only[place], []).append(place)
        solid = reached.copy()
        solid[list(self.requires)] = False
        solid[behind] &= (self.hops[behind] & self._ways(inside & solid)).sum(axis=1) >= _STAND_IN
        doubtful: set[int] = set()
        asking = [place for place in self.requires if reached[place]]
        for service_type in frozenset[int]().union(*(self.requires[place] for place in asking)):
            doubtful |= self._few({*self.owner[solid & (self.type == service_type)].tolist()}, reached)
        for place in asking:
            if not inside[place] and counts[place] < _STAND_IN:
                providers = solid & np.isin(self.type, list(self.requires[place])) & (self.node >= 0)
                holders = {*self.owner[providers][self.hops[place, self.node[providers]]].tolist()}
                doubtful |= self._few(holders | ({only[place]} if place in only else set()), reached)
        return reached, alone, frozenset(doubtful)

    def _few(self, owners: set[int], reached: Flags) -> set[int]:
        """Return the organizations to test one by one, where an offer rests on any of `owners`."""
        if len(owners) >= _STAND_IN:
            return set()
        return owners or set(self.owner[reached].tolist())

    def _ways(self, inside: Flags) -> Flags:
        """Return the nodes that are a way in by offers that need none."""
        ways = np.zeros(self.hops.shape[1], dtype=np.bool_)
        ways[self.node[inside & self.leads]] = True
        return ways

    def _fixed_point(self, present: Flags) -> tuple[Flags, Flags, Flags]:
        """Return the offers reached, those that need no way in, and the nodes that are a way in."""
        reached = np.zeros_like(present)
        while True:
            ready = present.copy()
            types = set(self.type[reached].tolist())
            for place, required in self.requires.items():
                ready[place] &= required <= types
            inside = self.direct & ready
            ways = self._ways(inside)
            behind, outside = inside.copy(), np.flatnonzero(ready & ~inside)
            behind[outside] = (self.hops[outside] & ways).any(axis=1)
            for place, required in self.requires.items():
                if ready[place] and not behind[place]:
                    providers = reached & np.isin(self.type, list(required)) & (self.node >= 0)
                    behind[place] = self.hops[place, self.node[providers]].any()
            if (behind == reached).all():
                return reached, inside, ways
            reached = behind


@dataclass(eq=False)
class Losses:
    """Collects, area by area, the needs and organizations out of reach without each organization."""

    needs: dict[int, set[tuple[int, str]]] = field(default_factory=lambda: defaultdict(set))
    _reached: Counter[int] = field(default_factory=Counter)
    _lost: dict[int, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, areas: Iterable[str], reach: Reach, relevant: Flags) -> None:
        """Add areas in which the same offers (those of `reach`) are given; `relevant`: the offers that count."""
        areas = list(areas)
        reached, alone, doubtful = reach.hanging()
        offers = reached & relevant
        types, owners = reach.type[offers], reach.owner[offers]
        present = frozenset(owners.tolist())
        for owner in present:
            self._reached[owner] += len(areas)
        for service_type, owner in _alone(types, owners):
            self.needs[owner].update((service_type, area) for area in areas)
        met_types = frozenset(types.tolist())
        for organization in doubtful | alone.keys():
            checkpoint()
            offers_left = offers & (reach.owner != organization)
            offers_left[alone.get(organization, [])] = False
            if organization in doubtful:
                offers_left = reach.within_reach(without=organization) & relevant
            lost_types = met_types.difference(reach.type[offers_left].tolist())
            self.needs[organization].update((service_type, area) for service_type in lost_types for area in areas)
            for neighbour in present.difference(reach.owner[offers_left].tolist(), (organization,)):
                self._lost[organization][neighbour] += len(areas)

    def cut_off(self, organization: int) -> set[int]:
        """Return the organizations that are reached in no area without an organization."""
        return {
            neighbour
            for neighbour, areas in self._lost.get(organization, {}).items()
            if areas == self._reached[neighbour]
        }


def _alone(types: Ints, owners: Ints) -> Iterator[tuple[int, int]]:
    """Yield each type with a single owner, and the owner.

    >>> list(_alone(np.array([4, 4, 7, 7]), np.array([1, 1, 1, 2])))
    [(4, 1)]
    """
    size = int(owners.max(initial=0)) + 1
    type_numbers, owner = np.divmod(np.unique(types * size + owners), size)
    _, first, count = np.unique(type_numbers, return_index=True, return_counts=True)
    alone = first[count == 1]
    yield from zip(type_numbers[alone].tolist(), owner[alone].tolist(), strict=True)


def sparse_links(linked: Flags) -> Iterator[tuple[int, int]]:
    """Yield links of a forest in breadth, then of one in the rest: at most two for each node.

    `linked`: which nodes are linked, in both directions. No node's loss splits the graph of these in another way than
    the whole graph (sparse certificates: J. Cheriyan, M.-Y. Kao, R. Thurimella, Scan-first search and sparse
    certificates, 1993). The whole has millions of links.
    """
    graph = linked.copy()
    for _ in range(2):
        new = np.ones(len(graph), dtype=np.bool_)
        forest = []
        for root in range(len(graph)):
            line = [root] if new[root] else []
            new[root] = False
            for node in line:
                nodes = np.flatnonzero(graph[node] & new).tolist()
                new[nodes] = False
                forest += [(node, neighbour) for neighbour in nodes]
                line += nodes
        for node, neighbour in forest:
            graph[node, neighbour] = graph[neighbour, node] = False
        yield from forest
