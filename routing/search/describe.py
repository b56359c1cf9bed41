"""From a ranked path in indices to a readable path, priced anew from its own steps: the two prices must agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from routing.costs import ASKS, EXPOSURES, OUT_OF_ORDER, RELATIONSHIP, TERMS, URGENCIES, URGENCY_WEIGHT
from routing.errors import SearchDefect
from routing.handoffs.bits import Requirement
from routing.handoffs.hop import CandidateService, confirm_points, general_points, stay_points
from routing.handoffs.hops import Hops
from routing.model import Confirm, CostTerm, Path, ServiceUse, Step
from routing.search.graph import HopGraph
from routing.search.ranked_path import RankedPath, RankedStep
from routing.search.tables import packed


def describe_all(hop_graph: HopGraph, ranked_paths: Iterable[RankedPath]) -> tuple[Path, ...]:
    """Return ranked paths of a graph, best first, as paths of slugs, ranked from 1; raises as `describe`."""
    numbered = enumerate(ranked_paths, start=1)
    return tuple(describe(hop_graph.hops, hop_graph.requirements, ranked_path, rank) for rank, ranked_path in numbered)


def describe(hops: Hops, requirements: Sequence[Requirement], ranked_path: RankedPath, rank: int) -> Path:
    """Return a ranked path of indices as a path of slugs; `requirements` are those of its graph.

    Raises:
        SearchDefect: the steps do not cost what the search computed.
    """
    needs = hops.scenario.profile.needs
    places = {requirements[offer.bit].need for step in ranked_path.steps for offer in step.offers}
    terms = _terms(
        hops, requirements, ranked_path, sum(not n.required for place, n in enumerate(needs) if place not in places)
    )
    total = sum(term.value for term in terms)
    handoffs = sum(step.hop.mode != "internal" for step in ranked_path.steps)
    if packed(total, handoffs) != ranked_path.value:
        raise SearchDefect("a path does not cost what the search said")
    steps = tuple(_step(hops, requirements, step) for step in ranked_path.steps)
    return Path(
        rank=rank,
        covers=tuple(n.type for place, n in enumerate(needs) if place in places),
        uncovered=tuple(n.type for place, n in enumerate(needs) if place not in places),
        steps=steps,
        terms=terms,
        total=total,
        exposure=max((step.exposure for step in steps), key=EXPOSURES.index),
    )


def _step(hops: Hops, requirements: Sequence[Requirement], step: RankedStep) -> Step:
    scenario = hops.scenario
    urgency = {offer.type: requirements[offer.bit].urgency for offer in step.offers}
    covers = _types(hops, requirements, step.offers)
    internal, is_report = step.hop.mode == "internal", step.hop.mode == "report"
    by_third_party = scenario.profile.third_party and not internal
    return Step(
        holder=scenario.organization(scenario.origin if is_report else step.holder).slug,  # whoever holds the client
        organization=scenario.organization(step.hop.organization).slug,
        services=_uses(hops, requirements, step),
        covers=covers,
        mode="self" if by_third_party else step.hop.mode,
        relationship=step.hop.relationship,
        exposure=EXPOSURES[0] if internal else hops.scenario.exposure(step.hop.organization),
        agreement=step.hop.agreement,
        packet_agreement=step.hop.packet_agreement,
        urgencies=tuple(urgency[service_type] for service_type in covers),
    )


def _uses(hops: Hops, requirements: Sequence[Requirement], step: RankedStep) -> tuple[ServiceUse, ...]:
    """Return the services of a step in the order in which to ask for them, each with its matters to confirm.

    Nobody is spoken to by packet: a packet goes only where a condition of the path leaves nothing to confirm.
    Offers of one service ask for the same bits, since no path adds a type twice.
    """
    scenario, spoken_to = hops.scenario, step.hop.mode != "packet"
    by_service: dict[int, list[CandidateService]] = {}
    for offer in step.met_or_passed(hops):
        by_service.setdefault(offer.service, []).append(offer)
    uses: list[ServiceUse] = []
    step_mask, done_mask = sum({1 << offer.bit for offer in step.offers}), 0
    while by_service:
        ready = [row for row, (offer, *_) in by_service.items() if not offer.requires & step_mask & ~done_mask]
        _, row = min((min(_turn(hops, requirements, offer) for offer in by_service[row]), row) for row in ready)
        offers = by_service.pop(row)
        done_mask |= sum({1 << offer.bit for offer in offers if offer.bit >= 0})
        types = _types(hops, requirements, offers)
        asking = [offer for offer in offers if spoken_to and (offer.question_points or offer.entry)]
        entries = [entry for offer in asking for entry in scenario.entries(row, offer.type)]
        uses.append(ServiceUse(scenario.service(row).slug, types, tuple(sorted({*entries}, key=_entry_order))))
    return tuple(uses)


def _turn(hops: Hops, requirements: Sequence[Requirement], offer: CandidateService) -> tuple[int, int, int]:
    """Return the order of an offer, prerequisites aside: urgency, row of the order, place among the needs."""
    requirement = requirements[offer.bit]
    place = len(hops.scenario.profile.needs) if requirement.need is None else requirement.need
    return URGENCIES.index(requirement.urgency), hops.scenario.snapshot.order_row(offer.type), place


def _types(hops: Hops, requirements: Sequence[Requirement], offers: Sequence[CandidateService]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(o.type for o in sorted(offers, key=lambda o: (_turn(hops, requirements, o), o.type)) if o.type)
    )


def _entry_order(entry: Confirm) -> tuple[int, str]:
    return ("trait", "language", "companions").index(entry.kind), entry.attribute or ""


def _terms(
    hops: Hops, requirements: Sequence[Requirement], ranked_path: RankedPath, optional_open: int
) -> tuple[CostTerm, ...]:
    """Return the cost terms other than zero, and always `handoffs`, in the order of `TERMS`."""
    weights, before_masks = hops.scenario.weights, hops.scenario.prices.out_of_order
    terms, earlier = dict.fromkeys(TERMS, 0), 0
    open_requirements = {offer.bit for step in ranked_path.steps for offer in step.offers}
    for step in ranked_path.steps:
        terms["asks"] += ASKS if step.hop.conditional else 0
        if step.hop.mode != "internal":
            terms["handoffs"] += weights.handoff
            terms["exposure"] += stay_points(step.offers) + weights.exposure(
                hops.scenario.exposure(step.hop.organization), asked_for=hops.asks_for_it(step.offers)
            )
            terms["specialised"] += general_points(step.offers)
            if step.hop.mode != "report":
                terms["mode"] += weights.mode(step.hop.mode)
                terms["relationship"] += RELATIONSHIP[step.hop.relationship]
        terms["uncertain"] += confirm_points(step.met_or_passed(hops), step.hop.mode)
        weight = sum(URGENCY_WEIGHT[requirements[bit].urgency] for bit in open_requirements)
        terms["delay"] += weights.hour * step.hop.hours * weight
        if step.hop.mode != "report":
            mask = sum(1 << need for offer in step.offers if (need := requirements[offer.bit].need) is not None)
            pairs = ((mask & before).bit_count() for need, before in enumerate(before_masks) if earlier >> need & 1)
            terms["order"] += OUT_OF_ORDER * sum(pairs)
            earlier |= mask
        for price in _prices(hops, requirements, step):
            for name, value in price.items():
                terms[name] += value
        open_requirements -= {offer.bit for offer in step.offers}
    terms["optional_uncovered"] = weights.optional_uncovered * optional_open
    return tuple(CostTerm(name, terms[name]) for name in TERMS if terms[name] or name == "handoffs")


def _prices(hops: Hops, requirements: Sequence[Requirement], step: RankedStep) -> Iterator[dict[str, int]]:
    """Yield the cost terms of each offer met at a step, and of passing through a gateway on the way."""
    prices = hops.scenario.prices
    for offer in step.offers:
        requirement = requirements[offer.bit]
        is_report = step.hop.mode == "report"
        yield prices.met_price(
            offer.service, requirement.type, requirement.urgency, added=requirement.need is None, reported=is_report
        )
    if step.gateway is not None:
        yield prices.gateway_price(step.gateway.service, step.gateway.urgency)
