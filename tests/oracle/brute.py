"""Every feasible path of a small coalition, written out and priced one by one: the first oracle.

Nothing here is clever. A path is built as the guide tells it: choose which needs it covers, which service
meets each type, in which steps and order, who refers, through which gateways; then judge urgency, time and cost on
the finished path. Exponential: for instances of a handful of organizations and needs only.

Ties: two paths with one contract key (same total, hand-offs, organizations and services) can still differ in who
refers or in which service meets which need. `OraclePath.key` is the guide's; the order among equals is fixed here
by the steps' text, and tests should compare keys.
"""

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from oracle.hops import admits, mode_of, relationship, types_handed_over
from oracle.reading import (
    FROM_ANYWHERE,
    LAW,
    STAYS,
    URGENCIES,
    WEIGHT,
    Case,
    duration,
    most_urgent,
    row_of,
    whole_hours,
)
from oracle.reasons import reasons_for

MODE_HOURS = {"internal": 0, "report": 0, "warm": 1, "self": 2, "packet": 4}
NEVER_GATEWAYS = set(LAW["only_by_choice"])
EXEMPT = set(LAW["may_be_discoverable"])
SUPPORT = set(LAW["support"])
EXPOSURES = ("protected", "disclosed", "discoverable")
MOST_ADDED = 2


@dataclass(frozen=True)
class Step:
    """One hand-off: `parts` maps each service to the set of types it covers (empty for a gateway)."""

    holder: str
    to: str
    parts: dict = field(hash=False)
    mode: str
    relationship: str

    @cached_property
    def covers(self):
        return frozenset().union(*self.parts.values())

    @property
    def is_gateway(self):
        return not self.covers

    @property
    def hands_over(self):
        return self.mode not in ("internal", "report")

    @property
    def is_internal(self):
        return self.mode == "internal"


@dataclass(frozen=True)
class OraclePath:
    """One feasible path with its price; `steps` are (from, to, services, mode, covers, relationship)."""

    key: tuple
    steps: tuple
    terms: dict
    total: int
    covers: tuple  # needs covered, sorted
    uncovered_required: tuple
    uncovered_optional: tuple
    exposure: str
    organizations: frozenset  # in any role as a receiver
    covering: frozenset  # those that cover a need or a prerequisite
    parts: tuple  # per step, ((service, covers), ...): finer than `steps`
    levels: dict = field(hash=False)  # the urgency at which each type is judged
    asked_in_turn: tuple  # per step, ((service, what is to confirm there), ...) in the order in which to ask


# -- the questions that tests ask --------------------------------------------------------------------------


def best_paths(bundle, profile):
    """Return every feasible path, best first, in the documented order."""
    case = Case(bundle, profile)
    priced = [price(case, steps, levels) for steps, levels in feasible(case)]
    return sorted(priced, key=lambda path: (path.key, path.parts, path.steps))


def alternatives(bundle, profile, limit=None, paths=None, *, open_more=False):
    """Return the ranked answer: the best path, then the answers to "and if they say no?".

    `paths` may be the result of `best_paths` for the same input, to save working it out again. `open_more`: a later
    path may leave more required needs open than the first, as for a client of a group.
    """
    paths = best_paths(bundle, profile) if paths is None else paths
    limit = (profile.get("limit") or 3) if limit is None else limit
    ranked = []
    for path in paths:
        if len(ranked) == limit:
            break
        as_many = not ranked or len(path.uncovered_required) <= len(ranked[0].uncovered_required)
        if (as_many or open_more) and all(earlier.covering - path.organizations for earlier in ranked):
            ranked.append(path)
    return ranked


def sole_providers(bundle, profile, paths=None):
    """Return the organizations without which no path covers as many required needs, sorted."""
    paths = best_paths(bundle, profile) if paths is None else paths
    if not paths:
        return []
    fewest_open = len(paths[0].uncovered_required)
    return sorted(
        slug
        for slug in paths[0].organizations
        if not any(len(path.uncovered_required) <= fewest_open for path in paths if slug not in path.organizations)
    )


def uncovered(bundle, profile, limit=None, paths=None):
    """Return, for each need that no listed path covers, how many services fail for which reason."""
    paths = best_paths(bundle, profile) if paths is None else paths
    paths_listed = alternatives(bundle, profile, limit, paths)
    case = Case(bundle, profile)
    types_covered = {code for path in paths_listed for code in path.covers}
    return {
        code: reasons_for(case, code, paths, lambda *changes: best_paths(bundle, supposed(profile, *changes)))
        for code in sorted(set(case.needs) - types_covered)
    }


def supposed(profile, needs, completed):
    """Return a profile with other needs, and with more that is completed."""
    return {**profile, "needs": needs, "client": {**profile["client"], "completed": completed}}


def size(bundle, profile, most):
    """Return how many beginnings of paths brute force would look at, stopping at `most`."""
    count = 0
    case = Case(bundle, profile)
    for provider in assignments(case):
        beginnings = [(frozenset(provider), ())]
        while beginnings:
            count += 1
            if count >= most:
                return count
            beginnings.extend(next_steps(case, provider, *beginnings.pop()))
    return count


# -- which types, met by which services --------------------------------------------------------------------


def feasible(case):
    """Yield (steps, urgency by type) of every feasible path."""
    for provider in assignments(case):
        for steps in sequences(case, provider, frozenset(provider), ()):
            levels = judge(case, steps)
            if levels is not None:
                yield steps, levels


def assignments(case):
    """Yield every way to give each covered type one service, with every prerequisite covered too."""
    offers = {}
    for slug in sorted(case.services):
        for code in case.types(case.services[slug]):
            if case.is_usable(slug, code):
                offers.setdefault(code, []).append(slug)
    places_seen = set()
    extras = gateway_prerequisites(case)
    for needs in nonempty_subsets(sorted(case.needs)):
        for extra in subsets(extras):
            for provider in complete(case, offers, set(needs), {}, [*needs, *extra]):
                as_key = frozenset(provider.items())
                if as_key not in places_seen and is_acyclic(case, provider):
                    places_seen.add(as_key)
                    yield provider


def complete(case, offers, needs, provider, waiting):
    """Choose a service for each waiting type; what a chosen service requires waits as well."""
    if not waiting:
        yield provider
        return
    code, *waiting = waiting
    if code in provider:
        yield from complete(case, offers, needs, provider, waiting)
        return
    for slug in offers.get(code, []):
        if code in case.needs and case.shut(slug, case.needs[code]["urgency"], code):
            continue
        required = sorted(case.requires(slug))
        if any(prerequisite in case.needs and prerequisite not in needs for prerequisite in required):
            continue
        providers = {**provider, code: slug}
        if sum(type_code not in case.needs for type_code in providers) <= MOST_ADDED:
            yield from complete(case, offers, needs, providers, waiting + required)


def gateway_prerequisites(case):
    """Return the types that some possible gateway requires: they too may be added for its sake."""
    return sorted(
        code
        for code in {code for slug in case.services if may_be_gateway(case, slug) for code in case.requires(slug)}
        if code not in case.needs
    )


def may_be_gateway(case, slug):
    """Say whether a service could ever stand in for nothing but an introduction."""
    owner = case.owner[slug]
    return (
        case.is_usable(slug, None)
        and owner != case.origin
        and (case.by_choice or case.kind(owner) not in NEVER_GATEWAYS)
    )


def is_acyclic(case, provider):
    """Say whether the types can be met in some order, each after what its service requires."""
    ready_before = set()
    while len(ready_before) < len(provider):
        ready = {code for code in set(provider) - ready_before if case.requires(provider[code]) <= ready_before}
        if not ready:
            return False
        ready_before |= ready
    return True


# -- in which steps ----------------------------------------------------------------------------------------


def sequences(case, provider, remaining, steps):
    """Yield every sequence of steps that meets the remaining types, in every order and grouping."""
    if not remaining:
        yield steps
        return
    for still_remaining, longer in next_steps(case, provider, remaining, steps):
        yield from sequences(case, provider, still_remaining, longer)


def next_steps(case, provider, remaining, steps):
    """Yield (types that then remain, steps so far) for every covering step that may come next."""
    types_met = frozenset(provider) - remaining
    for group in groups(case, provider, remaining, types_met):
        parts = {}
        for code in sorted(group):
            parts[provider[code]] = parts.get(provider[code], frozenset()) | {code}
        for more in ways_to_reach(case, parts, types_met, steps):
            yield remaining - group, steps + more


def groups(case, provider, remaining, types_met):
    """Yield the sets of types that can be the next step: one organization, prerequisites met."""
    by_organization = {}
    for code in sorted(remaining):
        by_organization.setdefault(case.owner[provider[code]], []).append(code)
    for codes in by_organization.values():
        for group in nonempty_subsets(codes):
            if all(case.requires(provider[code]) <= types_met | set(group) for code in group):
                yield frozenset(group)


def ways_to_reach(case, parts, types_met, steps):
    """Yield the ways to take one covering step next: alone, or with one gateway before it."""
    recipient = case.owner[next(iter(parts))]
    last = next((step.to for step in reversed(steps) if step.mode != "report"), case.origin)
    reported = [case.report_to(service, [code]) for service, codes in parts.items() for code in codes]
    if any(reported) and recipient != case.origin:
        if all(reported):
            internal = case.family(case.origin) == case.family(recipient)
            yield (Step(case.origin, recipient, parts, "report", "internal" if internal else "public"),)
        return
    if recipient == case.origin:
        if not (steps and steps[-1].is_internal):  # two in a row are one step
            yield (Step(case.origin, case.origin, parts, "internal", "internal"),)
        return
    for holder in sorted({case.origin, last}):
        direct = hand_off(case, holder, recipient, parts)
        if direct:
            yield (direct,)
        for gateway in gateways(case, holder, parts, types_met):
            onward = hand_off(case, gateway.to, recipient, parts)
            if onward:
                yield (gateway, onward)


def gateways(case, holder, parts, types_met):
    """Yield the gateway steps from a holder, where each next service refuses origin and holder for each type it meets.

    Type by type: two of which an agreement covers one are no closed door for that one.
    """
    recipient = case.owner[next(iter(parts))]
    pairs = [(service, {code}) for service, codes in parts.items() for code in codes]
    if any(admits(case, service, sender, types) for service, types in pairs for sender in (case.origin, holder)):
        return
    for slug in sorted(case.services):
        if may_be_gateway(case, slug) and case.owner[slug] != recipient and case.requires(slug) <= types_met:
            step = hand_off(case, holder, case.owner[slug], {slug: frozenset()})
            if step:
                yield step


def hand_off(case, holder, recipient, parts):
    """Return the step of one hand-off, or None where it is not allowed as things stand."""
    key = "hand_off", holder, recipient, tuple(sorted((s, tuple(sorted(c))) for s, c in parts.items()))
    return case.remember(key, lambda: _hand_off(case, holder, recipient, parts))


def _hand_off(case, holder, recipient, parts):
    handed_over = types_handed_over(case, parts)
    if holder == recipient or not all(admits(case, service, holder, handed_over) for service in parts):
        return None
    mode = mode_of(case, holder, recipient, parts)
    if mode is None:
        return None
    return Step(holder, recipient, parts, mode, relationship(case, holder, recipient, handed_over))


# -- how urgent, and is it there then ----------------------------------------------------------------------


def judge(case, steps):
    """Return the urgency at which each type of a finished path is judged, or None if the path fails.

    A need has its own urgency. An added prerequisite has that of the most urgent service that requires it, and
    there must be one. A gateway has that of the step after it.
    """
    added = {code for step in steps for code in step.covers} - set(case.needs)
    levels = {code: need["urgency"] for code, need in case.needs.items()}
    settled = False
    while not settled:
        settled = True
        for service, urgency in services_used(steps, levels):
            for code in case.requires(service) & added if urgency else ():
                level = most_urgent([urgency, levels.get(code, "later")])
                settled = settled and levels.get(code) == level
                levels[code] = level
    if len(added) > MOST_ADDED or not added <= set(levels):
        return None
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        for service, codes in step.parts.items():
            if any(case.shut(service, levels[code], code) for code in codes):
                return None
            if not codes and case.shut(service, most_urgent([levels[code] for code in following.covers]), None):
                return None
    return levels


def services_used(steps, levels):
    """Return (service, most urgent level known so far) for every service of the path, gateways included."""
    uses = []
    for index, step in enumerate(steps):
        for service, codes in step.parts.items():
            asked_by = codes or steps[index + 1].covers
            urgencies = [levels[code] for code in asked_by if code in levels]
            uses.append((service, most_urgent(urgencies) if urgencies else None))
    return uses


# -- what it costs -----------------------------------------------------------------------------------------


def price(case, steps, levels):
    """Return the finished path with its cost terms, one by one."""
    preference = case.preference
    external = [step for step in steps if not step.is_internal]
    types_covered = {code for step in steps for code in step.covers}
    added = types_covered - set(case.needs)
    open_needs = set(case.needs) - types_covered
    optional = sorted(code for code in open_needs if not case.needs[code]["required"])
    required = sorted(open_needs - set(optional))
    meetings = [(code, service) for step in steps for service, codes in step.parts.items() for code in codes]
    through = [next(iter(step.parts)) for step in steps if step.is_gateway]
    terms = {
        "handoffs": len(external) * (400 if preference == "fewest_handoffs" else 100),
        "exposure": sum(exposure_points(case, step) for step in external),
        "delay": (delay_hours(case, steps, levels) + len(added)) * (4 if preference == "soonest" else 1),
        "order": 40 * len(pairs_out_of_order(case, steps)),
        "uncertain": sum(uncertain_points(case, service, code) for code, service in meetings)
        + sum(uncertain_points(case, service, None) for service in through)
        + sum(confirm_points(case, step) for step in steps),
        "distance": sum(
            distance_points(case, service, code)
            for step in steps
            for service, codes in step.parts.items()
            for code in codes
            if step.mode != "report"
        ),
        "specialised": sum(specialised_points(case, step) for step in external),
        "not_designated": sum(
            30
            for code, service in meetings
            if code in case.designated_types and not case.referral(case.services[service]).get("designated")
        ),
        "mode": sum(mode_points(step.mode, preference) for step in external if step.hands_over),
        "relationship": sum(
            {"internal": 0, "coalition": 0, "coordination": 10, "cooperation": 20, "public": 30}[step.relationship]
            for step in external
            if step.hands_over
        ),
        "asks": 0,
        "optional_uncovered": 1000 * len(optional),
    }
    total = sum(terms.values())
    by_urgency = Counter(case.needs[code]["urgency"] for code in required)
    step_keys = tuple((*place_in_order(case, step), step.to, tuple(sorted(step.parts))) for step in steps)
    return OraclePath(
        key=(tuple(by_urgency[u] for u in URGENCIES), total, len(external), step_keys),
        steps=tuple(
            (s.holder, s.to, tuple(sorted(s.parts)), mode_told(case, s), tuple(sorted(s.covers)), s.relationship)
            for s in steps
        ),
        terms=terms,
        total=total,
        covers=tuple(sorted(types_covered & set(case.needs))),
        uncovered_required=tuple(required),
        uncovered_optional=tuple(optional),
        exposure=max((case.exposure(s.to) for s in external), key=EXPOSURES.index, default="protected"),
        organizations=frozenset(step.to for step in steps),
        covering=frozenset(step.to for step in steps if step.covers),
        parts=tuple(tuple(sorted((s, tuple(sorted(c))) for s, c in step.parts.items())) for step in steps),
        levels=levels,
        asked_in_turn=tuple(asked_in_turn(case, step, levels) for step in steps),
    )


def asked_in_turn(case, step, levels):
    """Return the services of a step in the order in which to ask for them, each with what is to confirm there."""
    parts, types_met, services = dict(step.parts), set(), []
    types_open, needs = step.covers, list(case.needs)

    def turn(slug):
        places = [
            (URGENCIES.index(levels[code]), row_of(code), needs.index(code) if code in needs else len(needs))
            for code in parts[slug]
        ]
        return min(places, default=()), slug

    while parts:
        first = min((slug for slug in parts if case.requires(slug) & types_open <= types_met), key=turn)
        codes = parts.pop(first)
        types_met |= codes
        entries = {entry: None for code in sorted(codes) or [None] for entry in case.confirms(first, code)}
        kinds = ("trait", "language", "companions")
        entries = sorted(entries, key=lambda entry: (kinds.index(entry[0]), entry[1] or ""))
        services.append((first, () if step.mode == "report" else tuple(entries)))
    return tuple(services)


def mode_told(case, step):
    """Return the mode of a step as an answer tells it: a third party, who reports nothing, makes the call alone."""
    return "self" if case.is_third_party and step.mode == "report" else step.mode


def place_in_order(case, step):
    """Return the row and the place among the needs of the first type of a step; a gateway comes after all.

    Before both stands whether the step is a report without a certain duty: such a report comes last.
    """
    needs = list(case.needs)
    places = [(row_of(code), needs.index(code) if code in needs else len(needs)) for code in step.covers]
    uncertain = step.mode == "report" and not case.is_third_party and not case.certain & set(step.covers)
    return uncertain, *min(places, default=(row_of(None), len(needs)))


def pairs_out_of_order(case, steps):
    """Return the pairs (need met, need of the same urgency and a later row that an earlier step has met)."""
    handed_over = [step.covers & set(case.needs) for step in steps if step.mode != "report"]
    return [
        (code, earlier)
        for index, codes in enumerate(handed_over)
        for code in codes
        for before in handed_over[:index]
        for earlier in before
        if case.needs[code]["urgency"] == case.needs[earlier]["urgency"] and row_of(code) < row_of(earlier)
    ]


def specialised_points(case, step):
    """Return the points for a victim of trafficking who comes to a house that is not made for that."""
    if not case.now.is_trafficked() or case.is_specialised(step.to):
        return 0
    return 100 if step.covers & STAYS else 40 if step.covers & SUPPORT else 0


def confirm_points(case, step):
    """Return the points for what is to confirm at a step: the dearest of traits and companions, and of language."""
    if step.mode == "report":
        return 0
    points_of_types = [
        case.confirm_points(service, code, step.mode)
        for service, codes in step.parts.items()
        for code in codes or [None]
    ]
    return max(points for points, _ in points_of_types) + max(points for _, points in points_of_types)


def exposure_points(case, step):
    """Return the points for who receives."""
    disclosed = 80 if case.preference == "most_private" else 20
    level = case.remember(("exposure", step.to), lambda: case.exposure(step.to))
    if level == "protected":
        return 0
    if level == "disclosed" and step.covers & STAYS:
        return disclosed + 40
    # "For the needs ...": a report that only another service asks for first is not a need of the profile.
    if level == "disclosed" or (step.covers and step.covers <= EXEMPT & set(case.needs)):
        return disclosed
    return 60 if case.preference == "soonest" else 1_000_000


def delay_hours(case, steps, levels):
    """Return urgency-weighted hours: the hand-offs themselves, then the wait for each service."""
    points = 0
    still_open = [code for step in steps for code in step.covers]
    for index, step in enumerate(steps):
        points += MODE_HOURS[step.mode] * sum(WEIGHT[levels[code]] for code in still_open)
        still_open = [code for code in still_open if code not in step.covers]
        for service, codes in step.parts.items():
            for code in codes:
                wait = case.hours_to_wait(service) + response_hours(case, service)
                points += WEIGHT[levels[code]] * wait
        if step.is_gateway:
            urgency = most_urgent([levels[code] for code in steps[index + 1].covers])
            points += WEIGHT[urgency] * sum(case.hours_to_wait(service) for service in step.parts)
    return points


def response_hours(case, service):
    """Return the service's usual response time in whole hours; unknown is 0."""
    text = case.referral(case.services[service]).get("response_time")
    return case.remember(("response", service), lambda: whole_hours(duration(text)) if text else 0)


def uncertain_points(case, service, code):
    """Return the points for what is not known about a service, for a type."""

    def work():
        points = 20 if case.hours(service)[0] == "unknown" else 0
        points += {"available": 0, "stale": 10, "unknown": 10, "full": 40}[case.capacity(service, code)]
        return points + (0 if case.referral(case.services[service]).get("response_time") else 5)

    return case.remember(("uncertain", service, code), work)


def distance_points(case, service, code):
    """Return one point for each 5 km begun, at most 100; 60 where the place is not known and matters."""
    km = case.remember(("km", service), lambda: case.kilometres_to(service))
    if km is None:
        return 0 if code in FROM_ANYWHERE else 60
    return min(100, int(-(-km // 5)))


def mode_points(mode, preference):
    """Return the points for how a hand-off is made."""
    return {"warm": 0, "self": 10, "packet": 80 if preference == "most_private" else 20}[mode]


# -- small things ------------------------------------------------------------------------------------------


def subsets(items):
    """Return all subsets as tuples, the empty one first."""
    return [subset for count in range(len(items) + 1) for subset in combinations(items, count)]


def nonempty_subsets(items):
    """Return all subsets but the empty one."""
    return subsets(items)[1:]
