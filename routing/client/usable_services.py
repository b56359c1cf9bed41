"""The services that a path could come to use, for any values of the unknown facts: of needs, prerequisites, ways in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routing.client.eligibility import NO, Eligibility
from routing.client.scenario import Scenario
from routing.directory.arrays import are_among, distinct
from routing.directory.columns import Rows

Flags = NDArray[np.bool_]


def possible_services(scenario: Scenario) -> Eligibility:
    """Return the verdicts on the services (rows rising) that a path could use in at least one world; pure."""
    words, type_number, possible = scenario.snapshot.words, scenario.snapshot.type_number, _possible(scenario)
    offered, place = scenario.snapshot.columns.types.at(possible.rows)
    requires = scenario.snapshot.columns.requires[possible.rows]
    ways_in, reach = _WaysIn(scenario, possible.rows), np.zeros(len(possible.rows), dtype=np.bool_)
    types, new_types = set[str](), {need.type for need in scenario.profile.needs}
    while new_types:
        types |= new_types
        new = np.zeros_like(reach)
        new[
            place[
                are_among(
                    offered, [type_number[service_type] for service_type in new_types if service_type in type_number]
                )
            ]
        ] = True
        new |= ways_in.to(new)
        reach |= new
        numbers = distinct(requires[new]).tolist()
        new_types = set[str]().union(*(words.requires[number] for number in numbers)) - types
    return possible.only(reach)


def _possible(scenario: Scenario) -> Eligibility:
    """Return the verdicts on every active service that is not avoided and may take the client."""
    columns = scenario.snapshot.columns
    near = distinct(scenario.may_be_near())
    active = near[columns.active[near]]
    verdicts = scenario.client.judge(active[~scenario.refusals(columns.organization[active])])
    return verdicts.only(verdicts.overall != NO)


class _WaysIn:
    """Finds the services of organizations let in by a door that is closed to the origin: possible gateways."""

    def __init__(self, scenario: Scenario, rows: Rows) -> None:
        columns = scenario.snapshot.columns
        self._scenario, self._owners, self._doors = scenario, columns.organization[rows], columns.door[rows]
        self._is_closed = ~scenario.snapshot.ties.opens_to(scenario.origin)[self._doors]
        self._away = self._owners != scenario.origin
        self._seen: set[tuple[int, int]] = set()

    def to(self, services: Flags) -> Flags:
        """Return the services (flags) of organizations newly let in by the doors of the given services (flags)."""
        closed, doors = services & self._is_closed, self._scenario.snapshot.words.doors
        admitted, partners = np.zeros_like(closed), set[int]()
        for door, owner in sorted({*zip(self._doors[closed].tolist(), self._owners[closed].tolist(), strict=True)}):
            if self._is_new(door, -1):
                admitted |= self._scenario.moment.let_in(door, self._owners)
            if "agreement" in doors[door] and self._is_new(door, owner):
                partners |= self._scenario.moment.partners(owner)
        return (admitted | are_among(self._owners, list(partners))) & self._away

    def _is_new(self, door: int, owner: int) -> bool:
        """Return whether a door is looked at for the first time; a door for partners counts once for each owner."""
        is_new = (door, owner) not in self._seen
        self._seen.add((door, owner))
        return is_new
