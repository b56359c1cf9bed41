"""From snapshot and profile to the small graph that a search needs: bits, ports, edges, gates (SEARCH.md, 3).

Holder `hotline`, needs `detox` and `shelter`, recipient `hope` with both services, the shelter by warm hand-off only →
a port of `hope` with both offers, and a port of `hope` with the detox alone. `hope` accepts clients from hospitals only
→ an edge from `hotline` through each hospital to a gate, and an edge from there to a port of `hope`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from routing.client.scenario import Scenario
from routing.directory.arrays import Ints
from routing.handoffs.bits import Finder, Requirement
from routing.handoffs.gateways import Gateway, Gateways
from routing.handoffs.hop import CandidateService, Hop, is_needless
from routing.handoffs.hops import Hops
from routing.handoffs.offers import Scope
from routing.handoffs.permits import Permits
from routing.ports import HopRules

ANY_HOLDER = 0
"""The number of the group of every holder."""


class Gate(NamedTuple):
    """The hops `onward` from gateways, the bits that these ask for (`requires`), and whether they are `marked`."""

    onward: tuple[Hop, ...]
    requires: int
    marked: bool


class Port(NamedTuple):
    """A recipient (-1: a `gate`) with the offers that one hop to it allows; `marked` as in `Hop`.

    After a report the earlier holder, at the place `back`, holds again; -1 without a report.
    """

    organization: int
    offers: tuple[CandidateService, ...]
    marked: tuple[tuple[CandidateService, ...], ...] = ()
    back: int = -1
    gate: Gate | None = None


class Edge(NamedTuple):
    """A hop to a port from a `source`: a holder's place, the number of a group of holders, or the port of a gate."""

    source: int
    port: int
    hop: Hop
    gateway: Gateway | None = None


@dataclass(frozen=True, slots=True)
class HopGraph:
    """The input of the search and of its explanation. Immutable once built.

    `holders` are organizations, the origin first; a group holds places of `holders`, the first group every place.
    `shared` edges leave groups, `own` edges single holders, and `onward` edges gates. `own_services` leads to the
    origin's own services; who has just used those holds at `home`, from where they are not offered again: it would be
    the same step. Where `must_mark`, only paths count that meet a marked set of offers or pass a marked gateway.
    `offers` are those of each organization, whether or not anybody may hand over to them.
    """

    scenario: Scenario
    hops: Hops
    gateways: Gateways
    requirements: tuple[Requirement, ...]
    offers: Mapping[int, tuple[CandidateService, ...]]
    ports: tuple[Port, ...]
    holders: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...]
    shared: tuple[Edge, ...]
    own: tuple[Edge, ...]
    own_services: tuple[Edge, ...]
    onward: tuple[Edge, ...]
    must_mark: bool

    @property
    def home(self) -> int:
        """The place of the origin right after its own services."""
        return len(self.holders)

    def place_of(self, holder: int) -> int:
        """Return the holder's place in `holders`; `home` counts as the origin's place."""
        return 0 if holder == self.home else holder

    def holder_at(self, port: int) -> int:
        """Return the holder (place) once a port has been reached; each gate has a place of its own, after `home`."""
        organization, _, _, back, gate = self.ports[port]
        if gate is not None:
            return self.home + 1 + port
        if back >= 0:
            return back
        return self.home if organization == self.scenario.origin else self.holders.index(organization)

    @property
    def needs(self) -> int:
        """The number of needs, which come first among the requirements."""
        return len(self.scenario.profile.needs)


def build_hop_graph(scenario: Scenario, rules: HopRules) -> HopGraph:
    """Return the whole graph for one request; pure.

    Raises:
        UnknownArea: the client's area is not in the snapshot.
    """
    return hop_graph_of(Gateways(scenario, Hops(scenario, Permits(rules))))


def hop_graph_of(gateways: Gateways, *, must_mark: bool = False, scope: Scope | None = None) -> HopGraph:
    """Return the graph of the given gateways and their hops, within the `scope` if given; pure."""
    hops = gateways.hops
    scenario = hops.scenario
    finder = Finder(scenario, gateways, scope)
    requirements, offers = finder.requirements, finder.offers()
    builder = _Builder(scenario, hops, offers, must_mark=must_mark)
    builder.connect()
    if scope is None or not scope.plain:
        builder.connect_gateways(finder)
    return HopGraph(
        scenario=scenario,
        hops=hops,
        gateways=gateways,
        requirements=requirements,
        offers=offers,
        ports=tuple(builder.ports),
        holders=builder.holders,
        groups=tuple(builder.groups),
        shared=tuple(builder.shared),
        own=tuple(builder.own),
        own_services=tuple(builder.own_services),
        onward=tuple(builder.onward),
        must_mark=must_mark,
    )


class _Builder:
    """Collects ports and edges; equal ports are one port, so that the programme stays small."""

    def __init__(
        self, scenario: Scenario, hops: Hops, offers: dict[int, tuple[CandidateService, ...]], *, must_mark: bool
    ) -> None:
        self.scenario, self.hops, self.offers, self.must_mark = scenario, hops, offers, must_mark
        self.holders = (scenario.origin, *(o for o in sorted(offers) if o != scenario.origin))
        self.places = {holder: place for place, holder in enumerate(self.holders)}
        self.kind_of = [hops.kind_of_holder(holder) for holder in self.holders]
        alike: dict[int, list[int]] = {}
        for place, kind in enumerate(self.kind_of):
            alike.setdefault(kind, []).append(place)
        self.groups = {tuple(range(len(self.holders))): ANY_HOLDER}
        self.kinds = [self.group(places) for places in alike.values()]
        self.ports: list[Port] = []
        self.shared: list[Edge] = []
        self.own: list[Edge] = []
        self.own_services: list[Edge] = []
        self.onward: list[Edge] = []
        self._port_index: dict[Port, int] = {}
        self._groups_to: dict[object, list[tuple[int, ...]]] = {}

    def group(self, places: Iterable[int]) -> int:
        return self.groups.setdefault(tuple(places), len(self.groups))

    def port(self, hop: Hop, back: int = -1) -> int:
        return self._number(Port(hop.organization, hop.offers, hop.marked, back))

    def _number(self, port: Port) -> int:
        if port not in self._port_index:
            self._port_index[port] = len(self.ports)
            self.ports.append(port)
        return self._port_index[port]

    def connect(self) -> None:
        """Add every edge but gateways: the origin's own services for the origin, hops for every other recipient."""
        for recipient in self.offers:
            for source, is_shared, place in self._senders(recipient):
                edges = self._edges(source, place, recipient)
                if is_shared:
                    self.shared += edges
                else:
                    self.own += edges
        for recipient, offers in self.offers.items() if self.scenario.reports else ():
            for hop in self.hops.reports(recipient, offers):
                self._connect_report(hop)
        if self.scenario.origin in self.offers:
            hops = self.hops.internal(self.offers[self.scenario.origin])
            self.own_services = [Edge(0, self.port(hop), hop) for hop in hops]

    def _connect_report(self, hop: Hop) -> None:
        may_wait = any(offer.requires for offer in hop.offers)
        for place in range(len(self.holders)) if may_wait else (0,):
            self.own.append(Edge(place, self.port(hop, back=place), hop))

    def _senders(self, recipient: int) -> Iterator[tuple[int, bool, int]]:
        """Yield source, whether the source is a group, and the place of a holder that stands for it.

        Exceptions of a kind are in a group as well, unless it marks: what ties a holder to a recipient only opens. That
        is proven of the rules (`ties-open`, `more-consent` in `policies/verify`).
        """
        self.scenario.time_budget.check()
        if recipient == self.scenario.origin:
            return
        rows = dict.fromkeys(offer.service for offer in self.offers[recipient])
        exceptions = {self.places[o] for o in self.hops.exceptions(recipient, rows) if o in self.places}
        for place in sorted(exceptions):
            if self.holders[place] != recipient:
                yield place, False, place
        by_group = list(self.groups)
        for group in self._groups(recipient):
            # What is marked for some is not for the exceptions, for whom it may be open without a mark.
            alike = [p for p in by_group[group] if p not in exceptions] if self.must_mark else by_group[group]
            first = next((place for place in alike if place not in exceptions), None)
            if first is not None:
                yield self.group(alike) if self.must_mark else group, True, first

    def _groups(self, recipient: int) -> Sequence[int]:
        """Return the groups of holders that a recipient may distinguish: the kinds, or every holder as one group."""
        rows = [offer.service for offer in self.offers[recipient]]
        if any(
            "anyone" not in self.scenario.referral(row).accepts_from or self.hops.may_send_only(row) for row in rows
        ):
            return self.kinds
        return [ANY_HOLDER]

    def _edges(self, source: int, place: int, recipient: int) -> list[Edge]:
        hops_from = self.hops.beside_origin if place else self.hops.best
        hops = hops_from(self.holders[place], recipient, self.offers[recipient])
        return [Edge(source, self.port(hop), hop) for hop in hops] if hops else []

    def connect_gateways(self, finder: Finder) -> None:
        """Add the ways through a gateway to the offers that refuse the origin and the senders to the gateway."""
        origin, gateways = self.scenario.origin, finder.gateways
        offers = [offer for recipient, group in self.offers.items() if recipient != origin for offer in group]
        refusals = [offer for offer in offers if self.hops.refuses(offer.service, offer.type, origin)]
        if not refusals:
            return
        # One hop may meet several offers, and the bound of one may count the hop to another: the most generous holds.
        points_left: dict[int, int] = {}
        for offer in refusals:
            points_left[offer.organization] = max(points_left.get(offer.organization, 0), finder.points_left(offer))
        for gateway, price, open_offers, senders in gateways.to(
            refusals, np.array(self.holders), finder.demands, points_left
        ):
            of_origin = gateways.first_hops(origin, gateway.service)
            ways = [
                (places, hop)
                for places in self._alike(gateway.service, senders)
                for hop in gateways.first_hops(self.holders[places[0]], gateway.service)
                if 0 in places or not is_needless(hop, of_origin)  # the origin is refused whatever another is refused
            ]
            onward = tuple(self._beyond(gateway, self._by_recipient(open_offers), finder)) if ways else ()
            masks = finder.prerequisite_masks(gateway.service, gateway.urgency) if onward else ()
            for places, hop in ways:
                for mask in masks:
                    gate = self._gate(Gate(onward, mask, bool(hop.marked)))
                    edge = Edge(self.group(places), gate, hop._replace(price=hop.price + price), gateway)
                    self.shared.append(edge)

    def _gate(self, gate: Gate) -> int:
        ports = len(self.ports)
        number = self._number(Port(-1, (), gate=gate))
        if number == ports:
            self.onward += [Edge(number, self.port(hop), hop) for hop in gate.onward]
        return number

    def _by_recipient(self, offers: Sequence[CandidateService]) -> dict[int, tuple[CandidateService, ...]]:
        by_recipient = dict[int, list[CandidateService]]()
        for offer in offers:
            by_recipient.setdefault(offer.organization, []).append(offer)
        return {recipient: tuple(group) for recipient, group in by_recipient.items()}

    def _beyond(
        self, gateway: Gateway, open_offers: Mapping[int, tuple[CandidateService, ...]], finder: Finder
    ) -> Iterator[Hop]:
        """Yield the hops from a gateway; one that meets nothing as urgent has a cheaper gateway."""
        self.scenario.time_budget.check()
        owner = self.scenario.owner(gateway.service)
        for recipient, offers in open_offers.items():
            for hop in self.hops.best(owner, recipient, offers):
                if any(finder.requirements[offer.bit].urgency == gateway.urgency for offer in hop.offers):
                    yield hop

    def _alike(self, row: int, senders: Ints) -> list[tuple[int, ...]]:
        """Return the senders (places) that a gateway's service may let in, grouped by their look to it."""
        owner = self.scenario.owner(row)
        door, by_kind = int(self.scenario.snapshot.columns.door[row]), self.hops.may_send_only(row)
        exceptions = frozenset(self.places[o] for o in self.hops.exceptions(owner, (row,)) if o in self.places)
        key = senders.tobytes(), door, by_kind, exceptions
        if key not in self._groups_to:
            let_in, alike = self.scenario.moment.let_in(door, np.array(self.holders)), dict[int, list[int]]()
            for place in senders.tolist():
                if place in exceptions or let_in[place]:
                    looks = -1 - place if place in exceptions else self.kind_of[place] if by_kind else 0
                    alike.setdefault(looks, []).append(place)
            self._groups_to[key] = [tuple(places) for places in alike.values()]
        return self._groups_to[key]
