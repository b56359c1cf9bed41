"""Questions to ask next, and the changes an answer would bring. Neutral, never leading, never beginning with "why"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import routing
from policies.messages import AND, EITHER, Message, joined
from service.i18n.languages import name_of_tag

QUESTION = {
    "client.age": Message("How old are you, as near as you like to say?"),
    "client.gender": Message("How do you describe your gender?"),
    "client.languages": Message("Which language do you like to speak?"),
    "client.area": Message("Which county or town are you in, without any address?"),
    "facts.client_present": Message("Is the client with you, or on the line, right now?"),
    "facts.danger": Message("Is anyone in danger right now, or hurt?"),
    "facts.guardian": Message("Is there a parent or guardian, and is that person safe for the client?"),
    "facts.may_sign_alone": Message("Does the law here let the client sign for themselves?"),
    "facts.emancipated": Message("Has a court said that the client may decide as an adult?"),
    "client.traits.foreign_national": Message("Are you a citizen of another country?"),
    "client.traits.pregnant": Message("Are you pregnant?"),
    "client.traits.parenting": Message("Do you have children with you?"),
    "client.traits.lgbtq": Message("Would a place for LGBTQ people be good for you?"),
    "client.traits.disability": Message("Do you have a disability that a place needs to plan for?"),
    "client.traits.in_foster_care": Message("Are you in foster care now?"),
    "client.traits.runaway": Message("Are you away from the home or place where you are supposed to stay?"),
    "client.traits.on_probation": Message("Are you on probation or parole?"),
    "client.traits.substance_use": Message("Would help with alcohol or drugs be useful to you?"),
    "client.traits.domestic_violence": Message("Has a partner or someone at home hurt you or made you afraid?"),
    "client.traits.sexual_assault": Message(
        "Has someone touched you, or made you touch them, when you did not want it?"
    ),
    "client.traits.sex_trafficking": Message("Has someone had you do sexual things for money or a place to stay?"),
    "client.traits.labor_trafficking": Message("Has someone made you work, or kept you from leaving a job?"),
    "client.traits.suspected_exploiter_household": Message("Does the person you worry about live where you stay?"),
    "client.traits.tribal_citizen": Message("Do you belong to a tribe or a Native nation?"),
    "client.traits.deaf": Message("Are you deaf or hard of hearing?"),
    "client.traits.online_exploitation": Message("Does someone use photos or texts to make you do things?"),
    "client.traits.others_held": Message("Is anyone else there who can't leave?"),
}
"""Questions by attribute. Questions under `client` are put to the client, questions under `facts` to the worker."""

OTHER_TRAIT = Message("Does this fit the client: {name}?")
OPEN_QUESTIONS = frozenset({"client.gender", "client.languages", "client.area", "facts.guardian"})
"""Attributes whose question is answered in the person's own words; every other question has a short answer."""

BEFORE_ASKING = Message(
    "Tell the client first, where it is safe: some answers have to be reported, to whom, and what happens then. "
    "The client chooses what to say."
)
BEFORE_AS_ABOVE = Message("Tell the client first, as above.")
WITH_OTHERS = Message("It takes more than one answer: this is one of several things that would open a way.")
WOULD_CHANGE = Message("The answer may open more. {changes}.")
IF_SO = Message("If {answer}: {opened}")
OPENS_NEED = Message("{needs} at {names}")
OPENS_WAY = Message("one more way, through {names}")
OPENS_BETTER = Message("a better way with the same agencies")

GUARDIAN = {
    "none": Message("nobody who has to sign for them"),
    "safe_parent": Message("a safe parent"),
    "suspected_parent_only": Message("only a parent who is under suspicion"),
    "court_safe": Message("a safe guardian that a court named"),
    "court_suspected": Message("a guardian that a court named and who is under suspicion"),
    "state_conservator": Message("the state as guardian"),
    "unavailable": Message("a guardian who cannot be reached"),
}
GENDER = {
    "female": Message("female"),
    "male": Message("male"),
    "transgender_female": Message("a trans woman or girl"),
    "transgender_male": Message("a trans man or boy"),
    "nonbinary": Message("nonbinary"),
}


def question(attribute: str, name: str) -> Message:
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


def possible_answer(attribute: str, values: Sequence[routing.Value], areas: Mapping[str, routing.Area]) -> Message:
    """Return possible answers to a question in words, at most three: `Travis County or Hays County`.

    Age ranges that adjoin are joined:

    >>> possible_answer("client.age", [(11, 13), (14, 17)], {}), possible_answer("client.languages", ["es", "vi"], {})
    ('11 to 17', 'Spanish or Vietnamese')
    """
    answers = [_possible(attribute, value, areas) for value in _ages_joined(values)]
    more = [ANOTHER_ANSWER] if len(answers) > MOST_ANSWERS_NAMED else []
    return joined([*answers[:MOST_ANSWERS_NAMED], *more], EITHER)


MOST_ANSWERS_NAMED = 3
ANOTHER_ANSWER = Message("another")
YES, NO = Message("yes"), Message("no")
ANY_AGE = Message("any age")
OR_OLDER, OR_YOUNGER = Message("{years} or older"), Message("{years} or younger")
TO = Message("{youngest} to {oldest}")


def would_change(changes: Sequence[tuple[str, str]]) -> Message:
    """Return the sentence on what answers would open, from (answer, change) pairs, the greatest change first.

    >>> would_change([("yes", "one more way, through Lotus Center")])
    'The answer may open more. If yes: one more way, through Lotus Center.'
    """
    sentences = [IF_SO.format(answer=answer, opened=opened) for answer, opened in changes[:MOST_ANSWERS_NAMED]]
    return WOULD_CHANGE.format(changes=joined(sentences, ". "))


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
        return YES if value else NO
    if isinstance(value, tuple):
        return _age(*value)
    if attribute == "client.area":
        return areas[value].name
    if attribute == "client.languages":
        return name_of_tag(value)
    return GUARDIAN.get(value) or GENDER.get(value) or value.replace("_", " ")


def _age(youngest: int, oldest: int) -> str:
    if oldest >= routing.OLDEST:
        return OR_OLDER.format(years=youngest) if youngest else ANY_AGE
    if youngest == 0:
        return OR_YOUNGER.format(years=oldest)
    return str(youngest) if youngest == oldest else TO.format(youngest=youngest, oldest=oldest)


def opens_need(needs: Sequence[str], names: Sequence[str]) -> Message:
    """Return the needs (names) that an answer would open, uncovered by any path now, and the agencies.

    >>> opens_need(["detox"], ["Lotus Center", "Rio Grande Shelter"])
    'detox at Lotus Center and Rio Grande Shelter'
    """
    return OPENS_NEED.format(names=joined(names, AND), needs=joined(needs, ", "))


def opens_way(names: Sequence[str]) -> Message:
    """Return the way that an answer would open without meeting a further need.

    >>> opens_way(["Lotus Center"]), opens_way([])
    ('one more way, through Lotus Center', 'a better way with the same agencies')
    """
    return OPENS_WAY.format(names=joined(names, AND)) if names else OPENS_BETTER
