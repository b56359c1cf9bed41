"""A question with an unknown fact answered: the supposed view of routing and of the rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import policies
import routing
from service.answers.profile.client_facts import client_facts
from service.answers.profile.resolve import ResolvedProfile

FACTS = "facts."


def suppose(question: ResolvedProfile, attribute: str, value: routing.Value) -> ResolvedProfile:
    """Return the question with an attribute answered (`client.age`, `client.traits.x`, `facts.guardian` ...). Pure.

    `value` is an age range, a code, or yes and no, as the attribute asks.

    Raises:
        KeyError: a profile has no such attribute.
    """
    name = attribute.removeprefix(FACTS)
    if attribute.startswith(FACTS) and name != "client_present":
        if name not in ("guardian", "may_sign_alone", "emancipated", "danger"):
            raise KeyError(attribute)
        fact: dict[str, Any] = {name: value}
        profile, case = question.profile, replace(question.case, **fact)
    else:
        profile = routing.with_answer(question.profile, attribute, value)
        case = replace(question.case, **client_facts(profile.client, profile.adult_protection, question.elders_from))
    return replace(question, profile=replace(profile, may_call=policies.may_call(case)), case=case)
