"""Which services of a directory take clients of every age and area at once: the basis of coverage counts.

The verdicts are the same as in a search for one client (`client/eligibility.py`), asked for an age and an area alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.client.eligibility import NO, YES, ClientView, Verdicts
from routing.client.unknowns import OLDEST
from routing.directory.agencies import Schedule
from routing.directory.columns import Rows
from routing.directory.snapshot import Snapshot
from routing.model import Client
from routing.ports import Ages

_DAY = 24 * 60
_WEEK = 7 * _DAY
_LAST_MINUTE = _DAY - 1


@dataclass(frozen=True, slots=True)
class Taken:
    """The services (`rows`, rising) that surely take a client of an age band in an area.

    `unsure` are the services that may take the client.
    """

    rows: Rows
    unsure: Rows


class Survey:
    """The active services of a snapshot, judged for coverage. Pure; verdicts are kept once computed."""

    def __init__(self, snapshot: Snapshot, *, language: str | None = None) -> None:
        """Take a snapshot.

        With a `language` (BCP 47) only services that surely have the language count as taking a client; the rest are
        unsure where the language is unknown.
        """
        self._snapshot = snapshot
        self.rows: Rows = np.flatnonzero(snapshot.columns.active).astype(np.int32)
        self.bands = age_bands(snapshot)
        self._by_area: dict[str, Verdicts] = {}
        self._by_age = {band: ClientView(snapshot, Client(*band)).age(self.rows) for band in self.bands}
        self._speaks = np.full(len(self.rows), YES)
        if language is not None:
            self._speaks = ClientView(snapshot, Client(languages=(language,))).language(self.rows)

    def taken(self, area: str, band: Ages) -> Taken:
        """Return the services that take a client of this band in this area, whatever else is true of the client.

        Raises:
            UnknownArea: the area is not in the snapshot.
        """
        if area not in self._by_area:
            self._by_area[area] = ClientView(self._snapshot, Client(area=area)).area(self.rows)
        verdict = np.minimum.reduce([self._by_area[area], self._by_age[band], self._speaks])
        return Taken(self.rows[verdict == YES], self.rows[(verdict != YES) & (verdict != NO)])


def age_bands(snapshot: Snapshot) -> tuple[Ages, ...]:
    """Return the ages in completed years, 0 to `OLDEST`, cut where active services begin and end; rising. Pure.

    A shelter for 11 to 17 cuts the ages into three bands.

    >>> from policies import load_hand_off_law
    >>> from routing.directory.agencies import Directory, Organization, Service
    >>> from routing.directory.snapshot import build_snapshot
    >>> shelter = Service("hope-1", "Shelter", "hope", frozenset({"shelter"}), minimum_age=11, maximum_age=17)
    >>> hope, law = Organization("hope", "Hope"), load_hand_off_law()
    >>> directory = Directory(1, "America/Chicago", (), (hope,), (shelter,), (), law)
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
    """Say whether weekly opening hours without first and last day leave no minute of the week out. Pure.

    Hours that are unknown, or in another form, are not always open.

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
