"""Which rule packs a command is about: those that a coalition chose."""

from __future__ import annotations

from service.cli.environment import read_settings
from service.store.database import open_database


def packs_in(database: str | None) -> tuple[str, ...]:
    """Return the packs of the coalition in a database, in its order. None: the database of the settings.

    Raises:
        StoreError: there is no such database, or no coalition in it.
    """
    with open_database(read_settings(database), must_exist=True) as opened:
        opened.require_current()
        with opened.unit_of_work(writes=False) as work:
            return work.coalition.read_presentation().packs
