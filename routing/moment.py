"""What one request finds out about the directory whoever the client is, so that nothing is worked out twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from routing.model import Organization, Profile, Service
from routing.ports import Transfer
from routing.snapshot import Snapshot


class Referral(NamedTuple):
    """How a service takes referrals: what a search asks of it most, without the rest of its record.

    `names` are the organizations (indices) that its door names.
    """

    accepts: frozenset[str]
    accepts_from: frozenset[str]
    names: frozenset[int]
    requires: frozenset[str]


@dataclass(eq=False)
class Moment:
    """A snapshot as it is at one moment: opening hours, agreements in force, distances. It fills as it is asked.

    Handed from call to call of one request (`find_paths`, `find_unknowns`, `list_paths`, `Outlook`), each of which is
    the same without it, only slower. One thread at a time.

    `asked` is all that the rules were asked about; `searched` a profile for which all paths were found, and what the
    rules were asked about for it.
    """

    snapshot: Snapshot
    at: datetime
    services: dict[int, Service] = field(default_factory=dict)
    referrals: dict[int, Referral] = field(default_factory=dict)
    organizations: dict[int, Organization] = field(default_factory=dict)
    memory: dict[tuple[str, object], Any] = field(default_factory=dict)
    asked: set[Transfer] = field(default_factory=set)
    searched: tuple[Profile, Sequence[Transfer]] | None = None
