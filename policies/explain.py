"""A decision as lines that a caseworker can read out."""

from __future__ import annotations

from collections.abc import Iterator

from .decide import Decision
from .ladder import Ask
from .pack import Rule

WHO = {"client": "the client", "parent": "a safe parent", "guardian": "the court-appointed guardian"}
LEVEL = {
    "verbal": "spoken agreement (noted with its date)",
    "written": "a signed and dated consent",
    "release": "a signed release with an end date",
}
MARK = {
    "sud": "that names substance-use treatment records",
    "health": "that is a health (HIPAA) authorization",
    "immigration": "that names immigration information",
    "privilege": "that waives privilege, after counsel's advice",
}
NOT_AGREED = "No agreement of the client's that would let this go is on record."
NO_CONSENT_FOR = {
    "report": "A report does not rest on the client's consent.",
    "route": "It does not rest on the client's consent.",
    "serve": "It does not rest on the client's consent.",
}


def explain(decision: Decision) -> tuple[str, ...]:
    """Return the decision in plain lines: the answer, the rule to know first, the others, what would lift it.

    Every line that states a rule ends with its authority. Never empty; holds no word of the client's own.
    """
    return tuple(_lines(decision))


def explain_ask(ask: Ask) -> str:
    """Return one sentence that says who would have to agree, and how."""
    who = " and ".join(WHO[signer] for signer in sorted(ask.signers))
    marks = ", ".join(MARK[mark] for mark in sorted(ask.marks))
    return f"It would take {LEVEL[ask.level]} from {who}" + (f", {marks}." if marks else ".")


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
        opening = NO_CONSENT_FOR.get(decision.facts.action, "The client's consent alone does not open it.")
        yield f"{opening} What would help: {first.asks}."
    if decision.faults:
        yield "The rules could not be evaluated without error, so the answer is no."


def _sentence(rule: Rule) -> str:
    return f"{rule.plain} ({rule.id}: {rule.authority})"
