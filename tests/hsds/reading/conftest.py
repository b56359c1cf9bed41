"""What is read out of single fields depends on no database: one SQLite file, its tables made without migrations."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from service.database.engine import build_engine
from service.maintenance.tables import all_tables
from service.settings import Settings


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'router.db'}"


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = build_engine(settings)
    try:
        all_tables().create_all(engine)
        yield engine
    finally:
        engine.dispose()
