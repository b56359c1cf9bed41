"""Everything that is checked about rule packs, step by step: `referral-router policy check`.

Nothing here is trusted to a sample where the whole can be looked at: promises are proven for every request that can
be made, each rule is held against Cedar at every point that it can tell apart; what is only drawn is said to be drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from .claims import Promise, Reading, reading_of, refute
from .decide import Rulebook, with_ask
from .encode import decode
from .engine import CedarEngine
from .examples import Example, check_example, read_examples
from .facts import bare_of, lawful_signers
from .hunt import Hunt, Outcome
from .ladder import Ladder
from .limits import Limit, read_limits
from .mutants import mutants_of
from .pack import PACKS_DIRECTORY, Pack, read_pack
from .points import draw_possible
from .promises import read_promises
from .properties import overlays_tighten, properties
from .records import Case
from .solver import Solver
from .sweep import DRAWN, WHOLE_UP_TO, Disagreement, Sweeper
from .use import overlaps, silent_rules, useless_rules
from .witness import describe, describe_point

BASE = "federal"
STATE = re.compile(r"us-[a-z]{2}")
DRAWN_DECISIONS = 4000
DRAWN_ASKS = 600
SHOWN = 5
"""How many findings of one step are told in full."""


@dataclass(frozen=True)
class Step:
    """One step of a check: what was looked at, in numbers, and what was found wrong; nothing, if all is well."""

    name: str
    looked_at: str
    findings: tuple[str, ...]


def sets_of_packs(directory: Path | None = None) -> tuple[tuple[str, ...], ...]:
    """Return the packs under a folder as they are used together: all of them, but one state at a time."""
    folder = directory or PACKS_DIRECTORY
    names = sorted({file.parent.name for file in folder.glob("*/*.cedar")})
    states = [name for name in names if STATE.fullmatch(name)]
    others = [name for name in names if name not in states]
    return tuple((*others, state) for state in states) or (tuple(others),)


class Check:
    """The checks of packs that are used together. `directory` holds them, laid out as `policies/packs` is."""

    def __init__(self, names: Sequence[str], directory: Path | None = None) -> None:
        """Read the packs.

        Raises:
            PackError: they cannot be used; its `problems` list everything that was found.
        """
        self._names, self._directory = tuple(names), directory
        self.pack: Pack = read_pack(names, directory)
        self._reading: Reading = reading_of(self.pack)
        self._solver = Solver(self.pack.space)

    @cached_property
    def book(self) -> Rulebook:
        """The rulebook of these packs."""
        return Rulebook(self.pack)

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """The examples of the packs; of a pack without any, those that ship under its name."""
        found: list[Example] = []
        for name in self._names:
            found += read_examples(name, self._directory) or read_examples(name)
        return tuple(found)

    @cached_property
    def limits(self) -> tuple[Limit, ...]:
        """The limits of the packs' rules."""
        return read_limits(self.pack, self._directory)

    @cached_property
    def promises(self) -> tuple[Promise, ...]:
        """Every promise: the properties of all packs, and what stands beside these."""
        written = read_promises(self.pack, self._directory)
        base = () if BASE not in self._names else (overlays_tighten(read_pack([BASE], self._directory)),)
        return (*properties(self._reading), *base, *written)

    def steps(self, *, most: int = WHOLE_UP_TO) -> Iterator[Step]:
        """Yield every step, quick ones first; the last is left out where an earlier one found something."""
        found = False
        for step in (self.check_examples, self.check_limits, self.check_promises, self.check_use, self.check_asks):
            done = step()
            found = found or bool(done.findings)
            yield done
        if not found:
            yield self.check_against_cedar(most=most)

    def check_examples(self) -> Step:
        """Run every example on the compiled rules and on Cedar; each rule must have one, with a near miss."""
        known = {rule.id for rule in self.pack.rules}
        findings = [
            f"{example.rule}: an example of a rule that is not here" for example in self.examples
            if example.rule not in known
        ]  # fmt: skip
        for example in self.examples:
            findings += check_example(self.book, example)
        lacking = known - {example.rule for example in self.examples if example.near_miss}
        findings += [f"{rule}: has no example with a near miss" for rule in sorted(lacking)]
        return Step("examples", f"{len(self.examples)} cases for {len(known)} rules, on both engines", tuple(findings))

    def check_limits(self) -> Step:
        """Hold every rule against where it is said to begin and end; each must have such a limit."""
        rules = {rule.id for rule in (*self.pack.deciding, *self.pack.advising)}
        findings = [
            f"{limit.rule} (from {limit.origin}): {text}"
            for limit in self.limits
            for text in limit.departures(self.pack.space, self._reading.formula(limit.rule))
        ]
        findings += [f"{rule}: has no limits" for rule in sorted(rules - {limit.rule for limit in self.limits})]
        requests = sum(limit.points.shape[1] for limit in self.limits)
        return Step("limits", f"{len(self.limits)} limits, {requests:,} requests near them", tuple(findings))

    def check_promises(self) -> Step:
        """Prove every promise over all possible points; a failure is told in words."""
        findings = []
        for promise in self.promises:
            for claim in promise.claims:
                point = refute(claim, self._reading, self._solver)
                if point is not None:
                    told = describe(claim, self._reading, self._solver.possible, point)
                    findings.append(f"{promise.id}: {promise.plain} But: {told}")
        count = sum(len(promise.claims) for promise in self.promises)
        numbers = {promise.number for promise in self.promises if promise.number.isdecimal()}
        looked = f"{len(self.promises)} promises ({len(numbers)} properties), {count} claims proven for every request"
        return Step("promises", looked, tuple(findings))

    def check_use(self) -> Step:
        """Look for rules that nobody would miss, and for conflicts that no rule owns up to."""
        findings = list(useless_rules(self._reading, self._solver))
        pairs = overlaps(self._reading, self._solver)
        silent = silent_rules(self._reading, self._solver)
        rules = len(self.pack.deciding) + len(self.pack.advising)
        looked = f"{rules} rules, none idle; {len(pairs)} overlaps; {len(silent)} rules only name a reason"
        return Step("use", looked, tuple(findings))

    def check_asks(self) -> Step:
        """Apply what is offered where a share is denied: it opens it; where nothing is offered, no consent does."""
        space = self.pack.space
        ladder, asked, findings = Ladder(space), 0, []
        for column in draw_possible(space, DRAWN_ASKS, seed=3).T:
            bare = bare_of(decode(space, column))
            if bare.action != "disclose" or self.book.verdicts([bare])[0].allow:
                continue
            asked += 1
            lawful = lawful_signers(Case(today=date.min, age=bare.age, guardian=bare.guardian))
            least = self.book.least_ask(bare, lawful)
            offered = ladder.asks(lawful) if least is None else (least,)
            opens = any(verdict.allow for verdict in self.book.verdicts([with_ask(bare, ask) for ask in offered]))
            if opens is (least is None):
                findings.append(f"what is offered is not what helps: {describe_point(space, column)}")
        return Step("asks", f"{asked} denials drawn, what is offered applied", tuple(findings))

    def check_against_cedar(self, *, most: int = WHOLE_UP_TO) -> Step:
        """Hold the compiled rules against Cedar: each over all its points (up to `most`), together over drawn ones."""
        sweeper = Sweeper(self.pack, most=most)
        found: list[Disagreement] = []
        swept = list(sweeper.sweep(found))
        findings = [
            f"{one.rule}: compiled and Cedar differ: {describe_point(self.pack.space, one.point)}"
            for one in found[:SHOWN]
        ]
        findings += self._decisions()
        rules, clauses = [one for one in swept if one.rule], [one for one in swept if not one.rule]
        parts = [
            f"{sum(one.points for one in swept):,} points: {sum(one.whole for one in rules)} of {len(rules)} rules"
        ]
        parts.append(f"and {sum(one.whole for one in clauses)} of {len(clauses)} clauses swept whole")
        drawn = f"the other rules over {DRAWN:,} drawn points each; {DRAWN_DECISIONS:,} whole decisions drawn"
        return Step("Cedar", f"{' '.join(parts)}, {drawn}", tuple(findings))

    def _decisions(self) -> Iterator[str]:
        engine = CedarEngine(self.pack, self.pack.deciding)
        points = draw_possible(self.pack.space, DRAWN_DECISIONS, seed=4)
        every = [decode(self.pack.space, column) for column in points.T]
        compiled = self.book.verdicts(every)
        for facts, verdict, column in zip(every, compiled, points.T, strict=True):
            if engine.ask(facts) != verdict:
                yield f"compiled and Cedar decide otherwise: {describe_point(self.pack.space, column)}"

    def hunt(self, *, every: bool = True) -> Iterator[Outcome]:
        """Yield what becomes of every mutant: with every check that catches it, or only one, which is quicker."""
        hunt = Hunt(self._reading, self.promises, self.examples, self.limits)
        return hunt.outcomes(list(mutants_of(self.pack)), every=every)
