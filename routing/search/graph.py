"""From snapshot and profile to the small graph that a search needs.

Bits are needs to be met, then prerequisites of services. A port is a recipient in the form in which a holder may reach
it: the offers that one hop allows. Holders of the same kind share their edges to recipients that do not distinguish
them, so edges grow with kinds of holders and not with pairs of agencies.

Holder `hotline`, needs `detox` and `shelter`, recipient `hope` with both services, the shelter by warm hand-off only →
a port of `hope` with both offers, and a port of `hope` with the detox alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from routing.client.scenario import Scenario
from routing.handoffs.bits import Bit, Finder
from routing.handoffs.gateways import Gateways, Passage
from routing.handoffs.hops import Hop, Hops, Offer
from routing.handoffs.offers import Scope
from routing.ports import HopRules

ANY_HOLDER = -1
"""The group of edges that every holder may use."""


class Port(NamedTuple):
    """A recipient with the offers that one hop to the recipient allows; `marked` as in `Hop`.

    After a report to the recipient, the earlier holder holds again: the holder at the place `back`; -1 without a
    report.
    """

    organization: int
    offers: tuple[Offer, ...]
    marked: tuple[Offer, ...] = ()
    back: int = -1


class Edge(NamedTuple):
    """A hop to a port. `source` is a holder's place in `HopGraph.holders`, or the number of a group of holders."""

    source: int
    port: int
    hop: Hop


@dataclass(frozen=True, slots=True)
class HopGraph:
    """The input of the search and of its explanation. Immutable once built.

    `holders` are organizations, the origin first. `own_services` leads to the origin's own services; who has just
    used those holds at `home`, from where they are not offered again: it would be the same step. Where `must_mark`,
    only paths count that meet a marked offer or pass a marked gateway.
    `offers` are those of each organization, whether or not anybody may hand over to them.
    `passages` are there once each, after the port that they lead to; `passing` are the numbers of those that leave each
    place, for holders who are alike share theirs.
    """

    scenario: Scenario
    hops: Hops
    gateways: Gateways
    bits: tuple[Bit, ...]
    offers: Mapping[int, tuple[Offer, ...]]
    ports: tuple[Port, ...]
    holders: tuple[int, ...]
    group_of: tuple[int, ...]
    shared: tuple[Edge, ...]
    own: tuple[Edge, ...]
    own_services: tuple[Edge, ...]
    passages: tuple[tuple[int, Passage], ...]
    passing: Mapping[int, Sequence[int]]
    must_mark: bool = False

    @property
    def home(self) -> int:
        """The place of the origin right after its own services."""
        return len(self.holders)

    def place_of(self, holder: int) -> int:
        """Return the holder's place in `holders`; `home` counts as the origin's place."""
        return 0 if holder == self.home else holder

    def holder_at(self, port: int) -> int:
        """Return the holder (place) once a port has been reached."""
        if self.ports[port].back >= 0:
            return self.ports[port].back
        organization = self.ports[port].organization
        return self.home if organization == self.scenario.origin else self.holders.index(organization)

    @property
    def needs(self) -> int:
        """How many of the bits are needs; needs come first."""
        return len(self.scenario.profile.needs)


def build_hop_graph(scenario: Scenario, rules: HopRules, scope: Scope | None = None) -> HopGraph:
    """Return the graph for one request, limited to the `scope` if given; pure.

    Raises:
        UnknownArea: the client's area is not in the snapshot.
    """
    return hop_graph_of(Gateways(scenario, Hops(scenario, rules)), scope=scope)


def hop_graph_of(gateways: Gateways, *, must_mark: bool = False, scope: Scope | None = None) -> HopGraph:
    """Return the graph of the given gateways and their hops, limited to the `scope` if given; pure.

    Common parts of several graphs of one scenario are computed once.
    """
    hops = gateways.hops
    scenario = hops.scenario
    finder = Finder(scenario, gateways, scope)
    bits, offers = finder.bits, finder.offers()
    builder = _Builder(scenario, hops, offers)
    builder.connect()
    for recipient in offers if scope is None or not scope.plain else ():
        scenario.patience.check()
        builder.connect_passages(recipient, finder)
    return HopGraph(
        scenario=scenario,
        hops=hops,
        gateways=gateways,
        bits=bits,
        offers=offers,
        ports=tuple(builder.ports),
        holders=builder.holders,
        group_of=builder.group_of,
        shared=tuple(builder.shared),
        own=tuple(builder.own),
        own_services=tuple(builder.own_services),
        passages=tuple(builder.passages),
        passing=builder.passing,
        must_mark=must_mark,
    )


class _Builder:
    """Collects ports and edges; equal ports are one port, so that the programme stays small."""

    def __init__(self, scenario: Scenario, hops: Hops, offers: dict[int, tuple[Offer, ...]]) -> None:
        self.scenario, self.hops, self.offers = scenario, hops, offers
        self.holders = (scenario.origin, *(o for o in sorted(offers) if o != scenario.origin))
        self.places = {holder: place for place, holder in enumerate(self.holders)}
        kinds = [hops.kind_of_holder(o) for o in self.holders]
        groups = {kind: number for number, kind in enumerate(dict.fromkeys(kinds))}
        self.group_of = tuple(groups[kind] for kind in kinds)
        self.members: list[list[int]] = [[] for _ in groups]
        for place, group in enumerate(self.group_of):
            self.members[group].append(place)
        self.ports: list[Port] = []
        self.shared: list[Edge] = []
        self.own: list[Edge] = []
        self.own_services: list[Edge] = []
        self.passages: list[tuple[int, Passage]] = []
        self.passing: dict[int, list[int]] = {}
        self._port_index: dict[Port, int] = {}
        self._numbers: dict[int, tuple[Passage, list[int]]] = {}

    def port(self, hop: Hop, back: int = -1) -> int:
        port = Port(hop.organization, hop.offers, hop.marked, back)
        if port not in self._port_index:
            self._port_index[port] = len(self.ports)
            self.ports.append(port)
        return self._port_index[port]

    def connect(self) -> None:
        """Add every edge but gateways: the origin's own services for the origin, hops for every other recipient."""
        pairs = [pair for recipient in self.offers for pair in self._senders(recipient)]
        self.hops.ask_ahead((self.holders[place], to, self.offers[to]) for _, _, place, to in pairs)
        for group, is_shared, place, recipient in pairs:
            self.scenario.patience.check()
            edges = self._edges(group, self.holders[place], recipient)
            if is_shared:
                self.shared += edges
            else:
                self.own += edges
        for recipient, offers in self.offers.items() if self.scenario.reports else ():
            for hop in self.hops.reports(recipient, offers):
                self._connect_report(hop)
        if self.scenario.origin in self.offers:
            own = self.hops.internal(self.offers[self.scenario.origin])
            self.own_services = [Edge(0, self.port(hop), hop) for hop in own]

    def _connect_report(self, hop: Hop) -> None:
        """Add a report: a report takes no time, so it comes first unless a prerequisite has to come before."""
        may_wait = any(offer.requires for offer in hop.offers)
        for place in range(len(self.holders)) if may_wait else (0,):
            self.own.append(Edge(place, self.port(hop, back=place), hop))

    def _senders(self, recipient: int) -> Iterator[tuple[int, bool, int, int]]:
        """Yield source, whether the source is a group, the place of a holder representing it, and the recipient."""
        self.scenario.patience.check()
        if recipient == self.scenario.origin:
            return
        rows = dict.fromkeys(offer.service for offer in self.offers[recipient])
        apart = {self.places[o] for o in self.hops.tied(recipient, rows) if o in self.places}
        apart.add(self.places[recipient])
        for place in sorted(apart):
            if self.holders[place] != recipient:
                yield place, False, place, recipient
        for group, members in self._groups(recipient):
            for place in members:
                if place not in apart:
                    yield group, True, place, recipient
                    break

    def _groups(self, recipient: int) -> Iterator[tuple[int, Sequence[int]]]:
        """Yield the groups of holders that a recipient may distinguish, with places; or every holder as one group."""
        rows = [offer.service for offer in self.offers[recipient]]
        if any(
            "anyone" not in self.scenario.referral(row).accepts_from or self.hops.may_send_only(row) for row in rows
        ):
            yield from enumerate(self.members)
        else:
            yield ANY_HOLDER, range(len(self.holders))

    def _edges(self, source: int, holder: int, recipient: int) -> list[Edge]:
        hops = self.hops.best(holder, recipient, self.offers[recipient])
        return [Edge(source, self.port(hop), hop) for hop in hops]

    def connect_passages(self, recipient: int, finder: Finder) -> None:
        """Add the ways to a recipient through a gateway, where the recipient refuses the origin and the holder."""
        if recipient == self.scenario.origin:
            return
        origin, left = self.scenario.origin, finder.points_left
        refused = tuple(o for o in self.offers[recipient] if self.hops.refuses(o.service, o.type, origin))
        if not refused or ((most := left.to(refused)) is not None and most < 2 * self.scenario.lens.handoff):
            return
        for offers, holders in self._turned_away(refused):
            for alike, passages in finder.gateways.passages(holders, offers, finder.bits, left):
                self._connect_through(alike, passages, finder)
            if offers != refused:  # the origin is refused every offer, and hands over whoever the holder is
                for _, passages in finder.gateways.passages([origin], refused, finder.bits, left):
                    self._connect_through(holders, passages, finder)

    def _connect_through(self, holders: Sequence[int], passages: Sequence[Passage], finder: Finder) -> None:
        self.scenario.patience.check()
        numbers = [number for passage in passages for number in self._numbers_of(passage, finder)]
        for holder in holders:
            self.passing.setdefault(self.places[holder], []).extend(numbers)

    def _numbers_of(self, passage: Passage, finder: Finder) -> list[int]:
        """Return the numbers of a passage, one for each set of bits that meets the prerequisites of its service."""
        known = self._numbers.get(id(passage))
        if known is not None:
            return known[1]
        numbers: list[int] = []
        if (most := finder.points_left.to(passage.second.offers)) is None or passage.price <= most:
            port = self.port(passage.second)
            for mask in finder.requirements(passage.service, passage.urgency):
                numbers.append(len(self.passages))
                self.passages.append((port, passage.requiring(mask)))
        self._numbers[id(passage)] = passage, numbers  # kept with its passage: ids of deleted objects are reused
        return numbers

    def _turned_away(self, refused: Sequence[Offer]) -> Iterator[tuple[tuple[Offer, ...], list[int]]]:
        """Yield every holder, grouped by which of the offers closed to the origin are closed to the holder too."""
        holders = np.array(self.holders)
        alike: dict[bytes, list[int]] = {}
        shut = np.array([self.hops.refused(offer.service, offer.type, holders) for offer in refused])
        for place, pattern in enumerate(shut.T):
            alike.setdefault(pattern.tobytes(), []).append(self.holders[place])
        for some in alike.values():
            yield tuple(o for o, row in zip(refused, shut, strict=True) if row[self.places[some[0]]]), some
