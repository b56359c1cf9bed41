"""The conditions of a path: together enough, each of them needed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from routing.client.unknowns import AGE, AREA, PRESENT, ClientAttribute, all_ages
from routing.conditional.worlds import Worlds
from routing.model import ChoiceCondition, Condition, FactCondition
from routing.ports import CALL, Ages, AskRules, Transfer, TransferConditions
from routing.search.graph import HopGraph
from routing.search.ranked_path import RankedPath, RankedStep


def settle(
    hop_graph: HopGraph, worlds: Worlds, rules: AskRules, ranked_path: RankedPath
) -> tuple[Condition, ...] | None:
    """Return the conditions of a path, `None` if no world allows the whole path; consents, then facts, then choices."""
    facts: list[FactCondition] = []
    denied, adult = denied_on(hop_graph, ranked_path), is_for_adults(hop_graph, ranked_path)
    ages, age_is_listed = all_ages(hop_graph.scenario), False
    for attribute in worlds.attributes:
        columns = columns_of(worlds, ranked_path, attribute)
        open_at = np.asarray(opened_at(attribute, columns, denied=denied, adult=adult).all(axis=1), dtype=np.bool_)
        if not open_at.any():
            return None
        if not (attribute.concerns[columns].any() or attribute.denied & denied or (adult and attribute.parts_adults)):
            continue
        if attribute.name == AGE:
            ages, age_is_listed = _span(attribute, open_at), True
        else:
            facts.append(FactCondition(attribute.name, _values(hop_graph, attribute, open_at)))
    transfers = transfers_of(hop_graph, ranked_path)
    conditions = (
        rules.least(transfers, ages, age_is_listed=age_is_listed) if transfers else TransferConditions(ages, (), ())
    )
    if conditions is None:
        return None
    facts += conditions.facts
    if age_is_listed or conditions.ages != ages:
        facts.append(FactCondition(AGE, f"{conditions.ages[0]}-{conditions.ages[1]}"))
    if hop_graph.must_mark:
        facts.append(FactCondition(PRESENT, (True,)))
    return (
        *conditions.consents,
        *sorted(facts, key=lambda fact: fact.attribute),
        *_choices(hop_graph, ranked_path.steps),
    )


def opened_at(attribute: ClientAttribute, columns: NDArray[np.int64], *, denied: int, adult: bool) -> NDArray[np.bool_]:
    """Return which values (rows) of an attribute open which services of a path (columns).

    The last column: the values that suit what else has to be known, traits (a mask) as false, the client as an adult.
    """
    return np.column_stack([attribute.opens[:, columns], attribute.suits(denied=denied, adult=adult)])


def is_for_adults(hop_graph: HopGraph, ranked_path: RankedPath) -> bool:
    """Return whether a path is closed to a child, because of an adult who comes along, and open to an adult."""
    return any(
        step.hop.mode != "report" and hop_graph.scenario.is_for_adults(offer.service, offer.type)
        for step in ranked_path.steps
        for offer in step.offers
    )


def denied_on(hop_graph: HopGraph, ranked_path: RankedPath) -> int:
    """Return the traits (a mask) to be known as false for a path: they must not be asked about, or a packet goes."""
    traits = 0
    for step in ranked_path.steps:
        for offer in step.met_or_passed(hop_graph.hops):
            if step.hop.mode != "report":
                traits |= hop_graph.scenario.to_be_denied(
                    offer.service, offer.type, by_packet=step.hop.mode == "packet"
                )
    return traits


def columns_of(worlds: Worlds, ranked_path: RankedPath, attribute: ClientAttribute) -> NDArray[np.int64]:
    """Return the places in `worlds.rows` of a path's services that ask for an attribute: in a report the area alone."""
    stops = zip(ranked_path.steps, ranked_path.keys, strict=True)
    asking = [key.services for step, key in stops if step.hop.mode != "report" or attribute.name == AREA]
    return np.flatnonzero(np.isin(worlds.rows, [row for services in asking for row in services]))


def transfers_of(hop_graph: HopGraph, ranked_path: RankedPath) -> tuple[Transfer, ...]:
    """Return the transfers of a path that may not go today, each once; own calls, too: a world may deny them."""
    snapshot, hops, transfers = hop_graph.scenario.snapshot, hop_graph.hops, dict[Transfer, None]()
    for step in ranked_path.steps:
        if step.hop.mode == "self" and not all(map(hops.is_open_to_children, step.met_or_passed(hops))):
            transfers[CALL] = None
        if step.hop.mode != "packet":
            continue
        holder, by_service = hop_graph.scenario.organization(step.holder).slug, dict[int, set[str]]()
        for offer in step.met_or_passed(hops):
            by_service.setdefault(offer.service, set()).update({offer.type} - {""})  # a gateway's has no type
        for service, types in by_service.items():
            to = hop_graph.scenario.service(service)
            classes = snapshot.packet_classes(to, types)
            packet = [Transfer(holder, to.organization, data, step.hop.packet_agreement) for data in classes]
            transfers.update(dict.fromkeys(hops.permits.missing(packet)))
    return tuple(transfers)


def _span(attribute: ClientAttribute, open_at: NDArray[np.bool_]) -> Ages:
    """Return the ages that open a path as one range: ranges overlap in a range."""
    values = zip(attribute.values, open_at, strict=True)
    ranges = [value for value, is_open in values if is_open and isinstance(value, tuple)]
    return ranges[0][0], ranges[-1][1]


def _values(hop_graph: HopGraph, attribute: ClientAttribute, open_at: NDArray[np.bool_]) -> tuple[str | bool, ...]:
    """Return the values that open a path; of areas the outermost."""
    values = [value for value, is_open in zip(attribute.values, open_at, strict=True) if is_open]
    words = [value for value in values if isinstance(value, (str, bool))]
    if attribute.name != AREA:
        return tuple(words)
    snapshot = hop_graph.scenario.snapshot
    return tuple(code for code in words if set(snapshot.ancestors(str(code))).isdisjoint(set(words) - {code}))


def _choices(hop_graph: HopGraph, steps: Sequence[RankedStep]) -> list[ChoiceCondition]:
    snapshot = hop_graph.scenario.snapshot
    gateways = dict.fromkeys(step.hop.organization for step in steps if step.gateway is not None)
    return [
        ChoiceCondition(snapshot.organizations[gateway].slug) for gateway in gateways if snapshot.by_choice[gateway]
    ]
