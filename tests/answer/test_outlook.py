"""What an answer changes in the list of paths, held against a search with the answer in the profile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from benchmarks.questions import prepare
from builders import (
    EverythingLeaves,
    NothingLeaves,
    agreement,
    beds,
    client,
    hours,
    need,
    organization,
    profile,
    service,
    snapshot,
)
from length import draws, enough
from seeds import fresh_random

import policies
import routing
from routing.client.eligibility import UNKNOWN
from routing.client.scenario import Scenario
from routing.client.usable_services import possible_services
from routing.ranking.search_paths import search_paths
from routing.search.describe import describe_all
from service.answers.profile import ResolvedProfile, suppose
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import Sharing

NEVER_BOUNDED = ("client.area", "facts.client_present")
"""Where the client is sets how far away everything is; whether on the line, how each hand-off is made.

A trait, once it is known, also closes services and saves what is to confirm: of that a list at the prices of now says
nothing. Nor does it of an answer by which the client may no longer be given a number to call.
"""


def sharing_of(directory: DirectorySnapshot, question: ResolvedProfile) -> Sharing:
    return Sharing(directory.rulebook, directory.policy, question.case)


def list_paths(directory: DirectorySnapshot, question: ResolvedProfile) -> tuple[routing.Path, ...]:
    return routing.list_paths(
        routing.Request(directory.snapshot, question.profile, rules=sharing_of(directory, question))
    )


def answers_to(directory: DirectorySnapshot, question: ResolvedProfile) -> Iterator[tuple[str, routing.Possible]]:
    request = routing.Request(directory.snapshot, question.profile, rules=NothingLeaves())
    for unknown in routing.find_unknowns(request, (policies.ADULT_AGE,)):
        if unknown.attribute not in NEVER_BOUNDED and not unknown.attribute.startswith("client.traits."):
            yield from ((unknown.attribute, answer) for answer in unknown.answers)


def test_answers_make_the_lists_that_searches_with_them_find() -> None:
    """On an invented coalition with many doors, for answers about age and gender, in short lists."""
    bench = prepare(60, needs=2, count=draws(25))
    changes = 0
    for drawn_question in bench.questions:
        for limit in (1, 2):
            client = replace(drawn_question.profile.client, gender=None, age_min=None, age_max=None)
            question = ResolvedProfile(
                replace(drawn_question.profile, client=client, limit=limit),
                replace(drawn_question.case, consents=()),
                drawn_question.process,
            )
            now, answers = list_paths(bench.directory, question), list(answers_to(bench.directory, question))
            rules = sharing_of(bench.directory, question)
            outlook = routing.Outlook(routing.Request(bench.directory.snapshot, question.profile, rules=rules), now)
            for attribute, answer in answers:
                variant = suppose(question, attribute, answer.values[0])
                if not variant.profile.may_call:
                    continue
                then = list_paths(bench.directory, variant)
                paths = outlook.paths(answer.opens)
                assert paths == (then[:1] if then[:1] != now[:1] else then), (attribute, answer.values)
                changes += then != now
    assert enough(changes, 10)


def test_what_is_asked_for_in_turn_may_change_a_path() -> None:
    """first --> mid --> quick: the cheap way to food waits for an intake, which waits for what only women may have."""
    network = snapshot(
        *map(organization, ("hotline", "a", "b", "c", "d")),
        service("slow", "food", at="a", response_time=timedelta(hours=200)),
        service("quick", "food", at="b", requires=("intake_assessment",)),
        service("mid", "intake_assessment", at="c", requires=("legal",)),
        service("first", "legal", at="d", genders=("female",)),
    )
    needs_profile, rules = profile(need("food", "today"), client=client(gender=None), limit=1), NothingLeaves()
    now = routing.find_paths(routing.Request(network, needs_profile, rules=rules)).paths
    then = routing.list_paths(
        routing.Request(network, replace(needs_profile, client=client(gender="female")), rules=rules)
    )
    opens = frozenset(row for row, each in enumerate(network.services) if each.slug == "first")

    outlook = routing.Outlook(routing.Request(network, needs_profile, rules=rules), now)

    assert [step.organization for step in then[0].steps] == ["d", "c", "b"]
    assert outlook.paths(opens) == then != now


def test_who_is_reported_to_stays_on_a_path_that_an_answer_opens() -> None:
    """A report asks for no age: what only a gender opens comes beside it, whatever the age may open too."""
    network = snapshot(
        *map(organization, ("hotline", "line", "kitchen")),
        service("report", "child_protection_report", at="line", minimum_age=12, maximum_age=15),
        service("meal", "food", at="kitchen", genders=("female",)),
    )
    report = routing.CertainReport("child_protection_report", frozenset({"line"}))
    needs_profile = profile("child_protection_report", "food", client=client(age_min=10, age_max=17, gender=None))
    needs_profile, rules = routing.with_reports(needs_profile, [report]), NothingLeaves()
    now = routing.find_paths(routing.Request(network, needs_profile, rules=rules)).paths
    answers = [
        answer
        for unknown in routing.find_unknowns(routing.Request(network, needs_profile, rules=rules), ())
        for answer in unknown.answers
    ]
    outlook = routing.Outlook(routing.Request(network, needs_profile, rules=rules), now)
    then = routing.list_paths(
        routing.Request(
            network, replace(needs_profile, client=replace(needs_profile.client, gender="female")), rules=rules
        )
    )
    (meal,) = (answer.opens for answer in answers if answer.values == ("female",))

    assert [step.mode for step in now[0].steps] == ["report"]
    assert [step.mode for step in then[0].steps] == ["report", "warm"]
    assert outlook.paths(meal) == then


def test_a_trait_known_to_be_false_opens_what_must_not_ask_about_it() -> None:
    """Who is led home, and who is sent a packet, at the prices of now: what is to confirm elsewhere still costs."""
    network = snapshot(
        *map(organization, ("hotline", "a", "b")),
        service("home", "family_reunification", at="a", excludes=("runaway",)),
        service("meal", "food", at="b", excludes=("runaway",)),
    )
    needs_profile, rules = profile("family_reunification", "food", client=client(traits={})), NothingLeaves()
    now = routing.find_paths(routing.Request(network, needs_profile, rules=rules)).paths
    answers = {
        unknown.attribute: unknown.answers
        for unknown in routing.find_unknowns(routing.Request(network, needs_profile, rules=rules), ())
    }
    outlook = routing.Outlook(routing.Request(network, needs_profile, rules=rules), now)

    then = outlook.paths_denying("runaway", rules)

    assert [answer.denies for answer in answers["client.traits.runaway"]] == ["runaway"]
    assert ([path.covers for path in now], [path.covers for path in then]) == (
        [("food",)],
        [("family_reunification", "food")],
    )
    assert {term.name: term.value for term in then[0].terms}["uncertain"] == 30


def test_with_the_client_on_the_line_the_list_is_the_one_that_a_search_finds() -> None:
    """On an invented coalition, whether nobody knows if the client is there or they are known to be away."""
    bench = prepare(60, needs=3, count=draws(25))
    changes = 0
    for drawn_question in bench.questions:
        for limit, present in ((1, None), (3, None), (5, False)):
            question = replace(
                drawn_question, profile=replace(drawn_question.profile, limit=limit, client_present=present)
            )
            now = list_paths(bench.directory, question)
            then = list_paths(bench.directory, suppose(question, "facts.client_present", value=True))
            rules = sharing_of(bench.directory, question)
            paths = routing.Outlook(
                routing.Request(bench.directory.snapshot, question.profile, rules=rules), now
            ).paths_together()
            assert paths == (then[:1] if then[:1] != now[:1] else then)
            changes += then != now
    assert enough(changes, 10)


@pytest.mark.parametrize("seed", range(3))
def test_any_services_that_open_make_the_list_that_a_search_finds(seed: int) -> None:
    """Whatever opens together, on an invented coalition: new offers, what has to come first, ways in."""
    bench, rng = prepare(60, needs=1 + seed, count=draws(40), seed=50 + seed), fresh_random(seed)
    counts = {"first": 0, "later": 0, "nothing": 0}
    for drawn_question in bench.questions:
        client = replace(drawn_question.profile.client, gender=None, traits={})
        question = replace(
            drawn_question, profile=replace(drawn_question.profile, client=client, limit=rng.choice((1, 2, 4)))
        )
        scenario, rules = Scenario(bench.directory.snapshot, question.profile), sharing_of(bench.directory, question)
        now, rows = list_paths(bench.directory, question), possible_services(scenario).rows
        unknown = rows[scenario.client.judge(rows).overall == UNKNOWN].tolist()
        outlook = routing.Outlook(routing.Request(bench.directory.snapshot, question.profile, rules=rules), now)
        for _ in range(8):
            opens = frozenset(row for row in unknown if rng.random() < rng.choice((0.05, 0.4)))
            variant = scenario.supposing(tuple(sorted(opens)), client_present=question.profile.client_present)
            hop_graph, ranking = search_paths(variant, rules, with_sole_providers=False)
            then = describe_all(hop_graph, ranking.ranked_paths)

            assert outlook.paths(opens) == (then[:1] if then[:1] != now[:1] else then)

            counts["nothing" if then == now else "first" if then[:1] != now[:1] else "later"] += 1
    assert enough(min(counts.values()), 4), counts


def test_other_rules_are_alike_only_where_they_answer_as_these_do() -> None:
    """A packet that may go makes a path; rules that let nothing go have none. Without a search nothing is sure."""
    offer = service("s", "food", at="o", accepts=("packet",), intake_data=("need",))
    network = snapshot(organization("hotline"), organization("o"), offer)
    everything, nothing = EverythingLeaves(), NothingLeaves()
    needs_profile, request = profile("food"), routing.Request(network, profile("food"), rules=everything)
    paths = routing.find_paths(request).paths
    assert paths != routing.list_paths(routing.Request(network, needs_profile, rules=nothing))

    outlook = routing.Outlook(request, paths)
    unsearched = routing.Outlook(routing.Request(network, needs_profile, rules=everything), paths)

    assert outlook.is_alike(EverythingLeaves(), frozenset())
    assert not outlook.is_alike(nothing, frozenset())
    assert not unsearched.is_alike(EverythingLeaves(), frozenset())


def test_rules_that_differ_only_where_something_new_opens_are_not_alike_throughout() -> None:
    """As things stand no packet is asked about; with the second service open, one is."""
    for_women = service("t", "food", at="o", accepts=("packet",), intake_data=("need",), genders=("female",))
    network = snapshot(
        organization("hotline"), organization("o"), service("s", "food", at="o", accepts=("self",)), for_women
    )
    everything, nothing = EverythingLeaves(), NothingLeaves()
    request = routing.Request(network, profile("food", client=client(gender=None)), rules=nothing)
    paths = routing.find_paths(request).paths
    opens = [place for place, each in enumerate(network.services) if each.slug == "t"]

    outlook = routing.Outlook(request, paths)

    assert outlook.is_alike(everything, frozenset())
    assert not outlook.is_alike(everything, frozenset(opens))
    assert outlook.is_alike(NothingLeaves(), frozenset(opens))


class Naming(NothingLeaves):
    """Rules under which nothing goes; a consent names two agencies, and a class of data goes by consent alone."""

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset({("hotline", "o")})


class ByConsent(NothingLeaves):
    """Rules under which nothing goes, and the need by consent alone."""

    def only_by_consent(self) -> frozenset[str]:
        return frozenset({"need"})


@pytest.mark.parametrize("other", [Naming(), ByConsent()], ids=lambda rules: type(rules).__name__)
def test_rules_with_other_words_on_consent_are_not_alike_whatever_they_answer(other: routing.HopRules) -> None:
    """By these, which transfers are asked about at all is another matter."""
    network = snapshot(organization("hotline"), organization("o"), service("s", "food", at="o"))
    request = routing.Request(network, profile("food"), rules=NothingLeaves())
    outlook = routing.Outlook(request, routing.find_paths(request).paths)

    assert outlook.is_alike(NothingLeaves(), frozenset())
    assert not outlook.is_alike(other, frozenset())


def test_rules_are_alike_for_a_further_list_by_what_was_asked_for_that_list() -> None:
    """The list of now is another profile's: nothing is known of it, and each list is searched before it is judged."""
    for_women = service("s", "food", at="o", accepts=("packet",), intake_data=("need",), genders=("female",))
    network = snapshot(organization("hotline"), organization("o"), for_women)
    request = routing.Request(network, profile("food", client=client(gender=None)), rules=NothingLeaves())
    outlook = routing.Outlook(request, (), is_known=False)

    assert outlook.is_alike(EverythingLeaves(), frozenset())
    assert not outlook.is_alike(EverythingLeaves(), frozenset({network.service_index["s"]}))


def test_a_list_whose_first_path_changes_is_cut_after_it() -> None:
    """Of the two places for women one is the quickest, and one between the two that are open anyway."""
    hours, for_women = {"a": 40, "b": 60, "quick": 0, "second": 50}, ("quick", "second")
    meals = [
        service(slug, "food", at=slug, response_time=timedelta(hours=wait), **(FOR_WOMEN if slug in for_women else {}))
        for slug, wait in hours.items()
    ]
    network = snapshot(HOTLINE, *map(organization, hours), *meals)
    request = routing.Request(network, profile("food", limit=2, client=client(gender=None)), rules=NothingLeaves())
    outlook = routing.Outlook(request, routing.find_paths(request).paths)

    def steps(*slugs: str) -> list[list[str]]:
        paths = outlook.paths(frozenset(network.service_index[slug] for slug in slugs))
        return [[step.organization for step in path.steps] for path in paths]

    assert (steps(), steps("second")) == ([["a"], ["b"]], [["a"], ["second"]])
    assert steps("quick") == steps("quick", "second") == [["quick"]]


def test_what_opens_to_adults_is_asked_about_once_the_client_is_one() -> None:
    """hotline --> house ==> meal: the beds say nothing of a man that comes along, who may if the client is no child."""
    house = service("bed", "emergency_shelter", at="house", genders=("female",), capacities=(beds(2),))
    by_packet = {"accepts": ("packet",), "intake_data": ("need",), "accepts_from": ("house",)}
    meal = service("meal", "food", at="inn", requires=("emergency_shelter",), **by_packet)
    network = snapshot(*map(organization, ("hotline", "house", "inn")), house, meal)
    with_a_man = client(age_min=16, age_max=40, companions=(routing.Companion(30, 30, "male"),))
    request = routing.Request(network, profile("food", client=with_a_man), rules=EverythingLeaves())
    outlook = routing.Outlook(request, (), is_known=False)

    assert outlook.is_alike(NothingLeaves(), frozenset())
    assert not outlook.is_alike(NothingLeaves(), frozenset(), adult=True)
    assert outlook.paths(frozenset()) == ()
    assert outlook.paths(frozenset(), adult=True) == routing.list_paths(request, adult=True) != ()


def test_a_list_of_another_profile_is_whole_and_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of now is another profile's: it cuts nothing, and says nothing of what is found with nothing more."""
    network = snapshot(*map(organization, ("hotline", "a", "b")), *(service(f"{o}-food", "food", at=o) for o in "ab"))
    request = routing.Request(network, profile("food", limit=2), rules=NothingLeaves())
    searches = list[Any]()

    def counted(*asked: Any, **how: Any) -> Any:
        searches.append(asked)
        return search_paths(*asked, **how)

    monkeypatch.setattr("routing.what_if.answers.search_paths", counted)
    outlook = routing.Outlook(request, (), is_known=False)

    assert outlook.paths(frozenset()) == outlook.paths(frozenset()) == routing.list_paths(request)
    assert [path.steps[-1].organization for path in outlook.paths(frozenset())] == ["a", "b"]
    assert len(searches) == 2


def test_a_list_for_which_there_was_no_time_is_not_searched_again() -> None:
    """Another answer that opens the same would only take the time of a third; of such rules nothing is sure."""
    network = snapshot(organization("hotline"), organization("o"), service("s", "food", at="o", genders=("female",)))
    over = [True]
    asked = routing.Request(network, profile("food", client=client(gender=None)), rules=NothingLeaves())
    request = asked.but(is_expired=lambda: over[0])
    outlook, opens = routing.Outlook(request, (), is_known=False), frozenset({0})

    with pytest.raises(routing.TimeBudgetExceeded):
        outlook.paths(opens)
    over[0] = False
    with pytest.raises(routing.TimeBudgetExceeded):
        outlook.paths(opens)

    assert not outlook.is_alike(NothingLeaves(), opens)
    assert outlook.paths(opens, adult=True)


def test_the_list_of_now_takes_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is known of an answer that opens nothing, though time is up; for any other no search is begun."""
    network = snapshot(organization("hotline"), organization("o"), service("s", "food", at="o"))
    request = routing.Request(network, profile("food"), rules=NothingLeaves())
    now = routing.find_paths(request).paths
    outlook = routing.Outlook(request.but(is_expired=lambda: True), now)
    monkeypatch.setattr("routing.what_if.answers.search_paths", None)

    assert outlook.paths(frozenset()) == now != ()
    with pytest.raises(routing.TimeBudgetExceeded):
        outlook.paths(frozenset(), adult=True)


def test_with_the_client_on_the_line_a_later_path_may_be_another() -> None:
    """hotline --self--> near is the best whether or not they are there; late can only be called together."""
    network = snapshot(
        *map(organization, ("hotline", "near", "late")),
        service("meal", "food", at="near", accepts=("self",)),
        service("kitchen", "food", at="late", accepts=("warm",), response_time=timedelta(hours=40)),
    )
    needs_profile, rules = profile("food", limit=2, client_present=None), NothingLeaves()
    now = routing.find_paths(routing.Request(network, needs_profile, rules=rules)).paths

    paths = routing.Outlook(routing.Request(network, needs_profile, rules=rules), now).paths_together()

    assert [[step.organization for step in path.steps] for path in now] == [["near"]]
    assert [[step.organization for step in path.steps] for path in paths] == [["near"], ["late"]]


def test_where_a_path_gives_way_another_may_be_let_in() -> None:
    """Bread at shut is only to be had by way of the gate; its loaf, slowly, by everyone, and so it is not listed.

    Once the gate has a meal itself, nobody goes by way of it to shut, and the loaf is another path. On Wednesday that
    is soon enough, but too late to hand over to anybody else.
    """
    network = snapshot(
        *map(organization, ("hotline", "gate", "last", "near", "shut")),
        service("rice", "food", at="near"),
        service("talk", "peer_support", at="gate"),
        service("meal", "food", at="gate", schedules=(hours("02:00", days="WE"),), genders=("female",)),
        service("bread", "food", at="shut", accepts_from=("gate",)),
        service("loaf", "food", at="shut", response_time=timedelta(hours=70)),
        service("soup", "food", at="last", response_time=timedelta(hours=74)),
    )
    needs_profile, rules = profile(need("food", "this_week"), limit=3, client=client(gender=None)), NothingLeaves()
    now = routing.find_paths(routing.Request(network, needs_profile, rules=rules)).paths
    opens = frozenset({network.service_index["meal"]})

    paths = routing.Outlook(routing.Request(network, needs_profile, rules=rules), now).paths(opens)

    assert [[step.organization for step in path.steps] for path in now] == [["near"], ["gate", "shut"], ["last"]]
    assert [[step.organization for step in path.steps] for path in paths] == [["near"], ["gate"], ["shut"]]


HOTLINE = organization("hotline")
FOR_WOMEN = {"genders": ("female",)}


@pytest.mark.parametrize(
    ("services", "steps"),
    [
        (  # the way in to who comes first
            (
                service("quick", "food", at="b", requires=("intake_assessment",)),
                service("mid", "intake_assessment", at="c", accepts_from=("gate",)),
                service("new", "legal", at="gate", **FOR_WOMEN),
            ),
            ["gate", "c", "b"],
        ),
        (  # the way in to one of several who could come first, each behind a door of its own
            (
                service("quick", "food", at="b", requires=("intake_assessment",)),
                service("mid", "intake_assessment", at="c", accepts_from=("gate",)),
                service("other", "intake_assessment", at="a", accepts_from=("door",)),
                service("new", "legal", at="gate", **FOR_WOMEN),
            ),
            ["gate", "c", "b"],
        ),
        (  # what a way in asks for first
            (
                service("quick", "food", at="b", accepts_from=("gate",)),
                service("talk", "legal", at="gate", requires=("intake_assessment",)),
                service("new", "intake_assessment", at="c", **FOR_WOMEN),
            ),
            ["c", "gate", "b"],
        ),
        (  # the way in to what a way in asks for first
            (
                service("quick", "food", at="b", accepts_from=("gate",)),
                service("talk", "legal", at="gate", requires=("intake_assessment",)),
                service("mid", "intake_assessment", at="c", accepts_from=("door",)),
                service("new", "legal", at="door", **FOR_WOMEN),
            ),
            ["door", "c", "gate", "b"],
        ),
    ],
)
def test_what_opens_may_be_on_a_path_on_account_of_something_else_there(
    services: tuple[routing.Service, ...], steps: list[str]
) -> None:
    """Whatever the path costs that is open anyway: the new one is found as soon as it costs less."""
    agencies, rules = tuple(map(organization, ("a", "b", "c", "gate", "door"))), NothingLeaves()
    needs_profile, routes = profile(need("food", "today"), client=client(gender=None), limit=1), []
    close = [
        agreement(*pair) for pair in (("hotline", "gate"), ("gate", "c"), ("c", "b"), ("c", "gate"), ("gate", "b"))
    ]
    for response in range(0, 120, 2):
        slow = service("slow", "food", at="a", response_time=timedelta(hours=response))
        network = snapshot(HOTLINE, *agencies, *close, slow, *services)
        now = routing.list_paths(routing.Request(network, needs_profile, rules=rules))
        opens = frozenset({network.service_index["new"]})

        paths = routing.Outlook(routing.Request(network, needs_profile, rules=rules), now).paths(opens)

        assert paths == routing.list_paths(
            routing.Request(network, replace(needs_profile, client=client(gender="female")), rules=rules)
        )
        routes.append([step.organization for step in paths[0].steps])
    assert routes[0] == ["a"]
    assert routes[-1] == steps


@pytest.mark.parametrize("response", range(12, 30))
def test_a_way_in_that_opens_may_stand_close_to_who_is_next(response: int) -> None:
    """hotline ==> gate ==> shut, where == is a coalition; the open way is about as dear."""
    network = snapshot(
        HOTLINE,
        *map(organization, ("gate", "plain", "shut")),
        agreement("hotline", "gate"),
        agreement("gate", "shut"),
        service("talk", "peer_support", at="gate", **FOR_WOMEN),
        service("bread", "food", at="shut", accepts_from=("gate",)),
        service("rice", "food", at="plain", response_time=timedelta(hours=response)),
    )
    needs_profile, rules = profile(need("food", "today"), client=client(gender=None), limit=1), NothingLeaves()
    now = routing.list_paths(routing.Request(network, needs_profile, rules=rules))
    opens = frozenset({network.service_index["talk"]})

    paths = routing.Outlook(routing.Request(network, needs_profile, rules=rules), now).paths(opens)

    assert paths == routing.list_paths(
        routing.Request(network, replace(needs_profile, client=client(gender="female")), rules=rules)
    )
