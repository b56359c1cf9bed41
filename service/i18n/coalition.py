"""Sentences for the coalition about its own work: coverage, map, due items, exchange, guide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import routing
from policies.messages import Message, joined

NO_FOCUS = Message("No member of the coalition says yet what it offers, so there is nothing to begin with.")
FOCUS = Message("Most members ({count} of {members}) serve {ages}. A coalition may begin there{needs}.")
FOCUS_NEEDS = Message(", with {names}")


def focus(names: Sequence[str], ages: routing.Ages, count: int, members: int) -> Message:
    """Return the sentence on the age range and the needs where most members are strong."""
    needs = FOCUS_NEEDS.format(names=joined(names, ", ")) if names else ""
    return FOCUS.format(count=count, members=members, ages=age_range(ages), needs=needs)


def nobody_offers(names: Sequence[str]) -> str:
    """Return the sentence on needs without a service in the directory, empty for no needs."""
    return NOBODY_OFFERS.format(names=joined(names, ", ")) if names else ""


def age_range(ages: routing.Ages) -> Message:
    """Return an age range in words.

    >>> age_range((15, 17)), age_range((0, 17)), age_range((18, routing.OLDEST))
    ('ages 15 to 17', 'ages up to 17', 'ages 18 and up')
    """
    youngest, oldest = ages
    if oldest >= routing.OLDEST:
        return AND_UP.format(youngest=youngest) if youngest else ALL_AGES
    if youngest == oldest:
        return ONE_AGE.format(age=youngest)
    return AGES_TO.format(youngest=youngest, oldest=oldest) if youngest else UP_TO.format(oldest=oldest)


ALL_AGES, ONE_AGE = Message("all ages"), Message("age {age}")
AND_UP, UP_TO = Message("ages {youngest} and up"), Message("ages up to {oldest}")
AGES_TO = Message("ages {youngest} to {oldest}")
HEAT_MAP = Message(
    "How many agencies take somebody of this age in this area; hours, room and what else they ask for aside."
)
AGES = Message("ages")
SHADES = {
    "nobody": Message("- nobody"),
    "unsure": Message("? maybe, not known"),
    "one": Message("1 agency alone"),
    "two": Message("2 agencies"),
    "more": Message("3 or more"),
}
CELL = Message("{name}, {area}, {ages}: {count}{unsure}")
ALSO_UNSURE = Message("; not known of {unsure} more")


def cell(name: str, area: str, ages: routing.Ages, count: int, unsure: int) -> Message:
    """Return the sentence for one cell of coverage.

    >>> cell("detox", "Travis County", (15, 17), 2, 1)
    'detox, Travis County, ages 15 to 17: 2; not known of 1 more'
    """
    more = ALSO_UNSURE.format(unsure=unsure) if unsure else ""
    return CELL.format(name=name, area=area, ages=age_range(ages), count=count, unsure=more)


SOME_AREAS = Message(
    "This holds the widest areas alone; {count} areas within are left out. Ask for one area to see it."
)
SIGNS = Message("A number: so many agencies. -: nobody. ?: somebody may, it is not known.")
FROM_AGE = Message("from age")
NOBODY_OFFERS = Message("Nobody in this directory offers: {names}.")


WITHOUT = Message("Without {name} there is {lost}.")
NO_NEEDS = Message("no {needs}{where}")
IN_AREAS = Message(" in {areas}")
IN_WHOLE = Message(" for the whole of {areas}")
NO_WAY_TO = Message("no hand-off between {names} and the rest")


def without(name: str, needs: Mapping[str, Sequence[str]], cut_off: Sequence[str]) -> Message:
    """Return the sentence on the loss of an agency: needs lost, by the phrase for the place, and agencies cut off.

    >>> without("Lotus Center", {" in Hays County": ["detox"]}, ["Rio Grande Shelter"])
    'Without Lotus Center there is no detox in Hays County; no hand-off between Rio Grande Shelter and the rest.'
    """
    parts = [NO_NEEDS.format(needs=joined(names, ", "), where=where) for where, names in needs.items()]
    if cut_off:
        parts.append(NO_WAY_TO.format(names=joined(cut_off, ", ")))
    return WITHOUT.format(name=name, lost=joined(parts, "; "))


MAP = Message("Who hands over to whom")
GROUPED = Message(
    "There are {count} agencies, more than one map can show. They stand here in groups, by kind and area. Ask for one "
    "kind, area or agency to see it."
)
MORE_MATCHES = Message("More agencies could meet what is wanted here. {count} are shown for each want.")
PART_LEFT_OUT = Message("{count} more agencies belong here, and are left out.")
NO_KIND = Message("kind not known")
PAIRS = Message("{about} ({count})")
AGREEMENTS_ONLY = Message(
    "Lines are agreements in force and houses; an arrow goes one way only. {count} more hand-offs need no agreement."
)
BY_AGREEMENT = Message("Hand-offs under an agreement in force, or within one house. {count} more need no agreement.")
COMMUNITY = Message("Community agencies")
SYSTEMS = Message("Systems, and others")
RELATIONSHIPS = {
    "internal": Message("one house"),
    "coalition": Message("coalition"),
    "coordination": Message("coordination"),
    "cooperation": Message("cooperation"),
}
SINGLE = Message("nobody could stand in for this agency")
SINGLE_POINTS = Message("Nobody could stand in")

AGREEMENT = {
    "agreement_ends": Message("The agreement with {name} ends on {day}."),
    "agreement_ended": Message("The agreement with {name} has ended ({day}), and no other stands in its place."),
    "agreement_unsigned": Message("The agreement with {name} is a draft; it is not signed yet."),
    "agreement_suspended": Message("The agreement with {name} is on hold."),
}
SOURCES_DUE = Message("Laws and phone numbers of {name} ({count}) are due for review by {day}.")
SIGN_OFF_ENDS = Message("Counsel's review of {name} ends on {day}.")
LAW_CHANGED = Message("{name} has changed since counsel reviewed it on {day}.")
DECLARATION_REVIEW = Message("What {name} said about itself is to be looked at again by {day}.")
TERM_ENDS = Message("The term of the {role} of {name} ends on {day}.")
NO_SUCCESSOR = Message("Nobody is named yet to follow the {role} of {name}, whose term ends on {day}.")
BEDS_NOT_COUNTED = Message("{name}: free places were not counted in the last 24 hours.")
INCOMPLETE = Message("{name} leaves open: {missing}.")
MISSING_TYPES, MISSING_AGES, MISSING_AREAS = (
    Message("what it offers"),
    Message("for which ages"),
    Message("for which areas"),
)
MISSING_HOURS, MISSING_PHONE = Message("its hours"), Message("a number to call")
WORD_UNDECIDED = Message("Agencies use the words '{term}' in more than one way.")
WORD_PROPOSED = Message("{name} proposes '{word}' for the vocabulary; it waits to be decided.")
LABELS_PROPOSED = Message("{name} proposes new labels for {organization}; another member decides.")
TOLD_ELSEWHERE = Message(
    "A text of this record ({field}) told the private address. No other agency sees that text. Ask them to change it."
)
KEPT_HIDDEN = Message(
    "{name} came back from a backup and was kept hidden. Only {name} can show itself again: it saves its own record."
)
FOLLOW_UP = Message("Follow up on a referral.")
ENTRY = Message("{organization}: {plain}")
CONTACT_PERSON = Message("contact person")
NOTHING_DUE = Message("Nothing is due.")


def role(title: str | None) -> str:
    """Return a contact's role in words.

    >>> role("shelter_director"), role(None)
    ('shelter director', 'contact person')
    """
    return CONTACT_PERSON if title is None else title.replace("_", " ")


MATCH = Message("{wanting} wants: {what}. {offering} may be able to give that. No agreement in force covers it yet.")
NO_MATCH = Message("All that members want of each other is agreed on.")
DRAFTS = Message("Draft agreements")
DRAFTS_ARE_READ = Message("To read, change and sign; then they can stand in a bundle.")
UNTIL = Message("until {day}")
FOLLOWS = Message("then {name}")
LINE = Message("call {line}")
NO_LINE = Message("the agency; no number is listed")

SEE = Message("What you may see")
ASK = Message("What you may ask")
REQUEST = Message("What an officer or a lawyer can ask for")
REQUEST_LAW = Message("{authority}. Oldest text: {date}.")
LOOK_FOR = Message("Look for: {names}.")
SOURCES = Message("Where this is from")
SOURCE = Message("{title}; {publisher}{year}. Read on {read}.")
OF_YEAR = Message(", {year}")


def source(work: Mapping[str, Any]) -> Message:
    """Return a work of the guide as one line: title, publisher, year where known, and the day of reading.

    >>> source({"title": "Signs", "publisher": "A Coalition", "year": 2024, "read": "2026-01-05"})
    'Signs; A Coalition, 2024. Read on 2026-01-05.'
    """
    year = OF_YEAR.format(year=work["year"]) if work["year"] else ""
    return SOURCE.format(title=work["title"], publisher=work["publisher"], year=year, read=work["read"])


OUTCOMES = Message(
    "Counts are rounded down to fives. Small ones are left out, so no one can be told from them. They have no sum."
)
OUTCOMES_LATER = Message("This quarter is not counted yet. That is done two weeks after it ends.")
ANSWERED = {
    "under_an_hour": Message("most answers came within an hour"),
    "a_day": Message("most answers came within a day"),
    "longer": Message("most answers took longer than a day"),
}
WHAT_IF_GAPS = Message("Gaps (need, age and area without a service): {before} before, {after} after")
WHAT_IF_THIN = Message("Only one provider (need, age and area): {before} before, {after} after")
WHAT_IF_POINTS = Message("Agencies without a backup: {before} before, {after} after")
WHAT_IF_CALLS = Message("Calls that got a yes, of {calls} drawn calls: before > after")
WHAT_IF_FIRST = Message("first call")
WHAT_IF_SECOND = Message("by the second")
WHAT_IF_THIRD = Message("by the third")
WHAT_IF_NOBODY = Message("no agency found")
WHAT_IF_COUNT = Message("calls")
WHAT_IF_ALL = Message("all needs")
WHAT_IF_ASSUMED = Message("These are guesses. Only the published response times were measured.")
WHAT_IF_CHANCE = Message("Chance of a yes, of 100: counted free {available}, counted full {full}, not known {unknown}")
WHAT_IF_ANSWERED = Message("With a published response time: the share answered in time, times {chance} of 100")
WHAT_IF_MIX = Message("{name} (parts): {parts}")
WHAT_IF_NAMES = {
    "needs": Message("Needs"),
    "ages": Message("Ages"),
    "genders": Message("Genders"),
    "hours": Message("Hours of the day"),
}
OUTCOME_CHART = Message("What became of referrals, {quarter}")
NOT_HALF = {
    "answer": Message("fewer than half were answered"),
    "acceptance": Message("fewer than half were accepted"),
    "completion": Message("fewer than half were completed"),
}
_HALF = {
    "answer": (
        Message("half were answered within an hour"),
        Message("half were answered within four hours"),
        Message("half were answered within a day"),
        Message("half were answered within three days"),
        Message("half were answered within a week"),
        Message("half were answered within 30 days"),
        Message("it took longer than 30 days until half were answered"),
    ),
    "acceptance": (
        Message("half were accepted within an hour"),
        Message("half were accepted within four hours"),
        Message("half were accepted within a day"),
        Message("half were accepted within three days"),
        Message("half were accepted within a week"),
        Message("half were accepted within 30 days"),
        Message("it took longer than 30 days until half were accepted"),
    ),
    "completion": (
        Message("half were completed within an hour"),
        Message("half were completed within four hours"),
        Message("half were completed within a day"),
        Message("half were completed within three days"),
        Message("half were completed within a week"),
        Message("half were completed within 30 days"),
        Message("it took longer than 30 days until half were completed"),
    ),
}
MEDIANS = {
    (step, time): sentence
    for step, sentences in _HALF.items()
    for time, sentence in zip(
        ("an_hour", "four_hours", "a_day", "three_days", "a_week", "a_month", "longer", "not_half"),
        (*sentences, NOT_HALF[step]),
        strict=True,
    )
}
"""How long half of the referrals took, by step and class."""
THE_CODE = Message("what the coalition calls so")
NO_SPLIT_WORD = Message("No word means more than one thing.")
