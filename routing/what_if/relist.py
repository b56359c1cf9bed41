"""A list of paths after services open: only paths with a new service are searched, among the paths listed already.

An unlisted path is worse than some listed paths, and leads to every covering organization of a listed path. So while
the same listed paths stand, the unlisted path stays unlisted; candidates are the listed paths and paths with a new
service.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from routing.client.scenario import Scenario
from routing.costs import URGENCIES
from routing.directory.agencies import Agreement
from routing.handoffs.hops import Hop, Hops, Offer, pass_by
from routing.model import Path, Profile
from routing.pruning.detours import Approach
from routing.ranking.alternatives import BestPaths
from routing.search.best_path import RankedPath, StepKey
from routing.search.tables import packed


class NewHops(Hops):
    """The hops of a scenario with services supposed open: every hop to a supposed service is marked."""

    def through(self, holder: int, gateway: int, row: int) -> Iterator[Hop]:
        """Yield the hops from holder to a gateway through a service, marked where the service is supposed open."""
        new = (pass_by(row, gateway),) if row in self.scenario.opened else ()
        for hop in super().through(holder, gateway, row):
            yield hop._replace(marked=new)

    def internal(self, offers: Sequence[Offer]) -> list[Hop]:
        """Return the ways to take the step at the origin itself."""
        return [hop._replace(marked=self._new(hop.offers)) for hop in super().internal(offers)]

    def _hop(
        self,
        holder: int,
        recipient: int,
        offers: tuple[Offer, ...],
        *,
        mode: str,
        agreement: Agreement | None,
        packet: Agreement | None,
    ) -> Hop:
        hop = super()._hop(holder, recipient, offers, mode=mode, agreement=agreement, packet=packet)
        return hop._replace(marked=self._new(offers))

    def _new(self, offers: Sequence[Offer]) -> tuple[Offer, ...]:
        return tuple(offer for offer in offers if self.scenario.supposes(offer.service, offer.type))


@dataclass(frozen=True, slots=True)
class Listed(RankedPath):
    """A path found before, in the form that the ranking compares; `to` are the organizations of its steps."""

    path: Path
    to: tuple[int, ...]

    @property
    def covering(self) -> frozenset[int]:
        """The organizations that meet a need or a prerequisite."""
        return frozenset(number for number, step in zip(self.to, self.path.steps, strict=True) if step.covers)

    @property
    def organizations(self) -> frozenset[int]:
        """Every organization on the path, gateways included."""
        return frozenset(self.to)


def listed(scenario: Scenario, path: Path) -> Listed:
    """Return a path in the form in which it was ranked. Pure."""
    index, rows = scenario.snapshot.organization_index, scenario.snapshot.service_index
    handoffs = sum(step.mode != "internal" for step in path.steps)
    to = tuple(index[step.organization] for step in path.steps)
    services = (tuple(sorted(rows[use.service] for use in step.services)) for step in path.steps)
    slugs: tuple[StepKey, ...] = tuple(zip(to, services, strict=True))
    return Listed(left_open_by(scenario.profile, path), packed(path.total, handoffs), slugs, (), path, to)


def left_open_by(profile: Profile, path: Path) -> tuple[int, ...]:
    """Return how many required needs a path leaves open, by urgency, most urgent first. Pure.

    Needs `emergency_shelter` now and `detox` today, and only `detox` covered.

    >>> from datetime import UTC, datetime
    >>> from routing.model import Client, Need
    >>> needs = (Need("emergency_shelter", "now"), Need("detox", "today"))
    >>> profile = Profile("hotline", datetime(2024, 1, 1, tzinfo=UTC), Client(), needs)
    >>> path = Path(1, ("detox",), ("emergency_shelter",), (), (), 0, "protected")
    >>> left_open_by(profile, path)
    (1, 0, 0, 0)
    """
    left = [need.urgency for need in profile.needs if need.required and need.type not in path.covers]
    return tuple(left.count(urgency) for urgency in URGENCIES)


@dataclass(frozen=True)
class Among:
    """The best of the `old` paths, best first, and of the new paths. Plays `BestPaths`; for one request."""

    old: Sequence[Listed]
    new: BestPaths

    def approach(self, excluded: frozenset[int], most_open: int | None = None) -> Approach:
        """Yield rising lower bounds (keys) on the best path without the excluded organizations; last the path.

        The last item is `None` without a path. The search for new paths ends at the best of the old paths.
        """
        fits = (one for one in self.old if one.organizations.isdisjoint(excluded))
        old = next((one for one in fits if most_open is None or sum(one.open_required) <= most_open), None)
        for found in self.new.approach(excluded, most_open):
            if isinstance(found, RankedPath):
                yield found if old is None or found.key < old.key else old
            elif found is None or (old is not None and old.key[:2] < found):
                yield old
                return
            else:
                yield found
