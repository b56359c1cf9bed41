"""What an answer to a question would change: effects, and their words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

import routing
from routing.kept import cached_property
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.words import codes, questions


@dataclass(frozen=True)
class AnswerEffect:
    """The effect of answers: the first path's standing then, and the paths, of which at least a single path is new."""

    values: tuple[routing.Value, ...]
    standing: routing.Standing
    paths: tuple[routing.Path, ...]


def shape_of(path: routing.Path) -> tuple[Any, ...]:
    """Return the identity of a path: agencies handed to, services, and modes."""
    return tuple(
        (step.holder, step.organization, step.mode, tuple((use.service, use.covers) for use in step.services))
        for step in path.steps
    )


@dataclass(frozen=True)
class Inquiry:
    """An unknown attribute with the effects of its answers, best first.

    `with_others`: an answer opens a way together with answers to other questions.
    """

    attribute: str
    unknown: routing.Unknown
    changes: tuple[AnswerEffect, ...]
    with_others: bool = False

    @property
    def best(self) -> AnswerEffect:
        """The change after which the first path stands best."""
        return self.changes[0]

    @property
    def order(self) -> tuple[tuple[Any, ...], str]:
        """The order by use: of the best change, then by name."""
        return astuple(self.best.standing), self.attribute


@dataclass(frozen=True)
class EffectsOnPaths:
    """Compares the paths under answers with those of now. Pure for one request."""

    served: DirectorySnapshot
    profile: routing.Profile
    now: tuple[routing.Path, ...]

    def standing(self, paths: Sequence[routing.Path]) -> routing.Standing:
        """Return how the first of these paths stands."""
        return routing.standing_of(self.profile, next(iter(paths), None), self.served.snapshot.law)

    def of(self, values: tuple[routing.Value, ...], paths: tuple[routing.Path, ...]) -> list[AnswerEffect]:
        """Return the effect of an answer by the paths under it: none where all are paths of now."""
        is_new = any(shape_of(path) not in self._shapes_now for path in paths)
        return [AnswerEffect(values, self.standing(paths), paths)] if is_new else []

    @cached_property
    def _shapes_now(self) -> frozenset[Any]:
        return frozenset(map(shape_of, self.now))


@dataclass(frozen=True)
class EffectWriter:
    """Writes what answers would open. Pure for one request."""

    served: DirectorySnapshot
    answer: routing.Answer

    def name_of_trait(self, attribute: str) -> str:
        """Return the coalition's name of the trait of an attribute."""
        code = attribute.rpartition(".")[2]
        view = self.served.names.codes.get(code)
        return view.name if view is not None and view.name else code.replace("_", " ")

    def would_change(self, inquiry: Inquiry) -> str:
        """Return the sentence on what the answers to a question would open, alone or with others."""
        if not inquiry.changes:
            return questions.WITH_OTHERS
        answers: dict[str, list[routing.Value]] = {}
        for change in inquiry.changes:
            answers.setdefault(self._effect_text(change), []).extend(change.values)
        areas = self.served.snapshot.areas
        return questions.would_change(
            [
                (questions.possible_answer(inquiry.attribute, values, areas), effect)
                for effect, values in answers.items()
            ]
        )

    def named(self, changes: Sequence[AnswerEffect]) -> list[AnswerEffect]:
        """Return the first change of each text that `would_change` says of these changes, as many as it says."""
        firsts: dict[str, AnswerEffect] = {}
        for change in changes:
            firsts.setdefault(self._effect_text(change), change)
        return [*firsts.values()][: questions.MOST_ANSWERS_NAMED]

    def new_needs(self, change: AnswerEffect) -> list[str]:
        """Return the needs (types) that the best path of a change meets and no path of now does."""
        already = {service_type for path in self.answer.paths for service_type in path.covers}
        return [
            service_type for path in change.paths[:1] for service_type in path.covers if service_type not in already
        ]

    def _effect_text(self, change: AnswerEffect) -> str:
        if service_types := self.new_needs(change):
            names = self._names(change.paths[0], service_types)
            return questions.opens_need(list(map(self._need, service_types)), names)
        return questions.opens_way(self._new_names(change.paths))

    def _need(self, code: str) -> str:
        view = self.served.names.codes.get(code)
        return codes.service_type(code) if view is None else view.name

    def _names(self, path: routing.Path, service_types: Sequence[str]) -> list[str]:
        agencies = [step.organization for step in path.steps if set(step.covers) & set(service_types)]
        return [self.served.names.organizations[slug].name for slug in dict.fromkeys(agencies)]

    def _new_names(self, paths: Sequence[routing.Path]) -> list[str]:
        """Return the organizations found only on the changed paths, best path first."""
        old = {step.organization for path in self.answer.paths for step in path.steps}
        new = dict.fromkeys(step.organization for path in paths for step in path.steps if step.organization not in old)
        return [self.served.names.organizations[slug].name for slug in new]


Key = tuple[str, tuple[routing.Value, ...]]
"""An attribute, and the values of an answer."""


@dataclass(frozen=True)
class FirstEffects:
    """Finds the effects of answers on the first path alone, where whole lists take too long; keeps what it has found.

    `pressing`: the types of the pressing needs.
    """

    pressing: frozenset[str]
    words: EffectWriter
    compared: EffectsOnPaths
    _meetable: dict[Key, frozenset[str]] = field(default_factory=dict)
    _firsts: dict[Key, tuple[routing.Path, ...]] = field(default_factory=dict)

    def note(self, able: routing.Supposition) -> None:
        """Note the pressing needs that a path could meet under an answer that may improve the first path."""
        self._meetable[able.attribute, able.answer.values] = able.meetable or self.pressing

    def knows(self, attribute: str, answer: routing.Possible) -> bool:
        """Say whether the first path under an answer was looked for."""
        return (attribute, answer.values) in self._firsts

    def effects(self, attribute: str, answer: routing.Possible) -> list[AnswerEffect]:
        """Return the effect of an answer that was looked for, if it has one."""
        return self.compared.of(answer.values, self._firsts[attribute, answer.values])

    def find(self, suppositions: Iterable[routing.Supposition]) -> None:
        """Find the first paths under answers about one attribute, as far as time suffices.

        Answers that may meet more pressing needs come first, then those that the question's sentence could still name.
        """
        rest = list(suppositions)
        self._firsts.update(((one.attribute, one.answer.values), ()) for one in rest)
        for least_open in sorted({self._least_open(one) for one in rest}):
            named = [one for one in rest if self._least_open(one) == least_open and self._may_be_named(one)]
            for one, path in routing.first_paths(named):
                self._firsts[one.attribute, one.answer.values] = () if path is None else (path,)

    def _least_open(self, supposition: routing.Supposition) -> int:
        """Return how many pressing needs stay open under an answer at least: as many as now if it improves nothing."""
        meetable = self._meetable.get((supposition.attribute, supposition.answer.values))
        if meetable is None:
            return self.compared.standing(self.compared.now).pressing_open
        return len(self.pressing) - len(meetable)

    def _may_be_named(self, supposition: routing.Supposition) -> bool:
        """Say whether the sentence on a question may name an answer.

        Not where changes that meet more pressing needs fill it, each with some that no path meets under the answer.
        """
        least_open = self._least_open(supposition)
        meetable = self._meetable.get((supposition.attribute, supposition.answer.values), self.pressing)
        firsts = [(of, paths) for (name, of), paths in self._firsts.items() if name == supposition.attribute]
        effects = [effect for values, paths in firsts for effect in self.compared.of(values, paths)]
        better = [effect for effect in effects if effect.standing.pressing_open < least_open]
        named = self.words.named(sorted(better, key=lambda effect: astuple(effect.standing)))
        met = [self.pressing.intersection(self.words.new_needs(effect)) for effect in named]
        return len(named) < questions.MOST_ANSWERS_NAMED or any(
            needs <= meetable and len(needs) <= len(self.pressing) - least_open for needs in met
        )
