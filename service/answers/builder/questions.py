"""The next question: which single unknown fact would open a path outside the present answer.

Each unknown gets every distinguishable answer in turn, at present prices, under the rules and with the certain reports
of that answer: an answer that closes paths, or saves a confirmation, makes no question, for the agency itself asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import islice

import routing
from routing.cached_property import cached_property
from service.answers.builder.answer_effects import AnswerEffect, EffectsOnPaths, EffectWriter, Inquiry
from service.answers.builder.owed import REPORTED
from service.answers.builder.unknown_facts import (
    ABOUT_SIGNING,
    AGE,
    AREA,
    PRESENT,
    TRAIT,
    UnknownFacts,
    sharing_of,
    unknown_of,
)
from service.answers.profile import ResolvedProfile
from service.answers.schemas.answer import Question
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import Sharing
from service.i18n import questions

MOST_QUESTIONS = 5
ABOUT_A_REPORT = frozenset(
    {"client.age", "client.traits.foreign_national", *(f"client.traits.{trait}" for trait in REPORTED)}
)
"""What the answer to which may bring a report closer, even where more has to be known before it is due."""
CONDITIONAL_PATHS = 10
"""How many conditional paths say what is to be asked where one answer alone opens nothing."""
_PLACE = {attribute: place for place, attribute in enumerate((AGE, AREA, "client.gender", "client.languages"))}


@dataclass(frozen=True)
class QuestionFinder:
    """Finds the questions of an answer. Pure for one request, except for calls of its limits of time.

    `lawful` cuts a conditional path to the areas whose law lets it be. Where a question `may_lead`, the first path
    under an answer is guaranteed.
    """

    directory: DirectorySnapshot
    question: ResolvedProfile
    sharing: Sharing
    answer: routing.Answer
    request: routing.Request
    lawful: Callable[[routing.ConditionalPath], routing.ConditionalPath | None]
    may_lead: bool

    def write(self) -> tuple[list[Question], bool]:
        """Return the questions, most useful first, and whether time sufficed for every question.

        A third party cannot ask the client, and is asked nothing.
        """
        inquiries, all_in_time = self._inquiries
        return [self.document(inquiry) for inquiry in inquiries[:MOST_QUESTIONS]], all_in_time

    def leading(self) -> tuple[Question, str | None] | None:
        """Return the question to ask before any call, and the organization (slug) reached by its answer.

        The organization is None where one answer alone reaches nobody. None where the first path stands well, or no
        answer improves the path.
        """
        if (inquiry := self._leading) is None:
            return None
        return self.document(inquiry), None if inquiry.with_others else self._meets_first(inquiry.best.paths[0])

    @cached_property
    def leading_is_proven(self) -> bool:
        """Whether `leading` would say the same with more time; asked once, so that all parts of an answer agree."""
        self._leading  # noqa: B018 - it takes the time
        return self.question.profile.third_party or (self.answer.is_optimal and not self.request.past_hard_deadline())

    @cached_property
    def _facts(self) -> UnknownFacts:
        return UnknownFacts(self.directory, self.question, self.sharing, self.request)

    @cached_property
    def _leading(self) -> Inquiry | None:
        """The inquiry that leads: by a single answer that improves a bad first path, else one of several together.

        None where the first paths under answers are not guaranteed.
        """
        if not self.may_lead or self.question.profile.third_party or not self.answer.is_optimal:
            return None
        attribute = self._bettering or self._first_together
        if attribute is None:
            return None
        unknown = next(
            (known for known in self._facts.unknowns if known.attribute == attribute), unknown_of(attribute, ())
        )
        return replace(self._inquiry(unknown)[0], with_others=self._bettering is None)

    @cached_property
    def _bettering(self) -> str | None:
        """The attribute of the single answer that betters a bad first path most, `None` without such an answer."""
        effects, late = list[tuple[str, AnswerEffect]](), list[routing.Supposition]()
        for supposition in self._suppositions:
            try:
                changes = self._changes(supposition.attribute, supposition.answer)
            except routing.TimeBudgetExceeded:
                late.append(supposition)
            else:
                effects += [(supposition.attribute, effect) for effect in changes if self._improves(effect.quality)]
        first_paths = routing.FirstPaths(late, self._now)
        effects += self._first_effects(first_paths, 1)
        if not effects:
            return None
        attribute, _ = min(effects, key=lambda effect: (astuple(effect[1].quality), effect[0]))
        first_paths.only(attribute)
        self._first_effects(first_paths, questions.MOST_ANSWERS_NAMED - 1)
        return attribute

    def _first_effects(self, first_paths: routing.FirstPaths, most: int) -> list[tuple[str, AnswerEffect]]:
        """Return the next effects on the first path alone, at most so many, with their attributes; and keep them."""
        effects = (
            (supposition.attribute, effect)
            for supposition, path in first_paths
            for effect in self._compared.of(supposition.answer.values, () if path is None else (path,))
        )
        self._firsts.extend(firsts := list(islice(effects, most)))
        return firsts

    @property
    def _first_together(self) -> str | None:
        """The first attribute to ask for together with others, where there is nobody to call for a pressing need."""
        return next(iter(self._asked_together), None) if self._nobody_to_call else None

    @property
    def _nobody_to_call(self) -> bool:
        met = self._now.pressing_open < len(self.answer.pressing)
        return not met and not any(entry.near for entry in self.answer.uncovered)

    @property
    def _suppositions(self) -> Sequence[routing.Supposition]:
        """The answers that may improve a bad first path; the others surely do not.

        Not supposed together with others: one that brings a report, and one by which the client may be given no number
        to call. Both may close what another answer leaves open.
        """
        suppositions = [
            routing.Supposition(unknown.attribute, answer, self._request_under(unknown.attribute, answer))
            for unknown in self._facts.unknowns
            for answer in unknown.answers
            if self._may_change_paths(unknown.attribute, answer)
        ]
        may_call = self.question.profile.may_call
        alone = [
            one
            for one in suppositions
            if self._facts.reports_after(one.attribute, one.answer.values[0])
            or one.request.profile.may_call is not may_call
        ]
        together = [one for one in suppositions if one not in alone]
        bettering = *alone, *routing.may_better(self.request, together, self._now, self.answer.pressing)
        return sorted(bettering, key=suppositions.index)

    @cached_property
    def _now(self) -> routing.PathQuality:
        return self._compared.quality(self.answer.paths)

    def _improves(self, then: routing.PathQuality) -> bool:
        """Say whether fewer pressing needs are open than now, or as many and the path is no bad one any more."""
        return (then.pressing_open, then.bad) < (self._now.pressing_open, self._now.bad)

    def _meets_first(self, path: routing.Path) -> str:
        """Return the agency for the first pressing need that a path meets."""
        met = (
            step.organization
            for service_type in self.answer.pressing
            for step in path.steps
            if service_type in step.covers
        )
        return next(met, path.steps[-1].organization)

    @cached_property
    def _inquiries(self) -> tuple[Sequence[Inquiry], bool]:
        """The inquiries, most useful first, and whether time sufficed for all."""
        if self.question.profile.third_party:
            return (), True
        if not self.answer.is_optimal:  # what an answer changes is not known where the list of now is not proven
            return (), False
        in_time = [self.leading_is_proven]  # what is guaranteed first, then what there is time for
        inquiries = list[Inquiry]()
        for unknown in self._facts.unknowns:
            inquiry, is_whole = self._inquiry(unknown)
            inquiries += [inquiry] if inquiry.changes else []
            in_time.append(is_whole)
        inquiries = self._in_order(sorted(inquiries, key=lambda inquiry: inquiry.order))
        # If only the first path under an answer is guaranteed, its list may have been cut after it, or even before.
        may_be_cut = self.may_lead or self._now.pressing_open > 0
        return inquiries, all(in_time) and not (may_be_cut and self.request.is_expired())

    def _in_order(self, inquiries: Sequence[Inquiry]) -> list[Inquiry]:
        """Return inquiries by use; where no single answer meets an open pressing need, those that do so together first.

        Those come within the time that is left, but for the one that leads.
        """
        pressing_open = self._now.pressing_open
        if not pressing_open or any(inquiry.best.quality.pressing_open < pressing_open for inquiry in inquiries):
            return list(inquiries)
        by_attribute = {inquiry.attribute: inquiry for inquiry in inquiries}
        together = [
            replace(by_attribute.get(attribute) or Inquiry(attribute, unknown_of(attribute, ()), ()), with_others=True)
            for attribute in self._asked_together
        ]
        return list({inquiry.attribute: inquiry for inquiry in (*together, *inquiries)}.values())

    @cached_property
    def _asked_together(self) -> tuple[str, ...]:
        """The attributes that conditional paths of facts alone ask for which meet an open pressing need.

        By how many of these paths ask, then age, area, gender, language, the rest.
        """
        covered = {service_type for path in self.answer.paths[:1] for service_type in path.covers}
        open_types, counts = {*self.answer.pressing} - covered, Counter[str]()
        is_guaranteed = self.may_lead and self._nobody_to_call
        request = self.request if is_guaranteed else self.request.but(past_hard_deadline=self.request.is_expired)
        listed = routing.list_conditional(request, CONDITIONAL_PATHS)
        if not is_guaranteed and self.request.is_expired():
            return ()
        for conditional in filter(None, map(self.lawful, listed)):
            if not open_types.isdisjoint(conditional.path.covers):
                facts = [fact for fact in conditional.conditions if isinstance(fact, routing.FactCondition)]
                counts.update(fact.attribute for fact in facts if len(facts) == len(conditional.conditions))
        ordered = sorted(counts, key=lambda name: (-counts[name], _PLACE.get(name, len(_PLACE)), name))
        return tuple(attribute for attribute in ordered if attribute not in self._facts.never_asked)

    def _inquiry(self, unknown: routing.Unknown) -> tuple[Inquiry, bool]:
        """Return the effects of answers about an unknown, best first, and whether time sufficed for all of them.

        Where it did not, those on the first path alone that were guaranteed.
        """
        effects, in_time = dict[tuple[routing.Value, ...], AnswerEffect](), True
        for answer in unknown.answers:
            if self._may_change_paths(unknown.attribute, answer):
                try:
                    effects |= {effect.values: effect for effect in self._changes(unknown.attribute, answer)}
                except routing.TimeBudgetExceeded:
                    in_time = False
        firsts = {effect.values: effect for name, effect in self._firsts if name == unknown.attribute}
        firsts |= effects
        in_order = [firsts[answer.values] for answer in unknown.answers if answer.values in firsts]
        changes = sorted(in_order, key=lambda change: astuple(change.quality))
        return Inquiry(unknown.attribute, unknown, tuple(changes)), in_time

    def _may_change_paths(self, attribute: str, answer: routing.Possible) -> bool:
        """Say whether an answer could change any path: by what it opens, a signature, a no, a mode, law or a report."""
        value = answer.values[0]
        if attribute == PRESENT:
            return answer.values != (False,)  # to be away is what is assumed
        if answer.opens or answer.denies is not None or answer.adult or self._bears_on_a_signature(attribute):
            return True
        directory, supposed = self._facts.suppose(attribute, value)
        other_law = directory.rulebook is not self.directory.rulebook
        return other_law or self._calls(supposed) or bool(self._facts.reports_after(attribute, value))

    def _calls(self, supposed: ResolvedProfile) -> bool:
        """Say whether an answer decides if the client may be given a number to call."""
        return supposed.profile.may_call is not self.question.profile.may_call

    @cached_property
    def _outlook(self) -> routing.Outlook:
        return routing.Outlook(self.request, self.answer.paths)

    def _bears_on_a_signature(self, attribute: str) -> bool:
        """Say whether an answer may change the worth of a given consent."""
        about_signing = attribute == AGE or attribute.removeprefix("facts.") in ABOUT_SIGNING
        return about_signing and self._facts.is_signed

    def _changes(self, attribute: str, answer: routing.Possible) -> Sequence[AnswerEffect]:
        """Return the effect of an answer, if it has one; found once.

        Raises:
            TimeBudgetExceeded: there was no time for it.
        """
        if (key := (attribute, answer.values)) not in self._effects:
            self._effects[key] = self._compared.of(answer.values, self._paths_with(attribute, answer))
        return self._effects[key]

    @cached_property
    def _firsts(self) -> list[tuple[str, AnswerEffect]]:
        """The effects on the first path alone of answers that better it, for which time did not suffice otherwise."""
        return []

    @cached_property
    def _effects(self) -> dict[tuple[str, tuple[routing.Value, ...]], list[AnswerEffect]]:
        return {}

    @cached_property
    def _compared(self) -> EffectsOnPaths:
        return EffectsOnPaths(self.directory, self.question.profile, self.answer.paths)

    def _request_under(self, attribute: str, answer: routing.Possible) -> routing.Request:
        """Return the request under an answer, at present prices.

        The client stays where the profile says: an area opens services and brings its law, and moves nobody.
        """
        directory, supposed = self._facts.suppose(attribute, answer.values[0])
        profile = supposed.profile if attribute == PRESENT else self.question.profile
        profile = replace(profile, may_call=supposed.profile.may_call)
        if reports := self._facts.reports_after(attribute, answer.values[0]):
            profile = routing.with_reports(profile, (*profile.reports, *reports))
        return self.request.but(profile=profile, rules=sharing_of(directory, supposed))

    def _paths_with(self, attribute: str, answer: routing.Possible) -> tuple[routing.Path, ...]:
        """Return the paths under an answer, searched only where the answer could change the paths."""
        directory, supposed = self._facts.suppose(attribute, answer.values[0])
        rules, reports = sharing_of(directory, supposed), self._facts.reports_after(attribute, answer.values[0])
        if not reports and (paths := self._without_search(attribute, answer, supposed, rules)) is not None:
            return paths
        request = self._request_under(attribute, answer)
        if reports and attribute != PRESENT and answer.denies is None:
            if reports not in self._with_reports:
                self._with_reports[reports] = routing.Outlook(request, self.answer.paths, is_known=False)
            outlook = self._with_reports[reports]
            if not self._calls(supposed) and outlook.is_alike(rules, answer.opens, adult=answer.adult):
                return outlook.paths(answer.opens, adult=answer.adult)
        return routing.list_paths(request, opens=answer.opens, denies=answer.denies, adult=answer.adult)

    @cached_property
    def _with_reports(self) -> dict[tuple[routing.CertainReport, ...], routing.Outlook]:
        """The lists with further certain reports: several answers may bring the same."""
        return {}

    def _without_search(
        self, attribute: str, answer: routing.Possible, supposed: ResolvedProfile, rules: Sharing
    ) -> tuple[routing.Path, ...] | None:
        """Return the paths under an answer where the outlook knows them; None: to be searched."""
        outlook = self._outlook
        if self._calls(supposed):
            return None
        same = rules.rulebook is self.directory.rulebook and supposed.case == self.question.case
        if attribute == PRESENT:
            return outlook.paths_together() if same else None
        if answer.denies is not None:
            return outlook.paths_denying(answer.denies, rules)
        if same or outlook.is_alike(rules, answer.opens, adult=answer.adult):
            return outlook.paths(answer.opens, adult=answer.adult)
        return None

    @cached_property
    def _words(self) -> EffectWriter:
        return EffectWriter(self.directory, self.answer)

    def document(self, inquiry: Inquiry) -> Question:
        """Return a question as the API shows it."""
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
        now = self._facts.owed_now
        if inquiry.attribute in ABOUT_A_REPORT and not all(now.values()):
            return True
        return any(
            self._facts.owed(*self._facts.suppose(inquiry.attribute, value)) != now
            for value in self._on_duties(inquiry)
        )

    def _on_duties(self, inquiry: Inquiry) -> Iterator[routing.Value]:
        """Yield each answer on which duties may depend: of an age range, its youngest and oldest; of areas, the states.

        An area that no service names may bring a state's law too.
        """
        attribute, values = inquiry.attribute, [value for answer in inquiry.unknown.answers for value in answer.values]
        if attribute == AGE:
            yield from (
                (end, end) for end in sorted({end for years in values if isinstance(years, tuple) for end in years})
            )
        if attribute == AREA:
            yield from self._facts.other_states
        if attribute.startswith(TRAIT):
            yield from values
