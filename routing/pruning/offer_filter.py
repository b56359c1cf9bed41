"""The offers that can be on one of the best paths: no hop to the others is built (SEARCH.md, "Leaving out")."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np

from routing.cached_property import cached_property
from routing.client.scenario import Scenario
from routing.costs import LOOSEST, URGENCIES
from routing.handoffs.gateways import Gateways
from routing.handoffs.offers import ENDLESS, Flags, Points, Scope, Table, needs_of, table_of
from routing.pruning.feasibility import meetable_mask
from routing.pruning.prerequisite_closure import in_some_order
from routing.pruning.relaxed_bound import RelaxedBound
from routing.pruning.two_pass_bound import TwoPassBound
from routing.search.ranked_path import RankedPath
from routing.search.tables import points

FEW = 32
"""With so few offers no first glance at the best of them is worth its time."""

VERY_FEW = 16
"""So few offers are searched, with gateways and prerequisites, before closer bounds are computed."""

_FIRST = 3

_GUESS = 4
"""How many times the least that any path costs a list is taken to cost at most, where nothing better is known."""


class OfferFilter:
    """The offers of one request's needs, and bounds on the paths through them. Pure.

    `table`: the offers that could be on a path; by default all that could take the client, and can come in some order.
    """

    def __init__(self, scenario: Scenario, table: Table | None = None) -> None:
        self.scenario = scenario
        needs = scenario.profile.needs
        if table is None:
            table = table_of(scenario, needs_of(scenario))
            table = table.only(in_some_order(scenario, table))
        self.table = table
        self.spared = LOOSEST
        self.coverable = np.bincount(self.table.bit, minlength=len(needs)) > 0
        self.least_open = tuple(
            sum(
                need.required and need.urgency == urgency and not self.coverable[place]
                for place, need in enumerate(needs)
            )
            for urgency in URGENCIES
        )

    @property
    def is_worth_it(self) -> bool:
        """Whether the offers are enough for leaving some out to pay."""
        return len(self.table.row) > FEW

    def first(self) -> Scope:
        """Return a few of the best offers within the origin's own hand-offs: enough for as many paths as asked."""
        return self._scope(self._first_few, ENDLESS, plain=True)

    def is_first(self, most: int) -> bool:
        """Return whether `first` contains every offer of `plainly_within`."""
        return not (self._plainly(most) & ~self._first_few).any()

    @cached_property
    def _first_few(self) -> Flags:
        plain = np.flatnonzero(self.table.open & self.table.free)
        keep = np.zeros(len(self.table.row), dtype=np.bool_)
        for bit in range(len(self.coverable)):
            candidates = plain[self.table.bit[plain] == bit]
            keep[
                candidates[np.argsort(self.least[candidates], kind="stable")[: self.scenario.profile.limit + _FIRST]]
            ] = True
        return keep

    def plainly_within(self, most: int) -> Scope:
        """Return every offer on a path of so many points that adds no prerequisite and passes no gateway."""
        return self._scope(self._plainly(most), most, plain=True)

    def _plainly(self, most: int) -> Flags:
        return (self.least <= most) & ~self._asks

    def is_plain(self, most: int) -> bool:
        """Return whether no path of at most `most` points adds a prerequisite or passes a gateway."""
        behind_gateway = self.table.refuses & (self.passing <= most)
        return not behind_gateway.any() and not (self._asks & (self.least <= most)).any()

    def within(self, most: int) -> Scope:
        """Return every offer that can be on a path of at most `most` points."""
        return self._scope(self.least <= most, most)

    def whole(self) -> Scope:
        """Return every offer, at any cost."""
        nothing = np.zeros(len(self.table.row), dtype=np.int64)
        return Scope(self.table, nothing, nothing, ENDLESS, LOOSEST)

    def up_to(self, most: int) -> Scope:
        """Return the same as `within`, or as `plainly_within` where that is as much."""
        return self.plainly_within(most) if self.is_plain(most) else self.within(most)

    def through(self, row: int) -> Scope:
        """Return every offer, but for the needs that a service (row) can meet its own alone."""
        rivals = np.isin(self.table.bit, self.table.bit[self.table.row == row]) & (self.table.row != row)
        return self._scope(~rivals, ENDLESS)

    @cached_property
    def _asks(self) -> Flags:
        """Which offers ask for a prerequisite that is no need of the profile."""
        profile, snapshot = self.scenario.profile, self.scenario.snapshot
        types = profile.client.completed | {need.type for need in profile.needs}
        ready = np.array([words <= types for words in snapshot.words.requires], dtype=np.bool_)
        asks: Flags = ~ready[snapshot.columns.requires[self.table.row]]
        return asks

    def _scope(self, keep: Flags, most: int, *, plain: bool = False) -> Scope:
        return Scope(self.table.only(keep), self.least[keep], self.beside[keep], most, self.spared, plain)

    def narrower(self, gateways: Gateways, scope: Scope) -> Scope:
        """Return a scope limited further by closer bounds, where computing the closer bounds pays."""
        if scope.plain or len(scope.table.row) <= VERY_FEW:
            return scope
        return self.closer(gateways, scope).up_to(scope.most)

    def meetable(self, gateways: Gateways) -> OfferFilter:
        """Return the same without the offers for a need that no path meets, at any cost."""
        mask = meetable_mask(gateways)
        keep = np.array([mask >> place & 1 for place in range(len(self.coverable))], dtype=np.bool_)[self.table.bit]
        return self if keep.all() else OfferFilter(self.scenario, self.table.only(keep))

    def closer(self, gateways: Gateways, scope: Scope) -> OfferFilter:
        """Return the same for paths within the points of a scope, with bounds over permitted hand-offs only."""
        bounds, variant = TwoPassBound(gateways, scope, self.coverable), copy(self)
        columns = {"least": bounds.least, "passing": bounds.passing, "beside": bounds.beside}
        places = np.searchsorted(self._order_of(self.table), self._order_of(scope.table))
        for name, column in columns.items():
            columns[name] = np.full(len(self.table.row), ENDLESS)
            columns[name][places] = column
        vars(variant).update(columns, spared=bounds.spared)
        return variant

    def _order_of(self, table: Table) -> Points:
        return table.bit * len(self.scenario.snapshot.columns.active) + table.row

    def most(self, ranked_paths: Sequence[RankedPath]) -> int | None:
        """Return the points of the last path found, `None` where a left-out offer could still give a better path.

        For the paths found to be the answer there must be as many as asked, and none that could cover more.
        """
        if len(ranked_paths) < self.scenario.profile.limit or any(
            ranked_path.open_required != self.least_open for ranked_path in ranked_paths
        ):
            return None
        return max(points(ranked_path.value) for ranked_path in ranked_paths)

    def is_settled(self, ranked_paths: Sequence[RankedPath], within: int) -> bool:
        """Return whether the paths found up to a cost of `within` are the best of all paths.

        Only where they are as many as asked: a wider search may find fewer, since a path with fewer organizations
        leaves no room for paths with the same organizations and a further one.
        """
        most = self.most(ranked_paths)
        return most is not None and most <= within

    def is_needed(self, organization: int) -> bool | None:
        """Return whether no path covers every coverable need without an organization, `None` if unsure."""
        table, needs = self.table, self.scenario.profile.needs
        second_choices = table.owner != organization
        required = [place for place, need in enumerate(needs) if need.required and self.coverable[place]]
        # Where no required need can be covered, a path still covers an optional need.
        by_need = [table.bit == place for place in required] or [np.ones(len(table.row), dtype=np.bool_)]
        if any(not (second_choices & entries).any() for entries in by_need):
            return True
        open_to_all = second_choices & table.open & table.free
        return False if all((open_to_all & entries).any() for entries in by_need) else None

    @property
    def guess(self) -> int:
        """The points within which most lists end: no bound; only paths within it are sure to be the best."""
        return _GUESS * int(self.least.min(initial=ENDLESS))

    @cached_property
    def least(self) -> Points:
        """The lower bound, in points, on paths through each offer that cover all that can be covered."""
        return RelaxedBound(self.scenario, self.table, self.coverable).least

    @cached_property
    def passing(self) -> Points:
        """The lower bound, in points, on paths that come to the offer by a gateway."""
        return self.least + self.scenario.weights.by_gateway

    @cached_property
    def beside(self) -> Points:
        """The lower bound, in points, on paths that come to the offer by a gateway, less the cost of both hops."""
        return self.least - self.table.fixed - LOOSEST
