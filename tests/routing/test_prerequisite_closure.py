"""Services that ask for each other first: on no path, so left out before any hand-off is looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from benchmarks import coalitions
from benchmarks.questions import draw_questions
from builders import NothingLeaves, client, need, organization, profile, service, snapshot
from length import draws, enough
from seeds import fresh

import routing
from routing.client.scenario import Scenario
from routing.conditional.find_conditional import ConditionalPaths, find_conditional
from routing.handoffs.hops import Hops
from routing.handoffs.offers import Flags, Table, needs_of, table_of
from routing.pruning import offer_filter
from routing.pruning.offer_filter import OfferFilter
from routing.pruning.prerequisite_closure import in_some_order
from routing.ranking.alternatives import Without, rank
from routing.ranking.search_paths import search_paths
from routing.search.graph import build_hop_graph
from service.directory.snapshot.sharing import Sharing

NOTHING_KNOWN = client(age=None, gender=None, languages=None, area=None)

ORDERED: dict[str, dict[str, Iterable[str]]] = {
    "nothing first": {"bed": ()},
    "one, that asks for nothing": {"bed": ["intake"], "intake": ()},
    "two in a row": {"bed": ["intake"], "intake": ["papers"], "papers": ()},
    "two at once": {"bed": ["intake", "papers"], "intake": (), "papers": ()},
}
UNORDERED: dict[str, dict[str, Iterable[str]]] = {
    "one that nobody offers": {"bed": ["intake"]},
    "each other": {"bed": ["intake"], "intake": ["bed"]},
    "each other, further on": {"bed": ["intake"], "intake": ["papers"], "papers": ["intake"]},
    "three in a row": {"bed": ["intake"], "intake": ["papers"], "papers": ["school"], "school": ()},
    "three in all": {"bed": ["intake", "papers"], "intake": (), "papers": ["school"], "school": ()},
}


def scenario_of(asking: dict[str, Iterable[str]], *completed: str) -> Scenario:
    """Return a client who needs a bed, where each house offers one type and asks for some others first."""
    houses = [organization(f"house-{kind}") for kind in asking]
    services = [service(kind, kind, at=f"house-{kind}", requires=[*first]) for kind, first in asking.items()]
    directory = snapshot(organization("hotline"), *houses, *services)
    return Scenario(directory, profile(need("bed"), client=client(completed=frozenset(completed))))


@pytest.mark.parametrize("asking", ORDERED.values(), ids=[*ORDERED])
def test_a_service_that_can_come_after_what_it_asks_for_is_kept(asking: dict[str, Iterable[str]]) -> None:
    """And is on the path."""
    scenario = scenario_of(asking)

    assert in_some_order(scenario, table_of(scenario, needs_of(scenario))).tolist() == [True]
    assert search_paths(scenario, NothingLeaves())[1].ranked_paths


@pytest.mark.parametrize("asking", UNORDERED.values(), ids=[*UNORDERED])
def test_a_service_that_cannot_come_in_any_order_is_left_out(asking: dict[str, Iterable[str]]) -> None:
    """As no path leads there, in the whole graph either; once the client has completed what is asked for, one does."""
    scenario = scenario_of(asking)

    assert in_some_order(scenario, table_of(scenario, needs_of(scenario))).tolist() == [False]
    assert not rank(Without(build_hop_graph(scenario, NothingLeaves())), 1).ranked_paths
    completed = scenario_of(asking, *asking["bed"])
    assert in_some_order(completed, table_of(completed, needs_of(completed))).tolist() == [True]


def test_a_need_may_come_first_and_is_not_added() -> None:
    """Two of three in a row are needs themselves: one is added, which is less than two."""
    asking = UNORDERED["three in a row"]
    scenario = scenario_of(asking)
    wanted = replace(scenario.profile, needs=(need("bed"), need("papers")))
    further = Scenario(scenario.snapshot, wanted)

    assert in_some_order(further, table_of(further, needs_of(further))).tolist() == [True, True]


def test_what_the_client_has_completed_is_asked_of_nobody() -> None:
    """A bed after an intake and papers, where nobody offers an intake: kept for a client who had one."""
    scenario = scenario_of({"bed": ["intake", "papers"], "papers": ()}, "intake")

    assert in_some_order(scenario, table_of(scenario, needs_of(scenario))).tolist() == [True]
    assert search_paths(scenario, NothingLeaves())[1].ranked_paths


def test_each_of_two_beds_may_ask_for_two_types_of_its_own() -> None:
    """Four types in all, of which no path adds more than two: both beds are kept."""
    asked = {"ash": ("intake", "papers"), "elm": ("legal", "school")}
    beds = [service(f"{at}-bed", "bed", at=at, requires=first) for at, first in asked.items()]
    desk = service("desk", *asked["ash"], *asked["elm"], at="desk")
    scenario = Scenario(snapshot(*map(organization, ("hotline", "desk", *asked)), *beds, desk), profile("bed"))

    assert in_some_order(scenario, table_of(scenario, needs_of(scenario))).tolist() == [True, True]


def test_a_report_of_a_third_party_is_taken_whatever_is_asked_for_first() -> None:
    """The line asks for an intake that nobody offers: nothing of its client has to come before the call."""
    line = service("line", "crisis_hotline", at="house", requires=["intake"])
    directory = snapshot(organization("hotline"), organization("house"), line)
    scenario = Scenario(directory, profile("crisis_hotline", third_party=True))

    assert in_some_order(scenario, table_of(scenario, needs_of(scenario))).tolist() == [True]
    assert search_paths(scenario, NothingLeaves())[1].ranked_paths


@pytest.mark.parametrize("ask_first", [0.6, 1.0])
def test_the_same_answers_as_with_every_offer(ask_first: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """On awkward directories in which most or all services ask for something first: paths of now, and of worlds."""
    shape, left_out, conditional = replace(coalitions.AWKWARD, ask_first=ask_first), 0, 0
    directory = coalitions.serve(40, shape=shape)
    for question in draw_questions(directory.snapshot, draws(6), seed=fresh(5), needs=4):
        sharing = Sharing(directory.rulebook, directory.policy, question.case)

        def answers(
            question_profile: routing.Profile = question.profile, sharing: Sharing = sharing
        ) -> tuple[object, object, ConditionalPaths]:
            scenario = Scenario(directory.snapshot, question_profile)
            _, ranking = search_paths(scenario, sharing)
            first = next(iter(ranking.ranked_paths), None)
            hops = Hops.at(scenario, sharing)
            worlds = find_conditional(hops, first, sharing, limit=3, is_expired=routing.never)
            return [path.key for path in ranking.ranked_paths], ranking.sole_providers, worlds

        scenario = Scenario(directory.snapshot, question.profile)
        table = table_of(scenario, needs_of(scenario))
        left_out += int((~in_some_order(scenario, table)).sum())
        *now, worlds = answers()
        with monkeypatch.context() as patch:
            patch.setattr(offer_filter, "in_some_order", every_offer)
            assert answers() == (*now, worlds)
        conditional += len(worlds.paths)
    assert enough(bool(left_out), 0)
    assert enough(conditional or ask_first == 1, 0)


def every_offer(_: Scenario, table: Table) -> Flags:
    return np.ones(len(table.row), dtype=np.bool_)


def test_where_every_service_asks_first_no_hand_off_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither for the paths of now nor for those of worlds, of a client of whom nothing is known."""
    directory = coalitions.serve(60, shape=replace(coalitions.AWKWARD, ask_first=1.0))
    looks = list[object]()
    monkeypatch.setattr(Hops, "best", lambda *look: looks.append(look) or ())
    monkeypatch.setattr(Hops, "beside_origin", lambda *look: looks.append(look) or ())
    for question in draw_questions(directory.snapshot, draws(12), seed=fresh(5), needs=8):
        unknown = replace(question.profile, client=NOTHING_KNOWN, client_present=None)
        scenario = Scenario(directory.snapshot, unknown)
        sharing = Sharing(directory.rulebook, directory.policy, question.case)

        assert not OfferFilter(scenario).coverable.any()
        assert not search_paths(scenario, sharing)[1].ranked_paths
        assert not find_conditional(Hops.at(scenario, sharing), None, sharing, limit=3, is_expired=routing.never).paths
    assert not looks
