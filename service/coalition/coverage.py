"""Coverage: for each need, age band and area the number of services, the gaps, the needs met by a single agency.

A service counts for a cell if the service surely takes a person of the age in the area; hours, room, gender, traits and
handing over are left aside. A service that may take the person, but is not known to, is `unsure` and fills no gap.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import routing
from routing import Ages
from routing.kept import cached_property
from service.coalition.sight import VisibleDirectory
from service.wording import coalition

Document = dict[str, Any]
_MOST_IN_FOCUS = 5
_NEARLY = 0.9


class CountedCell(NamedTuple):
    """A need, area and age band, with the services (rows) that surely take, and the services that may."""

    type: str
    area: str
    band: Ages
    rows: Sequence[int]
    unsure: int


class CountedService(NamedTuple):
    """The counted facts of a service."""

    organization: str
    always_open: bool
    languages: frozenset[str]
    any_language: bool
    by_referral_only: bool

    @classmethod
    def of(cls, service: routing.Service) -> CountedService:
        """Return the counted facts of a service. By referral only: no client can come without a hand-off."""
        return cls(
            organization=service.organization,
            always_open=routing.is_always_open(service.schedules),
            languages=service.languages or frozenset({"en"}),
            any_language=service.interpretation,
            by_referral_only="self" not in service.accepts or "anyone" not in service.accepts_from,
        )


@dataclass(frozen=True)
class Coverage:
    """The filters of coverage; None: no filter. `age`: the band of the age.

    `language` (BCP 47): only services surely with the language count.
    """

    sight: VisibleDirectory
    type: str | None = None
    area: str | None = None
    age: int | None = None
    language: str | None = None

    def __post_init__(self) -> None:
        """Refuse filters absent from the directory.

        Raises:
            FilterRefused: the type or the area is unknown.
        """
        self.sight.require(type=self.type, area=self.area)

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The covered service types."""
        return self.sight.types if self.type is None else (self.type,)

    @cached_property
    def areas(self) -> tuple[str, ...]:
        """The codes of the covered areas, each after its containing area."""
        return self.sight.areas if self.area is None else (self.area,)

    @cached_property
    def bands(self) -> tuple[Ages, ...]:
        """The covered age bands, both ends inclusive, in completed years."""
        every = routing.age_bands(self.sight.snapshot)
        return every if self.age is None else tuple(band for band in every if band[0] <= self.age <= band[1])

    @cached_property
    def cells(self) -> tuple[CountedCell, ...]:
        """Every cell, covered or not: by type, area and band."""
        types, areas, bands = set(self.types), set(self.areas), set(self.bands)
        every = self.sight.once(("coverage", self.language), self._every_cell)
        return tuple(one for one in every if one.type in types and one.area in areas and one.band in bands)

    def _every_cell(self) -> tuple[CountedCell, ...]:
        snapshot = self.sight.snapshot
        survey = routing.Survey(snapshot, language=self.language)
        found: dict[tuple[str, str, Ages], CountedCell] = {}
        for area in self.sight.areas:
            for band in survey.bands:
                taken = survey.taken(area, band)
                sure, unsure = set(taken.rows.tolist()), set(taken.unsure.tolist())
                for service_type in self.sight.types:
                    offered = snapshot.postings.get(service_type, _NONE)
                    rows = [row for row in map(int, offered) if row in sure]
                    found[service_type, area, band] = CountedCell(
                        service_type, area, band, rows, sum(int(row) in unsure for row in offered)
                    )
        return tuple(found[key] for key in _product(self.sight.types, self.sight.areas, survey.bands))

    def organizations(self, cell: CountedCell) -> list[str]:
        """Return the organizations (slugs, sorted) with services for a cell."""
        return sorted({self.sight.snapshot.services[row].organization for row in cell.rows})

    def document(self) -> Document:
        """Return the answer in the contract's form."""
        return {
            "directory_version": self.sight.snapshot.version,
            "bands": [_age(band) for band in self.bands],
            "cells": [self._cell(cell) for cell in self.cells if cell.rows or cell.unsure],
            "gaps": [{**_place(cell), "unsure": cell.unsure} for cell in self.cells if not cell.rows],
            "thin": [
                {**_place(cell), "organization": organizations[0]}
                for cell in self.cells
                if len(organizations := self.organizations(cell)) == 1
            ],
            "focus": self.focus(),
        }

    def focus(self) -> Document:
        """Return the ages and needs in which most members are strong: a coalition's place to begin.

        The ages are the band served by most members, and its neighbours served by nearly as many; the needs are the
        needs met by most members at every such age, two members or more, at most five.
        """
        by_band: dict[Ages, dict[str, set[str]]] = {band: defaultdict(set) for band in self.bands}
        members = self.sight.members
        for cell in self.cells:
            if cell.rows:
                by_band[cell.band][cell.type].update(members.intersection(self.organizations(cell)))
        serving = {band: set().union(*met.values()) for band, met in by_band.items()}
        most = max(map(len, serving.values()), default=0)
        if most == 0:
            return {"types": [], "age": None, "plain": coalition.NO_FOCUS}
        runs = [[*run] for near, run in groupby(self.bands, lambda band: len(serving[band]) >= most * _NEARLY) if near]
        run = next(run for run in runs if most in (len(serving[band]) for band in run))
        met = {
            service_type: set.intersection(*(by_band[band][service_type] for band in run))
            for service_type in self.types
        }
        strength = Counter({service_type: len(members) for service_type, members in met.items()})
        types = [service_type for service_type, count in strength.most_common(_MOST_IN_FOCUS) if count > 1]
        ages = run[0][0], run[-1][1]
        names = [self.sight.type_name(service_type) for service_type in types]
        plain = coalition.focus(names, ages, most, len(members))
        return {"types": types, "age": _age(ages), "members": most, "plain": plain}

    def grids(self) -> Iterator[tuple[str, dict[str, list[CountedCell]]]]:
        """Yield, for people to look at: an area, and for each offered type its cells by band.

        A containing area is left out where no service names the area: the areas within say more.
        """
        snapshot = self.sight.snapshot
        named = {code for service in snapshot.services for code in service.areas or ()}
        around = {area.within for area in snapshot.areas.values()}
        offered = [service_type for service_type in self.types if service_type in snapshot.postings]
        by_place = {key: [*cells] for key, cells in groupby(self.cells, lambda cell: (cell.type, cell.area))}
        for area in self.areas:
            if area == self.area or area in named or area not in around:
                yield area, {service_type: by_place[service_type, area] for service_type in offered}

    def missing(self) -> list[str]:
        """Return the types without a service in the directory."""
        return [service_type for service_type in self.types if service_type not in self.sight.snapshot.postings]

    def _cell(self, cell: CountedCell) -> Document:
        services = [self._facts[row] for row in cell.rows]
        return {
            **_place(cell),
            "services": len(services),
            "organizations": len({service.organization for service in services}),
            "always_open": sum(service.always_open for service in services),
            "languages": sorted(frozenset[str]().union(*(service.languages for service in services))),
            "any_language": sum(service.any_language for service in services),
            "by_referral_only": sum(service.by_referral_only for service in services),
            "unsure": cell.unsure,
        }

    @property
    def _facts(self) -> Sequence[CountedService]:
        """The counted facts of each service, by row."""
        return self.sight.once("coverage facts", lambda: [*map(CountedService.of, self.sight.snapshot.services)])


_NONE: Sequence[int] = ()


def _product(types: Sequence[str], areas: Sequence[str], bands: Sequence[Ages]) -> Iterator[tuple[str, str, Ages]]:
    return ((service_type, area, band) for service_type in types for area in areas for band in bands)


def _place(cell: CountedCell) -> Document:
    return {"type": cell.type, "area": cell.area, "age": _age(cell.band)}


def _age(band: Ages) -> Mapping[str, int]:
    return {"min": band[0], "max": band[1]}
