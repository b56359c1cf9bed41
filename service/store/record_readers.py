"""The records for the rules, and the names and numbers for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

import policies
from service.standard.phone_numbers import switchboard
from service.vocabulary import normal_term

from . import records
from .queries import (
    AnyRow,
    Groups,
    group,
    phones_in,
    read_agreements,
    read_coalition,
    read_parts,
    read_rows,
    words_or_none,
)


def read_policy_records(connection: Connection) -> records.PolicyRecords:
    """Return the records that the rules read. A fixed number of statements.

    Raises:
        NothingLoaded: the store holds no coalition.
    """
    coalition = read_coalition(connection)
    organizations = read_rows(connection, "organization", order="slug")
    slugs = {row.id: row.slug for row in organizations}
    parents = {row.id: row.parent_id for row in organizations}
    return records.PolicyRecords(
        version=coalition.directory_version,
        packs=tuple(coalition.policy_packs),
        agencies={row.slug: _agency(row, slugs[_topmost(row.id, parents)]) for row in organizations},
        agreements=tuple(_agreement(row, parties) for row, parties in read_agreements(connection, slugs)),
        forms=_forms(connection),
        equivalent_forms=_equivalent_forms(connection),
    )


def read_presentation(connection: Connection) -> records.Presentation:
    """Return names and numbers for people. A fixed number of statements.

    Raises:
        NothingLoaded: the store holds no coalition.
    """
    coalition = read_coalition(connection)
    organizations = read_rows(connection, "organization", order="slug")
    slugs = {row.id: row.slug for row in organizations}
    phones = read_parts(connection, "phone", "organization_id")
    service_phones = read_parts(connection, "phone", "service_id")
    services = read_rows(connection, "service", order="slug")
    terms = read_rows(connection, "vocabulary_term")
    contacts = read_parts(connection, "contact", "organization_id")
    contact_phones = read_parts(connection, "phone", "contact_id")
    every_phone = read_parts(connection, "phone", "owner_id")
    parties = read_parts(connection, "agreement_party", "agreement_id")
    return records.Presentation(
        version=coalition.directory_version,
        coalition=coalition.slug,
        coalition_name=coalition.name,
        timezone=coalition.timezone,
        packs=tuple(coalition.policy_packs),
        organizations={row.slug: _organization_view(row, slugs, phones) for row in organizations},
        services={row.slug: _service_view(row, slugs, service_phones) for row in services},
        areas={row.slug: row.name for row in read_rows(connection, "area", order="slug")},
        forms=_forms(connection),
        codes={row.code: _code_view(row) for row in terms if row.code is not None},
        contacts={
            row.slug: tuple(_contact_view(contact, contact_phones) for contact in contacts.get(row.id, ()))
            for row in organizations
            if row.declared
        },
        promises={row.slug: _promises(parties[row.id], slugs) for row in read_rows(connection, "agreement")},
        terms={(slugs[row.organization_id], normal_term(row.term)): row.means for row in terms if row.term is not None},
        fallback_lines=_fallback_lines(coalition.fallback_lines, every_phone, slugs),
    )


def _fallback_lines(
    stored: list[dict[str, Any]] | None, phones: Groups, slugs: Mapping[str, str]
) -> tuple[records.FallbackLine, ...]:
    """Return the lines with their owners: whoever has the number on a phone of its own, its services or its people."""
    lines = tuple(records.FallbackLine(**line) for line in stored or ()) or (records.NATIONAL_HOTLINE,)
    dialed = [{switchboard(number) for number in (line.phone, line.sms) if number} - {None} for line in lines]
    owners: dict[str | None, set[str]] = {number: set() for number in set().union(*dialed)}
    for owner, rows in phones.items():
        for number in owners.keys() & {switchboard(row.number) for row in rows}:
            owners[number].add(slugs[owner])
    return tuple(
        replace(line, owners=frozenset().union(*(owners[number] for number in numbers)))
        for line, numbers in zip(lines, dialed, strict=True)
    )


def _topmost(organization_id: str, parents: Mapping[str, str | None]) -> str:
    at = organization_id
    while (above := parents[at]) is not None:
        at = above
    return at


def _agency(row: AnyRow, house: str) -> policies.Agency:
    return policies.Agency(
        id=row.slug,
        kind=row.kind,
        basis=row.basis,
        regimes=frozenset(row.regimes),
        declared=row.declared,
        reporter=row.reporter,
        member=row.membership in ("active", "non_active"),
        house=house,
        address_private=row.address_private,
        operator_authorised=frozenset(row.operator_authorised),
        accepted_forms=frozenset(row.accepted_forms),
    )


def _agreement(row: AnyRow, parties: tuple[str, ...]) -> policies.Agreement:
    return policies.Agreement(
        id=row.slug,
        between=parties,
        mutual=row.mutual,
        type=row.type,
        status=row.status,
        effective=row.effective,
        expires=row.expires,
        types=words_or_none(row.types),
        data=words_or_none(row.data),
    )


def _forms(connection: Connection) -> dict[str, records.ReleaseForm]:
    return {
        row.slug: records.ReleaseForm(
            id=row.id,
            slug=row.slug,
            name=row.name,
            languages=frozenset(row.languages),
            elements=frozenset(row.elements),
            marks=frozenset(row.marks),
        )
        for row in read_rows(connection, "release_form", order="slug")
    }


def _equivalent_forms(connection: Connection) -> frozenset[frozenset[str]]:
    slugs = {row.id: row.slug for row in read_rows(connection, "release_form")}
    groups = group(read_rows(connection, "form_equivalence"), "group_id")
    return frozenset(frozenset(slugs[row.form_id] for row in rows) for rows in groups.values())


def _organization_view(row: AnyRow, slugs: Mapping[str, str], phones: Groups) -> records.OrganizationView:
    return records.OrganizationView(
        id=row.id,
        slug=row.slug,
        name=row.name,
        description=row.description,
        parent=slugs.get(row.parent_id),
        basis=row.basis,
        kind=row.kind,
        listed=row.listed,
        membership=row.membership,
        address_private=row.address_private,
        phones=phones_in(phones.get(row.id, ())),
        grievance=records.Grievance(**row.grievance) if row.grievance else None,
        declared_on=row.declared_on,
        review_by=row.review_by,
        subpoena_contact=records.SubpoenaContact(**row.subpoena_contact) if row.subpoena_contact else None,
    )


def _service_view(row: AnyRow, slugs: Mapping[str, str], phones: Groups) -> records.ServiceView:
    return records.ServiceView(
        id=row.id,
        slug=row.slug,
        name=row.name,
        organization=slugs[row.organization_id],
        phones=phones_in(phones.get(row.id, ())),
    )


def _contact_view(row: AnyRow, phones: Groups) -> records.ContactView:
    return records.ContactView(
        title=row.title,
        name=row.name,
        email=row.email,
        phones=phones_in(phones.get(row.id, ())),
        since=row.since,
        until=row.until,
        successor=row.successor,
    )


def _promises(parties: Iterable[AnyRow], slugs: Mapping[str, str]) -> records.ExchangeTerms:
    named = [(slugs[party.organization_id], party) for party in parties]
    return records.ExchangeTerms(
        offers={slug: party.offers for slug, party in named if party.offers},
        wants={slug: party.wants for slug, party in named if party.wants},
    )


def _code_view(row: AnyRow) -> records.CodeView:
    return records.CodeView(row.code, row.name, row.kind, row.decided_by, tuple(row.same_as))
