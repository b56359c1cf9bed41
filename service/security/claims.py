"""Checks the claims of a signed token, against our own clock, and turns claims into a `Caller`.

The signature library compares with the clock of the machine and lets absent claims pass; the checks here do neither.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Any

from .caller import Caller
from .errors import InvalidToken, Refusal

LEEWAY_S = 30
"""How far the issuer's clock and ours may differ, in seconds."""

_REQUIRED = ("exp", "iat", "sub", "aud", "iss", "organization")
_END_OF_TIME = 253_402_300_800  # the year 10000, in seconds since 1970
_SLUG = re.compile(r"[a-z0-9-]{1,100}", re.ASCII)
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,100}", re.ASCII)  # RFC 6749, section 3.3
_MAX_SUBJECT_LENGTH = _MAX_ID_LENGTH = 255


def read_caller(claims: dict[str, Any], *, issuer: str, audience: str, now_s: float) -> Caller:
    """Return the caller named by `claims`. Pure.

    `now_s` is in seconds since 1970. A token is valid from LEEWAY_S before `iat` (and `nbf`, where given) until just
    before LEEWAY_S after `exp`. No `scope` claim means no scopes.

    >>> claims = {"iss": "us", "aud": "router", "sub": "ana", "organization": "lotus-center", "iat": 0, "exp": 3600}
    >>> read_caller({**claims, "scope": "route"}, issuer="us", audience="router", now_s=3629)
    Caller(organization='lotus-center', scopes=['route'])

    Raises:
        InvalidToken: a required claim is missing or malformed, issuer or audience differ, or the time is wrong.
    """
    if any(name not in claims for name in _REQUIRED):
        raise InvalidToken(Refusal.BAD_CLAIMS)
    if not _is_text(claims["iss"]) or claims["iss"] != issuer:
        raise InvalidToken(Refusal.WRONG_ISSUER)
    if audience not in _strings(claims["aud"]):
        raise InvalidToken(Refusal.WRONG_AUDIENCE)
    _check_times(claims, now_s)
    return Caller(
        organization=read_slug(claims["organization"]),
        scopes=read_scopes(claims.get("scope", "")),
        subject=read_subject(claims["sub"]),
    )


@dataclass(frozen=True, slots=True)
class SignIn:
    """What an ID token must be for: the sign-in of `nonce`, by somebody who proved who they are at most so long ago."""

    nonce: str
    max_age_s: int | None = None


def check_sign_in(claims: dict[str, Any], sign_in: SignIn, *, audience: str, now_s: float) -> None:
    """Check that an ID token was made for one sign-in and, where it has several audiences, for ours. Pure.

    OpenID Connect Core 1.0, section 3.1.3.7, points 4, 5, 11 and 13.

    Raises:
        InvalidToken: it was not.
    """
    token_nonce = claims.get("nonce")
    if not isinstance(token_nonce, str) or not hmac.compare_digest(token_nonce.encode(), sign_in.nonce.encode()):
        raise InvalidToken(Refusal.WRONG_NONCE)
    several = isinstance(claims.get("aud"), list) and len(claims["aud"]) > 1
    if ("azp" in claims or several) and claims.get("azp") != audience:
        raise InvalidToken(Refusal.WRONG_AUDIENCE)
    if sign_in.max_age_s is not None:
        signed_in = _time(claims.get("auth_time"))
        if signed_in > now_s + LEEWAY_S:
            raise InvalidToken(Refusal.NOT_YET_VALID)
        if signed_in + sign_in.max_age_s + LEEWAY_S < now_s:
            raise InvalidToken(Refusal.SIGNED_IN_LONG_AGO)


def name_token(token: str, claims: dict[str, Any]) -> str:
    """Return the name that a token is refused by: a digest of its `jti`, else of what is signed of it. Pure.

    No signature is in the name: whatever form a token's signature takes, a refused token stays refused.

    >>> name_token("e30.e30.c2ln", {"jti": "a"}) == name_token("e30.e30.b3RoZXI", {"jti": "a"})
    True

    Raises:
        InvalidToken: the `jti` is no text, or longer than 255 characters.
    """
    if "jti" not in claims:
        return _digest("signed", token.rpartition(".")[0])
    if not _is_text(claims["jti"]) or len(claims["jti"]) > _MAX_ID_LENGTH:
        raise InvalidToken(Refusal.BAD_CLAIMS)
    return name_jti(claims["jti"])


def name_jti(jti: str) -> str:
    """Return the name that tokens with a `jti` are refused by. Pure."""
    return _digest("jti", jti)


def read_end(claims: dict[str, Any]) -> float:
    """Return the moment from which a token is refused by its `exp` alone, in seconds since 1970. Pure.

    Raises:
        InvalidToken: the `exp` is missing or malformed.
    """
    return _time(claims.get("exp")) + LEEWAY_S


def read_slug(value: object) -> str:
    """Return `value` if an organization's slug; else raise `InvalidToken`. Pure."""
    if not isinstance(value, str) or not _SLUG.fullmatch(value):
        raise InvalidToken(Refusal.BAD_CLAIMS)
    return value


def read_subject(value: object) -> str:
    """Return `value` if printable text of at most 255 characters; else raise `InvalidToken`. Pure."""
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_SUBJECT_LENGTH or not value.isprintable():
        raise InvalidToken(Refusal.BAD_CLAIMS)
    return value


def read_scopes(value: object) -> frozenset[str]:
    """Return the scopes in `value`: words with spaces between, or a list of words; else raise `InvalidToken`.

    Pure. The meaning of words is for the endpoints; a word without an endpoint grants no operation.

    >>> sorted(read_scopes("route directory:read")) == sorted(read_scopes(["directory:read", "route"]))
    True
    """
    if isinstance(value, str):
        words: list[Any] = [word for word in value.split(" ") if word]
    elif isinstance(value, list):
        words = value
    else:
        raise InvalidToken(Refusal.BAD_CLAIMS)
    if not all(isinstance(word, str) and _SCOPE.fullmatch(word) for word in words):
        raise InvalidToken(Refusal.BAD_CLAIMS)
    return frozenset(words)


def _check_times(claims: dict[str, Any], now_s: float) -> None:
    issued, expires = _time(claims["iat"]), _time(claims["exp"])
    starts = _time(claims["nbf"]) if "nbf" in claims else issued
    if expires <= issued:
        raise InvalidToken(Refusal.BAD_CLAIMS)
    if max(issued, starts) > now_s + LEEWAY_S:
        raise InvalidToken(Refusal.NOT_YET_VALID)
    if now_s >= expires + LEEWAY_S:
        raise InvalidToken(Refusal.EXPIRED)


def _time(value: object) -> float:
    """Return a NumericDate (RFC 7519, section 2): a number, and no value that merely reads as a number (true)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidToken(Refusal.BAD_CLAIMS)
    if not 0 <= value < _END_OF_TIME:  # NaN and the infinities are outside too
        raise InvalidToken(Refusal.BAD_CLAIMS)
    return value


def _strings(value: object) -> list[str]:
    """Return the audiences: a text, or a list of texts alone."""
    values: list[Any] = value if isinstance(value, list) else [value]
    if not all(_is_text(value) for value in values):
        raise InvalidToken(Refusal.BAD_CLAIMS)
    return values


def _digest(form: str, text: str) -> str:
    return hashlib.sha256(f"{form}:{text}".encode("utf-8", "surrogatepass")).hexdigest()


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""
