"""The offers that can be on one of the best paths: most of a long list cannot, and no hop to the others is built.

First a few of the best are searched, which gives real paths and so a price that the last of the answer will not
exceed. Then every offer whose lower bound (`pruning/relaxed_bound.py`) is more than that is left out, and what is left
is searched.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

from routing.client.prices import Wanted
from routing.client.scenario import Scenario
from routing.costs import LOOSEST, URGENCIES
from routing.handoffs.gateways import Gateways
from routing.handoffs.offers import ENDLESS, Flags, Points, Scope, Table, needs_of, table_of
from routing.kept import cached_property
from routing.pruning.relaxed_bound import RelaxedBound
from routing.pruning.two_pass_bound import TwoPassBound
from routing.search.ranked_path import RankedPath
from routing.search.tables import points

SMALL = 8
"""So few offers are searched with all gateways and prerequisites at once, sooner than bounds are found."""

FEW = 32
"""So few offers are searched as they are."""

VERY_FEW = 16
"""So few offers are searched, with gateways and prerequisites, before closer bounds are computed."""

_FIRST = 3


class OfferFilter:
    """The offers of one request's needs, and bounds on the paths through them. Pure."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        needs = scenario.profile.needs
        self.table = table_of(scenario, needs_of(scenario))
        self._kept: dict[int, Flags] = {}
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
    def is_small(self) -> bool:
        """Whether the offers are too few for bounds to pay."""
        return len(self.table.row) <= SMALL

    @property
    def is_worth_it(self) -> bool:
        """Whether the offers are enough for leaving some out to pay."""
        return len(self.table.row) > FEW

    def first(self) -> Scope:
        """Return a few of the best offers within the origin's own hand-offs: enough for as many paths as asked."""
        return self._scope(self._first_few, ENDLESS, plain=True)

    def is_first(self, most: int) -> bool:
        """Say whether `first` contains every offer of `plainly_within`."""
        return not (self._plainly(most) & ~self._first_few).any()

    @cached_property
    def _first_few(self) -> Flags:
        plain = np.flatnonzero(self.table.open & self.table.free)
        keep = np.zeros(len(self.table.row), dtype=np.bool_)
        for bit in range(len(self.coverable)):
            mine = plain[self.table.bit[plain] == bit]
            keep[mine[np.argsort(self.least[mine], kind="stable")[: self.scenario.profile.limit + _FIRST]]] = True
        return keep

    def plainly_within(self, most: int) -> Scope:
        """Return every offer that can be on a plain path of at most `most` points.

        A plain path adds no prerequisite and passes no gateway.
        """
        return self._scope(self._plainly(most), most, plain=True)

    def _plainly(self, most: int) -> Flags:
        found: Flags = (self.least <= most) & (self._asked == 0)
        return found

    def is_plain(self, most: int) -> bool:
        """Say whether no path of at most `most` points adds a prerequisite or passes a gateway."""
        refused = self.table.refuses & (self.passing <= most)
        return not refused.any() and not (self._within(most) & (self._asked > 0)).any()

    def within(self, most: int) -> Scope:
        """Return every offer that can be on a path of at most `most` points."""
        return self._scope(self._within(most), most)

    def up_to(self, most: int) -> Scope:
        """Return the same as `within`, or as `plainly_within` where that is as much."""
        return self.plainly_within(most) if self.is_plain(most) else self.within(most)

    def _within(self, most: int) -> Flags:
        if most not in self._kept:
            self._kept[most] = self._keep(most)
        return self._kept[most]

    def _keep(self, most: int) -> Flags:
        keep: Flags = self.least <= most
        asking = self._asking(keep)
        while asking:
            left = int(keep.sum())
            for places, service_types, urgency in asking:
                keep[places] &= self._with_what_comes_first(places, service_types, urgency, keep) <= most
            if int(keep.sum()) == left:
                break
        return keep

    @cached_property
    def _asked(self) -> NDArray[np.int64]:
        """Each offer's prerequisites beside the needs: one more than the number of the words, 0 without any."""
        profile, snapshot = self.scenario.profile, self.scenario.snapshot
        known = profile.client.completed | {need.type for need in profile.needs}
        met = np.array([words <= known for words in snapshot.words.requires], dtype=np.bool_)
        asked = snapshot.columns.requires[self.table.row].astype(np.int64)
        return np.where(met[asked], 0, asked + 1)

    def _asking(self, keep: Flags) -> list[tuple[NDArray[np.int64], tuple[str, ...], str]]:
        """Return the offers to keep (places in the table), grouped by equal prerequisites beside the needs."""
        scenario, found = self.scenario, []
        needs = scenario.profile.needs
        known = scenario.profile.client.completed | {need.type for need in needs}
        asked = np.where(keep, self._asked, 0)
        for number in np.unique(asked[asked > 0]).tolist():
            service_types = tuple(sorted(scenario.snapshot.words.requires[number - 1] - known))
            for urgency in dict.fromkeys(need.urgency for need in needs):
                alike = np.array([need.urgency == urgency for need in needs], dtype=np.bool_)[self.table.bit]
                if (places := np.flatnonzero((asked == number) & alike)).size:
                    found.append((places, service_types, urgency))
        return found

    def _with_what_comes_first(
        self, places: NDArray[np.int64], service_types: tuple[str, ...], urgency: str, keep: Flags
    ) -> Points:
        """Return the lower bound on paths through the offers and through providers of their prerequisites."""
        least = self.least[places]
        for service_type in service_types:
            first = table_of(self.scenario, [Wanted(service_type, urgency, False)])
            each = self._with_first(self.least[places, None], first, keep)
            least = np.maximum(least, each.min(axis=1, initial=ENDLESS))
        return least

    def _with_first(self, least: Points, first: Table, keep: Flags) -> Points:
        """Return the lower bound on paths through an offer (`least`, a column) and each provider of its prerequisite.

        A provider that is on the way for one of the offers to keep costs no hop, but then the path leads through the
        kept offer; otherwise a hop leads to the provider for the prerequisite alone, whatever else the provider could
        meet.
        """
        through = np.full(len(first.row), ENDLESS)
        owners, place = np.unique(self.table.owner[keep], return_inverse=True)
        of_owner = np.full(len(owners), ENDLESS)
        np.minimum.at(of_owner, place, self.least[keep])
        at = np.minimum(np.searchsorted(owners, first.owner), max(len(owners) - 1, 0))
        known = owners[at] == first.owner if len(owners) else np.zeros(len(first.row), dtype=np.bool_)
        through[known] = of_owner[at[known]]
        beside = np.maximum(first.fixed - self.spared, 0)
        found: Points = np.minimum(np.maximum(least, through), least + beside) + first.price
        return found

    def _scope(self, keep: Flags, most: int, *, plain: bool = False) -> Scope:
        return Scope(self.table.only(keep), self.least[keep], self.beside[keep], most, self.spared, plain)

    def narrower(self, gateways: Gateways, scope: Scope) -> Scope:
        """Return a scope limited further by closer bounds, where computing the closer bounds pays."""
        if scope.plain or len(scope.table.row) <= VERY_FEW:
            return scope
        return self.closer(gateways, scope).up_to(scope.most)

    def closer(self, gateways: Gateways, scope: Scope) -> OfferFilter:
        """Return the same for paths of at most what a scope of it allows, with bounds that tell who may hand over."""
        bounds, same = TwoPassBound(gateways, scope, self.coverable), copy(self)
        columns = {"least": bounds.least, "passing": bounds.passing, "beside": bounds.beside}
        places = np.searchsorted(self._order_of(self.table), self._order_of(scope.table))
        for name, column in columns.items():
            columns[name] = np.full(len(self.table.row), ENDLESS)
            columns[name][places] = column
        vars(same).update(columns, spared=bounds.spared, _kept={})
        return same

    def _order_of(self, table: Table) -> NDArray[np.int64]:
        """Return the numbers by which the entries of a table of the needs are ordered."""
        return table.bit * len(self.scenario.snapshot.columns.active) + table.row

    def most(self, ranked_paths: Sequence[RankedPath]) -> int | None:
        """Return the points of the last path found, `None` where a left-out offer could still give a better path.

        The answer consists of the paths up to the last path's cost; no other path may cover more than these paths do,
        and there must be as many paths as asked.
        """
        if len(ranked_paths) < self.scenario.profile.limit or any(
            ranked_path.open_required != self.least_open for ranked_path in ranked_paths
        ):
            return None
        return max(points(ranked_path.value) for ranked_path in ranked_paths)

    def is_settled(self, ranked_paths: Sequence[RankedPath], within: int) -> bool:
        """Say whether the paths found up to a cost of `within` are the best of all paths.

        They are the best where the search found as many as asked. A wider search may find fewer paths than a narrower
        search: a path with fewer organizations leaves no room for paths with the same organizations and a further
        organization.
        """
        most = self.most(ranked_paths)
        return most is not None and most <= within

    def is_needed(self, organization: int) -> bool | None:
        """Say whether no path covers every coverable need without an organization, `None` if unsure."""
        table, needs = self.table, self.scenario.profile.needs
        others = table.owner != organization
        required = [place for place, need in enumerate(needs) if need.required and self.coverable[place]]
        # Where no required need can be covered, a path still covers an optional need.
        wanted = [table.bit == place for place in required] or [np.ones(len(table.row), dtype=np.bool_)]
        if any(not (others & mine).any() for mine in wanted):
            return True
        open_to_all = others & table.open & table.free
        return False if all((open_to_all & mine).any() for mine in wanted) else None

    @cached_property
    def least(self) -> Points:
        """The lower bound, in points, on paths through each offer that cover all that can be covered."""
        return self.scenario.once(
            ("relaxed", None), lambda: RelaxedBound(self.scenario, self.table, self.coverable).least
        )

    @cached_property
    def passing(self) -> Points:
        """The lower bound, in points, on paths that come to the offer by a gateway."""
        return self.least + self.scenario.lens.by_gateway

    @cached_property
    def beside(self) -> Points:
        """The lower bound, in points, on paths that come to the offer by a gateway, less the cost of both hops."""
        return self.least - self.table.fixed - LOOSEST
