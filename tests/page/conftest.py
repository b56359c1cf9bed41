"""The browser, and one application over the demo coalition for each test module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from api_builders import Api, demo_settings, running
from browsers import browser  # noqa: F401 - a fixture


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The demo, with time enough on a busy machine."""
    more = {"rate_limit": "1000000/minute", "question_budget_ms": 60_000}
    with running(demo_settings(tmp_path_factory.mktemp("page"), **more)) as api:
        yield api
