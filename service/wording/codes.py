"""How codes of an answer are said to a person, where the answer itself does not say it."""

from __future__ import annotations

from datetime import datetime, timedelta

TYPE = {
    "child_protection_report": "report to child protection",
    "dental": "dental care",
    "forensic_medical_exam": "forensic medical exam",
    "law_enforcement_report": "report to law enforcement",
    "legal_civil": "civil legal help",
    "legal_immigration": "immigration legal help",
    "mental_health": "mental health care",
    "primary_medical": "primary medical care",
}

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
    "uncertain": "facts to check first",
    "distance": "distance",
    "not_designated": "not the named provider",
    "mode": "kind of hand-off",
    "relationship": "looser agreement",
    "asks": "something is needed first",
    "optional_uncovered": "optional needs left open",
}


def service_type(code: str) -> str:
    """Return a service type as people say it."""
    return TYPE.get(code, code.replace("_", " "))


def listed(words: list[str]) -> str:
    """Return several things in one phrase; "nothing" for none."""
    return ", ".join(words) if words else "nothing"


def near_day(opens_at: str, asked_at: datetime) -> str:
    """Return " (today)" or " (tomorrow)" where an ISO moment falls on that day as seen from `asked_at`, else ""."""
    moment = datetime.fromisoformat(opens_at)
    here = asked_at.astimezone(moment.tzinfo).date()
    return {here: " (today)", here + timedelta(days=1): " (tomorrow)"}.get(moment.date(), "")


def authority(full: str) -> str:
    """Return the first authority that a rule names, and how many more there are."""
    first, *more = [part.strip() for part in full.split(";")]
    return f"{first} and {len(more)} more" if more else first
