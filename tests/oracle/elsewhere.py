"""Lead, instead, later and near of a small coalition by brute force: every path for one type alone, written out.

A plain reading of contract.md, section 3. Nothing is shared with the engine, and nothing is clever.
"""

from datetime import timedelta

from oracle import brute
from oracle.hops import admits
from oracle.reading import TYPES, URGENCIES, Case, row_of

NEAR = {code: entry["near"] for code, entry in TYPES.items() if "near" in entry}


def alone(bundle, profile, code, urgency, without=frozenset(), *, protected=False):
    """Return the best path for one type and nothing else that leaves the origin and is not too exposed, or None.

    The urgency is that of the step, also where a report asks for the type.
    """
    case, need = Case(bundle, profile), {"type": code, "urgency": urgency, "required": True}
    for path in brute.best_paths(bundle, {**profile, "needs": [need], "urgency_is_settled": True}):
        outward = [step for step in path.steps if step[3] != "internal"]
        if not outward or path.organizations & without:
            continue
        if protected and any(case.exposure(step[1]) != "protected" for step in outward):
            continue
        if not protected and any(
            case.exposure(to) == "discoverable" and not is_excused(c, [code]) for _, to, _, _, c, _ in outward
        ):
            continue
        return path
    return None


def is_excused(covers, needs):
    """Say whether a step meets only needs that lead to a discoverable place by their nature."""
    return bool(covers) and set(covers) <= brute.EXEMPT & set(needs)


def instead(bundle, profile, first):
    """Return, for each step of the first path, the (type, path) pairs of who else could meet what it meets."""
    return [_instead_of(bundle, profile, first, step) for step in first.steps] if first else []


def _instead_of(bundle, profile, first, step):
    _, to, _, mode, covers, _ = step
    case = Case(bundle, profile)
    if mode in {"internal", "report"} or not set(covers) & set(pressing_needs(case)):
        return []
    needs = [*case.needs, *sorted(set(covers) - set(case.needs))]
    in_turn = sorted(covers, key=lambda code: (URGENCIES.index(first.levels[code]), row_of(code), needs.index(code)))
    return _two(bundle, profile, [(code, first.levels[code]) for code in in_turn], frozenset({to}))


def near(bundle, profile, first, code, urgency):
    """Return the (type, path) pairs of what can be called instead of an uncovered need."""
    types_met = {code for step in first.steps for code in step[4]} if first else set()
    kinds = [kind for kind in NEAR.get(code, []) if kind not in types_met] if urgency in {"now", "today"} else []
    return _two(bundle, profile, [(kind, urgency) for kind in kinds], frozenset())


def _two(bundle, profile, needs, without):
    options = [(code, path) for code, urgency in needs if (path := alone(bundle, profile, code, urgency, without))][:2]
    if len(options) == 1:
        code, path = options[0]
        last = path.steps[-1][1]
        second = alone(bundle, profile, code, dict(needs)[code], without | {last})
        options += [(code, second)] if second else []
    return options


def later(bundle, profile, first):
    """Return (opens at, organization, service, types) of what opens within the day and helps then.

    After them, without a time, what is open and full and has a list to wait on.
    """
    case, openings, lists = Case(bundle, profile), [], []
    if case.is_third_party:
        return []
    for slug in sorted(case.services):
        status, opens_at = case.hours(slug)
        if case.owner[slug] == case.origin:
            continue
        service, owner = case.services[slug], case.owner[slug]
        soon = status == "opens_later" and opens_at - case.at <= timedelta(hours=24)
        has_list = service.get("referral", {}).get("waitlist") is True
        reads = case.types(service) & set(case.needs)
        covers = {code for code in reads if soon and _helps(case, slug, code, first, "closed")}
        covers |= {code for code in case.needs if soon and _leads_on(case, slug, code, first)}
        waits = {code for code in reads if has_list and _helps(case, slug, code, first, "full")}
        if covers:
            openings.append((opens_at, owner, slug, covers | waits))
        elif waits:
            lists.append((None, owner, slug, waits))
    return [*sorted(openings, key=lambda opening: opening[:3]), *sorted(lists, key=lambda opening: opening[1:3])][:3]


def _helps(case, slug, code, first, barrier):
    urgency, owner = case.needs[code]["urgency"], case.owner[slug]
    if urgency not in {"now", "today"} or not case.is_usable(slug, code) or case.shut(slug, urgency, code) != {barrier}:
        return False
    if case.requires(slug) or (case.exposure(owner) == "discoverable" and code not in brute.EXEMPT):
        return False
    is_report = case.report_to(slug, [code])
    if not is_report and brute.hand_off(case, case.origin, owner, {slug: frozenset([code])}) is None:
        return False
    return _is_wanted(code, first, is_report or not case.confirms(slug, code))


def _is_wanted(code, first, is_sure):
    """Say whether the first path leaves a need open, or meets it with something to confirm that is sure later."""
    if first is None or code not in first.covers:
        return True
    places = [
        entries
        for parts, services in zip(first.parts, first.asked_in_turn, strict=True)
        for service, codes in parts
        for name, entries in services
        if name == service and code in codes
    ]
    return any(places) and is_sure


def _leads_on(case, slug, code, first):
    """Say whether a service that opens soon is a gateway to one for a need, which refuses the origin."""
    urgency, gateway = case.needs[code]["urgency"], case.owner[slug]
    if urgency not in {"now", "today"} or not brute.may_be_gateway(case, slug) or case.requires(slug):
        return False
    if case.shut(slug, urgency, None) != {"closed"} or case.exposure(gateway) == "discoverable":
        return False
    if brute.hand_off(case, case.origin, gateway, {slug: frozenset()}) is None:
        return False
    return any(
        _is_wanted(code, first, not case.confirms(slug, None) and not case.confirms(service, code))
        for service in case.services
        if _is_behind(case, gateway, service, code)
    )


def _is_behind(case, gateway, slug, code):
    """Say whether a service meets a type, refuses the origin, and takes the client from a gateway within the day."""
    owner, parts = case.owner[slug], {slug: frozenset([code])}
    if code not in case.types(case.services[slug]) or owner in {case.origin, gateway} or case.report_to(slug, [code]):
        return False
    status, opens_at = case.hours(slug)
    soon = status != "opens_later" or opens_at - case.at <= timedelta(hours=24)
    fits = case.is_usable(slug, code) and not case.requires(slug) and case.capacity(slug, code) != "full" and soon
    exposed = case.exposure(owner) == "discoverable" and code not in brute.EXEMPT
    if not fits or exposed or admits(case, slug, case.origin, {code}):
        return False
    return brute.hand_off(case, gateway, owner, parts) is not None


def quality(bundle, profile, first):
    """Return (pressing needs open, bad, required needs open, total) of a first path, or of having none."""
    case = Case(bundle, profile)
    pressing = pressing_needs(case)
    open_needs = [code for code in pressing if not first or code not in first.covers]
    bad = bool(open_needs)
    meets = [place for place, step in enumerate(first.steps) if set(step[4]) & set(pressing)] if first else []
    for _, to, _, mode, covers, _ in first.steps[: max(meets) + 1] if meets else ():
        bad |= mode != "internal" and case.exposure(to) == "discoverable" and not is_excused(covers, case.needs)
    required = [
        code for code, need in case.needs.items() if need["required"] and (not first or code not in first.covers)
    ]
    return len(open_needs), bad, len(required), first.total if first else 0


def pressing_needs(case):
    """Return the required needs of the highest urgency; none required: all needs of the highest."""
    among = {code: need for code, need in case.needs.items() if need["required"]} or case.needs
    highest = min((need["urgency"] for need in among.values()), key=URGENCIES.index)
    return [code for code, need in among.items() if need["urgency"] == highest]


def advocate(bundle, profile, first):
    """Return the best wholly protected path to an advocate, where one has to be called, or None."""
    case = Case(bundle, profile)
    if case.is_third_party or not quality(bundle, profile, first)[1] or case.exposure(case.origin) == "protected":
        return None
    paths = (alone(bundle, profile, code, "now", protected=True) for code in ("victim_advocacy", "crisis_hotline"))
    return next((path for path in paths if path), None)
