"""Alternatives: instead of a step, near an open need, later in the day, and the last line to call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import policies
import routing
from policies.messages import Message
from service.answers.builder.lines import LineWriter
from service.answers.builder.phones import contact_document
from service.answers.builder.steps import StepWriter
from service.answers.schemas import answer as schemas
from service.answers.schemas.answer import Later, OtherCall
from service.answers.schemas.paths import Instead, OrganizationName, Path, ServiceUse, Step
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.standard.phone_numbers import dialable
from service.directory.store.records import NATIONAL_HOTLINE, FallbackLine
from service.i18n import answers, calls
from service.i18n.times import Moment

_HOURS = ("open", "unknown", "opens_later")
_ROOM = ("available", "stale", "unknown", "full")
EMERGENCY = "911"
BASIC_NEEDS = frozenset(
    {
        "food",
        "clothing",
        "financial_assistance",
        "employment",
        "education",
        "identification_documents",
        "benefits_certification",
        "transportation",
        "transitional_housing",
        "long_term_safe_house",
    }
)
"""Types of service that 211 knows best, whatever happened to the client."""
TO_ADVOCATES = frozenset(
    {
        "victim_advocacy",
        "court_accompaniment",
        "safety_planning",
        "crisis_hotline",
        "legal_civil",
        "legal_immigration",
        "legal_criminal",
    }
)
"""Types of service beside stays whose last resort is the trafficking hotline: advocacy, plans, hotlines, lawyers."""


def write_instead(writer: StepWriter, alternative: routing.Instead) -> Instead:
    """Return an alternative for a type: the call goes to the origin's first recipient, the service is the last step's.

    Raises:
        RecordsDisagree: the rules do not allow a step of the path, or two engines differ on a step.
    """
    for step in alternative.path.steps:
        writer.write(step)  # every hand-off of it is held against Cedar, as on a path that is shown whole
    first = first_away(alternative.path)
    return {
        "to": writer.organization(first.organization),
        "services": writer.services(alternative.path.steps[-1]),
        "covers": [alternative.type],
        "contact": writer.contact(first),
    }


def first_away(path: routing.Path) -> routing.Step:
    """Return the first step of a path beyond the origin."""
    return next(step for step in path.steps if step.mode != "internal")


def alternatives_for(step: Step, later: Iterable[Path]) -> Iterator[tuple[Instead | Step, list[str]]]:
    """Yield the alternatives to a step (a document) with their types: the step's own, then steps of later paths.

    Later steps at agencies open to a court's questions are left out, except for types meant for a court. An agency in
    both places is named twice. Pure.
    """
    for alternative in step.get("instead", ()):
        yield alternative, list(alternative["covers"])
    for later_step in (later_step for path in later for later_step in _first_calls(path)):
        service_types = [service_type for service_type in later_step["covers"] if service_type in step["covers"]]
        meant_for_a_court = policies.load_hand_off_law().may_be_discoverable.issuperset(service_types)
        if service_types and (meant_for_a_court or later_step["exposure"]["level"] != "discoverable"):
            yield later_step, service_types


def least_sure(services: Sequence[ServiceUse], urgencies: Mapping[str, str]) -> ServiceUse:
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


def other_calls(step: Step, later_paths: Sequence[Path], urgencies: Mapping[str, str]) -> list[OtherCall]:
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
    service = least_sure(alternative["services"], urgencies)
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


def name_of(agency: OrganizationName) -> OrganizationName:
    """Return the ids and the name of an agency, without what else is known of it. Pure."""
    return {"id": agency["id"], "slug": agency["slug"], "name": agency["name"]}


def _first_calls(path: Path) -> Iterator[Step]:
    """Yield the steps of a path that its first holder takes at once: its own, and none after a prerequisite."""
    steps = path["steps"]
    for step in steps:
        is_handoff = step["mode"] != "internal"
        if is_handoff and step["from"]["slug"] == steps[0]["from"]["slug"]:
            yield step
        if is_handoff and not set(path["covers"]).issuperset(step["covers"]):
            return


def write_later(directory: DirectorySnapshot, later: routing.Later) -> Later:
    """Return a service opening within the day, or, without a time, a full one with a list to wait on."""
    view, service = directory.names.organizations[later.organization], directory.names.services[later.service]
    at = None if later.opens_at is None else later.opens_at.astimezone(directory.snapshot.zone)
    return {
        "at": None if at is None else at.isoformat(),
        "to": {"id": view.id, "slug": later.organization, "name": view.name},
        "services": [{"id": service.id, "slug": later.service, "name": service.name}],
        "contact": contact_document(service.phones, view.phones, in_writing=False),
        "covers": list(later.covers),
        "plain": calls.later(view.name, None if at is None else Moment.of(at)),
    }


@dataclass(frozen=True)
class FallbackWriter:
    """Writes the lines to call when no path helps. Pure for one request."""

    directory: DirectorySnapshot
    profile: routing.Profile

    def write(self, needs: Sequence[str] = ()) -> list[schemas.FallbackLine]:
        """Return the lines to call for open needs, each once, need by need.

        For each: the coalition's lines for it, its lines for every need, then the first that fits. `needs`: types, in
        the order of the answer. None of the origin's own lines, and none of an avoided agency. Without an open need:
        the coalition's lines for every need, else the national hotline. Never empty.
        """
        own = self.directory.names.fallback_lines
        own = () if own == (NATIONAL_HOTLINE,) else own
        own = tuple(line for line in own if not any(map(self._is_avoided, line.owners)))
        for_all = [line for line in own if not line.types]
        wanted: list[FallbackLine] = []
        for need in needs:
            wanted += [line for line in own if need in line.types] + for_all + self._first_that_fits(need)
        chosen: list[FallbackLine] = []
        numbers = set[str]()
        for line in wanted or for_all or [NATIONAL_HOTLINE]:
            of_line = {number for number in (line.phone, line.sms) if number}
            if line not in chosen and (line in own or not of_line & numbers):
                chosen.append(line)
                numbers |= of_line
        return [_line(line) for line in chosen]

    def first(self, needs: Sequence[str]) -> schemas.FallbackLine:
        """Return the line for the first open need, or a general line if no need is open."""
        return self.write(needs[:1])[0]

    def _first_that_fits(self, need: str) -> list[FallbackLine]:
        """Return the lines for a need that nobody here meets, in the documented order; two only for pictures online."""
        if need == "medical_emergency":
            return [FallbackLine(EMERGENCY, EMERGENCY, may_report=answers.MAY_SEND_POLICE)]
        client = self.profile.client
        is_minor = policies.age_from_range(client.age_min, client.age_max) == "minor"
        fitting = (
            ("online_exploitation", is_minor and _is(client, "online_exploitation")),
            ("trafficking", _is(client, "sex_trafficking") or _is(client, "labor_trafficking")),
            ("domestic_violence", _is(client, "domestic_violence")),
            ("sexual_assault", _is(client, "sexual_assault")),
            ("runaway", is_minor and _is(client, "runaway")),
            ("trafficking", need in TO_ADVOCATES or need in self.directory.snapshot.service_types.stays),
        )
        purposes = [purpose for purpose, fits in fitting if fits and need not in BASIC_NEEDS]
        writer = LineWriter(self.directory, self.profile)
        for purpose in (*purposes, "local_services"):
            names = (purpose, "images_online") if purpose == "online_exploitation" else (purpose,)
            lines = [line for name in names if (line := writer.line(name)) is not None]
            if lines:
                return [_as_fallback(line) for line in lines]
        return []

    def _is_avoided(self, owner: str) -> bool:
        if owner == self.profile.origin or owner not in self.directory.names.organizations:
            return owner == self.profile.origin
        return not self.profile.avoid.isdisjoint({owner, self.directory.snapshot.organization(owner).kind})


def _is(client: routing.Client, trait: str) -> bool:
    return client.traits.get(trait) is True


def _as_fallback(line: policies.Line) -> FallbackLine:
    if line.purpose == "trafficking" and line.phone == NATIONAL_HOTLINE.phone:
        return NATIONAL_HOTLINE  # whose name has a translation
    return FallbackLine(line.name, line.phone, line.text, line.hours, may_report=line.may_report, web=line.web)


def _line(line: FallbackLine) -> schemas.FallbackLine:
    return {
        "name": line.name,
        "phone": line.phone,
        "tel": None if line.phone is None else dialable(line.phone),
        "sms": line.sms,
        "hours": None if line.hours is None else Message(line.hours),
        "may_report": None if line.may_report is None else Message(line.may_report),
        "web": line.web,
    }
