"""What can be done about an answer's calls: a referral sent, a consent recorded, a paper for the client. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.page.refusals import PageRefused

Document = Mapping[str, Any]
LINE = "line."
SENDING_MODES = ("warm", "packet")
LEVELS = ("told", "verbal", "written", "release")
"""Levels of consent, in rising order."""


@dataclass(frozen=True, slots=True)
class ShownCall:
    """A number of an answer, and what can be done about it.

    `key`: an organization's slug, or a line's number after `line.`. `step`: the hand-off's document, empty for a line
    and an advocate. `third_party`: who calls saw something, and can't reach the client. `organization`: the id of the
    agency, "" for a line.
    """

    key: str
    name: str
    phone: str | None
    tel: str | None
    organization: str = ""
    step: Document = field(default_factory=dict)
    third_party: bool = False

    @property
    def is_for_client(self) -> bool:
        """Whether the client may call there with a number on paper: no report, and no call by whoever saw something."""
        return self.phone is not None and not self.third_party and self.step.get("mode") != "report"

    @property
    def private_data(self) -> list[str]:
        """Data classes not to be said on the call, each class once."""
        return list(dict.fromkeys(entry["data"] for entry in self.step.get("withhold", ())))

    @property
    def to_send(self) -> str | None:
        """The fields of a form to send the hand-off, as JSON for `object_in`; None where no data is to be sent."""
        if self.step.get("mode") not in SENDING_MODES:
            return None
        services = [service["slug"] for service in self.step["services"]]
        return json.dumps({"to": self.key, "services": services, "mode": self.step["mode"], "name": self.name})

    @property
    def to_agree(self) -> str:
        """The fields of a form that records a consent to the unsaid data, as JSON."""
        needs = max((entry["needs"] or "" for entry in self.step.get("withhold", ())), default="", key=_rank)
        return json.dumps({"to": self.key, "name": self.name, "data": self.private_data, "needs": needs})


def _rank(needs: str) -> tuple[int, str]:
    """Return a key to compare consents by, the level first.

    >>> max(["verbal", "release+health", "written"], key=_rank)
    'release+health'
    """
    level = needs.partition("+")[0]
    return LEVELS.index(level) if level in LEVELS else -1, needs


def object_in(text: str) -> dict[str, Any]:
    """Return the JSON object in the field of a button.

    >>> object_in('{"to": "lotus-center"}')
    {'to': 'lotus-center'}

    Raises:
        PageRefused: the text holds no JSON object.
    """
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise PageRefused(400, "not_a_form")
    return value


def calls_of(answer: Document) -> list[ShownCall]:
    """Return the calls of an answer's first path in its order, then the lines for when nobody can help."""
    return [*_steps(answer), *_lines(answer)]


def items_with_calls(answer: Document) -> list[dict[str, Any]]:
    """Return the items of an answer's call sheet; a step has its `call` and its services' `slugs`."""
    calls = {_place(call.step): call for call in _steps(answer)}
    items = []
    for item in answer["call_sheet"]:
        call = calls.get(_place(item)) if item["kind"] == "call" else None
        slugs = [service["slug"] for service in call.step["services"]] if call else None
        items.append({**item, "call": call, "slugs": slugs} if call else {**item})
    return items


def agencies_on(items: Sequence[Document]) -> list[str]:
    """Return the agencies (slugs) that the calls of a sheet lead to, and whoever is next if they say no.

    >>> agencies_on([{"kind": "call", "to": {"slug": "house"}, "instead": [{"to": {"slug": "inn"}}]}, {"kind": "note"}])
    ['house', 'inn']
    """
    calls = [item for item in items if item["kind"] == "call"]
    return [entry["to"]["slug"] for call in calls for entry in (call, *call["instead"])]


def _place(step: Document) -> tuple[str, tuple[str, ...]]:
    """Return what names a step on a path, as a step and as an item of the sheet."""
    return step["to"]["slug"], tuple(step["covers"] if "covers" in step else step["needs"])


def _steps(answer: Document) -> Iterator[ShownCall]:
    for step in (step for path in answer["paths"][:1] for step in path["steps"] if step["mode"] != "internal"):
        to, contact = step["to"], step["contact"]
        yield ShownCall(
            to["slug"], to["name"], contact["phone"], contact["tel"], to.get("id", ""), step, bool(answer["caller"])
        )


def _lines(answer: Document) -> Iterator[ShownCall]:
    for line in answer["fallback_lines"]:
        key = LINE + (line["phone"] or line["sms"] or line["name"])
        yield ShownCall(key, line["name"], line["phone"], line["tel"], third_party=bool(answer["caller"]))
