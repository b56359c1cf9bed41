"""Questions changed in one respect: an organization more or less, another label, another fact, another signature."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from typing import Any

from loaded import Question

import policies
import routing

ALL_MARKS = frozenset({"sud", "health", "immigration", "privilege"})
ALL_SIGNERS = frozenset({"client", "parent", "guardian"})


def without_organization(question: Question, slug: str) -> Question:
    """Return the question with an organization gone, its services and its part in agreements too.

    It must be nobody's parent.
    """
    directory = question.directory
    agreements = (
        replace(agreement, between=tuple(party for party in agreement.between if party != slug))
        for agreement in directory.agreements
    )
    return question.but(
        directory=replace(
            directory,
            organizations=tuple(organization for organization in directory.organizations if organization.slug != slug),
            services=tuple(service for service in directory.services if service.organization != slug),
            agreements=tuple(agreement for agreement in agreements if len(agreement.between) > 1),
        )
    )


def with_organization(question: Question, slug: str, like: str, *services: routing.Service) -> Question:
    """Return the question with one organization more, which is `like` another in all but its id and its house."""
    template = next(organization for organization in question.directory.organizations if organization.slug == like)
    agency = replace(question.sharing.directory.agencies[like], id=slug, house=slug)
    directory = question.sharing.directory
    return question.but(
        directory=replace(
            question.directory,
            organizations=(*question.directory.organizations, replace(template, slug=slug, parent=None)),
            services=(*question.directory.services, *services),
        ),
        sharing=replace(question.sharing, directory=replace(directory, agencies={**directory.agencies, slug: agency})),
    )


def with_agreement(question: Question, agreement: routing.Agreement) -> Question:
    """Return the question with one agreement more."""
    directory = question.sharing.directory
    shared = {
        name: getattr(agreement, name)
        for name in ("between", "mutual", "type", "status", "effective", "expires", "types", "data")
    }
    return question.but(
        directory=replace(question.directory, agreements=(*question.directory.agreements, agreement)),
        sharing=replace(
            question.sharing,
            directory=replace(
                directory,
                agreements={**directory.agreements, agreement.slug: policies.Agreement(id=agreement.slug, **shared)},
            ),
        ),
    )


def with_every_consent(question: Question) -> Question:
    """Return the question with a full release from everyone to everyone, on a form that the recipient takes."""
    agencies = question.sharing.directory.agencies
    today = question.sharing.case.today
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
    return with_case(question, consents=(*question.sharing.case.consents, *releases))


def with_case(question: Question, **changes: Any) -> Question:
    """Return the question with other facts for the rules."""
    return question.but(sharing=replace(question.sharing, case=replace(question.sharing.case, **changes)))


def with_services(question: Question, change: Callable[[routing.Service], routing.Service]) -> Question:
    """Return the question with every service changed."""
    return question.but(directory=replace(question.directory, services=tuple(map(change, question.directory.services))))


def with_profile(question: Question, **changes: Any) -> Question:
    """Return the question with another profile."""
    return question.but(profile=replace(question.profile, **changes))


def with_client(question: Question, **changes: Any) -> Question:
    """Return the question about another client."""
    return with_profile(question, client=replace(question.profile.client, **changes))


def relabelled(question: Question, label: Callable[[str], str]) -> Question:
    """Return the question with other ids for organizations, services and agreements."""
    slugs = {organization.slug for organization in question.directory.organizations}

    def words(codes: Iterable[str]) -> frozenset[str]:
        return frozenset(label(word) if word in slugs else word for word in codes)

    directory, directory_facts, case = question.directory, question.sharing.directory, question.sharing.case
    agencies = {
        label(slug): replace(
            agency, id=label(slug), house=label(agency.house), operator_authorised=words(agency.operator_authorised)
        )
        for slug, agency in directory_facts.agencies.items()
    }
    signed = {
        label(slug): replace(agreement, id=label(slug), between=tuple(map(label, agreement.between)))
        for slug, agreement in directory_facts.agreements.items()
    }
    consents = tuple(replace(consent, holder=label(consent.holder), to=words(consent.to)) for consent in case.consents)
    return Question(
        directory=replace(
            directory,
            organizations=tuple(
                replace(
                    organization,
                    slug=label(organization.slug),
                    parent=organization.parent and label(organization.parent),
                )
                for organization in directory.organizations
            ),
            services=tuple(
                replace(
                    service,
                    slug=label(service.slug),
                    organization=label(service.organization),
                    accepts_from=words(service.accepts_from),
                )
                for service in directory.services
            ),
            agreements=tuple(
                replace(agreement, slug=label(agreement.slug), between=tuple(map(label, agreement.between)))
                for agreement in directory.agreements
            ),
        ),
        profile=replace(
            question.profile,
            origin=label(question.profile.origin),
            avoid=words(question.profile.avoid),
            reports=tuple(replace(report, receivers=words(report.receivers)) for report in question.profile.reports),
        ),
        sharing=replace(
            question.sharing,
            directory=replace(directory_facts, agencies=agencies, agreements=signed),
            case=replace(case, consents=consents),
        ),
    )


_LABELLED = frozenset({"holder", "organization", "service", "agreement", "packet_agreement", "sole_providers"})


def relabelled_answer(answer: routing.Answer, label: Callable[[str], str]) -> routing.Answer:
    """Return an answer with other ids, wherever in it they stand."""

    def walk(value: Any, *, is_label: bool = False) -> Any:
        if isinstance(value, tuple):
            return tuple(walk(part, is_label=is_label) for part in value)
        if is_dataclass(value) and not isinstance(value, type):
            parts = {
                field.name: walk(getattr(value, field.name), is_label=field.name in _LABELLED)
                for field in fields(value)
            }
            return replace(value, **parts)
        return label(value) if is_label and isinstance(value, str) else value

    result: routing.Answer = walk(answer)
    return result
