"""The directory as immutable columns and postings, replaced whole: rows sorted by slug compare as their slugs do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from routing.cached_property import cached_property
from routing.directory.agencies import Agreement, Area, Organization, Service
from routing.directory.area_tree import AreaTree
from routing.directory.arrays import distinct
from routing.directory.columns import (
    AgreementColumns,
    DoorColumns,
    Lists,
    OrganizationColumns,
    Postings,
    Rows,
    ServiceColumns,
    Words,
    offsets_of,
)
from routing.directory.relations import Ties
from routing.directory.weekly_hours import Timetable, Weeks
from routing.ports import HandOffLaw, ServiceTypes


@dataclass(frozen=True)
class Snapshot:
    """One version of the directory, ready to search. Immutable and safe to share between threads.

    The records stand in the order of the columns; the indexes are the numbers of organizations and services, by slug.
    Areas are in the order of their codes, and number the entries of `columns.areas`.
    """

    version: int
    zone: ZoneInfo
    organizations: Sequence[Organization]
    services: Sequence[Service]
    agreements: Sequence[Agreement]
    organization_index: Mapping[str, int]
    service_index: Mapping[str, int]
    words: Words
    columns: ServiceColumns
    organization_columns: OrganizationColumns
    agreement_columns: AgreementColumns
    timetables: tuple[Timetable, ...]
    areas: dict[str, Area]
    law: HandOffLaw
    service_types: ServiceTypes
    interpreted: tuple[str, ...]
    area_tree: AreaTree = field(init=False)
    by_type: Lists = field(init=False)
    by_place: Postings = field(init=False)
    weeks: Weeks = field(init=False)
    designated_types: frozenset[str] = field(init=False)
    viewers: tuple[str, ...] = ()
    """Organizations (slugs, known or not) that must also be allowed to see a count before a reader sees it."""

    def __post_init__(self) -> None:
        """Add the postings for look-ups."""
        vars(self).update(
            area_tree=AreaTree.build({code: area.within for code, area in self.areas.items()}),
            weeks=Weeks.of(self.timetables),
            designated_types=designated_among(self.columns, self.words),
            **postings_of(self.columns, len(self.words.types), len(self.areas)),
        )

    @cached_property
    def postings(self) -> dict[str, Rows]:
        """The services of each type, rising."""
        return {service_type: self.by_type[number] for service_type, number in self.type_number.items()}

    @cached_property
    def type_number(self) -> dict[str, int]:
        """The number of each type that a service of the snapshot has."""
        return {service_type: number for number, service_type in enumerate(self.words.types)}

    @cached_property
    def doors(self) -> DoorColumns:
        """The organizations let in by each door."""
        return DoorColumns.build(self.words, self.organization_index)

    @cached_property
    def by_choice(self) -> NDArray[np.bool_]:
        """For each organization, whether its kind is a way in only by the client's choice."""
        kinds = np.array([kind in self.law.only_by_choice for kind in self.words.kinds], dtype=np.bool_)
        return kinds[self.organization_columns.kind]

    @cached_property
    def specialised(self) -> NDArray[np.bool_]:
        """For each organization, whether its kind or a regime of it is made for victims of trafficking."""
        kinds, regimes = self.law.specialised_kinds, self.law.specialised_regimes
        likes = [like.kind in kinds or not regimes.isdisjoint(like.regimes) for like in self.words.likes]
        return np.array(likes, dtype=np.bool_)[self.organization_columns.like]

    @cached_property
    def _order(self) -> dict[str, int]:
        return {service_type: place for place, row in enumerate(self.service_types.order) for service_type in row}

    def order_row(self, service_type: str) -> int:
        """Return the place of a type in the order of needs: its row, or after every row."""
        return self._order.get(service_type, len(self.service_types.order))

    @cached_property
    def never_asked_first(self) -> NDArray[np.bool_]:
        """For each type by its number, whether an unknown trait closes it."""
        types = self.service_types.never_asked_first
        return np.array([service_type in types for service_type in self.words.types], dtype=np.bool_)

    @cached_property
    def protected_topics(self) -> np.uint64:
        """The traits left to advocates, as a mask in the order of `Words.traits`."""
        return np.uint64(mask_of(self.law.left_to_advocates, self.words.traits))

    @cached_property
    def ties(self) -> Ties:
        """Ties between organizations and doors that let organizations in; kept once looked up."""
        return Ties(
            words=self.words,
            services=self.columns,
            organizations=self.organization_columns,
            doors=self.doors,
            columns=self.agreement_columns,
            agreements=self.agreements,
        )

    def family_of(self, organization: str) -> int:
        """Return the number of an organization's (slug) family: the same for a parent and its departments."""
        return int(self.organization_columns.family[self.organization_index[organization]])

    @cached_property
    def families(self) -> dict[int, frozenset[int]]:
        """The organizations of each family with departments, by the index of the family."""
        family = self.organization_columns.family
        families: dict[int, set[int]] = {}
        for number in np.flatnonzero(np.isin(family, self.parents)).tolist():
            families.setdefault(int(family[number]), set()).add(number)
        return {number: frozenset(members) for number, members in families.items()}

    @cached_property
    def asked_first(self) -> tuple[str, ...]:
        """The types that services require as prerequisites."""
        return tuple(sorted(frozenset[str]().union(*self.words.requires)))

    @cached_property
    def area_points(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The (latitude, longitude) of each area, or of the nearest containing area with a point; else NaN."""
        parent, nowhere = self.area_tree.parent, (np.nan, np.nan)
        points = np.array(
            [
                nowhere if area.latitude is None or area.longitude is None else (area.latitude, area.longitude)
                for area in self.areas.values()
            ],
            dtype=np.float64,
        ).reshape(-1, 2)
        above = parent.copy()
        while (gaps := np.isnan(points[:, 0]) & (above >= 0)).any():
            points[gaps] = points[above[gaps]]
            above[gaps] = parent[above[gaps]]
        return points

    @cached_property
    def unplaced(self) -> dict[str, Rows]:
        """By type, the services that may cover more areas than the listed areas."""
        unsure = ~(self.columns.areas_known | self.columns.everywhere)
        return {service_type: rows[unsure[rows]] for service_type, rows in self.postings.items()}

    @cached_property
    def parents(self) -> Rows:
        """The organizations that have departments, rising."""
        family = self.organization_columns.family
        return np.unique(family[family != np.arange(len(family))])

    def organization(self, slug: str) -> Organization:
        """Return an organization by slug, or raise KeyError."""
        return self.organizations[self.organization_index[slug]]

    def service(self, slug: str) -> Service:
        """Return a service by slug, or raise KeyError."""
        return self.services[self.service_index[slug]]

    def packet_classes(self, service: Service, types: Collection[str]) -> tuple[str, ...]:
        """Return the data classes that a packet carries and that its destination reveals, sorted.

        Without types handed over, at a gateway, the destination reveals the whole service.
        """
        by_type, by_trait = self.law.reveals, self.law.reveals_by_trait
        revealed = {by_type[service_type] for service_type in types or service.types if service_type in by_type}
        revealed |= {by_trait[trait] for trait in service.only if trait in by_trait}
        return tuple(sorted(service.intake_data | revealed))

    def same_family(self, first: int, second: int) -> bool:
        """Return whether two organizations (indices) are of one family: a parent and its departments, at any depth."""
        family = self.organization_columns.family
        return bool(family[first] == family[second])

    def in_force(self, holder: int, recipient: int, day: date) -> tuple[Agreement, ...]:
        """Return the signed MOUs and team agreements that cover a hop on `day`, closest first, then by slug."""
        return self.ties.in_force(recipient, day).get(holder, ())

    def sees_counts(self, reader: int, day: date) -> NDArray[np.bool_]:
        """Return, for each organization, whether a reader (index) may see how many of its places are free on `day`.

        Hidden counts are for the family itself and community-based organizations with an agreement in force with it.
        """
        sees = np.ones(len(self.organizations), dtype=np.bool_)
        for viewer in {reader, *map(self.organization_index.get, self.viewers)}:
            open_to_viewer = ~self.organization_columns.counts_hidden
            if viewer is not None:
                open_to_viewer[viewer] = True
                if self.organizations[viewer].basis == "community":
                    open_to_viewer[list(self.ties.partners(viewer, day))] = True
            sees &= open_to_viewer
        return sees

    def for_viewers(self, viewers: tuple[str, ...]) -> Snapshot:
        """Return the snapshot with other `viewers`; all that was worked out is shared."""
        snapshot = copy(self)
        vars(snapshot)["viewers"] = viewers
        return snapshot

    def ancestors(self, code: str) -> tuple[str, ...]:
        """Return an area and every area that contains it, innermost first."""
        codes: list[str] = []
        at: str | None = code
        while at is not None:
            codes.append(at)
            at = self.areas[at].within
        return tuple(codes)


def designated_among(columns: ServiceColumns, words: Words) -> frozenset[str]:
    """Return the types of designated services."""
    items, _ = columns.types.at(np.flatnonzero(columns.active & columns.designated))
    return frozenset(words.types[number] for number in distinct(items).tolist())


def postings_of(columns: ServiceColumns, types: int, areas: int) -> dict[str, Any]:
    """Return the services of each type, and of each type and area."""
    return {"by_type": _by_type(columns, types), "by_place": Postings.build(columns, types, areas)}


def _by_type(columns: ServiceColumns, count: int) -> Lists:
    row = np.repeat(np.arange(len(columns.active), dtype=np.int32), np.diff(columns.types.offsets))
    order = np.argsort(columns.types.items, kind="stable")
    return Lists(offsets_of(np.bincount(columns.types.items, minlength=count)), row[order])


def mask_of(words: Iterable[str], vocabulary: tuple[str, ...]) -> int:
    """Return the bit mask of `words` over `vocabulary`; unknown words have no bit.

    >>> mask_of(["lgbtq", "minor", "tall"], ("lgbtq", "on_probation", "minor"))
    5
    """
    return sum(1 << vocabulary.index(word) for word in words if word in vocabulary)
