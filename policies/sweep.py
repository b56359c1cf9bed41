"""The compiled rules held against Cedar itself, over every point that a rule can tell from another.

For one rule, values that its text does not tell apart are merged, and a set attribute is looked at as a whole. What is
left is mostly small and is swept whole; of a rule with more points, each clause is swept whole by itself, and the rule
over points drawn from the merged space. Each merged value is stood for by another of its members at every point, and
what is not read is drawn at random, so Cedar is asked about far more than the merged space.

How Cedar puts rules together (no permit is a no, any forbid beats any permit) is seen over drawn points of the whole
space, in `check.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from math import prod

import cedarpy
import numpy as np
from cedarpy import pst

from .compile import And, Codes, Formula, Not, Or, Space, compile_rule, dimensions_of, evaluate
from .encode import decode, entities_of, request_of
from .pack import Pack, Rule
from .points import draw

WHOLE_UP_TO = 4_096
WHOLE_CLAUSE_UP_TO = 1_000_000
DRAWN = 2_048


@dataclass(frozen=True)
class Swept:
    """What one rule (None: a clause) was held against: how many points, and whether those are all of its own."""

    rule: Rule | None
    points: int
    whole: bool


@dataclass(frozen=True)
class Disagreement:
    """A point at which a rule (or a clause) is not the same compiled and in Cedar."""

    point: Codes
    rule: str


def merged_points(space: Space, formula: Formula, *, most: int, drawn: int, seed: int) -> tuple[Codes, bool]:
    """Return the points that a formula can tell apart, one column each, and whether these are all of them."""
    rng = np.random.default_rng(seed)
    blocks = [_classes(space, block, formula) for block in _blocks(space, formula)]
    sizes = [len(classes) for _, classes in blocks]
    size = prod(sizes)
    whole = size <= most
    count = size if whole else drawn
    table = draw(space, count, seed)
    every = np.arange(size) if whole else rng.integers(size, size=count)
    for (dimensions, classes), picks in zip(blocks, np.unravel_index(every, sizes) if sizes else (), strict=True):
        for kind, members in enumerate(classes):
            here = np.flatnonzero(picks == kind)
            members_drawn = members[:, rng.integers(members.shape[1], size=here.size)]
            for dimension, values in zip(dimensions, members_drawn, strict=True):
                table[dimension, here] = values
    return table, whole


def _blocks(space: Space, formula: Formula) -> list[list[int]]:
    """Return the dimensions that a formula reads, the members of one set together."""
    blocks: dict[str, list[int]] = {}
    for number in sorted(dimensions_of(formula)):
        blocks.setdefault(space.dimensions[number].name.partition("[")[0], []).append(number)
    return list(blocks.values())


def _classes(space: Space, block: list[int], formula: Formula) -> tuple[list[int], list[Codes]]:
    """Return a block with its values in classes that the formula cannot tell apart; one table of members a class."""
    values = np.array(list(product(*(range(len(space.dimensions[n].values)) for n in block))), dtype=np.int8).T
    table = np.zeros((len(space.dimensions), values.shape[1]), dtype=np.int8)
    table[block] = values
    held = evaluate(space, list(_parts(formula, frozenset(block))), table)
    _, kinds = np.unique(held, axis=1, return_inverse=True)
    kinds = kinds.reshape(-1)
    return block, [values[:, kinds == kind] for kind in range(int(kinds.max()) + 1)]


def _parts(formula: Formula, block: frozenset[int]) -> Iterator[Formula]:
    """Yield the largest parts of a formula that read dimensions of one block only."""
    read = dimensions_of(formula)
    if not read & block:
        return
    if read <= block:
        yield formula
        return
    match formula:
        case Not(inner):
            yield from _parts(inner, block)
        case And(left, right) | Or(left, right):
            yield from _parts(left, block)
            yield from _parts(right, block)


class Sweeper:
    """The rules of a pack and their clauses, each to be asked of Cedar by itself."""

    def __init__(self, pack: Pack, *, most: int = WHOLE_UP_TO) -> None:
        """`most`: up to how many points a rule is swept whole."""
        self._most = most
        self._pack = pack
        self._space = pack.space
        self._schema = cedarpy.Schema.from_json_str(pack.space.vocabulary.schema())

    def sweep(self, found: list[Disagreement]) -> Iterator[Swept]:
        """Sweep each rule and each clause over its own points; what differs is added to `found`."""
        rules = (*self._pack.deciding, *self._pack.advising)
        policies = [self._pack.policies[rule.id] for rule in rules]
        for number, (rule, policy) in enumerate(zip(rules, policies, strict=True)):
            formula = self._pack.formulas[rule.id]
            table, whole = merged_points(self._space, formula, most=self._most, drawn=DRAWN, seed=number)
            found += self.disagreements(rule.id, formula, policy, table)
            yield Swept(rule, table.shape[1], whole)
        for number, clause in enumerate(clauses_of(policies)):
            formula = compile_rule(self._space, clause)
            table, whole = merged_points(
                self._space, formula, most=WHOLE_CLAUSE_UP_TO, drawn=DRAWN, seed=len(rules) + number
            )
            found += self.disagreements("a clause", formula, clause, table)
            yield Swept(None, table.shape[1], whole)

    def disagreements(self, name: str, formula: Formula, policy: pst.Template, table: Codes) -> Iterator[Disagreement]:
        """Yield the points at which a formula and a policy of Cedar do not say the same."""
        alone = replace(policy, id=name, effect="permit")  # a permit is named wherever it holds
        cedar = cedarpy.PolicySet.from_pst(
            pst.PolicySet(templates={}, static_policies={name: alone}, template_links=())
        )
        held = evaluate(self._space, [formula], table)[0]
        for column, (compiled, told) in enumerate(zip(held, self._told(cedar, table), strict=True)):
            if told is not bool(compiled):
                yield Disagreement(table[:, column], name)

    def _told(self, cedar: cedarpy.PolicySet, table: Codes) -> Iterator[bool | None]:
        """Yield whether Cedar finds that its one policy holds; None where it could not say."""
        for column in table.T:
            facts = decode(self._space, column)
            entities = cedarpy.Entities.from_json_str(
                entities_of(facts.holder, facts.recipient, self._space), self._schema
            )
            result = cedarpy.is_authorized(request_of(facts, self._space), cedar, entities, schema=self._schema)
            yield None if result.diagnostics.errors else result.decision is cedarpy.Decision.Allow


def clauses_of(policies: Iterable[pst.Template]) -> Iterator[pst.Template]:
    """Yield every scope and every clause that stands in any of the policies, once, as a policy of its own."""
    seen = set()
    for policy in policies:
        for action, clauses in ((policy.action, ()), *((pst.ScopeAny(), (clause,)) for clause in policy.clauses)):
            if (action, clauses) not in seen:
                seen.add((action, clauses))
                yield replace(policy, action=action, clauses=clauses)
