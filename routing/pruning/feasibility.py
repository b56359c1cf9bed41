"""Reachable holders and meetable bits, at any cost: more than one path can do, and quick to find."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, islice

import numpy as np

from routing.handoffs.bits import Finder
from routing.handoffs.gateways import Gateways
from routing.handoffs.hops import Hops, Offer
from routing.handoffs.offers import offers_in
from routing.kept import cached_property
from routing.model import Need
from routing.search.graph import ANY_HOLDER, HopGraph

_MOST_ADDED_SURELY = 2
"""How many added prerequisites are tried at most before a search is the shorter way to an answer."""


class Feasible:
    """The bits that can be met without given organizations, and whether they are enough; for one graph, unpriced."""

    def __init__(self, hop_graph: HopGraph) -> None:
        self.hop_graph = hop_graph
        self._by_kind: dict[int, set[int]] = {}
        self._by_holder: dict[int, set[int]] = {}
        for edge in hop_graph.shared:
            self._by_kind.setdefault(edge.source, set()).add(edge.port)
        for edge in hop_graph.own:
            self._by_holder.setdefault(edge.source, set()).add(edge.port)
        ways = [(port, passage.requires, passage.gateway) for port, passage in hop_graph.passages]
        self._passages = {source: {ways[number] for number in numbers} for source, numbers in hop_graph.passing.items()}
        self._at_home = {edge.port for edge in hop_graph.own_services}

    def reach(self, excluded: frozenset[int] = frozenset(), within: int = -1) -> tuple[int, frozenset[int]]:
        """Return the bits that can be met and the organizations that can become holders, the origin included.

        By fixed point, without the excluded organizations and with only the bits `within` a mask: a bit outside the
        result is on no path.
        """
        hop_graph = self.hop_graph
        met, places, grew = 0, {0}, True
        while grew:
            before = met, len(places)
            for port in self._ports(places, met, excluded):
                for offer in () if hop_graph.ports[port].organization in excluded else hop_graph.ports[port].offers:
                    if within >> offer.bit & 1 and not offer.requires & ~met:
                        met |= 1 << offer.bit
                        places.add(hop_graph.place_of(hop_graph.holder_at(port)))
            grew = (met, len(places)) != before
        return met, frozenset(hop_graph.holders[place] for place in places)

    def _ports(self, places: set[int], met: int, excluded: frozenset[int]) -> set[int]:
        """Return the ports to which the holders at `places` may hand over with the bits `met`."""
        found = set(self._at_home)
        for kind in {ANY_HOLDER, *(self.hop_graph.group_of[place] for place in places)}:
            found |= self._by_kind.get(kind, set())
        for place in places:
            found |= self._by_holder.get(place, set())
            for port, requires, gateway in self._passages.get(place, ()):
                if not requires & ~met and gateway not in excluded:
                    found.add(port)
        return found

    def may_leave(self, most_open: int, excluded: frozenset[int], within: int = -1) -> bool:
        """Say whether a path could leave at most `most_open` required needs open; no is certain, yes is not."""
        return _leaves(self.hop_graph.scenario.profile.needs, most_open, self.reach(excluded, within)[0])

    def surely_leaves(self, most_open: int, excluded: frozenset[int]) -> bool:
        """Say whether the origin, handing over at every step, can leave at most `most_open` required needs open.

        Yes is certain, no is not. The origin may hand over whoever the holder is, so every bit that the origin's own
        hops can meet in some order is on a path. Of the sets of added prerequisites the smaller are tried first: in the
        first sufficient set, each prerequisite is asked for on the path, and no type is added twice where the more
        urgent bit would do.
        """
        if self.hop_graph.must_mark:
            return False
        offers = {(bit, asked) for organization, bit, asked in self._from_origin if organization not in excluded}
        return _surely_leaves(self.hop_graph.scenario.profile.needs, most_open, offers, len(self.hop_graph.bits))

    @cached_property
    def _from_origin(self) -> set[tuple[int, int, int]]:
        """The offers within the origin's own hops: organization, bit, and the bits asked for."""
        ports = self._at_home | self._by_holder.get(0, set())
        for kind in (ANY_HOLDER, self.hop_graph.group_of[0]):
            ports |= self._by_kind.get(kind, set())
        reached = [self.hop_graph.ports[port] for port in ports]
        return {(port.organization, offer.bit, offer.requires) for port in reached for offer in port.offers}


def _leaves(needs: Sequence[Need], most_open: int, met: int) -> bool:
    """Say whether meeting the given bits meets a need, and leaves at most `most_open` required needs open.

    >>> needs = (Need("detox"), Need("shelter"), Need("clothing", required=False))
    >>> _leaves(needs, 1, 0b001), _leaves(needs, 0, 0b001), _leaves(needs, 2, 0b000)
    (True, False, False)
    """
    open_required = sum(need.required and not met >> place & 1 for place, need in enumerate(needs))
    return met & (1 << len(needs)) - 1 != 0 and open_required <= most_open


def _surely_leaves(needs: Sequence[Need], most_open: int, offers: set[tuple[int, int]], bits: int) -> bool:
    """Say the same of offers (bit, bits asked for), with as few bits as possible added; no is not certain."""
    if not _leaves(needs, most_open, _closure(offers, -1)):
        return False
    every_need, added = (1 << len(needs)) - 1, range(len(needs), bits)
    return any(
        _leaves(needs, most_open, _closure(offers, every_need | sum(1 << bit for bit in chosen)))
        for size in range(_MOST_ADDED_SURELY + 1)
        for chosen in combinations(added, size)
    )


def _closure(offers: Iterable[tuple[int, int]], within: int) -> int:
    """Return the bits, among the bits `within` a mask, that offers (bit, bits asked for) can meet in some order.

    Bit 1 asks for bit 0, and bit 2 asks for bit 3, which no offer meets.

    >>> bin(_closure([(0, 0), (1, 0b0001), (2, 0b1000)], -1))
    '0b11'
    """
    met, before = 0, -1
    while met != before:
        before = met
        for bit, requires in offers:
            if within >> bit & 1 and not requires & ~met:
                met |= 1 << bit
    return met


class Holders:
    """The possible holders, and representatives: one holder of each kind, and each holder set apart by a tie."""

    def __init__(self, hops: Hops, holders: Iterable[int]) -> None:
        self._hops, self._holders = hops, set[int]()
        self._of_kind: dict[int, list[int]] = {}
        for holder in holders:
            self.add(holder)

    @property
    def all(self) -> list[int]:
        """Every possible holder, rising."""
        return sorted(self._holders)

    def __contains__(self, holder: int) -> bool:
        """Say whether an organization may hold."""
        return holder in self._holders

    def add(self, holder: int) -> None:
        """Add a holder; of each kind, the holders added first stand for the rest."""
        if holder not in self._holders:
            self._holders.add(holder)
            self._of_kind.setdefault(self._hops.kind_of_holder(holder), []).append(holder)

    def unlike(self, recipient: int, rows: Sequence[int], *, but: int = -1) -> list[int]:
        """Return representative holders: if any holder may hand over to the services (rows), then one of these may.

        The recipient and the organization `but` are left out.
        """
        apart = self._hops.tied(recipient, rows)
        out = {recipient, but}
        found = sorted((apart & self._holders) - out)
        for alike in self._of_kind.values():
            found += islice((holder for holder in alike if holder not in apart and holder not in out), 1)
        return found


def reached(hops: Hops, gateways: Gateways) -> Holders:
    """Return every organization that could come to hold the client, the origin first among them; without a graph."""
    return _Reach(gateways, Finder(hops.scenario, gateways, None)).holders


class Needed:
    """Says which organizations a path with few required needs open depends on; for one request, without a graph."""

    def __init__(self, gateways: Gateways, most_open: int) -> None:
        self._gateways, self._scenario, self._most_open = gateways, gateways.hops.scenario, most_open
        self._finder = Finder(self._scenario, gateways, None)

    def is_needed(self, organization: int) -> bool | None:
        """Say whether each path with at most `most_open` needs open depends on an organization; `None` if unsure."""
        needs = self._scenario.profile.needs
        if not _leaves(needs, self._most_open, _Reach(self._gateways, self._finder, organization).met):
            return True
        offers = {(bit, asked) for owner, bit, asked in self._from_origin if owner != organization}
        return False if _surely_leaves(needs, self._most_open, offers, len(self._finder.bits)) else None

    @cached_property
    def _from_origin(self) -> set[tuple[int, int, int]]:
        """The offers to which the origin itself may hand over: organization, bit, and the bits asked for."""
        origin, finder, hops = self._scenario.origin, self._finder, self._gateways.hops
        found = set[tuple[int, int, int]]()
        for table, *_ in finder.tables:
            for is_open, some in ((True, table.only(table.open)), (False, table.only(~table.open))):
                for offer in offers_in(some, finder.wanted, finder.requirements):
                    if is_open or hops.may_hand_over(origin, offer):
                        found.add((offer.organization, offer.bit, offer.requires))
        return found


class _Reach:
    """A fixed point over bits that can be met and possible holders, without one organization (index)."""

    def __init__(self, gateways: Gateways, finder: Finder, without: int = -1) -> None:
        self.hops, self.scenario, self.gateways = gateways.hops, gateways.hops.scenario, gateways
        self.finder, self.without, self.met = finder, without, 0
        self.holders = Holders(self.hops, [self.scenario.origin])
        pending, count = self._without_the_sure(), -1
        while count != len(pending):
            count = len(pending)
            pending = [offer for offer in pending if not self._comes_to(offer)]

    def _without_the_sure(self) -> list[Offer]:
        """Note the offers to which the origin may hand over at once, by word of mouth; return the remaining offers."""
        pending: list[Offer] = []
        for table, *_ in self.finder.tables:
            here, sure = table.owner != self.without, table.open & table.free
            for bit in np.unique(table.bit[sure & here]).tolist():
                self.met |= 1 << bit
            for owner in np.unique(table.owner[sure & here & ~table.told]).tolist():
                self.holders.add(owner)
            pending += offers_in(table.only(~sure & here), self.finder.wanted, self.finder.requirements)
        return pending

    def _comes_to(self, offer: Offer) -> bool:
        """Note that an offer can be met, if it can; return whether the offer needs no further look."""
        self.scenario.patience.check()
        is_report = self.scenario.is_report(offer.organization, offer.type)
        if self.met >> offer.bit & 1 and (is_report or offer.organization in self.holders):
            return True
        found = not offer.requires & ~self.met and (
            offer.organization == self.scenario.origin or self._by_a_hop(offer) or self._through_a_gateway(offer)
        )
        if found:
            self.met |= 1 << offer.bit
            if not is_report:
                self.holders.add(offer.organization)
        return found

    def _by_a_hop(self, offer: Offer) -> bool:
        senders = self.holders.unlike(offer.organization, (offer.service,))
        return any(self.hops.may_hand_over(sender, offer) for sender in senders)

    def _through_a_gateway(self, offer: Offer) -> bool:
        urgency, everyone = self.finder.bits[offer.bit].urgency, self.holders.all
        refused = self.hops.refused(offer.service, offer.type, np.array(everyone))
        turned_away = Holders(self.hops, [one for one, is_refused in zip(everyone, refused, strict=True) if is_refused])
        return any(
            self.scenario.owner(row) != self.without
            and any(not mask & ~self.met for mask in self.finder.requirements(row, urgency))
            and self.gateways.leads_to(row, offer)
            and self.gateways.is_reached(row, turned_away.unlike(self.scenario.owner(row), (row,)))
            for row in self.gateways.rows(offer.service, offer.type, urgency)
        )
