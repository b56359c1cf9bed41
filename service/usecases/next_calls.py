"""Next calls: the best path as a list of calls, for someone with a phone in one hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import routing
from service.wording import answers

ANSWER_PARTS = ("duties", "notices", "directory_version", "policy_version", "decision_id")
_HOURS = ("open", "unknown", "opens_later")
_ROOM = ("available", "stale", "unknown", "full")


def next_calls(answer: Mapping[str, Any], urgencies: Mapping[str, str]) -> dict[str, Any]:
    """Return the steps of the first path of an answer document as calls, in order; no calls if there is no path. Pure.

    `urgencies` are those of the needs, by type. A call is for the most urgent of what it covers, and its `availability`
    is that one's; `instead` of it: organizations that later paths go to for the same needs, best first.
    """
    best, later = answer["paths"][:1], answer["paths"][1:]
    steps = best[0]["steps"] if best else []
    calls = [_call(order, step, later, urgencies) for order, step in enumerate(steps, start=1)]
    return {"calls": calls, **{part: answer[part] for part in ANSWER_PARTS}}


def _call(
    order: int, step: Mapping[str, Any], later: Sequence[Mapping[str, Any]], urgencies: Mapping[str, str]
) -> dict[str, Any]:
    withheld = [entry["data"] for entry in step["withhold"]]
    return {
        "order": order,
        "to": step["to"],
        "phone": step["contact"]["phone"],
        "label": step["contact"]["label"],
        "availability": _availability(step["services"], urgencies),
        "for": step["covers"],
        "mode": step["mode"],
        "say": step["share"],
        "leave_unsaid": withheld,
        "obligations": step["obligations"],
        "instead": _instead(step, later),
        "plain": answers.call(step["mode"], step["share"], withheld),
    }


def _availability(services: Sequence[Mapping[str, Any]], urgencies: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the availability of the service that meets what is most urgent, the least sure one where several do.

    What has to come first is as urgent as what waits for it: it counts before all needs.
    """

    def urgent(service: Mapping[str, Any]) -> int:
        places = [routing.URGENCIES.index(urgencies[kind]) for kind in service["covers"] if kind in urgencies]
        return -1 if len(places) < len(service["covers"]) else min(places, default=-1)

    def doubt(one: Mapping[str, Any]) -> tuple[int, int, str]:
        return _HOURS.index(one["status"]), _ROOM.index(one["capacity"]), one["opens_at"] or ""

    first = min(map(urgent, services))
    return max((service["availability"] for service in services if urgent(service) == first), key=doubt)


def _instead(step: Mapping[str, Any], later: Sequence[Mapping[str, Any]]) -> list[str]:
    wanted, own = set(step["covers"]), step["to"]["slug"]
    others = (other for path in later for other in path["steps"] if wanted & set(other["covers"]))
    return [slug for slug in dict.fromkeys(other["to"]["slug"] for other in others) if slug != own]
