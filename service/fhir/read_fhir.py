"""Read and search the directory, referrals and consents as FHIR, each in its reader's view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from service.database.database import Database
from service.database.key_ring import KeyRing
from service.database.unit_of_work import UnitOfWork
from service.directory.snapshot.directory_snapshot import DirectorySnapshot
from service.directory.standard.record_query import RecordQuery
from service.directory.use_cases.read_hsds import RecordDepth, get_record, list_records
from service.documents.bodies import SentBody
from service.documents.entity_tags import Condition, TaggedDocument, with_etag
from service.errors import NotFound
from service.fhir import directory, referrals
from service.fhir.elements import Element
from service.fhir.models import validate
from service.fhir.sending import within_task
from service.referrals.use_cases import keep_consents, move_referral
from service.security import Caller

Span = tuple[datetime | None, datetime | None]
"""From a moment on, and before a moment; None: no such limit."""
WHOLE = RecordDepth(full=True, dated=True)


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """Resources that fit, in the order of their ids, and how many fit in all; `included`: what they refer to."""

    resources: tuple[Element, ...]
    total: int
    included: tuple[Element, ...] = ()


def read_record(work: UnitOfWork, caller: Caller | None, resource_type: str, resource_id: str) -> TaggedDocument:
    """Return a resource of the directory.

    Raises:
        NotFound: no such resource, or hidden from the caller.
    """
    record_type, form = directory.FORMS[resource_type]
    return _with_version(form(get_record(work, caller, record_type, resource_id, WHOLE).document))


def search_records(
    work: UnitOfWork, caller: Caller | None, resource_type: str, query: RecordQuery, *, page: int, count: int
) -> ResourcePage:
    """Return a page of the resources of the directory that fit a query; pages are counted from 1."""
    record_type, form = directory.FORMS[resource_type]
    records = list_records(work, caller, record_type, query, WHOLE, page=page, per_page=count).document
    return ResourcePage(
        tuple(_with_version(form(record)).document for record in records["contents"]),
        int(records["total_items"]),
    )


@dataclass(frozen=True)
class PartyResources:
    """A party's referrals and consents as resources: of one type, by the operations that show them elsewhere.

    `waits`: how long a referral may stay on a waiting list.
    """

    database: Database
    caller: Caller
    ring: KeyRing
    directory: DirectorySnapshot
    waits: timedelta

    def view(self, resource_type: str, resource_id: str) -> TaggedDocument:
        """Return the caller's view of the referral or the consent behind a resource.

        Raises:
            NotFound: no such resource, or not for the caller to read.
        """
        if resource_type == "Consent":
            return keep_consents.get_consent(self._reading, self.caller, resource_id)
        return move_referral.get_referral(self._reading, self.ring, self.caller, resource_id)

    def read(self, resource_type: str, resource_id: str) -> TaggedDocument:
        """Return a resource.

        Raises:
            NotFound: no such resource, or not for the caller to read.
        """
        return self.resource_of(resource_type, self.view(resource_type, resource_id))

    def resource_of(self, resource_type: str, view: TaggedDocument) -> TaggedDocument:
        """Return the caller's view of a referral or a consent as a resource, with the entity tag of the view."""
        return TaggedDocument(validate(_FORMS[resource_type](view.document, view.etag, self._id_of)), view.etag)

    def search(
        self,
        resource_type: str,
        *,
        ids: tuple[str, ...] | None,
        statuses: tuple[str, ...] | None,
        changed: Span = (None, None),
        page: int,
        count: int,
        with_focus: bool = False,
    ) -> ResourcePage:
        """Return a page of the caller's resources, with any of the ids, in any of the statuses (as the records say).

        `changed`: from when on, and before when, the caller was shown another state of the referral. `with_focus`: with
        the ServiceRequest of each Task.

        Lists tell no code of a referral, and so no version of it: whoever would move it reads it first.
        """
        if ids is not None:
            views = (
                view
                for object_id in sorted(set(ids))
                if (view := self._find_view(resource_type, object_id)) is not None
            )
            fitting = [
                view for view in views if (statuses is None or view["status"] in statuses) and _is_within(view, changed)
            ]
            views_of_page, total = fitting[(page - 1) * count : page * count], len(fitting)
        else:
            document = self._list_document(resource_type, statuses, changed, page, count)
            views_of_page, total = document["items"], document["total"]
        tagged = [TaggedDocument(view, "") for view in views_of_page]
        resources = (self.resource_of(resource_type, view).document for view in tagged)
        included = (self.resource_of("ServiceRequest", view).document for view in tagged if with_focus)
        return ResourcePage(tuple(resources), total, tuple(included))

    def move(
        self, referral_id: str, sent_body: SentBody[move_referral.StatusBody], condition: Condition
    ) -> TaggedDocument:
        """Give a referral a new status, and return the caller's view of it.

        Raises:
            NotFound, Forbidden, PreconditionRequired, PreconditionFailed, ActRefused, BodyRefused: as for the
                referral itself.
        """
        moving = self.database.unit_of_work(), self.directory, self.caller, referral_id
        with within_task():
            return move_referral.move_referral(
                *moving, ring=self.ring, sent_body=sent_body, condition=condition, waits=self.waits
            )

    @property
    def _reading(self) -> UnitOfWork:
        return self.database.unit_of_work(writes=False)

    def _find_view(self, resource_type: str, resource_id: str) -> dict[str, Any] | None:
        try:
            view = self.view(resource_type, resource_id).document
        except NotFound:
            return None
        return {name: value for name, value in view.items() if name != "code"}

    def _list_document(
        self, resource_type: str, statuses: tuple[str, ...] | None, changed: Span, page: int, count: int
    ) -> Mapping[str, Any]:
        work = self._reading
        if resource_type == "Consent":
            return keep_consents.list_consents(
                work, self.caller, role=None, status=None, page=page, per_page=count
            ).document
        return move_referral.list_referrals(
            work, self.caller, box=None, statuses=statuses, changed=changed, page=page, per_page=count
        ).document

    def _id_of(self, resource_type: str, slug: str) -> str | None:
        names = self.directory.names
        views = names.organizations if resource_type == "Organization" else names.services
        view = views.get(slug)
        return None if view is None else view.id


def _is_within(view: Mapping[str, Any], changed: Span) -> bool:
    begin, end = changed
    if begin is None and end is None:
        return True
    at = datetime.fromisoformat(view["changed_at"])
    return (begin is None or at >= begin) and (end is None or at < end)


_FORMS = {"Task": referrals.task, "ServiceRequest": referrals.service_request, "Consent": referrals.consent}


def _with_version(resource: Element) -> TaggedDocument:
    """Return a resource with its version, which is its entity tag: it changes with every change to the resource."""
    tag = with_etag(resource).etag
    meta = {**resource.get("meta", {}), "versionId": tag.strip('"')}
    return TaggedDocument(validate({**resource, "meta": meta}), tag)
