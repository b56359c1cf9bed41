"""A served coalition for FHIR, one for each module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from loop_builders import Loop, coalition, loop_over, loop_settings


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    folder = tmp_path_factory.mktemp("fhir")
    with loop_over(loop_settings(f"sqlite:///{folder / 'router.db'}", folder), coalition()) as loop:
        yield loop
