"""The errors of this package.

    PoliciesError
    ├── VocabularyError      vocabulary.yaml is not a usable vocabulary
    ├── PackError            rule files cannot be used; `problems` lists every reason
    ├── OutsideFragmentError      a rule says more than "a fact has a value in a set"
    ├── FactsError           a request uses a word outside the vocabulary
    └── UnknownRuleError          the rulebook has no rule with the id

A denial is a `Decision`, not an error. Messages name files, rules and fields, never the value of a fact.
"""

from __future__ import annotations


class PoliciesError(Exception):
    """The root of every refusal of this package."""


class VocabularyError(PoliciesError):
    """The vocabulary file is malformed."""


class PackError(PoliciesError):
    """Rule files cannot be used. `problems` lists every reason found, in file order."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class OutsideFragmentError(PoliciesError):
    """A rule uses a part of Cedar that cannot be compiled to "a dimension is in a set of values"."""


class FactsError(PoliciesError):
    """A request uses a word outside the vocabulary. The message names the field only."""


class UnknownRuleError(PoliciesError, LookupError):
    """The rulebook has no rule with the id."""
