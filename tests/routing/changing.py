"""Questions changed in one respect: an organization more or less, another label, another fact, another signature."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from typing import Any

from loaded import Asked

import policies
import routing

ALL_MARKS = frozenset({"sud", "health", "immigration", "privilege"})
ALL_SIGNERS = frozenset({"client", "parent", "guardian"})


def without_organization(asked: Asked, slug: str) -> Asked:
    """Return the question with an organization gone, its services and its part in agreements too.

    It must be nobody's parent.
    """
    directory = asked.directory
    agreements = (
        replace(one, between=tuple(party for party in one.between if party != slug)) for one in directory.agreements
    )
    return asked.but(
        directory=replace(
            directory,
            organizations=tuple(one for one in directory.organizations if one.slug != slug),
            services=tuple(one for one in directory.services if one.organization != slug),
            agreements=tuple(one for one in agreements if len(one.between) > 1),
        )
    )


def with_organization(asked: Asked, slug: str, like: str, *services: routing.Service) -> Asked:
    """Return the question with one organization more, which is `like` another in all but its id and its house."""
    template = next(one for one in asked.directory.organizations if one.slug == like)
    agency = replace(asked.sharing.directory.agencies[like], id=slug, house=slug)
    known = asked.sharing.directory
    return asked.but(
        directory=replace(
            asked.directory,
            organizations=(*asked.directory.organizations, replace(template, slug=slug, parent=None)),
            services=(*asked.directory.services, *services),
        ),
        sharing=replace(asked.sharing, directory=replace(known, agencies={**known.agencies, slug: agency})),
    )


def with_agreement(asked: Asked, agreement: routing.Agreement) -> Asked:
    """Return the question with one agreement more."""
    known = asked.sharing.directory
    shared = {
        name: getattr(agreement, name)
        for name in ("between", "mutual", "type", "status", "effective", "expires", "types", "data")
    }
    return asked.but(
        directory=replace(asked.directory, agreements=(*asked.directory.agreements, agreement)),
        sharing=replace(
            asked.sharing,
            directory=replace(
                known,
                agreements={**known.agreements, agreement.slug: policies.Agreement(id=agreement.slug, **shared)},
            ),
        ),
    )


def with_every_consent(asked: Asked) -> Asked:
    """Return the question with a full release from everyone to everyone, on a form that the recipient takes."""
    agencies = asked.sharing.directory.agencies
    today = asked.sharing.case.today
    releases = tuple(
        policies.Consent(
            form=form,
            level="release",
            marks=ALL_MARKS,
            holder=holder,
            to=frozenset({recipient}),
            data=frozenset(policies.load_vocabulary().declarable("Data")),
            purpose="referral",
            signers=ALL_SIGNERS,
            signed_on=today,
            ends_on=today + timedelta(days=30),
        )
        for holder in agencies
        for recipient in agencies
        for form in agencies[recipient].accepted_forms
        if holder != recipient
    )
    return with_case(asked, consents=(*asked.sharing.case.consents, *releases))


def with_case(asked: Asked, **changes: Any) -> Asked:
    """Return the question with other facts for the rules."""
    return asked.but(sharing=replace(asked.sharing, case=replace(asked.sharing.case, **changes)))


def with_services(asked: Asked, change: Callable[[routing.Service], routing.Service]) -> Asked:
    """Return the question with every service changed."""
    return asked.but(directory=replace(asked.directory, services=tuple(map(change, asked.directory.services))))


def with_profile(asked: Asked, **changes: Any) -> Asked:
    """Return the question with another profile."""
    return asked.but(profile=replace(asked.profile, **changes))


def with_client(asked: Asked, **changes: Any) -> Asked:
    """Return the question about another client."""
    return with_profile(asked, client=replace(asked.profile.client, **changes))


def relabelled(asked: Asked, label: Callable[[str], str]) -> Asked:
    """Return the question with other ids for organizations, services and agreements."""
    slugs = {one.slug for one in asked.directory.organizations}

    def words(given: Iterable[str]) -> frozenset[str]:
        return frozenset(label(word) if word in slugs else word for word in given)

    directory, known, case = asked.directory, asked.sharing.directory, asked.sharing.case
    agencies = {
        label(slug): replace(
            one, id=label(slug), house=label(one.house), operator_authorised=words(one.operator_authorised)
        )
        for slug, one in known.agencies.items()
    }
    signed = {
        label(slug): replace(one, id=label(slug), between=tuple(map(label, one.between)))
        for slug, one in known.agreements.items()
    }
    consents = tuple(replace(one, holder=label(one.holder), to=words(one.to)) for one in case.consents)
    return Asked(
        directory=replace(
            directory,
            organizations=tuple(
                replace(one, slug=label(one.slug), parent=one.parent and label(one.parent))
                for one in directory.organizations
            ),
            services=tuple(
                replace(
                    one,
                    slug=label(one.slug),
                    organization=label(one.organization),
                    accepts_from=words(one.accepts_from),
                )
                for one in directory.services
            ),
            agreements=tuple(
                replace(one, slug=label(one.slug), between=tuple(map(label, one.between)))
                for one in directory.agreements
            ),
        ),
        profile=replace(
            asked.profile,
            origin=label(asked.profile.origin),
            avoid=words(asked.profile.avoid),
            reports=tuple(replace(one, receivers=words(one.receivers)) for one in asked.profile.reports),
        ),
        sharing=replace(
            asked.sharing,
            directory=replace(known, agencies=agencies, agreements=signed),
            case=replace(case, consents=consents),
        ),
    )


_LABELLED = frozenset({"holder", "organization", "service", "agreement", "packet_agreement", "sole_providers"})


def relabelled_answer(answer: routing.Answer, label: Callable[[str], str]) -> routing.Answer:
    """Return an answer with other ids, wherever in it they stand."""

    def walk(value: Any, *, is_label: bool = False) -> Any:
        if isinstance(value, tuple):
            return tuple(walk(one, is_label=is_label) for one in value)
        if is_dataclass(value) and not isinstance(value, type):
            parts = {one.name: walk(getattr(value, one.name), is_label=one.name in _LABELLED) for one in fields(value)}
            return replace(value, **parts)
        return label(value) if is_label and isinstance(value, str) else value

    found: routing.Answer = walk(answer)
    return found
