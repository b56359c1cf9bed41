"""One served coalition for each test module, on SQLite; `loops` serves others."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from loop_builders import LEGAL, Loop, coalition, loop_over, loop_settings


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    folder = tmp_path_factory.mktemp("loop")
    with loop_over(
        loop_settings(f"sqlite:///{folder / 'router.db'}", folder, grievance_body=LEGAL), coalition()
    ) as loop:
        yield loop
