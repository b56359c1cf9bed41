"""Next calls: the best path as a list of calls, for a worker with a phone in one hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import routing
from service.answers.document import alternatives_for, name_of
from service.answers.schemas.answer import AnswerDocument, Call, CallsDocument, OtherCall
from service.answers.schemas.paths import Instead, Path, ServiceUse, Step
from service.words import answers

_HOURS = ("open", "unknown", "opens_later")
_ROOM = ("available", "stale", "unknown", "full")


def next_calls(answer: AnswerDocument, urgencies: Mapping[str, str]) -> CallsDocument:
    """Return the steps of the first path of an answer document as calls, in order; no calls without a path. Pure.

    The origin's own step is no call: then, and without a path, `lead` says what to do. `urgencies` are the needs', by
    type. A call serves its most urgent need, and its `availability` and `usual_answer` are the need's service's;
    `instead` of the call: alternatives for the same types, then organizations on later paths, best first. Absent is
    what the answer left out.
    """
    best, later_paths = answer["paths"][:1], answer["paths"][1:]
    steps = [step for path in best for step in path["steps"] if step["mode"] != "internal"]
    calls = [_call(order, step, later_paths, urgencies) for order, step in enumerate(steps, start=1)]
    document: CallsDocument = {
        "lead": answer["lead"],
        "calls": calls,
        "questions": answer.get("questions", []),
        "uncovered": answer["uncovered"],
        "later": answer.get("later", []),
        "fallback_lines": answer["fallback_lines"],
        "lines": answer["lines"],
        "duties": answer["duties"],
        "notices": answer["notices"],
        "counsel": answer["counsel"],
        "directory_version": answer["directory_version"],
        "policy_version": answer["policy_version"],
        "decision_id": answer["decision_id"],
    }
    if "questions" not in answer:
        del document["questions"]
    if "later" not in answer:
        del document["later"]
    return document


def _call(order: int, step: Step, later_paths: Sequence[Path], urgencies: Mapping[str, str]) -> Call:
    redacted = [entry["data"] for entry in step["withhold"]]
    confirm = [entry for use in step["services"] for entry in use["confirm"]]
    attributes = (entry["attribute"] for entry in confirm)
    service = _least_sure(step["services"], urgencies)
    call: Call = {
        "order": order,
        "from": step["from"],
        "to": step["to"],
        "phone": step["contact"]["phone"],
        "tel": step["contact"]["tel"],
        "sms": step["contact"]["sms"],
        "label": step["contact"]["label"],
        "availability": service["availability"],
        "for": step["covers"],
        "mode": step["mode"],
        "manner": step["manner"],
        "inquire": step["inquire"],
        "say": step["share"],
        "leave_unsaid": [
            *redacted,
            *dict.fromkeys(
                attribute for attribute in attributes if attribute and attribute.startswith("client.traits.")
            ),
        ],
        "confirm": confirm,
        "obligations": step["obligations"],
        "instead": _instead(step, later_paths, urgencies) if "instead" in step else [],
        "plain": answers.call(step["manner"], step["share"], redacted),
    }
    if "instead" not in step:
        del call["instead"]
    if "usual_answer" in service:
        call["usual_answer"] = service["usual_answer"]
    return call


def _least_sure(services: Sequence[ServiceUse], urgencies: Mapping[str, str]) -> ServiceUse:
    """Return the service for the most urgent need, the least sure among several services.

    A prerequisite is as urgent as its dependent need, and counts before every need.
    """

    def urgent(service: ServiceUse) -> int:
        places = [
            routing.URGENCIES.index(urgencies[service_type])
            for service_type in service["covers"]
            if service_type in urgencies
        ]
        return -1 if len(places) < len(service["covers"]) else min(places, default=-1)

    def doubt(service: ServiceUse) -> tuple[int, int, str]:
        availability = service["availability"]
        return (
            _HOURS.index(availability["status"]),
            _ROOM.index(availability["capacity"]),
            availability["opens_at"] or "",
        )

    first = min(map(urgent, services))
    return max((service for service in services if urgent(service) == first), key=doubt)


def _instead(step: Step, later_paths: Sequence[Path], urgencies: Mapping[str, str]) -> list[OtherCall]:
    """Return each alternative organization once, with the types to ask for."""
    alternatives: dict[str, OtherCall] = {}
    for alternative, service_types in alternatives_for(step, later_paths):
        slug = alternative["to"]["slug"]
        if slug == step["to"]["slug"]:
            continue
        entry = alternatives.setdefault(slug, _alternative(alternative, service_types, urgencies))
        entry["for"] += [service_type for service_type in service_types if service_type not in entry["for"]]
    return list(alternatives.values())


def _alternative(alternative: Instead | Step, service_types: Sequence[str], urgencies: Mapping[str, str]) -> OtherCall:
    service = _least_sure(alternative["services"], urgencies)
    other: OtherCall = {
        "to": name_of(alternative["to"]),
        "phone": alternative["contact"]["phone"],
        "tel": alternative["contact"]["tel"],
        "for": list(service_types),
        "availability": service["availability"],
    }
    if "usual_answer" in service:
        other["usual_answer"] = service["usual_answer"]
    return other
