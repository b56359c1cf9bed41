"""The door: a bearer token in, a `Caller` or `InvalidToken` out, and no third result."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from service.i18n import setup
from service.settings import Settings

from .caller import Caller
from .claims import SignIn, check_sign_in, name_token, read_caller, read_end
from .compact import read_header, read_object
from .errors import InvalidToken, Refusal, TokenKeyError
from .jwks import JwksKeys
from .key_file import FileKeys
from .keys import KeySource

Checked = TypeVar("Checked")

log = logging.getLogger(__name__)


class Verifier:
    """Checks bearer tokens: signed JWTs (RFC 7519), with the hardening of RFC 8725.

    Safe to share between threads. `verify` may wait for the network or a file, so an event loop calls it in a thread.
    """

    def __init__(
        self,
        keys: KeySource,
        *,
        issuer: str,
        audience: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        is_refused: Callable[[str], bool] = lambda _name: False,
    ) -> None:
        """Take the trusted keys and the issuer and audience that every token must name; `now` gives an aware time.

        `is_refused` says of a token's name (`name_token`) whether the token was refused before its end.
        """
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._now = now
        self._is_refused = is_refused

    def verify(self, token: str, *, sign_in: SignIn | None = None) -> Caller:
        """Return the caller of `token`.

        The key is chosen by the token's `kid` among our keys; the algorithm is the key's own, and the token's `alg`
        must be equal. `sign_in`: the token is an ID token made by an issuer for that sign-in and for us.

        Raises:
            InvalidToken: any fault of the token or of the check.
            NotReady: it is not known yet which tokens were refused. Never another error.
        """
        caller = self._guard(lambda: self._verify(token, sign_in))
        self.check_again(caller)
        return caller

    def check_again(self, caller: Caller) -> None:
        """Check that the token of a caller was not refused meanwhile, in memory alone: for requests that wait.

        Raises:
            InvalidToken: it was.
            NotReady: it is not known yet which tokens were refused.
        """
        if caller.token is not None and self._is_refused(caller.token):
            raise InvalidToken(Refusal.TAKEN_BACK)

    def identify(self, token: str) -> tuple[str, float]:
        """Return the name that a token is refused by, and when the token ends by itself, in seconds since 1970.

        Raises:
            InvalidToken: no trusted key signed the token, so the token is refused as it is.
        """

        def read() -> tuple[str, float]:
            _, claims = self._read(token)
            return name_token(token, claims), read_end(claims)

        return self._guard(read)

    def trusts(self, kid: str) -> bool:
        """Say whether a key of the name is among the trusted keys now."""
        return self._keys.find(kid) is not None

    def _guard(self, check: Callable[[], Checked]) -> Checked:
        try:
            return check()
        except InvalidToken as refused:
            refusal = refused.refusal
        except Exception as error:  # fail closed; the words of the error may hold the token's
            log.error("a token could not be checked", extra={"error": type(error).__name__})
            refusal = Refusal.DEFECT
        raise InvalidToken(refusal)  # outside of any handler: no traceback leads back to what was being read

    def _verify(self, token: str, sign_in: SignIn | None) -> Caller:
        kid, claims = self._read(token)
        now_s = self._now().timestamp()
        if sign_in is not None:
            check_sign_in(claims, sign_in, audience=self._audience, now_s=now_s)
        caller = read_caller(claims, issuer=self._issuer, audience=self._audience, now_s=now_s)
        return replace(caller, key=kid, token=name_token(token, claims))

    def _read(self, token: str) -> tuple[str, dict[str, Any]]:
        """Return the name of the key that signed a token, and the signed claims."""
        header = read_header(token)
        key = self._keys.find(header.kid)
        if key is None:
            raise InvalidToken(Refusal.UNKNOWN_KEY)
        if header.algorithm != key.algorithm:
            raise InvalidToken(Refusal.BAD_ALGORITHM)
        return key.kid, read_object(key.check(token), Refusal.BAD_CLAIMS)


def build_verifier(
    settings: Settings,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    transport: httpx.BaseTransport | None = None,
    is_refused: Callable[[str], bool] = lambda _name: False,
) -> Verifier:
    """Return the verifier described by `settings`. Fetches and reads no key yet; needs no closing.

    Raises:
        TokenKeyError: the settings name no source of keys, two sources, or an untrusted URL.
    """
    if settings.jwks_url is None:
        keys: KeySource = FileKeys(token_key_path(settings))
    elif settings.token_key_file is not None:
        raise TokenKeyError(setup.ONE_ISSUER)
    else:
        keys = JwksKeys(settings.jwks_url, transport=transport)
    if not settings.token_issuer or not settings.token_audience:
        raise TokenKeyError(setup.ISSUER_AND_AUDIENCE)
    names = {"issuer": settings.token_issuer, "audience": settings.token_audience}
    return Verifier(keys, **names, now=now, is_refused=is_refused)


def token_key_path(settings: Settings) -> Path:
    """Return the file of the local key pair: as set, else beside the SQLite file with the ending `.token.key`.

    Raises:
        TokenKeyError: no file is set and the database is not an SQLite file.
    """
    if settings.token_key_file is not None:
        return settings.token_key_file
    try:
        url = make_url(settings.database)
    except (ArgumentError, ValueError):
        raise TokenKeyError(setup.NO_KEYS) from None
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise TokenKeyError(setup.NO_KEYS)
    return Path(url.database).with_suffix(".token.key")
