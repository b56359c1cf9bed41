"""Other organizations to call: for each step of the first path, for open needs, later or on a list, and an advocate.

Each is a run of the one search for one type alone, on the same directory and the same client. The results are owed like
the first path, and leave the first path unchanged. Contract, "Lead", "Instead", "Later" and "Near".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from routing.client.scenario import Scenario
from routing.costs import EXPOSURES, URGENCIES, URGENCY_WEIGHT
from routing.handoffs.bits import Bit
from routing.handoffs.gateways import Gateways
from routing.handoffs.hop import Hop, Offer
from routing.handoffs.hops import Hops
from routing.handoffs.offers import ENDLESS, needs_of, offers_in
from routing.handoffs.permits import Permits
from routing.kept import cached_property
from routing.model import Instead, Later, Need, Path, Profile, Standing, Step, Uncovered
from routing.ports import HandOffLaw
from routing.pruning.offer_filter import OfferFilter
from routing.ranking.alternatives import Without
from routing.search.describe import describe
from routing.search.graph import hop_graph_of
from routing.search.ranked_path import RankedPath, RankedStep, step_key
from routing.search.tables import packed, packed_hop, points

_SOON = ("now", "today")
_MOST = 2
_MOST_LATER = 3
_DAY_US = 86_400_000_000
_FULL = 0
_ON_A_LIST = _DAY_US + 1
"""The wait at a full service with a list: after every opening within the day."""


def pressing_needs(profile: Profile) -> tuple[str, ...]:
    """Return the needs (types) that come first: the required needs of the highest urgency. Pure.

    Without required needs, the needs of the highest urgency.

    >>> from datetime import UTC, datetime
    >>> from routing.model import Client
    >>> needs = (Need("legal_aid", "now", required=False), Need("detox", "today"), Need("clothing", "later"))
    >>> pressing_needs(Profile("hotline", datetime(2024, 1, 1, tzinfo=UTC), Client(), needs))
    ('detox',)
    """
    needs = [need for need in profile.needs if need.required] or list(profile.needs)
    highest = min((need.urgency for need in needs), key=URGENCIES.index)
    return tuple(need.type for need in needs if need.urgency == highest)


def standing_of(profile: Profile, path: Path | None, law: HandOffLaw) -> Standing:
    """Return how good a first path, or having no path, is for the person who has to act. Pure.

    >>> from datetime import UTC, datetime
    >>> from policies import load_hand_off_law
    >>> from routing.model import Client
    >>> profile = Profile("hotline", datetime(2024, 1, 1, tzinfo=UTC), Client(), (Need("detox", "now"),))
    >>> standing_of(profile, None, load_hand_off_law())
    Standing(pressing_open=1, bad=True, required_open=1, total=0)
    """
    pressing, required = pressing_needs(profile), [need.type for need in profile.needs if need.required]
    covers = () if path is None else path.covers
    pressing_open = sum(service_type not in covers for service_type in pressing)
    steps = () if path is None else path.steps
    last = max((place for place, step in enumerate(steps) if not {*pressing}.isdisjoint(step.covers)), default=-1)
    exposed = any(is_exposed(profile, step, law) for step in steps[: last + 1])
    return Standing(
        pressing_open=pressing_open,
        bad=pressing_open > 0 or exposed,
        required_open=sum(service_type not in covers for service_type in required),
        total=0 if path is None else path.total,
    )


def is_exposed(profile: Profile, step: Step, law: HandOffLaw) -> bool:
    """Say whether a step is discoverable without an excuse. Pure.

    The excuse: the step meets only needs that lead to a discoverable place by their nature.
    """
    excused = {need.type for need in profile.needs} & law.may_be_discoverable
    return step.exposure == "discoverable" and not (step.covers and excused.issuperset(step.covers))


class _Outward(Hops):
    """Hops to receivers up to an exposure level; hops away from the origin are marked."""

    def __init__(self, scenario: Scenario, permits: Permits, most: str) -> None:
        super().__init__(scenario, permits)
        self._most = EXPOSURES.index(most)

    def _priced(self, recipient: int, offers: Sequence[Offer], **how: str) -> Iterator[Hop]:
        for hop in super()._priced(recipient, offers, **how):
            if self._may_learn(recipient, hop.offers):
                yield hop._replace(marked=tuple((offer,) for offer in hop.offers))

    def through(self, holder: int, gateway: int, row: int) -> list[Hop]:
        """Return the hop from holder to a gateway through one of its services, if any."""
        return super().through(holder, gateway, row) if self._may_learn(gateway, ()) else []

    def _may_learn(self, recipient: int, offers: Sequence[Offer]) -> bool:
        level = EXPOSURES.index(self.scenario.exposure(recipient))
        return level <= self._most or (self._most > 0 and self.asks_for_it(offers))


class _Alone:
    """The best path for a single need that leaves the origin, with receivers up to an exposure level."""

    def __init__(self, scenario: Scenario, permits: Permits, need: Need, most: str) -> None:
        alone = Scenario(scenario.snapshot, replace(scenario.profile, needs=(need,)), earlier=scenario.moment)
        self._filter, self._gateways = OfferFilter(alone), Gateways(alone, _Outward(alone, permits, most))
        self._need, self._searched = need, dict[int, Without]()

    def best(self, excluded: frozenset[int]) -> Path | None:
        """Return the best path without the excluded organizations, or `None`.

        A single hop to one of the first few offers gives a price, else a path without prerequisites and gateways;
        where the price lets in no further offer, prerequisite or gateway, that is the best path.
        """
        if excluded.issuperset(self._filter.table.owner.tolist()):
            return None
        direct = [path for path in self._direct if path.organizations.isdisjoint(excluded)]
        ranked_path = min(direct, key=lambda path: path.key, default=None)
        is_whole = ranked_path is not None and self._filter.is_first(points(ranked_path.value))
        if ranked_path is None:
            ranked_path, is_whole = self._plain.best(excluded), True
        most = ENDLESS if ranked_path is None else points(ranked_path.value)
        bits: Sequence[Bit] = [Bit(self._need.type, self._need.urgency, 0)]
        if not is_whole or not self._filter.is_plain(most):
            without = self._within(most)
            ranked_path, bits = without.best(excluded), without.hop_graph.bits
        return None if ranked_path is None else describe(self._gateways.hops, bits, ranked_path, 1)

    @cached_property
    def _plain(self) -> Without:
        """The paths without added prerequisites and gateways, whatever they cost."""
        scope = self._filter.plainly_within(ENDLESS)
        return Without(hop_graph_of(self._gateways, must_mark=True, scope=scope))

    @cached_property
    def _direct(self) -> list[RankedPath]:
        """The paths of a single hop from the origin to one of the first few offers."""
        scenario, hops, wanted = self._filter.scenario, self._gateways.hops, needs_of(self._filter.scenario)
        table, by_recipient = self._filter.first().table, dict[int, list[Offer]]()
        for offer in offers_in(table, wanted, [[0]] * len(table.row)):
            by_recipient.setdefault(offer.organization, []).append(offer)
        found, hour = list[RankedPath](), scenario.lens.hour * URGENCY_WEIGHT[wanted[0].urgency]
        for recipient, offers in by_recipient.items():
            some = () if recipient == scenario.origin else hops.best(scenario.origin, recipient, tuple(offers))
            for hop in (*some, *hops.reports(recipient, offers)):
                for offer in hop.offers:
                    value = packed_hop(hop) + packed(hour * hop.hours + offer.price, 0)
                    key, step = step_key(scenario, recipient, (offer,)), RankedStep(scenario.origin, hop, (offer,))
                    found.append(RankedPath((0,) * len(URGENCIES), value, (key,), (step,)))
        return found

    def _within(self, most: int) -> Without:
        """Return the paths of at most `most` points."""
        if most not in self._searched:
            scope = self._filter.up_to(most)
            self._searched[most] = Without(hop_graph_of(self._gateways, must_mark=True, scope=scope))
        return self._searched[most]


@dataclass
class Elsewhere:
    """The alternatives beside the first path (`None` without a path) of one request. Pure; kept once computed."""

    hops: Hops
    first: Path | None
    _alone: dict[tuple[Need, str], _Alone] = field(default_factory=dict)

    @property
    def _scenario(self) -> Scenario:
        return self.hops.scenario

    # -- instead -----------------------------------------------------------------------------------------------

    def instead(self) -> tuple[tuple[Instead, ...], ...]:
        """Return, for each step of the first path, who else could meet what it meets; nobody where no need presses."""
        return tuple(self._instead_of(step) for step in (() if self.first is None else self.first.steps))

    def _instead_of(self, step: Step) -> tuple[Instead, ...]:
        if step.mode in ("internal", "report") or {*pressing_needs(self._scenario.profile)}.isdisjoint(step.covers):
            return ()
        without = frozenset({self._scenario.snapshot.organization_index[step.organization]})
        return self._two([Need(*one) for one in zip(step.covers, step.urgencies, strict=True)], without)

    def near(self, uncovered: Sequence[Uncovered]) -> tuple[Uncovered, ...]:
        """Return the uncovered needs with the organizations that can be called instead."""
        needs = {need.type: need for need in self._scenario.profile.needs}
        return tuple(replace(entry, near=self._near(needs[entry.need])) for entry in uncovered)

    def _near(self, need: Need) -> tuple[Instead, ...]:
        met = {
            service_type for step in (() if self.first is None else self.first.steps) for service_type in step.covers
        }
        near = self._scenario.snapshot.service_types.near.get(need.type, ()) if need.urgency in _SOON else ()
        return self._two([Need(one, need.urgency) for one in near if one not in met], frozenset())

    def _two(self, needs: Sequence[Need], without: frozenset[int]) -> tuple[Instead, ...]:
        """Return the best path for each need alone, at most two paths.

        Where only one path is found, a second path follows that does without the last organization of the first.
        """
        found: list[Instead] = []
        for need in needs:
            path = self._best(need, without, "disclosed") if len(found) < _MOST else None
            if path is not None:
                found.append(Instead(need.type, path))
        if len(found) == 1:
            need = next(need for need in needs if need.type == found[0].type)
            last = self._scenario.snapshot.organization_index[found[0].path.steps[-1].organization]
            path = self._best(need, without | {last}, "disclosed")
            found += [] if path is None else [Instead(need.type, path)]
        return tuple(found)

    def _best(self, need: Need, without: frozenset[int], most: str) -> Path | None:
        if (need, most) not in self._alone:
            self._alone[need, most] = _Alone(self._scenario, self.hops.permits, need, most)
        return self._alone[need, most].best(without)

    # -- lead --------------------------------------------------------------------------------------------------

    def advocate(self, standing: Standing) -> Path | None:
        """Return the best wholly protected path to an advocate, where the first path is bad.

        `None` where the first path is good, the origin is itself protected, no such path exists, or a third party asks.
        """
        if (
            not standing.bad
            or self._scenario.profile.third_party
            or self._scenario.exposure(self._scenario.origin) == "protected"
        ):
            return None
        needs = (Need("victim_advocacy", "now"), Need("crisis_hotline", "now"))
        found = (self._best(need, frozenset(), "protected") for need in needs)
        return next((path for path in found if path is not None), None)

    # -- later -------------------------------------------------------------------------------------------------

    def later(self) -> tuple[Later, ...]:
        """Return the services that open within the day for open needs, or for needs with a matter to confirm.

        Ways in to such services among them; after them come full services with a list to wait on. For a third party
        there are none: nobody can lead the client there.
        """
        if self._scenario.profile.third_party:
            return ()
        waits: dict[int, int] = {}
        wanted: dict[int, list[tuple[str, Callable[[], bool]]]] = {}
        for place, need in enumerate(self._scenario.profile.needs):
            if need.urgency in _SOON and (self._is_left(need.type) or self._is_to_confirm(need.type)):
                for row, wait, may_be_led_to in (*self._not_yet(place, need), *self._ways_in_opening_soon(need)):
                    waits[row] = min(wait, waits.get(row, wait))
                    wanted.setdefault(row, []).append((need.type, may_be_led_to))
        found: list[Later] = []
        # Rows and organizations are numbered as their slugs sort.
        for row in sorted(wanted, key=lambda row: (waits[row], self._scenario.owner(row), row)):
            covers = tuple(dict.fromkeys(one for one, may_be_led_to in wanted[row] if may_be_led_to()))
            opens_at = None if waits[row] == _ON_A_LIST else self._scenario.moment.availability(row).opens_at
            if covers and (opens_at is not None or waits[row] == _ON_A_LIST):
                service = self._scenario.service(row)
                found.append(Later(service.organization, service.slug, covers, opens_at))
            if len(found) == _MOST_LATER:
                break
        return tuple(found)

    def _not_yet(self, place: int, need: Need) -> Iterator[tuple[int, int, Callable[[], bool]]]:
        """Yield the services with room that open for a need within the day, and those open and full that have a list.

        With each goes its wait (microseconds, `_ON_A_LIST` at a full service), and whether the client may be led to it.
        """
        scenario, is_open = self._scenario, self._is_left(need.type)
        rows = scenario.takers_of(need.type)
        rows = rows[scenario.snapshot.columns.organization[rows] != scenario.origin]
        opening = scenario.opening_for(rows, need.type)
        in_time, full = scenario.moment.open_in_time(opening, URGENCIES.index(need.urgency)), opening.room == _FULL
        soon = ~in_time & (opening.wait <= _DAY_US) & ~full
        kept = soon | (in_time & full & scenario.snapshot.columns.waitlist[rows])
        some = rows[kept]
        told, confirm = scenario.are_reports(some, need.type), scenario.to_confirm.at(some, need.type)
        waits = np.where(soon, opening.wait, _ON_A_LIST)[kept].tolist()
        asks = (~told & confirm.any).tolist()
        for row, wait, entry in zip(some.tolist(), waits, asks, strict=True):
            ready = scenario.referral(row).requires <= scenario.profile.client.completed
            if ready and (is_open or not entry):
                offer = Offer(row, scenario.owner(row), place, need.type, requires=0, price=0, entry=entry)
                yield row, wait, partial(self._may_be_led_to, offer)

    def _ways_in_opening_soon(self, need: Need) -> Iterator[tuple[int, int, Callable[[], bool]]]:
        """Yield the same of gateways to services for a need that refuse the origin, and are open by then or unknown."""
        scenario, snapshot, origin = self._scenario, self._scenario.snapshot, self._scenario.origin
        gates = scenario.gateway_takers
        owners = snapshot.columns.organization[gates]
        opening, confirm = scenario.moment.opening(gates), scenario.to_confirm.at(gates, "")
        soon = ~scenario.moment.open_in_time(opening, URGENCIES.index(need.urgency)) & (opening.wait <= _DAY_US)
        soon &= (opening.room != _FULL) & (owners != origin) & ~snapshot.by_choice[owners]
        soon &= ~confirm.any | self._is_left(need.type)
        gates, owners, waits = gates[soon], owners[soon], opening.wait[soon].tolist()
        if not len(gates):
            return
        beyond = [offer for offer in self._behind_a_door(need) if self.hops.refuses(offer.service, need.type, origin)]
        for place, (row, wait) in enumerate(zip(gates.tolist(), waits, strict=True)):
            if scenario.referral(row).requires <= scenario.profile.client.completed:
                yield row, wait, partial(self._leads_on, row, int(owners[place]), beyond)

    def _behind_a_door(self, need: Need) -> list[Offer]:
        """Return the offers for a need that a gateway could lead to: with room, open within the day or unknown."""
        scenario = self._scenario
        rows = scenario.takers_of(need.type)
        rows = rows[~scenario.are_reports(rows, need.type)]
        rows = rows[scenario.snapshot.columns.organization[rows] != scenario.origin]
        opening, confirm = scenario.opening_for(rows, need.type), scenario.to_confirm.at(rows, need.type)
        fit = (opening.wait <= _DAY_US) & (opening.room != _FULL) & (~confirm.any | self._is_left(need.type))
        offers = [
            Offer(row, scenario.owner(row), 0, need.type, requires=0, price=0, entry=entry)
            for row, entry in zip(rows[fit].tolist(), confirm.any[fit].tolist(), strict=True)
        ]
        done = scenario.profile.client.completed
        return [o for o in offers if scenario.referral(o.service).requires <= done and not self._is_exposed(o)]

    def _leads_on(self, row: int, gateway: int, beyond: Sequence[Offer]) -> bool:
        """Say whether a gateway's service (row) receives the client from the origin and may hand over to an offer."""
        if self._scenario.exposure(gateway) == "discoverable":
            return False
        hops, others = self.hops, [offer for offer in beyond if offer.organization != gateway]
        admitted = (offer for offer in others if not hops.refuses(offer.service, offer.type, gateway))
        opens = any(hops.may_hand_over(gateway, offer) for offer in admitted)
        return opens and any(True for _ in hops.through(self._scenario.origin, gateway, row))

    def _is_left(self, service_type: str) -> bool:
        """Say whether the first path leaves a need open."""
        return self.first is None or service_type not in self.first.covers

    def _is_to_confirm(self, service_type: str) -> bool:
        """Say whether the first path meets a need at a service with a matter to confirm."""
        uses = [use for step in (() if self.first is None else self.first.steps) for use in step.services]
        return any(use.confirm for use in uses if service_type in use.covers)

    def _may_be_led_to(self, offer: Offer) -> bool:
        """Say whether the origin may hand over for an offer, to a recipient without excessive exposure."""
        return not self._is_exposed(offer) and self.hops.may_hand_over(self._scenario.origin, offer)

    def _is_exposed(self, offer: Offer) -> bool:
        excused = offer.type in self._scenario.snapshot.law.may_be_discoverable
        return self._scenario.exposure(offer.organization) == "discoverable" and not excused
