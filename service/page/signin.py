"""Signing in by a link or with an issuer, leaving in a hurry, and the page in place of a page left open."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from service.api.deps import address_of, wiring_of
from service.auth import Caller, InvalidToken, Issuer, NoIssuer
from service.page.errors import SEE_OTHER, PageRoute
from service.page.forms import LANGUAGE, fields, read_form
from service.page.refusals import PageRefused
from service.page.rendering import render
from service.page.sessions import begin, check_origin, check_place, end, lock
from service.page.words import LANGUAGES, language_of
from service.usecases import keep_sessions


async def count(request: Request) -> None:
    """Count a request without a session against the limit of its address."""
    wiring_of(request).rates.take_open(address_of(request))


router = APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(count)])
UNAUTHORIZED, WRONG = 401, 422
STATE_COOKIE = "__Host-signin"
STATE_LIVES_S = 600
CODE = fields("code", "label")
EVERYTHING = '"cache", "cookies", "storage"'
Safe = Annotated[None, Depends(check_place)]


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
        url, secret = await to_thread.run_sync(_issuer(request).begin)
    except NoIssuer:
        raise PageRefused(503, "no_issuer") from None
    response = RedirectResponse(url, SEE_OTHER)
    kept = f"{secret}.{language_of(request)}"
    response.set_cookie(STATE_COOKIE, kept, max_age=STATE_LIVES_S, path="/", secure=True, httponly=True, samesite="lax")
    return response


@router.get("/signin/back")
async def come_back(request: Request, _safe: Safe) -> Response:
    """Sign in the person whom the issuer leads back, in the same browser as at the start.

    The answer is a page and no redirect: a browser sends the session's `Strict` cookie only from a page of this server.
    """
    secret, _, language = request.cookies.get(STATE_COOKIE, "").partition(".")
    request.state.language = language if language in LANGUAGES else None
    issuer, answer = _issuer(request), dict(request.query_params)
    try:
        if not secret or len(answer) != len(request.query_params.multi_items()):
            raise PageRefused(UNAUTHORIZED, "not_signed_in")
        caller = await to_thread.run_sync(partial(issuer.finish, secret, answer))
    except (InvalidToken, PageRefused):
        response = _page(request, "signin.html", UNAUTHORIZED, has_issuer=True, name="not_signed_in")
    except NoIssuer:
        raise PageRefused(503, "no_issuer") from None
    else:
        response = _page(request, "signed_in.html")
        begun = partial(begin, request, response, caller, language_of(request), way=keep_sessions.ISSUER)
        if not await to_thread.run_sync(begun):
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
    request.state.language = form.one(LANGUAGE) if form.one(LANGUAGE) in LANGUAGES else None
    try:
        label = keep_sessions.read_label(form.one("label"))
    except ValueError:
        return _link_page(request, form.one("code"), WRONG)
    caller = await to_thread.run_sync(partial(_spend, request, form.one("code")))
    response: Response = RedirectResponse("/", SEE_OTHER)
    if caller is not None:
        begun = partial(begin, request, response, caller, language_of(request), way=keep_sessions.LINK, label=label)
        if await to_thread.run_sync(begun):
            return response
    return _page(request, "signin.html", UNAUTHORIZED, has_issuer=_has_issuer(request), name="link_spent")


@router.post("/leave")
async def leave(request: Request) -> Response:
    """End the session, have the browser forget its data, and go to a neutral site.

    No token against forgery is asked for, so that a page with an ended session can be left too. The check of the origin
    keeps other sites from pressing the button.
    """
    check_origin(request, hidden=True)
    response = RedirectResponse(wiring_of(request).settings.leave_to, SEE_OTHER)
    response.headers["Clear-Site-Data"] = EVERYTHING
    await to_thread.run_sync(partial(end, request, response))
    return response


@router.get("/locked")
async def locked(request: Request) -> Response:
    """Show the page in place of a page left open, and end a session that no other page uses."""
    response = _page(request, "locked.html")
    await to_thread.run_sync(partial(lock, request, response))
    return response


def _page(request: Request, template: str, status: int = 200, **context: object) -> Response:
    known = {"name": None, "has_issuer": False, "menu": (), "forgery": "", "here": "/signin"}
    return render(template, language_of(request), status, **{**known, **context})


def _link_page(request: Request, code: str, status: int = 200) -> Response:
    known = {"code": code, "longest": keep_sessions.LONGEST_LABEL, "wrong": status == WRONG}
    return _page(request, "signin_link.html", status, **known)


def _spend(request: Request, code: str) -> Caller | None:
    """Return the caller for whom a code was made, None for an unknown code, and where people sign in with an issuer."""
    if _has_issuer(request):
        return None
    work, trust = wiring_of(request).snapshots.database.unit_of_work(), wiring_of(request).sign_in_keys
    return keep_sessions.spend_login_code(work, trust, code)


def _has_issuer(request: Request) -> bool:
    return wiring_of(request).issuer is not None


def _issuer(request: Request) -> Issuer:
    issuer = wiring_of(request).issuer
    if issuer is None:
        raise PageRefused(404, "not_found")
    return issuer
