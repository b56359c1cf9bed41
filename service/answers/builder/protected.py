"""Persons whom laws on reports protect, beside a client who may be a child: companions, and protected adults."""

from __future__ import annotations

import policies
import routing
from service.answers.profile.client_facts import reaches


def child_along(client: routing.Client) -> bool:
    """Say whether a companion may be a child. Pure.

    >>> child_along(routing.Client(companions=(routing.Companion(age_min=30),)))
    False
    >>> child_along(routing.Client(companions=(routing.Companion(),)))
    True
    """
    return any(companion.age_min is None or companion.age_min < policies.ADULT_AGE for companion in client.companions)


def adult_beside_a_child(client: routing.Client) -> bool:
    """Say whether the client may be a child and a companion an adult. Pure.

    >>> adult_beside_a_child(routing.Client(age_min=15, age_max=15, companions=(routing.Companion(age_min=30),)))
    True
    """
    young = client.age_min is None or client.age_min < policies.ADULT_AGE
    return young and any(
        companion.age_max is None or companion.age_max >= policies.ADULT_AGE for companion in client.companions
    )


def reason_to_protect(profile: routing.Profile, elders_from: int | str | None) -> bool:
    """Say whether known facts suggest that the client is an adult protected by laws on reports. Pure.

    `elders_from`: as `adult_age` returns it. Suggesting facts: an age that reaches it (60 where it is not known), and
    those of `said_to_protect`. Never a client who is surely a child.
    """
    if policies.age_from_range(profile.client.age_min, profile.client.age_max) == "minor":
        return False
    return reaches(profile.client, elders_from) or said_to_protect(profile, elders_from)


def said_to_protect(profile: routing.Profile, elders_from: int | str | None) -> bool:
    """Say whether more suggests so than an age that the law may not know of. Pure.

    They can't protect themselves; that isn't known, and they have a disability; or the law's own age is reached.
    """
    client, adult_protection = profile.client, profile.adult_protection
    unable = adult_protection is True or (adult_protection is None and client.traits.get("disability") is True)
    return unable or (isinstance(elders_from, int) and reaches(client, elders_from))
