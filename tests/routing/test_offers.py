"""Tables of offers: what a service costs where it is needed, and where something else asks for it first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from builders import find, need, organization, profile, service, snapshot
from length import draws, enough
from loaded import Loader
from oracle.instances import make_instance

import routing
from routing.client.prices import Demand
from routing.client.scenario import Scenario
from routing.costs import RELATIONSHIP
from routing.handoffs.hop import CandidateService, with_those_between
from routing.handoffs.hops import Hops
from routing.handoffs.offers import needs_of, offers_in, table_of


def test_what_a_profile_needs_and_a_service_asks_first_are_not_the_same_offer() -> None:
    """Added, it costs an hour more; needed, it may excuse a discoverable receiver."""
    network = snapshot(
        *map(organization, ("hotline", "desk", "refuge")),
        service("bed", "food", at="refuge", requires=("intake_assessment",)),
        service("talk", "intake_assessment", at="desk"),
    )
    scenario = Scenario(network, profile(need("food", "today"), need("intake_assessment", "today")))

    (needed, first) = (table_of(scenario, [Demand("intake_assessment", "today", is_need)]) for is_need in (True, False))

    assert needed.row.tolist() == first.row.tolist()
    assert (first.price > needed.price).all()


def test_each_entry_says_the_least_of_the_hops_to_it(loader: Loader) -> None:
    """Each agency of drawn coalitions as the origin: any hop to an entry costs its points and hours."""
    modes = set[str]()
    for seed in range(60_007, 60_007 + draws(20)):
        question = loader.ask(*make_instance(seed))
        for slug in question.snapshot.organization_index:
            scenario = Scenario(question.snapshot, replace(question.profile, origin=slug))
            hops, demands = Hops.at(scenario, question.sharing), needs_of(scenario)
            table = table_of(scenario, demands)
            for place, offer in enumerate(offers_in(table, demands, [[0]] * len(table.row))):
                at_home, is_report = offer.organization == scenario.origin, bool(table.is_report[place])
                admitted = at_home or is_report or hops.admits(offer.service, scenario.origin)
                for holder in range(len(question.snapshot.organizations)):
                    ways = hops_between(hops, holder, offer)
                    assert {way[1:] for way in ways} <= {(table.fixed[place], table.hours[place])}
                    by_word = any(mode != "packet" for mode, *_ in ways)
                    assert holder != scenario.origin or table.open[place] == (admitted and by_word)
                    modes |= {mode for mode, *_ in ways}

                assert table.refuses[place] != admitted
                is_ready = scenario.referral(offer.service).requires <= question.profile.client.completed
                assert table.free[place] == (is_ready or (is_report and question.profile.third_party))
                price = scenario.prices.met_price(
                    offer.service, offer.type, demands[offer.bit].urgency, added=False, reported=is_report
                )
                assert offer.price == sum(price.values())
    assert enough(modes >= {"internal", "warm", "self"}, 0)
    assert enough("report" in modes, 0)


def hops_between(hops: Hops, holder: int, offer: CandidateService) -> list[tuple[str, int, int]]:
    """Return mode, points without those of closeness, and hours of each hop from a holder to an offer."""
    origin = hops.scenario.origin
    if origin == offer.organization:
        ways = hops.internal((offer,)) if holder == origin else []
    elif hops.scenario.is_report(offer.organization, offer.type):
        ways = [hop._replace(relationship="internal") for hop in hops.reports(offer.organization, (offer,))]
    else:
        ways = hops.best(holder, offer.organization, (offer,))
    return [(hop.mode, hop.price - RELATIONSHIP[hop.relationship], hop.hours) for hop in ways]


def test_a_set_met_at_once_holds_what_comes_between_and_no_more() -> None:
    """A soup asks for a coat and a bed for the soup; a need is met once, and nothing is asked for in a circle."""
    coat, bed = CandidateService(0, 0, 0, "clothing", 0, 0), CandidateService(2, 0, 2, "shelter", 0b10, 0)
    soup = CandidateService(1, 0, 1, "food", 0b1, 0)

    assert [*with_those_between((coat, bed), (coat, soup, bed))] == [(coat, bed), (coat, bed, soup)]
    assert [*with_those_between((coat, bed), (soup._replace(requires=0b1000),))] == [(coat, bed)]
    assert not [*with_those_between((coat, coat._replace(service=3)), (coat, soup))]
    assert not [*with_those_between((coat._replace(requires=0b100), bed._replace(requires=0b1)), ())]


def test_the_origin_itself_asks_what_no_packet_asks() -> None:
    """Soup at the hotline, for others by packet alone: whoever is there already is asked there."""
    by_packet = {"accepts": ("packet",), "intake_data": ("need",)}
    soup = service("soup", "food", at="hotline", excludes=("runaway",), **by_packet)
    [path] = find(snapshot(organization("hotline"), soup), profile("food")).paths

    [step] = path.steps
    assert (step.mode, [matter.attribute for matter in step.services[0].confirm]) == (
        "internal", ["client.traits.runaway"],
    )  # fmt: skip


def test_a_report_is_made_to_whoever_takes_no_clients() -> None:
    desk = service("report", "law_enforcement_report", at="desk", accepts=())
    report = routing.CertainReport("law_enforcement_report", frozenset({"desk"}))
    network = snapshot(organization("hotline"), organization("desk"), desk)

    [path] = find(network, routing.with_reports(profile(report.type), [report])).paths

    assert [(step.organization, step.mode) for step in path.steps] == [("desk", "report")]


def test_nothing_is_confirmed_with_whoever_takes_a_report_and_all_else_there_is() -> None:
    """The desk speaks Vietnamese and refuses runaways: neither matters to a report, both to a meal."""
    refusing = {"at": "desk", "excludes": ("runaway",), "languages": ("vi",), "interpretation": False}
    report = routing.CertainReport("law_enforcement_report", frozenset({"desk"}))
    desk, meal = service("desk", report.type, **refusing), service("meal", "food", **refusing)
    network = snapshot(organization("hotline"), organization("desk"), desk, meal)

    [path] = find(network, routing.with_reports(profile(report.type, "food"), [report])).paths

    assert [(step.mode, [entry.kind for use in step.services for entry in use.confirm]) for step in path.steps] == [
        ("report", []), ("warm", ["trait", "language"]),
    ]  # fmt: skip
    [uncertain] = [term.value for term in path.terms if term.name == "uncertain"]
    plain = find(network, profile("food")).paths[0].terms
    assert uncertain == next(term.value for term in plain if term.name == "uncertain")


def test_what_asks_for_its_own_type_is_no_way_to_it() -> None:
    """The house talks only to whoever had a talk; at the desk there is a talk for anybody, in days."""
    talk = "intake_assessment"
    network = snapshot(
        *map(organization, ("hotline", "desk", "house")),
        service("meal", "food", at="desk"),
        service("slow", talk, at="desk", response_time=timedelta(days=9)),
        service("quick", talk, at="house", requires=(talk,)),
    )

    for needs in ((talk,), ("food", talk)):
        [path] = find(network, profile(*needs)).paths
        assert {step.organization for step in path.steps} == {"desk"}
