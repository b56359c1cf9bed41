"""The rooms of the pages: those open to a signed-in caller, the one that a page belongs to, and the caller's role."""

from __future__ import annotations

from dataclasses import dataclass

from service.directory.access import READ, ROUTE, WEBHOOK, WRITE
from service.directory.parties import CAPACITY, CONSENT, REFERRAL
from service.directory.store.records import Presentation
from service.security import Caller

NO_SCOPES = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the menu: its path, its name in the words (`menu.<name>`), and the scopes needed.

    Any one of `scopes` is enough, or no scope if `scopes` is empty; every scope of `also` is needed. `is_main`: the
    room stands in the bar of a broad screen, and not under "more".
    """

    path: str
    name: str
    scopes: frozenset[str]
    also: frozenset[str] = NO_SCOPES
    is_main: bool = True

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
    Entry("/intake", "intake", frozenset({ROUTE})),
    Entry("/next", "next", frozenset({ROUTE})),
    Entry("/group", "group", frozenset({ROUTE}), is_main=False),
    Entry("/consent", "consent", frozenset({CONSENT})),
    Entry("/inbox", "inbox", frozenset({REFERRAL, CONSENT})),
    Entry("/beds", "beds", frozenset({CAPACITY, WRITE}), frozenset({READ})),
    Entry("/webhooks", "webhooks", frozenset({WEBHOOK}), is_main=False),
    Entry("/audit", "audit", frozenset({"audit"}), is_main=False),
    Entry("/coalition", "coalition", frozenset({READ})),
    Entry("/desk", "desk", frozenset({WRITE}), frozenset({READ})),
    Entry("/directory", "directory", NO_SCOPES, is_main=False),
    Entry("/guide", "guide", NO_SCOPES, is_main=False),
    Entry("/grievances", "grievances", NO_SCOPES, is_main=False),
)
ROOM_OF_PATH = {"who": "intake", "answer": "intake", "paper": "intake", "referral": "intake"}
"""The room of each page whose path begins otherwise than its room's name."""
ROOMS = frozenset({"sessions", *(entry.name for entry in ENTRIES)})
ROLE_OF_KIND = {"law_enforcement": "officer", "dv_shelter": "answers", "trafficking_shelter": "answers"}
"""The role at an agency of a kind, for whom its first action is open; elsewhere the open actions tell."""


@dataclass(frozen=True, slots=True)
class Account:
    """The coalition and the agency of a caller by their names, and the role by its name in the words."""

    coalition: str
    agency: str
    role: str


ROLES = {
    "intake": "/intake",
    "answers": "/inbox",
    "beds": "/beds",
    "table": "/coalition",
    "reader": "/directory",
    "officer": "/next",
}
"""The first action of each role, a path of the menu; the last role does not follow from the open actions."""


def menu_of(caller: Caller | None) -> tuple[Entry, ...]:
    """Return the pages that a caller can use; None, a visitor without a session, gets an empty menu. Pure."""
    return () if caller is None else tuple(entry for entry in ENTRIES if entry.is_for(caller))


def room_of(path: str) -> str | None:
    """Return the room that a page belongs to, None for the home page and for pages of no room. Pure.

    >>> room_of("/inbox/move"), room_of("/answer"), room_of("/")
    ('inbox', 'intake', None)
    """
    head = path.split("/")[1]
    room = ROOM_OF_PATH.get(head, head)
    return room if room in ROOMS else None


def role_of(caller: Caller, agency_kind: str | None) -> str:
    """Return the role of a caller, by what its agency is and then by what the caller may do. Pure.

    >>> role_of(Caller("harbor-house", frozenset({"route", "referral"}), "ana"), "dv_shelter")
    'answers'
    """
    paths = {entry.path for entry in menu_of(caller)}
    roles = [role for role, path in ROLES.items() if path in paths]
    kind_role = ROLE_OF_KIND.get(agency_kind or "")
    return kind_role if kind_role in roles else roles[0]


def account_of(caller: Caller, names: Presentation) -> Account:
    """Return the coalition, the agency and the role of a caller. Pure."""
    agency = names.organizations.get(caller.organization)
    if agency is None:
        return Account(names.coalition_name, caller.organization, role_of(caller, None))
    return Account(names.coalition_name, agency.name, role_of(caller, agency.kind))
