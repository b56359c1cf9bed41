"""The directory as immutable columns and postings: what a search reads, replaced whole and never edited.

Rows are sorted by slug, so that an index compares as its slug does and the order of records never matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from itertools import permutations
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from routing.errors import DirectoryError
from routing.model import Agreement, Area, Directory, Organization, Service

NO_LIMIT = 1 << 14
"""An upper age limit that nobody reaches; its negative is the lower one."""

BINDING_TYPES = frozenset({"mou", "team"})
"""The agreement types that count for relationship, `accepts_from` and packets."""

_MOST_BITS = 64


@dataclass(frozen=True, slots=True)
class Lists:
    """One list of small integers for each row, end to end: row i holds `items[offsets[i]:offsets[i + 1]]`."""

    offsets: NDArray[np.int64]
    items: NDArray[np.int32]

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        _seal(self.offsets, self.items)

    def best(self, rows: NDArray[np.int32], verdicts: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return the highest verdict among each row's items, 0 for an empty list."""
        starts, lengths = self.offsets[rows], self.offsets[rows + 1] - self.offsets[rows]
        ends = np.cumsum(lengths)
        found = np.zeros(len(rows), dtype=np.int8)
        filled = lengths > 0
        if filled.any():
            flat = np.arange(ends[-1]) + np.repeat(starts - (ends - lengths), lengths)
            found[filled] = np.maximum.reduceat(verdicts[self.items[flat]], (ends - lengths)[filled])
        return found


@dataclass(frozen=True, slots=True)
class ServiceColumns:
    """One entry for each service, in slug order; bit masks follow `Snapshot.genders` and `Snapshot.traits`."""

    organization: NDArray[np.int32]
    active: NDArray[np.bool_]
    minimum_age: NDArray[np.int16]
    maximum_age: NDArray[np.int16]
    minimum_known: NDArray[np.bool_]
    maximum_known: NDArray[np.bool_]
    genders: NDArray[np.uint64]
    only: NDArray[np.uint64]
    excludes: NDArray[np.uint64]
    interpretation: NDArray[np.bool_]
    names_languages: NDArray[np.bool_]
    languages: Lists
    languages_known: NDArray[np.bool_]
    everywhere: NDArray[np.bool_]
    areas: Lists
    areas_known: NDArray[np.bool_]

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        _seal(*(getattr(self, column.name) for column in fields(self)))


def _seal(*columns: object) -> None:
    for column in columns:
        if isinstance(column, np.ndarray):
            column.setflags(write=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of the directory, ready to search. Immutable and safe to share between threads."""

    version: int
    zone: ZoneInfo
    organizations: tuple[Organization, ...]
    services: tuple[Service, ...]
    organization_index: dict[str, int]
    service_index: dict[str, int]
    houses: tuple[str, ...]
    services_of: tuple[tuple[int, ...], ...]
    columns: ServiceColumns
    postings: dict[str, NDArray[np.int32]]
    genders: tuple[str, ...]
    traits: tuple[str, ...]
    language_tags: tuple[str, ...]
    areas: dict[str, Area]
    area_index: dict[str, int]
    designated_types: frozenset[str]
    agreements: dict[tuple[int, int], tuple[Agreement, ...]]

    def organization(self, slug: str) -> Organization:
        """Return an organization by slug.

        Raises:
            KeyError: it is not in this snapshot.
        """
        return self.organizations[self.organization_index[slug]]

    def service(self, slug: str) -> Service:
        """Return a service by slug.

        Raises:
            KeyError: it is not in this snapshot.
        """
        return self.services[self.service_index[slug]]

    def same_house(self, one: int, other: int) -> bool:
        """Say whether two organizations (indices) are one house: a parent and its departments, at any depth."""
        return self.houses[one] == self.houses[other]

    def in_force(self, holder: int, recipient: int, day: date) -> tuple[Agreement, ...]:
        """Return the signed MOUs and team agreements that cover this hop on `day`, closest first, then by slug."""
        return tuple(
            agreement
            for agreement in self.agreements.get((holder, recipient), ())
            if (agreement.effective is None or agreement.effective <= day)
            and (agreement.expires is None or day <= agreement.expires)
        )

    def ancestors(self, code: str) -> tuple[str, ...]:
        """Return an area and all that contain it, innermost first."""
        found: list[str] = []
        at: str | None = code
        while at is not None:
            found.append(at)
            at = self.areas[at].within
        return tuple(found)


LEVELS = ("coalition", "coordination", "cooperation")
"""Agreement levels, closest first."""


def build_snapshot(directory: Directory) -> Snapshot:
    """Build a snapshot from records; pure, O(n log n) in the number of services.

    Raises:
        DirectoryError: ids occur twice or refer to nothing, or parents or areas form a loop.
    """
    organizations = tuple(sorted(directory.organizations, key=lambda o: o.slug))
    services = tuple(sorted(directory.services, key=lambda s: s.slug))
    organization_index = _index([o.slug for o in organizations], "organization")
    service_index = _index([s.slug for s in services], "service")
    areas = {area.code: area for area in sorted(directory.areas, key=lambda a: a.code)}
    area_index = _index(sorted(area.code for area in directory.areas), "area")
    _index([agreement.slug for agreement in directory.agreements], "agreement")
    _check_tree({code: area.within for code, area in areas.items()}, "area")
    _check_tree({o.slug: o.parent for o in organizations}, "organization")
    services_of: list[list[int]] = [[] for _ in organizations]
    try:
        for row, service in enumerate(services):
            services_of[organization_index[service.organization]].append(row)
    except KeyError as error:
        raise DirectoryError(f"a service names an organization that is not here: {error}") from error
    genders = _words(s.genders or () for s in services)
    traits = _words((*s.only, *s.excludes) for s in services)
    tags = tuple(sorted({tag.lower() for s in services for tag in s.languages or ()}))
    return Snapshot(
        version=directory.version,
        zone=ZoneInfo(directory.timezone),
        organizations=organizations,
        services=services,
        organization_index=organization_index,
        service_index=service_index,
        houses=_houses(organizations),
        services_of=tuple(tuple(rows) for rows in services_of),
        columns=_columns(services, organization_index, area_index, genders=genders, traits=traits, tags=tags),
        postings=_postings(services),
        genders=genders,
        traits=traits,
        language_tags=tags,
        areas=areas,
        area_index=area_index,
        designated_types=frozenset(t for s in services if s.active and s.designated for t in s.types),
        agreements=_by_pair(directory.agreements, organization_index),
    )


def _index(slugs: Sequence[str], what: str) -> dict[str, int]:
    index = {slug: number for number, slug in enumerate(slugs)}
    if len(index) != len(slugs):
        raise DirectoryError(f"two records of one kind share an id: {what}")
    return index


def _check_tree(parents: dict[str, str | None], what: str) -> None:
    cleared: set[str] = set()
    for start in parents:
        trail: set[str] = set()
        at: str | None = start
        while at is not None and at not in cleared:
            if at not in parents or at in trail:
                raise DirectoryError(f"a parent is missing or a loop is closed: {what}")
            trail.add(at)
            at = parents[at]
        cleared |= trail


def _houses(organizations: tuple[Organization, ...]) -> tuple[str, ...]:
    parents = {o.slug: o.parent for o in organizations}

    def top(slug: str) -> str:
        while (parent := parents[slug]) is not None:
            slug = parent
        return slug

    return tuple(top(o.slug) for o in organizations)


def _words(groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    words = tuple(sorted({word for group in groups for word in group}))
    if len(words) > _MOST_BITS:
        raise DirectoryError(f"more than {_MOST_BITS} different traits or genders are in use")
    return words


def mask_of(words: Iterable[str], known: tuple[str, ...]) -> int:
    """Return the bit mask of `words` over `known`; words that are not known have no bit."""
    return sum(1 << known.index(word) for word in words if word in known)


def _columns(
    services: tuple[Service, ...],
    organization_index: dict[str, int],
    area_index: dict[str, int],
    *,
    genders: tuple[str, ...],
    traits: tuple[str, ...],
    tags: tuple[str, ...],
) -> ServiceColumns:
    def lower(service: Service) -> int:
        return -NO_LIMIT if service.minimum_age is None else service.minimum_age

    def upper(service: Service) -> int:
        return NO_LIMIT if service.maximum_age is None else service.maximum_age

    tag_index = {tag: number for number, tag in enumerate(tags)}
    try:
        areas = _lists([sorted(area_index[code] for code in s.areas or ()) for s in services])
    except KeyError as error:
        raise DirectoryError(f"a service names an area that is not here: {error}") from error
    return ServiceColumns(
        organization=np.array([organization_index[s.organization] for s in services], dtype=np.int32),
        active=np.array([s.active for s in services], dtype=np.bool_),
        minimum_age=np.array([lower(s) for s in services], dtype=np.int16),
        maximum_age=np.array([upper(s) for s in services], dtype=np.int16),
        minimum_known=np.array([s.limits_known or s.minimum_age is not None for s in services], dtype=np.bool_),
        maximum_known=np.array([s.limits_known or s.maximum_age is not None for s in services], dtype=np.bool_),
        genders=np.array([mask_of(s.genders or (), genders) for s in services], dtype=np.uint64),
        only=np.array([mask_of(s.only, traits) for s in services], dtype=np.uint64),
        excludes=np.array([mask_of(s.excludes, traits) for s in services], dtype=np.uint64),
        interpretation=np.array([s.interpretation for s in services], dtype=np.bool_),
        names_languages=np.array([s.languages is not None for s in services], dtype=np.bool_),
        languages=_lists([sorted(tag_index[tag.lower()] for tag in s.languages or ()) for s in services]),
        languages_known=np.array([s.languages_known for s in services], dtype=np.bool_),
        everywhere=np.array([s.areas is None for s in services], dtype=np.bool_),
        areas=areas,
        areas_known=np.array([s.areas_known for s in services], dtype=np.bool_),
    )


def _lists(rows: Sequence[Sequence[int]]) -> Lists:
    offsets = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=offsets[1:])
    return Lists(offsets, np.array([item for row in rows for item in row], dtype=np.int32))


def _postings(services: tuple[Service, ...]) -> dict[str, NDArray[np.int32]]:
    rows: dict[str, list[int]] = {}
    for row, service in enumerate(services):
        for kind in service.types:
            rows.setdefault(kind, []).append(row)
    postings = {kind: np.array(found, dtype=np.int32) for kind, found in sorted(rows.items())}
    _seal(*postings.values())
    return postings


def _by_pair(
    agreements: Iterable[Agreement], organization_index: dict[str, int]
) -> dict[tuple[int, int], tuple[Agreement, ...]]:
    pairs: dict[tuple[int, int], list[Agreement]] = {}
    for agreement in agreements:
        if agreement.status != "signed" or agreement.type not in BINDING_TYPES:
            continue
        for one, other in _directed(agreement):
            try:
                pair = organization_index[one], organization_index[other]
            except KeyError as error:
                raise DirectoryError(f"an agreement names an organization that is not here: {error}") from error
            pairs.setdefault(pair, []).append(agreement)
    return {pair: tuple(sorted(found, key=lambda a: (LEVELS.index(a.level), a.slug))) for pair, found in pairs.items()}


def _directed(agreement: Agreement) -> Iterator[tuple[str, str]]:
    if agreement.mutual:
        yield from permutations(agreement.between, 2)
    else:
        yield agreement.between[0], agreement.between[1]
