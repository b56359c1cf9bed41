"""What an answer to a question would change: effects, and their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

import routing
from routing.cached_property import cached_property
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.i18n import codes, questions


@dataclass(frozen=True)
class AnswerEffect:
    """The effect of answers: the first path's standing then, and the paths, of which at least a single path is new."""

    values: tuple[routing.Value, ...]
    quality: routing.PathQuality
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
        return astuple(self.best.quality), self.attribute


@dataclass(frozen=True)
class EffectsOnPaths:
    """Compares the paths under answers with those of now. Pure for one request."""

    directory: DirectorySnapshot
    profile: routing.Profile
    now: tuple[routing.Path, ...]

    def quality(self, paths: Sequence[routing.Path]) -> routing.PathQuality:
        """Return how the first of these paths stands."""
        return routing.quality_of(self.profile, next(iter(paths), None), self.directory.snapshot.law)

    def of(self, values: tuple[routing.Value, ...], paths: tuple[routing.Path, ...]) -> list[AnswerEffect]:
        """Return the effect of an answer by the paths under it: none where all are paths of now."""
        is_new = any(shape_of(path) not in self._shapes_now for path in paths)
        return [AnswerEffect(values, self.quality(paths), paths)] if is_new else []

    @cached_property
    def _shapes_now(self) -> frozenset[Any]:
        return frozenset(map(shape_of, self.now))


@dataclass(frozen=True)
class EffectWriter:
    """Writes what answers would open. Pure for one request."""

    directory: DirectorySnapshot
    answer: routing.Answer

    def name_of_trait(self, attribute: str) -> str:
        """Return the coalition's name of the trait of an attribute."""
        code = attribute.rpartition(".")[2]
        view = self.directory.names.codes.get(code)
        return view.name if view is not None and view.name else code.replace("_", " ")

    def would_change(self, inquiry: Inquiry) -> str:
        """Return the sentence on what the answers to a question would open, alone or with others."""
        if not inquiry.changes:
            return questions.WITH_OTHERS
        answers: dict[str, list[routing.Value]] = {}
        for change in inquiry.changes:
            answers.setdefault(self._effect_text(change), []).extend(change.values)
        areas = self.directory.snapshot.areas
        return questions.would_change(
            [
                (questions.possible_answer(inquiry.attribute, values, areas), effect)
                for effect, values in answers.items()
            ]
        )

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
        view = self.directory.names.codes.get(code)
        return codes.service_type(code) if view is None else view.name

    def _names(self, path: routing.Path, service_types: Sequence[str]) -> list[str]:
        agencies = [step.organization for step in path.steps if set(step.covers) & set(service_types)]
        return [self.directory.names.organizations[slug].name for slug in dict.fromkeys(agencies)]

    def _new_names(self, paths: Sequence[routing.Path]) -> list[str]:
        """Return the organizations found only on the changed paths, best path first."""
        old = {step.organization for path in self.answer.paths for step in path.steps}
        new = dict.fromkeys(step.organization for path in paths for step in path.steps if step.organization not in old)
        return [self.directory.names.organizations[slug].name for slug in new]
