"""Reports that the origin owes in any case: what of them a search takes into account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from routing.costs import URGENCIES
from routing.model import CertainReport, Need, Profile

AT_LATEST = "today"
"""How urgent a need is at least that a certain duty asks for."""


def with_reports(profile: Profile, reports: Sequence[CertainReport]) -> Profile:
    """Return the profile with these duties, and the needs that they ask for required and at least `today`. Pure."""
    owed = {report.type for report in reports}
    needs = tuple(_owed(need) if need.type in owed else need for need in profile.needs)
    return replace(profile, needs=needs, reports=tuple(reports))


def _owed(need: Need) -> Need:
    return replace(need, required=True, urgency=min(need.urgency, AT_LATEST, key=URGENCIES.index))
