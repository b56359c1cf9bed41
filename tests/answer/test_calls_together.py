"""Conditional paths where only one call together opens several services of an organization in one step.

One by one each of the services is open today, by a contact given or by a packet; no one way is open to all of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from length import draws, enough
from loaded import Loader, Question, path_key
from oracle import tiny, worlds
from seeds import fresh_random

import routing
from routing.search.best_path import PathSearch

BED, FOOD, COAT, LAWYER = "emergency_shelter", "food", "clothing", "legal_civil"
WAYS = (["warm"], ["packet"], ["self", "warm"], ["self", "warm"], ["packet", "warm"], ["packet", "warm"])
SIGNED = tiny.consent("hotline", "inn", "hut")


def conditional_keys(loader: Loader, bundle: dict[str, Any], profile: dict[str, Any]) -> list[Any]:
    question, answer = question_and_answer(loader, bundle, profile)
    assert answer.conditional_complete
    return [path_key(path.path, question.profile) for path in answer.conditional_paths]


def question_and_answer(
    loader: Loader, bundle: dict[str, Any], profile: dict[str, Any]
) -> tuple[Question, routing.Answer]:
    question = loader.ask(bundle, profile)
    request = routing.Request(question.snapshot, question.profile, rules=question.sharing, asks=question.sharing)
    return question, routing.find_paths(request)


def tiny_bundle(*organizations: dict[str, Any], agreements: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """Return a bundle around a hotline, a member, and these organizations, under federal and coalition rules."""
    home = tiny.organization("hotline", membership="active")
    return tiny.bundle(home, *organizations, agreements=agreements, policy_packs=["federal", "coalition"])


def test_two_services_that_are_open_one_by_one_are_one_step_by_one_call(loader: Loader) -> None:
    """The bed takes a packet and the pantry gives its number; a call together saves the second hand-off."""
    bed = tiny.service("bed", BED, accepts=["packet", "warm"], intake_data=["identity"])
    pantry = tiny.service("pantry", FOOD, accepts=["self", "warm"])
    bundle = tiny_bundle(tiny.organization("inn", bed, pantry))
    signed = tiny.consent("hotline", "inn")
    profile = tiny.profile(tiny.need(BED), tiny.need(FOOD), facts={"client_present": None}, consents=[signed])

    expected = [path.key for path in worlds.conditional_paths(bundle, profile)]

    assert len(expected) == 1
    assert conditional_keys(loader, bundle, profile) == expected


@pytest.mark.parametrize("needs", [(BED, FOOD, COAT), (BED,)])
def test_what_comes_between_two_services_is_met_between_them(loader: Loader, needs: tuple[str, ...]) -> None:
    """The coat comes by packet, the bed gives its number, and the soup, which takes both ways, has to come between."""
    coat = tiny.service("coat", COAT, accepts=["packet", "warm"], intake_data=["identity"])
    soup = tiny.service("soup", FOOD, accepts=["self", "packet", "warm"], intake_data=["identity"], requires=[COAT])
    bed = tiny.service("bed", BED, accepts=["self", "warm"], requires=[FOOD])
    bundle, signed = tiny_bundle(tiny.organization("inn", coat, soup, bed)), tiny.consent("hotline", "inn")
    profile = tiny.profile(*map(tiny.need, needs), facts={"client_present": None}, consents=[signed])

    expected = [path.key for path in worlds.conditional_paths(bundle, profile)]

    assert [len(steps) for *_, steps in expected] == [1]
    assert conditional_keys(loader, bundle, profile) == expected


@pytest.mark.parametrize("needs", [(BED, LAWYER, FOOD, COAT), (BED, COAT)])
def test_so_are_two_that_come_between_one_after_the_other(loader: Loader, needs: tuple[str, ...]) -> None:
    """The coat comes by packet, the bed gives its number; soup and counsel, in this order, have to come between."""
    coat = tiny.service("coat", COAT, accepts=["packet", "warm"], intake_data=["identity"])
    soup = tiny.service("soup", FOOD, accepts=["self", "packet", "warm"], intake_data=["identity"], requires=[COAT])
    ways = ["self", "packet", "warm"]
    counsel = tiny.service("counsel", LAWYER, accepts=ways, intake_data=["identity"], requires=[FOOD])
    bed = tiny.service("bed", BED, accepts=["self", "warm"], requires=[LAWYER])
    bundle, signed = tiny_bundle(tiny.organization("inn", coat, soup, counsel, bed)), tiny.consent("hotline", "inn")
    profile = tiny.profile(*map(tiny.need, needs), facts={"client_present": None}, consents=[signed])

    expected = [path.key for path in worlds.conditional_paths(bundle, profile)]

    assert [len(steps) for *_, steps in expected] == [1]
    assert conditional_keys(loader, bundle, profile) == expected


def test_three_of_which_each_two_go_under_one_agreement_need_a_call(loader: Loader) -> None:
    """Any two go by one packet, each pair under an agreement of its own; a dentist who gives a number is elsewhere."""
    codes = (BED, FOOD, LAWYER)
    services = [
        tiny.service(f"s-{code[:4]}", code, accepts=["packet", "warm"], intake_data=["identity"]) for code in codes
    ]
    far = tiny.service("far", "dental", accepts=["self", "warm"], response_time="P7D")
    near = tiny.service("near", "dental", accepts=["self"])
    inn, hut = tiny.organization("inn", *services, far, membership="active"), tiny.organization("hut", near)
    pairs = [[code for code in codes if code != absent] for absent in codes]
    mous = [tiny.agreement("hotline", "inn", id=f"mou-{n}", types=pair) for n, pair in enumerate(pairs)]
    bundle, signed = tiny_bundle(inn, hut, agreements=mous), tiny.consent("hotline", "inn")
    needs = [*map(tiny.need, codes), tiny.need("dental", "later")]
    profile = tiny.profile(*needs, facts={"client_present": None}, consents=[signed])

    expected = [path.key for path in worlds.conditional_paths(bundle, profile)]

    assert [[len(services) for *_, services in steps] for *_, steps in expected] == [[3, 1], [4]]
    assert conditional_keys(loader, bundle, profile) == expected


def test_what_no_agreement_covers_goes_by_no_packet(loader: Loader) -> None:
    """The agreement, without which nothing goes between the two, is for food; the bed may be asked for by a call."""
    bed = tiny.service("bed", BED, accepts=["packet", "warm"], intake_data=["identity"])
    soup = tiny.service("soup", FOOD, accepts=["packet", "warm"], intake_data=["identity"])
    inn, signed = tiny.organization("inn", bed, soup, membership="active"), tiny.consent("hotline", "inn")
    bundle = tiny_bundle(inn, agreements=[tiny.agreement("hotline", "inn", types=[FOOD])])
    profile = tiny.profile(tiny.need(BED), facts={"client_present": None}, consents=[signed])

    expected = [path.key for path in worlds.conditional_paths(bundle, profile)]

    assert [len(steps) for *_, steps in expected] == [1]
    assert conditional_keys(loader, bundle, profile) == expected


def test_where_a_language_is_to_be_asked_about_no_packet_goes_but_a_call_may(loader: Loader) -> None:
    """Whether the inn speaks Spanish is not known, and the client has signed for it; a call opens the hut as well."""
    ways = ["packet", "warm"]
    bed = tiny.service("bed", BED, accepts=ways, intake_data=["identity"], interpretation_services=None)
    soup = tiny.service("soup", FOOD, accepts=["warm"], interpretation_services="by phone")
    bundle = tiny_bundle(tiny.organization("inn", bed), tiny.organization("hut", soup))
    facts, client, signed = {"client_present": None}, {"languages": ["es"]}, tiny.consent("hotline", "inn")
    profile = tiny.profile(tiny.need(BED), tiny.need(FOOD), client=client, facts=facts, consents=[signed])

    expected = [path.key for path in worlds.conditional_paths(bundle, profile)]

    assert [len(steps) for *_, steps in expected] == [2]
    assert conditional_keys(loader, bundle, profile) == expected


def test_a_packet_of_today_that_becomes_a_call_names_no_agreement_and_has_the_price_of_a_call(loader: Loader) -> None:
    """The bed takes a packet today, under an agreement; the soup elsewhere needs the client, who is then on both."""
    bed = tiny.service("bed", BED, accepts=["packet", "warm"], intake_data=["identity"])
    soup = tiny.service("soup", FOOD, accepts=["warm"])
    inn, hut = tiny.organization("inn", bed, membership="active"), tiny.organization("hut", soup)
    bundle = tiny_bundle(inn, hut, agreements=[tiny.agreement("hotline", "inn")])
    facts, signed = {"client_present": None}, tiny.consent("hotline", "inn")
    profile = tiny.profile(tiny.need(BED), tiny.need(FOOD), facts=facts, consents=[signed])

    question, answer = question_and_answer(loader, bundle, profile)

    (today,) = answer.paths
    (entry,) = answer.conditional_paths
    assert [(step.mode, step.packet_agreement) for step in today.steps] == [("packet", "mou-hotline-inn")]
    assert [(step.mode, step.packet_agreement) for step in entry.path.steps] == [("warm", None), ("warm", None)]
    assert [path_key(entry.path, question.profile)] == [path.key for path in worlds.conditional_paths(bundle, profile)]


@pytest.mark.parametrize("gate_accepts", [["self", "warm"], ["warm"]])
def test_a_gateway_that_is_passed_today_is_called_as_well_and_costs_no_question(
    loader: Loader, gate_accepts: list[str]
) -> None:
    """The gate gives its number today; the hut behind it takes calls only."""
    gate = tiny.organization("gate", tiny.service("talk", "peer_support", accepts=gate_accepts))
    bed = tiny.service("bed", BED, accepts=["warm"], accepts_from=["gate"])
    bundle = tiny_bundle(gate, tiny.organization("hut", bed))
    profile = tiny.profile(tiny.need(BED), facts={"client_present": None})

    expected = [path.key for path in worlds.conditional_paths(bundle, profile)]

    assert [len(steps) for *_, steps in expected] == [2]
    assert conditional_keys(loader, bundle, profile) == expected


@pytest.mark.parametrize("agreements", [[], [tiny.agreement("hotline", "inn")]])
@pytest.mark.parametrize(
    ("minimum_age", "conditions"), [(18, ["client.age: 18-120"]), (None, ["facts.client_present: True"])]
)
def test_where_the_age_alone_makes_a_consent_count_no_call_is_asked_for(
    loader: Loader, minimum_age: int | None, conditions: list[str], agreements: list[dict[str, Any]]
) -> None:
    """The client, of unknown age, has signed. An inn for adults takes a packet; one for all ages may need a call."""
    bed = tiny.service("bed", BED, accepts=["packet", "warm"], intake_data=["identity"], minimum_age=minimum_age)
    inn = tiny.organization("inn", bed, membership="active" if agreements else "none")
    bundle, signed = tiny_bundle(inn, agreements=agreements), [tiny.consent("hotline", "inn")]
    profile = tiny.profile(tiny.need(BED), client={"age": None}, facts={"client_present": None}, consents=signed)

    question, answer = question_and_answer(loader, bundle, profile)

    (entry,) = answer.conditional_paths
    assert path_key(entry.path, question.profile) == worlds.conditional_paths(bundle, profile)[0].key
    assert [condition_in_words(condition) for condition in entry.conditions] == conditions


def test_a_packet_that_waits_for_a_consent_waits_for_no_call(loader: Loader) -> None:
    """The client, of unknown age, signed for an inn for adults, not for the hut, which takes packets only."""
    bed = tiny.service("bed", BED, accepts=["packet", "warm"], intake_data=["identity"], minimum_age=18)
    soup = tiny.service("soup", FOOD, accepts=["packet"], intake_data=["identity"], requires=[BED])
    bundle = tiny_bundle(tiny.organization("inn", bed), tiny.organization("hut", soup))
    facts, signed = {"client_present": None}, [tiny.consent("hotline", "inn")]
    profile = tiny.profile(tiny.need(BED), tiny.need(FOOD), client={"age": None}, facts=facts, consents=signed)

    question, answer = question_and_answer(loader, bundle, profile)

    (entry, *_) = answer.conditional_paths
    assert path_key(entry.path, question.profile) == worlds.conditional_paths(bundle, profile)[0].key
    consent, age = entry.conditions
    assert condition_in_words(age) == "client.age: 18-120"
    assert isinstance(consent, routing.ConsentCondition)
    assert consent.recipients == ("hut",)


def test_a_trait_that_one_asks_for_and_another_refuses_may_stay_unknown_in_a_call(loader: Loader) -> None:
    """Only the hut takes the client, by packet if they are known not to be a runaway; a call costs less."""
    accepts = ["packet", "warm"]
    bed = tiny.service("bed", BED, accepts=accepts, intake_data=["identity"], **{"not": ["runaway"]})
    youth = tiny.service("youth", FOOD, accepts=accepts, intake_data=["identity"], only=["runaway"])
    bundle = tiny_bundle(tiny.organization("hut", bed), tiny.organization("inn", youth))
    profile = tiny.profile(tiny.need(BED), facts={"client_present": None}, consents=[tiny.consent("hotline", "hut")])

    _, answer = question_and_answer(loader, bundle, profile)

    (entry,) = answer.conditional_paths
    assert [condition_in_words(condition) for condition in entry.conditions] == ["facts.client_present: True"]
    assert [step.mode for step in entry.path.steps] == ["warm"]


def condition_in_words(condition: routing.Condition) -> str:
    assert isinstance(condition, routing.FactCondition)
    values = condition.values
    return f"{condition.attribute}: {values if isinstance(values, str) else ', '.join(map(str, values))}"


def test_a_number_given_today_is_no_reason_for_a_call(loader: Loader) -> None:
    """A child under 13 may not be given the inn's number; the hut takes a packet from all who may sign for themselves.

    Here no age allows a packet to the hut that does not also allow the path without the client on the line.
    """
    lawyer = tiny.service("lawyer", LAWYER, accepts=["self", "warm"], intake_data=["need"])
    soup = tiny.service("soup", FOOD, accepts=["packet"], intake_data=["identity"])
    bed = tiny.service("bed", BED, accepts=["packet", "warm"], intake_data=["need"])
    inn, hut = tiny.organization("inn", soup, lawyer), tiny.organization("hut", bed, membership="none")
    bundle = tiny_bundle(inn, hut, agreements=[tiny.agreement("hotline", "hut", types=[BED])])
    needs = [tiny.need(BED, "now"), tiny.need(FOOD, "today"), tiny.need(LAWYER, "today")]
    facts = {"client_present": None}
    profile = tiny.profile(*needs, client={"age": None}, facts=facts, consents=[SIGNED], prefer="soonest")

    expected = [path.key for path in worlds.conditional_paths(bundle, profile)]

    assert conditional_keys(loader, bundle, profile) == expected


def test_who_has_a_consent_needs_no_call_though_others_of_its_kind_do(loader: Loader) -> None:
    """By packet the hotline may hand over all three today; the hut, of the same kind, has no consent for that."""
    services = [
        tiny.service(slug, code, accepts=["packet", "warm"], intake_data=["identity"])
        for slug, code in (("bed", BED), ("soup", FOOD), ("counsel", LAWYER))
    ]
    hut = tiny.organization("hut", tiny.service("meal", FOOD, accepts=["warm"]))
    bundle = tiny_bundle(tiny.organization("inn", *services), hut, agreements=[tiny.agreement("hotline", "hut")])
    needs, signed = map(tiny.need, (BED, FOOD, LAWYER)), tiny.consent("hotline", "inn")
    profile = tiny.profile(*needs, facts={"client_present": None}, consents=[signed], prefer="soonest")

    expected = [path.key for path in worlds.conditional_paths(bundle, profile)]

    assert len(expected) == 1
    assert conditional_keys(loader, bundle, profile) == expected


def test_what_is_met_at_once_is_met_in_one_way(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four services by packet and four by number make sixteen pairs; what is met counts once, however paired."""
    meetings: list[list[Any]] = []
    meet = PathSearch._meet

    def recording(search: PathSearch, port: int, mask: int) -> list[Any]:
        meetings.append(meet(search, port, mask))
        return meetings[-1]

    monkeypatch.setattr(PathSearch, "_meet", recording)
    codes = (BED, FOOD, COAT, LAWYER, "dental", "education", "employment", "peer_support")
    services = [
        tiny.service(f"s{number}", code, accepts=["warm", ("packet", "self")[number % 2]], intake_data=["identity"])
        for number, code in enumerate(codes)
    ]
    bundle, signed = tiny_bundle(tiny.organization("inn", *services)), tiny.consent("hotline", "inn")
    profile = tiny.profile(*map(tiny.need, codes), facts={"client_present": None}, consents=[signed])

    assert conditional_keys(loader, bundle, profile)

    ways = [[(open_needs, offers) for _, open_needs, offers, _ in entry] for entry in meetings]
    assert max(map(len, ways)) > len(codes) ** 2
    assert all(len(way) == len(set(way)) for way in ways)


def test_calls_together_are_those_of_brute_force(loader: Loader, say: Callable[[str], None]) -> None:
    """Two organizations with services that take a client in all ways, some of them with a release."""
    with_some = with_a_call = 0
    for seed in range(draws(120)):
        bundle, profile = draw(fresh_random(seed))
        expected = [path.key for path in worlds.conditional_paths(bundle, profile)]

        assert conditional_keys(loader, bundle, profile) == expected, seed

        with_some += bool(expected)
        with_a_call += only_by_a_call(bundle, profile)
    say(f"{with_some} coalitions with conditional paths, {with_a_call} with services that only a call opens together")
    assert enough(bool(with_some), 0)
    assert enough(bool(with_a_call), 0)


def test_so_they_are_where_services_ask_for_each_other(loader: Loader, say: Callable[[str], None]) -> None:
    """One organization with four services; most ask for one before, so that chains of all lengths are drawn."""
    longest = 0
    for seed in range(draws(80)):
        bundle, profile = draw_chain(fresh_random(seed))
        expected = [path.key for path in worlds.conditional_paths(bundle, profile)]

        assert conditional_keys(loader, bundle, profile) == expected, seed

        longest += any(len(services) == 4 for key in expected for *_, services in key[-1])
    say(f"{longest} coalitions where all four are one step of a conditional path")
    assert enough(bool(longest), 0)


def draw_chain(rng: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return an organization whose services ask for each other, and a profile that needs one to four of them."""
    codes = rng.sample((BED, FOOD, COAT, LAWYER), 4)
    ways = {True: (["packet", "warm"], ["self", "warm"]), False: (["self", "packet", "warm"],)}
    services = [
        tiny.service(
            f"s-{code[:4]}",
            code,
            accepts=rng.choice(ways[rng.random() < (0.9 if place in (0, 3) else 0.3)]),
            intake_data=["identity"],
            requires=[codes[place - rng.choice((1, 1, 1, place))]] if place and rng.random() < 0.9 else [],
        )
        for place, code in enumerate(codes)
    ]
    needs = [codes[-1], *(code for code in codes[:-1] if rng.random() < 0.4)]
    profile = tiny.profile(
        *map(tiny.need, needs), facts={"client_present": None}, consents=[tiny.consent("hotline", "inn")]
    )
    return tiny_bundle(tiny.organization("inn", *services)), profile


def draw(rng: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a coalition of two organizations, and a profile with two or three needs."""
    organizations = [
        tiny.organization(
            slug,
            *(
                tiny.service(
                    f"{slug}-{code[:4]}",
                    code,
                    accepts=rng.choice(WAYS),
                    intake_data=[rng.choice(("need", "identity", "narrative"))],
                    requires=[FOOD] if code != FOOD and rng.random() < 0.15 else [],
                    minimum_age=rng.choice((None, None, None, 25)),
                )
                for code in (BED, FOOD, LAWYER)
                if rng.random() < 0.8
            ),
            membership=rng.choice(("none", "active")),
        )
        for slug in ("inn", "hut")
    ]
    types = rng.choice(({}, {"types": [BED]}, {"types": [BED, FOOD]}))
    agreement = tiny.agreement("hotline", rng.choice(("inn", "hut")), **types)
    needs = [tiny.need(code, rng.choice(("now", "today"))) for code in (BED, FOOD, LAWYER) if rng.random() < 0.85]
    profile = tiny.profile(
        *(needs or [tiny.need(BED)]),
        facts={"client_present": rng.choice((None, None, None, False))},
        consents=rng.choice(([], [SIGNED], [SIGNED], [tiny.consent("hotline", "inn", data=["identity", "narrative"])])),
        client={"age": rng.choice((30, 30, None))},
        prefer=rng.choice(("balanced", "soonest", "fewest_handoffs", "most_private")),
    )
    return tiny_bundle(*organizations, agreements=[agreement]), profile


def only_by_a_call(bundle: dict[str, Any], profile: dict[str, Any]) -> bool:
    """Say whether a conditional path has a warm step with several services, of which one takes no other way."""
    accepts = {s["id"]: s["referral"]["accepts"] for org in bundle["organizations"] for s in org["services"]}
    return any(
        mode == "warm" and len(parts) > 1 and not set.intersection(*({*accepts[slug]} - {"warm"} for slug in parts))
        for path in worlds.conditional_paths(bundle, profile)
        for _, _, parts, mode, *_ in path.steps
    )
