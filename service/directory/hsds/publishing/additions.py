"""Additions of the program's records to HSDS, as in its HSDS profile. Pure.

Only public facts: an organization's declaration and a service's terms of referral. Organizations authorised by an
operator, contacts for a subpoena, speakers within the coalition and the listing are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.directory.standard.hidden_names import HiddenNames
from service.directory.standard.identity import id_of
from service.directory.standard.terms import term_of
from service.directory.store.record_tables import INNER_TITLES

FRONT_GATE = "front gate"


def referral_of(service: Mapping[str, Any], hidden: HiddenNames) -> dict[str, Any]:
    """Return the terms of referral in a service's document."""
    said = {name: value for name, value in service["referral"].items() if value or name != "designated"}
    said["accepts_from"] = [source for source in said["accepts_from"] if not hidden.named_in(source)]
    return said


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
