"""The label of a place: a word for a desk, and no room for more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sessions import keep_sessions


@given(st.text(alphabet=st.sampled_from(" aZ9\u00f1\t\u202e<.\u0661-'"), max_size=30))
def test_a_label_is_letters_digits_and_blanks(text: str) -> None:
    """What is taken is at most 24 letters and digits with single blanks between; all else is refused, not mended."""
    words = text.split()
    fits = len(" ".join(words)) <= 24 and all(set(word) <= set("aZ9\u00f1") for word in words)

    if fits:
        assert keep_sessions.read_label(text) == (" ".join(words) or None)
    else:
        with pytest.raises(ValueError, match=r"^$"):
            keep_sessions.read_label(text)
