"""One hand-off as a value: offers, mode and price; and which of several hand-offs are worth keeping."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import reduce
from itertools import product
from operator import le, or_
from typing import NamedTuple

from routing.costs import FOREIGN, FOREIGN_ALONE

MOST_ADDED = 2
"""How many prerequisites a path may add that are no needs (contract, "Steps")."""


class CandidateService(NamedTuple):
    """One service that can meet one requirement (`bit`: its place in masks), once the bits of `requires` are met.

    `price` is in whole points, without the costs that depend on the hop. `question_points` are those for traits and
    companions to confirm, `foreign`: no language is surely shared; both as things stand. `entry`: a matter is to
    confirm, as a foreign language always is, so no packet will do. `general` are the points for an agency that is not
    specialised, `stay` those of exposure for a stay. All but `price` are paid once for a step.
    """

    service: int
    organization: int
    bit: int
    type: str
    requires: int
    price: int
    question_points: int = 0
    foreign: bool = False
    entry: bool = False
    general: int = 0
    stay: int = 0

    @property
    def types(self) -> tuple[str, ...]:
        """The types handed over: empty on the way to a gateway."""
        return (self.type,) if self.type else ()


class Hop(NamedTuple):
    """One way to hand over: the offers allowed, the fixed price in points, and the hours of the hand-off.

    `conditional`: the hop is not allowed as things stand. `marked` are sets of offers: a step that meets a whole set is
    marked. In a conditional path each is a set that only the client on the line opens in one step; on the way to a
    gateway it holds the gateway's own offer.
    """

    organization: int
    offers: tuple[CandidateService, ...]
    mode: str
    relationship: str
    agreement: str | None
    packet_agreement: str | None
    price: int
    hours: int
    conditional: bool = False
    marked: tuple[tuple[CandidateService, ...], ...] = ()


class Way(NamedTuple):
    """A hop open to all holders of a standing: the rows of the standing whose agreements it names, 0 for none."""

    hop: Hop
    agreement: int
    packet: int


def with_agreements(ways: Iterable[Way], names: Sequence[str | None]) -> list[Hop]:
    """Return the hops of ways for a holder with its own agreements (slugs), in the order of its standing's rows."""
    return [
        hop._replace(agreement=names[agreement], packet_agreement=names[packet]) if agreement or packet else hop
        for hop, agreement, packet in ways
    ]


def levels(offers: tuple[CandidateService, ...]) -> Iterator[tuple[CandidateService, ...]]:
    """Yield parts of the offers: for every price that is paid once for a step, the offers that cost no more.

    >>> detox = CandidateService(0, 0, 0, "detox", 0, 0)
    >>> shelter = CandidateService(1, 0, 1, "shelter", 0, 0, question_points=30)
    >>> [[offer.type for offer in some] for some in levels((detox, shelter))]
    [['detox'], ['detox', 'shelter']]
    """
    prices = [(o.question_points, o.foreign, o.general, o.stay) for o in offers]
    parts = dict[tuple[CandidateService, ...], None]()
    for most in product(*(sorted({*column}) for column in zip(*prices, strict=True))):
        part = [o for o, price in zip(offers, prices, strict=True) if all(map(le, price, most))]
        parts[tuple(part)] = None
    yield from (part for part in parts if part)


def confirm_points(offers: Sequence[CandidateService], mode: str) -> int:
    """Return the points for matters to confirm at a step with the given offers: the dearest of each kind, once.

    >>> detox = CandidateService(0, 0, 0, "detox", 0, 0, question_points=30)
    >>> offers = detox, CandidateService(1, 0, 1, "shelter", 0, 0, question_points=10, foreign=True)
    >>> confirm_points(offers, "warm"), confirm_points(offers, "self")
    (90, 190)
    """
    foreign = FOREIGN_ALONE if mode == "self" else FOREIGN
    return max((o.question_points for o in offers), default=0) + (foreign if any(o.foreign for o in offers) else 0)


def step_points(offers: Sequence[CandidateService], mode: str) -> int:
    """Return all points that are paid once for a step with the given offers."""
    return confirm_points(offers, mode) + general_points(offers) + stay_points(offers)


def general_points(offers: Iterable[CandidateService]) -> int:
    """Return the points for a step at an agency that is not specialised: those of a stay, or else of support."""
    return max((o.general for o in offers), default=0)


def stay_points(offers: Iterable[CandidateService]) -> int:
    """Return the points of exposure for a step that meets a stay at a disclosed receiver."""
    return max((o.stay for o in offers), default=0)


def with_those_between(
    offer_set: tuple[CandidateService, ...], offers: Sequence[CandidateService]
) -> Iterator[tuple[CandidateService, ...]]:
    """Yield the sets of offers that one step can meet at once and that hold `offer_set`: with what comes between them.

    What comes between is asked for by one of the set and asks for another.

    >>> coat, bed = CandidateService(0, 0, 0, "clothing", 0, 0), CandidateService(2, 0, 2, "shelter", 0b10, 0)
    >>> soup = CandidateService(1, 0, 1, "food", 0b1, 0)
    >>> [[offer.type for offer in found] for found in with_those_between((coat, bed), (coat, soup, bed))]
    [['clothing', 'shelter'], ['clothing', 'shelter', 'food']]
    """
    if len(offer_set) == 1:
        yield offer_set
        return
    choices: list[tuple[CandidateService, ...]] = (
        [()] if len({offer.bit for offer in offer_set}) == len(offer_set) else []
    )
    for between in choices:
        together = (*offer_set, *between)
        met_mask = sum(1 << offer.bit for offer in together)
        required = reduce(or_, (offer.requires for offer in together))
        more = [offer for offer in offers if offer.requires and required & ~met_mask & 1 << offer.bit]
        longer = dict.fromkeys(tuple(sorted((*between, offer))) for offer in more)
        choices += [choice for choice in longer if choice not in choices]
        if all(offer.requires & met_mask for offer in between) and has_an_order(together):
            yield together


def has_an_order(offers: Sequence[CandidateService]) -> bool:
    """Return whether the offers, no two of one bit, do not ask for each other in a circle.

    >>> coat, bed = CandidateService(0, 0, 0, "clothing", 0b10, 0), CandidateService(1, 0, 1, "shelter", 0b01, 0)
    >>> has_an_order([coat]), has_an_order([coat, bed])
    (True, False)
    """
    own = sum(1 << offer.bit for offer in offers)
    return closure([(offer.bit, offer.requires & own) for offer in offers], own) == own


def closure(offers: Collection[tuple[int, int]], within: int) -> int:
    """Return the bits, among the bits `within` a mask, that offers (bit, bits asked for) can meet in some order.

    >>> bin(closure([(0, 0), (1, 0b0001), (2, 0b1000)], -1))
    '0b11'
    """
    mask, before = 0, -1
    while mask != before:
        before = mask
        for bit, requires in offers:
            if within >> bit & 1 and not requires & ~mask:
                mask |= 1 << bit
    return mask


def pass_by(row: int, gateway: int) -> CandidateService:
    """Return the offer of a gateway's service (row): a way on, without a need met."""
    return CandidateService(service=row, organization=gateway, bit=-1, type="", requires=0, price=0)


def lowest(hops: Iterable[Hop]) -> list[Hop]:
    """Return the hops worth keeping: no kept hop allows the same offers for no more points and hours.

    >>> slow = Hop(1, (), "self", "public", None, None, price=140, hours=2)
    >>> dear = slow._replace(price=150)
    >>> quick = slow._replace(mode="warm", price=160, hours=1)
    >>> [hop.price for hop in lowest([slow, dear, quick])]
    [140, 160]
    """
    return [way.hop for way in cheapest(Way(hop, 0, 0) for hop in hops)]


def cheapest(ways: Iterable[Way]) -> list[Way]:
    """Return the ways worth keeping, as `lowest` does hops."""
    best: dict[tuple[CandidateService, ...], list[Way]] = {}
    for way in ways:
        peers = best.setdefault(way.hop.offers, [])
        if not any(_costs_no_more(peer.hop, way.hop) for peer in peers):
            peers.append(way)
    return [way for peers in best.values() for way in peers]


def is_needless(hop: Hop, others: Iterable[Hop]) -> bool:
    """Return whether one of the others leads to the same for no more points and hours."""
    return any(
        (other.offers, other.marked) == (hop.offers, hop.marked) and _costs_no_more(other, hop) for other in others
    )


def _costs_no_more(hop: Hop, than: Hop) -> bool:
    return hop.price <= than.price and hop.hours <= than.hours
