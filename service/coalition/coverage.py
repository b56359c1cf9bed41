"""Coverage: for each need, age band and area the number of services, the gaps, the needs met by a single agency.

A service counts for a cell if the service surely takes a person of the age in the area; hours, room, gender, traits and
handing over are left aside. A service that may take the person, but is not known to, is `unsure` and fills no gap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import routing
from routing import Acceptance, Ages
from routing.cached_property import cached_property
from service.coalition.visible_directory import VisibleDirectory
from service.i18n import coalition

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
BITS, _WORD = 64, (1 << 64) - 1
_ENGLISH = frozenset({"en"})
Document = dict[str, Any]
MOST_CELLS = 30_000
"""Cells of one document at most, save one about a single area; beyond, it is about the outermost areas alone."""
_MOST_IN_FOCUS = 5
_NEARLY = 0.9


class Counts(NamedTuple):
    """Counts of one area: each an array, age bands by needs.

    `organization`: the index of an organization with services there, the only one where `organizations` is 1.
    `languages`: a bit for each language of the directory, in words of 64 bits, as a further dimension.
    """

    services: Numbers
    organizations: Numbers
    organization: Numbers
    always_open: Numbers
    any_language: Numbers
    by_referral_only: Numbers
    unsure: Numbers
    languages: NDArray[np.uint64]


class CountedServices:
    """The counted facts of the active services (`rows`) of a snapshot, with an entry for each need that one meets.

    Entries are in the order of `types`, then of organizations, so that every need, and every organization of a need,
    is a slice of them. `types`: the needs that any of the services meets, of those asked for.
    """

    def __init__(self, snapshot: routing.Snapshot, rows: NDArray[np.int32], types: Sequence[str]) -> None:
        """Take a snapshot, its active services, and the needs to count."""
        owners = snapshot.columns.organization
        postings = [snapshot.postings.get(need_type, rows[:0]) for need_type in types]
        active = snapshot.columns.active
        offers = [services[active[services]] for services in postings]
        self.types = [need_type for need_type, services in zip(types, offers, strict=True) if len(services)]
        entries = [services[np.argsort(owners[services], kind="stable")] for services in offers if len(services)]
        self._rows = np.concatenate([rows[:0], *entries])
        self._place = np.searchsorted(rows, self._rows)
        self._services = snapshot.services
        need = np.repeat(np.arange(len(entries)), [len(services) for services in entries])
        owner = owners[self._rows]
        begins = np.ones(len(need), dtype=np.bool_)
        begins[1:] = (need[1:] != need[:-1]) | (owner[1:] != owner[:-1])
        self._owner_begins = np.flatnonzero(begins)
        self.owners = owner[self._owner_begins].astype(np.int64)
        self._need_begins = np.searchsorted(need, np.arange(len(entries)))
        self._need_owners = np.searchsorted(need[self._owner_begins], np.arange(len(entries)))

    def count(self, acceptance: Acceptance) -> Counts:
        """Return the counts of an area by the services taken there."""
        sure, unsure = acceptance.sure[:, self._place], acceptance.unsure[:, self._place]
        owning = self.by_owner(acceptance.sure)
        words = [np.where(sure, word, np.uint64(0)) for word in self._languages]
        return Counts(
            services=self._sum(sure),
            organizations=self.count_owners(owning),
            organization=np.maximum.reduceat(np.where(owning, self.owners, -1), self._need_owners, axis=1),
            always_open=self._sum(sure & self._always_open),
            any_language=self._sum(sure & self._any_language),
            by_referral_only=self._sum(sure & self._by_referral_only),
            unsure=self._sum(unsure),
            languages=np.stack([np.bitwise_or.reduceat(word, self._need_begins, axis=1) for word in words], axis=-1),
        )

    def by_owner(self, sure: Flags) -> Flags:
        """Return which organizations surely take for a need, age bands by the organizations of each need (`owners`)."""
        owned: Flags = np.logical_or.reduceat(sure[:, self._place], self._owner_begins, axis=1)
        return owned

    def count_owners(self, flags: Flags) -> Numbers:
        """Return the number of flagged organizations for each need; `flags`: one for each of `owners`."""
        counts: Numbers = np.add.reduceat(flags, self._need_owners, axis=-1, dtype=np.int64)
        return counts

    def _sum(self, flags: Flags) -> Numbers:
        sums: Numbers = np.add.reduceat(flags, self._need_begins, axis=1, dtype=np.int64)
        return sums

    @cached_property
    def _records(self) -> list[routing.Service]:
        return [self._services[row] for row in self._rows.tolist()]

    @cached_property
    def _always_open(self) -> Flags:
        hours: dict[tuple[routing.Schedule, ...], bool] = {}
        for record in self._records:
            if record.schedules not in hours:
                hours[record.schedules] = routing.is_always_open(record.schedules)
        return np.array([hours[record.schedules] for record in self._records], dtype=np.bool_)

    @cached_property
    def _any_language(self) -> Flags:
        return np.array([record.interpretation for record in self._records], dtype=np.bool_)

    @cached_property
    def _by_referral_only(self) -> Flags:
        """Whether no client can come without a hand-off."""
        is_closed = ("self" not in record.accepts or "anyone" not in record.accepts_from for record in self._records)
        return np.array(list(is_closed), dtype=np.bool_)

    @cached_property
    def tags(self) -> list[str]:
        """The languages of the services, one for each bit."""
        return sorted(frozenset[str]().union(*self._language_sets))

    @cached_property
    def _language_sets(self) -> list[frozenset[str]]:
        """The languages of each entry; a service that names none has English."""
        return [record.languages or _ENGLISH for record in self._records]

    @cached_property
    def _languages(self) -> NDArray[np.uint64]:
        """The languages of each entry as bits, words by entries."""
        bit = {tag: 1 << place for place, tag in enumerate(self.tags)}
        masks = [sum(bit[tag] for tag in tags) for tags in self._language_sets]
        words = range(0, len(self.tags), BITS)
        return np.array([[mask >> first & _WORD for mask in masks] for first in words], dtype=np.uint64)


class CountedCell(NamedTuple):
    """A need, area and age band, with the number of services that surely take, and of those that may (`unsure`).

    `organization`: the one (slug) that has all of the services; None: several have, or none.
    """

    type: str
    area: str
    band: Ages
    services: int = 0
    organizations: int = 0
    organization: str | None = None
    always_open: int = 0
    languages: tuple[str, ...] = ()
    any_language: int = 0
    by_referral_only: int = 0
    unsure: int = 0


@dataclass(frozen=True)
class Coverage:
    """The filters of coverage; None: no filter. `age`: the band of the age.

    `language` (BCP 47): only services surely with the language count.
    """

    visible: VisibleDirectory
    type: str | None = None
    area: str | None = None
    age: int | None = None
    language: str | None = None

    def __post_init__(self) -> None:
        """Refuse filters absent from the directory.

        Raises:
            FilterRefused: the type or the area is unknown.
        """
        self.visible.require(type=self.type, area=self.area)

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The covered service types."""
        return self.visible.types if self.type is None else (self.type,)

    @cached_property
    def areas(self) -> tuple[str, ...]:
        """The codes of the covered areas, each after its containing area: the outermost, where all are too many."""
        if self.area is not None:
            return (self.area,)
        areas = self.visible.areas
        most = max(1, MOST_CELLS // (len(self.types) * len(self.bands)))
        if len(areas) <= most:
            return areas
        depth = self.visible.snapshot.area_tree.upwards
        outermost = frozenset(sorted(areas, key=lambda code: len(depth(code)))[:most])
        return tuple(code for code in areas if code in outermost)

    @property
    def uncovered_area_count(self) -> int:
        """The number of areas that are not covered, since all are too many for one document."""
        return 0 if self.area is not None else len(self.visible.areas) - len(self.areas)

    @cached_property
    def bands(self) -> tuple[Ages, ...]:
        """The covered age bands, both ends inclusive, in completed years."""
        bands = routing.age_bands(self.visible.snapshot)
        return bands if self.age is None else tuple(band for band in bands if band[0] <= self.age <= band[1])

    @cached_property
    def cells(self) -> tuple[CountedCell, ...]:
        """Every cell, covered or not: by type, area and band."""
        places = {code: place for place, code in enumerate(self._services.types)}
        return tuple(
            self._cell(service_type, area, number, places.get(service_type))
            for service_type in self.types
            for area in self.areas
            for number in range(len(self.bands))
        )

    def document(self) -> Document:
        """Return the answer as a JSON document."""
        uncovered_areas = self.uncovered_area_count
        return {
            "directory_version": self.visible.version,
            "bands": [_age(band) for band in self.bands],
            "cells": [_counts(cell) for cell in self.cells if cell.services or cell.unsure],
            "gaps": [{**_place(cell), "unsure": cell.unsure} for cell in self.cells if not cell.services],
            "thin": [
                {**_place(cell), "organization": cell.organization}
                for cell in self.cells
                if cell.organization is not None
            ],
            "focus": self.focus(),
            "complete": not uncovered_areas,
            "areas": [*self.areas],
            "plain": coalition.SOME_AREAS.format(count=uncovered_areas) if uncovered_areas else None,
        }

    def focus(self) -> Document:
        """Return the ages and needs in which most members are strong: a coalition's place to begin.

        The ages are the band served by most members, and its neighbours served by nearly as many; the needs are the
        needs met by most members at every such age, two members or more, at most five.
        """
        member_counts = dict(zip(self.bands, self._members_serving, strict=True))
        most = max(member_counts.values(), default=0)
        if most == 0:
            return {"types": [], "age": None, "plain": coalition.NO_FOCUS}
        runs = [[*run] for near, run in groupby(self.bands, lambda band: member_counts[band] >= most * _NEARLY) if near]
        run = next(run for run in runs if most in map(member_counts.__getitem__, run))
        first = self.bands.index(run[0])
        always = np.logical_and.reduce(self._members[first : first + len(run)])
        strength = Counter(dict(zip(self._services.types, self._services.count_owners(always).tolist(), strict=True)))
        types = [service_type for service_type, count in strength.most_common(_MOST_IN_FOCUS) if count > 1]
        ages = run[0][0], run[-1][1]
        names = [self.visible.type_name(service_type) for service_type in types]
        plain = coalition.focus(names, ages, most, len(self.visible.members))
        return {"types": types, "age": _age(ages), "members": most, "plain": plain}

    def grids(self) -> Iterator[tuple[str, dict[str, list[CountedCell]]]]:
        """Yield, for people to look at: an area, and for each offered type its cells by band.

        A containing area is left out where no service names the area: the areas within say more.
        """
        snapshot, codes = self.visible.snapshot, list(self.visible.snapshot.area_tree.index)
        codes_in_use = {codes[number] for number in np.unique(snapshot.columns.areas.items).tolist()}
        around = {area.within for area in snapshot.areas.values()}
        types = [service_type for service_type in self.types if service_type in snapshot.postings]
        by_place = {key: [*cells] for key, cells in groupby(self.cells, lambda cell: (cell.type, cell.area))}
        for area in self.areas:
            if area == self.area or area in codes_in_use or area not in around:
                yield area, {service_type: by_place[service_type, area] for service_type in types}

    def types_without_service(self) -> list[str]:
        """Return the types without a service in the directory."""
        return [service_type for service_type in self.types if service_type not in self.visible.snapshot.postings]

    @cached_property
    def _survey(self) -> routing.Survey:
        return routing.Survey(self.visible.snapshot, self.bands, language=self.language)

    @cached_property
    def _services(self) -> CountedServices:
        key = ("counted services", self.type)
        return self.visible.once(key, lambda: CountedServices(self.visible.snapshot, self._survey.rows, self.types))

    @cached_property
    def _counts(self) -> dict[str, Counts]:
        """The counts of each area."""
        counts = dict[str, Counts]()
        for area in self.areas if self._services.types else ():
            routing.checkpoint()
            columns = self._services.count(self._survey.acceptance(area))
            counts[area] = Counts(*(column.tolist() for column in columns))
        return counts

    @cached_property
    def _members(self) -> NDArray[np.bool_]:
        """Which members surely take somebody in a covered area, bands by organizations of each need."""
        index = self.visible.snapshot.organization_index
        members = np.array([index[slug] for slug in self.visible.members], dtype=np.int64)
        sure = self._survey.acceptance_anywhere() if self.area is None else self._survey.acceptance(self.area).sure
        by_member: NDArray[np.bool_] = self._services.by_owner(sure) & np.isin(self._services.owners, members)
        return by_member

    @property
    def _members_serving(self) -> list[int]:
        """The number of members that meet any need, by band."""
        return [len(np.unique(self._services.owners[band])) for band in self._members]

    def _cell(self, service_type: str, area: str, band: int, need: int | None) -> CountedCell:
        """Return the cell of a need (`need`: its place among the offered, None: nobody offers it)."""
        if need is None:
            return CountedCell(service_type, area, self.bands[band])
        counts: dict[str, Any] = {name: column[band][need] for name, column in self._counts[area]._asdict().items()}
        counts["organization"] = self._slugs[counts["organization"]] if counts["organizations"] == 1 else None
        counts["languages"] = self._tags(tuple(counts["languages"]))
        return CountedCell(service_type, area, self.bands[band], **counts)

    @cached_property
    def _slugs(self) -> list[str]:
        return [organization.slug for organization in self.visible.snapshot.organizations]

    def _tags(self, words: tuple[int, ...]) -> tuple[str, ...]:
        """Return the languages of a cell, sorted, from a bit for each."""
        if words not in self._tag_memory:
            mask = sum(word << BITS * place for place, word in enumerate(words))
            self._tag_memory[words] = tuple(tag for n, tag in enumerate(self._services.tags) if mask >> n & 1)
        return self._tag_memory[words]

    @cached_property
    def _tag_memory(self) -> dict[tuple[int, ...], tuple[str, ...]]:
        return {}


def _place(cell: CountedCell) -> Document:
    return {"type": cell.type, "area": cell.area, "age": _age(cell.band)}


def _counts(cell: CountedCell) -> Document:
    names = ("services", "organizations", "always_open", "languages", "any_language", "by_referral_only", "unsure")
    return {**_place(cell), **{name: getattr(cell, name) for name in names}, "languages": [*cell.languages]}


def _age(band: Ages) -> Mapping[str, int]:
    return {"min": band[0], "max": band[1]}
