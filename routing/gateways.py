"""Ways round a closed door: a gateway exists only because the next service admits neither origin nor holder.

It is never a way round a consent, an agreement or a mode, and there is at most one before a step. Contract, "Steps".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from routing.case import Case
from routing.costs import URGENCIES
from routing.hops import Hop, Hops, Offer

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


def gateway_rows(case: Case, hops: Hops, row: int, kind: str, urgency: str) -> list[int]:
    """Return the services (rows) that could be a gateway to this one; empty where the origin is admitted."""
    service = case.snapshot.services[row]
    if not hops.refuses(service, kind, case.origin):
        return []
    return [
        own
        for gateway in range(len(case.snapshot.organizations))
        if _may_be_gateway(case, gateway, int(case.snapshot.columns.organization[row]))
        and not hops.refuses(service, kind, gateway)
        for own in _open_services(case, gateway, urgency)
    ]


def passages(case: Case, hops: Hops, holder: int, offers: Sequence[Offer], bits: Sequence[Urgent]) -> Iterator[Passage]:
    """Yield the passages from a holder to offers of one organization that refuse both it and the origin."""
    if not offers:
        return
    services = case.snapshot.services
    for gateway in range(len(case.snapshot.organizations)):
        if gateway == holder or not _may_be_gateway(case, gateway, offers[0].organization):
            continue
        admitted = [o for o in offers if not hops.refuses(services[o.service], o.type, gateway)]
        for urgency in _urgencies(admitted, bits):
            in_reach = [o for o in admitted if URGENCIES.index(bits[o.bit].urgency) >= URGENCIES.index(urgency)]
            for row in _open_services(case, gateway, urgency):
                yield from _through(case, hops, in_reach, holder=holder, gateway=gateway, row=row, urgency=urgency)


def _through(
    case: Case, hops: Hops, offers: Sequence[Offer], *, holder: int, gateway: int, row: int, urgency: str
) -> Iterator[Passage]:
    waiting = sum(case.gateway_price(row, urgency).values())
    for sender in dict.fromkeys((holder, case.origin)):
        for first in hops.through(sender, gateway, row):
            for second in hops.between(gateway, offers[0].organization, offers):
                price = first.price + second.price + waiting
                yield Passage(first, second, sender, gateway, row, urgency, price)


def _urgencies(offers: Sequence[Offer], bits: Sequence[Urgent]) -> list[str]:
    found = {bits[o.bit].urgency for o in offers}
    return [urgency for urgency in URGENCIES if urgency in found]


def _may_be_gateway(case: Case, gateway: int, recipient: int) -> bool:
    return (
        gateway not in (case.origin, recipient)
        and case.snapshot.organizations[gateway].kind not in ONLY_BY_CHOICE
        and not case.avoided(gateway)
    )


def _open_services(case: Case, organization: int, urgency: str) -> list[int]:
    rows = np.array(case.snapshot.services_of[organization], dtype=np.int32)
    return [int(row) for row in case.takes_client(rows) if case.available(int(row), urgency)]
