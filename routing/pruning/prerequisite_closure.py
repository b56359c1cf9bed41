"""The offers whose prerequisites can be met before them, hand-offs aside: the others are on no path.

A shelter that asks for an assessment, where every assessment asks for a shelter first: neither can come first.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from routing.client.scenario import Scenario
from routing.directory.arrays import distinct
from routing.handoffs.hop import MOST_ADDED, closure
from routing.handoffs.offers import Flags, Table


def in_some_order(scenario: Scenario, table: Table) -> Flags:
    """Return which offers of the needs can be met in some order, with at most `MOST_ADDED` types added. No is certain.

    A bit is a type here, whatever the urgency; doors, hand-offs and what gateways ask for are left aside.
    """
    every_offer = np.ones(len(table.row), dtype=np.bool_)
    if table.free.all():  # so it is for a third party, who reports, whatever is asked for first
        return every_offer
    bits = {need.type: place for place, need in enumerate(scenario.profile.needs)}
    completed, requires = scenario.profile.client.completed, scenario.snapshot.columns.requires

    def mask_of(number: int) -> int:
        missing = scenario.snapshot.words.requires[number] - completed
        return sum(1 << bits.setdefault(service_type, len(bits)) for service_type in sorted(missing))

    asking = zip(table.bit.tolist(), requires[table.row].tolist(), strict=True)
    entries = [(bit, mask_of(number)) for bit, number in asking]
    offers, needs = set(entries), len(scenario.profile.needs)
    place = needs
    while place < len(bits):
        takers = scenario.takers_of([*bits][place])
        offers |= {(place, mask_of(number)) for number in distinct(requires[takers]).tolist()}
        place += 1
    ready, every_need = set[tuple[int, int]](), (1 << needs) - 1
    for size in range(MOST_ADDED + 1):
        for added in combinations(range(needs, place), size):
            met = closure(offers, every_need | sum(1 << bit for bit in added))
            ready |= {offer for offer in offers if not offer[1] & ~met}
            if ready >= offers:
                return every_offer
    return np.array([entry in ready for entry in entries], dtype=np.bool_)
