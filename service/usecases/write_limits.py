"""Limits on the writer of a valid record, held against the table in `service.access`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from service.access import DECIDED_BY_COALITION, Operation, Ownership
from service.bundle import Bundle
from service.errors import NotYours, Problem
from service.standard.identity import id_of
from service.store import bundle_form
from service.store.bundle_form import Document
from service.store.rows import rows_of
from service.wording import refusals

from .read_directory import AGREEMENTS, ORGANIZATIONS, View

_PARTIES = ("offers", "wants")


def check_decisions(view: View, resource: str, target: Ownership, bundle: Bundle, stored: Document) -> None:
    """Hold a valid record to its writer's limits.

    Raises:
        NotYours: with the changed places.
    """
    if resource == ORGANIZATIONS:
        organization = bundle.organizations[0]
        _check_authorised(view, target, bundle, stored)
        before, now = stored.get("coalition", {}), organization.coalition
        changed = {
            "parent": organization.parent != stored.get("parent"),
            "coalition.membership": (now.membership if now else "none") != before.get("membership", "none"),
        }
        settled = [name for name in DECIDED_BY_COALITION["organization"] if changed[name]]
        if not view.reader.may(Operation.DECIDE, target):
            refuse(["/" + name.replace(".", "/") for name in settled], refusals.SETTLED_BY_COALITION)
        given = [(("services", index, "referral"), service) for index, service in enumerate(organization.services)]
        check_designation(view, target, given, stored.get("services", []))
    elif resource == AGREEMENTS and not view.reader.may(Operation.DECIDE, target):
        agreement = bundle.agreements[0]
        refuse([] if view.reader.organization in agreement.between else ["/between"], refusals.NAMES_CALLER)
        rows = rows_of(bundle)
        slugs = {id_of("organization", slug): slug for slug in agreement.between}
        [document] = bundle_form.agreement_documents(rows, slugs).values()
        same = _but(document, _PARTIES) == _but(stored, _PARTIES)
        refuse(["/status"] if agreement.status == "signed" and not same else [], refusals.SETTLED_BY_COALITION)


def _check_authorised(view: View, target: Ownership, bundle: Bundle, stored: Document) -> None:
    if not stored or view.reader.may(Operation.AUTHORISE, target):
        return
    before, profile = stored.get("coalition", {}), bundle.organizations[0].coalition
    now = set(profile.operator_authorised) if profile else set()
    if before.get("address_private") and not (profile and profile.address_private):
        # And no more: whether that would end anybody's authorization is not this writer's to know.
        refuse(["/coalition/address_private"], refusals.ITS_OWN_TO_CHANGE)
    if now != set(before.get("operator_authorised", ())):
        refuse(["/coalition/operator_authorised"], refusals.ITS_OWN_TO_CHANGE)


def check_designation(
    view: View, target: Ownership, services: Iterable[tuple[tuple[str | int, ...], Any]], stored: Iterable[Document]
) -> None:
    """Hold services, each with its place in the body, to the right to call a service designated.

    Raises:
        NotYours: with the changed places.
    """
    if view.reader.may(Operation.DECIDE, target):
        return
    before = {service["id"]: bool(service["referral"].get("designated")) for service in stored}
    changed = [place for place, service in services if service.referral.designated != before.get(service.id, False)]
    refuse(["/" + "/".join(map(str, (*place, "designated"))) for place in changed], refusals.SETTLED_BY_COALITION)


def refuse(pointers: Iterable[str], message: str) -> None:
    """Raise NotYours for pointers, if any."""
    if problems := tuple(Problem(pointer, message) for pointer in pointers):
        raise NotYours("", problems)


def _but(document: Mapping[str, Any], names: Iterable[str]) -> Document:
    return {name: value for name, value in document.items() if name not in names}
