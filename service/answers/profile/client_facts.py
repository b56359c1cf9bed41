"""The rules' facts of a client, worked out from routing's facts: a single place for both readings."""

from __future__ import annotations

from typing import Any

import policies
import routing
from service.directory.snapshot.directory_snapshot import DirectorySnapshot

TRAFFICKING = ("sex_trafficking", "labor_trafficking")
MAYBE_ELDER = 60
"""The least age from which a state's law on reports may protect every adult, where its age is not known."""


def client_facts(
    client: routing.Client, adult_protection: bool | None = None, elders_from: int | str | None = None
) -> dict[str, Any]:
    """Return the fields of a `policies.Case` that follow from age and traits; unknown stays None. Pure.

    `adult_protection`: whether the client cannot protect themselves; neither an age nor a disability says so.
    `elders_from`: as `adult_age` returns it.

    >>> facts = client_facts(routing.Client(age_min=66, age_max=70, traits={"runaway": False}), elders_from=65)
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
        "vulnerable_adult": _is_protected(client, adult_protection, elders_from),
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


def adult_age(directory: DirectorySnapshot) -> int | str | None:
    """Return the age from which the law in force protects every adult: of its packs, else of the state's card.

    `policies.NO_AGE`: no age does. None: nobody said.
    """
    ages = [rule.elders for rule in directory.rulebook.rules if rule.elders is not None]
    fact = None if directory.card is None else directory.card.facts.get("adult_age")
    return min(ages) if ages else None if fact is None else fact.value


def reaches(client: routing.Client, elders_from: int | str | None) -> bool:
    """Say whether the client may be of an age that the law protects; of an age not known, where it reaches 60. Pure.

    >>> reaches(routing.Client(age_min=58, age_max=61), None), reaches(routing.Client(age_min=58, age_max=61), 65)
    (True, False)
    """
    if elders_from == policies.NO_AGE or (client.age_min is None and client.age_max is None):
        return False
    return _is_from(client, elders_from if isinstance(elders_from, int) else MAYBE_ELDER) is not False


def _is_protected(client: routing.Client, adult_protection: bool | None, elders_from: int | str | None) -> bool | None:
    """Return whether the client is an adult protected by laws on reports."""
    if elders_from == policies.NO_AGE:
        elder: bool | None = False
    else:
        elder = _is_from(client, elders_from if isinstance(elders_from, int) else MAYBE_ELDER)
        elder = None if elder is True and elders_from is None else elder
    return any_of(elder, all_of(_is_from(client, policies.ADULT_AGE), adult_protection))


def _is_from(client: routing.Client, years: int) -> bool | None:
    if client.age_min is not None and client.age_min >= years:
        return True
    return False if client.age_max is not None and client.age_max < years else None
