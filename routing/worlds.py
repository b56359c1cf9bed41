"""What a client could be: the values of each unknown attribute, and which services each value would open.

A *world* gives every unknown attribute one value. Whether a service takes the client falls apart into one test for
each attribute, so the worlds that open a whole path are, attribute by attribute, the values that open all its
services. That is what makes it possible to search many worlds at once (`regions.py`) and to say what would have to
be so (`conditions.py`). Contract, `conditional_paths`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from routing.case import Case
from routing.columns import Rows
from routing.eligibility import NO, UNKNOWN, YES, ClientView
from routing.hops import Hops
from routing.model import Service
from routing.ports import Ages
from routing.snapshot import mask_of

MOST_WORLDS = 64
"""Beyond so many different sets of open services, attributes stay unknown (contract)."""

OLDEST = 120
"""The oldest age that a profile can hold, completed years."""

AGE, PRESENT = "client.age", "facts.client_present"


@dataclass(frozen=True, eq=False)
class Attribute:
    """One unknown attribute: its values (age: ranges of years that nothing tells apart), and what each opens.

    `opens` has one row for each value and one column for each service of `Worlds.rows`; `concerns` marks the services
    for which the attribute has to be known.
    """

    name: str
    values: tuple[Ages | str | bool, ...]
    opens: NDArray[np.bool_]
    concerns: NDArray[np.bool_]


@dataclass(frozen=True)
class Worlds:
    """The unknown attributes that are given values, over the services (`rows`) that some world opens, and none now.

    `complete` is False where there would be too many worlds: then the attributes left out stay unknown.
    `present` says that whether the client is on the line is not known either, and may be supposed.
    """

    rows: Rows
    attributes: tuple[Attribute, ...]
    present: bool
    complete: bool


def build_worlds(case: Case, hops: Hops, age_bounds: Sequence[int]) -> Worlds:
    """Return the worlds of a case; pure.

    Only services that a path could use count: those of the needed types, of what they ask for first, and of those who
    could be a way in.
    """
    reach = _within_reach(case, hops)
    unsure = case.judge(reach).overall == UNKNOWN
    every = list(_attributes(case, reach, age_bounds))
    kept = _few_enough(every)
    opened = unsure.copy()
    for one in every:
        opened &= ~one.concerns | (one.opens.any(axis=0) if one in kept else False)
    present = next((one for one in kept if one.name == PRESENT), None)
    return Worlds(
        rows=reach[opened],
        attributes=tuple(
            replace(one, opens=one.opens[:, opened], concerns=one.concerns[opened])
            for one in kept
            if one is not present
        ),
        present=present is not None and any(_only_together(case.service(row)) for row in reach.tolist()),
        complete=len(kept) == len(every),
    )


def _few_enough(attributes: Sequence[Attribute]) -> tuple[Attribute, ...]:
    """Return the attributes, in order, up to the one with which there would be too many worlds."""
    worlds = {-1}
    for place, one in enumerate(attributes):
        sets = {int.from_bytes(np.packbits(row).tobytes(), "big") for row in one.opens}
        worlds = {world & opened for world in worlds for opened in sets} or worlds
        if len(worlds) > MOST_WORLDS:
            return tuple(attributes[:place])
    return tuple(attributes)


# -- the services that matter --------------------------------------------------------------------------------------


def _within_reach(case: Case, hops: Hops) -> Rows:
    """Return the services that some path in some world could use, sorted."""
    found: set[int] = set()
    types = {need.type for need in case.profile.needs}
    while True:
        rows = [row for kind in sorted(types) for row in _possible(case, kind)]
        doors = [row for row in rows if not hops.admits(case.service(row), case.origin)]
        ways_in = _ways_in(case, [case.service(row) for row in doors])
        found = {*rows, *ways_in}
        wider = types | {kind for row in found for kind in case.service(row).requires}
        if wider == types:
            return np.array(sorted(found), dtype=np.int32)
        types = wider


def _possible(case: Case, kind: str) -> list[int]:
    return _taking(case, case.snapshot.postings.get(kind, np.empty(0, dtype=np.int32)))


def _taking(case: Case, rows: Rows) -> list[int]:
    """Return those of the rows that are active, not avoided and may take this client."""
    columns = case.snapshot.columns
    keep = columns.active[rows] & ~case.refused(columns.organization[rows]) & (case.judge(rows).overall != NO)
    found: list[int] = rows[keep].tolist()
    return found


def _ways_in(case: Case, doors: Sequence[Service]) -> list[int]:
    """Return the services of all whom a closed door admits: one of them may be a gateway."""
    words = {word for door in doors for word in door.accepts_from}
    if not words:
        return []
    owners = [number for number in range(len(case.snapshot.organizations)) if _is_admitted(case, number, words)]
    rows = [row for owner in owners if owner != case.origin for row in case.snapshot.services_of(owner)]
    return _taking(case, np.array(rows, dtype=np.int32))


def _is_admitted(case: Case, number: int, words: set[str]) -> bool:
    """Say whether one of these words of `accepts_from` may mean this organization."""
    who = case.organization(number)
    return (
        "agreement" in words
        or not words.isdisjoint({who.slug, who.kind or ""})
        or ("members" in words and who.membership in ("active", "non_active"))
    )


# -- what each value opens -----------------------------------------------------------------------------------------


def _attributes(case: Case, rows: Rows, age_bounds: Sequence[int]) -> Iterator[Attribute]:
    """Yield the unknown attributes in the order in which they are kept: age longest, traits (by name) shortest."""
    client, snapshot, verdicts = case.profile.client, case.snapshot, case.judge(rows)
    genders = snapshot.columns.genders[rows]
    yield _age(case, rows, verdicts.age == UNKNOWN, age_bounds)
    if client.gender is None:
        yield _by_value(
            "client.gender",
            snapshot.genders,
            verdicts.gender == UNKNOWN,
            lambda gender: np.asarray((genders & np.uint64(mask_of([gender], snapshot.genders))) != 0),
        )
    if case.profile.client_present is None:
        yield _present(case, rows)
    yield _area(case, rows, verdicts.area == UNKNOWN)
    yield _language(case, rows, verdicts.language == UNKNOWN)
    yield from _traits(case, rows, verdicts.trait == UNKNOWN)


def _by_value(
    name: str,
    values: Sequence[str],
    concerns: NDArray[np.bool_],
    opens: Callable[[str], NDArray[np.bool_]],
) -> Attribute:
    table = [~concerns | opens(value) for value in values]
    return Attribute(name, tuple(values), np.array(table, dtype=np.bool_).reshape(len(values), len(concerns)), concerns)


def _age(case: Case, rows: Rows, concerns: NDArray[np.bool_], bounds: Sequence[int]) -> Attribute:
    """Return the age as ranges of years between which no service and no rule changes its answer."""
    columns, client = case.snapshot.columns, case.profile.client
    youngest = 0 if client.age_min is None else client.age_min
    oldest = OLDEST if client.age_max is None else client.age_max
    low, high = columns.minimum_age[rows].astype(int), columns.maximum_age[rows].astype(int)
    known = columns.minimum_known[rows] & columns.maximum_known[rows]
    cuts = {*bounds, *low[concerns].tolist(), *(high[concerns] + 1).tolist()}
    starts = [youngest, *sorted(cut for cut in cuts if youngest < cut <= oldest)]
    ranges = tuple((start, following - 1) for start, following in zip(starts, [*starts[1:], oldest + 1], strict=True))
    table = [~concerns | (known & (low <= start) & (end <= high)) for start, end in ranges]
    return Attribute(AGE, ranges, np.array(table, dtype=np.bool_).reshape(len(ranges), len(rows)), concerns)


def _present(case: Case, rows: Rows) -> Attribute:
    """Return whether the client is on the line: it opens what is only to be had by calling together."""
    services = [case.service(row) for row in rows.tolist()]
    together = np.array([_only_together(one) and "packet" not in one.accepts for one in services], dtype=np.bool_)
    return Attribute(PRESENT, (False, True), np.array([~together, together | True], dtype=np.bool_), together)


def _only_together(service: Service) -> bool:
    """Say whether a client cannot make the contact alone, and can be called together with."""
    return "warm" in service.accepts and "self" not in service.accepts


def _area(case: Case, rows: Rows, concerns: NDArray[np.bool_]) -> Attribute:
    """Return the areas that services name, within the client's own where a wider one is known."""
    snapshot, here = case.snapshot, case.profile.client.area
    listed = {case.service(row).areas or frozenset() for row in rows[concerns].tolist()}
    named = sorted({code for codes in listed for code in codes})
    codes = [code for code in named if here is None or (code != here and here in snapshot.ancestors(code))]

    def opens(code: str) -> NDArray[np.bool_]:
        covering = np.zeros(len(snapshot.areas), dtype=np.int8)
        covering[snapshot.area_tree.upwards(code)] = YES
        return np.asarray(snapshot.columns.areas.best(rows, covering) == YES)

    return _by_value("client.area", codes, concerns, opens)


def _language(case: Case, rows: Rows, concerns: NDArray[np.bool_]) -> Attribute:
    """Return the languages that services name, and English, which those that name none have; none if it is known."""
    if case.profile.client.languages:
        return _by_value("client.languages", (), concerns, lambda _: concerns)
    named = {tag.lower() for row in rows[concerns].tolist() for tag in case.service(row).languages or ()}

    def opens(tag: str) -> NDArray[np.bool_]:
        speaking = ClientView(case.snapshot, replace(case.profile.client, languages=(tag,)))
        return np.asarray(speaking.language(rows) == YES)

    return _by_value("client.languages", sorted({*named, "en"}), concerns, opens)


def _traits(case: Case, rows: Rows, concerns: NDArray[np.bool_]) -> Iterator[Attribute]:
    known, columns = case.snapshot.traits, case.snapshot.columns
    only, excludes = columns.only[rows], columns.excludes[rows]
    for trait in known:
        bit = np.uint64(mask_of([trait], known))
        asked = concerns & (((only | excludes) & bit) != 0)
        if case.profile.client.traits.get(trait) is None and asked.any():
            table = np.array([~asked | ((only & bit) == 0), ~asked | ((excludes & bit) == 0)], dtype=np.bool_)
            yield Attribute(f"client.traits.{trait}", (False, True), table, asked)
