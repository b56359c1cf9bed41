"""The directory with some records, or bed counts, changed: only they are encoded, the rest is taken over."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np

from routing.directory.agencies import Agreement, Capacity, Directory, Organization, Service
from routing.directory.arrays import Ints
from routing.directory.build_snapshot import build_snapshot, check_tree, index_of
from routing.directory.columns import Lists, OrganizationColumns, Rows, ServiceColumns, Words, offsets_of
from routing.directory.encode_records import (
    beds_of,
    encode_agreements,
    encode_organizations,
    encode_services,
    families_of,
    words_of,
)
from routing.directory.snapshot import Snapshot, designated_among, postings_of

Columns = TypeVar("Columns", OrganizationColumns, ServiceColumns)
_slug = attrgetter("slug")
_SORTED = ("types", "genders", "traits", "languages")


@dataclass(frozen=True, slots=True)
class Changes:
    """The records that differ from an earlier version: new and changed ones as records, removed ones by slug.

    `agreements` are all of the new version; None: none has changed.
    """

    version: int
    organizations: Sequence[Organization] = ()
    services: Sequence[Service] = ()
    gone_organizations: frozenset[str] = frozenset()
    gone_services: frozenset[str] = frozenset()
    agreements: Sequence[Agreement] | None = None


def patch(snapshot: Snapshot, changes: Changes) -> Snapshot:
    """Return the snapshot of the changed directory; pure, and equal in every answer to one built anew.

    It is built anew from its records where a sorted word comes or goes, as types do, or a large part has changed.

    Raises:
        DirectoryError: a changed record refers to a missing id, or parents form a loop.
    """
    organizations = _Spliced(
        snapshot.organizations, snapshot.organization_index, changes.organizations, changes.gone_organizations
    )
    offers = _Spliced(snapshot.services, snapshot.service_index, changes.services, changes.gone_services)
    agreements = snapshot.agreements if changes.agreements is None else changes.agreements
    anew = Directory(
        version=changes.version,
        timezone=snapshot.zone.key,
        areas=tuple(snapshot.areas.values()),
        organizations=organizations.records,
        services=offers.records,
        agreements=tuple(agreements),
        law=snapshot.law,
        service_types=snapshot.service_types,
        interpreted=snapshot.interpreted,
    )
    earlier_words = {field.name: getattr(snapshot.words, field.name) for field in fields(Words)}
    fresh_words = words_of(offers.fresh)
    if 4 * len(offers.fresh) > len(offers.records) or any(
        set(fresh_words[name]) - set(earlier_words[name]) for name in _SORTED
    ):
        return build_snapshot(anew)
    organization_index = organizations.index("organization")
    columns_of_new, words, timetables = encode_services(
        offers.fresh, organization_index, tuple(snapshot.areas), earlier_words, snapshot.timetables
    )
    columns = _joined_services(
        snapshot.columns, columns_of_new, offers.order, None if organizations.in_place else organizations.now_at
    )
    organization_columns, kinds, likes = _joined_organizations(snapshot, organizations, organization_index)
    words |= {"kinds": kinds, "likes": likes}
    numbers = {
        **{"doors": columns.door, "requires": columns.requires, "intakes": columns.intake},
        **{"kinds": organization_columns.kind, "likes": organization_columns.like},
        **{"timetables": columns.timetable, "places": columns.places.items},
    }
    word_lists = {**words, "timetables": timetables, "places": columns.latitude}
    if not _all_used(columns, earlier_words) or _mostly_unused(numbers, word_lists) or (columns.organization < 0).any():
        return build_snapshot(anew)
    if changes.agreements is None and organizations.in_place:
        agreement_columns, binding = snapshot.agreement_columns, snapshot.agreements
    else:
        agreement_columns, binding = encode_agreements(agreements, organization_index)
    patched = object.__new__(Snapshot)
    vars(patched).update({field.name: getattr(snapshot, field.name) for field in fields(Snapshot)})
    vars(patched).update(
        version=changes.version,
        organizations=organizations.records,
        services=offers.records,
        agreements=binding,
        organization_index=organization_index,
        service_index=offers.index("service"),
        words=Words(**words),
        columns=columns,
        organization_columns=organization_columns,
        agreement_columns=agreement_columns,
        timetables=timetables,
        weeks=snapshot.weeks.followed_by(timetables[len(snapshot.timetables) :]),
        designated_types=designated_among(columns, snapshot.words),
    )
    if not _alike(columns, snapshot.columns):
        vars(patched).update(postings_of(columns, len(snapshot.words.types), len(snapshot.areas)))
    return patched


class _Spliced:
    """Records with the new and changed ones in their places, and without the removed ones.

    `order`: where each record comes from, its number before, or, counted on from those, among `fresh`. `in_place`:
    every record has the number that it had.
    """

    def __init__(
        self, before: Sequence[Any], index: Mapping[str, int], fresh: Sequence[Any], gone: frozenset[str]
    ) -> None:
        self.fresh = sorted(fresh, key=_slug)
        self._before, self._index = before, index
        order = np.arange(len(before))
        number = {record.slug: len(before) + n for n, record in enumerate(self.fresh)}
        new_slugs = [record.slug for record in self.fresh if record.slug not in index]
        for slug in number.keys() & index.keys():
            order[index[slug]] = number[slug]
        out = [index[slug] for slug in gone if slug in index and slug not in number]
        order[out] = -1
        places = [bisect_left(before, slug, key=_slug) for slug in new_slugs]
        order = np.insert(order, places, [number[slug] for slug in new_slugs])
        self.order: Ints = order[order >= 0]
        self.in_place = not new_slugs and not out
        all_records = [*before, *self.fresh]
        self.records: tuple[Any, ...] = tuple(map(all_records.__getitem__, self.order.tolist()))

    def index(self, what: str) -> Mapping[str, int]:
        """Return the number of each record, by slug."""
        return self._index if self.in_place else index_of(self.records, what)

    @property
    def now_at(self) -> Rows:
        """The number now of each record before; -1 for one that is gone."""
        numbers = np.full(len(self._before) + len(self.fresh), -1, dtype=np.int32)
        numbers[self.order] = np.arange(len(self.order))
        for number, record in enumerate(self.fresh, start=len(self._before)):
            if record.slug in self._index:
                numbers[self._index[record.slug]] = numbers[number]
        return numbers[: len(self._before)]


def _joined(first: Columns, second: Columns, order: Ints, **columns: Any) -> Columns:
    """Return the rows of two columns in an order; `columns` are as they are handed in."""
    joined: dict[str, Any] = {}
    for name in (field.name for field in fields(first) if field.name not in columns):
        before, after = getattr(first, name), getattr(second, name)
        lists = isinstance(before, Lists)
        joined[name] = before.joined(after, order) if lists else np.concatenate([before, after])[order]
    return type(first)(**joined, **columns)


def _joined_services(before: ServiceColumns, fresh: ServiceColumns, order: Ints, now_at: Rows | None) -> ServiceColumns:
    counts = {
        name: Lists(before.beds, getattr(before, name)).joined(Lists(fresh.beds, getattr(fresh, name)), order)
        for name in ("beds_free", "beds_counted")
    }
    places = Lists(fresh.places.offsets, fresh.places.items.astype(np.int64) + len(before.latitude))
    owners = before.organization if now_at is None else now_at[before.organization]
    return _joined(
        before,
        fresh,
        order,
        organization=np.concatenate([owners, fresh.organization])[order],
        beds=counts["beds_free"].offsets,
        **{name: lists.items for name, lists in counts.items()},
        places=before.places.joined(places, order),
        latitude=np.concatenate([before.latitude, fresh.latitude]),
        longitude=np.concatenate([before.longitude, fresh.longitude]),
    )


def _joined_organizations(
    snapshot: Snapshot, organizations: _Spliced, index: Mapping[str, int]
) -> tuple[Any, Any, Any]:
    before = snapshot.organization_columns
    parents = {organization.slug: organization.parent for organization in organizations.fresh}
    has_moved = not organizations.in_place or any(
        snapshot.organization(slug).parent != up for slug, up in parents.items()
    )
    if has_moved:
        check_tree({organization.slug: organization.parent for organization in organizations.records}, "organization")
    family = families_of(organizations.records, index) if has_moved else before.family
    numbers = [index[slug] for slug in parents]
    words = snapshot.words
    fresh, kinds, likes = encode_organizations(
        organizations.fresh, tuple(snapshot.areas), family=family[numbers], kinds=words.kinds, likes=words.likes
    )
    return _joined(before, fresh, organizations.order, family=family), kinds, likes


def _all_used(columns: ServiceColumns, words: Mapping[str, tuple[Any, ...]]) -> bool:
    """Return whether each sorted word is a service's still."""
    masks_of = {"genders": columns.genders, "traits": columns.only | columns.excludes}
    full = all(
        int(np.bitwise_or.reduce(masks, initial=0)) == (1 << len(words[name])) - 1 for name, masks in masks_of.items()
    )
    return full and all(_used(getattr(columns, name).items) == len(words[name]) for name in ("types", "languages"))


def _mostly_unused(numbers: Mapping[str, Ints], words: Mapping[str, Sequence[Any] | Ints]) -> bool:
    """Return whether of some words fewer are in use than were left behind by earlier versions."""
    return any(2 * _used(used) < len(words[name]) for name, used in numbers.items())


def _used(numbers: Ints) -> int:
    return int(np.count_nonzero(np.bincount(numbers)))


def _alike(columns: ServiceColumns, before: ServiceColumns) -> bool:
    return np.array_equal(columns.everywhere, before.everywhere) and all(
        np.array_equal(column.offsets, earlier.offsets) and np.array_equal(column.items, earlier.items)
        for column, earlier in ((columns.types, before.types), (columns.areas, before.areas))
    )


def recount(snapshot: Snapshot, counts: Mapping[str, tuple[Capacity, ...]]) -> Snapshot:
    """Return the snapshot with new counts for the given services (slugs); unknown slugs are passed over. Pure."""
    index, services = snapshot.service_index, snapshot.services
    counts_by_row = {
        index[slug]: capacities
        for slug, capacities in sorted(counts.items())
        if slug in index and services[index[slug]].capacities != capacities
    }
    if not counts_by_row:
        return snapshot
    records = list(services)
    for row, capacities in counts_by_row.items():
        records[row] = replace(records[row], capacities=capacities)
    rows = sorted(counts_by_row)
    columns, beds = snapshot.columns, beds_of([counts_by_row[row] for row in rows])
    lengths = np.diff(columns.beds)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    unchanged = ~np.isin(owner, rows)
    lengths = lengths.copy()
    lengths[rows] = np.diff(beds["beds"])
    order = np.argsort(np.concatenate([owner[unchanged], np.repeat(rows, lengths[rows])]), kind="stable")
    result = copy(snapshot)
    vars(result).update(
        services=tuple(records),
        columns=replace(
            columns,
            beds=offsets_of(lengths),
            beds_free=np.concatenate([columns.beds_free[unchanged], beds["beds_free"]])[order],
            beds_counted=np.concatenate([columns.beds_counted[unchanged], beds["beds_counted"]])[order],
        ),
    )
    return result
