"""What keeps the services of an uncovered need off every path: a count for each reason, each service once under it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from routing.case import Case
from routing.eligibility import DIMENSIONS, NO, UNKNOWN, Eligibility
from routing.feasible import reach
from routing.hops import Offer, covers, packet_classes
from routing.hours import has_room, open_in_time
from routing.model import Need, Reason, Uncovered
from routing.ports import HopRules, Transfer
from routing.problem import Problem, build_problem
from routing.search import prepare, solve

CODES = (
    "no_service",
    "age",
    "area",
    "gender",
    "language",
    "trait",
    "closed",
    "full",
    "source",
    "prerequisite",
    "agreement",
    "consent",
    "mode",
    "avoided",
    "unknown",
)
"""All reason codes, in the order in which they are shown (contract, "uncovered")."""


def explain_uncovered(problem: Problem, need: Need) -> Uncovered:
    """Return what rules out each service of the need's type; pure.

    A service that is not active counts only under `closed`; one counts under `unknown` only when nothing else rules
    it out. Reasons may be empty: then the need could be covered, at a price that was not worth it.
    """
    rows = problem.case.snapshot.postings.get(need.type, np.empty(0, dtype=np.int32))
    if not len(rows):
        return Uncovered(need.type, (Reason("no_service", 0),))
    verdicts = problem.case.judge(rows)
    _, reached = reach(problem)
    failures = {
        row: _failures(problem, need, row, verdicts, place=place, reached=reached)
        for place, row in enumerate(rows.tolist())
    }
    counts = Counter(code for found in failures.values() for code in found)
    return Uncovered(
        need.type,
        tuple(
            Reason(code, counts[code], _next_opening(problem.case, failures) if code == "closed" else None)
            for code in CODES
            if counts[code]
        ),
    )


def _failures(
    problem: Problem, need: Need, row: int, verdicts: Eligibility, *, place: int, reached: frozenset[int]
) -> set[str]:
    case = problem.case
    if not case.snapshot.columns.active[row]:
        return {"closed"}
    found = {name for name in DIMENSIONS if getattr(verdicts, name)[place] == NO}
    availability = case.availability(row)
    if not open_in_time(availability, need.urgency, case.profile.at, case.snapshot.zone):
        found.add("closed")
    if not has_room(availability, need.urgency):
        found.add("full")
    if case.avoided(case.owner(row)):
        found.add("avoided")
    found |= _door(problem, need, row, reached)
    if not found and verdicts.overall[place] == UNKNOWN:
        found.add("unknown")
    if not found and _missing(case, row) and not _can_be_met(case, problem.hops.rules, need, need.type):
        # Each thing that has to come first could be met, and all of it together is more than one path may add.
        found.add("prerequisite")
    return found


def _missing(case: Case, row: int) -> frozenset[str]:
    return case.service(row).requires - case.profile.client.completed


def _door(problem: Problem, need: Need, row: int, reached: frozenset[int]) -> set[str]:
    """Return what is wrong with the way in: who may refer, what must come first, and how to hand over."""
    case = problem.case
    missing = _missing(case, row)
    found = set() if all(_can_be_met(case, problem.hops.rules, need, kind) for kind in missing) else {"prerequisite"}
    organization = case.owner(row)
    if organization == case.origin:
        return found
    senders = reached - {organization}
    admitted = frozenset(holder for holder in senders if not problem.hops.refuses(row, need.type, holder))
    ways_in = admitted | _gateways(problem, need, row, senders)
    if not ways_in:
        found.add("source")
    offer = Offer(row, organization, 0, need.type, 0, 0)
    found |= _mode_failures(problem, offer, ways_in or senders)
    if not found and admitted and not _can_be_met(case, problem.hops.rules, need, need.type):
        # A gateway stands only where the holder is turned away: those who are admitted have to find their own way.
        found = _mode_failures(problem, offer, admitted)
    return found


def _gateways(problem: Problem, need: Need, row: int, senders: frozenset[int]) -> frozenset[int]:
    """Return the organizations that could be a gateway to this service and can themselves be handed over to."""
    case, found = problem.case, set()
    for own in problem.gateways.rows(row, need.type, need.urgency):
        gateway = case.owner(own)
        missing = _missing(case, own)
        in_reach = any(True for sender in senders - {gateway} for _ in problem.hops.through(sender, gateway, own))
        if in_reach and all(_can_be_met(case, problem.hops.rules, need, kind) for kind in missing):
            found.add(gateway)
    return frozenset(found)


def _can_be_met(case: Case, rules: HopRules, need: Need, kind: str) -> bool:
    """Say whether some path meets this prerequisite by itself, as urgently as it would have to be."""
    own = next((n for n in case.profile.needs if n.type == kind), Need(kind, need.urgency))
    alone = Case(case.snapshot, replace(case.profile, needs=(replace(own, required=True),)))
    return any(tables.starts for tables in solve(prepare(build_problem(alone, rules))))


def _mode_failures(problem: Problem, offer: Offer, senders: frozenset[int]) -> set[str]:
    case, service = problem.case, problem.case.service(offer.service)
    if "self" in service.accepts or ("warm" in service.accepts and case.profile.client_present is True):
        return set()
    found = {"mode"} if "warm" in service.accepts else set()
    if "packet" not in service.accepts:
        return found
    for holder in senders:
        for agreement in (None, *problem.hops.agreements(holder, offer.organization)):
            if problem.hops.packet_allowed(holder, offer, agreement):
                return set()
    return found | _hindrances(problem, offer, senders)


def _hindrances(problem: Problem, offer: Offer, senders: frozenset[int]) -> set[str]:
    """Return what stops a packet from the origin, or from each sender where the origin is not among them."""
    case, service = problem.case, problem.case.service(offer.service)
    found: set[str] = set()
    for holder in sorted({case.origin} & senders or senders):
        slug = case.organization(holder).slug
        in_force = problem.hops.agreements(holder, offer.organization)
        covering = next((agreement.slug for agreement in in_force if covers(agreement, offer.type)), None)
        for data in packet_classes(service, (offer.type,)):
            found |= problem.hops.rules.hindrances(Transfer(slug, service.organization, data, covering))
    return found


def _next_opening(case: Case, failures: dict[int, set[str]]) -> datetime | None:
    """Return when the first closed service opens: one that only waiting would open, if there is any."""
    closed = [row for row, found in failures.items() if "closed" in found and case.snapshot.columns.active[row]]
    waiting = [row for row in closed if failures[row] == {"closed"}]
    openings = [case.availability(row).opens_at for row in waiting or closed]
    return min((o for o in openings if o is not None), key=lambda o: o.astimezone(UTC), default=None)
