"""Examples of the coalition's own work in the interface's description. Invented, like the demo coalition."""

from __future__ import annotations

from typing import Any

from service.coalition.outcome_files import write_csv
from service.i18n import coalition, legal_hold

_PLACE = {"type": "emergency_shelter", "area": "demo-north", "age": {"min": 11, "max": 17}}
COVERAGE: dict[str, Any] = {
    "directory_version": 12,
    "bands": [{"min": 0, "max": 10}, {"min": 11, "max": 17}, {"min": 18, "max": 120}],
    "cells": [
        {
            **_PLACE,
            "services": 1,
            "organizations": 1,
            "always_open": 1,
            "languages": ["en", "es"],
            "any_language": 0,
            "by_referral_only": 0,
            "unsure": 0,
        }
    ],
    "gaps": [{**_PLACE, "age": {"min": 0, "max": 10}, "unsure": 0}],
    "thin": [{**_PLACE, "organization": "willow-bend-youth"}],
    "focus": {
        "types": ["emergency_shelter"],
        "age": {"min": 11, "max": 17},
        "plain": "Most members (4 of 5) serve ages 11 to 17. A coalition may begin there, with emergency shelter.",
    },
    "complete": True,
    "areas": ["demo-north"],
    "plain": None,
}
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="800" height="600" viewBox="0 0 800 600"></svg>'
MAP: dict[str, Any] = {
    "directory_version": 12,
    "organizations": [
        {
            "slug": "willow-bend-youth",
            "name": "Willow Bend Youth House",
            "kind": "youth_program",
            "basis": "community",
        }
    ],
    "edges": [
        {
            "from": "juniper-bridge-hotline",
            "to": "willow-bend-youth",
            "relationship": "coalition",
            "types": ["emergency_shelter"],
        }
    ],
    "single_points": [
        {
            "organization": "willow-bend-youth",
            "lost": [{"type": "food", "area": "demo-north"}],
            "cuts_off": [],
            "plain": "Without Willow Bend Youth House there is no food in Northline County.",
        }
    ],
    "groups": [],
    "group_edges": [],
    "complete": True,
    "left_out": {"organizations": 0, "single_points": 0},
    "plain": None,
}
GRAPH: dict[str, Any] = {
    "directed": True,
    "multigraph": False,
    "graph": {"directory_version": 12, "complete": True},
    "nodes": [
        {"name": "Juniper Bridge Hotline", "single_point": False, "kind": "victim_services", "basis": "community",
         "id": "juniper-bridge-hotline"},
        {"name": "Willow Bend Youth House", "single_point": True, "kind": "youth_program", "basis": "community",
         "id": "willow-bend-youth"},
    ],
    "edges": [
        {"coalition": "emergency_shelter", "public": "food", "relationship": "coalition",
         "source": "juniper-bridge-hotline", "target": "willow-bend-youth"},
    ],
}  # fmt: skip
GRAPHML_TEXT = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed">'
    '<node id="willow-bend-youth" /></graph></graphml>'
)
DUE: dict[str, Any] = {
    "items": [
        {
            "kind": "agreement_ends",
            "organization": "willow-bend-youth",
            "due": "2027-01-01",
            "state": "soon",
            "plain": "The agreement with Juniper Bridge Hotline ends on January 1, 2027.",
            "href": "/v1/agreements/line-and-willow",
        }
    ]
}
FIGURES: dict[str, Any] = {
    "directory_version": 12,
    "without_help": ["detox"],
    "single_points": 3,
    "due": {"overdue": 1, "soon": 4},
}
CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//referral-router//due//EN\r\nEND:VCALENDAR\r\n"
EXCHANGE: dict[str, Any] = {
    "members": [
        {"organization": "night-wheels", "offers": ["rides after dark"], "wants": [], "types": ["transportation"]},
        {"organization": "willow-bend-youth", "offers": [], "wants": ["night transport"], "types": []},
    ],
    "matches": [
        {
            "wanted_by": "willow-bend-youth",
            "offered_by": "night-wheels",
            "what": "night transport",
            "types": ["transportation"],
            "agreement": None,
            "plain": "Willow Bend wants: night transport. Night Wheels may be able to give that. "
            "No agreement in force covers it yet.",
            "draft": {
                "id": "draft-willow-bend-youth-night-wheels-0a1b2c3d",
                "between": ["willow-bend-youth", "night-wheels"],
                "mutual": True,
                "level": "cooperation",
                "type": "mou",
                "status": "draft",
                "types": ["transportation"],
                "offers": {"night-wheels": "night transport"},
                "wants": {"willow-bend-youth": "night transport"},
            },
        }
    ],
    "complete": True,
    "plain": None,
}
CONTACTS: dict[str, Any] = {
    "directory_version": 12,
    "contacts": [
        {
            "organization": "juniper-bridge-hotline",
            "role": "coalition_representative",
            "since": "2024-01-01",
            "until": "2026-12-31",
            "line": "555-0100",
            "named": True,
            "name": "Coalition representative (demo)",
            "email": "juniper-rep@example.org",
            "phones": [],
            "successor": "Deputy representative (demo)",
        }
    ],
}
_MEANINGS = [
    {"means": "emergency_shelter", "name": "emergency shelter", "organizations": ["willow-bend-youth"]},
    {"means": "transitional_housing", "name": "transitional housing", "organizations": ["open-gate-intake"]},
]
WORDS: dict[str, Any] = {"directory_version": 12, "words": [{"term": "safe house", "meanings": _MEANINGS}]}
LEGAL_HOLD: dict[str, Any] = {
    "plain": legal_hold.FIRST,
    "directory_version": 12,
    "contacts": [
        {
            "organization": "willow-bend-youth",
            "line": "555-0102",
            "named": True,
            "name": "Counsel",
            "phone": "555-0199",
            "email": None,
        }
    ],
    "held": [{"kind": "referral", "rows": 1}],
    "kept": [{"kind": "referral", "plain": legal_hold.KEPT["referral"]}],
    "never_kept": list(legal_hold.NEVER_KEPT),
}
OUTCOMES: dict[str, Any] = {
    "quarter": "2026-Q1",
    "by": "type",
    "computed_on": "2026-04-15",
    "rows": [
        {"value": "food", "name": "food", "referrals": 25, "answered": "a_day",
         "times": {"answer": "four_hours", "acceptance": "a_day", "completion": "not_half"}}
    ],
    "plain": coalition.OUTCOMES,
}  # fmt: skip
OUTCOMES_CSV = write_csv(OUTCOMES)
"""The same as a table."""
