"""The answer to a group: what comes first, one call for each agency, and beside whom each duty and notice stands.

A call to an agency asks for places, by number; nothing that one client said or is asked stands in it, for the next
client may be in the room. Each client's own path says what may be said of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import routing
from policies.messages import TOGETHER, joined
from service.answers.document.notices import FIRST
from service.answers.document.others import FallbackWriter
from service.directory.snapshot.served import Served
from service.words import group

Document = dict[str, Any]
LEADS = ("emergency", "safety", "report", "ask", "here", "send", "call", "fallback")
"""What a lead does, the most pressing first."""


@dataclass(frozen=True)
class GroupMember:
    """The alike clients of a key, as answered. `answer`: about the chosen paths alone.

    `chosen`: how many take which path (a document; None: no path), best first. `instead`: the step to another agency,
    by the agency (slug) that may not take all.
    """

    key: str
    count: int
    profile: routing.Profile
    chosen: Sequence[tuple[int, Document | None]]
    answer: Document
    instead: Mapping[str, Document]

    @property
    def people(self) -> int:
        """How many stay together: one client and those who come along."""
        return 1 + len(self.profile.client.companions)

    @property
    def urgency(self) -> int:
        """The place of the most pressing need's urgency."""
        needs = {need.type: routing.URGENCIES.index(need.urgency) for need in self.profile.needs}
        return min(needs.values())

    def steps(self) -> Iterator[tuple[int, Sequence[Document]]]:
        """Yield for each call how many clients it is for, and the rest of their path, its own step first."""
        for count, path in self.chosen:
            steps = [] if path is None else [step for step in path["steps"] if step["mode"] != "internal"]
            yield from ((count, steps[place:]) for place in range(len(steps)))


@dataclass(frozen=True)
class GroupWriter:
    """Writes the answer to a group. Pure for one request.

    `counted`: services whose places limited the choice. `passed_over`: keys of those who stay together without a place,
    where people alone have theirs.
    """

    served: Served
    members: Sequence[GroupMember]
    counted: frozenset[str]
    passed_over: frozenset[str] = frozenset()

    def write(self, *, complete: bool, decision_id: str) -> Document:
        """Return the whole answer, key by key as in the contract."""
        return {
            "lead": self._lead(),
            "calls": self._calls(),
            "clients": [
                {
                    "key": member.key,
                    "chosen": [{"count": count, "path": path} for count, path in member.chosen],
                    **{part: member.answer[part] for part in ("uncovered", "questions")},
                }
                for member in self.members
            ],
            "duties": self._shared("duties"),
            "lines": self._shared("lines"),
            "notices": self._notices(),
            "fallback_lines": self._fallback_lines(),
            "complete": complete,
            "directory_version": self.served.directory_version,
            "policy_version": self.served.rulebook.version,
            "decision_id": decision_id,
        }

    def _lead(self) -> Document:
        def pressing(member: GroupMember) -> tuple[int, int, str]:
            return LEADS.index(member.answer["lead"]["do"]), member.urgency, member.key

        lead = min(self.members, key=pressing).answer["lead"]
        return {**lead, "for": [member.key for member in self.members if member.answer["lead"] == lead]}

    # -- calls -------------------------------------------------------------------------------------------------

    def _calls(self) -> list[Document]:
        found: dict[str, list[tuple[GroupMember, int, Sequence[Document]]]] = {}
        for member in self.members:
            for count, steps in member.steps():
                found.setdefault(steps[0]["to"]["slug"], []).append((member, count, steps))
        calls = sorted(found.items(), key=lambda call: (min(self._in_turn(one) for one in call[1]), call[0]))
        return [self._call(order, parts) for order, (_, parts) in enumerate(calls, start=1)]

    def _in_turn(self, part: tuple[GroupMember, int, Sequence[Document]]) -> tuple[int, int, int]:
        """Return how soon a call is made: by the urgency and the row of what it meets, or of what comes after it."""
        member, _, steps = part
        urgencies = {need.type: routing.URGENCIES.index(need.urgency) for need in member.profile.needs}
        rows = self.served.snapshot.service_types.order
        row_of = {service_type: row for row, types in enumerate(rows) for service_type in types}
        met = {service_type for step in steps for service_type in step["covers"]} & urgencies.keys()
        urgency = min((urgencies[service_type] for service_type in met), default=len(routing.URGENCIES))
        row = min((row_of.get(service_type, len(rows)) for service_type in met), default=len(rows))
        return urgency, row, -len(steps)

    def _call(self, order: int, parts: Sequence[tuple[GroupMember, int, Sequence[Document]]]) -> Document:
        first = min(parts, key=self._in_turn)[2][0]
        stays = self.served.snapshot.service_types.stays
        asks = any(
            stays.intersection(use["covers"]) and use["slug"] not in self.counted
            for _, _, steps in parts
            for use in steps[0]["services"]
        )
        others = [other for member, _, _ in parts if (other := member.instead.get(first["to"]["slug"])) is not None]
        reported, placed = (
            self._people([part for part in parts if _is_report(part) is told]) for told in (True, False)
        )
        agency = first["to"]["name"]
        return {
            "order": order,
            "to": {name: first["to"][name] for name in ("id", "slug", "name")},
            **{name: first["contact"][name] for name in ("phone", "tel", "sms")},
            "for": list(_served_by(parts)),
            "inquire": first["inquire"],
            "confirm": [{"attribute": None, "plain": group.HOW_MANY}] if asks else [],
            "instead": list({other["to"]["slug"]: _other(other) for other in others}.values()),
            "plain": joined(
                [say(agency, people) for say, people in ((group.report, reported), (group.places, placed)) if people],
                TOGETHER,
            ),
        }

    # -- beside the calls --------------------------------------------------------------------------------------

    def _shared(self, part: str) -> list[Document]:
        """Return what stands in the clients' answers, once, with the keys of those beside whom it stands."""
        return list(_with_keys((member.key, entry) for member in self.members for entry in member.answer[part]))

    def _notices(self) -> list[Document]:
        keys = [member.key for member in self.members]
        own = list(self._shared("notices"))
        if sum(member.people * member.count for member in self.members) > 1:
            told = {
                "one-at-a-time": group.ONE_AT_A_TIME,
                "safe-together": group.SAFE_TOGETHER,
                "nobody-by-name": group.NOBODY_BY_NAME,
            }
            if self._languages_differ():
                told["interpreter-for-each"] = group.INTERPRETER_FOR_EACH
            own += [{"id": notice, "plain": plain, "for": keys} for notice, plain in told.items()]
        if self.passed_over:
            keys = [key for key in keys if key in self.passed_over]
            own.append({"id": "family-without-place", "plain": group.FAMILY_WITHOUT_PLACE, "for": keys})
        return sorted(own, key=_first_then_by_id)

    def _languages_differ(self) -> bool:
        spoken = {member.profile.client.languages for member in self.members}
        return len(spoken) > 1 or not all(spoken)

    def _fallback_lines(self) -> list[Document]:
        """Return the lines to call when no path helps, without those that any of the clients refuses."""
        avoid = frozenset[str]().union(*(member.profile.avoid for member in self.members))
        return FallbackWriter(self.served, replace(self.members[0].profile, avoid=avoid)).write()

    def _people(self, parts: Iterable[tuple[GroupMember, int, Sequence[Document]]]) -> int:
        """Return for how many people a call is; a path may come to the agency twice, and counts once.

        Those who come along count where they count for a service, as in a house.
        """
        found: dict[tuple[str, int], int] = {}
        for member, count, steps in parts:
            path = next(
                n for n, (_, one) in enumerate(member.chosen) if one is not None and steps[-1] is one["steps"][-1]
            )
            people = count * self.served.snapshot.service_types.beds_for(member.profile.client, *steps[0]["covers"])
            found[member.key, path] = max(people, found.get((member.key, path), 0))
        return sum(found.values())


def _is_report(part: tuple[GroupMember, int, Sequence[Document]]) -> bool:
    """Say whether a call is a report of the origin: it asks for no place, and nobody of the group speaks in it."""
    return bool(part[2][0]["mode"] == "report")


def _served_by(parts: Iterable[tuple[GroupMember, int, Sequence[Document]]]) -> Iterator[Document]:
    """Yield for whom a call is, and what it meets for them: alike ones of a key together."""
    found: dict[tuple[str, tuple[str, ...]], int] = {}
    for member, count, steps in parts:
        served = member.key, tuple(steps[0]["covers"])
        found[served] = found.get(served, 0) + count
    for (key, covers), count in found.items():
        yield {"key": key, "count": count, "covers": list(covers)}


def _other(step: Document) -> Document:
    return {
        "to": {name: step["to"][name] for name in ("id", "slug", "name")},
        "phone": step["contact"]["phone"],
        "tel": step["contact"]["tel"],
    }


def _with_keys(entries: Iterable[tuple[str, Document]]) -> Iterator[Document]:
    found: list[tuple[Document, list[str]]] = []
    for key, entry in entries:
        keys = next((keys for known, keys in found if known == entry), None)
        if keys is None:
            found.append((entry, [key]))
        elif key not in keys:
            keys.append(key)
    for entry, keys in found:
        yield {**entry, "about": entry["for"], "for": keys} if "for" in entry else {**entry, "for": keys}


def _first_then_by_id(notice: Document) -> tuple[int, str]:
    place = FIRST.index(notice["id"]) if notice["id"] in FIRST else len(FIRST)
    return place, notice["id"] if place == len(FIRST) else ""
