"""Conditional paths of a small coalition by brute force: every world, every plan, priced one by one.

A *world* answers each unknown attribute, adds every consent that its lawful signers could give, and every choice. All
feasible paths of each world are written out by `brute`; those that the present does not allow are priced as they would
be once their own conditions hold, plus `ASKS` for each step that is not allowed today. Exponential, and nothing clever.
"""

from dataclasses import replace
from itertools import product

from oracle import brute
from oracle.hops import FREE, may_share
from oracle.reading import GENDERS, Case

ASKS = 150
OLDEST = 120
GUARDIANS = (
    "none", "safe_parent", "suspected_parent_only", "court_safe", "court_suspected", "state_conservator", "unavailable",
)  # fmt: skip
DATA = (
    "need", "identity", "contact_location", "narrative", "privileged", "health", "mental_health", "sud", "education",
    "abuse_report", "immigration", "justice", "shelter_location",
)  # fmt: skip


MOST_PATHS = 4_000


class TooManyWorlds(Exception):
    """More distinct worlds, or more paths in them, than this oracle is patient enough for."""


def conditional_paths(bundle, profile, limit=None, most=40):
    """Return the conditional paths, best first, as brute force finds them.

    Raises:
        TooManyWorlds: there are more than `most` sets of open services, or more than `MOST_PATHS` paths in them.
    """
    limit = (profile.get("limit") or 3) if limit is None else limit
    now = Case(bundle, profile)
    present = {shape(steps) for steps, _ in brute.feasible(now)}
    first = next(iter(brute.alternatives(bundle, profile, 1)), None)
    best, count = {}, 0
    for world in worlds(bundle, profile, most):
        for variant in (world, with_client_present(bundle, world)):
            for candidate in possible(now, world, variant, present):
                count += 1
                if count > MOST_PATHS:
                    raise TooManyWorlds
                rival = best.get(candidate.steps_taken)
                if rival is None or candidate.path.key < rival.path.key:
                    best[candidate.steps_taken] = candidate
    better = [candidate.path for candidate in best.values() if first is None or improves(candidate.path, first)]
    return chosen(sorted(better, key=lambda path: (path.key, path.parts, path.steps)), limit)


def improves(path, first):
    """Say whether a path leaves fewer required needs open than the first one of today, or as many for less."""
    open_needs, now = len(path.uncovered_required), len(first.uncovered_required)
    return open_needs < now or (open_needs == now and path.total < first.total)


def chosen(paths, limit):
    """Return the list that is shown: each later path does without somebody of every earlier one."""
    paths_listed = []
    for path in paths:
        if len(paths_listed) == limit:
            break
        as_many = not paths_listed or len(path.uncovered_required) <= len(paths_listed[0].uncovered_required)
        if as_many and all(earlier.covering - path.organizations for earlier in paths_listed):
            paths_listed.append(path)
    return paths_listed


# -- one world ---------------------------------------------------------------------------------------------


class Candidate:
    """A path that some world allows: what its steps are, and the path with its conditional price."""

    def __init__(self, steps_taken, path):
        self.steps_taken, self.path = steps_taken, path


def possible(now, world, variant, present):
    """Yield the paths of a world that the present does not allow, priced with what they ask for."""
    if variant is None:
        return
    for steps, levels in brute.feasible(variant):
        steps_taken = shape(steps)
        if steps_taken in present:
            continue
        if variant is not world and not any(needs_the_client(now, world, step) for step in steps):
            continue  # the client on the line is no condition of this path
        variant.now = now  # what is to confirm costs in every world what it costs now
        path = brute.price(variant, steps, levels)
        asks = ASKS * sum(is_asked_for(now, step) for step in steps)
        by_urgency, total, handoffs, step_keys = path.key
        yield Candidate(
            steps_taken,
            replace(
                path,
                key=(by_urgency, total + asks, handoffs, step_keys),
                total=total + asks,
                terms={**path.terms, "asks": asks},
            ),
        )


def shape(steps):
    """Return what makes a path this path: who hands over to whom, for which services and types."""
    return tuple(
        (s.holder, s.to, tuple(sorted((slug, tuple(sorted(codes))) for slug, codes in s.parts.items()))) for s in steps
    )


def is_asked_for(now, step):
    """Say whether a step is not allowed as things stand."""
    if not all(now.is_usable(slug, code) for slug, codes in step.parts.items() for code in codes or [None]):
        return True
    if not step.hands_over:
        return False
    by_choice = step.is_gateway and now.kind(step.to) in brute.NEVER_GATEWAYS
    return by_choice or brute.hand_off(now, step.holder, step.to, step.parts) is None


def needs_the_client(now, world, step):
    """Say whether a step of a call together is open in no way, with today's consents, unless the client is there.

    What is open as things stand stays open, though a client who turns out to be a young child may not be told a number.
    """
    if step.mode != "warm" or not is_asked_for(now, step):
        return False
    unasked = Case(now.bundle, {**world.profile, "consents": now.profile.get("consents") or []})
    return brute.hand_off(unasked, step.holder, step.to, step.parts) is None


def with_client_present(bundle, world):
    """Return the world with the client on the line, None where that is known already."""
    if world.facts.get("client_present") is not None:
        return None
    return case_of(bundle, {**world.profile, "facts": {**world.facts, "client_present": True}}, world.priced_from)


# -- all worlds --------------------------------------------------------------------------------------------


def worlds(bundle, profile, most):
    """Return one case for each world that differs in open services or in what may be sent."""
    answers_by_key = {}
    client, facts = profile.get("client") or {}, profile.get("facts") or {}
    axes = [[(name, value) for value in values] for name, values in unknown_attributes(bundle, profile).items()]
    for answers in product(*axes):
        answered_client = {**client, "traits": dict(client.get("traits") or {})}
        for name, value in answers:
            part = answered_client["traits"] if name.startswith("traits.") else answered_client
            part[name.removeprefix("traits.")] = value
        bare = Case(bundle, {**profile, "client": answered_client})
        youngest, _ = bare.age_range()
        key = what_is_open(bare), youngest >= 13, youngest >= 18
        if key not in answers_by_key:
            answers_by_key[key] = answered_client
            if len(answers_by_key) > most:
                raise TooManyWorlds
    cases = []
    for answered_client in answers_by_key.values():
        for known_facts in signing_facts(facts):
            variant = {**profile, "client": answered_client, "facts": known_facts}
            consents = (profile.get("consents") or []) + every_consent(bundle, variant)
            cases.append(case_of(bundle, {**variant, "consents": consents}, client.get("area")))
    return without_twins(cases, profile.get("consents") or [])


def case_of(bundle, profile, priced_from):
    """Return a case in which choices count, with distances from where the client is known to be."""
    case = Case(bundle, profile)
    case.by_choice, case.priced_from = True, priced_from
    return case


def without_twins(cases, recorded):
    """Return the cases without those in which the same services are open and the same data may go, asked or not."""
    cases_by_key = {}
    for case in cases:
        unasked = Case(case.bundle, {**case.profile, "consents": recorded})
        key = what_is_open(case), what_goes(case), what_goes(unasked), case.may_be_given(["food"])
        cases_by_key.setdefault(key, case)
    return list(cases_by_key.values())


def what_goes(case):
    """Return which data may go from whom to whom."""
    slugs = sorted(case.organizations)
    return frozenset(
        (holder, to, data)
        for holder in slugs
        for to in slugs
        for data in DATA
        if holder != to and data not in FREE and may_share(case, holder, to, data)
    )


def what_is_open(case):
    """Return which services take the client for which types, and where something is to confirm."""
    return frozenset(
        (slug, code, bool(case.confirms(slug, code)))
        for slug, service in case.services.items()
        for code in [*case.types(service), None]
        if case.is_usable(slug, code)
    )


def unknown_attributes(bundle, profile):
    """Return each unknown attribute of the client with every value that it may have."""
    client = profile.get("client") or {}
    services = [service for org in bundle["organizations"] for service in org.get("services") or []]
    case, attributes = Case(bundle, profile), {}
    youngest, oldest = case.age_range()
    if youngest != oldest:
        cuts = {youngest, 13, 18, *(s["minimum_age"] for s in services if s.get("minimum_age") is not None)}
        cuts |= {s["maximum_age"] + 1 for s in services if s.get("maximum_age") is not None}
        attributes["age"] = sorted(year for year in cuts if youngest <= year <= min(oldest, OLDEST))
    if client.get("gender") is None:
        attributes["gender"] = sorted(GENDERS)
    area = client.get("area")
    inner = [code for code in case.areas if area is None or (area in case.ancestry(code) and code != area)]
    if inner:
        attributes["area"] = inner if area is None else [area, *inner]
    traits_required, traits_refused = (
        {code for s in services for code in case.referral(s).get(name) or []} for name in ("only", "not")
    )
    for code in sorted(traits_required | traits_refused):
        if (client.get("traits") or {}).get(code) is None:
            attributes[f"traits.{code}"] = [True, False] if code in traits_required else [None, False]
    return attributes


def signing_facts(facts):
    """Return the facts with every answer to what is not known about who may sign."""
    axes = [
        [(name, value) for value in ((facts.get(name),) if facts.get(name) is not None else values)]
        for name, values in (("guardian", GUARDIANS), ("may_sign_alone", (True, False)), ("emancipated", (True, False)))
    ]
    return [{**facts, **dict(answers)} for answers in product(*axes)]


def every_consent(bundle, profile):
    """Return every consent that the lawful signers of a world could give, without the mark `privilege`."""
    guardian = profile["facts"].get("guardian")
    signers = ["client"]
    if guardian == "safe_parent" and Case(bundle, profile).age_range()[0] < 18:
        signers.append("parent")
    if guardian in {"court_safe", "state_conservator"}:
        signers.append("guardian")
    slugs = [org["id"] for org in bundle["organizations"]]
    signed = {"data": list(DATA), "purpose": "referral", "signers": signers, "signed_on": "2000-01-01"}
    forms = [
        {"form": form["id"], "level": "release", "marks": ["sud", "health", "immigration"], "ends_on": "2199-01-01"}
        for form in bundle["release_forms"]
    ]
    return [
        {**signed, **form, "from": holder, "to": [slug for slug in slugs if slug != holder], "withdrawn_on": None}
        for holder in slugs
        for form in [*forms, {"form": None, "level": "verbal", "marks": [], "ends_on": None}]
    ]
