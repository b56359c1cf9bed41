"""The law that a command works on: a coalition's packs and the cards of its states, or all that the program has."""

from __future__ import annotations

from collections.abc import Collection

import policies
from service.cli.environment import read_settings
from service.directory.snapshot.directory_snapshot import read_names
from service.infrastructure.database.database import open_database
from service.infrastructure.errors import StoreError
from service.words.vocabulary import policy_packs


def packs_in(database: str | None) -> tuple[str, ...]:
    """Return the packs of the coalition in a database, in the coalition's order. None: the database of the settings.

    Raises:
        StoreError: the database is missing or holds no coalition.
    """
    return _coalition_in(database)[0]


def law_in(database: str | None) -> tuple[policies.Rulebook, list[policies.StateCard]]:
    """Return the rules of the loaded coalition and the cards that answers use beside; without a coalition, all of both.

    Raises:
        StoreError: `database` is named, and is missing or holds no coalition.
    """
    cards = policies.load_states()
    try:
        packs, areas = _coalition_in(database)
    except StoreError:
        if database is not None:  # the user named the database, so its error matters
            raise
        return policies.load_rulebook(policy_packs()), [*cards.values()]
    return policies.load_rulebook(packs), [card for code, card in cards.items() if code in areas]


def _coalition_in(database: str | None) -> tuple[tuple[str, ...], Collection[str]]:
    """Return the packs of the coalition in a database, and the codes of its areas."""
    with open_database(read_settings(database), must_exist=True) as store:
        store.require_usable()
        names = read_names(store.unit_of_work(writes=False))
    return names.packs, names.areas
