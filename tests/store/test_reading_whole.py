"""Reading a whole directory: what is the same is made once, and no time goes into looking for garbage."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from service.bench import awkward
from service.errors import NothingLoaded
from service.serving.served import load_served
from service.settings import Settings
from service.store.database import Database, open_database
from service.store.queries import read_rows
from service.store.record_tables import Service
from service.usecases.load_bundle import load_bundle


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(Settings(database=f"sqlite:///{tmp_path / 'whole.db'}")) as opened:
        opened.upgrade()
        yield opened


def test_no_garbage_is_looked_for_while_a_directory_is_read(database: Database) -> None:
    """The collector rests, and works again afterwards, also where there is nothing to read."""
    collections = list[str]()

    def note(phase: str, _: dict[str, int]) -> None:
        collections.append(phase)

    gc.callbacks.append(note)
    try:
        with pytest.raises(NothingLoaded):
            load_served(database.unit_of_work(writes=False))
        assert gc.isenabled()
        load_bundle(database.unit_of_work(), awkward.draw_bundle(60), replace=False)
        collections.clear()
        load_served(database.unit_of_work(writes=False))
        assert collections.count("start") <= 1  # the one that was due, once the collector is back
        assert gc.isenabled()
    finally:
        gc.callbacks.remove(note)


def test_equal_texts_are_parsed_once_and_changed_rows_share_nothing(database: Database) -> None:
    """Rows that are only read share what is equal; rows that may be changed never do."""
    load_bundle(database.unit_of_work(), awkward.draw_bundle(60), replace=False)
    with database.unit_of_work(writes=False) as unit_of_work:
        read = read_rows(unit_of_work.session.connection(), "service")
        held = list(unit_of_work.session.exec(select(Service).order_by(Service.id)))

        texts = {json.dumps(row.accepts) for row in read}
        assert [row.accepts for row in read] == [row.accepts for row in held]
        assert len({id(row.accepts) for row in read}) == len(texts) < len(read) / 4
        assert len({id(row.accepts) for row in held}) == len(held)
