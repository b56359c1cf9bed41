"""The directory as read-only arrays: all that a search reads of sets of services.

A word shared by many rows is kept once, and rows hold the word's number in the narrowest integers that fit.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from routing.directory.arrays import Ints, distinct

Rows = NDArray[np.int32]
Word = TypeVar("Word", bound=Hashable)

NO_DAY = np.iinfo(np.int32).max
"""A last day that never comes; the negative is a first day before every day."""

NEVER_COUNTED = np.iinfo(np.int64).min

MANY = 100
"""The highest number of free places that is counted."""


class Sealed:
    """A record of read-only arrays, so that threads may share the record."""

    __slots__ = ()

    def __post_init__(self) -> None:
        seal(*(getattr(self, column.name) for column in fields(self)))  # type: ignore[arg-type]


def seal(*columns: object) -> None:
    """Make the arrays among `columns` read-only."""
    for column in columns:
        if isinstance(column, np.ndarray):
            column.setflags(write=False)


@dataclass(frozen=True, slots=True)
class Lists(Sealed):
    """One list of small integers for each row, end to end: row i holds `items[offsets[i]:offsets[i + 1]]`.

    >>> lists = lists_of([[5, 6], [], [7]])
    >>> lists.offsets.tolist(), lists.items.tolist(), lists[0].tolist()
    ([0, 2, 2, 3], [5, 6, 7], [5, 6])
    """

    offsets: Ints
    items: Ints

    def __getitem__(self, row: int) -> Ints:
        return self.items[self.offsets[row] : self.offsets[row + 1]]

    def at(self, rows: Ints) -> tuple[Ints, Ints]:
        """Return the items of these rows end to end, and for each item the place of its row in `rows`.

        >>> items, place = lists_of([[5, 6], [], [7]]).at(np.array([2, 0]))
        >>> items.tolist(), place.tolist()
        ([7, 5, 6], [0, 1, 1])
        """
        starts, lengths = self.offsets[rows], self.offsets[rows + 1] - self.offsets[rows]
        return self.items[spans(starts, lengths)], np.repeat(np.arange(len(rows)), lengths)

    def joined(self, addition: Lists, rows: Ints) -> Lists:
        """Return the rows of these lists, where `rows` counts those of `addition` on from these.

        >>> lists = lists_of([[5, 6], [], [7]]).joined(lists_of([[8]]), np.array([2, 3]))
        >>> lists[0].tolist(), lists[1].tolist()
        ([7], [8])
        """
        starts = np.concatenate([self.offsets[:-1], addition.offsets[:-1].astype(np.int64) + len(self.items)])[rows]
        lengths = np.concatenate([np.diff(self.offsets), np.diff(addition.offsets)])[rows]
        return Lists(offsets_of(lengths), np.concatenate([self.items, addition.items])[spans(starts, lengths)])

    def best(self, rows: Ints, verdicts: NDArray[np.int8]) -> NDArray[np.int8]:
        """Return the highest verdict among each row's items (`verdicts` by value of an item), 0 for an empty list.

        >>> lists = lists_of([[0, 1], [], [1]])
        >>> lists.best(np.array([0, 1, 2]), np.array([2, 1], dtype=np.int8)).tolist()
        [2, 0, 1]
        """
        (items, place), highest = self.at(rows), np.zeros(len(rows), dtype=np.int8)
        np.maximum.at(highest, place, verdicts[items])
        return highest


def spans(starts: Ints, lengths: Ints) -> NDArray[np.int64]:
    """Return the indices of several spans of one array, end to end.

    >>> spans(np.array([10, 20]), np.array([2, 3])).tolist()
    [10, 11, 20, 21, 22]
    """
    ends = np.cumsum(lengths)
    if not len(ends):
        return np.empty(0, dtype=np.int64)
    return np.arange(ends[-1]) + np.repeat(starts - (ends - lengths), lengths)


@dataclass(frozen=True, slots=True)
class ServiceColumns(Sealed):
    """One entry for each service, in slug order.

    Masks follow `Words.genders`, `Words.traits` and `MODES`; word numbers follow the field of `Words` of the same name.
    `response_h` are whole hours, -1 unknown; a count is `beds_free` (-1 unknown, at most `MANY`, and exactly `MANY`
    where a free unit is no bed) as of `beds_counted` (microseconds). `companions`: 1 takes every companion, -1 none, 0
    unknown. `places` number `latitude` and `longitude`, which services of one family often share.
    """

    organization: Rows
    active: NDArray[np.bool_]
    minimum_age: NDArray[np.int16]
    maximum_age: NDArray[np.int16]
    minimum_known: NDArray[np.bool_]
    maximum_known: NDArray[np.bool_]
    genders: Ints
    only: Ints
    excludes: Ints
    companions: NDArray[np.int8]
    waitlist: NDArray[np.bool_]
    interpretation: NDArray[np.bool_]
    names_languages: NDArray[np.bool_]
    languages: Lists
    languages_known: NDArray[np.bool_]
    everywhere: NDArray[np.bool_]
    areas: Lists
    areas_known: NDArray[np.bool_]
    types: Lists
    timetable: Ints
    beds: Ints
    beds_free: NDArray[np.int8]
    beds_counted: NDArray[np.int64]
    response_h: NDArray[np.int16]
    modes: NDArray[np.uint8]
    door: Ints
    requires: Ints
    intake: Ints
    designated: NDArray[np.bool_]
    places: Lists
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OrganizationColumns(Sealed):
    """One entry for each organization, in slug order. `near` is an area's place in the order of codes, or -1."""

    kind: Ints
    like: Ints
    exposure: NDArray[np.uint8]
    member: NDArray[np.bool_]
    address_private: NDArray[np.bool_]
    counts_hidden: NDArray[np.bool_]
    near: Rows
    family: Rows


@dataclass(frozen=True, slots=True)
class AgreementColumns(Sealed):
    """One entry for each binding written agreement, closest level first, then by slug. Days are proleptic."""

    mutual: NDArray[np.bool_]
    effective: NDArray[np.int32]
    expires: NDArray[np.int32]
    parties: Lists
    of: Lists

    def in_force(self, number: int, day: int) -> bool:
        """Return whether an agreement is in force on a day (proleptic ordinal)."""
        return bool(self.effective[number] <= day <= self.expires[number])


@dataclass(frozen=True, slots=True)
class DoorColumns(Sealed):
    """The organizations let in by each door (a service's `accepts_from`) for their attributes, agreements aside.

    `kinds` has a row for each door and a column for each kind; `organizations` are those that the door names.

    >>> words = Words((), (), (), (), ("shelter", None), (frozenset({"shelter", "hotline"}),), (), (), ())
    >>> doors = DoorColumns.build(words, {"hotline": 0})
    >>> doors.kinds.tolist(), doors.organizations[0].tolist()
    ([[True, False]], [0])
    """

    kinds: NDArray[np.bool_]
    members: NDArray[np.bool_]
    organizations: Lists

    @classmethod
    def build(cls, words: Words, index: Mapping[str, int]) -> DoorColumns:
        """Return the columns of the doors in `words`; `index` are the organizations by slug."""
        kinds = [["anyone" in door or kind in door for kind in words.kinds] for door in words.doors]
        return cls(
            kinds=np.array(kinds, dtype=np.bool_).reshape(len(words.doors), len(words.kinds)),
            members=np.array(["members" in door for door in words.doors], dtype=np.bool_),
            organizations=lists_of([sorted(index[word] for word in door if word in index) for door in words.doors]),
        )

    def naming(self, organization: int) -> Ints:
        """Return the doors that name an organization."""
        return (
            np.searchsorted(
                self.organizations.offsets, np.flatnonzero(self.organizations.items == organization), "right"
            )
            - 1
        )


class Like(NamedTuple):
    """The attributes of a holder on which a hop can depend, ties to the recipient aside."""

    kind: str | None
    basis: str | None
    regimes: frozenset[str]
    declared: bool
    member: bool


@dataclass(frozen=True, slots=True)
class Words:
    """The words behind the numbers and bits of the columns."""

    types: tuple[str, ...]
    genders: tuple[str, ...]
    traits: tuple[str, ...]
    languages: tuple[str, ...]
    kinds: tuple[str | None, ...]
    doors: tuple[frozenset[str], ...]
    requires: tuple[frozenset[str], ...]
    intakes: tuple[frozenset[str], ...]
    likes: tuple[Like, ...]


class Numbering(Generic[Word]):
    """Gives each different word a number, in the order of first use.

    >>> numbering = Numbering(["shelter", "detox", "shelter"])
    >>> numbering.words, numbering.number("detox")
    (('shelter', 'detox'), 1)
    """

    def __init__(self, words: Iterable[Word] = ()) -> None:
        self.numbers: dict[Word, int] = {}
        for word in words:
            self.number(word)

    def number(self, word: Word) -> int:
        """Return the number of a word; a new word gets the next number."""
        return self.numbers.setdefault(word, len(self.numbers))

    @property
    def words(self) -> tuple[Word, ...]:
        """Every word so far, by number."""
        return tuple(self.numbers)


def narrow(values: Sequence[int] | Ints) -> Ints:
    """Return whole numbers, 0 or higher, in the narrowest unsigned integers that hold the values.

    >>> narrow([1, 255]).dtype, narrow([1, 256]).dtype
    (dtype('uint8'), dtype('uint16'))
    """
    array = np.asarray(values, dtype=np.uint64)
    return array.astype(np.min_scalar_type(int(array.max(initial=0))))


def lists_of(rows: Sequence[Sequence[int]]) -> Lists:
    """Return lists of numbers end to end."""
    return Lists(offsets_of([len(row) for row in rows]), narrow([item for row in rows for item in row]))


def offsets_of(lengths: Sequence[int] | Ints) -> Ints:
    """Return where each of several lists begins, and where the last ends; signed, as differences are taken.

    >>> offsets_of([2, 0, 1]).tolist()
    [0, 2, 2, 3]
    """
    offsets = np.zeros(len(lengths) + 1, dtype=_signed(int(np.sum(lengths, dtype=np.int64))))
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def _signed(most: int) -> type[np.signedinteger[Any]]:
    """Return the narrowest signed integers of two bytes or more that hold a whole number."""
    return next(dtype for dtype in (np.int16, np.int32, np.int64) if most <= np.iinfo(dtype).max)


@dataclass(frozen=True, slots=True)
class Postings(Sealed):
    """The services of each type and area. Slot 0 stands for everywhere, slot a + 1 for area a."""

    slots: int
    starts: Ints
    rows: Ints

    @classmethod
    def build(cls, columns: ServiceColumns, types: int, areas: int) -> Postings:
        """Return the postings of all services; two counting sorts."""
        slots = areas + 1
        area_counts = np.diff(columns.areas.offsets)
        width = np.where(columns.everywhere, 1, area_counts)
        row = np.repeat(np.arange(len(width), dtype=_signed(len(width))), np.diff(columns.types.offsets))
        service_type = np.repeat(columns.types.items, width[row])
        is_everywhere = columns.everywhere[row]
        slot = np.zeros(len(service_type), dtype=np.min_scalar_type(slots))
        by_area = np.repeat(~is_everywhere, width[row])
        slot[by_area] = columns.areas.at(row[~is_everywhere])[0].astype(np.int64) + 1
        owner = np.repeat(row, width[row])
        order = np.argsort(slot, kind="stable")
        order = order[np.argsort(service_type[order], kind="stable")]
        cells = np.bincount(service_type.astype(np.int64) * slots + slot, minlength=types * slots)
        return cls(slots, offsets_of(cells), owner[order])

    def covering(self, service_types: Sequence[int] | Ints, slots: Sequence[int]) -> Rows:
        """Return the services of any of these types that list any of these slots, each once, rising."""
        cells = (np.asarray(service_types, dtype=np.int64)[:, None] * self.slots + np.asarray(slots)).ravel()
        rows = self.rows[spans(self.starts[cells], self.starts[cells + 1] - self.starts[cells])]
        return distinct(rows).astype(np.int32)
