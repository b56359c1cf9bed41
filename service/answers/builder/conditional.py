"""Conditional paths as the API shows them: each path as after its conditions hold, with the conditions.

Every path is written for the profile with its conditions pasted in, under the rules that count then (an area brings its
state's law) and the same second check as an open path; so the data named as shareable is the data shareable then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import policies
import routing
from service import vocabulary
from service.answers.builder.decisions import DecisionVerifier
from service.answers.builder.paths import write_path
from service.answers.builder.steps import StepWriter
from service.answers.builder.unknown_facts import AREA, LEFT_TO_ADVOCATES
from service.answers.profile import ResolvedProfile, suppose
from service.answers.schemas.paths import ChoiceCondition, ConditionalPath, ConsentCondition, FactCondition
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.snapshot.sharing import REFERRAL, Sharing
from service.i18n import conditions

LASTS = timedelta(days=30)
"""How long a consent that is asked for is proposed to hold: a referral takes days, and a release has to end."""


@dataclass(frozen=True)
class ConditionalWriter:
    """Writes the conditional paths of an answer. Pure for one request."""

    directory: DirectorySnapshot
    question: ResolvedProfile
    sharing: Sharing

    def write(self, conditional_path: routing.ConditionalPath, *, rank: int) -> ConditionalPath:
        """Return a conditional path as the API shows it.

        Raises:
            RecordsDisagree: the rules do not allow a step once the conditions hold, or two engines differ on a step.
        """
        directory, pasted, sharing = self._world_of(conditional_path.conditions)
        path = write_path(
            StepWriter(directory, pasted.profile, DecisionVerifier(sharing)), conditional_path.path, rank=rank
        )
        return {**path, "conditions": [self._condition(condition) for condition in conditional_path.conditions]}

    def lawful(self, conditional_path: routing.ConditionalPath) -> routing.ConditionalPath | None:
        """Return the path with only the areas under whose law it is open once its conditions hold; None: with no area.

        The search knows the law of now alone. Verbal consent to privileged data is enough in a coalition on both sides
        of a state line, and not in Texas: then the path does not wait for an area in Texas.
        """
        terms = (
            condition
            for condition in conditional_path.conditions
            if isinstance(condition, routing.FactCondition) and condition.attribute == AREA
        )
        if (area := next(terms, None)) is None:
            return conditional_path
        by_law, lawful = dict[tuple[str, ...], bool](), list[str | bool]()
        for value in area.values:
            directory, _, sharing = self._world_of(_in_areas(conditional_path, area, (value,)))
            law = directory.rulebook.names
            if law not in by_law:
                by_law[law] = directory is self.directory or bool(
                    sharing.may_send(self._transfers(conditional_path.path)).all()
                )
            lawful += [value] if by_law[law] else []
        conditions = _in_areas(conditional_path, area, tuple(lawful))
        return replace(conditional_path, conditions=conditions) if lawful else None

    def _world_of(
        self, conditions: tuple[routing.Condition, ...]
    ) -> tuple[DirectorySnapshot, ResolvedProfile, Sharing]:
        """Return the version, the question and the rules as after conditions hold."""
        pasted = paste(self.question, conditions)
        directory = self.directory.where(pasted.profile.client.area)
        pasted = pasted.under(directory)
        return directory, pasted, replace(self.sharing, rulebook=directory.rulebook, case=pasted.case)

    def _transfers(self, path: routing.Path) -> list[routing.Transfer]:
        """Return the transfers of the packets of a path."""
        snapshot = self.directory.snapshot
        return [
            routing.Transfer(step.holder, step.organization, data, step.packet_agreement)
            for step in path.steps
            if step.mode == "packet"
            for use in step.services
            for data in sorted(snapshot.packet_classes(snapshot.service(use.service), use.covers))
        ]

    def _condition(self, condition: routing.Condition) -> ConsentCondition | FactCondition | ChoiceCondition:
        match condition:
            case routing.ConsentCondition():
                return self._consent(condition)
            case routing.FactCondition():
                return self._fact(condition)
        slug = condition.organization
        return {"kind": "choice", "to": slug, "plain": conditions.CHOICE.format(name=self._name(slug))}

    def _consent(self, condition: routing.ConsentCondition) -> ConsentCondition:
        data = sorted(condition.data, key=vocabulary.DATA_CLASSES.index)
        form, today = self.directory.names.forms.get(condition.form or ""), self.question.case.today
        return {
            "kind": "consent",
            "form": condition.form,
            "level": condition.level,
            "marks": list(condition.marks),
            "from": condition.holder,
            "to": list(condition.recipients),
            "data": data,
            "purpose": REFERRAL,
            "signers": list(condition.signers),
            "signed_on": today.isoformat(),
            "ends_on": (today + LASTS).isoformat(),
            "plain": conditions.consent(
                ask=policies.Ask(frozenset(condition.signers), condition.level, frozenset(condition.marks)),
                holder=self._name(condition.holder),
                recipients=[self._name(slug) for slug in condition.recipients],
                data=data,
                form=condition.form if form is None else form.name,
                withdrawn=self._was_withdrawn(condition),
            ),
        }

    def _was_withdrawn(self, condition: routing.ConsentCondition) -> bool:
        """Say whether the client withdrew an earlier consent between the same agencies: asking again would press."""
        case = self.question.case
        return any(
            consent.holder == condition.holder
            and not consent.to.isdisjoint(condition.recipients)
            and consent.withdrawn_on is not None
            and consent.withdrawn_on <= case.today
            for consent in case.consents
        )

    def _fact(self, condition: routing.FactCondition) -> FactCondition:
        values = condition.values
        return {
            "kind": "fact",
            "attribute": condition.attribute,
            "values": values if isinstance(values, str) else list(values),
            "plain": self._sentence(condition),
        }

    def _sentence(self, condition: routing.FactCondition) -> str:
        systems = self.directory.snapshot.organization(self.question.profile.origin).basis == "systems"
        if systems and condition.attribute in LEFT_TO_ADVOCATES:
            return conditions.BETTER_RAISED_BY_AN_ADVOCATE
        names = self.directory.names
        return conditions.fact(
            condition.attribute,
            condition.values,
            areas=names.areas,
            traits={code: view.name for code, view in names.codes.items()},
        )

    def _name(self, slug: str) -> str:
        return self.directory.names.organizations[slug].name


def paste(question: ResolvedProfile, conditions: tuple[routing.Condition, ...]) -> ResolvedProfile:
    """Return a question as after facts and consents hold: each fact with the first of its values, signed today.

    Pure. A choice has no place in a profile.
    """
    for condition in conditions:
        if isinstance(condition, routing.FactCondition):
            question = suppose(question, condition.attribute, _first(condition.values))
    case = question.case
    new = [_consent_of(condition, case) for condition in conditions if isinstance(condition, routing.ConsentCondition)]
    return replace(question, case=replace(case, consents=(*case.consents, *new)))


def _in_areas(
    conditional_path: routing.ConditionalPath, area: routing.FactCondition, values: tuple[str | bool, ...]
) -> tuple[routing.Condition, ...]:
    """Return the conditions of a path with other areas."""
    return tuple(
        replace(condition, values=values) if condition is area else condition
        for condition in conditional_path.conditions
    )


def _first(values: str | tuple[str | bool, ...]) -> routing.Value:
    """Return the first possible value of a fact; an age range is a single value."""
    if isinstance(values, str):
        youngest, oldest = map(int, values.split("-"))
        return youngest, oldest
    return values[0]


def _consent_of(condition: routing.ConsentCondition, case: policies.Case) -> policies.Consent:
    return policies.Consent(
        form=condition.form,
        level=condition.level,
        marks=frozenset(condition.marks),
        holder=condition.holder,
        to=frozenset(condition.recipients),
        data=frozenset(condition.data),
        purpose=REFERRAL,
        signers=frozenset(condition.signers),
        signed_on=case.today,
        ends_on=case.today,
    )
