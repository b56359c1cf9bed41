"""The coalition in a caller's view: the directory without hidden records, as if never stored."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

import policies
import routing
from service import vocabulary
from service.directory.access import READ, Reader, Visibility, topmost
from service.directory.snapshot.directory_snapshot import DirectorySnapshot, names_without
from service.directory.store.records import OrganizationView, Presentation
from service.errors import FilterRefused, Problem
from service.i18n import codes, refusals

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
_MOST_KEPT, _MOST_CUTS = 16, 8
"""Findings of a version that are kept, and views of it."""


@dataclass(frozen=True)
class VisibleDirectory:
    """The directory of a version in a reader's view; `reader` None: the operator of the program, with full sight.

    Names of a hidden organization are gone with the organization: its services, its agreements, its words, its name
    among `accepts_from`. A department of a hidden organization stands by itself. Immutable.
    """

    reader: Reader | None
    directory: DirectorySnapshot

    @property
    def snapshot(self) -> routing.Snapshot:
        """The directory in routing's form."""
        return self.directory.snapshot

    @property
    def version(self) -> int:
        """The version of the directory to tell the reader."""
        return self.directory.version_for(*(() if self.reader is None else (self.reader.organization,)))

    @property
    def names(self) -> Presentation:
        """Names for people."""
        return self.directory.names

    @property
    def organizations(self) -> Mapping[str, OrganizationView]:
        """The organizations, by slug."""
        return self.directory.names.organizations

    @property
    def members(self) -> frozenset[str]:
        """The slugs of the coalition's members."""
        return frozenset(slug for slug, view in self.organizations.items() if is_member(view))

    @property
    def is_for_member(self) -> bool:
        """Whether the reader is a member, or the operator of the program."""
        return self.reader is None or self.reader.member

    @property
    def agreements(self) -> tuple[policies.Agreement, ...]:
        """The agreements, whatever their status, by slug."""
        return tuple(self.directory.policy.agreements.values())

    def once(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value made under a key from the version, in the reader's view; made now if absent.

        A limited number of values is kept: the oldest value goes first. May be called from any thread.
        """
        result: Value = get_or_make(self.directory.results, key, _MOST_KEPT, make)
        return result

    def today(self, at: datetime) -> date:
        """Return the day of a moment in the coalition's time zone."""
        return at.astimezone(self.snapshot.zone).date()

    def may_name_people(self, view: OrganizationView, at: datetime) -> bool:
        """Say whether the reader may know the speakers of an organization at a moment (aware)."""
        routing.checkpoint()
        return self.reader is None or self.directory.names_people(self.reader.organization, view.slug, at)

    @property
    def every_name(self) -> frozenset[str]:
        """The names of agencies and areas, as they occur in sentences."""
        return frozenset(view.name for view in self.organizations.values()) | frozenset(self.names.areas.values())

    @property
    def types(self) -> tuple[str, ...]:
        """The known service types: built-in types, then the coalition's own."""
        own = sorted(code for code, view in self.names.codes.items() if view.kind == "type")
        return (*vocabulary.SERVICE_TYPES, *own)

    @property
    def served_areas(self) -> frozenset[str]:
        """The codes of the areas that a service names, and of the areas around them."""
        areas, around = self.snapshot.areas, set[str]()
        for code in {code for service in self.snapshot.services for code in service.areas or ()}:
            within: str | None = code
            while within in areas and within not in around:
                around.add(within)
                within = areas[within].within
        return frozenset(around)

    @property
    def areas(self) -> tuple[str, ...]:
        """The codes of the areas, each after its containing area."""
        tree = self.snapshot.area_tree
        codes = list(tree.index)
        return tuple(codes[number] for number in tree.order.tolist())

    def require(self, *, type: str | None = None, area: str | None = None) -> None:  # noqa: A002 - as it is asked for
        """Refuse filters absent from the directory.

        Raises:
            FilterRefused: the type or the area is unknown.
        """
        if type is not None and type not in self.types:
            raise FilterRefused(Problem("type", refusals.NO_TYPE_OF_COALITION))
        if area is not None and area not in self.snapshot.areas:
            raise FilterRefused(Problem("area", refusals.NO_AREA_OF_COALITION))

    def name(self, organization: str) -> str:
        """Return how people call an organization (slug)."""
        return self.organizations[organization].name

    def type_name(self, code: str) -> str:
        """Return how people call a service type."""
        return self.names.codes[code].name if code in self.names.codes else codes.service_type(code)

    def area_name(self, code: str) -> str:
        """Return how people call an area."""
        return self.names.areas[code]


def visible_directory_of(
    directory: DirectorySnapshot, organization: str | None, scopes: frozenset[str] = frozenset({READ})
) -> VisibleDirectory:
    """Return the view of a caller for `organization` (a slug, known or not). Pure.

    The cut is made once for each set of hidden organizations and kept with the version.
    """
    if organization is None:
        return VisibleDirectory(None, directory)
    views = directory.names.organizations
    own = views.get(organization)
    reader = Reader(organization, own is not None and is_member(own), scopes)
    hidden = frozenset(slug for slug, view in views.items() if not reader.sees(_visibility(view)))
    return VisibleDirectory(
        reader, get_or_make(directory.cuts, hidden, _MOST_CUTS, lambda: _without(directory, hidden))
    )


def get_or_make(values: dict[Key, Value], key: Key, most: int, make: Callable[[], Value]) -> Value:
    """Return the value under a key, made now if absent; of more than `most` values the oldest goes first.

    May be called from any thread.
    """
    if key in values:
        return values[key]
    value = make()
    while len(values) >= most:
        values.pop(next(iter(values), key), None)
    values[key] = value
    return value


def is_member(view: OrganizationView) -> bool:
    """Say whether an organization is a member of the coalition, active or not."""
    return view.membership != "none"


def _visibility(view: OrganizationView) -> Visibility:
    return Visibility(view.slug, listed=view.listed == "public", member=is_member(view))


def _without(directory: DirectorySnapshot, hidden: frozenset[str]) -> DirectorySnapshot:
    """Return the version as if organizations had never been in the directory."""
    if not hidden:
        return directory
    routing.checkpoint()
    snapshot = directory.snapshot
    records = routing.Directory(
        version=snapshot.version,
        timezone=str(snapshot.zone),
        areas=tuple(snapshot.areas.values()),
        organizations=tuple(
            _without_parent(agency, hidden) for agency in snapshot.organizations if agency.slug not in hidden
        ),
        services=tuple(
            _without_doors(record, hidden) for record in snapshot.services if record.organization not in hidden
        ),
        agreements=tuple(record for record in snapshot.agreements if hidden.isdisjoint(record.between)),
        law=snapshot.law,
        service_types=snapshot.service_types,
        interpreted=snapshot.interpreted,
    )
    names, policy = directory.names, directory.policy
    agreements = {slug: record for slug, record in policy.agreements.items() if hidden.isdisjoint(record.between)}
    parents = {record.slug: record.parent for record in records.organizations}
    return replace(
        directory,
        snapshot=routing.build_snapshot(records),
        policy=replace(
            policy,
            agencies={
                slug: replace(
                    policy.agencies[slug],
                    house=topmost(slug, parents.__getitem__),
                    operator_authorised=policy.agencies[slug].operator_authorised - hidden,
                )
                for slug in parents
            },
            agreements=agreements,
        ),
        names=replace(
            names_without(names, hidden),
            terms={key: code for key, code in names.terms.items() if key[0] not in hidden},
            contacts={slug: contact for slug, contact in names.contacts.items() if slug not in hidden},
            promises={slug: names.promises[slug] for slug in agreements},
        ),
        outside=None,
    )


def _without_parent(organization: routing.Organization, hidden: frozenset[str]) -> routing.Organization:
    return replace(organization, parent=None) if organization.parent in hidden else organization


def _without_doors(service: routing.Service, hidden: frozenset[str]) -> routing.Service:
    open_to = service.accepts_from - hidden
    return service if open_to == service.accepts_from else replace(service, accepts_from=open_to)
