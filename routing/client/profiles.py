"""A profile with more in it: an answer to one of its unknown facts, or the reports that are owed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from routing.client.unknowns import PRESENT, Value
from routing.costs import URGENCIES
from routing.model import CertainReport, Client, Profile


def with_answer(profile: Profile, attribute: str, value: Value) -> Profile:
    """Return the profile with an answer for one attribute of the client, or for `facts.client_present`. Pure.

    Raises:
        KeyError: routing does not know the attribute.

    >>> from datetime import UTC, datetime
    >>> profile = Profile("hotline", datetime(2024, 1, 1, tzinfo=UTC), Client(), ())
    >>> with_answer(profile, "client.age", (11, 17)).client.age_max
    17
    >>> with_answer(profile, "client.traits.lgbtq", False).client.traits
    {'lgbtq': False}
    """
    if attribute == PRESENT:
        return replace(profile, client_present=bool(value))
    return replace(profile, client=_answered(profile.client, attribute, value))


def _answered(client: Client, attribute: str, value: Value) -> Client:
    name = attribute.removeprefix("client.")
    if name == "age" and isinstance(value, tuple):
        return replace(client, age_min=value[0], age_max=value[1])
    if name == "gender":
        return replace(client, gender=str(value))
    if name == "area":
        return replace(client, area=str(value))
    trait = name.removeprefix("traits.")
    if trait == name:
        raise KeyError(attribute)
    return replace(client, traits={**client.traits, trait: bool(value)})


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
