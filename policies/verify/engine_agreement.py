"""The compiled rules compared with Cedar itself, over every point that a rule distinguishes from another.

For each rule, values that the rule's text does not tell apart are merged, and a set attribute is taken as a whole. The
merged space is swept whole up to a million points; of a larger rule, each clause is swept whole by itself, and the rule
over points drawn from the merged space. A merged value is represented by varying members, so Cedar is asked about more
than the merged space. Cedar is given only the facts named in the rule's text: reading a further fact would be an error,
and an error counts as a difference.

How Cedar combines rules (no permit is a no, any forbid beats any permit) is checked over drawn points of the whole
space, in `run.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import lru_cache
from itertools import chain, product
from math import prod
from pathlib import Path
from typing import Any, TypeAlias

import cedarpy
import numpy as np
from cedarpy import pst
from numpy.typing import NDArray

from policies.engine.compile import And, Formula, Not, Or, Space, compile_rule, dimensions_of
from policies.engine.encode_facts import contexts_of, decode, entities_of, request_of
from policies.engine.evaluate import Codes, evaluate
from policies.engine.pack import Pack, read_pack
from policies.vocabulary import SIDES, Vocabulary

Places: TypeAlias = NDArray[np.intp]

WHOLE_UP_TO = 1_000_000
SAMPLED_POINTS = 20_000
SLICE = 65_536
"""How many points are held in memory, and handed to one process, at a time."""
RUN = 256
"""So many neighbouring points stand between the same two agencies, which Cedar then reads once."""


@dataclass(frozen=True)
class Slice:
    """A slice of the points of a rule, or (`clause` not None) of a clause of the rule; `is_sample`: a random sample."""

    rule: str
    clause: int | None
    start: int
    stop: int
    is_sample: bool = False


@dataclass(frozen=True)
class Disagreement:
    """A point at which a rule (or a clause) is not the same compiled and in Cedar."""

    point: Codes
    rule: str


class PointClasses:
    """The points that a formula distinguishes, numbered. The last of its facts changes fastest."""

    def __init__(self, space: Space, formula: Formula) -> None:
        self._space = space
        self._blocks = [_classes(space, block, formula) for block in _blocks(space, formula)]
        self._sizes = [len(classes) for _, classes in self._blocks]
        self.size = prod(self._sizes)

    def table(self, numbers: Places, seed: int) -> Codes:
        """Return points by number, a column each; dimensions unread by the formula keep their first value."""
        rng = np.random.default_rng(seed)
        table = np.zeros((len(self._space.dimensions), len(numbers)), dtype=np.int8)
        picks = np.unravel_index(numbers, self._sizes) if self._sizes else ()
        for (dimensions, classes), pick in zip(self._blocks, picks, strict=True):
            lots = rng.integers(2**31, size=len(numbers))
            if self._space.dimensions[dimensions[0]].name.startswith(SIDES):
                lots = lots[np.arange(len(numbers)) // RUN * RUN]
            for look, members in enumerate(classes):
                columns = np.flatnonzero(pick == look)
                points = members[:, lots[columns] % members.shape[1]]
                for dimension, values in zip(dimensions, points, strict=True):
                    table[dimension, columns] = values
        return table


def _blocks(space: Space, formula: Formula) -> list[list[int]]:
    """Return the dimensions read by a formula, the members of a set together."""
    blocks: dict[str, list[int]] = {}
    for number in sorted(dimensions_of(formula)):
        blocks.setdefault(space.dimensions[number].name.partition("[")[0], []).append(number)
    return list(blocks.values())


def _classes(space: Space, block: list[int], formula: Formula) -> tuple[list[int], list[Codes]]:
    """Return a block with its values in classes equal under the formula; a table of members per class."""
    values = np.array(list(product(*(range(len(space.dimensions[n].values)) for n in block))), dtype=np.int8).T
    table = np.zeros((len(space.dimensions), values.shape[1]), dtype=np.int8)
    table[block] = values
    answers = evaluate(space, list(_parts(formula, frozenset(block))), table)
    _, classes = np.unique(answers, axis=1, return_inverse=True)
    classes = classes.reshape(-1)
    return block, [values[:, classes == number] for number in range(int(classes.max()) + 1)]


def _parts(formula: Formula, block: frozenset[int]) -> Iterator[Formula]:
    """Yield the largest parts of a formula which read dimensions of a single block."""
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


class EngineComparison:
    """The rules of a pack and their clauses, each to be asked of Cedar by itself."""

    def __init__(self, pack: Pack, *, most: int = WHOLE_UP_TO) -> None:
        """Sweep the rules of `pack`, each whole up to `most` points."""
        self._pack, self._space, self._most = pack, pack.space, most
        self._point_classes: dict[tuple[str, int | None], PointClasses] = {}

    def slices(self) -> Iterator[Slice]:
        """Yield every point to compare, in slices."""
        for rule in (*self._pack.deciding, *self._pack.advising):
            size = self._merge(rule.id, None).size
            if size <= self._most:
                yield from _slices_of(rule.id, None, size)
            else:
                yield Slice(rule.id, None, 0, SAMPLED_POINTS, is_sample=True)
                for number in range(len(self._pack.policies[rule.id].clauses)):
                    clause = self._merge(rule.id, number).size
                    yield from _slices_of(rule.id, number, min(clause, self._most))

    def disagreements(self, part: Slice) -> Iterator[Disagreement]:
        """Yield the points of a slice at which the compiled rule and Cedar do not say the same."""
        classes = self._merge(part.rule, part.clause)
        seed = part.start + len(part.rule)
        numbers = np.arange(part.start, part.stop)
        if part.is_sample:
            numbers = np.sort(np.random.default_rng(seed).integers(classes.size, size=numbers.size))
        policy = self._policy(part.rule, part.clause)
        yield from differences(self._space, part.rule, self._formula(policy), policy, classes.table(numbers, seed))

    def _policy(self, rule: str, clause: int | None) -> pst.Template:
        policy = self._pack.policies[rule]
        return policy if clause is None else replace(policy, action=pst.ScopeAny(), clauses=(policy.clauses[clause],))

    def _formula(self, policy: pst.Template) -> Formula:
        return compile_rule(self._space, policy)

    def _merge(self, rule: str, clause: int | None) -> PointClasses:
        key = (rule, clause)
        if key not in self._point_classes:
            self._point_classes[key] = PointClasses(self._space, self._formula(self._policy(rule, clause)))
        return self._point_classes[key]


def _slices_of(rule: str, clause: int | None, size: int) -> Iterator[Slice]:
    return (Slice(rule, clause, start, min(start + SLICE, size)) for start in range(0, size, SLICE))


def differences(
    space: Space, name: str, formula: Formula, policy: pst.Template, table: Codes
) -> Iterator[Disagreement]:
    """Yield the points of a table at which a formula and a policy of Cedar do not say the same."""
    alone = replace(policy, id=name, effect="permit")  # a permit is named wherever it holds
    cedar = cedarpy.PolicySet.from_pst(pst.PolicySet(templates={}, static_policies={name: alone}, template_links=()))
    compiled = evaluate(space, [formula], table)[0]
    words = _vocabulary_of(space.vocabulary, policy)
    for columns, answers in _cedar_answers(space, cedar, table, words):
        for column, answer in zip(columns, answers, strict=True):
            if answer is not bool(compiled[column]):
                yield Disagreement(table[:, column], name)


def _cedar_answers(
    space: Space, cedar: cedarpy.PolicySet, table: Codes, words: Vocabulary
) -> Iterator[tuple[Places, list[bool | None]]]:
    """Yield, for points between the same agencies, whether Cedar finds the policy to hold; None: Cedar failed."""
    schema = cedarpy.Schema.from_json_str(words.schema())
    agency_dimensions = [
        number for number, dimension in enumerate(space.dimensions) if dimension.name.startswith(SIDES)
    ]
    contexts = contexts_of(space, table, words.context)
    actions = [f'Action::"{action}"' for action in space.vocabulary.actions]
    action = table[space.index["action"]]
    _, looks = np.unique(table[agency_dimensions], axis=1, return_inverse=True)
    order = np.argsort(looks.reshape(-1), kind="stable")
    for columns in np.split(order, np.flatnonzero(np.diff(looks.reshape(-1)[order])) + 1):
        facts = decode(space, table[:, columns[0]])
        entities = cedarpy.Entities.from_json_str(entities_of(facts.holder, facts.recipient, words), schema)
        request = request_of(facts, words)
        requests = [{**request, "action": actions[action[column]], "context": contexts[column]} for column in columns]
        results = cedarpy.is_authorized_batch(requests, cedar, entities, schema)
        yield columns, [_answer(result) for result in results]


def _answer(result: cedarpy.AuthzResult) -> bool | None:
    return None if result.diagnostics.errors else result.decision is cedarpy.Decision.Allow


def _vocabulary_of(words: Vocabulary, policy: pst.Template) -> Vocabulary:
    """Return the vocabulary with only the attributes named in the text of a policy."""
    attributes = set(_attributes(policy.clauses))
    return replace(
        words,
        agency={name: spec for name, spec in words.agency.items() if {f"{side}.{name}" for side in SIDES} & attributes},
        context={name: spec for name, spec in words.context.items() if f"context.{name}" in attributes},
    )


def _attributes(node: Any) -> Iterator[str]:
    match node:
        case pst.GetAttr(base=pst.Var(name=base), attr=attribute):
            yield f"{base}.{attribute}"
        case tuple() | list():
            yield from chain.from_iterable(map(_attributes, node))
        case _ if is_dataclass(node):
            yield from chain.from_iterable(_attributes(getattr(node, field.name)) for field in fields(node))


def look(names: tuple[str, ...], directory: Path | None, most: int, part: Slice) -> tuple[Disagreement, ...]:
    """Return the disagreements of a slice: for processes without shared memory. Each process reads the packs once."""
    return tuple(_sweeper(names, directory, most).disagreements(part))


@lru_cache(maxsize=1)
def _sweeper(names: tuple[str, ...], directory: Path | None, most: int) -> EngineComparison:
    return EngineComparison(read_pack(names, directory), most=most)
