"""Receipts of consents, as text, as a page and signed; and the keys to check signed receipts with."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from service.directory.routes.context import Context
from service.directory.routes.dependencies import Current, OptionalToken
from service.i18n.receipts import TITLE
from service.referrals.routes.consents import ConsentId, Consenting
from service.referrals.routes.schemas import KeySet
from service.referrals.use_cases.print_receipt import print_receipt, sign_receipt
from service.web.media_types import accepts_json
from service.web.preferences import for_reader, preferences
from service.web.problems import EVERY_PROTECTED, problem, responses_for

TEXT, PAGE, SIGNED = TYPES = ("text/plain", "text/html", "application/jwt")
_PAGE = '<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title>{lines}</html>'

router = APIRouter(tags=["consents"])


@router.get(
    "/consents/{id}/receipt",
    summary="Print the receipt of a consent",
    response_class=Response,
    response_model=None,
    responses={
        200: {
            "description": "The receipt.",
            "content": {media_type: {"schema": {"type": "string"}, "example": "…"} for media_type in TYPES},
        },
        **responses_for(*EVERY_PROTECTED, "not_found", "not_yours"),
    },
)
async def get_consent_receipt(
    context: Consenting,
    directory: Current,
    id: ConsentId,  # noqa: A002
    detail: Annotated[Literal["names"] | None, Query(description="`names`: with the agencies that are listed.")] = None,
) -> Response:
    """Print the client's receipt for the consent's `from`: safe to be found, in English or Spanish (`Accept-Language`).

    `text/plain`, `text/html`, or `application/jwt`: signed (ES256), with the id, its times and a digest of the terms.
    """
    media_type = _media_type(context.request)
    if media_type == SIGNED:
        token = await context.show(partial(sign_receipt, context.reading, context.ring, directory, context.caller, id))
        return Response(token, media_type=SIGNED)
    printing = partial(print_receipt, with_names=detail is not None)
    text_lines = await context.show(partial(printing, context.reading, directory, context.caller, id))
    (title, *lines), headers = for_reader(context.request, [TITLE, *text_lines], "Accept")
    if media_type == PAGE:
        paragraphs = "".join(f"<p>{escape(line)}</p>" for line in lines)
        page = _PAGE.format(language=context.language, title=title, lines=paragraphs)
        return Response(page, headers=headers, media_type=PAGE)
    return Response("\n".join(lines) + "\n", headers=headers, media_type=TEXT)


@router.get(
    "/keys",
    summary="The keys that receipts are checked with",
    response_model=KeySet,
    responses=responses_for(
        "too_many_requests", "invalid_token", "invalid_request", "internal_error", "not_ready", "busy", "not_acceptable"
    ),
    dependencies=[Depends(OptionalToken()), Depends(accepts_json)],
)
async def list_keys(context: Context) -> Any:
    """List the public keys of signed receipts, as a JWK set. Open to all."""
    return await context.show(lambda: context.ring.public_set())  # noqa: PLW0108 - the ring is made there


def _media_type(request: Request) -> str:
    """Return the type to answer in: the type of the three that `Accept` prefers, text for any.

    >>> _media_type(Request({"type": "http", "headers": [(b"accept", b"text/html;q=0.8, application/jwt")]}))
    'application/jwt'

    Raises:
        ApiProblem: `Accept` takes none of the types.
    """
    media_ranges = preferences(request, "accept")
    for media_range in media_ranges or ["*/*"]:
        for media_type in TYPES:
            if media_range in (media_type, "*/*", media_type.partition("/")[0] + "/*"):
                return media_type
    raise problem("not_acceptable")
