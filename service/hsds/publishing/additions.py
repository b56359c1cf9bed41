"""Additions of the program's records to HSDS, as in its HSDS profile. Pure.

Only public facts: an organization's declaration and a service's terms of referral. Organizations authorised by an
operator, contacts for a subpoena, speakers within the coalition and the listing are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.standard.hidden_names import HiddenNames
from service.standard.identity import id_of
from service.standard.terms import term_of
from service.store.bundle_form import REFERRAL_COLUMNS, durations_of
from service.store.record_tables import INNER_TITLES

_OPEN = ("basis", "kind", "regimes", "reporter", "membership", "accepted_forms", "grievance")
FRONT_GATE = "front gate"


def coalition_of(organization: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the public part of an organization's declaration; None without a declaration."""
    if not organization["declared"]:
        return None
    said = {name: organization[name] for name in _OPEN if organization[name]}
    dates = {"on": organization["declared_on"], "review_by": organization["review_by"]}
    declared = {name: day.isoformat() for name, day in dates.items() if day is not None}
    return {**said, "address_private": organization["address_private"], **({"declared": declared} if declared else {})}


def referral_of(service: Mapping[str, Any], hidden: HiddenNames) -> dict[str, Any] | None:
    """Return a service's terms of referral, None for unknown terms: an import states none."""
    if not service["limits_known"]:
        return None
    said = {name: service[column] for name, column in REFERRAL_COLUMNS if service[column]}
    said |= {name: service[name] for name in ("companions", "waitlist") if service[name] is not None}
    said["accepts_from"] = [source for source in service["accepts_from"] if not hidden.named_in(source)]
    return {**said, **durations_of(service)}


def attributes_of(service_id: str, types: list[str]) -> list[dict[str, Any]]:
    """Return the service types of a service as HSDS attributes, so that any client can find the service by type."""
    return [
        {"id": id_of("attribute", service_id, code), "link_type": "service_type", "taxonomy_term": term_of(code)}
        for code in types
    ]


def is_inner(contact: Mapping[str, Any]) -> bool:
    """Say whether a contact is the coalition's own matter."""
    return contact.get("title") in INNER_TITLES


def front_gate(whole_id: str, phones: list[dict[str, Any]], email: Any) -> dict[str, Any] | None:
    """Return the contact in place of a private address: the organization's phones and `email`; None without both.

    >>> gate = front_gate("1", [{"id": "2", "number": "555-0100"}], None)
    >>> gate["title"], gate["phones"][0]["number"], front_gate("1", [], None)
    ('front gate', '555-0100', None)
    """
    calls = [{**phone, "id": id_of("phone", whole_id, FRONT_GATE, str(phone["id"]))} for phone in phones]
    if not calls and not email:
        return None
    contact = {"id": id_of("contact", whole_id, FRONT_GATE), "title": FRONT_GATE, "email": email, "phones": calls}
    return {name: value for name, value in contact.items() if value}
