"""The named cost terms and the profiles that weigh them. Whole points; a path's total is the sum of its terms.

Every number behind a price is here and nowhere else: the search adds up the same numbers as the answer shows.
"""

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
"""All cost terms, in the order in which they are shown."""

URGENCIES = ("now", "today", "this_week", "later")
"""Most urgent first."""

URGENCY_WEIGHT = {"now": 8, "today": 4, "this_week": 2, "later": 1}
"""Points for an hour of waiting."""

WEIGHTS = np.array([URGENCY_WEIGHT[urgency] for urgency in URGENCIES])
"""The points for an hour of waiting, by place in `URGENCIES`."""

MODES = ("warm", "self", "packet")
"""The modes of a hand-off, most preferred first: least disclosure first."""

MODE_HOURS = {"internal": 0, "report": 0, "warm": 1, "self": 2, "packet": 4}
"""Hours that a hand-off takes, by mode.

No hand-off takes zero hours, so the more urgent of two calls comes first. A report is no hand-off.
"""

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

        `asked_for`: the step meets only needs of the profile of `HandOffLaw.may_be_discoverable`. A report required
        only by another service, as its prerequisite, is not asked for by the client.

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
        """Return the price of a mode; the price never falls along `MODES`, so the first allowed mode is the cheapest.

        >>> [WEIGHT_PROFILES["balanced"].mode(mode) for mode in MODES]
        [0, 10, 20]
        """
        return {"internal": 0, "report": 0, "warm": 0, "self": self.self_contact, "packet": self.packet}[mode]

    def uncertain(self, availability: Availability, *, answers_in_known: bool) -> int:
        """Return the price of unknown hours, unknown room, an unknown response time, and of a place known to be full.

        >>> WEIGHT_PROFILES["balanced"].uncertain(Availability("unknown", None, "stale"), answers_in_known=True)
        30
        """
        return (
            (self.hours_unknown if availability.status == "unknown" else 0)
            + CAPACITY[availability.capacity]
            + (0 if answers_in_known else self.response_unknown)
        )

    def waiting(self, urgency: str, hours: int) -> int:
        """Return the price of waiting this many whole hours for a need of this urgency.

        >>> WEIGHT_PROFILES["balanced"].waiting("now", 3), WEIGHT_PROFILES["balanced"].waiting("later", 3)
        (24, 3)
        """
        return self.hour * URGENCY_WEIGHT[urgency] * hours


CAPACITY = {"available": 0, "stale": 10, "unknown": 10, "full": 40}
"""Points for the state of a service's room (`Availability.capacity`)."""

ASKED, ASKED_BY_A_STRANGER = 30, 100
"""Points for a step at which the agency has to ask the client about a trait, or about the companions.

The higher figure holds where a disclosed receiver would ask about a protected topic.
"""

FOREIGN, FOREIGN_ALONE = 60, 160
"""Points for a step without a surely shared language: with an advocate beside the client, and by mode `self`."""

FARAWAY = 60
"""Points for the way to a place of unknown position, but for types met on the telephone."""

OUT_OF_ORDER = 40
"""Points for each pair of needs of one urgency that are met the wrong way round (`ServiceTypes.order`)."""

GENERAL_STAY, GENERAL_SUPPORT = 100, 40
"""Points for a step by which a trafficked client gets a stay, or else support, at an agency that is not specialised."""

STAY_DISCLOSED = 40
"""Points of exposure for a stay at a disclosed receiver, who comes to know where the client sleeps."""

ASKS = 150
"""Points for each step of a conditional path that the known facts and consents do not allow, under every profile."""

RELATIONSHIP = {"internal": 0, "coalition": 0, "coordination": 10, "cooperation": 20, "public": 30}
"""Points for how far apart two agencies stand."""

LOOSEST = max(RELATIONSHIP.values())
"""The points of the loosest relationship: the most that closeness can save."""

_BALANCED = WeightProfile()
WEIGHT_PROFILES = {
    "balanced": _BALANCED,
    "soonest": replace(_BALANCED, hour=4, discoverable=60),
    "fewest_handoffs": replace(_BALANCED, handoff=400),
    "most_private": replace(_BALANCED, disclosed=80, packet=80),
}
"""The four weight profiles by their names in the contract."""

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
    """Return how far the law protects the information that a receiver learns. Contract, "Exposure".

    An agency without a declared basis is "disclosed": unknown is never read as protection.

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
    """Return points for the way from `origin` to each of these places; all in degrees (WGS 84).

    A point for each 5 km begun, 100 at most: Dallas to Fort Worth (about 50 km), and Dallas to El Paso.

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
