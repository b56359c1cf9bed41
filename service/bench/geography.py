"""The areas of a synthetic coalition, and where its agencies' services are and whom they serve, as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import routing
from routing.directory.columns import Lists, narrow, offsets_of

Draw = np.random.Generator
Array = NDArray[Any]

_STATES = 51
_COUNTIES = 3143


def draw_areas(agencies: int, rng: Draw) -> tuple[dict[str, routing.Area], Array]:
    """Return areas in the order of their codes, and the numbers of the counties among the areas."""
    one = agencies <= 30_000
    states, counties = (1, max(3, min(254, agencies // 100))) if one else (_STATES, _COUNTIES)
    state = np.sort(np.concatenate([np.arange(states), rng.integers(0, states, counties - states)]))
    north, west = rng.uniform(30, 47, states), rng.uniform(-120, -75, states)
    areas = {"us": routing.Area("us", "The whole country")}
    for number in range(states):
        areas[f"us-{number:02}"] = routing.Area(f"us-{number:02}", f"State {number}", "us")
    spread = rng.uniform(-2.5, 2.5, (counties, 2))
    for number, of in enumerate(state.tolist()):
        place = round(float(north[of] + spread[number, 0]), 4), round(float(west[of] + spread[number, 1]), 4)
        code = f"us-{of:02}-{number:04}"
        areas[code] = routing.Area(code, f"County {number}", f"us-{of:02}", *place)
    areas = dict(sorted(areas.items()))
    return areas, np.array([n for n, code in enumerate(areas) if code.count("-") == 2], dtype=np.int32)


def draw_service_areas(county: Array, areas: dict[str, routing.Area], reports: Array, rng: Draw) -> dict[str, Any]:
    """Return the areas of services: a county, several, a state, the country, everywhere, or an area of unknown words.

    A service that takes reports covers the agency's own county alone.
    """
    index = {code: number for number, code in enumerate(areas)}
    state_of = np.array([index.get(code[:5], 0) for code in areas], dtype=np.int32)
    count = len(county)
    draw = np.where(reports, 1.0, rng.random(count))
    national, statewide, several = draw < 0.01, draw < 0.11, draw < 0.31
    unread = (rng.random(count) < 0.04) & ~reports
    width = np.where(several & ~statewide, 1 + rng.integers(1, 5, count), 1)
    everywhere = national & (rng.random(count) < 0.5)
    width[everywhere | unread] = 0
    everywhere &= ~unread
    offsets = offsets_of(width)
    row = np.repeat(np.arange(count), width)
    turn = np.arange(len(row)) - offsets[row]
    # Neighbours by number, within the state: the codes of a state are next to each other.
    near = np.clip(county[row] + turn, 0, len(state_of) - 1)
    near = np.where((state_of[near] == state_of[county[row]]) & (near != state_of[near]), near, county[row])
    place = np.where(national[row], 0, np.where(statewide[row], state_of[county[row]], near))
    return {
        "everywhere": everywhere,
        "areas": Lists(offsets, narrow(place)),
        "areas_known": ~unread,
    }


def draw_places(county: Array, owner: Array, areas: dict[str, routing.Area], rng: Draw) -> dict[str, Any]:
    """Return the places of services: four services in five are given at the single place of their agency."""
    placed = rng.random(len(owner)) < 0.8
    where = np.array([(area.latitude or 0.0, area.longitude or 0.0) for area in areas.values()])
    spots = np.round(where[county] + rng.normal(0, 0.15, (len(county), 2)), 4)
    return {
        "places": Lists(offsets_of(placed), narrow(owner[placed])),
        "latitude": spots[:, 0].copy(),
        "longitude": spots[:, 1].copy(),
    }
