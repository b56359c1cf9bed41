"""Notices around the answer: safety first, then who may raise a topic, then the limits of the answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeGuard

import policies
import routing
from service.answer.protected import adult_beside_a_child
from service.serving.served import Served
from service.serving.sharing import REFERRAL
from service.wording import answers, conditions

PROTECTED = "protected"
ADVOCATES = ("victim_advocacy", "crisis_hotline")
"""Types of service whose staff may ask about anything, the first preferred."""
OF_ADVOCATES = frozenset({"victim_services", "dv_shelter", "sa_program", "trafficking_shelter"})
"""Kinds of agency whose staff are advocates, whatever the service is called."""
CAMPUS_NOTICE = "campus-notice"


def write_notices(
    served: Served, profile: routing.Profile, answer: routing.Answer, *, danger: str | None, left_out: bool
) -> list[dict[str, str]]:
    """Return the notices of an answer in order: danger, safety, being alone, missing state law, the rest. Pure.

    `left_out` says that a path was dropped because two checks of the rules differed.
    """
    found: list[tuple[str, str]] = []
    if is_emergency(danger):
        found.append(("call-911", answers.call_911(danger, no_police=refuses_police(profile))))
    found.append(("safe-to-talk", answers.SAFE_TO_TALK))
    if adult_beside_a_child(profile.client):
        found.append(("speak-alone", answers.SPEAK_ALONE))
    if not served.state_law:
        found.append(("no-state-rules", answers.NO_STATE_RULES))
    if _nobody_takes_all(profile, answer):
        found.append(("ask-for-each", answers.ASK_FOR_EACH))
    if left_out:
        found.append(("rules-disagree", answers.PATH_WITHHELD))
    found += _advocate(served, profile, answer)
    found += _campus(served, profile, answer)
    found += _declarations(served, profile, answer)
    return [{"id": notice, "plain": plain} for notice, plain in found] + write_disclaimers(served)


def is_emergency(danger: str | None) -> TypeGuard[str]:
    """Say whether 911 comes first. Pure.

    >>> is_emergency("imminent"), is_emergency("none"), is_emergency(None)
    (True, False, False)
    """
    return danger in ("imminent", "medical")


def refuses_police(profile: routing.Profile) -> bool:
    """Say whether the client does not want the police. Pure."""
    return "law_enforcement" in profile.avoid


def _nobody_takes_all(profile: routing.Profile, answer: routing.Answer) -> bool:
    """Say whether a place is asked for that no path reaches for the client and companions together."""
    wanted = {entry.need for entry in answer.uncovered} & routing.WITH_COMPANIONS
    return bool(wanted and profile.client.companions)


def write_disclaimers(served: Served) -> list[dict[str, str]]:
    """Return the fixed notes under every answer: how to record, the limits, the grievance line. Pure."""
    return [
        {"id": "record-without-content", "plain": answers.RECORD_WITHOUT_CONTENT},
        {"id": "not-legal-advice", "plain": answers.NOT_LEGAL_ADVICE},
        {"id": "pack-review", "plain": _pack(served)},
        {"id": "to-be-confirmed", "plain": _overlay(served)},
        {"id": "hotline", "plain": answers.HOTLINE},
    ]


def write_grievance(served: Served, origin: str) -> dict[str, Any]:
    """Return where to question the answer: the origin's channel, or its parent's."""
    slug: str | None = origin
    while slug is not None:
        view = served.names.organizations[slug]
        if view.grievance is not None:
            ethics = view.grievance.code_of_ethics
            said = answers.CODE_OF_ETHICS.format(name=ethics) if ethics else ""
            return {"contact": view.grievance.contact, "plain": answers.GRIEVANCE.format(ethics=said).strip()}
        slug = view.parent
    return {"contact": None, "plain": answers.GRIEVANCE_NONE}


def _pack(served: Served) -> str:
    book = served.rulebook
    return answers.PACK_REVIEW.format(names=", ".join(book.names), version=book.version[:19], day=book.reviewed)


def _overlay(served: Served) -> str:
    texas = "us-tx" in served.rulebook.names
    return answers.TO_BE_CONFIRMED.format(overlay=answers.TEXAS_OVERLAY if texas else answers.STATE_OVERLAY)


def _campus(served: Served, profile: routing.Profile, answer: routing.Answer) -> list[tuple[str, str]]:
    """Return the notice on campus staff where the rules bring the notice to a contact in the answer."""
    case = policies.Case(today=profile.at.astimezone(served.snapshot.zone).date())
    pairs = {(step.holder, step.organization) for path in answer.paths for step in path.steps}
    alike: dict[object, policies.Share] = {}
    for pair in sorted(pairs | {(profile.origin, profile.origin)}):
        holder, receiver = (served.policy.agencies[slug] for slug in pair)
        route = policies.Share(holder, receiver, action="route", data=None, purpose=REFERRAL)
        alike.setdefault(policies.look_of(case, holder, receiver), route)
    for route in alike.values():
        for task in served.rulebook.obligations(case, route):
            if task.id == CAMPUS_NOTICE:
                return [(task.id, task.plain)]
    return []


def _advocate(served: Served, profile: routing.Profile, answer: routing.Answer) -> list[tuple[str, str]]:
    """Systems-based staff are pointed to an agency that can keep a confidence; staff are never asked to ask."""
    if served.snapshot.organization(profile.origin).basis != "systems":
        return []
    near = (_protected_near(served, profile, service_type) for service_type in ADVOCATES)
    slugs = next(filter(None, near), None) or _advocates_on(served, answer)
    names = [served.names.organizations[slug].name for slug in slugs]
    return [
        (
            "protected-advocate",
            answers.PROTECTED_ADVOCATE.format(names=conditions.either(names[:3] or [answers.ANY_ADVOCATE])),
        )
    ]


def _advocates_on(served: Served, answer: routing.Answer) -> list[str]:
    """Return the protected agencies of advocates on the paths, by slug."""
    steps = [step for path in answer.paths for step in path.steps if step.mode != "internal"]
    slugs = sorted({step.organization for step in steps if step.exposure == PROTECTED})
    return [slug for slug in slugs if served.snapshot.organization(slug).kind in OF_ADVOCATES]


def _protected_near(served: Served, profile: routing.Profile, service_type: str) -> list[str]:
    """Return the protected agencies with such a service in the client's area that are not refused, by slug."""
    snapshot = served.snapshot
    return [
        who.slug
        for who in map(snapshot.organization, routing.organizations_near(snapshot, profile.client, service_type))
        if routing.exposure_level(basis=who.basis, kind=who.kind, regimes=who.regimes) == PROTECTED
        and profile.avoid.isdisjoint({who.slug, who.kind})
    ]


def _declarations(served: Served, profile: routing.Profile, answer: routing.Answer) -> list[tuple[str, str]]:
    today = profile.at.astimezone(served.snapshot.zone).date()
    return [
        (f"declaration-due:{slug}", answers.DECLARATION_DUE.format(name=view.name, day=day.isoformat()))
        for slug in sorted({profile.origin, *_involved(answer)})
        if (day := _due(view := served.names.organizations[slug], today)) is not None
    ]


def _due(view: Any, today: date) -> date | None:
    return view.review_by if view.review_by is not None and view.review_by < today else None


def _involved(answer: routing.Answer) -> Iterable[str]:
    paths = [*answer.paths, *(opened.path for opened in answer.conditional_paths)]
    return {step.organization for path in paths for step in path.steps}
