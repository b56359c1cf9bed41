"""The directory as FHIR: Organization, Location and HealthcareService, as far as the reader sees them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from service.directory.standard.record_query import RecordQuery
from service.directory.work.read_directory import found
from service.fhir.api.answers import answer, base_address, page_of
from service.fhir.api.parameters import (
    Active,
    AtLocation,
    Choice,
    LastUpdated,
    Name,
    OfOrganization,
    PageChoice,
    ResourceId,
    ServiceType,
    id_in,
    named_query,
    terms_of,
)
from service.fhir.capability import capability_statement
from service.fhir.models import checked
from service.fhir.read_fhir import read_record, search_records
from service.infrastructure.auth import Caller
from service.infrastructure.http.deps import Parts, Work, Working
from service.loop.api.happenings import telling


@dataclass(frozen=True, slots=True)
class DirectoryRequest:
    """A request for resources of the directory."""

    request: Request
    working: Work
    parts: Parts

    @property
    def caller(self) -> Caller | None:
        """The caller, None without a token."""
        caller: Caller | None = self.request.state.caller
        return caller

    async def read(self, resource_type: str, resource_id: str) -> Response:
        """Return one resource."""
        work = self.parts.snapshots.database.unit_of_work(writes=False)
        with telling():
            reading = partial(read_record, work, self.caller, resource_type, resource_id.lower())
            return answer(self.request, await self.working.show(reading))

    async def search(self, resource_type: str, query: RecordQuery, choice: PageChoice) -> Response:
        """Return a page of the resources that fit."""
        work = self.parts.snapshots.database.unit_of_work(writes=False)
        searching = partial(search_records, work, self.caller, resource_type, query)
        with telling():
            told = await self.working.show(partial(searching, page=choice.page, count=choice.count))
        return page_of(self.request, self.parts, told, choice)


async def asked_directory(request: Request, working: Working, parts: Parts) -> DirectoryRequest:
    """Gather the arguments of every operation; the router has checked the caller."""
    return DirectoryRequest(request, working, parts)


Asking = Annotated[DirectoryRequest, Depends(asked_directory)]


async def get_metadata(request: Request, parts: Parts) -> Response:
    """Tell what this server does over FHIR."""
    return answer(request, found(checked(capability_statement(base_address(request, parts)))))


async def search_organizations(
    asked: Asking, choice: Choice, name: Name = None, active: Active = None, last_updated: LastUpdated = None
) -> Response:
    """Search organizations that may be seen. All parameters that are given must hold."""
    query = named_query(choice, name, last_updated)
    return await asked.search("Organization", replace(query, ids=()) if active is False else query, choice)


async def search_locations(
    *,
    asked: Asking,
    choice: Choice,
    name: Name = None,
    organization: OfOrganization = None,
    last_updated: LastUpdated = None,
) -> Response:
    """Search public places of organizations that may be seen. All parameters that are given must hold."""
    query = replace(named_query(choice, name, last_updated), organization_id=id_in(organization))
    return await asked.search("Location", query, choice)


async def search_services(
    *,
    asked: Asking,
    choice: Choice,
    name: Name = None,
    active: Active = None,
    service_type: ServiceType = None,
    location: AtLocation = None,
    organization: OfOrganization = None,
    last_updated: LastUpdated = None,
) -> Response:
    """Search services of organizations that may be seen. All parameters that are given must hold."""
    query = replace(
        named_query(choice, name, last_updated),
        active=active,
        term_ids=None if service_type is None else terms_of(service_type),
        location_id=id_in(location),
        organization_id=id_in(organization),
    )
    return await asked.search("HealthcareService", query, choice)


async def read_organization(asked: Asking, id: ResourceId) -> Response:  # noqa: A002
    """Read an organization; 404 for one that is hidden, as for one that is not here."""
    return await asked.read("Organization", id)


async def read_location(asked: Asking, id: ResourceId) -> Response:  # noqa: A002
    """Read a public place; 404 for one that is hidden or private, as for one that is not here."""
    return await asked.read("Location", id)


async def read_service(asked: Asking, id: ResourceId) -> Response:  # noqa: A002
    """Read a service; 404 for one that is hidden, as for one that is not here."""
    return await asked.read("HealthcareService", id)
