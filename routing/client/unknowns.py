"""The unknown facts about the client: their possible answers, and the services that each answer would open.

Whether a service takes the client splits into a test for each attribute, so a small table for each is enough:
`conditional/worlds.py` combines several answers, `unknowns_of` looks at each attribute alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.client.confirm import ADULT
from routing.client.eligibility import UNKNOWN, YES, Eligibility
from routing.client.modes import BY_WORD, PACKET, WARM
from routing.client.scenario import Scenario
from routing.client.usable_services import possible_services
from routing.directory.columns import Rows
from routing.directory.snapshot import mask_of
from routing.ports import Ages

Value = Ages | str | bool
"""An age range (both ends inclusive, in completed years), a code or tag, or yes and no."""

OLDEST = 120
"""The oldest age that a profile can hold, completed years."""

AGE, AREA, PRESENT = "client.age", "client.area", "facts.client_present"

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ClientAttribute:
    """An unknown attribute: its values, and the services that each value opens.

    Ages are ranges of years: with a shelter for 11 to 17 as the only service, (0, 10), (11, 17), (18, 120). `opens` has
    a row for each value and a column for each service considered; `concerns` marks the services for which the attribute
    has to be known. `denied` is the trait's bit where some service that refuses it must not ask (`client/confirm.py`),
    or takes packets; `parts_adults`: of the age, where some service opens only to adults, because of those who come
    along.
    """

    name: str
    values: tuple[Value, ...]
    opens: Flags
    concerns: Flags
    denied: int = 0
    parts_adults: bool = False

    def suits(self, *, denied: int, adult: bool) -> Flags:
        """Return which values make the traits of a mask known as false and, with `adult`, the client an adult."""
        denying = [not self.denied & denied or value is False for value in self.values]
        grown = [not adult or not isinstance(value, tuple) or value[0] >= ADULT for value in self.values]
        return np.array(denying, dtype=np.bool_) & np.array(grown, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Possible:
    """Answers that are equal to every service; `opens` are the services (rows) waiting for these answers alone.

    `denies` is a trait then known as false where a service must not ask; `adult`: the client is then known to be an
    adult.
    """

    values: tuple[Value, ...]
    opens: frozenset[int]
    denies: str | None = None
    adult: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """An unknown attribute (named as in the profile: `client.age`) and its possible answers."""

    attribute: str
    answers: tuple[Possible, ...]


def unknowns_of(scenario: Scenario, age_bounds: Sequence[int]) -> tuple[Unknown, ...]:
    """Return each unknown attribute that bears on a path, in the order of `Attributes`, with classes of answers. Pure.

    No class of ages spans one of `age_bounds`, from which the rules judge otherwise. Whether the client is on the line
    opens no service by itself.
    """
    reach, unsure, attributes = attributes_of(scenario, age_bounds)
    waits_for = sum(
        (attribute.concerns.astype(np.int8) for attribute in attributes if attribute.name != PRESENT),
        start=np.zeros(len(reach)),
    )
    alone = unsure & (waits_for == 1)
    return tuple(
        Unknown(attribute.name, tuple(_classes(attribute, reach, attribute.concerns & alone, age_bounds)))
        for attribute in attributes
        if (
            len(attribute.values) > 1
            if attribute.name in (AGE, PRESENT)
            else attribute.values and (attribute.concerns.any() or attribute.denied)
        )
    )


def _classes(attribute: ClientAttribute, reach: Rows, alone: Flags, age_bounds: Sequence[int]) -> Iterator[Possible]:
    """Yield the classes of answers that open the same of the services waiting for this attribute `alone`."""
    classes: dict[object, list[Value]] = {}
    for value, opens in zip(attribute.values, attribute.opens, strict=True):
        services = frozenset() if attribute.name == PRESENT else frozenset(reach[opens & alone].tolist())
        side = sum(bound <= value[0] for bound in age_bounds) if isinstance(value, tuple) else value is True
        adult = attribute.parts_adults and isinstance(value, tuple) and value[0] >= ADULT
        key = services, adult, side if attribute.name in (AGE, PRESENT) or attribute.denied else None
        classes.setdefault(key, []).append(value)
    for (services, adult, _), values in classes.items():  # type: ignore[misc]
        denies = attribute.name.rpartition(".")[2] if attribute.denied and values == [False] else None
        yield Possible(tuple(values), services, denies, adult)


# -- services opened by each value -------------------------------------------------------------------------------------


class Attributes(NamedTuple):
    """The services that a path could use (`rows`, rising), those `unsure`, and the attributes behind that, in order."""

    rows: Rows
    unsure: Flags
    unknown: tuple[ClientAttribute, ...]


def attributes_of(scenario: Scenario, age_bounds: Sequence[int]) -> Attributes:
    """Return the unknown attributes over every service that a path could use, kept for the request. Pure.

    The age comes first, then gender, whether the client is on the line, area; traits come last, by name.
    """
    return scenario.once(("attributes", tuple(age_bounds)), lambda: _look_up(scenario, age_bounds))


def _look_up(scenario: Scenario, age_bounds: Sequence[int]) -> Attributes:
    verdicts = possible_services(scenario)
    return Attributes(verdicts.rows, verdicts.overall == UNKNOWN, tuple(_attributes(scenario, verdicts, age_bounds)))


def _attributes(scenario: Scenario, verdicts: Eligibility, age_bounds: Sequence[int]) -> Iterator[ClientAttribute]:
    client, snapshot, rows = scenario.profile.client, scenario.snapshot, verdicts.rows
    genders = snapshot.columns.genders[rows]
    yield _age(scenario, rows, verdicts.age == UNKNOWN, age_bounds)
    if client.gender is None:
        yield _by_value(
            "client.gender",
            snapshot.words.genders,
            verdicts.gender == UNKNOWN,
            lambda gender: np.asarray((genders & np.uint64(mask_of([gender], snapshot.words.genders))) != 0),
        )
    if scenario.profile.client_present is None:
        yield _present(scenario, rows)
    yield _area(scenario, rows, verdicts.area == UNKNOWN)
    yield from _traits(scenario, rows)


def _by_value(name: str, values: Sequence[str], concerns: Flags, opens: Callable[[str], Flags]) -> ClientAttribute:
    table = [~concerns | opens(value) for value in values]
    return ClientAttribute(
        name, tuple(values), np.array(table, dtype=np.bool_).reshape(len(values), len(concerns)), concerns
    )


def _age(scenario: Scenario, rows: Rows, concerns: Flags, bounds: Sequence[int]) -> ClientAttribute:
    """Return the age as ranges of years within which no service and no rule changes its answer."""
    columns = scenario.snapshot.columns
    youngest, oldest = all_ages(scenario)
    low, high = columns.minimum_age[rows].astype(int), columns.maximum_age[rows].astype(int)
    limits_known = columns.minimum_known[rows] & columns.maximum_known[rows]
    parts_adults = oldest >= ADULT and bool(scenario.to_confirm_now.opens_to_adults(rows).any())
    cuts = {*bounds, *low[concerns].tolist(), *(high[concerns] + 1).tolist(), *((ADULT,) if parts_adults else ())}
    starts = [youngest, *sorted(cut for cut in cuts if youngest < cut <= oldest)]
    ranges = tuple((start, following - 1) for start, following in zip(starts, [*starts[1:], oldest + 1], strict=True))
    table = [~concerns | (limits_known & (low <= start) & (end <= high)) for start, end in ranges]
    opens = np.array(table, dtype=np.bool_).reshape(len(ranges), len(rows))
    return ClientAttribute(AGE, ranges, opens, concerns, parts_adults=parts_adults)


def all_ages(scenario: Scenario) -> Ages:
    """Return the range of the client's possible ages."""
    client = scenario.profile.client
    return 0 if client.age_min is None else client.age_min, OLDEST if client.age_max is None else client.age_max


def _present(scenario: Scenario, rows: Rows) -> ClientAttribute:
    """Return whether the client is on the line, with the services that only a call together with the client opens."""
    together = scenario.snapshot.columns.modes[rows] == WARM
    return ClientAttribute(
        PRESENT, (False, True), np.array([~together, np.ones_like(together)], dtype=np.bool_), together
    )


def only_together(scenario: Scenario, rows: Rows, age_bounds: Sequence[int]) -> Flags:
    """Return which services a client in some world cannot contact alone, but together with the holder.

    A client below the first of the bounds may be too young to call alone, unless known to have somebody who calls.
    """
    (youngest, oldest), lowest_bound = all_ages(scenario), min(age_bounds, default=0)
    may_be_too_young = youngest < lowest_bound and not (oldest < lowest_bound and scenario.profile.may_call)
    modes = scenario.snapshot.columns.modes[rows]
    return modes & WARM > 0 if may_be_too_young else modes & BY_WORD == WARM


def _area(scenario: Scenario, rows: Rows, concerns: Flags) -> ClientAttribute:
    """Return the areas that services name, within the client's own area where a wider area is known."""
    snapshot, own_area = scenario.snapshot, scenario.profile.client.area
    numbers = np.unique(snapshot.columns.areas.at(rows[concerns])[0]).tolist()
    area_codes = list(snapshot.area_tree.index)
    candidates = sorted(area_codes[number] for number in numbers)
    codes = [
        code for code in candidates if own_area is None or (code != own_area and own_area in snapshot.ancestors(code))
    ]

    def opens(code: str) -> Flags:
        covering = np.zeros(len(snapshot.areas), dtype=np.int8)
        covering[snapshot.area_tree.upwards(code)] = YES
        return np.asarray(snapshot.columns.areas.best(rows, covering) == YES)

    return _by_value(AREA, codes, concerns, opens)


def _traits(scenario: Scenario, rows: Rows) -> Iterator[ClientAttribute]:
    """Yield the unknown traits: traits that a service asks for, and traits that a service has to know to be false."""
    traits, columns = scenario.snapshot.words.traits, scenario.snapshot.columns
    only, excludes = columns.only[rows], columns.excludes[rows]
    no_asking = _must_not_ask(scenario, rows)
    for place, trait in enumerate(traits):
        if scenario.profile.client.traits.get(trait) is not None:
            continue
        bit = np.uint64(1 << place)
        asks, refuses = (only & bit) != 0, (excludes & bit) != 0
        is_denied = bool((refuses & ((no_asking & bit) != 0)).any())
        if asks.any():
            table = np.array([~asks, ~refuses], dtype=np.bool_)
            yield ClientAttribute(f"client.traits.{trait}", (False, True), table, asks, int(bit) if is_denied else 0)
        elif is_denied:
            yield ClientAttribute(
                f"client.traits.{trait}", (False,), np.ones((1, len(rows)), dtype=np.bool_), asks, int(bit)
            )


def _must_not_ask(scenario: Scenario, rows: Rows) -> NDArray[np.uint64]:
    """Return, for each service, the refused unknown traits (a mask) that it must not ask about, or cannot by packet."""
    columns, confirm = scenario.snapshot.columns, scenario.to_confirm_now
    items, place = columns.types.at(rows)
    silent = columns.modes[rows] & PACKET != 0
    silent[place[scenario.snapshot.never_asked_first[items]]] = True
    return np.where(silent, confirm.unknown_of(rows), confirm.never_asked(rows, ""))
