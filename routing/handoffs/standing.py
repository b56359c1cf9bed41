"""The standing of holders with a recipient: admission, closeness and permitted packets, as masks over its offers.

A hop depends on the holder's *standing* alone, and of hundreds of holders a recipient tells a few apart. The agreements
in force are rows of a standing; a row that opens nothing beyond a row before it is left out.

Holder `hotline`, recipient `hope` with a detox (bit 0, open to anyone) and a shelter (bit 1, by agreement only), and an
MOU between both → the rows `("public", 0b00, 0b00)` and `("coalition", 0b11, 0b00)`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import reduce
from operator import or_
from typing import NamedTuple

from routing.client.modes import may_be_called
from routing.client.scenario import Scenario
from routing.directory.agencies import Agreement
from routing.handoffs.hop import CandidateService, Hop, Way
from routing.handoffs.permits import Permits
from routing.ports import Transfer


class Grant(NamedTuple):
    """The offers that an agreement in force opens, or in the first row those open without one, as masks.

    `let_in` are the offers to which the holder may hand over at the `relationship`, `packets` those whose packet may
    go: not always under the agreement that lets in.
    """

    relationship: str
    let_in: int
    packets: int


Grants = tuple[Grant, ...]
Standing = tuple[Grants, tuple[str | None, ...]]
"""The rows of a standing, and the agreement (slug) of each, the first without."""


class Terms(NamedTuple):
    """An agreement as a recipient's offers see it: the offers covered (a mask), and its look to the rules.

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
    with nothing to confirm as things stand either; `no_agreement` are the terms without one. `exceptions` are the
    holders that may stand otherwise than others of their kind; `rule_exceptions` those for whom the rules may answer
    otherwise; `consent_holders` those whom a recorded consent names with the recipient, and of whom alone a packet with
    data that go `only_by_consent` may come.
    """

    def __init__(
        self,
        scenario: Scenario,
        recipient: int,
        offers: Sequence[CandidateService],
        *,
        exceptions: frozenset[int],
        rule_exceptions: frozenset[int],
        consent_holders: frozenset[int],
        only_by_consent: frozenset[str],
    ) -> None:
        self.recipient, self.offers = recipient, offers
        self.family = scenario.moment.family(recipient)
        self.exceptions = exceptions
        self.standings: dict[int, Standing] = {}
        self.ways: dict[object, list[Way]] = {}
        self.hops: dict[int, list[Hop]] = {}
        self.ways_beside_origin: dict[object, list[Way]] = {}
        self.sent: dict[tuple[int, int], int] = {}
        self.takes = self.warm = self.by_self = self.by_child = self.packet = self.certain = self.surely = 0
        self.packets: list[tuple[str, tuple[str, ...]]] = []
        self._rule_exceptions, self._consent_holders, self._without_consent = rule_exceptions, consent_holders, 0
        self._like = scenario.snapshot.organization_columns.like
        self._types: list[Collection[str]] = []
        self._parts: dict[int, tuple[CandidateService, ...]] = {}
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
            self._without_consent |= bit if only_by_consent.isdisjoint(self.packets[place][1]) else 0
            self.certain |= 0 if offer.entry else bit
            self.surely |= 0 if offer.question_points or offer.entry else bit
        self.doors = tuple(doors.items())
        self.no_agreement = Terms(None, (1 << len(offers)) - 1, 0)

    def all_terms(self, in_force: Iterable[Agreement]) -> list[Terms]:
        """Return the terms of a hop without an agreement, then of agreements: of those alike, of the closest."""
        terms = dict[tuple[int, int], Terms]()
        for agreement in in_force:
            of_agreement = self._terms.get(agreement.slug) or self._terms_of(agreement)
            terms.setdefault(of_agreement[1:], of_agreement)
        return [self.no_agreement, *terms.values()]

    def kind_of(self, holder: int) -> int:
        """Return the number of the holder's kind to the rules, or a number of its own (negative) for an exception."""
        return -1 - holder if holder in self._rule_exceptions else int(self._like[holder])

    def sent_by(self, holder: int) -> int:
        """Return the offers (a mask) that take packets, and of which the rules may let a packet go from a holder."""
        return self.packet if holder in self._consent_holders else self.packet & self._without_consent

    def closeness(self, holder: int, agreement: Agreement | None) -> str:
        """Return the relationship of a hop from a holder under an agreement."""
        if holder in self.family:
            return "internal"
        return "public" if agreement is None else agreement.level

    def _terms_of(self, agreement: Agreement) -> Terms:
        covered = sum(1 << place for place, types in enumerate(self._types) if agreement.covers(types))
        data = tuple(
            classes
            if agreement.data is None
            else tuple(data_class for data_class in classes if data_class in agreement.data)
            for place, (_, classes) in enumerate(self.packets)
            if covered & self.packet & 1 << place
        )
        look = self._looks.setdefault((covered & self.packet, agreement.type, data), len(self._looks) + 1)
        self._terms[agreement.slug] = terms = Terms(agreement, covered, look)
        return terms

    def part(self, mask: int) -> tuple[CandidateService, ...]:
        """Return the offers of a mask."""
        if mask not in self._parts:
            self._parts[mask] = tuple(offer for place, offer in enumerate(self.offers) if mask >> place & 1)
        return self._parts[mask]

    def packable(self, mask: int) -> int:
        """Return the offers of a mask for which a packet counts: none where one spoken mode serves all of these."""
        candidates = mask & self.packet & self.certain
        return 0 if candidates in (candidates & self.by_self, candidates & self.warm) else candidates


class Standings:
    """The standings of holders for one request: `permits` holds the data that a packet may hold."""

    def __init__(self, scenario: Scenario, permits: Permits) -> None:
        self._scenario, self._permits = scenario, permits

    def of(self, holder: int, view: Reception) -> Standing:
        """Return the standing of a holder with a recipient, and the agreement (slug) of each row, the first without."""
        key = holder if holder in view.exceptions else -1 - view.kind_of(holder)
        if key not in view.standings:
            view.standings[key] = self._by_ties(holder, view) if key == holder else self._by_kind(holder, view)
        return view.standings[key]

    def _by_kind(self, holder: int, view: Reception) -> Standing:
        """Return the standing of every holder of the same kind that nothing ties to the recipient."""
        let_in = self._open_doors(holder, view)
        [sent] = self._packets(holder, view, [view.no_agreement], [let_in])
        return (Grant("public", let_in, sent),), (None,)

    def _by_ties(self, holder: int, view: Reception) -> Standing:
        all_terms = self._all_terms(holder, view)
        let_in = self._let_in(holder, view, all_terms)
        rows, names = list[Grant](), list[str | None]()
        packets = self._packets(holder, view, all_terms, let_in)
        for (agreement, *_), opening, sent in zip(all_terms, let_in, packets, strict=True):
            if opening or sent or agreement is None:
                rows.append(Grant(view.closeness(holder, agreement) if opening else "", opening, sent))
                names.append(None if agreement is None else agreement.slug)
        return tuple(rows), tuple(names)

    def _all_terms(self, holder: int, view: Reception) -> list[Terms]:
        return view.all_terms(self._scenario.moment.agreements(holder, view.recipient))

    def _let_in(self, holder: int, view: Reception, all_terms: Sequence[Terms]) -> list[int]:
        """Return, for each row, the offers that let the holder in, where no row that is as close does as much."""
        admits = self._open_doors(holder, view)
        masks = beyond(terms.covered & (admits | view.takes) for terms in all_terms[1:])
        closer = holder not in view.family and any(_holds(mask, admits) for mask in masks)
        return [0 if closer else admits, *masks]

    def _open_doors(self, holder: int, view: Reception) -> int:
        """Return the offers (a mask) whose doors let the holder in, agreements aside."""
        opens = self._scenario.snapshot.ties.opens_to(holder)
        return sum(mask for door, mask in view.doors if opens[door])

    def _packets(self, holder: int, view: Reception, all_terms: Sequence[Terms], let_in: Iterable[int]) -> list[int]:
        """Return, for each row, the offers of which a packet may go under it, where no row before it does as much."""
        candidates, masks = view.packable(reduce(or_, let_in)) & view.sent_by(holder), [0] * len(all_terms)
        if not candidates:
            return masks
        for place, terms in enumerate(all_terms):
            could = candidates & terms.covered
            if could and not any(_holds(mask, could) for mask in masks[:place]):
                could &= self._sent(holder, view, terms)
                masks[place] = 0 if any(_holds(mask, could) for mask in masks[:place]) else could
        return masks

    def _sent(self, holder: int, view: Reception, terms: Terms) -> int:
        """Return the offers of which a packet may go under an agreement."""
        key = view.kind_of(holder), terms.look
        if key not in view.sent:
            packets = self.packets(holder, view, terms)
            self._permits.look_up([transfer for _, transfers in packets for transfer in transfers])
            view.sent[key] = sum(mask for mask, transfers in packets if self._permits.together(transfers))
        return view.sent[key]

    def look_up(self, pairs: Iterable[tuple[int, Reception]]) -> None:
        """Ask the rules at once about every packet of many holders to recipients, for `may_send`."""
        packets = dict[object, list[tuple[int, list[Transfer]]]]()
        for holder, view in pairs:
            for terms in self._all_terms(holder, view):
                key = id(view), view.kind_of(holder), terms.look
                if key not in packets:
                    packets[key] = self.packets(holder, view, terms)
        self._permits.look_up([transfer for batch in packets.values() for _, packet in batch for transfer in packet])

    def may_send(self, holder: int, view: Reception) -> int:
        """Return the offers (a mask) of which a packet may go, with or without an agreement, whoever is let in."""
        return reduce(or_, (self._sent(holder, view, terms) for terms in self._all_terms(holder, view)))

    def packets(self, holder: int, view: Reception, terms: Terms) -> list[tuple[int, list[Transfer]]]:
        """Return a packet for each offer of which one may go, and that an agreement covers."""
        sender = self._scenario.organization(holder).slug
        slug = None if terms.agreement is None else terms.agreement.slug
        return [
            (1 << place, [Transfer(sender, to, data, slug) for data in classes])
            for place, (to, classes) in enumerate(view.packets)
            if (terms.covered & view.sent_by(holder)) >> place & 1
        ]


def _holds(mask: int, part: int) -> bool:
    return mask | part == mask


def beyond(masks: Iterable[int]) -> list[int]:
    """Return masks, with 0 for each that opens nothing beyond one before it.

    >>> beyond([0b01, 0b01, 0b11, 0b10])
    [1, 0, 3, 0]
    """
    results, earlier = list[int](), dict[int, None]()
    for mask in masks:
        is_new = mask not in earlier and not any(_holds(other, mask) for other in earlier)
        results.append(mask if is_new else 0)
        earlier[mask] = None
    return results
