"""The ladder of consents: every consent that lawful signers could give, least first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from .engine.compile import Space
from .engine.evaluate import Codes
from .vocabulary import Vocabulary

LOWEST_ASKED = "verbal"


@dataclass(frozen=True, slots=True)
class Ask:
    """A consent to ask for. As text: `verbal`, `release`, `release+immigration`; the signers stand beside the text."""

    signers: frozenset[str]
    level: str
    marks: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return "+".join((self.level, *sorted(self.marks)))


NOTHING_ASKED = Ask(frozenset(), "none")
"""What is asked where no consent is needed."""


class Ladder:
    """Tables of asks, a table per set of lawful signers. Immutable; safe to share between threads."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._asks = lru_cache(maxsize=None)(lambda signers: tuple(_asks(space.vocabulary, signers)))
        self._patches = lru_cache(maxsize=None)(self._patch)

    def asks(self, signers: frozenset[str]) -> tuple[Ask, ...]:
        """Return every ask for a set of lawful signers: fewest signers, level, fewest marks, alphabetical.

        >>> from policies.vocabulary import load_vocabulary
        >>> asks = Ladder(Space(load_vocabulary())).asks(frozenset({"client"}))
        >>> [str(ask) for ask in asks[:5]]
        ['verbal', 'written', 'release', 'release+health', 'release+immigration']
        """
        return self._asks(signers)

    def codes(self, codes: Codes, signers: frozenset[str]) -> Codes:
        """Return a table of facts: for each request (a column of `codes`, without consent) a column per ask."""
        place, values = self._patches(signers)
        table = np.repeat(codes[:, :, None], values.shape[1], axis=2)
        table[place] = values[:, None, :]
        return table.reshape(len(codes), -1)

    def _patch(self, signers: frozenset[str]) -> tuple[list[int], Codes]:
        vocabulary, index = self._space.vocabulary, self._space.index
        columns: dict[str, list[int]] = {"context.consent": [], "context.level": []}
        for ask in self.asks(signers):
            columns["context.consent"].append(vocabulary.words("Consent").index("current"))
            columns["context.level"].append(vocabulary.words("Level").index(ask.level))
            for mark in vocabulary.words("Mark"):
                columns.setdefault(f"context.marks[{mark}]", []).append(mark in ask.marks)
            for signer in vocabulary.words("Signer"):
                columns.setdefault(f"context.signers[{signer}]", []).append(signer in ask.signers)
        return [index[name] for name in columns], np.array(list(columns.values()), dtype=np.int8)


def _asks(vocabulary: Vocabulary, lawful: frozenset[str]) -> Iterator[Ask]:
    levels = vocabulary.words("Level")
    marks = sorted(vocabulary.words("Mark"))
    for count in range(1, len(lawful) + 1):
        for level in levels[levels.index(LOWEST_ASKED) :]:
            for size in range(len(marks) + 1 if level == "release" else 1):
                for signers in combinations(sorted(lawful), count):
                    for subset in combinations(marks, size):
                        yield Ask(frozenset(signers), level, frozenset(subset))
