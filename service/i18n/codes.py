"""Words for the codes of an answer, for codes that the answer itself does not put in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from policies.messages import AND, Message, joined
from service.vocabulary import LISTS, TRAITS_BY_CODE

EXPOSURE = {
    "protected": Message("Protected."),
    "disclosed": Message("Known to more people."),
    "discoverable": Message("May come up in court."),
}

RELATIONSHIP = {
    "coalition": Message("in force, at coalition level (the closest)"),
    "coordination": Message("in force, at coordination level"),
    "cooperation": Message("in force, at cooperation level"),
    "public": Message("none in force; this contact is open to everyone"),
    "internal": Message("none needed; both belong to one house"),
}

TERM = {
    "handoffs": Message("hand-offs"),
    "exposure": Message("exposure"),
    "delay": Message("waiting"),
    "order": Message("not in the usual order"),
    "uncertain": Message("facts to check first"),
    "distance": Message("distance"),
    "specialised": Message("not a specialized place"),
    "not_designated": Message("not the named provider"),
    "mode": Message("kind of hand-off"),
    "relationship": Message("looser agreement"),
    "asks": Message("something is needed first"),
    "optional_uncovered": Message("optional needs left open"),
}


def service_type(code: str) -> str:
    """Return the name of a service type in words.

    >>> service_type("dental"), service_type("youth_drop_in")
    ('dental care', 'youth drop in')
    """
    return word("service_types", code)


def word(listed_in: str, code: str) -> str:
    """Return the name of a word of a closed list, in words whatever the code.

    >>> word("kinds", "cac"), word("service_types", "equine_therapy")
    ("children's advocacy center", 'equine therapy')
    """
    entry = LISTS[listed_in].get(code)
    return code.replace("_", " ") if entry is None else Message(entry.name.en, listed_in)


def meaning(listed_in: str, code: str) -> Message:
    """Return the meaning of a word of a closed list.

    >>> meaning("marks", "immigration")
    'The release names immigration.'
    """
    return Message(LISTS[listed_in][code].meaning.en, "meaning")


def topic(trait: str) -> Message:
    """Return how an agency's own question about a trait is called.

    >>> topic("pregnant")
    'pregnancy'
    """
    return Message(TRAITS_BY_CODE[trait].topic.en, "topics")


def listed(words: Sequence[str]) -> Message:
    """Return things as one phrase, separated by commas; "nothing" for an empty list."""
    return joined(words, ", ") if words else NOTHING


def enumerated(words: Sequence[str]) -> Message:
    """Return things as one phrase, with "and" before the last.

    >>> enumerated(["food", "clothing", "detox"])
    'food, clothing and detox'
    """
    return joined(words, AND)


NOTHING = Message("nothing")
AND_MORE = Message("{first} and {count} more")
TODAY, TOMORROW = Message(" (today)"), Message(" (tomorrow)")


def near_day(opens_at: str, asked_at: datetime) -> str:
    """Return the phrase for an ISO 8601 moment on the day of `asked_at` or the day after, in the moment's own offset.

    >>> near_day("2026-03-02T08:00:00-06:00", datetime.fromisoformat("2026-03-02T05:30:00+00:00"))
    ' (tomorrow)'
    >>> near_day("2026-03-09T08:00:00-06:00", datetime.fromisoformat("2026-03-02T05:30:00+00:00"))
    ''
    """
    moment = datetime.fromisoformat(opens_at)
    here = asked_at.astimezone(moment.tzinfo).date()
    return {here: TODAY, here + timedelta(days=1): TOMORROW}.get(moment.date(), "")


def authority(full: str) -> str:
    """Return the first authority of a rule, and the number of further ones.

    >>> authority("42 CFR 2.31; 45 CFR 164.508; 34 USC 12291")
    '42 CFR 2.31 and 2 more'
    """
    first, *more = [part.strip() for part in full.split(";")]
    return AND_MORE.format(first=first, count=len(more)) if more else first
