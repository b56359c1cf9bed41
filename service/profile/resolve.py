"""A profile's words held against one version of the directory: agencies' own words become codes, ids become slugs.

Whatever names nothing is refused by field: a misspelt agency to avoid must never go unnoticed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import policies
import routing
from service import vocabulary
from service.errors import Problem, ProfileRefused
from service.profile.client_facts import client_facts
from service.profile.consents import consent_of, form_names
from service.profile.schema import NeedEntry, NeedsProfile
from service.store.records import Presentation
from service.vocabulary import normal_term
from service.wording import refusals


@dataclass(frozen=True, slots=True)
class Question:
    """A resolved profile, as routing and as the rules read it. `process`: none, or a subpoena that no judge signed."""

    profile: routing.Profile
    case: policies.Case
    process: str = "none"


def resolve(
    asked: NeedsProfile, names: Presentation, equivalent_forms: frozenset[frozenset[str]], *, at: datetime
) -> Question:
    """Return a profile in the directory's own codes, judged at `at` (in the coalition's time zone). Pure.

    Raises:
        ProfileRefused: it names an agency, area, type or trait that is not here; carries every such field.
    """
    words = _Words(names)
    problems = tuple(_problems(asked, words))
    if problems:
        raise ProfileRefused(problems)
    profile = _profile(asked, words, at)
    return Question(profile, _case(asked, words, profile, equivalent_forms), process=asked.facts.process)


class _Words:
    """What a profile may name, by every way of naming it."""

    def __init__(self, names: Presentation) -> None:
        self.names = names
        by_id = {view.id: slug for slug, view in names.organizations.items()}
        self.organizations = {**by_id, **{slug: slug for slug in names.organizations}}
        self.forms = form_names(names)
        self.types = _codes(names, "type", vocabulary.SERVICE_TYPES)
        self.traits = _codes(names, "trait", vocabulary.TRAITS)

    def type_of(self, need: NeedEntry) -> str | None:
        """Return the code that a need means: that agency's own word first, then codes; None if neither.

        A word that means a trait is no need.

        Raises:
            KeyError: `as_said_by` names no organization.
        """
        if need.as_said_by is not None:
            own = self.names.terms.get((self.organizations[need.as_said_by], normal_term(need.type)))
            if own in self.types:
                return self.types[own]
        return self.types.get(need.type)


def _codes(names: Presentation, kind: str, built_in: tuple[str, ...]) -> dict[str, str]:
    """Return every code of a kind, and every other code that the coalition said is the same as just one of them."""
    own = [view for view in names.codes.values() if view.kind == kind]
    told = Counter(alias for view in own for alias in set(view.same_as))
    same = {alias: view.code for view in own for alias in view.same_as if told[alias] == 1}
    return {**same, **{view.code: view.code for view in own}, **{code: code for code in built_in}}


def _problems(asked: NeedsProfile, words: _Words) -> Iterator[Problem]:
    if asked.origin not in words.organizations:
        yield Problem("/origin", refusals.NO_ORGANIZATION)
    yield from _client_problems(asked, words)
    yield from _need_problems(asked, words)
    for place, name in enumerate(asked.avoid):
        if name not in words.organizations and name not in vocabulary.KINDS:
            yield Problem(f"/avoid/{place}", refusals.NO_KIND)
    for place, consent in enumerate(asked.consents):
        if consent.holder not in words.organizations:
            yield Problem(f"/consents/{place}/from", refusals.NO_ORGANIZATION)
        for number, recipient in enumerate(consent.to):
            if recipient not in words.organizations:
                yield Problem(f"/consents/{place}/to/{number}", refusals.NO_ORGANIZATION)


def _client_problems(asked: NeedsProfile, words: _Words) -> Iterator[Problem]:
    if asked.client.area is not None and asked.client.area not in words.names.areas:
        yield Problem("/client/area", refusals.NO_AREA)
    if not words.traits.keys() >= asked.client.traits.keys():
        yield Problem("/client/traits", refusals.NO_TRAIT)
    for place, kind in enumerate(asked.client.completed):
        if kind not in words.types:
            yield Problem(f"/client/completed/{place}", refusals.NO_TYPE)


def _need_problems(asked: NeedsProfile, words: _Words) -> Iterator[Problem]:
    for place, need in enumerate(asked.needs):
        if need.as_said_by is not None and need.as_said_by not in words.organizations:
            yield Problem(f"/needs/{place}/as_said_by", refusals.NO_ORGANIZATION)
        elif words.type_of(need) is None:
            yield Problem(f"/needs/{place}/type", refusals.NO_TYPE_OR_WORD)


def _profile(asked: NeedsProfile, words: _Words, at: datetime) -> routing.Profile:
    client = asked.client
    return routing.Profile(
        origin=words.organizations[asked.origin],
        at=at,
        client=routing.Client(
            age_min=client.age.min if client.age else None,
            age_max=client.age.max if client.age else None,
            gender=client.gender,
            languages=client.languages or None,
            area=client.area,
            traits=_traits(asked, words),
            completed=frozenset(words.types[kind] for kind in client.completed),
        ),
        needs=_needs(asked, words),
        client_present=asked.facts.client_present,
        avoid=frozenset(words.organizations.get(name, name) for name in asked.avoid),
        prefer=asked.prefer,
        limit=asked.limit,
    )


def _needs(asked: NeedsProfile, words: _Words) -> tuple[routing.Need, ...]:
    """Merge needs that mean the same: the highest urgency, required if any is."""
    merged: dict[str, routing.Need] = {}
    for entry in asked.needs:
        code = words.type_of(entry)
        if code is None:
            continue
        need = routing.Need(code, entry.urgency, entry.required)
        earlier = merged.get(code, need)
        urgency = min(earlier.urgency, need.urgency, key=routing.URGENCIES.index)
        merged[code] = replace(need, urgency=urgency, required=earlier.required or need.required)
    return tuple(merged.values())


def _traits(asked: NeedsProfile, words: _Words) -> dict[str, bool | None]:
    """Return traits by code; two names of one trait that disagree make it unknown."""
    found: dict[str, bool | None] = {}
    for name, value in asked.client.traits.items():
        code = words.traits[name]
        found[code] = value if found.get(code, value) == value else None
    return found


def _case(
    asked: NeedsProfile, words: _Words, profile: routing.Profile, equivalent_forms: frozenset[frozenset[str]]
) -> policies.Case:
    return policies.Case(
        today=profile.at.date(),
        **client_facts(profile.client),
        guardian=asked.facts.guardian,
        may_sign_alone=asked.facts.may_sign_alone,
        emancipated=asked.facts.emancipated,
        danger=asked.facts.danger,
        consents=tuple(consent_of(consent, words.organizations, words.forms) for consent in asked.consents),
        equivalent_forms=equivalent_forms,
        pseudonym_or_acp=asked.facts.pseudonym_or_acp,
    )
