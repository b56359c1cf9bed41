"""Past the hard deadline the best path so far is returned, and nothing unproven is presented as impossible."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from math import inf
from typing import Any

import pytest
from benchmarks import coalitions
from benchmarks.questions import MOST, draw_questions
from length import draws, enough, is_long
from loaded import Document, Loader, Question, question_of
from oracle import tiny
from oracle.instances import make_instance
from seeds import fresh

import routing
from service.answers.builder import build_answer
from service.answers.profile import ResolvedProfile
from service.answers.use_cases.decide_handoff import Handoff, HandOffRequest, NotNow
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import Sharing
from service.errors import ActRefused
from service.i18n import answers, calls

PARTS = ("instead", "later")


def clock_that_stops(after: int) -> tuple[Callable[[], bool], list[bool]]:
    """Return a fake clock that leaves time for `after` questions, and what it has answered so far."""
    readings: list[bool] = []

    def past_hard_deadline() -> bool:
        readings.append(len(readings) >= after)
        return readings[-1]

    return past_hard_deadline, readings


def answer_within(question: Question, after: int) -> tuple[routing.Answer, list[bool]]:
    past_hard_deadline, readings = clock_that_stops(after)
    request = routing.Request(
        question.snapshot,
        question.profile,
        rules=question.sharing,
        asks=question.sharing,
        past_hard_deadline=past_hard_deadline,
    )
    return routing.find_paths(request), readings


@pytest.fixture(scope="module")
def drawn_questions(loader: Loader) -> list[Question]:
    return [loader.ask(*make_instance(seed)) for seed in range(41_000, 41_000 + draws(20))]


def test_whenever_it_stops_what_is_told_as_proven_is_so(drawn_questions: list[Question]) -> None:
    """Stopped at any point, each part is that of the whole answer, or is told as cut; a path is never too cheap."""
    unproven, cut = 0, set[str]()
    for question in drawn_questions:
        whole, all_readings = answer_within(question, 10**9)
        reasons = {entry.need: entry for entry in whole.uncovered}
        for after in range(0, len(all_readings), max(1, len(all_readings) // 25)):
            answer, readings = answer_within(question, after)

            assert any(readings)
            assert (answer.paths_complete, answer.is_optimal) == (True, True) or answer != whole
            if answer.is_optimal:
                assert answer.paths == whole.paths[: len(answer.paths)]
                assert bool(answer.paths) is bool(whole.paths)
                for part in PARTS:
                    assert getattr(answer, part) == getattr(whole, part) or part in answer.cut
            else:
                unproven += 1
                assert not answer.paths_complete
                assert not answer.conditional_complete
                assert len(answer.paths) <= 1
            assert set(answer.sole_providers) <= set(whole.sole_providers)
            for entry in answer.uncovered:
                is_known = entry.explained and entry.need in reasons
                assert not is_known or entry.reasons == reasons[entry.need].reasons
                assert entry.explained or entry.reasons == ()
            cut |= answer.cut
    assert enough(unproven, 20)
    assert enough(cut >= {"instead", "later", "near"}, 0)


def test_the_best_path_so_far_is_open_at_its_price(loader: Loader) -> None:
    """What a larger search would better may be given: it is among all paths, no cheaper than the best."""
    directory = coalitions.serve(100, shape=coalitions.AWKWARD)
    so_far = 0
    for question in draw_questions(directory.snapshot, draws(30), needs=3, seed=fresh(2)):
        sharing = Sharing(directory.rulebook, directory.policy, question.case)
        request = routing.Request(
            directory.snapshot, replace(question.profile, limit=1), rules=sharing, parts=frozenset()
        )
        (best, *_) = routing.find_paths(request).paths or (None,)
        for after in (5, 20, 80, 160, 320):
            answer = routing.find_paths(request.but(past_hard_deadline=clock_that_stops(after)[0]))
            if best is None or answer.is_optimal:
                continue
            for path in answer.paths:
                alone = replace(request.profile, avoid=frozenset(_organizations_beside(directory, path)))
                (same, *_) = routing.find_paths(request.but(profile=alone)).paths
                assert same.total <= path.total or len(same.uncovered) < len(path.uncovered)
                assert {*path.covers} <= {need.type for need in request.profile.needs}
                so_far += path != best
    assert enough(bool(so_far), 0)


def _organizations_beside(directory: DirectorySnapshot, path: routing.Path) -> set[str]:
    """Return the organizations that are on no step of a path."""
    on_it = {step.organization for step in path.steps} | {step.holder for step in path.steps}
    return {organization.slug for organization in directory.snapshot.organizations} - on_it


def house_of(slug: str, *codes: str, hours: int = 0, **terms: Any) -> Document:
    return tiny.organization(slug, tiny.service(f"{slug}-talk", *codes, response_time=f"PT{hours}H", **terms))


def by_two_ways(code: str) -> list[Document]:
    """Return one agency that is called at once and answers after days, and a quick one behind a gate."""
    slow = house_of("slow", code, hours=300)
    return [slow, house_of("gate", "peer_support"), house_of("quick", code, accepts_from=["gate"])]


BED, PACKS = "emergency_shelter", ["federal", "coalition"]
HOTLINE = tiny.organization("hotline")
PRECINCT = tiny.organization("precinct", basis="systems", kind="law_enforcement", regimes=[])
CASES = {
    "instead": ("hotline", [house_of("inn", BED), *by_two_ways(BED)]),
    "near": ("hotline", by_two_ways("youth_drop_in")),
    "advocate": ("precinct", by_two_ways("victim_advocacy")),
    "later": ("hotline", [house_of("late", BED), house_of("full", BED)]),
    "conditional": ("hotline", [house_of("grown", BED, minimum_age=18)]),
    "price": ("hotline", [house_of("inn", BED), house_of("shop", BED, "food", hours=20_000)]),
}


def parts_of(document: Document) -> Document:
    """Return what an answer says of each part that `complete` speaks of."""
    steps = [step for path in document["paths"][:1] for step in path["steps"]]
    return {
        "paths": [[(step["to"], step["covers"]) for step in path["steps"]] for path in document["paths"]],
        "conditional_paths": document["conditional_paths"],
        "questions": document["questions"],
        "instead": [step["instead"] for step in steps],
        "later": document["later"],
        "near": [(entry["near"], entry["reasons"], entry["plain"]) for entry in document["uncovered"]],
    }


@pytest.mark.parametrize("part", CASES)
def test_what_is_called_complete_is_so_wherever_it_stops(loader: Loader, part: str) -> None:
    """Stopped at every single point: a part that is not that of the whole answer is not called complete."""
    origin, agencies_beside = CASES[part]
    _, directory = loader.serve(tiny.bundle(HOTLINE, PRECINCT, *agencies_beside, policy_packs=PACKS))
    age = {"age": {"min": 16, "max": 40}} if part == "conditional" else {}
    needs = [tiny.need(BED), *([tiny.need("food", required=False)] if part == "price" else [])]
    question = question_of(tiny.profile(*needs, origin=origin, client=age), directory)
    sharing = Sharing(directory.rulebook, directory.policy, question.case)

    def document_within(after: int) -> tuple[Document, list[bool]]:
        past_hard_deadline, readings = clock_that_stops(after)
        request = routing.Request(
            directory.snapshot, question.profile, rules=sharing, asks=sharing, past_hard_deadline=past_hard_deadline
        )
        answer = routing.find_paths(request)
        return build_answer(directory, question, sharing, answer, request, new_id=lambda: ""), readings

    whole, all_readings = document_within(10**9)
    assert all(whole["complete"].values())
    for after in range(len(all_readings)):
        document, _ = document_within(after)
        complete, lead = document["complete"], document["lead"]
        for name, part_of_answer in parts_of(document).items():
            assert part_of_answer == parts_of(whole)[name] or not complete[name], (after, name)
        if lead != whole["lead"]:
            assert not (complete["paths"] and complete["near"] and complete["questions"]), after
            assert not any(nobody in lead["plain"] for nobody in (calls.NEAR, calls.FALLBACK)), after


@pytest.mark.parametrize(
    ("services", "expected"),
    [(["inn-beds"], Handoff), (["inn-beds", "inn-young"], NotNow), (["inn-beds", "inn-closed"], NotNow)],
)
def test_a_hand_off_is_decided_as_with_all_the_time_or_not_at_all(
    loader: Loader, services: list[str], expected: type
) -> None:
    """Stopped at every single point: neither a yes nor a no that more time would change."""
    young = tiny.service("inn-young", "food", maximum_age=10)
    closed = tiny.service("inn-closed", "clothing", accepts_from=["precinct"])
    inn = tiny.organization("inn", tiny.service("inn-beds", BED), young, closed)
    _, directory = loader.serve(tiny.bundle(HOTLINE, PRECINCT, inn, policy_packs=PACKS))
    question = question_of(tiny.profile(tiny.need(BED), tiny.need("food"), tiny.need("clothing")), directory)

    def decide_within(after: int) -> tuple[Handoff | NotNow | None, list[bool]]:
        past_hard_deadline, readings = clock_that_stops(after)
        try:
            return HandOffRequest(
                directory, question, "inn", tuple(services), "warm", past_hard_deadline
            ).decide(), readings
        except ActRefused as refused:
            return None if refused.code == "busy" else NotNow((), ()), readings

    whole, all_readings = decide_within(10**9)
    assert isinstance(whole, expected)
    decisions = [decide_within(after)[0] for after in range(len(all_readings))]
    assert all(decision in (None, whole) for decision in decisions)
    assert decisions[0] is None


def test_without_any_time_nothing_is_said_to_be_impossible() -> None:
    """No path and nobody near: of each need the answer says that there was no time, and gives the last line to call."""
    directory = coalitions.serve(60, shape=coalitions.AWKWARD)
    answers_cut = 0
    for question in draw_questions(directory.snapshot, draws(10), seed=fresh(3)):
        sharing = Sharing(directory.rulebook, directory.policy, question.case)
        request = routing.Request(
            directory.snapshot, question.profile, rules=sharing, asks=sharing, past_hard_deadline=lambda: True
        )
        answer = routing.find_paths(request)
        document = build_answer(directory, question, sharing, answer, request, new_id=lambda: "")
        if answer.is_optimal:  # nothing is offered that could be searched
            continue
        answers_cut += 1

        assert (document["paths"], document["conditional_paths"], document["questions"]) == ([], [], [])
        assert set(document["complete"].values()) == {False}
        assert len(document["uncovered"]) == len(question.profile.needs)
        found = {
            need
            for path in routing.find_paths(request.but(past_hard_deadline=routing.never)).paths
            for need in path.covers
        }
        for entry in document["uncovered"]:  # reasons alone where they rule out every service
            assert entry["plain"] == answers.NOT_LOOKED_INTO or (entry["plain"] is None and entry["reasons"])
            assert entry["plain"] == answers.NOT_LOOKED_INTO or entry["need"] not in found
        assert [entry["near"] for entry in document["uncovered"]] == [[]] * len(question.profile.needs)
        assert document["lead"]["do"] != "fallback" or calls.NOT_ALL_IN_TIME in document["lead"]["plain"]
    assert enough(bool(answers_cut), 0)


def test_where_no_reason_rules_out_a_service_nothing_is_said_to_be_impossible() -> None:
    """A client's search in a group may run out of time. A service that fits isn't called impossible then."""
    directory = coalitions.serve(60, shape=coalitions.AWKWARD)
    possible_needs = with_reasons = 0
    for question in draw_questions(directory.snapshot, draws(10), seed=fresh(5)):
        sharing = Sharing(directory.rulebook, directory.policy, question.case)
        request = routing.Request(directory.snapshot, question.profile, rules=sharing, asks=sharing)
        possible = {need for path in routing.find_paths(request).paths for need in path.covers}
        candidates = routing.list_candidates(request.but(past_hard_deadline=lambda: True))
        if candidates.paths or candidates.complete:
            continue
        answer = replace(candidates, request=request).answer([None])
        document = build_answer(directory, question, sharing, answer, request, new_id=lambda: "")

        for entry in document["uncovered"]:
            if entry["need"] in possible:
                possible_needs, with_reasons = possible_needs + 1, with_reasons + bool(entry["reasons"])
                assert entry["plain"] == answers.NOT_LOOKED_INTO, entry["need"]
            elif entry["plain"] is None:
                assert entry["reasons"]
    assert enough(possible_needs, 0)
    assert enough(with_reasons, 0)


def test_a_long_search_ends_soon_after_its_limit() -> None:
    """In processor time of one thread: a quarter of the time needed ends the search well before it would be done."""
    directory = coalitions.serve(100 if is_long() else 60, shape=coalitions.AWKWARD)

    def spent(question: ResolvedProfile, most_s: float) -> tuple[float, routing.Answer]:
        gc.collect()  # else a collection of what other tests left may fall into a search, and outlast it
        sharing, begun = Sharing(directory.rulebook, directory.policy, question.case), time.thread_time()
        answer = routing.find_paths(
            routing.Request(
                directory.snapshot,
                question.profile,
                rules=sharing,
                is_expired=lambda: True,
                past_hard_deadline=lambda: time.thread_time() - begun >= most_s,
            )
        )
        return time.thread_time() - begun, answer

    questions = list(draw_questions(directory.snapshot, 3, needs=MOST, seed=fresh(4)))
    _, slowest = max((spent(question, inf)[0], place) for place, question in enumerate(questions))
    whole_s, whole = spent(questions[slowest], inf)

    spent_s, answer = spent(questions[slowest], whole_s / 4)

    assert whole.is_optimal
    assert not whole.cut
    assert answer.cut or not answer.is_optimal
    assert spent_s < 0.6 * whole_s
