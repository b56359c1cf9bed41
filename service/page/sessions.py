"""Sessions of the pages: the cookie, the token against forged forms, and the lines over which signing in is safe.

Dependencies: `current_session` for pages that need a session, `optional_session` for the rest. `check_form` checks the
origin of a form. Each function may wait for the database, so FastAPI calls the dependencies in a thread.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from service.database.database import Database
from service.database.unit_of_work import UnitOfWork
from service.directory.routes.dependencies import wiring_of
from service.security import Caller, is_this_machine
from service.sessions import keep_sessions
from service.web.addresses import address_of
from service.web.rates import SESSION

COOKIE = "__Host-session"
SOUND = "__Host-sound"
"""The cookie of a browser in which somebody asked for a sound when something comes in."""
BROWSERS = {
    "Edg": "Edge", "OPR/": "Opera", "SamsungBrowser": "Samsung Internet", "Firefox": "Firefox", "FxiOS": "Firefox",
    "Chrome": "Chrome", "CriOS": "Chrome", "Safari": "Safari",
}  # fmt: skip
SYSTEMS = {
    "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "Mac",
    "CrOS": "Chromebook", "Linux": "Linux",
}  # fmt: skip
"""What a browser's own line holds, and how people call it; the first that fits counts."""
_OWN_SITES = ("same-origin", "none")
"""Values of `Sec-Fetch-Site` for a form of this server, and for an address opened by a person."""


class NotSignedIn(Exception):
    """The page needs a session, and the request has no session or an ended one."""


class Forged(Exception):
    """A form came from another site, or without the token of the session in the cookie."""


class NotSafeHere(Exception):
    """The line can be read by third parties: no TLS, and not this machine alone. Signing in is refused."""


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """The session of a caller. `forgery`: the token in each form, made from the session's token and never stored."""

    caller: Caller
    forgery: str = field(repr=False)
    language: str
    token: str = field(repr=False)
    id: str


def current_session(request: Request) -> BrowserSession:
    """Return the session of a request for a page.

    Raises:
        NotSignedIn: the request has no session, or an ended one.
        ApiProblem: too many tokens without a session came from the same address.
        NotSafeHere: the request came over a line that third parties can read, or for another host.
    """
    return _require_session(request, optional_session(request))


def background_session(request: Request) -> BrowserSession:
    """Return the session of a request that a page sends by itself, which does not count as use of the session.

    Raises:
        NotSignedIn, ApiProblem, NotSafeHere: as `current_session`.
    """
    return _require_session(request, _session_of_cookie(request, None))


def optional_session(request: Request) -> BrowserSession | None:
    """Return the session of a request for an open page; None without a session, or for an ended one."""
    return _session_of_cookie(request, database_of(request).unit_of_work())


def _session_of_cookie(request: Request, writer: UnitOfWork | None) -> BrowserSession | None:
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    reader, trust = database_of(request).unit_of_work(writes=False), _sign_in_keys(request)
    session = keep_sessions.find_session(reader, writer, trust, token)
    if session is None:
        return None
    return BrowserSession(session.caller, forgery_of(token), session.language, token, session.id)


def _require_session(request: Request, session: BrowserSession | None) -> BrowserSession:
    if session is None:
        if request.cookies.get(COOKIE):
            wiring_of(request).rates.take_open(address_of(request), SESSION)
        raise NotSignedIn
    check_place(request)
    return session


def begin(request: Request, response: Response, caller: Caller, language: str) -> bool:
    """Sign in a `caller` of the issuer: a new token in the cookie, in place of any earlier session of the browser.

    False: the caller's organization is not in the directory; nobody is signed in.
    """
    work, old_token = database_of(request).unit_of_work(), request.cookies.get(COOKIE)
    way = keep_sessions.ISSUER
    label = device_of(request.headers.get("user-agent", ""))
    token = keep_sessions.begin_session(work, caller, language=language, way=way, label=label, instead_of=old_token)
    return _set_cookie(response, token)


def begin_by_link(request: Request, response: Response, code: str, language: str, label: str | None) -> bool:
    """Sign in the holder of a link's code, which spends the code, as `begin` does.

    False: the code signs nobody in.
    """
    work, old_token = database_of(request).unit_of_work(), request.cookies.get(COOKIE)
    trust, label = _sign_in_keys(request), label or device_of(request.headers.get("user-agent", ""))
    token = keep_sessions.spend_login_code(work, trust, code, language=language, label=label, instead_of=old_token)
    return _set_cookie(response, token)


def device_of(agent: str) -> str | None:
    """Return what a browser calls itself and its device, None where that is not known. Pure.

    >>> device_of("Mozilla/5.0 (Android 14; Mobile; rv:121.0) Gecko/121.0 Firefox/121.0"), device_of("curl/8")
    ('Firefox, Android', None)
    """
    browser = next((name for sign, name in BROWSERS.items() if sign in agent), None)
    system = next((name for sign, name in SYSTEMS.items() if sign in agent), None)
    return ", ".join(filter(None, (browser, system))) or None


def forget_cookies(response: Response) -> None:
    """Delete the session's cookie in the browser, and the choice of a sound with it."""
    for name in (COOKIE, SOUND):
        response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="strict")


def set_language(request: Request, session: BrowserSession, language: str) -> None:
    """Show the session's pages in `language` from now on."""
    keep_sessions.set_language(database_of(request).unit_of_work(), session.token, language)


def set_label(request: Request, session: BrowserSession, label: str | None) -> None:
    """Name the place that the session is used at."""
    keep_sessions.set_label(database_of(request).unit_of_work(), session.token, label)


def check_form(request: Request, session: BrowserSession, forgery: str | None) -> None:
    """Check that a form is one of the session's own.

    Raises:
        Forged: the form came from another site, or without the session's token.
    """
    check_origin(request)
    if forgery is None or not hmac.compare_digest(forgery.encode("utf-8", "replace"), session.forgery.encode()):
        raise Forged


def check_origin(request: Request) -> None:
    """Check the browser's headers on the origin of a form, if the browser sends any.

    Raises:
        Forged: the form came from another site.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site not in _OWN_SITES:
        raise Forged
    if origin is not None and origin.lower() != own_origin(request) and not (origin == "null" and site is not None):
        raise Forged


def is_cross_site(request: Request) -> bool:
    """Return whether a browser says that a page of another site sends a request: less strict than `check_origin`.

    A hidden origin is no other site, and a proxy that ends TLS may keep from us by which scheme the page was opened.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin", "null").lower()
    if site is not None:
        return site not in _OWN_SITES
    return origin != "null" and origin.partition("://")[2] != own_origin(request).partition("://")[2]


def check_place(request: Request) -> None:
    """Check that a session may be used over the line of a request.

    Raises:
        NotSafeHere: a line without TLS beyond this machine, or another host than the settings name.
    """
    page_url = wiring_of(request).settings.page_url
    host = request.headers.get("host", "")
    if page_url is not None:
        if urlsplit(page_url).netloc.lower() != host.lower():
            raise NotSafeHere
    elif request.url.scheme != "https" and not (is_this_machine(_peer(request)) and is_this_machine(_name(host))):
        raise NotSafeHere


def own_origin(request: Request) -> str:
    """Return the origin of this server as browsers know it, such as `https://router.example`."""
    page_url = wiring_of(request).settings.page_url
    if page_url is not None:
        url = urlsplit(page_url)
        return f"{url.scheme}://{url.netloc}".lower()
    return f"{request.scope['scheme']}://{request.headers.get('host', '')}".lower()


def forgery_of(token: str) -> str:
    """Return the token in each form of a session: only a holder of the session's token can make the value.

    >>> forgery_of("a token") == forgery_of("a token"), forgery_of("a token") == forgery_of("another token")
    (True, False)
    """
    return hmac.digest(token.encode("utf-8", "surrogatepass"), b"form", "sha256").hex()


def database_of(request: Request) -> Database:
    """Return the database of the sessions."""
    return wiring_of(request).snapshots.database


def _set_cookie(response: Response, token: str | None) -> bool:
    if token is not None:
        response.set_cookie(COOKIE, token, path="/", secure=True, httponly=True, samesite="strict")
    return token is not None


def _peer(request: Request) -> str:
    return request.client.host if request.client else ""


def _name(host: str) -> str:
    """Return the host of a `Host` header without its port: `[::1]:8000` gives `::1`."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _sign_in_keys(request: Request) -> keep_sessions.SignInKeys:
    wiring = wiring_of(request)
    return keep_sessions.SignInKeys(wiring.verifier, wiring.issuer)
