"""From solved tables to one path: of the cheapest paths, the first by slugs.

The walk goes forward through the steps that the tables prove optimal, with equal states side by side, and keeps at each
step the least (organization, services); so ties end where the contract says, whatever the order of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from routing.errors import SearchDefect
from routing.handoffs.gateway_edges import WHOEVER, Passage
from routing.handoffs.hops import Hop, Offer
from routing.handoffs.offers import Flags
from routing.search.graph import ANY_HOLDER
from routing.search.tables import UNREACHABLE, Start, Tables, Values, packed, packed_hop, points

StepKey = tuple[int, tuple[int, ...]]
"""An organization and its services, as indices: indices compare as their slugs do."""

FullKey = tuple[tuple[int, ...], int, tuple[StepKey, ...]]
"""The whole ranking key: required needs left open by urgency, the packed value, the slugs of each step."""


@dataclass(frozen=True, slots=True)
class RankedStep:
    """One step in indices: the holder, the hop, and the offers met at the step. A gateway names its service."""

    holder: int
    hop: Hop
    offers: tuple[Offer, ...]
    passage: Passage | None = None


def step_key(step: RankedStep) -> StepKey:
    """Return the key by which steps are ordered."""
    services = services_of(step.offers) if step.passage is None else (step.passage.service,)
    return step.hop.organization, services


def services_of(offers: Iterable[Offer]) -> tuple[int, ...]:
    """Return the services (rows) of offers, rising."""
    return tuple(sorted({offer.service for offer in offers}))


def in_order(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """Return offers in the order in which a step names the offers.

    >>> rows = in_order([Offer(7, 0, 1, "shelter", 0, 0), Offer(9, 0, 0, "detox", 0, 0)])
    >>> [offer.type for offer in rows], services_of(rows)
    (['detox', 'shelter'], (7, 9))
    """
    return tuple(sorted(offers, key=lambda offer: (offer.bit, offer.service, offer.requires)))


@dataclass(frozen=True, slots=True)
class RankedPath:
    """A path in indices with every field that the ranking compares."""

    open_required: tuple[int, ...]
    value: int
    slugs: tuple[StepKey, ...]
    steps: tuple[RankedStep, ...]

    @property
    def key(self) -> FullKey:
        """The whole ranking key: less is better."""
        return self.open_required, self.value, self.slugs

    @property
    def covering(self) -> frozenset[int]:
        """The organizations that meet a need or a prerequisite."""
        return frozenset(step.hop.organization for step in self.steps if step.offers)

    @property
    def organizations(self) -> frozenset[int]:
        """Every organization on the path, gateways included."""
        return frozenset(step.hop.organization for step in self.steps)


@dataclass(frozen=True, slots=True)
class _State:
    """A point of the walk: a plan's tables, the open bits, the holder (see `HopGraph.home`), and a pending passage."""

    plan: int
    mask: int
    holder: int
    pending: Passage | None = None
    port: int = -1


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar for a conditional path: a passing path is better in required needs left open, then in points.

    >>> bar = Bar(open_required=1, total=300)
    >>> bar.lets_by((0, 0, 0, 0), packed(900, 2)), bar.lets_by((1, 0, 0, 0), packed(300, 1))
    (True, False)
    """

    open_required: int
    total: int

    def is_passed_by(self, start: Start) -> bool:
        """Say whether a path from a start leaves fewer needs open, or as many for fewer points."""
        return self.lets_by(start.open_required, start.value)

    def lets_by(self, open_required: tuple[int, ...], value: int) -> bool:
        """Say whether a path with the given key (`value` is packed) is better."""
        return (sum(open_required), points(value)) < (self.open_required, self.total)

    def let_by(self, open_required: Values, value: Values) -> Flags:
        """Say for many paths at once whether each is better: required needs left open in total, and packed values."""
        as_many = (open_required == self.open_required) & (value < packed(self.total, 0))
        found: Flags = (open_required < self.open_required) | as_many
        return found


def best_plan(tables: Sequence[Tables], most_open: int | None = None, bar: Bar | None = None) -> RankedPath | None:
    """Return the best path over the given plans, or `None`.

    `most_open` bounds the required needs that the path may leave open; with a `bar`, the path must pass the bar.
    """
    starts = [
        (start, number)
        for number, table in enumerate(tables)
        for start in table.starts
        if (most_open is None or sum(start.open_required) <= most_open) and (bar is None or bar.is_passed_by(start))
    ]
    if not starts:
        return None
    best = min(start.key for start, _ in starts)
    tied = [(start, number) for start, number in starts if start.key == best]
    return _Walk(tables).first(tied)


class _Walk:
    def __init__(self, tables: Sequence[Tables]) -> None:
        self.tables = tables
        self.hop_graph = tables[0].layout.hop_graph

    def first(self, tied: list[tuple[Start, int]]) -> RankedPath:
        """Walk from every tied start and return the path with the first slugs."""
        frontier: dict[_State, tuple[RankedStep, ...]] = {_State(number, start.mask, 0): () for start, number in tied}
        slugs: list[StepKey] = []
        while not (done := [trail for state, trail in frontier.items() if state.mask == 0]):
            key, frontier = self._advance(frontier)
            slugs.append(key)
        start = tied[0][0]
        return RankedPath(start.open_required, start.value, tuple(slugs), min(done, key=self._detail))

    def _advance(
        self, frontier: dict[_State, tuple[RankedStep, ...]]
    ) -> tuple[StepKey, dict[_State, tuple[RankedStep, ...]]]:
        least: StepKey | None = None
        reached: dict[_State, tuple[RankedStep, ...]] = {}
        for state, trail in frontier.items():
            for step, following in self._moves(state):
                key = step_key(step)
                if least is None or key < least:
                    least, reached = key, {}
                if key == least:
                    longer = (*trail, step)
                    known = reached.get(following)
                    if known is None or self._detail(longer) < self._detail(known):
                        reached[following] = longer
        if least is None:
            raise SearchDefect("a priced path cannot be walked")
        return least, reached

    def _moves(self, state: _State) -> Iterator[tuple[RankedStep, _State]]:
        if state.pending is not None:
            passage = state.pending
            yield from self._meet(state, state.port, passage.gateway, passage.second)
            return
        table = self.tables[state.plan]
        value = int(table.cost[state.mask, state.holder])
        for holder, port, hop in self._edges(state.holder):
            if self._price(table, state.mask, port, price=packed_hop(hop), hours=hop.hours) == value:
                yield from self._meet(state, port, self.hop_graph.holders[holder], hop)
        source = self.hop_graph.place_of(state.holder)
        for number in self.hop_graph.passing.get(source, ()):
            port, passage = self.hop_graph.passages[number]
            if passage.gateway in table.excluded:
                continue
            requires = table.layout.local(passage.requires)
            if requires is None or requires & state.mask:
                continue
            beyond = state.mask & ~table.layout.closed_by(passage.requires, marked=bool(passage.first.marked))
            price = packed(passage.price, 2)
            if self._price(table, state.mask, port, price=price, hours=passage.hours, beyond=beyond) == value:
                sender = self.hop_graph.holders[source] if passage.holder == WHOEVER else passage.holder
                through = RankedStep(sender, passage.first, (), passage)
                yield through, _State(state.plan, beyond, state.holder, passage, port)

    def _edges(self, holder: int) -> Iterator[tuple[int, int, Hop]]:
        """Yield (holder, port, hop) of every hop from a holder or from the origin."""
        hop_graph = self.hop_graph
        if holder != hop_graph.home:
            for edge in hop_graph.own_services:
                yield 0, edge.port, edge.hop
        for sender in dict.fromkeys((hop_graph.place_of(holder), 0)):
            for edge in hop_graph.own:
                if edge.source == sender:
                    yield sender, edge.port, edge.hop
            for edge in hop_graph.shared:
                itself = hop_graph.ports[edge.port].organization == hop_graph.holders[sender]
                if edge.source in (ANY_HOLDER, hop_graph.group_of[sender]) and not itself:
                    yield sender, edge.port, edge.hop

    def _price(self, table: Tables, mask: int, port: int, *, price: int, hours: int, beyond: int | None = None) -> int:
        """Return the price of an edge and all that follows; `beyond` is what is open once it has been passed."""
        onward = int(table.reach[mask if beyond is None else beyond, port])
        return onward + price + packed(int(table.weight[mask]) * hours, 0)

    def _meet(self, state: _State, port: int, holder: int, hop: Hop) -> Iterator[tuple[RankedStep, _State]]:
        """Yield each way to meet open bits at a port that the tables prove optimal."""
        place = self.hop_graph.holder_at(port)
        seen: set[tuple[int, frozenset[Offer]]] = set()
        stack: list[tuple[int, frozenset[Offer]]] = [(state.mask, frozenset())]
        table = self.tables[state.plan]
        while stack:
            mask, met = stack.pop()
            for offer, rest, stays, leaves in self._served(table, port, mask, place):
                item = rest, met | {offer}
                if item in seen:
                    continue
                seen.add(item)
                if stays:
                    stack.append(item)
                if leaves:
                    yield RankedStep(holder, hop, in_order(item[1])), _State(state.plan, rest, place)

    def _served(self, table: Tables, port: int, mask: int, place: int) -> Iterator[tuple[Offer, int, bool, bool]]:
        """Yield (offer, mask after, may go on at the port, may leave) for offers that keep to the least price."""
        value = int(table.reach[mask, port])
        for offer in self.hop_graph.ports[port].offers:
            requires = table.layout.local(offer.requires)
            bit = table.layout.bits.index(offer.bit) if offer.bit in table.layout.bits else None
            if bit is None or requires is None or not mask >> bit & 1 or mask & requires:
                continue
            closes = table.layout.closed_by(offer.requires, marked=offer in self.hop_graph.ports[port].marked)
            rest = mask & ~(1 << bit | closes)
            onward = value - packed(offer.price, 0)
            stays = rest != 0 and int(table.reach[rest, port]) == onward < UNREACHABLE
            leaves = int(table.cost[rest, place]) == onward
            if stays or leaves:
                yield offer, rest, stays, leaves

    def _detail(self, trail: tuple[RankedStep, ...]) -> tuple[tuple[object, ...], ...]:
        """Order trails of equal slugs: by holder (the origin first), hop, and the bit met by each service."""
        origin = self.hop_graph.scenario.origin
        return tuple(
            (
                step.holder != origin,
                step.holder,
                step.hop.hours,
                step.hop.mode,
                step.hop.relationship,
                step.hop.agreement or "",
                step.hop.packet_agreement or "",
                tuple((o.bit, o.service) for o in step.offers),
            )
            for step in trail
        )
