"""Signs tokens with the local key pair: the output of `referral-router token`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from service.i18n import setup
from service.settings import Settings

from .caller import Caller
from .claims import read_scopes, read_slug, read_subject
from .compact import MAX_TOKEN_LENGTH
from .errors import InvalidToken, TokenKeyError
from .key_file import find_or_make_signing_key
from .verifier import token_key_path

MAX_TTL = timedelta(days=30)
"""No token lives longer: a refusal by name alone, which is kept so long, outlives the token."""

_TTL = re.compile(r"([0-9]{1,7})([smhd])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def build_caller(*, organization: str, scopes: Iterable[str], subject: str | None = None) -> Caller:
    """Return the caller for a new token; `subject` is by default the organization's slug. Pure.

    >>> build_caller(organization="lotus-center", scopes=["route"]).subject
    'lotus-center'

    Raises:
        ValueError: a part is not in a token's form; the message names the part and the form.
    """
    try:
        slug = read_slug(organization)
    except InvalidToken:
        raise ValueError(setup.A_SLUG) from None
    try:
        words = read_scopes(" ".join(scopes))
    except InvalidToken:
        raise ValueError(setup.A_SCOPE) from None
    try:
        return Caller(slug, words, read_subject(slug if subject is None else subject))
    except InvalidToken:
        raise ValueError(setup.A_SUBJECT) from None


def link_key(settings: Settings) -> str | None:
    """Return the name of the local key that a link printed now ends with; None where tokens come from elsewhere.

    Raises:
        TokenKeyError: the key file cannot be used.
    """
    return None if settings.jwks_url is not None else find_or_make_signing_key(token_key_path(settings)).kid


def read_ttl(text: str) -> timedelta:
    """Return the life of a token, written as `90s`, `30m`, `1h` or `7d`; more than zero, at most MAX_TTL. Pure.

    >>> read_ttl("90s"), read_ttl("7d")
    (datetime.timedelta(seconds=90), datetime.timedelta(days=7))

    Raises:
        ValueError: another form, or out of bounds.
    """
    match = _TTL.fullmatch(text)
    ttl = timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else timedelta(0)
    if not timedelta(0) < ttl <= MAX_TTL:
        raise ValueError(setup.TIME_TO_LIVE.format(days=MAX_TTL.days))
    return ttl


def issue_token(
    settings: Settings,
    caller: Caller,
    *,
    ttl: timedelta,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> str:
    """Return a signed token that speaks for `caller` from now until `ttl` has passed. Makes the key pair at first use.

    Raises:
        TokenKeyError: tokens come from an issuer of their own (`jwks_url`), the key file cannot be used, or the
            token would be longer than any accepted token.
    """
    if settings.jwks_url is not None:
        raise TokenKeyError(setup.OTHER_ISSUER)
    key = find_or_make_signing_key(token_key_path(settings))
    issued = int(now().timestamp())
    claims = {
        "iss": settings.token_issuer,
        "aud": settings.token_audience,
        "sub": caller.subject,
        "iat": issued,
        "exp": issued + int(ttl.total_seconds()),
        "jti": str(uuid4()),
        "organization": caller.organization,
        "scope": " ".join(sorted(caller.scopes)),
    }
    token = key.sign(claims)
    if len(token) > MAX_TOKEN_LENGTH:
        raise TokenKeyError(setup.TOO_MANY_SCOPES)
    return token
