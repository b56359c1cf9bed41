"""The writer of a record: the changes open to it, the hidden parts that stay, its new names, its withheld texts.

Limits are held against the table in `service.directory.access`, texts against `service.directory.withheld`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from itertools import chain
from secrets import token_hex
from typing import Any

from service.database.bulk import Values
from service.database.unit_of_work import UnitOfWork
from service.directory.access import ADMIN, LABELS, Operation, Ownership, may_move_alone
from service.directory.bundle import Bundle
from service.directory.bundle.addresses import Line, lines_of
from service.directory.parties import MAY, Act, PartyRole
from service.directory.standard.identity import id_of
from service.directory.store.capacity import CapacityStore
from service.directory.store.record_documents import Document, but, named_document, plain, rows_of, unit_name
from service.directory.store.repositories import CoalitionRepository
from service.directory.store.resources import TYPES, Owner, labels_of
from service.directory.store.shown_parts import NAMES, hidden_by_labels, parts_beyond, shown_parts
from service.directory.withheld import Text, lines_apart_from, split_withheld, tellers, write_withheld
from service.documents import fields
from service.documents.node import Node, organizations_of
from service.errors import Forbidden, NotFound, Problem, RecordRefused
from service.i18n import refusals

from .count_places import emit_capacity_changed
from .read_directory import AGREEMENTS, ORGANIZATIONS, SERVICES, View
from .record_body import LISTS, texts_in

_PARTIES, _COUNTS = ("offers", "wants"), "capacities"


def check_decisions(view: View, resource: str, target: Ownership, bundle: Bundle, stored: Document) -> None:
    """Hold a valid record to its writer's limits.

    Raises:
        Forbidden: with the changed places.
    """
    if resource == ORGANIZATIONS:
        organization = bundle.organizations[0]
        _check_authorised(view, target, bundle, stored)
        services = [(f"/services/{index}/referral", service) for index, service in enumerate(organization.services)]
        check_designation(view, target, services, stored.get("services", []))
    elif resource == AGREEMENTS and not view.reader.may(Operation.DECIDE, target):
        agreement = bundle.agreements[0]
        refuse([] if view.reader.organization in agreement.between else ["/between"], refusals.NAMES_CALLER)
        [row] = rows_of(bundle)["agreement"].values()
        same = but(named_document(row), *_PARTIES) == but(stored, *_PARTIES)
        refuse(["/status"] if agreement.status == "signed" and not same else [], refusals.SETTLED_BY_COALITION)


def check_labels(view: View, bundle: Bundle, stored: Document) -> None:
    """Hold a valid organization to the labels, and the parent, that its writer may set. `stored`: empty for a new one.

    No house is left or entered on its own word, for the right to settle labels goes with it; nor by removal: added
    anew, an organization has its former house, labels and parent.

    Raises:
        Forbidden: with every changed field.
    """
    [organization], [row] = bundle.organizations, rows_of(bundle)["organization"].values()
    removal = None if stored else view.resources.removal_of(organization.id)
    role = stands_to_labels(view, organization.id, organization.parent)
    if ADMIN in view.reader.scopes and role in MAY[Act.DECIDE_LABELS]:
        return
    before, now = view.labels(organization.id), labels_of(row["document"].get("coalition", {}))
    changed = [
        name for name in LABELS if now[name] != before[name] and not may_move_alone(name, before[name], now[name])
    ]
    problems = [Problem(f"/coalition/{name}", refusals.LABEL_OF_COALITION) for name in changed]
    if (stored or removal) and organization.parent != (removal.parent if removal else stored.get("parent")):
        problems.insert(0, Problem("/parent", refusals.PARENT_OF_COALITION))
    if problems:
        raise Forbidden("", tuple(problems))


def check_removal(view: View, organization: str) -> None:
    """Refuse to remove an organization of the caller's own house: added anew, it would have labels by its house's word.

    Raises:
        Forbidden: as said.
    """
    if stands_to_labels(view, organization) is PartyRole.HOUSE:
        raise Forbidden


def stands_to_labels(view: View, organization: str, *related: str | None) -> PartyRole:
    """Return how the caller stands to an organization's labels; `related`: its proposer, or its parent to be.

    Of its house are also those who were when it was last removed: to remove and add it anew makes nobody a stranger.
    """
    caller = view.reader.organization
    if caller == organization:
        return PartyRole.SUBJECT
    if not view.reader.member:
        return PartyRole.OTHER
    removal = view.resources.removal_of(organization)
    relatives = (organization, *related, *(removal.house if removal else ()))
    house = frozenset[str]().union(*(view.houses.get(relative or "", ()) for relative in relatives))
    return PartyRole.HOUSE if caller in house else PartyRole.OTHER_HOUSE


def _check_authorised(view: View, target: Ownership, bundle: Bundle, stored: Document) -> None:
    if not stored or view.reader.may(Operation.AUTHORISE, target):
        return
    before, profile = stored.get("coalition", {}), bundle.organizations[0].coalition
    now = set(profile.operator_authorised) if profile else set()
    if now != set(before.get("operator_authorised", ())):
        refuse(["/coalition/operator_authorised"], refusals.ITS_OWN_TO_CHANGE)


def check_disclosure(view: View, resource: str, bundle: Bundle, *, for_it: bool = False) -> None:
    """Refuse an organization's record (`resource`: what is put) that shows more of its name or address than before.

    Only the organization itself may. Of one that was removed only what it showed then; while it was hidden, no name,
    since none is kept of it: it comes back by a load alone. So does one that hid and wasn't in a restored backup.
    `for_it`: the caller is another organization, in whose words a proposal is put.

    Raises:
        Forbidden: with these places alone: whether more would change, as whom it authorized, may not be the writer's to
            know.
    """
    [organization] = bundle.organizations
    if view.reader.organization == organization.id and not for_it:
        return
    row_id = id_of(TYPES[ORGANIZATIONS], organization.id)
    stored = view.resources.record(row_id)
    before, after = (
        shown_parts(chain.from_iterable(map(dict.values, rows.values()))) for rows in (stored, rows_of(bundle))
    )
    if before:
        added = set(parts_beyond(after, before, NAMES).values())
    else:
        removal = view.resources.removal_of(organization.id)
        hidden = hidden_by_labels(removal.labels) if removal else set()
        if view.was_absent(row_id):
            hidden = {*after}
        added = {at for part, at in after.items() if part in hidden or (hidden and part.kind == "name")}
    if view.resources.withdrew_address(row_id):
        added |= set(parts_beyond(after, before, {"place"}).values())
    refuse(["/contacts"] if added and resource == SERVICES else sorted(added), refusals.SHOWN_BY_ITSELF)


def check_designation(
    view: View, target: Ownership, services: Iterable[tuple[str, Any]], stored: Iterable[Document]
) -> None:
    """Hold services, each with the pointer of its terms of referral, to the right to call a service designated.

    Raises:
        Forbidden: with the changed places.
    """
    if view.reader.may(Operation.DECIDE, target):
        return
    before = {service["id"]: bool(service["referral"].get("designated")) for service in stored}
    changed = [at for at, service in services if service.referral.designated != before.get(service.id, False)]
    refuse((f"{pointer}/designated" for pointer in changed), refusals.SETTLED_BY_COALITION)


def refuse(pointers: Iterable[str], message: str) -> None:
    """Raise Forbidden for pointers, if any."""
    if problems := tuple(Problem(pointer, message) for pointer in pointers):
        raise Forbidden("", problems)


def can_see_locations(view: View, owner: Owner) -> bool:
    """Say whether the caller sees every place of an organization."""
    return not owner.visibility.address_private or view.reader.sees_private(owner.visibility)


def with_private_places(view: View, owner: Owner, record: Document) -> Document:
    """Return a record with its stored private places opened, to be stored again.

    Raises:
        AddressKeyError: they cannot be opened.
    """
    if not owner.visibility.address_private:
        return record
    return {**record, "locations": view.private_locations(owner)}


def merge_hidden_fields(view: View, owner: Owner, document: Document, stored: Document) -> Document:
    """Return an organization's document with the parts hidden from its writer kept as stored.

    Raises:
        Forbidden: with the hidden places that the writer gave all the same.
        AddressKeyError: private places cannot be opened.
    """
    services = document.get("services")
    items = [(f"/services/{index}", item) for index, item in enumerate(services if isinstance(services, list) else ())]
    preserve_hidden_fields(view, owner, items, stored.get("services", []))
    if can_see_locations(view, owner):
        return document
    profile = document.get("coalition")
    refused = ["/locations"] if document.get("locations") else []
    if isinstance(profile, dict) and "operator_authorised" in profile:
        refused.append("/coalition/operator_authorised")
    refuse(refused, refusals.GIVEN_BY_WHO_SEE)
    document = with_private_places(view, owner, document)
    if isinstance(profile, dict) and (authorised := stored["coalition"].get("operator_authorised")):
        document["coalition"] = {**profile, "operator_authorised": authorised}
    return document


def preserve_hidden_fields(
    view: View, owner: Owner, services: Iterable[tuple[str, Any]], stored: Iterable[Mapping[str, Any]]
) -> None:
    """Keep in `services` (each with its pointer) stored facts: newer counts, and places hidden from the writer.

    Raises:
        Forbidden: with the hidden counts or places that the writer gave all the same.
    """
    before, sees = {service["id"]: service for service in stored}, view.sees_counts(owner.slug)
    documents = [(pointer, service) for pointer, service in services if isinstance(service, dict)]
    stored_services = [(pointer, service) for pointer, service in documents if _name(service) in before]
    outcomes = [
        (pointer, _keep_newer(view, service, before[_name(service)], sees=sees)) for pointer, service in stored_services
    ]
    refuse((f"{pointer}/capacities" for pointer, harmless in outcomes if not harmless), refusals.GIVEN_BY_WHO_SEE)
    if can_see_locations(view, owner):
        return
    pointers = [pointer for pointer, service in documents if service.get("service_at_locations")]
    refuse((f"{pointer}/service_at_locations" for pointer in pointers), refusals.GIVEN_BY_WHO_SEE)
    for _, service in stored_services:
        if places := before[_name(service)].get("service_at_locations"):
            service["service_at_locations"] = places


def _name(service: Document) -> str:
    return slug if isinstance(slug := service.get("id"), str) else ""


def _keep_newer(view: View, service: Document, stored: Mapping[str, Any], *, sees: bool) -> bool:
    """Keep the stored counts of a service unless a newer one is sent; say whether its writer may send these counts.

    `sees`: whether the writer may see the numbers; a writer without sight changes none.
    """
    counts = service.get("capacities")
    before = {unit_name(row["unit"]): row for row in stored.get("capacities", ())}
    if not sees:
        harmless = not isinstance(counts, list) or all(
            isinstance(row, dict) and row.keys() <= {"unit", "status"} for row in counts
        )
        service["capacities"] = list(before.values())
        return harmless
    if isinstance(counts, list):
        newest = {room.unit: room.updated for room in view.rooms_of(service["id"])}
        service["capacities"] = [count for row in counts for count in _newer(row, before, newest)]
    return True


def _newer(row: Any, before: Mapping[str, Document], newest: Mapping[str, datetime | None]) -> list[Any]:
    """Return the row to store: the sent count, or the stored count if at least as new."""
    unit = row.get("unit") if isinstance(row, dict) else None
    counted_at = newest.get(unit) if isinstance(unit, str) else None
    if counted_at is None or not isinstance(unit, str):
        return [row]
    sent = fields.parse_instant(row["updated"]) if isinstance(row.get("updated"), str) else None
    if row.get("updated") is not None and sent is None:
        return [row]  # malformed: refused in its turn
    stored = [before[unit]] if unit in before else []
    return stored if sent is None or sent <= counted_at else [row]


def check_new_name(view: View, resource: str, name: str, bundle: Bundle) -> None:
    """Refuse a name for an object invisible to the caller, if the name is taken or not the caller's to give."""
    refused = _refused_name(view, name, owners_of(bundle)) if resource in (SERVICES, AGREEMENTS) else None
    if refused == refusals.KEPT_NAME:
        raise RecordRefused("", (Problem("/slug", refused),))
    if refused or view.resources.is_taken(resource, name):
        raise NotFound


def _refused_name(view: View, name: str, owners: Collection[str]) -> str | None:
    """Return the fault of a new name, not in use in the caller's view, for an object of `owners` (slugs).

    A caller without sight of the whole takes names of its own: `own-slug--night-beds`. Whether another name is taken
    would tell of hidden objects, and so names of that form are for the organization's objects alone.
    """
    if not view.reader.sees_unlisted:
        return None if name.startswith(f"{view.reader.organization}--") else refusals.NEW_NAME
    prefixes = {name[: match.start()] for match in re.finditer("--", name)} - set(owners)
    return refusals.KEPT_NAME if view.resources.owners_by_slug(prefixes) else None


def named_by_others(view: View, document: Document, stored: Document) -> Iterator[Problem]:
    """Yield each new service or location in an organization under a name that the caller may not give."""
    for part in ("services", "locations"):
        names = {item["id"] for item in stored.get(part, ())}
        items = document.get(part)
        for index, item in enumerate(items if isinstance(items, list) else ()):
            name = item.get("id") if isinstance(item, dict) else None
            if isinstance(name, str) and name not in names and (refused := _refused_name(view, name, [document["id"]])):
                yield Problem(f"/{part}/{index}/slug", refused)


def owners_of(bundle: Bundle) -> frozenset[str]:
    """Return the slugs of a record's organizations: itself, or the parties of an agreement. Pure."""
    parties = (slug for agreement in bundle.agreements for slug in agreement.between)
    return frozenset((*(organization.id for organization in bundle.organizations), *parties))


def store_record(unit_of_work: UnitOfWork, view: View, resource: str, bundle: Bundle) -> None:
    """Put the single record in `bundle` (of a service: its organization's) in place of the record stored in its view.

    Raises:
        AddressKeyError: sealed texts cannot be opened, or new texts cannot be sealed.
    """
    resource = ORGANIZATIONS if resource == SERVICES else resource
    record_type, coalition = TYPES[resource], CoalitionRepository(unit_of_work)
    rows = rows_of(bundle)
    [row_id] = rows[record_type]
    before, stored = view.withheld(resource, row_id), view.resources.documents(resource, [row_id])
    owners = owners_of(bundle)
    readable = not owners or view.reader.organization in owners  # who writes what is the coalition's is shown all of it

    document = plain(bundle)

    @cache
    def told_lines() -> Mapping[Line, Collection[str]]:
        """Return the places of which an owner may hear: none where an organization of this record lives itself."""
        owner_ids = {row_id, *(owner.id for owner in view.resources.owners_by_slug(owners).values())}
        lines = coalition.lines_of_places(owner_ids)
        own = {line for line, ids in lines.items() if not ids.isdisjoint(owner_ids)}
        own.update(line for organization in organizations_of(Node(document)) for line in lines_of(organization))
        return lines_apart_from(own, lines)

    def new(text: str) -> Text:
        return Text(text, tellers(told_lines(), text), "" if readable else token_hex(8))

    open_already = frozenset(texts_in(stored))
    record_in_view, withheld = split_withheld(
        document[LISTS[resource]][0], before, readable=readable, open_already=open_already, new=new
    )
    if withheld:
        rows = rows_of(Bundle.model_validate({"coalition": document["coalition"], LISTS[resource]: [record_in_view]}))
    rows[record_type][row_id]["withheld"] = write_withheld(withheld)
    record = view.resources.record(row_id) if resource == ORGANIZATIONS else None
    recounted = _recounted_services(rows.get("service", {}), (record or {}).get("service", {}))
    earlier = CapacityStore(unit_of_work.session).of(recounted) if recounted else {}
    coalition.put(rows, record)
    if earlier:
        emit_capacity_changed(unit_of_work, view, earlier)


def _recounted_services(services: Mapping[str, Values], stored: Mapping[str, Values]) -> list[str]:
    """Return the stored services (slugs) whose record tells other counts than before."""
    pairs = ((row, stored[row_id]) for row_id, row in services.items() if row_id in stored)
    return [row["slug"] for row, was in pairs if row["document"].get(_COUNTS) != was["document"].get(_COUNTS)]
