"""The second oracle: Dijkstra over an explicit product graph, one graph for each planned set of types.

A node is (holder, open types, added types still waiting for whoever requires them, was the last step internal, needs
met without a report).
The plan fixes which needs are covered, which prerequisites are added and how urgent each is, so every step has a
weight that depends on its two nodes alone. It shares with brute force the reading of bundle and hop (`reading.py`,
`hops.py`), not the enumeration, the judging of prerequisites or the prices.
"""

import math
from itertools import chain, combinations, product

import networkx as nx
from oracle.hops import admits, mode_of, relationship, types_handed_over
from oracle.reading import FROM_ANYWHERE, REPORTS, STAYS, URGENCIES, WEIGHT, Case, duration, row_of

DONE = "done"
HANDOFF = {"fewest_handoffs": 400}
BARRED = {"law_enforcement", "prosecutor", "child_welfare", "immigration_authority"}
OPEN_DOOR = {*REPORTS, "court_accompaniment"}
CLOSENESS = {"internal": 0, "coalition": 0, "coordination": 10, "cooperation": 20, "public": 30}


def best(bundle, profile):
    """Return (uncovered required needs by urgency, total) of the best path, or None if there is no path."""
    case = Case(bundle, profile)
    plans = {}
    for needs in powerset(case.needs):
        if needs:
            plans.setdefault(left_open(case, needs), []).append(needs)
    for uncovered in sorted(plans):
        totals = [total for needs in plans[uncovered] if (total := cheapest(case, needs)) is not None]
        if totals:
            return uncovered, min(totals)
    return None


def left_open(case, needs):
    """Return how many required needs a plan leaves open, by urgency."""
    return tuple(
        sum(need["required"] and need["urgency"] == urgency and code not in needs for code, need in case.needs.items())
        for urgency in URGENCIES
    )


def cheapest(case, needs):
    """Return the least total of all paths that cover exactly these needs, or None."""
    optional = sum(not need["required"] for code, need in case.needs.items() if code not in needs)
    totals = []
    for added in plans_of_prerequisites(case, needs):
        levels = {**{code: case.needs[code]["urgency"] for code in needs}, **added}
        total = Plan(case, levels, frozenset(added)).cheapest()
        if total is not None:
            totals.append(total + 1000 * optional)
    return min(totals, default=None)


def plans_of_prerequisites(case, needs):
    """Yield {type: urgency} for every set of at most two prerequisites that something could require."""
    usable = {
        (slug, code)
        for slug, service in case.services.items()
        for code in [*case.types(service), None]
        if case.is_usable(slug, code)
    }
    candidates = {code for slug, _ in usable for code in case.requires(slug)} - set(case.needs)
    offered = {code for _, code in usable if code is not None}
    candidates &= offered
    used = {case.needs[code]["urgency"] for code in needs}
    for added in powerset(candidates):
        if len(added) <= 2:
            for levels in product(sorted(used), repeat=len(added)):
                yield dict(zip(added, levels, strict=True))


class Plan:
    """One planned set of types, each with its urgency, and the graph of all ways to meet them."""

    def __init__(self, case, levels, added):
        self.case, self.levels, self.added = case, levels, added
        self.graph = nx.DiGraph()
        self.start = (case.origin, frozenset(levels), frozenset(), False, frozenset())
        self.moves = self._covering_moves()

    def cheapest(self):
        """Return the least total over all walks that meet everything, or None."""
        self.grow()
        try:
            total = nx.dijkstra_path_length(self.graph, self.start, DONE)
        except (nx.NetworkXNoPath, nx.NodeNotFound):
            return None
        extra = len(self.added) * (4 if self.case.preference == "soonest" else 1)
        return total + extra

    def grow(self):
        """Add every node that can be reached from the start, and its edges."""
        frontier, seen = [self.start], {self.start}
        while frontier:
            node = frontier.pop()
            _, still_open, waiting, _, _ = node
            if not still_open and not waiting:
                self._add(node, DONE, 0)
                continue
            for target, weight in self.edges(node):
                self._add(node, target, weight)
                if target not in seen:
                    seen.add(target)
                    frontier.append(target)

    def _add(self, node, target, weight):
        if weight < self.graph.get_edge_data(node, target, {"weight": math.inf})["weight"]:
            self.graph.add_edge(node, target, weight=weight)

    # -- edges ---------------------------------------------------------------------------------------------

    def _covering_moves(self):
        """Return all (organization, {service: types}) that one step could cover under this plan."""
        by_organization = {}
        for slug, owner in self.case.owner.items():
            for code in self.case.types(self.case.services[slug]) & set(self.levels):
                if self.case.is_usable(slug, code) and not self.case.shut(slug, self.levels[code], code):
                    by_organization.setdefault(owner, {}).setdefault(code, []).append(slug)
        moves = []
        for owner, offers in by_organization.items():
            for codes in powerset(offers):
                for services in product(*(offers[code] for code in codes)) if codes else ():
                    parts = {}
                    for code, slug in zip(codes, services, strict=True):
                        parts.setdefault(slug, set()).add(code)
                    moves.append((owner, frozenset(codes), parts))
        return moves

    def edges(self, node):
        """Yield (next node, weight) for every step, or gateway and step, from a node."""
        holder, still_open, waiting, was_internal, seen = node
        origin = self.case.origin
        met = frozenset(self.levels) - still_open
        for owner, codes, parts in self.moves:
            if not codes <= still_open or not self._in_order(parts, met):
                continue
            after = self._claim(parts.items(), waiting | (codes & self.added))
            if after is None:
                continue
            late, later = self._late(codes, seen), seen | (codes - self.added)
            if owner == origin:
                if not was_internal:
                    weight = self._serving(parts) + self._questions(parts, "internal") + late
                    yield (origin, still_open - codes, after, True, later), weight
                continue
            reported = {case_type for case_type in codes if owner in self.case.reports.get(case_type, ())}
            if reported:
                if reported == codes:
                    weight = (
                        HANDOFF.get(self.case.preference, 100)
                        + self._exposure(owner, codes)
                        + self._serving(parts, reported)
                    )
                    yield (holder, still_open - codes, after, False, seen), weight
                continue
            target = owner, still_open - codes, after, False, later
            for giver in {origin, holder}:
                weight = self._hop(giver, owner, parts, still_open)
                if weight is not None:
                    yield target, weight + self._serving(parts) + late
                for led, weight in self._through_gateways(giver, owner, parts, node, codes):
                    yield (*led, later), weight + late

    def _through_gateways(self, giver, owner, parts, node, codes):
        _, still_open, waiting, _, _ = node
        case, met = self.case, frozenset(self.levels) - still_open
        pairs = [(slug, {code}) for slug, own in parts.items() for code in own]
        if any(admits(case, slug, who, types) for slug, types in pairs for who in {case.origin, giver}):
            return
        urgency = min((self.levels[code] for code in codes), key=URGENCIES.index)
        for slug, gateway in case.owner.items():
            if gateway in {case.origin, owner} or case.kind(gateway) in BARRED or not case.is_usable(slug, None):
                continue
            if case.shut(slug, urgency, None) or not case.requires(slug) <= met:
                continue
            first = self._hop(giver, gateway, {slug: set()}, still_open)
            second = self._hop(gateway, owner, parts, still_open)
            if first is None or second is None:
                continue
            claimed = self._claim_at(slug, urgency, waiting)
            after = None if claimed is None else self._claim(parts.items(), claimed | (codes & self.added))
            if after is not None:
                speed = 4 if case.preference == "soonest" else 1
                wait = speed * WEIGHT[urgency] * case.hours_to_wait(slug)
                weight = first + wait + self._doubt(slug, None) + second + self._serving(parts)
                yield (owner, still_open - codes, after, False), weight

    def _in_order(self, parts, met):
        """Say whether the services of a step can follow one another, each after what it requires."""
        met, waiting_parts = set(met), dict(parts)
        while waiting_parts:
            ready = [slug for slug in waiting_parts if self.case.requires(slug) <= met]
            if not ready:
                return False
            for slug in ready:
                met |= waiting_parts.pop(slug)
        return True

    def _claim(self, parts, waiting):
        """Return the added types still unclaimed after these services, or None where one was planned too lax."""
        for slug, codes in parts:
            waiting = self._claim_at(slug, min((self.levels[c] for c in codes), key=URGENCIES.index), waiting)
            if waiting is None:
                return None
        return waiting

    def _claim_at(self, slug, urgency, waiting):
        for code in self.case.requires(slug) & self.added:
            if URGENCIES.index(self.levels[code]) > URGENCIES.index(urgency):
                return None
            if self.levels[code] == urgency:
                waiting = waiting - {code}
        return waiting

    # -- weights -------------------------------------------------------------------------------------------

    def _hop(self, giver, taker, parts, still_open):
        """Return the weight of the hand-off itself, or None where it is not allowed."""
        case, codes = self.case, types_handed_over(self.case, parts)
        if giver == taker or not all(admits(case, slug, giver, codes) for slug in parts):
            return None
        mode = mode_of(case, giver, taker, parts)
        if mode is None:
            return None
        weight = HANDOFF.get(case.preference, 100) + CLOSENESS[relationship(case, giver, taker, codes)]
        pressure = sum(WEIGHT[self.levels[code]] for code in still_open) * (4 if case.preference == "soonest" else 1)
        if mode == "warm":
            weight += pressure
        if mode == "self":
            weight += 10 + 2 * pressure
        if mode == "packet":
            weight += (80 if case.preference == "most_private" else 20) + 4 * pressure
        return weight + self._exposure(taker, set().union(*parts.values())) + self._questions(parts, mode)

    def _late(self, codes, seen):
        """Return the weight of what should have come before: 40 for each need met already that could have waited."""
        pairs = product(codes - self.added, seen)
        return 40 * sum(self.levels[c] == self.levels[s] and row_of(c) < row_of(s) for c, s in pairs)

    def _questions(self, parts, mode):
        """Return the weight of what the agency has to ask or arrange: one of traits or companions, one of language."""
        dearest = [0, 0]
        for slug, codes in parts.items():
            for code in codes or [None]:
                points = self.case.confirm_points(slug, code, mode)
                dearest = [max(pair) for pair in zip(dearest, points, strict=True)]
        return sum(dearest)

    def _exposure(self, taker, codes):
        level = self.case.exposure(taker)
        if level == "discoverable" and codes and not codes - (OPEN_DOOR & set(self.case.needs)):
            level = "disclosed"
        private, soon = self.case.preference == "most_private", self.case.preference == "soonest"
        points = {"protected": 0, "disclosed": 80 if private else 20, "discoverable": 60 if soon else 10**6}[level]
        bed = bool(codes & STAYS)
        if bed and level == "disclosed":
            points += 40
        if self.case.is_trafficked() and not self.case.is_specialised(taker):
            points += 100 if bed else 40 if codes & {"case_management", "trauma_counseling", "victim_advocacy"} else 0
        return points

    def _serving(self, parts, reported=frozenset()):
        """Return the weight of what the services themselves cost for the types they meet."""
        return sum(self._serving_one(slug, code, code in reported) for slug, codes in parts.items() for code in codes)

    def _serving_one(self, slug, code, is_report):
        case = self.case
        referral = case.services[slug].get("referral") or {}
        hours = case.hours_to_wait(slug)
        if referral.get("response_time"):
            hours += min(168, math.ceil(duration(referral["response_time"]).total_seconds() / 3600))
        points = (4 if case.preference == "soonest" else 1) * WEIGHT[self.levels[code]] * hours + self._doubt(
            slug, code
        )
        if code in case.designated_types and not referral.get("designated"):
            points += 30
        if is_report:
            return points
        km = case.kilometres_to(slug)
        if km is None:
            return points + (0 if code in FROM_ANYWHERE else 60)
        return points + min(100, math.ceil(km / 5))

    def _doubt(self, slug, code):
        case, doubt = self.case, 0
        if case.hours(slug)[0] == "unknown":
            doubt += 20
        doubt += {"full": 40, "stale": 10, "unknown": 10}.get(case.capacity(slug, code), 0)
        if not (case.services[slug].get("referral") or {}).get("response_time"):
            doubt += 5
        return doubt


def powerset(items):
    """Return all subsets as sorted tuples, the smallest first."""
    items = sorted(items)
    return list(chain.from_iterable(combinations(items, count) for count in range(len(items) + 1)))
