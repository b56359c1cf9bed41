"""What the asking agency has to do whatever path is taken: reports and notices that the law asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import policies
import routing
from service import vocabulary
from service.answer.decisions import Clerk, obligation_document, to_do
from service.answer.phones import best_phone
from service.profile.client_facts import any_of
from service.served import Served
from service.wording import answers

REPORT_LINES = ("child_protection_report", "law_enforcement_report")
POLICE_LINES = ("law_enforcement_report",)
CHILD_LINES = ("child_protection_report",)
FOR_PROFESSIONALS = "-professional"
"""How a report's id ends where it is the same duty with another term, for those who must report by profession."""
MISSING_CHILD = "child-welfare-24h-missing"
OWN_NOTICES = {"child-welfare-24h": POLICE_LINES, MISSING_CHILD: POLICE_LINES, "hhs-minor-notice-24h": ()}
"""Notices that the asking agency owes by what it is, and the lines of this directory that take them, if any."""
SUBPOENA = "subpoena-hold"
REPORTED = ("sex_trafficking", "labor_trafficking", "sexual_assault")
REPORTED_OF_ADULTS = (*REPORTED, "domestic_violence")


@dataclass(frozen=True)
class DutyWriter:
    """Writes the duties of one answer. `process`: none, or a subpoena that no judge signed. Pure for one request."""

    served: Served
    profile: routing.Profile
    clerk: Clerk
    process: str = "none"

    def write(self) -> list[dict[str, Any]]:
        """Return the duties as the contract shows them: reports, then notices, then what to do with a subpoena."""
        reports = [self._report(task) for task in self._report_tasks]
        return [*reports, *self._own_notices(), *self._subpoena()]

    def owed(self) -> dict[str, bool]:
        """Return, by id, the reports and notices that are due or may be: is it certain? Not what they may hold."""
        reports = {_duty_id(task): self._report_is_certain for task in self._report_tasks}
        certain = self._certain_notices
        notices = {task.id: task.id in certain for task in self._tasks_here}
        return {**reports, **{notice: notices[notice] for notice in notices.keys() & OWN_NOTICES.keys()}}

    def reports(self) -> frozenset[str]:
        """Return the ids of the reports that are due or may be, without working out what they may hold."""
        return frozenset(_duty_id(task) for task in self._report_tasks)

    @cached_property
    def _report_tasks(self) -> list[policies.Obligation]:
        """Return the reports that the rules ask of the origin. One on an adult needs some reason to suspect abuse."""
        sharing, origin = self.clerk.sharing, self.profile.origin
        report = sharing.share(origin, origin, "need", action="report")
        others = {task.id for task in self._tasks_here}
        if sharing.case.age == "adult" and self.suspected is False:
            return []
        return [task for task in self.clerk.obligations(report) if task.due is not None and task.id not in others]

    @cached_property
    def _tasks_here(self) -> tuple[policies.Obligation, ...]:
        """What the rules ask of the origin by what it is and what is known."""
        return self._tasks(self.clerk.sharing.case)

    @property
    def suspected(self) -> bool | None:
        """Whether there is reason to suspect what has to be reported of somebody of the client's age."""
        return self._any(REPORTED_OF_ADULTS if self.clerk.sharing.case.age == "adult" else REPORTED)

    @property
    def _report_is_certain(self) -> bool:
        """Whether nothing that is not known could undo the report: the age is known, and there is reason to suspect."""
        return self.clerk.sharing.case.age != "unknown" and self.suspected is True

    @cached_property
    def _certain_notices(self) -> set[str]:
        """The notices that the origin owes whatever the answer to what is not known."""
        known = self.clerk.sharing.directory.agencies[self.profile.origin].basis is not None
        settled_tasks = self._tasks(settled(self.clerk.sharing.case)) if known else ()
        return {task.id for task in settled_tasks if task.id in OWN_NOTICES}

    def _report(self, task: policies.Obligation) -> dict[str, Any]:
        due, certain = task.due or "", self._report_is_certain
        adult = self.clerk.sharing.case.age == "adult"
        age, lines = ("adult", CHILD_LINES) if adult else ("minor", REPORT_LINES)
        receivers = self._lines(lines)
        share = self._reportable(receivers, age=age)
        to_be_confirmed = self.served.rulebook.rule(task.id).to_be_confirmed
        return {
            "id": _duty_id(task),
            "certain": certain,
            "to": [self._receiver(slug) for slug in receivers],
            "share": share,
            "due": due,
            "plain": answers.DUTY_OPENING
            + ("" if certain else answers.DUTY_MAY_APPLY)
            + (answers.DUTY_DUE if certain else answers.DUTY_DUE_IF_SO).format(when=answers.due(due))
            + self._about(receivers)
            + task.plain
            + (answers.DUTY_TO_BE_CONFIRMED if to_be_confirmed else ""),
            "authority": task.authority,
            "obligations": self._comes_with(receivers, share, age=age),
        }

    def _about(self, receivers: Sequence[str]) -> str:
        if not receivers:
            return answers.DUTY_NOBODY
        avoided = [slug for slug in receivers if self._avoided(slug)]
        names = ", ".join(self.served.names.organizations[slug].name for slug in avoided)
        return answers.DUTY_AVOIDED.format(names=names) if avoided else ""

    def _avoided(self, slug: str) -> bool:
        return not self.profile.avoid.isdisjoint({slug, self.served.snapshot.organization(slug).kind})

    def _any(self, traits: Sequence[str]) -> bool | None:
        return any_of(*(self.profile.client.traits.get(trait) for trait in traits))

    def _lines(self, kinds: Sequence[str]) -> tuple[str, ...]:
        """Return who takes a report for the client's area: of the first of these types that anyone offers; slugs."""
        for kind in kinds:
            if near := routing.organizations_near(self.served.snapshot, self.profile.client, kind):
                return near
        return ()

    def _receiver(self, slug: str) -> dict[str, Any]:
        view, snapshot = self.served.names.organizations[slug], self.served.snapshot
        rows = snapshot.services_of(snapshot.organization_index[slug], REPORT_LINES)
        lines = [phone for row in rows for phone in self.served.names.services[snapshot.services[row].slug].phones]
        phone = best_phone(lines) or best_phone(view.phones)
        return {"id": view.id, "slug": slug, "name": view.name, "phone": None if phone is None else phone.number}

    def _reportable(self, receivers: Sequence[str], *, age: str) -> list[str]:
        """Return the data classes that a report on a client of this age may hold, to each receiver; rules decide."""
        if not receivers:
            return []
        as_told = self._as_told(age)
        return [
            data
            for data in vocabulary.DATA_CLASSES
            if data not in ("directory", "aggregate")
            and all(
                as_told.decide(as_told.sharing.share(self.profile.origin, slug, data, action="report")).allow
                for slug in receivers
            )
        ]

    def _comes_with(self, receivers: Sequence[str], share: Sequence[str], *, age: str) -> list[dict[str, object]]:
        """Return what there is to do along with a report that holds these classes of data."""
        as_told, origin = self._as_told(age), self.profile.origin
        reports = [
            as_told.sharing.share(origin, slug, data, action="report")
            for slug in receivers or (origin,)
            for data in share or ("need",)
        ]
        found = to_do(task for report in reports for task in as_told.obligations(report))
        return [obligation_document(found[rule.id]) for rule in self.served.rulebook.rules if rule.id in found]

    def _as_told(self, age: str) -> Clerk:
        """Return the clerk for a report on a client of this age."""
        sharing = self.clerk.sharing
        return replace(self.clerk, sharing=replace(sharing, case=replace(sharing.case, age=age)))

    def _own_notices(self) -> list[dict[str, Any]]:
        """Return the notices that the origin owes by what it is, certain where nothing unknown could undo them."""
        certain = self._certain_notices
        found = []
        for task in self._tasks_here:
            if task.id in OWN_NOTICES:
                receivers = self._lines(OWN_NOTICES[task.id])
                share = self._reportable(receivers, age="minor")
                found.append(
                    {
                        "id": task.id,
                        "certain": task.id in certain,
                        "to": [self._receiver(slug) for slug in receivers],
                        "share": share,
                        "due": task.due,
                        "plain": ("" if task.id == MISSING_CHILD else answers.DUTY_OPENING)
                        + ("" if task.id in certain else answers.DUTY_MAY_APPLY)
                        + (self._about(receivers) if OWN_NOTICES[task.id] else "")
                        + task.plain,
                        "authority": task.authority,
                        "obligations": self._comes_with(receivers, share, age="minor"),
                    }
                )
        return found

    def _tasks(self, case: policies.Case) -> tuple[policies.Obligation, ...]:
        sharing, origin = self.clerk.sharing, self.profile.origin
        return sharing.rulebook.obligations(case, sharing.share(origin, origin, None, action="route"))

    def _subpoena(self) -> list[dict[str, Any]]:
        """Return the task of holding a subpoena, with the contact that the origin, or its parent, named for it."""
        sharing, origin = self.clerk.sharing, self.profile.origin
        held = replace(sharing.share(origin, origin, None, action="route"), process=self.process)
        return [
            {
                "id": task.id,
                "certain": True,
                "to": [],
                "share": [],
                "due": task.due,
                "plain": task.plain + answers.subpoena_contact(write_subpoena_contact(self.served, origin)),
                "authority": task.authority,
                "obligations": [],
            }
            for task in self.clerk.obligations(held)
            if task.id == SUBPOENA
        ]


def _duty_id(task: policies.Obligation) -> str:
    return task.id.removesuffix(FOR_PROFESSIONALS)


def settled(case: policies.Case) -> policies.Case:
    """Return the case with everything unknown answered so that no duty comes of it: what still holds is certain."""
    return replace(
        case,
        age="adult" if case.age == "unknown" else case.age,
        trafficking=case.trafficking is True,
        sex_trafficking=case.sex_trafficking is True,
        missing_from_care=case.missing_from_care is True,
    )


def write_subpoena_contact(served: Served, slug: str | None) -> dict[str, str | None] | None:
    """Return who answers a subpoena against an organization: its own contact or its parent's, None if none is named."""
    while slug is not None:
        view = served.names.organizations[slug]
        if view.subpoena_contact is not None:
            return asdict(view.subpoena_contact)
        slug = view.parent
    return None
