"""The possible clients: a *world* gives every unknown attribute a value (SEARCH.md, contract, `conditional_paths`)."""

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
    """The unknown attributes with values to choose, the age first, over the services (`rows`) that a path could use.

    `unsure` are the services closed as things stand and open in some world. Not `complete`: worlds would be too many,
    and some attributes stay unknown. `present`: whether the client is on the line may be supposed too.
    """

    rows: Rows
    unsure: Flags
    attributes: tuple[ClientAttribute, ...]
    present: bool
    complete: bool


def build_worlds(scenario: Scenario, age_bounds: Sequence[int]) -> Worlds:
    """Return the worlds of a scenario, over the services that a path could use; pure."""
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
    worlds = {-1}
    for place, attribute in enumerate(attributes):
        table = np.column_stack([attribute.opens, attribute.suits(denied=0, adult=attribute.parts_adults)])
        sets = {int.from_bytes(np.packbits(row).tobytes(), "big") for row in table}
        worlds = {world & services for world in worlds for services in sets} or worlds
        if len(worlds) > MOST_WORLDS:
            return tuple(attributes[:place])
    return tuple(attributes)
