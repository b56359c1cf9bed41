"""Agencies and lines to call, one after the other: an answer's paths as a list, walked along by each "no". Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from service.answers.printed.brief import SAFE_TO_TALK, SAFETY_FIRST, alternatives_in, disclosures_of, duties_at_once
from service.directory.standard.phone_numbers import textable
from service.page.refusals import PageRefused

Document = Mapping[str, Any]
EMERGENCY = "911"
LINE = "line."
SENDING_MODES = ("warm", "packet")
LEVELS = ("told", "verbal", "written", "release")
"""Levels of consent, in rising order."""


@dataclass(frozen=True, slots=True)
class ShownCall:
    """One call of the list.

    `key`: an organization's slug, or a line's number after `line.`, by which "they said no" names the call. `kind`:
    `step` (a hand-off checked against the rules), `instead` (another agency that could meet the same needs), `near` (an
    agency that does not meet the need, and may know a way), `report` (another receiver of a report), `line`. `step`:
    the hand-off's document. `in_doubt`: a report that may not be due. `third_party`: who calls saw something, and
    cannot reach the client. `organization`: the id of the agency, "" for a line.
    """

    key: str
    kind: str
    name: str
    phone: str | None
    tel: str | None
    sms: str | None
    label: str | None = None
    hours: str | None = None
    services: Sequence[Document] = ()
    covers: Sequence[str] = ()
    step: Document = field(default_factory=dict)
    in_doubt: bool = False
    third_party: bool = False
    organization: str = ""

    @property
    def is_for_client(self) -> bool:
        """Whether the client may call there with a number on paper: no report, and no call by whoever saw something."""
        return self.phone is not None and not self.third_party and self.mode != "report"

    @property
    def sms_uri(self) -> str | None:
        """The number to text, as a link (RFC 5724).

        >>> ShownCall("line.741741", "line", "Crisis line", None, None, "741741").sms_uri
        'sms:741741'
        """
        return textable(self.sms or "")

    @property
    def mode(self) -> str:
        """The mode of the hand-off, `ask` for a call without a hand-off, in which the client is not mentioned."""
        return str(self.step["mode"]) if self.step else "report" if self.kind == "report" else "ask"

    @property
    def manner(self) -> str:
        """How the call goes: as `mode`, finer where somebody else than usual speaks."""
        if self.step:
            return str(self.step["manner"])
        if self.third_party:
            return "self_by_third_party"
        return "report_in_doubt" if self.in_doubt else self.mode

    @property
    def share(self) -> Sequence[str]:
        """Data classes to say on the call; of a report none: its duty says what it has to hold."""
        return [] if self.mode == "report" else self.step.get("share", [])

    @property
    def disclosures(self) -> list[str]:
        """Sentences for the client before the call, in the words of the rules."""
        return [task["plain"] for task in disclosures_of(self.step)] if self.step else []

    @property
    def agency_questions(self) -> list[Document]:
        """Questions or arrangements of the agency itself, as documents."""
        return [entry for service in self.services for entry in service["confirm"]]

    @property
    def private_data(self) -> list[str]:
        """Data classes not to be said on the call, each class once."""
        return list(dict.fromkeys(entry["data"] for entry in self.step.get("withhold", ())))

    @property
    def to_send(self) -> str | None:
        """The fields of a form to send the hand-off, as JSON for `object_in`; None where no data is to be sent."""
        if self.mode not in SENDING_MODES:
            return None
        services = [service["slug"] for service in self.services]
        return json.dumps({"to": self.key, "services": services, "mode": self.mode, "name": self.name})

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


def calls_of(answer: Document, urgent_needs: Sequence[str] = ()) -> list[ShownCall]:
    """Return the calls of an answer, the lead first, each agency or line once.

    Where the answer leads with a question, the first path that meets none of the `urgent_needs` comes after whoever
    can be called instead.
    """
    by_key: dict[str, ShownCall] = {}
    for call in (*_of_report_lead(answer), *_of_first_path(answer), *_near(answer), *_lines(answer)):
        by_key.setdefault(call.key, call)
    lead = answer["lead"]
    lead_key = lead["to"]["slug"] if lead["do"] in ("call", "send", "report") and lead["to"] else None
    if lead["do"] == "report" and lead_key is None:
        lead_key = LINE + str(lead["phone"])
    if lead["do"] == "ask" and all(set(urgent_needs).isdisjoint(path["covers"]) for path in answer["paths"][:1]):
        lead_key = next((key for key, call in by_key.items() if call.kind == "near"), None)
    if lead["do"] == "fallback":
        lead_key = next((key for key, call in by_key.items() if call.kind == "line"), None)
    if lead_key is not None and lead_key not in by_key:
        by_key[lead_key] = _advocate(answer, lead_key)
    calls = sorted(by_key.values(), key=lambda call: call.key != lead_key)
    return [replace(call, third_party=True) for call in calls] if answer.get("caller") else calls


def external_steps(path: Document) -> list[Document]:
    """Return the steps of a path that leave the asking agency.

    >>> external_steps({"steps": [{"mode": "internal"}, {"mode": "warm"}]})
    [{'mode': 'warm'}]
    """
    return [step for step in path["steps"] if step["mode"] != "internal"]


def later_calls(answer: Document) -> list[ShownCall]:
    """Return the calls of the first path after the first call."""
    return [_step_call(step) for path in answer["paths"][:1] for step in external_steps(path)[1:]]


def with_records(calls: Iterable[ShownCall]) -> list[str]:
    """Return the agencies (slugs) of calls about a service, whose records tell more of it; lines have none.

    >>> with_records([ShownCall("line.988", "line", "Crisis line", "988", "tel:988", None)])
    []
    """
    return [call.key for call in calls if call.services]


def warnings_of(answer: Document) -> list[Document]:
    """Return the safety notices that no call's card says: dangers, whom never to tell, whom to speak with alone."""
    return [notice for notice in answer["notices"] if notice["id"] in SAFETY_FIRST and notice["id"] != SAFE_TO_TALK]


def _of_first_path(answer: Document) -> Iterator[ShownCall]:
    step = next((step for path in answer["paths"][:1] for step in external_steps(path)), None)
    if step is None:
        return
    yield _step_call(step)
    if step["mode"] == "report":
        yield from _receivers(answer, step)
        return
    for alternative in alternatives_in(answer, step):
        yield _step_call(alternative) if "mode" in alternative else _alternative(alternative, "instead")


def _of_report_lead(answer: Document) -> Iterator[ShownCall]:
    """Yield the call to the receiver of a report that leads, where no step of the first path makes the report."""
    lead, steps = answer["lead"], [step for path in answer["paths"][:1] for step in external_steps(path)]
    if lead["do"] == "report" and all(step["mode"] != "report" for step in steps):
        receiver_key = lead["to"] and lead["to"]["slug"], lead["phone"]
        receivers = [(duty, to) for duty in answer["duties"] for to in duty["to"]]
        yield _receiver(*next(pair for pair in receivers if (pair[1]["slug"], pair[1]["phone"]) == receiver_key))


def _receivers(answer: Document, step: Document) -> Iterator[ShownCall]:
    """Yield the other receivers of the report that a step makes."""
    for duty in duties_at_once(answer):
        if step["to"]["slug"] in {to["slug"] for to in duty["to"]}:
            yield from (_receiver(duty, to) for to in duty["to"])


def _receiver(duty: Document, to: Document) -> ShownCall:
    """Return the call to a receiver of the report of a duty: an agency, or a line without a slug."""
    key, in_doubt = to["slug"] or LINE + str(to["phone"]), not duty["certain"]
    return ShownCall(key, "report", to["name"], to["phone"], to["tel"], None, in_doubt=in_doubt)


def _near(answer: Document) -> Iterator[ShownCall]:
    yield from (_alternative(alternative, "near") for entry in answer["uncovered"] for alternative in entry["near"])


def _lines(answer: Document) -> Iterator[ShownCall]:
    for line in answer["fallback_lines"]:
        key = LINE + (line["phone"] or line["sms"] or line["name"])
        yield ShownCall(key, "line", line["name"], line["phone"], line["tel"], line["sms"], hours=line["hours"])


def _step_call(step: Document) -> ShownCall:
    return ShownCall(kind="step", step=step, **_contact_fields(step))


def _alternative(alternative: Document, call_type: str) -> ShownCall:
    return ShownCall(kind=call_type, **_contact_fields(alternative))


def _contact_fields(entry: Document) -> dict[str, Any]:
    return {
        "key": entry["to"]["slug"],
        "organization": entry["to"].get("id", ""),
        "name": entry["to"]["name"],
        **{name: entry["contact"][name] for name in ("label", "phone", "tel", "sms")},
        "services": entry["services"],
        "covers": entry["covers"],
    }


def _advocate(answer: Document, slug: str) -> ShownCall:
    """Return the call to a lead outside every path: an advocate who can keep the client's words private."""
    lead = answer["lead"]
    steps = [step for path in answer["paths"] for step in external_steps(path) if step["to"]["slug"] == slug]
    if steps:
        return _step_call(steps[0])
    return ShownCall(slug, "near", lead["to"]["name"], lead["phone"], lead["tel"], lead["sms"])
