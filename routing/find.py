"""The questions that routing answers: which paths, in which order; and who serves an area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from routing.alternatives import Ranking, Without, rank
from routing.beside import Beside
from routing.budget import OutOfTime, TimeIsUp, never
from routing.case import Case
from routing.conditional import Opened, find_conditional
from routing.eligibility import NO, YES, ClientView
from routing.feasible import Needed
from routing.gateways import Gateways
from routing.hops import Hops
from routing.instead import Elsewhere, pressing_needs, standing_of
from routing.model import Answer, Client, Profile
from routing.moment import Moment
from routing.narrow import Narrowing
from routing.offers import ENDLESS
from routing.paths import describe
from routing.plans import Bar
from routing.ports import AskRules, HopRules
from routing.problem import Problem, problem_of
from routing.reasons import explain_uncovered
from routing.snapshot import Snapshot
from routing.tables import points


def find_paths(
    snapshot: Snapshot,
    profile: Profile,
    *,
    rules: HopRules,
    asks: AskRules | None = None,
    out_of_time: OutOfTime = never,
    moment: Moment | None = None,
) -> Answer:
    """Return the best referral paths from the origin, best first, at most `profile.limit`.

    Pure and deterministic: equal inputs give equal output; ties fall to fewer hand-offs, then slugs. Exact: the first
    path is the best there is, each later one the best that does without an organization of every earlier one. When
    `out_of_time` says so, the first path stands, what else was found stands, and `paths_complete` is False.

    With `asks`, conditional paths are looked for as well: what facts, consents and choices would open.

    Raises:
        UnknownOrganization: the origin is not in this snapshot.
        UnknownArea: the client's area is not in this snapshot.
        SearchDefect: the search contradicts its own prices; no answer is given.
    """
    problem, found = search_paths(Case(snapshot, profile, earlier=moment), rules, out_of_time=out_of_time)
    if found.complete:
        problem.case.moment.searched = profile, problem.hops.asked
    paths = tuple(describe(problem, plan, place) for place, plan in enumerate(found.plans, start=1))
    covered = {kind for path in paths for kind in path.covers}
    left = [need for need in profile.needs if need.type not in covered]
    opened = Opened((), complete=False)
    if asks is not None:
        opened = find_conditional(problem, next(iter(found.plans), None), asks, out_of_time=out_of_time)
    first = next(iter(paths), None)
    elsewhere, standing = Elsewhere(problem.hops, first), standing_of(profile, first)
    return Answer(
        paths=paths,
        uncovered=elsewhere.near(explain_uncovered(problem.hops, problem.gateways, left)),
        sole_providers=tuple(snapshot.organizations[number].slug for number in sorted(found.sole_providers)),
        paths_complete=found.complete,
        conditional_paths=tuple(opened.paths),
        conditional_complete=opened.complete,
        instead=elsewhere.instead(),
        later=elsewhere.later(),
        pressing=pressing_needs(profile),
        standing=standing,
        advocate=elsewhere.advocate(standing),
    )


def search_paths(
    case: Case, rules: HopRules, *, out_of_time: OutOfTime = never, with_sole_providers: bool = True
) -> tuple[Problem, Ranking]:
    """Return the ranking of all paths, and the graph that it was found in: no more of it than it takes to be sure.

    Pure; the same ranking as in the whole graph.

    Raises:
        UnknownArea: the client's area is not in the snapshot.
    """
    narrowing, gateways, limit = Narrowing(case), Gateways(case, Hops(case, rules)), case.profile.limit
    candidates = None if with_sole_providers else frozenset[int]()
    if narrowing.is_plainly_short:
        whole = Without(problem_of(gateways))
        return whole.problem, rank(whole, limit, out_of_time=out_of_time, candidates=candidates)
    plain, within = _plain(narrowing, gateways)
    found = rank(plain, limit, out_of_time=out_of_time, candidates=candidates)
    if not found.complete:
        return _first_path(narrowing, gateways, found)
    beside, without, most = Beside(narrowing, plain, found, within, out_of_time), plain, narrowing.most(found.plans)
    if most is not None and not narrowing.is_plain(most):
        narrowing = narrowing.closer(gateways, narrowing.within(most))
    if most is not None and not (most <= within and narrowing.is_plain(most)):
        within, candidates = most, found.sole_providers
        without = Without(problem_of(gateways, scope=narrowing.up_to(within)))
        found = beside.rank(without, candidates, Bar(sum(narrowing.least_open), within + 1))
    if found.complete and not narrowing.is_settled(found.plans, within):
        whole = Without(problem_of(gateways))
        return whole.problem, beside.rank(whole, candidates)
    return without.problem, _with_sole_providers(narrowing, gateways, found, out_of_time)


def _plain(narrowing: Narrowing, gateways: Gateways) -> tuple[Without, int]:
    """Return the paths with nothing added and no gateway, all that are worth no more than so many points."""
    most = None
    if narrowing.is_worth_it:
        glance = Without(problem_of(gateways, scope=narrowing.first()))
        most = narrowing.most(rank(glance, narrowing.case.profile.limit, candidates=frozenset()).plans)
        if most is not None and narrowing.is_first(most):
            return glance, most
    within = ENDLESS if most is None else most
    return Without(problem_of(gateways, scope=narrowing.plainly_within(within))), within


def _first_path(narrowing: Narrowing, gateways: Gateways, plain: Ranking) -> tuple[Problem, Ranking]:
    """Return the one path that is owed when time has run out, whatever may have to be added to it."""
    first, scope = plain.plans[0], None
    if first.open_required == narrowing.least_open:
        most = points(first.value)
        if not narrowing.is_plain(most):
            narrowing = narrowing.closer(gateways, narrowing.within(most))
        scope = narrowing.up_to(most)
    problem = problem_of(gateways, scope=scope)
    best = Without(problem).best(frozenset())
    sole = narrowing.surely_needed(best, plain.sole_providers)
    return problem, Ranking(() if best is None else (best,), sole, complete=False)


def _with_sole_providers(narrowing: Narrowing, gateways: Gateways, found: Ranking, out_of_time: OutOfTime) -> Ranking:
    """Return the ranking with those of its sole providers that nobody left out of the graph could stand in for."""
    needed = {one: narrowing.is_needed(one) for one in sorted(found.sole_providers)}
    sole, unsure = ({one for one, known in needed.items() if known is said} for said in (True, None))
    if not unsure or not found.complete:
        return replace(found, sole_providers=frozenset(sole))
    try:
        with narrowing.case.patience.until(out_of_time):
            sole |= _needed(gateways, unsure, sum(narrowing.least_open))
    except TimeIsUp:
        return replace(found, sole_providers=frozenset(sole), complete=False)
    return replace(found, sole_providers=frozenset(sole))


def _needed(gateways: Gateways, organizations: set[int], most_open: int) -> set[int]:
    """Return those of some organizations without which no path leaves so few required needs open."""
    unpriced = Needed(gateways, most_open)
    found = {one: unpriced.is_needed(one) for one in sorted(organizations)}
    if None in found.values():
        whole = Without(problem_of(gateways))
        unsure = [one for one, known in found.items() if known is None]
        found.update({one: not whole.exists(frozenset({one}), most_open) for one in unsure})
    return {one for one, is_needed in found.items() if is_needed}


def surely_speak(snapshot: Snapshot, client: Client, rows: Sequence[int]) -> list[int]:
    """Return those of these service rows that surely have a language of the client's: "es" serves "es-MX". Pure."""
    asked = np.asarray(rows, dtype=np.int32)
    return [int(row) for row in asked[ClientView(snapshot, client).language(asked) == YES]]


def organizations_near(snapshot: Snapshot, client: Client, kind: str) -> tuple[str, ...]:
    """Return the organizations (slugs, sorted) with an active service of a type that may cover the client's area. Pure.

    Where it is not known whether an area is covered, the organization is among them.

    Raises:
        UnknownArea: the client's area is not in this snapshot.
    """
    rows = snapshot.postings.get(kind, np.empty(0, dtype=np.int32))
    near = rows[snapshot.columns.active[rows] & (ClientView(snapshot, client).area(rows) != NO)]
    return tuple(
        sorted({snapshot.organizations[number].slug for number in snapshot.columns.organization[near].tolist()})
    )
