"""How a first path stands for somebody who has to act on it now (contract, "Lead")."""

from __future__ import annotations

from collections.abc import Sequence

import routing

DISCOVERABLE = "discoverable"
MEANT_FOR_COURT = frozenset({"law_enforcement_report", "child_protection_report", "court_accompaniment"})
"""Needs that only such receivers meet: going there for one of these is no way around somebody safer."""


def pressing_needs(profile: routing.Profile) -> tuple[str, ...]:
    """Return the required needs (types) of the highest urgency, in the profile's order; none required: of all. Pure.

    A need that a certain report asks for counts as required and at least `today`.
    """
    reported = {report.type for report in profile.reports}
    required = [need for need in profile.needs if need.required or need.type in reported] or list(profile.needs)
    today = routing.URGENCIES.index("today")
    places = {need.type: routing.URGENCIES.index(need.urgency) for need in required}
    places |= {kind: min(place, today) for kind, place in places.items() if kind in reported}
    return tuple(kind for kind, place in places.items() if place == min(places.values()))


def standing_of(profile: routing.Profile, paths: Sequence[routing.Path]) -> routing.Standing:
    """Return how the first of these paths, or having none, stands for a profile. Pure."""
    pressing, required = set(pressing_needs(profile)), [need.type for need in profile.needs if need.required]
    steps = paths[0].steps if paths else ()
    met = {kind for step in steps for kind in step.covers}
    places = [place for place, step in enumerate(steps) if not pressing.isdisjoint(step.covers)]
    until = steps[: places[-1] + 1] if places else ()
    return routing.Standing(
        pressing_open=len(pressing - met),
        bad=bool(pressing - met) or any(map(_gives_away, until)),
        required_open=sum(kind not in met for kind in required),
        total=paths[0].total if paths else 0,
    )


def _gives_away(step: routing.Step) -> bool:
    meant = bool(step.covers) and MEANT_FOR_COURT.issuperset(step.covers)
    return step.exposure == DISCOVERABLE and step.mode != "internal" and not meant
