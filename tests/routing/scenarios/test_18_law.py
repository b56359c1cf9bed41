"""18. The law of hand-offs is handed in with the directory: other words of law, other paths and other packets."""

from dataclasses import replace
from typing import Any

from builders import Record, client, directory, find, organization, profile, service
from drawing import best_picture, terms

import policies
import routing

LAW = policies.load_hand_off_law()
HOTLINE, CLINIC = organization("hotline"), organization("clinic")
STATION = organization("station", basis="systems", kind="law_enforcement", regimes=frozenset())


def under(law: policies.HandOffLaw, *records: Record) -> routing.Directory:
    return replace(directory(*records), law=law)


def law_with(**words: Any) -> policies.HandOffLaw:
    return replace(LAW, **words)


def test_who_is_a_way_in_only_by_choice() -> None:
    """hotline --X--> (station) --X--> clinic; with no such kind in the law, hotline --> (station) --> clinic."""
    talk = service("talk", "peer_support", at="station")
    exam = service("exam", "dental", at="clinic", accepts_from=("station",))
    records = HOTLINE, STATION, CLINIC, talk, exam

    assert find(under(LAW, *records), profile("dental")).paths == ()
    answer = find(under(law_with(only_by_choice=frozenset()), *records), profile("dental"))
    assert best_picture(answer) == "hotline --warm--> (station) --warm--> clinic"


def test_what_leads_to_a_discoverable_place_by_its_nature() -> None:
    """A report to the police costs no more than elsewhere; food at the police does, until the law says otherwise."""
    records = HOTLINE, STATION, service("food", "food", at="station")

    by_law = find(under(LAW, *records), profile("food")).paths[0]
    otherwise = find(under(law_with(may_be_discoverable=frozenset({"food"})), *records), profile("food")).paths[0]
    assert (terms(by_law)["exposure"], terms(otherwise)["exposure"]) == (1_000_000, 20)


def test_an_advocate_is_protected_whatever_may_be_discoverable() -> None:
    """Where the law lets advocacy lead to a discoverable place, the advocate who takes the call is protected still."""
    law = law_with(may_be_discoverable=frozenset({"victim_advocacy"}))
    house, talk = organization("house"), service("talk", "victim_advocacy", at="house")
    desk = service("desk", "victim_advocacy", at="station")
    needs_profile = profile("food", origin="station")

    assert find(under(law, HOTLINE, STATION, desk), profile("victim_advocacy")).paths[0].exposure == "discoverable"
    other = organization("other", basis="systems", kind="law_enforcement", regimes=frozenset())
    advocacy = service("there", "victim_advocacy", at="other")
    assert find(under(law, STATION, other, advocacy), needs_profile).advocate is None
    advocate = find(under(law, STATION, other, advocacy, house, talk), needs_profile).advocate
    assert advocate is not None
    assert advocate.steps[-1].organization == "house"


def test_what_a_destination_reveals() -> None:
    """A packet to a detox tells of substance use; where the law says so, one to a pantry tells of immigration.

    One to a pantry for the pregnant alone tells of their health where the law says so.
    """
    detox = service("detox", "detox", at="clinic", intake_data=("contact",))
    pantry = service("pantry", "food", at="clinic", intake_data=("contact",))
    parents = service("parents", "clothing", at="clinic", intake_data=("contact",), only=("pregnant",))

    def packets(law: policies.HandOffLaw) -> list[tuple[str, ...]]:
        ready = routing.build_snapshot(under(law, HOTLINE, CLINIC, detox, pantry, parents))
        return [ready.packet_classes(offer, offer.types) for offer in ready.services]

    other_law = law_with(reveals={"food": "immigration"}, reveals_by_trait={"pregnant": "health"})
    assert packets(LAW) == [("contact", "sud"), ("contact",), ("contact",)]
    assert packets(other_law) == [("contact",), ("contact", "immigration"), ("contact", "health")]


def test_what_is_left_to_advocates() -> None:
    """A station asks a caller nothing of substance use; without the law it would ask, and could be called."""
    food = service("food", "food", at="station", excludes=("substance_use",))
    needs_profile = profile("food", client=client(traits={}))

    assert find(under(LAW, HOTLINE, STATION, food), needs_profile).paths == ()
    [path] = find(under(law_with(left_to_advocates=frozenset()), HOTLINE, STATION, food), needs_profile).paths
    [entry] = path.steps[0].services[0].confirm
    assert entry == routing.Confirm("trait", "client.traits.substance_use")
