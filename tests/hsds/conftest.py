"""Directories here are compared with what they came from: all of them are stored at one moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from databases import stored_at


@pytest.fixture(scope="module", autouse=True)
def _one_moment() -> Iterator[None]:
    with stored_at():
        yield
