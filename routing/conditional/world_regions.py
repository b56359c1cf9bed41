"""The best path over many worlds, without searching each world.

A *region* opens a service, and permits a transfer, if any of its worlds does; so its best path is the best if one world
allows all of it. If none does, the region is split where the path contradicts itself, as ages are by a path through
`hope` (11 to 17) and `detox` (from 18), and the better half is searched first.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from routing.cached_property import cached_property
from routing.client.scenario import Scenario
from routing.client.unknowns import all_ages
from routing.conditional.conditions import (
    columns_of,
    denied_on,
    is_for_adults,
    opened_at,
    settle,
    transfers_of,
)
from routing.conditional.possible_hops import PossibleHops
from routing.conditional.possible_transfers import PermittedInWorlds
from routing.conditional.worlds import Worlds
from routing.costs import ASKS
from routing.handoffs.gateways import Gateways
from routing.handoffs.hops import Hops
from routing.handoffs.offers import ENDLESS, Scope
from routing.model import Condition
from routing.ports import CALL, Ages, AskRules, Transfer
from routing.pruning.best_first import Node, push
from routing.pruning.offer_filter import OfferFilter
from routing.pruning.prerequisite_order import LEAST
from routing.ranking.alternatives import BestPaths, Without
from routing.search.best_path import Approach, Key
from routing.search.graph import hop_graph_of
from routing.search.ranked_path import Bar, RankedPath


@dataclass(frozen=True)
class RegionsAsked:
    """The inputs shared by every region: `bar` is to be passed; paths dearer than `most` points are left out."""

    today: Hops
    worlds: Worlds
    rules: AskRules
    bar: Bar
    most: int = ENDLESS

    @cached_property
    def sides(self) -> tuple[Ages, ...]:
        """For each value of the age, the first range of years on the same side of the rules' bounds."""
        ages = self.worlds.attributes[0].values if self.worlds.attributes else ()
        bounds = self.rules.age_bounds()
        first_years: dict[int, Ages] = {}
        return tuple(
            first_years.setdefault(sum(bound <= years[0] for bound in bounds), years)
            for years in ages
            if isinstance(years, tuple)
        )


@dataclass
class Region:
    """A set of worlds: for each attribute the values left, of the rules' worlds the `rows` left (None: every row).

    `joined` supposes the client on the line. `halves` are set once the region was split.
    """

    question: RegionsAsked
    values: tuple[NDArray[np.bool_], ...]
    joined: bool
    rows: frozenset[int] | None = None
    halves: tuple[Region, ...] | None = None

    @cached_property
    def without(self) -> Without:
        """The best paths that pass the bar, where each service is open that any world of the region opens."""
        gateways = Gateways(self._scenario, self._hops(self._ages(), self.rows), by_choice=True)
        scope = scope_of(self.offers, gateways, min(self.question.most, self.limit))
        return Without(hop_graph_of(gateways, must_mark=self.joined, scope=scope), self.question.bar)

    @cached_property
    def offers(self) -> OfferFilter:
        """The offers of the needs that any world of the region opens."""
        return OfferFilter(self._scenario)

    @property
    def limit(self) -> int:
        """The most points of a path that passes the bar: where none covers more than the bar asks for, less than it."""
        bar = self.question.bar
        return ENDLESS if sum(self.offers.least_open) < bar.open_required else bar.total - 1

    @cached_property
    def _scenario(self) -> Scenario:
        today, worlds, services = self.question.today.scenario, self.question.worlds, self._in_some_world()
        return today.supposing(
            tuple(worlds.rows[worlds.unsure & services].tolist()),
            client_present=True if self.joined else today.profile.client_present,
            closes=tuple(worlds.rows[~services].tolist()),
            denied=sum(attribute.denied for attribute in worlds.attributes),  # what refuses a trait true here is closed
            adult=self._may_be_adult(),
            may_call=self._permits(self._ages(), self.rows).together((CALL,)),
        )

    def _permits(self, ages: Sequence[Ages], rows: frozenset[int] | None) -> PermittedInWorlds:
        return PermittedInWorlds(self.question.today.permits, self.question.rules, ages, rows)

    def _hops(self, ages: Sequence[Ages], rows: frozenset[int] | None) -> PossibleHops:
        return PossibleHops(self._scenario, self._permits(ages, rows), self.question.today)

    def conditions(self, ranked_path: RankedPath) -> tuple[Condition, ...] | None:
        """Return the conditions of a path of the region, `None` if no world allows the whole path."""
        if self.joined and not self._needs_the_client(ranked_path):
            return None
        return settle(self.without.hop_graph, self.question.worlds, self.question.rules, ranked_path)

    def _needs_the_client(self, ranked_path: RankedPath) -> bool:
        """Return whether only a call together opens some step in one of the rules' worlds that allow the path.

        In another world a recorded consent may count, by which the step is open without the client.
        """
        transfers = transfers_of(self.without.hop_graph, ranked_path)
        for ages in self._ages(ranked_path):
            rows = np.flatnonzero(self._permissions(transfers, ages).all(axis=1)).tolist()
            for row in rows if self.rows is None else self.rows.intersection(rows):
                if any(map(self._hops((ages,), frozenset({row})).is_by_call_alone, ranked_path.steps)):
                    return True
        return False

    def _permissions(self, transfers: Sequence[Transfer], ages: Ages) -> NDArray[np.bool_]:
        """Return whether transfers may go in each of the rules' worlds, shape (worlds, transfers).

        A call is asked about as well: where there are no transfers, the answer says how many worlds there are.
        """
        return self.question.rules.could_send((CALL, *transfers), ages)[:, 1:]

    def split(self, ranked_path: RankedPath) -> tuple[Region, ...]:
        """Return two regions that together hold all its worlds, and of which neither repeats the path's contradiction.

        Empty if no difference between the worlds is left: then the rules contradict themselves.
        """
        if self.halves is None:
            self.halves = next(self._halves(ranked_path), ())
        return self.halves

    def _halves(self, ranked_path: RankedPath) -> Iterator[tuple[Region, ...]]:
        """Yield the ways to split: by the values that open its services, by the rules' ages, by the rules' worlds.

        Only what contradicts the path splits. A step that only a call together opens in the region as a whole may be
        open without the call in each world, by another way in each: such a region splits in the middle.
        """
        worlds, hop_graph = self.question.worlds, self.without.hop_graph
        denied, adult = denied_on(hop_graph, ranked_path), is_for_adults(hop_graph, ranked_path)
        ages = self._ages()
        by_values: list[tuple[int, NDArray[np.bool_]]] = []
        for place, attribute in enumerate(worlds.attributes):
            columns = columns_of(worlds, ranked_path, attribute)
            opens_at = opened_at(attribute, columns, denied=denied, adult=adult)
            by_values += [] if opens_at.all(axis=1).any() else [(place, opens) for opens in opens_at.T]
        if worlds.attributes:
            by_values.append((0, np.array([side == ages[0] for side in self.question.sides], dtype=np.bool_)))
        for place, opening_values in by_values:
            halves = self.values[place] & opening_values, self.values[place] & ~opening_values
            if all(half.any() for half in halves):
                before, after = self.values[:place], self.values[place + 1 :]
                yield tuple(Region(self.question, (*before, half, *after), self.joined, self.rows) for half in halves)
        transfers = transfers_of(hop_graph, ranked_path)
        permissions = self._permissions(transfers, ages[0])  # of several ages the first was split off
        world_rows = frozenset(range(len(permissions))) if self.rows is None else self.rows
        by_rows = [frozenset(row for row in world_rows if permissions[row, place]) for place in range(len(transfers))]
        if self.joined:
            by_rows.append(frozenset(sorted(world_rows)[: len(world_rows) // 2]))
        for rows in by_rows:
            if rows and rows != world_rows:
                yield tuple(Region(self.question, self.values, self.joined, half) for half in (rows, world_rows - rows))

    def _in_some_world(self) -> NDArray[np.bool_]:
        worlds = self.question.worlds
        services = np.ones(len(worlds.rows), dtype=np.bool_)
        for attribute, values in zip(worlds.attributes, self.values, strict=True):
            services &= attribute.opens[values].any(axis=0)
        return services

    def _may_be_adult(self) -> bool:
        """Return whether the client is an adult in a world of the region, where that opens a service."""
        return any(
            attribute.parts_adults and bool(attribute.suits(denied=0, adult=True)[values].any())
            for attribute, values in zip(self.question.worlds.attributes, self.values, strict=True)
        )

    def _ages(self, ranked_path: RankedPath | None = None) -> tuple[Ages, ...]:
        """Return a range of ages for each remaining side of the rules' bounds, of those that open a path if given."""
        worlds, sides = self.question.worlds, self.question.sides
        if not worlds.attributes:
            return (all_ages(self.question.today.scenario),)
        openings = self.values[0]
        if ranked_path is not None:
            age, adult = worlds.attributes[0], is_for_adults(self.without.hop_graph, ranked_path)
            columns = columns_of(worlds, ranked_path, age)
            openings = openings & opened_at(age, columns, denied=0, adult=adult).all(axis=1)
        return tuple(dict.fromkeys(sides[place] for place in np.flatnonzero(openings).tolist()))


def scope_of(offers: OfferFilter, gateways: Gateways, most: int) -> Scope:
    """Return the offers that may be on a path of so many points, `ASKS` among them; pure."""
    if most == ENDLESS:
        return offers.whole()
    return offers.narrower(gateways, replace(offers.up_to(most - ASKS), most=most))


class WorldsWithout(BestPaths):
    """The best path that a world allows without given organizations; not `complete` if rules contradict each other."""

    def __init__(self, question: RegionsAsked) -> None:
        """Begin with every world: as things stand, and with the client on the line where that is unknown."""
        values = tuple(np.ones(len(attribute.values), dtype=np.bool_) for attribute in question.worlds.attributes)
        joined = (False, True) if question.worlds.present else (False,)
        self._roots = [Region(question, values, on_the_line) for on_the_line in joined]
        self._entries: dict[int, tuple[RankedPath, Region, tuple[Condition, ...]]] = {}
        self._most = question.most
        self.complete = True

    def approach(self, excluded: frozenset[int], most_open: int | None = None) -> Approach:
        """As `BestPaths.approach`, over all worlds."""
        heap, serial = list[Node[Region]](), count()  # of equal paths, that of the region that was there first

        def begin(regions: Iterable[Region], at_least: Key) -> None:
            for region in regions:
                approach = region.without.approach(excluded, most_open)
                heapq.heappush(heap, ((*at_least, ()), next(serial), region, approach, None))

        begin(self._roots, LEAST)
        while heap:
            key, ticket, region, approach, ranked_path = heapq.heappop(heap)
            yield key[:2]
            if key[0] > self._least_open:
                break
            if ranked_path is None:
                push(heap, ticket, region, approach, key[:2])
            elif (conditions := region.conditions(ranked_path)) is not None:
                self._entries[id(ranked_path)] = ranked_path, region, conditions  # held: no other path has its id
                yield ranked_path
                return
            else:
                halves = region.split(ranked_path)
                self.complete &= bool(halves)
                begin(halves, key[:2])
        yield None

    @cached_property
    def _least_open(self) -> tuple[int, ...]:
        """The fewest required needs, by urgency, that a path leaves open; no limit where no price is guessed.

        Within a guess, a path that leaves more open may come after one that costs more than the guess.
        """
        if self._most == ENDLESS:
            return (ENDLESS,)
        return min(root.offers.least_open for root in self._roots)

    @property
    def guess(self) -> int:
        """The points within which most lists end, `ENDLESS` where a limit is known that is no more."""
        guess = max(root.offers.guess + ASKS for root in self._roots)
        return ENDLESS if guess >= max(root.limit for root in self._roots) else guess

    def entry_of(self, ranked_path: RankedPath) -> tuple[Region, tuple[Condition, ...]]:
        """Return the region of a path yielded by `approach`, and the conditions of the path there."""
        return self._entries[id(ranked_path)][1:]
