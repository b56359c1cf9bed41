"""The answer to a group: what comes first, one call for each agency, and beside whom each duty and notice stands.

A call to an agency asks for places, by number; nothing that one client said or is asked stands in it, for the next
client may be in the room. Each client's own path says what may be said of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import routing
from policies.messages import TOGETHER, joined
from service.answers.builder.alternatives import FallbackWriter, name_of
from service.answers.builder.group_sheet import GroupSheetWriter, MemberSheet
from service.answers.builder.notices import FIRST
from service.answers.schemas.answer import AnswerDocument, Counsel, Duty, FallbackLine, Notice, PublicLine, SheetItem
from service.answers.schemas.group import (
    CalledFor,
    GroupAnswerDocument,
    GroupCall,
    GroupLead,
    GroupLine,
    GroupNotice,
    NextAgency,
)
from service.answers.schemas.paths import Path, Step, UsualAnswer
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.i18n import group

Entry = TypeVar("Entry", Duty, PublicLine, Notice)
LEADS = ("emergency", "safety", "report", "ask", "here", "send", "call", "fallback")
"""What a lead does, the most pressing first."""


@dataclass(frozen=True)
class GroupMember:
    """The alike clients of a key, as answered. `answer`: about the chosen paths alone.

    `chosen`: how many take which path (a document; None: no path), best first. `instead`: the step to another agency,
    by the agency (slug) that may not take all. `sheets`: the call sheet on each of the chosen.
    """

    key: str
    count: int
    profile: routing.Profile
    chosen: Sequence[tuple[int, Path | None]]
    answer: AnswerDocument
    instead: Mapping[str, Step]
    sheets: Sequence[Sequence[SheetItem]]

    @property
    def people(self) -> int:
        """How many stay together: one client and those who come along."""
        return 1 + len(self.profile.client.companions)

    @property
    def urgency(self) -> int:
        """The place of the most pressing need's urgency."""
        needs = {need.type: routing.URGENCIES.index(need.urgency) for need in self.profile.needs}
        return min(needs.values())

    def calls(self) -> Iterator[PathCall]:
        """Yield each call of the chosen paths; a step within the origin's own agency is none."""
        for position, (count, path) in enumerate(self.chosen):
            steps = [step for step in path["steps"] if step["mode"] != "internal"] if path else []
            yield from (PathCall(self, position, count, steps[place:]) for place in range(len(steps)))


@dataclass(frozen=True)
class PathCall:
    """A call on a path that `count` clients of `member` take, by its `position` among those chosen.

    `steps`: the calls of the path from this one on.
    """

    member: GroupMember
    position: int
    count: int
    steps: Sequence[Step]


@dataclass(frozen=True)
class GroupWriter:
    """Writes the answer to a group. Pure for one request.

    `counted`: services whose places limited the choice. `passed_over`: keys of those who stay together without a place,
    where people alone have theirs.
    """

    directory: DirectorySnapshot
    members: Sequence[GroupMember]
    counted: frozenset[str]
    passed_over: frozenset[str] = frozenset()

    def write(self, *, complete: bool, decision_id: str) -> GroupAnswerDocument:
        """Return the whole answer, key by key as documented."""
        lead, calls, notices = self._lead(), self._calls(), self._notices()
        elsewhere = {step["to"]["slug"]: step for member in self.members for step in member.instead.values()}
        sheet = GroupSheetWriter(self.directory, [*self._sheets()], calls, lead, notices, elsewhere)
        return {
            "lead": lead,
            "call_sheet": sheet.write(),
            "calls": calls,
            "clients": [
                {
                    "key": member.key,
                    "chosen": [{"count": count, "path": path} for count, path in member.chosen],
                    "uncovered": member.answer["uncovered"],
                    "questions": member.answer["questions"],
                }
                for member in self.members
            ],
            "duties": [{**duty, "for": keys} for duty, keys in self._shared(lambda answer: answer["duties"])],
            "lines": [_line(line, keys) for line, keys in self._shared(lambda answer: answer["lines"])],
            "notices": notices,
            "counsel": min((member.answer["counsel"] for member in self.members), key=_least_reviewed),
            "fallback_lines": self._fallback_lines(),
            "complete": complete,
            "directory_version": self.directory.directory_version,
            "policy_version": self.directory.rulebook.version,
            "decision_id": decision_id,
        }

    def _sheets(self) -> Iterator[MemberSheet]:
        for member in self.members:
            profile = member.profile
            for (count, path), items in zip(member.chosen, member.sheets, strict=True):
                covers = () if path is None else path["covers"]
                people = count * self.directory.snapshot.service_types.beds_for(profile.client, *covers)
                yield MemberSheet(member.key, people, profile.origin, profile.third_party, items)

    def _lead(self) -> GroupLead:
        def pressing(member: GroupMember) -> tuple[int, int, str]:
            return LEADS.index(member.answer["lead"]["do"]), member.urgency, member.key

        lead = min(self.members, key=pressing).answer["lead"]
        return {**lead, "for": [member.key for member in self.members if member.answer["lead"] == lead]}

    # -- calls -------------------------------------------------------------------------------------------------

    def _calls(self) -> list[GroupCall]:
        by_agency: dict[str, list[PathCall]] = {}
        for member in self.members:
            for part in member.calls():
                by_agency.setdefault(part.steps[0]["to"]["slug"], []).append(part)
        calls = sorted(by_agency.items(), key=lambda call: (min(self._in_turn(part) for part in call[1]), call[0]))
        return [self._call(order, parts) for order, (_, parts) in enumerate(calls, start=1)]

    def _in_turn(self, part: PathCall) -> tuple[int, int, int]:
        """Return how soon a call is made: by the urgency and the row of what it meets, or of what comes after it."""
        member, steps = part.member, part.steps
        urgencies = {need.type: routing.URGENCIES.index(need.urgency) for need in member.profile.needs}
        rows = self.directory.snapshot.service_types.order
        row_of = {service_type: row for row, types in enumerate(rows) for service_type in types}
        met = {service_type for step in steps for service_type in step["covers"]} & urgencies.keys()
        urgency = min((urgencies[service_type] for service_type in met), default=len(routing.URGENCIES))
        row = min((row_of.get(service_type, len(rows)) for service_type in met), default=len(rows))
        return urgency, row, -len(steps)

    def _call(self, order: int, parts: Sequence[PathCall]) -> GroupCall:
        first = min(parts, key=self._in_turn).steps[0]
        stays = self.directory.snapshot.service_types.stays
        asks = any(
            stays.intersection(use["covers"]) and use["slug"] not in self.counted
            for part in parts
            for use in part.steps[0]["services"]
        )
        slug = first["to"]["slug"]
        alternatives = [step for part in parts if (step := part.member.instead.get(slug)) is not None]
        reports, places = (
            self._people([part for part in parts if _is_report(part) is is_report]) for is_report in (True, False)
        )
        agency = first["to"]["name"]
        call: GroupCall = {
            "order": order,
            "to": name_of(first["to"]),
            "phone": first["contact"]["phone"],
            "tel": first["contact"]["tel"],
            "sms": first["contact"]["sms"],
            "for": list(_served_by(parts)),
            "inquire": first["inquire"],
            "confirm": [{"attribute": None, "plain": group.HOW_MANY}] if asks else [],
            "instead": list({step["to"]["slug"]: _alternative(step) for step in alternatives}.values()),
            "plain": joined(
                [
                    sentence(agency, people)
                    for sentence, people in ((group.report, reports), (group.places, places))
                    if people
                ],
                TOGETHER,
            ),
        }
        if (figure := _usual_answer(first)) is not None:
            call["usual_answer"] = figure
        return call

    # -- beside the calls --------------------------------------------------------------------------------------

    def _shared(self, part: Callable[[AnswerDocument], Sequence[Entry]]) -> list[tuple[Entry, list[str]]]:
        """Return what stands in the clients' answers, once, with the keys of those beside whom it stands."""
        entries: list[tuple[Entry, list[str]]] = []
        for member in self.members:
            for entry in part(member.answer):
                keys = next((keys for first_entry, keys in entries if first_entry == entry), None)
                if keys is None:
                    entries.append((entry, [member.key]))
                elif member.key not in keys:
                    keys.append(member.key)
        return entries

    def _notices(self) -> list[GroupNotice]:
        there = [member for member in self.members if not member.profile.third_party]
        shared = self._shared(lambda answer: answer["notices"])
        own: list[GroupNotice] = [{**notice, "for": beside} for notice, beside in shared]
        if sum(member.people * member.count for member in there) > 1:
            notices = {
                "one-at-a-time": group.ONE_AT_A_TIME,
                "safe-together": group.SAFE_TOGETHER,
                "nobody-by-name": group.NOBODY_BY_NAME,
            }
            if _languages_differ(there):
                notices["interpreter-for-each"] = group.INTERPRETER_FOR_EACH
            keys = [member.key for member in there]
            own += [{"id": notice, "plain": plain, "for": keys} for notice, plain in notices.items()]
        if self.passed_over:
            keys = [member.key for member in self.members if member.key in self.passed_over]
            own.append({"id": "family-without-place", "plain": group.FAMILY_WITHOUT_PLACE, "for": keys})
        return sorted(own, key=_first_then_by_id)

    def _fallback_lines(self) -> list[FallbackLine]:
        """Return the lines to call when no path helps, without those that any of the clients refuses."""
        avoid = frozenset[str]().union(*(member.profile.avoid for member in self.members))
        lines: dict[str, FallbackLine] = {}
        for member in self.members:
            writer = FallbackWriter(self.directory, replace(member.profile, avoid=avoid))
            for line in writer.write([entry["need"] for entry in member.answer["uncovered"]]):
                lines.setdefault(line["name"], line)
        return list(lines.values())

    def _people(self, parts: Iterable[PathCall]) -> int:
        """Return for how many people a call is; a path may come to the agency twice, and counts once.

        Those who come along count where they count for a service, as in a house.
        """
        counts: dict[tuple[str, int], int] = {}
        for part in parts:
            client, path = part.member.profile.client, (part.member.key, part.position)
            beds = self.directory.snapshot.service_types.beds_for(client, *part.steps[0]["covers"])
            counts[path] = max(part.count * beds, counts.get(path, 0))
        return sum(counts.values())


def _languages_differ(members: Iterable[GroupMember]) -> bool:
    languages = {member.profile.client.languages for member in members}
    return len(languages) > 1 or not all(languages)


def _is_report(part: PathCall) -> bool:
    """Say whether a call is a report of the origin, or of who saw something: nobody of the group speaks in it."""
    return part.member.profile.third_party or bool(part.steps[0]["mode"] == "report")


def _served_by(parts: Iterable[PathCall]) -> Iterator[CalledFor]:
    """Yield for whom a call is, and what it meets for them: alike ones of a key together."""
    by_services: dict[tuple[str, tuple[str, ...]], int] = {}
    for part in parts:
        services = part.member.key, tuple(part.steps[0]["covers"])
        by_services[services] = by_services.get(services, 0) + part.count
    for (key, covers), count in by_services.items():
        yield {"key": key, "count": count, "covers": list(covers)}


def _alternative(step: Step) -> NextAgency:
    agency: NextAgency = {
        "to": name_of(step["to"]),
        "phone": step["contact"]["phone"],
        "tel": step["contact"]["tel"],
    }
    if (figure := _usual_answer(step)) is not None:
        agency["usual_answer"] = figure
    return agency


def _usual_answer(step: Step) -> UsualAnswer | None:
    """Return how soon the first of a step's services that has a figure answers."""
    return next((use["usual_answer"] for use in step["services"] if "usual_answer" in use), None)


def _least_reviewed(counsel: Counsel) -> tuple[str, str]:
    return counsel["reviewed_on"] or "", counsel["until"] or ""


def _line(line: PublicLine, keys: list[str]) -> GroupLine:
    return {
        "id": line["id"],
        "name": line["name"],
        "for": keys,
        "phone": line["phone"],
        "tel": line["tel"],
        "sms": line["sms"],
        "hours": line["hours"],
        "languages": line["languages"],
        "plain": line["plain"],
        "about": line["for"],
    }


def _first_then_by_id(notice: GroupNotice) -> tuple[int, str]:
    place = FIRST.index(notice["id"]) if notice["id"] in FIRST else len(FIRST)
    return place, notice["id"] if place == len(FIRST) else ""
