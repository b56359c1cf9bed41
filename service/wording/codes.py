"""Words for the codes of an answer, for codes that the answer itself does not put in words."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.vocabulary import LISTS

EXPOSURE = {
    "protected": "Protected.",
    "disclosed": "Known to more people.",
    "discoverable": "May come up in court.",
}

RELATIONSHIP = {
    "coalition": "in force, at coalition level (the closest)",
    "coordination": "in force, at coordination level",
    "cooperation": "in force, at cooperation level",
    "public": "none in force; this contact is open to everyone",
    "internal": "none needed; both belong to one house",
}

TERM = {
    "handoffs": "hand-offs",
    "exposure": "exposure",
    "delay": "waiting",
    "order": "not in the usual order",
    "uncertain": "facts to check first",
    "distance": "distance",
    "specialised": "not a specialized place",
    "not_designated": "not the named provider",
    "mode": "kind of hand-off",
    "relationship": "looser agreement",
    "asks": "something is needed first",
    "optional_uncovered": "optional needs left open",
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
    known = LISTS[listed_in].get(code)
    return code.replace("_", " ") if known is None else known.name.en


def listed(words: list[str]) -> str:
    """Return things as one phrase, separated by commas; "nothing" for an empty list."""
    return ", ".join(words) if words else "nothing"


def near_day(opens_at: str, asked_at: datetime) -> str:
    """Return the phrase for an ISO 8601 moment on the day of `asked_at` or the day after, in the moment's own offset.

    >>> near_day("2026-03-02T08:00:00-06:00", datetime.fromisoformat("2026-03-02T05:30:00+00:00"))
    ' (tomorrow)'
    >>> near_day("2026-03-09T08:00:00-06:00", datetime.fromisoformat("2026-03-02T05:30:00+00:00"))
    ''
    """
    moment = datetime.fromisoformat(opens_at)
    here = asked_at.astimezone(moment.tzinfo).date()
    return {here: " (today)", here + timedelta(days=1): " (tomorrow)"}.get(moment.date(), "")


def authority(full: str) -> str:
    """Return the first authority of a rule, and the number of further ones.

    >>> authority("42 CFR 2.31; 45 CFR 164.508; 34 USC 12291")
    '42 CFR 2.31 and 2 more'
    """
    first, *more = [part.strip() for part in full.split(";")]
    return f"{first} and {len(more)} more" if more else first
