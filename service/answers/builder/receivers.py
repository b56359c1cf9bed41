"""Receivers of reports: agencies that take a report for the client's area, with their hours, and the public line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

import policies
import routing
from policies.messages import Message
from routing.cached_property import cached_property
from service.answers.builder.phones import contact_document
from service.answers.schemas.answer import DutyReceiver, NumberFrom
from service.answers.schemas.paths import Contact
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.standard.phone_numbers import dialable
from service.i18n import duties

CHILD, ADULT, POLICE = REPORTS = ("child_protection_report", "adult_protection_report", "law_enforcement_report")
OPEN, UNKNOWN, LATER = STATUSES = ("open", "unknown", "opens_later")
"""The order in which receivers are called."""


@dataclass(frozen=True, slots=True)
class ReportReceiver:
    """An agency (slug) that takes a report, by a service of a type; the hours of its service that opens first.

    `is_reached`: it is open, and has a number to call.
    """

    organization: str
    type: str
    status: str
    opens_at: datetime | None
    closes_at: datetime | None
    is_reached: bool


@dataclass(frozen=True, slots=True)
class ReportReceivers:
    """The receivers of a report in the order to call: those reached now, the public line (None: no line), the rest.

    `number_from`: a line that takes no report and knows who does, where neither an open agency nor a line is known.
    """

    first: tuple[ReportReceiver, ...] = ()
    line: policies.Line | None = None
    rest: tuple[ReportReceiver, ...] = ()
    number_from: policies.Line | None = None

    @classmethod
    def in_order(cls, service_type: str | None, desks: Sequence[ReportReceiver], line: policies.Line | None) -> Self:
        """Return receivers of a report in order; police desks that stand in count only where no other is reached.

        About an adult the police stand in only where no agency ever takes the report.
        """
        own = [to for to in desks if to.type == service_type]
        first = tuple(to for to in own if to.is_reached)
        if first:
            return cls(first, None, tuple(to for to in own if to not in first))
        stand_in = [to for to in desks if to.type == POLICE != service_type and to.is_reached]
        stand_in = [] if service_type == ADULT and own else stand_in
        stand_ins = {to.organization for to in stand_in}
        return cls((), line, (*stand_in, *(to for to in own if to.organization not in stand_ins)))

    @classmethod
    def of_tribe_and_state(cls, tribe: Self, state: Self) -> Self:
        """Return the receivers of a tribe and of the state, the tribe's first among the open and among the rest."""
        return cls((*tribe.first, *state.first), state.line, (*tribe.rest, *state.rest))

    def with_first(self, agencies: Sequence[ReportReceiver], line: policies.Line | None) -> Self:
        """Return the receivers with some agencies first and a line next, whoever else is open."""
        reached = tuple(to for to in agencies if to.is_reached)
        names = {to.organization for to in reached}
        others = tuple(to for to in self.agencies if to.organization not in names)
        if not reached:
            return self
        return replace(self, first=reached, line=line, rest=others)

    @property
    def agencies(self) -> tuple[ReportReceiver, ...]:
        """The agencies in order, without the line."""
        return (*self.first, *self.rest)


@dataclass(frozen=True)
class ReportDesks:
    """Finds and writes receivers of reports. Pure for one request."""

    directory: DirectorySnapshot
    profile: routing.Profile

    def for_report(self, service_type: str, *, beside: str) -> tuple[ReportReceiver, ...]:
        """Return the agencies that take a report for the client's area by its type of service, or by `beside`.

        By status, then slug: open, hours unknown, closed.
        """
        types = dict.fromkeys((service_type, beside))
        receivers = [self._receiver(slug, desk_type) for desk_type in types for slug in self._near(desk_type)]
        return tuple(sorted(receivers, key=lambda to: STATUSES.index(to.status)))

    def is_of(self, land: str, to: ReportReceiver) -> bool:
        """Say whether a receiver takes reports for an area (code) and within alone, as a tribe's own agency does."""
        snapshot = self.directory.snapshot
        area_lists = (snapshot.service(slug).areas for slug in self._near(to.type)[to.organization])
        return any(areas and all(land in snapshot.ancestors(area) for area in areas) for areas in area_lists)

    def takes_for(self, stranger_to: str, to: ReportReceiver) -> bool:
        """Say whether a police desk is one of the kind that takes a report about a stranger: police or prosecutor."""
        kind = "prosecutor" if stranger_to == "prosecutor" else "law_enforcement"
        return to.type == POLICE and self.directory.snapshot.organization(to.organization).kind == kind

    def documents(self, receivers: ReportReceivers) -> list[DutyReceiver]:
        """Return receivers as the API shows them; a line has neither id nor slug."""
        line = [] if receivers.line is None else [_line(receivers.line)]
        return [*map(self._document, receivers.first), *line, *map(self._document, receivers.rest)]

    def _receiver(self, slug: str, service_type: str) -> ReportReceiver:
        snapshot, at = self.directory.snapshot, self.profile.at
        hours = [
            routing.availability(snapshot.service(service), at, snapshot.zone)
            for service in self._near(service_type)[slug]
        ]
        first = min(hours, key=lambda availability: (STATUSES.index(availability.status), availability.opens_at or at))
        is_reached = first.status == OPEN and self._contact(slug, service_type)["phone"] is not None
        return ReportReceiver(slug, service_type, first.status, first.opens_at, first.closes_at, is_reached)

    def _contact(self, slug: str, service_type: str) -> Contact:
        names = self.directory.names
        own = [phone for service in self._near(service_type)[slug] for phone in names.services[service].phones]
        return contact_document(own, names.organizations[slug].phones, in_writing=False)

    def _near(self, service_type: str) -> dict[str, list[str]]:
        """Return the services of a type that may cover the client's area, by agency; slugs, sorted."""
        if service_type not in self._by_type:
            near: dict[str, list[str]] = {}
            for service in routing.services_near(self.directory.snapshot, self.profile.client, service_type):
                near.setdefault(service.organization, []).append(service.slug)
            self._by_type[service_type] = dict(sorted(near.items()))
        return self._by_type[service_type]

    @cached_property
    def _by_type(self) -> dict[str, dict[str, list[str]]]:
        return {}

    def _document(self, to: ReportReceiver) -> DutyReceiver:
        view, contact = self.directory.names.organizations[to.organization], self._contact(to.organization, to.type)
        return {
            "id": view.id,
            "slug": to.organization,
            "name": view.name,
            "phone": contact["phone"],
            "tel": contact["tel"],
            "status": to.status,
            "opens_at": None if to.opens_at is None else to.opens_at.isoformat(),
            "closes_at": None if to.closes_at is None else to.closes_at.isoformat(),
        }


def _line(line: policies.Line) -> DutyReceiver:
    number = line.phone or line.text or ""
    return {
        "id": None,
        "slug": None,
        "name": line.name,
        "phone": number,
        "tel": dialable(number),
        "status": OPEN if line.is_always_open else UNKNOWN,
        "opens_at": None,
        "closes_at": None,
    }


def number_from(line: policies.Line | None) -> NumberFrom | None:
    """Return a line that only knows who takes the report as the API shows it, None without one."""
    if line is None:
        return None
    number = line.phone or line.text or ""
    return {
        "name": line.name,
        "phone": number,
        "tel": dialable(number),
        "hours": line.hours,
        "plain": duties.NUMBER_FROM,
    }


def number_from_in_words(line: policies.Line) -> Message:
    """Return the sentence that a line gives out the number for a report, and is told nothing."""
    return duties.NUMBER_FROM_LINE.format(name=line.name, phone=line.phone or line.text or "")
