"""Hops as they could be in some worlds: today's hops at today's price, any other hop with `ASKS` on top.

A step is a holder, a recipient, services and types. Where today allows the step in any mode, no question is asked for
the step; where today does not, the step costs `ASKS`, however many conditions are needed. The modes are those of the
world: with the client on the line, a service that accepts a call together is called together.

Holder `hotline`, need `detox`, and no consent on record for a packet → today no hop by packet; in a world with consent
a hop at the packet's price and 150 points on top.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product

from routing.client.scenario import Scenario
from routing.conditional.possible_transfers import PermittedInWorlds
from routing.costs import ASKS, MODE_HOURS
from routing.handoffs.hop import Hop, Offer, cheapest, levels, step_points, with_those_between
from routing.handoffs.hops import Hops
from routing.kept import cached_property
from routing.ports import CALL
from routing.search.ranked_path import RankedStep


class PossibleHops(Hops):
    """The hops of several worlds at once, as allowed by `permits` and by the services that `scenario` opens."""

    permits: PermittedInWorlds

    def __init__(self, scenario: Scenario, permits: PermittedInWorlds, today: Hops) -> None:
        """Take who serves the client in the worlds, what may go in the worlds, and the hops as things stand.

        Today's hops by which a client calls alone are left out where no world lets the client do so.
        """
        super().__init__(scenario, permits)
        self._today = today if scenario.profile.may_call else today.without_calls
        self._open: dict[str, frozenset[int]] = {}

    @property
    def _joined(self) -> bool:
        """Whether the client is on the line in the supposed worlds, and is not known to be today."""
        return self.scenario.profile.client_present is True and self._today.scenario.profile.client_present is not True

    def may_send_only(self, row: int) -> bool:
        """Say whether a packet is ever considered: in the worlds, or as things stand."""
        return super().may_send_only(row) or self._today.may_send_only(row)

    def between(self, holder: int, recipient: int, offers: Sequence[Offer]) -> Iterator[Hop]:
        """Yield today's hops from holder to recipient, then hops that only a world allows."""
        # What a world supposes false is still to confirm today. Who reads the hop does not read an offer's `entry`.
        as_now = [one._replace(entry=one.asked > 0 or one.foreign) for one in self._sure(offers)]
        for hop in self._today.between(holder, recipient, as_now):
            yield from self._called_together(hop)
        for hop in super().between(holder, recipient, offers):
            yield self._asked(hop, holder, hop.offers)

    def through(self, holder: int, gateway: int, row: int) -> Iterator[Hop]:
        """Yield the hops to a gateway: today's hops if any, otherwise the hops that a world or a choice allows."""
        chosen = bool(self.scenario.snapshot.by_choice[gateway])
        known = not chosen and row in self._passable_today
        found = list(self._today.through(holder, gateway, row)) if known else []
        if found and not self._joined:
            yield from found
            return
        for hop in super().through(holder, gateway, row):
            yield hop if found else self._asked(hop, holder, [self.passing_by(row, gateway)])

    def internal(self, offers: Sequence[Offer]) -> list[Hop]:
        """Return the ways to take a step at the origin itself: with today's open services, with every possible one."""
        sure = self._sure(offers)
        found = super().internal(sure) if sure else []
        if len(sure) < len(offers):
            found += [hop._replace(asked=True, price=hop.price + ASKS) for hop in super().internal(offers)]
        return found

    def reports(self, recipient: int, offers: Sequence[Offer]) -> list[Hop]:
        """Return the ways in which the origin reports to a recipient: today's, then the ways that a world allows."""
        found = self._today.reports(recipient, self._sure(offers))
        asked = [hop._replace(asked=True, price=hop.price + ASKS) for hop in super().reports(recipient, offers)]
        return cheapest([*found, *asked])

    def _sure(self, offers: Sequence[Offer]) -> list[Offer]:
        """Return the offers that are open as things stand."""
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
        for some in levels(together):
            lens = self.scenario.lens
            price = hop.price - lens.mode(hop.mode) + lens.mode("warm")
            price += step_points(some, "warm") - step_points(hop.offers, hop.mode)
            yield hop._replace(offers=some, mode="warm", packet_agreement=None, price=price, hours=MODE_HOURS["warm"])
        if len(together) < len(hop.offers):
            yield hop

    def _asked(self, hop: Hop, holder: int, offers: Sequence[Offer]) -> Hop:
        """Return a hop that today does not allow, priced so, with what only a call opens as `marked`."""
        marked = self._by_call_alone(holder, offers) if self._joined and hop.mode == "warm" else ()
        return hop._replace(asked=True, price=hop.price + ASKS, marked=marked)

    def is_by_call_alone(self, step: RankedStep) -> bool:
        """Say whether only a call together opens a step: no other way, those of today among them, serves it whole."""
        ways = (self._ways_without_a_call(step.holder, offer) for offer in step.met_or_passed(self))
        return step.hop.mode == "warm" and not frozenset.intersection(*ways)

    def _by_call_alone(self, holder: int, offers: Sequence[Offer]) -> tuple[tuple[Offer, ...], ...]:
        """Return the least sets of offers that only a call together opens in one step: no other way serves a whole set.

        `bed` takes a packet that may go today, `pantry` gives a number: each alone needs no call, both at once do.
        """
        alike, least = dict[frozenset[tuple[str, str | None]], list[Offer]](), list[set[object]]()
        for offer in offers:
            alike.setdefault(self._ways_without_a_call(holder, offer), []).append(offer)
        found: dict[tuple[Offer, ...], None] = {}
        # Each further offer of a least set shuts out a way that the offers before it leave.
        for size in range(1, max(map(len, alike), default=0) + 2):
            for ways in combinations(alike, size):
                self.scenario.patience.check()
                if not frozenset.intersection(*ways) and not any(one <= {*ways} for one in least):
                    least.append({*ways})
                    for some in product(*(alike[one] for one in ways)):
                        found.update(dict.fromkeys(with_those_between(some, offers)))
        return tuple(found)

    def _ways_without_a_call(self, holder: int, offer: Offer) -> frozenset[tuple[str, str | None]]:
        """Return the ways open to an offer in every world without further consent: a contact, packets by agreement."""
        accepts, found = self.scenario.service(offer.service).accepts, set[tuple[str, str | None]]()
        if "self" in accepts and (self.is_open_to_children(offer) or self._may_surely_call):
            found.add(("self", None))
        if "packet" in accepts and not (offer.asked or offer.foreign):
            for agreement in (None, *self.agreements(holder, offer.organization)):
                transfers = self.transfers(holder, offer, agreement)
                if self.is_covered(offer, agreement) and self.permits.surely(transfers):
                    found.add(("packet", None if agreement is None else agreement.slug))
        return frozenset(found)

    @cached_property
    def _may_surely_call(self) -> bool:
        return self.permits.surely((CALL,))
