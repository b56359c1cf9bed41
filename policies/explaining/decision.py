"""A decision as lines for a caseworker to read out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policies.consent_ladder import Ask
from policies.decide import Decision
from policies.engine.pack import Rule

WHO = {"client": "the client", "parent": "a safe parent", "guardian": "the guardian that a court named"}
LEVEL = {
    "none": "nothing more",
    "told": "word that the client was told",
    "verbal": "a spoken yes, noted with its date",
    "written": "a signed and dated consent",
    "release": "a signed release with an end date",
}
MARK = {
    "sud": "substance-use treatment",
    "health": "health records (HIPAA)",
    "immigration": "immigration",
    "privilege": "a waiver of privilege after a lawyer's advice",
}
NOT_AGREED = "No consent of the client's that would let this go is on record."
NOT_BY_CONSENT = "The client's consent alone does not open it."
NO_CONSENT_FOR = {
    "report": "A report does not rest on the client's consent.",
    "route": "It does not rest on the client's consent.",
    "serve": "It does not rest on the client's consent.",
}


def explain(decision: Decision) -> tuple[str, ...]:
    """Return the decision in plain lines: the answer, the rule to know first, further rules, the helping consent.

    Every line about a rule ends with the rule's authority. Never empty; holds no word of the client's own.
    """
    return tuple(_lines(decision))


def explain_ask(ask: Ask) -> str:
    """Return a sentence that says whose agreement is needed, and how.

    >>> explain_ask(Ask(frozenset({"client"}), "release", frozenset({"sud"})))
    'It would take a signed release with an end date, which names substance-use treatment, from the client.'
    """
    return f"It would take {ask_in_words(ask)}."


def ask_in_words(ask: Ask) -> str:
    """Return a consent as people say it, with its marks and signers: `a spoken yes …, from the client`.

    >>> ask_in_words(Ask(frozenset({"client"}), "verbal"))
    'a spoken yes, noted with its date, from the client'
    """
    named = f", which names {_and([MARK[mark] for mark in sorted(ask.marks)])}" if ask.marks else ""
    signers = f", from {_and([WHO[signer] for signer in sorted(ask.signers)])}" if ask.signers else ""
    return f"{LEVEL[ask.level]}{named}{signers}"


def what_would_help(rule: Rule, action: str = "disclose") -> str:
    """Return what to do about a denial by a rule that no consent lifts."""
    return f"{NO_CONSENT_FOR.get(action, NOT_BY_CONSENT)} What would help: {rule.asks}."


def _and(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def _lines(decision: Decision) -> Iterator[str]:
    if decision.allow:
        yield "This may be shared." if decision.facts.data != "none" else "This is open."
        yield from (_sentence(rule) for rule in decision.permits)
        return
    yield "This may not be shared as things stand." if decision.facts.data != "none" else "This is not open as asked."
    first = decision.stopped_by
    if first is not None:
        yield _sentence(first) if first.effect != "permit" else f"{NOT_AGREED} ({first.id}: {first.authority})"
    yield from (_sentence(rule) for rule in decision.forbids if rule != first)
    if decision.needs is not None:
        yield explain_ask(decision.needs)
    elif first is not None:
        yield what_would_help(first, decision.facts.action)
    if decision.faults:
        yield "The rules could not be evaluated without error, so the answer is no."


def _sentence(rule: Rule) -> str:
    return f"{rule.plain} ({rule.id}: {rule.authority})"
