"""The cost of a decision, compiled and in Cedar, and whether both agree."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

import policies
from policies import CedarEngine, decode, evaluate

LOT = 5_000
"""The most requests in memory at a time."""


def measure_decisions(rulebook: policies.Rulebook, count: int, seed: int) -> dict[str, Any]:
    """Return microseconds of CPU for a decision, compiled and in Cedar, over `count` random possible requests.

    Compiled: every rule over whole arrays of codes. Cedar: the call alone, with request and agencies ready and without
    a cache. A disagreement is a different answer, or the same answer by different rules.
    """
    from policies.verify import draw_possible  # noqa: PLC0415 - the solver beside it takes long to import

    pack = rulebook.pack
    engine = CedarEngine(pack, pack.deciding)
    points = draw_possible(pack.space, count, seed)
    compiled_s, (allowed, held) = _timed(lambda: _compiled(pack, points))
    cedar_s, disagreements = 0.0, 0
    for start in range(0, count, LOT):
        every = [decode(pack.space, column) for column in points[:, start : start + LOT].T]
        ready = [(engine.request(one), engine.agencies(one)) for one in every]
        spent, verdicts = _timed(lambda ready=ready: [engine.answer(*one) for one in ready])  # type: ignore[misc]
        cedar_s += spent
        for place, verdict in enumerate(verdicts, start):
            deciding = _deciding(pack, held[:, place], bool(allowed[place]))
            disagreements += (verdict.allow, verdict.deciding, verdict.faults) != (allowed[place], deciding, ())
    return {
        "requests": count,
        "compiled_us": round(compiled_s / count * 1e6, 3),
        "cedar_us": round(cedar_s / count * 1e6, 1),
        "ratio": round(cedar_s / compiled_s),
        "disagreements": disagreements,
    }


def _compiled(pack: policies.Pack, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return whether each point is allowed, and the rules that hold at each point (a row for each rule)."""
    held = evaluate(pack.space, [pack.formulas[rule.id] for rule in pack.deciding], points)
    permit = np.array([rule.effect == "permit" for rule in pack.deciding])
    return held[permit].any(axis=0) & ~held[~permit].any(axis=0), held


def _deciding(pack: policies.Pack, held: np.ndarray, allowed: bool) -> frozenset[str]:
    effect = "permit" if allowed else "forbid"
    return frozenset(
        rule.id for rule, holds in zip(pack.deciding, held, strict=True) if holds and rule.effect == effect
    )


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.process_time()
    result = work()
    return time.process_time() - begun, result
