"""Links that sign a person in to the pages, where people do not sign in with an issuer."""

from __future__ import annotations

from dataclasses import replace

from service.database.database import Database
from service.errors import NotFound
from service.i18n import setup
from service.security import Caller, TokenKeyError, link_key
from service.server import HOST
from service.sessions.keep_sessions import make_login_code
from service.settings import Settings


def login_link(database: Database, settings: Settings, caller: Caller, *, port: int) -> str:
    """Store a login code, and return a link to a page whose button signs a person in as `caller`.

    The link works once, within ten minutes; it and its session end with the local key that tokens are signed with now.

    Raises:
        TokenKeyError: people sign in with an issuer, or the key file cannot be used.
        NotFound: the caller's organization is not in the directory.
    """
    if settings.sign_in_issuer is not None:
        raise TokenKeyError(setup.SIGN_IN_ELSEWHERE)
    code = make_login_code(database.unit_of_work(), replace(caller, key=link_key(settings)))
    if code is None:
        raise NotFound
    address = settings.page_url or f"http://{HOST}:{port}"
    return f"{address.rstrip('/')}/signin/{code}"
