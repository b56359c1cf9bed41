"""The words to show to the writer of an unknown word: a short list whole, of a long list the closest words."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from service.i18n import refusals

MOST_SHOWN = 15
_LONGEST_COMPARED = 64


def words_for(word: str, words: Collection[str]) -> str:
    """Return few `words` as a list; of many, the words like `word`, and where to find the whole list. Pure.

    >>> words_for("femal", ["female", "male"])
    'one of: female, male'
    """
    if len(words) <= MOST_SHOWN:
        return refusals.ONE_OF.format(words=", ".join(words))
    close = closest(word, words)
    near = refusals.CLOSEST.format(words=", ".join(close)) if close else ""
    return refusals.ONE_OF_MANY.format(count=len(words), near=near)


def closest(word: str, words: Collection[str]) -> list[str]:
    """Return at most three of `words` similar to `word`, the most alike first. Pure.

    >>> closest("shelter", ["emergency_shelter", "food", "shelters"])
    ['shelters']
    """
    return difflib.get_close_matches(word[:_LONGEST_COMPARED], sorted(words), n=3, cutoff=0.6)
