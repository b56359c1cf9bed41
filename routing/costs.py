"""The named cost terms and the profiles that weigh them, in whole points: every number behind a price is here."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from routing.model import Availability

TERMS = (
    "handoffs",
    "exposure",
    "delay",
    "order",
    "uncertain",
    "distance",
    "specialised",
    "not_designated",
    "mode",
    "relationship",
    "asks",
    "optional_uncovered",
)

URGENCIES = ("now", "today", "this_week", "later")
"""Most urgent first."""

URGENCY_WEIGHT = {"now": 8, "today": 4, "this_week": 2, "later": 1}
"""Points for an hour of waiting."""

MODES = ("warm", "self", "packet")
"""The modes of a hand-off: least disclosure first."""

MODE_HOURS = {"internal": 0, "report": 0, "warm": 1, "self": 2, "packet": 4}
"""Hours by mode. No hand-off takes zero hours, so the more urgent of two calls comes first; a report is none."""

_EARTH_KM = 6371.0088
_KM_A_POINT = 5
_FARTHEST = 100


@dataclass(frozen=True, slots=True)
class WeightProfile:
    """The weights behind a value of `prefer`, in whole points; each field is a cost term or a part of a cost term."""

    handoff: int = 100
    disclosed: int = 20
    # More than all other terms of the longest path together, so that one such step is never traded for convenience.
    discoverable: int = 1_000_000
    hour: int = 1
    hours_unknown: int = 20
    response_unknown: int = 5
    not_designated: int = 30
    self_contact: int = 10
    packet: int = 20
    optional_uncovered: int = 1000
    added_prerequisite: int = 1

    def exposure(self, level: str, *, asked_for: bool) -> int:
        """Return the price of one hand-off to a receiver of this exposure.

        `asked_for`: the step meets only needs of the profile of `HandOffLaw.may_be_discoverable`.

        >>> weights = WEIGHT_PROFILES["balanced"]
        >>> weights.exposure("protected", asked_for=False), weights.exposure("disclosed", asked_for=False)
        (0, 20)
        >>> weights.exposure("discoverable", asked_for=False), weights.exposure("discoverable", asked_for=True)
        (1000000, 20)
        """
        if level == "protected":
            return 0
        return self.discoverable if level == "discoverable" and not asked_for else self.disclosed

    @property
    def by_gateway(self) -> int:
        """The least that a gateway adds to a path: its hand-off, less the most that closeness can save."""
        return self.handoff - LOOSEST

    def mode(self, mode: str) -> int:
        """Return the price of a mode, which never falls along `MODES`, so the first allowed mode is the cheapest."""
        return {"internal": 0, "report": 0, "warm": 0, "self": self.self_contact, "packet": self.packet}[mode]

    def uncertain(self, availability: Availability, *, answers_in_known: bool) -> int:
        """Return the price of unknown hours, room or response time, and of a place known to be full."""
        return (
            (self.hours_unknown if availability.status == "unknown" else 0)
            + CAPACITY[availability.capacity]
            + (0 if answers_in_known else self.response_unknown)
        )

    def waiting(self, urgency: str, hours: int) -> int:
        """Return the price of waiting this many whole hours for a need of this urgency."""
        return self.hour * URGENCY_WEIGHT[urgency] * hours


CAPACITY = {"available": 0, "stale": 10, "unknown": 10, "full": 40}
"""Points for the state of a service's room (`Availability.capacity`)."""

ASKED, ASKED_BY_A_STRANGER = 30, 100
"""Points for a step at which the agency has to ask about a trait or companions; a stranger about a protected topic."""

FOREIGN, FOREIGN_ALONE = 60, 160
"""Points for a step without a surely shared language: with an advocate beside the client, and by mode `self`."""

FARAWAY = 60
"""Points for the way to a place of unknown position, but for types met on the telephone."""

OUT_OF_ORDER = 40
"""Points for each pair of needs of one urgency that are met the wrong way round (`ServiceTypes.order`)."""

GENERAL_STAY, GENERAL_SUPPORT = 100, 40
"""Points for a trafficked client's step to an agency that is not specialised, for a stay, or else support."""

STAY_DISCLOSED = 40
"""Points of exposure for a stay at a disclosed receiver, who comes to know where the client sleeps."""

ASKS = 150
"""Points for each step of a conditional path that the known facts and consents do not allow."""

RELATIONSHIP = {"internal": 0, "coalition": 0, "coordination": 10, "cooperation": 20, "public": 30}

LOOSEST = max(RELATIONSHIP.values())
"""The most that closeness can save."""

_BALANCED = WeightProfile()
WEIGHT_PROFILES = {
    "balanced": _BALANCED,
    "soonest": replace(_BALANCED, hour=4, discoverable=60),
    "fewest_handoffs": replace(_BALANCED, handoff=400),
    "most_private": replace(_BALANCED, disclosed=80, packet=80),
}

EXPOSURES = ("protected", "disclosed", "discoverable")
"""Lowest first."""

_HEALTH_KINDS = frozenset({"health", "mental_health", "sud"})
_HEALTH_REGIMES = frozenset({"hipaa", "part2"})
_PROTECTING = frozenset(
    {
        *("vawa", "fvpsa", "voca", "ovc_ht", "hipaa", "part2"),
        *("rhy_basic", "rhy_tlp", "tx_420", "tx_93", "tx_611", "attorney"),
    }
)


def exposure_level(*, basis: str | None, kind: str | None, regimes: frozenset[str]) -> str:
    """Return how far the law protects what a receiver learns (contract, "Exposure"); undeclared is "disclosed".

    >>> exposure_level(basis="community", kind="shelter", regimes=frozenset({"vawa"}))
    'protected'
    >>> exposure_level(basis="community", kind="shelter", regimes=frozenset())
    'disclosed'
    >>> exposure_level(basis="systems", kind="police", regimes=frozenset())
    'discoverable'
    """
    if kind == "cac":
        return "discoverable"
    if basis == "systems":
        return "disclosed" if kind in _HEALTH_KINDS and regimes & _HEALTH_REGIMES else "discoverable"
    return "protected" if basis == "community" and regimes & _PROTECTING else "disclosed"


def distance_points(
    origin: tuple[float, float], latitude: NDArray[np.float64], longitude: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return points for the way from `origin` to each place, in degrees (WGS 84): one each 5 km begun, 100 at most.

    >>> distance_points((32.78, -96.80), np.array([32.78, 32.76, 31.76]), np.array([-96.80, -97.33, -106.49]))
    array([  0,  10, 100])
    """
    return np.minimum(_FARTHEST, np.ceil(kilometers(origin, latitude, longitude) / _KM_A_POINT)).astype(np.int64)


def kilometers(
    origin: tuple[float, float], latitude: NDArray[np.float64], longitude: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the great-circle distance from `origin` to each of these places; all in degrees (WGS 84).

    >>> kilometers((32.78, -96.80), np.array([32.76]), np.array([-97.33])).round()
    array([50.])
    """
    lat1, lon1, lat2, lon2 = *np.radians(origin), np.radians(latitude), np.radians(longitude)
    half = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_KM * np.arcsin(np.sqrt(half))
