"""Tables of offers: a part of a known one is the same, entry by entry, as one that is worked out by itself."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import fields, replace

import pytest
from builders import need, organization, profile, service, snapshot
from length import draws
from loaded import Loader
from oracle.instances import make_instance

from routing.client.eligibility import UNKNOWN
from routing.client.prices import Wanted
from routing.client.scenario import Scenario
from routing.client.usable_services import within_reach
from routing.costs import URGENCIES
from routing.handoffs import offers
from routing.handoffs.offers import Table, table_of


def columns(table: Table) -> dict[str, list[object]]:
    return {column.name: getattr(table, column.name).tolist() for column in fields(table)}


def alone(scenario: Scenario, wanted: Sequence[Wanted]) -> Table:
    """Return the table as it is where nothing is known that it could be a part of."""
    return offers._make_table(replace(scenario, earlier=None), wanted)


def asked_for(scenario: Scenario) -> list[list[Wanted]]:
    """Return what a search may want: all needs, each of them, what may come first, one by one and some together."""
    needs = [Wanted(one.type, one.urgency, True) for one in scenario.profile.needs]
    urgencies = dict.fromkeys(one.urgency for one in scenario.profile.needs)
    firsts = [Wanted(kind, urgency, False) for kind in scenario.snapshot.asked_first for urgency in urgencies]
    backwards = firsts[::-1][:3]
    others = [Wanted(kind, urgency, True) for kind in scenario.snapshot.asked_first for urgency in URGENCIES[:1]]
    every = [needs, *([one] for one in needs), *([one] for one in firsts), firsts[1::2], backwards, others]
    return [wanted for wanted in every if wanted]


def test_a_table_is_the_same_whatever_was_known_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """In any order, with all that may be open supposed first, or some of it, or nothing."""
    made = Counter[str]()
    whole = offers._make_table
    monkeypatch.setattr(offers, "_make_table", lambda *asked: made.update(made=1) or whole(*asked))
    with Loader() as loader:
        for seed in range(draws(40)):
            asked, chance = loader.ask(*make_instance(seed)), random.Random(seed)
            today = Scenario(asked.snapshot, asked.profile)
            verdicts = within_reach(today)
            unsure = verdicts.rows[verdicts.overall == UNKNOWN].tolist()
            some = sorted(chance.sample(unsure, len(unsure) // 2))
            scenarios = [today.supposing(tuple(rows), client_present=None) for rows in (unsure, some, some[::2], [])]
            for scenario in scenarios if seed % 2 else scenarios[::-1]:
                wanted = asked_for(scenario)
                chance.shuffle(wanted)
                for one in wanted:
                    found = columns(table_of(scenario, one))
                    before = made["made"]
                    assert found == columns(alone(scenario, one))
                    made.subtract(made=made["made"] - before)
                    made.update(asked=1)
    assert made["made"] < made["asked"] / 2, made


def test_what_a_profile_needs_and_a_service_asks_first_are_not_the_same_offer() -> None:
    """Added, it costs an hour more; needed, it may excuse a discoverable receiver."""
    network = snapshot(
        *map(organization, ("hotline", "desk", "refuge")),
        service("bed", "food", at="refuge", requires=("intake_assessment",)),
        service("talk", "intake_assessment", at="desk"),
    )
    scenario = Scenario(network, profile(need("food", "today"), need("intake_assessment", "today")))

    (needed, first) = (table_of(scenario, [Wanted("intake_assessment", "today", is_need)]) for is_need in (True, False))

    assert needed.row.tolist() == first.row.tolist()
    assert (first.price > needed.price).all()
