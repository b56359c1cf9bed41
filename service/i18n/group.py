"""Sentences beside a group: one call for all who go to one agency, and what keeps each person's word their own."""

from __future__ import annotations

from policies.messages import Message, Plural

ONE_AT_A_TIME = Message(
    "Speak with each person alone, out of sight and hearing of the others. Nobody has to say what was done to them."
)
SAFE_TOGETHER = Message(
    "Ask each person alone before two share a house: one of them may work for those who harmed the others."
)
INTERPRETER_FOR_EACH = Message("Each person has their own interpreter, never one of the group, in person or by phone.")
NOBODY_BY_NAME = Message(
    "Ask for places by number, age and language. Give no names, and tell nobody what another person said."
)
FAMILY_WITHOUT_PLACE = Message(
    "People who stay together have no place yet, while people alone have one. "
    "You may ask a house to take them first, and then look again."
)
HOW_MANY = Message("How many people can you take?")
PLACES = Message("Ask {name} for {people}. Ask for places only; then each person speaks for themselves.")
REPORT = Message("Call {name} about a report on {people}. You make this call; nobody of the group has to speak.")
PEOPLE = Plural("{count} person", "{count} people")


def places(name: str, count: int) -> Message:
    """Return the sentence for a call that asks for places for so many people.

    >>> places("Harbor House", 1).split(".")[0], places("Harbor House", 3).split(".")[0]
    ('Ask Harbor House for 1 person', 'Ask Harbor House for 3 people')
    """
    return PLACES.format(name=name, people=PEOPLE.format(count=count))


def report(name: str, count: int) -> Message:
    """Return the sentence for a call about a report on so many people."""
    return REPORT.format(name=name, people=PEOPLE.format(count=count))
