"""Ways round a closed door: a gateway exists only because the next service admits neither origin nor holder.

A gateway is never a way round a consent, an agreement or a mode, and there is at most one gateway before a step.
Contract, "Steps".

Holder `hotline`, need `detox`, and a detox that accepts clients from hospitals only → hotline to hospital (the
gateway), hospital to detox.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from routing.client.scenario import Scenario
from routing.costs import MODE_HOURS, MODES, URGENCIES
from routing.handoffs.gateway_candidates import Pools
from routing.handoffs.hops import Hop, Hops, Offer, pass_by

WHOEVER = -1
"""The holder of a passage that holders who are alike share."""

"""The most points that two hops to any of the offers may cost, `None` for any."""


class Passage(NamedTuple):
    """Two hops as one: to a gateway's service (row), and from there to offers that refuse everyone else.

    `urgency` is the most urgent that the second hop may meet; `price` covers both hops, in points.
    `requires` are the bits that the gateway's service asks to be met before. `holder` may be `WHOEVER` holds.
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
        return self if mask == self.requires else self._replace(requires=mask)


class Urgent(Protocol):
    """An object with an urgency: a bit."""

    @property
    def urgency(self) -> str:
        """now, today, this_week or later."""
        ...


class PointsLeft(NamedTuple):
    """The points left for two hops to an offer: what a path may cost at `most`, less the path's cost `beside` the hops.

    `most`: `None` for any cost. `beside`: by service (row) and bit; may be empty where `most` is `None`.
    """

    most: int | None
    beside: Mapping[tuple[int, int], int]

    def to(self, offers: Sequence[Offer]) -> int | None:
        """Return the most points that two hops to any of the offers may cost, `None` for any. Pure.

        >>> food, detox = Offer(7, 1, 0, "food", 0, 0), Offer(8, 1, 1, "detox", 0, 0)
        >>> PointsLeft(300, {(7, 0): 40, (8, 1): 90}).to([food, detox])
        260
        """
        if self.most is None:
            return None
        return max(self.most - self.beside[offer.service, offer.bit] for offer in offers)


class Least(NamedTuple):
    """The least points and the least hours of a hop or of two hops."""

    price: int
    hours: int


class _WayIn(NamedTuple):
    """A gateway's service (row) with its door, the offers it opens, its second hops, and its costs beside both hops.

    `choosy`: the service distinguishes holders, by kind where `by_kind` is set, otherwise only by whether its door lets
    a holder in.
    """

    row: int
    gateway: int
    door: int
    choosy: bool
    by_kind: bool
    offers: tuple[Offer, ...]
    waiting: int
    urgency: str
    second: tuple[Hop, ...] = ()


@dataclass(frozen=True, eq=False)
class _Shortlist:
    """The gateways to some offers at one urgency that can be worth passing, from the origin and from any holder.

    `ways` are the ways that some holder could take for less; `tied` holds, for each tied holder, the places of the ways
    to which the holder is tied. `untied` fills with the passages by a way (place) for untied holders, by kind or by
    door.
    """

    from_origin: tuple[Passage, ...]
    ways: tuple[_WayIn, ...]
    gateways: frozenset[int]
    tied: Mapping[int, set[int]]
    untied: dict[tuple[int, int], list[Passage]] = field(default_factory=dict)


class Gateways:
    """Finds gateways for one request, looking at each agency, hop and set of offers once."""

    def __init__(self, scenario: Scenario, hops: Hops, *, by_choice: bool = False) -> None:
        """Take the scenario; `by_choice` includes gateways that the client would have to choose."""
        self.hops = hops
        self._scenario, self._pools = scenario, Pools(scenario, hops, by_choice=by_choice)
        # A path leaves out at most one organization for each earlier path, and a gateway is not the holder.
        self._enough = scenario.profile.limit + 1
        self._asked = set[tuple[int, int, int]]()
        self._first: dict[tuple[int, bool, int], list[Hop]] = {}
        self._lists: dict[tuple[str, tuple[Offer, ...], int | None], _Shortlist] = {}

    def rows(self, row: int, service_type: str, urgency: str) -> list[int]:
        """Return the services (rows) that could be a gateway to a service; empty where the origin is admitted."""
        if not self.hops.refuses(row, service_type, self._scenario.origin):
            return []
        found: list[int] = self._pools.at(urgency).rows[self._pools.admitted(row, service_type, urgency)].tolist()
        return found

    def asks(self, row: int, service_type: str, urgency: str) -> list[frozenset[str]]:
        """Return the different sets of prerequisites of the services returned by `rows`."""
        if not self.hops.refuses(row, service_type, self._scenario.origin):
            return []
        return self._pools.asked(row, service_type, urgency)

    def least(self, offer: Offer, urgency: str) -> Least | None:
        """Return the least points and hours of both hops to an offer by any gateway.

        `None` where there is no gateway, or no need of a gateway. The cheapest gateway need not be the quickest.
        """
        if not self.hops.refuses(offer.service, offer.type, self._scenario.origin):
            return None
        admitted = self._pools.admitted(offer.service, offer.type, urgency)
        if not admitted.any():
            return None
        pool, second = self._pools.at(urgency), self.least_hop((offer,))
        return Least(int(pool.points[admitted].min()) + second.price, int(pool.hours[admitted].min()) + second.hours)

    def leads_to(self, row: int, offer: Offer) -> bool:
        """Say whether the owner of a gateway's service (row) may hand over for an offer."""
        return self.hops.may_hand_over(self._scenario.owner(row), offer)

    def is_reached(self, row: int, senders: Iterable[int]) -> bool:
        """Say whether any of the organizations may hand over to a gateway's service (row)."""
        gateway = self._scenario.owner(row)
        return any(
            self._first_hops(sender, row, is_tied=self.hops.is_tied(sender, gateway, (row,))) for sender in senders
        )

    def passages(
        self, holders: Iterable[int], offers: Sequence[Offer], bits: Sequence[Urgent], left: PointsLeft
    ) -> Iterator[tuple[list[int], list[Passage]]]:
        """Yield the passages from holders to offers of one organization that refuse the holders and the origin.

        No passage costs more than are `left`; holders with the same passages come together. Of passages that
        differ only in the gateway, the cheapest are kept, ties by slug: as many as a search can need.
        """
        holders = list(holders)
        for urgency in _urgencies(offers, bits):
            later = tuple(o for o in offers if URGENCIES.index(bits[o.bit].urgency) >= URGENCIES.index(urgency))
            shortlist = self._shortlist(later, urgency, left.to(later))
            alike: dict[tuple[object, bool], list[int]] = {}
            for holder in holders:
                alone = holder == self._scenario.origin or holder in shortlist.gateways or holder in shortlist.tied
                alike.setdefault((holder if alone else self._looks(holder, shortlist), alone), []).append(holder)
            self._ask_ahead([some[0] for some in alike.values()], shortlist)
            for some in alike.values():
                yield some, self._from(some[0], shortlist)

    def _ask_ahead(self, holders: Sequence[int], shortlist: _Shortlist) -> None:
        """Ask the rules at once about every packet to a gateway from the given holders."""
        ways = {(holder, way.row, way.gateway) for way in shortlist.ways if way.by_kind for holder in holders}
        fresh = sorted(ways - self._asked)
        self._asked.update(fresh)
        self.hops.ask_ahead((holder, gateway, (pass_by(row, gateway),)) for holder, row, gateway in fresh)

    def _looks(self, holder: int, shortlist: _Shortlist) -> tuple[int, object]:
        """Return the features that distinguish holders without a tie to any gateway: kind, or doors open to them."""
        if any(way.by_kind for way in shortlist.ways):
            return 0, self.hops.kind_of_holder(holder)
        opens = self._scenario.moment.opens_to(holder)
        return 1, tuple(bool(opens[way.door]) for way in shortlist.ways if way.choosy)

    def _from(self, holder: int, shortlist: _Shortlist) -> list[Passage]:
        """Return the passages to keep of a holder, or of every untied holder with the same features."""
        if holder == self._scenario.origin:
            return self._cheapest(shortlist.from_origin, self._enough)
        tied = shortlist.tied.get(holder, ())
        found = [passage for passage in shortlist.from_origin if passage.gateway != holder]
        for place, way in enumerate(shortlist.ways):
            if place in tied and way.gateway != holder:
                found += self._through(holder, way, is_tied=True)
            elif way.choosy and way.gateway != holder:
                found += self._untied(holder, shortlist, place)
        return self._cheapest(found, self._enough)

    def _untied(self, holder: int, shortlist: _Shortlist, place: int) -> list[Passage]:
        """Return the passages by a way of a holder without a tie to the way, the origin's passages aside."""
        way = shortlist.ways[place]
        opens = self._scenario.moment.opens_to(holder)
        key = self.hops.kind_of_holder(holder) if way.by_kind else int(opens[way.door]), place
        if key not in shortlist.untied:
            passages = self._through(holder, way, is_tied=False)
            shortlist.untied[key] = [passage._replace(holder=WHOEVER) for passage in passages]
        return shortlist.untied[key]

    def _cheapest(self, passages: Iterable[Passage], enough: int) -> list[Passage]:
        """Return the passages of which fewer than enough others, cheaper and as quick, open as much."""
        kept: dict[object, list[tuple[Passage, int, frozenset[Offer]]]] = {}
        for passage in sorted(
            passages, key=lambda p: (p.price, p.gateway, p.service, p.holder != self._scenario.origin)
        ):
            marks = bool(passage.first.marked), passage.second.marked
            key = passage.urgency, self._scenario.referral(passage.service).requires, marks
            hours, mine, alike = passage.hours, frozenset(passage.second.offers), kept.setdefault(key, [])
            better = {other.gateway for other, time, offers in alike if time <= hours and mine <= offers}
            if len(better) < enough and passage.gateway not in better:
                alike.append((passage, hours, mine))
        return [passage for alike in kept.values() for passage, _, _ in alike]

    def _shortlist(self, offers: tuple[Offer, ...], urgency: str, most: int | None) -> _Shortlist:
        key = urgency, offers, most
        if key not in self._lists:
            self._lists[key] = self._make_shortlist(offers, urgency, most)
        return self._lists[key]

    def _make_shortlist(self, offers: tuple[Offer, ...], urgency: str, most: int | None) -> _Shortlist:
        """Go through the possible gateways, least points first, for as long as a further gateway can be of use."""
        surely: dict[object, list[tuple[int, int]]] = {}
        passed, ways, found = set[int](), list[_WayIn](), list[Passage]()
        for bare, at_least, hours, alike in self._candidates(offers, urgency, most):
            sure = surely.setdefault(alike, [])
            cheaper = (1 for points, time in sure if points < at_least and time <= hours)
            if sum(islice(cheaper, self._enough + 1)) > self._enough:
                continue
            second = self.hops.best(bare.gateway, offers[0].organization, bare.offers)
            if not second:
                continue
            way = bare._replace(second=tuple(second))
            is_tied = self.hops.is_tied(self._scenario.origin, way.gateway, (way.row,))
            passages = list(self._through(self._scenario.origin, way, is_tied=is_tied))
            whole = [(p.price, p.hours) for p in passages if p.second.offers == way.offers]
            if whole and way.gateway not in passed:
                sure.append(min(whole))
            ways.append(way)
            found += passages
            if passages:
                passed.add(way.gateway)
        kept = tuple(self._cheapest(found, self._enough + 1))
        return _Shortlist(kept, tuple(ways), frozenset(way.gateway for way in ways), self._tied_to(ways))

    def _candidates(
        self, offers: tuple[Offer, ...], urgency: str, most: int | None
    ) -> Iterator[tuple[_WayIn, int, int, object]]:
        """Yield possible gateways, least points first, with least points and hours, and the class of like gateways."""
        pool, columns, doors = self._pools.at(urgency), self._scenario.snapshot.columns, self._scenario.snapshot.doors
        second = self.least_hop(offers)
        least = pool.points + second.price
        opens, bits = self._opens(offers, urgency)
        places = np.flatnonzero(opens if most is None else (opens > 0) & (least <= most))
        places = places[np.argsort(least[places], kind="stable")]
        rows, opens = pool.rows[places], opens[places]
        self.hops.look_ahead(rows)
        modes, requires = columns.modes[rows] & self._pools.modes, columns.requires[rows]
        door = columns.door[rows]
        choosy = ~doors.anyone[door] | (modes & _BY_WORD == 0)
        opened = {n: tuple(o for o, bit in zip(offers, bits, strict=True) if n >> bit & 1) for n in set(opens.tolist())}
        of_pool = (column[places] for column in (pool.owners, pool.waiting, least, pool.hours + second.hours))
        columns_of_way = (rows, door, choosy, modes & (_SELF | _PACKET), opens, requires, *of_pool)
        for row, number, is_choosy, mode, key, asked, gateway, waiting, at_least, hours in zip(
            *(column.tolist() for column in columns_of_way), strict=True
        ):
            way = _WayIn(row, gateway, number, is_choosy, mode == _PACKET, opened[key], waiting, urgency)
            yield way, at_least, hours, (key, asked, mode & _SELF)

    def _opens(self, offers: tuple[Offer, ...], urgency: str) -> tuple[NDArray[np.int64], list[int]]:
        """Return the offers opened by each service of the pool, as bits, and the bit of each offer.

        Offers with the same door (and type, where agreements count) share a bit.
        """
        columns, doors = self._scenario.snapshot.columns, self._scenario.snapshot.doors
        opens = np.zeros(len(self._pools.at(urgency).rows), dtype=np.int64)
        found, bits = dict[tuple[int, str], int](), list[int]()
        for offer in offers:
            door = int(columns.door[offer.service])
            bits.append(found.setdefault((door, offer.type if doors.agreement[door] else ""), len(found)))
            if bits[-1] == len(found) - 1:
                opens |= self._pools.admitted(offer.service, offer.type, urgency).astype(np.int64) << bits[-1]
        return opens, bits

    def _tied_to(self, ways: Sequence[_WayIn]) -> dict[int, set[int]]:
        """Return the holders with a tie to any of the gateways, with the places of their ways."""
        found: dict[int, set[int]] = {}
        for place, way in enumerate(ways):
            for holder in self.hops.tied(way.gateway, (way.row,)):
                found.setdefault(holder, set()).add(place)
        return found

    def least_hop(self, offers: Sequence[Offer]) -> Least:
        """Return the least points and hours of a hop to any of the offers of one organization, closeness aside."""
        lens, modes = self._scenario.lens, {mode for o in offers for mode in self._scenario.referral(o.service).accepts}
        if self._scenario.profile.client_present is not True:
            modes.discard("warm")
        asked_for = any(self.hops.asks_for_it((offer,)) for offer in offers)
        exposure = lens.exposure(self._scenario.exposure(offers[0].organization), asked_for=asked_for)
        price = lens.handoff + exposure + min((lens.mode(mode) for mode in modes), default=0)
        return Least(price, min((MODE_HOURS[mode] for mode in modes), default=0))

    def _through(self, sender: int, way: _WayIn, *, is_tied: bool) -> Iterator[Passage]:
        for first in self._first_hops(sender, way.row, is_tied=is_tied):
            for second in way.second:
                price = first.price + second.price + way.waiting
                yield Passage(first, second, sender, way.gateway, way.row, way.urgency, price)

    def _first_hops(self, sender: int, row: int, *, is_tied: bool) -> list[Hop]:
        key = sender if is_tied else self.hops.kind_of_holder(sender), is_tied, row
        if key not in self._first:
            self._first[key] = list(self.hops.through(sender, self._scenario.owner(row), row))
        return self._first[key]


_SELF, _PACKET = 1 << MODES.index("self"), 1 << MODES.index("packet")
_BY_WORD = _SELF | 1 << MODES.index("warm")


def _urgencies(offers: Sequence[Offer], bits: Sequence[Urgent]) -> list[str]:
    found = {bits[o.bit].urgency for o in offers}
    return [urgency for urgency in URGENCIES if urgency in found]
