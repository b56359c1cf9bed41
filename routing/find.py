"""The questions that routing answers: which paths, in which order; and who serves an area."""

from __future__ import annotations

import numpy as np

from routing.alternatives import Without, rank
from routing.budget import OutOfTime, never
from routing.case import Case
from routing.conditional import Opened, find_conditional
from routing.eligibility import NO, ClientView
from routing.model import Answer, Client, Profile
from routing.paths import describe
from routing.ports import AskRules, HopRules
from routing.problem import build_problem
from routing.reasons import explain_uncovered
from routing.snapshot import Snapshot


def find_paths(
    snapshot: Snapshot,
    profile: Profile,
    *,
    rules: HopRules,
    asks: AskRules | None = None,
    out_of_time: OutOfTime = never,
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
    problem = build_problem(Case(snapshot, profile), rules)
    found = rank(Without(problem), profile.limit, out_of_time=out_of_time)
    paths = tuple(describe(problem, plan, place) for place, plan in enumerate(found.plans, start=1))
    covered = {kind for path in paths for kind in path.covers}
    opened = Opened((), complete=False)
    if asks is not None:
        opened = find_conditional(problem, next(iter(found.plans), None), asks, out_of_time=out_of_time)
    return Answer(
        paths=paths,
        uncovered=tuple(explain_uncovered(problem, n) for n in profile.needs if n.type not in covered),
        sole_providers=tuple(snapshot.organizations[number].slug for number in sorted(found.sole_providers)),
        paths_complete=found.complete,
        conditional_paths=tuple(opened.paths),
        conditional_complete=opened.complete,
    )


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
