"""Change the directory by one object, in a single transaction: the objects in its reach are checked as in a bundle."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass

from service.database.unit_of_work import RecordVersions, UnitOfWork
from service.directory.access import Operation, Ownership
from service.directory.bundle import Bundle
from service.directory.events import emit_directory_changed
from service.directory.standard.identity import id_of, is_uuid
from service.directory.store.hide_organizations import confirm_organizations
from service.directory.store.record_documents import Document, but
from service.directory.store.removed_organizations import remember_removed
from service.directory.store.repositories import CoalitionRepository
from service.directory.store.resources import TYPES, Located, Owner
from service.directory.store.shown_parts import hidden_by_labels, streets_of
from service.directory.withheld import find_named_places
from service.documents.entity_tags import Condition, TaggedDocument, with_etag
from service.errors import Forbidden, NotFound, Problem, RecordRefused, StillNeeded
from service.i18n import refusals
from service.security import Caller
from service.vocabulary import slug_of

from . import record_history  # noqa: F401 - it writes down what is changed here
from .read_directory import AGREEMENTS, ORGANIZATIONS, SERVICES, VOCABULARY, View
from .record_body import (
    LISTS,
    Body,
    BrokenObject,
    RecordChange,
    broken_in,
    in_bundle_form,
    slug_pointer,
    texts_in,
    with_slugs,
)
from .record_writer import (
    can_see_locations,
    check_decisions,
    check_designation,
    check_disclosure,
    check_labels,
    check_new_name,
    check_removal,
    merge_hidden_fields,
    named_by_others,
    preserve_hidden_fields,
    store_record,
    with_private_places,
)


@dataclass(frozen=True, slots=True)
class WriteResult:
    """The stored object now, in the caller's view, whether the object is new, and where it is."""

    document: TaggedDocument
    created: bool
    located: Located


def put_object(
    unit_of_work: UnitOfWork, caller: Caller, resource: str, key: str, *, body: Body, condition: Condition
) -> WriteResult:
    """Put an object (in the form of a read) in place of the object at `key`, or as a new object.

    Hidden parts of the stored object stay as before. The same object again changes no row. An organization that puts
    its own record confirms what it shows, if a restore kept it hidden.

    Raises:
        RecordRefused: with every problem in the object.
        NotFound, Forbidden, PreconditionRequired, PreconditionFailed: as their names say.
        StillNeeded: the change would break a further record, or the record is an import's.
        AddressKeyError: private places cannot be opened or sealed.
    """
    with unit_of_work:
        CoalitionRepository(unit_of_work).wait_for_turn()
        result = put_in(unit_of_work, caller, resource, key, body=body, condition=condition)
        emit_directory_changed(unit_of_work)
        unit_of_work.commit()
    return result


def put_in(
    unit_of_work: UnitOfWork, caller: Caller, resource: str, key: str, *, body: Body, condition: Condition | None
) -> WriteResult:
    """Put an object as `put_object` does, uncommitted and untold, in a transaction that has the turn.

    `condition` None: in place of any object.
    """
    view = View.open(unit_of_work, caller)
    located = view.resources.locate(resource, key, view.reader)
    bundle = _to_store(view, resource, key, located, body=body, condition=condition)
    if located is None and (condition is None or condition.absent):
        check_new_name(view, resource, key, bundle)
    before = None if located is None else with_etag(view.document(resource, located))
    if condition is not None:
        # Last, as RFC 9110, 13.2.1 has it: what would be refused anyway is refused for its own reason.
        condition.check(before)
    store_record(unit_of_work, view, resource, bundle)
    if resource == ORGANIZATIONS and bundle.organizations[0].id == caller.organization and not body.labels_settled:
        confirm_organizations(unit_of_work.session, [caller.organization])
    now = View.of(unit_of_work, view.reader)
    place = located or now.require(resource, key)
    stored = with_etag(now.document(resource, place))
    itself = resource == ORGANIZATIONS and place.slug == caller.organization and not body.labels_settled
    if itself and before and streets_of(before.document) - streets_of(stored.document):
        now.resources.note_withdrawn(id_of(TYPES[ORGANIZATIONS], place.slug))
    versions = RecordVersions(
        caller.organization, resource, place.slug, now.owner_slugs(place), before, deepcopy(stored)
    )
    unit_of_work.change_set.records.append(versions)
    now.put_counts(resource, [stored.document])
    return WriteResult(stored, created=located is None, located=place)


def check_object(
    unit_of_work: UnitOfWork, caller: Caller, resource: str, key: str, *, body: Body, condition: Condition | None = None
) -> None:
    """Refuse as `put_object` would refuse the object itself, in a unit of work that only reads. Stores no row."""
    with unit_of_work:
        view = View.open(unit_of_work, caller)
        located = view.resources.locate(resource, key, view.reader)
        _to_store(view, resource, key, located, body=body, condition=condition)


def _to_store(
    view: View, resource: str, key: str, located: Located | None, *, body: Body, condition: Condition | None
) -> Bundle:
    """Return the record to store: checked, and with names in place of ids."""
    if located is None and condition is not None and condition.matches is not None:
        raise NotFound
    sent_document = body.document
    document = with_slugs(sent_document, view.resources.slugs_of(filter(is_uuid, texts_in(sent_document)), view.reader))
    if located is None:
        return _new_record(view, resource, key, document)
    return _replacement(view, resource, located, document, labels_settled=body.labels_settled)


def delete_object(unit_of_work: UnitOfWork, caller: Caller, resource: str, key: str, *, condition: Condition) -> None:
    """Delete the object at `key`; an organization goes with its whole record.

    Raises:
        NotFound, Forbidden, PreconditionRequired, PreconditionFailed: as their names say.
        StillNeeded: a record refers to the object, or the object is a service of an imported record.
    """
    with unit_of_work:
        CoalitionRepository(unit_of_work).wait_for_turn()
        delete_in(unit_of_work, caller, resource, key, condition=condition)
        emit_directory_changed(unit_of_work)
        unit_of_work.commit()


def delete_in(unit_of_work: UnitOfWork, caller: Caller, resource: str, key: str, *, condition: Condition) -> Located:
    """Delete an object as `delete_object` does, uncommitted and untold, in a transaction that has the turn."""
    view = View.open(unit_of_work, caller)
    located = view.require(resource, key)
    _check_writer(view, resource, located)
    if resource == ORGANIZATIONS:
        check_removal(view, located.slug)
    before, owners = with_etag(view.document(resource, located)), view.owner_slugs(located)
    condition.check(before)
    removed = RecordVersions(
        caller.organization, resource, located.slug, owners, before, None, _may_come_back(view, resource, located)
    )
    if resource == SERVICES:
        owner = view.resources.owner(located)
        whole = view.around(ORGANIZATIONS, owner.slug, {})
        record = _whole_record(view, owner, whole)
        services = [service for service in record["services"] if service["id"] != located.slug]
        organization = {**record, "services": services}
        bundle = Bundle.model_validate({"coalition": whole["coalition"], "organizations": [organization]})
        store_record(unit_of_work, view, resource, bundle)
    else:
        if resource == ORGANIZATIONS:  # what is hidden from who removes it can neither hold it nor be told to do so
            rows = view.resources.record(located.id)["organization"].values()
            remember_removed(unit_of_work.session.connection(), rows, view.houses)
            CoalitionRepository(unit_of_work).let_go(located.slug, view.hidden)
        whole = view.around(resource, located.slug, {}, referring=True)
        _check_nothing_breaks(view, whole, broken_in(_without(whole, resource, located.slug)))
        CoalitionRepository(unit_of_work).remove(TYPES[resource], located.id)
    unit_of_work.change_set.records.append(removed)
    return located


def _may_come_back(view: View, resource: str, located: Located) -> bool:
    """Say whether the caller could put a removed object again as it was: it sees all of it, and no house was hidden."""
    hidden = resource == ORGANIZATIONS and hidden_by_labels(view.resources.owner(located).labels)
    return not hidden and view.sees_whole(resource, located)


def _check_writer(view: View, resource: str, located: Located) -> None:
    if not view.reader.may(Operation.WRITE, view.target(resource, located)):
        raise Forbidden
    if resource == SERVICES and view.resources.owner(located).imported:
        raise StillNeeded(refusals.FROM_AN_IMPORT)


def _replacement(view: View, resource: str, located: Located, body: Document, *, labels_settled: bool) -> Bundle:
    """Return the record to store in place of the present record."""
    _check_writer(view, resource, located)
    if resource == ORGANIZATIONS and view.resources.owner(located).imported:
        raise StillNeeded(refusals.FROM_AN_IMPORT)
    target = view.target(resource, located)
    if resource == SERVICES:
        owner = view.resources.owner(located)
        whole = view.around(ORGANIZATIONS, owner.slug, body)
        if body.get("organization") not in (None, owner.slug):
            raise RecordRefused("", (Problem("/organization", refusals.NO_CHANGE_OF_HANDS),))
        document = in_bundle_form(SERVICES, but(body, "organization"), located.slug, located.id)
        return _with_service(view, owner, whole, document)
    document = in_bundle_form(resource, body, located.slug, located.id)
    _check_entry(resource, document, located.slug)
    whole = view.around(resource, located.slug, document, referring=resource == VOCABULARY)
    others, stored = _without(whole, resource, located.slug), _stored_record(whole, resource, located.slug)
    insider = False
    if resource == ORGANIZATIONS:
        owner = view.resources.owner(located)
        document, insider = merge_hidden_fields(view, owner, document, stored), can_see_locations(view, owner)
    bundle = _check_change(view, RecordChange(resource, others, document, by_insider=insider), whole, stored)
    if resource == ORGANIZATIONS:
        check_disclosure(view, resource, bundle, for_it=labels_settled)
    check_decisions(view, resource, target, bundle, stored)
    if resource == ORGANIZATIONS and not labels_settled:
        check_labels(view, bundle, stored)
    return bundle


def _with_service(view: View, owner: Owner, whole: Document, service: Document) -> Bundle:
    """Return an organization's record to store, with a service in the place of that of its name, or after all."""
    record = _whole_record(view, owner, whole)
    services, insider = record.get("services", []), can_see_locations(view, owner)
    index = next((at for at, item in enumerate(services) if item["id"] == service["id"]), len(services))
    stored = services[index : index + 1]
    preserve_hidden_fields(view, owner, [("", service)], stored)
    record = {**record, "services": [*services[:index], service, *services[index + 1 :]]}
    change = RecordChange(SERVICES, _without(whole, ORGANIZATIONS, owner.slug), record, index, by_insider=insider)
    bundle = _check_change(view, change, whole, stored[0] if stored else {})
    check_disclosure(view, SERVICES, bundle)
    target = view.reader.target(owner.visibility)
    check_designation(view, target, [("/referral", bundle.organizations[0].services[index])], stored)
    return bundle


def _new_record(view: View, resource: str, key: str, body: Document) -> Bundle:
    """Return the record to store as a new record."""
    if is_uuid(key):
        raise NotFound
    if resource == SERVICES:
        return _created_service(view, key, body)
    whole = _with_free_name(view.around(resource, key, body), resource, key)
    parties = body.get("between") if resource == AGREEMENTS else None
    own = isinstance(parties, list) and view.reader.organization in parties
    target = Ownership.OWN if own else Ownership.SHARED
    operation = Operation.DECIDE if resource == ORGANIZATIONS else Operation.WRITE
    if not view.reader.may(operation, target):
        raise Forbidden
    document = in_bundle_form(resource, body, key, id_of(TYPES[resource], key))
    _check_entry(resource, document, key)
    bundle = _check_change(
        view, RecordChange(resource, whole, document, by_insider=resource == ORGANIZATIONS), whole, {}
    )
    check_decisions(view, resource, target, bundle, {})
    if resource == ORGANIZATIONS:
        check_disclosure(view, resource, bundle)
        check_labels(view, bundle, {})
    return bundle


def _check_entry(resource: str, document: Document, slug: str) -> None:
    """Refuse a vocabulary entry under another's name: its name is its code, or its organization and term."""
    has_names = [isinstance(document.get(name), str) for name in ("code", "term", "organization")]
    if resource == VOCABULARY and any(has_names) and slug_of(document) != slug:
        raise RecordRefused("", (Problem("", refusals.ENTRY_OF_PATH),))


def _created_service(view: View, key: str, body: Document) -> Bundle:
    slug = body.get("organization")
    if not isinstance(slug, str):
        raise RecordRefused("", (Problem("/organization", refusals.REQUIRED),))
    owner = view.resources.owners_by_slug([slug]).get(slug)
    if owner is None or not view.reader.sees(owner.visibility):
        raise RecordRefused("", (Problem("/organization", refusals.NOT_IN_ORGANIZATIONS),))
    if not view.reader.may(Operation.WRITE, view.reader.target(owner.visibility)):
        raise Forbidden
    if owner.imported:
        raise StillNeeded(refusals.FROM_AN_IMPORT)
    document = in_bundle_form(SERVICES, but(body, "organization"), key, id_of("service", key))
    whole = _with_free_name(view.around(ORGANIZATIONS, owner.slug, document), SERVICES, key)
    return _with_service(view, owner, whole, document)


def _check_change(view: View, change: RecordChange, before: Document, stored: Document) -> Bundle:
    """Return the changed record as a bundle of its own.

    Raises:
        RecordRefused: a problem within the object.
        StillNeeded: a problem at a further object.
    """
    (bundle, misfits), (within, elsewhere) = change.bundle(), change.relations()
    # An organization that the caller may not know of is to it as one that does not exist, unless it is named already:
    # that it is there is then known, and no more of it.
    names, hidden = set(texts_in(stored)), view.hidden
    visible = change.without(hidden, existing=names).relations()[0] if hidden else within
    item = change.record if change.index is None else change.record["services"][change.index]
    places = find_named_places(item, names)
    visible = [*misfits, *visible, *(Problem(slug_pointer(problem.path), problem.message) for problem in places)]
    if change.resource == ORGANIZATIONS:
        visible += named_by_others(view, item, stored)
    if (refused := visible or within) or bundle is None:
        raise RecordRefused("", tuple(sorted(set(refused), key=lambda problem: (problem.path, problem.message))))
    if elsewhere:
        _check_nothing_breaks(view, before, elsewhere)
    return bundle


def _whole_record(view: View, owner: Owner, whole: Document) -> Document:
    """Return the record of an organization among the objects in reach of a change, with its private places opened."""
    return with_private_places(view, owner, _stored_record(whole, ORGANIZATIONS, owner.slug))


def _check_nothing_breaks(view: View, before: Document, after: Iterable[BrokenObject]) -> None:
    """Raise StillNeeded if the change breaks a record that was whole before."""
    broken_before = set(broken_in(before))
    broken = [item for item in after if item not in broken_before]
    if not broken:
        return
    nameable = {(place.resource, place.slug) for place in broken if _may_be_named(view, place, before)}
    names = ", ".join(f"{resource}/{slug}" if slug else resource for resource, slug in sorted(nameable))
    raise StillNeeded(refusals.REFERRED_TO + (f": {names}" if names else ""))


def _may_be_named(view: View, place: BrokenObject, whole: Document) -> bool:
    if place.resource != AGREEMENTS:
        return place.organization not in view.hidden
    parties = set(_stored_record(whole, AGREEMENTS, place.slug).get("between", ()))
    return view.reader.organization in parties or not parties & view.hidden


def _without(whole: Document, resource: str, slug: str) -> Document:
    name = LISTS[resource]
    return {**whole, name: [row for row in whole[name] if slug_of(row) != slug]}


def _with_free_name(whole: Document, resource: str, slug: str) -> Document:
    """Return a directory in which no object of the resource has the name; a hidden object is not told to a writer."""
    if resource != SERVICES:
        return _without(whole, resource, slug)
    others = ([item for item in row.get("services", []) if item["id"] != slug] for row in whole[LISTS[resource]])
    records = [{**row, "services": services} for row, services in zip(whole[LISTS[resource]], others, strict=True)]
    return {**whole, LISTS[resource]: records}


def _stored_record(whole: Document, resource: str, slug: str) -> Document:
    return next((row for row in whole[LISTS[resource]] if slug_of(row) == slug), {})
