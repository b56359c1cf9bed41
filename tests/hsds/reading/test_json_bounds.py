"""The look at JSON before a parser gets it: exact in depth and keys, wherever its pieces are cut."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.directory.hsds.reading import decoding
from service.directory.hsds.reading.decoding import TooLarge, Utf8Stream

TEXTS = st.text(st.sampled_from('ab"\\[{}]:, é'), max_size=8)
VALUES = st.recursive(
    st.none() | st.integers(-9, 9) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def keys(value: Any) -> list[str]:
    if isinstance(value, list):
        return [key for item in value for key in keys(item)]
    return [*value, *(key for item in value.values() for key in keys(item))] if isinstance(value, dict) else []


def written(value: Any, *, spaced: bool) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(" , ", " : ") if spaced else (",", ":")).encode()


def refusal(data: bytes, size: int) -> str:
    stream = Utf8Stream(io.BytesIO(data))
    content = b""
    try:
        while piece := stream.read(size):
            content += piece
    except TooLarge as error:
        return str(error)
    assert content == data
    return ""


@given(VALUES, st.integers(1, 20), st.booleans(), st.integers(1, 4))
def test_depth_is_counted_outside_of_texts(value: Any, size: int, spaced: bool, deepest: int) -> None:
    """Brackets within texts are text; a file is refused where it is deeper, and only there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoding, "DEEPEST", deepest)
        assert ("nested deeper" in refusal(written(value, spaced=spaced), size)) == (depth(value) > deepest)


@given(VALUES, st.integers(1, 20), st.booleans(), st.integers(1, 8))
def test_a_key_is_a_text_before_a_colon(value: Any, size: int, spaced: bool, longest: int) -> None:
    """A text of any length may stand elsewhere; the length of a key is that of what is written between its quotes."""
    long = any(len(written(key, spaced=False)) - 2 > longest for key in keys(value))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoding, "LONGEST_KEY", longest)
        assert ("a key of more than" in refusal(written(value, spaced=spaced), size)) == long
