"""Ways round a closed door: a gateway exists only because the next service admits neither origin nor holder.

It is never a way round a consent, an agreement or a mode, and there is at most one before a step. Contract, "Steps".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from routing.case import Case
from routing.costs import URGENCIES
from routing.hops import Hop, Hops, Offer, cheapest

ONLY_BY_CHOICE = frozenset({"law_enforcement", "prosecutor", "child_welfare", "immigration_authority"})
"""Kinds that are a way in only where the client chooses it: never a gateway of a path that is offered as it is."""


class Urgent(Protocol):
    """Anything with an urgency: a bit."""

    @property
    def urgency(self) -> str:
        """now, today, this_week or later."""
        ...


@dataclass(frozen=True, slots=True)
class Passage:
    """Two hops as one: to a gateway's service (row), and from there to offers that refuse everyone else.

    `urgency` is the most urgent that the second hop may meet; `price` covers both hops, in points.
    `requires` are the bits that the gateway's service asks to be met before.
    """

    first: Hop
    second: Hop
    holder: int
    gateway: int
    service: int
    urgency: str
    price: int
    requires: int = 0

    @property
    def hours(self) -> int:
        """Hours that both hand-offs take."""
        return self.first.hours + self.second.hours

    def requiring(self, mask: int) -> Passage:
        """Return this passage, open once the bits of `mask` are met."""
        return replace(self, requires=mask)


class Gateways:
    """Finds gateways for one request, looking at each agency, hop and set of offers once."""

    def __init__(self, case: Case, hops: Hops, *, by_choice: bool = False) -> None:
        """Take what is asked; `by_choice` lets those in that a client would have to choose."""
        self._case, self._hops, self._by_choice = case, hops, by_choice
        # A path leaves out at most one organization for each earlier one, so more gateways than that are never needed.
        self._enough = case.profile.limit + 1
        self._rows: dict[str, dict[int, list[int]]] = {}
        self._first: dict[tuple[object, int], list[Hop]] = {}
        self._second: dict[tuple[int, tuple[Offer, ...]], list[Hop]] = {}

    def rows(self, row: int, kind: str, urgency: str) -> list[int]:
        """Return the services (rows) that could be a gateway to this one; empty where the origin is admitted."""
        service = self._case.service(row)
        if not self._hops.refuses(service, kind, self._case.origin):
            return []
        recipient = self._case.owner(row)
        return [
            own
            for gateway, rows in self._open(urgency).items()
            if gateway != recipient and not self._hops.refuses(service, kind, gateway)
            for own in rows
        ]

    def passages(self, holder: int, offers: Sequence[Offer], bits: Sequence[Urgent]) -> list[Passage]:
        """Return the passages from a holder to offers of one organization that refuse both it and the origin.

        Of passages that differ only in the gateway, the cheapest are kept, ties by slug: as many as a search can need.
        """
        kept: dict[object, list[Passage]] = {}
        for passage in sorted(self._every(holder, offers, bits), key=lambda p: (p.price, p.gateway, p.service)):
            asks = self._case.service(passage.service).requires
            alike = kept.setdefault((passage.second.offers, passage.hours, passage.urgency, asks), [])
            if len(alike) < self._enough and all(passage.gateway != other.gateway for other in alike):
                alike.append(passage)
        return [passage for alike in kept.values() for passage in alike]

    def _every(self, holder: int, offers: Sequence[Offer], bits: Sequence[Urgent]) -> Iterator[Passage]:
        service = self._case.service
        for urgency in _urgencies(offers, bits):
            later = [o for o in offers if URGENCIES.index(bits[o.bit].urgency) >= URGENCIES.index(urgency)]
            for gateway, rows in self._open(urgency).items():
                if gateway in (holder, later[0].organization):
                    continue
                admitted = tuple(o for o in later if not self._hops.refuses(service(o.service), o.type, gateway))
                for row in rows if admitted else ():
                    yield from self._through(holder, gateway, row, admitted, urgency=urgency)

    def _through(
        self, holder: int, gateway: int, row: int, offers: tuple[Offer, ...], *, urgency: str
    ) -> Iterator[Passage]:
        waiting = sum(self._case.gateway_price(row, urgency).values())
        for sender in dict.fromkeys((holder, self._case.origin)):
            for first in self._first_hops(sender, gateway, row):
                for second in self._second_hops(gateway, offers):
                    price = first.price + second.price + waiting
                    yield Passage(first, second, sender, gateway, row, urgency, price)

    def _first_hops(self, sender: int, gateway: int, row: int) -> list[Hop]:
        tied = self._hops.is_tied(sender, gateway, [self._case.service(row)])
        key = sender if tied else self._hops.kind_of_holder(sender), row
        if key not in self._first:
            self._first[key] = list(self._hops.through(sender, gateway, row))
        return self._first[key]

    def _second_hops(self, gateway: int, offers: tuple[Offer, ...]) -> list[Hop]:
        key = gateway, offers
        if key not in self._second:
            self._second[key] = cheapest(self._hops.between(gateway, offers[0].organization, offers))
        return self._second[key]

    def _open(self, urgency: str) -> dict[int, list[int]]:
        """Return the services through which each possible gateway takes this client in time, by organization."""
        if urgency not in self._rows:
            found: dict[int, list[int]] = {}
            for row in self._takers:
                organization = self._case.owner(row)
                if self._case.available(row, urgency):
                    found.setdefault(organization, []).append(row)
            self._rows[urgency] = found
        return self._rows[urgency]

    @cached_property
    def _takers(self) -> list[int]:
        snapshot, origin = self._case.snapshot, self._case.origin
        rows = self._case.takers(snapshot.words.types)
        return [
            row
            for row in rows.tolist()
            if self._case.owner(row) != origin
            and (self._by_choice or self._kind_of(self._case.owner(row)) not in ONLY_BY_CHOICE)
        ]

    def _kind_of(self, organization: int) -> str | None:
        return self._case.organization(organization).kind


def _urgencies(offers: Sequence[Offer], bits: Sequence[Urgent]) -> list[str]:
    found = {bits[o.bit].urgency for o in offers}
    return [urgency for urgency in URGENCIES if urgency in found]
