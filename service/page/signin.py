"""Signing in by a link or with an issuer.

No request is refused for the number of them: a code or a secret has 256 bits, so there is nothing to guess, and a limit
would let one visitor lock out the others of an office.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from service.database.actor import Actor, act_as
from service.directory.routes.dependencies import wiring_of
from service.i18n.translation import languages
from service.page.errors import SEE_OTHER, PageRoute
from service.page.forms import LANGUAGE, fields, read_form
from service.page.refusals import PageRefused
from service.page.rendering import render_bare
from service.page.sessions import begin, begin_by_link, check_origin, check_place
from service.page.words import language_of
from service.security import InvalidToken, Issuer, NoIssuer
from service.sessions import keep_sessions
from service.web.addresses import address_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)
UNAUTHORIZED, WRONG = 401, 422
STATE_COOKIE = "__Host-signin"
STATE_LIVES_S = 600
CODE = fields("code", "label")
SIGN_IN = Actor("sign in")
Safe = Annotated[None, Depends(check_place)]
Result = TypeVar("Result")


@router.get("/signin")
async def sign_in_page(request: Request) -> Response:
    """Show the ways to sign in."""
    return _page(request, "signin.html", has_issuer=wiring_of(request).issuer is not None)


@router.get("/signin/with-issuer")
async def sign_in_with_issuer(request: Request, _safe: Safe) -> Response:
    """Send the browser to the issuer, with a cookie of ten minutes that holds the secret for the way back.

    The cookie is `Lax`: the issuer leads back from its own site, and the browser would hold back a `Strict` cookie.
    """
    try:
        url, secret = await _in_turn(request, _issuer(request).begin)
    except NoIssuer:
        raise PageRefused(503, "no_issuer") from None
    response = RedirectResponse(url, SEE_OTHER)
    cookie = f"{secret}.{language_of(request)}"
    response.set_cookie(
        STATE_COOKIE, cookie, max_age=STATE_LIVES_S, path="/", secure=True, httponly=True, samesite="lax"
    )
    return response


@router.get("/signin/out")
async def sign_out_at_issuer(request: Request, _safe: Safe) -> Response:
    """Lead a browser to the issuer's page for signing out, which leads back here; nothing says whose browser it is."""
    try:
        url = await _in_turn(request, _issuer(request).sign_out_url)
    except NoIssuer:
        raise PageRefused(503, "no_issuer") from None
    return RedirectResponse(url or "/signin", SEE_OTHER)


@router.get("/signin/back")
async def finish_issuer_sign_in(request: Request, _safe: Safe) -> Response:
    """Sign in the person whom the issuer leads back, in the same browser as at the start.

    The answer is a page and no redirect: a browser sends the session's `Strict` cookie only from a page of this server.
    """
    secret, _, language = request.cookies.get(STATE_COOKIE, "").partition(".")
    request.state.language = language if language in languages() else None
    issuer, answer = _issuer(request), dict(request.query_params)
    try:
        if not secret or len(answer) != len(request.query_params.multi_items()):
            raise PageRefused(UNAUTHORIZED, "not_signed_in")
        caller = await _in_turn(request, partial(issuer.finish, secret, answer))
    except (InvalidToken, PageRefused):
        response = _page(request, "signin.html", UNAUTHORIZED, has_issuer=True, name="not_signed_in")
    except NoIssuer:
        raise PageRefused(503, "no_issuer") from None
    else:
        response = _page(request, "signed_in.html")
        if not await _in_turn(request, partial(begin, request, response, caller, language_of(request))):
            wiring_of(request).audit.refuse(SIGN_IN, "unknown_organization")
            response = _page(request, "signin.html", UNAUTHORIZED, has_issuer=True, name="not_signed_in")
    response.delete_cookie(STATE_COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


@router.get("/signin/{code}")
async def sign_in_by_link(request: Request, code: str) -> Response:
    """Show one button, whose form holds the code of the link. Opening spends no code: programs open links too."""
    return _link_page(request, code)


@router.post("/signin")
async def sign_in(request: Request, _safe: Safe) -> Response:
    """Sign in the holder of a code, which spends the code; a label that does not fit is asked for again first."""
    check_origin(request)
    form = await read_form(request, CODE)
    request.state.language = form.value(LANGUAGE) if form.value(LANGUAGE) in languages() else None
    try:
        label = keep_sessions.read_label(form.value("label"))
    except ValueError:
        return _link_page(request, form.value("code"), WRONG)
    response: Response = RedirectResponse("/", SEE_OTHER)
    has_issuer = wiring_of(request).issuer is not None  # then a link signs nobody in
    start = partial(begin_by_link, request, response, form.value("code"), language_of(request), label)
    if not has_issuer and await _in_turn(request, start):
        return response
    wiring_of(request).audit.refuse(SIGN_IN, "link_spent")
    return _page(request, "signin.html", UNAUTHORIZED, has_issuer=has_issuer, name="link_spent")


def _page(request: Request, template: str, status: int = 200, **context: object) -> Response:
    issuer = wiring_of(request).issuer
    usual = {"name": None, "has_issuer": False, "here": "/signin"}
    offers_sign_out = issuer is not None and issuer.offers_sign_out
    return render_bare(request, template, status, offers_sign_out=offers_sign_out, **{**usual, **context})


async def _in_turn(request: Request, work: Callable[[], Result]) -> Result:
    """Return the result of `work`, done in the turn of the request's address: nobody is refused for another's tries."""
    return await wiring_of(request).sign_ins.run(partial(_signing_in, work), ("", address_of(request)))


def _signing_in(work: Callable[[], Result]) -> Result:
    with act_as(SIGN_IN):
        return work()


def _link_page(request: Request, code: str, status: int = 200) -> Response:
    context = {"code": code, "longest": keep_sessions.LONGEST_LABEL, "wrong": status == WRONG}
    return _page(request, "signin_link.html", status, **context)


def _issuer(request: Request) -> Issuer:
    issuer = wiring_of(request).issuer
    if issuer is None:
        raise PageRefused(404, "not_found")
    return issuer
