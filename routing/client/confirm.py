"""Matters for the agency itself to settle before taking the client: they close no door, and cost points.

Three matters are to confirm (contract, "To confirm"), each judged by the type to be met: traits refused and not known,
a language not surely shared, and companions. An empty string stands for no type, at a gateway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.cached_property import cached_property
from routing.client.eligibility import YES, ClientView
from routing.costs import ASKED, ASKED_BY_A_STRANGER, EXPOSURES, FOREIGN, FOREIGN_ALONE
from routing.directory.arrays import Ints, are_among
from routing.directory.columns import Rows
from routing.directory.moment import Moment
from routing.directory.snapshot import Snapshot, mask_of
from routing.model import Client, Confirm
from routing.ports import ServiceTypes

ADULT = 18
"""The age (completed years) from which a client is an adult."""

_DISCOVERABLE, _DISCLOSED = EXPOSURES.index("discoverable"), EXPOSURES.index("disclosed")
_TAKES_ALONG, _TAKES_NONE = 1, -1
_ALL_TRAITS = np.uint64((1 << 64) - 1)

Flags = NDArray[np.bool_]


def beds_to_show(moment: Moment, reader: int, rows: Rows, beds: Ints | int) -> Ints:
    """Return how many free beds each service must have for a party of so many `beds` to find room there. Pure.

    Where the reader (organization) may not see the count, one will do: an answer must not tell more of it.
    """
    minimum: Ints = np.broadcast_to(beds, len(rows))
    return minimum if (minimum == 1).all() else np.where(moment.sees_counts(reader, rows), minimum, 1)


class ToConfirm(NamedTuple):
    """The matters to confirm at some services for one type, entry by entry.

    `question_points` are the points for traits and companions, `foreign`: no language is surely shared. `unasked`: a
    trait that must not be asked about closes the service; `too_old`, `unlike`: the companions' ages, or genders, do.

    >>> no, yes = np.array([False]), np.array([True])
    >>> shelter = ToConfirm(np.array([30]), foreign=yes, unasked=no, too_old=no, unlike=no)
    >>> shelter.closes.tolist(), shelter.any.tolist()
    ([False], [True])
    >>> shelter.points(alone=False).tolist(), shelter.points(alone=True).tolist()
    ([90], [190])
    """

    question_points: NDArray[np.int64]
    foreign: Flags
    unasked: Flags
    too_old: Flags
    unlike: Flags

    @property
    def closes(self) -> Flags:
        """Which services do not take the client."""
        return self.unasked | self.too_old | self.unlike

    @property
    def any(self) -> Flags:
        """Which services have a matter to confirm: a packet will not do."""
        return (self.question_points > 0) | self.foreign

    def points(self, *, alone: bool) -> NDArray[np.int64]:
        """Return the points at each service; `alone`: the client is given the contact."""
        return self.question_points + np.where(self.foreign, FOREIGN_ALONE if alone else FOREIGN, 0)


@dataclass(frozen=True, eq=False)
class Confirming:
    """The matters to confirm of one client at the services of one snapshot.

    `denied` are traits (a mask) taken as false, `adult`: the client is taken as an adult. `sees` says of services
    whether the origin may see their counts.
    """

    snapshot: Snapshot
    view: ClientView
    client: Client
    denied: int = 0
    sees: Callable[[Rows], Flags] = lambda rows: np.ones(len(rows), dtype=np.bool_)
    adult: bool = False

    @property
    def _types(self) -> ServiceTypes:
        return self.snapshot.service_types

    def at(self, rows: Rows, *service_types: str, index: Ints | None = None) -> ToConfirm:
        """Return the matters to confirm at each service for its type: `index` gives the place in `service_types`.

        Without `index` there is one type for all rows: `at(rows, "food")`. Pure.
        """
        never = self.never_asked(rows, *service_types, index=index)
        unasked, to_ask = never != 0, self.unknown_of(rows) & ~never
        by_stranger = (self._exposure(rows) == _DISCLOSED) & (to_ask & self.snapshot.protected_topics != 0)
        question_points = np.where(to_ask != 0, np.where(by_stranger, ASKED_BY_A_STRANGER, ASKED), 0)
        too_old = unlike = np.zeros(len(rows), dtype=np.bool_)
        concerned = _each(rows, [service_type in self._types.with_companions for service_type in service_types], index)
        if self.client.companions and concerned.any():
            too_old, unlike, unsure = (flags & concerned for flags in self._companions(rows))
            question_points = np.maximum(question_points, np.where(unsure, ASKED, 0))
        return ToConfirm(question_points, self.view.language(rows) != YES, unasked, too_old, unlike)

    def entries(self, row: int, service_type: str, *, protected_topics: bool) -> Iterator[Confirm]:
        """Yield the matters to confirm at one service; `protected_topics` are not named to a systems-based origin."""
        rows = np.array([row])
        unknown = int(self.unknown_of(rows)[0] & ~self.never_asked(rows, service_type)[0])
        for place, trait in enumerate(self.snapshot.words.traits):
            if unknown >> place & 1:
                hidden = not protected_topics and trait in self.snapshot.law.left_to_advocates
                yield Confirm("trait", None if hidden else f"client.traits.{trait}")
        if self.view.language(rows)[0] != YES:
            yield Confirm("language", "client.languages")
        if service_type in self._types.with_companions and self.client.companions and self._companions(rows)[2][0]:
            yield Confirm("companions", "client.with")

    def opens_to_adults(self, rows: Rows) -> Flags:
        """Return which services do not take a child with an adult, but an adult, where companions count. Pure."""
        opens = np.zeros(len(rows), dtype=np.bool_)
        if self.client.companions and self._is_child_with_adult:
            items, place = self.snapshot.columns.types.at(rows)
            number_of = self.snapshot.type_number
            numbers = [number_of[service_type] for service_type in self._types.with_companions & number_of.keys()]
            opens[place[are_among(items, numbers)]] = True
            too_old, unlike, _ = self._companions(rows)
            opens &= (too_old | unlike) & (self.snapshot.columns.companions[rows] != _TAKES_NONE)
        return opens

    def unknown_of(self, rows: Rows) -> NDArray[np.uint64]:
        """Return, for each service, the traits (a mask) refused by the service and unknown of the client; pure."""
        return self.snapshot.columns.excludes[rows] & self._unknown

    def never_asked(self, rows: Rows, *service_types: str, index: Ints | None = None) -> NDArray[np.uint64]:
        """Return the traits of `unknown_of` that close a service, which must not ask about them; types as in `at`."""
        families = _each(rows, [service_type in self._types.never_asked_first for service_type in service_types], index)
        if not all(service_types):
            families |= self._only_for_families(rows) & _each(
                rows, [not service_type for service_type in service_types], index
            )
        hidden = np.where(self._exposure(rows) == _DISCOVERABLE, self.snapshot.protected_topics, np.uint64(0))
        return self.unknown_of(rows) & np.where(families, _ALL_TRAITS, hidden)

    def _exposure(self, rows: Rows) -> NDArray[np.uint8]:
        return self.snapshot.organization_columns.exposure[self.snapshot.columns.organization[rows]]

    @cached_property
    def _unknown(self) -> np.uint64:
        traits = (trait for trait, value in self.client.traits.items() if value is not None)
        return np.uint64(~(mask_of(traits, self.snapshot.words.traits) | self.denied) & (1 << 64) - 1)

    def _only_for_families(self, rows: Rows) -> Flags:
        types = self.snapshot.columns.types
        alone = np.diff(types.offsets)[rows] == 1
        return alone & self.snapshot.never_asked_first[types.items[types.offsets[rows]]]

    def _companions(self, rows: Rows) -> tuple[Flags, Flags, Flags]:
        """Return where companions' ages close a service, where their genders do, and where they or room are unsure."""
        ages, genders = np.ones(len(rows), dtype=np.bool_), np.ones(len(rows), dtype=np.bool_)
        for companion in self.client.companions:
            along = ClientView(self.snapshot, Client(companion.age_min, companion.age_max, companion.gender))
            ages &= along.age(rows) == YES
            genders &= along.gender(rows) == YES
        says = self.snapshot.columns.companions[rows]
        unfit = ~(ages & genders) & (says != _TAKES_ALONG)
        closes = unfit & ((says == _TAKES_NONE) | self._is_child_with_adult)
        return closes & ~ages, closes & ~genders, (unfit | ~self.sees(rows)) & ~closes

    @cached_property
    def _is_child_with_adult(self) -> bool:
        young = not self.adult and (self.client.age_min is None or self.client.age_min < ADULT)
        return young and any(
            companion.age_max is None or companion.age_max >= ADULT for companion in self.client.companions
        )


def _each(rows: Rows, of_types: Sequence[bool], index: Ints | None) -> Flags:
    """Return for each row the flag of its type, the flag at `index`."""
    flags = np.array(of_types, dtype=np.bool_)
    return np.repeat(flags, len(rows)) if index is None else flags[index]
