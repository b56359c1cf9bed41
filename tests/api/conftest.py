"""One application for each test module, over the demo coalition."""

from collections.abc import Iterator

import pytest
from api_builders import Api, demo_settings, running


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    settings = demo_settings(tmp_path_factory.mktemp("api"), rate_limit="1000000/minute")
    with running(settings) as found:
        yield found
