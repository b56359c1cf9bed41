"""What holders are to a recipient: who is let in, how close, and which packets may go, as masks over its offers.

A hop from a holder depends on the holder's *standing* alone, and most holders stand alike: of hundreds of pairs of
agencies, a recipient tells a few apart. The agreements in force are rows of a standing; a row that opens nothing
beyond a row before it is left out, so that holders with different agreements stand alike where it makes no difference.

Holder `hotline`, recipient `hope` with a detox (bit 0, open to anyone) and a shelter (bit 1, by agreement only), and an
MOU between both → the rows `("public", 0b00, 0b00)` and `("coalition", 0b11, 0b00)`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import NamedTuple

from routing.client.modes import may_be_called
from routing.client.scenario import Scenario
from routing.directory.agencies import Agreement
from routing.handoffs.hop import Offer, Way
from routing.handoffs.permits import Permits
from routing.ports import Transfer

AT_ONCE = 500
"""Questions put to the rules at a time."""


class Grant(NamedTuple):
    """What an agreement in force opens, or in the first row what is open without one; masks over the offers.

    `let_in` are the offers to which the holder may hand over at the `relationship`, `packets` those whose packet may
    go; an agreement that lets in is not always the agreement under which the packet goes.
    """

    relationship: str
    let_in: int
    packets: int


Grants = tuple[Grant, ...]


class Terms(NamedTuple):
    """An agreement as a recipient's offers see it: the offers covered (a mask), its level, and its look to the rules.

    Under agreements of one look the rules answer alike: type, and the data of the packets that it covers. One that is
    not mutual is of two parties, and in force only from the first to the second.
    """

    agreement: Agreement | None
    covered: int
    look: int


class Reception:
    """A recipient with some of its offers, each a bit, as far as hops to them depend on the recipient; for a request.

    `takes` are the offers that an agreement opens; `warm`, `by_self` and `packet` those that a mode can serve, and
    `by_child` those about which even a young child may call; `certain` those with nothing to confirm, `surely` those
    with nothing to confirm as things stand either. `apart` are the holders for whom the rules may answer otherwise than
    for their kind.
    """

    def __init__(self, scenario: Scenario, recipient: int, offers: Sequence[Offer], apart: frozenset[int]) -> None:
        self.recipient, self.offers = recipient, offers
        self.house = scenario.moment.house(recipient)
        self.standings: dict[int, tuple[Grants, tuple[str | None, ...]]] = {}
        self.ways: dict[object, list[Way]] = {}
        self.sent: dict[tuple[int, int], int] = {}
        self.takes = self.warm = self.by_self = self.by_child = self.packet = self.certain = self.surely = 0
        self.packets: list[tuple[str, tuple[str, ...]]] = []
        self._apart, self._like = apart, scenario.snapshot.organization_columns.like
        self._types: list[Collection[str]] = []
        self._parts: dict[int, tuple[Offer, ...]] = {}
        self._terms: dict[str, Terms] = {}
        self._looks: dict[object, int] = {}
        for_children = scenario.snapshot.law.called_by_children
        doors, columns, present = dict[int, int](), scenario.snapshot.columns, scenario.profile.client_present is True
        for place, offer in enumerate(offers):
            service, bit = scenario.service(offer.service), 1 << place
            self.packets.append((service.organization, scenario.snapshot.packet_classes(service, offer.types)))
            types = offer.types or service.types
            self._types.append(types)
            accepts, door = scenario.referral(offer.service).accepts, int(columns.door[offer.service])
            if not (scenario.reports and scenario.is_report(recipient, offer.type)):  # no hop leads to a report
                doors[door] = doors.get(door, 0) | bit
                self.takes |= bit if "agreement" in scenario.referral(offer.service).accepts_from else 0
            self.warm |= bit if present and "warm" in accepts else 0
            self.by_self |= bit if "self" in accepts and may_be_called(scenario, types) else 0
            self.by_child |= bit if "self" in accepts and for_children.issuperset(types) else 0
            self.packet |= bit if "packet" in accepts else 0
            self.certain |= 0 if offer.entry else bit
            self.surely |= 0 if offer.asked or offer.foreign or offer.entry else bit
        self.doors = tuple(doors.items())
        self._without = Terms(None, (1 << len(offers)) - 1, 0)

    def every(self, in_force: Iterable[Agreement]) -> list[Terms]:
        """Return the terms of a hop without an agreement, then of each agreement."""
        return [self._without, *map(self._terms_of, in_force)]

    def kind_of(self, holder: int) -> int:
        """Return the number of the holder's kind to the rules, or one of its own (negative) where it is apart."""
        return -1 - holder if holder in self._apart else int(self._like[holder])

    def closeness(self, holder: int, agreement: Agreement | None) -> str:
        """Return the relationship of a hop from a holder under an agreement."""
        if holder in self.house:
            return "internal"
        return "public" if agreement is None else agreement.level

    def _terms_of(self, agreement: Agreement) -> Terms:
        if agreement.slug not in self._terms:
            covered = sum(1 << place for place, types in enumerate(self._types) if agreement.covers(types))
            data = tuple(
                classes if agreement.data is None else tuple(one for one in classes if one in agreement.data)
                for place, (_, classes) in enumerate(self.packets)
                if covered & self.packet & 1 << place
            )
            look = self._looks.setdefault((covered & self.packet, agreement.type, data), len(self._looks) + 1)
            self._terms[agreement.slug] = Terms(agreement, covered, look)
        return self._terms[agreement.slug]

    def part(self, mask: int) -> tuple[Offer, ...]:
        """Return the offers of a mask."""
        if mask not in self._parts:
            self._parts[mask] = tuple(offer for place, offer in enumerate(self.offers) if mask >> place & 1)
        return self._parts[mask]

    def packable(self, mask: int) -> int:
        """Return the offers of a mask for which a packet counts: none where one spoken mode serves all such offers.

        A packet for some of them would be slower and no cheaper.
        """
        some = mask & self.packet & self.certain
        return 0 if some in (some & self.by_self, some & self.warm) else some


_Packet = tuple[int, list[Transfer]]
"""An offer (a bit) and the transfers of a packet for it."""


@dataclass
class Missing:
    """The packets that the rules were not asked about yet, once for all holders alike, and how often one was wanted."""

    packets: dict[tuple[int, tuple[int, int]], tuple[Reception, list[_Packet]]] = field(default_factory=dict)
    wanted: int = 0


class Standings:
    """The standings of holders for one request: `permits` says what a packet may hold."""

    def __init__(self, scenario: Scenario, permits: Permits) -> None:
        self._scenario, self._permits = scenario, permits

    def of(self, holder: int, view: Reception, missing: Missing | None = None) -> tuple[Grants, tuple[str | None, ...]]:
        """Return the standing of a holder with a recipient, and the agreement (slug) of each row, `None` for the first.

        With `missing`, transfers not yet asked about are noted there, and count as not allowed.
        """
        if holder in view.standings:
            return view.standings[holder]
        before, every = 0 if missing is None else missing.wanted, self._every(holder, view)
        let_in = self._let_in(holder, view, every)
        packets = self._packets(holder, view, every, let_in, missing)
        rows, names = list[Grant](), list[str | None]()
        for (agreement, *_), opened, sent in zip(every, let_in, packets, strict=True):
            if opened or sent or agreement is None:
                rows.append(Grant(view.closeness(holder, agreement) if opened else "", opened, sent))
                names.append(None if agreement is None else agreement.slug)
        found = tuple(rows), tuple(names)
        if missing is None or missing.wanted == before:
            view.standings[holder] = found
        return found

    def relationships(self, holder: int, view: Reception) -> list[str]:
        """Return how close a holder is to a recipient for whichever offers let the holder in, by each agreement."""
        every = self._every(holder, view)
        let_in = self._let_in(holder, view, every)
        return [view.closeness(holder, one.agreement) for one, mask in zip(every, let_in, strict=True) if mask]

    def _every(self, holder: int, view: Reception) -> list[Terms]:
        return view.every(self._scenario.moment.agreements(holder, view.recipient))

    def _let_in(self, holder: int, view: Reception, every: Sequence[Terms]) -> list[int]:
        """Return, for each row, the offers that let the holder in, where no row that is as close does as much."""
        opens, admits = self._scenario.moment.opens_to(holder), 0
        for door, mask in view.doors:
            if opens[door]:
                admits |= mask
        found = beyond(one.covered & (admits | view.takes) for one in every[1:])
        closer = holder not in view.house and any(_holds(mask, admits) for mask in found)
        return [0 if closer else admits, *found]

    def _packets(
        self, holder: int, view: Reception, every: Sequence[Terms], let_in: Iterable[int], missing: Missing | None
    ) -> list[int]:
        """Return, for each row, the offers of which a packet may go under it, where no row before it does as much."""
        some, found = view.packable(reduce(or_, let_in)), [0] * len(every)
        if not some:
            return found
        for place, terms in enumerate(every):
            could = some & terms.covered
            if could and not any(_holds(mask, could) for mask in found[:place]):
                sent = self._sent(holder, view, terms, missing)
                if sent is None and terms.agreement is None:
                    return found  # agreements are asked about where something may not go without one
                could &= sent or 0
                found[place] = 0 if any(_holds(mask, could) for mask in found[:place]) else could
        return found

    def _sent(self, holder: int, view: Reception, terms: Terms, missing: Missing | None) -> int | None:
        """Return the offers of which a packet may go under an agreement; `None` if the rules were not asked yet."""
        key = view.kind_of(holder), terms.look
        if key not in view.sent:
            if missing is not None:
                missing.wanted += 1
                if (id(view), key) not in missing.packets:
                    missing.packets[id(view), key] = view, self.packets(holder, view, terms)
                return None
            view.sent[key] = self._together(self.packets(holder, view, terms))
        return view.sent[key]

    def _together(self, packets: Iterable[_Packet]) -> int:
        return sum(bit for bit, transfers in packets if self._permits.together(transfers))

    def may_send(self, holder: int, view: Reception) -> bool:
        """Say whether a packet for any of the offers may go, without an agreement or under one, whoever is let in."""
        return any(self._sent(holder, view, terms, None) for terms in self._every(holder, view))

    def packets(self, holder: int, view: Reception, terms: Terms) -> list[_Packet]:
        """Return a packet for each offer that takes packets and that an agreement covers."""
        who, slug = self._scenario.organization(holder).slug, None if terms.agreement is None else terms.agreement.slug
        return [
            (1 << place, [Transfer(who, to, data, slug) for data in classes])
            for place, (to, classes) in enumerate(view.packets)
            if (terms.covered & view.packet) >> place & 1
        ]

    def ask_ahead(self, pairs: Iterable[tuple[int, Reception]]) -> None:
        """Ask the rules at once about all packets from holders to recipients: first without agreements, then under."""
        for _ in range(2):
            missing, left = Missing(), list[tuple[int, Reception]]()
            for holder, view in pairs:
                self._scenario.patience.check()
                before = missing.wanted
                self.of(holder, view, missing)
                left += [(holder, view)] if missing.wanted > before else []
            transfers = [
                one for _, packets in missing.packets.values() for _, transfers in packets for one in transfers
            ]
            for first in range(0, len(transfers), AT_ONCE):
                self._scenario.patience.check()
                self._permits.look_up(transfers[first : first + AT_ONCE])
            for (_, key), (view, packets) in missing.packets.items():
                view.sent[key] = self._together(packets)
            pairs = left


def _holds(mask: int, part: int) -> bool:
    return mask | part == mask


def beyond(masks: Iterable[int]) -> list[int]:
    """Return masks, with 0 for each that opens nothing beyond one before it.

    >>> beyond([0b01, 0b01, 0b11, 0b10])
    [1, 0, 3, 0]
    """
    found: list[int] = []
    for mask in masks:
        found.append(0 if any(_holds(other, mask) for other in found) else mask)
    return found
