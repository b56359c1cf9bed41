"""The questions that routing answers: which paths, in which order; and which organizations serve an area."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from routing.client.eligibility import NO, YES, ClientView
from routing.client.scenario import Scenario
from routing.client.unknowns import Unknown, unknowns_of
from routing.conditional.find_conditional import ConditionalPaths, find_conditional
from routing.directory.agencies import Service
from routing.directory.snapshot import Snapshot
from routing.explain.reasons import explain_uncovered
from routing.model import Answer, Client, ConditionalPath
from routing.ranking.search_paths import search_paths
from routing.ranking.second_choices import SecondChoices, pressing_needs, quality_of
from routing.request import Request
from routing.search.describe import describe_all


def find_paths(request: Request) -> Answer:
    """Return the best referral paths from the request's origin, best first, at most `profile.limit`.

    Pure and deterministic: equal inputs give equal output; ties fall to fewer hand-offs, then slugs. Exact: the first
    path is the best of all, each later path the best that does without an organization of every earlier path. When
    `is_expired` says so, the first path and the further results so far stand, and `paths_complete` is False. When
    `past_hard_deadline` says so, so does the best first path so far, and what it is not is no statement: `is_optimal`.

    Raises:
        UnknownOrganization: the origin is not in this snapshot.
        UnknownArea: the client's area is not in this snapshot.
        SearchDefect: the search contradicts its own prices; no answer is given.
    """
    scenario = request.scenario()
    with scenario.time_budget.until(request.past_hard_deadline):
        return _answer(request, scenario)


def _answer(request: Request, scenario: Scenario) -> Answer:
    profile, is_expired = request.profile, request.is_expired
    hop_graph, ranking = search_paths(scenario, request.rules, is_expired=is_expired)
    if ranking.complete:
        request.searched = profile, hop_graph.hops.permits.transfers
    request.best = (hop_graph.hops, next(iter(ranking.ranked_paths), None)) if ranking.is_optimal else None
    paths = describe_all(hop_graph, ranking.ranked_paths)
    first = next(iter(paths), None)
    second_choices, quality = SecondChoices(hop_graph.hops, first), quality_of(profile, first, request.snapshot.law)
    advocate = second_choices.advocate(quality)
    covered = {service_type for path in paths for service_type in path.covers}
    open_needs = [need for need in profile.needs if need.type not in covered]
    uncovered = second_choices.near(explain_uncovered(hop_graph.gateways, open_needs, request.rules))
    conditional = ConditionalPaths((), complete=profile.third_party)
    is_due = "conditional" in request.parts and not profile.third_party
    if is_due and request.asks is not None and request.best is not None:
        conditional = find_conditional(*request.best, request.asks, limit=profile.limit, is_expired=is_expired)
    return Answer(
        paths=paths,
        uncovered=uncovered,
        sole_providers=tuple(request.snapshot.organizations[number].slug for number in sorted(ranking.sole_providers)),
        paths_complete=ranking.complete,
        is_optimal=ranking.is_optimal,
        conditional_paths=tuple(conditional.paths),
        conditional_complete=conditional.complete,
        instead=second_choices.instead() if "instead" in request.parts else (),
        later=second_choices.later() if "later" in request.parts else (),
        pressing=pressing_needs(profile),
        quality=quality,
        advocate=advocate,
        cut=frozenset(second_choices.cut if ranking.is_optimal else second_choices.cut | {"instead"}),
    )


def list_conditional(request: Request, limit: int) -> tuple[ConditionalPath, ...]:
    """Return at most `limit` conditional paths of a request answered by `find_paths`: those proven in time."""
    if request.asks is None or request.best is None:
        return ()
    hops, first = request.best
    return tuple(find_conditional(hops, first, request.asks, limit=limit, is_expired=request.past_hard_deadline).paths)


def find_unknowns(request: Request, age_bounds: Sequence[int]) -> tuple[Unknown, ...]:
    """Return each unknown attribute of the client that bears on a path, with the classes of its answers. Pure.

    `age_bounds`: ages in years from which rules judge otherwise; no class of ages spans such an age.
    """
    return unknowns_of(request.scenario(), age_bounds)


def surely_speak(snapshot: Snapshot, client: Client, rows: Sequence[int]) -> list[int]:
    """Return the rows that surely have a client's language: named ("es" serves "es-MX") or interpreted. Pure."""
    service_rows = np.asarray(rows, dtype=np.int32)
    return [int(row) for row in service_rows[ClientView(snapshot, client).language(service_rows) == YES]]


def services_near(snapshot: Snapshot, client: Client, service_type: str) -> tuple[Service, ...]:
    """Return the active services of a type that may cover the client's area, by slug. Pure.

    Raises:
        UnknownArea: the client's area is not in this snapshot.
    """
    rows = snapshot.postings.get(service_type, np.empty(0, dtype=np.int32))
    near = rows[snapshot.columns.active[rows] & (ClientView(snapshot, client).area(rows) != NO)]
    return tuple(snapshot.services[row] for row in near.tolist())


def organizations_near(snapshot: Snapshot, client: Client, service_type: str) -> tuple[str, ...]:
    """Return the organizations (slugs, sorted) of `services_near`, which may raise UnknownArea. Pure."""
    return tuple(sorted({service.organization for service in services_near(snapshot, client, service_type)}))
