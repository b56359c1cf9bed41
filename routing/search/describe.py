"""From a ranked path in indices to a readable path, priced once more from its own steps.

The price is computed anew from the path, not from the sums of the search; the two must agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from routing.costs import ASKS, EXPOSURES, RELATIONSHIP, TERMS, URGENCIES, URGENCY_WEIGHT
from routing.errors import SearchDefect
from routing.handoffs.bits import Bit
from routing.handoffs.hop import Offer, confirm_points
from routing.handoffs.hops import Hops
from routing.model import Confirm, CostTerm, Path, ServiceUse, Step
from routing.search.graph import HopGraph
from routing.search.ranked_path import RankedPath, RankedStep
from routing.search.tables import packed


def describe_all(hop_graph: HopGraph, ranked_paths: Iterable[RankedPath]) -> tuple[Path, ...]:
    """Return ranked paths of a graph, best first, as paths of slugs, ranked from 1.

    Raises:
        SearchDefect: as `describe`.
    """
    numbered = enumerate(ranked_paths, start=1)
    return tuple(describe(hop_graph.hops, hop_graph.bits, ranked_path, rank) for rank, ranked_path in numbered)


def describe(hops: Hops, bits: Sequence[Bit], ranked_path: RankedPath, rank: int) -> Path:
    """Return a ranked path of indices as a path of slugs; `bits` are those of the graph in which it was found.

    Raises:
        SearchDefect: the steps do not cost what the search computed.
    """
    needs = hops.scenario.profile.needs
    met = {bits[offer.bit].need for step in ranked_path.steps for offer in step.offers}
    terms = _terms(hops, bits, ranked_path, sum(not n.required for place, n in enumerate(needs) if place not in met))
    total = sum(term.value for term in terms)
    handoffs = sum(step.hop.mode != "internal" for step in ranked_path.steps)
    if packed(total, handoffs) != ranked_path.value:
        raise SearchDefect("a path does not cost what the search said")
    steps = tuple(_step(hops, bits, step) for step in ranked_path.steps)
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


def _step(hops: Hops, bits: Sequence[Bit], step: RankedStep) -> Step:
    scenario = hops.scenario
    urgency = {offer.type: bits[offer.bit].urgency for offer in step.offers}
    internal, by_origin = step.hop.mode == "internal", step.hop.mode in ("internal", "report")
    return Step(
        holder=scenario.organization(scenario.origin if by_origin else step.holder).slug,
        organization=scenario.organization(step.hop.organization).slug,
        services=_uses(hops, bits, step),
        covers=tuple(sorted(urgency)),
        mode=step.hop.mode,
        relationship=step.hop.relationship,
        exposure=EXPOSURES[0] if internal else hops.scenario.exposure(step.hop.organization),
        agreement=step.hop.agreement,
        packet_agreement=step.hop.packet_agreement,
        urgencies=tuple(urgency[service_type] for service_type in sorted(urgency)),
    )


def _uses(hops: Hops, bits: Sequence[Bit], step: RankedStep) -> tuple[ServiceUse, ...]:
    """Return the services of a step in the order in which to ask for them, each with its matters to confirm.

    Nobody is spoken to by packet: a packet goes only where a condition of the path leaves nothing to confirm.
    """
    scenario, spoken_to = hops.scenario, step.hop.mode != "packet"
    met: dict[int, list[Offer]] = {}
    for offer in step.met_or_passed(hops):
        met.setdefault(offer.service, []).append(offer)
    found: list[ServiceUse] = []
    here, done = sum({1 << offer.bit for offer in step.offers}), 0
    while met:
        ready = [row for row, offers in met.items() if not any(o.requires & here & ~done for o in offers)]
        row = min(ready, key=lambda one: _turn(hops, bits, one, met[one]))
        offers = met.pop(row)
        done |= sum({1 << offer.bit for offer in offers if offer.bit >= 0})
        types = tuple(sorted({offer.type for offer in offers if offer.type}))
        asking = [offer for offer in offers if spoken_to and (offer.asked or offer.foreign)]
        entries = [entry for offer in asking for entry in scenario.entries(row, offer.type)]
        found.append(ServiceUse(scenario.service(row).slug, types, tuple(sorted({*entries}, key=_entry_order))))
    return tuple(found)


def _turn(hops: Hops, bits: Sequence[Bit], row: int, offers: Sequence[Offer]) -> tuple[int, int, str]:
    """Return the order of services of a step without prerequisites among them: urgency, needs, slug."""
    met = [offer.bit for offer in offers if offer.bit >= 0]
    urgency = min((URGENCIES.index(bits[bit].urgency) for bit in met), default=0)
    return urgency, min(met, default=0), hops.scenario.service(row).slug


def _entry_order(entry: Confirm) -> tuple[int, str]:
    return ("trait", "language", "companions").index(entry.kind), entry.attribute or ""


def _terms(hops: Hops, bits: Sequence[Bit], ranked_path: RankedPath, optional_open: int) -> tuple[CostTerm, ...]:
    """Return the cost terms other than zero, and always `handoffs`, in the order of `TERMS`."""
    lens = hops.scenario.lens
    terms = dict.fromkeys(TERMS, 0)
    open_bits = {offer.bit for step in ranked_path.steps for offer in step.offers}
    for step in ranked_path.steps:
        terms["asks"] += ASKS if step.hop.asked else 0
        if step.hop.mode != "internal":
            terms["handoffs"] += lens.handoff
            terms["exposure"] += lens.exposure(
                hops.scenario.exposure(step.hop.organization), asked_for=hops.asks_for_it(step.offers)
            )
            if step.hop.mode != "report":
                terms["mode"] += lens.mode(step.hop.mode)
                terms["relationship"] += RELATIONSHIP[step.hop.relationship]
        terms["uncertain"] += confirm_points(step.met_or_passed(hops), step.hop.mode)
        weight = sum(URGENCY_WEIGHT[bits[bit].urgency] for bit in open_bits)
        terms["delay"] += lens.hour * step.hop.hours * weight
        for price in _prices(hops, bits, step):
            for name, value in price.items():
                terms[name] += value
        open_bits -= {offer.bit for offer in step.offers}
    terms["optional_uncovered"] += lens.optional_uncovered * optional_open
    return tuple(CostTerm(name, terms[name]) for name in TERMS if terms[name] or name == "handoffs")


def _prices(hops: Hops, bits: Sequence[Bit], step: RankedStep) -> Iterator[dict[str, int]]:
    """Yield the cost terms of each offer met at a step, and of passing through a gateway on the way."""
    prices = hops.scenario.prices
    for offer in step.offers:
        bit = bits[offer.bit]
        is_report = step.hop.mode == "report"
        yield prices.met_price(offer.service, bit.type, bit.urgency, added=bit.need is None, reported=is_report)
    if step.gateway is not None:
        yield prices.gateway_price(step.gateway.service, step.gateway.urgency)
