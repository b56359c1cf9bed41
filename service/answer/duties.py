"""What the asking agency has to do whatever path is taken: reports and notices that the law asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import routing
from service import vocabulary, wording
from service.answer.decisions import Clerk
from service.answer.phones import best_phone
from service.profile.resolve import any_of
from service.served import Served

CHILD_REPORT = "tx-child-report"
CHILD_REPORT_BY_PROFESSIONALS = "tx-child-report-professional"
OFFICIAL_NOTICE = "hhs-minor-notice-24h"
REPORTED = ("sex_trafficking", "labor_trafficking", "sexual_assault")
REPORT_LINES = ("child_protection_report", "law_enforcement_report")


@dataclass(frozen=True)
class DutyWriter:
    """Writes the duties of one answer. Pure for one request."""

    served: Served
    profile: routing.Profile
    clerk: Clerk

    def write(self) -> list[dict[str, Any]]:
        """Return the duties as the contract shows them, reports first; none for a client who is surely an adult."""
        known = {rule.id for rule in self.served.rulebook.rules}
        age = self.clerk.sharing.case.age
        duties = []
        if CHILD_REPORT in known and age != "adult":
            duties.append(self._child_report())
        duties += self._official_notice() if OFFICIAL_NOTICE in known else []
        return duties

    def _child_report(self) -> dict[str, Any]:
        origin = self.served.snapshot.organization(self.profile.origin)
        professional = origin.reporter in ("child", "child_and_adult")
        rule = self.served.rulebook.rule(CHILD_REPORT_BY_PROFESSIONALS if professional else CHILD_REPORT)
        receivers = self._report_lines()
        certain = self.clerk.sharing.case.age == "minor" and any_of(*self._traits()) is True
        return {
            "id": CHILD_REPORT,
            "certain": certain,
            "to": [self._receiver(slug) for slug in receivers],
            "share": self._reportable(receivers),
            "due": "PT24H" if professional else "PT0S",
            "plain": wording.DUTY_OPENING
            + ("" if certain else wording.DUTY_MAY_APPLY)
            + (wording.DUTY_IN_24_HOURS if professional else wording.DUTY_AT_ONCE)
            + self._about(receivers)
            + rule.plain,
            "authority": rule.authority,
        }

    def _about(self, receivers: Sequence[str]) -> str:
        if not receivers:
            return wording.DUTY_NOBODY
        avoided = [slug for slug in receivers if self._avoided(slug)]
        names = ", ".join(self.served.names.organizations[slug].name for slug in avoided)
        return wording.DUTY_AVOIDED.format(names=names) if avoided else ""

    def _avoided(self, slug: str) -> bool:
        return not self.profile.avoid.isdisjoint({slug, self.served.snapshot.organization(slug).kind})

    def _traits(self) -> list[bool | None]:
        return [self.profile.client.traits.get(trait) for trait in REPORTED]

    def _report_lines(self) -> tuple[str, ...]:
        """Return who takes the report for the client's area: child protection, else law enforcement; slugs, sorted."""
        for kind in REPORT_LINES:
            if near := routing.organizations_near(self.served.snapshot, self.profile.client, kind):
                return near
        return ()

    def _receiver(self, slug: str) -> dict[str, Any]:
        view, snapshot = self.served.names.organizations[slug], self.served.snapshot
        rows = snapshot.services_of[snapshot.organization_index[slug]].tolist()
        lines = [
            phone
            for row in rows
            if not snapshot.services[row].types.isdisjoint(REPORT_LINES)
            for phone in self.served.names.services[snapshot.services[row].slug].phones
        ]
        phone = best_phone(lines) or best_phone(view.phones)
        return {"id": view.id, "slug": slug, "name": view.name, "phone": None if phone is None else phone.number}

    def _reportable(self, receivers: Sequence[str]) -> list[str]:
        """Return the data classes that a report on a child may hold, to every receiver; the rules decide."""
        if not receivers:
            return []
        sharing = self.clerk.sharing
        as_child = replace(self.clerk, sharing=replace(sharing, case=replace(sharing.case, age="minor")))
        return [
            data
            for data in vocabulary.DATA_CLASSES
            if data not in ("directory", "aggregate")
            and all(
                as_child.decide(sharing.share(self.profile.origin, slug, data, action="report")).allow
                for slug in receivers
            )
        ]

    def _official_notice(self) -> list[dict[str, Any]]:
        """Return the notice that officials owe to HHS, which is in no directory."""
        sharing = self.clerk.sharing
        here = sharing.share(self.profile.origin, self.profile.origin, None, action="route")
        return [
            {
                "id": task.id,
                "certain": sharing.case.age == "minor" and sharing.case.trafficking is True,
                "to": [],
                "share": [],
                "due": task.due,
                "plain": wording.DUTY_OPENING + task.plain,
                "authority": task.authority,
            }
            for task in self.clerk.obligations(here)
            if task.id == OFFICIAL_NOTICE
        ]
