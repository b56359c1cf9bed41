"""Which answers may better a bad first path: none is left out that does, and no other is searched for the lead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import astuple, replace
from itertools import combinations, islice

import pytest
from answer.invented import draw_instance
from benchmarks import coalitions
from benchmarks.questions import draw_questions
from length import draws, enough
from loaded import Loader, question_of
from seeds import fresh

import policies
import routing
from service.answers.builder import build_answer
from service.answers.profile import ResolvedProfile, suppose
from service.answers.use_cases.find_paths import answer_question
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import Sharing


@pytest.fixture(scope="module")
def directory(request: pytest.FixtureRequest) -> DirectorySnapshot:
    """Return an awkward coalition; of 60 agencies one at whose first question the price decides."""
    agencies, seed = getattr(request, "param", (60, 2))
    return coalitions.serve(agencies, seed, coalitions.AWKWARD)


def sharing_of(directory: DirectorySnapshot, question: ResolvedProfile) -> Sharing:
    return Sharing(directory.rulebook, directory.policy, question.case)


def request_of(directory: DirectorySnapshot, question: ResolvedProfile, **times: routing.IsExpired) -> routing.Request:
    sharing = sharing_of(directory, question)
    return routing.Request(
        directory.snapshot, question.profile, rules=sharing, asks=sharing, parts=frozenset(), **times
    )


def bad_answers(
    directory: DirectorySnapshot, count: int, *, seed: int | None = None, **times: routing.IsExpired
) -> Iterator[tuple[ResolvedProfile, routing.Request, routing.Answer]]:
    """Yield questions whose first path is bad, little of the client being known; each once more for what is soonest.

    Then an exposed step costs little, and it is the price that keeps a better path from being the first.
    """
    for question in draw_questions(directory.snapshot, count, most=3, seed=fresh(7) if seed is None else seed):
        client = replace(question.profile.client, gender=None, traits={})
        for prefer in dict.fromkeys((question.profile.prefer, "soonest")):
            profile = replace(question.profile, client=client, client_present=None, prefer=prefer)
            little_known = ResolvedProfile(profile, question.case)
            request = request_of(directory, little_known, **times)
            answer = routing.find_paths(request)
            if answer.quality is not None and answer.quality.bad:
                yield little_known, request, answer


def suppositions(
    directory: DirectorySnapshot, question: ResolvedProfile, request: routing.Request
) -> Iterator[routing.Supposition]:
    for unknown in routing.find_unknowns(request, (policies.CALLING_AGE, policies.ADULT_AGE)):
        for answer in unknown.answers:
            variant = suppose(question, unknown.attribute, answer.values[0])
            if variant.profile.may_call is not question.profile.may_call:
                continue  # it closes what another leaves open, so it is never supposed together with others
            present = variant.profile.client_present
            profile = replace(question.profile, client_present=present)
            under = request.but(profile=profile, rules=sharing_of(directory, variant))
            yield routing.Supposition(unknown.attribute, answer, under)


def first_alone(supposition: routing.Supposition) -> routing.Path | None:
    """Return the first path under an answer, by a search of its own."""
    answer, request = supposition.answer, supposition.request
    alone = request.but(profile=replace(request.profile, limit=1))
    paths = routing.list_paths(alone, opens=answer.opens, denies=answer.denies, adult=answer.adult)
    return next(iter(paths), None)


@pytest.mark.parametrize("directory", [(60, 2), (25, 13)], ids=str, indirect=True)
def test_no_answer_is_left_out_that_betters_a_bad_path(directory: DirectorySnapshot) -> None:
    """Of each answer that is left out, a search of its own finds no path that stands better; and some are left out."""
    bettering = left_out = 0
    for question, request, answer in bad_answers(directory, draws(8, 8)):
        now = answer.quality
        assert now is not None
        all_suppositions = list(suppositions(directory, question, request))
        promising = routing.may_better(request, all_suppositions, now, answer.pressing)
        left_out += len(all_suppositions) - len(promising)
        for supposition in all_suppositions:
            then = routing.quality_of(question.profile, first_alone(supposition), directory.snapshot.law)
            is_better = (then.pressing_open, then.bad) < (now.pressing_open, now.bad)
            assert supposition in promising or not is_better, (supposition.attribute, supposition.answer.values)
            bettering += is_better
    assert enough(left_out, 0)
    assert enough(bool(bettering), 0)


@pytest.mark.parametrize("directory", [(25, 16), (25, 13)], ids=str, indirect=True)
def test_first_paths_are_those_of_searches_one_by_one_best_first(directory: DirectorySnapshot) -> None:
    """Some use one service that an answer opens, some two that different answers open; all that better are there."""
    for question, request, answer in bad_answers(directory, draws(8, 4)):
        now = answer.quality
        assert now is not None
        all_suppositions = list(suppositions(directory, question, request))
        alone = {
            (supposition.attribute, supposition.answer.values): first_alone(supposition)
            for supposition in all_suppositions
        }
        standings = {key: routing.quality_of(question.profile, alone[key], directory.snapshot.law) for key in alone}
        better_keys = [
            key for key in alone if (standings[key].pressing_open, standings[key].bad) < (now.pressing_open, True)
        ]

        firsts = {
            (supposition.attribute, supposition.answer.values): path
            for supposition, path in routing.FirstPaths(all_suppositions, now)
        }

        assert firsts == {key: alone[key] for key in better_keys}
        in_order = [(astuple(standings[key]), key[0]) for key in firsts]
        assert in_order == sorted(in_order)


@pytest.mark.parametrize("urgencies", [("now", "now", "today", "later"), ("today", "this_week", "later", "later"), ()])
def test_no_path_that_ranks_lower_stands_better_than_the_least(urgencies: tuple[str, ...]) -> None:
    """Of all that two paths could cover, with totals, also where no need has to be met."""
    required = [routing.Need(f"type-{number}", urgency) for number, urgency in enumerate(urgencies)]
    every = (*required, routing.Need("any", "now", required=False))
    profile = routing.Profile("hotline", coalitions.AT, routing.Client(), every)
    levels = [[need.type for need in required if need.urgency == level] for level in routing.URGENCIES]
    first = next((level for level in levels if level), [])
    paths = [
        (covers, total)
        for size in range(len(every) + 1)
        for covers in combinations([need.type for need in every], size)
        for total in (1, 2)
    ]

    def left_open(level: list[str], covers: tuple[str, ...]) -> int:
        return len({*level} - {*covers})

    def rank(covers: tuple[str, ...], total: int) -> tuple[list[int], int]:
        return [left_open(level, covers) for level in levels], total

    def quality(covers: tuple[str, ...], total: int) -> tuple[int, bool, int, int]:
        pressing = left_open(first, covers)
        return pressing, pressing > 0, sum(rank(covers, total)[0]), total

    for path in paths:
        least = astuple(routing.least_quality(profile, *path))
        lower = [quality(*other) for other in paths if rank(*other) >= rank(*path)]
        assert least <= min(lower)
        if not any(left_open(level, path[0]) for level in levels[levels.index(first) + 1 :]) and first:
            assert least == quality(*path)


def test_where_no_time_is_left_no_answer_is_left_out_and_no_first_path_is_said(directory: DirectorySnapshot) -> None:
    question, request, answer = next(bad_answers(directory, 1, seed=7))
    over = request.but(past_hard_deadline=lambda: True)
    all_suppositions = list(suppositions(directory, question, over))
    assert answer.quality is not None

    assert {*routing.may_better(over, all_suppositions, answer.quality, answer.pressing)} == {*all_suppositions}
    assert list(routing.FirstPaths(all_suppositions, answer.quality)) == []


def test_the_lead_is_that_of_a_search_under_each_answer(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    """On small coalitions, little of the client being known: nothing is left out of what could lead."""
    asking = 0
    for seed in range(draws(60)):
        _, directory, profile, _ = draw_instance(loader, 81_000 + seed)
        unknowns = {"gender": None, "traits": {}, "age": None}
        facts = profile["facts"] | {"client_present": None}
        raw = profile | {"client": profile["client"] | unknowns, "facts": facts, "limit": 1}
        question = question_of(raw, directory)
        at = directory.where(question.profile.client.area)

        lead = answer_question(at, question, parts=frozenset(), is_expired=lambda: True)["lead"]

        with monkeypatch.context() as unbounded:
            unbounded.setattr(routing, "may_better", lambda request, all_suppositions, *_: tuple(all_suppositions))
            whole = answer_question(at, question, parts=frozenset())["lead"]
        asking += lead["do"] == "ask"
        for ask in filter(None, (lead["ask"], whole["ask"])):
            del ask["would_change"]  # without time it names the best answers alone (`test_named_answers.py`)
        assert lead == whole
    assert enough(asking, 6)


def test_the_lead_takes_less_than_all_questions_do(directory: DirectorySnapshot) -> None:
    """By how often the clock is asked: alone, the lead is found with a fraction of the work, and is the same lead."""

    def clock() -> tuple[Callable[[], bool], list[None]]:
        readings = list[None]()

        def is_over() -> bool:
            readings.append(None)
            return False

        return is_over, readings

    lead_alone = all_questions = 0
    for number, (question, _, _) in enumerate(islice(bad_answers(directory, 400), 60)):
        if number >= draws(40) and 0 < lead_alone < all_questions / 2:  # it holds on average: a few may not show it
            break
        leads = []
        for parts in (frozenset[str](), frozenset({"questions"})):
            is_over, readings = clock()
            request = request_of(directory, question, past_hard_deadline=is_over, is_expired=is_over)
            answer = routing.find_paths(request)
            before = len(readings)
            sharing = sharing_of(directory, question)
            document = build_answer(directory, question, sharing, answer, request, new_id=lambda: "", parts=parts)
            leads.append(document["lead"])
            if parts:
                all_questions += len(readings) - before
            else:
                lead_alone += len(readings) - before
        assert leads[0] == leads[1]
    assert 0 < lead_alone < all_questions / 2
