"""From records to columns: the only module that knows how a word becomes a number or a bit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from routing.costs import EXPOSURES, MODES, exposure_level
from routing.directory.agencies import Agreement, Capacity, Organization, Service
from routing.directory.arrays import Ints
from routing.directory.columns import (
    MANY,
    NEVER_COUNTED,
    NO_DAY,
    AgreementColumns,
    Like,
    Lists,
    Numbering,
    OrganizationColumns,
    Rows,
    ServiceColumns,
    lists_of,
    narrow,
    offsets_of,
)
from routing.directory.hours import epoch_us, whole_hours
from routing.directory.weekly_hours import Timetable
from routing.errors import DirectoryError

NO_LIMIT = 1 << 14
"""An upper age limit above every age; the negative is the lower limit."""

LEVELS = ("coalition", "coordination", "cooperation")

BINDING_TYPES = frozenset({"mou", "team"})
"""The agreement types that count for relationship, `accepts_from` and packets."""

MEMBERS = frozenset({"active", "non_active"})

MOST_TRAITS = 64
"""How many different traits services may ask for or refuse: traits are bits of one number."""


def encode_organizations(
    organizations: Sequence[Organization],
    areas: Sequence[str],
    *,
    family: Rows,
    kinds: Iterable[str | None] = (),
    likes: Iterable[Like] = (),
) -> tuple[OrganizationColumns, tuple[str | None, ...], tuple[Like, ...]]:
    """Return the columns of organizations in slug order, their kinds and their likes: earlier and further ones.

    Raises:
        DirectoryError: an organization lies near an area that is not in `areas`.
    """
    _require((o.near for o in organizations if o.near is not None), areas, "an organization lies near an area")
    place = {code: number for number, code in enumerate(areas)}
    kind, like = Numbering[str | None](kinds), Numbering[Like](likes)
    columns = OrganizationColumns(
        kind=narrow([kind.number(o.kind) for o in organizations]),
        like=narrow(
            [like.number(Like(o.kind, o.basis, o.regimes, o.declared, o.membership in MEMBERS)) for o in organizations]
        ),
        exposure=np.array(
            [EXPOSURES.index(exposure_level(basis=o.basis, kind=o.kind, regimes=o.regimes)) for o in organizations],
            dtype=np.uint8,
        ),
        member=np.array([o.membership in MEMBERS for o in organizations], dtype=np.bool_),
        address_private=np.array([o.address_private for o in organizations], dtype=np.bool_),
        counts_hidden=np.array([o.counts_hidden for o in organizations], dtype=np.bool_),
        near=np.array([-1 if o.near is None else place[o.near] for o in organizations], dtype=np.int32),
        family=family,
    )
    return columns, kind.words, like.words


def families_of(organizations: Sequence[Organization], index: Mapping[str, int]) -> Rows:
    """Return the organization at the top of each organization's family; parents must form no loop."""
    parents = [None if o.parent is None else index[o.parent] for o in organizations]

    def top(number: int) -> int:
        while (parent := parents[number]) is not None:
            number = parent
        return number

    return np.array([top(number) for number in range(len(organizations))], dtype=np.int32)


def words_of(services: Sequence[Service]) -> dict[str, tuple[str, ...]]:
    """Return the words of services that are sorted in `Words`: their order is the order of numbers and bits.

    Raises:
        DirectoryError: more than `MOST_TRAITS` traits or genders are in use.
    """
    return {
        "types": tuple(sorted({service_type for s in services for service_type in s.types})),
        "genders": _words(s.genders or () for s in services),
        "traits": _words((*s.only, *s.excludes) for s in services),
        "languages": tuple(sorted({tag.lower() for s in services for tag in s.languages or ()})),
    }


def encode_services(
    services: Sequence[Service],
    organization_index: Mapping[str, int],
    areas: Sequence[str],
    words: Mapping[str, Any],
    hours: Iterable[Timetable] = (),
) -> tuple[ServiceColumns, dict[str, Any], tuple[Timetable, ...]]:
    """Return the columns of services in slug order, the words behind the columns (organizations' aside), and hours.

    `words` holds every word of `words_of`; other words, and hours, are added to those given.

    Raises:
        DirectoryError: a service names an organization or area that is not in the directory.
    """
    _require((s.organization for s in services), organization_index, "a service names an organization")
    _require((code for s in services for code in s.areas or ()), areas, "a service names an area")
    doors, requires, intakes = (
        Numbering[frozenset[str]](words.get(name, ())) for name in ("doors", "requires", "intakes")
    )
    timetables = Numbering[Timetable](hours)
    columns = ServiceColumns(
        organization=np.array([organization_index[s.organization] for s in services], dtype=np.int32),
        active=_flags(s.active for s in services),
        minimum_age=np.array([-NO_LIMIT if s.minimum_age is None else s.minimum_age for s in services], dtype=np.int16),
        maximum_age=np.array([NO_LIMIT if s.maximum_age is None else s.maximum_age for s in services], dtype=np.int16),
        minimum_known=_flags(s.limits_known or s.minimum_age is not None for s in services),
        maximum_known=_flags(s.limits_known or s.maximum_age is not None for s in services),
        genders=_masks((s.genders or () for s in services), words["genders"]),
        only=_masks((s.only for s in services), words["traits"]),
        excludes=_masks((s.excludes for s in services), words["traits"]),
        companions=np.array([{True: 1, False: -1, None: 0}[s.companions] for s in services], dtype=np.int8),
        waitlist=_flags(s.waitlist is True for s in services),
        interpretation=_flags(s.interpretation for s in services),
        names_languages=_flags(s.languages is not None for s in services),
        languages=_numbered(((tag.lower() for tag in s.languages or ()) for s in services), words["languages"]),
        languages_known=_flags(s.languages_known for s in services),
        everywhere=_flags(s.areas is None for s in services),
        areas=_numbered((s.areas or () for s in services), areas),
        areas_known=_flags(s.areas_known for s in services),
        types=_numbered((s.types for s in services), words["types"]),
        timetable=narrow([timetables.number(s.schedules) for s in services]),
        **beds_of([s.capacities for s in services]),
        response_h=np.array(
            [-1 if s.response_time is None else whole_hours(s.response_time) for s in services], dtype=np.int16
        ),
        modes=_masks((s.accepts for s in services), MODES).astype(np.uint8),
        door=narrow([doors.number(s.accepts_from) for s in services]),
        requires=narrow([requires.number(s.requires) for s in services]),
        intake=narrow([intakes.number(s.intake_data) for s in services]),
        designated=_flags(s.designated for s in services),
        **_places([s.positions for s in services]),
    )
    further = {"doors": doors.words, "requires": requires.words, "intakes": intakes.words}
    return columns, {**words, **further}, timetables.words


def encode_agreements(
    agreements: Iterable[Agreement], organization_index: Mapping[str, int]
) -> tuple[AgreementColumns, tuple[Agreement, ...]]:
    """Return the columns of binding agreements, closest level first, then by slug; and the same agreements as records.

    Raises:
        DirectoryError: an agreement names an organization that is not in the directory.
    """
    binding = (a for a in agreements if a.status == "signed" and a.type in BINDING_TYPES)
    ordered = tuple(sorted(binding, key=lambda a: (LEVELS.index(a.level), a.slug)))
    _require((slug for a in ordered for slug in a.between), organization_index, "an agreement names an organization")
    parties = [[organization_index[slug] for slug in a.between] for a in ordered]
    columns = agreement_columns(
        mutual=_flags(a.mutual for a in ordered),
        effective=np.array([-NO_DAY if a.effective is None else a.effective.toordinal() for a in ordered], np.int32),
        expires=np.array([NO_DAY if a.expires is None else a.expires.toordinal() for a in ordered], np.int32),
        parties=lists_of(parties),
        organizations=len(organization_index),
    )
    return columns, ordered


def agreement_columns(
    *, mutual: Any, effective: Any, expires: Any, parties: Lists, organizations: int
) -> AgreementColumns:
    """Return the columns of agreements in order of closeness, with the agreements of each organization."""
    number = np.repeat(np.arange(len(mutual), dtype=np.int32), np.diff(parties.offsets))
    order = np.argsort(parties.items, kind="stable")
    counts = np.bincount(parties.items.astype(np.int64), minlength=organizations)
    of = Lists(offsets_of(counts), number[order])
    return AgreementColumns(mutual=mutual, effective=effective, expires=expires, parties=parties, of=of)


def _require(names: Iterable[str], known: Collection[str], what: str) -> None:
    if missing := set(names).difference(known):
        raise DirectoryError(f"{what} that is not here: {min(missing)}")


def _flags(values: Iterable[bool]) -> Any:
    return np.array(list(values), dtype=np.bool_)


def _words(groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    words = tuple(sorted({word for group in groups for word in group}))
    if len(words) > MOST_TRAITS:
        raise DirectoryError(f"more than {MOST_TRAITS} different traits or genders are in use")
    return words


def _masks(rows: Iterable[Iterable[str]], words: Sequence[str]) -> Ints:
    bit_of = {word: 1 << number for number, word in enumerate(words)}
    return narrow([sum(bit_of[word] for word in set(row) if word in bit_of) for row in rows])


def _numbered(rows: Iterable[Iterable[str]], words: Sequence[str]) -> Lists:
    number = {word: place for place, word in enumerate(words)}
    return lists_of([sorted(number[word] for word in row) for row in rows])


def beds_of(rows: Sequence[Sequence[Capacity]]) -> dict[str, Any]:
    """Return bed counts end to end, the counts of one service sorted: their order has no meaning.

    >>> beds_of([[Capacity(3, None), Capacity(None, None)], []])["beds_free"].tolist()
    [-1, 3]
    >>> beds_of([[Capacity(3, None), Capacity(None, None)], []])["beds"].tolist()
    [0, 2, 2]
    """
    counts = [sorted(map(_bed, row)) for row in rows]
    flat = [bed for row in counts for bed in row]
    return {
        "beds": offsets_of([len(row) for row in counts]),
        "beds_free": np.array([free for free, _ in flat], dtype=np.int8),
        "beds_counted": np.array([when for _, when in flat], dtype=np.int64),
    }


def _bed(row: Capacity) -> tuple[int, int]:
    if row.available is None:
        free = -1
    elif row.unit in (None, "bed"):
        free = min(max(row.available, 0), MANY)
    else:
        free = MANY if row.available > 0 else 0
    return free, NEVER_COUNTED if row.updated is None else epoch_us(row.updated)


def _places(rows: Sequence[Sequence[tuple[float, float]]]) -> dict[str, Any]:
    positions = Numbering[tuple[float, float]]()
    numbers = [[positions.number(place) for place in row] for row in rows]
    where = np.array(positions.words, dtype=np.float64).reshape(-1, 2)
    return {"places": lists_of(numbers), "latitude": where[:, 0].copy(), "longitude": where[:, 1].copy()}
