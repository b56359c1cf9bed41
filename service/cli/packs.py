"""The law that a command works on: a coalition's packs and the cards of its states, or all that the program has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import policies
from service.cli.environment import read_settings
from service.database.database import open_database
from service.directory.snapshot.directory_snapshot import read_names
from service.errors import StoreError
from service.vocabulary import policy_packs


def packs_in(database: str | None) -> tuple[str, ...]:
    """Return the packs of the coalition in a database, in the coalition's order. None: the database of the settings.

    Raises:
        StoreError: the database is missing or holds no coalition.
    """
    return _names_in(database).packs


def law_in(database: str | None) -> tuple[policies.Rulebook, list[policies.StateCard]]:
    """Return the rules of the loaded coalition and the cards that answers use beside; without a coalition, all of both.

    Raises:
        StoreError: `database` is named, and is missing or holds no coalition.
    """
    names = _names_if_any(database)
    if names is None:
        return policies.load_rulebook(policy_packs()), [*policies.load_states().values()]
    return policies.load_rulebook(names.packs), [card for code, card in names.cards.items() if code in names.areas]


def cards_in(database: str | None) -> Mapping[str, policies.StateCard]:
    """Return the cards of all states, with what the loaded coalition corrected.

    Raises:
        StoreError: `database` is named, and is missing or holds no coalition.
    """
    names = _names_if_any(database)
    return policies.load_states() if names is None else names.cards


class _Names(NamedTuple):
    packs: tuple[str, ...]
    areas: Collection[str]
    cards: Mapping[str, policies.StateCard]


def _names_if_any(database: str | None) -> _Names | None:
    try:
        return _names_in(database)
    except StoreError:
        if database is not None:  # the user named the database, so its error matters
            raise
        return None


def _names_in(database: str | None) -> _Names:
    """Return the packs of the coalition in a database, the codes of its areas, and its cards of all states."""
    with open_database(read_settings(database), must_exist=True) as store:
        store.require_usable()
        names = read_names(store.unit_of_work(writes=False))
    return _Names(names.packs, names.areas, names.cards)
