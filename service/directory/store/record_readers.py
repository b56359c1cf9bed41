"""Stored documents as the records for the rules, and as the names and numbers for people. Pure, without validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import policies
from service.directory.standard.phone_numbers import switchboard
from service.words.vocabulary import normal_term

from . import records
from .directory_reader import agreement_terms, day_in, phones_in
from .queries import AnyRow
from .record_parts import parts_of


def agency_of(row: AnyRow, house: str) -> policies.Agency:
    """Return an organization as the rules read it; `house`: the organization at the top of its house."""
    profile = row.document.get("coalition", {})
    return policies.Agency(
        id=row.slug,
        kind=profile.get("kind"),
        basis=profile.get("basis"),
        regimes=frozenset(profile.get("regimes", ())),
        declared=bool(profile),
        reporter=profile.get("reporter"),
        member=profile.get("membership") in ("active", "non_active"),
        house=house,
        address_private=row.private,
        operator_authorised=frozenset(profile.get("operator_authorised", ())),
        accepted_forms=frozenset(profile.get("accepted_forms", ())),
    )


def policy_agreement_of(row: AnyRow) -> policies.Agreement:
    """Return an agreement as the rules read it."""
    return policies.Agreement(**agreement_terms(row.document), id=row.slug)


def form_of(row: AnyRow) -> records.ReleaseForm:
    """Return a release form."""
    words = {name: frozenset(row.document.get(name, ())) for name in ("languages", "elements", "marks")}
    return records.ReleaseForm(id=row.id, slug=row.slug, name=row.document["name"], **words)


def organization_view(row: AnyRow) -> records.OrganizationView:
    """Return the shown facts of an organization."""
    told, profile = row.document, row.document.get("coalition", {})
    declared, subpoena, grievance = (profile.get(name) for name in ("declared", "subpoena_contact", "grievance"))
    return records.OrganizationView(
        id=row.id,
        slug=row.slug,
        name=told["name"],
        description=told.get("description"),
        parent=told.get("parent"),
        basis=profile.get("basis"),
        kind=profile.get("kind"),
        listed=profile.get("listed", "public"),
        membership=profile.get("membership", "none"),
        address_private=row.private,
        phones=phones_in(told),
        grievance=records.Grievance(**grievance) if grievance else None,
        declared_on=day_in(declared, "on") if declared else None,
        review_by=day_in(declared, "review_by") if declared else None,
        subpoena_contact=records.SubpoenaContact(**subpoena) if subpoena else None,
    )


def service_view(row: AnyRow, document: Mapping[str, Any], organization: str) -> records.ServiceView:
    """Return the shown facts of a service; `document` holds the parts of its places too."""
    return records.ServiceView(row.id, row.slug, document["name"], organization, phones_in(document))


def contacts_of(row: AnyRow) -> tuple[records.ContactView, ...]:
    """Return the people who speak for an organization."""
    return tuple(
        records.ContactView(
            title=one.get("title"),
            name=one.get("name"),
            email=one.get("email"),
            phones=phones_in(one),
            since=day_in(one, "since"),
            until=day_in(one, "until"),
            successor=one.get("successor"),
        )
        for one in row.document.get("contacts", ())
    )


def numbers_in(row: AnyRow) -> set[str]:
    """Return every telephone number in a record."""
    return {phone["number"] for phone in parts_of(row.document, "phones")}


def promises_of(row: AnyRow) -> records.ExchangeTerms:
    """Return what the parties of an agreement offer and want."""
    return records.ExchangeTerms(offers=row.document.get("offers", {}), wants=row.document.get("wants", {}))


def code_view(row: AnyRow) -> records.CodeView:
    """Return a code of the coalition's vocabulary."""
    told = row.document
    return records.CodeView(
        row.slug, told["name"], told["kind"], told.get("decided_by"), tuple(told.get("same_as", ()))
    )


def term_key(row: AnyRow) -> tuple[str, str]:
    """Return an organization's own word as `records.Presentation.terms` finds it."""
    return row.document["organization"], normal_term(row.document["term"])


def fallback_lines_of(
    stored: list[dict[str, Any]] | None, numbers: Mapping[str, set[str]]
) -> tuple[records.FallbackLine, ...]:
    """Return the lines with their owners: whoever has the number on a phone of its own, its services or its people.

    `numbers`: all of an organization's, by slug.
    """
    lines = tuple(records.FallbackLine(**line) for line in stored or ()) or (records.NATIONAL_HOTLINE,)
    dialed = [{switchboard(number) for number in (line.phone, line.sms) if number} - {None} for line in lines]
    owners: dict[str | None, set[str]] = {number: set() for number in set().union(*dialed)}
    for slug, own in numbers.items():
        for number in owners.keys() & set(map(switchboard, own)):
            owners[number].add(slug)
    return tuple(
        replace(line, owners=frozenset[str]().union(*(owners[number] for number in called)))
        for line, called in zip(lines, dialed, strict=True)
    )
