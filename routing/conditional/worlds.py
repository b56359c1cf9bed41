"""The possible clients: several answers at once, and the services that the answers open together.

A *world* gives every unknown attribute a value. Whether a service takes the client splits into a test for each
attribute (`client/unknowns.py`), so the worlds that open a whole path are, attribute by attribute, the values that open
every service of the path. Hence many worlds can be searched at once (`conditional/world_regions.py`), and the
conditions of a path can be stated (`conditional/conditions.py`). Contract, `conditional_paths`.

Age 11-17 with gender female is a world; age 11-17 with gender male is another world.
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
    """The unknown attributes with values to choose, over the services (`rows`) that a path could use.

    `unsure` are the services closed as things stand and open in some world. `complete` is False where the worlds would
    be too many: then the attributes left out stay unknown. `present`: whether the client is on the line is unknown too,
    and may be supposed.
    """

    rows: Rows
    unsure: Flags
    attributes: tuple[ClientAttribute, ...]
    present: bool
    complete: bool


def build_worlds(scenario: Scenario, age_bounds: Sequence[int]) -> Worlds:
    """Return the worlds of a scenario; pure. Only services that a path could use count."""
    reach, unsure, all_attributes = attributes_of(scenario, age_bounds)
    attributes = _few_enough(all_attributes)
    for attribute in all_attributes:
        unsure = unsure & (~attribute.concerns | (attribute.opens.any(axis=0) if attribute in attributes else False))
    present = next((attribute for attribute in attributes if attribute.name == PRESENT), None)
    return Worlds(
        rows=reach,
        unsure=unsure,
        attributes=tuple(attribute for attribute in attributes if attribute is not present and attribute.values),
        present=present is not None and bool(only_together(scenario, reach, age_bounds).any()),
        complete=len(attributes) == len(all_attributes),
    )


def _few_enough(attributes: Sequence[ClientAttribute]) -> tuple[ClientAttribute, ...]:
    """Return the first attributes, in order, that together make no more than `MOST_WORLDS` worlds."""
    worlds = {-1}
    for place, attribute in enumerate(attributes):
        table = np.column_stack([attribute.opens, attribute.suits(denied=0, adult=attribute.parts_adults)])
        sets = {int.from_bytes(np.packbits(row).tobytes(), "big") for row in table}
        worlds = {world & services for world in worlds for services in sets} or worlds
        if len(worlds) > MOST_WORLDS:
            return tuple(attributes[:place])
    return tuple(attributes)
