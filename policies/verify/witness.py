"""A refuting point in words: the holder, the recipient, the data, the consent, the rules."""

from __future__ import annotations

from collections.abc import Iterator

from policies.engine.compile import Formula, Space
from policies.engine.encode_facts import decode
from policies.engine.evaluate import Codes, evaluate
from policies.facts import Facts, PartyFacts

from .claims import TASK_QUANTIFIERS, Claim, PackReading, Quantifier, allows, refuting
from .default_facts import plainest
from .solver import changed

DOES = {"route": "say whom to call:", "serve": "take the person in:", "disclose": "share", "report": "report"}
CIRCUMSTANCES = {
    "may_sign_alone": "may sign alone",
    "trafficking": "trafficking",
    "emancipated": "emancipated",
    "age": "the client is",
    "guardian": "guardian",
    "danger": "danger",
    "process": "process",
    "conditioned_on": "the service is made to depend on",
}
UNSAID = {"age": "adult", "may_sign_alone": "no", "emancipated": "no", "trafficking": "no"}


def describe(claim: Claim, reading: PackReading, possible: Formula, point: Codes) -> str:
    """Return a sentence or two about a refuting point, with every irrelevant fact left plain."""
    codes = plainest(reading.space, point, lambda table: refuting(claim, reading, possible, table))
    lines = [_situation(reading.space, codes), _answer(reading, codes, claim)]
    if claim.change:
        lines.append("After the change (" + _change(reading.space, codes, claim) + "):")
        lines.append(_answer(reading, changed(codes[:, None], claim.change)[:, 0], claim))
    return " ".join(lines)


def describe_point(space: Space, point: Codes) -> str:
    """Return a sentence about a point of the space."""
    return _situation(space, point)


def _situation(space: Space, codes: Codes) -> str:
    facts = decode(space, codes)
    shared = f"{_party(facts.holder)} would {DOES[facts.action]} {_word(facts.data)}"
    text = f"{shared} to {_party(facts.recipient)} for {_word(facts.purpose)}"
    return f"{text}; {'; '.join([_consent(facts), *_circumstances(facts)])}."


def _party(party: PartyFacts) -> str:
    article = "an agency" if party.kind == "unknown" else f"a {_word(party.kind)} agency"
    notes = [party.basis if party.basis != "unknown" else "basis unknown"]
    notes += [f"under {', '.join(sorted(party.regimes))}"] if party.regimes else []
    notes += [] if party.declared else ["not declared"]
    notes += [f"reports: {_word(party.reporter)}"] if party.reporter != "none" else []
    notes += ["member"] if party.member else []
    return f"{article} ({'; '.join(notes)})"


def _consent(facts: Facts) -> str:
    parts = [f"consent {_word(facts.consent)}"]
    if facts.level != "none":
        parts.append("+".join([facts.level, *sorted(facts.marks)]))
    parts += [f"signed by {', '.join(sorted(facts.signers))}"] if facts.signers else []
    parts += ["a form set aside"] if facts.form_set_aside else []
    parts += ["a signature set aside"] if facts.signature_set_aside else []
    return ", ".join(parts)


def _circumstances(facts: Facts) -> Iterator[str]:
    for name, words in CIRCUMSTANCES.items():
        value = getattr(facts, name)
        if value != UNSAID.get(name, "none"):
            yield f"{words} {_word(value)}"
    if facts.agreement != "absent":
        yield f"agreement {_word(facts.agreement)} ({facts.agreement_type})"
    if facts.same_house:
        yield "both are one house"
    if facts.operator_authorised:
        yield "the operator allowed it"


def _answer(reading: PackReading, codes: Codes, claim: Claim) -> str:
    point = codes[:, None]
    candidates = [rule for rule in reading.deciding if rule.id not in claim.without]
    if claim.quantifier in TASK_QUANTIFIERS:
        task = evaluate(reading.space, [reading.formula(claim.task)], point)[0, 0]
        return f"The task {claim.task} {'comes' if task else 'does not come'} along."
    if claim.quantifier is Quantifier.ALIKE:
        candidates = [rule for rule in (*candidates, *reading.tasks) if rule.id not in claim.without]
        answers = evaluate(reading.space, [rule.formula for rule in candidates], point)[:, 0]
        return f"Rules met: {_list(rule.id for rule, holds in zip(candidates, answers, strict=True) if holds)}."
    is_allowed = bool(allows(reading, point, claim.without)[0])
    answers = evaluate(reading.space, [rule.formula for rule in candidates], point)[:, 0]
    effect = "permit" if is_allowed else "forbid"
    rules = [rule.id for rule, holds in zip(candidates, answers, strict=True) if holds and rule.effect == effect]
    return f"{'Allowed' if is_allowed else 'Denied'} by {_list(rules) if rules else 'the absence of a permit'}."


def _change(space: Space, old: Codes, claim: Claim) -> str:
    parts = []
    for number, code in claim.change:
        if old[number] != code:
            dimension = space.dimensions[number]
            parts.append(f"{dimension.name} {_word(dimension.values[code])} for {_word(dimension.values[old[number]])}")
    return ", ".join(parts)


def _list(ids: Iterator[str] | list[str]) -> str:
    return ", ".join(ids) or "none"


def _word(value: str | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.replace("_", " ")
