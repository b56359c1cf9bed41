"""What is not known about the client, and which answers would open a service.

Services tell only so many answers apart: a shelter for 11 to 17 cuts all ages into three. Answers that open the same
services are one, so there are few to think through, however many ages, languages or counties there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from routing.case import Case
from routing.eligibility import UNKNOWN, YES, ClientView
from routing.encode import NO_LIMIT
from routing.model import Client, Profile
from routing.snapshot import Snapshot
from routing.worlds import OLDEST

Value = tuple[int, int] | str | bool
"""An age range (both ends inclusive, in completed years), a code or tag, or yes and no."""

ADULT = 18
"""Where duties and signatures change, whatever services say: no answer class spans it."""

Rows = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Possible:
    """Answers that services do not tell apart; `opens` are the services (rows) that wait for nothing but them."""

    values: tuple[Value, ...]
    opens: frozenset[int]


@dataclass(frozen=True, slots=True)
class Unknown:
    """An attribute that is not known (named as in the profile: `client.age`) and its possible answers."""

    attribute: str
    answers: tuple[Possible, ...]


def find_unknowns(snapshot: Snapshot, profile: Profile) -> tuple[Unknown, ...]:
    """Return each unknown attribute of the client with the classes of its answers, in the profile's order. Pure.

    An attribute about which no service asks has one class that opens nothing.

    Raises:
        UnknownOrganization, UnknownArea: the profile names what is not in the snapshot.
    """
    case = Case(snapshot, profile)
    return tuple(_unknowns(case, _in_question(case)))


def with_answer(profile: Profile, attribute: str, value: Value) -> Profile:
    """Return the profile with one attribute of the client, or `facts.client_present`, answered. Pure.

    Raises:
        KeyError: routing knows no such attribute.
    """
    if attribute == "facts.client_present":
        return replace(profile, client_present=bool(value))
    return replace(profile, client=_answered(profile.client, attribute, value))


def _answered(client: Client, attribute: str, value: Value) -> Client:
    name = attribute.removeprefix("client.")
    if name == "age" and isinstance(value, tuple):
        return replace(client, age_min=value[0], age_max=value[1])
    if name == "languages":
        return replace(client, languages=(str(value),))
    if name == "gender":
        return replace(client, gender=str(value))
    if name == "area":
        return replace(client, area=str(value))
    trait = name.removeprefix("traits.")
    if trait == name:
        raise KeyError(attribute)
    return replace(client, traits={**client.traits, trait: bool(value)})


def _unknowns(case: Case, rows: Rows) -> Iterator[Unknown]:
    client = case.profile.client
    if client.age_min is None or client.age_min != client.age_max:
        yield _merged(case, rows, "client.age", list(_ages(case, rows)))
    if client.gender is None:
        yield _merged(case, rows, "client.gender", list(case.snapshot.genders))
    if not client.languages:
        yield _merged(case, rows, "client.languages", _languages(case.snapshot, rows))
    if inner := _areas_within(case.snapshot, client.area):
        yield _merged(case, rows, "client.area", inner)
    for trait in case.snapshot.traits:
        if client.traits.get(trait) is None:
            yield _merged(case, rows, f"client.traits.{trait}", [True, False])
    if case.profile.client_present is None:
        yield Unknown("facts.client_present", (Possible((True,), frozenset()), Possible((False,), frozenset())))


def _merged(case: Case, rows: Rows, attribute: str, values: list[Value]) -> Unknown:
    """Return the unknown with values that open the same services as one; adult ages stand apart."""
    known = case.judge(rows).overall
    waiting = rows[known == UNKNOWN]
    classes: dict[object, list[Value]] = {}
    opened: dict[object, frozenset[int]] = {}
    for value in values:
        view = ClientView(case.snapshot, _answered(case.profile.client, attribute, value))
        opens = frozenset(waiting[view.judge(waiting).overall == YES].tolist())
        key = (opens, isinstance(value, tuple) and value[0] >= ADULT)
        classes.setdefault(key, []).append(value)
        opened[key] = opens
    return Unknown(attribute, tuple(Possible(tuple(found), opened[key]) for key, found in classes.items()))


def _ages(case: Case, rows: Rows) -> Iterator[tuple[int, int]]:
    """Yield the age ranges that no service in question cuts, youngest first."""
    client, columns = case.profile.client, case.snapshot.columns
    youngest = 0 if client.age_min is None else client.age_min
    oldest = OLDEST if client.age_max is None else client.age_max
    starts = {youngest, ADULT, *columns.minimum_age[rows].tolist(), *(columns.maximum_age[rows] + 1).tolist()}
    cuts = sorted(start for start in starts if youngest <= start <= oldest and abs(start) < NO_LIMIT)
    for start, following in zip(cuts, [*cuts[1:], oldest + 1], strict=True):
        yield start, following - 1


def _languages(snapshot: Snapshot, rows: Rows) -> list[Value]:
    """Return the languages that a service in question names, and English, which one that names none has."""
    spoken = {tag for row in rows.tolist() for tag in snapshot.services[row].languages or ()}
    return sorted({"en", *spoken})


def _areas_within(snapshot: Snapshot, area: str | None) -> list[Value]:
    """Return the innermost areas that the client may be in, where it is not known which."""
    parents = {record.within for record in snapshot.areas.values()}
    if area is not None and area not in parents:
        return []
    innermost = [code for code in snapshot.areas if code not in parents]
    return sorted(code for code in innermost if area is None or area in snapshot.ancestors(code))


def _in_question(case: Case) -> Rows:
    """Return the services that a path could come to use: of the needs, of what they ask for first, and gateways."""
    asked, found = [need.type for need in case.profile.needs], set[int]()
    for kind in asked:
        rows = _possible(case, case.snapshot.postings.get(kind, np.empty(0, dtype=np.int32)))
        found |= set(rows)
        services = [case.snapshot.services[row] for row in rows]
        asked += sorted({other for service in services for other in service.requires} - set(asked))
    doors = {word for row in found for word in case.snapshot.services[row].accepts_from} - {"anyone"}
    if doors:
        found |= set(_possible(case, _of_those_named(case.snapshot, doors)))
    return np.array(sorted(found), dtype=np.int32)


def _possible(case: Case, rows: Rows) -> list[int]:
    """Return the services that nothing known rules out."""
    kept = rows[case.snapshot.columns.active[rows] & (case.judge(rows).overall >= UNKNOWN)]
    return [row for row in kept.tolist() if not case.avoided(int(case.snapshot.columns.organization[row]))]


def _of_those_named(snapshot: Snapshot, doors: set[str]) -> Rows:
    """Return the services of organizations that some `accepts_from` among `doors` may admit: possible gateways."""
    admitted = [
        number
        for number, one in enumerate(snapshot.organizations)
        if {one.slug, one.kind} & doors or "agreement" in doors or ("members" in doors and one.membership != "none")
    ]
    return np.array(sorted(row for number in admitted for row in snapshot.services_of(number)), dtype=np.int32)
