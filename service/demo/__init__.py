"""The invented coalitions loaded by `demo`, and needs profiles to try on each.

No agency here is real. The files travel inside the package and are read through the package, so the files are found
wherever the application is installed. They are written for one day, `WRITTEN_FOR`, and every profile is judged at its
own `at`; `demo` moves all of it to the day on which it runs, so that no count is old and no review overdue.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from zoneinfo import ZoneInfo

FIRST, SECOND = COALITIONS = ("four-counties", "salt-prairie")
"""The one with Texas's rules, of many agencies; and a small one in a state without a rule pack."""
WRITTEN_FOR = date(2026, 3, 2)
_ZONES = {FIRST: ZoneInfo("America/Chicago"), SECOND: ZoneInfo("America/Denver")}
_DAY_OR_MOMENT = re.compile(r"\b20\d\d-\d\d-\d\d(T\d\d:\d\d:\d\d[+-]\d\d:\d\d)?\b")


def today(coalition: str = FIRST) -> date:
    """Return the present day in a coalition's zone."""
    return datetime.now(_ZONES[coalition]).date()


def coalition_bytes(coalition: str = FIRST, *, day: date = WRITTEN_FOR) -> bytes:
    """Return a demo bundle as of `day`, YAML in UTF-8; reads a packaged file."""
    return moved((_folder(coalition) / "coalition.yaml").read_bytes(), coalition, day=day)


@cache
def profile_names(coalition: str = FIRST) -> tuple[str, ...]:
    """Return the names of a coalition's profiles, sorted: file names without `.json`, the main case first.

    >>> profile_names("salt-prairie")[:2]
    ('01-mother-with-two-children', '02-officer-and-a-girl-of-14')
    """
    names = (entry.name for entry in _profiles_folder(coalition).iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


def profile_bytes(name: str, coalition: str = FIRST, *, day: date = WRITTEN_FOR) -> bytes:
    """Return a demo profile as of `day`, JSON in UTF-8, by a name of `profile_names`; reads a packaged file.

    Raises:
        KeyError: no demo profile has the name; the message does not repeat the name.
    """
    if name not in profile_names(coalition):
        raise KeyError("profile")
    return moved((_profiles_folder(coalition) / f"{name}.json").read_bytes(), coalition, day=day)


def _profiles_folder(coalition: str) -> Traversable:
    return _folder(coalition) / "profiles"


def _folder(coalition: str) -> Traversable:
    return files(__name__) if coalition == FIRST else files(__name__) / coalition


def moved(content: bytes, coalition: str = FIRST, *, day: date) -> bytes:
    """Return a text with every date and moment in it as many days later as `day` is after the day it is written for."""
    if day == WRITTEN_FOR:
        return content
    move = partial(_move, by=day - WRITTEN_FOR, zone=_ZONES[coalition])
    return _DAY_OR_MOMENT.sub(move, content.decode()).encode()


def _move(match: re.Match[str], *, by: timedelta, zone: ZoneInfo) -> str:
    """Return a date or a moment later by some days, a moment at the same time by the clocks there."""
    if match[1] is None:
        return (date.fromisoformat(match[0]) + by).isoformat()
    there = datetime.fromisoformat(match[0]).astimezone(zone).replace(tzinfo=None)
    return (there + by).replace(tzinfo=zone).isoformat()
