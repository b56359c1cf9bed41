"""Reachable holders and meetable bits, at any cost: more than one path can do, and quick to find."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, islice

import numpy as np

from routing.cached_property import cached_property
from routing.client.scenario import Scenario
from routing.costs import EXPOSURES
from routing.handoffs.bits import Finder
from routing.handoffs.gateways import Gateways
from routing.handoffs.hop import CandidateService, closure
from routing.handoffs.hops import Hops
from routing.handoffs.offers import Flags, Table, needs_of, table_of
from routing.model import Need

_MOST_ADDED_SURELY = 2
"""How many added prerequisites are tried at most before a search is the shorter way to an answer."""


def _leaves(needs: Sequence[Need], most_open: int, mask: int) -> bool:
    """Return whether the bits of a mask meet a need, and leave at most `most_open` required needs open.

    >>> needs = (Need("detox"), Need("shelter"), Need("clothing", required=False))
    >>> _leaves(needs, 1, 0b001), _leaves(needs, 0, 0b001), _leaves(needs, 2, 0b000)
    (True, False, False)
    """
    open_required = sum(need.required and not mask >> place & 1 for place, need in enumerate(needs))
    return mask & (1 << len(needs)) - 1 != 0 and open_required <= most_open


def _surely_leaves(needs: Sequence[Need], most_open: int, offers: set[tuple[int, int]], count: int) -> bool:
    """Return the same for offers (bit, bits asked for), with as few bits as possible added; no is not certain."""
    if not _leaves(needs, most_open, closure(offers, -1)):
        return False
    every_need, added = (1 << len(needs)) - 1, range(len(needs), count)
    return any(
        _leaves(needs, most_open, closure(offers, every_need | sum(1 << bit for bit in choice)))
        for size in range(_MOST_ADDED_SURELY + 1)
        for choice in combinations(added, size)
    )


class Holders:
    """The possible holders, and representatives: one holder of each kind, and each exception of a kind."""

    def __init__(self, hops: Hops, holders: Iterable[int]) -> None:
        self._hops, self._holders = hops, set[int]()
        self._of_kind: dict[int, dict[int, None]] = {}
        for holder in holders:
            self.add(holder)

    @property
    def all(self) -> list[int]:
        """Every possible holder, rising."""
        return sorted(self._holders)

    def __len__(self) -> int:
        return len(self._holders)

    def __contains__(self, holder: int) -> bool:
        return holder in self._holders

    def add(self, holder: int) -> None:
        """Add a holder; of each kind, the holders added first stand for the rest."""
        self._holders.add(holder)
        self._of_kind.setdefault(self._hops.kind_of_holder(holder), {})[holder] = None

    def unlike(self, recipient: int, rows: Sequence[int], *, but: int = -1) -> list[int]:
        """Return representative holders, but for two: if any holder may hand over to the services, one of these may."""
        exceptions = self._hops.exceptions(recipient, rows)
        out = {recipient, but}
        holders = sorted((exceptions & self._holders) - out)
        for alike in self._of_kind.values():
            holders += islice((holder for holder in alike if holder not in exceptions and holder not in out), 1)
        return holders


def reachable_holders(hops: Hops, gateways: Gateways) -> Holders:
    """Return every organization that could come to hold the client, the origin first among them; without a graph."""
    return _Reach(gateways, Finder(hops.scenario, gateways, None)).holders


def meetable_mask(gateways: Gateways) -> int:
    """Return the bits that some path could meet, of the needs and then of the prerequisites; without a graph."""
    return _Reach(gateways, Finder(gateways.hops.scenario, gateways, None)).met


def may_meet(gateways: Gateways, needs: int, *, unexposed: bool) -> int:
    """Return those of the needs (a mask) that a path could meet; `unexposed`: with no exposed step. No is certain."""
    scenario = gateways.hops.scenario
    table = table_of(scenario, needs_of(scenario))
    offered = table.bit[~_exposed(scenario, table)] if unexposed else table.bit
    needs &= sum(1 << bit for bit in np.unique(offered).tolist())
    if not needs:
        return 0
    return needs & _Reach(gateways, Finder(scenario, gateways, None), unexposed=unexposed, enough=needs).met


def _exposed(scenario: Scenario, table: Table) -> Flags:
    """Return which offers make a step discoverable without an excuse; none of the origin's own does."""
    excused, level = scenario.snapshot.law.may_be_discoverable, scenario.snapshot.organization_columns.exposure
    excused_bits = [place for place, need in enumerate(scenario.profile.needs) if need.type in excused]
    discoverable = (level[table.owner] == EXPOSURES.index("discoverable")) & (table.owner != scenario.origin)
    exposed: Flags = discoverable & ~np.isin(table.bit, excused_bits)
    return exposed


class Needed:
    """The organizations on which a path with few required needs open depends; for one request, without a graph."""

    def __init__(self, gateways: Gateways, most_open: int) -> None:
        self._gateways, self._scenario, self._most_open = gateways, gateways.hops.scenario, most_open
        self._finder = Finder(self._scenario, gateways, None)

    def is_needed(self, organization: int) -> bool | None:
        """Return whether each path with at most `most_open` needs open depends on an organization; `None` if unsure."""
        needs = self._scenario.profile.needs
        if not _leaves(needs, self._most_open, _Reach(self._gateways, self._finder, organization).met):
            return True
        offers = {(bit, prerequisites) for owner, bit, prerequisites in self._from_origin if owner != organization}
        return False if _surely_leaves(needs, self._most_open, offers, len(self._finder.requirements)) else None

    @cached_property
    def _from_origin(self) -> set[tuple[int, int, int]]:
        """The offers to which the origin itself may hand over: organization, bit, and the bits asked for."""
        origin, finder, hops = self._scenario.origin, self._finder, self._gateways.hops
        offers = set[tuple[int, int, int]]()
        for table, *_ in finder.tables:
            for is_open, part in ((True, table.only(table.open)), (False, table.only(~table.open))):
                for offer in finder.offers_of(part):
                    if is_open or hops.may_hand_over(origin, offer):
                        offers.add((offer.organization, offer.bit, offer.requires))
        return offers


class _Reach:
    """A fixed point over bits that can be met and possible holders, without one organization (index).

    `unexposed`: without exposed steps. Found no further than until the bits `enough` are met.
    """

    def __init__(
        self, gateways: Gateways, finder: Finder, without: int = -1, *, unexposed: bool = False, enough: int = -1
    ) -> None:
        self.hops, self.scenario, self.gateways = gateways.hops, gateways.hops.scenario, gateways
        self.finder, self.without, self.unexposed, self.met = finder, without, unexposed, 0
        self.holders = Holders(self.hops, [self.scenario.origin])
        self._turned_away: dict[tuple[int, int], set[int]] = {}
        self._shut: dict[CandidateService, tuple[int, int]] = {}
        pending, before = sorted(self._without_the_sure(), key=lambda offer: not enough >> offer.bit & 1), None
        while before != self._grown:
            before = self._grown
            pending = [offer for offer in pending if enough & ~self.met and not self._comes_to(offer)]

    @property
    def _grown(self) -> tuple[int, int]:
        """What is reached so far: a further look is of use where this has grown since the last."""
        return self.met, len(self.holders)

    def _without_the_sure(self) -> list[CandidateService]:
        """Note the offers to which the origin may hand over at once, by word of mouth; return the remaining offers."""
        pending: list[CandidateService] = []
        for table, *_ in self.finder.tables:
            in_play, sure = table.owner != self.without, table.open & table.free
            if self.unexposed:
                in_play &= ~_exposed(self.scenario, table)
            for bit in np.unique(table.bit[sure & in_play]).tolist():
                self.met |= 1 << bit
            for owner in np.unique(table.owner[sure & in_play & ~table.is_report]).tolist():
                self.holders.add(owner)
            pending += self.finder.offers_of(table.only(~sure & in_play))
        return pending

    def _comes_to(self, offer: CandidateService) -> bool:
        """Note that an offer can be met, if it can; return whether the offer needs no further look."""
        self.scenario.time_budget.check()
        if self.met >> offer.bit & 1 and offer.organization in self.holders:
            return True
        is_met = not offer.requires & ~self.met and (
            offer.organization == self.scenario.origin or self._by_a_hop(offer) or self._through_a_gateway(offer)
        )
        if is_met:
            self.met |= 1 << offer.bit
            if not self.scenario.is_report(offer.organization, offer.type):
                self.holders.add(offer.organization)
        return is_met

    def _by_a_hop(self, offer: CandidateService) -> bool:
        """Return whether a holder may hand over to an offer; each is asked once."""
        tried = self._turned_away.setdefault((offer.service, offer.bit), set())
        senders = [
            sender for sender in self.holders.unlike(offer.organization, (offer.service,)) if sender not in tried
        ]
        tried.update(senders)
        return any(self.hops.may_hand_over(sender, offer) for sender in senders)

    def _through_a_gateway(self, offer: CandidateService) -> bool:
        """Return whether a gateway leads to an offer; asked again only after something more was reached."""
        if self._shut.get(offer) == self._grown:
            return False
        self._shut[offer] = self._grown
        urgency, everyone = self.finder.requirements[offer.bit].urgency, self.holders.all
        refusals = self.hops.refusals(offer.service, offer.type, np.array(everyone))
        turned_away = Holders(
            self.hops, [holder for holder, is_refused in zip(everyone, refusals, strict=True) if is_refused]
        )
        return any(
            (gateway := self.scenario.owner(row)) != self.without
            and not (self.unexposed and self.scenario.exposure(gateway) == "discoverable")
            and any(not mask & ~self.met for mask in self.finder.prerequisite_masks(row, urgency))
            and self.hops.may_hand_over(gateway, offer)
            and self.gateways.is_reached(row, turned_away.unlike(gateway, (row,)))
            for row in self.gateways.rows(offer.service, offer.type, urgency)
        )
