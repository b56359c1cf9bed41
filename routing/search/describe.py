"""From a plan in indices to a path that can be read, priced once more from its own steps.

The price is worked out anew from what the path is, not from what the search added up; the two must agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routing.costs import ASKS, EXPOSURES, RELATIONSHIP, TERMS, URGENCIES, URGENCY_WEIGHT
from routing.errors import SearchDefect
from routing.handoffs.hops import Offer, confirm_points
from routing.model import Confirm, Path, ServiceUse, Step, Term
from routing.search.best_path import Plan, PlanStep
from routing.search.graph import Problem
from routing.search.tables import packed


def describe(problem: Problem, plan: Plan, rank: int) -> Path:
    """Return a plan as a path.

    Raises:
        SearchDefect: its steps do not cost what the search said.
    """
    needs = problem.case.profile.needs
    met = {problem.bits[offer.bit].need for step in plan.steps for offer in step.offers}
    terms = _terms(problem, plan, sum(not n.required for place, n in enumerate(needs) if place not in met))
    total = sum(term.value for term in terms)
    handoffs = sum(step.hop.mode != "internal" for step in plan.steps)
    if packed(total, handoffs) != plan.value:
        raise SearchDefect("a path does not cost what the search said")
    steps = tuple(_step(problem, step) for step in plan.steps)
    outward = [step.exposure for step in steps if step.mode != "internal"]
    return Path(
        rank=rank,
        covers=tuple(n.type for place, n in enumerate(needs) if place in met),
        uncovered=tuple(n.type for place, n in enumerate(needs) if place not in met),
        steps=steps,
        terms=terms,
        total=total,
        exposure=max(outward, key=EXPOSURES.index, default=EXPOSURES[0]),
    )


def _step(problem: Problem, step: PlanStep) -> Step:
    case = problem.case
    urgency = {offer.type: problem.bits[offer.bit].urgency for offer in step.offers}
    internal, by_origin = step.hop.mode == "internal", step.hop.mode in ("internal", "report")
    return Step(
        holder=case.organization(case.origin if by_origin else step.holder).slug,
        organization=case.organization(step.hop.organization).slug,
        services=_uses(problem, step),
        covers=tuple(sorted(urgency)),
        mode=step.hop.mode,
        relationship=step.hop.relationship,
        exposure=EXPOSURES[0] if internal else problem.case.exposure(step.hop.organization),
        agreement=step.hop.agreement,
        packet_agreement=step.hop.packet_agreement,
        urgencies=tuple(urgency[kind] for kind in sorted(urgency)),
    )


def _uses(problem: Problem, step: PlanStep) -> tuple[ServiceUse, ...]:
    """Return the services of a step in the order in which to ask for them, each with what is to confirm there."""
    case = problem.case
    met: dict[int, list[Offer]] = {}
    for offer in _met_or_passed(problem, step):
        met.setdefault(offer.service, []).append(offer)
    found: list[ServiceUse] = []
    here, done = 0, 0
    for offers in met.values():
        here |= sum({1 << offer.bit for offer in offers if offer.bit >= 0})
    while met:
        ready = [row for row, offers in met.items() if not any(o.requires & here & ~done for o in offers)]
        row = min(ready, key=lambda one: _turn(problem, one, met[one]))
        offers = met.pop(row)
        done |= sum({1 << offer.bit for offer in offers if offer.bit >= 0})
        types = tuple(sorted({offer.type for offer in offers if offer.type}))
        entries = [] if step.hop.mode == "report" else [e for o in offers for e in case.entries(row, o.type)]
        found.append(ServiceUse(case.service(row).slug, types, tuple(sorted({*entries}, key=_entry_order))))
    return tuple(found)


def _turn(problem: Problem, row: int, offers: Sequence[Offer]) -> tuple[int, int, str]:
    """Return what services of a step are ordered by where none asks for another: urgency, needs, slug."""
    bits = [offer.bit for offer in offers if offer.bit >= 0]
    urgency = min((URGENCIES.index(problem.bits[bit].urgency) for bit in bits), default=0)
    return urgency, min(bits, default=0), problem.case.service(row).slug


def _entry_order(entry: Confirm) -> tuple[int, str]:
    return ("trait", "language", "companions").index(entry.kind), entry.attribute or ""


def _met_or_passed(problem: Problem, step: PlanStep) -> tuple[Offer, ...]:
    """Return what is met at a step, or what a gateway's service is."""
    if step.passage is None:
        return step.offers
    return (problem.hops.passing_by(step.passage.service, step.passage.gateway),)


def _terms(problem: Problem, plan: Plan, optional_open: int) -> tuple[Term, ...]:
    """Return the cost terms that are not nothing, and always `handoffs`, in the order of `TERMS`."""
    lens = problem.case.lens
    terms = dict.fromkeys(TERMS, 0)
    open_bits = {offer.bit for step in plan.steps for offer in step.offers}
    for step in plan.steps:
        terms["asks"] += ASKS if step.hop.asked else 0
        if step.hop.mode != "internal":
            terms["handoffs"] += lens.handoff
            terms["exposure"] += lens.exposure(
                problem.case.exposure(step.hop.organization), asked_for=problem.hops.asks_for_it(step.offers)
            )
            if step.hop.mode != "report":
                terms["mode"] += lens.mode(step.hop.mode)
                terms["relationship"] += RELATIONSHIP[step.hop.relationship]
        terms["uncertain"] += confirm_points(_met_or_passed(problem, step), step.hop.mode)
        weight = sum(URGENCY_WEIGHT[problem.bits[bit].urgency] for bit in open_bits)
        terms["delay"] += lens.hour * step.hop.hours * weight
        for price in _prices(problem, step):
            for name, value in price.items():
                terms[name] += value
        open_bits -= {offer.bit for offer in step.offers}
    terms["optional_uncovered"] += lens.optional_uncovered * optional_open
    return tuple(Term(name, terms[name]) for name in TERMS if terms[name] or name == "handoffs")


def _prices(problem: Problem, step: PlanStep) -> Iterator[dict[str, int]]:
    """Yield the cost terms of all that a step meets, and of passing through a gateway on the way."""
    prices = problem.case.prices
    for offer in step.offers:
        bit = problem.bits[offer.bit]
        is_report = step.hop.mode == "report"
        yield prices.met_price(offer.service, bit.type, bit.urgency, added=bit.need is None, reported=is_report)
    if step.passage is not None:
        yield prices.gateway_price(step.passage.service, step.passage.urgency)
