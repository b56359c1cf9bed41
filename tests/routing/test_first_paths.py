"""First paths under the answers of a question: those that open much the same are searched at once, on the same hops."""

from __future__ import annotations

from typing import Any

import pytest
from builders import NothingLeaves, agreement, area, client, organization, profile, service, snapshot

import routing
from routing.client.scenario import Scenario
from routing.handoffs.standing import Standings
from routing.ranking.search_paths import search_paths
from routing.what_if import answers

COUNTIES = ("ash", "elm", "fir", "oak")
BED = "emergency_shelter"


def counties() -> routing.Snapshot:
    """Return counties of two towns; in each a house with beds, one of them for a town alone."""
    records: list[Any] = [area("state"), organization("hotline")]
    for county in COUNTIES:
        house, towns = organization(f"{county}-house"), [area(f"{county}-town-{n}", within=county) for n in (0, 1)]
        beds = [service(f"{county}-{n}", BED, at=house.slug, areas=[county]) for n in range(6)]
        inn = service(f"{county}-inn", BED, at=house.slug, areas=[towns[1].code])
        records += [area(county, within="state"), *towns, house, *beds, inn, agreement("hotline", house.slug)]
    return snapshot(*records)


@pytest.fixture
def request_anywhere() -> routing.Request:
    return routing.Request(counties(), profile(BED, client=client(area=None)), rules=NothingLeaves())


def test_a_county_and_its_towns_are_searched_at_once(
    request_anywhere: routing.Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many searches as there are counties: with all open at once, the best path is open in none but one of them."""
    searches: list[int] = []
    search = answers.search_paths

    def counting(scenario: Scenario, *rules: Any, **how: Any) -> Any:
        searches.append(len(scenario.opens))
        return search(scenario, *rules, **how)

    monkeypatch.setattr(answers, "search_paths", counting)
    (area_unknown,) = [
        unknown for unknown in routing.find_unknowns(request_anywhere, ()) if unknown.attribute == "client.area"
    ]
    suppositions = [
        routing.Supposition(area_unknown.attribute, answer, request_anywhere) for answer in area_unknown.answers
    ]

    nothing = routing.Standing(pressing_open=1, bad=True, required_open=1, total=0)

    firsts = {supposition.answer.values[0]: path for supposition, path in routing.FirstPaths(suppositions, nothing)}

    houses = {place: path and path.steps[-1].organization for place, path in firsts.items()}
    assert houses == {place: f"{county}-house" for county in COUNTIES for place in (county, f"{county}-town-1")}
    assert searches == [7] * len(COUNTIES)


def test_a_standing_is_worked_out_once_for_all_answers(
    request_anywhere: routing.Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever opens; but anew under other rules, and where the client is reached in another way."""
    standings: list[tuple[int, object]] = []
    let_in = Standings._let_in

    def counting(self: Standings, holder: int, view: Any, terms: Any) -> Any:
        standings.append((holder, view.offers))
        return let_in(self, holder, view, terms)

    monkeypatch.setattr(Standings, "_let_in", counting)
    today, rules = request_anywhere.scenario(), request_anywhere.rules
    rows = tuple(range(len(request_anywhere.snapshot.services)))

    for opens in (rows, rows[:8], rows[8:], rows):
        search_paths(today.supposing(opens, client_present=True), rules)

    assert len(standings) == len({*standings}) > 0
    search_paths(today.supposing(rows, client_present=False), rules)
    search_paths(today.supposing(rows, client_present=True), NothingLeaves())
    assert len(standings) > len({*standings})
