"""Who can be come to at all and what can be met, whatever it costs: more than one path can do, and quick to find."""

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

_MOST_ADDED_SURELY = 2
"""How many added prerequisites are tried at most before a search is the shorter way to find out."""


def _leaves(needs: Sequence[Need], most_open: int, met: int) -> bool:
    """Say whether meeting these bits meets a need, and leaves no more of the required ones open."""
    open_required = sum(need.required and not met >> place & 1 for place, need in enumerate(needs))
    return met & (1 << len(needs)) - 1 != 0 and open_required <= most_open


def _surely_leaves(needs: Sequence[Need], most_open: int, offers: set[tuple[int, int]], bits: int) -> bool:
    """Say the same of offers (bit, bits asked for), as few bits as possible added; no is not certain."""
    if not _leaves(needs, most_open, _closure(offers, -1)):
        return False
    every_need, added = (1 << len(needs)) - 1, range(len(needs), bits)
    return any(
        _leaves(needs, most_open, _closure(offers, every_need | sum(1 << bit for bit in chosen)))
        for size in range(_MOST_ADDED_SURELY + 1)
        for chosen in combinations(added, size)
    )


def _closure(offers: Iterable[tuple[int, int]], within: int) -> int:
    """Return the bits, among those `within` a mask, that offers (bit, bits asked for) can meet in some order."""
    met, before = 0, -1
    while met != before:
        before = met
        for bit, requires in offers:
            if within >> bit & 1 and not requires & ~met:
                met |= 1 << bit
    return met


class Holders:
    """Who may hold, and of those whom hops to somebody tell apart: one of each kind, and whoever is set apart."""

    def __init__(self, hops: Hops, holders: Iterable[int]) -> None:
        self._hops, self._holders = hops, set[int]()
        self._of_kind: dict[int, list[int]] = {}
        for holder in holders:
            self.add(holder)

    @property
    def all(self) -> list[int]:
        """Everyone who may hold, rising."""
        return sorted(self._holders)

    def __contains__(self, holder: int) -> bool:
        """Say whether an organization may hold."""
        return holder in self._holders

    def add(self, holder: int) -> None:
        """Let one more organization hold; of each kind, those added first stand for the rest."""
        if holder not in self._holders:
            self._holders.add(holder)
            self._of_kind.setdefault(self._hops.kind_of_holder(holder), []).append(holder)

    def unlike(self, recipient: int, rows: Sequence[int], *, but: int = -1) -> list[int]:
        """Return holders of whom one may hand over to these services (rows) if anybody may; not itself, nor `but`."""
        apart = self._hops.tied(recipient, rows)
        out = {recipient, but}
        found = sorted((apart & self._holders) - out)
        for alike in self._of_kind.values():
            found += islice((holder for holder in alike if holder not in apart and holder not in out), 1)
        return found


def reached(hops: Hops, gateways: Gateways) -> Holders:
    """Return all who could come to hold the client, the origin first among them; without a graph."""
    return _Reach(gateways, Finder(hops.scenario, gateways, None)).holders


class Needed:
    """Says who is needed for a path that leaves so few required needs open; for one request, without a graph."""

    def __init__(self, gateways: Gateways, most_open: int) -> None:
        self._gateways, self._scenario, self._most_open = gateways, gateways.hops.scenario, most_open
        self._finder = Finder(self._scenario, gateways, None)

    def is_needed(self, organization: int) -> bool | None:
        """Say whether there is no such path without an organization, None if that is unsure."""
        needs = self._scenario.profile.needs
        if not _leaves(needs, self._most_open, _Reach(self._gateways, self._finder, organization).met):
            return True
        offers = {(bit, asked) for owner, bit, asked in self._from_origin if owner != organization}
        return False if _surely_leaves(needs, self._most_open, offers, len(self._finder.bits)) else None

    @cached_property
    def _from_origin(self) -> set[tuple[int, int, int]]:
        """What the origin itself may hand over to: organization, bit, and the bits asked for."""
        origin, finder, hops = self._scenario.origin, self._finder, self._gateways.hops
        found = set[tuple[int, int, int]]()
        for table, *_ in finder.tables:
            for is_open, some in ((True, table.only(table.open)), (False, table.only(~table.open))):
                for offer in offers_in(some, finder.wanted, finder.requirements):
                    if is_open or hops.may_hand_over(origin, offer):
                        found.add((offer.organization, offer.bit, offer.requires))
        return found


class _Reach:
    """A fixed point over what can be met and who can hold, as if one organization (index) were not there."""

    def __init__(self, gateways: Gateways, finder: Finder, without: int = -1) -> None:
        self.hops, self.scenario, self.gateways = gateways.hops, gateways.hops.scenario, gateways
        self.finder, self.without, self.met = finder, without, 0
        self.holders = Holders(self.hops, [self.scenario.origin])
        pending, count = self._without_the_sure(), -1
        while count != len(pending):
            count = len(pending)
            pending = [offer for offer in pending if not self._comes_to(offer)]

    def _without_the_sure(self) -> list[Offer]:
        """Note what the origin may hand over to at once, by word of mouth; return all other offers."""
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
        """Note that an offer can be met, if it can; return whether there is no more to learn of it."""
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
