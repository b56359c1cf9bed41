"""The scope of each rule in the terms of the catalogue: the second way in which every rule is written.

Cedar has no definitions, so a rule repeats every list of words that it means. `reach.yaml` says the same in terms
defined once (`terms.yaml`), as the catalogue does, and a lawyer can compare the file with the catalogue without
reading Cedar. The rule and its scope are proven equal over every request, so neither can change alone.

How terms are written: the first lines of `terms.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from pathlib import Path
from typing import Any

from policies.engine.compile import Formula, Space, conjoin, disjoin, negate
from policies.engine.pack import PACKS_DIRECTORY, Pack
from policies.errors import PackError
from policies.pack_files import read_yaml

FILE = "reach.yaml"
TERMS_FILE = "terms.yaml"
TERMS_KEY = "terms"
EFFECTS = {"opens": "permit", "stops": "forbid", "brings": "task"}
ANSWERS = {True: "yes", False: "no"}
"""YAML reads these two words as a yes or no of its own."""
SIDES = {"holder": "principal", "recipient": "resource"}


@dataclass(frozen=True)
class RuleScope:
    """The stated scope of a rule. `effect` is `permit`, `forbid` or `task`; `formula` holds where the rule applies."""

    rule: str
    effect: str
    formula: Formula


class ScopeTerms:
    """Terms and their meaning, worked out once each. Not for use by several threads at once."""

    def __init__(self, space: Space, defined: Mapping[str, Any]) -> None:
        self.space = space
        self._defined = defined
        self._formulas: dict[str, Formula] = {}
        self._open: set[str] = set()
        self.terms_in_use: set[str] = set()

    def formula(self, sentence: str) -> Formula:
        """Return the meaning of a sentence of terms.

        Raises:
            ValueError: the sentence names an unknown term, fact or word, or a term that rests on itself.
        """
        return _join(disjoin, False, (self._conjunction(part) for part in sentence.split(" or ")))

    def _conjunction(self, sentence: str) -> Formula:
        return _join(conjoin, True, (self._term_formula(part.strip()) for part in sentence.split(" and ")))

    def _term_formula(self, term: str) -> Formula:
        if term.startswith("not "):
            return negate(self.space, self._term_formula(term.removeprefix("not ")))
        self.terms_in_use.add(term)
        if term not in self._formulas:
            if term not in self._defined:
                raise ValueError(f"no term `{term}`")
            if term in self._open:
                raise ValueError(f"`{term}` rests on itself")
            self._open.add(term)
            try:
                self._formulas[term] = self._meaning(self._defined[term])
            finally:
                self._open.discard(term)
        return self._formulas[term]

    def _meaning(self, meaning: Any) -> Formula:
        if isinstance(meaning, str):
            return self.formula(meaning)
        if not isinstance(meaning, dict) or not meaning:
            raise ValueError("a term is facts, or a sentence of terms")
        return _join(conjoin, True, (self._fact(key, value) for key, value in meaning.items()))

    def _fact(self, key: str, value: Any) -> Formula:
        if key == "two_of":
            ((name, groups),) = value.items()
            formulas = [self._fact(name, group) for group in groups]
            return _join(disjoin, False, (conjoin(left, right) for left, right in combinations(formulas, 2)))
        if isinstance(value, dict):
            (words,) = (value[word] for word in value if word == "not")
            return negate(self.space, self._fact(key, words))
        name = _name(key)
        if isinstance(value, bool):
            return self.space.atom(name, [value])
        if name in self.space.index:
            return self._words(name, value)
        members = [number for number in self.space.index if number.startswith(f"{name}[")]
        if not value:
            return negate(self.space, _join(disjoin, False, (self.space.atom(member, [True]) for member in members)))
        return _join(disjoin, False, (self.space.atom(f"{name}[{word}]", [True]) for word in value))

    def _words(self, name: str, words: Sequence[str | bool]) -> Formula:
        values = [ANSWERS[word] if isinstance(word, bool) else word for word in words]
        if strange := set(values) - set(self.space.dimensions[self.space.index[name]].values):
            raise ValueError(f"no word `{min(strange)}`")
        return self.space.atom(name, values)


def _join(join: Callable[[Formula, Formula], Formula], start: Formula, parts: Iterator[Formula]) -> Formula:
    return reduce(join, parts, start)


def _name(key: str) -> str:
    if key == "action":
        return key
    side, dot, attribute = key.partition(".")
    return f"{SIDES.get(side, side)}.{attribute}" if dot else f"context.{key}"


def read_terms(directory: Path | None = None) -> Mapping[str, Any]:
    """Return the terms shipped with the program, and the terms under `directory`, which win."""
    terms: dict[str, Any] = {}
    for folder in dict.fromkeys((PACKS_DIRECTORY, directory or PACKS_DIRECTORY)):
        terms |= _load(folder / TERMS_FILE)
    return terms


def read_scopes(pack: Pack, directory: Path | None = None) -> tuple[RuleScope, ...]:
    """Return the stated scopes of the packs' rules, in file order.

    A file under `directory` wins; for a pack without a file there, the shipped file of the same name holds.

    Raises:
        PackError: a part cannot be read; `problems` lists every part.
    """
    scopes: list[RuleScope] = []
    problems: list[str] = []
    shared = read_terms(directory)
    for name in pack.names:
        files = (folder / name / FILE for folder in (directory or PACKS_DIRECTORY, PACKS_DIRECTORY))
        entries = next((_load(file) for file in files if file.is_file()), {})
        terms = ScopeTerms(pack.space, {**shared, **(entries.get(TERMS_KEY) or {})})
        for rule, raw in entries.items():
            if rule != TERMS_KEY:
                try:
                    scopes.append(_read(rule, raw, terms))
                except (ValueError, TypeError, AttributeError, KeyError) as problem:
                    problems.append(f"{name}/{FILE}: {rule}: {problem}")
    if problems:
        raise PackError(tuple(problems))
    return tuple(scopes)


def _load(file: Path) -> dict[str, Any]:
    return (read_yaml(file) or {}) if file.is_file() else {}


def _read(rule: str, raw: Mapping[str, Any], terms: ScopeTerms) -> RuleScope:
    if wrong := set(raw) - {*EFFECTS, "when", "unless"}:
        raise ValueError(f"no part `{min(wrong)}`")
    effects = [key for key in raw if key in EFFECTS]
    if len(effects) != 1:
        raise ValueError("says one of opens, stops, brings")
    parts = [terms.formula(raw[effects[0]]), *(terms.formula(sentence) for sentence in raw.get("when", ()))]
    parts += [negate(terms.space, terms.formula(sentence)) for sentence in raw.get("unless", ())]
    return RuleScope(rule, EFFECTS[effects[0]], _join(conjoin, True, iter(parts)))
