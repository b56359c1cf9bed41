"""What the rules want to know of a client, worked out from what routing knows: one place for both ways of asking."""

from __future__ import annotations

from typing import Any

import policies
import routing

TRAFFICKING = ("sex_trafficking", "labor_trafficking")
ELDER_AGE = 65
"""From here on, some states' laws on reports protect every adult (Tex. Hum. Res. Code 48.051)."""


def client_facts(client: routing.Client) -> dict[str, Any]:
    """Return the fields of a `policies.Case` that follow from age and traits; unknown stays None. Pure."""
    traits = client.traits
    return {
        "age": policies.age_from_range(client.age_min, client.age_max),
        "trafficking": any_of(*(traits.get(trait) for trait in TRAFFICKING)),
        "sex_trafficking": traits.get("sex_trafficking"),
        "missing_from_care": all_of(traits.get("in_foster_care"), traits.get("runaway")),
        "vulnerable_adult": any_of(_is_elder(client), traits.get("disability")),
    }


def any_of(*values: bool | None) -> bool | None:
    """Return whether one of several three-valued facts is true; unknown unless one is, or none can be."""
    if True in values:
        return True
    return None if None in values else False


def all_of(*values: bool | None) -> bool | None:
    """Return whether all of several three-valued facts are true; unknown unless all are, or one is not."""
    if False in values:
        return False
    return None if None in values else True


def _is_elder(client: routing.Client) -> bool | None:
    if client.age_min is not None and client.age_min >= ELDER_AGE:
        return True
    return False if client.age_max is not None and client.age_max < ELDER_AGE else None
