"""When time runs out: the first path stands, what was found by then stands, and the answer says that it stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from benchmarks import coalitions
from benchmarks.questions import draw_questions
from builders import NothingLeaves, find, need, organization, profile, service, snapshot
from length import draws, enough
from loaded import Loader, Question
from oracle.instances import make_instance

import policies
import routing
from routing.client.scenario import Scenario
from routing.handoffs.gateways import Gateways
from routing.handoffs.hops import Hops
from routing.handoffs.permits import Permits
from routing.ranking.search_paths import search_paths
from routing.search.graph import hop_graph_of
from service.directory.snapshot.sharing import Sharing

BED = "emergency_shelter"


def clock_that_stops(after: int) -> tuple[Callable[[], bool], list[bool]]:
    """Return a fake clock that leaves time for `after` questions, and what it has answered so far."""
    answers: list[bool] = []

    def is_expired() -> bool:
        answers.append(len(answers) >= after)
        return answers[-1]

    return is_expired, answers


def answer_within(question: Question, after: int, *, conditional: bool = False) -> tuple[routing.Answer, list[bool]]:
    is_expired, answers = clock_that_stops(after)
    rules, asks = question.sharing, question.sharing if conditional else None
    answer = routing.find_paths(
        routing.Request(question.snapshot, question.profile, rules=rules, asks=asks, is_expired=is_expired)
    )
    return answer, answers


@pytest.fixture(scope="module")
def questions(loader: Loader) -> list[Question]:
    drawn_questions = [loader.ask(*make_instance(seed)) for seed in range(40_000, 40_000 + draws(30))]
    return [question for question in drawn_questions if len(question.answer.paths) > 1]


def test_whenever_it_stops_what_is_there_is_right(questions: list[Question]) -> None:
    """Stopped at any point, an answer is the start of the whole one; it says so exactly if it was stopped."""
    stopped = 0
    for question in questions:
        whole, all_checks = answer_within(question, 10**9)
        for after in range(len(all_checks) + 1):
            answer, checks = answer_within(question, after)

            assert len(answer.paths) >= 1
            assert answer.paths == whole.paths[: len(answer.paths)]
            assert set(answer.sole_providers) <= set(whole.sole_providers)
            assert answer.paths_complete is not any(checks)
            assert sum(checks) <= 1  # told once, it asks no more
            if answer.paths_complete:
                assert answer == whole
            stopped += not answer.paths_complete

    assert enough(stopped, 30)


def test_whenever_it_stops_what_would_open_a_path_is_right(loader: Loader) -> None:
    """Stopped at any point, conditional paths are the start of all of them, and the answer says that there are more."""
    stopped, with_paths = 0, 0
    for seed in range(30_000, 30_000 + draws(60)):
        question = loader.ask(*make_instance(seed))
        whole, all_checks = answer_within(question, 10**9, conditional=True)
        for after in range(len(all_checks) - 1, 0, -max(1, len(all_checks) // 10)):
            answer, _ = answer_within(question, after, conditional=True)

            assert answer.conditional_paths == whole.conditional_paths[: len(answer.conditional_paths)]
            assert not answer.conditional_complete
            stopped, with_paths = stopped + 1, with_paths + bool(answer.conditional_paths)

    assert enough(stopped, 100)
    assert enough(with_paths, 5)


@pytest.mark.parametrize("limit", [2, 3])
def test_time_may_run_out_in_a_larger_graph_than_that_of_the_plain_paths(limit: int) -> None:
    """Two beds can be called; a third, behind a gateway, is cheaper than the second. For three, all is searched.

    The clock says so once, right after the plain paths.
    """
    beds = [
        service(f"{slug}-bed", BED, at=slug, response_time=timedelta(hours=wait))
        for slug, wait in (("inn", 0), ("house", 90))
    ]
    agencies = [*map(organization, ("hotline", "inn", "house", "gate", "shut"))]
    behind = service("talk", "peer_support", at="gate"), service("shut-bed", BED, at="shut", accepts_from=("gate",))

    def within(after: int, network: routing.Snapshot, most: int) -> tuple[routing.Answer, list[bool]]:
        is_expired, checks = clock_that_stops(after)
        request = routing.Request(network, profile(BED, limit=most), rules=NothingLeaves(), is_expired=is_expired)
        return routing.find_paths(request), checks

    _, plainly = within(10**9, snapshot(*agencies, *beds), 2)
    whole, _ = within(10**9, snapshot(*agencies, *beds, *behind), limit)

    answer, checks = within(len(plainly), snapshot(*agencies, *beds, *behind), limit)

    assert (answer.paths, answer.paths_complete) == (whole.paths[:1], False)
    assert checks == [*(False for _ in plainly), True] != [True]


def test_without_any_time_the_first_path_is_still_the_best(questions: list[Question]) -> None:
    """A budget of nothing leaves the one path that is guaranteed, and it is exact."""
    for question in questions:
        answer, _ = answer_within(question, 0)

        assert answer.paths == question.answer.paths[:1]
        assert not answer.paths_complete


@pytest.mark.parametrize("guess", [0, 4])
@pytest.mark.parametrize(("hours", "beds"), [(480, ["late"]), (41, ["late", "house"])])
def test_without_any_time_the_first_path_is_found_however_dear(
    hours: int, beds: list[str], guess: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dearer by far than the quick bed that nobody comes to; and a little dearer, what the other bed asks for first.

    Whatever price is guessed, also one for which there is nothing.

    hotline --warm--> pantry [food, papers] ; then late [bed, after papers]      or slow [intake] ; then house [bed]
    """
    monkeypatch.setattr("routing.pruning.offer_filter._GUESS", guess)
    asked = {"late": "identification_documents", "house": "intake_assessment"}
    waits = {"late": timedelta(hours=hours), "house": timedelta(0)}
    network = snapshot(
        *map(organization, ("hotline", "house", "late", "pantry", "quick", "slow")),
        service("papers", "identification_documents", at="pantry"),
        service("meal", "food", at="pantry"),
        service("rice", "food", at="quick"),
        service("shut", BED, at="quick", accepts_from=("court",)),
        service("intake", "intake_assessment", at="slow", response_time=timedelta(hours=28)),
        *(service(f"{at}-bed", BED, at=at, requires=(asked[at],), response_time=waits[at]) for at in beds),
    )
    request = routing.Request(network, profile(BED, "food"), rules=NothingLeaves())

    answer = routing.find_paths(request.but(is_expired=clock_that_stops(0)[0]))

    assert (answer.paths, answer.paths_complete) == (routing.find_paths(request).paths[:1], False)
    assert [step.organization for step in answer.paths[0].steps] == ["pantry", "late"]


def test_the_path_that_is_owed_is_searched_in_a_smaller_graph_than_all_are() -> None:
    """Where time runs out, what is left to do for one path is mostly less than was to be done for several."""
    coalition, rulebook = coalitions.serve(300, 1), policies.load_rulebook(("federal", "us-tx", "coalition"))
    network, directory, added = coalition.snapshot, coalition.policy, 0
    sizes_for_one, sizes_for_all = list[int](), list[int]()
    for question in draw_questions(coalition.snapshot, draws(40), seed=5):
        scenario, sharing = Scenario(network, question.profile), Sharing(rulebook, directory, question.case)
        for_all, ranking = search_paths(scenario, sharing)
        for_one, first_ranking = search_paths(scenario, sharing, is_expired=lambda: True)

        assert [ranked_path.key for ranked_path in first_ranking.ranked_paths[:1]] == [
            ranked_path.key for ranked_path in ranking.ranked_paths[:1]
        ]
        if not first_ranking.complete:
            assert len(first_ranking.ranked_paths) == 1
            sizes_for_one.append(len(for_one.ports) + len(for_one.onward))
            sizes_for_all.append(len(for_all.ports) + len(for_all.onward))
            added += bool(for_all.onward) or len(for_all.requirements) > for_all.needs
    assert enough(added, 5)
    assert 3 * sum(sizes_for_one) < 2 * sum(sizes_for_all)
    larger = [size for size, of_all in zip(sizes_for_one, sizes_for_all, strict=True) if size > of_all]
    assert len(larger) <= draws(5)


def test_time_is_asked_for_while_a_graph_is_laid_out() -> None:
    """Looking up what ways in ask for takes long where many services turn the origin away."""
    shut = [service(f"bed{n}", "food", at="refuge", accepts_from=("partner",)) for n in range(50)]
    agencies = map(organization, ("hotline", "refuge", "partner"))
    scenario = Scenario(
        snapshot(*agencies, *shut, service("talk", "legal", at="partner")), profile(need("food", "today"))
    )
    rows = list[int]()

    class Watched(Gateways):
        def asks(self, row: int, kind: str, urgency: str) -> list[frozenset[str]]:
            rows.append(row)
            return super().asks(row, kind, urgency)

    gateways = Watched(scenario, Hops(scenario, Permits(NothingLeaves())))

    with pytest.raises(routing.TimeBudgetExceeded), scenario.time_budget.until(lambda: len(rows) >= 3):
        hop_graph_of(gateways)

    assert len(rows) == 3


def test_no_path_is_no_reason_to_ask_for_time() -> None:
    """Where nothing can be found there is nothing to stop: the empty answer is complete."""
    is_expired, answers = clock_that_stops(0)
    network = snapshot(organization("hotline"))

    answer = routing.find_paths(routing.Request(network, profile("food"), rules=NothingLeaves(), is_expired=is_expired))

    assert (answer.paths, answer.paths_complete, answers) == ((), True, [])


def test_whoever_cannot_be_replaced_comes_before_alternatives() -> None:
    """Time for one more question goes to whether the first path's provider could be done without.

    hotline --warm--> only
    """
    network = snapshot(organization("hotline"), organization("only"), service("bed", BED, at="only"))
    is_expired, _ = clock_that_stops(1)
    needs_profile = profile(BED)

    answer = routing.find_paths(routing.Request(network, needs_profile, rules=NothingLeaves(), is_expired=is_expired))

    assert answer.sole_providers == ("only",)
    assert find(network, needs_profile).paths == answer.paths


def test_without_any_time_the_offers_alone_say_who_cannot_be_replaced() -> None:
    """The bed is at one place; who has the meal could be done without, by a gateway, for which no time is left."""
    agencies = map(organization, ("hotline", "only", "kitchen", "pantry", "gate"))
    network = snapshot(
        *agencies,
        service("bed", BED, at="only"),
        service("kitchen-meal", "food", at="kitchen"),
        service("pantry-meal", "food", at="pantry", accepts_from=("gate",)),
        service("talk", "peer_support", at="gate"),
    )
    is_expired, checks = clock_that_stops(0)

    answer = routing.find_paths(
        routing.Request(network, profile(BED, "food"), rules=NothingLeaves(), is_expired=is_expired)
    )

    assert (answer.sole_providers, answer.paths_complete, checks) == (("only",), False, [True])


def no_time(*_: object) -> None:
    raise routing.TimeBudgetExceeded


def test_of_few_offers_the_best_path_stands_when_time_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is proven neither to be the best nor to be followed by the second one."""
    beds = [service(f"{slug}-bed", BED, at=slug) for slug in ("inn", "house")]
    network = snapshot(*map(organization, ("hotline", "inn", "house")), *beds)
    monkeypatch.setattr("routing.pruning.offer_filter.FEW", 0)
    monkeypatch.setattr("routing.pruning.offer_filter.OfferFilter.plainly_within", no_time)

    answer = find(network, profile(BED))

    assert [path.covers for path in answer.paths] == [(BED,)]
    assert (answer.is_optimal, answer.paths_complete) == (False, False)


def test_where_time_runs_out_for_who_cannot_be_replaced_the_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a second bed, to which nobody leads; all paths are known before that is."""
    beds = service("bed", BED, at="inn"), service("shut", BED, at="house", accepts_from=("court",))
    network = snapshot(*map(organization, ("hotline", "inn", "house")), *beds)
    assert find(network, profile(BED)).sole_providers == ("inn",)
    monkeypatch.setattr("routing.ranking.search_paths._needed", no_time)

    answer = find(network, profile(BED))

    assert ([path.covers for path in answer.paths], answer.is_optimal) == ([(BED,)], True)
    assert (answer.sole_providers, answer.paths_complete) == ((), False)


def test_a_list_is_whole_or_there_is_none(questions: list[Question]) -> None:
    """Stopped at any point, `list_paths` gives no part of a list: what an answer would change is never half seen."""
    stopped = 0
    for question in questions:

        def paths_within(after: int, question: Question = question) -> tuple[tuple[routing.Path, ...] | None, int]:
            is_expired, answers = clock_that_stops(after)
            try:
                paths = routing.list_paths(
                    routing.Request(question.snapshot, question.profile, rules=question.sharing, is_expired=is_expired)
                )
            except routing.TimeBudgetExceeded:
                return None, len(answers)
            return paths, len(answers)

        whole, checks = paths_within(10**9)
        assert whole == question.answer.paths
        for after in range(checks):
            assert paths_within(after)[0] in (None, whole)
            stopped += paths_within(after)[0] is None
    assert enough(stopped, 30)
