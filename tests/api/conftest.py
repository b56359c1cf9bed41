"""One application for each test module, over the demo coalition."""

from collections.abc import Iterator

import pytest
from api_builders import Api, demo_settings, running


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    settings = demo_settings(tmp_path_factory.mktemp("api"), rate_limit="1000000/minute")
    with running(settings) as app:
        yield app


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An application that takes as long as all needs, so that what it finds depends on no clock."""
    settings = demo_settings(
        tmp_path_factory.mktemp("patient"),
        question_budget_ms=60_000, time_budget_ms=60_000, rate_limit="1000000/minute",
    )  # fmt: skip
    with running(settings) as api:
        yield api
