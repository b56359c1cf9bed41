"""The sentences of a state's card: who reports about whom, by when; and the missing facts."""

from __future__ import annotations

from collections.abc import Sequence

import policies
from policies.messages import TOGETHER, Message, joined
from service.i18n import codes, times
from service.i18n.lines import corrected

REPORTERS = {
    ("child", "everybody"): Message("In {state} all who suspect that a child is abused have to report it."),
    ("child", "professionals"): Message(
        "In {state} some professions have to report it when they suspect that a child is abused: ask your supervisor "
        "if yours does."
    ),
    ("adult", "everybody"): Message(
        "In {state} all who suspect abuse of an adult who cannot protect themselves have to report it."
    ),
    ("adult", "professionals"): Message(
        "In {state} some professions have to report abuse of an adult who cannot protect themselves: ask your "
        "supervisor if yours does."
    ),
}
"""Who reports, by the subject of the report and the card's word."""
ASK_IF_YOURS = Message("Ask your supervisor if your profession has to.")
DUE = Message("The report is due {when}.")
WRITTEN = Message("A written report is due {when}.")
OUTER_LIMIT = Message("At the latest, it is due {when}.")
SENTENCES = {
    ("everyone_for_sexual_abuse", True): Message(
        "All adults have to report it when a child is abused or sold for sex."
    ),
    ("due", "promptly"): Message("The report is due promptly; the law names no hours."),
    ("due", "none"): Message("The law sets no deadline for the report."),
    ("police", "also"): Message("It may have to go to the police as well."),
    ("police", "either"): Message("You may report it to the police instead."),
    ("police", "instead"): Message("Some of these reports go to the police, and not to this line: ask the police."),
    ("trafficking_report", "anyone"): Message("Report it even if the trafficker is a stranger."),
    ("trafficking_report", "caretaker_only"): Message(
        "They take it if a parent or caregiver did it, or let it happen."
    ),
    ("trafficking_report", "hotline_always"): Message("Trafficking always goes to this line, whoever did it."),
    ("stranger_to", "police"): Message("If a stranger did it, the report goes to the police."),
    ("stranger_to", "prosecutor"): Message("If a stranger did it, the report goes to the district attorney."),
    ("adult_age", "none"): Message("Age alone sets no duty to report about an adult."),
    ("minor_shelter", "any"): Message("A minor of any age may be able to agree to shelter alone."),
    ("minor_counseling", "any"): Message("A minor of any age may be able to agree to counseling alone."),
    ("minor_advocacy", "any"): Message("A minor of any age may be able to agree to an advocate alone."),
    ("minor_health", "any"): Message("A minor of any age may be able to agree to health care alone."),
    ("minor_shelter", "no"): Message("A minor can't agree to shelter alone."),
    ("minor_counseling", "no"): Message("A minor can't agree to counseling alone: a parent has to agree."),
    ("minor_advocacy", "no"): Message("A minor can't agree to an advocate alone: a parent has to agree."),
    ("minor_health", "no"): Message("A minor can't agree to health care alone: a parent has to agree."),
    ("safe_harbor", "immune"): Message("The law does not let a minor who was sold for sex be charged for that."),
    ("safe_harbor", "defense"): Message("A minor who was sold for sex can use that as a defense in court."),
    ("safe_harbor", "diverted"): Message("A minor who was sold for sex gets services in place of charges."),
}
"""A fact in a sentence, by its point (of reports without the subject) and its word."""
FROM_AN_AGE = {
    "child_age": Message("Child protection takes reports about anybody under {age}."),
    "adult_age": Message("The law on reports about adults protects everybody from the age of {age}."),
    "minor_shelter": Message("From the age of {age} a minor may be able to agree to shelter alone."),
    "minor_counseling": Message("From the age of {age} a minor may be able to agree to counseling alone."),
    "minor_advocacy": Message("From the age of {age} a minor may be able to agree to an advocate alone."),
    "minor_health": Message("From the age of {age} a minor may be able to agree to health care alone."),
}
SHELTER_NOTICE = Message("A youth shelter has to tell a parent {when}.")
CONDITIONS = {
    "advocates_too": Message("Victim advocates are among those who must."),
    "not_advocates": Message("Victim advocates are not among those who must."),
    "facility_staff": Message("Only staff of care facilities must."),
    "in_care": Message("That is so for people in the care of a facility or program."),
    "cannot_report": Message("That is so if the person can't report it themselves."),
    "on_request": Message("Only if the person asks for it, or someone is in danger."),
    "all_for_grave_harm": Message("If grave harm is likely, everybody must."),
    "first_hand": Message("It covers what you learn at work; you can't hand the report to someone else."),
    "if_asked": Message("In writing only if they ask for it."),
    "stranger": Message("That is so if the person who did it is not a parent or caregiver."),
    "seen_or_told": Message("That is so if they saw it, or a credible witness told them."),
    "sexual_offense": Message("That is so for a sex offense."),
    "grave_harm": Message("That is so for grave harm."),
    "line_closed": Message("That is so when the line is closed."),
    "every_adult": Message("All adults have to tell the police about a violent crime or a sex crime against a child."),
    "never_instead": Message("The police never take the place of this report."),
    "sex_only": Message("That is so for trafficking for sex; for labor, ask them."),
    "labor_too": Message("That is so for sex and for labor."),
    "agency_if_unsafe": Message("If that isn't safe, they tell the child welfare agency."),
    "working_days": Message("Weekends and holidays don't count."),
    "police_too": Message("They tell the police too."),
    "child_protection_told": Message("Child protection is told."),
    "under_16": Message("That is so under the age of 16."),
    "from_60": Message("That is so from the age of 60."),
    "homeless": Message("Only if they have no home."),
    "homeless_or_harmed": Message("Only if they have no home, or were hurt by somebody at home."),
    "unaccompanied": Message("Only if they are on their own."),
    "living_apart": Message("Only if they live apart from their parents."),
    "self_supporting": Message("Only if they pay their own way."),
    "parent_agreed": Message("Only if a parent agreed that they live on their own; that can be implied."),
    "licensed": Message("Only at a licensed or registered program."),
    "school_letter": Message("Without a letter from their school, for 72 hours at most."),
    "professional_judges": Message("Only if the professional finds that it helps them."),
    "outpatient": Message("Only as an outpatient."),
    "mature_enough": Message("Only if staff find them mature enough."),
    "in_crisis": Message("Only in a crisis, for a few visits."),
    "in_danger": Message("Only if they are in danger."),
    "up_to_72_hours": Message("For 72 hours at most."),
    "up_to_15_days": Message("For 15 days at most."),
    "up_to_30_days": Message("For 30 days at most."),
}
"""What limits a fact, by the word of its condition."""
CONDITIONS_OF = {
    ("everyone_for_sexual_abuse", "not_advocates"): Message(
        "Victim advocates don't have to, if they were told in confidence."
    ),
    ("child_police", "in_danger"): Message("That is so if the child is in danger right now."),
}
"""A condition that reads otherwise on one point: so that an answer that has both says nothing twice."""
MAY_SEND_TO_POLICE = Message("They may send you to the police.")
STRANGER_TO_POLICE = Message("If a stranger did it, call the police first.")
ASK_ABOUT_STRANGERS = Message("If a stranger trafficked the child, ask them who takes the report.")
NOBODY = Message("In {state} the law has no duty to report this.")
ASK_THE_REST = Message("What else the law asks for is not known here: ask your supervisor.")
NOT_ALL = Message(
    "No rules of {state} are loaded here, only its card: lines to call, and who reports by when. Of these it leaves "
    "out {missing}. Other law of the state is not in this answer. Ask your supervisor."
)
ALL = Message(
    "No rules of {state} are loaded here, only its card: lines to call, and who reports by when. Other law of the "
    "state is not in this answer. Ask your supervisor."
)
CORRECTED = Message(
    "The coalition corrected what the law of {state} says. If a rule here says otherwise, ask your supervisor which "
    "counts. {facts}"
)
OF_A_POINT = Message("({point}) {fact}")
POINT = {
    "child_line": Message("the line for a child"),
    "everyone_for_sexual_abuse": Message("if every adult reports sexual abuse"),
    "child_outer_limit": Message("the last limit of a report about a child"),
    "child_age": Message("until what age child protection takes reports"),
    "trafficking_report": Message("if trafficking by a stranger is reported"),
    "stranger_to": Message("who takes a report about a stranger"),
    "trafficking_line": Message("the line for a trafficked child"),
    "mandated_line": Message("the line for those who must report"),
    "county_lines": Message("the lines of counties"),
    "adult_lines": Message("the lines for adults by age"),
    "adult_outer_limit": Message("the last limit of a report about an adult"),
    "adult_age": Message("from what age the law protects every adult"),
    "child_reporters": Message("who reports about a child"),
    "child_due": Message("by when a child is reported"),
    "child_written": Message("by when in writing about a child"),
    "child_police": Message("if the report of a child goes to the police too"),
    "adult_line": Message("the line for an adult"),
    "adult_reporters": Message("who reports about an adult"),
    "adult_due": Message("by when an adult is reported"),
    "adult_written": Message("by when in writing about an adult"),
    "adult_police": Message("if the report of an adult goes to the police too"),
    "minor_shelter": Message("from what age a minor agrees to shelter"),
    "minor_counseling": Message("from what age a minor agrees to counseling"),
    "minor_advocacy": Message("from what age a minor agrees to an advocate"),
    "minor_health": Message("from what age a minor agrees to health care"),
    "shelter_notice": Message("by when a youth shelter tells a parent"),
    "safe_harbor": Message("if the law protects a minor who was sold for sex"),
}
"""The points of a card in words."""


def in_a_sentence(state: str) -> str:
    """Return the name of a state as a sentence has it.

    >>> in_a_sentence("Guam"), in_a_sentence("District of Columbia")
    ('Guam', 'the District of Columbia')
    """
    return next((card.in_a_sentence for card in policies.load_states().values() if card.name == state), state)


def report(
    state: str,
    terms: policies.ReportTerms,
    *,
    trafficked: bool = False,
    sold_for_sex: bool = False,
    by_a_stranger: bool | None = None,
    all_must: bool = False,
) -> Message:
    """Return a report by a state's card: who reports, by when, to whom besides. `trafficked`: it is about trafficking.

    `sold_for_sex`: about trafficking for sex. `by_a_stranger`: nobody at home or who cares for the child did it; None:
    not known. `all_must`: everybody must make this report, so that no profession has to be asked about.

    >>> report("Ohio", policies.ReportTerms("child"))
    'What else the law asks for is not known here: ask your supervisor.'
    """
    unsaid = {policies.NOBODY, policies.PROFESSIONALS} if all_must else {policies.NOBODY}
    facts = [fact(state, known) for known in _said_once(terms, sold_for_sex=sold_for_sex) if known.value not in unsaid]
    if trafficked and terms.subject == policies.CHILD:
        whose = terms.fact("trafficking_report")
        if whose is None and terms.fact("stranger_to") is None:
            facts.append(ASK_ABOUT_STRANGERS)
        elif whose is not None and whose.value == policies.CARETAKER_ONLY:
            facts += [] if terms.fact("stranger_to") is not None else [STRANGER_TO_POLICE]
            facts += [MAY_SEND_TO_POLICE] if by_a_stranger is None else []
    return joined([*facts, ASK_THE_REST], TOGETHER)


def _said_once(terms: policies.ReportTerms, *, sold_for_sex: bool) -> tuple[policies.StateFact, ...]:
    """Return the facts of a report without what another of them says: who takes a stranger's crime, and not this line.

    A line that takes a stranger's trafficking comes before who takes other crimes of strangers; where it always does,
    that the police take those in its place would only contradict it.
    """
    whose, stranger_to = terms.fact("trafficking_report"), terms.fact("stranger_to")
    dropped = [stranger_to] if whose is not None and whose.value != "caretaker_only" else []
    always = whose is not None and whose.value == "hotline_always" and (sold_for_sex or "sex_only" not in whose.when)
    if always or (stranger_to is not None and not dropped):
        dropped += [known for known in terms.facts if (known.value, known.when) == ("instead", ("stranger",))]
    return tuple(known for known in terms.facts if known not in dropped)


def fact(state: str, known: policies.StateFact) -> Message:
    """Return a fact of a state's card in sentences, with what limits it; of a point that is no line."""
    own = [] if known.by is None else [corrected(known.by, known.read)]
    return joined([_sentence(state, known), *_conditions(known), *own], TOGETHER)


def _conditions(known: policies.StateFact) -> list[Message]:
    return [CONDITIONS_OF.get((known.point, condition), CONDITIONS[condition]) for condition in known.when]


def _sentence(state: str, known: policies.StateFact) -> Message:
    point, value = known.point, known.value
    subject, _, of = point.partition("_")
    key = (of if subject in policies.SUBJECTS and (of, value) in SENTENCES else point, value)
    if key in SENTENCES:
        return SENTENCES[key]
    if point in FROM_AN_AGE:
        return FROM_AN_AGE[point].format(age=value)
    if of == "reporters":
        return REPORTERS.get((subject, value), NOBODY).format(state=in_a_sentence(state))
    return {"due": DUE, "outer_limit": OUTER_LIMIT, "written": WRITTEN, "notice": SHELTER_NOTICE}[of].format(
        when=times.due(value)
    )


def corrected_card(card: policies.StateCard, *, subjects: Sequence[str] = policies.SUBJECTS) -> Message | None:
    """Return the notice that a coalition corrected facts of a card, beside rules of the state; None: it has not.

    `subjects`: whom reports may be about. A corrected line needs none: it stands before every other.
    """
    facts = [
        OF_A_POINT.format(point=POINT[point], fact=fact(card.name, known))
        for point, known in card.facts.items()
        if known.by is not None and point not in policies.LINE_POINTS and _subject_of(point) in subjects
    ]
    return CORRECTED.format(state=in_a_sentence(card.name), facts=joined(facts, TOGETHER)) if facts else None


def _subject_of(point: str) -> str:
    return policies.ADULT if point.startswith(policies.ADULT) else policies.CHILD


def card_alone(state: str, missing: Sequence[str]) -> Message:
    """Return the notice that a state has a card and no rules. `missing`: points that an answer needs in vain.

    >>> "leaves out the line for a child." in card_alone("Guam", ["child_line"])
    True
    """
    points = codes.listed([POINT[point] for point in missing])
    return (NOT_ALL if missing else ALL).format(state=in_a_sentence(state), missing=points)
