"""Ranked paths in words: priced anew step by step, and no path whose two prices differ."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import NothingLeaves, area, find, organization, profile, service, snapshot

import routing
from routing.client.scenario import Scenario
from routing.errors import SearchDefect
from routing.ranking.alternatives import Without, rank
from routing.search.describe import describe_all
from routing.search.graph import build_hop_graph


@pytest.mark.parametrize("points", [-1, 1])
def test_a_path_that_does_not_cost_what_the_search_said_is_not_shown(points: int) -> None:
    """A price that is off by the least there is: the search is wrong, and no answer is made of it."""
    network = snapshot(*map(organization, ("hotline", "pantry")), service("soup", "food", at="pantry"))
    hop_graph = build_hop_graph(Scenario(network, profile("food")), NothingLeaves())
    [ranked] = rank(Without(hop_graph), 1).ranked_paths

    assert [path.rank for path in describe_all(hop_graph, [ranked, ranked])] == [1, 2]
    with pytest.raises(SearchDefect, match=r"^a path does not cost what the search said$"):
        describe_all(hop_graph, [replace(ranked, value=ranked.value + points)])


def test_each_step_is_charged_for_what_is_to_confirm_there() -> None:
    """A language at both houses: 60 points at each.

    hotline --warm--> pantry, closet
    """
    foreign = {"interpretation": False, "languages": ("vi",)}
    network = snapshot(
        *map(organization, ("hotline", "pantry", "closet")),
        service("soup", "food", at="pantry", **foreign),
        service("coats", "clothing", at="closet", **foreign),
    )
    plain = snapshot(
        *map(organization, ("hotline", "pantry", "closet")),
        service("soup", "food", at="pantry"),
        service("coats", "clothing", at="closet"),
    )

    [here, there] = (find(records, profile("food", "clothing")).paths[0] for records in (network, plain))

    assert here.total - there.total == 120


def test_nobody_travels_to_a_report() -> None:
    """The desk is 55 km away: a call to it costs no distance, a walk to it would.

    hotline --report--> desk
    """
    network = snapshot(
        area("travis", latitude=30.0, longitude=-97.0),
        organization("hotline"),
        organization("desk"),
        service("report", "law_enforcement_report", at="desk", positions=((30.5, -97.0),)),
    )
    report = routing.CertainReport("law_enforcement_report", frozenset({"desk"}))

    [path] = find(network, routing.with_reports(profile(report.type), [report])).paths

    assert "distance" not in {term.name for term in path.terms}


def test_what_a_bed_asks_for_is_named_before_it_wherever_it_stands_among_the_needs() -> None:
    """A bed comes before a talk in the order of needs, but this bed asks for one.

    hotline --warm--> house [talk, then bed]
    """
    talk, bed = "intake_assessment", "emergency_shelter"
    network = snapshot(
        *map(organization, ("hotline", "house")),
        service("talk", talk, at="house"),
        service("bed", bed, at="house", requires=(talk,)),
    )

    for needs in ((talk, bed), (bed, talk)):
        [step] = find(network, profile(*needs)).paths[0].steps
        assert [use.service for use in step.services] == ["talk", "bed"]
        assert step.covers == (bed, talk)
