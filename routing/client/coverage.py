"""Which services of a directory take clients of every age in an area, by the verdicts of a search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.client.eligibility import UNKNOWN, YES, ClientView, Verdicts
from routing.client.unknowns import OLDEST
from routing.directory.agencies import Schedule
from routing.directory.columns import Rows
from routing.directory.snapshot import Snapshot
from routing.directory.weekly_hours import WEEK_US, is_weekly, week_of
from routing.model import Client
from routing.ports import Ages

Flags = NDArray[np.bool_]


class Acceptance(NamedTuple):
    """Which services of a survey surely take a client in an area (`sure`), and which may: age bands by services."""

    sure: Flags
    unsure: Flags


class Survey:
    """The active services of a snapshot (`rows`, rising), judged for coverage by age bands. Pure.

    With a `language` (BCP 47) a service takes a client only so far as it has the language.
    """

    def __init__(self, snapshot: Snapshot, bands: Sequence[Ages], *, language: str | None = None) -> None:
        self._snapshot = snapshot
        self.rows: Rows = np.flatnonzero(snapshot.columns.active).astype(np.int32)
        ages = [ClientView(snapshot, Client(*band)).age(self.rows) for band in bands]
        speaks: Verdicts = np.full(len(self.rows), YES)
        if language is not None:
            speaks = ClientView(snapshot, Client(languages=(language,))).language(self.rows)
        self._verdicts = np.minimum(np.array(ages, dtype=np.int8).reshape(len(bands), -1), speaks)

    def acceptance(self, area: str | None) -> Acceptance:
        """Return the services that take a client in this area (None: anywhere), all other facts aside.

        Raises:
            UnknownArea: the area is not in the snapshot.
        """
        verdicts = self._verdicts
        if area is not None:
            verdicts = np.minimum(verdicts, ClientView(self._snapshot, Client(area=area)).area(self.rows))
        return Acceptance(verdicts == YES, verdicts == UNKNOWN)

    def acceptance_anywhere(self) -> Flags:
        """Return the services that surely take a client in some area, age bands by services."""
        columns = self._snapshot.columns
        somewhere = columns.everywhere | (np.diff(columns.areas.offsets) > 0)
        flags: Flags = (self._verdicts == YES) & somewhere[self.rows]
        return flags


def age_bands(snapshot: Snapshot) -> tuple[Ages, ...]:
    """Return the ages in completed years, 0 to `OLDEST`, cut where active services begin and end; rising. Pure."""
    columns = snapshot.columns
    low = columns.minimum_age[columns.active & columns.minimum_known]
    high = columns.maximum_age[columns.active & columns.maximum_known]
    begins = {0, *(age for age in (*low.tolist(), *(high + 1).tolist()) if 0 < age <= OLDEST)}
    ordered = sorted(begins)
    return tuple(zip(ordered, [*(age - 1 for age in ordered[1:]), OLDEST], strict=True))


def is_always_open(schedules: Iterable[Schedule]) -> bool:
    """Return whether weekly opening hours without first and last day leave no minute of the week out. Pure.

    >>> from datetime import time
    >>> days, nights = (Schedule(frozenset(range(7)), *hours) for hours in ((time(6), time(22)), (time(22), time(6))))
    >>> is_always_open([days]), is_always_open([days, nights])
    (False, True)
    """
    week = week_of(tuple(row for row in schedules if is_weekly(row)))
    following = [start for start, _ in week[1:]] + [start + WEEK_US for start, _ in week[:1]]
    return bool(week) and all(start <= until for (_, until), start in zip(week, following, strict=True))
