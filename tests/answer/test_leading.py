"""Which answers may better a bad first path: none is left out that does, and no other is searched for the lead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import astuple, replace

import pytest
from answer.invented import invented
from length import draws
from loaded import Loader, question_of

import policies
import routing
from service.answers.document import build_answer
from service.answers.profile import ResolvedProfile, suppose
from service.answers.work.find_paths import answer_question
from service.bench import coalitions
from service.bench.questions import draw_questions
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import Sharing


@pytest.fixture(scope="module")
def served(request: pytest.FixtureRequest) -> DirectorySnapshot:
    """Return an awkward coalition; of 60 agencies one at whose first question the price decides."""
    agencies, seed = getattr(request, "param", (60, 2))
    return coalitions.serve(agencies, seed, coalitions.AWKWARD)


def sharing_of(served: DirectorySnapshot, question: ResolvedProfile) -> Sharing:
    return Sharing(served.rulebook, served.policy, question.case)


def request_of(served: DirectorySnapshot, question: ResolvedProfile, **times: routing.OutOfTime) -> routing.Request:
    sharing = sharing_of(served, question)
    return routing.Request(served.snapshot, question.profile, rules=sharing, asks=sharing, parts=frozenset(), **times)


def bad_answers(
    served: DirectorySnapshot, count: int, **times: routing.OutOfTime
) -> Iterator[tuple[ResolvedProfile, routing.Request, routing.Answer]]:
    """Yield questions whose first path is bad, little of the client being known; each once more for what is soonest.

    Then an exposed step costs little, and it is the price that keeps a better path from being the first.
    """
    for question in draw_questions(served.snapshot, count, most=3, seed=7):
        client = replace(question.profile.client, gender=None, traits={})
        for prefer in dict.fromkeys((question.profile.prefer, "soonest")):
            profile = replace(question.profile, client=client, client_present=None, prefer=prefer)
            asked = ResolvedProfile(profile, question.case)
            request = request_of(served, asked, **times)
            answer = routing.find_paths(request)
            if answer.standing is not None and answer.standing.bad:
                yield asked, request, answer


def suppositions(
    served: DirectorySnapshot, question: ResolvedProfile, request: routing.Request
) -> Iterator[routing.Supposition]:
    for unknown in routing.find_unknowns(request, (policies.CALLING_AGE, policies.ADULT_AGE)):
        for answer in unknown.answers:
            supposed = suppose(question, unknown.attribute, answer.values[0])
            present = supposed.profile.client_present
            profile = replace(question.profile, may_call=supposed.profile.may_call, client_present=present)
            under = request.but(profile=profile, rules=sharing_of(served, supposed))
            yield routing.Supposition(unknown.attribute, answer, under)


def first_alone(supposition: routing.Supposition) -> routing.Path | None:
    """Return the first path under an answer, by a search of its own."""
    answer, request = supposition.answer, supposition.request
    alone = request.but(profile=replace(request.profile, limit=1))
    paths = routing.list_paths(alone, opens=answer.opens, denies=answer.denies, adult=answer.adult)
    return next(iter(paths), None)


@pytest.mark.parametrize("served", [(60, 2), (25, 13)], ids=str, indirect=True)
def test_no_answer_is_left_out_that_betters_a_bad_path(served: DirectorySnapshot) -> None:
    """Of each answer that is left out, a search of its own finds no path that stands better; and most are left out."""
    bettering = 0
    for question, request, found in bad_answers(served, draws(8, 8)):
        now = found.standing
        assert now is not None
        every = list(suppositions(served, question, request))
        able = routing.may_better(request, every, now, found.pressing)
        assert 2 * len(able) < len(every)
        for one in every:
            then = routing.standing_of(question.profile, first_alone(one), served.snapshot.law)
            is_better = (then.pressing_open, then.bad) < (now.pressing_open, now.bad)
            assert one in able or not is_better, (one.attribute, one.answer.values)
            bettering += is_better
    assert bettering


@pytest.mark.parametrize("served", [(25, 16), (25, 13)], ids=str, indirect=True)
def test_first_paths_are_those_of_searches_one_by_one_best_first(served: DirectorySnapshot) -> None:
    """Some use one service that an answer opens, some two that different answers open; all that better are there."""
    for question, request, answer in bad_answers(served, draws(8, 4)):
        now = answer.standing
        assert now is not None
        every = list(suppositions(served, question, request))
        alone = {(one.attribute, one.answer.values): first_alone(one) for one in every}
        standings = {key: routing.standing_of(question.profile, alone[key], served.snapshot.law) for key in alone}
        better = [
            key for key in alone if (standings[key].pressing_open, standings[key].bad) < (now.pressing_open, True)
        ]

        firsts = {(one.attribute, one.answer.values): path for one, path in routing.FirstPaths(every, now)}

        assert firsts == {key: alone[key] for key in better}
        in_order = [(astuple(standings[key]), key[0]) for key in firsts]
        assert in_order == sorted(in_order)


@pytest.mark.parametrize("served", [(25, 16), (60, 2)], ids=str, indirect=True)
def test_no_path_that_ranks_lower_stands_better_than_the_least(served: DirectorySnapshot) -> None:
    """Also where what is left open differs by urgency, and where no need has to be met."""
    compared = 0
    for question in draw_questions(served.snapshot, draws(20, 10), needs=5, seed=3):
        for needs in (question.profile.needs, tuple(replace(need, required=False) for need in question.profile.needs)):
            profile = replace(question.profile, needs=needs, limit=10)
            paths = routing.list_paths(request_of(served, ResolvedProfile(profile, question.case)))
            for place, path in enumerate(paths):
                least = astuple(routing.least_standing(profile, path))
                for lower in paths[place:]:
                    assert least <= astuple(routing.standing_of(profile, lower, served.snapshot.law))
                    compared += 1
    assert compared > 50


def test_where_no_time_is_left_no_answer_is_left_out_and_no_first_path_is_said(served: DirectorySnapshot) -> None:
    question, request, found = next(bad_answers(served, 1))
    over = request.but(owed_until=lambda: True)
    every = list(suppositions(served, question, over))
    assert found.standing is not None

    assert {*routing.may_better(over, every, found.standing, found.pressing)} == {*every}
    assert list(routing.FirstPaths(every, found.standing)) == []


def test_the_lead_is_that_of_a_search_under_each_answer(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """On small coalitions, little of the client being known: nothing is left out of what could lead."""
    asking = 0
    for seed in range(draws(60)):
        _, served, profile, _ = invented(loader, 81_000 + seed)
        known = {"gender": None, "traits": {}, "age": None}
        facts = profile["facts"] | {"client_present": None}
        asked = profile | {"client": profile["client"] | known, "facts": facts, "limit": 1}
        question = question_of(asked, served)
        at = served.where(question.profile.client.area)

        lead = answer_question(at, question, parts=frozenset(), out_of_time=lambda: True)["lead"]

        with monkeypatch.context() as unbounded:
            unbounded.setattr(routing, "may_better", lambda request, every, *_: tuple(every))
            whole = answer_question(at, question, parts=frozenset())["lead"]
        asking += lead["do"] == "ask"
        for ask in filter(None, (lead["ask"], whole["ask"])):
            del ask["would_change"]  # without time it names the best answers alone (`test_named_answers.py`)
        assert lead == whole
    assert asking > draws(60) / 10


def test_the_lead_takes_less_than_all_questions_do(served: DirectorySnapshot) -> None:
    """By how often the clock is asked: alone, the lead is found with a fraction of the work, and is the same lead."""

    def clock() -> tuple[Callable[[], bool], list[None]]:
        told = list[None]()

        def is_over() -> bool:
            told.append(None)
            return False

        return is_over, told

    lead_alone = all_questions = 0
    for question, _, _ in bad_answers(served, draws(8)):
        leads = []
        for parts in (frozenset[str](), frozenset({"questions"})):
            is_over, told = clock()
            request = request_of(served, question, owed_until=is_over, out_of_time=is_over)
            answer = routing.find_paths(request)
            before = len(told)
            sharing = sharing_of(served, question)
            written = build_answer(served, question, sharing, answer, request, new_id=lambda: "", parts=parts)
            leads.append(written["lead"])
            if parts:
                all_questions += len(told) - before
            else:
                lead_alone += len(told) - before
        assert leads[0] == leads[1]
    assert 0 < lead_alone < all_questions / 2
