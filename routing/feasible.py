"""Who can be come to at all and what can be met, whatever it costs: more than one path can do, and quick to find."""

from __future__ import annotations

from routing.problem import ANY_HOLDER, Problem


def reach(problem: Problem, excluded: frozenset[int] = frozenset()) -> tuple[int, frozenset[int]]:
    """Return the bits that can be met and the organizations that can be come to, the origin among them; pure.

    By fixed point, as if the excluded organizations were not there: what is not in it is on no path at all.
    """
    shut = [port.organization in excluded for port in problem.ports]
    passages = [entry for entry in problem.passages if entry[2].gateway not in excluded]
    met, places, grew = 0, {0}, True
    while grew:
        before = met, len(places)
        groups = {ANY_HOLDER, *(problem.group_of[place] for place in places)}
        ports = {edge.port for edge in problem.own_services}
        ports |= {edge.port for edge in problem.shared if edge.source in groups}
        ports |= {edge.port for edge in problem.own if edge.source in places}
        ports |= {port for place, port, passage in passages if place in places and not passage.requires & ~met}
        for port in ports:
            for offer in () if shut[port] else problem.ports[port].offers:
                if not offer.requires & ~met:
                    met |= 1 << offer.bit
                    places.add(problem.place_of(problem.holder_at(port)))
        grew = (met, len(places)) != before
    return met, frozenset(problem.holders[place] for place in places)
