"""A type of event, a fresh database with a stage on it, and a receiver on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from receivers import Receiver, receiving
from webhook_fixtures import database, lamp, stage  # noqa: F401


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything."""
    with receiving() as receiver:
        yield receiver
