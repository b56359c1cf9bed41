"""What would change with other services and agreements: coverage, single points, and the first calls. Pure.

Changes are made to a copy of the visible directory, in memory; nothing is stored. Calls are drawn with a fixed seed,
the same for both directories, and so is each agency's yes or no: what differs comes from the changes alone. The chances
and the mix of calls are assumptions, and a part of the result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from typing import Annotated, Any

from pydantic import Field

import policies
import routing
from service import vocabulary
from service.coalition.coverage import Coverage
from service.coalition.map import Map
from service.coalition.visible_directory import VisibleDirectory
from service.directory.snapshot.sharing import Sharing
from service.documents import fields
from service.documents.base import BundleModel
from service.documents.bodies import read_as
from service.errors import FilterRefused, Problem
from service.i18n import refusals

CALLS, SEED, TRIES = 500, 59, 3
COLUMNS = ("first", "second", "third", "nobody")
Document = dict[str, Any]
Percent = Annotated[int, Field(ge=0, le=100)]
Share = Annotated[int, Field(ge=1, le=1_000_000)]
_ALWAYS = (routing.Schedule(frozenset(range(7)), time(0), time(23, 59)),)


class ServiceChange(BundleModel):
    """A service to add (`like`: the one it copies) or to change; fields that are left out stay as they are."""

    id: fields.Filled
    like: fields.Filled | None = None
    organization: fields.Filled | None = None
    types: list[fields.Filled] | None = None
    areas: list[fields.Filled] | None = None
    minimum_age: Annotated[int, Field(ge=0, le=120)] | None = None
    maximum_age: Annotated[int, Field(ge=0, le=120)] | None = None
    genders: list[fields.Filled] | None = None
    always_open: bool = False
    free: Annotated[int, Field(ge=0, le=100_000)] | None = None


class AgreementChange(BundleModel):
    """An agreement, signed and in force, to add or to put in the place of one with its id."""

    id: fields.Filled
    between: Annotated[list[fields.Filled], Field(min_length=2)]
    mutual: bool = True
    level: Annotated[str, fields.one_of(vocabulary.AGREEMENT_LEVELS)] = "coordination"
    types: list[fields.Filled] | None = None
    data: list[fields.Filled] | None = None


class ChangesBody(BundleModel):
    """What would be added or changed."""

    services: Annotated[tuple[ServiceChange, ...], Field(max_length=100, strict=False)] = ()
    agreements: Annotated[tuple[AgreementChange, ...], Field(max_length=100, strict=False)] = ()


class YesBody(BundleModel):
    """Chances of a yes, of a hundred, by the known places of a service."""

    available: Percent
    full: Percent
    unknown: Percent


class Assumptions(BundleModel):
    """The chance of a yes and the mix of calls, in parts."""

    chance: YesBody
    chance_if_answered: Percent
    needs: Annotated[dict[str, Share], Field(min_length=1)]
    ages: Annotated[dict[Annotated[str, Field(pattern=r"^(1[01]\d|120|\d{1,2})$")], Share], Field(min_length=1)]
    genders: Annotated[dict[str, Share], Field(min_length=1)]
    hours: Annotated[dict[Annotated[str, Field(pattern=r"^(1\d|2[0-3]|\d)$")], Share], Field(min_length=1)]


def read_changes(data: bytes) -> ChangesBody:
    """Return the changes in `data` (YAML or JSON).

    Raises:
        BodyRefused: with every wrong field.
    """
    return read_as(ChangesBody, data, defaults={})


def read_assumptions(data: bytes | None = None) -> Assumptions:
    """Return the assumptions in `data` (YAML or JSON), or those of the program.

    Raises:
        BodyRefused: with every wrong field.
    """
    return _own_assumptions() if data is None else read_as(Assumptions, data, defaults={})


@cache
def _own_assumptions() -> Assumptions:
    data = files("service.coalition").joinpath("what_if_assumptions.yaml").read_bytes()
    return read_as(Assumptions, data, defaults={})


def with_changes(visible: VisibleDirectory, changes: ChangesBody, at: datetime) -> VisibleDirectory:
    """Return the visible directory with changes made, at a moment (aware).

    Raises:
        FilterRefused: a change names what the reader doesn't see, or a new record has the id of another.
    """
    directory = visible.directory
    snapshot, policy = directory.snapshot, directory.policy
    services = {service.slug: service for service in snapshot.services}
    known = {
        "organization": visible.organizations.keys(), "types": frozenset(visible.types), "areas": snapshot.areas.keys()
    }  # fmt: skip

    def require(path: str, name: str, among: Any) -> None:
        if name not in among:
            raise FilterRefused(Problem(path, refusals.NOT_IN_SIGHT))

    for place, change in enumerate(changes.services):
        here = f"services.{place}"
        require(f"{here}.like" if change.like else f"{here}.id", change.like or change.id, services)
        if change.like is not None and change.id in services:
            raise FilterRefused(Problem(f"{here}.id", refusals.TAKEN_ID))
        for name, among in known.items():
            given = getattr(change, name)
            for value in [given] if isinstance(given, str) else given or ():
                require(f"{here}.{name}", value, among)
        services[change.id] = _changed(services[change.like or change.id], change, at)
    agreements = {agreement.slug: agreement for agreement in snapshot.agreements}
    promised = dict(policy.agreements)
    for place, entry in enumerate(changes.agreements):
        for slug in entry.between:
            require(f"agreements.{place}.between", slug, visible.organizations)
        for code in entry.types or ():
            require(f"agreements.{place}.types", code, known["types"])
        pair: Document = {"between": tuple(entry.between), "mutual": entry.mutual}
        for name in ("types", "data"):
            pair[name] = None if (limit := getattr(entry, name)) is None else frozenset(limit)
        agreements[entry.id] = routing.Agreement(entry.id, level=entry.level, **pair)
        promised[entry.id] = policies.Agreement(entry.id, **pair)
    changed = replace(
        directory,
        snapshot=_snapshot_with(snapshot, services=services.values(), agreements=agreements.values()),
        policy=replace(policy, agreements=promised),
        outside=None,
    )
    return replace(visible, directory=changed)


def without_hidden_counts(visible: VisibleDirectory, at: datetime) -> VisibleDirectory:
    """Return the directory without the counts and figures that its reader may not see at a moment (aware).

    To be done before any change: a service copied to the reader, or an agreement with it, would give sight of them.
    """
    if visible.reader is None:
        return visible
    directory, reader = visible.directory, visible.reader.organization
    snapshot = directory.snapshot
    sees = {owner.slug: directory.sees_counts(reader, owner.slug, at) for owner in snapshot.organizations}
    services = [
        service if sees[service.organization] or not service.capacities else replace(service, capacities=())
        for service in snapshot.services
    ]
    hidden = {service.slug for service in services if not sees[service.organization]}
    cut = replace(
        directory,
        snapshot=_snapshot_with(snapshot, services=services, agreements=snapshot.agreements),
        outside=None,
    ).with_answers({slug: figures for slug, figures in directory.usual_answers.items() if slug not in hidden})
    return replace(visible, directory=cut)


def _snapshot_with(
    snapshot: routing.Snapshot, *, services: Iterable[routing.Service], agreements: Iterable[routing.Agreement]
) -> routing.Snapshot:
    records = routing.Directory(
        version=snapshot.version,
        timezone=str(snapshot.zone),
        areas=tuple(snapshot.areas.values()),
        organizations=tuple(snapshot.organizations),
        services=tuple(services),
        agreements=tuple(agreements),
        law=snapshot.law,
        service_types=snapshot.service_types,
        interpreted=snapshot.interpreted,
    )
    return routing.build_snapshot(records)


def _changed(service: routing.Service, change: ServiceChange, at: datetime) -> routing.Service:
    given: Document = {
        name: value
        for name in ("organization", "minimum_age", "maximum_age")
        if (value := getattr(change, name)) is not None
    }
    for name in ("types", "areas", "genders"):
        if (values := getattr(change, name)) is not None:
            given[name] = frozenset(values)
    if change.always_open:
        given["schedules"] = _ALWAYS
    if change.free is not None:
        given["capacities"] = (routing.Capacity(change.free, at, "bed"),)
    return replace(service, slug=change.id, active=True, **given)


@dataclass(frozen=True)
class WhatIf:
    """The comparison, at a moment (aware). `calls`: how many are drawn."""

    before: VisibleDirectory
    changes: ChangesBody
    at: datetime
    assumptions: Assumptions
    calls: int = CALLS

    def document(self) -> Document:
        """Return the whole comparison. Takes a search for each call and directory; pauses at checkpoints."""
        before = without_hidden_counts(self.before, self.at)
        after = with_changes(before, self.changes, self.at)
        calls = self._compare(list(self._profiles()), before, after)
        return {
            "directory_version": self.before.version,
            "coverage": {name: _coverage(seen) for name, seen in (("before", before), ("after", after))},
            "single_points": {
                name: [point.organization for point in Map(seen, self.at).points]
                for name, seen in (("before", before), ("after", after))
            },
            "calls": calls,
            "all_calls": {
                "type": None,
                "calls": sum(row["calls"] for row in calls),
                **{
                    name: {column: sum(row[name][column] for row in calls) for column in COLUMNS}
                    for name in ("before", "after")
                },
            },
            "assumptions": self.assumptions.model_dump(mode="json"),
            "drawn": {"calls": self.calls, "seed": SEED},
        }

    def _profiles(self) -> Iterator[routing.Profile]:
        """Yield the drawn calls: the same for every directory with the same members and areas."""
        dice, snapshot = Random(SEED), self.before.snapshot  # noqa: S311 - repeatable draws, no secret
        mix = self.assumptions
        around = {area.within for area in snapshot.areas.values()}
        areas: list[str | None] = [*sorted(code for code in snapshot.areas if code not in around)] or [None]
        origins = sorted(self.before.members) or sorted(self.before.organizations)
        day = self.at.astimezone(snapshot.zone).replace(minute=0, second=0, microsecond=0)
        for _ in range(self.calls if origins else 0):
            need, age, gender, hour = (
                dice.choices([*table], [*table.values()])[0] for table in (mix.needs, mix.ages, mix.genders, mix.hours)
            )
            client = routing.Client(
                age_min=int(age), age_max=int(age), gender=str(gender), languages=("en",), area=dice.choice(areas)
            )
            at = day.replace(hour=int(hour))
            yield routing.Profile(
                origin=dice.choice(origins),
                at=at + timedelta(days=1) if at < self.at else at,
                client=client,
                needs=(routing.Need(str(need), "now"),),
                client_present=True,
                limit=TRIES,
            )

    def _compare(
        self, profiles: list[routing.Profile], before: VisibleDirectory, after: VisibleDirectory
    ) -> list[Document]:
        rows: dict[str, Document] = {}
        for place, profile in enumerate(profiles):
            row = rows.setdefault(profile.needs[0].type, {"calls": 0, "before": Counter(), "after": Counter()})
            row["calls"] += 1
            for name, seen in (("before", before), ("after", after)):
                routing.checkpoint()
                row[name][self._first_yes(seen, profile, place)] += 1
        return [
            {"type": need, "calls": row["calls"], **{name: _shares(row[name]) for name in ("before", "after")}}
            for need, row in sorted(rows.items(), key=lambda entry: (-entry[1]["calls"], entry[0]))
        ]

    def _first_yes(self, seen: VisibleDirectory, profile: routing.Profile, place: int) -> int | None:
        """Return which call gets the first yes, from 1; 0: none does; None: there is nobody to call."""
        directory = seen.directory.where(profile.client.area)
        years = policies.age_from_range(profile.client.age_min, profile.client.age_max)
        sharing = Sharing(directory.rulebook, directory.policy, policies.Case(today=profile.at.date(), age=years))
        request = routing.Request(directory.snapshot, profile, rules=sharing, parts=frozenset())
        services = [
            next(use.service for step in reversed(path.steps) for use in step.services if use.covers)
            for path in routing.find_paths(request).paths[:TRIES]
        ]
        for number, service in enumerate(services, start=1):
            # One draw for a call and a service, whichever directory it is in and whoever is called before it.
            dice = Random(f"{SEED}/{place}/{service}")  # noqa: S311 - as above
            if dice.random() * 100 < self._chance(seen, service, profile):
                return number
        return 0 if services else None

    def _chance(self, seen: VisibleDirectory, slug: str, profile: routing.Profile) -> float:
        service, mix = seen.snapshot.service(slug), self.assumptions
        status = routing.availability(service, profile.at, seen.snapshot.zone).capacity
        if status in ("available", "full"):
            return float(getattr(mix.chance, status))
        figures = seen.directory.usual_answers.get(slug, ())
        if figures:
            return sum(figure.in_time for figure in figures) / len(figures) * mix.chance_if_answered / 100
        return float(mix.chance.unknown)


def _coverage(seen: VisibleDirectory) -> Document:
    cells = Coverage(seen).cells
    by_need = Counter(cell.type for cell in cells if not cell.services)
    return {
        "gaps": sum(by_need.values()),
        "thin": sum(cell.organization is not None for cell in cells),
        "gaps_by_type": dict(sorted(by_need.items())),
    }


def _shares(counts: Counter[int | None]) -> Document:
    """Return how many calls got a yes by the first, second and third call, and how many had nobody to call."""
    so_far = [sum(counts[number] for number in range(1, most + 1)) for most in range(1, TRIES + 1)]
    return dict(zip(COLUMNS, (*so_far, counts[None]), strict=True))
