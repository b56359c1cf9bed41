"""Other organizations to call: for each step of the first path, for open needs, later or on a list, and an advocate.

Each is a run of the one search for one type alone. Contract, "Lead", "Instead", "Later" and "Near".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

import numpy as np

from routing.budget import TimeBudgetExceeded
from routing.client.scenario import Scenario
from routing.costs import URGENCIES
from routing.handoffs.hop import CandidateService
from routing.handoffs.hops import Hops
from routing.model import Instead, Later, Need, Path, PathQuality, Profile, Step, Uncovered
from routing.ports import HandOffLaw
from routing.ranking.single_need import SingleNeedSearch

Entry = TypeVar("Entry")

_SOON = ("now", "today")
_MOST = 2
_MOST_LATER = 3
_DAY_US = 86_400_000_000
_FULL = 0
_ON_A_LIST = _DAY_US + 1
"""The wait at a full service with a list: after every opening within the day."""


def pressing_needs(profile: Profile) -> tuple[str, ...]:
    """Return the needs (types) that come first: the required needs of the highest urgency, or without any, all. Pure.

    >>> from datetime import UTC, datetime
    >>> from routing.model import Client
    >>> needs = (Need("legal_aid", "now", required=False), Need("detox", "today"), Need("clothing", "later"))
    >>> pressing_needs(Profile("hotline", datetime(2024, 1, 1, tzinfo=UTC), Client(), needs))
    ('detox',)
    """
    needs = [need for need in profile.needs if need.required] or list(profile.needs)
    highest = min((need.urgency for need in needs), key=URGENCIES.index)
    return tuple(need.type for need in needs if need.urgency == highest)


def quality_of(profile: Profile, path: Path | None, law: HandOffLaw) -> PathQuality:
    """Return the standing of a first path, or of no path, for the person who has to act. Pure."""
    pressing, required = pressing_needs(profile), [need.type for need in profile.needs if need.required]
    covers = () if path is None else path.covers
    pressing_open = sum(service_type not in covers for service_type in pressing)
    steps = () if path is None else path.steps
    last = max((place for place, step in enumerate(steps) if not {*pressing}.isdisjoint(step.covers)), default=-1)
    exposed = any(is_exposed(profile, step, law) for step in steps[: last + 1])
    return PathQuality(
        pressing_open=pressing_open,
        bad=pressing_open > 0 or exposed,
        required_open=sum(service_type not in covers for service_type in required),
        total=0 if path is None else path.total,
    )


def least_quality(profile: Profile, covers: Collection[str], total: int = 0) -> PathQuality:
    """Return the least standing of a path that ranks no better than one that covers these types for a total. Pure.

    A path ranks by its open required needs, most urgent first, and then by its total; a standing counts them together.
    """
    required = [need for need in profile.needs if need.required]
    if not required:
        return PathQuality(pressing_open=0, bad=False, required_open=0, total=0)
    first, *lower = sorted({need.urgency for need in required}, key=URGENCIES.index)
    open_at = Counter(need.urgency for need in required if need.type not in covers)
    at_least = open_at[first] + sum(open_at[urgency] for urgency in lower[:1])
    is_sum = at_least == open_at.total()
    return PathQuality(
        pressing_open=open_at[first],
        bad=open_at[first] > 0,
        required_open=at_least if is_sum else at_least + 1,
        total=total if is_sum else 0,
    )


def is_exposed(profile: Profile, step: Step, law: HandOffLaw) -> bool:
    """Return whether a step is discoverable, and meets other needs than those that lead to such a place. Pure."""
    excused = {need.type for need in profile.needs} & law.may_be_discoverable
    return step.exposure == "discoverable" and not (step.covers and excused.issuperset(step.covers))


@dataclass
class SecondChoices:
    """The alternatives beside the first path (`None` without a path) of one request. Pure; kept once computed.

    `cut` names the parts of which time ran out: they hold the best so far.
    """

    hops: Hops
    first: Path | None
    cut: set[str] = field(default_factory=set)
    _single_needs: dict[tuple[Need, str], SingleNeedSearch] = field(default_factory=dict)

    @property
    def _scenario(self) -> Scenario:
        return self.hops.scenario

    @property
    def _steps(self) -> tuple[Step, ...]:
        return () if self.first is None else self.first.steps

    def _in_time(self, part: str, entries: Iterator[Entry]) -> tuple[Entry, ...]:
        results: list[Entry] = []
        try:
            self._scenario.time_budget.check()
            for entry in entries:
                results.append(entry)
        except TimeBudgetExceeded:
            self.cut.add(part)
        return tuple(results)

    # -- instead -----------------------------------------------------------------------------------------------

    def instead(self) -> tuple[tuple[Instead, ...], ...]:
        """Return, for each step of the first path, alternatives for the same needs; none where no need presses."""
        return tuple(self._instead_of(step) for step in self._steps)

    def _instead_of(self, step: Step) -> tuple[Instead, ...]:
        if step.mode in ("internal", "report") or {*pressing_needs(self._scenario.profile)}.isdisjoint(step.covers):
            return ()
        without = frozenset({self._scenario.snapshot.organization_index[step.organization]})
        needs = [Need(*pair) for pair in zip(step.covers, step.urgencies, strict=True)]
        return self._in_time("instead", self._two(needs, without))

    def near(self, uncovered: Sequence[Uncovered]) -> tuple[Uncovered, ...]:
        """Return the uncovered needs with the organizations that can be called instead."""
        needs = {need.type: need for need in self._scenario.profile.needs}
        return tuple(replace(entry, near=self._near(needs[entry.need])) for entry in uncovered)

    def _near(self, need: Need) -> tuple[Instead, ...]:
        covered_types = {service_type for step in self._steps for service_type in step.covers}
        near = self._scenario.snapshot.service_types.near.get(need.type, ()) if need.urgency in _SOON else ()
        needs = [Need(service_type, need.urgency) for service_type in near if service_type not in covered_types]
        return self._in_time("near", self._two(needs, frozenset()))

    def _two(self, needs: Sequence[Need], without: frozenset[int]) -> Iterator[Instead]:
        """Yield the best path for each need alone, at most two paths; a second one without the end of an only first."""
        substitutes: list[Instead] = []
        for need in needs:
            for path in self._best(need, without, "disclosed") if len(substitutes) < _MOST else ():
                substitutes.append(Instead(need.type, path))
                yield substitutes[-1]
        if len(substitutes) == 1:
            need = next(need for need in needs if need.type == substitutes[0].type)
            last = self._scenario.snapshot.organization_index[substitutes[0].path.steps[-1].organization]
            yield from (Instead(need.type, path) for path in self._best(need, without | {last}, "disclosed"))

    def _best(self, need: Need, without: frozenset[int], most: str) -> Iterator[Path]:
        """Yield the best path for a need alone, if there is one; where TimeBudgetExceeded follows, the best so far."""
        if (need, most) not in self._single_needs:
            self._single_needs[need, most] = SingleNeedSearch(self._scenario, self.hops.permits, need, most)
        path, is_proven = self._single_needs[need, most].best(without)
        if path is not None:
            yield path
        if not is_proven:
            raise TimeBudgetExceeded

    # -- lead --------------------------------------------------------------------------------------------------

    def advocate(self, quality: PathQuality) -> Path | None:
        """Return the best protected path to an advocate, where the first path is bad and the origin not protected."""
        is_protected = self._scenario.exposure(self._scenario.origin) == "protected"
        if not quality.bad or is_protected or self._scenario.profile.third_party:
            return None
        for service_type in ("victim_advocacy", "crisis_hotline"):
            path = self._best(Need(service_type, "now"), frozenset(), "protected")
            if paths := self._in_time("advocate", path):
                return paths[0]
        return None

    # -- later -------------------------------------------------------------------------------------------------

    def later(self) -> tuple[Later, ...]:
        """Return the services, and ways in, that open within the day for needs open or to confirm; then full ones.

        Full ones have a list to wait on. For a third party there are none: nobody can lead the client there.
        """
        return () if self._scenario.profile.third_party else self._in_time("later", self._later())

    def _later(self) -> Iterator[Later]:
        waits: dict[int, int] = {}
        types_by_row: dict[int, list[tuple[str, Callable[[], bool]]]] = {}
        for place, need in enumerate(self._scenario.profile.needs):
            if need.urgency in _SOON and (self._is_left(need.type) or self._is_to_confirm(need.type)):
                for row, wait, may_be_led_to in (*self._not_yet(place, need), *self._ways_in_opening_soon(need)):
                    waits[row] = min(wait, waits.get(row, wait))
                    types_by_row.setdefault(row, []).append((need.type, may_be_led_to))
        count = 0
        # Rows and organizations are numbered as their slugs sort.
        for row in sorted(types_by_row, key=lambda row: (waits[row], self._scenario.owner(row), row)):
            self._scenario.time_budget.check()
            covers = tuple(
                dict.fromkeys(service_type for service_type, may_be_led_to in types_by_row[row] if may_be_led_to())
            )
            opens_at = None if waits[row] == _ON_A_LIST else self._scenario.moment.availability(row).opens_at
            if covers and (opens_at is not None or waits[row] == _ON_A_LIST):
                service = self._scenario.service(row)
                yield Later(service.organization, service.slug, covers, opens_at)
                count += 1
            if count == _MOST_LATER:
                return

    def _not_yet(self, place: int, need: Need) -> Iterator[tuple[int, int, Callable[[], bool]]]:
        """Yield the services with room that open for a need within the day, and those open and full that have a list.

        With each goes its wait (microseconds, `_ON_A_LIST` at a full service), and whether the client may be led to it.
        """
        scenario, is_open = self._scenario, self._is_left(need.type)
        rows = scenario.takers_of(need.type)
        rows = rows[scenario.snapshot.columns.organization[rows] != scenario.origin]
        opening = scenario.opening_for(rows, need.type)
        in_time, full = scenario.moment.open_in_time(opening, URGENCIES.index(need.urgency)), opening.capacity == _FULL
        soon = ~in_time & (opening.wait <= _DAY_US) & ~full
        keep = soon | (in_time & full & scenario.snapshot.columns.waitlist[rows])
        later_rows = rows[keep]
        is_report, confirm = scenario.are_reports(later_rows, need.type), scenario.to_confirm.at(later_rows, need.type)
        waits = np.where(soon, opening.wait, _ON_A_LIST)[keep].tolist()
        asks = (~is_report & confirm.any).tolist()
        for row, wait, entry in zip(later_rows.tolist(), waits, asks, strict=True):
            ready = scenario.referral(row).requires <= scenario.profile.client.completed
            if ready and (is_open or not entry):
                offer = CandidateService(row, scenario.owner(row), place, need.type, requires=0, price=0, entry=entry)
                yield row, wait, partial(self._may_be_led_to, offer)

    def _ways_in_opening_soon(self, need: Need) -> Iterator[tuple[int, int, Callable[[], bool]]]:
        """Yield the same of gateways to services for a need that refuse the origin, and are open by then or unknown."""
        scenario, snapshot, origin = self._scenario, self._scenario.snapshot, self._scenario.origin
        gates = scenario.gateway_takers
        owners = snapshot.columns.organization[gates]
        opening, confirm = scenario.moment.opening(gates), scenario.to_confirm.at(gates, "")
        soon = ~scenario.moment.open_in_time(opening, URGENCIES.index(need.urgency)) & (opening.wait <= _DAY_US)
        soon &= (opening.capacity != _FULL) & (owners != origin) & ~snapshot.by_choice[owners]
        soon &= ~confirm.any | self._is_left(need.type)
        gates, owners, waits = gates[soon], owners[soon], opening.wait[soon].tolist()
        if not len(gates):
            return
        beyond = [offer for offer in self._behind_a_door(need) if self.hops.refuses(offer.service, need.type, origin)]
        for place, (row, wait) in enumerate(zip(gates.tolist(), waits, strict=True)):
            if scenario.referral(row).requires <= scenario.profile.client.completed:
                yield row, wait, partial(self._leads_on, row, int(owners[place]), beyond)

    def _behind_a_door(self, need: Need) -> list[CandidateService]:
        """Return the offers for a need that a gateway could lead to: with room, open within the day or unknown."""
        scenario = self._scenario
        rows = scenario.takers_of(need.type)
        rows = rows[~scenario.are_reports(rows, need.type)]
        rows = rows[scenario.snapshot.columns.organization[rows] != scenario.origin]
        opening, confirm = scenario.opening_for(rows, need.type), scenario.to_confirm.at(rows, need.type)
        fit = (opening.wait <= _DAY_US) & (opening.capacity != _FULL) & (~confirm.any | self._is_left(need.type))
        offers = [
            CandidateService(row, scenario.owner(row), 0, need.type, requires=0, price=0, entry=entry)
            for row, entry in zip(rows[fit].tolist(), confirm.any[fit].tolist(), strict=True)
        ]
        completed = scenario.profile.client.completed
        return [o for o in offers if scenario.referral(o.service).requires <= completed and not self._is_exposed(o)]

    def _leads_on(self, row: int, gateway: int, beyond: Sequence[CandidateService]) -> bool:
        """Return whether a gateway's service (row) receives the client from the origin and leads to an offer."""
        if self._scenario.exposure(gateway) == "discoverable":
            return False
        hops, targets = self.hops, [offer for offer in beyond if offer.organization != gateway]
        admitted = (offer for offer in targets if not hops.refuses(offer.service, offer.type, gateway))
        opens = any(hops.may_hand_over(gateway, offer) for offer in admitted)
        return opens and any(True for _ in hops.through(self._scenario.origin, gateway, row))

    def _is_left(self, service_type: str) -> bool:
        return self.first is None or service_type not in self.first.covers

    def _is_to_confirm(self, service_type: str) -> bool:
        """Return whether the first path meets a need at a service with a matter to confirm."""
        uses = [use for step in self._steps for use in step.services]
        return any(use.confirm for use in uses if service_type in use.covers)

    def _may_be_led_to(self, offer: CandidateService) -> bool:
        return not self._is_exposed(offer) and self.hops.may_hand_over(self._scenario.origin, offer)

    def _is_exposed(self, offer: CandidateService) -> bool:
        excused = offer.type in self._scenario.snapshot.law.may_be_discoverable
        return self._scenario.exposure(offer.organization) == "discoverable" and not excused
