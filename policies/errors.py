"""What can go wrong in this package.

    PoliciesError
    ├── VocabularyError      vocabulary.yaml is not a usable vocabulary
    ├── PackError            rule files that cannot be used; `problems` lists all of them
    ├── OutsideFragmentError      one rule says more than "a fact is one of these values"
    ├── FactsError           a request uses a word that the vocabulary does not have
    └── UnknownRuleError          no rule of this rulebook has that id

A denial is not an error: it is a `Decision`. Messages name files, rules and fields, never the value of a fact.
"""

from __future__ import annotations


class PoliciesError(Exception):
    """Anything this package refuses."""


class VocabularyError(PoliciesError):
    """The vocabulary file is malformed."""


class PackError(PoliciesError):
    """Rule files that cannot be used. `problems` lists every reason found, in file order."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class OutsideFragmentError(PoliciesError):
    """A rule uses a part of Cedar that cannot be compiled to "a dimension is in a set of values"."""


class FactsError(PoliciesError):
    """A request uses a word that the vocabulary does not have. The message names the field only."""


class UnknownRuleError(PoliciesError, LookupError):
    """No rule of this rulebook has that id."""
