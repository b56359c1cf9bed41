"""What organizations offer, over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from service import vocabulary
from service.api.directory import CODE, SLUG, Listing, add_item_endpoints, list_extras, listed, one_of

router = APIRouter(tags=["directory"])


@router.get("/services", **list_extras("OneService", "services"))
async def list_services(
    *,
    asked: Listing,
    organization: Annotated[str | None, Query(pattern=SLUG, description="Id or slug of the organization.")] = None,
    type: Annotated[str | None, Query(pattern=CODE, description="A service type that it offers.")] = None,  # noqa: A002
    status: Annotated[str | None, Query(pattern=one_of(vocabulary.SERVICE_STATUSES))] = None,
    area: Annotated[
        str | None,
        Query(pattern=SLUG, description="Code of an area that it covers as a whole, or as part of a wider one."),
    ] = None,
    designated: Annotated[bool | None, Query(description="Whether the coalition named it for its types.")] = None,
) -> Response:
    """List the services of organizations that the caller may see. Needs the scope `directory:read`."""
    plain = {"organization": organization, "type": type, "status": status, "area": area}
    return await listed("services", asked, {**plain, "designated": designated})


add_item_endpoints(router, "services", schema="OneService", noun="a service", example="jb-line")
