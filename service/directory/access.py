"""Access to the directory, in one table: which caller may see and change which object. No other module decides access.

A scope in a token opens an operation; the table then says to which objects the operation applies. A scope never widens
sight. A hidden object is answered exactly as an absent object.

Print the table with `python -m service.directory.access`. Pure.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from service.directory.parties import CAPACITY, CONSENT, CONSENT_ANY, GRIEVANCE, REFERRAL, Act, describe_parties

READ = "directory:read"
WRITE = "directory:write"
ADMIN = "directory:admin"
ROUTE = "route"
WEBHOOK = "webhook"
ORGANIZATION_ADMIN = "organization:admin"
"""Opens the sessions of the caller's whole organization at the pages, and of no other; nobody's without the scope."""
ROUTE_ANY = "route:any"
AUDIT = "audit"
OPERATOR = "operator"
KNOWN_SCOPES = frozenset((
    READ, WRITE, ADMIN, ROUTE, ROUTE_ANY, WEBHOOK, ORGANIZATION_ADMIN, AUDIT, OPERATOR,
    CONSENT, CONSENT_ANY, REFERRAL, CAPACITY, GRIEVANCE,
))  # fmt: skip
"""Every scope that some operation asks for."""


class Operation(StrEnum):
    """An operation of a caller."""

    SEE = "see"
    SEE_OPENLY = "see over HSDS and FHIR, without private places"
    SEE_PRIVATE = "see its private places, and whom it authorized"
    WRITE = "put, delete"
    AUTHORISE = "change whom it authorized, or show more of its name and address"
    MEET = "be led to it by a path"
    DECIDE = "settle what the coalition decides"
    KEEP_ENDPOINTS = "keep its webhook endpoints, read its deliveries and events"


class Ownership(StrEnum):
    """The owner of an object, relative to the caller."""

    OWN = "own"
    LISTED = "another's, listed"
    UNLISTED = "another's, unlisted"
    SHARED = "the coalition's"


class AllowedCallers(StrEnum):
    """Which callers with the operation's scope may."""

    EVERYBODY = "everybody, unless a setting closes it"
    ANYBODY = "yes"
    MEMBERS = "members"
    AUTHORISED = "those authorized"
    ADMINS = "members with directory:admin"
    NOBODY = "nobody"


SCOPES: Mapping[Operation, tuple[str, ...]] = {  # any of these; who writes must see what is written
    Operation.SEE: (READ, WRITE),
    Operation.SEE_OPENLY: (READ, WRITE),
    Operation.SEE_PRIVATE: (READ, WRITE),
    Operation.WRITE: (WRITE,),
    Operation.AUTHORISE: (WRITE,),
    Operation.MEET: (ROUTE,),
    Operation.DECIDE: (WRITE,),
    Operation.KEEP_ENDPOINTS: (WEBHOOK,),
}
TABLE: Mapping[Operation, Mapping[Ownership, AllowedCallers]] = {
    operation: dict(zip(Ownership, row, strict=True))
    for operation, row in {  # own, another's listed, another's unlisted, the coalition's
        Operation.SEE: (AllowedCallers.ANYBODY, AllowedCallers.ANYBODY, AllowedCallers.MEMBERS, AllowedCallers.ANYBODY),
        Operation.SEE_OPENLY: (
            AllowedCallers.ANYBODY,
            AllowedCallers.EVERYBODY,
            AllowedCallers.MEMBERS,
            AllowedCallers.EVERYBODY,
        ),
        Operation.SEE_PRIVATE: (
            AllowedCallers.ANYBODY,
            AllowedCallers.AUTHORISED,
            AllowedCallers.AUTHORISED,
            AllowedCallers.NOBODY,
        ),
        Operation.WRITE: (AllowedCallers.ANYBODY, AllowedCallers.ADMINS, AllowedCallers.ADMINS, AllowedCallers.ADMINS),
        Operation.AUTHORISE: (
            AllowedCallers.ANYBODY,
            AllowedCallers.NOBODY,
            AllowedCallers.NOBODY,
            AllowedCallers.NOBODY,
        ),
        Operation.MEET: (AllowedCallers.ANYBODY, AllowedCallers.ANYBODY, AllowedCallers.MEMBERS, AllowedCallers.NOBODY),
        Operation.DECIDE: (AllowedCallers.ADMINS, AllowedCallers.ADMINS, AllowedCallers.ADMINS, AllowedCallers.ADMINS),
        Operation.KEEP_ENDPOINTS: (
            AllowedCallers.ANYBODY,
            AllowedCallers.NOBODY,
            AllowedCallers.NOBODY,
            AllowedCallers.NOBODY,
        ),
    }.items()
}
LABELS = ("basis", "kind", "regimes", "reporter", "membership", "listed", "address_private")
"""Fields of an organization's `coalition` by which rules, prices and `avoid` go."""
VISIBILITY: Mapping[str, tuple[str | bool, ...]] = {"listed": ("public", "coalition"), "address_private": (False, True)}
"""Labels that an organization moves alone, both ways. Nobody else moves them to the left, where more of it is shown."""
# An organization does not settle these alone, for each would give it sight of unlisted organizations, let more be
# shared with it, or put it before clients who refuse its kind, on its own word.
DECIDED_BY_COALITION: Mapping[str, tuple[str, ...]] = {
    "organization": ("parent", *(f"coalition.{label}" for label in LABELS if label not in VISIBILITY)),
    "service": ("referral.designated",),
}
ALONE: Mapping[str, tuple[str | bool, ...]] = {"reporter": ("none", "child", "child_and_adult")}
"""Labels that an organization moves alone, and only to the right: each step binds it to more."""


def may_move_alone(label: str, before: object, now: object) -> bool:
    """Say whether an organization alone may move a label of its own.

    >>> may_move_alone("reporter", "none", "child"), may_move_alone("reporter", None, "child")
    (True, False)
    >>> may_move_alone("listed", "coalition", "public")
    True
    """
    if label in VISIBILITY:
        return now in VISIBILITY[label]
    order = ALONE.get(label, ())
    return before in order and now in order and order.index(before) <= order.index(now)


def topmost(slug: str, parent_of: Callable[[str], str | None]) -> str:
    """Return the organization at the top of an organization's house."""
    while (above := parent_of(slug)) is not None:
        slug = above
    return slug


@dataclass(frozen=True, slots=True)
class Visibility:
    """The visibility of an organization: is it public, and which callers may know its address."""

    slug: str
    listed: bool
    member: bool
    address_private: bool = False
    authorised: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether everybody may know of the organization and of its address."""
        return self.listed and not self.address_private


@dataclass(frozen=True, slots=True)
class Reader:
    """A caller in the table. An organization outside the directory is no member."""

    organization: str
    member: bool
    scopes: frozenset[str]

    def may(self, operation: Operation, target: Ownership, *, authorised: bool = False) -> bool:
        """Say whether the table allows `operation`. `authorised`: the target's operator named the caller.

        >>> member = Reader("hotline", member=True, scopes=frozenset({READ, WRITE}))
        >>> member.may(Operation.SEE, Ownership.UNLISTED), member.may(Operation.WRITE, Ownership.LISTED)
        (True, False)
        """
        readers = TABLE[operation][target]
        if readers is AllowedCallers.EVERYBODY or self.scopes.isdisjoint(SCOPES[operation]):
            return readers is AllowedCallers.EVERYBODY
        match readers:
            case AllowedCallers.ANYBODY:
                return True
            case AllowedCallers.MEMBERS:
                return self.member
            case AllowedCallers.AUTHORISED:
                return authorised and self.may(Operation.SEE, target)
            case AllowedCallers.ADMINS:
                return self.member and ADMIN in self.scopes
            case AllowedCallers.NOBODY:
                return False

    def target(self, owner: Visibility) -> Ownership:
        """Return the ownership of `owner`'s objects, relative to the caller.

        >>> reader = Reader("lotus-center", member=True, scopes=frozenset({READ}))
        >>> str(reader.target(Visibility("lotus-center", listed=False, member=True)))
        'own'
        """
        if owner.slug == self.organization:
            return Ownership.OWN
        return Ownership.LISTED if owner.listed else Ownership.UNLISTED

    def target_among(self, parties: Iterable[Visibility]) -> Ownership:
        """Return the ownership of an object of several owners: own for a co-owner, else the most hidden owner's.

        >>> reader = Reader("lotus-center", member=True, scopes=frozenset({READ}))
        >>> open_house, hidden = Visibility("blue-door", True, True), Visibility("quiet-house", False, True)
        >>> str(reader.target_among([open_house, hidden]))
        "another's, unlisted"
        """
        targets = {self.target(party) for party in parties}
        return next(target for target in (Ownership.OWN, Ownership.UNLISTED, Ownership.LISTED) if target in targets)

    def sees(self, owner: Visibility) -> bool:
        """Say whether the caller may know that `owner` is in the directory."""
        return self.may(Operation.SEE, self.target(owner))

    def sees_private(self, owner: Visibility) -> bool:
        """Say whether the caller may know the private address of `owner`.

        >>> authorised = frozenset({"hotline"})
        >>> shelter = Visibility("shelter", listed=True, member=True, address_private=True, authorised=authorised)
        >>> Reader("hotline", member=True, scopes=frozenset({READ})).sees_private(shelter)
        True
        >>> Reader("clinic", member=True, scopes=frozenset({READ})).sees_private(shelter)
        False
        """
        authorised = self.organization in owner.authorised
        return self.may(Operation.SEE_PRIVATE, self.target(owner), authorised=authorised)

    @property
    def sees_unlisted(self) -> bool:
        """Whether unlisted organizations beside the caller's own exist for the caller."""
        return self.may(Operation.SEE, Ownership.UNLISTED)


def _in_words(values: Iterable[str | bool]) -> str:
    return " or ".join(f"`{str(value).lower() if isinstance(value, bool) else value}`" for value in values)


def describe_table() -> str:
    """Return the table in Markdown."""
    head = ["operation", "scope", *Ownership]
    lines = [[str(operation), " or ".join(SCOPES[operation]), *row.values()] for operation, row in TABLE.items()]
    decided = "; ".join(
        f"of {resource}s " + ", ".join(f"`{name}`" for name in names)
        for resource, names in DECIDED_BY_COALITION.items()
    )
    alone = ", ".join(f"`{label}` to {_in_words(steps[1:])}" for label, steps in ALONE.items())
    shown = ", ".join(f"`{label}` to {_in_words(steps[:1])}" for label, steps in VISIBILITY.items())
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(
        [
            *("| " + " | ".join(row) + " |" for row in rows),
            "",
            describe_parties(),
            "",
            f"The coalition decides: {decided}; which agreements are signed and what signed ones say; which "
            "organizations there are.",
            f"An organization alone moves {alone}, and both ways "
            + " and ".join(f"`{label}`" for label in VISIBILITY)
            + f". Nobody else moves {shown}, or puts a name into its record: its own, another or a contact's. "
            "All other labels, and `parent`, are for those who may "
            f"{Act.DECIDE_LABELS}: in the record, or by a proposal of labels. Undeclared, an organization counts as "
            "disclosed, without membership and regimes. No member removes another organization of its own house, and "
            "one that was removed comes back by its former house with its former labels and `parent` only.",
        ]
    )


if __name__ == "__main__":
    sys.stdout.write(describe_table() + "\n")
