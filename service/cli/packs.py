"""The rule packs that a command works on: the packs of a coalition."""

from __future__ import annotations

from service.cli.environment import read_settings
from service.store.database import open_database


def packs_in(database: str | None) -> tuple[str, ...]:
    """Return the packs of the coalition in a database, in the coalition's order. None: the database of the settings.

    Raises:
        StoreError: the database is missing or holds no coalition.
    """
    with open_database(read_settings(database), must_exist=True) as opened:
        opened.require_current()
        with opened.unit_of_work(writes=False) as work:
            return work.coalition.read_presentation().packs
