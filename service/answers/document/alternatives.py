"""Alternatives: instead of a step, near an open need, later in the day, and the last line to call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import policies
import routing
from policies.messages import Message
from service.answers.document.phones import contact_document
from service.answers.document.steps import StepWriter
from service.answers.schemas import answer as schemas
from service.answers.schemas.answer import Later
from service.answers.schemas.paths import Instead, OrganizationName, Path, Step
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.standard.phone_numbers import dialable
from service.directory.store.records import NATIONAL_HOTLINE, FallbackLine
from service.words import calls
from service.words.times import Moment


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

    def write(self) -> list[schemas.FallbackLine]:
        """Return the coalition's lines without the origin's and avoided agencies' lines; else the national hotline."""
        lines = [line for line in self.directory.names.fallback_lines if not any(map(self._is_avoided, line.owners))]
        return [_line(line) for line in lines or [NATIONAL_HOTLINE]]

    def _is_avoided(self, owner: str) -> bool:
        if owner == self.profile.origin or owner not in self.directory.names.organizations:
            return owner == self.profile.origin
        return not self.profile.avoid.isdisjoint({owner, self.directory.snapshot.organization(owner).kind})


def _line(line: FallbackLine) -> schemas.FallbackLine:
    return {
        "name": line.name,
        "phone": line.phone,
        "tel": None if line.phone is None else dialable(line.phone),
        "sms": line.sms,
        "hours": None if line.hours is None else Message(line.hours),
    }
