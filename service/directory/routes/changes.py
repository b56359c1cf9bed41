"""Several changes of the directory at once, over HTTP."""

from __future__ import annotations

import json
from functools import partial

from fastapi import APIRouter
from starlette.responses import Response

from service.directory.routes.directory import Writing
from service.directory.routes.schemas.changes import PatchDocument
from service.directory.use_cases.patch_directory import DELETE, PUT, DirectoryPatch, patch_directory, read_patch
from service.web.bodies import body_of
from service.web.conditions import condition_in
from service.web.media_types import JSON, JsonBody
from service.web.operations import openapi_responses

_FORM = {"name": "Coalition release, two languages", "languages": ["en", "es"]}
_EXAMPLE = {
    "changes": [
        {"op": PUT, "resource": "release-forms", "id": "roi-both", "value": _FORM, "if_none_match": "*"},
        {"op": PUT, "resource": "release-forms", "id": "roi-both", "value": _FORM, "if_match": "*"},
        {"op": DELETE, "resource": "release-forms", "id": "roi-both", "if_match": "*"},
    ],
    "dry_run": True,
}
router = APIRouter(tags=["directory"])


@router.patch(
    "/directory",
    summary="Change several objects at once",
    response_model=None,
    responses=openapi_responses(PatchDocument, "All of them are made.", "changes_refused", body=True),
    openapi_extra=body_of(DirectoryPatch, {"changes": _EXAMPLE}),
)
async def patch_directory_objects(context: Writing, body: JsonBody) -> Response:
    """Put and delete up to 100 objects in one transaction: all of it is stored, or nothing.

    Each change is checked as by itself, with the same rights and its own condition, in the order of the list, so that
    a later one may build on an earlier one. `if_match` is the tag of what is stored, or `*`. Where any is refused,
    `errors` names each by its place in the list; the others are judged as if it had not been sent. `dry_run` checks all
    of it and stores nothing. Sent again after a lost answer, a list with tags changes nothing twice. Needs the scope
    `directory:write`.
    """
    patch = await context.read(partial(read_patch, body))
    changes = [(change, condition_in(change.if_match, change.if_none_match)) for change in patch.changes]
    made = await context.change(
        partial(patch_directory, context.writing, context.caller, changes, keep=not patch.dry_run)
    )
    document = {
        "dry_run": patch.dry_run,
        "changes": [
            {
                "op": change.op,
                "resource": change.resource,
                "id": object_id,
                "slug": slug,
                "result": "deleted" if change.op == DELETE else "created" if created else "replaced",
                "etag": etag,
            }
            for change, object_id, slug, created, etag in made
        ],
    }
    return Response(json.dumps(document), media_type=JSON)
