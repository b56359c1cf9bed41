"""The parts of the deployment, once for all of its tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from deployment import Parts, running_parts
from postgres import NoPostgres


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """What compose starts."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed here; CI installs it")
    try:
        with running_parts(tmp_path_factory.mktemp("parts")) as parts:
            yield parts
    except NoPostgres as error:
        pytest.skip(str(error))
