"""What a client could be: several answers at once, and the services that they open together.

A *world* gives every unknown attribute one value. Whether a service takes the client falls apart into one test for
each attribute (`client/unknowns.py`), so the worlds that open a whole path are, attribute by attribute, the values that
open all its services. That is what makes it possible to search many worlds at once (`conditional/world_regions.py`) and
to say what would have to be so (`conditional/conditions.py`). Contract, `conditional_paths`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routing.client.scenario import Scenario
from routing.client.unknowns import PRESENT, ClientAttribute, Flags, attributes_of, only_together
from routing.directory.columns import Rows

MOST_WORLDS = 64
"""Beyond so many different sets of open services, attributes stay unknown (contract)."""


@dataclass(frozen=True)
class Worlds:
    """The unknown attributes that are given values, over the services (`rows`) that a path could use.

    `unsure` are those that things as they stand do not open and some world may. `complete` is False where there would
    be too many worlds: then the attributes left out stay unknown. `present` says that whether the client is on the line
    is not known either, and may be supposed.
    """

    rows: Rows
    unsure: Flags
    attributes: tuple[ClientAttribute, ...]
    present: bool
    complete: bool


def build_worlds(scenario: Scenario, age_bounds: Sequence[int]) -> Worlds:
    """Return the worlds of a case; pure. Only services that a path could use count."""
    reach, unsure, every = attributes_of(scenario, age_bounds)
    kept = _few_enough(every)
    for one in every:
        unsure = unsure & (~one.concerns | (one.opens.any(axis=0) if one in kept else False))
    present = next((one for one in kept if one.name == PRESENT), None)
    return Worlds(
        rows=reach,
        unsure=unsure,
        attributes=tuple(one for one in kept if one is not present and one.values),
        present=present is not None and bool(only_together(scenario, reach).any()),
        complete=len(kept) == len(every),
    )


def _few_enough(attributes: Sequence[ClientAttribute]) -> tuple[ClientAttribute, ...]:
    """Return the attributes, in order, up to the one with which there would be too many worlds."""
    worlds = {-1}
    for place, one in enumerate(attributes):
        sets = {int.from_bytes(np.packbits(row).tobytes(), "big") for row in one.opens}
        worlds = {world & opened for world in worlds for opened in sets} or worlds
        if len(worlds) > MOST_WORLDS:
            return tuple(attributes[:place])
    return tuple(attributes)
