"""When time runs out: the first path stands, what was found by then stands, and the answer says that it stopped."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from builders import NothingLeaves, find, need, organization, profile, service, snapshot
from length import draws
from loaded import Asked, Loader
from oracle.instances import make_instance

import policies
import routing
from routing.client.scenario import Scenario
from routing.handoffs.gateways import Gateways
from routing.handoffs.hops import Hops
from routing.handoffs.permits import Permits
from routing.ranking.search_paths import search_paths
from routing.search.graph import hop_graph_of
from service.bench import coalitions
from service.bench.questions import draw_questions
from service.directory.snapshot.sharing import Sharing


def clock_that_stops(after: int) -> tuple[Callable[[], bool], list[bool]]:
    """Return a fake clock that leaves time for `after` questions, and what it has answered so far."""
    answers: list[bool] = []

    def out_of_time() -> bool:
        answers.append(len(answers) >= after)
        return answers[-1]

    return out_of_time, answers


def answered(asked: Asked, after: int, *, conditional: bool = False) -> tuple[routing.Answer, list[bool]]:
    out_of_time, answers = clock_that_stops(after)
    rules, asks = asked.sharing, asked.sharing if conditional else None
    found = routing.find_paths(
        routing.Request(asked.snapshot, asked.profile, rules=rules, asks=asks, out_of_time=out_of_time)
    )
    return found, answers


@pytest.fixture(scope="module")
def questions(loader: Loader) -> list[Asked]:
    found = [loader.ask(*make_instance(seed)) for seed in range(40_000, 40_000 + draws(30))]
    return [asked for asked in found if len(asked.answer.paths) > 1]


def test_whenever_it_stops_what_is_there_is_right(questions: list[Asked]) -> None:
    """Stopped at any point, an answer is the start of the whole one; it says so exactly if it was stopped."""
    stopped = 0
    for asked in questions:
        whole, asked_in_all = answered(asked, 10**9)
        for after in range(len(asked_in_all) + 1):
            found, answers = answered(asked, after)

            assert len(found.paths) >= 1
            assert found.paths == whole.paths[: len(found.paths)]
            assert set(found.sole_providers) <= set(whole.sole_providers)
            assert found.paths_complete is not any(answers)
            assert sum(answers) <= 1  # told once, it asks no more
            if found.paths_complete:
                assert found == whole
            stopped += not found.paths_complete

    assert stopped > draws(30)


def test_whenever_it_stops_what_would_open_a_path_is_right(loader: Loader) -> None:
    """Stopped at any point, conditional paths are the start of all of them, and the answer says that there are more."""
    stopped, kept = 0, 0
    for seed in range(30_000, 30_000 + draws(60)):
        asked = loader.ask(*make_instance(seed))
        whole, asked_in_all = answered(asked, 10**9, conditional=True)
        for after in range(len(asked_in_all) - 1, 0, -max(1, len(asked_in_all) // 10)):
            found, _ = answered(asked, after, conditional=True)

            assert found.conditional_paths == whole.conditional_paths[: len(found.conditional_paths)]
            assert not found.conditional_complete
            stopped, kept = stopped + 1, kept + bool(found.conditional_paths)

    assert stopped > draws(100)
    assert kept > draws(5)


def test_without_any_time_the_first_path_is_still_the_best(questions: list[Asked]) -> None:
    """A budget of nothing leaves the one path that is owed, and it is exact."""
    for asked in questions:
        found, _ = answered(asked, 0)

        assert found.paths == asked.answer.paths[:1]
        assert not found.paths_complete


def test_the_path_that_is_owed_is_searched_in_a_smaller_graph_than_all_are() -> None:
    """Where time runs out, what is left to do for one path is mostly less than was to be done for several."""
    coalition, rulebook = coalitions.serve(300, 1), policies.load_rulebook(("federal", "us-tx", "coalition"))
    network, directory, added = coalition.snapshot, coalition.policy, 0
    sizes_for_one, sizes_for_all = list[int](), list[int]()
    for question in draw_questions(coalition.snapshot, draws(40), seed=5):
        scenario, sharing = Scenario(network, question.profile), Sharing(rulebook, directory, question.case)
        for_all, found = search_paths(scenario, sharing)
        for_one, owed = search_paths(scenario, sharing, out_of_time=lambda: True)

        assert [ranked_path.key for ranked_path in owed.ranked_paths[:1]] == [
            ranked_path.key for ranked_path in found.ranked_paths[:1]
        ]
        if not owed.complete:
            assert len(owed.ranked_paths) == 1
            sizes_for_one.append(len(for_one.ports) + len(for_one.onward))
            sizes_for_all.append(len(for_all.ports) + len(for_all.onward))
            added += bool(for_all.onward) or len(for_all.requirements) > for_all.needs
    assert added > draws(5)
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
    looked_at = list[int]()

    class Watched(Gateways):
        def asks(self, row: int, kind: str, urgency: str) -> list[frozenset[str]]:
            looked_at.append(row)
            return super().asks(row, kind, urgency)

    gateways = Watched(scenario, Hops(scenario, Permits(NothingLeaves())))

    with pytest.raises(routing.TimeIsUp), scenario.patience.until(lambda: len(looked_at) >= 3):
        hop_graph_of(gateways)

    assert len(looked_at) == 3


def test_no_path_is_no_reason_to_ask_for_time() -> None:
    """Where nothing can be found there is nothing to stop: the empty answer is complete."""
    out_of_time, answers = clock_that_stops(0)
    network = snapshot(organization("hotline"))

    found = routing.find_paths(
        routing.Request(network, profile("food"), rules=NothingLeaves(), out_of_time=out_of_time)
    )

    assert (found.paths, found.paths_complete, answers) == ((), True, [])


def test_whoever_cannot_be_replaced_comes_before_alternatives() -> None:
    """Time for one more question goes to whether the first path's provider could be done without.

    hotline --warm--> only
    """
    network = snapshot(organization("hotline"), organization("only"), service("bed", "emergency_shelter", at="only"))
    out_of_time, _ = clock_that_stops(1)
    asked = profile("emergency_shelter")

    found = routing.find_paths(routing.Request(network, asked, rules=NothingLeaves(), out_of_time=out_of_time))

    assert found.sole_providers == ("only",)
    assert find(network, asked).paths == found.paths


def test_a_list_is_whole_or_there_is_none(questions: list[Asked]) -> None:
    """Stopped at any point, `list_paths` gives no part of a list: what an answer would change is never half seen."""
    stopped = 0
    for asked in questions:

        def listed(after: int, asked: Asked = asked) -> tuple[tuple[routing.Path, ...] | None, int]:
            out_of_time, answers = clock_that_stops(after)
            try:
                found = routing.list_paths(
                    routing.Request(asked.snapshot, asked.profile, rules=asked.sharing, out_of_time=out_of_time)
                )
            except routing.TimeIsUp:
                return None, len(answers)
            return found, len(answers)

        whole, asked_in_all = listed(10**9)
        assert whole == asked.answer.paths
        for after in range(asked_in_all):
            assert listed(after)[0] in (None, whole)
            stopped += listed(after)[0] is None
    assert stopped > draws(30)
