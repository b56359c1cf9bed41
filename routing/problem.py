"""Snapshot and profile in, the small graph that a search needs out.

Bits are what may be met: the needs, then prerequisites that services ask for. A port is a recipient as some holder
may reach it: the offers that one hop allows. Holders of a like kind share their edges to recipients that do not tell
them apart, so edges grow with kinds of holders and not with pairs of agencies.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from routing.case import Case
from routing.costs import URGENCIES
from routing.gateways import Gateways, Passage
from routing.hops import Hop, Hops, Offer, cheapest
from routing.ports import HopRules

ANY_HOLDER = -1
"""The group of edges that every holder may use."""


@dataclass(frozen=True, slots=True)
class Bit:
    """Something to be met: a need (`need` is its place in the profile) or an added prerequisite (None)."""

    type: str
    urgency: str
    need: int | None


@dataclass(frozen=True, slots=True)
class Port:
    """A recipient with the offers that one hop to it allows; `marked` as in `Hop`."""

    organization: int
    offers: tuple[Offer, ...]
    marked: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """A hop to a port. `source` is a holder's place in `Problem.holders`, or a group's in `Problem.groups`."""

    source: int
    port: int
    hop: Hop


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that the search and its explanation read. Immutable once built.

    `holders` are organizations, the origin first. `own_services` leads to the origin's own services; who has just
    used those holds at `home`, from where they are not offered again: it would be the same step. Where `must_mark`,
    only paths that meet a marked offer count, or pass a marked gateway.
    """

    case: Case
    hops: Hops
    gateways: Gateways
    bits: tuple[Bit, ...]
    ports: tuple[Port, ...]
    holders: tuple[int, ...]
    group_of: tuple[int, ...]
    shared: tuple[Edge, ...]
    own: tuple[Edge, ...]
    own_services: tuple[Edge, ...]
    passages: tuple[tuple[int, int, Passage], ...]
    must_mark: bool = False

    @property
    def home(self) -> int:
        """The place of the origin right after its own services."""
        return len(self.holders)

    def place_of(self, holder: int) -> int:
        """Return the place in `holders` of whoever holds."""
        return 0 if holder == self.home else holder

    def holder_at(self, port: int) -> int:
        """Return who holds once a port has been reached."""
        organization = self.ports[port].organization
        return self.home if organization == self.case.origin else self.holders.index(organization)

    @property
    def needs(self) -> int:
        """How many of the bits are needs; they come first."""
        return len(self.case.profile.needs)


def build_problem(case: Case, rules: HopRules) -> Problem:
    """Return the graph for one request; pure.

    Raises:
        UnknownArea: the client's area is not in the snapshot.
    """
    hops = Hops(case, rules)
    return problem_of(hops, Gateways(case, hops))


def problem_of(hops: Hops, gateways: Gateways, *, must_mark: bool = False) -> Problem:
    """Return the graph that these hops and gateways make; pure."""
    case = hops.case
    bits = _find_bits(case, gateways)
    offers = _offers(case, bits)
    builder = _Builder(case, hops, offers)
    for recipient in offers:
        builder.connect(recipient)
    for recipient in offers:
        builder.connect_passages(recipient, bits, gateways)
    return Problem(
        case=case,
        hops=hops,
        gateways=gateways,
        bits=bits,
        ports=tuple(builder.ports),
        holders=builder.holders,
        group_of=builder.group_of,
        shared=tuple(builder.shared),
        own=tuple(builder.own),
        own_services=tuple(builder.own_services),
        passages=tuple(builder.passages),
        must_mark=must_mark,
    )


def _find_bits(case: Case, gateways: Gateways) -> tuple[Bit, ...]:
    """Return the needs and, breadth first, every prerequisite that some usable service or gateway asks for."""
    bits = [Bit(need.type, need.urgency, place) for place, need in enumerate(case.profile.needs)]
    needed = {bit.type for bit in bits}
    seen = set(bits)
    for bit in bits:
        for row in case.usable(bit.type, bit.urgency).tolist():
            asking = [row, *gateways.rows(row, bit.type, bit.urgency)]
            for kind in sorted({kind for r in asking for kind in case.service(r).requires}):
                added = Bit(kind, bit.urgency, None)
                if kind not in needed and kind not in case.profile.client.completed and added not in seen:
                    seen.add(added)
                    bits.append(added)
    return tuple(bits)


def requirements(case: Case, bits: Sequence[Bit], row: int, urgency: str) -> list[int]:
    """Return the masks of bits of which one must be met before this service; empty when it cannot be met at all.

    A prerequisite that is itself a need is met by that need; any other by a bit at least as urgent.
    """
    choices: list[list[int]] = []
    for kind in sorted(case.service(row).requires - case.profile.client.completed):
        choices.append(
            [
                1 << place
                for place, bit in enumerate(bits)
                if bit.type == kind
                and (bit.need is not None or URGENCIES.index(bit.urgency) <= URGENCIES.index(urgency))
            ]
        )
    return sorted({sum(set(chosen)) for chosen in product(*choices)})


def _offers(case: Case, bits: tuple[Bit, ...]) -> dict[int, list[Offer]]:
    """Return the offers of each organization (index), both in slug order."""
    found: list[Offer] = []
    for place, bit in enumerate(bits):
        rows = case.usable(bit.type, bit.urgency)
        prices = case.met_prices(rows, bit.type, bit.urgency, added=bit.need is None)
        for row, price in zip(rows.tolist(), prices.tolist(), strict=True):
            organization = case.owner(row)
            found += [
                Offer(row, organization, place, bit.type, mask, price)
                for mask in requirements(case, bits, row, bit.urgency)
                if not mask >> place & 1
            ]
    by_organization: dict[int, list[Offer]] = {}
    for offer in sorted(found, key=lambda o: (o.organization, o.service, o.bit, o.requires)):
        by_organization.setdefault(offer.organization, []).append(offer)
    return by_organization


class _Builder:
    """Collects ports and edges; equal ports are one, so that the programme stays small."""

    def __init__(self, case: Case, hops: Hops, offers: dict[int, list[Offer]]) -> None:
        self.case, self.hops, self.offers = case, hops, offers
        self.holders = (case.origin, *(o for o in sorted(offers) if o != case.origin))
        kinds = [hops.kind_of_holder(o) for o in self.holders]
        groups = {kind: number for number, kind in enumerate(dict.fromkeys(kinds))}
        self.group_of = tuple(groups[kind] for kind in kinds)
        self.ports: list[Port] = []
        self.shared: list[Edge] = []
        self.own: list[Edge] = []
        self.own_services: list[Edge] = []
        self.passages: list[tuple[int, int, Passage]] = []
        self._port_index: dict[Port, int] = {}

    def port(self, hop: Hop) -> int:
        port = Port(hop.organization, hop.offers, hop.marked)
        if port not in self._port_index:
            self._port_index[port] = len(self.ports)
            self.ports.append(port)
        return self._port_index[port]

    def connect(self, recipient: int) -> None:
        """Add the edges to one recipient: its own services for the origin, hops for everyone else."""
        offers = self.offers[recipient]
        if recipient == self.case.origin:
            self.own_services = [Edge(0, self.port(hop), hop) for hop in self.hops.internal(offers)]
            return
        services = [self.case.service(offer.service) for offer in offers]
        tied = {place for place, holder in enumerate(self.holders) if self.hops.is_tied(holder, recipient, services)}
        for place in sorted(tied):
            if self.holders[place] != recipient:
                self.own += self._edges(place, self.holders[place], recipient)
        for group, place in self._representatives(recipient, tied):
            self.shared += self._edges(group, self.holders[place], recipient)

    def _representatives(self, recipient: int, tied: set[int]) -> Iterator[tuple[int, int]]:
        """Yield each group with one untied holder that stands for it; all holders are one where none is told apart."""
        services = [self.case.service(o.service) for o in self.offers[recipient]]
        choosy = any("anyone" not in s.accepts_from or "packet" in s.accepts for s in services)
        done: set[int] = set()
        for place, group in enumerate(self.group_of):
            group_key = group if choosy else ANY_HOLDER
            if place not in tied and self.holders[place] != recipient and group_key not in done:
                done.add(group_key)
                yield group_key, place

    def _edges(self, source: int, holder: int, recipient: int) -> list[Edge]:
        hops = cheapest(self.hops.between(holder, recipient, self.offers[recipient]))
        return [Edge(source, self.port(hop), hop) for hop in hops]

    def connect_passages(self, recipient: int, bits: tuple[Bit, ...], gateways: Gateways) -> None:
        """Add the ways to one recipient through a gateway, where it refuses both the origin and the holder."""
        if recipient == self.case.origin:
            return
        refused = [o for o in self.offers[recipient] if self._refuses(o, self.case.origin)]
        for place, holder in enumerate(self.holders if refused else ()):
            turned_away = [o for o in refused if self._refuses(o, holder)]
            for passage in gateways.passages(holder, turned_away, bits):
                for mask in requirements(self.case, bits, passage.service, passage.urgency):
                    entry = passage.requiring(mask)
                    self.passages.append((place, self.port(passage.second), entry))

    def _refuses(self, offer: Offer, holder: int) -> bool:
        return self.hops.refuses(self.case.service(offer.service), offer.type, holder)
