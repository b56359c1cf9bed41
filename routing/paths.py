"""From a plan in indices to a path that can be read, priced once more from its own steps.

The price is worked out anew from what the path is, not from what the search added up; the two must agree.
"""

from __future__ import annotations

from collections.abc import Iterator

from routing.costs import ASKS, EXPOSURES, RELATIONSHIP, TERMS, URGENCY_WEIGHT
from routing.errors import SearchDefect
from routing.model import Path, ServiceUse, Step, Term
from routing.plans import Plan, PlanStep
from routing.problem import Problem
from routing.tables import packed


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
    internal = step.hop.mode == "internal"
    return Step(
        holder=case.organization(case.origin if internal else step.holder).slug,
        organization=case.organization(step.hop.organization).slug,
        services=_uses(problem, step),
        covers=tuple(sorted({offer.type for offer in step.offers})),
        mode=step.hop.mode,
        relationship=step.hop.relationship,
        exposure=EXPOSURES[0] if internal else problem.case.exposure(step.hop.organization),
        agreement=step.hop.agreement,
        packet_agreement=step.hop.packet_agreement,
    )


def _uses(problem: Problem, step: PlanStep) -> tuple[ServiceUse, ...]:
    service = problem.case.service
    if step.passage is not None:
        return (ServiceUse(service(step.passage.service).slug, ()),)
    met: dict[str, set[str]] = {}
    for offer in step.offers:
        met.setdefault(service(offer.service).slug, set()).add(offer.type)
    return tuple(ServiceUse(slug, tuple(sorted(types))) for slug, types in sorted(met.items()))


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
            terms["mode"] += lens.mode(step.hop.mode)
            terms["relationship"] += RELATIONSHIP[step.hop.relationship]
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
        yield prices.met_price(offer.service, bit.type, bit.urgency, added=bit.need is None)
    if step.passage is not None:
        yield prices.gateway_price(step.passage.service, step.passage.urgency)
