"""A measured run in CPU time: the same questions for the engine and for the usual alternatives (networkx, SQL)."""

from __future__ import annotations

import gc
import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any, TypeVar

import numpy as np

import routing
from routing.client.scenario import Scenario
from routing.ranking.search_paths import search_paths
from routing.search.describe import describe_all
from service.answer import build_answer
from service.bench import agencies, questions, synthetic
from service.bench.rules import measure_decisions, part_of_rules
from service.profile import ResolvedProfile
from service.serving.served import Served
from service.serving.sharing import Sharing
from service.serving.time_budget import sooner, starting_now
from service.settings import Settings

Result = TypeVar("Result")
Work = Callable[["Bench", ResolvedProfile], object]
LIBRARIES = ("numpy", "networkx", "cedarpy")
SEED = 1
QUESTIONS = 400
ENOUGH_MS, MOST_RUNS = 25.0, 32
NETWORKX_S = 10.0
"""The most seconds of CPU time that networkx may take for a question."""
DECISIONS = 2_000
"""The default number of random decisions taken by both engines, compiled and Cedar."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A coalition ready to be asked, its questions, and the CPU milliseconds for building its snapshot."""

    coalition: synthetic.SyntheticCoalition
    served: Served
    asked: Sequence[ResolvedProfile]
    build_ms: float

    @property
    def bytes_per_service(self) -> float:
        """Bytes for each service in the arrays that a search reads, slugs included."""
        records, snapshot = self.coalition.records, self.served.snapshot
        slugs = sum(getattr(slugs, "nbytes", 0) for slugs in (records.organization_index, records.service_index))
        return (snapshot.nbytes + slugs) / len(snapshot.columns.active)


def prepare(count: int, *, needs: int | None, asked: int = QUESTIONS, seed: int = SEED) -> Bench:
    """Return a coalition of `count` agencies with questions, each of `needs` needs; None: of one to eight."""
    coalition = synthetic.draw_coalition(count, seed)
    coalition.snapshot()  # once to warm the caches of the processor
    snapshot, spent = cpu_ms(coalition.snapshot)
    served = agencies.serve(coalition, snapshot)
    return Bench(coalition, served, questions.draw_questions(coalition, asked, needs=needs), spent)


def cpu_ms(work: Callable[[], Result]) -> tuple[Result, float]:
    """Return the result of `work` and the CPU milliseconds of the process that the work took."""
    begun = time.process_time_ns()
    result = work()
    return result, (time.process_time_ns() - begun) / 1e6


def cpu_ms_of_one(work: Callable[[], Result]) -> tuple[Result, float]:
    """Return the result of `work` and the mean CPU milliseconds of a run, measured as in `in_turn`."""
    return work(), in_turn([work])[0]


def in_turn(works: Sequence[Callable[[], object]]) -> list[float]:
    """Return the mean CPU milliseconds of a run of each work, over 1 to `MOST_RUNS` runs in turn.

    The clock of a process may tick in steps of several milliseconds, and runs differ; so quick works are run again
    until their runs together took `ENOUGH_MS` milliseconds for each work.
    """
    spent, rounds = [0.0] * len(works), 0
    while not rounds or (rounds < MOST_RUNS and sum(spent) < ENOUGH_MS * len(works)):
        rounds += 1
        for place, work in enumerate(works):
            spent[place] += cpu_ms(work)[1]
    return [of_one / rounds for of_one in spent]


def sharing_of(bench: Bench, question: ResolvedProfile) -> Sharing:
    """Return the rules of a bench for the case of a question."""
    return Sharing(bench.served.rulebook, bench.served.policy, question.case)


def paths_of(bench: Bench, question: ResolvedProfile) -> tuple[routing.Path, ...]:
    """Return the paths that answer a question: search, rules and prices, without explanations and document."""
    sharing = sharing_of(bench, question)
    hop_graph, found = search_paths(Scenario(bench.served.snapshot, question.profile), sharing)
    return describe_all(hop_graph, found.ranked_paths)


def answer_of(bench: Bench, question: ResolvedProfile) -> dict[str, Any]:
    """Return the whole answer to a question as over HTTP, with the same limits of time: document, doors and questions.

    Only the JSON of the profile is not read again.
    """
    limits = Settings.model_fields
    stop = starting_now(limits["time_budget_ms"].default)
    sharing = sharing_of(bench, question)
    request = routing.Request(bench.served.snapshot, question.profile, rules=sharing, asks=sharing, out_of_time=stop)
    found = routing.find_paths(request)
    asking = sooner(stop, starting_now(limits["question_budget_ms"].default))
    return build_answer(bench.served, question, sharing, found, request.but(out_of_time=asking), new_id=lambda: "")


def part_complete(bench: Bench) -> float:
    """Return the share (0 to 1) of whole answers that are complete within the limits of time in the settings."""
    complete = [all(answer_of(bench, question)["complete"].values()) for question in bench.asked]
    return round(sum(complete) / len(complete), 3)


def floor_of(bench: Bench, question: ResolvedProfile) -> int:
    """Do the work that every engine needs: find the candidates, which take the client, in time, with room.

    Returns the number of candidates.
    """
    scenario = Scenario(bench.served.snapshot, question.profile)
    return len(scenario.usable([(need.type, need.urgency) for need in question.profile.needs])[0])


def time_each(bench: Bench, *works: Work) -> list[list[float]]:
    """Return for each work the CPU milliseconds for each question, with warm caches.

    The works take turns, so that no work finds the processor and its caches in a better state.
    """
    for question in bench.asked:
        for work in works:
            work(bench, question)
    gc.collect()
    gc.freeze()
    spent = [in_turn([partial(work, bench, question) for work in works]) for question in bench.asked]
    gc.unfreeze()
    return [list(of_one) for of_one in zip(*spent, strict=True)]


def percentiles(spent: Sequence[float]) -> dict[str, float]:
    """Return the median and the 99th percentile of `spent`, in milliseconds.

    >>> percentiles([1.0, 2.0, 3.0, 40.0])
    {'p50_ms': 2.5, 'p99_ms': 38.89}
    """
    return {"p50_ms": round(float(np.percentile(spent, 50)), 3), "p99_ms": round(float(np.percentile(spent, 99)), 3)}


def machine() -> str:
    """Return a description of the measuring machine, without its name."""
    return f"{platform.machine()}, {platform.system()}, {os.cpu_count() or 1} processors, CPU time of one process"


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that affect the figures."""
    return {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}}


def cost_of_rules(bench: Bench, decisions: int) -> dict[str, Any]:
    """Return the cost of rules: of a decision, compiled and in Cedar, and their share of the CPU time for five paths.

    The share is measured on questions asked for the first time, in a process that has answered other questions.
    """
    others = questions.draw_questions(bench.coalition, QUESTIONS, seed=SEED + 1)
    part = part_of_rules(partial(paths_of, bench), others)
    return {**measure_decisions(bench.served.rulebook, decisions, SEED), "part_of_request": part}


def report(
    count: int, needs: int | None, *, asked: int | None = None, compare: bool = True, decisions: int = DECISIONS
) -> dict[str, Any]:
    """Return the contract's figures for `count` agencies; None for parts that were not run (`decisions` 0: `rules`).

    `asked`: how many questions, None for `QUESTIONS`.
    """
    from service.bench.others import compare_with_networkx  # noqa: PLC0415 - networkx is slow to import
    from service.bench.sql import compare_with_sql  # noqa: PLC0415 - both measure by what is here

    bench = prepare(count, needs=needs, asked=asked or QUESTIONS)
    ours, whole, floor = time_each(bench, paths_of, answer_of, floor_of)
    return {
        "machine": machine(),
        "versions": versions(),
        "seed": SEED,
        "agencies": count,
        "services": len(bench.served.snapshot.columns.active),
        "needs": needs,
        "paths": percentiles(ours),
        "whole_answer": {**percentiles(whole), "complete": part_complete(bench)},
        "floor": {
            "p50_ms": percentiles(floor)["p50_ms"],
            "times": round(percentiles(ours)["p50_ms"] / max(percentiles(floor)["p50_ms"], 0.001), 1),
        },
        "networkx": compare_with_networkx(bench) if compare else None,
        "sql": compare_with_sql(bench) if compare else None,
        "rules": cost_of_rules(bench, decisions) if decisions else None,
        "http": None,
        "bytes_per_service": round(bench.bytes_per_service, 1),
        "build_ms": round(bench.build_ms, 3),
    }


def as_json(figures: dict[str, Any]) -> str:
    """Return figures as a JSON document."""
    return json.dumps(figures, indent=1)
