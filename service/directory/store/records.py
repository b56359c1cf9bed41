"""The store's records beside routing's Directory: plain frozen values, as of a directory version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import policies
from policies import Agency, Agreement, SignOff, StateCard, load_lines
from routing import Phone
from service.i18n import answers


@dataclass(frozen=True, slots=True)
class ReleaseForm:
    """A release form known to the coalition; `marks` are the marks covered by its wording."""

    id: str
    slug: str
    name: str
    languages: frozenset[str]
    elements: frozenset[str]
    marks: frozenset[str]


@dataclass(frozen=True)
class PolicyDirectory:
    """The agencies and agreements as the rules see them, by slug. Immutable; shared by the requests of a version.

    `equivalent_forms`: groups of form slugs stated to be worth the same; groups are never joined.
    """

    agencies: Mapping[str, Agency]
    agreements: Mapping[str, Agreement]
    equivalent_forms: frozenset[frozenset[str]]


@dataclass(frozen=True, slots=True)
class Grievance:
    """The contact for a grievance against an organization."""

    contact: str
    code_of_ethics: str | None = None


@dataclass(frozen=True, slots=True)
class SubpoenaContact:
    """The contact for a subpoena against an organization."""

    name: str
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class SeenVersions:
    """The versions of the directory that callers are told: each rises only with something that the caller may see.

    There is one for everybody and one for members. An organization's own is that of its class and the number of changes
    (`changes_of`, by slug) that it saw and its class did not: of its private places, of agreements with a hidden house.
    All are stored, and raised in the transaction of the change: every process and replica tells the same.
    """

    public: int
    members: int
    changes_of: Mapping[str, int]

    def of(self, *viewers: str, members: bool) -> int:
        """Return the version of what organizations (slugs) all see; `members`: all of them are.

        >>> versions = SeenVersions(public=3, members=7, changes_of={"harbor-house": 2})
        >>> [versions.of("harbor-house", members=member) for member in (True, False)]
        [9, 5]
        >>> versions.of("harbor-house", "lotus-center", members=True)
        7
        """
        version = self.members if members else self.public
        return version + self.changes_of.get(viewers[0], 0) if len(viewers) == 1 else version


@dataclass(frozen=True, slots=True)
class FallbackLine:
    """A line to call or text when no path helps; at least `phone` or `sms` is set. `hours` in words.

    `owners` are the organizations (slugs) that have a number of the line among their own, never to be shown.
    `may_report`: what it may tell others, and whom. `web`: an address, of a line that may have no number. `types`: the
    types of service that it is for; empty: for all.
    """

    name: str
    phone: str | None = None
    sms: str | None = None
    hours: str | None = None
    owners: frozenset[str] = frozenset()
    may_report: str | None = None
    web: str | None = None
    types: tuple[str, ...] = ()


_LINE = next(line for line in load_lines(("federal",)) if line.purpose == "trafficking")
NATIONAL_HOTLINE = FallbackLine(
    answers.NATIONAL_HOTLINE, _LINE.phone, _LINE.text, answers.DAY_AND_NIGHT, may_report=_LINE.may_report
)
"""The line of a coalition that names none of its own."""


@dataclass(frozen=True, slots=True)
class OrganizationView:
    """The shown facts of an organization, for readers with sight of it. `listed`: public or coalition."""

    id: str
    slug: str
    name: str
    description: str | None
    parent: str | None
    basis: str | None
    kind: str | None
    listed: str
    membership: str
    address_private: bool
    phones: tuple[Phone, ...]
    grievance: Grievance | None
    declared_on: date | None
    review_by: date | None
    subpoena_contact: SubpoenaContact | None = None


@dataclass(frozen=True, slots=True)
class ServiceView:
    """The shown facts of a service; `phones` are its own, empty where callers use the organization's."""

    id: str
    slug: str
    name: str
    organization: str
    phones: tuple[Phone, ...]


@dataclass(frozen=True, slots=True)
class CodeView:
    """A code added to the vocabulary by the coalition; `kind` is type or trait."""

    code: str
    name: str
    kind: str
    decided_by: str | None
    same_as: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContactView:
    """A person who speaks for an organization in a role, from a first until a last day (both included)."""

    title: str | None
    name: str | None
    email: str | None
    phones: tuple[Phone, ...]
    since: date | None
    until: date | None
    successor: str | None


@dataclass(frozen=True, slots=True)
class ExchangeTerms:
    """The mutual offers and wants of an agreement's parties, in their own words, by slug."""

    offers: Mapping[str, str]
    wants: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Presentation:
    """Names and numbers for people, by slug. No address is included, private or public.

    `terms` maps (organization slug, normal form of its word) to a code. `fallback_lines` are never empty. `contacts`
    belong to organizations with a declaration; `promises` go by agreement. `seen`: the versions that callers are told.
    `card_facts`: what the coalition corrected on the cards of states, as in its bundle.
    """

    version: int
    seen: SeenVersions
    coalition: str
    coalition_name: str
    timezone: str
    packs: tuple[str, ...]
    card_facts: tuple[Mapping[str, Any], ...]
    sign_offs: tuple[SignOff, ...]
    organizations: Mapping[str, OrganizationView]
    services: Mapping[str, ServiceView]
    areas: Mapping[str, str]
    forms: Mapping[str, ReleaseForm]
    codes: Mapping[str, CodeView]
    terms: Mapping[tuple[str, str], str]
    contacts: Mapping[str, tuple[ContactView, ...]]
    promises: Mapping[str, ExchangeTerms]
    fallback_lines: tuple[FallbackLine, ...] = (NATIONAL_HOTLINE,)

    @property
    def cards(self) -> Mapping[str, StateCard]:
        """The cards of all states, with what the coalition corrected."""
        return policies.correct_cards(policies.load_states(), self.card_facts)
