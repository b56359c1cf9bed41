"""The best path for one need alone that leads away from the origin, and exposes no more than it may."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routing.budget import TimeBudgetExceeded
from routing.cached_property import cached_property
from routing.client.scenario import Scenario
from routing.costs import EXPOSURES, URGENCIES, URGENCY_WEIGHT
from routing.handoffs.bits import Requirement
from routing.handoffs.gateways import Gateways
from routing.handoffs.hop import CandidateService, Hop
from routing.handoffs.hops import Hops
from routing.handoffs.offers import ENDLESS, needs_of, offers_in
from routing.handoffs.permits import Permits
from routing.model import Need, Path
from routing.pruning.offer_filter import OfferFilter
from routing.ranking.alternatives import Without
from routing.search.describe import describe
from routing.search.graph import hop_graph_of
from routing.search.ranked_path import RankedPath, RankedStep, step_key
from routing.search.tables import packed, packed_hop, points


class _Outward(Hops):
    """Hops to receivers up to an exposure level; hops away from the origin are marked."""

    def __init__(self, scenario: Scenario, permits: Permits, most: str) -> None:
        super().__init__(scenario, permits)
        self._most = EXPOSURES.index(most)

    def _priced(self, recipient: int, offers: Sequence[CandidateService], **how: str) -> Iterator[Hop]:
        for hop in super()._priced(recipient, offers, **how):
            if self._may_learn(recipient, hop.offers):
                yield hop._replace(marked=tuple((offer,) for offer in hop.offers))

    def through(self, holder: int, gateway: int, row: int) -> list[Hop]:
        """Return the hop from holder to a gateway through one of its services, if any."""
        return super().through(holder, gateway, row) if self._may_learn(gateway, ()) else []

    def _may_learn(self, recipient: int, offers: Sequence[CandidateService]) -> bool:
        level = EXPOSURES.index(self.scenario.exposure(recipient))
        return level <= self._most or (self._most > 0 and self.asks_for_it(offers))


class SingleNeedSearch:
    """The best path for a single need that leaves the origin, with receivers up to an exposure level."""

    def __init__(self, scenario: Scenario, permits: Permits, need: Need, most: str) -> None:
        alone = scenario.alone(need)
        self._filter, self._gateways = OfferFilter(alone), Gateways(alone, _Outward(alone, permits, most))
        self._need = need

    def best(self, excluded: frozenset[int]) -> tuple[Path | None, bool]:
        """Return the best path without the excluded organizations, `None` without any, and whether that is proven.

        A single hop to one of the first few offers gives a price, else a path without prerequisites and gateways; where
        the price lets in nothing further, that is the best path.
        """
        if excluded.issuperset(self._filter.table.owner.tolist()):
            return None, True
        direct = [path for path in self._direct if path.organizations.isdisjoint(excluded)]
        ranked_path = min(direct, key=lambda path: path.key, default=None)
        requirements: Sequence[Requirement] = [Requirement(self._need.type, self._need.urgency, 0)]
        try:
            is_whole = ranked_path is not None and self._filter.is_first(points(ranked_path.value))
            if ranked_path is None:
                ranked_path, is_whole = self._plain.best(excluded), True
            most = ENDLESS if ranked_path is None else points(ranked_path.value)
            if not is_whole or not self._filter.is_plain(most):
                scope = self._filter.up_to(most)
                without = Without(hop_graph_of(self._gateways, must_mark=True, scope=scope))
                ranked_path, requirements = without.best(excluded), without.hop_graph.requirements
            is_proven = True
        except TimeBudgetExceeded:
            is_proven = False
        path = None if ranked_path is None else describe(self._gateways.hops, requirements, ranked_path, 1)
        return path, is_proven

    @cached_property
    def _plain(self) -> Without:
        """The paths without added prerequisites and gateways, at any price."""
        scope = self._filter.plainly_within(ENDLESS)
        return Without(hop_graph_of(self._gateways, must_mark=True, scope=scope))

    @cached_property
    def _direct(self) -> list[RankedPath]:
        """The paths of a single hop from the origin to one of the first few offers."""
        scenario, hops, demands = self._filter.scenario, self._gateways.hops, needs_of(self._filter.scenario)
        table, by_recipient = self._filter.first().table, dict[int, list[CandidateService]]()
        for offer in offers_in(table, demands, [[0]] * len(table.row)):
            by_recipient.setdefault(offer.organization, []).append(offer)
        paths, hour = list[RankedPath](), scenario.weights.hour * URGENCY_WEIGHT[demands[0].urgency]
        for recipient, offers in by_recipient.items():
            direct_hops = () if recipient == scenario.origin else hops.best(scenario.origin, recipient, tuple(offers))
            for hop in (*direct_hops, *hops.reports(recipient, offers)):
                for offer in hop.offers:
                    value = packed_hop(hop) + packed(hour * hop.hours + offer.price, 0)
                    key, step = step_key(scenario, recipient, (offer,)), RankedStep(scenario.origin, hop, (offer,))
                    paths.append(RankedPath((0,) * len(URGENCIES), value, (key,), (step,)))
        return paths
