"""The next question: which single unknown fact would open a path outside the present answer.

Each unknown gets every distinguishable answer in turn, at present prices, under the rules and with the certain reports
of that answer: an answer that closes paths, or saves a confirmation, makes no question, for the agency itself asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

import policies
import routing
from routing.kept import cached_property
from service.answers.document.answer_effects import AnswerEffect, EffectWriter, Inquiries, Inquiry
from service.answers.document.decisions import Clerk
from service.answers.document.duties import REPORTED, REPORTED_OF_ADULTS, DutyWriter, with_reports
from service.answers.document.receivers import REPORTS
from service.answers.profile import ResolvedProfile, suppose
from service.answers.profile.client_facts import ELDER_AGE
from service.answers.schemas.answer import Question
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import Sharing
from service.words import questions, vocabulary

MOST_QUESTIONS = 5
LEFT_TO_ADVOCATES = frozenset(f"client.traits.{trait}" for trait in policies.load_hand_off_law().left_to_advocates)
"""Never asked by systems-based staff, whose records a court can ask for."""
DONE_TO_A_CHILD = frozenset(f"client.traits.{trait}" for trait in REPORTED)
"""Never asked of a client who may be a child: what was done to a child is for those to ask who know how."""
ABOUT_A_REPORT = frozenset(
    {"client.age", "client.traits.foreign_national", *(f"client.traits.{trait}" for trait in REPORTED)}
)
"""What the answer to which may bring a report closer, even where more has to be known before it is due."""
MAKES_A_REPORT_CERTAIN = (*REPORTED_OF_ADULTS, "in_foster_care", "runaway")
"""Traits which, once known to be true, may make a report certain although no service asks for the trait."""
ABOUT_SIGNING: dict[str, tuple[str | bool, ...]] = {
    "guardian": vocabulary.GUARDIANS,
    "may_sign_alone": (True, False),
    "emancipated": (True, False),
}
CONDITIONAL_PATHS = 10
"""How many conditional paths say what is to be asked where one answer alone opens nothing."""
PRESENT, AREA, AGE = "facts.client_present", "client.area", "client.age"
TRAIT = "client.traits."
_PLACE = {attribute: place for place, attribute in enumerate((AGE, AREA, "client.gender", "client.languages"))}


@dataclass(frozen=True)
class Asker:
    """Finds the questions of an answer. Pure for one request, except for calls of its limits of time.

    `lawful` cuts a conditional path to the areas whose law lets it be.
    """

    served: DirectorySnapshot
    question: ResolvedProfile
    sharing: Sharing
    found: routing.Answer
    request: routing.Request
    lawful: Callable[[routing.ConditionalPath], routing.ConditionalPath | None]

    def write(self) -> tuple[list[Question], bool]:
        """Return the questions, most useful first, and whether time sufficed for every question.

        A third party cannot ask the client, and is asked nothing.
        """
        return [self.document(inquiry) for inquiry in self._found.inquiries], self._found.all_in_time

    def leading(self) -> tuple[Question, str | None] | None:
        """Return the question to ask before any call, and the organization (slug) reached by its answer.

        The organization is None where one answer alone reaches nobody. None where the first path stands well, or no
        answer improves the path.
        """
        for inquiry in self._found.inquiries[:1]:
            if self._improves(inquiry):
                return self.document(inquiry), self._meets_first(inquiry.best.paths[0])
            nobody = self._now.pressing_open == len(self.found.pressing)
            if inquiry.with_others and nobody and not any(entry.near for entry in self.found.uncovered):
                return self.document(inquiry), None
        return None

    @property
    def leading_is_proven(self) -> bool:
        """Whether `leading` would say the same with more time."""
        return self._found.first_in_time

    @cached_property
    def _now(self) -> routing.Standing:
        return self._standing(self.found.paths)

    def _improves(self, inquiry: Inquiry) -> bool:
        """Say whether a single answer makes a bad first path better: fewer pressing needs open, or no bad path."""
        now = self._now
        then = inquiry.best.standing if inquiry.changes and now.bad else now
        return (then.pressing_open, then.bad) < (now.pressing_open, now.bad)

    def _meets_first(self, path: routing.Path) -> str:
        """Return the agency for the first pressing need that a path meets."""
        met = (
            step.organization
            for service_type in self.found.pressing
            for step in path.steps
            if service_type in step.covers
        )
        return next(met, path.steps[-1].organization)

    @cached_property
    def _found(self) -> Inquiries:
        if self.question.profile.third_party:
            return Inquiries([], first_in_time=True, all_in_time=True)
        if not self.found.first_is_best:  # what an answer would change is not known where the list of now is not proven
            return Inquiries([], first_in_time=False, all_in_time=False)
        inquiries, complete = list[Inquiry](), True
        for unknown in self._unknowns:
            changes, in_time = self._changes_of(unknown)
            complete &= in_time
            if changes:
                inquiries.append(Inquiry(unknown.attribute, unknown, changes))
        inquiries = self._in_order(sorted(inquiries, key=lambda each: (astuple(each.best.standing), each.attribute)))
        # Where the first path under each answer is owed, a list may have been cut after it, and in the end before it.
        in_time = not self.request.owed_until()
        complete &= in_time and not (self.request.first_is_owed and self.request.out_of_time())
        return Inquiries(inquiries[:MOST_QUESTIONS], first_in_time=in_time, all_in_time=complete)

    def _in_order(self, inquiries: Sequence[Inquiry]) -> list[Inquiry]:
        """Return inquiries by use; where no single answer meets an open pressing need, those that do so together first.

        The one that leads stays first.
        """
        pressing_open = self._now.pressing_open
        if not pressing_open or any(inquiry.best.standing.pressing_open < pressing_open for inquiry in inquiries):
            return list(inquiries)
        known = {inquiry.attribute: inquiry for inquiry in inquiries}
        leads = [inquiry for inquiry in inquiries if self._improves(inquiry)][:1]
        together = [
            replace(known.get(attribute) or Inquiry(attribute, _unknown(attribute, ()), ()), with_others=True)
            for attribute in self._asked_together
        ]
        return list({inquiry.attribute: inquiry for inquiry in (*leads, *together, *inquiries)}.values())

    @cached_property
    def _asked_together(self) -> tuple[str, ...]:
        """The attributes that conditional paths of facts alone ask for which meet an open pressing need.

        By how many of these paths ask, then age, area, gender, language, the rest.
        """
        covered = {service_type for path in self.found.paths[:1] for service_type in path.covers}
        wanted, counts = {*self.found.pressing} - covered, Counter[str]()
        if self.request.out_of_time() and not self.request.first_is_owed:
            return ()
        listed = routing.list_conditional(self.request.but(out_of_time=routing.never), CONDITIONAL_PATHS)
        for conditional in filter(None, map(self.lawful, listed)):
            if not wanted.isdisjoint(conditional.path.covers):
                facts = [fact for fact in conditional.conditions if isinstance(fact, routing.FactCondition)]
                counts.update(fact.attribute for fact in facts if len(facts) == len(conditional.conditions))
        ordered = sorted(counts, key=lambda name: (-counts[name], _PLACE.get(name, len(_PLACE)), name))
        return tuple(one for one in ordered if one not in self._never_asked)

    @cached_property
    def _never_asked(self) -> frozenset[str]:
        """Attributes that this origin, or anybody who speaks with a possible child, does not ask about."""
        systems = self.served.snapshot.organization(self.question.profile.origin).basis == "systems"
        never = LEFT_TO_ADVOCATES if systems else frozenset()
        return never if self.question.case.age == "adult" else never | DONE_TO_A_CHILD

    @cached_property
    def _unknowns(self) -> tuple[routing.Unknown, ...]:
        """The unknowns to ask about, in the order of paths that answers could open: out of time, the rest is lost."""
        case = self.question.case
        bounds = (*self.sharing.age_bounds(), ELDER_AGE) if self._asks_for_a_report else self.sharing.age_bounds()
        unknowns = list(self._with_other_answers(routing.find_unknowns(self.request, bounds)))
        names = ABOUT_SIGNING if self._signed else () if self.question.profile.may_call else ("guardian",)
        unknowns += [_unknown(f"facts.{name}", ABOUT_SIGNING[name]) for name in names if getattr(case, name) is None]
        unknowns = [unknown for unknown in unknowns if unknown.attribute not in self._never_asked]
        return tuple(sorted(unknowns, key=lambda unknown: -max((len(a.opens) for a in unknown.answers), default=0)))

    def _with_other_answers(self, unknowns: Sequence[routing.Unknown]) -> Iterator[routing.Unknown]:
        """Yield the unknowns, with the answers that services do not tell apart and rules do.

        Areas under different law are different answers; a trait may make a report certain.
        """
        found = {one.attribute: one.answers for one in unknowns}
        areas = [part for answer in found.get(AREA, ()) for part in self._by_law(answer)]
        known = {state for one in areas for area in one.values for state in self.served.snapshot.ancestors(str(area))}
        areas += [routing.Possible((state,), frozenset()) for state in self._other_states if state not in known]
        if areas:
            found[AREA] = tuple(areas)
        for attribute in (TRAIT + trait for trait in MAKES_A_REPORT_CERTAIN):
            answers = found.get(attribute, ())
            is_new = all(answer.values != (True,) for answer in answers)
            if is_new and self._is_unknown(attribute) and self._brought(attribute, value=True):
                found[attribute] = (*answers, routing.Possible((True,), frozenset()))
        return (routing.Unknown(attribute, answers) for attribute, answers in found.items())

    def _by_law(self, answer: routing.Possible) -> Iterator[routing.Possible]:
        """Yield the parts of an answer about the area: in each part the same packs count."""
        parts: dict[tuple[str, ...], list[routing.Value]] = {}
        for area in answer.values:
            parts.setdefault(self._where(AREA, area).rulebook.names, []).append(area)
        return (replace(answer, values=tuple(areas)) for areas in parts.values())

    @cached_property
    def _other_states(self) -> tuple[str, ...]:
        """The states (areas) whose law counts once the client turns out to be there, and does not count now."""
        areas, here = self.served.snapshot.areas, self.question.profile.client.area
        others = (pack for pack in self.served.packs or () if pack not in self.served.rulebook.names and pack in areas)
        return tuple(state for state in others if here is None or here in self.served.snapshot.ancestors(state))

    def _is_unknown(self, attribute: str) -> bool:
        return self.question.profile.client.traits.get(attribute.removeprefix(TRAIT)) is None

    def _where(self, attribute: str, value: routing.Value) -> DirectorySnapshot:
        """Return the version with the rules that count under an answer."""
        return self.served.where(str(value)) if attribute == AREA else self.served

    def _suppose(self, attribute: str, value: routing.Value) -> tuple[DirectorySnapshot, ResolvedProfile]:
        """Return the version and the question under an answer; an area moves the client, the rules go along."""
        served, supposed = self._where(attribute, value), suppose(self.question, attribute, value)
        return served, replace(supposed, case=replace(supposed.case, state_law=served.state_law))

    @cached_property
    def _asks_for_a_report(self) -> bool:
        """Whether the profile or a prerequisite asks for a type that a report meets: else no report is ever a step."""
        types = {need.type for need in self.question.profile.needs} | {*self.served.snapshot.asked_first}
        return not types.isdisjoint(REPORTS)

    def _brought(self, attribute: str, value: routing.Value) -> tuple[routing.CertainReport, ...]:
        """Return the certain reports that an answer adds to those of now."""
        if not self._asks_for_a_report:
            return ()
        if (attribute, value) not in self._brought_by:
            served, supposed = self._suppose(attribute, value)
            certain = {duty for duty, is_certain in self._owed(served, supposed).items() if is_certain}
            is_new = any(not self._owed_now.get(duty) for duty in certain)
            reports = with_reports(served, supposed).profile.reports if is_new else ()
            now = self.question.profile.reports
            self._brought_by[attribute, value] = tuple(report for report in reports if report not in now)
        return self._brought_by[attribute, value]

    @cached_property
    def _brought_by(self) -> dict[tuple[str, routing.Value], tuple[routing.CertainReport, ...]]:
        return {}

    def _changes_of(self, unknown: routing.Unknown) -> tuple[tuple[AnswerEffect, ...], bool]:
        """Return the effects of the answers, best first, and whether time sufficed for every answer."""
        effects, in_time = list[AnswerEffect](), True
        for answer in unknown.answers:
            if self._may_change_paths(unknown.attribute, answer):
                try:
                    effects += self._changes(unknown.attribute, answer)
                except routing.TimeIsUp:
                    in_time = False
        return tuple(sorted(effects, key=lambda change: astuple(change.standing))), in_time

    def _may_change_paths(self, attribute: str, answer: routing.Possible) -> bool:
        """Say whether an answer could change any path: by what it opens, a signature, a no, a mode, law or a report."""
        value = answer.values[0]
        if attribute == PRESENT:
            return answer.values != (False,)  # to be away is what is assumed
        if answer.opens or answer.denies is not None or answer.adult or self._bears_on_a_signature(attribute):
            return True
        served, supposed = self._suppose(attribute, value)
        other_law = served.rulebook is not self.served.rulebook
        return other_law or self._calls(supposed) or bool(self._brought(attribute, value))

    def _calls(self, supposed: ResolvedProfile) -> bool:
        """Say whether an answer decides if the client may be given a number to call."""
        return supposed.profile.may_call is not self.question.profile.may_call

    @cached_property
    def _outlook(self) -> routing.Outlook:
        return routing.Outlook(self.request, self.found.paths)

    def _bears_on_a_signature(self, attribute: str) -> bool:
        """Say whether an answer may change the worth of a given consent."""
        about_signing = attribute == AGE or attribute.removeprefix("facts.") in ABOUT_SIGNING
        return about_signing and self._signed

    @property
    def _signed(self) -> bool:
        return bool(self.question.case.consents)

    def _changes(self, attribute: str, answer: routing.Possible) -> Iterator[AnswerEffect]:
        paths = self._paths_with(attribute, answer)
        if any(_shape(path) not in self._shapes_now for path in paths):
            yield AnswerEffect(answer.values, self._standing(paths), paths)

    def _standing(self, paths: Sequence[routing.Path]) -> routing.Standing:
        first = next(iter(paths), None)
        return routing.standing_of(self.question.profile, first, self.served.snapshot.law)

    @cached_property
    def _shapes_now(self) -> frozenset[Any]:
        return frozenset(map(_shape, self.found.paths))

    def _paths_with(self, attribute: str, answer: routing.Possible) -> tuple[routing.Path, ...]:
        """Return the paths under an answer, at present prices; searched only where the answer could change the paths.

        The client stays where the profile says: an area opens services and brings its law, and moves nobody.
        """
        value = answer.values[0]
        served, supposed = self._suppose(attribute, value)
        rules, brought = _sharing(served, supposed), self._brought(attribute, value)
        if not brought and (found := self._without_search(attribute, answer, supposed, rules)) is not None:
            return found
        profile = supposed.profile if attribute == PRESENT else self.question.profile
        profile = replace(profile, may_call=supposed.profile.may_call)
        if brought:
            profile = routing.with_reports(profile, (*profile.reports, *brought))
        request = self.request.but(profile=profile, rules=rules)
        if brought and attribute != PRESENT and answer.denies is None:
            outlook = self._with_reports.setdefault(brought, routing.Outlook(request, self.found.paths, is_known=False))
            if not self._calls(supposed) and outlook.is_alike(rules, answer.opens, adult=answer.adult):
                return outlook.paths(answer.opens, adult=answer.adult)
        return routing.list_paths(
            request, opens=answer.opens, denies=answer.denies, adult=answer.adult, now=self.found.paths
        )

    @cached_property
    def _with_reports(self) -> dict[tuple[routing.CertainReport, ...], routing.Outlook]:
        """The lists with further certain reports: several answers may bring the same."""
        return {}

    def _without_search(
        self, attribute: str, answer: routing.Possible, supposed: ResolvedProfile, rules: Sharing
    ) -> tuple[routing.Path, ...] | None:
        """Return the paths under an answer where the outlook knows them; None: to be searched."""
        if self._calls(supposed):
            return None
        outlook, same = self._outlook, rules.rulebook is self.served.rulebook and supposed.case == self.question.case
        if attribute == PRESENT:
            return outlook.paths_together() if same else None
        if answer.denies is not None:
            return outlook.paths_denying(answer.denies, rules)
        if same or outlook.is_alike(rules, answer.opens, adult=answer.adult):
            return outlook.paths(answer.opens, adult=answer.adult)
        return None

    @cached_property
    def _words(self) -> EffectWriter:
        return EffectWriter(self.served, self.found)

    def document(self, inquiry: Inquiry) -> Question:
        """Return a question in the contract's form."""
        attribute = inquiry.attribute
        return {
            "attribute": attribute,
            "text": questions.question(attribute, self._words.name_of_trait(attribute)),
            "style": questions.question_style(attribute),
            "would_change": self._words.would_change(inquiry),
            "before": questions.BEFORE_ASKING if self._may_create_a_duty(inquiry) else None,
        }

    def _may_create_a_duty(self, inquiry: Inquiry) -> bool:
        """Say whether an answer may bring a report or a notice, or bring a possible duty closer."""
        now = self._owed_now
        if inquiry.attribute in ABOUT_A_REPORT and not all(now.values()):
            return True
        return any(self._owed(*self._suppose(inquiry.attribute, value)) != now for value in self._on_duties(inquiry))

    def _on_duties(self, inquiry: Inquiry) -> Iterator[routing.Value]:
        """Yield each answer on which duties may depend: of an age range, its youngest and oldest; of areas, the states.

        An area that no service names may bring a state's law too.
        """
        attribute, values = inquiry.attribute, [value for one in inquiry.unknown.answers for value in one.values]
        if attribute == AGE:
            yield from ((end, end) for end in sorted({end for one in values if isinstance(one, tuple) for end in one}))
        if attribute == AREA:
            yield from self._other_states
        if attribute.startswith(TRAIT):
            yield from values

    @cached_property
    def _owed_now(self) -> dict[str, bool]:
        return self._owed(self.served, self.question)

    def _owed(self, served: DirectorySnapshot, question: ResolvedProfile) -> dict[str, bool]:
        return DutyWriter(served, question.profile, Clerk(_sharing(served, question))).owed()


def _unknown(attribute: str, values: tuple[str | bool, ...]) -> routing.Unknown:
    return routing.Unknown(attribute, tuple(routing.Possible((value,), frozenset()) for value in values))


def _sharing(served: DirectorySnapshot, question: ResolvedProfile) -> Sharing:
    return Sharing(served.rulebook, served.policy, question.case)


def _shape(path: routing.Path) -> tuple[Any, ...]:
    """Return the identity of a path: agencies handed to, services, and modes."""
    return tuple(
        (step.holder, step.organization, step.mode, tuple((use.service, use.covers) for use in step.services))
        for step in path.steps
    )
