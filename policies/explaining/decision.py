"""A decision as lines for a caseworker to read out."""

from __future__ import annotations

from collections.abc import Iterator

from policies.consent_ladder import Ask
from policies.decide import Decision
from policies.engine.pack import Rule
from policies.messages import AND, TOGETHER, Message, joined

SIGNER_NAMES = {
    "client": Message("the client"),
    "parent": Message("a safe parent"),
    "guardian": Message("the guardian that a court named"),
}
LEVEL = {
    "none": Message("nothing more"),
    "told": Message("word that the client was told"),
    "verbal": Message("a spoken yes, noted with its date"),
    "written": Message("a signed and dated consent"),
    "release": Message("a signed release with an end date"),
}
MARK = {
    "sud": Message("substance-use treatment"),
    "health": Message("health records (HIPAA)"),
    "immigration": Message("immigration"),
    "privilege": Message("a waiver of privilege after a lawyer's advice"),
}
NAMING, FROM = Message(", which names {marks}"), Message(", from {signers}")
IT_WOULD_TAKE = Message("It would take {needs}.")
WOULD_HELP = Message("What would help: {asks}.")
MAY_BE_SHARED, OPEN = Message("This may be shared."), Message("This is open.")
NOT_TO_BE_SHARED, NOT_OPEN = Message("This may not be shared as things stand."), Message("This is not open as asked.")
IN_ERROR = Message("The rules could not be evaluated without error, so the answer is no.")
BY_RULE = Message("{plain} ({rule}: {authority})")
NOT_AGREED = Message("No consent of the client's that would let this go is on record.")
NOT_BY_CONSENT = Message("The client's consent alone does not open it.")
NO_CONSENT_FOR = {
    "report": Message("A report does not rest on the client's consent."),
    "route": Message("It does not rest on the client's consent."),
    "serve": Message("It does not rest on the client's consent."),
}


def explain(decision: Decision) -> tuple[Message, ...]:
    """Return the decision in plain lines: the answer, the rule to know first, further rules, the helping consent.

    Every line about a rule ends with the rule's authority. Never empty; holds no word of the client's own.
    """
    return tuple(_lines(decision))


def explain_ask(ask: Ask) -> Message:
    """Return a sentence with the signers of a consent, and the form.

    >>> explain_ask(Ask(frozenset({"client"}), "release", frozenset({"sud"})))
    'It would take a signed release with an end date, which names substance-use treatment, from the client.'
    """
    return IT_WOULD_TAKE.format(needs=ask_in_words(ask))


def ask_in_words(ask: Ask) -> Message:
    """Return a consent as people say it, with its marks and signers: `a spoken yes …, from the client`.

    >>> ask_in_words(Ask(frozenset({"client"}), "verbal"))
    'a spoken yes, noted with its date, from the client'
    """
    marks = NAMING.format(marks=joined([MARK[mark] for mark in sorted(ask.marks)], AND)) if ask.marks else ""
    signers = (
        FROM.format(signers=joined([SIGNER_NAMES[signer] for signer in sorted(ask.signers)], AND))
        if ask.signers
        else ""
    )
    return joined([LEVEL[ask.level], marks, signers], "")


def what_would_help(rule: Rule, action: str = "disclose") -> Message:
    """Return the step that helps after a denial by a rule that no consent lifts."""
    return joined([NO_CONSENT_FOR.get(action, NOT_BY_CONSENT), WOULD_HELP.format(asks=rule.asks)], TOGETHER)


def _lines(decision: Decision) -> Iterator[Message]:
    if decision.allow:
        yield MAY_BE_SHARED if decision.facts.data != "none" else OPEN
        yield from (_sentence(rule) for rule in decision.permits)
        return
    yield NOT_TO_BE_SHARED if decision.facts.data != "none" else NOT_OPEN
    lead = decision.stopped_by
    if lead is not None:
        yield _sentence(lead) if lead.effect != "permit" else _sentence(lead, NOT_AGREED)
    yield from (_sentence(rule) for rule in decision.forbids if rule != lead)
    if decision.needs is not None:
        yield explain_ask(decision.needs)
    elif lead is not None:
        yield what_would_help(lead, decision.facts.action)
    if decision.faults:
        yield IN_ERROR


def _sentence(rule: Rule, text: Message | None = None) -> Message:
    return BY_RULE.format(plain=text or rule.plain, rule=rule.id, authority=rule.authority)
