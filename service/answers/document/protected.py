"""Persons whom laws on reports protect, beside a client who may be a child: companions, and protected adults."""

from __future__ import annotations

import policies
import routing
from service.answers.profile.client_facts import ELDER_AGE


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


def reason_to_protect(profile: routing.Profile) -> bool:
    """Say whether known facts suggest that the client is an adult protected by laws on reports. Pure.

    Suggesting facts: 65 or older, or an age range reaching 65; stated inability to protect themselves; or a disability
    with unknown effect on that ability. Never a client who is surely a child.
    """
    client, adult_protection = profile.client, profile.adult_protection
    if policies.age_from_range(client.age_min, client.age_max) == "minor":
        return False
    has_age = client.age_min is not None or client.age_max is not None
    reaches = has_age and (client.age_max is None or client.age_max >= ELDER_AGE)
    return reaches or adult_protection is True or (adult_protection is None and client.traits.get("disability") is True)
