"""Incoming FHIR, read: a transaction for a new referral, and a Task with a new status. Pure.

The readable elements are a closed list (`read.yaml`). Any further element could carry a word about a person, and is
refused by its name: no element is taken unread.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

import yaml

from service.documents.document import parse_body
from service.documents.node import pointer_of
from service.errors import BodyRefused, BundleRefused, Problem, first_of
from service.fhir.coded_needs import CodedNeeds
from service.fhir.elements import (
    FULFILL,
    MASKED,
    OUTCOMES,
    REASONS,
    REFERRAL_EXTENSION,
    TASK_CODES,
    Element,
)
from service.fhir.models import MODELS, element_types, faults
from service.fhir.outcomes import outcome_of_dropped
from service.fhir.questionnaire import AnsweredNeeds
from service.fhir.referrals import PRIORITIES, statuses_of
from service.i18n import refusals


def _paths(file: str) -> Mapping[str, frozenset[str]]:
    lists = yaml.safe_load(files("service.fhir").joinpath(file).read_text(encoding="utf-8"))
    return {name: frozenset(paths.split()) for name, paths in lists.items()}


_READ = _paths("read.yaml")
DROPPED = _paths("dropped.yaml")
"""The paths of the elements that are taken off unread, by type of resource."""
_PARTS = {"profile": "valueString", "mode": "valueCode", "agreed": "valueBoolean", "progress": "valueBoolean"}
_FULL_URL = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_REFERENCE = re.compile(r"([A-Za-z]{1,64})/([A-Za-z0-9.-]{1,64})", re.ASCII)
_URGENCIES = {priority: urgency for urgency, priority in PRIORITIES.items()}
_DROPPED_IN_MOVES = DROPPED["Task"] - {"text"}
"""The answer to a move is the Task, with no place to say that a narrative was not read: there it is refused."""
_CLOCKS_DIFFER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReferralRequest:
    """A transaction as the body of a referral. `places`: where in the transaction each part of the body stands.

    `dropped`: the pointers of the elements that were taken off unread. `task_at`: where the Task stands.
    """

    body: bytes
    places: Mapping[str, str]
    dropped: tuple[str, ...] = ()
    task_at: str = ""

    def outcomes(self) -> Mapping[str, Element | None]:
        """Return what is told of each resource: its elements that were not read."""
        own: dict[str, list[str]] = {"ServiceRequest": [], "Task": []}
        for pointer in self.dropped:
            own["Task" if pointer.startswith(f"{self.task_at}/") else "ServiceRequest"].append(pointer)
        return {resource_type: outcome_of_dropped(pointers) for resource_type, pointers in own.items()}

    @contextmanager
    def within(self) -> Iterator[None]:
        """Have the body's problems told at their places in the transaction."""
        try:
            yield
        except BodyRefused as refused:
            problems = tuple(Problem(self._place_of(problem.path), problem.message) for problem in refused.problems)
            raise BodyRefused(problems, more=refused.more) from None

    def _place_of(self, pointer: str) -> str:
        begin = max((part for part in self.places if pointer.startswith(part)), key=len, default="")
        return self.places[begin] + (pointer[len(begin) :] if begin else "")


@dataclass(frozen=True, slots=True)
class TaskMove:
    """A Task as a move of its referral: the fields of the body, and the faults of the Task."""

    fields: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


_PLACES_OF_MOVE = {"/reason": "/statusReason", "/outcome": "/output"}


@contextmanager
def within_task() -> Iterator[None]:
    """Have the problems of a move told at their places in the Task."""
    try:
        yield
    except BodyRefused as refused:
        problems = tuple(
            Problem(_PLACES_OF_MOVE.get(problem.path, problem.path), problem.message) for problem in refused.problems
        )
        raise BodyRefused(problems, more=refused.more) from None


def read_transaction(data: bytes, now: datetime) -> ReferralRequest:
    """Return the requested referral, given a transaction of a ServiceRequest and a Task.

    Raises:
        BodyRefused: an element is not readable, or against R4 or the agreed form; carries every problem.
    """
    tree = _tree(data)
    entries = _of(tree, "entry", list) if tree.get("resourceType") == "Bundle" else []
    resources = [entry.get("resource") for entry in entries if isinstance(entry, dict)]
    by_type = {
        str(resource.get("resourceType")): place
        for place, resource in enumerate(resources)
        if isinstance(resource, dict)
    }
    if len(resources) != 2 or by_type.keys() != {"ServiceRequest", "Task"}:
        raise BodyRefused((Problem("", refusals.ONE_OF_EACH),))
    _refuse(  # before a narrative is taken off it
        Problem(f"/entry/{place}/resource/contained", refusals.NOT_R4)
        for place, resource in enumerate(resources)
        if isinstance(resource, dict) and not isinstance(resource.get("contained", []), list)
    )
    dropped = [
        pointer
        for resource_type, place in by_type.items()
        for pointer in _drop(resources[place], DROPPED[resource_type], f"/entry/{place}/resource")
    ]
    _refuse(unread("Bundle", tree))
    _refuse(
        problem
        for resource_type, place in by_type.items()
        for problem in unread(str(resource_type), resources[place], f"/entry/{place}/resource")
    )
    contained, at = tree["entry"][by_type["ServiceRequest"]]["resource"].get("contained"), by_type["ServiceRequest"]
    _refuse(unread("QuestionnaireResponse", contained, f"/entry/{at}/resource/contained"))
    _refuse(faults("Bundle", tree))
    if tree.get("type") != "transaction":
        raise BodyRefused((Problem("/type", refusals.ONE_OF_EACH),))
    reading = _Reading(tree["entry"], by_type["ServiceRequest"], by_type["Task"], now)
    _refuse(reading.problems())
    return replace(reading.request(), dropped=tuple(dropped))


def read_move(data: bytes, task: Element) -> TaskMove:
    """Return the requested move, given the caller's view of the `task` with a new status; never raises."""
    try:
        tree = _tree(data)
    except BodyRefused as refused:
        return TaskMove({}, refused.problems)
    own = {name: value for name, value in tree.items() if name in ("status", "id") or task.get(name) != value}
    for _ in _drop(own, _DROPPED_IN_MOVES, ""):
        pass
    status = next(iter(statuses_of(str(tree.get("status")))), None)
    reason, bad_reason = _own_code(own.get("statusReason"), REASONS, "/statusReason")
    outcome, bad_outcome = _outcome(own.get("output"))
    if tree.get("resourceType") != "Task":
        return TaskMove({}, (Problem("/resourceType", refusals.AS_THE_PATH_SAYS),))
    problems = [*unread("moved Task", own)] or [*faults("Task", tree)]
    problems += [problem for problem in (bad_reason, bad_outcome) if problem]
    if tree.get("id", task["id"]) != task["id"]:
        problems.append(Problem("/id", refusals.AS_THE_PATH_SAYS))
    if status is None:
        problems.append(Problem("/status", refusals.NO_MOVE))
    fields = {"status": status, "reason": reason, "outcome": outcome}
    return TaskMove({name: code for name, code in fields.items() if code}, tuple(problems))


def _drop(value: Any, paths: frozenset[str], pointer: str, path: str = "") -> Iterator[str]:
    """Take elements off a resource, at any depth, and yield the pointer of each; what is empty then goes too."""
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _drop(item, paths, f"{pointer}/{place}", path)
    if not isinstance(value, dict):
        return
    for name in [*value]:
        inner, at = f"{path}{name}", f"{pointer}/{name}"
        if inner in paths:
            del value[name]
            yield at
        elif any(dropped.startswith(f"{inner}.") for dropped in paths):
            was_filled = bool(value[name])
            yield from _drop(value[name], paths, at, f"{inner}.")
            if was_filled and value[name] == {}:
                del value[name]


def unread(name: str, value: Any, pointer: str = "") -> Iterator[Problem]:
    """Yield each unreadable element: an element of R4 by its name, an unknown element by its holder."""
    yield from _unread(MODELS[name.rpartition(" ")[2]], value, _READ[name], pointer, "")


def _unread(model: Any, node: Any, known_paths: frozenset[str], pointer: str, path: str) -> Iterator[Problem]:
    if isinstance(node, list):
        for place, child in enumerate(node):
            yield from _unread(model, child, known_paths, f"{pointer}/{place}", path)
    if not isinstance(node, dict):
        return
    types = element_types(model)
    for name, value in node.items():
        inner = path + name
        if inner in known_paths:
            continue
        if any(child.startswith(f"{inner}.") for child in known_paths):
            yield from _unread(types[name], value, known_paths, f"{pointer}/{name}", f"{inner}.")
        elif name.removeprefix("_") in types or name == "resourceType":
            yield Problem(f"{pointer}/{name}", refusals.COULD_NAME_CLIENT)
        else:
            yield Problem(pointer, refusals.UNKNOWN_FIELD)


class _Reading:
    """A transaction of readable elements, as the body of a referral."""

    def __init__(self, entries: list[Any], request: int, task: int, now: datetime) -> None:
        self._entries = entries
        self._request, self._request_at = entries[request]["resource"], f"/entry/{request}/resource"
        self._task, self._task_at = entries[task]["resource"], f"/entry/{task}/resource"
        self._focus = entries[request].get("fullUrl")
        self._now = now
        self._coded, self._answered = CodedNeeds(self._request), AnsweredNeeds(self._request)
        self._asked = {**self._answered.pointers, **self._coded.pointers}
        self._parts: dict[str, Any] = {}
        self._places: dict[str, str] = {}

    def request(self) -> ReferralRequest:
        """Return the body; call `problems` first."""
        step = {
            "to": _id_in(self._task.get("owner"), "Organization"),
            "services": [_id_in(performer, "HealthcareService") for performer in self._request["performer"]],
            "mode": self._parts.get("mode"),
        }
        answers: Element = {name: self._parts[name] for name in ("agreed", "progress") if name in self._parts}
        profile = self._profile()
        for place, pointer in enumerate(self._asked.values()):
            if "needs" not in json.loads(self._parts.get("profile", "{}")):
                self._places[f"/profile/needs/{place}/type"] = self._request_at + pointer
        if isinstance(profile, dict) and (requesters := self._requesters()):
            [profile["origin"]] = requesters
        body: Element = {"profile": profile, "step": step, **answers}
        return ReferralRequest(json.dumps(body, sort_keys=True).encode(), self._places, task_at=self._task_at)

    def problems(self) -> Iterator[Problem]:
        """Yield the departures from the agreed form of a transaction."""
        for place, entry in enumerate(self._entries):
            request = {"method": "POST", "url": entry["resource"]["resourceType"]}
            yield from self._is(entry, f"/entry/{place}", {"request": request})
            if not _FULL_URL.fullmatch(str(entry.get("fullUrl"))):
                yield Problem(f"/entry/{place}/fullUrl", refusals.URN_UUID)
            elif any(entry["fullUrl"] == earlier.get("fullUrl") for earlier in self._entries[:place]):
                yield Problem(f"/entry/{place}/fullUrl", refusals.GIVEN_TWICE)
        yield from self._is(self._request, self._request_at, {"status": "active", "intent": "order", "subject": MASKED})
        fixed = {"status": "requested", "intent": "order", "for": MASKED, "focus": {"reference": self._focus}}
        yield from self._is(self._task, self._task_at, fixed)
        if [*_codes(self._task.get("code"))] != [(TASK_CODES, FULFILL)]:
            yield Problem(f"{self._task_at}/code", refusals.AS_AGREED)
        yield from self._read_extension()
        yield from self._unknown_references()
        yield from self._agreeing()

    def _is(self, element: Element, pointer: str, fixed: Element) -> Iterator[Problem]:
        for name, value in fixed.items():
            if element.get(name) != value:
                detail = refusals.MASKED_ALONE if value is MASKED else refusals.AS_AGREED
                yield Problem(f"{pointer}/{name}", detail)

    def _read_extension(self) -> Iterator[Problem]:
        """Read the parts of our extension by name, and note the place of each."""
        at = f"{self._request_at}/extension"
        self._places = {"": at, "/step/to": f"{self._task_at}/owner", "/step/services": f"{self._request_at}/performer"}
        extensions = self._request.get("extension") or []
        if [extension.get("url") for extension in extensions] != [REFERRAL_EXTENSION]:
            yield Problem(at, refusals.ONE_EXTENSION)
            return
        for place, part in enumerate(extensions[0].get("extension") or []):
            name = part.get("url")
            value = _PARTS.get(name)
            for extra in sorted(part.keys() - {"url", value}):
                yield Problem(f"{at}/0/extension/{place}/{extra}", refusals.COULD_NAME_CLIENT)
            if value not in part or name in self._parts:
                yield Problem(f"{at}/0/extension/{place}", refusals.ONE_EXTENSION)
                continue
            self._parts[name] = part[value]
            self._places["/step/mode" if name == "mode" else f"/{name}"] = f"{at}/0/extension/{place}/{value}"
        if "profile" in self._parts and (fault := _fault_of(self._parts["profile"])):
            yield Problem(self._places["/profile"], fault)

    def _unknown_references(self) -> Iterator[Problem]:
        """Yield the references that name no agency or no service."""
        for pointer, element, resource_type in (
            (f"{self._task_at}/owner", self._task.get("owner"), "Organization"),
            (f"{self._request_at}/requester", self._request.get("requester"), "Organization"),
            (f"{self._task_at}/requester", self._task.get("requester"), "Organization"),
            *(
                (f"{self._request_at}/performer/{place}", performer, "HealthcareService")
                for place, performer in enumerate(self._request.get("performer") or [None])
            ),
        ):
            may_miss = element is None and pointer.endswith("requester")
            if not may_miss and _id_in(element, resource_type) is None:
                yield Problem(pointer, refusals.REFERENCE_BY_ID)

    def _agreeing(self) -> Iterator[Problem]:
        """Yield the elements that contradict the profile or the clock."""
        profile = self._profile()
        needs = [need for need in _of(profile, "needs", list) if isinstance(need, dict)]
        types = {str(need.get("type")) for need in needs}
        first = min(
            (list(PRIORITIES).index(urgency) for urgency in map(_urgency, needs) if urgency in PRIORITIES), default=None
        )
        priority = None if first is None else list(PRIORITIES.values())[first]
        for problem in (*self._coded.problems(), *self._answered.problems()):
            yield Problem(self._request_at + problem.path, problem.message)
        for service_type, pointer in self._asked.items():
            if service_type not in types:
                yield Problem(self._request_at + pointer, refusals.AS_PROFILE_SAYS)
        if len((self._requesters() | {_of(profile, "origin", str)}) - {""}) > 1:
            yield Problem(f"{self._task_at}/requester", refusals.AS_PROFILE_SAYS)
        for pointer, resource in ((self._request_at, self._request), (self._task_at, self._task)):
            if resource.get("priority") not in (None, priority):
                yield Problem(f"{pointer}/priority", refusals.AS_PROFILE_SAYS)
            if "authoredOn" in resource and not self._is_now(resource["authoredOn"]):
                yield Problem(f"{pointer}/authoredOn", refusals.NOW_IS_OURS)

    def _profile(self) -> Any:
        """Return the profile as sent, with the coded and answered needs where it has none; None if it is unreadable."""
        text = self._parts.get("profile", "{}" if self._asked else None)
        if not isinstance(text, str) or _fault_of(text):
            return None
        profile = json.loads(text)
        if isinstance(profile, dict) and "needs" not in profile and self._asked:
            usual = _URGENCIES.get(str(self._request.get("priority")))
            urgencies = {code: self._answered.urgencies.get(code, usual) for code in self._asked}
            profile["needs"] = [
                {"type": code} | ({} if urgency is None else {"urgency": urgency})
                for code, urgency in urgencies.items()
            ]
        return profile

    def _requesters(self) -> set[str]:
        """Return the ids of the agencies that the resources name as their requesters."""
        ids = (_id_in(resource.get("requester"), "Organization") for resource in (self._request, self._task))
        return {organization for organization in ids if organization is not None}

    def _is_now(self, text: Any) -> bool:
        try:
            moment = datetime.fromisoformat(text)
        except (TypeError, ValueError):
            return False
        moment = moment if moment.tzinfo else moment.replace(tzinfo=self._now.tzinfo)
        return abs(moment - self._now) <= _CLOCKS_DIFFER


def _tree(data: bytes) -> Element:
    """Return the resource in a body.

    Raises:
        BodyRefused: the body is no JSON object, or holds a key twice.
    """
    try:
        tree, problems = parse_body(data)
    except BundleRefused as refused:
        raise BodyRefused(tuple(Problem("", problem.message) for problem in refused.problems)) from None
    if problems or not isinstance(tree, dict):
        raise BodyRefused(
            tuple(Problem(pointer_of(problem.path), problem.message) for problem in problems)
            or (Problem("", refusals.OBJECT),)
        )
    return tree


def _fault_of(profile: Any) -> str | None:
    """Return the fault of a profile's text, before a look at its fields."""
    if not isinstance(profile, str):
        return refusals.REQUIRED
    try:
        _, problems = parse_body(profile.encode("utf-8", "replace"))
    except BundleRefused as refused:
        return refused.problems[0].message
    return problems[0].message if problems else None


def _refuse(problems: Iterable[Problem]) -> None:
    first, more = first_of(problems)
    if first:
        raise BodyRefused(first, more)


def _id_in(element: Any, resource_type: str) -> str | None:
    """Return the id in a literal reference to a resource of the type."""
    match = _REFERENCE.fullmatch(str(_of({"it": element}, "it", dict).get("reference")))
    return match[2].lower() if match and match[1] == resource_type else None


def _of(value: Any, name: str, expected: type) -> Any:
    """Return a member of the expected type, else an empty value."""
    member = value.get(name) if isinstance(value, dict) else None
    return member if isinstance(member, expected) else expected()


def _urgency(need: Mapping[str, Any]) -> str:
    return str(need.get("urgency"))


def _codes(element: Any) -> Iterator[tuple[Any, Any]]:
    for coding in _of(element, "coding", list):
        yield (coding.get("system"), coding.get("code")) if isinstance(coding, dict) else ("", "")


def _own_code(element: Any, system: str, pointer: str) -> tuple[str | None, Problem | None]:
    """Return our code in an optional CodeableConcept, and the problem with a foreign code."""
    if element is None:
        return None, None
    codes = [*_codes(element)]
    if len(codes) == 1 and codes[0][0] == system and isinstance(codes[0][1], str):
        return codes[0][1], None
    return None, Problem(pointer, refusals.ONE_OF_OUR_CODES)


def _outcome(concepts: Any) -> tuple[str | None, Problem | None]:
    """Return the outcome in the only output of a Task."""
    if concepts is None:
        return None, None
    codes = [[*_codes(_of(concept, "type", dict))] for concept in concepts] if isinstance(concepts, list) else []
    if codes == [[(OUTCOMES, "outcome")]]:
        return _own_code(concepts[0].get("valueCodeableConcept", {}), OUTCOMES, "/output/0/valueCodeableConcept")
    return None, Problem("/output", refusals.ONE_OF_OUR_CODES)
