"""Questions to ask next, and the changes an answer would bring. Neutral, never leading, never beginning with "why"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import routing
from service.languages import name_of_tag

QUESTION = {
    "client.age": "How old are you, as near as you like to say?",
    "client.gender": "How do you describe your gender?",
    "client.languages": "Which language do you like to speak?",
    "client.area": "Which county or town are you in, without any address?",
    "facts.client_present": "Is the client with you, or on the line, right now?",
    "facts.danger": "Is anyone in danger right now, or hurt?",
    "facts.guardian": "Is there a parent or guardian, and is that person safe for the client?",
    "facts.may_sign_alone": "Does the law here let the client sign for themselves?",
    "facts.emancipated": "Has a court said that the client may decide as an adult?",
    "client.traits.foreign_national": "Are you a citizen of another country?",
    "client.traits.pregnant": "Are you pregnant?",
    "client.traits.parenting": "Do you have children with you?",
    "client.traits.lgbtq": "Would a place for LGBTQ people be good for you?",
    "client.traits.disability": "Do you have a disability that a place needs to plan for?",
    "client.traits.in_foster_care": "Are you in foster care now?",
    "client.traits.runaway": "Are you away from the home or place where you are supposed to stay?",
    "client.traits.on_probation": "Are you on probation or parole?",
    "client.traits.substance_use": "Would help with alcohol or drugs be useful to you?",
    "client.traits.domestic_violence": "Has a partner or someone at home hurt you or made you afraid?",
    "client.traits.sexual_assault": "Has someone touched you, or made you touch them, when you did not want it?",
    "client.traits.sex_trafficking": "Has someone had you do sexual things for money or a place to stay?",
    "client.traits.labor_trafficking": "Has someone made you work, or kept you from leaving a job?",
    "client.traits.suspected_exploiter_household": "Does the person you worry about live where you stay?",
    "client.traits.tribal_citizen": "Do you belong to a tribe or a Native nation?",
}
"""Questions by attribute. Questions under `client` are put to the client, questions under `facts` to the worker."""

OTHER_TRAIT = "Does this fit the client: {name}?"
OPEN_QUESTIONS = frozenset({"client.gender", "client.languages", "client.area", "facts.guardian"})
"""Attributes whose question is answered in the person's own words; every other question has a short answer."""

BEFORE_ASKING = (
    "Tell the client first, where it is safe: some answers have to be reported, to whom, and what happens then. "
    "The client chooses what to say."
)
BEFORE_AS_ABOVE = "Tell the client first, as above."
WITH_OTHERS = "It takes more than one answer: this is one of several things that would open a way."
WOULD_CHANGE = "The answer may open more. {changes}."
IF_SO = "If {answer}: {opened}"
OPENS_NEED = "{needs} at {names}"
OPENS_WAY = "one more way, through {names}"
OPENS_BETTER = "a better way with the same agencies"

GUARDIAN = {
    "none": "nobody who has to sign for them",
    "safe_parent": "a safe parent",
    "suspected_parent_only": "only a parent who is under suspicion",
    "court_safe": "a safe guardian that a court named",
    "court_suspected": "a guardian that a court named and who is under suspicion",
    "state_conservator": "the state as guardian",
    "unavailable": "a guardian who cannot be reached",
}
GENDER = {
    "female": "female",
    "male": "male",
    "transgender_female": "a trans woman or girl",
    "transgender_male": "a trans man or boy",
    "nonbinary": "nonbinary",
}


def question(attribute: str, name: str) -> str:
    """Return the question about an attribute; `name`: the coalition's name of a trait in its own vocabulary.

    >>> question("client.traits.pregnant", "pregnant"), question("client.traits.veteran", "veteran")
    ('Are you pregnant?', 'Does this fit the client: veteran?')
    """
    return QUESTION.get(attribute) or OTHER_TRAIT.format(name=name)


def question_style(attribute: str) -> str:
    """Return `open` for a question answered in the person's own words, `closed` for a question with a short answer."""
    return "open" if attribute in OPEN_QUESTIONS else "closed"


def is_for_worker(attribute: str) -> bool:
    """Return whether a question is for the worker to settle, and not one to put to the client.

    >>> is_for_worker("facts.client_present"), is_for_worker("client.age")
    (True, False)
    """
    return attribute.startswith("facts.")


def possible_answer(attribute: str, values: Sequence[routing.Value], areas: Mapping[str, routing.Area]) -> str:
    """Return possible answers to a question in words, at most three: `Travis County or Hays County`.

    Age ranges that adjoin are joined:

    >>> possible_answer("client.age", [(11, 13), (14, 17)], {}), possible_answer("client.languages", ["es", "vi"], {})
    ('11 to 17', 'Spanish or Vietnamese')
    """
    said = [_possible(attribute, value, areas) for value in _ages_joined(values)]
    more = ["one of others"] if len(said) > MOST_ANSWERS_NAMED else []
    return " or ".join(said[:MOST_ANSWERS_NAMED] + more)


MOST_ANSWERS_NAMED = 3


def would_change(changes: Sequence[tuple[str, str]]) -> str:
    """Return the sentence on what answers would open, from (answer, change) pairs, the greatest change first.

    >>> would_change([("yes", "one more way, through Lotus Center")])
    'The answer may open more. If yes: one more way, through Lotus Center.'
    """
    said = [IF_SO.format(answer=answer, opened=opened) for answer, opened in changes[:MOST_ANSWERS_NAMED]]
    return WOULD_CHANGE.format(changes=". ".join(said))


def _ages_joined(values: Sequence[routing.Value]) -> list[routing.Value]:
    """Return the values sorted, adjoining age ranges as one: 11 to 13 and 14 to 17 are 11 to 17."""
    joined: list[routing.Value] = []
    for value in sorted(values, key=str) if not isinstance(values[0], tuple) else sorted(values):
        last = joined[-1] if joined else None
        if isinstance(value, tuple) and isinstance(last, tuple) and last[1] + 1 == value[0]:
            joined[-1] = (last[0], value[1])
        else:
            joined.append(value)
    return joined


def _possible(attribute: str, value: routing.Value, areas: Mapping[str, routing.Area]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return _age(*value)
    if attribute == "client.area":
        return areas[value].name
    if attribute == "client.languages":
        return name_of_tag(value)
    return GUARDIAN.get(value) or GENDER.get(value) or value.replace("_", " ")


def _age(youngest: int, oldest: int) -> str:
    if oldest >= routing.OLDEST:
        return f"{youngest} or older" if youngest else "any age"
    if youngest == 0:
        return f"{oldest} or younger"
    return str(youngest) if youngest == oldest else f"{youngest} to {oldest}"


def opens_need(needs: Sequence[str], names: Sequence[str]) -> str:
    """Return the needs (names) that an answer would open, uncovered by any path now, and the agencies.

    >>> opens_need(["detox"], ["Lotus Center", "Rio Grande Shelter"])
    'detox at Lotus Center and Rio Grande Shelter'
    """
    return OPENS_NEED.format(names=_and(names), needs=", ".join(needs))


def opens_way(names: Sequence[str]) -> str:
    """Return the way that an answer would open without meeting a further need.

    >>> opens_way(["Lotus Center"]), opens_way([])
    ('one more way, through Lotus Center', 'a better way with the same agencies')
    """
    return OPENS_WAY.format(names=_and(names)) if names else OPENS_BETTER


def _and(names: Sequence[str]) -> str:
    first, last = names[:-1], names[-1]
    return f"{', '.join(first)} and {last}" if first else last
