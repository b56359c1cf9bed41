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
from routing.model import Client
from routing.ports import Ages

Flags = NDArray[np.bool_]
_DAY = 24 * 60
_WEEK = 7 * _DAY
_LAST_MINUTE = _DAY - 1


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
    """Return the ages in completed years, 0 to `OLDEST`, cut where active services begin and end; rising. Pure.

    >>> from policies import load_hand_off_law
    >>> from routing.ports import ServiceTypes
    >>> from routing.directory.agencies import Directory, Organization, Service
    >>> from routing.directory.build_snapshot import build_snapshot
    >>> shelter = Service("hope-1", "Shelter", "hope", frozenset({"shelter"}), minimum_age=11, maximum_age=17)
    >>> hope, law = Organization("hope", "Hope"), load_hand_off_law()
    >>> directory = Directory(1, "America/Chicago", (), (hope,), (shelter,), (), law, ServiceTypes())
    >>> age_bands(build_snapshot(directory))
    ((0, 10), (11, 17), (18, 120))
    """
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
    spans: list[tuple[int, int]] = []
    for row in schedules:
        limited = row.valid_from is not None or row.valid_to is not None
        if row.weekdays is None or row.opens_at is None or row.closes_at is None or limited:
            continue
        begin = row.opens_at.hour * 60 + row.opens_at.minute
        end = row.closes_at.hour * 60 + row.closes_at.minute
        end += 1 if end == _LAST_MINUTE else 0  # 23:59 means midnight
        length = end - begin if end > begin else end - begin + _DAY
        spans += [(day * _DAY + begin, day * _DAY + begin + length) for day in row.weekdays]
    minutes: NDArray[np.bool_] = np.zeros(_WEEK, dtype=np.bool_)
    for start, stop in spans:
        minutes[np.arange(start, stop) % _WEEK] = True
    return bool(minutes.all())
