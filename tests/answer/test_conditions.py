"""The conditions of a path: all that has to be known, agreed to or chosen for it, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from loaded import Loader
from oracle import tiny

from service import vocabulary
from service.answers.profile import read_profile
from service.answers.use_cases.find_paths import find_paths

Document = dict[str, Any]
BED, FOOD, COAT = "emergency_shelter", "food", "clothing"
HUSBAND = {"age": 30, "gender": "male"}
SIGNED = tiny.consent("hotline", "inn")
REFUSED = {BED: "runaway", FOOD: "substance_use"}
PACKET = {"accepts": ["packet"], "intake_data": ["identity"]}


def conditions_by_path(
    loader: Loader,
    organizations: list[Document],
    profile: Document,
    *,
    agreements: Sequence[Document] = (),
    complete: bool = True,
) -> list[tuple[str, Any]]:
    """Return what each conditional path of a hotline, a member, covers, and what it asks for."""
    home = tiny.organization("hotline", membership="active")
    bundle = tiny.bundle(home, *organizations, agreements=agreements, policy_packs=["federal", "coalition"])
    answer = find_paths(loader.serve(bundle)[1], read_profile(json.dumps(profile).encode()), new_id=lambda: "one")
    assert answer["complete"]["conditional_paths"] is complete
    paths = [
        (" ".join(path["covers"]), [*map(what_is_asked_for, path["conditions"])])
        for path in answer["conditional_paths"]
    ]
    assert all(len({name for name, _ in conditions}) == len(conditions) for _, conditions in paths)
    return [(covers, dict(conditions)) for covers, conditions in paths]


def what_is_asked_for(condition: Document) -> tuple[str, Any]:
    """Return a fact with its values, the data that a consent lets go, or through whom a choice leads."""
    name, what = {"fact": ("attribute", "values"), "consent": ("kind", "data"), "choice": ("kind", "to")}[
        condition["kind"]
    ]
    return condition[name], condition[what]


def test_traits_are_asked_for_that_would_close_a_packet_alone(loader: Loader) -> None:
    """Nobody can be asked by packet: what each service of the inn refuses has to be known, and no more than that."""
    services = (tiny.service(code[:4], code, **PACKET, **{"not": [trait]}) for code, trait in REFUSED.items())
    profile = tiny.profile(*map(tiny.need, REFUSED), consents=[SIGNED])

    assert conditions_by_path(loader, [tiny.organization("inn", *services)], profile) == [
        (" ".join(REFUSED), {f"client.traits.{trait}": [False] for trait in REFUSED.values()})
    ]


def test_each_path_asks_for_what_its_own_services_wait_for(loader: Loader) -> None:
    """A bed for two adults waits for an age, one for runaways with anybody for a trait; a kitchen for nothing."""
    beds = [{"unit": "bed", "available": 2, "updated": tiny.AT}]
    houses = [
        tiny.organization("inn", tiny.service("two", BED, capacities=beds, genders=["female"])),
        tiny.organization("hut", tiny.service("any", BED, capacities=beds, only=["runaway"], companions=True)),
        tiny.organization("pantry", tiny.service("soup", FOOD)),
    ]
    client = {"age": {"min": 16, "max": 40}, "with": [HUSBAND]}
    profile = tiny.profile(tiny.need(BED), tiny.need(FOOD), client=client)

    assert conditions_by_path(loader, houses, profile) == [
        (f"{BED} {FOOD}", {"client.traits.runaway": [True]}),
        (f"{BED} {FOOD}", {"client.age": "18-40"}),
    ]


def test_an_age_is_asked_for_where_the_rules_alone_go_by_it(loader: Loader) -> None:
    """The inn takes all ages, and what a child signed would not let the packet go."""
    inn = tiny.organization("inn", tiny.service("bed", BED, **PACKET))
    unable = {"may_sign_alone": False, "emancipated": False}
    profile = tiny.profile(tiny.need(BED), client={"age": None}, facts=unable, consents=[SIGNED])

    assert conditions_by_path(loader, [inn], profile) == [(BED, {"client.age": "18-120"})]


@pytest.mark.parametrize("attribute", ["age", "gender"])
def test_what_no_client_is_both_of_is_on_no_path_together(loader: Loader, attribute: str) -> None:
    """A bed for those over 40 or for women, a kitchen for those up to 30 or for men; a farther one for runaways."""
    first, second = {
        "age": ({"minimum_age": 41}, {"maximum_age": 30}),
        "gender": ({"genders": ["female"]}, {"genders": ["male"]}),
    }[attribute]
    houses = [
        tiny.organization("inn", tiny.service("bed", BED, **first)),
        tiny.organization("hut", tiny.service("soup", FOOD, **second)),
        tiny.organization("pantry", tiny.service("bread", FOOD, only=["runaway"], response_time="P1D")),
    ]
    profile = tiny.profile(tiny.need(BED), tiny.need(FOOD), client={attribute: None})

    assert conditions_by_path(loader, houses, profile) == [
        (
            f"{BED} {FOOD}",
            {
                f"client.{attribute}": "41-120" if attribute == "age" else ["female"],
                "client.traits.runaway": [True],
            },
        ),
    ]


def test_of_areas_within_each_other_the_outermost_is_asked_for(loader: Loader) -> None:
    """The inn serves the whole state, of which the hut serves a county."""
    houses = [
        tiny.organization(slug, tiny.service(f"bed-{slug}", BED, service_areas=[{"name": area}]))
        for slug, area in (("inn", "us-tx"), ("hut", "travis"))
    ]

    assert conditions_by_path(loader, houses, tiny.profile(tiny.need(BED), client={"area": None})) == [
        (BED, {"client.area": ["travis"]}),
        (BED, {"client.area": ["us-tx"]}),
    ]


@pytest.mark.parametrize(
    ("codes", "needed", "data"),
    [
        (["detox"], "detox", ["identity", "sud"]),
        (["detox"], BED, ["identity", "sud"]),
        (["detox", "peer_support"], "peer_support", ["identity"]),
    ],
    ids=["met", "passed", "beside what is met"],
)
def test_a_release_names_what_the_destination_tells(
    loader: Loader, codes: list[str], needed: str, data: list[str]
) -> None:
    """A packet to a detox tells of substance use, also where the detox is a gateway to the bed that is needed.

    Where it is asked for something else, the packet does not.
    """
    gate = tiny.organization("gate", tiny.service("gate", *codes, **PACKET))
    hut = tiny.organization("hut", tiny.service("bed", BED, accepts_from=["gate"]))

    assert conditions_by_path(loader, [gate, hut], tiny.profile(tiny.need(needed))) == [(needed, {"consent": data})]


def test_a_release_is_asked_for_under_the_agreement_that_lets_the_packet_go(loader: Loader) -> None:
    """Between two members nothing goes without an agreement, whatever is signed."""
    inn = tiny.organization("inn", tiny.service("bed", BED, **PACKET), membership="active")
    agreements = [tiny.agreement("hotline", "inn")]

    paths = conditions_by_path(loader, [inn], tiny.profile(tiny.need(BED)), agreements=agreements)

    assert paths == [(BED, {"consent": ["identity"]})]


def test_whom_a_service_refuses_is_to_be_known_for_the_type_that_nobody_may_ask_about(loader: Loader) -> None:
    """A house that leads families together and gives food: whoever comes for food is asked there."""
    code = "family_reunification"
    house = tiny.organization("house", tiny.service("home", code, FOOD, **{"not": ["runaway"]}))

    assert conditions_by_path(loader, [house], tiny.profile(tiny.need(code))) == [
        (code, {"client.traits.runaway": [False]})
    ]
    assert conditions_by_path(loader, [house], tiny.profile(tiny.need(FOOD))) == []


@pytest.mark.parametrize(("codes", "ages"), [(["crisis_hotline"], "11-17"), (["crisis_hotline", FOOD], "13-17")])
def test_of_the_ages_for_one_number_those_of_young_children_are_for_lines_that_answer_them(
    loader: Loader, codes: list[str], ages: str
) -> None:
    """A crisis line answers whoever calls; where it gives meals as well, a child of 11 is not to call alone."""
    terms = {"accepts": ["self"], "minimum_age": 11, "maximum_age": 17}
    inn = tiny.organization("inn", *(tiny.service(code[:4], code, **terms) for code in codes))
    profile = tiny.profile(*map(tiny.need, codes), client={"age": {"min": 8, "max": 17}})

    assert conditions_by_path(loader, [inn], profile) == [(" ".join(codes), {"client.age": ages})]


def test_a_gateway_is_called_by_the_client_on_a_path_that_waits_for_a_fact(loader: Loader) -> None:
    gate = tiny.organization("gate", tiny.service("talk", "peer_support", accepts=["self"]))
    hut = tiny.organization("hut", tiny.service("bed", BED, accepts_from=["gate"], only=["runaway"]))

    assert conditions_by_path(loader, [gate, hut], tiny.profile(tiny.need(BED))) == [
        (BED, {"client.traits.runaway": [True]})
    ]


def test_who_is_to_call_alone_is_asked_for_the_age_wherever_the_path_is_found(loader: Loader) -> None:
    """Bed from 13 on and coats up to 12 are for nobody both; without them, too, the pantry is from 13 on."""
    bed, coat = tiny.service("bed", BED, minimum_age=13), tiny.service("coat", COAT, maximum_age=12)
    soup = tiny.service("soup", FOOD, accepts=["self"], minimum_age=11)
    houses = [
        tiny.organization("both", bed, coat),
        tiny.organization("inn", tiny.service("bunk", BED, response_time="PT4H")),
        tiny.organization("shop", tiny.service("hat", COAT, response_time="PT4H")),
        tiny.organization("pantry", soup),
    ]
    profile = tiny.profile(*map(tiny.need, (BED, COAT, FOOD)), client={"age": {"min": 8, "max": 17}}, limit=1)

    assert conditions_by_path(loader, houses, profile) == [(f"{BED} {COAT} {FOOD}", {"client.age": "13-17"})]


def test_what_an_answer_closes_is_on_no_path_that_waits_for_it(loader: Loader) -> None:
    """The inn takes runaways only. The hut, where whoever is none of them has soup today, turns them away."""
    houses = [
        tiny.organization("inn", tiny.service("bed", BED, only=["runaway"])),
        tiny.organization("hut", tiny.service("soup", FOOD, **{"not": ["runaway"]})),
        tiny.organization("pantry", tiny.service("bread", FOOD, response_time="P1D")),
    ]
    profile = tiny.profile(tiny.need(BED), tiny.need(FOOD))

    assert conditions_by_path(loader, houses, profile) == [(f"{BED} {FOOD}", {"client.traits.runaway": [True]})]


def test_a_path_by_choice_is_found(loader: Loader) -> None:
    """The police are a way in only where the client chooses them."""
    police = tiny.organization("police", tiny.service("desk", "peer_support"), kind="law_enforcement", basis="systems")
    hut = tiny.organization("hut", tiny.service("bed", BED, accepts_from=["police"]))

    assert conditions_by_path(loader, [police, hut], tiny.profile(tiny.need(BED))) == [(BED, {"choice": "police"})]


@pytest.mark.parametrize(("houses", "complete"), [(6, True), (7, False), (8, False)])
def test_beyond_64_kinds_of_clients_a_trait_stays_unknown_and_the_answer_says_so(
    loader: Loader, houses: int, complete: bool
) -> None:
    """Each house takes those with a trait of its own: six make 64 kinds of clients, and no more are told apart."""
    traits = sorted(vocabulary.TRAITS)[:houses]
    beds = [
        tiny.organization(f"house-{n}", tiny.service(f"bed-{n}", BED, only=[trait])) for n, trait in enumerate(traits)
    ]
    profile = tiny.profile(tiny.need(BED), limit=10)

    assert conditions_by_path(loader, beds, profile, complete=complete) == [
        (BED, {f"client.traits.{trait}": [True]}) for trait in traits[:6]
    ]


@pytest.mark.parametrize(
    ("present", "expected"), [(None, [(BED, {"facts.client_present": [True]})]), (False, []), (True, [])]
)
def test_the_client_on_the_line_is_asked_for_where_that_is_unknown(
    loader: Loader, present: bool | None, expected: list[tuple[str, Any]]
) -> None:
    """The inn takes calls together only: open today, or to be asked for, or closed with a client who is not there."""
    inn = tiny.organization("inn", tiny.service("bed", BED, accepts=["warm"]))
    profile = tiny.profile(tiny.need(BED), facts={"client_present": present})

    assert conditions_by_path(loader, [inn], profile) == expected


def test_adults_and_children_with_whom_somebody_comes_are_two_of_the_64_kinds(loader: Loader) -> None:
    """Six traits make 64 kinds; a seventh house takes two adults, so its guests' age makes them twice as many."""
    traits = sorted(vocabulary.TRAITS)[:6]
    beds = [{"unit": "bed", "available": 2, "updated": tiny.AT}]
    terms: Document = {"capacities": beds, "companions": True}
    houses = [
        tiny.organization(f"house-{n}", tiny.service(f"bed-{n}", BED, only=[trait], **terms))
        for n, trait in enumerate(traits)
    ]
    inn = tiny.organization("inn", tiny.service("two", BED, capacities=beds, genders=["female"]))
    client = {"age": {"min": 16, "max": 40}, "with": [HUSBAND]}
    profile = tiny.profile(tiny.need(BED), client=client, limit=10)

    assert conditions_by_path(loader, [*houses, inn], profile, complete=False) == [
        *((BED, {f"client.traits.{trait}": [True]}) for trait in traits[:5]),
        (BED, {"client.age": "18-40"}),
    ]
