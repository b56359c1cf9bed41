"""The search in processor time: the same questions for the engine, its parts, and networkx."""

from __future__ import annotations

import gc
import os
import platform
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any, TypeVar

import numpy as np

import policies
import routing
from policies import CedarEngine, decode, evaluate
from routing.client.scenario import Scenario
from routing.ranking.search_paths import search_paths
from routing.search.describe import describe_all
from service.answers.profile import ResolvedProfile
from service.answers.schemas.answer import AnswerDocument
from service.answers.work.find_paths import answer_question
from service.bench import coalitions, questions
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import Sharing
from service.infrastructure.time_budget import starting_now
from service.settings import Settings
from service.words.vocabulary import ANSWER_PARTS

Result = TypeVar("Result")
LIBRARIES = ("numpy", "networkx", "cedarpy")
SEED, QUESTIONS = 1, 400
NETWORKX_S = 10.0
"""The most seconds of processor time that networkx may take for a question."""
DECISIONS = 2_000
"""The default number of random decisions by both engines, compiled and Cedar."""
WHOLE = frozenset(ANSWER_PARTS)


def measure_decisions(rulebook: policies.Rulebook, count: int, seed: int) -> dict[str, Any]:
    """Return microseconds of CPU for a decision, compiled and in Cedar, over `count` random possible requests.

    Compiled: every rule over whole arrays of codes. Cedar: the call alone, with request and agencies ready and without
    a cache. A disagreement is a different answer, or the same answer by different rules.
    """
    from policies.verify import draw_possible  # noqa: PLC0415 - the solver beside it takes long to import

    pack = rulebook.pack
    engine, points = CedarEngine(pack, pack.deciding), draw_possible(pack.space, count, seed)
    permits = np.array([rule.effect == "permit" for rule in pack.deciding])

    def compiled() -> tuple[np.ndarray, np.ndarray]:
        held = evaluate(pack.space, [pack.formulas[rule.id] for rule in pack.deciding], points)
        return held, held[permits].any(axis=0) & ~held[~permits].any(axis=0)

    (held, allowed), compiled_ms = cpu_ms(compiled)
    cedar_ms, disagreements = 0.0, 0
    for point, holds, allow in zip(points.T, held.T, allowed, strict=True):
        request = decode(pack.space, point)
        verdict, spent_ms = cpu_ms(partial(engine.answer, engine.request(request), engine.agencies(request)))
        cedar_ms += spent_ms
        deciding = frozenset(pack.deciding[at].id for at in np.flatnonzero(holds & (permits == allow)))
        disagreements += (verdict.allow, verdict.deciding, verdict.faults) != (allow, deciding, ())
    return {
        "requests": count,
        "compiled_us": round(compiled_ms / count * 1e3, 3),
        "cedar_us": round(cedar_ms / count * 1e3, 1),
        "ratio": round(cedar_ms / compiled_ms),
        "disagreements": disagreements,
    }


@dataclass(frozen=True, slots=True)
class Bench:
    """A coalition ready to be asked, and its questions."""

    served: DirectorySnapshot
    asked: Sequence[ResolvedProfile]


def prepare(count: int, *, needs: int | None, asked: int = QUESTIONS, seed: int = SEED) -> Bench:
    """Return a coalition of `count` agencies with questions, each of `needs` needs; None: of one to eight."""
    served = coalitions.serve(count, seed)
    return Bench(served, questions.draw_questions(served.snapshot, asked, needs=needs))


def cpu_ms(work: Callable[[], Result]) -> tuple[Result, float]:
    """Return the result of `work` and the processor milliseconds of the process that the work took."""
    begun = time.process_time_ns()
    result = work()
    return result, (time.process_time_ns() - begun) / 1e6


def sharing_of(bench: Bench, question: ResolvedProfile) -> Sharing:
    """Return the rules of a bench for the case of a question."""
    return Sharing(bench.served.rulebook, bench.served.policy, question.case)


def paths_of(bench: Bench, question: ResolvedProfile) -> tuple[routing.Path, ...]:
    """Return the paths that answer a question: search, rules and prices, without explanations and document."""
    sharing = sharing_of(bench, question)
    hop_graph, found = search_paths(Scenario(bench.served.snapshot, question.profile), sharing)
    return describe_all(hop_graph, found.ranked_paths)


def candidates_of(bench: Bench, question: ResolvedProfile) -> int:
    """Return the number of candidates, which take the client, in time, with room: every engine needs to find them."""
    scenario = Scenario(bench.served.snapshot, question.profile)
    return len(scenario.usable([(need.type, need.urgency) for need in question.profile.needs])[0])


def answer_from(served: DirectorySnapshot, question: ResolvedProfile, parts: frozenset[str] = WHOLE) -> AnswerDocument:
    """Return parts of the answer to a question as over HTTP, its own reports and the limits of time included."""
    limits = Settings.model_fields
    stop, questions_ms = starting_now(limits["time_budget_ms"].default), limits["question_budget_ms"].default
    return answer_question(served, question, parts=parts, out_of_time=stop, questions_within_ms=questions_ms)


def time_each(bench: Bench, work: Callable[[Bench, ResolvedProfile], Result]) -> tuple[list[Result], dict[str, float]]:
    """Return the results of `work` for all questions, and the quantiles of its times when all is asked again."""
    for question in bench.asked:
        work(bench, question)
    gc.collect()
    results, spent = zip(*(cpu_ms(partial(work, bench, question)) for question in bench.asked), strict=True)
    return list(results), quantiles_ms(spent, digits=3)


def quantiles_ms(spent: Sequence[float], percents: Sequence[int] = (50, 99), digits: int = 1) -> dict[str, float]:
    """Return the milliseconds within which so many in a hundred are done.

    >>> quantiles_ms([1.0, 2.0, 3.0, 40.0], digits=2)
    {'p50_ms': 2.5, 'p99_ms': 38.89}
    """
    values = np.percentile(spent, percents).tolist()
    return {f"p{percent}_ms": round(value, digits) for percent, value in zip(percents, values, strict=True)}


def machine() -> str:
    """Return a description of the measuring machine, without its name."""
    return f"{platform.machine()}, {platform.system()}, {os.cpu_count() or 1} processors, CPU time of one process"


def report(
    count: int, needs: int | None, *, asked: int | None = None, compare: bool = True, decisions: int = DECISIONS
) -> dict[str, Any]:
    """Return the contract's figures for `count` agencies; None for parts that were not run (`decisions` 0: `rules`).

    `asked`: how many questions, None for `QUESTIONS`.
    """
    from service.bench.others import compare_with_networkx  # noqa: PLC0415 - networkx is slow to import

    bench = prepare(count, needs=needs, asked=asked or QUESTIONS)
    snapshot = bench.served.snapshot
    answers, whole = time_each(bench, lambda bench, question: answer_from(bench.served, question))
    complete = [all(answer["complete"].values()) for answer in answers]
    records = routing.Directory(
        version=snapshot.version,
        timezone=str(snapshot.zone),
        areas=tuple(snapshot.areas.values()),
        organizations=tuple(snapshot.organizations),
        services=tuple(snapshot.services),
        agreements=tuple(snapshot.agreements),
        law=snapshot.law,
        service_types=snapshot.service_types,
    )
    return {
        "machine": machine(),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        "seed": SEED,
        "agencies": count,
        "services": len(snapshot.services),
        "needs": needs,
        "paths": time_each(bench, paths_of)[1],
        "whole_answer": {**whole, "complete": round(sum(complete) / len(complete), 3)},
        "floor": {"p50_ms": time_each(bench, candidates_of)[1]["p50_ms"]},
        "networkx": compare_with_networkx(bench) if compare else None,
        "rules": measure_decisions(bench.served.rulebook, decisions, SEED) if decisions else None,
        "http": None,
        "bytes_per_service": round(bytes_of(snapshot) / len(snapshot.services), 1),
        "build_ms": round(cpu_ms(partial(routing.build_snapshot, records))[1], 3),
    }


def bytes_of(snapshot: routing.Snapshot) -> int:
    """Return the bytes of every column and posting: the memory that a search needs, without the records for people."""
    columns = snapshot.columns, snapshot.organization_columns, snapshot.agreement_columns
    look_ups = snapshot.by_place, snapshot.by_type, snapshot.doors, snapshot.weeks
    return sum(array.nbytes for part in (*columns, *look_ups) for array in _arrays(part))


def _arrays(value: object) -> list[np.ndarray]:
    if isinstance(value, np.ndarray):
        return [value]
    return [array for name in getattr(value, "__slots__", ()) for array in _arrays(getattr(value, name))]


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], texts: int = 1) -> str:
    """Return a table in Markdown, the first `texts` columns flush left.

    >>> print(table(["Size", "ms"], [["small", 3]]))
    | Size | ms |
    |---|---:|
    | small | 3 |
    """
    rule = "|" + "---|" * texts + "---:|" * (len(heads) - texts)
    return "\n".join([f"| {' | '.join(heads)} |", rule, *(f"| {' | '.join(map(str, row))} |" for row in rows)])
