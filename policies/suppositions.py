"""Suppositions about a client: values for the unknown facts, and the worlds in which the same people may sign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import product

import numpy as np

from .decide import Rulebook
from .engine.compile import value_sets
from .engine.evaluate import Codes
from .facts import bare_facts, lawful_signers
from .records import Agency, Case, Share

FACTS = ("emancipated", "guardian", "may_sign_alone")
"""The facts of a case that decide who may sign for what; the others change no ask."""

SITUATIONS = 512
"""How many situations are remembered, with what may be supposed in them: words of the vocabulary, and no case."""
Answer = str | bool
Situation = tuple[Answer | None, ...]
"""The age of a case, and what is known of `FACTS`."""
_NOBODY = Case(today=date(2000, 1, 1))
_NO_SHARE = Share(Agency(""), Agency(""), "route", None, "referral")


@dataclass(frozen=True, slots=True)
class Supposition:
    """Values for the unknown facts of a case, in groups that rules treat alike: `facts` by name, any of the values.

    `case` is the case with the first of the values. Without facts: the case as given.
    """

    facts: Mapping[str, tuple[Answer, ...]]
    case: Case


@dataclass(frozen=True, slots=True)
class Worlds:
    """Suppositions (places) about a situation in which the same people may sign; `facts` are those of the first.

    `values` has the codes of `FACTS`: a row for each, a column for each supposition.
    """

    facts: Mapping[str, tuple[Answer, ...]]
    places: tuple[int, ...]
    values: Codes


def situation_of(case: Case) -> Situation:
    """Return what is known of a case that bears on what may be supposed, and on who may sign."""
    return (case.age, *(getattr(case, name) for name in FACTS))


def suppose(case: Case, facts: Mapping[str, tuple[Answer, ...]]) -> Case:
    """Return a case with the first of the values of each fact."""
    changes: dict[str, object] = {name: values[0] for name, values in facts.items()}
    return replace(case, **changes)  # type: ignore[arg-type]


class Suppositions:
    """The suppositions about cases, by the rules that tell values apart. Safe to share between threads."""

    def __init__(self, rulebook: Rulebook) -> None:
        """Take the rulebook whose deciding rules tell values apart."""
        pack = rulebook.pack
        self._rulebook, self._space = rulebook, pack.space
        self._formulas = tuple(pack.formulas[rule.id] for rule in pack.deciding)
        self.groups = {name: tuple(self._distinct_groups(name)) for name in FACTS}
        self._rows = [self._space.index[f"context.{name}"] for name in FACTS]
        self._facts = lru_cache(maxsize=SITUATIONS)(self._list_facts)
        self._worlds = lru_cache(maxsize=SITUATIONS)(self._list_worlds)

    def of(self, case: Case) -> tuple[Supposition, ...]:
        """Return every combination of values for a case's unknown facts, the case itself first. Pure."""
        return tuple(Supposition(facts, suppose(case, facts)) for facts in self._facts(situation_of(case)))

    def count(self, case: Case) -> int:
        """Return how many suppositions there are about a case."""
        return len(self._facts(situation_of(case)))

    def worlds(self, case: Case) -> tuple[Worlds, ...]:
        """Return the suppositions about a case by who may sign: a consent is worth the same in these."""
        return self._worlds(situation_of(case))

    def table(self, worlds: Worlds, codes: Codes) -> Codes:
        """Return the table of requests (a column each), for each supposition of the worlds all those of `codes`."""
        table = np.repeat(codes[:, None, :], len(worlds.places), axis=1)
        table[self._rows] = worlds.values[:, :, None]
        return table.reshape(len(codes), -1)

    def _list_facts(self, situation: Situation) -> tuple[Mapping[str, tuple[Answer, ...]], ...]:
        unknown = [name for name, value in zip(FACTS, situation[1:], strict=True) if value is None]
        choices: list[list[tuple[str, tuple[Answer, ...]] | None]] = [
            [None, *((name, values) for values in self.groups[name])] for name in unknown
        ]
        return tuple(dict(fact for fact in choice if fact is not None) for choice in product(*choices))

    def _list_worlds(self, situation: Situation) -> tuple[Worlds, ...]:
        known: dict[str, object] = dict(zip(("age", *FACTS), situation, strict=True))
        nobody, by_signers = replace(_NOBODY, **known), dict[frozenset[str], list[int]]()  # type: ignore[arg-type]
        facts = self._facts(situation)
        cases = [suppose(nobody, supposed) for supposed in facts]
        for place, case in enumerate(cases):
            by_signers.setdefault(lawful_signers(case), []).append(place)
        codes = self._rulebook.codes([bare_facts(case, _NO_SHARE) for case in cases])[self._rows]
        return tuple(Worlds(facts[places[0]], tuple(places), codes[:, places]) for places in by_signers.values())

    def _distinct_groups(self, name: str) -> Iterator[tuple[Answer, ...]]:
        """Yield groups of values that are equal to every rule, without groups equal to unknown under the rules."""
        number = self._space.index[f"context.{name}"]
        words = self._space.dimensions[number].values
        sets = sorted({codes for formula in self._formulas for codes in value_sets(formula, number)}, key=sorted)
        groups: dict[object, list[Answer]] = {}
        for code, word in enumerate(words):
            value: Answer | None = {"unknown": None, "yes": True, "no": False}.get(str(word), word)
            signers = [
                lawful_signers(replace(_NOBODY, age=age, guardian=value if name == "guardian" else None))  # type: ignore[arg-type]
                for age in ("minor", "adult", "unknown")
            ]
            key = tuple(code in codes for codes in sets), tuple(signers)
            groups.setdefault(key, []).append(value)  # type: ignore[arg-type]
        yield from (tuple(values) for values in groups.values() if None not in values)
