"""Who can be come to at all and what can be met, whatever it costs: more than one path can do, and quick to find."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from routing.gateways import Gateways
from routing.hops import Hops, Offer
from routing.problem import ANY_HOLDER, Finder, Problem


def reach(problem: Problem, excluded: frozenset[int] = frozenset()) -> tuple[int, frozenset[int]]:
    """Return the bits that can be met and the organizations that can be come to, the origin among them; pure.

    By fixed point, as if the excluded organizations were not there: what is not in it is on no path at all.
    """
    shut = [port.organization in excluded for port in problem.ports]
    passages = [entry for entry in problem.passages if entry[2].gateway not in excluded]
    met, places, grew = 0, {0}, True
    while grew:
        before = met, len(places)
        groups = {ANY_HOLDER, *(problem.group_of[place] for place in places)}
        ports = {edge.port for edge in problem.own_services}
        ports |= {edge.port for edge in problem.shared if edge.source in groups}
        ports |= {edge.port for edge in problem.own if edge.source in places}
        ports |= {port for place, port, passage in passages if place in places and not passage.requires & ~met}
        for port in ports:
            for offer in () if shut[port] else problem.ports[port].offers:
                if not offer.requires & ~met:
                    met |= 1 << offer.bit
                    places.add(problem.place_of(problem.holder_at(port)))
        grew = (met, len(places)) != before
    return met, frozenset(problem.holders[place] for place in places)


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
            found += [holder for holder in alike if holder not in apart and holder not in out][:1]
        return found


def reached(hops: Hops, gateways: Gateways) -> Holders:
    """Return all who could come to hold the client, the origin first among them; as `reach`, and no graph is built."""
    return _Reach(hops, gateways).holders


class _Reach:
    """A fixed point over what can be met and who can hold."""

    def __init__(self, hops: Hops, gateways: Gateways) -> None:
        self.hops, self.case, self.gateways = hops, hops.case, gateways
        self.finder, self.met = Finder(hops.case, gateways, None), 0
        self.holders = Holders(hops, [hops.case.origin])
        pending = [offer for offers in self.finder.offers().values() for offer in offers]
        count = -1
        while count != len(pending):
            count = len(pending)
            pending = [offer for offer in pending if not self._comes_to(offer)]

    def _comes_to(self, offer: Offer) -> bool:
        """Note that an offer can be met, if it can."""
        self.case.patience.check()
        found = not offer.requires & ~self.met and (
            offer.organization == self.case.origin or self._by_a_hop(offer) or self._through_a_gateway(offer)
        )
        if found:
            self.met |= 1 << offer.bit
            self.holders.add(offer.organization)
        return found

    def _by_a_hop(self, offer: Offer) -> bool:
        senders = self.holders.unlike(offer.organization, (offer.service,))
        return any(self.hops.best(sender, offer.organization, (offer,)) for sender in senders)

    def _through_a_gateway(self, offer: Offer) -> bool:
        urgency, everyone = self.finder.bits[offer.bit].urgency, self.holders.all
        refused = self.hops.refused(offer.service, offer.type, np.array(everyone))
        turned_away = Holders(self.hops, [one for one, is_refused in zip(everyone, refused, strict=True) if is_refused])
        return any(
            any(not mask & ~self.met for mask in self.finder.requirements(row, urgency))
            and self.gateways.leads_to(row, offer)
            and self.gateways.is_reached(row, turned_away.unlike(self.case.owner(row), (row,)))
            for row in self.gateways.rows(offer.service, offer.type, urgency)
        )
