"""The demo coalition: the shared one, and one for each test module that writes."""

from collections.abc import Iterator

import pytest
from api_builders import Api, demo_settings, running


@pytest.fixture(scope="module")
def api(demo_api: Api) -> Api:
    """The shared demo; a module that writes takes `own_api` in its place."""
    return demo_api


@pytest.fixture(scope="module")
def own_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    settings = demo_settings(tmp_path_factory.mktemp("api"), rate_limit="1000000/minute")
    with running(settings) as app:
        yield app
