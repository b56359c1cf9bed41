"""The next question: which single thing that is not known would change the answer, and how.

Each unknown is answered in every way that somebody could tell apart, one at a time, and the whole search is done
again. A question is only worth a person's while if some answer changes what could be done; at most five are listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import policies
import routing
from service import vocabulary
from service.answer.decisions import Clerk
from service.answer.duties import REPORTED, DutyWriter
from service.answer.steps import StepWriter
from service.profile import Question, suppose
from service.served import Served
from service.sharing import Sharing
from service.wording import questions

MOST_QUESTIONS = 5
LEFT_TO_ADVOCATES = frozenset(
    f"client.traits.{trait}"
    for trait in ("foreign_national", "substance_use", "on_probation", "sex_trafficking", "labor_trafficking")
)
"""Never asked by systems-based staff, whose records a court can ask for."""
ABOUT_A_REPORT = frozenset(
    {"client.age", "client.traits.foreign_national", *(f"client.traits.{trait}" for trait in REPORTED)}
)
"""What the answer to which may bring a report closer, even where more has to be known before it is due."""
ABOUT_SIGNING: dict[str, tuple[str | bool, ...]] = {
    "guardian": vocabulary.GUARDIANS,
    "may_sign_alone": (True, False),
    "emancipated": (True, False),
}
DANGER, PRESENT, AREA, AGE = "facts.danger", "facts.client_present", "client.area", "client.age"
TRAIT = "client.traits."


@dataclass(frozen=True)
class Change:
    """What one answer would change: required needs met by urgency (now first), points saved, and the new paths."""

    values: tuple[routing.Value, ...]
    gain: tuple[int, ...]
    saved: int
    paths: tuple[routing.Path, ...]

    @property
    def size(self) -> tuple[Any, ...]:
        """How much it would change; more is greater."""
        return self.gain, self.saved


@dataclass(frozen=True)
class Inquiry:
    """One unknown attribute with what its answers would change, the greatest change first."""

    attribute: str
    changes: tuple[Change, ...]
    bears_on_duty: bool
    together: Change | None = None
    """What it would change along with other answers or a consent, where alone it changes no path."""


@dataclass(frozen=True)
class Asker:
    """Finds the questions of one answer. Pure for one request, but for `out_of_time`, which it only asks."""

    served: Served
    question: Question
    sharing: Sharing
    found: routing.Answer
    out_of_time: Callable[[], bool]
    moment: routing.Moment | None = None

    def write(self) -> tuple[list[dict[str, Any]], bool]:
        """Return the questions, most useful first, and whether there was time to think all of them through."""
        inquiries, complete = [], True
        for unknown in self._unknowns:
            try:
                inquiry = self._inquire(unknown)
            except routing.TimeIsUp:
                complete = False  # what needs no search is still asked
                continue
            if inquiry.changes or inquiry.together or inquiry.bears_on_duty or inquiry.attribute == DANGER:
                inquiries.append(inquiry)
        order = {unknown.attribute: place for place, unknown in enumerate(self._unknowns)}
        inquiries.sort(key=lambda inquiry: (_usefulness(inquiry), order[inquiry.attribute]))
        return [self._document(inquiry) for inquiry in inquiries[:MOST_QUESTIONS]], complete

    @cached_property
    def _unknowns(self) -> tuple[routing.Unknown, ...]:
        """What may be asked, in the order of what it could open: where time runs out, the rest is lost."""
        served, profile, case = self.served, self.question.profile, self.question.case
        found = list(routing.find_unknowns(served.snapshot, profile, (policies.ADULT_AGE,), moment=self.moment))
        named = {unknown.attribute for unknown in found}
        found += [
            _unknown(f"client.traits.{trait}", (True, False))
            for trait in REPORTED
            if profile.client.traits.get(trait) is None and f"client.traits.{trait}" not in named
        ]
        found += [
            _unknown(f"facts.{name}", values) for name, values in ABOUT_SIGNING.items() if getattr(case, name) is None
        ]
        found += [_unknown(DANGER, ())] if case.danger is None else []
        if served.snapshot.organization(profile.origin).basis == "systems":
            found = [unknown for unknown in found if unknown.attribute not in LEFT_TO_ADVOCATES]
        return tuple(sorted(found, key=lambda unknown: -max((len(a.opens) for a in unknown.answers), default=0)))

    def _inquire(self, unknown: routing.Unknown) -> Inquiry:
        changes: list[Change] = []
        bears_on_duty, may_open = False, self._may_open(unknown)
        for answer in unknown.answers:
            supposed = suppose(self.question, unknown.attribute, answer.values[0])
            for owed in self._owed_then(unknown.attribute, answer, supposed):
                bears_on_duty = bears_on_duty or owed != self._owed_now
            if may_open and self._may_change_paths(unknown.attribute, answer):
                changes += self._changes(unknown.attribute, answer, supposed)
        greatest_first = tuple(sorted(changes, key=lambda change: change.size, reverse=True))
        together = None if changes else self._together(unknown.attribute)
        return Inquiry(unknown.attribute, greatest_first, bears_on_duty, together)

    def _together(self, attribute: str) -> Change | None:
        """Return what the best conditional path that waits for this fact, among other things, would change."""
        for opened in self.found.conditional_paths:
            if any(getattr(condition, "attribute", None) == attribute for condition in opened.conditions):
                return self._change_to((), (opened.path,))
        return None

    def _may_change_paths(self, attribute: str, answer: routing.Possible) -> bool:
        """Say whether an answer could change any path: it opens a service, or bears on a signature or a mode."""
        if attribute == PRESENT or self._bears_on_a_signature(attribute):
            return answer.values != (False,) or attribute != PRESENT  # to be away is what is assumed
        if answer.denies is not None:
            return True
        if attribute == AREA:
            return bool(answer.opens)  # where the client is also sets how far away everything is
        return self._outlook.may_change(answer.opens)

    def _may_open(self, unknown: routing.Unknown) -> bool:
        """Say whether all that the answers would open, at once, makes other paths: if not, none of them does alone."""
        if unknown.attribute in (PRESENT, AREA) or self._bears_on_a_signature(unknown.attribute):
            return True
        if any(answer.denies is not None for answer in unknown.answers):
            return True
        return self._outlook.changes(frozenset[int]().union(*(answer.opens for answer in unknown.answers)))

    @cached_property
    def _outlook(self) -> routing.Outlook:
        opens = {row for unknown in self._unknowns for answer in unknown.answers for row in answer.opens}
        return routing.Outlook(
            self.served.snapshot,
            self.question.profile,
            self.found.paths,
            opens,
            rules=self.sharing,
            out_of_time=self.out_of_time,
            moment=self.moment,
        )

    def _bears_on_a_signature(self, attribute: str) -> bool:
        """Say whether a consent that was given may count for more or less with this answer."""
        about_signing = attribute == AGE or attribute.removeprefix("facts.") in ABOUT_SIGNING
        return about_signing and self._signed

    @property
    def _signed(self) -> bool:
        return bool(self.question.case.consents)

    def _changes(self, attribute: str, answer: routing.Possible, supposed: Question) -> Iterator[Change]:
        paths = self._paths_with(attribute, answer, supposed)
        then, now = self._outlines(supposed, paths), self._outlines_now
        if then[:1] != now[:1]:
            yield self._change_to(answer.values, paths[:1])
        elif then != now:
            yield self._change_to(answer.values, paths)

    def _change_to(self, values: tuple[routing.Value, ...], paths: tuple[routing.Path, ...]) -> Change:
        before, after = (_left_open(self.question.profile, found) for found in (self.found.paths, paths))
        gain = tuple(was - now for was, now in zip(before, after, strict=True))
        saved = self.found.paths[0].total - paths[0].total if self.found.paths and paths and not any(gain) else 0
        return Change(values, gain, saved, paths)

    def _paths_with(self, attribute: str, answer: routing.Possible, supposed: Question) -> tuple[routing.Path, ...]:
        """Return the paths that there are with an answer; searched only where something could make others of them."""
        outlook, rules = self._outlook, self._sharing(supposed)
        same = supposed.case == self.question.case
        if attribute == PRESENT and same:
            return outlook.paths_together()
        if answer.denies is not None:
            return outlook.paths_denying(answer.denies, rules)
        if attribute not in (PRESENT, AREA):
            if not outlook.may_change(answer.opens):
                if same or outlook.is_alike(rules):
                    return self.found.paths
            elif same or outlook.is_alike_with(rules, answer.opens):
                return outlook.paths(answer.opens)
        return routing.list_paths(
            self.served.snapshot,
            supposed.profile,
            rules=rules,
            out_of_time=self.out_of_time,
            moment=self.moment,
        )

    def _sharing(self, question: Question) -> Sharing:
        return Sharing(self.served.rulebook, self.served.policy, question.case)

    @cached_property
    def _outlines_now(self) -> list[list[Any]]:
        return self._outlines(self.question, self.found.paths)

    def _outlines(self, question: Question, paths: Sequence[routing.Path]) -> list[list[Any]]:
        """Return what a person would notice of each path: the steps, and what may be said at each."""
        if not self._signed:
            return [list(path.steps) for path in paths]
        writer = StepWriter(self.served, question.profile, Clerk(self._sharing(question)))
        steps = [step for path in paths for step in path.steps]
        said = dict(zip(steps, writer.may_be_shared(steps), strict=True))
        return [[(step, said[step]) for step in path.steps] for path in paths]

    def _owed_then(self, attribute: str, answer: routing.Possible, supposed: Question) -> Iterator[dict[str, bool]]:
        """Yield the duties that there are with an answer; of an age range, as young and as old as it may be."""
        if attribute.startswith(TRAIT):
            yield self._owed_if(supposed)
        elif attribute == AGE:
            ends = {end for value in answer.values if isinstance(value, tuple) for end in value}
            for years in sorted(ends):
                yield self._owed_if(suppose(self.question, attribute, (years, years)))

    def _owed_if(self, supposed: Question) -> dict[str, bool]:
        """Return the duties of a question: those of now where nothing is another that they depend on."""
        duties, same = self._duties(supposed), supposed.case == self.question.case
        return self._owed_now if same and duties.suspected is self._duties_now.suspected else duties.owed()

    @cached_property
    def _owed_now(self) -> dict[str, bool]:
        return self._duties_now.owed()

    @cached_property
    def _duties_now(self) -> DutyWriter:
        return self._duties(self.question)

    def _duties(self, question: Question) -> DutyWriter:
        return DutyWriter(self.served, question.profile, Clerk(self._sharing(question)))

    def _document(self, inquiry: Inquiry) -> dict[str, Any]:
        attribute = inquiry.attribute
        return {
            "attribute": attribute,
            "text": questions.question(attribute, self._name_of_trait(attribute)),
            "style": questions.question_style(attribute),
            "would_change": self._would_change(inquiry),
            "before": questions.BEFORE_ASKING if self._may_create_a_duty(inquiry) else None,
        }

    def _may_create_a_duty(self, inquiry: Inquiry) -> bool:
        is_open = any(not self._owed_now[report] for report in self._duties_now.reports())
        return inquiry.bears_on_duty or (inquiry.attribute in ABOUT_A_REPORT and is_open)

    def _name_of_trait(self, attribute: str) -> str:
        code = attribute.rpartition(".")[2]
        view = self.served.names.codes.get(code)
        return view.name if view is not None and view.name else code.replace("_", " ")

    def _would_change(self, inquiry: Inquiry) -> str:
        if inquiry.together:
            return questions.TOGETHER.format(opened=self._opened(inquiry.together))
        if not inquiry.changes:
            return questions.DECIDES_DANGER if inquiry.attribute == DANGER else questions.DECIDES_DUTY
        answers: dict[str, list[routing.Value]] = {}
        for change in inquiry.changes:
            answers.setdefault(self._opened(change), []).extend(change.values)
        areas = self.served.snapshot.areas
        return questions.would_change(
            [
                (questions.possible_answer(inquiry.attribute, values, areas), opened)
                for opened, values in answers.items()
            ]
        )

    def _opened(self, change: Change) -> str:
        already = {kind for path in self.found.paths for kind in path.covers}
        for best in change.paths[:1]:
            if opened := [kind for kind in best.covers if kind not in already]:
                return questions.opens_need(opened, self._names(best, opened))
        return questions.opens_way(self._new_names(change.paths))

    def _names(self, path: routing.Path, kinds: Sequence[str]) -> list[str]:
        reached = [step.organization for step in path.steps if set(step.covers) & set(kinds)]
        return [self.served.names.organizations[slug].name for slug in dict.fromkeys(reached)]

    def _new_names(self, paths: Sequence[routing.Path]) -> list[str]:
        """Return the organizations that only the changed paths go to, best path first."""
        before = {step.organization for path in self.found.paths for step in path.steps}
        after = [step.organization for path in paths for step in path.steps if step.organization not in before]
        return [self.served.names.organizations[slug].name for slug in dict.fromkeys(after)]


def _unknown(attribute: str, values: tuple[str | bool, ...]) -> routing.Unknown:
    return routing.Unknown(attribute, tuple(routing.Possible((value,), frozenset()) for value in values))


def _left_open(profile: routing.Profile, paths: Sequence[routing.Path]) -> tuple[int, ...]:
    """Return how many required needs the best path leaves open, by urgency."""
    covered = set(paths[0].covers) if paths else set()
    open_needs = [need for need in profile.needs if need.required and need.type not in covered]
    return tuple(sum(need.urgency == urgency for need in open_needs) for urgency in routing.URGENCIES)


def _usefulness(inquiry: Inquiry) -> tuple[Any, ...]:
    """Return what questions are ordered by: needs met, danger, whether alone, points saved, then in how many ways."""
    changes = [inquiry.together] if inquiry.together else inquiry.changes
    gain, saved = max((change.size for change in changes), default=((0,) * len(routing.URGENCIES), 0))
    alone = inquiry.together is None
    return tuple(-met for met in gain), inquiry.attribute != DANGER, not alone, -saved, -len(inquiry.changes)
