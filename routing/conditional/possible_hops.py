"""Hops as they could be in some worlds: today's hops at today's price, any other hop with `ASKS` on top.

Where today allows a step in any mode, no question is asked for it. The modes are those of the world: with the client on
the line, a service that accepts a call together is called together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product

from routing.cached_property import cached_property
from routing.client.scenario import Scenario
from routing.conditional.possible_transfers import PermittedInWorlds
from routing.costs import ASKS, MODE_HOURS
from routing.handoffs.hop import (
    CandidateService,
    Hop,
    Way,
    cheapest,
    levels,
    lowest,
    step_points,
    with_those_between,
)
from routing.handoffs.hops import Hops
from routing.handoffs.standing import Reception, Standings, beyond
from routing.ports import CALL
from routing.search.ranked_path import RankedStep


class PossibleHops(Hops):
    """The hops of several worlds at once, as allowed by `permits` and by the services that `scenario` opens."""

    permits: PermittedInWorlds
    standings: PossibleStandings

    def __init__(self, scenario: Scenario, permits: PermittedInWorlds, today: Hops) -> None:
        """Take services and permits in the worlds, and today's hops: without own calls where no world allows them."""
        super().__init__(scenario, permits)
        self.standings = PossibleStandings(scenario, permits)
        self._today = today if scenario.profile.may_call else today.without_calls
        self._open: dict[str, frozenset[int]] = {}

    @property
    def _joined(self) -> bool:
        """Whether the client is supposed on the line, and is not known to be today."""
        return self.scenario.profile.client_present is True and self._today.scenario.profile.client_present is not True

    @property
    def _only_by_consent(self) -> frozenset[str]:
        """None, since in a world everybody may sign."""
        return frozenset()

    def may_send_only(self, row: int) -> bool:
        """Return whether a packet is ever considered: in the worlds, or as things stand."""
        return super().may_send_only(row) or self._today.may_send_only(row)

    def _look(self, holder: int, view: Reception) -> tuple[object, Sequence[str | None]]:
        """Return the key to ways: today's that are worth keeping, then those that only a world allows."""
        view_now = self._today.view(view.recipient, self._as_now(view.offers))
        standing, names = self.standings.of(holder, view)
        standing_now, names_now = self._today.standings.of(holder, view_now)
        without_a_call = self._ways_without_a_call(holder, view) if self._joined else ()
        key = standing, standing_now, without_a_call
        if key not in view.ways:
            ways = (
                way._replace(hop=hop, packet=way.packet if hop.mode == "packet" else 0)
                for way in self._today.ways(view_now, standing_now)
                for hop in self._called_together(way.hop)
            )
            after = len(standing_now)
            conditional_ways = (
                Way(
                    self._conditional(hop, view, without_a_call),
                    agreement and after + agreement,
                    packet and after + packet,
                )
                for hop, agreement, packet in self.ways(view, standing)
            )
            view.ways[key] = cheapest((*ways, *conditional_ways))
        return key, (*names_now, *names)

    def _as_now(self, offers: Sequence[CandidateService]) -> tuple[CandidateService, ...]:
        """Return the offers open today as they are today: what a world supposes false is still to confirm."""
        return tuple(offer._replace(entry=offer.question_points > 0 or offer.foreign) for offer in self._sure(offers))

    def through(self, holder: int, gateway: int, row: int) -> list[Hop]:
        """Return the hop to a gateway: today's if any, otherwise the one that a world or a choice allows."""
        by_choice = bool(self.scenario.snapshot.by_choice[gateway])
        passable = not by_choice and row in self._passable_today
        hops_today = self._today.through(holder, gateway, row) if passable else []
        if hops_today and not self._joined:
            return hops_today
        view = self.view(gateway, (self.passing_by(row, gateway),))
        without_a_call = self._ways_without_a_call(holder, view) if self._joined else ()
        hops = super().through(holder, gateway, row)
        return hops if hops_today else [self._conditional(hop, view, without_a_call) for hop in hops]

    def internal(self, offers: Sequence[CandidateService]) -> list[Hop]:
        """Return the ways to take a step at the origin itself: with today's open services, with every possible one."""
        sure = self._sure(offers)
        hops = super().internal(sure) if sure else []
        if len(sure) < len(offers):
            hops += [hop._replace(conditional=True, price=hop.price + ASKS) for hop in super().internal(offers)]
        return hops

    def reports(self, recipient: int, offers: Sequence[CandidateService]) -> list[Hop]:
        """Return the ways in which the origin reports to a recipient: today's, then the ways that a world allows."""
        hops_today = self._today.reports(recipient, self._sure(offers))
        conditional_hops = [
            hop._replace(conditional=True, price=hop.price + ASKS) for hop in super().reports(recipient, offers)
        ]
        return lowest([*hops_today, *conditional_hops])

    def _sure(self, offers: Sequence[CandidateService]) -> list[CandidateService]:
        return [offer for offer in offers if offer.service in self._open_today(offer.type)]

    def _open_today(self, service_type: str) -> frozenset[int]:
        if service_type not in self._open:
            self._open[service_type] = frozenset(self._today.scenario.takers_of(service_type).tolist())
        return self._open[service_type]

    @cached_property
    def _passable_today(self) -> frozenset[int]:
        return frozenset(self._today.scenario.gateway_takers.tolist())

    def _called_together(self, hop: Hop) -> Iterator[Hop]:
        """Yield a hop of today with the client on the line: a call together to each service that takes such a call."""
        together = tuple(o for o in hop.offers if "warm" in self.scenario.service(o.service).accepts)
        if not self._joined:
            yield hop
            return
        for level in levels(together):
            weights = self.scenario.weights
            price = hop.price - weights.mode(hop.mode) + weights.mode("warm")
            price += step_points(level, "warm") - step_points(hop.offers, hop.mode)
            yield hop._replace(offers=level, mode="warm", packet_agreement=None, price=price, hours=MODE_HOURS["warm"])
        if len(together) < len(hop.offers):
            yield hop

    def _conditional(self, hop: Hop, view: Reception, without_a_call: Sequence[int]) -> Hop:
        """Return a hop that is not allowed today, with its price, and as `marked` the offers that only a call opens."""
        offers = hop.offers or view.offers  # a gateway's hop meets nothing
        marked = self._by_call_alone(view, offers, without_a_call) if self._joined and hop.mode == "warm" else ()
        return hop._replace(conditional=True, price=hop.price + ASKS, marked=marked)

    def is_by_call_alone(self, step: RankedStep) -> bool:
        """Return whether only a call together opens a step: no other way, today or in the worlds, serves it whole.

        A step open today stays open, though a client who turns out to be a young child may not be given a number.
        """
        if not step.hop.conditional:
            return False
        view = self.view(step.hop.organization, step.met_or_passed(self))
        all_offers = (1 << len(view.offers)) - 1
        return step.hop.mode == "warm" and all_offers not in self._ways_without_a_call(step.holder, view)

    def _by_call_alone(
        self, view: Reception, offers: Sequence[CandidateService], without_a_call: Sequence[int]
    ) -> tuple[tuple[CandidateService, ...], ...]:
        """Return the least sets of offers that no way without a call serves whole.

        `bed` takes a packet that may go today, `pantry` gives a number: each alone needs no call, both at once do.
        """
        alike, least = dict[frozenset[int], list[CandidateService]](), list[set[object]]()
        for offer in offers:
            bit = 1 << view.offers.index(offer)
            serving = frozenset(place for place, way in enumerate(without_a_call) if way & bit)
            alike.setdefault(serving, []).append(offer)
        offer_sets: dict[tuple[CandidateService, ...], None] = {}
        # Each further offer of a least set shuts out a way that the offers before it leave.
        for size in range(1, max(map(len, alike), default=0) + 2):
            for ways in combinations(alike, size):
                self.scenario.time_budget.check()
                if not frozenset.intersection(*ways) and not any(smaller <= {*ways} for smaller in least):
                    least.append({*ways})
                    for offer_set in product(*(alike[way] for way in ways)):
                        offer_sets.update(dict.fromkeys(with_those_between(offer_set, offers)))
        return tuple(offer_sets)

    def _ways_without_a_call(self, holder: int, view: Reception) -> tuple[int, ...]:
        """Return the offers (a mask) of each way in every world without further consent: a contact, then packets."""
        ways = (view.by_self if self._may_surely_call else view.by_child, *self.standings.surely_sent(holder, view))
        return tuple(way for way in beyond(ways) if way)

    @cached_property
    def _may_surely_call(self) -> bool:
        return self.permits.surely((CALL,))


class PossibleStandings(Standings):
    """The standings of holders in several worlds at once."""

    _permits: PermittedInWorlds

    def surely_sent(self, holder: int, view: Reception) -> list[int]:
        """Return, by agreement, the offers (a mask) of which a packet may go in every world; doors aside."""
        masks = []
        for terms in self._all_terms(holder, view):
            key = view.kind_of(holder), -terms.look - 1
            if key not in view.sent:
                packets = self.packets(holder, view, terms)
                view.sent[key] = sum(mask for mask, transfers in packets if self._permits.surely(transfers))
            masks.append(view.sent[key] & view.surely)
        return masks
