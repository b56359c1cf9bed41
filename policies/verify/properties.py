"""The properties of section 4 of the catalogue that compare two requests.

The properties hold for every pack, whatever its rules are called, so the properties are written here; a property of a
single request is a Cedar promise beside the rules (`promises.py`). Numbers are the catalogue's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from itertools import pairwise

from policies.engine.compile import Formula, Space, conjoin, dimensions_of, disjoin, negate
from policies.engine.pack import Pack

from .claims import Claim, PackReading, Promise, Quantifier
from .solver import change_of

BARE: Mapping[str, str | bool] = {
    "context.consent": "absent",
    "context.level": "none",
    "context.form_set_aside": False,
    "context.signature_set_aside": False,
}
"""No consent at all, but for its marks and signers."""

DEAD = ("not_current", "out_of_scope", "onward")
AGREEMENT_RULE = "mou-in-force"


def properties(reading: PackReading) -> tuple[Promise, ...]:
    """Return the properties that compare two requests, as promises about a pack's rules."""
    space = reading.space
    return (
        Promise("closed", "1", "What is not known or not declared never opens what is shut.", tuple(_monotone(space))),
        Promise("more-consent", "2", "More consent never shuts what is open.", tuple(_more_consent(space))),
        Promise("dead-consent", "4", "A consent that ended, or is about something else, is no consent.",
                tuple(_dead_consent(space))),
        Promise("inert-signature", "5", "A signature that cannot count changes no answer.", tuple(_inert(space))),
        Promise("set-aside-form", "", "A form that is not taken is worth what was spoken.",
                (_same_answer(space, {"context.form_set_aside": True}, {"context.form_set_aside": False}),)),
        Promise("free-service", "6", "Whom to call, and being taken in, depend on no consent.", tuple(_free(space))),
        Promise("ties-open", "", "What two agencies are to each other shuts nothing.",
                tuple(_ties(space))),
        Promise("agreement-no-consent", "9", "An agreement between agencies is no consent.",
                tuple(_agreements(reading))),
        Promise("bare-subpoena", "14", "A subpoena alone opens and shuts nothing.",
                (_same_answer(space, {"context.process": "subpoena"}, {"context.process": "none"}, anywhere=True),)),
    )  # fmt: skip


def overlays_tighten(base: Pack) -> Promise:
    """Return property 16: no allowed share is denied by a forbid of the federal pack, read alone."""
    forbids = [base.formulas[rule.id] for rule in base.deciding if rule.effect == "forbid"]
    start: Formula = False
    forbidden = reduce(disjoin, forbids, start)
    plain = "No other pack opens what a federal rule forbids."
    return Promise("overlays-tighten", "16", plain, (Claim(Quantifier.NEVER, forbidden, anywhere=True),))


def _region(space: Space, values: Mapping[str, str | bool]) -> Formula:
    start: Formula = True
    return reduce(conjoin, (space.atom(name, [value]) for name, value in values.items()), start)


def _same_answer(
    space: Space, before: Mapping[str, str | bool], after: Mapping[str, str | bool], *, anywhere: bool = False
) -> Claim:
    return Claim(Quantifier.SAME, _region(space, before), change_of(space, after), anywhere=anywhere)


def _grows(space: Space, before: Mapping[str, str | bool], after: Mapping[str, str | bool]) -> Claim:
    return Claim(Quantifier.NEVER_CLOSES, _region(space, before), change_of(space, after))


def _monotone(space: Space) -> Iterator[Claim]:
    """Yield that what is allowed while a fact is unknown is allowed for each value that it may turn out to have."""
    for dimension in space.dimensions:
        if "unknown" in dimension.values:
            for value in dimension.values:
                if value != "unknown":
                    yield _grows(space, {dimension.name: "unknown"}, {dimension.name: value})
    for side in ("principal", "resource"):
        yield _grows(space, {f"{side}.declared": False}, {f"{side}.declared": True})


def _more_consent(space: Space) -> Iterator[Claim]:
    words = space.vocabulary.words
    levels = words("Level")
    for lower, higher in pairwise(levels):
        yield _grows(space, {"context.level": lower}, {"context.level": higher})
    members = [f"context.marks[{mark}]" for mark in words("Mark")]
    members += [f"context.signers[{signer}]" for signer in words("Signer")]
    for name in members:
        yield _grows(space, {name: False}, {name: True})
    # What is open without any consent stays open beside one, however little it is worth.
    none_at_all = {**BARE, **dict.fromkeys(members, False)}
    current = _region(space, {"context.consent": "current"})
    without = negate(space, current)
    yield from (
        Claim(Quantifier.NEVER_CLOSES, conjoin(without, _region(space, none_at_all)), change_of(space, consent))
        for consent in _consents(space)
    )


def _consents(space: Space) -> Iterator[Mapping[str, str | bool]]:
    """Yield the least consents of each kind: one signer, no mark; or a signature that cannot count."""
    yield {"context.consent": "current", "context.signature_set_aside": True}
    for signer in space.vocabulary.words("Signer"):
        for level in space.vocabulary.words("Level")[1:]:
            consent: dict[str, str | bool] = {
                "context.consent": "current",
                f"context.signers[{signer}]": True,
                "context.level": level,
            }
            yield consent
            if level == "verbal":
                yield {**consent, "context.form_set_aside": True}


def _dead_consent(space: Space) -> Iterator[Claim]:
    for state in DEAD:
        yield _same_answer(space, {"context.consent": state}, {"context.consent": "absent"})


def _inert(space: Space) -> Iterator[Claim]:
    aside = "context.signature_set_aside"
    yield _same_answer(space, {aside: True}, {aside: False})
    # Where it was the only one, the consent is as good as none.
    yield _same_answer(space, {aside: True, "context.level": "none"}, {aside: False, "context.consent": "absent"})


def _ties(space: Space) -> Iterator[Claim]:
    """Yield that a shared house, and leave to name an address, only open: a search lets the kind speak for the pair."""
    for name in ("context.same_house", "context.operator_authorised"):
        yield _grows(space, {name: False}, {name: True})


def _free(space: Space) -> Iterator[Claim]:
    """Yield that no consent matters where none is looked at; proven even for impossible points."""
    words = space.vocabulary.words
    values: dict[str, tuple[str | bool, ...]] = {"context.consent": words("Consent"), "context.level": words("Level")}
    values |= {f"context.marks[{mark}]": (True, False) for mark in words("Mark")}
    values |= {f"context.signers[{signer}]": (True, False) for signer in words("Signer")}
    values |= {"context.form_set_aside": (True, False), "context.signature_set_aside": (True, False)}
    for action in ("route", "serve"):
        for name, answers in values.items():
            for before, after in pairwise(answers):
                yield _same_answer(space, {"action": action, name: before}, {name: after}, anywhere=True)


def _agreements(reading: PackReading) -> Iterator[Claim]:
    """Yield that only the rule that asks for an agreement, and permits for a team's review, lean on an agreement."""
    space = reading.space
    agreement = {space.index["context.agreement"], space.index["context.agreement_type"]}
    leaning = [rule for rule in reading.deciding if rule.effect == "permit" and dimensions_of(rule.formula) & agreement]
    team = space.atom("context.purpose", ["team_review"])
    for permit in leaning:
        apart = conjoin(permit.formula, negate(space, team))
        yield Claim(
            Quantifier.NEVER, apart, without=frozenset(rule.id for rule in reading.deciding if rule.effect == "forbid")
        )
    without = frozenset({AGREEMENT_RULE, *(rule.id for rule in leaning)})
    none = change_of(space, {"context.agreement": "absent", "context.agreement_type": "none"})
    yield Claim(Quantifier.SAME, True, none, without)
