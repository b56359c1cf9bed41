"""Changes beside consent which would turn a denial: a single fact at a time, tried on the rules themselves.

Each candidate is a request with a single fact changed: an unknown fact, or a fact which people can put right (an
agreement, a declaration, a form). No client is told to wish for a danger or an order: candidates leave both out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from policies.consent_ladder import Ask
from policies.decide import Decision, Rulebook
from policies.facts import VOCABULARY
from policies.messages import EITHER, TOGETHER, Message, joined
from policies.records import Agreement, Case, Share

from . import facts
from .decision import explain_ask

AGES = {"minor": "0-17", "adult": "18 or over"}
YES_OR_NO = {True: "true", False: "false"}
CHANGE_SENTENCES = {
    "age": Message("if the client is {values}"),
    "facts.guardian": Message("if there is {values}"),
    "agreement": Message("with {values} in force between the two"),
    "conditioned_on": Message("once nothing is asked in return for help"),
    "holder.declared": Message("once the agency that holds it has said what kind of agency it is and what binds it"),
    "recipient.declared": Message(
        "once the agency that would receive it has said what kind of agency it is and what binds it"
    ),
    "recipient.accepted_forms": Message("if the agency that would receive it takes the form that was signed"),
    "operator_authorised": Message("if whoever runs the place agrees in writing that this agency may know it"),
}
YES_OR_NO_TOLD = {
    "facts.may_sign_alone": (Message("if the client may sign alone"), Message("if the client may not sign alone")),
    "facts.emancipated": (Message("if the client is emancipated"), Message("if the client is not emancipated")),
    "vulnerable_adult": (
        Message("if the client is 65 or over or cannot protect themselves"),
        Message("if the client is under 65 and can protect themselves"),
    ),
}
WORDS = {
    **{word: facts.AGE[age] for age, word in AGES.items()},
    **facts.GUARDIAN,
    "mou": Message("an agreement (MOU)"),
    "team": Message("a team agreement"),
}

OPENS, CONSENT_OPENS = Message("It opens {opening}."), Message("Consent could open it {opening}.")


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that would turn a denial. `values` are the turning values, as an answer writes values.

    `needs` is the consent still needed after the change, None without a need.
    """

    attribute: str
    values: tuple[str, ...]
    needs: Ask | None

    @property
    def plain(self) -> Message:
        """The change as a sentence.

        >>> Change("facts.may_sign_alone", ("true",), needs=None).plain
        'It opens if the client may sign alone.'
        """
        if self.attribute in YES_OR_NO_TOLD:
            opening = joined([YES_OR_NO_TOLD[self.attribute][value == "false"] for value in self.values], EITHER)
        else:
            values = joined([WORDS.get(value, value) for value in self.values], EITHER)
            opening = CHANGE_SENTENCES[self.attribute].format(values=values)
        if self.needs is None:
            return OPENS.format(opening=opening)
        return joined([CONSENT_OPENS.format(opening=opening), explain_ask(self.needs)], TOGETHER)


def find_changes(book: Rulebook, case: Case, share: Share) -> tuple[Change, ...]:
    """Return the single facts that would turn a denial to a yes, or to a denial that consent opens.

    Empty for an allowed share, and where no single fact is enough. Values with equal results are a single change.
    Pure; as many decisions as unknown facts, twenty at most.

    Raises:
        FactsError: a share uses a word outside the vocabulary.
    """
    decision = book.decide(case, share)
    if decision.allow:
        return ()
    changes: dict[tuple[str, Ask | None], list[str]] = {}
    for attribute, value, other_case, other_share in _candidates(case, share, decision):
        new = book.decide(other_case, other_share)
        if new.allow or (decision.needs is None and new.needs is not None):
            changes.setdefault((attribute, new.needs), []).append(value)
    return tuple(Change(attribute, tuple(values), needs) for (attribute, needs), values in changes.items())


def _candidates(case: Case, share: Share, decision: Decision) -> Iterator[tuple[str, str, Case, Share]]:
    yield from ((name, value, variant, share) for name, value, variant in _other_cases(case))
    yield from ((name, value, case, variant) for name, value, variant in _other_shares(share, decision))
    if decision.facts.form_set_aside:
        forms = frozenset(consent.form for consent in case.consents if consent.form is not None)
        taking = replace(share.recipient, accepted_forms=share.recipient.accepted_forms | forms)
        yield "recipient.accepted_forms", "true", case, replace(share, recipient=taking)


def _other_cases(case: Case) -> Iterator[tuple[str, str, Case]]:
    if case.age == "unknown":
        yield from (("age", word, replace(case, age=age)) for age, word in AGES.items())
    if case.guardian is None:
        guardians = [word for word in VOCABULARY.words("Guardian") if word != "unknown"]
        yield from (("facts.guardian", word, replace(case, guardian=word)) for word in guardians)
    for value, word in YES_OR_NO.items():
        if case.may_sign_alone is None:
            yield "facts.may_sign_alone", word, replace(case, may_sign_alone=value)
        if case.emancipated is None:
            yield "facts.emancipated", word, replace(case, emancipated=value)
        if case.vulnerable_adult is None:
            yield "vulnerable_adult", word, replace(case, vulnerable_adult=value)


def _other_shares(share: Share, decision: Decision) -> Iterator[tuple[str, str, Share]]:
    pair = (share.holder.id, share.recipient.id)
    if decision.facts.agreement != "in_force" or decision.facts.agreement_type not in ("mou", "team"):
        for agreement_type in ("mou", "team"):
            yield (
                "agreement",
                agreement_type,
                replace(share, agreement=Agreement("", pair, mutual=False, type=agreement_type)),
            )
    if share.conditioned_on != "none":
        yield "conditioned_on", "none", replace(share, conditioned_on="none")
    if not share.holder.declared:
        yield "holder.declared", "true", replace(share, holder=replace(share.holder, declared=True))
    if not share.recipient.declared:
        yield "recipient.declared", "true", replace(share, recipient=replace(share.recipient, declared=True))
    if share.data == "shelter_location" and not decision.facts.operator_authorised:
        place = share.location_of or share.holder
        operator = replace(place, operator_authorised=place.operator_authorised | {share.recipient.id})
        yield "operator_authorised", "true", replace(share, location_of=operator)
