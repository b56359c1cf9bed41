"""The rules' facts of a client, worked out from routing's facts: a single place for both readings."""

from __future__ import annotations

from typing import Any

import policies
import routing

TRAFFICKING = ("sex_trafficking", "labor_trafficking")
ELDER_AGE = 65
"""From here on, some states' laws on reports protect every adult (Tex. Hum. Res. Code 48.051)."""


def client_facts(client: routing.Client, adult_protection: bool | None = None) -> dict[str, Any]:
    """Return the fields of a `policies.Case` that follow from age and traits; unknown stays None. Pure.

    `adult_protection`: whether the client is 65 or older, or kept by a disability from protecting themselves. A
    disability alone decides neither way.

    >>> facts = client_facts(routing.Client(age_min=66, age_max=70, traits={"runaway": False}))
    >>> facts["vulnerable_adult"], facts["missing_from_care"], facts["trafficking"]
    (True, False, None)
    """
    traits = client.traits
    return {
        "age": policies.age_from_range(client.age_min, client.age_max),
        "trafficking": any_of(*(traits.get(trait) for trait in TRAFFICKING)),
        "sex_trafficking": traits.get("sex_trafficking"),
        "missing_from_care": all_of(traits.get("in_foster_care"), traits.get("runaway")),
        "runaway": traits.get("runaway"),
        "too_young": client.age_max is not None and client.age_max < policies.CALLING_AGE,
        "vulnerable_adult": _is_protected(client, adult_protection),
    }


def any_of(*values: bool | None) -> bool | None:
    """Return whether any of several three-valued facts is true; unknown unless a fact is true, or none can be.

    >>> any_of(True, None), any_of(False, None), any_of(False, False)
    (True, None, False)
    """
    if True in values:
        return True
    return None if None in values else False


def all_of(*values: bool | None) -> bool | None:
    """Return whether each of several three-valued facts is true; unknown unless each is, or a fact is false.

    >>> all_of(True, None), all_of(False, None), all_of(True, True)
    (None, False, True)
    """
    if False in values:
        return False
    return None if None in values else True


def _is_protected(client: routing.Client, adult_protection: bool | None) -> bool | None:
    """Return whether the client is an adult protected by laws on reports."""
    elder, adult = _is_from(client, ELDER_AGE), _is_from(client, policies.ADULT_AGE)
    return any_of(elder, all_of(adult, adult_protection))


def _is_from(client: routing.Client, years: int) -> bool | None:
    if client.age_min is not None and client.age_min >= years:
        return True
    return False if client.age_max is not None and client.age_max < years else None
