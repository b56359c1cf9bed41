"""Why no listed path covers a need: the guide's `uncovered` reasons, counted by service.

`CRISP` are the reasons that the guide settles alone, service by service. The others (`HOP`, `prerequisite`, and
`unknown`, which yields to them) depend on who could hold the case by then; the reading taken here is in
`hop_reasons` and `reasons_for`.
"""

from collections import Counter

from oracle.hops import admits, mode_of, packet_stopped_by
from oracle.reading import BY_REPORT, BY_THIRD_PARTY

CRISP = ("no_service", "age", "area", "gender", "language", "trait", "closed", "full", "avoided")
HOP = ("source", "mode", "consent", "agreement")


def reasons_for(case, code, paths, paths_for):
    """Return a Counter of reasons for one need; `no_service` has the count 0, as no service can fail.

    `paths` are all feasible paths; `paths_for(needs, completed)` works out those of the same profile with other needs
    and with more that is completed.
    """
    counts = Counter()
    if case.is_third_party and code not in BY_THIRD_PARTY:
        return Counter(client=sum(code in case.types(service) for service in case.services.values()))
    offers = [slug for slug in sorted(case.services) if code in case.types(case.services[slug])]
    if not offers:
        counts["no_service"] = 0
    handed_over = [step for path in paths for step in path.steps if step[3] != "report"]
    holders = {case.origin} | {to for _, to, *_ in handed_over}
    on_a_path = who_meet(code, paths)
    for slug in offers:
        reasons = service_reasons(case, code, slug, sorted(holders), paths_for)
        if not reasons and slug not in on_a_path and case.requires(slug):
            # What has to come first can be met, but nobody gets from there to the service. Where nobody would even if
            # it were done, it is not what stands in the way: whoever could hand over does not come to hold the case.
            done = case.completed | case.requires(slug)
            then = paths_for([{"type": kind, **need} for kind, need in case.needs.items()], sorted(done))
            reasons = {"prerequisite"} if slug in who_meet(code, then) else {"source"}
        for reason in reasons:
            counts[reason] += 1
    return counts


def who_meet(code, paths):
    """Return the services that meet a type on some path."""
    return {service for path in paths for parts in path.parts for service, codes in parts if code in codes}


def service_reasons(case, code, slug, holders, paths_for):
    """Return the set of reasons for which one service does not meet a need."""
    service, owner = case.services[slug], case.owner[slug]
    if service["status"] != "active":
        return {"closed"}
    urgency, is_report = case.needs[code]["urgency"], case.report_to(slug, [code])
    answers = {"area": case.area(service)} if is_report else case.eligibility(service)
    reasons = {name for name, answer in answers.items() if answer == "no"}
    reasons |= case.shut(slug, urgency, code)
    with_others = "yes" if is_report else case.companions_at(slug, code)
    reasons |= with_others if isinstance(with_others, set) else set()
    if case.is_avoided(owner):
        reasons.add("avoided")
    if code in BY_REPORT and not is_report and owner != case.origin:
        reasons.add("mode")
    unasked = not is_report and bool(case.closing_exclusions(slug, code))
    if owner != case.origin and not is_report:
        holders = [holder for holder in holders if holder != owner]
        if blocked := unspoken(case, slug, code):
            reasons |= hop_reasons(case, slug, code, holders) & {"source"}
            reasons |= blocked & {"language"}
            unasked |= bool(blocked - {"language"})
        else:
            reasons |= hop_reasons(case, slug, code, holders)
    if any(not can_be_met(case, prerequisite, urgency, paths_for) for prerequisite in case.requires(slug)):
        reasons.add("prerequisite")
    if not reasons and ("unknown" in answers.values() or unasked):
        reasons.add("unknown")
    return reasons


def unspoken(case, slug, code):
    """Return the kinds of what is to confirm at a service that nobody can be spoken to at, as things stand."""
    modes = {"warm"} if case.facts.get("client_present") is True else set()
    modes |= {"self"} if case.may_be_given([code]) else set()
    return set() if modes & set(case.accepts(slug)) else {kind for kind, _ in case.confirms(slug, code)}


def hop_reasons(case, slug, code, holders):
    """Return what is wrong with every hand-off to the service, for this need alone, from whoever may hold the case.

    `source`: nobody who could hold the case is admitted, nor is there a gateway. Else, where no mode is allowed from
    anyone admitted: what stops the packet (from the origin if it is admitted, else from any), or `mode` where the
    service takes no packet.
    """
    parts = {slug: frozenset([code])}
    owner = case.owner[slug]
    admitted = [holder for holder in holders if admits(case, slug, holder, parts[slug])]
    if not admitted:
        return {"source"}
    if any(mode_of(case, holder, owner, parts) for holder in admitted):
        return set()
    if "packet" not in case.accepts(slug):
        return {"mode"}
    senders = [case.origin] if case.origin in admitted else admitted
    return set().union(*(packet_stopped_by(case, holder, owner, parts) for holder in senders))


def can_be_met(case, code, urgency, paths_for):
    """Say whether some path meets this prerequisite, as urgently as it would have to be, asked for with the needs."""
    needs = [{"type": kind, **need} for kind, need in case.needs.items()]
    if code not in case.needs:
        needs.append({"type": code, "urgency": urgency, "required": True})
    paths = case.remember(("paths", code, urgency), lambda: paths_for(needs, sorted(case.completed)))
    return any(code in path.covers for path in paths)
