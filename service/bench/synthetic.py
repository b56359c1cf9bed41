"""A seeded coalition of any size, drawn as the arrays of `Snapshot`, without texts for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

import policies
import routing
from routing.directory.columns import (
    NEVER_COUNTED,
    NO_DAY,
    AgreementColumns,
    Like,
    Lists,
    OrganizationColumns,
    ServiceColumns,
    Words,
    narrow,
    offsets_of,
    spans,
)
from routing.directory.encode_records import NO_LIMIT, agreement_columns, exposure_of, like_of
from routing.directory.hours import epoch_us
from routing.directory.snapshot import Records
from routing.directory.weekly_hours import Timetable
from service.bench import chances
from service.bench.decoded import DecodedAgreements, DecodedOrganizations, DecodedServices, Slugs
from service.bench.geography import Array, Draw, draw_areas, draw_places, draw_service_areas
from service.languages import spoken_of
from service.vocabulary import GENDERS, ROUTED_TYPES, SERVICE_TYPES

_ALWAYS = routing.Schedule(frozenset(range(7)), time(0), time(23, 59))


@dataclass(frozen=True, slots=True)
class SyntheticCoalition:
    """The arrays of a coalition, consistent with each other. `county`: for each organization a number of `areas`."""

    areas: dict[str, routing.Area]
    words: Words
    columns: ServiceColumns
    organization_columns: OrganizationColumns
    agreement_columns: AgreementColumns
    timetables: tuple[Timetable, ...]
    records: Records
    county: Array

    def snapshot(self) -> routing.Snapshot:
        """Return the snapshot of the arrays; `bench` measures the call as the time for building a snapshot."""
        return routing.Snapshot(
            version=1,
            zone=ZoneInfo(chances.ZONE),
            records=self.records,
            words=self.words,
            columns=self.columns,
            organization_columns=self.organization_columns,
            agreement_columns=self.agreement_columns,
            timetables=self.timetables,
            areas=self.areas,
            law=policies.load_hand_off_law(),
            service_types=ROUTED_TYPES,
            interpreted=spoken_of(None),
        )


def services_for(agencies: int) -> int:
    """Return the number of services for a number of agencies.

    >>> services_for(300), services_for(20_000)
    (1400, 100000)
    """
    return 1400 if agencies == 300 else 5 * agencies


def draw_coalition(agencies: int, seed: int = 1) -> SyntheticCoalition:
    """Return the coalition of a size and seed, always the same: in one state up to 30,000 agencies, else in 51.

    >>> coalition = draw_coalition(300)
    >>> len(coalition.county), len(coalition.columns.active)
    (300, 1400)
    """
    rng = np.random.default_rng(seed)
    areas, counties = draw_areas(agencies, rng)
    county = counties[_skewed(len(counties), agencies, 0.85, rng)]
    kind = rng.choice(len(chances.KINDS), agencies, p=_shares(share for _, share, _, _ in chances.KINDS))
    organizations, kinds, likes = _organizations(kind, county, rng)
    owner = _owners(agencies, services_for(agencies), rng)
    columns, said_of, timetables = _services(owner, kind, county, areas, rng)
    words = Words(**said_of, kinds=kinds, likes=likes)
    agreements, said = _agreements(county, rng)
    slugs = Slugs(np.char.mod("a%06d", np.arange(agencies)).astype("S7"))
    service_slugs = Slugs(np.char.mod("s%07d", np.arange(len(owner))).astype("S8"))
    records = Records(
        organizations=DecodedOrganizations(organizations, words, slugs),
        services=DecodedServices(columns, words, timetables, tuple(areas), slugs, service_slugs),
        agreements=DecodedAgreements(agreements, *said, words.types, slugs),
        organization_index=slugs,
        service_index=service_slugs,
    )
    return SyntheticCoalition(areas, words, columns, organizations, agreements, timetables, records, county)


def _shares(given: Iterable[float] | Array) -> Array:
    shares = np.array(list(given), dtype=np.float64)
    return np.asarray(shares / shares.sum())


def _skewed(choices: int, count: int, steepness: float, rng: Draw) -> Array:
    """Return `count` random choices (numbers below `choices`), a few common and most rare."""
    return rng.choice(choices, count, p=rng.permutation(_shares(1 / np.arange(1, choices + 1) ** steepness)))


def _organizations(
    kind: Array, county: Array, rng: Draw
) -> tuple[OrganizationColumns, tuple[str | None, ...], tuple[Like, ...]]:
    models = [
        (routing.Organization("", "", basis=basis, kind=name, regimes=frozenset(regimes), membership=membership), place)
        for place, (name, _, basis, options) in enumerate(chances.KINDS)
        for regimes in options
        for membership in ("active", "none")
    ]
    of_kind = [[n for n, (_, place) in enumerate(models) if place == wanted] for wanted in range(len(chances.KINDS))]
    member = rng.random(len(kind)) < 0.5
    pick = np.zeros(len(kind), dtype=np.int64)
    for place, numbers in enumerate(of_kind):
        mine = np.flatnonzero(kind == place)
        half = rng.integers(0, len(numbers) // 2, len(mine)) * 2
        pick[mine] = np.array(numbers)[half + ~member[mine]]
    likes = list(dict.fromkeys(like_of(model) for model, _ in models))
    number_of = np.array([likes.index(like_of(model)) for model, _ in models])
    shelters = np.isin(kind, [n for n, (name, *_) in enumerate(chances.KINDS) if "shelter" in name])
    private = shelters & (rng.random(len(kind)) < 0.8)
    columns = OrganizationColumns(
        kind=narrow(kind),
        like=narrow(number_of[pick]),
        exposure=np.array([exposure_of(model) for model, _ in models], dtype=np.uint8)[pick],
        member=member,
        address_private=private,
        counts_hidden=private,
        near=np.full(len(kind), -1, dtype=np.int32),
        house=_houses(county, rng),
    )
    return columns, tuple(name for name, *_ in chances.KINDS), tuple(likes)


def _houses(county: Array, rng: Draw) -> Array:
    """Return each organization's house: one organization in 25 is a department of its neighbour in the county."""
    house = np.arange(len(county), dtype=np.int32)
    near = np.argsort(county, kind="stable")
    for place in np.flatnonzero(rng.random(len(county)) < 0.04).tolist():
        child, parent = near[place], near[place - 1]
        if county[child] == county[parent] and house[parent] == parent:
            house[child] = parent
    # A house has no parent: the department of a department counts to the top organization.
    return house[house]


def _owners(agencies: int, services: int, rng: Draw) -> Array:
    weight = rng.lognormal(0, 1.0, agencies)
    more = rng.multinomial(services - agencies, weight / weight.sum())
    return np.repeat(np.arange(agencies, dtype=np.int32), 1 + more)


def _services(
    owner: Array, kind: Array, county: Array, areas: dict[str, routing.Area], rng: Draw
) -> tuple[ServiceColumns, dict[str, Any], tuple[Timetable, ...]]:
    count = len(owner)
    types = tuple(sorted(SERVICE_TYPES))
    offered = _types(kind[owner], types, rng)
    timetables = _timetables()
    doors, requires = _doors(owner, rng), _requires(count, rng)
    modes, packet = _modes(count, rng)
    columns = ServiceColumns(
        organization=owner,
        active=rng.random(count) < 0.96,
        **_ages(count, rng),
        genders=np.where(rng.random(count) < 0.8, 0, rng.choice([1, 5, 5, 2, 31], count)).astype(np.uint8),
        only=np.where(rng.random(count) < 0.06, 1 << rng.integers(0, 6, count), 0).astype(np.uint16),
        excludes=np.where(rng.random(count) < 0.05, 64 << rng.integers(0, 3, count), 0).astype(np.uint16),
        companions=np.zeros(count, dtype=np.int8),
        waitlist=np.zeros(count, dtype=np.bool_),
        interpretation=rng.random(count) < 0.35,
        **_languages(count, rng),
        **draw_service_areas(county[owner], areas, _are_reports(offered, types), rng),
        types=offered,
        timetable=narrow(_skewed(len(timetables), count, 0.6, rng)),
        **_beds(count, rng),
        response_h=np.where(rng.random(count) < 0.35, -1, rng.choice([1, 2, 4, 8, 24, 48, 72], count)).astype(np.int16),
        modes=modes,
        door=narrow(doors[0]),
        requires=narrow(requires[0]),
        intake=narrow(np.where(packet, 1 + rng.integers(0, len(chances.INTAKES), count), 0)),
        designated=rng.random(count) < 0.01,
        **draw_places(county, owner, areas, rng),
    )
    words = {
        "types": types,
        "genders": GENDERS,
        "traits": (*chances.TRAITS_ASKED, *chances.TRAITS_REFUSED),
        "languages": chances.LANGUAGES,
        "doors": doors[1],
        "requires": requires[1],
        "intakes": (frozenset(), *map(frozenset, chances.INTAKES)),
    }
    return columns, words, timetables


def _timetables() -> tuple[Timetable, ...]:
    """Return 300 weeks: always open, no hours, office hours, by appointment, and random days, evenings and nights."""
    rng = np.random.default_rng(7)
    weeks: list[tuple[routing.Schedule, ...]] = [(_ALWAYS,), ()]
    weeks += [(routing.Schedule(frozenset(range(5)), time(8 + n % 2), time(16 + n % 3)),) for n in range(6)]
    weeks.append((routing.Schedule(None),))
    while len(weeks) < 300:
        days = frozenset(rng.choice(7, int(rng.integers(1, 7)), replace=False).tolist())
        opens, lasts = int(rng.integers(6, 22)), int(rng.integers(3, 12))
        row = routing.Schedule(days, time(opens), time((opens + lasts) % 24))
        weeks.append((row,))
    return tuple(weeks)


def _doors(owner: Array, rng: Draw) -> tuple[Array, tuple[frozenset[str], ...]]:
    count = len(owner)
    door = rng.choice(len(chances.DOORS), count, p=_shares(share for _, share in chances.DOORS))
    words = [frozenset(words) for words, _ in chances.DOORS]
    named = np.flatnonzero(rng.random(count) < 0.002)
    near = np.clip(owner[named] + rng.integers(1, 4, len(named)), 0, owner[-1])
    door[named] = len(words) + np.arange(len(named))
    return door, (*words, *(frozenset({f"a{number:06d}"}) for number in near.tolist()))


def _requires(count: int, rng: Draw) -> tuple[Array, tuple[frozenset[str], ...]]:
    first = chances.REQUIRED_FIRST
    words = (frozenset[str](), *(frozenset({service_type}) for service_type in first), frozenset(first[:2]))
    return np.where(rng.random(count) < 0.07, rng.integers(1, len(words), count), 0), words


def _modes(count: int, rng: Draw) -> tuple[Array, Array]:
    bits = {"warm": 1, "self": 2, "packet": 4}
    masks = np.array([sum(bits[mode] for mode in modes) for modes, _ in chances.MODES], dtype=np.uint8)
    modes = masks[rng.choice(len(masks), count, p=_shares(share for _, share in chances.MODES))]
    return modes, modes & 4 > 0


def _ages(count: int, rng: Draw) -> dict[str, Any]:
    low = rng.choice([0, 0, 0, 0, 0, 5, 12, 13, 16, 18, 18, 18, 18, 21, 60], count)
    high = rng.choice([12, 17, 17, 21, 24, 0, 0, 0, 0, 0, 0, 0], count)
    imported = rng.random(count) < 0.15
    upper = np.where((high == 0) | (low > high), NO_LIMIT, high)
    lower = np.where(low == 0, -NO_LIMIT, low)
    return {
        "minimum_age": lower.astype(np.int16),
        "maximum_age": upper.astype(np.int16),
        "minimum_known": ~imported | (lower > -NO_LIMIT),
        "maximum_known": ~imported | (upper < NO_LIMIT),
    }


def _languages(count: int, rng: Draw) -> dict[str, Any]:
    draw = rng.random(count)
    width = np.select([draw < 0.25, draw < 0.7, draw < 0.92], [0, 1, 2], 3)
    items = np.zeros((count, 3), dtype=np.uint8)
    items[:, 1] = 1
    items[:, 2] = rng.integers(2, len(chances.LANGUAGES), count)
    kept = np.arange(3) < width[:, None]
    return {
        "names_languages": width > 0,
        "languages": Lists(offsets_of(width), items[kept]),
        "languages_known": rng.random(count) < 0.95,
    }


def _are_reports(offered: Lists, types: tuple[str, ...]) -> Array:
    """Return for each service whether it takes reports (`chances.REPORTS`)."""
    numbers = [types.index(service_type) for service_type in chances.REPORTS]
    found: Array = np.logical_or.reduceat(np.isin(offered.items, numbers), offered.offsets[:-1])
    return found


def _types(kind: Array, types: tuple[str, ...], rng: Draw) -> Lists:
    count = len(kind)
    others = np.array([place for place, code in enumerate(types) if code not in chances.REPORTS])
    found = others[_skewed(len(others), count, 0.7, np.random.default_rng(11))]
    found = found[rng.permutation(count)]
    usual = rng.random(count) < 0.5
    for place, (name, *_) in enumerate(chances.KINDS):
        if own := chances.OF_KIND.get(name):
            mine = np.flatnonzero(usual & (kind == place))
            found[mine] = rng.choice([types.index(code) for code in own], len(mine))
    second = rng.choice(others, count)
    double = (rng.random(count) < 0.12) & (second != found)
    pair = np.sort(np.stack([found, np.where(double, second, len(types))], axis=1), axis=1)
    kept = pair < len(types)
    return Lists(offsets_of(kept.sum(axis=1)), narrow(pair[kept]))


def _beds(count: int, rng: Draw) -> dict[str, Any]:
    draw = rng.random(count)
    counted = draw < 0.45
    hours = np.where(draw < 0.34, rng.integers(0, 23, count), rng.integers(25, 500, count))
    when = epoch_us(chances.AT) - hours * 3_600_000_000
    when[draw < 0.01] = NEVER_COUNTED
    free = rng.choice(np.array([1, 1, 1, 1, 0, -1], dtype=np.int8), count)
    return {"beds": offsets_of(counted), "beds_free": free[counted], "beds_counted": when[counted].astype(np.int64)}


def _agreements(county: Array, rng: Draw) -> tuple[AgreementColumns, tuple[Array, Array, Array]]:
    """Return agreements between neighbours, in pairs and in regional groups; and their levels, types and data."""
    agencies = len(county)
    pairs, groups = agencies * 3 // 2, max(1, agencies // 20)
    width = np.concatenate([np.full(pairs, 2), rng.integers(3, 13, groups)])
    width = np.minimum(width, agencies)[rng.permutation(pairs + groups)]
    count = len(width)
    near = np.argsort(county, kind="stable")
    first = rng.integers(0, agencies, count)
    step = 1 + (rng.pareto(1.5, count) * 2).astype(np.int64) % max(1, agencies // 12)
    turn = spans(np.zeros(count, dtype=np.int64), width)
    row = np.repeat(np.arange(count), width)
    level = np.sort(rng.choice(3, count, p=[0.25, 0.35, 0.4])).astype(np.uint8)
    begun = rng.random(count) < 0.95
    lasts = rng.random(count) < 0.9
    today = chances.TODAY.toordinal()
    columns = agreement_columns(
        mutual=(width > 2) | (rng.random(count) < 0.85),
        effective=np.where(begun, np.where(rng.random(count) < 0.2, -NO_DAY, today - 400), today + 30).astype(np.int32),
        expires=np.where(lasts, np.where(rng.random(count) < 0.2, NO_DAY, today + 300), today - 10).astype(np.int32),
        parties=Lists(offsets_of(width), near[(first[row] + turn * step[row]) % agencies].astype(np.int32)),
        organizations=agencies,
    )
    types = np.where(rng.random(count) < 0.6, 0, rng.integers(1, 1 << 16, count)).astype(np.uint16)
    data = np.where(rng.random(count) < 0.7, 0, rng.integers(1, 4, count)).astype(np.uint8)
    return columns, (level, types, data)
