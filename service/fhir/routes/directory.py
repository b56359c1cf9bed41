"""The directory as FHIR: Organization, Location and HealthcareService, as far as the reader sees them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from starlette.responses import Response

from service.directory.routes.context import Context, RequestContext
from service.directory.standard.record_query import RecordQuery
from service.documents.entity_tags import with_etag
from service.errors import NotFound
from service.fhir.capability import PUBLISHED, capability_statement
from service.fhir.elements import NEEDS_FORM, Element
from service.fhir.models import validate
from service.fhir.questionnaire import ID, questionnaire
from service.fhir.read_fhir import ResourcePage, read_record, search_records
from service.fhir.routes.answers import answer, base_address, page_of
from service.fhir.routes.parameters import (
    Active,
    AtLocation,
    Choice,
    FormUrl,
    LastUpdated,
    Name,
    OfOrganization,
    PageChoice,
    ResourceId,
    ServiceType,
    id_in,
    record_query,
    terms_of,
)
from service.web.preferences import for_reader


async def get_metadata(context: Context) -> Response:
    """Tell what this server does over FHIR."""
    return answer(context.request, with_etag(validate(capability_statement(base_address(context)))))


async def search_questionnaires(context: Context, choice: Choice, url: FormUrl = None) -> Response:
    """Search the forms for needs; there is one."""
    form, language = _questionnaire(context)
    fits = (choice.ids is None or ID in choice.ids) and url in (None, NEEDS_FORM)
    fitting = (form,) if fits else ()
    page = fitting if choice.page == 1 else ()
    return page_of(context, ResourcePage(page, len(fitting)), choice, language)


async def read_questionnaire(context: Context, id: ResourceId) -> Response:  # noqa: A002
    """Read the Questionnaire for needs, in the caller's language."""
    if id != ID:
        raise NotFound
    form, language = _questionnaire(context)
    return answer(context.request, with_etag(form), language)


def _questionnaire(context: RequestContext) -> tuple[Element, dict[str, str]]:
    form, language = for_reader(context.request, questionnaire(PUBLISHED), "Authorization", "Accept")
    return validate(form), language


async def search_organizations(
    context: Context, choice: Choice, name: Name = None, active: Active = None, last_updated: LastUpdated = None
) -> Response:
    """Search organizations that may be seen. All parameters that are given must hold."""
    query = record_query(choice, name, last_updated)
    return await _search(context, "Organization", replace(query, ids=()) if active is False else query, choice)


async def search_locations(
    *,
    context: Context,
    choice: Choice,
    name: Name = None,
    organization: OfOrganization = None,
    last_updated: LastUpdated = None,
) -> Response:
    """Search public places of organizations that may be seen. All parameters that are given must hold."""
    query = replace(record_query(choice, name, last_updated), organization_id=id_in(organization))
    return await _search(context, "Location", query, choice)


async def search_services(
    *,
    context: Context,
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
        record_query(choice, name, last_updated),
        active=active,
        term_ids=None if service_type is None else terms_of(service_type),
        location_id=id_in(location),
        organization_id=id_in(organization),
    )
    return await _search(context, "HealthcareService", query, choice)


async def read_organization(context: Context, id: ResourceId) -> Response:  # noqa: A002
    """Read an organization; 404 for one that is hidden, as for one that is not here."""
    return await _read(context, "Organization", id)


async def read_location(context: Context, id: ResourceId) -> Response:  # noqa: A002
    """Read a public place; 404 for one that is hidden or private, as for one that is not here."""
    return await _read(context, "Location", id)


async def read_service(context: Context, id: ResourceId) -> Response:  # noqa: A002
    """Read a service; 404 for one that is hidden, as for one that is not here."""
    return await _read(context, "HealthcareService", id)


async def _search(context: RequestContext, resource_type: str, query: RecordQuery, choice: PageChoice) -> Response:
    searching = partial(search_records, context.reading, context.visitor, resource_type, query)
    page = await context.show(partial(searching, page=choice.page, count=choice.count))
    return page_of(context, page, choice)


async def _read(context: RequestContext, resource_type: str, resource_id: str) -> Response:
    reading = partial(read_record, context.reading, context.visitor, resource_type, resource_id.lower())
    return answer(context.request, await context.show(reading))
