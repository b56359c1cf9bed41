"""Needs on the intake page: in groups, each with its usual urgency, as `service.vocabulary` has them. Pure.

The interface lists the types (`/v1/terms`); a type of a coalition's own, outside the groups, stands in a last group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from service import vocabulary

GROUPS = ("tonight", "health", "beside", "home", "law", "work", "reports")
OTHER = "other"
PICTURED = ("emergency_shelter", "medical_emergency", "food", "victim_advocacy", "interpretation", "transportation")
"""Needs with a picture on the officer's page, in order."""


def usual_urgency(code: str) -> str:
    """Return the usual urgency of a need.

    >>> usual_urgency("emergency_shelter"), usual_urgency("legal_civil")
    ('now', 'this_week')
    """
    return vocabulary.TYPES[code].page.urgency if code in vocabulary.TYPES else "this_week"


def by_group(types: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Return service types (`code`, `name`) by group, in the order of the groups, without empty groups.

    >>> by_group([{"code": "veteran_help", "name": "Help for veterans"}, {"code": "detox", "name": "Detox"}])
    {'health': [{'code': 'detox', 'name': 'Detox'}], 'other': [{'code': 'veteran_help', 'name': 'Help for veterans'}]}
    """
    groups: dict[str, list[Mapping[str, Any]]] = {group: [] for group in (*GROUPS, OTHER)}
    for service_type in types:
        entry = vocabulary.TYPES.get(service_type["code"])
        groups[OTHER if entry is None else entry.page.group].append(service_type)
    return {group: sorted(members, key=_place) for group, members in groups.items() if members}


def _place(service_type: Mapping[str, Any]) -> float:
    entry = vocabulary.TYPES.get(service_type["code"])
    return float("inf") if entry is None or entry.page.place is None else entry.page.place
