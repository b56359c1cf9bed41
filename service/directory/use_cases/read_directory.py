"""Read the directory: an object or a page in the caller's view, each with its entity tag."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any

from policies.messages import TOGETHER, joined
from service.database import clock
from service.database.hiding_note import absent_digests
from service.database.unit_of_work import MISREAD, UnitOfWork
from service.directory.access import Operation, Ownership, Reader, Visibility
from service.directory.standard.identity import id_of, place_name
from service.directory.store.capacity import Capacity, CapacityStore, UsualAnswers, read_usual_answers
from service.directory.store.damaged_records import has_damaged
from service.directory.store.hide_organizations import unconfirmed_slugs
from service.directory.store.neighborhood import Neighborhood
from service.directory.store.record_documents import Document, but, filled, unit_name, without_person, written
from service.directory.store.repositories import CoalitionRepository
from service.directory.store.resources import TYPES, Located, Owner, Resources, labels_of, read_houses
from service.directory.use_cases.record_body import texts_in
from service.directory.withheld import Withheld, join_withheld, read_withheld
from service.documents.entity_tags import TaggedDocument, with_etag
from service.errors import NotFound
from service.i18n import answers, refusals
from service.security import Caller
from service.vocabulary import AGREEMENT_TYPES

ORGANIZATIONS, SERVICES, AGREEMENTS, FORMS, VOCABULARY = RESOURCES = tuple(TYPES)
RECORDS = tuple(name for name in RESOURCES if name != SERVICES)  # a service is part of its organization's record
TOLD_ELSEWHERE, TEXT_NOT_SHOWN = "address_told_elsewhere", "text_not_shown"
KEPT_HIDDEN = "hidden_after_restore"


def get_object(unit_of_work: UnitOfWork, caller: Caller, resource: str, key: str) -> TaggedDocument:
    """Return the object of a `resource` with the id (a UUID) or slug `key`.

    Private places are included only for the caller's own organization, or one that authorised the caller.

    Raises:
        NotFound: no such object, or hidden from the caller.
        AddressKeyError: private places are due and cannot be opened.
    """
    with unit_of_work:
        view = View.open(unit_of_work, caller)
        return view.tagged_document(resource, view.require(resource, key))


def list_objects(
    unit_of_work: UnitOfWork, caller: Caller, resource: str, filters: Mapping[str, str], *, page: int, per_page: int
) -> TaggedDocument:
    """Return a page of the objects visible to the caller, without private places; pages are counted from 1.

    An object that a damaged record keeps from being read is left out, and counts in `total`.
    """
    with unit_of_work:
        view = View.open(unit_of_work, caller)
        offset = (page - 1) * per_page
        total, ids = view.resources.page(resource, view.reader, filters, offset=offset, limit=per_page)
        items = view.readable(resource, ids)
        listing = with_etag({"items": items, "page": page, "per_page": per_page, "total": total})
        view.put_counts(resource, items)
    return listing


def has_area(unit_of_work: UnitOfWork, code: str) -> bool:
    """Say whether the coalition has an area with the code."""
    with unit_of_work:
        return Resources(unit_of_work.session).has_area(code)


class View:
    """The directory in a caller's view, within one transaction and until a change: a new view sees the change."""

    def __init__(self, unit_of_work: UnitOfWork, resources: Resources, reader: Reader) -> None:
        self._work = unit_of_work
        self.resources = resources
        self.reader = reader
        self._counts: dict[str, bool] = {}

    @classmethod
    def open(cls, unit_of_work: UnitOfWork, caller: Caller) -> View:
        """Return the view of `caller` in an entered unit of work."""
        resources = Resources(unit_of_work.session)
        return cls(unit_of_work, resources, resources.reader(caller.organization, caller.scopes))

    @classmethod
    def of(cls, unit_of_work: UnitOfWork, reader: Reader) -> View:
        """Return the view of a reader in an entered unit of work."""
        return cls(unit_of_work, Resources(unit_of_work.session), reader)

    def around(self, resource: str, slug: str, document: Document, *, referring: bool = False) -> Document:
        """Return the objects, hidden too, that a change of one (of a service: its organization) to `document` reaches.

        `referring`: with the objects that refer to it, which may go, or become something else.
        """
        neighborhood = Neighborhood(self._work.session.connection())
        if resource != ORGANIZATIONS:
            neighborhood.add_record(TYPES[resource], slug)
        elif owner := self.resources.owners_by_slug([slug]).get(slug):
            neighborhood.add_organization(self.resources.record(owner.id))
        stored = neighborhood.document()
        neighborhood.add_named({*texts_in(document), *texts_in([stored["organizations"], stored["agreements"]])})
        for parent in (document.get("parent"), *(row.get("parent") for row in stored["organizations"])):
            neighborhood.add_parents(parent)
        if referring:
            neighborhood.add_referring(TYPES[resource], slug)
        return neighborhood.document()

    @cached_property
    def houses(self) -> Mapping[str, frozenset[str]]:
        """Each organization's house at the first read here, by slug: organizations under one topmost parent."""
        return read_houses(self._work.session.connection())

    def labels(self, organization: str) -> dict[str, Any]:
        """Return an organization's labels, hidden or not; of an absent one those it was removed with, or undeclared."""
        if owner := self.resources.owners_by_slug([organization]).get(organization):
            return owner.labels
        removal = self.resources.removal_of(organization)
        return labels_of({}) if removal is None else removal.labels

    def was_absent(self, organization: str) -> bool:
        """Say whether an organization (an id) hid after the backup that was restored, and wasn't in it."""
        return bool(absent_digests(self._work.session, self._work.cipher.keys, [organization]))

    def require(self, resource: str, key: str) -> Located:
        """Return the place of an object.

        Raises:
            NotFound: no such object, or hidden from the caller.
        """
        located = self.resources.locate(resource, key, self.reader)
        if located is None:
            raise NotFound
        return located

    def tagged_document(self, resource: str, located: Located) -> TaggedDocument:
        """Return an object with its entity tag, and then with the newest counts, which change no tag."""
        tagged = with_etag(self.document(resource, located))
        self.put_counts(resource, [tagged.document])
        return tagged

    def put_counts(self, resource: str, documents: Iterable[Document]) -> None:
        """Put the newest counts of places into documents: as numbers for readers with sight of them, else as a word.

        For readers with sight of them, how soon the services answer too.
        """
        services = list(_services_of(resource, documents))
        rooms = CapacityStore(self._work.session).of(service["slug"] for _, service in services) if services else {}
        for owner, document in services:
            if counts := rooms[document["slug"]]:
                earlier = {unit_name(row["unit"]): row for row in document.get("capacities", ())}
                document["capacities"] = [
                    {**earlier.get(room.unit, {}), **_numbers(room)}
                    if self.sees_counts(owner)
                    else {"unit": room.unit, "status": room.status(self._now)}
                    for room in counts
                ]

        figures_by_service = read_usual_answers(self._work.session, rooms.keys()) if services else {}
        for owner, document in services:
            if (figures := figures_by_service.get(document["slug"])) and self.sees_counts(owner):
                own = self.reader.organization == owner
                document["usual_answers"] = [_usual_answer(figure, own=own) for figure in figures]

    @cached_property
    def _now(self) -> datetime:
        return clock.now(self._work.session)

    def rooms_of(self, service: str) -> list[Capacity]:
        """Return the newest counts of a service (a slug)."""
        return CapacityStore(self._work.session).of([service])[service]

    def sees_counts(self, owner: str) -> bool:
        """Say whether the caller may see the numbers of places at an organization's services."""
        if owner not in self._counts:
            self._counts[owner] = self.resources.sees_counts(self.reader.organization, owner)
        return self._counts[owner]

    @cached_property
    def _partners(self) -> frozenset[str]:
        return self.resources.partners(self.reader.organization, AGREEMENT_TYPES)

    def _names_people(self, owner: Visibility) -> bool:
        """Say whether the caller may know who speaks for an organization: itself, and members.

        Of one that is not open: members with an agreement in force with it, and those who keep its record.
        """
        target = self.reader.target(owner)
        if target is Ownership.OWN or not self.reader.member:
            return target is Ownership.OWN
        return owner.is_open or self.reader.may(Operation.WRITE, target) or owner.slug in self._partners

    def target(self, resource: str, located: Located) -> Ownership:
        """Return how the caller stands to an object."""
        owners = [owner.visibility for owner in self.resources.owners(located.owners).values()]
        if resource in (FORMS, VOCABULARY) or not owners:
            return Ownership.SHARED
        return self.reader.target_among(owners)

    def owner_slugs(self, located: Located) -> list[str]:
        """Return the slugs of the organizations that an object belongs to; none: it is the coalition's."""
        return [owner.slug for owner in self.resources.owners(located.owners).values()]

    def document(self, resource: str, located: Located) -> Document:
        """Return an object in the caller's view, private places included where visible."""
        [document] = self.documents(resource, [located.id])
        if resource == ORGANIZATIONS:
            owner = self.resources.owner(located)
            if owner.visibility.address_private and self.reader.sees_private(owner.visibility):
                document["locations"] = [_with_id(owner.slug, place) for place in self.private_locations(owner)]
        return self._with_withheld(resource, located, document)

    def documents(self, resource: str, ids: list[str]) -> list[Document]:
        """Return objects in the caller's view, in the order of `ids`, without private places."""
        documents = self.resources.documents(resource, ids)
        ordered = [documents[row_id] for row_id in ids]
        if resource not in (ORGANIZATIONS, SERVICES):
            return ordered
        names = [document["slug"] if resource == ORGANIZATIONS else document["organization"] for document in ordered]
        owners = self.resources.owners_by_slug(names)
        return [self._cut(resource, document, owners[name]) for document, name in zip(ordered, names, strict=True)]

    def readable(self, resource: str, ids: list[str]) -> list[Document]:
        """Return what `documents` does, without the objects that a damaged record keeps from being read."""
        try:
            return self.documents(resource, ids)
        except MISREAD:
            if not has_damaged(self._work.session.connection()):
                raise
        documents: list[Document] = []
        for row_id in ids:
            with suppress(*MISREAD):
                documents += self.documents(resource, [row_id])
        return documents

    def private_locations(self, owner: Owner) -> list[dict[str, Any]]:
        """Return an organization's private places in the bundle's form. The caller is to be asked about first.

        Raises:
            AddressKeyError: the key at hand is not the sealing key.
        """
        rows = sorted(self.resources.record(owner.id)["location"].values(), key=itemgetter("position", "id"))
        return [json.loads(self._work.cipher.open(row["sealed"])) for row in rows if row["sealed"] is not None]

    @cached_property
    def hidden(self) -> frozenset[str]:
        """The slugs of organizations hidden from the caller."""
        everything = frozenset() if self.reader.sees_unlisted else self.resources.unlisted_slugs()
        return everything - {self.reader.organization}

    def _with_withheld(self, resource: str, located: Located, document: Document) -> Document:
        """Return an object whole to the owners of its record, with their messages as `notices`."""
        target = self.target(resource, located)
        if target is Ownership.OWN or (target is Ownership.SHARED and self.reader.may(Operation.WRITE, target)):
            of_service = resource == SERVICES
            within, row_id = (f"/services/{located.slug}", located.owners[0]) if of_service else ("", located.id)
            if withheld := self.withheld(ORGANIZATIONS if of_service else resource, row_id):
                document = join_withheld(document, withheld, within)
            if resource == ORGANIZATIONS:
                notice = {"id": TEXT_NOT_SHOWN, "plain": refusals.TEXT_NOT_SHOWN}
                notices = [{**notice, "pointer": pointer} for pointer in sorted(withheld)]
                if target is Ownership.OWN and located.slug in unconfirmed_slugs(self._work.session):
                    hidden = {"id": KEPT_HIDDEN, "plain": refusals.KEPT_HIDDEN, "pointer": "/coalition/listed"}
                    notices.insert(0, hidden)
                if notices := [*notices, *self.address_leaks_in_other_records(row_id)]:
                    document["notices"] = notices
        return document

    def sees_whole(self, resource: str, located: Located) -> bool:
        """Say whether the caller's view of an object leaves out nothing: no place, count, person, name or text."""
        target = self.target(resource, located)
        if target is Ownership.OWN:
            return True
        kind, row_id, within = resource, located.id, ""
        if resource in (ORGANIZATIONS, SERVICES):
            visibility = self.resources.owner(located).visibility
            if visibility.address_private and not self.reader.sees_private(visibility):
                return False
            if not (visibility.is_open or self.sees_counts(visibility.slug)) or not self._names_people(visibility):
                return False
            if self.hidden:
                return False
            if resource == SERVICES:
                kind, row_id, within = ORGANIZATIONS, located.owners[0], f"/services/{located.slug}/"
        if target is Ownership.SHARED and self.reader.may(Operation.WRITE, target):
            return True
        return not any(pointer.startswith(within) for pointer in self.withheld(kind, row_id))

    def withheld(self, resource: str, row_id: str) -> Withheld:
        """Return the withheld texts of a record, also of an absent record."""
        if resource != ORGANIZATIONS:
            return CoalitionRepository(self._work).withheld(TYPES[resource], row_id).get(row_id, {})
        owner = self.resources.owners([row_id]).get(row_id)
        return read_withheld(self._work.cipher.open(owner.withheld)) if owner and owner.withheld else {}

    def address_leaks_in_other_records(self, organization_id: str) -> Iterator[Document]:
        """Yield the fields where others' texts tell a private place of an organization, without the texts."""
        owner = self.resources.owners([organization_id]).get(organization_id)
        if owner is None or not owner.visibility.address_private:
            return
        for resource in RECORDS:
            for row_id, withheld in CoalitionRepository(self._work).withheld(TYPES[resource]).items():
                fields = sorted(pointer for pointer, text in withheld.items() if organization_id in text.told)
                if fields and (record := self.resources.locate(resource, row_id, self.reader)) is not None:
                    href = f"/v1/{resource}/{record.slug}"
                    notice = {"id": TOLD_ELSEWHERE, "plain": refusals.TOLD_ELSEWHERE, "href": href}
                    yield from ({**notice, "pointer": pointer} for pointer in fields)

    def _cut(self, resource: str, document: Document, owner: Owner) -> Document:
        visibility = owner.visibility
        own = self.reader.target(visibility) is Ownership.OWN
        services = document.get("services", ()) if resource == ORGANIZATIONS else (document,)
        if resource == ORGANIZATIONS and visibility.address_private:
            document.pop("locations", None)
        if visibility.address_private and not self.reader.sees_private(visibility):
            if "coalition" in document:
                document["coalition"] = but(document["coalition"], "operator_authorised")
            for service in services:
                service.pop("service_at_locations", None)
        if not visibility.is_open and not own and not self.sees_counts(visibility.slug):
            for service in services:
                without_numbers(service)
        if not self._names_people(visibility):
            _without_people(document, services)
        if not own and self.hidden:
            _without_names(document, services, self.hidden)
        return document


def without_numbers(service: Document) -> None:
    """Take the numbers out of a service's document: its entity tag must not tell hidden numbers.

    >>> service = {"capacities": [{"unit": "bed", "available": 2, "maximum": 8}]}
    >>> without_numbers(service)
    >>> service
    {'capacities': [{'unit': 'bed'}]}
    """
    if "capacities" in service:
        service["capacities"] = [{"unit": row["unit"]} for row in service["capacities"]]


def _usual_answer(figure: UsualAnswers, *, own: bool) -> Document:
    """Return how soon a service answers in a record's form; `own`: to its own organization, with the share accepted."""
    plain = answers.usual_answer(figure.time, figure.in_time, figure.bound)
    accepted = answers.ACCEPTED.format(count=figure.accepted // 10)
    return {
        "part": figure.part,
        "time": figure.time,
        "in_time": figure.in_time,
        "bound": figure.bound,
        **({"accepted": figure.accepted} if own else {}),
        "plain": joined([plain, accepted if own else ""], TOGETHER),
    }


def _numbers(room: Capacity) -> Document:
    """Return a count in a record's form."""
    row = {"unit": room.unit, "available": room.available, "maximum": room.maximum, "updated": written(room.updated)}
    return filled(row)


def _without_people(document: Document, services: Iterable[Document]) -> None:
    """Leave of the people in a record their roles and terms, and nothing of whom to ask about court papers."""
    for part in (document, *services, *document.get("locations", ())):
        if "contacts" in part:
            part["contacts"] = list(map(without_person, part["contacts"]))
    if "coalition" in document:
        document["coalition"] = but(document["coalition"], "subpoena_contact")


def _without_names(document: Document, services: Iterable[Document], hidden: frozenset[str]) -> None:
    """Take the slugs of hidden organizations out of another organization's record."""
    if document.get("parent") in hidden:
        del document["parent"]
    if authorised := document.get("coalition", {}).get("operator_authorised"):
        slugs = [slug for slug in authorised if slug not in hidden]
        document["coalition"] = {**document["coalition"], "operator_authorised": slugs}
    for service in services:
        sources = [source for source in service["referral"].get("accepts_from", ()) if source not in hidden]
        service["referral"] = {**service["referral"], "accepts_from": sources}


def _services_of(resource: str, documents: Iterable[Document]) -> Iterator[tuple[str, Document]]:
    """Yield each service in documents of organizations or services, with its owner (a slug)."""
    for document in documents:
        if resource == SERVICES:
            yield document["organization"], document
        elif resource == ORGANIZATIONS:
            yield from ((document["slug"], service) for service in document.get("services", ()))


def _with_id(organization: str, place: Mapping[str, Any]) -> Document:
    """Return a private place in the bundle's form with its id (a UUID) and its slug."""
    name = place_name(organization, place["id"], private=True)
    return {**place, "id": id_of("location", name), "slug": place["id"]}
