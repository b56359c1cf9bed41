"""The parts of the deployment, once for all of its tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from databases import PostgresDatabases
from deployment import Parts, running_parts


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory, postgres_databases: PostgresDatabases) -> Iterator[Parts]:
    """What compose starts, on a PostgreSQL database of its own."""
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed here; CI installs it")
    with postgres_databases.one(empty=True) as url, running_parts(tmp_path_factory.mktemp("parts"), url) as parts:
        yield parts
