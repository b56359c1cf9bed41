"""Changes of records over HTTP: their history, a preview of one, and its undoing."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from starlette.responses import Response

from service.coalition.routes.coalition import CoalitionRequest, Now, coalition_context
from service.coalition.routes.schemas.record_changes import PreviewDocument, RecordChangeList
from service.coalition.use_cases.preview_change import PreviewBody, preview_change
from service.directory.access import WRITE
from service.directory.routes.directory import one_of
from service.directory.use_cases.read_directory import RESOURCES
from service.directory.use_cases.record_history import list_changes
from service.directory.use_cases.undo_change import undo_change
from service.documents.entity_tags import with_etag
from service.web.bodies import body_of, read_body_as
from service.web.media_types import JsonBody
from service.web.operations import openapi_responses
from service.web.problems import EVERY_PROTECTED, responses_for

router = APIRouter(tags=["directory"])
Writing = Annotated[CoalitionRequest, coalition_context(WRITE)]
_PREVIEW = {"ended": {"resource": "agreements", "id": "mou-core", "document": None}}


@router.get(
    "/record-changes",
    summary="List changes of records",
    response_model=None,
    responses=openapi_responses(RecordChangeList, "The latest changes, the newest first.", "not_found"),
)
async def list_record_changes(
    look: Writing,
    resource: Annotated[str | None, Query(pattern=one_of(RESOURCES), description="The record's resource.")] = None,
    id: Annotated[str | None, Query(max_length=300, description="The record's `id` or `slug`.")] = None,  # noqa: A002
) -> Response:
    """List the latest changes of one record, or those that the caller's own agency made. Needs `directory:write`.

    An agency sees every change of its own records. Who may change another agency's record sees the changes that the own
    agency made.
    """
    return look.answer(await look.show(partial(list_changes, look.reading, look.caller, resource, id)))


@router.post(
    "/record-changes/{id}/undo",
    summary="Undo a change of a record",
    response_class=Response,
    status_code=204,
    responses={
        204: {"description": "The record is as it was."},
        **responses_for(*EVERY_PROTECTED, "not_yours", "not_found", "conflict", "stale", "invalid_request"),
    },
)
async def undo_record_change(
    look: Writing,
    id: Annotated[str, InPath(description="The change's `id`.", max_length=100)],  # noqa: A002
) -> Response:
    """Bring a record back to what it was before a change of the last ten minutes by the caller's agency.

    It's a new change, with the checks and the events of any other. Refused (412) if the record has changed since.
    """
    await look.change(partial(undo_change, look.writing, look.caller, id))
    return Response(status_code=204)


@router.post(
    "/record-previews",
    summary="Preview a change of a record",
    response_model=None,
    responses=openapi_responses(
        PreviewDocument, "What the change would do.", "not_yours", "not_found", "conflict", body=True
    ),
    openapi_extra=body_of(PreviewBody, _PREVIEW),
)
async def preview_record_change(look: Writing, body: JsonBody, at: Now) -> Response:
    """Check a change as `PUT` or `DELETE` would, and say what it would do; nothing is stored.

    `document` is the whole record after the change, null to remove it. Needs the scope `directory:write`.
    """
    preview = await look.read(partial(read_body_as, PreviewBody, body))
    work = partial(preview_change, look.writing, look.directory, look.caller, at, preview)
    return look.answer(with_etag(await look.change(work)))
