"""The call sheet of a group: its people's sheets as one, with one call for each agency that asks for places only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import routing
from service.answers.builder.alternatives import least_sure
from service.answers.builder.call_sheet import LAST_KINDS
from service.answers.schemas.answer import SheetItem
from service.answers.schemas.group import GroupCall, GroupLead, GroupNotice
from service.answers.schemas.paths import Step
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.i18n import sheet

TRAIT = "client.traits."
TOGETHER_SAFELY = ("one-at-a-time", "safe-together", "interpreter-for-each", "nobody-by-name")
"""The notices about people who are there together: read before any call."""
CARDS, REPORTS, CHECKS, LEADS, BY_URGENCY = range(5)
LAST = BY_URGENCY + 2 * len(routing.URGENCIES)


@dataclass(frozen=True)
class MemberSheet:
    """The sheet for a client on one of the chosen paths. `people`: for how many the path is taken; `key`: whose."""

    key: str
    people: int
    origin: str
    third_party: bool
    items: Sequence[SheetItem]


@dataclass(frozen=True)
class GroupSheetWriter:
    """Writes the sheet of a group. Pure.

    `calls`: the group's, in order, one for each agency. `elsewhere`: the steps to agencies that could take those whom
    another cannot, by the agency (slug).
    """

    directory: DirectorySnapshot
    sheets: Sequence[MemberSheet]
    calls: Sequence[GroupCall]
    lead: GroupLead
    notices: Sequence[GroupNotice]
    elsewhere: Mapping[str, Step]

    def write(self) -> list[SheetItem]:
        """Return the items: cards and reports of everybody, safety, what the lead names, calls and open needs."""
        ranked: list[tuple[int, SheetItem]] = []
        for item, keys in self._alike():
            ranked.append((self._rank(item), {**item, "for": keys}))
        for call in self.calls:
            if entries := self._entries(call["to"]["slug"]):
                item = self._call(call, entries)
                ranked.append((self._rank(item), item))
        together = [notice for notice in self.notices if notice["id"] in TOGETHER_SAFELY]
        title = sheet.TITLES["safety"]
        ranked += (
            (CHECKS, {"kind": "safety", "title": title, "text": notice["plain"], "for": notice["for"]})
            for notice in together
        )
        lead = self._lead_item([item for _, item in ranked])
        return [item for rank, item in sorted(ranked, key=lambda pair: LEADS if pair[1] is lead else pair[0])]

    def _alike(self) -> Iterator[tuple[SheetItem, list[str]]]:
        """Yield each item other than a call once, with the keys of the clients it is for."""
        entries: list[tuple[SheetItem, list[str]]] = []
        for member in self.sheets:
            for item in member.items:
                if item["kind"] == "call":
                    continue
                keys = next((keys for known, keys in entries if known == item), None)
                if keys is None:
                    entries.append((item, [member.key]))
                elif member.key not in keys:
                    keys.append(member.key)
        yield from entries

    def _entries(self, slug: str) -> list[tuple[MemberSheet, SheetItem]]:
        return [
            (member, item)
            for member in self.sheets
            for item in member.items
            if item["kind"] == "call" and _slug(item) == slug
        ]

    def _call(self, call: GroupCall, entries: Sequence[tuple[MemberSheet, SheetItem]]) -> SheetItem:
        """Return the call to an agency for all who go there: it asks for places, and says nothing of anybody."""
        items = [item for _, item in entries]
        first = min(items, key=lambda item: routing.URGENCIES.index(item["urgency"]))
        needs = list(dict.fromkeys(need for item in items for need in item["needs"]))
        soonest = {
            need: min((item["urgency"] for item in items if need in item["needs"]), key=routing.URGENCIES.index)
            for need in needs
        }
        third_party = all(member.third_party for member, _ in entries)
        paths: dict[int, int] = {id(member): member.people for member, _ in entries}
        asks = call["inquire"] if third_party else sheet.question(
            [*soonest.items()] or [("", first["urgency"])], beds=sum(paths.values()), languages=[]
        )  # fmt: skip
        origin, slug = entries[0][0].origin, call["to"]["slug"]
        name = self.directory.names.organizations[origin].name if self.directory.may_know_of(slug, origin) else None
        is_told = asks and not third_party and first["mode"] != "report"
        unsaid = dict.fromkeys(data for item in items for data in item["leave_unsaid"] if not data.startswith(TRAIT))
        tasks = {task["id"]: task for item in items for task in item["obligations"]}
        merged: SheetItem = {
            "kind": "call",
            "title": sheet.title([*soonest.items()]),
            "text": call["plain"],
            "for": list(dict.fromkeys(member.key for member, _ in entries)),
            "needs": needs,
            "urgency": first["urgency"],
            "from": first["from"],
            "to": first["to"],
            "via": first["via"],
            "mode": first["mode"],
            "manner": first["manner"],
            "contact": {"label": None, "phone": call["phone"], "tel": call["tel"], "sms": call["sms"]},
            "availability": first["availability"],
            "script": sheet.script(name, [], asks) if is_told else None,
            "inquire": asks or None,
            "say": [],
            "leave_unsaid": list(unsaid),
            "obligations": list(tasks.values()),
            "confirm": call["confirm"],
            "instead": [
                {**other, "for": needs, "availability": least_sure(services, soonest)["availability"]}
                for other in call["instead"]
                if (services := self.elsewhere[other["to"]["slug"]]["services"])
            ],
        }
        if any("wait_until_safe" in item for item in items):
            return {**merged, "wait_until_safe": True, "how": sheet.WAIT_UNTIL_SAFE}
        return merged

    def _rank(self, item: SheetItem) -> int:
        fixed = {"danger": CARDS, "report": REPORTS, "safety": CHECKS}
        if item["kind"] in fixed:
            return fixed[item["kind"]]
        if item["kind"] in LAST_KINDS:
            return LAST + LAST_KINDS.index(item["kind"])
        return BY_URGENCY + 2 * routing.URGENCIES.index(item["urgency"]) + (item["kind"] == "none")

    def _lead_item(self, items: Iterable[SheetItem]) -> SheetItem | None:
        """Return the item that the group's lead names, unless it is a card or a report, which come first anyway."""
        member = next(member for member in self.sheets if member.key in self.lead["for"])
        first = next((item for item in member.items if item["kind"] not in ("danger", "safety")), None)
        if first is None or first["kind"] == "report" or self.lead["do"] in ("emergency", "safety"):
            return None
        if first["kind"] == "call":
            return next((item for item in items if item["kind"] == "call" and _slug(item) == _slug(first)), None)
        return next((item for item in items if _without_keys(item) == first), None)


def _slug(item: Mapping[str, Any]) -> str:
    return str(item["to"]["slug"])


def _without_keys(item: SheetItem) -> Mapping[str, Any]:
    return {key: value for key, value in item.items() if key != "for"}
