"""Conditions that would open a path, in words: consents, facts and choices. Never pressing, never "why"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import policies
import routing
from service.languages import name_of_tag
from service.wording.answers import data_listed
from service.wording.questions import GENDER, GUARDIAN

CONSENT = (
    "If they want it, this would open it: {needs}. It lets {sender} send this to {recipients}, for "
    "this referral only: {data}. {form}{withdrawn}Saying no changes nothing about the other paths."
)
WITHDRAWN = "The client withdrew this permission before: leave it unless they bring it up. "
CONSENT_FORM = "The form to use: {form}. "
FACT = "This path fits only if {fact}."
CHOICE = (
    "This path goes through {name} first, and only if the client chooses so: the next agency takes clients from there. "
    "Saying no changes nothing about the other paths."
)
BETTER_RAISED_BY_AN_ADVOCATE = (
    "This path rests on something that an advocate who can keep it private had better raise. "
    "Offer a call with one; the other paths stay as they are."
)

TRAIT = {
    "foreign_national": ("the client is from another country", "the client is not from another country"),
    "pregnant": ("the client is pregnant", "the client is not pregnant"),
    "parenting": ("the client has a child to care for", "the client has no child to care for"),
    "lgbtq": ("the client is LGBTQ", "the client is not LGBTQ"),
    "disability": ("the client has a disability", "the client has no disability"),
    "in_foster_care": ("the client is in foster care", "the client is not in foster care"),
    "runaway": ("the client has run away from home or care", "the client has not run away from home or care"),
    "on_probation": ("the client is on probation", "the client is not on probation"),
    "substance_use": ("the client uses alcohol or drugs", "the client does not use alcohol or drugs"),
    "domestic_violence": ("domestic violence is part of this", "domestic violence is no part of this"),
    "sexual_assault": ("sexual assault is part of this", "sexual assault is no part of this"),
    "sex_trafficking": ("sex trafficking is part of this", "sex trafficking is no part of this"),
    "labor_trafficking": ("labor trafficking is part of this", "labor trafficking is no part of this"),
    "suspected_exploiter_household": (
        "someone in the household may be an exploiter",
        "nobody in the household is thought to be an exploiter",
    ),
    "tribal_citizen": ("the client belongs to a tribe", "the client belongs to no tribe"),
}
TRAIT_OF_THE_COALITION = ("this is so for the client: {name}", "this is not so for the client: {name}")
CASE_FACT = {
    "client_present": ("the client is on the line when you call", "the client is not on the line"),
    "may_sign_alone": ("the law lets the client sign alone", "the law does not let the client sign alone"),
    "emancipated": ("a court has set the client free from a parent's say", "no court has done so"),
}


def either(words: Sequence[str]) -> str:
    """Return alternatives as one phrase: any of the words is enough.

    >>> either(["detox", "food", "dental care"])
    'detox, food or dental care'
    """
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def all_of(words: Sequence[str]) -> str:
    """Return things that belong together as one phrase.

    >>> all_of(["detox", "food", "dental care"])
    'detox, food and dental care'
    """
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def consent(
    *,
    ask: policies.Ask,
    holder: str,
    recipients: Sequence[str],
    data: Sequence[str],
    form: str | None,
    withdrawn: bool,
) -> str:
    """Return the consent that would open a path in words: the form of consent, the sender, the recipients and the data.

    `withdrawn`: the client once gave a consent to one of the recipients and withdrew it.
    """
    return CONSENT.format(
        needs=policies.ask_in_words(ask),
        sender=holder,
        recipients=all_of(recipients),
        data=data_listed(data),
        form="" if form is None else CONSENT_FORM.format(form=form),
        withdrawn=WITHDRAWN if withdrawn else "",
    )


def fact(
    attribute: str,
    values: str | Sequence[str | bool],
    *,
    areas: Mapping[str, str],
    traits: Mapping[str, str],
) -> str:
    """Return the fact that would open a path in words; `areas` and `traits`: names of the coalition's codes.

    >>> fact("client.age", "15-17", areas={}, traits={})
    'This path fits only if the client is 15 to 17 years old.'
    """
    name = attribute.rpartition(".")[2]
    words = [] if isinstance(values, str) else [str(value) for value in values]
    first = not isinstance(values, str) and values[0] is True
    if isinstance(values, str):
        return FACT.format(fact=f"the client is {_age(*map(int, values.split('-')))}")
    if attribute == "client.gender":
        return FACT.format(fact=f"the client is {either([GENDER.get(word, word) for word in words])}")
    if attribute == "client.languages":
        return FACT.format(fact=f"the client speaks {either([name_of_tag(word) for word in words])}")
    if attribute == "client.area":
        return FACT.format(fact=f"the client is in {either([areas.get(word, word) for word in words])}")
    if attribute == "facts.guardian":
        return FACT.format(fact=f"the client has {either([GUARDIAN[word] for word in words])}")
    so, not_so = CASE_FACT.get(name) or TRAIT.get(name) or TRAIT_OF_THE_COALITION
    return FACT.format(fact=(so if first else not_so).format(name=traits.get(name, name.replace("_", " "))))


def _age(youngest: int, oldest: int) -> str:
    if youngest == oldest:
        return f"{youngest} years old"
    if oldest >= routing.OLDEST:
        return f"{youngest} or older"
    return f"{oldest} or younger" if youngest == 0 else f"{youngest} to {oldest} years old"
