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
from routing.cached_property import cached_property
from routing.directory.arrays import Ints

Flags = NDArray[np.bool_]
_STAND_IN = 2
"""So many ways that lead to an offer, or so many providers of what it asks for, and no single one is missed."""


@dataclass(frozen=True, eq=False)
class Reach:
    """The reach over some offers (columns of equal length): a fixed point, since prerequisites are to be met too.

    `service` is the offer's service, whose offers are neighbors, `node` the owner's place among the nodes (-1: none),
    `open` whether its door lets anybody in, `direct` whether anybody may call or send a client too, `leads` whether the
    owner is a way in for any client, `hops` which nodes hand over to the offer, `requires` the types that come first,
    by the place of an offer that asks for any. To an open door leads no way in: it never gets round a mode.
    """

    owner: Ints
    type: Ints
    service: Ints
    node: Ints
    open: Flags
    direct: Flags
    leads: Flags
    hops: Flags
    requires: Mapping[int, frozenset[int]]

    def reachable(self, without: int) -> Flags:
        """Return which offers are reached without an organization."""
        return self._fixed_point(self.owner != without)[0]

    def hanging(self) -> tuple[Flags, Mapping[int, list[int]], frozenset[int]]:
        """Return the offers reached, those that hang on one organization, and the organizations to test one by one.

        Without an organization its own offers are gone, and those (places) to which it was the only way. Ways are
        organizations that anybody reaches, so no way to others goes with these. Only where a type that comes first may
        be met by it alone, or leads on to a way in, no less than taking it away tells what is left; a way in whose own
        offers ask for a type first is no sure one to another provider of that type.
        """
        reached, ready, through = self._fixed_point(np.ones(len(self.owner), dtype=np.bool_))
        inside, ways = self.direct & ready, self._nodes(through)
        behind = np.flatnonzero(reached & ~inside)
        counts = np.zeros(len(self.owner), dtype=np.int64)
        counts[behind] = (self._hops_behind[behind] & ways).sum(axis=1)
        owner_of = dict(zip(self.node.tolist(), self.owner.tolist(), strict=True))
        alone: dict[int, list[int]] = {}
        only = {n: owner_of[int(np.argmax(self._hops_behind[n] & ways))] for n in behind[counts[behind] == 1].tolist()}
        for place in only.keys() - self.requires.keys():
            alone.setdefault(only[place], []).append(place)
        solid = reached.copy()
        solid[list(self.requires)] = False
        solid[behind] &= (self._hops_behind[behind] & self._nodes(inside & solid & self.leads)).sum(axis=1) >= _STAND_IN
        doubtful: set[int] = set()
        asking = [place for place in self.requires if reached[place]]
        for service_type in frozenset[int]().union(*(self.requires[place] for place in asking)):
            doubtful |= self._few({*self.owner[solid & (self.type == service_type)].tolist()}, ready)
        for place in asking:
            providers = self._providers(place, solid)
            if through[place] and not inside[place]:
                holders = providers[self._whole_hops[place, providers]].tolist()
                doubtful |= self._few({owner_of[node] for node in holders}, ready)
            if not inside[place] and counts[place] < _STAND_IN:
                holders = providers[self.hops[place, providers]].tolist()
                owners = {owner_of[node] for node in holders} | ({only[place]} if place in only else set())
                if not owners and (step := next(self._gateways(place, providers, ready), None)):
                    doubtful |= {owner_of[node] for node in step}
                else:
                    doubtful |= self._few(owners, ready)
        return reached, alone, frozenset(doubtful)

    def _few(self, owners: set[int], ready: Flags) -> set[int]:
        """Return the organizations to test one by one, where an offer rests on any of `owners`."""
        if len(owners) >= _STAND_IN:
            return set()
        return owners or set(self.owner[ready].tolist())

    def _nodes(self, offers: Flags) -> Flags:
        """Return the nodes that own any of the offers."""
        nodes = np.zeros(self.hops.shape[1], dtype=np.bool_)
        nodes[self.node[offers]] = True
        return nodes

    def _providers(self, place: int, reached: Flags) -> Ints:
        """Return the nodes that meet, by offers reached, a type that comes before an offer."""
        types = np.isin(self.type, list(self.requires[place]))
        return np.unique(self.node[reached & types & (self.node >= 0)])

    def _gateways(self, place: int, holders: Ints, ready: Flags) -> Iterator[tuple[int, int]]:
        """Yield the nodes of a holder and of a gateway by which an offer is reached from the holder."""
        doors = np.flatnonzero(ready & self.leads)
        doors = doors[self._hops_behind[place, self.node[doors]]]
        for door, holder in np.argwhere(self._whole_hops[np.ix_(doors, holders)]).tolist():
            yield int(holders[holder]), int(self.node[doors[door]])

    @cached_property
    def _hops_behind(self) -> Flags:
        """The hops from a gateway: only to a door that is not open."""
        return self.hops & ~self.open[:, None]

    @cached_property
    def _whole_hops(self) -> Flags:
        """The hops to a gateway: to an offer with every other of its service."""
        first = np.flatnonzero(np.diff(self.service, prepend=-1))
        whole: Flags = np.logical_and.reduceat(self.hops, first)
        return whole.repeat(np.diff(first, append=len(self.service)), axis=0)

    def _fixed_point(self, present: Flags) -> tuple[Flags, Flags, Flags]:
        """Return the offers reached, those whose prerequisites are, and those by which their owner is a way in.

        Whoever met a type that comes first holds the case from there: it hands over to the offer that asks for it, to a
        gateway to that offer, and as a gateway's own service asks for it, to that gateway.
        """
        reached = np.zeros_like(present)
        while True:
            ready = present.copy()
            types = set(self.type[reached].tolist())
            for place, required in self.requires.items():
                ready[place] &= required <= types
            inside = self.direct & ready
            through = inside & self.leads
            asking = [place for place in self.requires if ready[place]]
            for place in asking:
                if self.leads[place] and not through[place]:
                    through[place] = self._whole_hops[place, self._providers(place, reached)].any()
            behind, outside = inside.copy(), np.flatnonzero(ready & ~inside)
            behind[outside] = (self._hops_behind[outside] & self._nodes(through)).any(axis=1)
            for place in asking:
                if not behind[place]:
                    providers = self._providers(place, reached)
                    behind[place] = self.hops[place, providers].any() or any(self._gateways(place, providers, ready))
            if (behind == reached).all():
                return reached, ready, through
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
        for service_type, owner in _single_needs(types, owners):
            self.needs[owner].update((service_type, area) for area in areas)
        met_types = frozenset(types.tolist())
        for organization in doubtful | alone.keys():
            checkpoint()
            offers_left = offers & (reach.owner != organization)
            offers_left[alone.get(organization, [])] = False
            if organization in doubtful:
                offers_left = reach.reachable(without=organization) & relevant
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


def _single_needs(types: Ints, owners: Ints) -> Iterator[tuple[int, int]]:
    """Yield each type with a single owner, and the owner.

    >>> list(_single_needs(np.array([4, 4, 7, 7]), np.array([1, 1, 1, 2])))
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
