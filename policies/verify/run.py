"""Every check of rule packs, step by step: `referral-router policy check`.

No sample is trusted where the whole can be looked at: promises are proven for every possible request, each rule is
compared with Cedar at every point that the rule can tell apart; drawn points are called drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
import z3

from policies.consent_ladder import Ladder
from policies.decide import Rulebook, with_ask
from policies.engine.cedar import CedarEngine
from policies.engine.encode_facts import decode
from policies.engine.evaluate import evaluate
from policies.engine.pack import PACKS_DIRECTORY, Pack, is_of_a_state, read_pack
from policies.examples import Example, check_example, read_examples
from policies.explaining import steps
from policies.facts import bare_of, lawful_signers
from policies.messages import joined
from policies.records import Case
from policies.vocabulary import SIDES

from .catalogue_scope import RuleScope, read_scopes
from .claims import PackReading, Promise, RuleFormula, reading_of, refute
from .dead_rules import overlaps, silent_rules, useless_rules
from .default_facts import plainest
from .engine_agreement import SAMPLED_POINTS, WHOLE_UP_TO, Disagreement, EngineComparison, Slice, look
from .mutants import mutants_of
from .mutation_report import MutationTester, Outcome
from .promises import read_promises
from .properties import overlays_tighten, properties
from .sample_points import draw_possible
from .solver import Solver
from .witness import describe, describe_point

BASE = "federal"
DRAWN_DECISIONS = 10_000
DRAWN_ASKS = 600
MOST_SHOWN = 5
"""How many issues of one step are shown in full."""

Spread: TypeAlias = Callable[
    [Callable[[Slice], tuple[Disagreement, ...]], Iterable[Slice]], Iterable[tuple[Disagreement, ...]]
]
"""What works like `map`."""


@dataclass(frozen=True)
class CheckStep:
    """A step of a check: the extent of the comparison, and its issues; none, if the step is good."""

    name: str
    coverage: str
    issues: tuple[str, ...]


def sets_of_packs(directory: Path | None = None) -> tuple[tuple[str, ...], ...]:
    """Return the packs under a folder in the sets used together: every pack, but one state at a time."""
    folder = directory or PACKS_DIRECTORY
    names = sorted({file.parent.name for file in folder.glob("*/*.cedar")})
    states = [name for name in names if is_of_a_state(name)]
    shared_packs = [name for name in names if name not in states]
    return tuple((*shared_packs, state) for state in states) or (tuple(shared_packs),)


def newly_met(sets: Sequence[tuple[str, ...]]) -> Iterator[tuple[tuple[str, ...], frozenset[str]]]:
    """Yield each set of packs with its packs that stand in no set before it: shared packs come once. Pure.

    >>> [sorted(new) for _, new in newly_met((("federal", "us-ca"), ("federal", "us-tx")))]
    [['federal', 'us-ca'], ['us-tx']]
    """
    earlier: frozenset[str] = frozenset()
    for names in sets:
        yield names, frozenset(names) - earlier
        earlier |= frozenset(names)


def _members(spec: object) -> tuple[str, ...]:
    return tuple(spec.values()) if isinstance(spec, Mapping) else ()


class Check:
    """The checks of a set of packs. `directory` holds the packs, laid out as `policies/packs` is."""

    def __init__(self, names: Sequence[str], directory: Path | None = None) -> None:
        """Read the packs.

        Raises:
            PackError: the packs cannot be used; its `problems` list every problem found.
        """
        self._names, self._directory = tuple(names), directory
        self.pack: Pack = read_pack(names, directory)
        self._reading: PackReading = reading_of(self.pack)
        self._solver = Solver(self.pack.space)

    @cached_property
    def book(self) -> Rulebook:
        """The rulebook of the packs."""
        return Rulebook(self.pack)

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """The examples of the packs; of a pack without any, the shipped examples of the same name.

        Where a state's law shuts what a case of another pack has open, the state's own case of that rule stands in.
        """
        states = [name for name in self._names if is_of_a_state(name)]
        by_pack = {name: read_examples(name, self._directory) or read_examples(name) for name in self._names}
        restated = {example.rule for name in states for example in by_pack[name]}
        return tuple(
            example
            for name, examples in by_pack.items()
            for example in examples
            if name in states or example.rule not in restated
        )

    @cached_property
    def scopes(self) -> tuple[RuleScope, ...]:
        """The stated scopes of the packs' rules."""
        return read_scopes(self.pack, self._directory)

    @cached_property
    def promises(self) -> tuple[Promise, ...]:
        """Every promise: the properties of every pack, and the promises beside the rules."""
        promises = read_promises(self.pack, self._directory)
        base = () if BASE not in self._names else (overlays_tighten(read_pack([BASE], self._directory)),)
        return (*properties(self._reading), *base, *promises)

    def steps(self, *, most: int = WHOLE_UP_TO, spread: Spread | None = None) -> Iterator[CheckStep]:
        """Yield every step, quick steps first; the last step is left out after a step with faults.

        `most`: up to how many points a rule is swept whole against Cedar; `spread`: a `map` over several processes, if
        given.
        """
        has_issues = False
        quick = (self.check_examples, self.check_scope, self.check_shape, self.check_promises, self.check_use)
        for step in (*quick, self.check_asks):
            result = step()
            has_issues = has_issues or bool(result.issues)
            yield result
        if not has_issues:
            yield self.check_against_cedar(most=most, spread=spread)

    def check_examples(self) -> CheckStep:
        """Run every example on the compiled rules and on Cedar; each rule must have an example, with a near miss."""
        rules = {rule.id for rule in self.pack.rules}
        issues = [
            f"{example.rule}: an example of a rule that is not here" for example in self.examples
            if example.rule not in rules
        ]  # fmt: skip
        for example in self.examples:
            issues += check_example(self.book, example)
        lacking = rules - {example.rule for example in self.examples if example.near_miss}
        issues += [f"{rule}: has no example with a near miss" for rule in sorted(lacking)]
        varied = sum(len(example.variations) for example in self.examples)
        coverage = steps.CASES_RUN.format(cases=len(self.examples), rules=len(rules), varied=f"{varied:,}")
        return CheckStep(steps.EXAMPLES, coverage, tuple(issues))

    def check_scope(self) -> CheckStep:
        """Prove of every rule: over every point of the space the rule applies in its stated scope, and only there."""
        rules = {rule.id: rule for rule in self._reading.deciding} | {
            rule.id: rule._replace(effect="task") for rule in self._reading.tasks
        }
        scopes = {scope.rule: scope for scope in self.scopes}
        issues = [f"{rule}: nothing says where it applies" for rule in sorted(set(rules) - set(scopes))]
        issues += [f"{rule}: is said to apply, and is not here" for rule in sorted(set(scopes) - set(rules))]
        for rule, scope in scopes.items():
            if rule in rules:
                issues += self._departures(rules[rule], scope)
        return CheckStep(steps.REACH, steps.SCOPES_PROVEN.format(rules=len(scopes)), tuple(issues))

    def _departures(self, rule: RuleFormula, scope: RuleScope) -> Iterator[str]:
        if rule.effect != scope.effect:
            yield f"{rule.id}: is a {rule.effect}, and is said to be a {scope.effect}"
            return
        term, space = self._solver.term, self.pack.space
        point = self._solver.find(z3.Xor(term(rule.formula), term(scope.formula)))
        if point is not None:
            formulas = [rule.formula, scope.formula]
            codes = plainest(space, point, lambda table: np.not_equal(*evaluate(space, formulas, table)))
            applies = bool(evaluate(space, formulas, codes[:, None])[0, 0])
            difference = "applies, and is not said to" if applies else "is said to apply, and does not"
            yield f"{rule.id}: {difference}: {describe_point(space, codes)}"

    def check_shape(self) -> CheckStep:
        """Check that a request is one class of data from one holder to one recipient: properties 3 and 15.

        Then several classes are allowed if each is, a path is allowed if each hop is, and no rule can read a
        neighbour of a request (another class, another hop).
        """
        words = self.pack.space.vocabulary
        specs = {**words.context, **{f"{side}.{name}": spec for side in SIDES for name, spec in words.agency.items()}}
        data = {name: spec for name, spec in specs.items() if "Data" in (spec, *_members(spec))}
        agencies = [name for name, spec in specs.items() if "Agency" in (spec, *_members(spec))]
        issues = [f"{name}: a request names data beside its one class" for name in data if name != "data"]
        issues += [] if data.get("data") == "Data" else ["data: a request does not name one class of data"]
        issues += [f"{name}: a request names an agency beside its two" for name in agencies]
        return CheckStep(steps.SHAPE, steps.ONE_OF_EACH, tuple(issues))

    def check_promises(self) -> CheckStep:
        """Prove every promise over every possible point; a failure is described in words."""
        issues = []
        for promise in self.promises:
            for claim in promise.claims:
                point = refute(claim, self._reading, self._solver)
                if point is not None:
                    counterexample = describe(claim, self._reading, self._solver.possible, point)
                    issues.append(f"{promise.id}: {promise.plain} But: {counterexample}")
        count = sum(len(promise.claims) for promise in self.promises)
        numbers = {promise.number for promise in self.promises if promise.number.isdecimal()}
        coverage = steps.CLAIMS_PROVEN.format(promises=len(self.promises), numbers=len(numbers), claims=count)
        return CheckStep(steps.PROMISES, coverage, tuple(issues))

    def check_use(self) -> CheckStep:
        """Look for rules without use, and for conflicts that no rule declares."""
        issues = list(useless_rules(self._reading, self._solver))
        pairs = overlaps(self._reading, self._solver)
        silent = silent_rules(self._reading, self._solver)
        rules = len(self.pack.deciding) + len(self.pack.advising)
        coverage = steps.RULES_TOLD.format(rules=rules, overlaps=len(pairs), silent=len(silent))
        return CheckStep(steps.USE, coverage, tuple(issues))

    def check_asks(self) -> CheckStep:
        """Apply the offered consent to each denied share: the share must open; without an offer no consent may."""
        space = self.pack.space
        ladder, denials, issues = Ladder(space), 0, []
        for column in draw_possible(space, DRAWN_ASKS, seed=3).T:
            bare = bare_of(decode(space, column))
            if bare.action != "disclose" or self.book.verdicts([bare])[0].allow:
                continue
            denials += 1
            lawful = lawful_signers(Case(today=date.min, age=bare.age, guardian=bare.guardian))
            least = self.book.least_ask(bare, lawful)
            asks = ladder.asks(lawful) if least is None else (least,)
            opens = any(verdict.allow for verdict in self.book.verdicts([with_ask(bare, ask) for ask in asks]))
            if opens is (least is None):
                issues.append(f"what is offered is not what helps: {describe_point(space, column)}")
        return CheckStep(steps.ASKS, steps.DENIALS_DRAWN.format(asked=denials), tuple(issues))

    def check_against_cedar(self, *, most: int = WHOLE_UP_TO, spread: Spread | None = None) -> CheckStep:
        """Compare the compiled rules with Cedar: each over its points (up to `most`), together over drawn points."""
        sweeper = EngineComparison(self.pack, most=most)
        parts = tuple(sweeper.slices())
        if spread is None:
            disagreements = [disagreement for part in parts for disagreement in sweeper.disagreements(part)]
        else:
            disagreements = [
                disagreement
                for batch in spread(partial(look, self._names, self._directory, most), parts)
                for disagreement in batch
            ]
        issues = [
            f"{disagreement.rule}: compiled and Cedar differ: {describe_point(self.pack.space, disagreement.point)}"
            for disagreement in disagreements[:MOST_SHOWN]
        ]
        return CheckStep(steps.CEDAR, self._swept(parts), (*issues, *self._decisions()))

    def _swept(self, parts: Sequence[Slice]) -> str:
        """Return the swept points in words: how many points, and which of the points are the whole space of a rule."""
        rules = {part.rule for part in parts}
        samples = {part.rule for part in parts if part.is_sample}
        points = sum(part.stop - part.start for part in parts)
        clauses = len({(part.rule, part.clause) for part in parts if part.clause is not None})
        swept = steps.SWEPT.format(points=f"{points:,}", whole=len(rules - samples), rules=len(rules))
        rest = (
            steps.DRAWN_POINTS.format(rules=len(samples), drawn=f"{SAMPLED_POINTS:,}", clauses=clauses)
            if samples
            else ""
        )
        return joined([swept, rest, steps.DECISIONS_DRAWN.format(decisions=f"{DRAWN_DECISIONS:,}")], "; ")

    def _decisions(self) -> Iterator[str]:
        engine = CedarEngine(self.pack, self.pack.deciding)
        points = draw_possible(self.pack.space, DRAWN_DECISIONS, seed=4)
        requests = [decode(self.pack.space, column) for column in points.T]
        compiled = self.book.verdicts(requests)
        for facts, verdict, column in zip(requests, compiled, points.T, strict=True):
            if engine.ask(facts) != verdict:
                yield f"compiled and Cedar decide otherwise: {describe_point(self.pack.space, column)}"

    def hunt(self, *, step: int = 1, packs: Collection[str] | None = None) -> Iterator[Outcome]:
        """Yield the result of every mutant, or of each so-many-th, with every check that catches the fault.

        `packs`: whose rules are made faulty; None: all.
        """
        hunt = MutationTester(self._reading, self.promises, self.examples, self.scopes)
        seeded = [mutant for mutant in mutants_of(self.pack) if packs is None or mutant.rule.pack in packs]
        return hunt.outcomes(seeded[::step])
