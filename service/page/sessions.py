"""Who is signed in at the page: the cookie, the token against forged forms, and where signing in is safe at all.

Dependencies: `signed_in` for pages that need a session, `may_be_signed_in` for those that do not. What a form sends is
checked by `check_form`. All of them may wait for the database, so FastAPI calls them in a thread.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from service.api.deps import address_of, wiring_of
from service.auth import Caller, is_this_machine
from service.store.database import Database
from service.usecases import keep_sessions

COOKIE = "__Host-session"
_OWN_SITES = ("same-origin", "none")
"""What `Sec-Fetch-Site` says of a form of ours, and of an address that a person opened."""


class NotSignedIn(Exception):
    """The page needs a session, and there is none, or it has ended."""


class Forged(Exception):
    """A form came from another site, or without the token of the session that it claims."""


class NotSafeHere(Exception):
    """Nobody signs in over a line that others can read: neither TLS nor this machine alone."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody who is signed in. `forgery`: what each form carries; it follows from the token and is not stored."""

    caller: Caller
    forgery: str = field(repr=False)
    language: str
    token: str = field(repr=False)


def signed_in(request: Request) -> Signed:
    """Return who asks for a page.

    Raises:
        NotSignedIn: there is no session, or it has ended.
        NotSafeHere: it came over a line that others can read, or for another host.
    """
    found = may_be_signed_in(request)
    if found is None:
        raise NotSignedIn
    check_place(request)
    return found


def may_be_signed_in(request: Request) -> Signed | None:
    """Return who asks for a page that is open to all; None: there is no session, or it has ended.

    Raises:
        ApiProblem: too many tokens of no session came from there.
    """
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    stored = database_of(request)
    found = keep_sessions.find_session(stored.unit_of_work(writes=False), stored.unit_of_work(), token)
    if found is None:
        wiring_of(request).rates.take_open(address_of(request))
        return None
    return Signed(found.caller, forgery_of(token), found.language, token)


def begin(request: Request, response: Response, caller: Caller, language: str) -> None:
    """Sign `caller` in: a new token in the cookie, whatever the browser had before."""
    before = request.cookies.get(COOKIE)
    work = database_of(request).unit_of_work()
    token = keep_sessions.begin_session(work, caller, language=language, instead_of=before)
    response.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="strict")


def end(request: Request, response: Response) -> None:
    """End the session, if there is one, and take the cookie back."""
    token = request.cookies.get(COOKIE)
    if token:
        keep_sessions.end_session(database_of(request).unit_of_work(), token)
    forget_cookie(response)


def lock(request: Request, response: Response) -> None:
    """End the session one of whose pages was left open, unless another page uses it."""
    token = request.cookies.get(COOKIE)
    if token and keep_sessions.lock_session(database_of(request).unit_of_work(), token):
        forget_cookie(response)


def forget_cookie(response: Response) -> None:
    """Take the cookie back from the browser."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")


def set_language(request: Request, signed: Signed, language: str) -> None:
    """Show the session's pages in this language from now on."""
    keep_sessions.set_language(database_of(request).unit_of_work(), signed.token, language)


def check_form(request: Request, signed: Signed, forgery: str | None) -> None:
    """Check that a form is one of the session's own.

    Raises:
        Forged: it came from another site, or with another token or none.
    """
    check_origin(request)
    if forgery is None or not hmac.compare_digest(forgery.encode("utf-8", "replace"), signed.forgery.encode()):
        raise Forged


def check_origin(request: Request, *, hidden: bool = False) -> None:
    """Check what the browser says about where a form came from, if it says so.

    `hidden`: let a form through whose browser hides both the origin (`null`) and the site.

    Raises:
        Forged: it came from another site.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site not in _OWN_SITES:
        raise Forged
    is_hidden = origin == "null" and (site is not None or hidden)
    if origin is not None and origin.lower() != own_origin(request) and not is_hidden:
        raise Forged


def check_place(request: Request) -> None:
    """Check that a session may be used over the line that a request came by.

    Raises:
        NotSafeHere: it has no TLS and reaches beyond this machine, or it names another host than the settings do.
    """
    page_url = wiring_of(request).settings.page_url
    host = request.headers.get("host", "")
    if page_url is not None:
        if urlsplit(page_url).netloc.lower() != host.lower():
            raise NotSafeHere
    elif request.url.scheme != "https" and not (is_this_machine(_peer(request)) and is_this_machine(_name(host))):
        raise NotSafeHere


def own_origin(request: Request) -> str:
    """Return the origin that browsers know this server by."""
    page_url = wiring_of(request).settings.page_url
    if page_url is not None:
        given = urlsplit(page_url)
        return f"{given.scheme}://{given.netloc}".lower()
    return f"{request.url.scheme}://{request.headers.get('host', '')}".lower()


def forgery_of(token: str) -> str:
    """Return what each form of a session carries: only who knows the session's token can make it."""
    return hmac.digest(token.encode("utf-8", "surrogatepass"), b"form", "sha256").hex()


def database_of(request: Request) -> Database:
    """Return the database that sessions are kept in."""
    return wiring_of(request).snapshots.database


def _peer(request: Request) -> str:
    return request.client.host if request.client else ""


def _name(host: str) -> str:
    """Return the name in a `Host` header, without a port: `[::1]:8000` gives `::1`."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
