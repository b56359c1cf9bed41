"""Hops as they could be in some worlds: today's hops at today's price, any other hop with `ASKS` on top.

A step is a holder, a recipient, services and types. Where today allows the step in any mode, no question is asked for
the step; where today does not, the step costs `ASKS`, however many conditions are needed. The modes are those of the
world: with the client on the line, a service that accepts a call together is called together.

Holder `hotline`, need `detox`, and no consent on record for a packet → today no hop by packet; in a world with consent
a hop at the packet's price and 150 points on top.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.client.scenario import Scenario
from routing.costs import ASKS, MODE_HOURS
from routing.directory.agencies import Agreement
from routing.handoffs.hops import Hop, Hops, Offer, cheapest, confirm_points, covers, levels
from routing.kept import cached_property
from routing.ports import Ages, AskRules, Transfer


@dataclass(frozen=True, slots=True)
class Suppositions:
    """The worlds, as the rules tell worlds apart: ages (on one side of each bound), and rows of `AskRules.could_send`.

    `rows` None means every row.
    """

    ages: tuple[Ages, ...]
    rows: frozenset[int] | None = None


class Possibilities:
    """The transfers that the rules could let go, each transfer asked about once; for one request."""

    def __init__(self, rules: AskRules) -> None:
        self.rules = rules
        self._could: dict[tuple[Transfer, Ages], NDArray[np.bool_]] = {}

    def could(self, transfers: Sequence[Transfer], ages: Ages) -> NDArray[np.bool_]:
        """Return whether transfers may go in each of the rules' worlds, shape (worlds, transfers)."""
        fresh = [transfer for transfer in transfers if (transfer, ages) not in self._could]
        if fresh:
            found = self.rules.could_send(fresh, ages)
            self._could.update({(transfer, ages): found[:, place] for place, transfer in enumerate(fresh)})
        return np.array([self._could[transfer, ages] for transfer in transfers], dtype=np.bool_).T

    def ask_ahead(self, transfers: Sequence[Transfer], supposed: Suppositions) -> None:
        """Ask the rules at once about transfers in the supposed worlds, and keep the answers."""
        for ages in supposed.ages if transfers else ():
            self.could(transfers, ages)

    def allow(self, transfers: Sequence[Transfer], supposed: Suppositions) -> bool:
        """Say whether the transfers may go together in at least one of the supposed worlds."""
        for ages in supposed.ages:
            together = np.asarray(self.could(transfers, ages).all(axis=1), dtype=np.bool_)
            if supposed.rows is not None:
                together = together[sorted(supposed.rows)]
            if together.any():
                return True
        return False


class PossibleHops(Hops):
    """The hops of several worlds at once, as allowed by `supposed` and by the services that `scenario` opens."""

    def __init__(self, scenario: Scenario, today: Hops, possibilities: Possibilities, supposed: Suppositions) -> None:
        """Take the scenario of the worlds, and the hops as things stand."""
        super().__init__(scenario, today.rules, today._may_send)
        self._today = today
        self._possibilities = possibilities
        self._supposed = supposed
        self._open: dict[str, frozenset[int]] = {}

    @property
    def _joined(self) -> bool:
        """Whether the client is on the line in the supposed worlds, and is not known to be today."""
        return self.scenario.profile.client_present is True and self._today.scenario.profile.client_present is not True

    def between(self, holder: int, recipient: int, offers: Sequence[Offer]) -> Iterator[Hop]:
        """Yield today's hops from holder to recipient, then hops that only a world allows."""
        sure = self._sure(offers)
        as_now = {one._replace(entry=one.asked > 0 or one.foreign): one for one in sure}
        for hop in self._today.between(holder, recipient, list(as_now)):
            yield from self._called_together(hop._replace(offers=tuple(as_now[one] for one in hop.offers)))
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

    def missing(self, holder: int, hop: Hop, service: int, types: Collection[str]) -> list[Transfer]:
        """Return the transfers of a packet to a service (row) under the hop's agreement that may not go today."""
        if hop.mode != "packet":
            return []
        who, what = self.scenario.organization(holder).slug, self.scenario.service(service)
        classes = self.scenario.snapshot.packet_classes(what, types)
        wanted = [Transfer(who, what.organization, data, hop.packet_agreement) for data in classes]
        return [transfer for transfer in wanted if not self._all_may_go([transfer])]

    def _ask_at_once(self, wanted: list[Transfer]) -> None:
        super()._ask_at_once(wanted)
        missing = [transfer for transfer in wanted if not self._all_may_go([transfer])]
        self._possibilities.ask_ahead(missing, self._supposed)

    def packet_allowed(self, holder: int, offer: Offer, agreement: Agreement | None) -> bool:
        """Say whether a packet for an offer may go under an agreement today or in one of the worlds."""
        wanted = self.transfers(holder, offer, agreement)
        missing = [transfer for transfer in wanted if not self._all_may_go([transfer])]
        return covers(agreement, self.handed_over(offer)) and (
            not missing or self._possibilities.allow(missing, self._supposed)
        )

    def _called_together(self, hop: Hop) -> Iterator[Hop]:
        """Yield a hop of today with the client on the line: a call together to each service that takes such a call."""
        together = tuple(o for o in hop.offers if "warm" in self.scenario.service(o.service).accepts)
        if not self._joined or hop.mode == "warm":
            yield hop
            return
        for some in levels(together):
            lens = self.scenario.lens
            price = hop.price - lens.mode(hop.mode) + lens.mode("warm")
            price += confirm_points(some, "warm") - confirm_points(hop.offers, hop.mode)
            yield hop._replace(offers=some, mode="warm", packet_agreement=None, price=price, hours=MODE_HOURS["warm"])
        if len(together) < len(hop.offers):
            yield hop

    def _asked(self, hop: Hop, holder: int, offers: Sequence[Offer]) -> Hop:
        """Return a hop that today does not allow, priced so, with the offers that need the client on the line."""
        marked = tuple(o for o in offers if self._needs_the_client(holder, o)) if hop.mode == "warm" else ()
        return hop._replace(asked=True, price=hop.price + ASKS, marked=marked)

    def _needs_the_client(self, holder: int, offer: Offer) -> bool:
        """Say whether only the client on the line opens an offer: no contact by the client, no packet allowed."""
        if not self._joined or "self" in self.scenario.service(offer.service).accepts:
            return False
        if "packet" not in self.scenario.service(offer.service).accepts:
            return True
        if offer.asked or offer.foreign:
            return True
        agreements = (None, *self.agreements(holder, offer.organization))
        return not any(self._today.packet_allowed(holder, offer, agreement) for agreement in agreements)
