"""Coverage: for each need, age band and area how many services there are, where there are none, where only one agency.

A service counts for a cell if it surely takes somebody of that age in that area; hours, room, gender, traits and who
hands over are aside. What may take them, but is not known to, is told as `unsure` and fills no gap.
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
    """One need, area and age band, with the services (rows) that surely take, and those that may."""

    type: str
    area: str
    band: Ages
    rows: Sequence[int]
    unsure: int


class CountedService(NamedTuple):
    """What coverage counts of one service."""

    organization: str
    always_open: bool
    languages: frozenset[str]
    any_language: bool
    by_referral_only: bool

    @classmethod
    def of(cls, service: routing.Service) -> CountedService:
        """Return what is counted of a service. By referral only: nobody can come without being handed over."""
        return cls(
            organization=service.organization,
            always_open=routing.is_always_open(service.schedules),
            languages=service.languages or frozenset({"en"}),
            any_language=service.interpretation,
            by_referral_only="self" not in service.accepts or "anyone" not in service.accepts_from,
        )


@dataclass(frozen=True)
class Coverage:
    """What is asked of coverage; None is all of it. `age`: the band in which this age lies.

    `language` (BCP 47): only services that surely have it count.
    """

    sight: VisibleDirectory
    type: str | None = None
    area: str | None = None
    age: int | None = None
    language: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is not in the directory.

        Raises:
            FilterRefused: there is no such type or area.
        """
        self.sight.require(type=self.type, area=self.area)

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The service types that are looked at."""
        return self.sight.types if self.type is None else (self.type,)

    @cached_property
    def areas(self) -> tuple[str, ...]:
        """The codes of the areas that are looked at, each after the area that contains it."""
        return self.sight.areas if self.area is None else (self.area,)

    @cached_property
    def bands(self) -> tuple[Ages, ...]:
        """The age bands that are looked at, both ends inclusive, in completed years."""
        every = routing.age_bands(self.sight.snapshot)
        return every if self.age is None else tuple(band for band in every if band[0] <= self.age <= band[1])

    @cached_property
    def cells(self) -> tuple[CountedCell, ...]:
        """All cells that are looked at, covered or not: by type, area and band."""
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
                for kind in self.sight.types:
                    offered = snapshot.postings.get(kind, _NONE)
                    rows = [row for row in map(int, offered) if row in sure]
                    found[kind, area, band] = CountedCell(
                        kind, area, band, rows, sum(int(row) in unsure for row in offered)
                    )
        return tuple(found[key] for key in _product(self.sight.types, self.sight.areas, survey.bands))

    def organizations(self, cell: CountedCell) -> list[str]:
        """Return the organizations (slugs, sorted) whose services take a cell's people."""
        return sorted({self.sight.snapshot.services[row].organization for row in cell.rows})

    def document(self) -> Document:
        """Return the answer as the contract shapes it."""
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
        """Return the ages and needs in which most members are strong: where a coalition may begin.

        The ages are the band in which most members serve somebody, and the bands beside it in which nearly as many do;
        the needs are those that most members meet at all of these ages, two members or more, at most five.
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
        met = {kind: set.intersection(*(by_band[band][kind] for band in run)) for kind in self.types}
        strength = Counter({kind: len(members) for kind, members in met.items()})
        types = [kind for kind, count in strength.most_common(_MOST_IN_FOCUS) if count > 1]
        ages = run[0][0], run[-1][1]
        names = [self.sight.type_name(kind) for kind in types]
        plain = coalition.focus(names, ages, most, len(members))
        return {"types": types, "age": _age(ages), "members": most, "plain": plain}

    def grids(self) -> Iterator[tuple[str, dict[str, list[CountedCell]]]]:
        """Yield, for people to look at: an area, and for each type that somebody offers its cells by band.

        An area that contains others is left out where no service names it: what is within it says more.
        """
        snapshot = self.sight.snapshot
        named = {code for service in snapshot.services for code in service.areas or ()}
        around = {area.within for area in snapshot.areas.values()}
        offered = [kind for kind in self.types if kind in snapshot.postings]
        by_place = {key: [*cells] for key, cells in groupby(self.cells, lambda cell: (cell.type, cell.area))}
        for area in self.areas:
            if area == self.area or area in named or area not in around:
                yield area, {kind: by_place[kind, area] for kind in offered}

    def missing(self) -> list[str]:
        """Return the types that no service of the directory offers."""
        return [kind for kind in self.types if kind not in self.sight.snapshot.postings]

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
        """What is counted of each service, by row."""
        return self.sight.once("coverage facts", lambda: [*map(CountedService.of, self.sight.snapshot.services)])


_NONE: Sequence[int] = ()


def _product(types: Sequence[str], areas: Sequence[str], bands: Sequence[Ages]) -> Iterator[tuple[str, str, Ages]]:
    return ((kind, area, band) for kind in types for area in areas for band in bands)


def _place(cell: CountedCell) -> Document:
    return {"type": cell.type, "area": cell.area, "age": _age(cell.band)}


def _age(band: Ages) -> Mapping[str, int]:
    return {"min": band[0], "max": band[1]}
