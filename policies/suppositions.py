"""Suppositions about a client: values for the unknown facts, and the worlds in which the same people may sign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import product

import numpy as np

from .decide import Rulebook
from .engine.compile import Formula, value_sets
from .engine.evaluate import Codes
from .facts import bare_facts, lawful_signers
from .records import Agency, Case, Share

FACTS = ("emancipated", "guardian", "may_sign_alone")
"""The facts of a case that decide who may sign for what; the others change no ask."""

CASES = 64
"""How many cases are remembered, with what may be supposed."""
Answer = str | bool
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
    """Suppositions (places) of a case in which the same people may sign: the `rows` of facts that differ, and values.

    `case` is the first of them; `values` has a row for each of `rows`, a column for each supposition.
    """

    case: Case
    places: tuple[int, ...]
    rows: list[int]
    values: Codes

    def table(self, codes: Codes) -> Codes:
        """Return a table of requests (a column each), for each supposition the requests of all shares."""
        table = np.repeat(codes[:, None, :], len(self.places), axis=1)
        table[self.rows] = self.values[:, :, None]
        return table.reshape(len(codes), -1)


class Suppositions:
    """The suppositions of cases, by the rules that tell values apart. Safe to share between threads."""

    def __init__(self, rulebook: Rulebook, formulas: Sequence[Formula]) -> None:
        """Take the `formulas` of the rulebook's deciding rules."""
        self._rulebook, self._space, self._formulas = rulebook, rulebook.pack.space, formulas
        self.groups = {name: tuple(self._distinct_groups(name)) for name in FACTS}
        self._rows = [self._space.index[f"context.{name}"] for name in FACTS]
        self._of = lru_cache(maxsize=CASES)(self._find)
        self._worlds = lru_cache(maxsize=CASES)(self._find_worlds)

    def of(self, case: Case) -> tuple[Supposition, ...]:
        """Return every combination of values for a case's unknown facts, the case itself first. Pure."""
        return self._of(case)

    def worlds(self, case: Case) -> tuple[Worlds, ...]:
        """Return the suppositions of a case by who may sign for the client: a consent is worth the same in these."""
        return self._worlds(case)

    def _find(self, case: Case) -> tuple[Supposition, ...]:
        choices: list[list[tuple[str, tuple[Answer, ...]] | None]] = [
            [None, *((name, values) for values in self.groups[name])] for name in FACTS if getattr(case, name) is None
        ]
        suppositions = []
        for choice in product(*choices):
            facts = dict(fact for fact in choice if fact is not None)
            changes: dict[str, object] = {name: values[0] for name, values in facts.items()}
            suppositions.append(Supposition(facts, replace(case, **changes)))  # type: ignore[arg-type]
        return tuple(suppositions)

    def _find_worlds(self, case: Case) -> tuple[Worlds, ...]:
        by_signers: dict[frozenset[str], list[int]] = {}
        suppositions = self.of(case)
        for place, supposition in enumerate(suppositions):
            by_signers.setdefault(lawful_signers(supposition.case), []).append(place)
        return tuple(
            Worlds(
                case=suppositions[places[0]].case,
                places=tuple(places),
                rows=self._rows,
                values=self._rulebook.codes([bare_facts(suppositions[place].case, _NO_SHARE) for place in places])[
                    self._rows
                ],
            )
            for places in by_signers.values()
        )

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
