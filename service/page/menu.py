"""The pages of the menu, by the scopes of the signed-in caller."""

from __future__ import annotations

from dataclasses import dataclass

from service.auth import Caller

OPEN = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the menu: its path, its name in the words (`menu.<name>`), and the scopes needed.

    Any one of `scopes` is enough, or no scope if `scopes` is empty; every scope of `also` is needed.
    """

    path: str
    name: str
    scopes: frozenset[str]
    also: frozenset[str] = OPEN

    def is_for(self, caller: Caller) -> bool:
        """Return whether the page is open to a caller.

        >>> beds = Entry("/beds", "beds", frozenset({"capacity", "directory:write"}), frozenset({"directory:read"}))
        >>> beds.is_for(Caller("lotus-center", frozenset({"capacity"}), "ana"))
        False
        >>> beds.is_for(Caller("lotus-center", frozenset({"capacity", "directory:read"}), "ana"))
        True
        """
        return self.also <= caller.scopes and (not self.scopes or not self.scopes.isdisjoint(caller.scopes))


ENTRIES = (
    Entry("/intake", "intake", frozenset({"route"})),
    Entry("/next", "next", frozenset({"route"})),
    Entry("/group", "group", frozenset({"route"})),
    Entry("/consent", "consent", frozenset({"consent"})),
    Entry("/inbox", "inbox", frozenset({"referral", "consent"})),
    Entry("/beds", "beds", frozenset({"capacity", "directory:write"}), frozenset({"directory:read"})),
    Entry("/webhooks", "webhooks", frozenset({"webhook"})),
    Entry("/coalition", "coalition", frozenset({"directory:read"})),
    Entry("/directory", "directory", OPEN),
    Entry("/guide", "guide", OPEN),
    Entry("/grievances", "grievances", OPEN),
)


def menu_of(caller: Caller | None) -> tuple[Entry, ...]:
    """Return the pages that a caller can use; None, a visitor without a session, gets an empty menu. Pure."""
    return () if caller is None else tuple(entry for entry in ENTRIES if entry.is_for(caller))
