"""Read the directory as HSDS: a record, a page, or the whole, each in the reader's view.

A reader without a token sees listed organizations. No reader sees a private place here, whatever the token.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from service.database.bulk import Values
from service.database.unit_of_work import UnitOfWork
from service.directory.access import Operation, Ownership, Reader
from service.directory.hsds.publishing.profile import profile_files
from service.directory.hsds.publishing.records import Builder, moment_of, slim
from service.directory.standard.fit_record import Record
from service.directory.standard.hidden_names import HiddenNames
from service.directory.standard.record_query import RecordQuery
from service.directory.store.hsds_pages import TAXONOMIES, TERMS, HsdsPages, VisibleOrganizations
from service.directory.store.record_documents import but
from service.directory.store.repositories import CoalitionRepository
from service.directory.store.resources import Resources
from service.documents.entity_tags import TaggedDocument, with_etag
from service.errors import NotFound
from service.security import Caller

from .export_hsds import fitted_term, service_builder

ORGANIZATION, SERVICE, AT_LOCATION = "organization", "service", "service_at_location"
_STREAMED_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class RecordDepth:
    """The depth of each record: one-to-one fields; `full`: whole; `full_service`: an organization's services too.

    `minimal`: of a service only its id and last change. `dated`: with the last change, also where HSDS has no field.
    """

    full: bool = False
    full_service: bool = False
    minimal: bool = False
    dated: bool = False


def profile_documents() -> dict[str, Any]:
    """Return the files of the profile of HSDS that this program speaks, by name, each as JSON. Pure."""
    return {name: json.loads(file) for name, file in profile_files().items()}


def get_record(
    unit_of_work: UnitOfWork, caller: Caller | None, record_type: str, record_id: str, form: RecordDepth
) -> TaggedDocument:
    """Return a record whole, with its entity tag.

    Raises:
        NotFound: no such record, or hidden from the caller.
    """
    with unit_of_work:
        telling = _Telling.open(unit_of_work, caller)
        if record_type in (TAXONOMIES, TERMS):
            if (term := telling.pages.term(record_type, record_id)) is None:
                raise NotFound
            return with_etag(fitted_term(record_type, term, telling.hidden))
        if (row := telling.pages.record(record_type, record_id)) is None:
            raise NotFound
        services = record_type == ORGANIZATION
        [record] = telling.records(record_type, {record_id: row}, replace(form, full=True), services)
        return with_etag(record)


def list_records(
    unit_of_work: UnitOfWork,
    caller: Caller | None,
    record_type: str,
    query: RecordQuery,
    form: RecordDepth,
    *,
    page: int,
    per_page: int | None,
) -> TaggedDocument:
    """Return a page of fitting records, in HSDS's envelope, with its entity tag. Pages are counted from 1.

    `per_page` None: a single page, only for minimal services.
    """
    with unit_of_work:
        telling = _Telling.open(unit_of_work, caller)
        total = telling.pages.count(record_type, query)
        size = max(1, total) if per_page is None else per_page
        contents = telling.contents(record_type, query, form, offset=(page - 1) * size, limit=size)
    pages = max(1, -(-total // size))
    envelope = {
        "total_items": total,
        "total_pages": pages,
        "page_number": page,
        "size": len(contents),
        "first_page": page == 1,
        "last_page": page >= pages,
        "empty": not contents,
    }
    return with_etag({**envelope, "contents": contents})


def stream_records(
    work: Callable[[], UnitOfWork], caller: Caller | None, record_type: str, query: RecordQuery, form: RecordDepth
) -> Iterator[bytes]:
    """Yield every fitting record, a line of JSON each, some at a time: no transaction is open while a client reads.

    Each line is right at its writing; records changed meanwhile may be in or not.
    """
    after, offset = "", 0
    while True:
        with work() as unit_of_work:
            telling = _Telling.open(unit_of_work, caller)
            if record_type in (TAXONOMIES, TERMS) or form.minimal:
                records = telling.contents(record_type, query, form, offset=offset, limit=_STREAMED_AT_ONCE)
            else:
                rows = telling.pages.next(record_type, query, after, _STREAMED_AT_ONCE)
                records = telling.records(record_type, rows, form, form.full or form.full_service)
                after = max(rows, default=after)
        offset += len(records)
        if not records:
            return
        yield b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def version_seen(unit_of_work: UnitOfWork, caller: Caller | None) -> str:
    """Return the grounds of answers besides the question: the directory's version, its counts of places, the caller.

    Of counts only the public ones: from hidden counts a reader would learn of comings and goings.
    """
    with unit_of_work:
        visible = _visible(unit_of_work, caller)
        last_count = HsdsPages(unit_of_work.session).last_count()
        seen = CoalitionRepository(unit_of_work).seen_versions().of(*visible.own, members=visible.unlisted)
        counted = last_count and last_count.isoformat()
        return f"{seen}:{counted}:{visible.unlisted}:{','.join(sorted(visible.own))}"


def _visible(unit_of_work: UnitOfWork, caller: Caller | None) -> VisibleOrganizations:
    reader = Reader("", member=False, scopes=frozenset())
    if caller is not None:
        reader = Resources(unit_of_work.session).reader(caller.organization, caller.scopes)
    sees_own = reader.may(Operation.SEE_OPENLY, Ownership.OWN)
    return VisibleOrganizations(
        unlisted=reader.may(Operation.SEE_OPENLY, Ownership.UNLISTED),
        own=frozenset((reader.organization,) if sees_own else ()),
    )


@dataclass(frozen=True, slots=True)
class _Telling:
    """Makes records for a reader within one transaction."""

    pages: HsdsPages
    hidden: HiddenNames

    @classmethod
    def open(cls, unit_of_work: UnitOfWork, caller: Caller | None) -> _Telling:
        pages = HsdsPages(unit_of_work.session, _visible(unit_of_work, caller))
        return cls(pages, HiddenNames(pages.hidden_names()))

    def contents(
        self, record_type: str, query: RecordQuery, form: RecordDepth, *, offset: int, limit: int
    ) -> list[Record]:
        if record_type in (TAXONOMIES, TERMS):
            terms = self.pages.terms(record_type, query, offset=offset, limit=limit)
            return [fitted_term(record_type, term, self.hidden) for term in terms]
        if form.minimal:
            return [
                {"id": row_id} | ({} if moment is None else {"modified_date": moment.isoformat()})
                for row_id, moment in self.pages.stamps(query, offset=offset, limit=limit)
            ]
        rows = self.pages.page(record_type, query, offset=offset, limit=limit)
        return self.records(record_type, rows, form, form.full or form.full_service)

    def records(self, record_type: str, rows: Mapping[str, Values], form: RecordDepth, services: bool) -> list[Record]:
        """Return the records of rows. `services`: an organization names its services."""
        documents = self._records(record_type, dict(rows), form, services)
        if not form.dated:
            return documents
        dates = (moment_of(row["last_modified"]) for row in rows.values())
        return [{**record, "last_modified": date} for record, date in zip(documents, dates, strict=True)]

    def _records(self, record_type: str, rows: dict[str, Values], form: RecordDepth, services: bool) -> list[Record]:
        full = form.full
        match record_type:
            case "organization":
                full = form.full or form.full_service
                documents = self._organizations(rows, full=full)
                if services and full:
                    of_each = (self._services_of(record, full=form.full_service) for record in documents)
                    return [{**record, "services": offers} for record, offers in zip(documents, of_each, strict=True)]
            case "service":
                documents = self._services(rows, full=full)
            case "location":
                documents = list(map(Builder(self.hidden).location, rows.values()))
            case _:
                documents = self._at_locations(rows, full=full)
        return documents if full else [slim(record_type, record) for record in documents]

    def _organizations(self, rows: dict[str, Values], *, full: bool) -> list[Record]:
        builder = Builder(self.hidden, places=self.pages.rows("location", "owner_id", rows) if full else {})
        return [builder.organization(row, places=full) for row in rows.values()]

    def _services_of(self, organization: Record, *, full: bool) -> list[Record]:
        rows = self.pages.rows("service", "owner_id", [organization["id"]])
        rows = dict(sorted(rows.items(), key=lambda item: (item[1]["position"], item[0])))
        if full:
            return [but(record, "organization") for record in self._services(rows, full=True)]
        names = ("name", "status")
        return [{"id": row["id"], **{name: row["document"][name] for name in names}} for row in rows.values()]

    def _services(self, rows: dict[str, Values], *, full: bool) -> list[Record]:
        owners = self.pages.rows("organization", "id", (row["owner_id"] for row in rows.values()))
        builder = service_builder(self.pages, rows, self.hidden) if full else Builder(self.hidden)
        nested = {row_id: builder.organization(row, places=False) for row_id, row in owners.items()}
        newest = self.pages.with_counts(rows).values()
        return [builder.service(row, owners[row["owner_id"]], nested=nested[row["owner_id"]]) for row in newest]

    def _at_locations(self, rows: dict[str, Values], *, full: bool) -> list[Record]:
        services = self.pages.rows("service", "id", (row["document"]["service_id"] for row in rows.values()))
        by_id = {record["id"]: but(record, "service_at_locations") for record in self._services(services, full=full)}
        places = self.pages.rows("location", "id", (row["document"]["location_id"] for row in rows.values()))
        builder = Builder(self.hidden, places=places)
        return [builder.service_at_location(row, service=by_id[row["document"]["service_id"]]) for row in rows.values()]
