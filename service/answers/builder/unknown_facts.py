"""What is not known about a client and could be asked: the answers to tell apart, and what each brings with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import policies
import routing
from routing.cached_property import cached_property
from service import vocabulary
from service.answers.builder.decisions import DecisionVerifier
from service.answers.builder.duties import DutyWriter, with_reports
from service.answers.builder.owed import REPORTED, REPORTED_OF_ADULTS
from service.answers.builder.receivers import REPORTS
from service.answers.profile import ResolvedProfile, suppose
from service.answers.profile.client_facts import adult_age
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import Sharing

LEFT_TO_ADVOCATES = frozenset(f"client.traits.{trait}" for trait in policies.load_hand_off_law().left_to_advocates)
"""Never asked by systems-based staff, whose records a court can ask for."""
DONE_TO_A_CHILD = frozenset(f"client.traits.{trait}" for trait in (*REPORTED, "online_exploitation"))
"""Never asked of a client who may be a child: what was done to a child is for those to ask who know how."""
MAKES_A_REPORT_CERTAIN = (*REPORTED_OF_ADULTS, "in_foster_care", "runaway")
"""Traits which, once known to be true, may make a report certain although no service asks for the trait."""
ABOUT_SIGNING: dict[str, tuple[str | bool, ...]] = {
    "guardian": vocabulary.GUARDIANS,
    "may_sign_alone": (True, False),
    "emancipated": (True, False),
}
PRESENT, AREA, AGE = "facts.client_present", "client.area", "client.age"
TRAIT = "client.traits."


@dataclass(frozen=True)
class UnknownFacts:
    """The unknown facts of a question, and the question under each answer. Pure for one request."""

    directory: DirectorySnapshot
    question: ResolvedProfile
    sharing: Sharing
    request: routing.Request

    @cached_property
    def never_asked(self) -> frozenset[str]:
        """Attributes that this origin, or anybody who speaks with a possible child, does not ask about."""
        systems = self.directory.snapshot.organization(self.question.profile.origin).basis == "systems"
        never = LEFT_TO_ADVOCATES if systems else frozenset()
        return never if self.question.case.age == "adult" else never | DONE_TO_A_CHILD

    @cached_property
    def unknowns(self) -> tuple[routing.Unknown, ...]:
        """The unknowns to ask about, in the order of paths that answers could open: out of time, the rest is lost."""
        case = self.question.case
        elders_from = adult_age(self.directory) if self._asks_for_a_report else None
        bounds = (*self.sharing.age_bounds(), *((elders_from,) if isinstance(elders_from, int) else ()))
        unknowns = list(self._with_other_answers(routing.find_unknowns(self.request, bounds)))
        names = ABOUT_SIGNING if self.is_signed else () if self.question.profile.may_call else ("guardian",)
        unknowns += [unknown_of(f"facts.{name}", ABOUT_SIGNING[name]) for name in names if getattr(case, name) is None]
        unknowns = [unknown for unknown in unknowns if unknown.attribute not in self.never_asked]
        return tuple(sorted(unknowns, key=lambda unknown: -max((len(a.opens) for a in unknown.answers), default=0)))

    def _with_other_answers(self, unknowns: Sequence[routing.Unknown]) -> Iterator[routing.Unknown]:
        """Yield the unknowns, with the answers that services do not tell apart and rules do.

        Areas under different law are different answers; a trait may make a report certain.
        """
        by_attribute = {unknown.attribute: unknown.answers for unknown in unknowns}
        areas = [part for answer in by_attribute.get(AREA, ()) for part in self._by_law(answer)]
        states = {
            state
            for answer in areas
            for area in answer.values
            for state in self.directory.snapshot.ancestors(str(area))
        }
        areas += [routing.Possible((state,), frozenset()) for state in self.other_states if state not in states]
        if areas:
            by_attribute[AREA] = tuple(areas)
        for attribute in (TRAIT + trait for trait in MAKES_A_REPORT_CERTAIN):
            answers = by_attribute.get(attribute, ())
            is_new = all(answer.values != (True,) for answer in answers)
            if is_new and self._is_unknown(attribute) and self.reports_after(attribute, value=True):
                by_attribute[attribute] = (*answers, routing.Possible((True,), frozenset()))
        return (routing.Unknown(attribute, answers) for attribute, answers in by_attribute.items())

    def _by_law(self, answer: routing.Possible) -> Iterator[routing.Possible]:
        """Yield the parts of an answer about the area: in each part the same packs count."""
        parts: dict[tuple[str, ...], list[routing.Value]] = {}
        for area in answer.values:
            parts.setdefault(self._where(AREA, area).rulebook.names, []).append(area)
        return (replace(answer, values=tuple(areas)) for areas in parts.values())

    @cached_property
    def other_states(self) -> tuple[str, ...]:
        """The states (areas) whose law counts once the client turns out to be there, and does not count now."""
        areas, here = self.directory.snapshot.areas, self.question.profile.client.area
        others = (
            pack for pack in self.directory.packs or () if pack not in self.directory.rulebook.names and pack in areas
        )
        return tuple(state for state in others if here is None or here in self.directory.snapshot.ancestors(state))

    def _is_unknown(self, attribute: str) -> bool:
        return self.question.profile.client.traits.get(attribute.removeprefix(TRAIT)) is None

    def _where(self, attribute: str, value: routing.Value) -> DirectorySnapshot:
        """Return the version with the rules that count under an answer."""
        return self.directory.where(str(value)) if attribute == AREA else self.directory

    def suppose(self, attribute: str, value: routing.Value) -> tuple[DirectorySnapshot, ResolvedProfile]:
        """Return the version and the question under an answer; an area moves the client, the rules go along."""
        directory = self._where(attribute, value)
        return directory, suppose(self.question, attribute, value).under(directory)

    @cached_property
    def _asks_for_a_report(self) -> bool:
        """Whether the profile or a prerequisite asks for a type that a report meets: else no report is ever a step."""
        types = {need.type for need in self.question.profile.needs} | {*self.directory.snapshot.asked_first}
        return not types.isdisjoint(REPORTS)

    def reports_after(self, attribute: str, value: routing.Value) -> tuple[routing.CertainReport, ...]:
        """Return the certain reports that an answer adds to those of now."""
        if not self._asks_for_a_report:
            return ()
        if (attribute, value) not in self._reports_after:
            directory, supposed = self.suppose(attribute, value)
            certain = {duty for duty, is_certain in self.owed(directory, supposed).items() if is_certain}
            is_new = any(not self.owed_now.get(duty) for duty in certain)
            reports = with_reports(directory, supposed).profile.reports if is_new else ()
            now = self.question.profile.reports
            self._reports_after[attribute, value] = tuple(report for report in reports if report not in now)
        return self._reports_after[attribute, value]

    @cached_property
    def _reports_after(self) -> dict[tuple[str, routing.Value], tuple[routing.CertainReport, ...]]:
        return {}

    @property
    def is_signed(self) -> bool:
        """Whether a consent is on record."""
        return bool(self.question.case.consents)

    @cached_property
    def owed_now(self) -> dict[str, bool]:
        """The duties as things stand, each with whether it is certain."""
        return self.owed(self.directory, self.question)

    def owed(self, directory: DirectorySnapshot, question: ResolvedProfile) -> dict[str, bool]:
        """Return the duties under a question, each with whether it is certain."""
        return DutyWriter(directory, question.profile, DecisionVerifier(sharing_of(directory, question))).owed()


def unknown_of(attribute: str, values: tuple[str | bool, ...]) -> routing.Unknown:
    """Return an attribute of which each value is an answer that opens no service by itself."""
    return routing.Unknown(attribute, tuple(routing.Possible((value,), frozenset()) for value in values))


def sharing_of(directory: DirectorySnapshot, question: ResolvedProfile) -> Sharing:
    """Return the rules for the case of a question."""
    return Sharing(directory.rulebook, directory.policy, question.case)
