"""Notices around the answer: safety first, then who may raise a topic, then the limits of the answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import policies
import routing
from policies.messages import OR, TOGETHER, joined
from service.answers.builder.lines import SUSPECTED
from service.answers.builder.protected import adult_beside_a_child, child_along
from service.answers.builder.tribal import tribal_land
from service.answers.profile import ResolvedProfile
from service.answers.schemas.answer import Grievance, Notice
from service.answers.schemas.policy import SubpoenaContact
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import REFERRAL
from service.directory.store.records import NATIONAL_HOTLINE, OrganizationView
from service.i18n import answers, dangers, states
from service.i18n.times import Day
from service.vocabulary import KINDS_OF_ADVOCATES

PROTECTED = "protected"
ADVOCATES = ("victim_advocacy", "crisis_hotline")
"""Types of service whose staff may ask about anything, the first preferred."""
CAMPUS_NOTICE = "campus-notice"
SAFE_GUARDIANS = frozenset({"safe_parent", "court_safe", "state_conservator"})
EMERGENCIES = ("imminent", "medical")
"""The dangers in which 911 comes first."""


WITHDRAWAL_CARD = "withdrawal-danger"
FIRST = (
    "danger-imminent", "danger-medical", "danger-overheard", "danger-suicide", WITHDRAWAL_CARD, "safe-to-talk",
    "guardian-suspected", "speak-alone", "one-at-a-time", "safe-together", "interpreter-for-each", "no-state-rules",
    "card-corrected", "tribal-land", "safe-contact",
)  # fmt: skip
"""The notices that come before the rest, in order; the rest follow by id."""
SUBPOENA = "subpoena-hold"
ALONE = {"minor": (policies.CHILD,), "adult": (policies.ADULT,)}
"""Whom a report may be about, by the age of a client who comes alone."""


def write_notices(
    directory: DirectorySnapshot,
    question: ResolvedProfile,
    answer: routing.Answer,
    *,
    crisis_line: str | None,
    left_out: bool,
) -> list[Notice]:
    """Return the notices of an answer in order: danger, safety, being alone, missing state law, the rest. Pure.

    `crisis_line`: the number for thoughts of suicide. `left_out`: a path was dropped because two checks of the rules
    differed.
    """
    profile, notices = question.profile, dict[str, str]()
    for danger in question.danger:
        notices[f"danger-{danger}"] = danger_card(question, danger, crisis_line)
    notices["safe-to-talk"] = answers.KEEP_AWAY if profile.third_party else answers.SAFE_TO_TALK
    if question.case.guardian in SUSPECTED:
        notices["guardian-suspected"] = answers.GUARDIAN_SUSPECTED
    card, alone = directory.card, not profile.client.companions
    subjects = ALONE.get(question.case.age, policies.SUBJECTS) if alone else policies.SUBJECTS
    if directory.state_law:
        if card is not None and (corrected := states.corrected_card(card, subjects=subjects)) is not None:
            notices["card-corrected"] = corrected
    elif card is None or not card.facts:
        notices["no-state-rules"] = answers.NO_STATE_RULES
    else:
        prefix = "" if len(subjects) > 1 else f"{subjects[0]}_"
        unknown_points = [point for point in card.needed if point.startswith(prefix)]
        notices["no-state-rules"] = states.card_alone(card.name, unknown_points)
    if tribal_land(directory.snapshot, profile.client.area) is not None:
        notices["tribal-land"] = answers.TRIBAL_LAND
    if not profile.third_party:
        notices |= _with_the_client(directory, profile, answer) | _by_facts(directory, question)
    if left_out:
        notices["rules-disagree"] = answers.PATH_WITHHELD
    if not question.on_record:
        notices["consent-not-on-record"] = answers.CONSENT_NOT_ON_RECORD
    notices |= _declarations(directory, profile, answer)
    notices |= _disclaimers(directory)
    first = [notice for notice in FIRST if notice in notices]
    return [{"id": notice, "plain": notices[notice]} for notice in (*first, *sorted(notices.keys() - {*first}))]


def _with_the_client(directory: DirectorySnapshot, profile: routing.Profile, answer: routing.Answer) -> dict[str, str]:
    """Return what a worker minds who speaks with the client, or reaches them."""
    notices = _advocate(directory, profile, answer) | _campus(directory, profile, answer)
    if adult_beside_a_child(profile.client):
        notices["speak-alone"] = answers.SPEAK_ALONE
    if profile.client_present is False and any(step.mode == "self" for path in answer.paths for step in path.steps):
        notices["safe-contact"] = answers.SAFE_CONTACT
    if _nobody_takes_all(directory, profile, answer):
        notices["ask-for-each"] = answers.ASK_FOR_EACH
    return notices


def _by_facts(directory: DirectorySnapshot, question: ResolvedProfile) -> dict[str, str]:
    """Return what a worker minds because of a known fact of the client or of the situation."""
    profile, guardian = question.profile, question.case.guardian
    client, traits = profile.client, profile.client.traits
    may_be_child = question.case.age != "adult"
    needs = {need.type: need.urgency for need in profile.needs}
    soon = needs.get("substance_use_treatment") in ("now", "today")
    pregnant = dangers.WITHDRAWAL_PREGNANT if traits.get("pregnant") is True else ""
    has_no_guardian = guardian is not None and guardian not in SAFE_GUARDIANS
    held_to_leave = may_be_child and (traits.get("runaway") is True or has_no_guardian)
    use_phone = answers.USE_YOUR_PHONE if profile.client_present else answers.PLAN_TO_REACH
    by_facts = (
        (WITHDRAWAL_CARD, "detox" in needs or soon, joined([dangers.WITHDRAWAL, pregnant], TOGETHER)),
        (
            "check-facts",
            guardian == "safe_parent" and traits.get("suspected_exploiter_household") is True,
            answers.CHECK_FACTS,
        ),
        ("icwa", traits.get("tribal_citizen") is True and (may_be_child or child_along(client)), answers.ICWA),
        ("others-held", traits.get("others_held") is True, answers.OTHERS_HELD),
        ("keep-evidence", traits.get("online_exploitation") is True, answers.KEEP_EVIDENCE),
        ("if-they-leave", held_to_leave, answers.IF_THEY_LEAVE),
        ("access", traits.get("disability") is True, answers.ACCESS),
        ("officer", directory.snapshot.organization(profile.origin).kind == "law_enforcement", answers.OFFICER),
        ("client-phone", question.client_phone is False, use_phone),
    )
    return {notice: plain for notice, applies, plain in by_facts if applies}


def danger_card(question: ResolvedProfile, danger: str, crisis_line: str | None) -> str:
    """Return what to do in a danger. `crisis_line`: the number for thoughts of suicide, None without a line. Pure."""
    if question.profile.third_party:
        return dangers.danger_to_others(danger, crisis_line)
    if danger in EMERGENCIES:
        return dangers.call_911(danger, no_police=refuses_police(question.profile))
    return dangers.OVERHEARD if danger == "overheard" else dangers.suicide(crisis_line)


def refuses_police(profile: routing.Profile) -> bool:
    """Say whether the client does not want the police. Pure."""
    return "law_enforcement" in profile.avoid


def _nobody_takes_all(directory: DirectorySnapshot, profile: routing.Profile, answer: routing.Answer) -> bool:
    """Say whether a place is asked for that no path reaches for the client and companions together."""
    needs = {entry.need for entry in answer.uncovered} & directory.snapshot.service_types.with_companions
    return bool(needs and profile.client.companions)


def write_disclaimers(directory: DirectorySnapshot) -> list[Notice]:
    """Return the fixed notes under every answer, by id: how to record, the limits, the grievance line. Pure."""
    return [{"id": notice, "plain": plain} for notice, plain in sorted(_disclaimers(directory).items())]


def _disclaimers(directory: DirectorySnapshot) -> dict[str, str]:
    return {
        "hotline": answers.HOTLINE.format(number=NATIONAL_HOTLINE.phone),
        "not-legal-advice": answers.NOT_LEGAL_ADVICE,
        "pack-review": _pack(directory),
        "record-without-content": answers.RECORD_WITHOUT_CONTENT,
        "to-be-confirmed": _overlay(directory),
    }


def write_grievance(directory: DirectorySnapshot, origin: str) -> Grievance:
    """Return where to question the answer: the origin's channel, or its parent's."""
    slug: str | None = origin
    while slug is not None:
        view = directory.names.organizations[slug]
        if view.grievance is not None:
            ethics = view.grievance.code_of_ethics
            ethics_sentence = answers.CODE_OF_ETHICS.format(name=ethics) if ethics else ""
            return {"contact": view.grievance.contact, "plain": joined([answers.GRIEVANCE, ethics_sentence], TOGETHER)}
        slug = view.parent
    return {"contact": None, "plain": answers.GRIEVANCE_NONE}


def _pack(directory: DirectorySnapshot) -> str:
    book = directory.rulebook
    day = Day.of(date.fromisoformat(book.reviewed))
    return answers.PACK_REVIEW.format(names=", ".join(book.names), version=book.version[:19], day=day)


def _overlay(directory: DirectorySnapshot) -> str:
    states = policies.load_states()
    overlay = next((states[name].name for name in directory.rulebook.names if name in states), answers.STATE_OVERLAY)
    return answers.TO_BE_CONFIRMED.format(overlay=overlay)


def _campus(directory: DirectorySnapshot, profile: routing.Profile, answer: routing.Answer) -> dict[str, str]:
    """Return the notice on campus staff where the rules bring the notice to a contact in the answer."""
    case = policies.Case(today=profile.at.astimezone(directory.snapshot.zone).date())
    pairs = {(step.holder, step.organization) for path in answer.paths for step in path.steps}
    alike: dict[object, policies.Share] = {}
    for pair in sorted(pairs | {(profile.origin, profile.origin)}):
        holder, receiver = (directory.policy.agencies[slug] for slug in pair)
        route = policies.Share(holder, receiver, action="route", data=None, purpose=REFERRAL)
        alike.setdefault(policies.look_of(case, holder, receiver), route)
    for route in alike.values():
        for task in directory.rulebook.obligations(case, route):
            if task.id == CAMPUS_NOTICE:
                return {task.id: task.plain}
    return {}


def _advocate(directory: DirectorySnapshot, profile: routing.Profile, answer: routing.Answer) -> dict[str, str]:
    """Return the notice that points systems-based staff to who can keep a confidence; staff are never asked to ask."""
    if directory.snapshot.organization(profile.origin).basis != "systems":
        return {}
    near = (_protected_near(directory, profile, service_type) for service_type in ADVOCATES)
    slugs = next(filter(None, near), None) or _advocates_on(directory, answer)
    names = [directory.names.organizations[slug].name for slug in slugs]
    advocates = joined(names[:3] or [answers.ANY_ADVOCATE], OR)
    return {"protected-advocate": answers.PROTECTED_ADVOCATE.format(names=advocates)}


def _advocates_on(directory: DirectorySnapshot, answer: routing.Answer) -> list[str]:
    """Return the protected agencies of advocates on the paths, by slug."""
    steps = [step for path in answer.paths for step in path.steps if step.mode != "internal"]
    slugs = sorted({step.organization for step in steps if step.exposure == PROTECTED})
    return [slug for slug in slugs if directory.snapshot.organization(slug).kind in KINDS_OF_ADVOCATES]


def _protected_near(directory: DirectorySnapshot, profile: routing.Profile, service_type: str) -> list[str]:
    """Return the protected agencies with such a service in the client's area that are not refused, by slug."""
    snapshot = directory.snapshot
    return [
        agency.slug
        for agency in map(snapshot.organization, routing.organizations_near(snapshot, profile.client, service_type))
        if routing.exposure_level(basis=agency.basis, kind=agency.kind, regimes=agency.regimes) == PROTECTED
        and profile.avoid.isdisjoint({agency.slug, agency.kind})
    ]


def _declarations(directory: DirectorySnapshot, profile: routing.Profile, answer: routing.Answer) -> dict[str, str]:
    today = profile.at.astimezone(directory.snapshot.zone).date()
    return {
        f"declaration-due:{slug}": answers.DECLARATION_DUE.format(name=view.name, day=Day.of(day))
        for slug in sorted({profile.origin, *_involved(answer)})
        if (day := _overdue_review(view := directory.names.organizations[slug], today)) is not None
    }


def _overdue_review(view: OrganizationView, today: date) -> date | None:
    return view.review_by if view.review_by is not None and view.review_by < today else None


def _involved(answer: routing.Answer) -> Iterable[str]:
    paths = [*answer.paths, *(conditional.path for conditional in answer.conditional_paths)]
    return {step.organization for path in paths for step in path.steps}


def subpoena_desk(directory: DirectorySnapshot, slug: str) -> OrganizationView:
    """Return the organization whose contact a subpoena goes to: the first with one, from it upward, else itself."""
    organizations = directory.names.organizations
    view: OrganizationView | None = organizations[slug]
    while view is not None and view.subpoena_contact is None:
        view = None if view.parent is None else organizations[view.parent]
    return view or organizations[slug]


def write_subpoena_contact(directory: DirectorySnapshot, slug: str) -> SubpoenaContact | None:
    """Return the contact for a subpoena against an organization: its own or its parent's, None without either."""
    contact = subpoena_desk(directory, slug).subpoena_contact
    return None if contact is None else {"name": contact.name, "phone": contact.phone, "email": contact.email}
