"""Finds the names of hidden organizations, which a reader may not see, in texts. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from service.vocabulary import WORD, words_of


class HiddenNames:
    """Finds names in texts, word by word, with any marks between the words. Safe to share between threads.

    A name of one word counts only in the same letters, large and small: "Shelter" as a name does not drop "shelter".
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._by_first: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
        self._single: set[str] = set()
        for name in names:
            words = tuple(words_of(name))
            if len(words) > 1:
                self._by_first[words[0]].add(words)
            elif words:
                self._single.update(WORD.findall(name))

    def __bool__(self) -> bool:
        return bool(self._by_first or self._single)

    def named_in(self, value: Any) -> bool:
        """Say whether a text, or any text within a list or a mapping, holds a hidden name.

        >>> hidden = HiddenNames(["Harbor House", "Shelter"])
        >>> hidden.named_in("Ask at HARBOR-HOUSE."), hidden.named_in({"notes": ["a shelter"]})
        (True, False)
        """
        if not self:
            return False
        if isinstance(value, str):
            return self._in_text(value)
        if isinstance(value, Mapping):
            return any(self.named_in(key) or self.named_in(item) for key, item in value.items())
        return isinstance(value, (list, tuple)) and any(map(self.named_in, value))

    def _in_text(self, text: str) -> bool:
        tokens = WORD.findall(text)
        if not self._single.isdisjoint(tokens):
            return True
        words = [word.casefold() for word in tokens]
        return any(
            words[start : start + len(name)] == list(name)
            for start, word in enumerate(words)
            for name in self._by_first.get(word, ())
        )


NOTHING_HIDDEN = HiddenNames(())
