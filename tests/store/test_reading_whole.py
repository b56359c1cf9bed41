"""Reading a whole directory: what is the same is held once, and no time goes into looking for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.coalitions import AWKWARD, draw_bundle

from service.database.database import Database, open_database
from service.directory.snapshot.directory_snapshot import load_snapshot
from service.directory.store.repositories import CoalitionRepository
from service.directory.use_cases.load_bundle import load_bundle
from service.errors import NothingLoaded
from service.maintenance.tables import all_tables
from service.settings import Settings


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(Settings(database=f"sqlite:///{tmp_path / 'whole.db'}")) as opened:
        opened.upgrade(all_tables)
        yield opened


def test_no_garbage_is_looked_for_while_a_directory_is_read(database: Database) -> None:
    """The collector rests, and works again afterwards, also where there is nothing to read."""
    collections = list[str]()

    def note(phase: str, _: dict[str, int]) -> None:
        collections.append(phase)

    gc.callbacks.append(note)
    try:
        with pytest.raises(NothingLoaded):
            load_snapshot(database.unit_of_work(writes=False))
        assert gc.isenabled()
        load_bundle(database.unit_of_work(), draw_bundle(60, shape=AWKWARD), replace=False)
        collections.clear()
        load_snapshot(database.unit_of_work(writes=False))
        assert collections.count("start") <= 1  # the one that was due, once the collector is back
        assert gc.isenabled()
    finally:
        gc.callbacks.remove(note)


def test_equal_values_are_held_once(database: Database) -> None:
    """Services that say the same share what they say: hours, words, numbers."""
    load_bundle(database.unit_of_work(), draw_bundle(60, shape=AWKWARD), replace=False)
    with database.unit_of_work(writes=False) as unit_of_work:
        services = CoalitionRepository(unit_of_work).read_stored().directory.services

    for name in ("accepts", "types", "schedules", "phones"):
        values = [getattr(service, name) for service in services]
        assert len(set(map(id, values))) == len(set(values)) < len(services)
