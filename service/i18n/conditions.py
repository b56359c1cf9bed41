"""Conditions that would open a path, in words: consents, facts and choices. Never pressing, never "why"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import policies
import routing
from policies.messages import AND, OR, TOGETHER, Message, joined
from service.i18n.answers import data_listed
from service.i18n.languages import name_of_tag
from service.i18n.questions import GENDER, GUARDIAN

CONSENT = Message(
    "If they want it, this would open it: {needs}. It lets {sender} send this to {recipients}, for this referral only: "
    "{data}."
)
CONSENT_FORM = Message("The form to use: {form}.")
WITHDRAWN = Message("The client withdrew this permission before: leave it unless they bring it up.")
NO_CHANGES_NOTHING = Message("Saying no changes nothing about the other paths.")
FACT = Message("This path fits only if {fact}.")
CHOICE = Message(
    "This path goes through {name} first, and only if the client chooses so: the next agency takes clients from there. "
    "Saying no changes nothing about the other paths."
)
BETTER_RAISED_BY_AN_ADVOCATE = Message(
    "This path rests on something that an advocate who can keep it private had better raise. "
    "Offer a call with one; the other paths stay as they are."
)

TRAIT = {
    "foreign_national": (
        Message("the client is from another country"),
        Message("the client is not from another country"),
    ),
    "pregnant": (Message("the client is pregnant"), Message("the client is not pregnant")),
    "parenting": (Message("the client has a child to care for"), Message("the client has no child to care for")),
    "lgbtq": (Message("the client is LGBTQ"), Message("the client is not LGBTQ")),
    "disability": (Message("the client has a disability"), Message("the client has no disability")),
    "in_foster_care": (Message("the client is in foster care"), Message("the client is not in foster care")),
    "runaway": (
        Message("the client has run away from home or care"),
        Message("the client has not run away from home or care"),
    ),
    "on_probation": (Message("the client is on probation"), Message("the client is not on probation")),
    "substance_use": (Message("the client uses alcohol or drugs"), Message("the client does not use alcohol or drugs")),
    "domestic_violence": (
        Message("domestic violence is part of this"),
        Message("domestic violence is no part of this"),
    ),
    "sexual_assault": (Message("sexual assault is part of this"), Message("sexual assault is no part of this")),
    "sex_trafficking": (Message("sex trafficking is part of this"), Message("sex trafficking is no part of this")),
    "labor_trafficking": (
        Message("labor trafficking is part of this"),
        Message("labor trafficking is no part of this"),
    ),
    "suspected_exploiter_household": (
        Message("someone in the household may be an exploiter"),
        Message("nobody in the household is thought to be an exploiter"),
    ),
    "tribal_citizen": (Message("the client belongs to a tribe"), Message("the client belongs to no tribe")),
    "deaf": (Message("the client is deaf or hard of hearing"), Message("the client is not deaf")),
    "online_exploitation": (
        Message("online exploitation is part of this"),
        Message("online exploitation is no part of this"),
    ),
    "others_held": (Message("other people are held there"), Message("nobody else is held there")),
}
TRAIT_OF_THE_COALITION = (
    Message("this is so for the client: {name}"),
    Message("this is not so for the client: {name}"),
)
CASE_FACT = {
    "client_present": (Message("the client is on the line when you call"), Message("the client is not on the line")),
    "may_sign_alone": (
        Message("the law lets the client sign alone"),
        Message("the law does not let the client sign alone"),
    ),
    "emancipated": (Message("a court has set the client free from a parent's say"), Message("no court has done so")),
}
WORDS = {
    "client.gender": Message("the client is {words}"),
    "client.languages": Message("the client speaks {words}"),
    "client.area": Message("the client is in {words}"),
    "facts.guardian": Message("the client has {words}"),
}
"""What is so of the client where an attribute has one of some words."""
YEARS = Message("the client is {years} years old")
TO_YEARS = Message("the client is {youngest} to {oldest} years old")
OR_OLDER, OR_YOUNGER = Message("the client is {years} or older"), Message("the client is {years} or younger")


def consent(
    *,
    ask: policies.Ask,
    holder: str,
    recipients: Sequence[str],
    data: Sequence[str],
    form: str | None,
    withdrawn: bool,
) -> Message:
    """Return the consent that would open a path in words: the form of consent, the sender, the recipients and the data.

    `withdrawn`: the client once gave a consent to one of the recipients and withdrew it.
    """
    sentence = CONSENT.format(
        needs=policies.ask_in_words(ask), sender=holder, recipients=joined(recipients, AND), data=data_listed(data)
    )
    on_form = "" if form is None else CONSENT_FORM.format(form=form)
    return joined([sentence, on_form, WITHDRAWN if withdrawn else "", NO_CHANGES_NOTHING], TOGETHER)


def fact(
    attribute: str,
    values: str | Sequence[str | bool],
    *,
    areas: Mapping[str, str],
    traits: Mapping[str, str],
) -> Message:
    """Return the fact that would open a path in words; `areas` and `traits`: names of the coalition's codes.

    >>> fact("client.age", "15-17", areas={}, traits={})
    'This path fits only if the client is 15 to 17 years old.'
    """
    if isinstance(values, str):
        return FACT.format(fact=_age(*map(int, values.split("-"))))
    if attribute in WORDS:
        words = [_word(attribute, str(value), areas) for value in values]
        return FACT.format(fact=WORDS[attribute].format(words=joined(words, OR)))
    name = attribute.rpartition(".")[2]
    so, not_so = CASE_FACT.get(name) or TRAIT.get(name) or TRAIT_OF_THE_COALITION
    of_the_coalition = traits.get(name, name.replace("_", " "))
    return FACT.format(fact=(so if values[0] is True else not_so).format(name=of_the_coalition))


def _word(attribute: str, word: str, areas: Mapping[str, str]) -> str:
    if attribute == "client.languages":
        return name_of_tag(word)
    names = {"client.gender": GENDER, "client.area": areas, "facts.guardian": GUARDIAN}[attribute]
    return names.get(word, word)


def _age(youngest: int, oldest: int) -> Message:
    if youngest == oldest:
        return YEARS.format(years=youngest)
    if oldest >= routing.OLDEST:
        return OR_OLDER.format(years=youngest)
    return OR_YOUNGER.format(years=oldest) if youngest == 0 else TO_YEARS.format(youngest=youngest, oldest=oldest)
