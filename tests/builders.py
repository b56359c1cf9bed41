"""Routing's records with sane defaults, one builder per concept; a test states only what it is about.

By default everything costs as little as it can: a service is always open, has a free place and answers at once; an
organization is a protected community agency that belongs to nothing; a client is an adult on the line who speaks
English. What is left of a price is then the hand-offs, their hours and the lack of agreements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

import policies
import routing
from service.i18n.languages import spoken_of
from service.vocabulary import ROUTED_TYPES

ZONE = ZoneInfo("America/Chicago")
MONDAY_TEN = datetime(2026, 3, 2, 10, 0, tzinfo=ZONE)
TODAY = MONDAY_TEN.date()
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ALL_WEEK = ",".join(WEEKDAYS)
DATA = frozenset(policies.load_vocabulary().words("Data"))

Record = routing.Area | routing.Organization | routing.Service | routing.Agreement


def area(code: str = "travis", **changes: Any) -> routing.Area:
    """Return a place without coordinates that lies in no other."""
    return routing.Area(**{"code": code, "name": code.title(), **changes})


def organization(slug: str = "shelter", **changes: Any) -> routing.Organization:
    """Return an agency to which a hand-off exposes nothing; no member, no department."""
    base = {"basis": "community", "kind": "victim_services", "regimes": frozenset({"voca"}), "reporter": "none"}
    return routing.Organization(**{"slug": slug, "name": slug.title(), **base, **changes})


def service(slug: str, *types: str, at: str, **changes: Any) -> routing.Service:
    """Return what the organization `at` offers: always open, with room, answering at once, taking everyone."""
    base = {
        "name": slug.title(),
        "schedules": (hours(),),
        "capacities": (beds(1),),
        "interpretation": True,
        "response_time": timedelta(0),
    }
    words = {name: frozenset(changes.pop(name)) for name in _WORD_SETS & changes.keys() if changes[name] is not None}
    return routing.Service(**{"slug": slug, "organization": at, "types": frozenset(types), **base, **words, **changes})


_WORD_SETS = {
    *("languages", "areas", "accepts", "accepts_from", "requires"),
    *("intake_data", "genders", "only", "excludes"),
}


def hours(opens: str = "00:00", closes: str = "23:59", *, days: str = ALL_WEEK, **changes: date) -> routing.Schedule:
    """Return a weekly row of opening hours, `days` as in a bundle: by default always open."""
    numbers = frozenset(map(WEEKDAYS.index, days.split(",")))
    return routing.Schedule(numbers, time.fromisoformat(opens), time.fromisoformat(closes), **changes)


OTHER_FORM = routing.Schedule(None)
"""A row of hours in a form that is not read."""


def beds(available: int | None, *, old: timedelta | None = timedelta(0), at: datetime = MONDAY_TEN) -> routing.Capacity:
    """Return a count of free places that was taken `old` before `at`; None: nobody knows when."""
    return routing.Capacity(available, None if old is None else at - old)


def agreement(*between: str, **changes: Any) -> routing.Agreement:
    """Return an MOU of the closest level, in force both ways, for every type and class of data."""
    base = {"slug": "mou-" + "-".join(between), "level": "coalition"}
    words = {name: frozenset(changes.pop(name)) for name in {"types", "data"} & changes.keys()}
    return routing.Agreement(**{"between": between, **base, **words, **changes})


def directory(*records: Record, timezone: str = "America/Chicago", version: int = 1) -> routing.Directory:
    """Return a directory of records, whatever their order and kind; the area `travis` is always there."""

    def of(kind: type[Any]) -> tuple[Any, ...]:
        return tuple(record for record in records if isinstance(record, kind))

    areas = of(routing.Area)
    if all(area.code != "travis" for area in areas):
        areas = (area(), *areas)
    return routing.Directory(
        version=version,
        timezone=timezone,
        areas=areas,
        organizations=of(routing.Organization),
        services=of(routing.Service),
        agreements=of(routing.Agreement),
        law=policies.load_hand_off_law(),
        service_types=ROUTED_TYPES,
        interpreted=spoken_of(None),
    )


def snapshot(*records: Record, **changes: Any) -> routing.Snapshot:
    """Return a snapshot of a directory of these records."""
    return routing.build_snapshot(directory(*records, **changes))


def client(**changes: Any) -> routing.Client:
    """Return an adult woman in Travis County who speaks English; `age` sets both ends of the range."""
    age = changes.pop("age", 30)
    base = {"age_min": age, "age_max": age, "gender": "female", "languages": ("en",), "area": "travis"}
    return routing.Client(**{**base, **changes})


def need(kind: str, urgency: str = "now", *, required: bool = True) -> routing.Need:
    """Return one need, required and urgent."""
    return routing.Need(kind, urgency, required)


def profile(*needs: routing.Need | str, **changes: Any) -> routing.Profile:
    """Return a profile asked by the hotline on Monday at ten, the client on the line; a need may be just its type."""
    needs_asked = tuple(need(wish) if isinstance(wish, str) else wish for wish in needs)
    base = {"origin": "hotline", "at": MONDAY_TEN, "client": client(), "client_present": True}
    if "avoid" in changes:
        changes["avoid"] = frozenset(changes["avoid"])
    return routing.Profile(**{"needs": needs_asked, **base, **changes})


@dataclass(frozen=True)
class Consented:
    """Rules that let go what was consented to: classes of data by (holder, recipient). Plays `routing.ReasonRules`.

    With `under`, classes of data by agreement, each transfer needs one of these agreements as well.
    """

    pairs: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    under: Mapping[str, frozenset[str]] | None = None

    def may_send(self, transfers: Sequence[routing.Transfer]) -> NDArray[np.bool_]:
        """Return whether each transfer meets no hindrance."""
        return np.array([not self.hindrances(transfer) for transfer in transfers], dtype=np.bool_)

    def hindrances(self, transfer: routing.Transfer) -> frozenset[str]:
        """Return "consent", "agreement" or both, whichever is missing."""
        consented = self.pairs.get((transfer.holder, transfer.recipient), frozenset())
        missing = set() if transfer.data in consented else {"consent"}
        if self.under is not None and transfer.data not in self.under.get(transfer.agreement or "", ()):
            missing.add("agreement")
        return frozenset(missing)

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        """Return the pairs that somebody consented to."""
        return frozenset(self.pairs)

    def only_by_consent(self) -> frozenset[str]:
        """Return every class of data."""
        return DATA


class NothingLeaves:
    """Rules under which no data may go."""

    def may_send(self, transfers: Sequence[routing.Transfer]) -> NDArray[np.bool_]:
        """Return False for each transfer."""
        return np.zeros(len(transfers), dtype=np.bool_)

    def hindrances(self, transfer: routing.Transfer) -> frozenset[str]:
        """Return that consent is missing, for any transfer."""
        return frozenset({"consent"})

    def named_pairs(self) -> frozenset[tuple[str, str]]:
        """Return no pair: there is no consent."""
        return frozenset()

    def only_by_consent(self) -> frozenset[str]:
        """Return no class of data: these rules ask for each transfer."""
        return frozenset()


class EverythingLeaves(NothingLeaves):
    """Rules that let all data go."""

    def may_send(self, transfers: Sequence[routing.Transfer]) -> NDArray[np.bool_]:
        """Return True for each transfer."""
        return np.ones(len(transfers), dtype=np.bool_)


def consented(holder: str, *recipients: str, data: Sequence[str] = ("need",), **changes: Any) -> Consented:
    """Return rules under which a holder may send these classes of data to these recipients."""
    return Consented({(holder, recipient): frozenset(data) for recipient in recipients}, **changes)


def find(
    network: routing.Directory | routing.Snapshot,
    needs_profile: routing.Profile,
    rules: routing.HopRules | None = None,
) -> routing.Answer:
    """Return the answer to a profile; nothing leaves unless the rules are given."""
    ready = routing.build_snapshot(network) if isinstance(network, routing.Directory) else network
    return routing.find_paths(routing.Request(ready, needs_profile, rules=rules or NothingLeaves()))
