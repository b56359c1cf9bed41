"""The paths that one client of a group may take, and the answer around those that were chosen for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from routing.budget import TimeBudgetExceeded
from routing.cached_property import cached_property
from routing.explain.reasons import explain_uncovered
from routing.group.assign import GroupOption
from routing.handoffs.gateways import Gateways
from routing.handoffs.hops import Hops
from routing.handoffs.permits import Permits
from routing.model import Answer, Path, Reason, Uncovered
from routing.pruning.offer_filter import OfferFilter
from routing.ranking.alternatives import Without, rank
from routing.ranking.second_choices import SecondChoices, pressing_needs, quality_of
from routing.request import Request
from routing.search.describe import describe, describe_all
from routing.search.graph import hop_graph_of


@dataclass(frozen=True)
class Candidates:
    """The paths of one client, best first, for any needs left open. Not `complete`: more may exist."""

    request: Request
    gateways: Gateways
    paths: tuple[Path, ...]
    complete: bool

    @cached_property
    def options(self) -> tuple[GroupOption, ...]:
        """Each path as an option of a group, and last no path."""
        return (*map(self._option, self.paths), self._option(None))

    def _option(self, path: Path | None) -> GroupOption:
        profile, snapshot = self.request.profile, self.request.snapshot
        quality = quality_of(profile, path, snapshot.law)
        stays = [
            (use.service, step.organization)
            for step in (() if path is None else path.steps)
            for use in step.services
            if not snapshot.service_types.stays.isdisjoint(use.covers)
        ]
        return GroupOption(
            pressing_open=quality.pressing_open,
            required_open=quality.required_open,
            total=quality.total,
            services=frozenset(use.service for step in (() if path is None else path.steps) for use in step.services),
            stays=frozenset(service for service, _ in stays),
            hosts=frozenset(organization for _, organization in stays),
        )

    def _full(self, service_type: str, full_services: frozenset[str]) -> tuple[Reason, ...]:
        full = {
            use.service
            for path in self.paths
            for step in path.steps
            for use in step.services
            if service_type in use.covers and use.service in full_services
        }
        return (Reason("full", len(full)),) if full else ()

    def answer(self, choices: Sequence[Path | None], full_services: frozenset[str] = frozenset()) -> Answer:
        """Return the answer with the chosen paths in place of the best ones, for one or more alike clients. Pure.

        What any of the chosen leaves open is uncovered: `full` where the list has paths that cover it, and services on
        them (slugs) are `full_services`; with the reasons of `find_paths` where it has none. No `instead`, no
        conditional path.
        """
        with self.gateways.hops.scenario.time_budget.until(self.request.past_hard_deadline):
            return self._answer(choices, full_services)

    def _answer(self, choices: Sequence[Path | None], full_services: frozenset[str]) -> Answer:
        profile, snapshot = self.request.profile, self.request.snapshot
        paths = tuple(path for path in choices if path is not None)
        open_needs = [
            need for need in profile.needs if any(path is None or need.type not in path.covers for path in choices)
        ]
        types = {service_type for path in self.paths for service_type in path.covers}
        without_path = [need for need in open_needs if need.type not in types]
        why = explain_uncovered(self.gateways, without_path, self.request.rules)
        uncovered = {entry.need: entry for entry in why} | {
            service_type: Uncovered(service_type, self._full(service_type, full_services)) for service_type in types
        }
        first = next(iter(choices), None)
        second_choices, quality = SecondChoices(self.gateways.hops, first), quality_of(profile, first, snapshot.law)
        advocate, near = (
            second_choices.advocate(quality),
            second_choices.near([uncovered[need.type] for need in open_needs]),
        )
        return Answer(
            paths=paths,
            uncovered=near,
            sole_providers=(),
            paths_complete=self.complete,
            is_optimal=self.complete or bool(self.paths),
            later=second_choices.later(),
            pressing=pressing_needs(profile),
            quality=quality,
            advocate=advocate,
            cut=frozenset(second_choices.cut),
        )


def list_candidates(request: Request, promised: Collection[str] = ()) -> Candidates:
    """Return the best paths of a client, at most `profile.limit`, each later one without an agency of each earlier one.

    As `find_paths`, but that a later path may leave more required needs open; and for each `promised` service (slug) on
    none of them, last the best path to it, if any. Empty where not even the first is found by
    `past_hard_deadline`. Pure.

    Raises:
        UnknownOrganization, UnknownArea, SearchDefect: as `find_paths`.
    """
    scenario = request.scenario()
    gateways = Gateways(scenario, Hops(scenario, Permits(request.rules)))
    try:
        with scenario.time_budget.until(request.past_hard_deadline):
            without = Without(hop_graph_of(gateways))
            limit, is_expired = request.profile.limit, request.is_expired
            ranking = rank(without, limit, is_expired=is_expired, open_more=True)
    except TimeBudgetExceeded:
        return Candidates(request, gateways, (), complete=False)
    paths, complete = describe_all(without.hop_graph, ranking.ranked_paths), ranking.complete
    try:
        with scenario.time_budget.until(request.past_hard_deadline):
            for slug in promised if paths else ():
                if not any(_leads_to(slug, path) for path in paths):
                    paths += _path_to(slug, gateways, len(paths) + 1)
    except TimeBudgetExceeded:
        complete = False
    return Candidates(request, gateways, paths, complete)


def _path_to(service: str, gateways: Gateways, rank: int) -> tuple[Path, ...]:
    """Return the best path to a service (slug), if any."""
    scenario = gateways.hops.scenario
    scope = OfferFilter(scenario).through(scenario.snapshot.service_index[service])
    narrow = hop_graph_of(gateways, scope=scope)
    best = Without(narrow).best(frozenset())
    path = None if best is None else describe(gateways.hops, narrow.requirements, best, rank)
    return () if path is None or not _leads_to(service, path) else (path,)


def _leads_to(service: str, path: Path) -> bool:
    return any(use.service == service for step in path.steps for use in step.services)
