"""Decodes columns to records at first use: routing reads only the records of the few services on a path.

A coalition read from a database keeps its records in memory, so a record decoded once is kept here too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

import routing
from routing.costs import MODES
from routing.directory.columns import (
    NEVER_COUNTED,
    NO_DAY,
    AgreementColumns,
    OrganizationColumns,
    ServiceColumns,
    Words,
)
from routing.directory.encode_records import LEVELS, NO_LIMIT
from routing.directory.weekly_hours import Timetable

Record = TypeVar("Record")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATA = ("need", "identity", "contact_location", "narrative")


class Slugs(Mapping[str, int]):
    """Places of slugs in one sorted array of bytes; a place once looked up is kept.

    >>> slugs = Slugs(np.array([b"detox", b"hotline"]))
    >>> slugs["hotline"], slugs.at(0), "shelter" in slugs
    (1, 'detox', False)
    """

    def __init__(self, slugs: NDArray[np.bytes_]) -> None:
        self._slugs = slugs
        self._found: dict[str, int] = {}

    def __getitem__(self, slug: str) -> int:
        """Return the place of a slug.

        Raises:
            KeyError: the array does not hold the slug.
        """
        if slug not in self._found:
            self._found[slug] = self._find(slug)
        return self._found[slug]

    def _find(self, slug: str) -> int:
        if len(slug) > self._slugs.dtype.itemsize:  # numpy would copy them all to compare them with a longer word
            raise KeyError(slug)
        place = int(np.searchsorted(self._slugs, slug.encode()))
        if place == len(self._slugs) or self._slugs[place] != slug.encode():
            raise KeyError(slug)
        return place

    def at(self, place: int) -> str:
        """Return the slug at a place."""
        return bytes(self._slugs[place]).decode()

    @property
    def nbytes(self) -> int:
        """Bytes of the array."""
        return self._slugs.nbytes

    def __iter__(self) -> Iterator[str]:
        """Yield every slug, sorted."""
        return (slug.decode() for slug in self._slugs.tolist())

    def __len__(self) -> int:
        """Return the number of slugs."""
        return len(self._slugs)


class Decoded(Sequence[Record]):
    """A sequence of `_count` records. A record read by its place is kept; records of slices and loops are not."""

    _count: int

    @cached_property
    def _made(self) -> dict[int, Record]:
        return {}

    def _make(self, place: int) -> Record:
        raise NotImplementedError

    @overload
    def __getitem__(self, place: int) -> Record: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Record]: ...
    def __getitem__(self, place: int | slice) -> Record | Sequence[Record]:
        """Return the record at a place, or the records of a slice.

        Raises:
            IndexError: the place is negative or beyond the last.
        """
        if isinstance(place, slice):
            return [self._make(n) for n in range(*place.indices(self._count))]
        found = self._made.get(place)
        if found is None:
            if not 0 <= place < self._count:
                raise IndexError(place)
            found = self._made[int(place)] = self._make(int(place))
        return found

    def __iter__(self) -> Iterator[Record]:
        """Yield the records, in order."""
        return map(self._make, range(self._count))

    def __len__(self) -> int:
        """Return the number of records."""
        return self._count


@dataclass(frozen=True)
class DecodedOrganizations(Decoded[routing.Organization]):
    """Organizations, named by their slugs, without phones."""

    columns: OrganizationColumns
    words: Words
    slugs: Slugs

    @property
    def _count(self) -> int:  # type: ignore[override]
        return len(self.columns.kind)

    def _make(self, place: int) -> routing.Organization:
        like = self.words.likes[self.columns.like[place]]
        house = int(self.columns.house[place])
        return routing.Organization(
            slug=self.slugs.at(place),
            name=self.slugs.at(place),
            parent=None if house == place else self.slugs.at(house),
            kind=like.kind,
            basis=like.basis,
            regimes=like.regimes,
            declared=like.declared,
            reporter="none",
            membership="active" if like.member else "none",
            address_private=bool(self.columns.address_private[place]),
            counts_hidden=bool(self.columns.counts_hidden[place]),
        )


@dataclass(frozen=True)
class DecodedServices(Decoded[routing.Service]):
    """Services, named by their slugs, without phones."""

    columns: ServiceColumns
    words: Words
    timetables: tuple[Timetable, ...]
    areas: tuple[str, ...]
    organizations: Slugs
    slugs: Slugs

    @property
    def _count(self) -> int:  # type: ignore[override]
        return len(self.columns.active)

    def _make(self, place: int) -> routing.Service:
        c, words = self.columns, self.words
        low, high, response_h = int(c.minimum_age[place]), int(c.maximum_age[place]), int(c.response_h[place])
        genders = _named(int(c.genders[place]), words.genders)
        return routing.Service(
            slug=self.slugs.at(place),
            name=self.slugs.at(place),
            organization=self.organizations.at(int(c.organization[place])),
            types=frozenset(words.types[n] for n in c.types[place]),
            active=bool(c.active[place]),
            minimum_age=None if low == -NO_LIMIT else low,
            maximum_age=None if high == NO_LIMIT else high,
            limits_known=bool(c.minimum_known[place] and c.maximum_known[place]),
            languages=self._languages(place),
            interpretation=bool(c.interpretation[place]),
            areas=None if c.everywhere[place] else frozenset(self.areas[n] for n in c.areas[place]),
            areas_known=bool(c.areas_known[place]),
            languages_known=bool(c.languages_known[place]),
            schedules=self.timetables[c.timetable[place]],
            capacities=tuple(self._bed(n) for n in range(c.beds[place], c.beds[place + 1])),
            accepts=_named(int(c.modes[place]), MODES),
            accepts_from=words.doors[c.door[place]],
            requires=words.requires[c.requires[place]],
            intake_data=words.intakes[c.intake[place]],
            genders=genders or None,
            only=_named(int(c.only[place]), words.traits),
            excludes=_named(int(c.excludes[place]), words.traits),
            designated=bool(c.designated[place]),
            response_time=None if response_h < 0 else timedelta(hours=response_h),
            positions=tuple((float(c.latitude[n]), float(c.longitude[n])) for n in c.places[place]),
        )

    def _languages(self, place: int) -> frozenset[str] | None:
        if not self.columns.names_languages[place]:
            return None
        return frozenset(self.words.languages[n] for n in self.columns.languages[place])

    def _bed(self, number: int) -> routing.Capacity:
        free, counted = int(self.columns.beds_free[number]), int(self.columns.beds_counted[number])
        when = None if counted == NEVER_COUNTED else _EPOCH + timedelta(microseconds=counted)
        return routing.Capacity(None if free < 0 else free, when)


@dataclass(frozen=True)
class DecodedAgreements(Decoded[routing.Agreement]):
    """Agreements; `types` is a mask over `type_words`, `data` a mask over the classes of data; 0 stands for all."""

    columns: AgreementColumns
    levels: NDArray[Any]
    types: NDArray[Any]
    data: NDArray[Any]
    type_words: tuple[str, ...]
    organizations: Slugs

    @property
    def _count(self) -> int:  # type: ignore[override]
        return len(self.levels)

    def _make(self, place: int) -> routing.Agreement:
        c = self.columns
        return routing.Agreement(
            slug=f"m{place:07d}",
            between=tuple(self.organizations.at(int(n)) for n in c.parties[place]),
            mutual=bool(c.mutual[place]),
            level=LEVELS[self.levels[place]],
            effective=_day(int(c.effective[place])),
            expires=_day(int(c.expires[place])),
            types=_named(int(self.types[place]), self.type_words) or None,
            data=_named(int(self.data[place]), _DATA) or None,
        )


def _day(ordinal: int) -> date | None:
    return None if abs(ordinal) == NO_DAY else date.fromordinal(ordinal)


def _named(mask: int, words: Sequence[str]) -> frozenset[str]:
    return frozenset(word for bit, word in enumerate(words) if mask >> bit & 1)
