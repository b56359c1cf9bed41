"""Reports that the origin owes in any case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from routing.costs import URGENCIES
from routing.model import CertainReport, Profile


def with_reports(profile: Profile, reports: Sequence[CertainReport]) -> Profile:
    """Return the profile with these duties; needs asked for by a duty become required and at least `today`. Pure.

    >>> from datetime import UTC, datetime
    >>> from routing.model import Client, Need
    >>> need = Need("child_protection_report", urgency="this_week", required=False)
    >>> profile = Profile("hotline", datetime(2024, 1, 1, tzinfo=UTC), Client(), (need,))
    >>> with_reports(profile, [CertainReport("child_protection_report", frozenset({"dfps"}))]).needs
    (Need(type='child_protection_report', urgency='today', required=True),)
    """
    owed = {report.type for report in reports}
    needs = [
        replace(need, required=True, urgency=min(need.urgency, "today", key=URGENCIES.index))
        if need.type in owed
        else need
        for need in profile.needs
    ]
    return replace(profile, needs=tuple(needs), reports=tuple(reports))
