"""Which check catches which fault: every mutant of a pack, held against its examples and its promises.

A fault is caught where an example no longer reads as written, or a point refutes a promise. Points are looked for
among many drawn ones first, which is quick; where none of them shows the fault, the solver decides: it finds a point
that refutes a promise, or proves that the fault changes nothing anybody can see, or the fault is a survivor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np
import z3

from .claims import TASK_KINDS, Claim, Kind, Promise, Reading, Stated, refute
from .compile import Answers, Codes, can_hold, compile_rule, evaluate
from .encode import Encoder
from .examples import Example
from .facts import facts_of
from .limits import Limit
from .mutants import Mutant
from .points import draw_possible
from .solver import Change, Solver, changed

POINTS = 3000
SEED = 20


@dataclass(frozen=True)
class Outcome:
    """What became of one mutant: the checks that caught it, or the proof that it changes nothing, or neither."""

    mutant: Mutant
    caught_by: tuple[str, ...] = ()
    equivalent: bool = False
    witness: Codes | None = field(default=None, compare=False)

    @property
    def survives(self) -> bool:
        """Whether no check saw a fault that can be seen."""
        return not self.caught_by and not self.equivalent


class Hunt:
    """The checks of one pack, ready to be held against its mutants. Not for use by several threads at once."""

    def __init__(
        self, reading: Reading, promises: Sequence[Promise], examples: Sequence[Example], limits: Sequence[Limit]
    ) -> None:
        self._reading = reading
        self._limits = tuple(limits)
        self._promises = tuple(promises)
        self._solver = Solver(reading.space)
        self._cases = _Cases(reading, examples)
        self._pool = _Pool(reading, promises, self._solver)

    def outcomes(self, mutants: Sequence[Mutant], *, every: bool = True) -> Iterator[Outcome]:
        """Yield what becomes of each mutant, in order: with all checks that catch it, or only one, which is quicker."""
        return (self._outcome(mutant, every=every) for mutant in mutants)

    def _outcome(self, mutant: Mutant, *, every: bool) -> Outcome:
        formula = False if mutant.policy is None else compile_rule(self._reading.space, mutant.policy)
        if mutant.policy is not None and not can_hold(self._reading.space, formula):
            return Outcome(mutant, ("rule can never hold",))
        effect = "permit" if mutant.policy is None else mutant.policy.effect
        stated = Stated(mutant.rule.id, effect, formula)
        checks = chain(self._off_limits(stated), self._cases.caught(stated), self._pool.caught(stated))
        caught = tuple(dict.fromkeys(checks if every else islice(checks, 1)))
        if caught:
            return Outcome(mutant, caught)
        witness = self._seen(stated)
        if witness is None:
            return Outcome(mutant, equivalent=True)
        reading = self._reading.replacing(stated)
        for promise in self._promises:
            if any(refute(claim, reading, self._solver) is not None for claim in promise.claims):
                return Outcome(mutant, (f"promise {promise.id}",))
        return Outcome(mutant, witness=witness)

    def _off_limits(self, stated: Stated) -> Iterator[str]:
        for limit in self._limits:
            if limit.rule == stated.id and limit.departures(self._reading.space, stated.formula):
                yield f"limits {limit.rule}"

    def _seen(self, stated: Stated) -> Codes | None:
        """Return a possible point at which the answer, the rules told or the tasks are others, None if there is none.

        Permits are told where nothing is forbidden, forbids wherever they hold, tasks always.
        """
        solver, (rule_id, effect, formula) = self._solver, stated
        before = solver.term(self._reading.formula(rule_id))
        differ = z3.Xor(before, solver.term(formula))
        was = next((one.effect for one in self._reading.deciding if one.id == rule_id), None)
        if was == "permit" and effect == "permit":
            forbids = [solver.term(one.formula) for one in self._reading.deciding if one.effect == "forbid"]
            differ = z3.And(differ, z3.Not(z3.Or(forbids)))
        elif was is not None and was != effect:
            differ = z3.Or(before, solver.term(formula))
        return solver.find(solver.term(solver.possible), differ)


class _Cases:
    """The examples as arrays: what each expects of the rules that decide, and of the tasks."""

    def __init__(self, reading: Reading, examples: Sequence[Example]) -> None:
        encoder = Encoder(reading.space)
        facts = [facts_of(example.case, example.share) for example in examples]
        rows = [encoder.row(one) for several in facts for one in several]
        self._codes = np.frombuffer(b"".join(rows), dtype=np.int8).reshape(len(rows), -1).T
        self._ends = np.cumsum([len(several) for several in facts])
        self._reading = reading
        self._examples = tuple(examples)
        self._index = {one.id: row for row, one in enumerate((*reading.deciding, *reading.tasks))}
        self._held = evaluate(reading.space, [one.formula for one in (*reading.deciding, *reading.tasks)], self._codes)
        self._permit = np.array([one.effect == "permit" for one in reading.deciding], dtype=np.bool_)

    def caught(self, stated: Stated) -> Iterator[str]:
        """Yield the examples that no longer read as written when one rule says something else."""
        row = self._index[stated.id]
        now = evaluate(self._reading.space, [stated.formula], self._codes)[0]
        flipped = row < len(self._permit) and self._permit[row] != (stated.effect == "permit")
        if not flipped and (now == self._held[row]).all():
            return
        held, permit = self._held.copy(), self._permit.copy()
        held[row] = now
        if row < len(permit):
            permit[row] = stated.effect == "permit"
        allowed, told = _told(held[: len(permit)], permit)
        start = 0
        for example, end in zip(self._examples, self._ends, strict=True):
            opened = np.flatnonzero(allowed[start:end])
            chosen = start + (int(opened[0]) if opened.size else min(1, int(end) - start - 1))
            if not self._as_written(example, bool(allowed[chosen]), told[:, chosen], held[:, chosen]):
                yield f"example {example.rule}"
            start = int(end)

    def _as_written(self, example: Example, allow: bool, told: Answers, held: Answers) -> bool:
        expect = example.expect
        deciding = {one.id for one, holds in zip(self._reading.deciding, told, strict=True) if holds}
        tasks = {one.id for one, holds in zip(self._reading.tasks, held[len(told) :], strict=True) if holds}
        return (
            allow is expect["allow"]
            and deciding == set(expect["by"])
            and set(expect.get("tasks", ())) <= tasks
            and not set(expect.get("without_tasks", ())) & tasks
        )


def _told(held: Answers, permit: Answers) -> tuple[Answers, Answers]:
    """Return, per point, whether it is allowed, and which rules are told as the deciding ones."""
    allowed = np.array(held[permit].any(axis=0) & ~held[~permit].any(axis=0), dtype=np.bool_)
    return allowed, held & (permit[:, None] == allowed[None, :])


class _Pool:
    """Drawn points, each as it is and after every change that a promise speaks of, with all answers worked out."""

    def __init__(self, reading: Reading, promises: Sequence[Promise], solver: Solver) -> None:
        self._reading = reading
        self._points = draw_possible(reading.space, POINTS, SEED)
        self._claims = [(promise, claim) for promise in promises for claim in promise.claims]
        changes: list[Change] = list(dict.fromkeys([(), *(claim.change for _, claim in self._claims)]))
        self._at = {change: slice(n * POINTS, (n + 1) * POINTS) for n, change in enumerate(changes)}
        self._table = np.concatenate([changed(self._points, change) for change in changes], axis=1)
        space, table = reading.space, self._table
        self._possible: Answers = evaluate(space, [solver.possible], table)[0]
        regions = evaluate(space, [claim.region for _, claim in self._claims], self._points)
        self._inside = [
            region if claim.anywhere else region & self._possible[self._at[()]] & self._possible[self._at[claim.change]]
            for region, (_, claim) in zip(regions, self._claims, strict=True)
        ]
        self._held = dict(
            zip(
                (one.id for one in (*reading.deciding, *reading.tasks)),
                evaluate(space, [one.formula for one in (*reading.deciding, *reading.tasks)], table),
                strict=True,
            )
        )
        left_out: set[frozenset[str]] = {frozenset(), *(claim.without for _, claim in self._claims)}
        self._counts = {without: self._count(without) for without in left_out}
        self._deciding = {one.id: one.effect for one in reading.deciding}

    def _count(self, without: frozenset[str]) -> dict[str, Codes]:
        counts = {effect: np.zeros(self._table.shape[1], dtype=np.int8) for effect in ("permit", "forbid")}
        for one in self._reading.deciding:
            if one.id not in without:
                counts[one.effect] += self._held[one.id]
        return counts

    def caught(self, stated: Stated) -> Iterator[str]:
        """Yield the promises that a drawn point refutes when one rule says something else."""
        now = evaluate(self._reading.space, [stated.formula], self._table)[0]
        before = self._held[stated.id]
        was = self._deciding.get(stated.id)
        if (now == before).all() and was in (stated.effect, None):
            return
        answers = {} if was is None else {
            without: self._allowed(stated, was, now, before, without) for without in self._counts
        }  # fmt: skip
        for (promise, claim), inside in zip(self._claims, self._inside, strict=True):
            if self._refuted(claim, stated, inside, now, answers):
                yield f"promise {promise.id}"

    def _allowed(self, stated: Stated, was: str, now: Answers, before: Answers, without: frozenset[str]) -> Answers:
        counts = self._counts[without]
        sums = {effect: count.copy() for effect, count in counts.items()}
        if stated.id not in without:
            sums[was] -= before
            sums[stated.effect] += now
        allowed: Answers = (sums["permit"] > 0) & (sums["forbid"] == 0)
        return allowed

    def _refuted(
        self, claim: Claim, stated: Stated, inside: Answers, now: Answers, answers: dict[frozenset[str], Answers]
    ) -> bool:
        here, there = self._at[()], self._at[claim.change]
        if claim.kind in TASK_KINDS:
            told = now[here]
            return claim.task == stated.id and bool((inside & (told ^ (claim.kind is Kind.BRINGS))).any())
        if claim.kind is Kind.ALIKE:
            return stated.id not in claim.without and bool((inside & (now[here] ^ now[there])).any())
        if not answers:
            return False
        allowed = answers[claim.without][here]
        then = answers[claim.without][there]
        match claim.kind:
            case Kind.NEVER:
                wrong = allowed
            case Kind.ALWAYS:
                wrong = ~allowed
            case Kind.NEVER_CLOSES:
                wrong = allowed & ~then
            case _:
                wrong = allowed ^ then
        return bool((inside & wrong).any())
