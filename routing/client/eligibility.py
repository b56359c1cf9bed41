"""Whether a service takes a client: yes, no, or unknown, which is neither; for whole arrays of services at once."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from routing.cached_property import cached_property
from routing.directory.encode_records import NO_LIMIT
from routing.directory.snapshot import Snapshot, mask_of
from routing.errors import UnknownArea
from routing.model import Client

Verdicts = NDArray[np.int8]
NO, UNKNOWN, YES = np.int8(0), np.int8(1), np.int8(2)

DIMENSIONS = ("age", "area", "gender", "trait")
"""The dimensions that open and close a service to a client; the names are the reason codes on the wire."""


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Verdicts on rows of a snapshot (`rows`, service indices), with an array for each dimension.

    >>> verdicts = [np.array([verdict]) for verdict in (YES, UNKNOWN, YES, YES)]
    >>> Eligibility(np.array([7], dtype=np.int32), *verdicts).overall == UNKNOWN
    array([ True])
    """

    rows: NDArray[np.int32]
    age: Verdicts
    area: Verdicts
    gender: Verdicts
    trait: Verdicts

    @property
    def overall(self) -> Verdicts:
        """The lowest verdict of the four dimensions: yes only if each is yes, no as soon as one is no."""
        return np.minimum.reduce([self.age, self.area, self.gender, self.trait])

    def only(self, keep: NDArray[np.bool_]) -> Eligibility:
        """Return the verdicts on the rows to keep (flags)."""
        return Eligibility(*(getattr(self, column.name)[keep] for column in fields(self)))


class ClientView:
    """A client as a snapshot sees them: the look-ups shared by every service, made once for a request."""

    def __init__(self, snapshot: Snapshot, client: Client) -> None:
        """Refuse a client whose area is not in the snapshot.

        Raises:
            UnknownArea: it is not.
        """
        if client.area is not None and client.area not in snapshot.areas:
            raise UnknownArea("client.area")
        self._snapshot = snapshot
        self._client = client

    @cached_property
    def _tags(self) -> Verdicts:
        spoken = [tag.lower() for tag in self._client.languages or ()]
        return np.array(
            [max(_speaks(offered, tag) for tag in spoken) for offered in self._snapshot.words.languages],
            dtype=np.int8,
        )

    @cached_property
    def _areas(self) -> Verdicts:
        tree, area = self._snapshot.area_tree, self._client.area
        verdicts = np.zeros(len(tree.index), dtype=np.int8)
        if area is None:
            verdicts[:] = UNKNOWN
            return verdicts
        verdicts[tree.within(area)] = UNKNOWN
        verdicts[tree.upwards(area)] = YES
        return verdicts

    def judge(self, rows: NDArray[np.int32]) -> Eligibility:
        """Return the verdicts on the services `rows`; pure."""
        return Eligibility(rows, self.age(rows), self.area(rows), self.gender(rows), self._trait(rows))

    def takes(self, rows: NDArray[np.int32]) -> NDArray[np.int32]:
        """Return the rows that surely take the client, of rows that surely cover the client's area."""
        for judged in (self.age, self.gender, self._trait):
            rows = rows[judged(rows) == YES]
        return rows

    def area(self, rows: NDArray[np.int32]) -> Verdicts:
        """Return whether the services cover the client's area."""
        columns = self._snapshot.columns
        by_area = np.maximum(columns.areas.best(rows, self._areas), _at_least(columns.areas_known[rows]))
        return np.where(columns.everywhere[rows], YES, by_area)

    def age(self, rows: NDArray[np.int32]) -> Verdicts:
        """Return whether the services take the client's age."""
        columns, client = self._snapshot.columns, self._client
        youngest = 0 if client.age_min is None else client.age_min
        oldest = NO_LIMIT if client.age_max is None else client.age_max
        low, high = columns.minimum_age[rows], columns.maximum_age[rows]
        inside = columns.minimum_known[rows] & columns.maximum_known[rows] & (low <= youngest) & (oldest <= high)
        outside = (oldest < low) | (high < youngest)
        return np.where(outside, NO, np.where(inside, YES, UNKNOWN))

    def gender(self, rows: NDArray[np.int32]) -> Verdicts:
        """Return whether the services take the client's gender."""
        genders = self._snapshot.columns.genders[rows]
        if self._client.gender is None:
            # Every gender listed is the same as no list, and the vocabulary of genders is closed.
            return np.where((genders == 0) | (np.bitwise_count(genders) == _GENDERS), YES, UNKNOWN)
        bit = np.uint64(mask_of([self._client.gender], self._snapshot.words.genders))
        return np.where((genders == 0) | ((genders & bit) != 0), YES, NO)

    def language(self, rows: NDArray[np.int32]) -> Verdicts:
        """Return whether the services have a language of the client's; a client's unknown language is no obstacle."""
        columns = self._snapshot.columns
        if not self._client.languages:
            return np.full(len(rows), YES)
        english = any(_speaks("en", tag.lower()) == YES for tag in self._client.languages)
        unnamed = YES if english else UNKNOWN
        by_language = np.maximum(columns.languages.best(rows, self._tags), _at_least(columns.languages_known[rows]))
        spoken = np.where(columns.names_languages[rows], by_language, unnamed)
        return np.maximum(spoken, np.where(columns.interpretation[rows], self._interpreted, NO))

    @cached_property
    def _interpreted(self) -> np.int8:
        offered, spoken = self._snapshot.interpreted, [tag.lower() for tag in self._client.languages or ()]
        return max((_speaks(language, tag) for language in offered for tag in spoken), default=NO)

    def _trait(self, rows: NDArray[np.int32]) -> Verdicts:
        """Return the verdicts on traits: an unknown trait closes no service that merely refuses the trait."""
        traits = self._snapshot.words.traits
        true = np.uint64(mask_of((t for t, v in self._client.traits.items() if v is True), traits))
        false = np.uint64(mask_of((t for t, v in self._client.traits.items() if v is False), traits))
        only, excludes = self._snapshot.columns.only[rows], self._snapshot.columns.excludes[rows]
        barred = ((only & false) != 0) | ((excludes & true) != 0)
        clear = (only & ~true) == 0
        return np.where(barred, NO, np.where(clear, YES, UNKNOWN))


_GENDERS = 5


def _at_least(complete: NDArray[np.bool_]) -> Verdicts:
    """Return the lowest verdict that a list can give: no for a complete list, otherwise unknown."""
    return np.where(complete, NO, UNKNOWN)


def _speaks(offered: str, spoken: str) -> np.int8:
    """BCP 47 by prefix: "es" serves "es-MX"; whether "zh-yue" serves a client known only as "zh" is unknown."""
    if spoken == offered or spoken.startswith(f"{offered}-"):
        return YES
    return UNKNOWN if offered.startswith(f"{spoken}-") else NO
