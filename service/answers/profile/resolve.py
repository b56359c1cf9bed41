"""A profile's words held against a version of the directory: agencies' own words become codes, ids become slugs.

An unknown name is refused by field: a misspelt agency to avoid must never go unnoticed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import policies
import routing
from service import vocabulary
from service.answers.profile.client_facts import adult_age, client_facts
from service.answers.profile.consents import consent_of
from service.answers.profile.known_names import ProfileNames, find_unknown
from service.answers.profile.schema import Companion, ConsentEntry, ConsentReference, NeedsProfile, RecordedConsent
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.store.records import Presentation
from service.documents.bodies import as_pointers
from service.documents.node import Node
from service.errors import Problem, ProfileRefused
from service.i18n import refusals


@dataclass(frozen=True, slots=True)
class ResolvedProfile:
    """A resolved profile, as routing and the rules read the profile.

    `process`: none, or an unsigned subpoena. `danger`: the words of danger, without `none`. `on_record`: every consent
    is a consent on record. `elders_from`: the age from which the law in force protects every adult, as of `adult_age`.
    `client_phone`: the client has a phone of their own that is safe to use; None: not known.
    """

    profile: routing.Profile
    case: policies.Case
    process: str = "none"
    danger: frozenset[str] = frozenset()
    on_record: bool = True
    elders_from: int | str | None = None
    client_phone: bool | None = None

    def under(self, directory: DirectorySnapshot) -> ResolvedProfile:
        """Return the question under the law in force for a version of the directory. Pure."""
        elders_from = adult_age(directory)
        facts = client_facts(self.profile.client, self.profile.adult_protection, elders_from)
        case = replace(self.case, state_law=directory.state_law, vulnerable_adult=facts["vulnerable_adult"])
        return replace(self, case=case, elders_from=elders_from)


def resolve(
    needs_profile: NeedsProfile, names: Presentation, equivalent_forms: frozenset[frozenset[str]], *, at: datetime
) -> ResolvedProfile:
    """Return a profile in the directory's own codes, judged at `at` (in the coalition's time zone). Pure.

    Raises:
        ProfileRefused: the profile names an unknown agency, area, type or trait; carries every such field.
    """
    words = ProfileNames(names)
    unknown = find_unknown(Node(needs_profile), words)
    if problems := (*as_pointers(unknown), *_unsettled_consents(needs_profile)):
        raise ProfileRefused(problems)
    profile = _profile(needs_profile, words, at)
    case = _case(needs_profile, words, profile, equivalent_forms)
    profile = replace(profile, may_call=policies.may_call(case))
    danger = frozenset(needs_profile.facts.danger or ()) - {"none"}
    on_record = all(isinstance(consent, RecordedConsent) for consent in needs_profile.consents)
    return ResolvedProfile(
        profile,
        case,
        process=needs_profile.facts.process,
        danger=danger,
        on_record=on_record,
        client_phone=needs_profile.facts.client_phone,
    )


def _unsettled_consents(needs_profile: NeedsProfile) -> Iterator[Problem]:
    """Yield each reference to a consent on record without the stored terms in its place."""
    for place, consent in enumerate(needs_profile.consents):
        if isinstance(consent, ConsentReference):
            yield Problem(f"/consents/{place}", refusals.NO_CONSENT)


def _profile(needs_profile: NeedsProfile, words: ProfileNames, at: datetime) -> routing.Profile:
    client, third_party = needs_profile.client, needs_profile.facts.caller == vocabulary.THIRD_PARTY
    return routing.Profile(
        origin=words.organizations[needs_profile.origin],
        at=at,
        client=routing.Client(
            age_min=client.age.min if client.age else None,
            age_max=client.age.max if client.age else None,
            gender=client.gender,
            languages=client.languages or None,
            area=client.area,
            traits=_traits(needs_profile, words),
            completed=frozenset(words.types[service_type] for service_type in client.completed),
            companions=tuple(map(_companion, client.companions)),
        ),
        needs=needs_of(needs_profile, words),
        client_present=False if third_party else needs_profile.facts.client_present,
        adult_protection=needs_profile.facts.adult_protection,
        third_party=third_party,
        avoid=frozenset(words.organizations.get(name, name) for name in needs_profile.avoid),
        prefer=needs_profile.prefer,
        limit=needs_profile.limit,
    )


def _companion(companion: Companion) -> routing.Companion:
    return routing.Companion(
        age_min=companion.age.min if companion.age else None,
        age_max=companion.age.max if companion.age else None,
        gender=companion.gender,
    )


def needs_of(needs_profile: NeedsProfile, words: ProfileNames) -> tuple[routing.Need, ...]:
    """Return the needs by code; equal needs are merged: the highest urgency, required if any is. Pure."""
    needs: dict[str, routing.Need] = {}
    for entry in needs_profile.needs:
        code = words.type_of(entry.type, entry.as_said_by)
        if code is None:
            continue
        need = routing.Need(code, entry.urgency, entry.required)
        earlier = needs.get(code, need)
        urgency = min(earlier.urgency, need.urgency, key=routing.URGENCIES.index)
        needs[code] = replace(need, urgency=urgency, required=earlier.required or need.required)
    return tuple(needs.values())


def _traits(needs_profile: NeedsProfile, words: ProfileNames) -> dict[str, bool | None]:
    """Return traits by code; two names of a trait with different answers make the trait unknown.

    Who signs is deaf.
    """
    traits: dict[str, bool | None] = {}
    for name, value in needs_profile.client.traits.items():
        code = words.traits[name]
        traits[code] = value if traits.get(code, value) == value else None
    languages = (tag.lower().split("-", maxsplit=1)[0] for tag in needs_profile.client.languages)
    if not vocabulary.SIGN_LANGUAGES.isdisjoint(languages):
        traits["deaf"] = True
    return traits


def _case(
    needs_profile: NeedsProfile,
    words: ProfileNames,
    profile: routing.Profile,
    equivalent_forms: frozenset[frozenset[str]],
) -> policies.Case:
    return policies.Case(
        today=profile.at.date(),
        **client_facts(profile.client, profile.adult_protection),
        guardian=needs_profile.facts.guardian,
        may_sign_alone=needs_profile.facts.may_sign_alone,
        emancipated=needs_profile.facts.emancipated,
        danger=next((word for word in vocabulary.DANGERS if word in (needs_profile.facts.danger or ())), None),
        consents=tuple(
            consent_of(consent, words.organizations, words.forms)
            for consent in needs_profile.consents
            if isinstance(consent, ConsentEntry)
        ),
        equivalent_forms=equivalent_forms,
        pseudonym_or_acp=needs_profile.facts.pseudonym_or_acp,
    )
