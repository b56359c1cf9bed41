"""Where the pages lead, by what the signed-in caller's scopes let it do."""

from __future__ import annotations

from dataclasses import dataclass

from service.auth import Caller


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the menu: its path, its name in the words (`menu.<name>`), and the scope that it takes."""

    path: str
    name: str
    scope: str


ENTRIES = (
    Entry("/intake", "intake", "route"),
    Entry("/next", "next", "route"),
    Entry("/consent", "consent", "consent"),
)


def menu_of(caller: Caller | None) -> tuple[Entry, ...]:
    """Return the pages that a caller can use, None: nobody known. Pure."""
    return () if caller is None else tuple(entry for entry in ENTRIES if entry.scope in caller.scopes)
