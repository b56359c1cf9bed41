"""How far it is from an area to the nearest of some places, as the crow flies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import routing

_KM_A_MILE = 1.609344


def miles_to(snapshot: routing.Snapshot, area: str, places: Sequence[tuple[float, float]]) -> int | None:
    """Return whole miles from the point of an area to the nearest of `places` (latitude, longitude).

    None where the area has no point of its own, or there is no place. Pure.
    """
    origin = snapshot.areas.get(area)
    if origin is None or origin.latitude is None or origin.longitude is None or not places:
        return None
    latitude, longitude = np.array(places).T
    nearest = routing.kilometers((origin.latitude, origin.longitude), latitude, longitude).min()
    return round(float(nearest) / _KM_A_MILE)
