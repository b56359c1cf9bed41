"""The requirements of a search: the needs, then every prerequisite of an offer or gateway, each a bit of a mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from routing.cached_property import cached_property
from routing.client.prices import Demand
from routing.client.scenario import Scenario
from routing.costs import LOOSEST, URGENCIES
from routing.directory.arrays import are_among
from routing.handoffs.gateways import Gateways
from routing.handoffs.hop import MOST_ADDED, CandidateService
from routing.handoffs.offers import ENDLESS, Points, Scope, Table, needs_of, offers_in, table_of


@dataclass(frozen=True, slots=True)
class Requirement:
    """A need (`need` is its place in the profile) or an added prerequisite (`None`) to be met."""

    type: str
    urgency: str
    need: int | None


class Finder:
    """Finds the requirements, breadth first: the needs, then every prerequisite that an offer or gateway requires."""

    def __init__(self, scenario: Scenario, gateways: Gateways, scope: Scope | None) -> None:
        self.scenario, self.gateways, self.scope = scenario, gateways, scope
        self.most = None if scope is None else scope.most
        self.demands = [*needs_of(scenario)]
        self.least_of: list[int] = [0] * len(self.demands)
        self.tables: list[tuple[Table, Points, Points]] = []
        self.providers: set[int] = set()
        self._masks: dict[tuple[frozenset[str], str], list[int]] = {}
        self._types = frozenset(need.type for need in scenario.profile.needs)
        table = table_of(scenario, self.demands) if scope is None else scope.table
        least = np.zeros(len(table.row), dtype=np.int64) if scope is None else scope.least
        self._take(table, least, least if scope is None else scope.beside)
        place = len(scenario.profile.needs)
        while place < len(self.demands):
            self._take(*self._providers_of(place))
            place += 1
        needs = len(scenario.profile.needs)
        self.requirements = tuple(
            Requirement(w.type, w.urgency, n if n < needs else None) for n, w in enumerate(self.demands)
        )

    def offers(self) -> dict[int, tuple[CandidateService, ...]]:
        """Return the offers of each organization (index), both in slug order."""
        by_organization: dict[int, list[CandidateService]] = {}
        offers = [offer for table, *_ in self.tables for offer in self.offers_of(table)]
        for offer in sorted(offers, key=lambda o: (o.organization, o.service, o.bit, o.requires)):
            by_organization.setdefault(offer.organization, []).append(offer)
        return {organization: tuple(offers) for organization, offers in by_organization.items()}

    def offers_of(self, table: Table) -> list[CandidateService]:
        """Return the entries of a table as offers, each with every requirement mask that meets its prerequisites."""
        asking = zip(table.row.tolist(), table.bit.tolist(), table.free.tolist(), strict=True)
        masks = [[0] if free else self.prerequisite_masks(row, self.demands[bit].urgency) for row, bit, free in asking]
        return offers_in(table, self.demands, masks)

    def prerequisite_masks(self, row: int, urgency: str) -> list[int]:
        """Return the prerequisite masks of a service: one must be met; empty when no mask is possible."""
        words = self.scenario.referral(row).requires
        if self.scope is not None and self.scope.plain:
            words &= self._types
        if (words, urgency) not in self._masks:
            missing = self._missing(words)
            self._masks[words, urgency] = [] if missing is None else _masks_of(missing, self.requirements, urgency)
        return self._masks[words, urgency]

    def _missing(self, service_types: frozenset[str]) -> frozenset[str] | None:
        """Return the types that the client still lacks, `None` where a path would add more of them than it may.

        No path adds more than `MOST_ADDED`: a service that requires more is on none.
        """
        missing = service_types - self.scenario.profile.client.completed
        return missing if len(missing - self._types) <= MOST_ADDED else None

    def points_left(self, offer: CandidateService) -> int:
        """Return the most points for both hops to an offer by a gateway: a path's budget, less its other costs."""
        return ENDLESS if self.most is None else self.most - self._beside[offer.service, offer.bit]

    @cached_property
    def _beside(self) -> dict[tuple[int, int], int]:
        columns = ((table.row.tolist(), table.bit.tolist(), beside.tolist()) for table, _, beside in self.tables)
        return {(row, bit): value for of_table in columns for row, bit, value in zip(*of_table, strict=True)}

    def _take(self, table: Table, least: Points, beside: Points) -> None:
        self.tables.append((table, least, beside))
        self.providers |= set(table.owner.tolist())
        if self.scope is not None and self.scope.plain:
            return
        for row, bit, value in self._asking(table, least):
            self._want(self.scenario.referral(row).requires, bit, value)
        refusing = np.flatnonzero(table.refuses)
        passing = beside + table.fixed + self.scenario.weights.handoff
        for place in refusing.tolist():
            self.scenario.time_budget.check()
            value = int(passing[place])
            if self.most is None or value <= self.most:
                bit = int(table.bit[place])
                demand = self.demands[bit]
                for words in self.gateways.asks(int(table.row[place]), demand.type, demand.urgency):
                    self._want(words, bit, value)

    @staticmethod
    def _asking(table: Table, least: Points) -> list[tuple[int, int, int]]:
        asking = ~table.free
        return list(zip(table.row[asking].tolist(), table.bit[asking].tolist(), least[asking].tolist(), strict=True))

    def _want(self, service_types: frozenset[str], bit: int, least: int) -> None:
        """Add the required types as requirements; `least` is the lower bound on paths through the requiring service."""
        for service_type in sorted((self._missing(service_types) or frozenset()) - self._types):
            demand = Demand(service_type, self.demands[bit].urgency, False)
            if demand in self.demands:
                place = self.demands.index(demand)
                self.least_of[place] = min(self.least_of[place], least)
            else:
                self.demands.append(demand)
                self.least_of.append(least)

    def _providers_of(self, place: int) -> tuple[Table, Points, Points]:
        """Return the providers of an added prerequisite, within the scope; one met on the way costs no hop."""
        table = table_of(self.scenario, [self.demands[place]])
        table = replace(table, bit=np.full(len(table.row), place))
        on_the_way = are_among(table.owner, list(self.providers))
        spared = LOOSEST if self.scope is None else self.scope.spared
        least = self.least_of[place] + table.price + np.where(on_the_way, 0, np.maximum(table.fixed - spared, 0))
        if self.most is not None:
            table, least = table.only(least <= self.most), least[least <= self.most]
        return table, least, least - table.fixed - LOOSEST


def _masks_of(service_types: frozenset[str], requirements: Sequence[Requirement], urgency: str) -> list[int]:
    """Return the requirement masks that meet every type of `service_types` for a need of this urgency.

    A prerequisite that is itself a need is met by the need; any other prerequisite by one at least as urgent.

    >>> requirements = [Requirement("shelter", "later", 0)]
    >>> requirements += [Requirement("assessment", urgency, None) for urgency in ("now", "today")]
    >>> [bin(mask) for mask in _masks_of(frozenset({"shelter", "assessment"}), requirements, "today")]
    ['0b11', '0b101']
    """
    at_least = URGENCIES.index(urgency)
    choices = [
        [
            1 << place
            for place, requirement in enumerate(requirements)
            if requirement.type == service_type
            and (requirement.need is not None or URGENCIES.index(requirement.urgency) <= at_least)
        ]
        for service_type in sorted(service_types)
    ]
    return sorted({sum(set(choice)) for choice in product(*choices)})
