"""The words to show to the writer of one that is not taken: all of a short list, of a long one the closest."""

from __future__ import annotations

import difflib
from collections.abc import Collection

from service.wording import refusals

MOST_SHOWN = 15
_LONGEST_COMPARED = 64


def words_for(given: str, words: Collection[str]) -> str:
    """Return `words` as a list where they are few; else those that look like `given`, and where to find all. Pure."""
    if len(words) <= MOST_SHOWN:
        return refusals.ONE_OF.format(words=", ".join(words))
    close = closest(given, words)
    near = refusals.CLOSEST.format(words=", ".join(close)) if close else ""
    return refusals.ONE_OF_MANY.format(count=len(words), near=near)


def closest(given: str, words: Collection[str]) -> list[str]:
    """Return at most three of `words` that look like `given`, the most alike first. Pure."""
    return difflib.get_close_matches(given[:_LONGEST_COMPARED], sorted(words), n=3, cutoff=0.6)
